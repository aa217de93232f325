"""What a source is, by its shape: the first bytes of a file, then the keys and nesting of a JSON value."""

from __future__ import annotations

import codecs
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import WanMoveError
from ...npy import MAX_ARRAY_BYTES, NPY_MAGIC, parse_npy
from .job import Job
from .paths import path_animator, points_store, power_spline, strokes, wan2gp
from .report import Imported
from .sampled import arrays, coordinates, host, torch_files
from .sampled.archive import Archive
from .text import load_tolerant

MAX_FILE_BYTES = MAX_ARRAY_BYTES + 65536
# Objects before lists, the most particular keys first.
_JSON_READERS = (host, wan2gp, path_animator, strokes, power_spline, points_store, coordinates)


def read_source(source: Any, job: Job) -> Imported:
    """Dispatch a path, bytes, an array, or a TRACKS dict."""
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
        return arrays.read(source, visibility, job)
    if isinstance(source, (str, Path)):
        source = read_file(source, job.where)
    if not isinstance(source, (bytes, bytearray, memoryview)):
        raise job.error(f"a {type(source).__name__}", "give a file's path, its bytes, an array or a TRACKS value")
    data = bytes(source)
    if data.startswith(NPY_MAGIC):
        array = parse_npy(data, job.where)
        if torch_files.is_ati(array):
            return _with_visibility(torch_files.read_ati(array, job), visibility, job)
        return arrays.read(array, visibility, job)
    if data.startswith(b"PK\x03\x04"):
        return _read_zip(data, job, visibility)
    if host.is_safetensors(data):
        return _with_visibility(
            torch_files.read_tensors(host.parse_safetensors(data, job.where), job, visibility), visibility, job
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


def read_text(text: str | bytes, job: Job) -> Imported:
    """JSON text of any of the formats."""
    visibility = _visibility(job)
    value, notes = load_tolerant(text, job.where)
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        text = value
        value, notes = load_tolerant(text, job.where)
        notes.append("The JSON was itself quoted as a text; the quotes were taken off.")
    for note in notes:
        job.note(note)
    return _with_visibility(read_json(value, text, job), visibility, job)


def read_json(value: Any, text: str | bytes | None, job: Job) -> Imported:
    if isinstance(value, (list, dict)) and not value:
        raise job.error("it is empty: there are no tracks in it", "draw at least one track, or choose another file")
    if isinstance(value, dict) and "layers" in value and "version" in value and "resolution" not in value:
        from .paths import own_document

        return own_document.read(value if text is None else text, job)
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
        return _with_visibility(torch_files.read_tensors(found, job, visibility), visibility, job)
    inner = torch_files.payload(archive, job.where)
    if isinstance(inner, bytes):
        found = arrays.parse_npz(inner, job.where)
        if "array" not in found:
            raise job.error("ATI tracks without their array", "export them again")
        return _with_visibility(torch_files.read_ati(found["array"], job), visibility, job)
    return _with_visibility(torch_files.read_tensors(inner, job, visibility), visibility, job)


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


def _visibility(job: Job) -> np.ndarray | None:
    """The visibility that the caller gave beside the tracks: an array, or the path or bytes of one."""
    value = job.visibility
    if value is None or isinstance(value, np.ndarray):
        return value
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
    if data.startswith(b"PK\x03\x04"):
        found = arrays.parse_npz(data, where)
        if len(found) != 1:
            raise WanMoveError(where=where, what=f"{len(found)} arrays", fix="give one array of visibility")
        return next(iter(found.values()))
    return parse_npy(data, where)


def _with_visibility(imported: Imported, visibility: np.ndarray | None, job: Job) -> Imported:
    """Visibility given beside a format that is not a bare array takes the place of its own."""
    if visibility is None or imported.report.format in ("npy", "wan2gp_npy"):
        return imported
    tracks = imported.tracks
    seen = arrays.visible_of(visibility, tracks.frames, tracks.count, job)
    imported.report.notes.append("The given visibility replaces the file's own.")
    return Imported(tracks.with_visible(seen), imported.report, None)
