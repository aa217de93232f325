"""Learned trackers behind the same interface, for people who have their packages and weights. Nothing is downloaded.

CoTracker's weights are CC-BY-NC; TAPIR's code is Apache-2.0. Neither ships with this pack.
Sources: facebookresearch/co-tracker (CoTrackerPredictor: queries (frame, x, y), video 0-255 [B, T, 3, H, W]);
google-deepmind/tapnet (torch TAPIR: queries (frame, y, x) on a 256x256 video in [-1, 1]). Neither tells scene cuts:
these are looked for beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from ...errors import WanMoveError
from .cuts import ON_CUT, checked_on_cut, told_cuts
from .points import Progress, TrackedPoints, checked_frames, checked_points, require_same_size


class CoTracker:
    """CoTracker 2 or 3, offline. ``weights``: the checkpoint file that its authors publish."""

    name = "cotracker"

    def __init__(self, weights: str | None, device: str = "cpu", on_cut: str = ON_CUT[0]) -> None:
        self._weights, self._device = _weights_file(weights, "cotracker"), device
        self.on_cut = checked_on_cut(on_cut)

    def track(
        self, frames: Iterable[np.ndarray], point_xy: np.ndarray, progress: Progress | None = None
    ) -> TrackedPoints:
        try:
            from cotracker.predictor import CoTrackerPredictor
        except ImportError as error:
            raise _missing("cotracker", "github.com/facebookresearch/co-tracker") from error
        clip = _stack(frames)
        points = checked_points(point_xy)
        model = CoTrackerPredictor(checkpoint=str(self._weights)).to(self._device)
        video = torch.from_numpy(clip).permute(0, 3, 1, 2)[None].float().to(self._device)
        query = torch.cat([torch.zeros(len(points), 1), torch.from_numpy(points) - 0.5], dim=1)[None].to(self._device)
        with torch.inference_mode():
            xy, visible = model(video, queries=query)
        if progress is not None:
            progress(len(clip))
        found = _result(xy[0].float().cpu().numpy() + 0.5, visible[0].cpu().numpy() > 0.5)
        return told_cuts(clip, found, self.on_cut)


class Tapir:
    """TAPIR or BootsTAPIR in torch. ``weights``: its ``.pt`` state dict."""

    name = "tapir"
    _SIDE = 256

    def __init__(self, weights: str | None, device: str = "cpu", on_cut: str = ON_CUT[0]) -> None:
        self._weights, self._device = _weights_file(weights, "tapir"), device
        self.on_cut = checked_on_cut(on_cut)

    def track(
        self, frames: Iterable[np.ndarray], point_xy: np.ndarray, progress: Progress | None = None
    ) -> TrackedPoints:
        try:
            from tapnet.torch import tapir_model
        except ImportError as error:
            raise _missing("tapnet", "github.com/google-deepmind/tapnet") from error
        clip = _stack(frames)
        points = checked_points(point_xy)
        scale_xy = self._SIDE / np.array([clip.shape[2], clip.shape[1]], np.float32)
        video = torch.from_numpy(clip).permute(0, 3, 1, 2).float() / 127.5 - 1
        video = torch.nn.functional.interpolate(video, size=(self._SIDE, self._SIDE), mode="bilinear", antialias=True)
        query_tyx = np.concatenate([np.zeros((len(points), 1), np.float32), (points * scale_xy)[:, ::-1]], axis=1)
        model = tapir_model.TAPIR(pyramid_level=1)
        model.load_state_dict(torch.load(self._weights, map_location="cpu", weights_only=True))
        model = model.to(self._device).eval()
        with torch.inference_mode():
            out = model(
                video.permute(0, 2, 3, 1)[None].to(self._device),
                torch.from_numpy(query_tyx.copy())[None].to(self._device),
            )
        seen = (1 - torch.sigmoid(out["occlusion"])) * (1 - torch.sigmoid(out["expected_dist"])) > 0.5
        if progress is not None:
            progress(len(clip))
        xy = out["tracks"][0].float().cpu().numpy().transpose(1, 0, 2) / scale_xy
        return told_cuts(clip, _result(xy, seen[0].cpu().numpy().T), self.on_cut)


def _stack(frames: Iterable[np.ndarray]) -> np.ndarray:
    iterator, size_wh = checked_frames(frames)
    return np.stack([require_same_size(frame, size_wh, number)[..., :3] for number, frame in enumerate(iterator)])


def _result(xy: np.ndarray, visible: np.ndarray) -> TrackedPoints:
    return TrackedPoints(xy.astype(np.float32), visible, np.full(visible.shape, np.nan, np.float32))


def _weights_file(weights: str | None, name: str) -> Path:
    if not weights or not Path(weights).is_file():
        raise WanMoveError(
            where=f"Tracker / {name}",
            what="no weights file" if not weights else f"{weights} is not a file",
            fix=f"give the checkpoint that {name}'s authors publish, or use the built-in lk",
        )
    return Path(weights)


def _missing(package: str, place: str) -> WanMoveError:
    return WanMoveError(
        where="Tracker", what=f"the package {package} is not installed", fix=f"install it from {place}, or use lk"
    )
