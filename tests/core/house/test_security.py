"""What the whole tree may never do, read from the source; and hostile files at the doors that people use.

Single readers have their own tests (test_formats_arrays, test_bounded_json, test_pictures, test_editor_page).
"""

from __future__ import annotations

import ast
import io
import json
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from wan_move_core.checkpoints.headers import load_torch
from wan_move_core.cli import main
from wan_move_core.errors import WanMoveError

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = [
    *sorted((ROOT / "wan_move_core").rglob("*.py")),
    *sorted((ROOT / "nodes").rglob("*.py")),
    ROOT / "__init__.py",
    ROOT / "install.py",
]
SCRIPTS = [p for p in sorted((ROOT / "js").rglob("*")) if p.suffix in (".mjs", ".js", ".html")]


def calls(path: Path):
    """(dotted name, the call) of every call in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def option(call: ast.Call, name: str):
    return next((k.value.value for k in call.keywords if k.arg == name and isinstance(k.value, ast.Constant)), None)


# -- the tree ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: str(p.relative_to(ROOT)))
def test_python_runs_nothing_from_files(path):
    source = path.read_text(encoding="utf-8")
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported.add((node.module or "").split(".")[0])
    assert not imported & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "yaml", "xmlrpc", "cloudpickle"}
    if path.name == "outlive.py":
        # This very Python with this very command line again, without a shell.
        started = [c for name, c in calls(path) if name.startswith("subprocess.")]
        assert [ast.unparse(c.func) for c in started] == ["subprocess.Popen"] and option(started[0], "shell") is None
        assert (
            "command = [sys.executable, *sys.orig_argv[1:]]" in source and ast.unparse(started[0].args[0]) == "command"
        )
    elif path.name != "install.py":
        assert "subprocess" not in imported, "only the installer starts another program"
    for name, call in calls(path):
        assert name not in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}, f"{name}: {call.lineno}"
        assert name not in {"torch.jit.load", "torch.hub.load", "torch.compile.load", "pickle.loads"}, call.lineno
        if name == "torch.load":
            assert option(call, "weights_only") is True, call.lineno
        if name in {"np.load", "numpy.load", "np.save", "numpy.save"}:
            assert option(call, "allow_pickle") is False, call.lineno
        assert name.split(".")[-1] not in {"extractall", "unpack_archive", "mkstemp_inherited"}, call.lineno
        assert option(call, "shell") is not True and option(call, "trust_remote_code") is not True, call.lineno


def test_the_host_gets_a_route_that_takes_nothing_and_two_that_take_bytes():
    """A list of the output folder, for the editor's takes: no path, no body, GET alone (test_robustness_nodes asks).
    And files that the editor hands over and takes back: a bounded body, answered from itself (test_editor_files)."""
    found = {}
    for path in [*sorted((ROOT / "nodes").rglob("*.py")), *sorted((ROOT / "wan_move_core/hosts/comfy").rglob("*.py"))]:
        text = path.read_text(encoding="utf-8")
        routes = re.findall(r"routes\.(\w+)\(|(add_routes?)\(\[|RouteTableDef", text)
        if routes or "PromptServer" in text:
            found[path.name] = [name for name, _ in routes]
    assert found == {"server.py": ["get", "post"]}
    server = (ROOT / "wan_move_core/hosts/comfy/host/server.py").read_text(encoding="utf-8")
    asked = set(re.findall(r"request\.(\w+)", server))
    assert asked == {"content"}, "no path, header or parameter of whoever asks is looked at"
    listing = (ROOT / "wan_move_core/hosts/comfy/files/listing.py").read_text(encoding="utf-8")
    assert "request." not in listing and ".query" not in listing


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_scripts_never_make_markup_or_code_of_text(path):
    text = path.read_text(encoding="utf-8")
    forbidden = (
        r"\.(inner|outer)HTML\b", r"insertAdjacentHTML", r"document\.write", r"createContextualFragment",
        r"\bDOMParser\b", r"\beval\s*\(", r"new\s+Function\b", r"\bsetTimeout\s*\(\s*['\"`]", r"\bsrcdoc\b",
        r"javascript:", r"\.setHTML", r"localStorage\.clear", r"<[^>]+\son\w+\s*=",
    )  # fmt: skip
    for pattern in forbidden:
        found = re.search(pattern, text)
        assert found is None, f"{path.name}: {found and found[0]}"
    # Everything is served from the pack: nothing is fetched from elsewhere.
    assert not re.search(r"""(?:import|from|src=|href=|fetch\()\s*\(?["'`]https?://""", text), path.name


# -- hostile files at the doors ----------------------------------------------------------------------------------------


class Evil:
    """Unpickled by a careless reader, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def _object_npy(evil: Evil) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([evil], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def _object_npz(evil: Evil) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, tracks=np.array([evil], dtype=object))
    return buffer.getvalue()


def _torch_pth(evil: Evil) -> bytes:
    buffer = io.BytesIO()
    torch.save({"tracks": torch.zeros(5, 1, 2), "x": evil}, buffer)
    return buffer.getvalue()


def _declared(bytes_declared: int) -> bytes:
    """An npz whose member's own header declares an array of so many bytes, and holds none of it."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({bytes_declared // 8}, 1, 2), }}".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tracks.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("objects.npy", _object_npy, "Python objects, which could run code"),
        ("objects.npz", _object_npz, "Python objects, which could run code"),
        ("objects.json", _object_npy, "Python objects, which could run code"),
        ("tracks.pth", _torch_pth, "only ATI tracks and plain tensors are read"),
        ("tracks.npy", lambda evil: pickle.dumps(evil), "a bare pickle, which could run code"),
        ("bomb.npz", lambda _: _declared(1 << 40), "too many for tracks"),
        ("lie.npz", lambda _: _declared(1 << 20), "the file holds 0"),
    ],
)
def test_hostile_track_files_at_the_command_line(tmp_path, capsys, name, content, words):
    ran, file = tmp_path / "ran", tmp_path / name
    file.write_bytes(content(Evil(ran)))
    assert main(["tracks", "info", str(file)]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and "Traceback" not in said
    assert not ran.exists() and sorted(p.name for p in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_hostile_checkpoints_run_nothing(tmp_path, zipped):
    ran = tmp_path / "ran"
    file = tmp_path / "models_t5_umt5-xxl-enc-bf16.pth"
    torch.save({"w": torch.zeros(2), "x": Evil(ran)}, file, _use_new_zipfile_serialization=zipped)
    with pytest.raises(WanMoveError, match="not a file of plain tensors") as caught:
        load_torch(file)
    assert "weights_only" not in str(caught.value), "torch's own advice is to switch the protection off"
    assert not ran.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "deep, at most 32"),
        ('{"a":' * 33 + "1" + "}" * 33, "nested 33 deep, at most 32"),
        ('{"version":1,"layers":[],"x":"' + "a" * 5_000_000 + '"}', "at most 5"),
        ('{"version":1,"version":1}', "twice|repeat|again"),
        ('{"version":1,"layers":[],"fps":NaN}', "NaN"),
        ('{"version":1e999}', "1e999|number|range"),
    ],
    ids=["endless", "deep", "long", "repeated", "nan", "infinite"],
)
def test_hostile_json_at_the_command_line(tmp_path, capsys, text, words):
    file = tmp_path / "motion.json"
    file.write_text(text, encoding="utf-8")
    assert main(["tracks", "check", str(file)]) == 2
    said = capsys.readouterr().err
    assert re.search(words, said) and said.count("\n") == 1 and len(said) < 2000


@pytest.mark.parametrize(
    "name", ["<svg onload=alert(1)>", "</script><script>alert(1)</script>", "‮gnp.exe", "\u0000", "a\nb"]
)
def test_markup_in_names_stays_text(tmp_path, capsys, name):
    """Names come back as they are or are refused; what is printed cannot start a line or an escape of the terminal."""
    layer = {"id": "a", "type": "anchors", "name": name, "points": [[0.5, 0.5]]}
    document = {"version": 1, "size_wh": [64, 64], "frames": 5, "fps": 16, "fit": "crop", "layers": [layer]}
    file = tmp_path / "motion.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    code = main(["tracks", "info", str(file)])
    said = capsys.readouterr()
    assert code in (0, 2) and "\x1b" not in said.out + said.err and "\x00" not in said.out + said.err
    if code == 0:
        from wan_move_core.motion.document.read import parse_document

        assert parse_document(file.read_bytes()).layers[0].name == name


def test_escapes_of_the_terminal_are_not_printed(tmp_path, capsys):
    """A file's name and a key's text are shown in errors: neither may colour or clear somebody's terminal."""
    file = tmp_path / "motion.json"
    file.write_text('{"version": "\\u001b[2J\\u0007", "layers": []}', encoding="utf-8")
    assert main(["tracks", "info", str(file)]) == 2
    said = capsys.readouterr().err
    assert "\x1b" not in said and "\x07" not in said


def test_a_link_out_of_the_folder_is_not_written_through(tmp_path):
    """A clip replaces a link of its name; what the link points to stays as it is."""
    from wan_move_core.video import write_clip

    precious, out = tmp_path / "precious.mp4", tmp_path / "out"
    precious.write_bytes(b"precious")
    out.mkdir()
    try:
        (out / "a.mp4").symlink_to(precious)
    except OSError:
        pytest.skip("this system makes no links")
    write_clip(out / "a.mp4", iter([np.zeros((16, 16, 3), np.uint8)]), 16)
    assert precious.read_bytes() == b"precious"
