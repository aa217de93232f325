"""Files handed to the editor's servers: what comes back, what is refused and how; nothing is opened by name."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wan_move_core import WanMoveError
from wan_move_core.editor import importing
from wan_move_core.editor.envelope import MAX_FACTS_BYTES, MAX_FILES, pack, unpack
from wan_move_core.editor.importing import EXPORTS, MAX_BODY_BYTES, answer, read_files, write_document
from wan_move_core.motion.formats import read_tracks

CLIP = {"size_wh": [832, 480], "frames": 81, "fps": 16}
LINE = np.stack([np.linspace(10, 90, 81), np.full(81, 20.0)], -1)[:, None]
DRAWING = json.dumps(
    {"version": 1, "size_wh": [80, 40], "frames": 5, "fps": 16, "layers": [
        {"id": "a", "type": "path", "points": [[0.1, 0.5], [0.5, 0.5]], "start": 0, "end": 4}]}
)  # fmt: skip


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def ask(files: list[tuple[str, bytes]], **facts: Any) -> tuple[int, dict[str, Any], list[tuple[str, bytes]]]:
    reply = answer("import", pack({"clip": CLIP, **facts}, files))
    if reply.status == 200:
        return 200, *unpack(reply.content)
    return reply.status, json.loads(reply.content), []


def positions(facts: dict[str, Any], files: list[tuple[str, bytes]]) -> tuple[np.ndarray, np.ndarray]:
    shape = facts["frames"], facts["count"]
    return np.frombuffer(files[0][1], "<f4").reshape(*shape, 2), np.frombuffer(files[1][1], np.uint8).reshape(
        shape
    ) != 0


# -- the envelope -----------------------------------------------------------------------------------------------------


def test_an_envelope_gives_back_what_it_was_given() -> None:
    files = [("a.npy", b"\x00\x01"), ("über.json", b""), ("c", bytes(range(256)))]
    facts, found = unpack(pack({"clip": CLIP}, files))
    assert facts["clip"] == CLIP and found == files


def test_a_name_is_words_and_never_a_path() -> None:
    names = [
        name
        for name, _ in unpack(pack({}, [("/etc/passwd", b""), ("..\\..\\a\u202e\n.npy", b""), ("x" * 999, b"")]))[1]
    ]
    assert names == ["passwd", "a  .npy", "x" * 120]


HEAD = json.dumps({"files": [{"name": "a", "bytes": 4}]}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x01\x00",
        struct.pack("<I", 99) + b"{}",
        struct.pack("<I", 0xFFFFFFFF) + b"{}",
        struct.pack("<I", 2) + b"[]",
        struct.pack("<I", 2) + b"{]",
        struct.pack("<I", len(HEAD)) + HEAD + b"abc",
        struct.pack("<I", len(HEAD)) + HEAD + b"abcde",
        pack({}, [("a", b"")] * (MAX_FILES + 1)),
        *(
            struct.pack("<I", len(text)) + text
            for text in (
                b'{"files":[{"name":"a","bytes":-1}]}',
                b'{"files":[{"name":"a","bytes":true}]}',
                b'{"files":[{"name":1,"bytes":0}]}',
                b'{"files":[7]}',
                b'{"files":{}}',
                b"{" + b'"a":[' * 40 + b"]" * 40 + b"}",
            )
        ),
    ],
)
def test_what_is_no_envelope_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(WanMoveError):
        unpack(body)
    for action in importing.ACTIONS:
        reply = answer(action, body)
        said = json.loads(reply.content)
        assert (
            reply.status == 400 and set(said) == {"error", "where", "what", "fix"} and "Traceback" not in said["error"]
        )


def test_facts_are_bounded() -> None:
    with pytest.raises(WanMoveError, match="ends before its facts"):
        unpack(struct.pack("<I", MAX_FACTS_BYTES + 1) + b"{" + b" " * MAX_FACTS_BYTES + b"}")


# -- in ---------------------------------------------------------------------------------------------------------------


def test_tracks_come_back_in_the_drawings_size_and_length() -> None:
    # Positions of 41 frames on a straight line are the same line at 81.
    status, facts, files = ask([("a.npy", npy(LINE[::2].astype(np.float32)))])
    assert status == 200 and facts["document"] is None and facts["report"]["format"] == "npy"
    xy, visible = positions(facts, files)
    np.testing.assert_allclose(xy, LINE, atol=1e-4)
    assert visible.all() and any("41" in note for note in facts["report"]["notes"])


def test_tracks_with_their_visibility() -> None:
    seen = np.ones((81, 1), bool)
    seen[30:40] = False
    status, facts, files = ask([("a.npy", npy(LINE)), ("a_visibility.npy", npy(seen))])
    assert status == 200
    np.testing.assert_array_equal(positions(facts, files)[1], seen)


def test_a_choice_reads_the_file_the_other_way() -> None:
    file = [("a.npy", npy(LINE / 100))]
    # Within 0-1: parts of the picture, unless somebody says that they are pixels.
    as_parts = positions(*ask(file)[1:])[0]
    np.testing.assert_allclose(as_parts[:, 0], LINE[:, 0] / 100 * (832, 480), atol=1e-3)
    as_pixels = positions(*ask(file, choices={"unit": "px"})[1:])[0]
    np.testing.assert_allclose(as_pixels, LINE / 100, atol=1e-6)
    assert ask(file)[1]["report"]["choices"]["unit"] == {"taken": "norm", "by": "data", "other": "px"}
    status, said, _ = ask(file, choices={"unit": "inches"})
    assert status == 400 and "unknown unit" in said["what"]
    # What the reader has no word for is not handed to it.
    assert ask(file, choices={"where": "elsewhere", "visibility": "/etc/passwd"})[0] == 200


def test_control_points_come_back_as_a_document_to_edit() -> None:
    strokes = json.dumps({"strokes": [{"points": [[0.1, 0.2], [0.5, 0.4]]}]}).encode()
    status, facts, files = ask([("s.json", strokes)])
    assert status == 200 and files == []
    assert facts["document"]["layers"][0]["points"] == [[0.1, 0.2], [0.5, 0.4]]
    assert facts["document"]["size_wh"] == [832, 480] and facts["document"]["frames"] == 81


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "no file"),
        ([("a", b"x"), ("b", b"y"), ("c", b"z")], "3 files"),
        ([("a.json", b"")], "empty"),
        ([("a.json", b"{ broken")], "JSON"),
        ([("a.pth", b"\x80\x02}q\x00.")], "pickle"),
        ([("a.npy", npy(LINE)[:100])], "header"),
        ([("/etc/passwd", b"root:x:0:0")], "passwd"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_a_way_out(files: list[tuple[str, bytes]], said: str) -> None:
    status, reply, _ = ask(files)
    assert status == 400 and said in reply["error"] and reply["fix"]
    assert "drawing" not in reply["error"] and "/etc" not in reply["error"]


@pytest.mark.parametrize(
    "clip",
    [
        None,
        {},
        *(
            {**CLIP, key: value}
            for key, value in (
                ("size_wh", [832]), ("size_wh", [7, 480]), ("size_wh", "832x480"), ("frames", 0), ("frames", True),
                ("frames", 4002), ("fps", 0), ("fps", "16"),
            )
        ),
    ],
)  # fmt: skip
def test_a_clip_is_checked(clip: Any) -> None:
    status, said, _ = ask([("a.npy", npy(LINE))], clip=clip)
    assert status == 400 and said["where"] == "Import / clip"


def test_a_fault_of_a_reader_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in ((KeyError("secret"), 500), (MemoryError(), 400)):
        monkeypatch.setattr(importing, "read_files", lambda *_, error=error: (_ for _ in ()).throw(error))
        reply = answer("import", pack({"clip": CLIP}, [("a", b"x")]))
        said = json.loads(reply.content)
        assert reply.status == status and "secret" not in said["error"] and said["fix"] and "\n" not in said["error"]


def test_a_body_that_is_too_large_is_not_kept() -> None:
    assert answer("import", bytes(MAX_BODY_BYTES + 1)).status == 413


def test_read_files_is_the_cores_own_reader() -> None:
    content = npy(LINE)
    mine = read_files([("a.npy", content)], (832, 480), 81, 16.0)
    theirs = read_tracks(content, frames=81, size_wh=(832, 480), fps=16.0, name="a.npy")
    assert mine.tracks.equals(theirs.tracks) and mine.report == theirs.report


# -- out --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", EXPORTS)
def test_every_format_of_the_menu_is_written_and_read_again(format: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    files, _ = write_document(DRAWING, format)
    assert files[0][0] == EXPORTS[format][1] and list(tmp_path.iterdir()) == []
    back = read_tracks(files[0][1], size_wh=(80, 40), frames=5, fps=16.0).tracks
    # Evenly from x = 8 px to 40 px at y = 20 px.
    np.testing.assert_allclose(back.xy[:, 0], np.stack([np.linspace(8, 40, 5), np.full(5, 20.0)], -1), atol=0.05)


def test_a_file_for_each_track_is_one_archive() -> None:
    drawing = json.loads(DRAWING)
    drawing["layers"].append({"id": "k", "type": "anchors", "points": [[0.25, 0.25]]})
    ((name, content),), notes = write_document(json.dumps(drawing), "nuke")
    assert name == "nuke.zip" and any("from the bottom" in note for note in notes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["nuke_1.txt", "nuke_2.txt"]
        # A point at (20, 10) px of 80 x 40 is 30 px from the bottom; frames count from 1.
        assert archive.read("nuke_2.txt").split(b"\n")[:2] == [b"20.0000 30.0000 1", b"20.0000 30.0000 2"]


def test_an_export_names_what_is_missing() -> None:
    for facts, said in (
        ({"document": DRAWING, "format": "exe"}, "unknown format"),
        ({"document": DRAWING}, "no document and format"),
        ({"document": "{}", "format": "ati"}, "Export / document"),
        ({"document": json.dumps({**json.loads(DRAWING), "layers": []}), "format": "ati"}, "no tracks"),
    ):
        reply = answer("export", pack(facts))
        assert reply.status == 400 and said in json.loads(reply.content)["error"]


# -- the page's server ------------------------------------------------------------------------------------------------


def test_the_page_reads_and_writes_through_its_server(serve, tmp_path: Path) -> None:
    asker = serve()
    clip = {"size_wh": [80, 40], "frames": 5, "fps": 16}
    status, headers, body = asker.ask(f"{asker.page}/import", pack({"clip": clip}, [("a.npy", npy(LINE[:5]))]))
    facts, files = unpack(body)
    assert status == 200 and headers["X-Content-Type-Options"] == "nosniff"
    np.testing.assert_allclose(positions(facts, files)[0], LINE[:5], atol=1e-4)
    status, _, body = asker.ask(f"{asker.page}/export", pack({"document": DRAWING, "format": "npz"}))
    assert status == 200 and unpack(body)[1][0][0] == "tracks.npz"
    assert list(tmp_path.iterdir()) == [], "nothing is saved by it"


def test_only_the_page_may_ask_and_faults_are_told(serve) -> None:
    asker = serve()
    body = pack({"clip": CLIP}, [("a.npy", npy(LINE))])
    path = f"{asker.page}/import"
    assert asker.ask(path, body, Origin="http://evil.example")[0] == 403
    assert asker.ask(path, body, Cookie=None)[0] == 403
    assert asker.ask(path, b"", Content_Length=str(MAX_BODY_BYTES + 1))[0] == 413
    status, _, said = asker.ask(path, b"garbage!")
    assert status == 400 and json.loads(said)["fix"] == "reload the page"
    assert asker.get("import")[0] == 404
