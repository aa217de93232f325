"""``wan-move download`` against a hub of our own on this machine: connections that break, files that are not whole.

The client is the real huggingface_hub; the server speaks as much of the hub's interface as it asks for.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wan_move_core import cli
from wan_move_core.checkpoints import fetch
from wan_move_core.checkpoints.intact import require_intact
from wan_move_core.commands import download
from wan_move_core.errors import WanMoveError

hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "en/single_track.txt"
CONTENT = bytes(i * 7 % 251 for i in range(300_000))


class Hub(ThreadingHTTPServer):
    """One file of a data set. ``cut``: bytes after which the connection breaks (None: whole)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cut: int | None = None
        self.content = CONTENT
        self.etag = hashlib.sha256(CONTENT).hexdigest()
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Hub  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args) -> None:
        return None

    def do_HEAD(self) -> None:
        self._file(only_head=True)

    def do_GET(self) -> None:
        if "/resolve/" in self.path:
            self._file(only_head=False)
        elif "/tree/" in self.path:
            self._json([{"type": "file", "path": NAME, "size": len(CONTENT), "oid": "0" * 40,
                         "lfs": {"oid": self.server.etag, "size": len(CONTENT), "pointerSize": 130}}])  # fmt: skip
        else:
            self._json({"id": "Ruihang/MoveBench", "sha": COMMIT, "siblings": [{"rfilename": NAME}], "private": False,
                        "gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": []})  # fmt: skip

    def _json(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, only_head: bool) -> None:
        asked = self.headers.get("Range")
        first = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        self.send_response(206 if asked else 200)
        for name, value in {
            "ETag": f'"{self.server.etag}"', "X-Linked-ETag": f'"{self.server.etag}"', "X-Repo-Commit": COMMIT,
            "X-Linked-Size": str(len(CONTENT)), "Accept-Ranges": "bytes", "Content-Length": str(len(CONTENT) - first),
        }.items():  # fmt: skip
            self.send_header(name, value)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        if only_head:
            return
        self.server.ranges.append(asked)
        whole = self.server.content
        self.wfile.write(whole[first : self.server.cut] if self.server.cut is not None else whole[first:])
        if self.server.cut is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()


@pytest.fixture
def local_hub(monkeypatch) -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.address)
    template = f"{server.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(download, "LARGE_BYTES", 100_000)
    # The waiting between two tries is not what is tested.
    monkeypatch.setattr(fetch, "WAIT_SECONDS", 0)
    yield server
    server.shutdown()
    server.server_close()


def run(folder: Path) -> int:
    return cli.main(["download", "movebench", "--source", "huggingface", "--to", str(folder)])


def test_a_broken_download_leaves_no_half_file_and_goes_on(local_hub, tmp_path, capsys):
    local_hub.cut = 100_000
    assert run(tmp_path) == 2
    assert "goes on where it stopped" in capsys.readouterr().err
    assert not (tmp_path / NAME).exists(), "half a file under its whole name"
    (part,) = tmp_path.rglob("*.part")
    assert part.read_bytes() == CONTENT[:100_000]

    local_hub.cut, local_hub.ranges = None, []
    assert run(tmp_path) == 0
    assert local_hub.ranges == ["bytes=100000-"], "what was there is not fetched again"
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert "1 files have the hub's hashes" in capsys.readouterr().err


def test_a_file_that_is_not_what_the_hub_says_is_removed_and_fetched_again(local_hub, tmp_path, capsys):
    local_hub.content = CONTENT[:-1] + b"x"  # the right size: only the hash tells
    assert run(tmp_path) == 2
    said = capsys.readouterr().err
    assert "not what the hub says (another hash), and was removed. Fix: run the same command again" in said
    assert not list(tmp_path.rglob("*.part")) and not (tmp_path / NAME).exists()
    local_hub.content = CONTENT
    assert run(tmp_path) == 0 and (tmp_path / NAME).read_bytes() == CONTENT


def test_hashes_of_both_kinds_are_compared_and_remembered(tmp_path):
    notes = tmp_path / ".cache/huggingface/download"
    notes.mkdir(parents=True)
    large, small = b"weights", b"{}"
    # git hash-object of a file holding "{}"
    for name, content, etag in (
        ("w.safetensors", large, hashlib.sha256(large).hexdigest()),
        ("config.json", small, "9e26dfeeb6e641a33dae4961196235bdb965b21b"),
    ):
        (tmp_path / name).write_bytes(content)
        (notes / f"{name}.metadata").write_text(f"{COMMIT}\n{etag}\n1.0\n")
    (tmp_path / "unknown.txt").write_bytes(b"no note of it")
    assert require_intact(tmp_path) == 2
    (tmp_path / "config.json").write_bytes(b"[]")
    with pytest.raises(WanMoveError, match=r"removed: config\.json\. Fix"):
        require_intact(tmp_path)
    assert not (tmp_path / "config.json").exists() and (tmp_path / "w.safetensors").exists()
    assert require_intact(tmp_path) == 1
