"""Files that the editor in ComfyUI's page hands to the core, over the routes of a real server."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request

import numpy as np
import pytest

from wan_move_core.editor.envelope import pack, unpack
from wan_move_core.editor.importing import MAX_BODY_BYTES

CLIP = {"size_wh": [64, 48], "frames": 9, "fps": 16}
LINE = np.stack([np.linspace(4, 36, 9), np.full(9, 20.0)], -1)[:, None]


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def post(comfy_server, action: str, body: bytes, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(f"{comfy_server.url}/wan_move/{action}", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read(), dict(refused.headers)


@pytest.mark.parametrize("prefix", ["", "api/"])
def test_the_editors_page_reads_any_file_by_the_core(comfy_server, prefix):
    """The frontend asks below /api, where the host repeats every route."""
    body = pack({"clip": CLIP, "choices": {}}, [("a.npy", npy(LINE.astype(np.float32)))])
    request = urllib.request.Request(f"{comfy_server.url}/{prefix}wan_move/import", body, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        facts, files = unpack(answer.read())
    assert facts["report"]["format"] == "npy" and facts["count"] == 1
    np.testing.assert_allclose(np.frombuffer(files[0][1], "<f4").reshape(9, 1, 2), LINE, atol=1e-5)
    assert np.frombuffer(files[1][1], np.uint8).all()


def test_and_writes_what_other_programs_read(comfy_server):
    layer = {"id": "a", "type": "path", "points": [[0.25, 0.5], [0.75, 0.5]], "curve": "straight"}
    text = json.dumps({"version": 1, "size_wh": [64, 48], "frames": 9, "fps": 16, "layers": [layer]})
    before = {path for path in comfy_server.base.rglob("*") if path.suffix == ".npz"}
    status, body, headers = post(comfy_server, "export", pack({"document": text, "format": "npz"}))
    assert status == 200 and headers["X-Content-Type-Options"] == "nosniff"
    (name, content), *_ = unpack(body)[1]
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        np.testing.assert_allclose(arrays["track_path"][:, 0, 0], np.linspace(16, 48, 9), atol=1e-3)
    assert name == "tracks.npz"
    assert {path for path in comfy_server.base.rglob("*") if path.suffix == ".npz"} == before, "nothing is left there"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "reload the page"),
        (b"\xff" * 64, 400, "reload the page"),
        (pack({"clip": CLIP}, [("../../models/a.pth", b"\x80\x02}q\x00.")]), 400, "a.pth"),
        (pack({"clip": {}}, [("a.npy", npy(LINE))]), 400, "Import / clip"),
    ],
)
def test_what_cannot_be_read_is_answered_in_words(comfy_server, body, status, said):
    code, answer, headers = post(comfy_server, "import", body)
    told = json.loads(answer)
    assert code == status and said in told["error"] and set(told) == {"error", "where", "what", "fix"}
    assert headers["Content-Type"].startswith("application/json") and ".." not in told["error"]


def test_a_body_is_bounded_whatever_the_host_allows(comfy_server):
    code, answer, _ = post(comfy_server, "import", bytes(MAX_BODY_BYTES + 1))
    assert code == 413 and "64 MB" in json.loads(answer)["what"]


def test_another_sites_page_may_not_ask(comfy_server):
    """The host's own guard of a loopback address covers these routes too."""
    code, _, _ = post(comfy_server, "import", pack({"clip": CLIP}), Origin="http://evil.example")
    assert code == 403


def test_the_routes_take_no_other_method(comfy_server):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{comfy_server.url}/wan_move/import", timeout=30)
    assert refused.value.code in (403, 404, 405)
