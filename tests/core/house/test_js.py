"""The editor's modules: their types, ``node --test``, and files that numpy itself wrote for its .npy reader."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from wan_move_core.motion.checks.checker import check_document
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.document.remap import remap_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document

ROOT = Path(__file__).resolve().parents[3]
TESTS = sorted((ROOT / "tests" / "js").glob("*/*.test.mjs"))


def node() -> str:
    found = shutil.which("node")
    if not found:
        pytest.skip("node is not installed: the editor's modules are not tested (node 18 or later does it)")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    major = re.match(r"v(\d+)", version)
    if not major or int(major[1]) < 18:
        pytest.skip(f"node is {version.strip() or 'unusable'}: the editor's modules are tested by node 18 or later")
    return found


def numpy_files(folder: Path) -> None:
    random = np.random.default_rng(3)
    base = random.normal(0, 100, (1, 5, 3, 2))
    arrays = {
        **{f"{t}.npy": base.astype(t) for t in ("<f2", "<f4", "<f8", "<i2", "<i4", "<i8")},
        "u1.npy": np.abs(base).astype("u1"),
        "bool.npy": base > 0,
        "vector.npy": base.ravel(),
        "number.npy": np.float64(7.25),
        "fortran.npy": np.asfortranarray(base[0]),
        **{f"big_{t[1:]}.npy": base.astype(t) for t in (">f4", ">f8", ">i2")},
        "flat_fortran.npy": np.asfortranarray(base.reshape(-1, 1)),
    }
    expected = []
    for name, array in arrays.items():
        file = name.replace("<", "")
        np.save(folder / file, array)
        shape, values = list(np.shape(array)), np.asarray(array, np.float64).ravel().tolist()
        expected.append({"file": file, "shape": shape, "values": values})
    with (folder / "version2.npy").open("wb") as stream:
        np.lib.format.write_array(stream, base, version=(2, 0))
    expected.append({"file": "version2.npy", "shape": list(base.shape), "values": base.ravel().tolist()})
    np.save(folder / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


def test_editor_modules(tmp_path: Path) -> None:
    program = node()
    numpy_files(tmp_path)
    assert TESTS, "tests/js holds no tests"
    done = subprocess.run(
        [program, "--test", *map(str, TESTS)],
        cwd=ROOT,
        env={**os.environ, "WAN_MOVE_NPY_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    failed = re.findall(r"^\s*not ok .*(?:\n(?!\s*(?:not )?ok ).*){0,12}", done.stdout, re.MULTILINE)
    assert done.returncode == 0, "\n".join(failed)[:6000] or done.stdout[-3000:] + done.stderr[-3000:]


def compiler() -> list[str]:
    """TypeScript's compiler: on the path, or installed beside the project; nothing is downloaded for it."""
    found = shutil.which("tsc")
    if found:
        return [found]
    npx = shutil.which("npx")
    if npx:
        local = [npx, "--no-install", "tsc"]
        asked = subprocess.run([*local, "--version"], cwd=ROOT, capture_output=True, timeout=60, check=False)
        if asked.returncode == 0:
            return local
    pytest.skip("tsc is not installed: the editor's types are not checked (npm install --global typescript)")


def test_types_of_the_editor() -> None:
    """Strict types in all of js/: what a part needs and gives is written down and holds."""
    done = subprocess.run(
        [*compiler(), "-p", "jsconfig.json", "--pretty", "false"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]


def test_npy_files_of_the_editor_are_numpy_files(tmp_path: Path) -> None:
    program = node()
    script = """
        import { writeFileSync } from 'node:fs';
        import { writeNpy } from './js/editor/motion/formats/npy.mjs';
        const folder = process.argv[1];
        writeFileSync(`${folder}/a.npy`, writeNpy({ shape: [1, 2, 2, 2], dtype: 'f4', data: Float32Array.from({ length: 8 }, (_, i) => i / 3) }));
        writeFileSync(`${folder}/b.npy`, writeNpy({ shape: [4], dtype: 'bool', data: Uint8Array.of(1, 0, 0, 1) }));
        writeFileSync(`${folder}/c.npy`, writeNpy({ shape: [2, 1], dtype: 'f8', data: Float64Array.of(0.1, -1e300) }));
    """  # noqa: E501
    subprocess.run([program, "--input-type=module", "-e", script, str(tmp_path)], cwd=ROOT, check=True, timeout=60)
    a, b, c = (np.load(tmp_path / f"{name}.npy", allow_pickle=False) for name in "abc")
    np.testing.assert_array_equal(a, (np.arange(8) / 3).astype(np.float32).reshape(1, 2, 2, 2))
    np.testing.assert_array_equal(b, [True, False, False, True])
    np.testing.assert_array_equal(c, [[0.1], [-1e300]])


def test_editor_and_core_agree_on_random_documents() -> None:
    """Two implementations of one set of rules: tracks, issues with their texts, and remapping."""
    program = node()
    done = subprocess.run(
        [program, str(ROOT / "tests" / "js" / "emit_documents.mjs"), "12"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    for number, case in enumerate(json.loads(done.stdout)):
        document = parse_document(case["text"])
        tracks = tracks_from_document(document)
        assert tracks.count == case["count"], number
        xy = np.array(case["xy"]).reshape(tracks.frames, tracks.count, 2)
        np.testing.assert_allclose(tracks.xy.numpy(), xy, atol=2e-3, rtol=1e-6, err_msg=f"document {number}")
        visible = np.array(case["visible"], bool).reshape(tracks.frames, tracks.count)
        np.testing.assert_array_equal(tracks.visible.numpy(), visible, err_msg=f"document {number}")
        issues = [
            {"id": i.id, "track": i.track, "frame": i.frame, "text": i.text, "layer": i.extra.get("layer")}
            for i in check_document(document)
        ]
        for one in (*issues, *case["issues"]):
            # Regions without a point are told apart by name in the core, and names may repeat.
            one["layer"] = one["layer"] if one["track"] is not None else None
        assert issues == case["issues"], number
        target = dict(case["target"])
        mine = tracks_from_document(remap_document(document, tuple(target.pop("size_wh")), **target))
        editors = tracks_from_document(parse_document(case["remapped"]))
        # Both are rounded when they are stored: 5 decimals of 0-1, and 1/16384 for dense tracks.
        np.testing.assert_allclose(mine.xy.numpy(), editors.xy.numpy(), atol=0.1, err_msg=f"document {number}")
        np.testing.assert_array_equal(mine.visible.numpy(), editors.visible.numpy(), err_msg=f"document {number}")


def test_table_of_checks_is_one() -> None:
    """Without node too: the editor's copy holds the same JSON."""
    text = (ROOT / "js" / "editor" / "motion" / "checks" / "table.mjs").read_text(encoding="utf-8")
    copy = json.loads(text[text.index("CHECKS = ") + len("CHECKS = ") :].rstrip().rstrip(";"))
    table = json.loads((ROOT / "wan_move_core" / "motion" / "checks" / "checks.json").read_text(encoding="utf-8"))
    assert copy == table, "npm run checks writes it again"
