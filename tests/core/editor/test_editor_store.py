"""The drawing on disk: nobody's is overwritten unseen, the unsaved comes back, and files stay what they were."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wan_move_core import WanMoveError
from wan_move_core.editor import page as editor_page
from wan_move_core.editor.page import make_job, save_document
from wan_move_core.motion.document.read import parse_document

Serve = Callable[..., Any]


def drawing(x: float) -> str:
    layer = {"id": "a1", "type": "path", "name": "Ball", "points": [[0.1, 0.5], [x, 0.5]], "start": 0, "end": 4}
    return json.dumps(
        {"version": 1, "size_wh": [80, 40], "frames": 5, "fps": 16, "fit": "crop", "layers": [layer]},
        separators=(",", ":"),
    )


A, B, C = drawing(0.2), drawing(0.5), drawing(0.9)


def copies(asker: Any) -> list[str]:
    return [path.read_text() for path in sorted(asker.server.job.document.parent.glob("*.copy-*.json"))]


# -- one page at a time ------------------------------------------------------------------------------------------------


def test_the_page_opened_last_is_the_one_that_edits(serve: Serve) -> None:
    asker = serve()
    assert asker.post("own?page=one")[0] == 200
    assert asker.post("draft?page=one&base=none", A)[0] == 200
    # The second page goes on from what the first one drew, saved or not.
    status, opened = asker.post("own?page=two")
    assert status == 200 and opened["draft"]["text"] == A and opened["draft"]["same"]
    assert asker.get("state.json?page=one")[1]["owner"] is False
    assert asker.get("state.json?page=two")[1]["owner"] is True
    for path in ("save", "draft"):
        status, said = asker.post(f"{path}?page=one&base=none", B)
        assert status == 409 and said["conflict"] == "owner" and "another tab" in said["error"]
    assert not asker.server.job.document.exists()
    assert asker.post("save?page=two&base=none", A)[0] == 200
    assert asker.server.job.document.read_text() == A


def test_a_document_that_changed_meanwhile_is_not_overwritten(serve: Serve) -> None:
    asker = serve()
    document = asker.server.job.document
    document.write_text(A)
    base = asker.post("own?page=one")[1]["revision"]
    document.write_text(B)
    status, said = asker.post(f"save?page=one&base={base}", C)
    assert status == 409 and said["conflict"] == "changed" and document.read_text() == B
    # Told so, the person keeps their own: the other version stays beside it.
    status, saved = asker.post(f"save?page=one&base={said['revision']}&keep=1", C)
    assert status == 200 and document.read_text() == C and copies(asker) == [B]
    assert Path(saved["copy"]).read_text() == B
    # The page goes on from the revision it was told.
    assert asker.post(f"save?page=one&base={saved['revision']}", A)[0] == 200


def test_a_change_between_the_question_and_the_answer_is_asked_again(serve: Serve) -> None:
    asker = serve()
    document = asker.server.job.document
    document.write_text(A)
    base = asker.post("own?page=one")[1]["revision"]
    document.write_text(B)
    shown = asker.post(f"save?page=one&base={base}", C)[1]["revision"]
    document.write_text(A + "\n")
    assert asker.post(f"save?page=one&base={shown}&keep=1", C)[0] == 409
    assert document.read_text() == A + "\n" and copies(asker) == []


def test_the_same_drawing_or_a_deleted_file_is_no_conflict(serve: Serve) -> None:
    asker = serve()
    document = asker.server.job.document
    document.write_text(A)
    base = asker.post("own?page=one")[1]["revision"]
    document.write_text(B)
    assert asker.post(f"save?page=one&base={base}", B)[0] == 200
    document.unlink()
    assert asker.post(f"save?page=one&base={base}", C)[0] == 200 and document.read_text() == C


def test_a_script_without_page_and_base_saves_as_it_did(serve: Serve) -> None:
    asker = serve()
    asker.post("own?page=one")
    assert asker.post("save", A)[0] == 200 and asker.post("save", B)[0] == 200


def test_copies_never_replace_one_another(serve: Serve) -> None:
    asker = serve()
    names = {asker.post("copy", text)[1]["copy"] for text in (A, B, C)}
    assert len(names) == 3 and sorted(copies(asker)) == sorted([A, B, C])


# -- drafts ------------------------------------------------------------------------------------------------------------


def test_a_restarted_server_gives_the_unsaved_drawing_back(serve: Serve, tmp_path: Path) -> None:
    first = serve()
    assert first.post("save?page=one&base=none", A)[0] == 200
    base = first.post("own?page=one")[1]["revision"]
    first.post(f"draft?page=one&base={base}", B)
    # Another process, another port, another browser: the document is all they share.
    opened = serve().post("own?page=two")[1]
    assert opened["documentText"] == A and opened["draft"]["text"] == B and opened["draft"]["same"]
    draft = tmp_path / ".motion.draft.json"
    assert parse_document(draft.read_text()).layers == parse_document(B).layers, "any command opens a draft"


def test_a_draft_over_another_beginning_is_marked(serve: Serve) -> None:
    asker = serve()
    asker.post("draft?page=one&base=none", B)
    asker.server.job.document.write_text(C)
    assert asker.post("own?page=two")[1]["draft"] == {
        **asker.post("own?page=two")[1]["draft"],
        "text": B,
        "same": False,
    }


def test_a_save_ends_the_draft_and_an_undone_drawing_is_none(serve: Serve) -> None:
    asker = serve()
    path = asker.server.store.draft_path
    asker.post("draft?page=one", B)
    assert path.exists()
    base = asker.post("save?page=one&base=none", B)[1]["revision"]
    assert not path.exists() and asker.post("own?page=one")[1]["draft"] is None
    asker.post(f"draft?page=one&base={base}", C)
    asker.post(f"draft?page=one&base={base}", B)
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "x" * 100])
def test_what_is_no_document_is_no_draft(serve: Serve, text: str) -> None:
    asker = serve()
    status, said = asker.post("draft", text)
    assert status == 400 and "no motion document" in said["error"] and not asker.server.store.draft_path.exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b" " * 6_000_000, b'{"version":1,"draft_of":"../../x"}'])
def test_a_strangers_draft_opens_nothing(serve: Serve, content: bytes) -> None:
    asker = serve()
    asker.server.store.draft_path.write_bytes(content)
    draft = asker.post("own?page=one")[1]["draft"]
    assert draft is None or not draft["same"]


# -- files -------------------------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")


@posix
def test_files_keep_their_mode_and_new_ones_get_the_usual(tmp_path: Path) -> None:
    job = make_job(None, None, tmp_path)
    before = os.umask(0o027)
    try:
        save_document(job, A)
        assert stat.S_IMODE(job.document.stat().st_mode) == 0o640
        assert stat.S_IMODE(job.tracks.stat().st_mode) == 0o640
        job.document.chmod(0o664)
        job.tracks.chmod(0o600)
        save_document(job, B)
    finally:
        os.umask(before)
    assert stat.S_IMODE(job.document.stat().st_mode) == 0o664 and stat.S_IMODE(job.tracks.stat().st_mode) == 0o600


@posix
def test_a_link_is_written_through(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.json"
    real.parent.mkdir()
    real.write_text(A)
    link, second = tmp_path / "motion.json", tmp_path / "second.json"
    second.symlink_to(real)
    link.symlink_to(second)
    job = make_job(None, link, None)
    save_document(job, B)
    assert link.is_symlink() and second.is_symlink() and real.read_text() == B
    assert sorted(path.name for path in real.parent.iterdir()) == ["real.json"]
    # One that leads to nothing yet makes its target.
    real.unlink()
    save_document(job, C)
    assert real.read_text() == C
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(WanMoveError, match=r"circle|cannot be read|Too many"):
        save_document(make_job(None, link, None), A)


def test_an_unwritable_folder_is_said_at_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    for arguments in (["-o", str(tmp_path / "file" / "out")], ["--document", str(tmp_path / "file" / "m.json")]):
        assert editor_page.main([*arguments, "--no-browser"]) == 2
        said = capsys.readouterr().err
        assert "nothing can be saved in this folder" in said and "-o DIR" in said


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everything")
def test_read_only_files_and_folders_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "m.json"
    document.write_text(A)
    document.chmod(0o444)
    assert editor_page.main(["--document", str(document), "--no-browser"]) == 2
    assert "read-only" in capsys.readouterr().err
    document.unlink()
    tmp_path.chmod(0o555)
    assert editor_page.main(["--document", str(document), "--no-browser"]) == 2
    assert "nothing can be saved" in capsys.readouterr().err
    tmp_path.chmod(0o755)
