"""A running editor page, and the shortest way to ask it something as the browser that came in would."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wan_move_core.editor.connections import Limits
from wan_move_core.editor.page import EditorServer, make_job


class Asker:
    """Asks a server; the browser's cookie and, for what is sent, its Origin go with it unless a header is named."""

    def __init__(self, server: EditorServer) -> None:
        self.server = server
        self.port = server.server_address[1]
        self.page = f"/{server.access.page}"
        self.cookie = server.access.set_cookie(self.port).partition(";")[0]

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {"Cookie": self.cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent.setdefault("Origin", self.server.origin)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            kept = {name: value for name, value in sent.items() if value is not None}
            connection.request(method or ("GET" if body is None else "POST"), path, body, kept)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str | None) -> tuple[int, Any]:
        status, _, body = self.ask(f"{self.page}/{path}", None, "GET", **headers)
        return status, json.loads(body)

    def post(self, path: str, text: str = "", **headers: str | None) -> tuple[int, Any]:
        status, _, body = self.ask(f"{self.page}/{path}", text.encode(), **headers)
        return status, json.loads(body)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """Start a server on ``tmp_path/motion.json`` (or another document); it ends with the test."""
    running: list[tuple[EditorServer, threading.Thread]] = []

    def start(document: Path | None = None, limits: Limits | None = None, picture: Path | None = None) -> Asker:
        job = make_job(picture, document or tmp_path / "motion.json", None, size_wh=(80, 40), frames=5)
        server = EditorServer(job, limits=limits)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return Asker(server)

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()
