"""What the editor's node does: its document made tracks, and the picture as the video shows it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ....errors import WanMoveError
from ....geometry import Fit, VideoSpec
from ....motion.document.layers import MotionDocument
from ....motion.document.read import empty_document, parse_document
from ....motion.document.remap import remap_document, runs_from_mask
from ....motion.evaluation.evaluate import tracks_from_document
from ....tracks import Tracks
from ..files.names import readable_path
from ..host.folders import temp_folder
from .sockets import HostTracks

WHERE = "Motion editor / document"
MID_GREY = 0.5
BACKGROUND_SIDE_PX = 2048
MOST_MASKS = 16
"""Things that the editor is told of: a mask of each."""
MASK_CELL_PX = 4


@dataclass(frozen=True)
class Edited:
    """Sockets of the editor's node, and what its page wants to know after an execution."""

    tracks: HostTracks
    picture: torch.Tensor
    coordinates: str
    length: int
    seen: dict[str, Any]


def edited(
    text: str,
    width: int,
    height: int,
    length: int,
    fit_mode: str,
    picture: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
) -> Edited:
    """The tracks of the document ``text`` for a video of this size and length, and the fitted picture [1, H, W, 3].

    A document drawn for another size, fit or length is carried over: points stay on the picture, timing in seconds. The
    fit acts on what the document crops from the picture.
    Without a connected picture the one that was dropped into the editor is read from the input folder; without either,
    mid-grey stands in. An empty text is a motion without tracks. ``mask`` (float [B, H, W] over the picture) is told to
    the page alone, which makes a thing of each.

    Raises: WanMoveError for a document that cannot be read, a size or length that no video has.
    """
    document = read_document(text)
    if picture is None:
        picture = _dropped_picture(document)
        background = None
    else:
        picture = picture[:1, ..., :3].to(torch.float32)
        background = _background(picture)
    source_wh = (width, height) if picture is None else (picture.shape[2], picture.shape[1])
    crop = None if document is None or picture is None else document.crop_on(source_wh)
    fit = Fit.make(fit_mode, source_wh, (width, height), area_px=width * height, part=crop)
    spec = VideoSpec(*fit.target_wh, frames=length)
    if document is None:
        document = empty_document(spec.size_wh, length, fit=fit_mode)
    picture_wh = None if picture is None else source_wh
    document = remap_document(document, spec.size_wh, length, fit=fit_mode, picture_wh=picture_wh)
    tracks = tracks_from_document(document)
    grey = torch.full((1, spec.height, spec.width, 3), MID_GREY)
    seen = {
        "size_wh": list(spec.size_wh),
        "length": tracks.frames,
        "picture_wh": list(picture_wh or ()),
        "background": background,
        "masks": [] if mask is None else frame_masks(mask, fit),
    }
    return Edited(
        tracks=tracks.to_host(),
        picture=grey if picture is None else fit.picture(picture, pad_value=MID_GREY).clamp(0, 1),
        coordinates=coordinates_json(tracks),
        length=tracks.frames,
        seen=seen,
    )


def frame_masks(mask: torch.Tensor, fit: Fit) -> list[dict[str, Any]]:
    """Each mask of float [B, H, W] or [H, W], spread over the picture and seen as the video shows it, as documents
    store one: cells of 4 px, inside from a half on. Masks that show nothing there are left out, and those after 16.
    """
    import torch.nn.functional as F

    stack = mask.reshape(-1, *mask.shape[-2:]).to(torch.float32)
    width, height = fit.source_wh
    found = []
    for one in stack[:MOST_MASKS]:
        whole = F.interpolate(one[None, None], size=(height, width), mode="bilinear", align_corners=False)[0, 0]
        shown = fit.picture(whole[None, ..., None].repeat(1, 1, 1, 3), pad_value=0.0)[0, ..., 0]
        inside = F.avg_pool2d(shown[None, None], MASK_CELL_PX, ceil_mode=True, count_include_pad=False)[0, 0] >= 0.5
        if bool(inside.any()):
            rows, cols = inside.shape
            found.append({"size_wh": [cols, rows], "runs": list(runs_from_mask(inside.numpy()))})
    return found


def read_document(text: str) -> MotionDocument | None:
    """The document, or None for an empty text. Raises: WanMoveError for what is not a document."""
    return parse_document(text, WHERE) if text.strip() else None


def coordinates_json(tracks: Tracks) -> str:
    """The tracks as other packs read them: one list per track of {"x", "y"} in pixels, one entry per frame."""
    xy = np.round(tracks.xy.numpy().astype(np.float64), 2)
    return json.dumps(
        [[{"x": float(x), "y": float(y)} for x, y in xy[:, n]] for n in range(tracks.count)], separators=(",", ":")
    )


def _dropped_picture(document: MotionDocument | None) -> torch.Tensor | None:
    reference = (document.picture or {}).get("ref") if document is not None else None
    if not isinstance(reference, dict):
        return None
    kind = reference.get("type", "input")
    if kind != "input":
        # What an earlier execution left in temp is a view for the page, not something to build on.
        return None
    name = "/".join(str(part) for part in (reference.get("subfolder"), reference.get("filename")) if part)
    from ....pictures import read_picture

    path = readable_path(name, "Motion editor / picture")
    return torch.from_numpy(read_picture(path)[None].astype(np.float32) / 255)


def _background(picture: torch.Tensor) -> dict[str, str] | None:
    """The whole connected picture as a file of the temp folder, for the editor to draw on."""
    import cv2

    frame = (picture[0].clamp(0, 1) * 255 + 0.5).to(torch.uint8).cpu().numpy()
    scale = BACKGROUND_SIDE_PX / max(frame.shape[:2])
    if scale < 1:
        size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    path = temp_folder() / f"wan_move_editor_{uuid.uuid4().hex[:12]}.jpg"
    done, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise WanMoveError(where="Motion editor / picture", what="cannot be written as JPEG", fix="use another picture")
    path.write_bytes(data.tobytes())
    return {"filename": path.name, "subfolder": "", "type": "temp"}
