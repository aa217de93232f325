"""What a source is, by its shape: the first bytes of a file, then the keys and nesting of a JSON value."""

from __future__ import annotations

import codecs
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import WanMoveError, plural
from ...npy import MAX_ARRAY_BYTES, NPY_MAGIC, parse_npy
from ..document.bounded_json import load_json
from . import names
from .job import Job
from .pair import LIES_BESIDE, visibility_file
from .paths import path_animator, points_store, power_spline, strokes, wan2gp
from .report import Imported
from .sampled import arrays, coordinates, host, named, positions, torch_files
from .sampled.archive import Archive
from .strangers import refuse_bytes, refuse_json, refuse_text
from .tables import after_effects, matchmove, nuke, separated
from .text import MAX_TEXT_BYTES, decoded, joined, load_tolerant
from .vector import svg

MAX_FILE_BYTES = MAX_ARRAY_BYTES + 65536
MAX_ROWS_CHARS = 8_000_000
MAX_LINES = 200_000
# Objects before lists, the most particular keys first.
_JSON_READERS = (host, wan2gp, path_animator, strokes, power_spline, named, coordinates, points_store)
# Text that is no JSON, the most particular first.
_TEXT_READERS: tuple[tuple[Callable[[str], bool], Callable[[str, Job], Imported]], ...] = (
    (svg.matches, svg.read),
    (after_effects.matches, after_effects.read),
    (matchmove.matches_shake, matchmove.read_shake),
    (nuke.matches, nuke.read),
    (matchmove.matches_blocks, matchmove.read_blocks),
    (matchmove.matches_syntheyes, matchmove.read_syntheyes),
    (separated.matches, separated.read),
)


def read_source(source: Any, job: Job) -> Imported:
    """Dispatch a path, bytes, an array, or a TRACKS dict."""
    file = Path(source) if isinstance(source, (str, Path)) else None
    visibility = _visibility(job)
    if isinstance(source, Mapping):
        return _with_visibility(
            host.read(source, job) if host.matches(source) else read_json(source, None, job), visibility, job
        )
    if isinstance(source, torch.Tensor):
        source = source.detach().cpu()
        source = (source.float() if source.is_floating_point() else source).numpy()
    if isinstance(source, np.ndarray):
        if source.dtype.kind not in "fiub":
            raise job.error(f"an array of {source.dtype}", "give an array of numbers")
        return positions.read(source, visibility, job)
    if isinstance(source, (str, Path)):
        source = read_file(source, job.where)
    if not isinstance(source, (bytes, bytearray, memoryview)):
        raise job.error(f"a {type(source).__name__}", "give a file's path, its bytes, an array or a TRACKS value")
    data = bytes(source)
    refuse_bytes(data, job.where)
    if data.startswith(NPY_MAGIC):
        array = parse_npy(data, job.where)
        if torch_files.is_ati(array):
            return _with_visibility(torch_files.read_ati(array, job), visibility, job)
        if visibility is None and file is not None:
            visibility = _beside(file, array, job)
        return positions.read(array, visibility, job)
    if data.startswith(b"PK\x03\x04"):
        return _read_zip(data, job, visibility)
    if host.is_safetensors(data):
        return _with_visibility(
            named.read_named(host.parse_safetensors(data, job.where), job, visibility), visibility, job
        )
    if data.startswith(b"\x80"):
        raise job.error(
            "a bare pickle, which could run code and is never read", "save the tracks with numpy.save, or as JSON"
        )
    _require_text(data, job)
    return read_text(data, job)


def _require_text(data: bytes, job: Job) -> None:
    """What is no text at all is told so: "save it as UTF-8" is no help with a picture or a clip."""
    if not data:
        raise job.error("the file is empty", "give a file of tracks")
    if b"\0" in data[:4096] and data[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise job.error(
            "not a file of tracks (neither text nor arrays)",
            "give a .json, .npy, .npz, .safetensors or .pth file of tracks",
        )


def read_text(text: Any, job: Job) -> Imported:
    """Text of any of the formats, or a list of coordinate strings as other nodes hand them on."""
    visibility = _visibility(job)
    if isinstance(text, (list, tuple)):
        found = joined(text, job.where)
        value = load_json(list(text), job.where, MAX_TEXT_BYTES) if found is None else found
        return _with_visibility(read_json(value, None, job), visibility, job)
    if not isinstance(text, (str, bytes)):
        raise job.error(f"a {type(text).__name__}", "connect or paste a text of coordinates")
    text = decoded(text, job)
    refuse_bytes(text[:4096].encode("utf-8", "replace"), job.where)
    refuse_text(text, job)
    start = text.lstrip()[:1]
    # A quote may begin JSON, a tracker's name in quotes, or the quoted heading of a table.
    if start not in ("[", "{", '"', "'", "") or (
        start == '"' and (matchmove.matches_blocks(text) or separated.matches(text))
    ):
        for matches, read in _TEXT_READERS:
            if matches(text):
                _require_readable(text, job)
                return _with_visibility(read(text, job), visibility, job)
    return _with_visibility(_read_json_text(text, job), visibility, job)


def _require_readable(text: str, job: Job) -> None:
    """Rows and elements are walked one by one, so their text is shorter than JSON may be."""
    lines = text.count("\n")
    if len(text) > MAX_ROWS_CHARS or lines > MAX_LINES:
        raise job.error(
            f"{len(text):,} characters in {lines:,} lines, at most {MAX_ROWS_CHARS:,} in {MAX_LINES:,} are accepted",
            "give fewer tracks, or save them as .npy",
        )


def _read_json_text(text: str, job: Job) -> Imported:
    if text.strip() and text.lstrip()[0] not in "[{\"'" and not text.lstrip()[0].isdigit():
        raise job.error(
            "a text of no known kind (neither JSON nor rows with an x and a y nor a tracker's export)",
            "give coordinate JSON, CSV with a heading such as frame,x,y, After Effects keyframes, a Nuke node or SVG",
        )
    value, notes = load_tolerant(text, job.where)
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        text = value
        value, notes = load_tolerant(text, job.where)
        notes.append("The JSON was itself quoted as a text; the quotes were taken off.")
    found = joined(value, job.where)
    if found is not None:
        value, text = found, ""
        notes.append(f"A list of coordinate strings, {plural(len(found), 'track')} in all.")
    for note in notes:
        job.note(note)
    return read_json(value, text or None, job)


def read_json(value: Any, text: str | bytes | None, job: Job) -> Imported:
    """JSON of any of the formats, as parsed; ``text`` is what it was parsed from, where that is one document."""
    if isinstance(value, (list, dict)) and not value:
        raise job.error("it is empty: there are no tracks in it", "draw at least one track, or choose another file")
    if isinstance(value, dict) and "layers" in value and "version" in value and "resolution" not in value:
        from .paths import own_document

        return own_document.read(value if text is None else text, job)
    if isinstance(value, dict):
        refuse_json(value, job)
    for reader in _JSON_READERS:
        if reader.matches(value):
            return reader.read(value, job)
    if isinstance(value, dict):
        keys = ", ".join("".join(c for c in str(k) if c.isprintable())[:30] for k in list(value)[:8])
        found = f"an object with {keys}"
    else:
        found = f"a list of {type(value[0]).__name__}" if isinstance(value, list) else f"a {type(value).__name__}"
    raise job.error(
        f"JSON of an unknown shape ({found})",
        "give coordinates [[{x, y}, ...]], an editor's paths, or a motion document",
    )


def _read_zip(data: bytes, job: Job, visibility: np.ndarray | None) -> Imported:
    archive = Archive(data, job.where)
    if any(name.endswith(".npy") for name in archive.members):
        found = arrays.parse_members(archive)
        return _with_visibility(named.read_named(found, job, visibility), visibility, job)
    if not any(name.endswith("data.pkl") for name in archive.members):
        book = any(name.startswith(("xl/", "Index/")) or name == "content.xml" for name in archive.members)
        raise job.error(
            "a spreadsheet, which is not read" if book else f"an archive of {names.shown(archive.members, 4)}",
            "save the table as CSV" if book else "unpack it and give the file inside",
        )
    inner = torch_files.payload(archive, job.where)
    if isinstance(inner, bytes):
        found = arrays.parse_npz(inner, job.where)
        if "array" not in found:
            raise job.error("ATI tracks without their array", "export them again")
        return _with_visibility(torch_files.read_ati(found["array"], job), visibility, job)
    return _with_visibility(named.read_named(inner, job, visibility), visibility, job)


def read_file(path: str | Path, where: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """A regular file's bytes. Raises: WanMoveError when it is missing, unreadable, no regular file or too large."""
    file = Path(path)
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise WanMoveError(where=where, what="not a regular file", fix="give the path of a file of tracks")
        if found.st_size > limit:
            raise WanMoveError(
                where=where,
                what=f"{found.st_size:,} bytes, at most {limit:,} are accepted",
                fix="give a file of tracks",
            )
        with file.open("rb") as stream:
            return stream.read(limit)
    except (OSError, ValueError) as error:
        if isinstance(error, WanMoveError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise WanMoveError(where=where, what=f"cannot be read ({reason})", fix="check the path") from None


def _beside(file: Path, array: np.ndarray, job: Job) -> np.ndarray | None:
    """The visibility that was written beside ``file``, where it fits these positions."""
    found = visibility_file(file)
    if found is None:
        return None
    if job.visibility is not None:
        job.note(f"{found.name} {LIES_BESIDE} and is not used, as asked.")
        return None
    try:
        seen = parse_npy(read_file(found, str(found)), str(found))
    except WanMoveError as error:
        job.note(f"{found.name} {LIES_BESIDE} and is not used: {error.what}.")
        return None
    sides = sorted(s for s in array.shape[:-1] if s != 1)
    if sorted(s for s in seen.shape if s != 1) != sides:
        job.note(f"{found.name} {LIES_BESIDE} and is not used: its shape {list(seen.shape)} does not fit.")
        return None
    job.note(f"Visibility from {found.name}, which {LIES_BESIDE}.")
    return seen


def _visibility(job: Job) -> np.ndarray | None:
    """The visibility that the caller gave beside the tracks: an array, or the path or bytes of one."""
    value = job.visibility
    if value is None or isinstance(value, np.ndarray):
        return value
    if isinstance(value, (str, Path)) and str(value) == "none":
        return None
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().float().numpy()
    where = f"{job.where} / visibility"
    if isinstance(value, (str, Path)):
        where = str(value)
        value = read_file(value, where)
    if isinstance(value, list):
        return host.array_of(value, "visibility", job)
    if not isinstance(value, (bytes, bytearray)):
        raise WanMoveError(where=where, what=f"a {type(value).__name__}", fix="give a .npy file or an array")
    data = bytes(value)
    refuse_bytes(data, where)
    if data.startswith(b"PK\x03\x04"):
        found = arrays.parse_npz(data, where)
        if len(found) != 1:
            raise WanMoveError(where=where, what=f"{len(found)} arrays", fix="give one array of visibility")
        return next(iter(found.values()))
    return parse_npy(data, where)


def _with_visibility(imported: Imported, visibility: np.ndarray | None, job: Job) -> Imported:
    """Visibility given beside a format that is not a bare array takes the place of its own."""
    if visibility is None or imported.report.format in ("npy", "wan2gp_npy"):
        return imported  # these have taken it into account
    tracks = imported.tracks
    seen = positions.visible_of(visibility, tracks.frames, tracks.count, job)
    imported.report.notes.append("The given visibility replaces the file's own.")
    return Imported(tracks.with_visible(seen), imported.report, None)
