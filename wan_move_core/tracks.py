"""Tracks: where each point is in every frame, and whether it is meant to be seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .errors import WanMoveError, plural
from .geometry import Fit, is_inside, require_video_length

MAX_TRACKS = 20_000
MAX_FRAMES = 4001
MAX_SAMPLES = 16_000_000
"""What any file or document may hold: tracks, frames, and positions (tracks over frames). The editor's are the same
(js/editor/motion/document/validate.mjs)."""

RETIME_BLOCK = 1 << 20
FRAMES_TESTED = 64


@dataclass(frozen=True, eq=False)
class Tracks:
    """N trajectories over T frames of a picture of ``size_wh``.

    Attributes:
        xy: float32 [T, N, 2], pixels of ``size_wh``, origin at the top-left corner; finite everywhere.
        visible: bool [T, N], the user's intent (a visible point may still lie outside the picture).
        size_wh: (width, height) of the picture that ``xy`` belongs to.

    Build with :meth:`make`, which checks. Immutable in use: every method returns new Tracks.
    """

    xy: torch.Tensor
    visible: torch.Tensor
    size_wh: tuple[int, int]

    # -- making -----------------------------------------------------------------------------------------------------

    @classmethod
    def make(
        cls, xy: Any, visible: Any = None, *, size_wh: tuple[int, int], where: str = "Tracks", copy: bool = True
    ) -> Tracks:
        """Check and copy. ``xy``: array-like [T, N, 2]; ``visible``: array-like [T, N], [T, 1], [T] or None (all).

        ``copy=False``: float32 positions that the caller made for this are kept, not copied.

        Raises: WanMoveError for a wrong rank, lengths that differ, non-numbers, NaN or infinity, or a bad size.
        """
        points = _tensor(xy, where, "positions")
        if points.ndim != 3 or points.shape[-1] != 2:
            raise WanMoveError(
                where=where,
                what=f"positions have shape {list(points.shape)}, expected [frames, tracks, 2] of (x, y)",
                fix="reorder or squeeze the array",
            )
        if points.shape[0] < 1:
            raise WanMoveError(where=where, what="there are no frames", fix="give at least one frame of positions")
        # Judged as they are kept: a float64 beyond float32's range would become infinite after the check.
        kept = points.to(torch.float32)
        # In pieces, because a test of everything at once holds the positions twice.
        if not all(bool(torch.isfinite(piece).all()) for piece in kept.split(FRAMES_TESTED)):
            bad = ~torch.isfinite(kept)
            frame, track = (int(i) for i in bad.any(-1).nonzero()[0])
            raise WanMoveError(
                where=where,
                what=f"position of track {track + 1} at frame {frame} is not finite ({points[frame, track].tolist()})",
                fix="give every point a finite x and y; hide points that do not exist with visibility",
            )
        size = _size(size_wh, where)
        return cls(kept.clone() if copy else kept, _visibility(visible, points.shape[:2], where), size)

    @classmethod
    def empty(cls, frames: int, size_wh: tuple[int, int]) -> Tracks:
        """No track at all, over ``frames`` frames."""
        return cls.make(torch.zeros(frames, 0, 2), size_wh=size_wh)

    @classmethod
    def from_host(cls, host: Any, size_wh: tuple[int, int] | None = None, *, where: str = "Tracks") -> Tracks:
        """From ComfyUI's TRACKS dict. ``size_wh`` is used where the dict (a native node's) does not carry its own."""
        if not isinstance(host, Mapping) or "track_path" not in host:
            raise WanMoveError(
                where=where,
                what=f"not a TRACKS value (a dict with 'track_path'), but {type(host).__name__}",
                fix="connect the tracks output of a track node",
            )
        size = host.get("size_wh") or size_wh
        if size is None:
            raise WanMoveError(where=where, what="the tracks do not say their picture's size", fix="give size_wh")
        return cls.make(host["track_path"], host.get("track_visibility"), size_wh=_size(size, where), where=where)

    def to_host(self) -> dict[str, Any]:
        """ComfyUI's TRACKS dict: the host's two keys, on the CPU, and our ``size_wh`` beside them."""
        return {
            "track_path": self.xy.detach().cpu().clone(),
            "track_visibility": self.visible.detach().cpu().clone(),
            "size_wh": self.size_wh,
        }

    # -- asking -----------------------------------------------------------------------------------------------------

    @property
    def frames(self) -> int:
        return int(self.xy.shape[0])

    @property
    def count(self) -> int:
        return int(self.xy.shape[1])

    def inside(self) -> torch.Tensor:
        """bool [T, N]: the position lies in the picture."""
        return is_inside(self.xy, self.size_wh)

    def require_video_length(self, where: str = "Tracks") -> None:
        """Raise unless the number of frames is 4k+1, naming the nearest lengths that are."""
        require_video_length(self.frames, where)

    def equals(self, other: Tracks) -> bool:
        """Whether both hold the same numbers (``==`` compares identity: tensors have no single truth)."""
        return (
            self.size_wh == other.size_wh
            and torch.equal(self.xy, other.xy)
            and torch.equal(self.visible, other.visible)
        )

    # -- changing ---------------------------------------------------------------------------------------------------

    def with_visible(self, visible: Any) -> Tracks:
        return Tracks.make(self.xy, visible, size_wh=self.size_wh)

    def select(self, index: Any) -> Tracks:
        """The tracks at ``index`` (ints, a slice or a bool mask over N), in that order."""
        pick = torch.as_tensor(index) if not isinstance(index, slice) else index
        return Tracks(self.xy[:, pick].clone(), self.visible[:, pick].clone(), self.size_wh)

    def trim(self, start_frame: int = 0, end_frame: int | None = None) -> Tracks:
        """Frames ``start_frame`` up to and including ``end_frame`` (None: the last)."""
        end = self.frames - 1 if end_frame is None else end_frame
        if not 0 <= start_frame <= end < self.frames:
            raise WanMoveError(
                where="Tracks / trim",
                what=f"frames {start_frame} to {end} of a clip whose frames are 0 to {self.frames - 1}",
                fix=f"choose 0 <= start <= end <= {self.frames - 1}",
            )
        return Tracks(self.xy[start_frame : end + 1].clone(), self.visible[start_frame : end + 1].clone(), self.size_wh)

    def extend(self, frames: int) -> Tracks:
        """At least ``frames`` frames, the last position and visibility held; longer tracks are returned unchanged."""
        extra = frames - self.frames
        if extra <= 0:
            return self
        return Tracks(
            torch.cat([self.xy, self.xy[-1:].expand(extra, -1, -1)]),
            torch.cat([self.visible, self.visible[-1:].expand(extra, -1)]),
            self.size_wh,
        )

    def retime(self, frames: int) -> Tracks:
        """The same motion over ``frames`` frames: positions interpolated linearly, visibility from the nearest frame.

        A span between a hidden and a visible frame is not crossed smoothly for sight: only visibility's nearest counts.
        """
        if frames < 1:
            raise WanMoveError(where="Tracks / retime", what=plural(frames, "frame"), fix="use at least 1")
        if frames == self.frames:
            return self
        if self.frames == 1 or frames == 1:
            pick = torch.zeros(frames, dtype=torch.int64)
            return Tracks(self.xy[pick].clone(), self.visible[pick].clone(), self.size_wh)
        at = torch.arange(frames, dtype=torch.float64) * ((self.frames - 1) / (frames - 1))
        below = at.floor().to(torch.int64).clamp(max=self.frames - 2)
        part = (at - below).to(torch.float32)[:, None, None]
        xy = torch.empty(frames, self.count, 2, dtype=self.xy.dtype, device=self.xy.device)
        # Block by block: at the largest accepted size the four intermediates would take half a gigabyte.
        step = max(1, RETIME_BLOCK // frames)
        for start in range(0, self.count, step):
            block = self.xy[:, start : start + step]
            before = block[below]
            xy[:, start : start + step] = before + (block[below + 1] - before) * part
        nearest = (at + 0.5).floor().to(torch.int64).clamp(max=self.frames - 1)
        return Tracks(xy, self.visible[nearest].clone(), self.size_wh)

    def transform(
        self,
        scale_xy: tuple[float, float] = (1.0, 1.0),
        rotate_deg: float = 0.0,
        offset_xy: tuple[float, float] = (0.0, 0.0),
        mirror: str = "none",
        pivot_xy: tuple[float, float] | None = None,
    ) -> Tracks:
        """Mirror, scale, rotate (degrees, clockwise on screen) about ``pivot_xy``, then move by ``offset_xy`` px.

        ``mirror``: none, x (left-right), y (up-down) or both. The pivot defaults to the picture's centre.
        """
        if mirror not in ("none", "x", "y", "both"):
            raise WanMoveError(where="Tracks / mirror", what=f"unknown {mirror!r}", fix="use none, x, y or both")
        numbers = (*scale_xy, rotate_deg, *offset_xy, *(pivot_xy or ()))
        if not all(math.isfinite(v) for v in numbers):
            raise WanMoveError(where="Tracks / transform", what="a value is not finite", fix="use finite numbers")
        pivot = torch.tensor(pivot_xy or (self.size_wh[0] / 2, self.size_wh[1] / 2), dtype=torch.float64)
        sx = scale_xy[0] * (-1 if mirror in ("x", "both") else 1)
        sy = scale_xy[1] * (-1 if mirror in ("y", "both") else 1)
        angle = math.radians(rotate_deg)
        # y points down, so this matrix turns clockwise on screen for a positive angle.
        turn = torch.tensor(
            [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.float64
        )
        local = (self.xy.to(torch.float64) - pivot) * torch.tensor((sx, sy), dtype=torch.float64)
        moved = local @ turn.T + pivot + torch.tensor(offset_xy, dtype=torch.float64)
        return Tracks.make(moved.to(torch.float32), self.visible, size_wh=self.size_wh, where="Tracks / transform")

    def fit(self, fit: Fit) -> Tracks:
        """Move with the picture. The Fit must be made for this size.

        Raises: WanMoveError when ``fit.source_wh`` differs from ``size_wh``.
        """
        if fit.source_wh != self.size_wh:
            raise WanMoveError(
                where="Tracks / fit",
                what=f"tracks belong to a {_wh(self.size_wh)} picture, the fit is for {_wh(fit.source_wh)}",
                fix="make the fit from the tracks' own picture size",
            )
        return Tracks(fit.points(self.xy), self.visible.clone(), fit.target_wh)

    def clamp_border(self) -> tuple[Tracks, int]:
        """Move points exactly on x = W or y = H to just inside; also how many moved. For importers, who must say so."""
        size = torch.tensor(self.size_wh, dtype=torch.float32)
        on_edge = self.xy == size
        if not bool(on_edge.any()):
            return self, 0
        inner = torch.nextafter(size, torch.zeros(2)).expand_as(self.xy)
        moved = int(on_edge.any(-1).sum())
        return Tracks(torch.where(on_edge, inner, self.xy), self.visible.clone(), self.size_wh), moved


def merge_tracks(parts: list[Tracks] | tuple[Tracks, ...]) -> Tracks:
    """All tracks of all parts, in order (a later track wins a shared cell).

    Raises: WanMoveError when there is none, or lengths or sizes differ.
    """
    if not parts:
        raise WanMoveError(where="Tracks / merge", what="nothing to merge", fix="give at least one Tracks")
    first = parts[0]
    for i, part in enumerate(parts[1:], start=1):
        if part.frames != first.frames:
            raise WanMoveError(
                where="Tracks / merge",
                what=f"part {i} has {plural(part.frames, 'frame')}, part 0 has {first.frames}",
                fix="retime or trim them to one length first",
            )
        if part.size_wh != first.size_wh:
            raise WanMoveError(
                where="Tracks / merge",
                what=f"part {i} belongs to a {_wh(part.size_wh)} picture, part 0 to {_wh(first.size_wh)}",
                fix="fit them to one size first",
            )
    return Tracks(torch.cat([p.xy for p in parts], 1), torch.cat([p.visible for p in parts], 1), first.size_wh)


def _wh(size_wh: tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"


def _size(size_wh: Any, where: str) -> tuple[int, int]:
    try:
        width, height = (int(v) for v in size_wh)
    except (TypeError, ValueError, OverflowError):
        width = height = 0
    if width < 1 or height < 1:
        raise WanMoveError(
            where=where, what=f"size {size_wh!r} is not (width, height)", fix="give two positive integers"
        )
    return width, height


def _tensor(value: Any, where: str, name: str) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value.detach()
    try:
        array = np.asarray(value)
    except ValueError:
        # numpy refuses ragged lists: tracks of different lengths.
        raise WanMoveError(
            where=where, what=f"{name} have rows of different lengths", fix="give every track the same number of frames"
        ) from None
    if array.dtype.kind not in "fiub":
        raise WanMoveError(where=where, what=f"{name} are not numbers ({array.dtype})", fix="give an array of numbers")
    if array.dtype.kind == "u":
        array = array.astype(np.int64)
    return torch.from_numpy(np.ascontiguousarray(array))


def _visibility(value: Any, shape: torch.Size, where: str) -> torch.Tensor:
    frames, count = shape
    if value is None:
        return torch.ones(frames, count, dtype=torch.bool)
    seen = _tensor(value, where, "visibility")
    if seen.ndim == 1:
        seen = seen[:, None]
    if seen.ndim != 2:
        raise WanMoveError(
            where=where,
            what=f"visibility has shape {list(seen.shape)}, expected [{frames}, {count}]",
            fix="reorder or squeeze the array",
        )
    if seen.shape[0] != frames:
        raise WanMoveError(
            where=where,
            what=f"visibility has {plural(seen.shape[0], 'frame')}, positions have {frames}",
            fix="give both the same number of frames",
        )
    if seen.shape[1] not in (1, count):
        raise WanMoveError(
            where=where,
            what=f"visibility has {plural(seen.shape[1], 'track')}, positions have {count}",
            fix="give one column per track, or a single one for all",
        )
    if seen.is_floating_point():
        if bool((~torch.isfinite(seen)).any()):
            raise WanMoveError(where=where, what="visibility holds NaN or infinity", fix="use 0 and 1")
        seen = seen > 0.5
    return seen.to(torch.bool).expand(frames, count).clone()
