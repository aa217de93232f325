"""What an editor page opens and where it saves: the files and the clip, and a save of the document with its tracks."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import WanMoveError
from ..geometry import require_video_length
from .writing import check_writable, replace_file, target_of

MAX_DOCUMENT_BYTES = 5_000_000
"""As the document's own reader."""
MAX_PICTURE_BYTES = 256 * 1024 * 1024
DEFAULT_SIZE_WH = (832, 480)


@dataclass(frozen=True)
class EditorJob:
    """What one editor page opens and where it saves.

    ``document`` is the single file a save replaces; ``tracks`` and ``visibility`` are the derived arrays beside it
    (float32 [1,T,N,2] pixels and bool [1,T,N]).
    """

    document: Path
    tracks: Path
    visibility: Path
    picture: Path | None = None
    size_wh: tuple[int, int] = DEFAULT_SIZE_WH
    frames: int = 81
    fps: float = 16.0
    fit: str = "crop"
    assets: Path = field(default_factory=lambda: assets_folder())


def assets_folder() -> Path:
    """The folder of the editor's modules: inside an installed wheel, or the repository's ``js/editor``.

    Raises: WanMoveError when neither is there.
    """
    here = Path(__file__).resolve().parents[1]
    for folder in (here / "editor_assets", here.parent / "js" / "editor"):
        if (folder / "editor.mjs").is_file():
            return folder
    raise WanMoveError(
        where="Editor / files",
        what=f"the editor's pages were not found beside {here}",
        fix="install the package again, or run from a complete clone",
    )


def make_job(
    picture: Path | None = None,
    document: Path | None = None,
    out_dir: Path | None = None,
    size_wh: tuple[int, int] | None = None,
    frames: int | None = None,
    fps: float | None = None,
    fit: str | None = None,
) -> EditorJob:
    """Decide the files and the clip of an editor page from what the command line said.

    The clip comes from the arguments, else from the stored document, else from the picture's own shape at the published
    area, else 832 x 480 and 81 frames at 16 frames per second. A document that cannot be read is left for the page to
    show.

    Raises: WanMoveError for a picture that is missing, too large or of no known kind, a document that is a folder, or
        a length or rate that no clip has.
    """
    if frames is not None:
        require_video_length(frames, "Editor / --frames")
    if fps is not None:
        from ..video import check_fps

        check_fps(fps)
    if picture is not None:
        picture_type(picture)
    folder = out_dir if out_dir is not None else (document.parent if document is not None else Path.cwd())
    target = document if document is not None else folder / "motion.json"
    if target.is_dir():
        raise WanMoveError(
            where="Editor / document", what=f"{target} is a folder", fix="name a file, such as motion.json"
        )
    stored = stored_clip(target)
    stem = target.stem
    return EditorJob(
        document=target,
        tracks=folder / f"{stem}_tracks.npy",
        visibility=folder / f"{stem}_visibility.npy",
        picture=picture,
        size_wh=size_wh or stored.get("size_wh") or _picture_area_size(picture) or DEFAULT_SIZE_WH,
        frames=frames or stored.get("frames") or 81,
        fps=fps or stored.get("fps") or 16.0,
        fit=fit or stored.get("fit") or "crop",
    )


def stored_clip(path: Path) -> dict[str, Any]:
    """The clip's figures in a stored document, as far as they make sense; the page reports what does not."""
    if not path.is_file() or path.stat().st_size > MAX_DOCUMENT_BYTES:
        return {}
    from ..motion.document.read import parse_document

    try:
        document = parse_document(path.read_bytes(), path.name)
    except WanMoveError:
        return {}
    return {"size_wh": document.size_wh, "frames": document.frames, "fps": document.fps, "fit": document.fit}


def _picture_area_size(picture: Path | None) -> tuple[int, int] | None:
    if picture is None:
        return None
    from ..geometry import area_size_wh
    from ..pictures import read_picture

    try:
        pixels = read_picture(picture)
    except WanMoveError:
        return None
    return area_size_wh((int(pixels.shape[1]), int(pixels.shape[0])))


_PICTURE_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"ftypavif", 4, "image/avif"),
)


def picture_type(path: Path) -> str:
    """The media type by the file's first bytes, never by its name, so that no page or script is served as a picture."""
    from ..picture_header import header_of, require_bearable

    if not path.is_file():
        raise WanMoveError(where=str(path), what="no such picture", fix="check the path")
    if path.stat().st_size > MAX_PICTURE_BYTES:
        raise WanMoveError(
            where=str(path), what=f"the picture is larger than {MAX_PICTURE_BYTES >> 20} MB", fix="use a smaller one"
        )
    with path.open("rb") as file:
        head = file.read(16)
    for magic, offset, media_type in _PICTURE_MAGIC:
        if head[offset : offset + len(magic)] == magic:
            header = header_of(path.read_bytes())
            if header is not None:  # a damaged one harms nobody: the browser shows none
                require_bearable(header, path.stat().st_size, str(path))
            return media_type
    raise WanMoveError(
        where=str(path), what="this is not a picture that a browser shows", fix="use PNG, JPEG, WebP, GIF, BMP or AVIF"
    )


def save_document(job: EditorJob, text: str) -> dict[str, Any]:
    """Check the document, then write it and its tracks, each to a temporary name moved into place; links stay links.

    Returns ``{"document", "tracks", "visibility", "count", "frames"}``. Nothing is written when it cannot be read.
    Raises: WanMoveError.
    """
    import numpy as np

    from ..motion.document.read import parse_document
    from ..motion.evaluation.evaluate import tracks_from_document

    tracks = tracks_from_document(parse_document(text))
    check_writable(job.document)
    target_of(job.document).parent.mkdir(parents=True, exist_ok=True)
    job.tracks.parent.mkdir(parents=True, exist_ok=True)
    replace_file(job.document, text.encode("utf-8"))
    _replace_npy(job.tracks, tracks.xy.numpy().astype(np.float32)[None])
    _replace_npy(job.visibility, tracks.visible.numpy().astype(bool)[None])
    return {
        "document": str(job.document),
        "tracks": str(job.tracks),
        "visibility": str(job.visibility),
        "count": int(tracks.xy.shape[1]),
        "frames": int(tracks.xy.shape[0]),
    }


def _replace_npy(path: Path, array: Any) -> None:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    replace_file(path, buffer.getvalue())
