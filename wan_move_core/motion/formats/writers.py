"""Tracks written for other tools. Files appear whole or not at all."""

from __future__ import annotations

import contextlib
import io
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import WanMoveError, plural
from ...tracks import Tracks
from .job import Job
from .pair import visibility_beside
from .paths.editable import PALETTE
from .report import Written
from .text import dump_json

WRITERS: dict[str, str] = {
    "npy": "published pair: positions [1, T, N, 2] px and, beside it, visibility [1, T, N]",
    "coordinates": "coordinate JSON [[{x, y}, ...], ...] in pixels",
    "host": "ComfyUI TRACKS (.safetensors or .npz)",
    "wan2gp_npy": "Wan2GP array [T, N, 2], 0-1, -1 where hidden",
    "wan2gp": "Wan2GP Motion Designer definition",
    "points_store": "KJNodes spline editor control points",
    "strokes": "stroke JSON, 0-1",
    "ati": "ATI tracks (.pth)",
    "document": "motion document",
    "after_effects": "After Effects keyframe text, to paste onto a layer",
    "csv": "table track, frame, x, y, visible (px, y from the top)",
    "equalizer": "3DEqualizer 2D tracks",
    "pftrack": "PFTrack 2D tracks (.2dt)",
    "shake": "Shake tracker text",
    "syntheyes": "SynthEyes 2-D tracker paths",
    "svg": "SVG paths, the lines without their speed",
    "nuke_ascii": "Nuke ASCII x y frame (y from the bottom, frames from 1), a file for each track",
}
_BY_ENDING = {
    ".npy": "npy", ".json": "coordinates", ".safetensors": "host", ".npz": "host", ".pth": "ati", ".csv": "csv",
}  # fmt: skip
ENDINGS = {
    "npy": ".npy", "host": ".safetensors", "wan2gp_npy": ".npy", "ati": ".pth", "csv": ".csv", "after_effects": ".txt",
    "nuke_ascii": ".txt", "equalizer": ".txt", "pftrack": ".2dt", "shake": ".txt", "syntheyes": ".txt", "svg": ".svg",
}  # fmt: skip
"""Usual endings of formats; every other is JSON."""
_TABLES = ("after_effects", "csv", "nuke_ascii", "equalizer", "pftrack", "shake", "syntheyes")


def write(
    tracks: Tracks,
    path: Path,
    format: str = "auto",
    *,
    fps: float = 16.0,
    error_px: float = 1.0,
    visibility_path: Path | str | None = None,
    document: dict[str, Any] | None = None,
) -> Written:
    """See ``write_tracks``.

    Args:
        fps: stated in formats that carry it.
        error_px: how far the control points of wan2gp, points_store, strokes and document may leave the tracks' paths.
        visibility_path: the second file of the npy pair; None: see ``visibility_beside``.
        document: written as it is for format ``document``, instead of one simplified from the tracks.
    """
    where = str(path)
    if format == "auto":
        format = _BY_ENDING.get(path.suffix.lower(), "")
        if not format:
            raise WanMoveError(
                where=where,
                what=f"the ending {path.suffix!r} does not say the format",
                fix=f"choose one of {', '.join(WRITERS)}",
            )
    if format not in WRITERS:
        raise WanMoveError(where=where, what=f"unknown format {format!r}", fix=f"use one of {', '.join(WRITERS)}")
    if tracks.count == 0 and format not in ("host", "document"):
        raise WanMoveError(where=where, what="there are no tracks to write", fix="draw at least one track")
    notes: list[str] = []
    if format == "npy":
        second = Path(visibility_path) if visibility_path is not None else visibility_beside(path)
        if second == path:
            raise WanMoveError(where=where, what="positions and visibility have the same path", fix="give two paths")
        parts = [(path, npy_bytes(tracks.xy.numpy()[None])), (second, npy_bytes(tracks.visible.numpy()[None]))]
    elif format == "host" and path.suffix.lower() == ".npz":
        parts = [(path, _host_npz(tracks))]
    elif format == "document":
        parts = [(path, _document(tracks, fps, error_px, document, notes))]
    elif format in _TABLES:
        parts = _tables(tracks, path, format, fps, notes)
    elif format in ("wan2gp", "points_store", "strokes", "svg"):
        parts = [(path, _control_points(tracks, format, fps, error_px, notes))]
    else:
        makers: dict[str, Callable[[Tracks, list[str]], bytes]] = {
            "coordinates": _coordinates,
            "host": _host_safetensors,
            "wan2gp_npy": _wan2gp_npy,
            "ati": _ati,
        }
        parts = [(path, makers[format](tracks, notes))]
    write_whole(parts)
    return Written(tuple(p for p, _ in parts), tuple(notes))


def write_whole(parts: list[tuple[Path, bytes]]) -> None:
    """Write every file under a temporary name in its own folder, then move all into place.

    Raises: WanMoveError where a folder is missing or cannot be written; nothing is left behind.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        for path, content in parts:
            name = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
            waiting.append((name, path))
            with name.open("xb") as stream:
                stream.write(content)
        while waiting:
            name, path = waiting[0]
            name.replace(path)
            waiting.pop(0)
    except OSError as error:
        place = parts[0][0] if not waiting else waiting[-1][1]
        raise WanMoveError(
            where=str(place),
            what=f"cannot be written ({error.strerror or error})",
            fix="choose a folder you may write to",
        ) from None
    finally:
        for name, _ in waiting:
            with contextlib.suppress(OSError):
                name.unlink()


def npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _coordinates(tracks: Tracks, notes: list[str]) -> bytes:
    xy, visible = np.round(tracks.xy.numpy().astype(np.float64), 3), tracks.visible.numpy()
    with_v = not visible.all()
    if with_v:
        notes.append('Hidden frames carry "v":0, which most readers of this format ignore.')
    rows = []
    for n in range(tracks.count):
        row = [{"x": x, "y": y} for x, y in xy[:, n].tolist()]
        if with_v:
            for point, seen in zip(row, visible[:, n].tolist(), strict=True):
                point["v"] = int(seen)
        rows.append(row)
    return dump_json(rows).encode()


def _tables(tracks: Tracks, path: Path, format: str, fps: float, notes: list[str]) -> list[tuple[Path, bytes]]:
    from .tables import write as tables

    if format == "after_effects":
        return [(path, tables.after_effects(tracks, fps, notes))]
    if format == "csv":
        return [(path, tables.csv_table(tracks, notes))]
    if format != "nuke_ascii":
        if not bool(tracks.visible.any()):
            raise _never_visible(path)
        return [(path, getattr(tables, format)(tracks, notes))]
    files = tables.nuke_ascii(tracks, notes)
    if len(files) == 1 and files[0]:
        return [(path, files[0])]
    digits = len(str(len(files)))
    made = [(path.with_name(f"{path.stem}_{n + 1:0{digits}}{path.suffix}"), f) for n, f in enumerate(files) if f]
    if not made:
        raise _never_visible(path)
    if len(made) < len(files):
        notes.append(f"{plural(len(files) - len(made), 'track')} never visible left out.")
    return made


def _never_visible(path: Path) -> WanMoveError:
    return WanMoveError(where=str(path), what="every position is hidden", fix="show at least one frame of a track")


def _host_npz(tracks: Tracks) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, track_path=tracks.xy.numpy(), track_visibility=tracks.visible.numpy(), size_wh=np.array(tracks.size_wh)
    )
    return buffer.getvalue()


def _host_safetensors(tracks: Tracks, notes: list[str]) -> bytes:
    from safetensors.torch import save

    return save(
        {"track_path": tracks.xy.contiguous(), "track_visibility": tracks.visible.contiguous()},
        metadata={"size_wh": f"{tracks.size_wh[0]}x{tracks.size_wh[1]}", "format": "TRACKS"},
    )


def _wan2gp_npy(tracks: Tracks, notes: list[str]) -> bytes:
    norm = tracks.xy.double() / torch.tensor(tracks.size_wh, dtype=torch.float64)
    outside = (norm.max() > 1) or (norm.min() < -1)
    if bool(outside):
        notes.append("Positions beyond the picture exceed 1, so some readers may take the file for pixels.")
    norm = torch.where(tracks.visible[..., None], norm, -torch.ones_like(norm))
    return npy_bytes(norm.float().numpy())


def _ati(tracks: Tracks, notes: list[str]) -> bytes:
    from .sampled.torch_files import ATI_FRAMES, ATI_SCALE, ati_bytes

    if tracks.frames != ATI_FRAMES:
        notes.append(f"Retimed from {plural(tracks.frames, 'frame')} to ATI's {ATI_FRAMES}.")
    longer = tracks.retime(ATI_FRAMES)
    rows = torch.cat([longer.xy, longer.visible[..., None].float()], dim=-1).permute(1, 0, 2)
    return ati_bytes((rows[:, :, None] * ATI_SCALE).numpy())


def _document(tracks: Tracks, fps: float, error_px: float, document: dict[str, Any] | None, notes: list[str]) -> bytes:
    if document is None:
        from ..sources.simplify import document_from_tracks

        document, errors = document_from_tracks(tracks, error_px=error_px, fps=fps)
        notes.append(f"Simplified to keys; no track moves further than {max(errors, default=0.0):.2f} px.")
    return json.dumps(document, indent=1, allow_nan=False).encode()


def _control_points(tracks: Tracks, format: str, fps: float, error_px: float, notes: list[str]) -> bytes:
    """Formats of control points keep the drawn line, and even speed along it; what that costs is measured and said."""
    from ..sources.simplify import key_frames
    from .detect import read_source

    xy, visible = tracks.xy.double().numpy(), tracks.visible.numpy()
    width, height = tracks.size_wh
    splines = []
    for n in range(tracks.count):
        seen = np.flatnonzero(visible[:, n])
        first, last = (int(seen[0]), int(seen[-1])) if len(seen) else (0, tracks.frames - 1)
        if format != "wan2gp":
            first, last = 0, tracks.frames - 1
        keys = key_frames(xy[first : last + 1, n], error_px)
        points = xy[first : last + 1, n][keys]
        if np.ptp(points, axis=0).max() <= error_px:
            points = points[:1]
        splines.append((points, first, last))
    if format == "wan2gp":
        value: Any = {
            "resolution": {"width": width, "height": height},
            "fitMode": "cover",
            "renderMode": "trajectory",
            "scene": {"fps": fps, "totalFrames": tracks.frames},
            "layers": [
                {
                    "id": f"t{i + 1}", "name": f"Trajectory {i + 1}", "color": PALETTE[i % len(PALETTE)], "polygon": [],
                    "polygonClosed": True, "path": _xy(points), "pathLocked": True, "shapeType": "trajectory",
                    "shapeMeta": None, "startFrame": first, "endFrame": last, "scaleStart": 1, "scaleEnd": 1,
                    "rotationStart": 0, "rotationEnd": 0, "speedMode": "none", "speedRatio": 1, "tension": 0,
                    "hideOutsideRange": True,
                }
                for i, (points, first, last) in enumerate(splines)
            ],
        }  # fmt: skip
    elif format == "points_store":
        value = [
            {
                "points": _xy(points),
                "color": PALETTE[i % len(PALETTE)],
                "name": f"Spline {i + 1}",
                "isSinglePoint": len(points) == 1,
            }
            for i, (points, _, _) in enumerate(splines)
        ]
        notes.append("In the spline editor choose linear interpolation and path sampling to get these lines.")
    elif format == "svg":
        value = _svg(splines, (width, height))
    else:
        value = {
            "strokes": [{"points": np.round(p / (width, height), 6).tolist()} for p, _, _ in splines],
            "reference_size": {"width": width, "height": height},
        }
    content = value if isinstance(value, bytes) else dump_json(value).encode()
    if format != "points_store":
        back = read_source(content, Job("Tracks", tracks.frames, tracks.size_wh)).tracks
        both = back.visible & tracks.visible
        off = float((back.xy - tracks.xy).norm(dim=-1)[both].max()) if bool(both.any()) else 0.0
        notes.append(f"Control points at even speed: up to {off:.2f} px from the tracks, mostly in timing.")
        lost = int((back.visible != tracks.visible).sum())
        if lost:
            notes.append(f"{plural(lost, 'hidden position')} could not be kept hidden.")
    else:
        notes.append("Speed along the lines and hidden frames are not kept.")
    return content


def _svg(splines: list[tuple[np.ndarray, int, int]], size_wh: tuple[int, int]) -> bytes:
    """A drawing of the picture's size with one path each; a point that stands is a path of one place."""
    width, height = size_wh
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    ]
    for i, (points, _, _) in enumerate(splines):
        places = np.round(points, 3).tolist()
        places = places if len(places) > 1 else [*places, *places]
        d = "M" + " L".join(f"{x:g},{y:g}" for x, y in places)
        lines.append(f'  <path id="track{i + 1}" fill="none" stroke="{PALETTE[i % len(PALETTE)]}" d="{d}"/>')
    return "\n".join([*lines, "</svg>", ""]).encode("ascii")


def _xy(points: np.ndarray) -> list[dict[str, float]]:
    return [{"x": x, "y": y} for x, y in np.round(points, 3).tolist()]
