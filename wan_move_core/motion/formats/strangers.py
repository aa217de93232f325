"""Files that people bring and that hold no tracks we read: named as what they are, with the way out."""

from __future__ import annotations

from typing import Any

from ...errors import WanMoveError
from .job import Job

_FOLLOW = "follow its motion with 'wan-move tracks transfer', or give tracks of it"
_BINARY = (
    (b"\x1f\x8b", "a gzip archive", "unpack it and give the file inside"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it and give the file inside"),
    (b"\x89HDF", "an HDF5 file", "save the tracks with numpy.save, or as CSV"),
    (b"MATLAB 5.0", "a MATLAB file", "save the tracks as CSV: writematrix([frame x y], 'tracks.csv')"),
    (b"PAR1", "a Parquet file", "save the table as CSV"),
    (b"SQLite format 3", "a SQLite database", "save the table as CSV"),
    (b"%PDF", "a PDF", "save the path as SVG"),
    (b"RIFX", "an After Effects project", "in After Effects select the keyframes, copy them and paste them here"),
    (b"{\\rtf", "rich text (RTF)", "save it as plain text: in TextEdit Format, Make Plain Text"),
    (b"\x89PNG", "a picture", "give tracks; open the picture as the picture (--image)"),
    (b"\xff\xd8\xff", "a picture", "give tracks; open the picture as the picture (--image)"),
    (b"\x1a\x45\xdf\xa3", "a video", _FOLLOW),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", "save the table as CSV"),
    (b"Kaydara FBX", "an FBX scene", "export 2D tracks: After Effects keyframes, Nuke ASCII or CSV"),
)  # fmt: skip
_COPY_KEYS = (
    "select the keyframes (Position, or the trackers' Feature Center), copy them, and paste them into a text file"
)


def refuse_bytes(data: bytes, where: str) -> None:
    """Raise for what the first bytes give away: a pointer, a web page, an archive."""
    head = data[:2048]
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        raise WanMoveError(
            where=where,
            what="a Git LFS pointer: a note about the file, not the file itself",
            fix="run 'git lfs pull' where it lies, or download the file from its page",
        )
    low = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if low.startswith((b"<!doctype html", b"<html")) or (low.startswith(b"<") and b"<html" in low):
        raise WanMoveError(
            where=where,
            what="a web page (HTML), not a file of tracks",
            fix="download the file itself: the page's Download or Raw button, not the page",
        )
    if head[4:8] == b"ftyp":
        raise WanMoveError(where=where, what="a video, which is not read", fix=_FOLLOW)
    for magic, what, fix in _BINARY:
        if head.startswith(magic):
            raise WanMoveError(where=where, what=f"{what}, which is not read", fix=fix)


def refuse_text(text: str, job: Job) -> None:
    """Raise for other programs' text that is recognised and not read."""
    head = text[:20000]
    if "Tools = ordered()" in head or "Composition {" in head or "= PolyPath {" in head:
        raise job.error(
            "a Fusion composition or setting, which is not read",
            "export the path's X and Y from Fusion's Spline Editor as text and give rows of frame, x, y (CSV), or "
            "bring the tracks as After Effects keyframes or from Nuke",
        )
    if "app.project" in head or "setValueAtTime" in head:
        raise job.error("a script for After Effects (.jsx), which is not run", f"run it in After Effects, {_COPY_KEYS}")


def refuse_json(value: dict[str, Any], job: Job) -> None:
    """Raise for objects of other programs that are recognised and not read."""
    nodes = [v for v in list(value.values())[:50] if isinstance(v, dict) and "class_type" in v]
    if nodes or ("nodes" in value and "links" in value):
        raise job.error(
            "a ComfyUI workflow, not tracks", "open it in ComfyUI; save its tracks with Save Tracks and give that file"
        )
    if "layers" in value and ("fr" in value or "ddd" in value) and ("op" in value or "ip" in value):
        raise job.error(
            "a Lottie animation, which is not read",
            f"in After Effects {_COPY_KEYS}; a drawn path may be saved as SVG",
        )
