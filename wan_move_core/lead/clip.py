"""A draft of any origin brought to a video: a cut-out animation, a 3D blockout, an edited clip.

Fitted like the picture that it goes with, one frame of it for each of the video's; what was done is said. Where it ends
too early it knows nothing any more. Clips and folders of pictures are read one frame at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import WanMoveError, plural
from ..geometry import Fit

if TYPE_CHECKING:
    import numpy as np
    import torch

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
DRAFT = "draft"
"""The word for the motion draft of a run's own picture and tracks, in the place of a clip or folder."""
SAME_SHAPE = 0.01
MID_GREY = 0.5
GREY_RGB, BLACK_RGB = (128, 128, 128), (0, 0, 0)
ALPHA_NOTE = "it knows what its alpha shows opaque"


@dataclass(frozen=True)
class Pace:
    """Which frame of a draft stands at each frame of the video; from ``known`` on it has ended and its last one holds.

    ``index``: one for each frame of the video.
    """

    index: tuple[int, ...]
    known: int


def paced(count: int | None, frames: int, fps: float, video_fps: float) -> Pace:
    """Frames of a draft of ``count`` frames (None: endless) at ``fps`` for a video of ``frames`` at ``video_fps``."""
    at = [int(frame * fps / video_fps + 0.5) for frame in range(frames)]
    if count is None:
        return Pace(tuple(at), frames)
    return Pace(tuple(min(i, count - 1) for i in at), sum(i < count for i in at))


def pace_notes(count: int, size_wh: tuple[int, int], fps: float, pace: Pace, fit: Fit, video_fps: float) -> list[str]:
    """What to tell of how a draft was brought to the video."""
    (w, h), (tw, th), frames = size_wh, fit.target_wh, len(pace.index)
    told = [f"the draft has {plural(count, 'frame')} of {w}x{h} at {fps:g} per second, the video {frames} of {tw}x{th} "
            f"at {video_fps:g}"]  # fmt: skip
    if not fit.is_identity:
        told.append(f"each frame is fitted by {fit.mode}, as the picture was")
    used = pace.index[pace.known - 1] + 1
    if fps != video_fps:
        told.append(f"one in {fps / video_fps:g} frames is taken" if fps > video_fps else "frames are repeated")
    if pace.known < frames:
        told.append(f"it ends after frame {pace.known} of the video and leads no further")
    elif used < count:
        left = count - used
        told.append("its last frame is not used" if left == 1 else f"its last {left} frames are not used")
    return told


def shape_note(size_wh: tuple[int, int], picture_wh: tuple[int, int]) -> str | None:
    """What to tell of a draft that is of another shape than the picture."""
    if abs(size_wh[0] * picture_wh[1] / (size_wh[1] * picture_wh[0]) - 1) < SAME_SHAPE:
        return None
    return (
        f"it is {size_wh[0]}x{size_wh[1]}, another shape than the picture's {picture_wh[0]}x{picture_wh[1]}: what it "
        "shows may not lie where the picture has it"
    )


def draft_fit(size_wh: tuple[int, int], picture_fit: Fit) -> Fit:
    """How a draft of ``size_wh`` comes to the video that the picture came to by ``picture_fit``."""
    if size_wh == picture_fit.source_wh:
        return picture_fit
    same = size_wh == picture_fit.target_wh or picture_fit.mode == "area"
    return Fit.make("stretch" if same else picture_fit.mode, size_wh, picture_fit.target_wh)


def over_grey(frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """RGB [..., 3] of frames [..., C] in 0-1 with 1, 3 or 4 channels, and how opaque they are: [...] in 0-1, or None.

    What is transparent shows mid-grey, as bars do. None where there is no alpha, or all of it is opaque: such a draft
    knows everything.
    """
    if frames.shape[-1] == 1:
        return frames.expand(*frames.shape[:-1], 3), None
    if frames.shape[-1] < 4 or bool((frames[..., 3] >= 1).all()):
        return frames[..., :3], None
    alpha = frames[..., 3:4].clamp(0, 1)
    return frames[..., :3] * alpha + MID_GREY * (1 - alpha), alpha[..., 0]


def fitted_frames(frames: torch.Tensor, fit: Fit) -> torch.Tensor:
    """float32 [T, h, w, C] in 0-1 of float [T, H, W, C]; bars are grey, overshoot is cut."""
    return fit.picture(frames.float(), pad_value=MID_GREY).clamp(0, 1)


def fitted_known(known: torch.Tensor, fit: Fit) -> torch.Tensor:
    """float32 [T, h, w] in 0-1 of a mask [T, H, W] in 0-1; bars are unknown."""
    return fit.picture(known.float()[..., None], pad_value=0.0).clamp(0, 1)[..., 0]


class DraftFile:
    """A clip or a folder of pictures in the order of their names. ``size_wh``, ``count`` and ``fps`` are known at once.

    Raises: WanMoveError for what is neither, or holds no picture.
    """

    def __init__(self, path: str | Path, role: str = "draft") -> None:
        self.path, self.where = Path(path), f"Lead / {role}"
        self.background_rgb = GREY_RGB if role == "draft" else BLACK_RGB
        self.files = picture_files(self.path) if self.path.is_dir() else [self.path]
        if not self.files:
            raise WanMoveError(
                where=self.where, what=f"{path} has no pictures in it", fix=f"use names in {', '.join(PICTURES)}"
            )
        self.still = self.path.is_dir() or self.path.suffix.lower() in PICTURES
        if self.still:
            from ..pictures import read_picture

            first = read_picture(self.files[0])
            self.size_wh, self.count, self.fps = (first.shape[1], first.shape[0]), len(self.files), None
            return
        from ..video import probe_clip, read_clip

        info = probe_clip(self.path)
        counted = info.frames or sum(1 for _ in read_clip(self.path))
        self.size_wh, self.count, self.fps = info.size_wh, counted, info.fps

    def taken(self, index: Sequence[int]) -> Iterator[np.ndarray]:
        """uint8 [H, W, 3] of the frames at ``index``, which never falls; transparent parts grey, in a mask black."""
        return (frame for frame, _ in self.layers(index))

    def layers(self, index: Sequence[int]) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        """As :meth:`taken`, each with how opaque it is: uint8 [H, W], None where all of it is."""
        frames: Iterable[tuple[np.ndarray, np.ndarray | None]]
        if self.still:
            from ..pictures import read_layer

            frames = (read_layer(file, self.background_rgb) for file in self.files[: index[-1] + 1])
        else:
            from ..video import read_clip

            frames = ((frame, None) for frame in read_clip(self.path, max_frames=index[-1] + 1))
        at, frame, alpha = -1, None, None
        numbered = enumerate(frames)
        for wanted in index:
            while at < wanted:
                at, (frame, alpha) = next(numbered, (wanted, (None, None)))
            if frame is None or (frame.shape[1], frame.shape[0]) != self.size_wh:
                what = "cannot be decoded" if frame is None else f"is {frame.shape[1]}x{frame.shape[0]}"
                raise WanMoveError(
                    where=self.where,
                    what=f"{self.path}: frame {wanted} {what}, the first is {self.size_wh[0]}x{self.size_wh[1]}",
                    fix="give frames that are all there and all of one size",
                )
            yield frame, alpha


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder, 2 before 10."""
    found = [f for f in folder.iterdir() if f.suffix.lower() in PICTURES and not f.name.startswith(".")]
    return sorted(found, key=lambda f: [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in _PARTS.split(f.name)])


_PARTS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class LeadClip:
    """A draft at the video's size and length: ``frames`` uint8 [T, h, w, 3], ``known`` float32 [T, h, w], ``notes``."""

    frames: np.ndarray
    known: torch.Tensor
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenedLead:
    """A draft and its mask, looked at and not yet read."""

    draft: DraftFile
    mask: DraftFile | None
    fps: float
    pace: Pace

    @property
    def mask_index(self) -> tuple[int, ...]:
        """Which frame of the mask stands at each of the video's."""
        return self.pace.index if self.mask and self.mask.count > 1 else (0,) * len(self.pace.index)


def open_lead(path: str | Path, frames: int, video_fps: float, mask: str | Path | None = None) -> OpenedLead:
    """The draft in a clip or folder; ``mask``: what it knows (white), of any such kind.

    A folder says no rate and is taken for the video's. A mask is read by the draft's pace; one picture serves all.

    Raises: WanMoveError for what cannot be read, or a mask that is shorter than its draft.
    """
    draft = DraftFile(path)
    fps = draft.fps or video_fps
    opened = OpenedLead(
        draft, None if mask is None else DraftFile(mask, "mask"), fps, paced(draft.count, frames, fps, video_fps)
    )
    if opened.mask is not None and opened.mask.count <= opened.mask_index[-1]:
        raise WanMoveError(
            where="Lead / mask",
            what=f"{plural(opened.mask.count, 'frame')}, the draft needs {opened.mask_index[-1] + 1}",
            fix="give a mask for every frame of the draft, or one picture for all",
        )
    return opened


def read_lead(
    path: str | Path, picture_fit: Fit, frames: int, video_fps: float, mask: str | Path | None = None
) -> LeadClip:
    """The frames of :func:`open_lead`, fitted as the picture is. Pictures with transparency know what is opaque in
    them, and of that what a mask says. Raises: as it, and for frames that are damaged.
    """
    import numpy as np
    import torch

    opened = open_lead(path, frames, video_fps, mask)
    draft, pace, given = opened.draft, opened.pace, opened.mask
    fit = draft_fit(draft.size_wh, picture_fit)
    known = torch.ones(frames, *fit.target_wh[::-1])
    shown = np.empty((*known.shape, 3), np.uint8)
    see_through = False
    for at, (frame, alpha) in enumerate(draft.layers(pace.index)):
        shown[at] = _fitted(frame, fit)
        if alpha is not None:
            see_through = True
            known[at] = fitted_known(torch.from_numpy(alpha)[None].float() / 255, fit)[0]
    notes = pace_notes(draft.count, draft.size_wh, opened.fps, pace, fit, video_fps)
    notes += [note for note in [shape_note(draft.size_wh, picture_fit.source_wh)] if note]
    if see_through:
        notes.append(ALPHA_NOTE)
    if given is not None:
        its_fit = draft_fit(given.size_wh, picture_fit)
        planes = (torch.from_numpy(f[..., 0].astype(np.float32) / 255)[None] for f in given.taken(opened.mask_index))
        known *= torch.cat([fitted_known(plane, its_fit) for plane in planes])
    known[pace.known :] = 0
    return LeadClip(shown, known, tuple(notes))


def _fitted(frame: np.ndarray, fit: Fit) -> np.ndarray:
    if fit.is_identity:
        return frame
    import torch

    floats = torch.from_numpy(frame)[None].to(torch.float32) / 255
    return (fitted_frames(floats, fit)[0] * 255 + 0.5).to(torch.uint8).numpy()
