"""The motion editor outside ComfyUI: a page on this machine that opens a picture and saves the motion drawn on it.

``wan-move edit PICTURE`` and ``python -m wan_move_core.editor_page`` both end here. The server listens on 127.0.0.1
alone, on a free port; its address holds a secret token, every request is checked for it and for its Host, and a save
also for its Origin, so that another site open in the same browser can neither read the picture nor write the document.
A save writes the one document that the command named, and the tracks beside it.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import secrets
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .errors import WanMoveError

MAX_DOCUMENT_BYTES = 5_000_000
"""As the document's own reader."""
MAX_PICTURE_BYTES = 256 * 1024 * 1024
DEFAULT_SIZE_WH = (832, 480)

_ASSET_TYPES = {
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


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
    here = Path(__file__).resolve().parent
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

    Raises: WanMoveError for a picture that is missing, too large or of no known kind, or a document that is a folder.
    """
    if picture is not None:
        _picture_type(picture)
    folder = out_dir if out_dir is not None else (document.parent if document is not None else Path.cwd())
    target = document if document is not None else folder / "motion.json"
    if target.is_dir():
        raise WanMoveError(
            where="Editor / document", what=f"{target} is a folder", fix="name a file, such as motion.json"
        )
    stored = _stored_clip(target)
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


def _stored_clip(path: Path) -> dict[str, Any]:
    """The clip's figures in a stored document, as far as they make sense; the page reports what does not."""
    if not path.is_file() or path.stat().st_size > MAX_DOCUMENT_BYTES:
        return {}
    from .motion.document import parse_document

    try:
        document = parse_document(path.read_bytes(), path.name)
    except WanMoveError:
        return {}
    return {"size_wh": document.size_wh, "frames": document.frames, "fps": document.fps, "fit": document.fit}


def _picture_area_size(picture: Path | None) -> tuple[int, int] | None:
    if picture is None:
        return None
    import cv2

    from .geometry import area_size_wh

    pixels = cv2.imread(str(picture))
    if pixels is None:
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


def _picture_type(path: Path) -> str:
    """The media type by the file's first bytes, never by its name, so that no page or script is served as a picture."""
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
            return media_type
    raise WanMoveError(
        where=str(path), what="this is not a picture that a browser shows", fix="use PNG, JPEG, WebP, GIF, BMP or AVIF"
    )


def save_document(job: EditorJob, text: str) -> dict[str, Any]:
    """Check the document, then write it and its tracks, each to a temporary name moved into place.

    Returns ``{"document", "tracks", "visibility", "count", "frames"}``. Nothing is written when it cannot be read.
    Raises: WanMoveError.
    """
    import numpy as np

    from .motion.document import parse_document, tracks_from_document

    tracks = tracks_from_document(parse_document(text))
    job.document.parent.mkdir(parents=True, exist_ok=True)
    job.tracks.parent.mkdir(parents=True, exist_ok=True)
    _replace(job.document, text.encode("utf-8"))
    _replace_npy(job.tracks, tracks.xy.numpy().astype(np.float32)[None])
    _replace_npy(job.visibility, tracks.visible.numpy().astype(bool)[None])
    return {
        "document": str(job.document),
        "tracks": str(job.tracks),
        "visibility": str(job.visibility),
        "count": int(tracks.xy.shape[1]),
        "frames": int(tracks.xy.shape[0]),
    }


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _replace_npy(path: Path, array: Any) -> None:
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    _replace(path, buffer.getvalue())


class EditorServer(ThreadingHTTPServer):
    """Serves one :class:`EditorJob` at ``url``; ``serve_forever`` and ``shutdown`` as in the standard library."""

    daemon_threads = True

    def __init__(self, job: EditorJob, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.job = job
        self.token = secrets.token_urlsafe(24)
        # One save at a time: two tabs on the same document must not interleave their files.
        self.save_lock = threading.Lock()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.origin}/{self.token}/"


class _Handler(BaseHTTPRequestHandler):
    server: EditorServer  # pyright: ignore[reportIncompatibleVariableOverride]
    server_version = "wan-move"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the terminal belongs to the address and to what was saved."""

    def _route(self) -> str | None:
        """The path below the token, or None after a refusal was sent."""
        port = self.server.server_address[1]
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self._refuse(HTTPStatus.FORBIDDEN, "this page answers to 127.0.0.1 only")
            return None
        token, _, rest = self.path.split("?", 1)[0].lstrip("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            self._refuse(HTTPStatus.NOT_FOUND, "open the address that the command printed")
            return None
        return rest

    def do_GET(self) -> None:
        rest = self._route()
        if rest is None:
            return
        job = self.server.job
        try:
            if rest == "":
                self._send_file(job.assets / "page.html", _ASSET_TYPES[".html"])
            elif rest == "config.json":
                self._send_json(self._config())
            elif rest == "picture" and job.picture is not None:
                self._send_file(job.picture, _picture_type(job.picture))
            elif rest.startswith("editor/"):
                self._send_asset(rest.removeprefix("editor/"))
            else:
                self._refuse(HTTPStatus.NOT_FOUND, "nothing here")
        except (OSError, WanMoveError) as error:
            self._refuse(HTTPStatus.NOT_FOUND, str(error))

    def _send_asset(self, name: str) -> None:
        media_type = _ASSET_TYPES.get(Path(name).suffix)
        # A flat folder: any separator is an attempt to leave it.
        if media_type is None or "/" in name or "\\" in name or not (self.server.job.assets / name).is_file():
            self._refuse(HTTPStatus.NOT_FOUND, "no such part of the editor")
            return
        self._send_file(self.server.job.assets / name, media_type)

    def _config(self) -> dict[str, Any]:
        job = self.server.job
        text = None
        error = None
        if job.document.is_file():
            if job.document.stat().st_size > MAX_DOCUMENT_BYTES:
                error = f"{job.document.name} is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB"
                text = ""
            else:
                text = job.document.read_bytes().decode("utf-8", errors="replace")
        checks = Path(__file__).resolve().parent / "motion" / "checks.json"
        return {
            "documentText": text,
            "documentError": error,
            "documentName": job.document.name,
            "picture": None if job.picture is None else {"url": "picture", "name": job.picture.name},
            "size_wh": list(job.size_wh),
            "frames": job.frames,
            "fps": job.fps,
            "fit": job.fit,
            "checks": json.loads(checks.read_text(encoding="utf-8")) if checks.is_file() else [],
            "storageKey": f"wan-move:{job.document.resolve()}",
        }

    def do_POST(self) -> None:
        rest = self._route()
        if rest is None:
            return
        if self.headers.get("Origin") != f"http://{self.headers.get('Host')}":
            self._refuse(HTTPStatus.FORBIDDEN, "saved from the editor's own page only")
            return
        if rest != "save":
            self._refuse(HTTPStatus.NOT_FOUND, "nothing here")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a save says its length")
            return
        if int(length) > MAX_DOCUMENT_BYTES:
            self._refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a document has at most {MAX_DOCUMENT_BYTES // 1_000_000} MB"
            )
            return
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self._refuse(HTTPStatus.BAD_REQUEST, "the save broke off")
            return
        try:
            with self.server.save_lock:
                saved = save_document(self.server.job, body.decode("utf-8"))
        except UnicodeDecodeError:
            self._refuse(HTTPStatus.BAD_REQUEST, "the document is not UTF-8 text")
        except WanMoveError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, f"could not write: {error.strerror}")
        else:
            self._send_json(saved)

    def _send_json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(value).encode("utf-8"), "application/json; charset=utf-8", status)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        # The unread body of a refused save must not be taken for the next request.
        self.close_connection = True
        self._send_json({"error": message}, status)

    def _send_file(self, path: Path, media_type: str) -> None:
        self._send(path.read_bytes(), media_type, HTTPStatus.OK)

    def _send(self, data: bytes, media_type: str, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``wan-move edit``."""
    parser.add_argument(
        "picture", type=Path, nargs="?", help="the picture to draw on; one can also be dropped on the page"
    )
    parser.add_argument("--document", type=Path, help="the motion document to open and save (default: DIR/motion.json)")
    parser.add_argument("--size", type=parse_size, metavar="WxH", help="the video's size (default: from the picture)")
    parser.add_argument("--frames", type=int, help="the video's length in frames, 4k+1 (default: 81)")
    parser.add_argument("--fps", type=float, help="frames per second (default: 16)")
    parser.add_argument(
        "--fit", choices=("crop", "stretch", "pad"), help="how the picture fits the size (default: crop)"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where the tracks are saved (default: here)")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address and open nothing")


def parse_size(text: str) -> tuple[int, int]:
    """``"832x480"`` -> (832, 480). Raises argparse's error, which argparse reports, for anything else."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 832x480")
    width, height = (int(part) for part in parts)
    if not (8 <= width <= 16384 and 8 <= height <= 16384):
        raise argparse.ArgumentTypeError(f"{text!r}: each side is 8 to 16384 px")
    return width, height


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C. Every save is already on disk by then, so that ending loses nothing."""
    job = make_job(args.picture, args.document, args.out, args.size, args.frames, args.fps, args.fit)
    try:
        server = EditorServer(job, args.port)
    except OSError as error:
        raise WanMoveError(
            where="Editor / port", what=f"port {args.port} cannot be opened ({error.strerror})", fix="leave --port out"
        ) from error
    say = sys.stdout.write
    with server:
        say(f"Motion editor: {server.url}\nSaves {job.document} and {job.tracks.name} beside it. Ctrl-C ends.\n")
        sys.stdout.flush()
        if not args.no_browser:
            webbrowser.open(server.url)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            say("\nEnded.\n")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m wan_move_core.editor_page", description=__doc__)
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except WanMoveError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
