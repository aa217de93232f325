"""Options beside --repeat, beside --list and beside each other: applied, refused in words, or said to do nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.generate.takes.plan import parse_varied
from wan_move_core.hosts.diffusers import engine

SIZE = ("--width", "80", "--height", "48", "--frames", "5", "--steps", "2", "--negative_prompt", "bad")


@pytest.fixture(scope="module")
def folder(golden, tmp_path_factory):
    home, tiny = tmp_path_factory.mktemp("options"), golden / "tiny_official"
    np.save(home / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    shutil.copy(tiny / "image.png", home / "image.png")
    (home / "checkpoint").symlink_to(tiny / "checkpoint", target_is_directory=True)
    (home / "elsewhere").symlink_to(tiny / "checkpoint", target_is_directory=True)
    t = np.linspace(0, 1, 5)[:, None]
    np.save(home / "tracks.npy", np.stack([20 + 30 * t, 20 + 0 * t], -1).astype(np.float32))
    return home


@pytest.fixture
def run(folder, tmp_path, monkeypatch, capsys):
    """``run(*words)`` -> (exit code, what was said), in the folder; ``run.loads``: networks loaded."""
    monkeypatch.chdir(folder)
    loads, real = [], engine.load_transformer

    def load(path, *more):
        loads.append(str(path))
        return real(path, *more)

    monkeypatch.setattr(engine, "load_transformer", load)

    def ran(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(["generate", "--device", "cpu", *words])
        return code, capsys.readouterr().err

    ran.loads = loads  # type: ignore[attr-defined]
    return ran


MODEL = ("--ckpt_dir", "checkpoint", "--dtype", "fp32", *SIZE)
ONE = (*MODEL, "--image", "image.png", "--image-embeds", "embeds.npy", "--prompt", "a", "--seed", "3")


def test_what_a_side_file_says_is_not_said_again(run, tmp_path):
    clip = str(tmp_path / "a.mp4")
    assert run(*ONE, "--tracks", "tracks.npy", "-o", clip)[0] == 0
    again = ("--repeat", f"{clip}.json", "-o", str(tmp_path / "b.mp4"))
    for words in (("--steps", "2"), ("--steps", "40"), ("--prompt", "b"), ("--list", "x"), ("--seed", "3"),
                  ("--lora", "x"), ("--noise", "n.npy"), ("--own-size",), ("--use-prompt-extend",)):  # fmt: skip
        code, said = run(*again, *words)
        assert code == 2 and f"{words[0]} beside --repeat, whose side file says it" in said, words
    # Where the parts lie and where it is computed is this machine's.
    for words in (("--transformer", "elsewhere"), ("--memory", "40g"), ("--offload-model", "true")):
        code, said = run("--overwrite", *again, *words)
        assert code == 0 and "The frames are the same" in said
    assert "elsewhere" in run.loads[1]


def test_a_list_says_what_is_of_each_case(run, tmp_path):
    entry = {"image": "image.png", "image_embeds": "embeds.npy", "prompt": "a", "seed": 3, "negative_prompt": "no"}
    for name in ("image.png", "embeds.npy", "tracks.npy"):
        (tmp_path / name).symlink_to(Path(name).absolute())
    (tmp_path / "cases.json").write_text(json.dumps([{**entry, "output": "a.mp4", "lead": "off"}]))
    listed = (*MODEL, "--list", str(tmp_path / "cases.json"), "-o", str(tmp_path / "out"))
    for option, value in (("--visibility", "v.npy"), ("--image-embeds", "e.npy"), ("--noise", "n.npy")):
        code, said = run(*listed, option, value)
        assert code == 2 and f"{option} beside a list" in said
    code, said = run(*MODEL, "--list", str(tmp_path / "cases.json"), "-o", str(tmp_path / "clip.mp4"))
    assert code == 2 and "clip.mp4 is a clip's name, the clips of a list go into a folder" in said
    code, said = run(*listed, "--seed", "7", "--lead", "draft", "--dry-run")
    assert code == 0
    for option in ("--seed", "--negative-prompt", "--lead"):
        assert f"{option} changes nothing: every case of the list says its own" in said
    code, said = run(*listed, "--lead-preset", "camera")
    side = read_side_file(tmp_path / "out" / "a.mp4.json")
    assert code == 0 and side.case.lead is None
    assert (side.settings.lead_from, side.settings.lead_to, side.settings.lead_feather) == (None, None, 0)
    # Records of an earlier version hold levels that nothing came of: still this run.
    table = json.loads((tmp_path / "out" / "a.mp4.json").read_text())
    table["settings"].update(lead_from=0.986, lead_to=0.964)
    (tmp_path / "out" / "a.mp4.json").write_text(json.dumps(table))
    code, said = run(*listed, "--lead-preset", "camera")
    assert code == 0 and "1 of 1 are there already" in said


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--size", "832*480", "--own-size", "--dry-run"), 2, "--own-size beside --width"),
        (("--size", "832*480", "--dry-run"), 0, "--size changes nothing beside --width and --height"),
        (("--lead-preset", "camera", "--lead-from", "0.9", "--lead-to", "0.8"), 2, "which say all that it does"),
        (("--prompt-extend-model", "x", "--dry-run"), 0, "changes nothing without --use-prompt-extend"),
        (("--strength", "0.5", "--retime-tracks", "--dry-run"), 0, "--strength changes nothing without tracks"),
        (("--lora-start", "2", "--dry-run"), 0, "--lora-start changes nothing without --lora"),
        (("--lora-start", "-1"), 2, "Generate / --lora-start: -1 steps"),
        (("--vary", "lead-from=.97,.98"), 2, "lead-from without a lead. Fix: add --lead draft"),
        (("--vary", "lora=.5,1"), 2, "lora without a LoRA. Fix: add --lora FILE"),
        (("--vary", "lead=off,draft"), 2, "a draft without tracks"),
        (("--tracks", "tracks.npy", "--lead", "draft", "--vary", "lead-to=.95,.99"), 2, "from 0.979 to 0.99"),
        (("--vary", "lead-preset=camera,never"), 2, "give different ones of objects, camera, loose, off"),
        (("--vary", "lead=off,off"), 2, "for lead. Fix: give draft, off, or clips and folders, none twice"),
    ],
)
def test_strange_mixes(run, tmp_path, monkeypatch, words, code, text):
    monkeypatch.setattr(engine.Engine, "prepare", lambda *a: pytest.fail("models were loaded first"))
    found, said = run(*ONE, "-o", str(tmp_path / "x.mp4"), *words)
    assert (found, text in said) == (code, True), said


def test_leads_are_takes_of_one_load(run, tmp_path):
    clip = str(tmp_path / "a.mp4")
    led = (*ONE, "--tracks", "tracks.npy", "-o", clip)
    assert run(*led, "--vary", "lead=off,draft")[0] == 0
    sides = [read_side_file(tmp_path / f"a_take{n}.mp4.json") for n in (1, 2)]
    assert [side.case.lead for side in sides] == [None, "draft"]
    assert [side.settings.lead_from for side in sides] == [None, 0.979]
    assert sides[0].result["frames_sha256"] != sides[1].result["frames_sha256"]
    assert len(run.loads) == 1
    # Each is the clip that a run of its own makes.
    alone = tmp_path / "alone.mp4"
    assert run(*led[:-1], str(alone), "--lead", "draft")[0] == 0
    assert read_side_file(f"{alone}.json").result["frames_sha256"] == sides[1].result["frames_sha256"]
    # What is there stays: nothing is loaded again.
    loads = len(run.loads)
    code, said = run(*led, "--vary", "lead=off,draft")
    assert code == 0 and "2 of 2 are there already" in said and len(run.loads) == loads
    presets = ("--lead", "draft", "--vary", "lead-preset=objects,loose,off", "--takes", "1")
    assert run(*led[:-1], str(tmp_path / "b.mp4"), *presets)[0] == 0
    found = [read_side_file(tmp_path / f"b_take{n}.mp4.json").settings for n in (1, 2, 3)]
    assert [(s.lead_from, s.lead_to) for s in found] == [(0.979, 0.949), (0.986, 0.975), (None, None)]
    page = json.loads((tmp_path / "b_takes.json").read_text())["clips"]["b.mp4"]
    assert {row["varied"] for row in page} == {"lead-preset objects", "lead-preset loose", "lead-preset off"}


def test_words_of_vary():
    assert parse_varied("lead_from=.97,.98").values == (0.97, 0.98)
    assert parse_varied("lead= draft, a b.mp4").values == ("draft", "a b.mp4")
    assert parse_varied("lead=off,draft").told(1) == "lead draft" and parse_varied("lora=.5").told(0) == "lora 0.5"
