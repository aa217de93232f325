"""What a motion document knows beyond its tracks: outlines, and the camera over what is pinned to the screen.

What a person drew around a region is what the draft cuts out. Tracks alone do not say that a camera carries them, so
what is pinned would be taken for still points of the picture; with the document, things are told apart in the scene,
and all is shown as the camera sees it, as the editor's draft is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..motion.document.layers import MotionDocument, RegionLayer
from ..motion.evaluation.camera import camera_maps, camera_moves
from ..motion.evaluation.evaluate import tracks_and_owners
from ..tracks import Tracks
from .matte import Outline
from .warp import BackwardMap

PAST_RGB = (18, 19, 23)
"""Where the camera looks past the picture there is nothing: as the editor's stage paints it."""


def outlines_from_document(document: MotionDocument) -> list[Outline]:
    """One of every region whose eye is open and that has tracks; masks of the document's size."""
    import cv2

    _, owner = tracks_and_owners(document)
    w, h = document.size_wh
    found = []
    for number, layer in enumerate(document.layers):
        tracks = np.flatnonzero(owner == number)
        if not isinstance(layer, RegionLayer) or not len(tracks):
            continue
        if layer.mask is not None:
            cols, rows = layer.mask.size_wh
            runs = np.asarray(layer.mask.runs, np.int64)
            cells = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(rows, cols).astype(np.float32)
            inside = cv2.resize(cells, (w, h), interpolation=cv2.INTER_NEAREST) > 0.5
        else:
            # Even-odd, as regions are evaluated; coordinates are of pixels' edges, OpenCV's of their centres.
            corners = np.asarray(layer.polygon or (), np.float64).reshape(-1, 2) * (w, h) - 0.5
            area = np.zeros((h, w), np.uint8)
            cv2.fillPoly(area, [np.rint(corners * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
            inside = area > 0
        if inside.any():
            found.append(Outline(tracks, inside))
    return found


def outline_of(tracks: np.ndarray, outlines: Sequence[Outline]) -> np.ndarray | None:
    """bool [H, W]: together the outlines whose tracks are in a thing, where they hold most of it."""
    held = [np.isin(tracks, outline.tracks) for outline in outlines]
    inside = [o.inside for o, own in zip(outlines, held, strict=True) if own.any()]
    if not inside or np.logical_or.reduce(held).mean() <= 0.5:
        return None
    return np.logical_or.reduce(inside)


@dataclass(frozen=True)
class CameraView:
    """From the scene to the screen, positions of pixels' centres: ``linear`` [T, 2, 2], ``shift`` [T, 2]."""

    linear: np.ndarray
    shift: np.ndarray

    def seen(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """uint8 [H, W, 3]: a picture of the scene as the camera sees it."""
        return self._warped(picture, frame, PAST_RGB)

    def carried(self, plane: np.ndarray, frame: int) -> np.ndarray:
        """uint8 [H, W]: a plane of the scene as the camera sees it, 0 beyond the scene."""
        return self._warped(plane, frame, (0, 0, 0))

    def moves(self, frame: int) -> bool:
        """Whether it shows anything elsewhere at ``frame``."""
        return not (np.allclose(self.linear[frame], np.eye(2)) and np.allclose(self.shift[frame], 0, atol=0.05))

    def _warped(self, picture: np.ndarray, frame: int, beyond: tuple[int, int, int]) -> np.ndarray:
        import cv2

        matrix = np.concatenate([self.linear[frame], self.shift[frame][:, None]], 1)
        size_wh = picture.shape[1], picture.shape[0]
        return cv2.warpAffine(picture, matrix, size_wh, flags=cv2.INTER_CUBIC, borderValue=beyond)

    def through(self, way: BackwardMap, frame: int) -> BackwardMap:
        """A thing's similarity in the scene, from the screen: back through the camera first."""
        back = np.linalg.inv(self.linear[frame])
        linear = way.linear @ back
        return replace(way, linear=linear, offset=way.offset - linear @ self.shift[frame])


def view_of(document: MotionDocument) -> tuple[Tracks, CameraView] | None:
    """Tracks in the scene and the camera over it; None where nothing is pinned or no camera moves."""
    camera = document.camera
    if camera is None or not camera.keys or not camera_moves(camera.keys):
        return None
    if not any(layer.pinned and layer.visible for layer in document.layers):
        return None
    linear, shift = camera_maps(camera.keys, document.size_wh, document.frames, camera.easing)
    # Pixel i is centred at i in the draft, at i + 0.5 in tracks.
    centred = shift + (linear @ np.full(2, 0.5)) - 0.5
    return tracks_and_owners(document, through_camera=False)[0], CameraView(linear, centred)
