"""``wan-move generate --repeat`` of a file from anyone: types by field, paths told first, the clip beside the file."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.cases import leading_away
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers.engine import Engine

SEED = 4


@pytest.fixture(scope="module")
def finished(golden, tmp_path_factory):
    """A folder with ``a.mp4`` and its side file, made by relative paths."""
    folder, tiny = tmp_path_factory.mktemp("finished"), golden / "tiny_official"
    np.save(folder / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    shutil.copy(tiny / "image.png", folder / "image.png")
    (folder / "checkpoint").symlink_to(tiny / "checkpoint", target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = ["--ckpt_dir", "checkpoint", "--dtype", "fp32", "--device", "cpu", "--steps", "1", "--frames", "5"]
        inputs = ["--image", "image.png", "--image-embeds", "embeds.npy", "--prompt", "a", "--seed", str(SEED)]
        assert cli.main(["generate", *words, *inputs, "--width", "80", "--height", "48", "-o", "a.mp4", "--quiet"]) == 0
    return folder


@pytest.fixture
def side(finished, tmp_path, monkeypatch):
    """``change(table)`` -> a changed copy of the side file, beside copies of its inputs."""
    monkeypatch.chdir(tmp_path)
    for name in ("image.png", "embeds.npy"):
        shutil.copy(finished / name, tmp_path / name)
    (tmp_path / "checkpoint").symlink_to(finished / "checkpoint", target_is_directory=True)

    def write(change):
        table = json.loads((finished / "a.mp4.json").read_text())
        change(table)
        (tmp_path / "sub").mkdir(exist_ok=True)
        path = tmp_path / "a.mp4.json"
        path.write_text(json.dumps(table))
        return path

    return write


@pytest.mark.parametrize("says", ["../../escaped.mp4", "/tmp/escaped.mp4", "sub/else.mp4", "x.mkv"])
def test_the_clip_lands_beside_the_file_whatever_it_says(side, tmp_path, monkeypatch, says):
    """Started from another folder, with ``output`` of the file's own choosing."""
    path = side(lambda table: table["case"].update(output=says))
    before = {p for p in tmp_path.rglob("*") if p.is_file()}
    assert cli.main(["generate", "--repeat", str(path), "--device", "cpu", "--quiet"]) == 0
    new = {p for p in tmp_path.rglob("*") if p.is_file()} - before
    assert new == {tmp_path / "a_again.mp4", tmp_path / "a_again.mp4.json"}
    assert cli.main(["generate", "--repeat", str(path), "--device", "cpu", "--quiet", "-o", "sub/b.mp4"]) == 0
    assert (tmp_path / "sub" / "b.mp4").is_file()


def test_paths_that_lead_away_are_told_before_anything_is_read(side, capsys):
    path = side(lambda table: table["case"].update(image="/etc/hostname", noise="../../n.npy"))
    assert cli.main(["generate", "--repeat", str(path), "--device", "cpu", "--quiet"]) == 2
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == (
        "Note: a.mp4.json names files outside its folder, which will be read: image /etc/hostname; noise ../../n.npy"
    )
    assert rest


def test_what_leads_away():
    named = {"a": "a.png", "b": "sub/b.png", "c": "/c", "d": "x/../../d", "e": "C:\\e", "f": "\\\\host\\f", "g": "~/g"}
    named |= {"h": None, "i": "..\\i", "j": "a..b/c..png"}
    assert leading_away(named) == [f"{role} {named[role]}" for role in "cdefgi"]


WRONG = [
    ("settings", "steps", "40", "settings / steps: '40', expected a whole number"),
    ("settings", "steps", True, "settings / steps: True, expected a whole number"),
    ("settings", "shift", [3], "settings / shift: [3], expected a number or null"),
    ("settings", "guidance_scale", float("inf"), "settings / guidance_scale: inf, expected a number"),
    ("settings", "checkpoint", 5, "settings / checkpoint: 5, expected text"),
    ("settings", "solver", "euler", "settings / solver: 'euler', expected unipc, dpm++"),
    ("settings", "t5_cpu", 1, "settings / t5_cpu: 1, expected true or false"),
    ("settings", "colour", 1, "unknown settings colour"),
    ("case", "image", {"a": 1}, "case / image: {'a': 1}, expected text"),
    ("case", "image", "a\0b", "case / image: 'a\\x00b', expected text"),
    ("case", "seed", -1, "case / seed: -1, expected 0 to"),
    ("case", "seed", 1e3, "case / seed: 1000.0, expected a whole number"),
    ("case", "tracks", 3, "case / tracks: 3, expected text or null"),
    ("case", "colour", 1, "case: unknown colour"),
    ("inputs", "image", "x", "inputs / image: 'x', expected an object"),
    ("inputs", "image", {"path": 1, "bytes": 1, "sha256": ""}, "inputs / image / path: 1, expected text"),
    ("inputs", "image", {"path": "a"}, "inputs / image / bytes: is missing"),
    ("weights", "vae", {}, "weights / vae: {}, expected a list of objects"),
    ("weights", "vae", [{"name": "v", "bytes": 1, "fingerprint": 2}], "weights / vae / fingerprint: 2, expected text"),
    ("versions", "torch", 2, "versions / torch: 2, expected text"),
]


@pytest.mark.parametrize(
    ("part", "field", "value", "text"), WRONG, ids=[f"{w[0]}-{w[1]}-{i}" for i, w in enumerate(WRONG)]
)
def test_wrong_types_are_refused_by_field(side, part, field, value, text):
    path = side(lambda table: table[part].update({field: value}))
    with pytest.raises(WanMoveError) as caught:
        read_side_file(path)
    assert text in str(caught.value)


@pytest.mark.parametrize("part", ["settings", "case", "inputs", "weights", "result", "versions"])
@pytest.mark.parametrize("value", [None, [], 3, "x"])
def test_wrong_parts_are_refused(side, part, value):
    path = side(lambda table: table.update({part: value}))
    with pytest.raises(WanMoveError, match=rf"{part}: .*, expected an object"):
        read_side_file(path)
    path = side(lambda table: table.pop(part))
    with pytest.raises(WanMoveError, match=f"damaged .no {part} in it"):
        read_side_file(path)


def test_a_repeated_run_decodes_as_the_first_did(side, capsys):
    """In tiles where the record says so, whatever this machine's preset is."""
    path = side(lambda table: table["settings"].update(vae_tiling=True))
    assert cli.main(["generate", "--repeat", str(path), "--device", "cpu", "--dry-run"]) == 0
    assert "in tiles of 256 px" in capsys.readouterr().err


def test_noise_of_a_gpu_is_told(side, capsys, monkeypatch):
    monkeypatch.setattr(Engine, "prepare", lambda self, cases: (_ for _ in ()).throw(KeyboardInterrupt))

    def by_gpu(table):
        table["settings"]["noise_device"], table["result"]["device"] = "run", "NVIDIA H100"

    assert cli.main(["generate", "--repeat", str(side(by_gpu)), "--device", "cpu"]) == 130
    assert "a GPU drew the noise then" in capsys.readouterr().err
