"""The motion editor outside ComfyUI: a page on this machine that opens a picture and saves the motion drawn on it.

``wan-move edit PICTURE`` and ``python -m wan_move_core.editor.page`` both end here. The server listens on 127.0.0.1
alone, on a free port; its address holds a secret token, every request is checked for it and for its Host, and a save
also for its Origin, so that another site open in the same browser can neither read the picture nor write the document.
A save writes the one document that the command named, and the tracks beside it.
"""

from __future__ import annotations

import argparse
import hmac
import json
import re
import secrets
import sys
import threading
import webbrowser
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..errors import WanMoveError
from .importing import ACTIONS, answer_stream
from .job import MAX_DOCUMENT_BYTES, EditorJob, make_job, picture_type, save_document

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
                self._send_file(job.picture, picture_type(job.picture))
            elif rest.startswith("editor/"):
                self._send_asset(rest.removeprefix("editor/"))
            else:
                self._refuse(HTTPStatus.NOT_FOUND, "nothing here")
        except (OSError, WanMoveError) as error:
            self._refuse(HTTPStatus.NOT_FOUND, str(error))

    def _send_asset(self, name: str) -> None:
        media_type = _ASSET_TYPES.get(Path(name).suffix)
        # Rooms and files of the editor have plain names: anything else is an attempt to leave it.
        plain = all(re.fullmatch(r"\w[\w-]*(\.\w+)?", part, re.ASCII) for part in name.split("/"))
        if media_type is None or not plain or not (self.server.job.assets / name).is_file():
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
        checks = Path(__file__).resolve().parents[1] / "motion" / "checks" / "checks.json"
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
        if rest in ACTIONS:
            reply = answer_stream(rest, self.headers.get("Content-Length", ""), self.rfile)
            self.close_connection = reply.unread
            self._send(reply.content, reply.media_type, HTTPStatus(reply.status))
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
    parser = argparse.ArgumentParser(prog="python -m wan_move_core.editor.page", description=__doc__)
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except WanMoveError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
