"""Strides, the conversions between frames, pixels and latent cells, and Fit: picture and points moved together.

Convention: pixels are continuous, origin at the top-left corner of the picture, x in [0, W). The cell of (x, y) is
(y // 8, x // 8); latent step j stands for frame 4 j. Worked: 832x480 and 81 frames is a latent of 21x60x104; the point
(100, 201) lies in cell_yx (25, 12).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .errors import WanMoveError, plural

if TYPE_CHECKING:
    import torch

STRIDE_T = 4
STRIDE_Y = 8
STRIDE_X = 8

SIZE_MULTIPLE = 16
"""Sides of a video are multiples of it: latent cells are 8 pixels and the network takes them two by two."""

FitMode = Literal["crop", "stretch", "pad", "area"]
FIT_MODES: tuple[FitMode, ...] = ("crop", "stretch", "pad", "area")

Part = tuple[float, float, float, float]
"""A part of a picture: x, y, width and height, 0-1 of its sides."""

PUBLISHED_AREA_PX = 832 * 480
"""Area, in pixels, that the published command aims at for the 480p model."""


def is_video_length(frames: int) -> bool:
    """Whether ``frames`` is 4k+1, the lengths that the model's latent steps can stand for."""
    return frames >= 1 and (frames - 1) % STRIDE_T == 0


def nearest_lengths(frames: int) -> tuple[int, int]:
    """The valid lengths at or below and at or above ``frames`` (both equal to it when it is valid)."""
    below = max(1, (frames - 1) // STRIDE_T * STRIDE_T + 1)
    return (below, below) if below == frames else (below, below + STRIDE_T if frames > 0 else 1)


def require_video_length(frames: int, where: str) -> None:
    """Raise unless ``frames`` is 4k+1, naming the nearest valid lengths."""
    if is_video_length(frames):
        return
    below, above = nearest_lengths(frames)
    near = f"{below} or {above}" if below != above else f"{above}"
    raise WanMoveError(
        where=where,
        what=f"{plural(frames, 'frame')}, but the model's lengths are 4k+1 (1, 5, 9, ... 81)",
        fix=f"use {near} frames, or retime the tracks",
    )


def require_video_size(size_wh: tuple[int, int], where: str) -> None:
    """Raise unless both sides are multiples of 16 px, naming the nearest one."""
    for name, side in zip(("width", "height"), size_wh, strict=True):
        _require_multiple(side, SIZE_MULTIPLE, f"{where} / {name}")


def _require_multiple(side: int, multiple: int, where: str) -> None:
    if side < multiple or side % multiple:
        near = max(multiple, round(side / multiple) * multiple)
        raise WanMoveError(where=where, what=f"{side} px is not a positive multiple of {multiple}", fix=f"use {near}")


def latent_steps_from_frames(frames: int) -> int:
    """Tl of a clip of ``frames`` frames: (T - 1) // 4 + 1."""
    return (frames - 1) // STRIDE_T + 1


def frames_from_latent_steps(latent_steps: int) -> int:
    """T of a clip of ``latent_steps`` latent steps."""
    return (latent_steps - 1) * STRIDE_T + 1


def is_inside(point_xy: torch.Tensor, size_wh: tuple[int, int]) -> torch.Tensor:
    """bool [...]: 0 <= x < W and 0 <= y < H, for point_xy [..., 2] in pixels. NaN is outside."""
    x, y = point_xy[..., 0], point_xy[..., 1]
    return (x >= 0) & (x < size_wh[0]) & (y >= 0) & (y < size_wh[1])


@dataclass(frozen=True)
class VideoSpec:
    """What a generation is: width and height in pixels (multiples of 8), frames (4k+1), frames per second."""

    width: int
    height: int
    frames: int = 81
    fps: float = 16.0

    def __post_init__(self) -> None:
        for name, value in (("width", self.width), ("height", self.height)):
            _require_multiple(value, STRIDE_X, f"Video / {name}")
        require_video_length(self.frames, "Video / length")
        if not (self.fps > 0 and math.isfinite(self.fps)):
            raise WanMoveError(where="Video / fps", what=f"{self.fps} is not a positive number", fix="use 16")

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def latent_steps(self) -> int:
        return latent_steps_from_frames(self.frames)

    @property
    def latent_size_hw(self) -> tuple[int, int]:
        return self.height // STRIDE_Y, self.width // STRIDE_X


def area_size_wh(source_wh: tuple[int, int], area_px: int = PUBLISHED_AREA_PX) -> tuple[int, int]:
    """Size in pixels by the published rule: the picture's own shape at about ``area_px``, latent sides even.

    Source: Wan-Move 27409be; latent height = 2 floor(floor(sqrt(area h / w) / 8) / 2), width likewise. Evaluated in
    whole numbers: in floating point 480 / 832 is a hair too small and a picture of exactly 832x480 would lose a row.
    """
    width, height = source_wh

    def side_px(this: int, other: int) -> int:
        latent = math.isqrt(area_px * this // other) // STRIDE_X // 2 * 2
        return max(latent, 2) * STRIDE_X

    return side_px(width, height), side_px(height, width)


def _round_half_up(value: float) -> int:
    # JavaScript's Math.round, so that the editor crops the same pixels; Python's round() goes to even.
    return math.floor(value + 0.5)


def part_px(source_wh: tuple[int, int], part: Part) -> tuple[int, int, int, int]:
    """(x, y, width, height) in whole pixels of the picture: edges to the nearest one, never past it, never empty."""
    x, y, width, height = part

    def edges(first: float, length: float, side: int) -> tuple[int, int]:
        low = min(side - 1, max(0, _round_half_up(first * side)))
        return low, max(1, min(side, _round_half_up((first + length) * side)) - low)

    (left, wide), (top, high) = edges(x, width, source_wh[0]), edges(y, height, source_wh[1])
    return left, top, wide, high


def is_same_shape(one_wh: tuple[int, int], other_wh: tuple[int, int]) -> bool:
    """Whether two pictures have the same proportions to one part in a hundred, whatever their resolution."""
    return abs(one_wh[0] * other_wh[1] - other_wh[0] * one_wh[1]) <= 0.01 * other_wh[0] * one_wh[1]


@dataclass(frozen=True)
class Fit:
    """How a picture of ``source_wh`` becomes one of ``target_wh``; the same map moves points.

    Rectangles are whole pixels, so that picture and points agree exactly:
    target_xy = (source_xy - crop_xy) * (place_wh / crop_wh) + place_xy.

    Build with :meth:`make`. ``crop`` takes the centre, ``stretch`` scales each axis, ``pad`` keeps everything and adds
    bars, ``area`` stretches to the size of the published rule.
    """

    mode: FitMode
    source_wh: tuple[int, int]
    target_wh: tuple[int, int]
    crop_xywh: tuple[int, int, int, int]
    place_xywh: tuple[int, int, int, int]

    @classmethod
    def make(
        cls,
        mode: str,
        source_wh: tuple[int, int],
        target_wh: tuple[int, int] | None = None,
        area_px: int = PUBLISHED_AREA_PX,
        part: Part | None = None,
    ) -> Fit:
        """Fit ``source_wh`` to ``target_wh`` (ignored, and may be None, for ``area``).

        Args:
            part: (x, y, width, height), 0-1 of the picture: the mode acts on this part as if it were the whole picture.

        Raises: WanMoveError for an unknown mode, a missing target or a side that is not positive.
        """
        if mode not in FIT_MODES:
            raise WanMoveError(where="Fit / mode", what=f"unknown mode {mode!r}", fix=f"use {', '.join(FIT_MODES)}")
        _require_size(source_wh, "Fit / picture")
        source = int(source_wh[0]), int(source_wh[1])
        left, top, sw, sh = (0, 0, *source) if part is None else part_px(source, part)
        if mode == "area":
            target_wh = area_size_wh((sw, sh), area_px)
        if target_wh is None:
            raise WanMoveError(
                where="Fit / size", what=f"mode {mode!r} needs a target size", fix="give width and height"
            )
        _require_size(target_wh, "Fit / size")
        tw, th = int(target_wh[0]), int(target_wh[1])
        crop, place = (0, 0, sw, sh), (0, 0, tw, th)
        if mode == "crop":
            cw = min(sw, max(1, _round_half_up(sh * tw / th)))
            ch = min(sh, max(1, _round_half_up(sw * th / tw)))
            crop = ((sw - cw) // 2, (sh - ch) // 2, cw, ch)
        elif mode == "pad":
            scale = min(tw / sw, th / sh)
            pw = min(tw, max(1, _round_half_up(sw * scale)))
            ph = min(th, max(1, _round_half_up(sh * scale)))
            place = ((tw - pw) // 2, (th - ph) // 2, pw, ph)
        crop = (crop[0] + left, crop[1] + top, crop[2], crop[3])
        return cls(mode, source, (tw, th), crop, place)  # type: ignore[arg-type]

    @property
    def scale_xy(self) -> tuple[float, float]:
        """Target pixels per source pixel, x then y."""
        return self.place_xywh[2] / self.crop_xywh[2], self.place_xywh[3] / self.crop_xywh[3]

    @property
    def is_identity(self) -> bool:
        return self.source_wh == self.target_wh and self.crop_xywh == self.place_xywh

    def points(self, point_xy: torch.Tensor) -> torch.Tensor:
        """Move pixel positions [..., 2] from the source picture to the target; same dtype, new tensor."""
        wide = point_xy.double()
        crop, place = wide.new_tensor(self.crop_xywh[:2]), wide.new_tensor(self.place_xywh[:2])
        return ((wide - crop) * wide.new_tensor(self.scale_xy) + place).to(point_xy.dtype)

    def inverse_points(self, point_xy: torch.Tensor) -> torch.Tensor:
        """Move pixel positions [..., 2] from the target back to the source picture."""
        wide = point_xy.double()
        crop, place = wide.new_tensor(self.crop_xywh[:2]), wide.new_tensor(self.place_xywh[:2])
        return ((wide - place) / wide.new_tensor(self.scale_xy) + crop).to(point_xy.dtype)

    def picture(self, image: torch.Tensor, pad_value: float = 0.0) -> torch.Tensor:
        """Move a picture or clip: float [B, H, W, C] of source size -> [B, h, w, C] of target size.

        ``area`` and ``stretch`` resample as published (bicubic, no antialiasing, overshoot kept); ``crop`` and ``pad``
        antialias and keep the input's range, which is what photographs much larger than the video need.

        Raises: WanMoveError when the image is not [B, H, W, C] of ``source_wh``.
        """
        import torch.nn.functional as F

        if image.ndim != 4 or tuple(image.shape[1:3]) != (self.source_wh[1], self.source_wh[0]):
            raise WanMoveError(
                where="Fit / picture",
                what=f"image of shape {tuple(image.shape)}, expected [B, {self.source_wh[1]}, {self.source_wh[0]}, C]",
                fix="make the Fit from this picture's own size",
            )
        if self.is_identity:
            return image.clone()
        cx, cy, cw, ch = self.crop_xywh
        px, py, pw, ph = self.place_xywh
        part = image[:, cy : cy + ch, cx : cx + cw].permute(0, 3, 1, 2)
        published = self.mode in ("area", "stretch")
        if (cw, ch) != (pw, ph):
            resized = F.interpolate(part, size=(ph, pw), mode="bicubic", align_corners=False, antialias=not published)
            part = resized if published else resized.clamp(float(image.amin()), float(image.amax()))
        moved = part.permute(0, 2, 3, 1)
        if (pw, ph) == self.target_wh:
            return moved.contiguous()
        canvas = moved.new_full((moved.shape[0], self.target_wh[1], self.target_wh[0], moved.shape[3]), pad_value)
        canvas[:, py : py + ph, px : px + pw] = moved
        return canvas


def _require_size(size_wh: tuple[int, int], where: str) -> None:
    if len(size_wh) != 2 or size_wh[0] < 1 or size_wh[1] < 1:
        raise WanMoveError(
            where=where, what=f"size {tuple(size_wh)} is not two positive sides", fix="give (width, height)"
        )
