"""The editor's own page: what it serves, what it refuses, and what a save leaves on disk."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from wan_move_core import WanMoveError
from wan_move_core.editor import page as editor_page
from wan_move_core.editor.page import EditorServer, make_job, save_document

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24


def drawing(points: list[list[float]], frames: int = 5) -> str:
    layer = {
        "id": "a1",
        "type": "path",
        "name": "Ball",
        "points": points,
        "curve": "straight",
        "start": 0,
        "end": frames - 1,
    }
    return json.dumps(
        {"version": 1, "size_wh": [80, 40], "frames": frames, "fps": 16, "fit": "crop", "layers": [layer]}
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EditorServer]:
    picture = tmp_path / "in.png"
    picture.write_bytes(PNG)
    job = make_job(picture, None, tmp_path / "out", size_wh=(80, 40), frames=5)
    with EditorServer(job) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def cookie(server: EditorServer) -> str:
    """What a browser sends that came in with a code."""
    return server.access.set_cookie(server.server_address[1]).partition(";")[0]


def ask(
    server: EditorServer, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    headers.setdefault("Cookie", cookie(server))
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def save(server: EditorServer, text: str, **headers: str) -> tuple[int, dict]:
    headers.setdefault("Origin", server.origin)
    status, _, body = ask(server, "POST", f"/{server.access.page}/save", text.encode(), **headers)
    return status, json.loads(body)


def test_page_and_its_parts_are_served_without_any_foreign_source(server: EditorServer) -> None:
    status, headers, body = ask(server, "GET", f"/{server.access.page}/")
    assert status == 200 and b'src="editor/page.mjs"' in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
    status, headers, _ = ask(server, "GET", f"/{server.access.page}/editor/editor.mjs")
    assert status == 200 and headers["Content-Type"].startswith("text/javascript")
    status, headers, body = ask(server, "GET", f"/{server.access.page}/picture")
    assert status == 200 and headers["Content-Type"] == "image/png" and body == PNG


@pytest.mark.parametrize("path", ["/", "/wrong/", "/wrong/picture", "/wrong/config.json"])
def test_nothing_without_the_token(server: EditorServer, path: str) -> None:
    status, _, body = ask(server, "GET", path)
    assert status == 404 and "the address that the command printed" in json.loads(body)["error"]


def test_another_host_name_is_refused_so_that_no_site_reaches_in_by_dns(server: EditorServer) -> None:
    status, _, body = ask(server, "GET", f"/{server.access.page}/config.json", Host="evil.example")
    assert status == 403 and "127.0.0.1 only" in json.loads(body)["error"]


@pytest.mark.parametrize(
    "name", ["../editor_page.py", "..%2feditor_page.py", "..\\x.mjs", "nothing.mjs", "editor.mjs/..", "types.py", ""]
)
def test_only_the_editors_own_files_are_served(server: EditorServer, name: str) -> None:
    assert ask(server, "GET", f"/{server.access.page}/editor/{name}")[0] == 404


def test_config_says_the_clip_and_carries_the_checks(server: EditorServer) -> None:
    config = json.loads(ask(server, "GET", f"/{server.access.page}/config.json")[2])
    assert config["size_wh"] == [80, 40] and config["frames"] == 5 and config["documentText"] is None
    assert config["picture"] == {"url": "picture", "name": "in.png"}
    assert {"hidden_at_start", "jumps"} <= {check["id"] for check in config["checks"]}


def test_a_save_writes_the_document_and_its_tracks(server: EditorServer) -> None:
    text = drawing([[0.1, 0.5], [0.5, 0.5]])
    status, saved = save(server, text)
    assert status == 200 and saved["count"] == 1 and saved["frames"] == 5
    assert server.job.document.read_text() == text
    xy = np.load(server.job.tracks, allow_pickle=False)
    # Evenly from x = 8 px to 40 px in 5 frames at y = 20 px.
    np.testing.assert_allclose(xy, np.stack([np.linspace(8, 40, 5), np.full(5, 20.0)], -1)[None, :, None], atol=1e-3)
    visible = np.load(server.job.visibility, allow_pickle=False)
    assert visible.dtype == bool and visible.shape == (1, 5, 1) and visible.all()
    left = {path.name for path in server.job.document.parent.iterdir()}
    assert left == {"motion.json", "motion_tracks.npy", "motion_visibility.npy"}


def test_what_cannot_be_read_replaces_nothing(server: EditorServer) -> None:
    good = drawing([[0.1, 0.5], [0.5, 0.5]])
    assert save(server, good)[0] == 200
    for bad, why in (
        ("{", "JSON"),
        ('{"layers":[]}', "no version"),
        (good.replace('"version": 1', '"version": 7'), "newer"),
    ):
        status, answer = save(server, bad)
        assert status == 400 and why in answer["error"]
        assert server.job.document.read_text() == good


def test_a_save_from_another_site_is_refused(server: EditorServer) -> None:
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{server.server_address[1]}"):
        status, answer = save(server, drawing([[0.1, 0.5]]), Origin=origin)
        assert status == 403 and "own page only" in answer["error"]
    status, _, _ = ask(server, "POST", f"/{server.access.page}/save", b"{}")
    assert status == 403
    assert not server.job.document.exists()


def test_a_body_is_bounded_and_says_its_length(server: EditorServer) -> None:
    path = f"/{server.access.page}/save"
    length = str(editor_page.MAX_DOCUMENT_BYTES + 1)
    status, _, body = ask(server, "POST", path, b"", Origin=server.origin, Content_Length=length)
    assert status == 413 and "at most 5 MB" in json.loads(body)["error"]
    status, _, body = ask(server, "POST", path, b"", Origin=server.origin, Content_Length="-1")
    assert status == 411 and "says its length" in json.loads(body)["error"]
    assert ask(server, "POST", f"/{server.access.page}/elsewhere", b"{}", Origin=server.origin)[0] == 404


def test_a_stored_document_says_the_clip_and_an_unreadable_one_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(drawing([[0.1, 0.1]], frames=9))
    job = make_job(None, path, None)
    assert (job.size_wh, job.frames, job.tracks.name) == ((80, 40), 9, "m_tracks.npy")
    path.write_text("{ not json")
    job = make_job(None, path, None)
    assert job.size_wh == (832, 480) and job.document == path
    assert make_job(None, path, None, size_wh=(64, 64)).size_wh == (64, 64)


def test_a_picture_gives_the_size_by_the_published_rule(example: Path) -> None:
    assert make_job(example / "example.jpg").size_wh == (832, 480)


@pytest.mark.parametrize(
    ("content", "why"), [(b"<svg onload=alert(1)>", "not a picture that a browser shows"), (None, "no such picture")]
)
def test_a_picture_is_known_by_its_bytes(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WanMoveError, match=why):
        make_job(path)


def test_a_failed_write_leaves_the_old_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job(None, None, tmp_path)
    save_document(job, drawing([[0.1, 0.1]]))
    before = job.document.read_text()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        save_document(job, drawing([[0.9, 0.9]]))
    monkeypatch.undo()
    assert job.document.read_text() == before and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("text", ["832", "axb", "832x", "4x4", "20000x8"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(Exception, match=r"is not a size|each side"):
        editor_page.parse_size(text)


def test_the_command_line_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert editor_page.main([str(tmp_path / "none.png"), "--no-browser"]) == 2
    assert "no such picture. Fix: check the path." in capsys.readouterr().err
