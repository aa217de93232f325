"""One request at the editor's page: whose it is, how long it may be, and what its answer says to the browser."""

from __future__ import annotations

import hmac
import io
import json
import re
import shutil
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

from ..errors import WanMoveError
from . import routes
from .access import CLOSED, USED, Access, explaining, leading_to
from .connections import BoundedServer, HeaderBudget
from .routes import Asked, FileReply, NotHere, Reply
from .store import Conflict, Store

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML, _JSON = "text/html; charset=utf-8", "application/json; charset=utf-8"
_DRAINED_BYTES, _DRAIN_SECONDS = 16 * 1024 * 1024, 2.0


class Owned(BoundedServer):
    """What a request needs of its server."""

    access: Access
    store: Store


class Handler(BaseHTTPRequestHandler):
    server: Owned  # pyright: ignore[reportIncompatibleVariableOverride]
    server_version = "wan-move"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.rfile = HeaderBudget(self.rfile)  # pyright: ignore[reportAttributeAccessIssue]

    def handle_one_request(self) -> None:
        self.server.allow(self.connection, self.server.limits.wait_seconds)
        self.rfile.left = self.server.limits.header_bytes  # pyright: ignore[reportAttributeAccessIssue]
        self._unread = 0
        super().handle_one_request()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the terminal belongs to the address and to what was saved."""

    # -- who asks ------------------------------------------------------------------------------------------------------

    def _entered(self) -> tuple[str, dict[str, str]] | None:
        """The path below the page's name, and the query; None after a refusal was sent."""
        self.server.allow(self.connection, None)
        port = self.server.server_address[1]
        length = self._length()
        if length is None:
            return None
        self._unread = length
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self._refuse(HTTPStatus.FORBIDDEN, "this page answers to 127.0.0.1 only")
            return None
        address, _, query = self.path.partition("?")
        page, _, rest = address.lstrip("/").partition("/")
        if not hmac.compare_digest(page.encode(), self.server.access.page.encode()):
            self._refuse(HTTPStatus.NOT_FOUND, "open the address that the command printed")
            return None
        known = self.server.access.knows(self.headers.get("Cookie", ""), port)
        if rest.startswith("start/") and self.command == "GET":
            self._start(rest.removeprefix("start/"), query, known)
            return None
        if not known:
            if rest == "" and self.command == "GET":
                self._explain(CLOSED)
            else:
                self._refuse(HTTPStatus.FORBIDDEN, "open the address that the command printed")
            return None
        self.server.allow(self.connection, None, known=True)
        try:
            return rest, dict(parse_qsl(query, max_num_fields=8))
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST, "the address asks too much")
            return None

    def _start(self, code: str, query: str, known: bool) -> None:
        """The first visit: a good code becomes the cookie."""
        port = self.server.server_address[1]
        fresh = self.server.access.redeem(code)
        if not fresh and not known:
            self._explain(USED)
            return
        # What is wanted of the page (a language, a theme) goes on with the visitor, and nothing that needs escaping.
        wish = f"?{query}" if re.fullmatch(r"[\w=&.-]{1,200}", query, re.ASCII) else ""
        cookie = {"Set-Cookie": self.server.access.set_cookie(port)} if fresh else {}
        self._send(leading_to(f"../{wish}").encode("utf-8"), _HTML, HTTPStatus.OK, cookie)

    def _length(self) -> int | None:
        """Of the body, as the header says it; 0 without one, None after a refusal was sent."""
        said = self.headers.get_all("Content-Length", [])
        if self.headers.get("Transfer-Encoding") or (self.command == "POST" and not said):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a save says its length")
        elif len(set(said)) > 1:
            self._refuse(HTTPStatus.BAD_REQUEST, "a request says one length")
        elif said and not re.fullmatch(r"[0-9]{1,15}", said[0].strip(), re.ASCII):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a save says its length in digits")
        else:
            return int(said[0]) if said else 0
        return None

    # -- what is asked -------------------------------------------------------------------------------------------------

    def do_GET(self) -> None:
        entered = self._entered()
        if entered is None:
            return
        # A body that nobody asked for must not be taken for the next request.
        self.close_connection = self.close_connection or self._unread > 0
        path, query = entered
        self._answer(lambda: routes.get(Asked(self.server.store, query), path), HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        entered = self._entered()
        if entered is None:
            return
        path, query = entered
        if self.headers.get("Origin") != f"http://{self.headers.get('Host')}":
            self._refuse(HTTPStatus.FORBIDDEN, "saved from the editor's own page only")
            return
        route = routes.POSTS.get(path)
        if route is None:
            self._refuse(HTTPStatus.NOT_FOUND, "nothing here")
            return
        length = self._unread
        if length > route.max_bytes:
            self._refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a document has at most {route.max_bytes // 1_000_000} MB"
            )
            return
        self.server.allow(self.connection, self.server.limits.transfer_seconds(length))
        body = self.rfile.read(length)
        self.server.allow(self.connection, None)
        self._unread = 0
        if len(body) != length:
            self._refuse(HTTPStatus.BAD_REQUEST, "the save broke off")
            return
        self._answer(lambda: route.answer(Asked(self.server.store, query, body)), HTTPStatus.BAD_REQUEST)

    def _answer(self, ask: Callable[[], Any], fault: HTTPStatus) -> None:
        """Send what ``ask`` gives; ``fault`` is the status of a refusal. Errors of sending are the client's."""
        file = None
        try:
            value = ask()
            if isinstance(value, FileReply):
                file = value.path.open("rb")
        except NotHere as error:
            self._refuse(HTTPStatus.NOT_FOUND, str(error))
        except Conflict as error:
            self._send_json(error.said, HTTPStatus.CONFLICT)
        except WanMoveError as error:
            self._refuse(fault, str(error))
        except OSError as error:
            why = f"could not {'write' if self.command == 'POST' else 'read'}: {error.strerror}"
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR if self.command == "POST" else fault, why)
        else:
            if file is not None:
                self._send_file(file, value.media_type)
            elif isinstance(value, dict):
                self._send_json(value)
            else:
                reply = cast("Reply", value)
                self._send(reply.content, reply.media_type, HTTPStatus(reply.status))

    # -- how it is said ------------------------------------------------------------------------------------------------

    def _send_json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(value).encode("utf-8"), _JSON, status)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        self.close_connection = True
        self._send_json({"error": message}, status)
        self._drain()

    def _explain(self, words: tuple[str, str]) -> None:
        self.close_connection = True
        self._send(explaining(*words).encode("utf-8"), _HTML, HTTPStatus.FORBIDDEN)
        self._drain()

    def _drain(self) -> None:
        """Take in what a refused client still sends, within bounds: closing over it would lose the answer."""
        left = min(self._unread, _DRAINED_BYTES)
        self.server.allow(self.connection, min(_DRAIN_SECONDS, self.server.limits.body_seconds))
        while left > 0:
            got = len(self.rfile.read(min(left, 65536)))
            left = left - got if got else 0

    def _send_file(self, file: BinaryIO, media_type: str) -> None:
        with file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            self._head(size, media_type, HTTPStatus.OK)
            shutil.copyfileobj(file, self.wfile)

    def _send(self, data: bytes, media_type: str, status: HTTPStatus, more: dict[str, str] | None = None) -> None:
        self._head(len(data), media_type, status, more)
        self.wfile.write(data)

    def _head(self, size: int, media_type: str, status: HTTPStatus, more: dict[str, str] | None = None) -> None:
        self.server.allow(self.connection, self.server.limits.transfer_seconds(size))
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(size))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        for name, value in (more or {}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
