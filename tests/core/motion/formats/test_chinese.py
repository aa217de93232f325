"""Every note that a reader or a writer of files can give has its Chinese in the editor; most faults have.

The core knows no language: the editor knows its sentences by their English (js/editor/ui/sentences). So a sentence that
is new or changed must get its line there, and this test says which.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wan_move_core.motion.formats.pair import LIES_BESIDE

ROOT = Path(__file__).resolve().parents[4]
FORMATS = ROOT / "wan_move_core" / "motion" / "formats"
SAID = (ROOT / "js" / "editor" / "ui" / "sentences" / "said.mjs").as_uri()


def _texts(node: ast.expr) -> list[str]:
    """What a sentence in the source may read, a blank filled with 7, a count both ways."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.BinOp):
        return [a + b for a in _texts(node.left) for b in _texts(node.right)]
    if isinstance(node, ast.JoinedStr):
        texts = [""]
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            texts = [text + more for text in texts for more in _texts(inner)]
        return texts
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "verb":
        return [text for arg in node.args[1:] for text in _texts(arg)]
    if isinstance(node, ast.Name) and node.id == "LIES_BESIDE":
        return [LIES_BESIDE]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "plural":
        noun = node.args[1]
        assert isinstance(noun, ast.Constant)
        return [f"1 {noun.value}", f"3 {noun.value}s"]
    return ["7"]


def _sentences(kind: str) -> Iterator[tuple[str, str]]:
    for path in sorted(FORMATS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if kind == "note" and (name.endswith(".note") or name.endswith("notes.append")):
                for text in _texts(node.args[0]):
                    if any(letter.isalpha() for letter in text):
                        yield path.name, text
            if kind == "what" and name.endswith((".error", "WanMoveError")):
                given = {k.arg: k.value for k in node.keywords}
                value = node.args[0] if node.args else given.get("what")
                for text in _texts(value) if value is not None else ():
                    if any(letter.isalpha() for letter in text):
                        yield path.name, text


def _in_chinese(function: str, texts: list[str]) -> list[str]:
    found = shutil.which("node")
    if not found:
        pytest.skip("node is not installed: the editor's words are not tested")
    script = (
        f"import {{ {function} }} from {json.dumps(SAID)}; let text = ''; for await (const part of process.stdin)"
        f" text += part; console.log(JSON.stringify(JSON.parse(text).map({function})))"
    )
    command = [found, "--input-type=module", "--eval", script]
    ran = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def _as_the_page(found: re.Match[str]) -> str:
    return "" if found[1] == " If" else "."


def _page(text: str) -> str:
    """As the editor's page shows a note: what the shell is told to say is a button there (files/reader.mjs)."""
    return text.removesuffix(" If it is the other way round, say axes 7.")


def test_every_note_of_a_report_has_its_chinese():
    notes = [(where, _page(text)) for where, text in _sentences("note")]
    assert len(notes) > 100, "the notes were not found in the source"
    said = _in_chinese("noteInChinese", [text for _, text in notes])
    assert [pair for pair, chinese in zip(notes, said, strict=True) if "（原文）" in chinese] == []


def test_what_the_readers_say_of_real_files_has_its_chinese():
    """Notes that are put together from pieces: every fixture, read for a picture and a clip of other measures."""
    from wan_move_core.errors import WanMoveError
    from wan_move_core.motion.formats import read_tracks

    notes: set[str] = set()
    for path in sorted((ROOT / "tests" / "core" / "fixtures" / "formats").iterdir()):
        for frames, size_wh in ((81, (768, 512)), (21, (480, 832))):
            with contextlib.suppress(WanMoveError):
                notes.update(
                    read_tracks(path.read_bytes(), frames=frames, size_wh=size_wh, name=path.name).report.notes
                )
    assert len(notes) > 30
    asked = [re.sub(r"( If|; if) [^.;]*\bsay (unit|axes|y_origin) \w+\.", _as_the_page, note) for note in sorted(notes)]
    said = _in_chinese("noteInChinese", asked)
    # Three words of English in a row are a sentence that was left as it is; names of a file stand alone.
    assert [one for one in said if "（原文）" in one or re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", one)] == []


def test_every_kind_of_file_has_its_chinese():
    from wan_move_core.motion.formats.report import FORMATS as KINDS

    titles = [title for title in KINDS.values() if title != "ComfyUI TRACKS"]
    said = _in_chinese("wordInChinese", titles)
    assert [title for title, chinese in zip(titles, said, strict=True) if title == chinese] == []


def test_most_faults_have_their_chinese_and_the_others_say_that_they_are_the_original():
    faults = [f"a.txt: {text}. Fix: correct it." for _, text in _sentences("what")]
    said = _in_chinese("faultInChinese", faults)
    left = [fault for fault, chinese in zip(faults, said, strict=True) if "（原文）" in chinese]
    assert all(fault in chinese for fault, chinese in zip(faults, said, strict=True) if fault in left)
    assert len(left) < len(faults) / 6, left
