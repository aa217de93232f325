"""TRACKS of the host through the core: read, written, merged and edited, keeping what a dict does not say unsaid.

Tracks of native nodes carry no picture size. Nothing here invents one: where a size is needed and unknown, it is asked
for; where it is not needed, the result carries none either, and belongs to the video as before.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import torch

from ....errors import WanMoveError
from ....motion.formats import Imported, job, parse_tracks_text, read_tracks, write_tracks
from ....motion.formats.writers import ENDINGS
from ....tracks import Tracks, merge_tracks
from ..files.names import output_path, readable_path

UNITS = ("auto", "px", "norm")
AXES = ("auto", *job.AXES)
Y_ORIGINS = ("auto", *job.Y_ORIGINS)
MIRRORS = ("none", "x", "y", "both")
PIVOTS = ("picture", "tracks")
UNKNOWN_PICTURE_WH = (832, 480)
NEEDS_SIZE = (
    "wan2gp_npy", "wan2gp", "strokes", "points_store", "document", "after_effects", "nuke_ascii",
    "equalizer", "pftrack", "shake", "syntheyes", "svg",
)  # fmt: skip

HostTracks = dict[str, Any]

_RANGE = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?")


# -- in and out -------------------------------------------------------------------------------------------------------


def load(
    file: str, visibility: str = "", width: int = 0, height: int = 0, length: int = 0, unit: str = "auto",
    axes: str = "auto", y_origin: str = "auto",
) -> tuple[HostTracks, str]:  # fmt: skip
    """Tracks of a file in the input or output folder, and the import's report. Zeros mean: as the file says."""
    where = f"Load tracks / {file}"
    beside = readable_path(visibility, f"{where} / visibility") if visibility.strip() else "none"
    imported = read_tracks(
        readable_path(file, where),
        frames=length or None,
        size_wh=_given_size(width, height, where),
        unit=unit,
        visibility=beside,
        where=where,
        axes=axes,
        y_origin=y_origin,
    )
    return _told(imported)


def parse(
    text: str | list[str], width: int = 0, height: int = 0, length: int = 0, unit: str = "auto",
    axes: str = "auto", y_origin: str = "auto",
) -> tuple[HostTracks, str]:  # fmt: skip
    """Tracks of text, or of the list of texts that other nodes join coordinates to, and the import's report."""
    where = "Parse tracks / text"
    size_wh = _given_size(width, height, where)
    return _told(
        parse_tracks_text(
            text, frames=length or None, size_wh=size_wh, unit=unit, where=where, axes=axes, y_origin=y_origin
        )
    )


def _told(imported: Imported) -> tuple[HostTracks, str]:
    host = imported.tracks.to_host()
    if imported.report.size_from == "assumed" and imported.report.unit == "px":
        # Pixels of a picture that nobody named: they belong to the video, whatever its size.
        del host["size_wh"]
    return host, str(imported.report)


def _given_size(width: int, height: int, where: str) -> tuple[int, int] | None:
    if (width > 0) != (height > 0):
        raise WanMoveError(
            where=where,
            what=f"a size of {width}x{height}",
            fix="give width and height, or 0 for both to use the file's",
        )
    return (width, height) if width else None


def save(tracks: HostTracks, prefix: str, format: str, fps: float = 16.0) -> tuple[list[dict[str, str]], str]:
    """Write numbered files under the output folder; each one's {filename, subfolder, type}, and what was said."""
    where = "Save tracks"
    given, known = open_tracks(tracks, where)
    if not known and format in NEEDS_SIZE:
        raise WanMoveError(
            where=where,
            what=f"format {format!r} needs the picture's size, which these tracks do not carry",
            fix="choose npy or coordinates, or make the tracks with a node that knows the picture",
        )
    suffix = ENDINGS.get(format, ".json")
    path, subfolder = output_path(prefix, suffix, where)
    if format == "npy":
        path = path.with_name(path.name.removesuffix(".npy") + "tracks.npy")
        second = path.with_name(path.name.removesuffix("tracks.npy") + "visibility.npy")
        written = write_tracks(given, path, format, fps=fps, visibility_path=second)
    else:
        path = path.with_name(path.name.replace(f"_{suffix}", suffix))
        written = write_tracks(given, path, format, fps=fps)
    files = [{"filename": p.name, "subfolder": subfolder, "type": "output"} for p in written.paths]
    return files, "\n".join([", ".join(f["filename"] for f in files), *written.notes])


def open_tracks(tracks: HostTracks, where: str) -> tuple[Tracks, bool]:
    """Tracks, and whether they say their picture's size; else they get one that holds them."""
    known = isinstance(tracks, dict) and tracks.get("size_wh") is not None
    if known:
        return Tracks.from_host(tracks, where=where), True
    given = Tracks.from_host(tracks, UNKNOWN_PICTURE_WH, where=where)
    if not given.count:
        return given, False
    reach = given.xy.amax((0, 1)).clamp(1, 1 << 16).tolist()
    size = tuple(max(usual, math.ceil(most)) for usual, most in zip(UNKNOWN_PICTURE_WH, reach, strict=True))
    return Tracks(given.xy, given.visible, size), False  # type: ignore[arg-type]


def close_tracks(tracks: Tracks, known: bool) -> HostTracks:
    host = tracks.to_host()
    if not known:
        del host["size_wh"]
    return host


# -- changing ---------------------------------------------------------------------------------------------------------


def merge(parts: list[HostTracks]) -> HostTracks:
    """All tracks in order; a size that some parts carry is the size of all.

    Raises: WanMoveError where lengths differ, or two carried sizes do.
    """
    opened = [open_tracks(part, f"Merge tracks / tracks_{i}") for i, part in enumerate(parts, start=1)]
    sizes = [tracks.size_wh for tracks, known in opened if known]
    if sizes:
        size = sizes[0]
    else:
        size = (max(t.size_wh[0] for t, _ in opened), max(t.size_wh[1] for t, _ in opened))
    alike = [tracks if known else Tracks(tracks.xy, tracks.visible, size) for tracks, known in opened]
    return close_tracks(merge_tracks(alike), bool(sizes))


@dataclass(frozen=True)
class Edit:
    """What EditTracks does, in this order: select, trim, retime, transform, visibility. The defaults change nothing."""

    select: str = ""
    trim_start: int = 0
    trim_end: int = -1
    length: int = 0
    offset_x: float = 0.0
    offset_y: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0
    rotate: float = 0.0
    mirror: str = "none"
    pivot: str = "picture"
    show_all: bool = False
    visible_from: int = 0
    visible_to: int = -1


def edit(tracks: HostTracks, change: Edit) -> HostTracks:
    """New tracks with ``change`` applied.

    Raises: WanMoveError for tracks or frames that are not there, or a pivot that needs an unknown picture size.
    """
    where = "Edit tracks"
    given, known = open_tracks(tracks, where)
    if change.select.strip():
        given = given.select(parse_selection(change.select, given.count))
    last = given.frames - 1
    end = last if change.trim_end < 0 else change.trim_end
    if (change.trim_start, end) != (0, last):
        given = given.trim(change.trim_start, end)
    if change.length:
        given = given.retime(change.length)
    given = _transformed(given, change, known)
    if change.show_all:
        given = given.with_visible(None)
    visible_end = given.frames - 1 if change.visible_to < 0 else change.visible_to
    if change.visible_from > 0 or visible_end < given.frames - 1:
        frame = torch.arange(given.frames)[:, None]
        inside = (frame >= change.visible_from) & (frame <= visible_end)
        given = given.with_visible(given.visible & inside)
    return close_tracks(given, known)


def _transformed(tracks: Tracks, change: Edit, known: bool) -> Tracks:
    turns = (change.scale_x, change.scale_y, change.rotate, change.mirror) != (1.0, 1.0, 0.0, "none")
    if not turns and (change.offset_x, change.offset_y) == (0.0, 0.0):
        return tracks
    pivot = None
    if change.pivot == "tracks" and tracks.count:
        first = tracks.xy[0]
        pivot = tuple(((first.amin(0) + first.amax(0)) / 2).tolist())
    elif turns and not known:
        raise WanMoveError(
            where="Edit tracks / pivot",
            what="these tracks do not carry their picture's size, so its centre is unknown",
            fix="set pivot to tracks, or make the tracks with a node that knows the picture",
        )
    return tracks.transform(
        (change.scale_x, change.scale_y), change.rotate, (change.offset_x, change.offset_y), change.mirror, pivot
    )


def parse_selection(text: str, count: int) -> list[int]:
    """Indices from numbers and ranges counted from 1, such as "1, 3-5", in the order written.

    Raises: WanMoveError for anything else, or a number that no track has.
    """
    picked: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        first = int(match[1]) if match else 0
        last = int(match[2]) if match and match[2] else first
        if not 1 <= first <= last <= count:
            raise WanMoveError(
                where="Edit tracks / select",
                what=f"{part.strip()!r} is no track or range among 1 to {count}",
                fix='write numbers and ranges such as "1, 3-5", or nothing for all',
            )
        picked += range(first - 1, last)
    return picked
