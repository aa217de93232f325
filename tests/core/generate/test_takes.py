"""``generate --takes``: several seeds or strengths, measured and ranked on one page, resumed after a kill."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.commands.takes import measure
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.cases import Case
from wan_move_core.generate.settings import RunSettings
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.generate.takes.page import Take, html_page, ranked
from wan_move_core.generate.takes.plan import Varied, parse_varied, take_cases
from wan_move_core.hosts.diffusers.engine import Engine

SIZE_WH, FRAMES, WAY_PX = (192, 112), 9, 40
BOX = (24, 40, 64, 80)
"""x0, y0, x1, y1 of the thing that moves to the right."""


def scene() -> tuple[np.ndarray, np.ndarray]:
    """(the picture without the thing, the thing): both full of things to track."""
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 255, (28, 48, 3), np.uint8)
    ground = cv2.resize(rough, SIZE_WH, interpolation=cv2.INTER_CUBIC) // 2
    thing = cv2.resize(rng.integers(0, 255, (10, 10, 3), np.uint8), (40, 40), interpolation=cv2.INTER_CUBIC) // 2 + 120
    return ground, thing


def frames_that_went(share: float, drift_px: float = 0.0) -> np.ndarray:
    """The thing goes ``share`` of its way, and the whole picture drifts down."""
    ground, thing = scene()
    x0, y0, x1, y1 = BOX
    made = []
    for f in range(FRAMES):
        t = f / (FRAMES - 1)
        frame = ground.copy()
        x = x0 + round(share * WAY_PX * t)
        frame[y0:y1, x : x + x1 - x0] = thing
        shift = np.array([[1, 0, 0], [0, 1, drift_px * t]], np.float32)
        made.append(cv2.warpAffine(frame, shift, SIZE_WH, borderMode=cv2.BORDER_REFLECT))
    return np.stack(made)


# Takes in the order of their seeds: one that follows, one that stays, one whose picture drifts, one that goes half.
BEHAVIOUR = [(1.0, 0.0), (0.0, 0.0), (1.0, 24.0), (0.5, 0.0)]


@pytest.fixture
def job(golden, tmp_path):
    """The command for a.mp4 in ``tmp_path``, seed 100."""
    tiny = golden / "tiny_official"
    np.save(tmp_path / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    cv2.imwrite(str(tmp_path / "image.png"), frames_that_went(0)[0][..., ::-1])
    t = np.linspace(0, 1, FRAMES)
    points = [(x, y) for x in (34, 44, 54) for y in (50, 60, 70)]
    xy = np.stack([np.stack([x + WAY_PX * t, np.full(FRAMES, y)], -1) for x, y in points], 1)
    np.save(tmp_path / "tracks.npy", xy[None].astype(np.float32))
    model = ("--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--steps", "1")
    small = ("--width", str(SIZE_WH[0]), "--height", str(SIZE_WH[1]), "--frames", str(FRAMES), "--seed", "100")
    inputs = ("--image", str(tmp_path / "image.png"), "--tracks", str(tmp_path / "tracks.npy"), "--prompt", "a")
    embeds = ("--image-embeds", str(tmp_path / "embeds.npy"))
    return ["generate", *model, *small, *inputs, *embeds, "-o", str(tmp_path / "a.mp4")]


@pytest.fixture
def made(monkeypatch):
    """What was computed, as (seed, strength): no model is loaded, the seed decides how the thing goes."""
    runs: list[tuple[int, float]] = []

    def make(self, case, on_step=None):
        runs.append((case.seed, self.settings.strength))
        share, drift = BEHAVIOUR[(case.seed - 100) % 4]
        return frames_that_went(share * self.settings.strength, drift)

    monkeypatch.setattr(Engine, "prepare", lambda self, cases: None)
    monkeypatch.setattr(Engine, "make", make)
    return runs


@pytest.fixture
def looks(monkeypatch):
    """How often a clip was measured."""
    seen: list[str] = []
    real = measure._measure

    def counted(case, settings, on_progress):
        seen.append(Path(case.output).name)
        return real(case, settings, on_progress)

    monkeypatch.setattr(measure, "_measure", counted)
    return seen


def ranking(page: Path) -> list[dict]:
    told = json.loads(page.with_suffix(".json").read_text())
    assert told["format"] == "wan-move-takes"
    (rows,) = told["clips"].values()
    return rows


def test_takes_are_ranked_by_what_they_do(job, made, looks, tmp_path, capsys):
    assert cli.main([*job, "--takes", "4"]) == 0
    said = capsys.readouterr().err
    assert made == [(100 + i, 1.0) for i in range(4)] and len(looks) == 4
    rows = ranking(tmp_path / "a_takes.html")
    assert rows[0]["clip"] == "a_take1.mp4"
    by_name = {row["clip"]: row for row in rows}
    follows, stays, drifts, half = (by_name[f"a_take{n}.mp4"] for n in (1, 2, 3, 4))
    assert follows["followed"] == 1 and follows["still"] > 0.9 and follows["score"] > 90
    assert stays["followed"] == 0 and stays["score"] == 0 and stays["still"] > 0.9
    assert drifts["still"] < 0.5 and drifts["score"] < 50
    assert half["followed"] == 0 and half["epe_px"] < stays["epe_px"]
    # Of two that do not follow, the nearer one is before the other.
    assert rows.index(half) < rows.index(stays)
    assert "a.mp4, best first:" in said and re.search(r"a_take1\.mp4, seed 100, score \d+: 100% of the tracks", said)
    page = (tmp_path / "a_takes.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 4 and 'src="a_take2.mp4"' in page
    assert page.index("a_take1.mp4") < page.index("a_take2.mp4")
    assert not list(tmp_path.glob(".*"))


def test_more_takes_make_and_measure_only_what_is_missing(job, made, looks, tmp_path):
    assert cli.main([*job, "--takes", "2"]) == 0
    assert cli.main([*job, "--takes", "3"]) == 0
    assert [seed for seed, _ in made] == [100, 101, 102]
    assert looks == ["a_take1.mp4", "a_take2.mp4", "a_take3.mp4"]
    assert len(ranking(tmp_path / "a_takes.html")) == 3
    # A record that was damaged, or of another clip, is not believed.
    measure.score_path(tmp_path / "a_take1.mp4").write_text('{"of": 1}')
    measure.score_path(tmp_path / "a_take2.mp4").with_suffix(".jpg").unlink()
    assert cli.main([*job, "--takes", "3"]) == 0
    assert len(made) == 3 and looks[3:] == ["a_take1.mp4", "a_take2.mp4"]
    # Nor is one that is too large to be ours even read.
    with measure.score_path(tmp_path / "a_take3.mp4").open("ab") as stream:
        stream.write(b" " * measure.MAX_RECORD_BYTES)
    assert cli.main([*job, "--takes", "3"]) == 0 and looks[5:] == ["a_take3.mp4"]
    # Without --seed it goes on with that of the takes which are there.
    unsaid = [word for word in job if word not in ("--seed", "100")]
    assert cli.main([*unsaid, "--takes", "4"]) == 0
    assert [seed for seed, _ in made] == [100, 101, 102, 103]


def test_strengths_are_takes_too(job, made, tmp_path):
    assert cli.main([*job, "--vary", "strength=0,1"]) == 0
    assert made == [(100, 0.0), (100, 1.0)]
    rows = ranking(tmp_path / "a_takes.html")
    assert [row["varied"] for row in rows] == ["strength 1", "strength 0"] and rows[0]["score"] > rows[1]["score"]
    assert read_side_file(tmp_path / "a_take1.mp4.json").settings.strength == 0.0
    assert cli.main([*job, "--takes", "2", "--vary", "strength=0,1"]) == 0
    assert made[2:] == [(101, 0.0), (101, 1.0)] and len(ranking(tmp_path / "a_takes.html")) == 4


def test_a_list_has_one_page(job, made, tmp_path, capsys):
    lines = [
        {
            "image": "image.png",
            "tracks": "tracks.npy",
            "prompt": "a",
            "image_embeds": "embeds.npy",
            "output": f"{i}.mp4",
        }
        for i in range(2)
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, lines)))
    taken = job[: job.index("--image")]
    assert cli.main([*taken, "--list", str(tmp_path / "cases.jsonl"), "-o", str(tmp_path / "out"), "--takes", "2"]) == 0
    assert sorted(seed for seed, _ in made) == [100, 101, 102, 103]
    told = json.loads((tmp_path / "out" / "takes.json").read_text())["clips"]
    assert list(told) == ["0.mp4", "1.mp4"] and all(len(rows) == 2 for rows in told.values())
    assert {row["seed"] for row in told["0.mp4"]} == {100, 102}


def test_clips_of_one_name_in_two_folders_are_two_clips(job, made, tmp_path):
    line = {"image": "image.png", "tracks": "tracks.npy", "prompt": "a", "image_embeds": "embeds.npy"}
    cases = [{**line, "output": name} for name in ("a.mp4", "more/a.mp4")]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    taken = job[: job.index("--image")]
    assert cli.main([*taken, "--list", str(tmp_path / "cases.jsonl"), "-o", str(tmp_path / "out"), "--takes", "1"]) == 0
    told = json.loads((tmp_path / "out" / "takes.json").read_text())["clips"]
    assert {name: [row["clip"] for row in rows] for name, rows in told.items()} == {
        "a.mp4": ["a_take1.mp4"], "more/a.mp4": ["more/a_take1.mp4"],
    }  # fmt: skip


def test_without_tracks_all_is_made_and_nothing_measured(job, made, tmp_path, capsys):
    at = job.index("--tracks")
    assert cli.main([*job[:at], *job[at + 2 :], "--takes", "2"]) == 0
    rows = ranking(tmp_path / "a_takes.html")
    assert [row["score"] for row in rows] == [None, None] and "no tracks" in rows[0]["note"]


def test_a_clip_that_is_not_ours_is_left_and_the_others_are_ranked(job, made, tmp_path, capsys):
    (tmp_path / "a_take1.mp4").write_bytes(b"somebody's")
    assert cli.main([*job, "--takes", "2"]) == 2
    assert [seed for seed, _ in made] == [101]
    assert "1 of 2 clips were left as they are: a_take1.mp4" in capsys.readouterr().err
    rows = {row["clip"]: row for row in ranking(tmp_path / "a_takes.html")}
    assert rows["a_take2.mp4"]["score"] is not None
    assert rows["a_take1.mp4"]["note"].startswith("not measured: its side file: cannot be read")
    assert (tmp_path / "a_take1.mp4").read_bytes() == b"somebody's"


def test_the_seed_on_the_page_is_the_clips_own(job, made, tmp_path):
    """A first process that was killed and started again has drawn another."""
    assert cli.main([*job, "--takes", "1"]) == 0
    side = read_side_file(tmp_path / "a_take1.mp4.json")
    drawn = dataclasses.replace(side.case, seed=7)
    assert measure.measured(drawn, side.settings, "a.mp4", 1, "", lambda *_: None).seed == 100


def test_a_dry_run_tells_what_is_wrong_also_where_takes_are_there(job, made, tmp_path, capsys):
    assert cli.main([*job, "--takes", "1"]) == 0
    (tmp_path / "image.png").unlink()
    capsys.readouterr()
    assert cli.main([*job, "--takes", "1", "--dry-run"]) == 2
    assert "image.png is not there" in capsys.readouterr().err


_SLOW = """
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("test_takes", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
def make(self, case, on_step=None):
    if case.seed == 102:
        print("third", flush=True)
        time.sleep(120)
    return module.frames_that_went(*module.BEHAVIOUR[case.seed - 100])
module.Engine.prepare = lambda self, cases: None
module.Engine.make = make
sys.exit(module.cli.main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_run_goes_on(job, made, looks, tmp_path):
    command = [sys.executable, "-c", _SLOW, __file__, *job, "--takes", "4", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().strip() == "third"
    process.kill()
    process.wait()
    stamps = {n: (tmp_path / f"a_take{n}.mp4").stat().st_mtime_ns for n in (1, 2)}
    assert not (tmp_path / "a_take3.mp4").exists()
    time.sleep(0.01)
    assert cli.main([*job, "--takes", "4"]) == 0
    assert [seed for seed, _ in made] == [102, 103] and len(looks) == 4
    assert stamps == {n: (tmp_path / f"a_take{n}.mp4").stat().st_mtime_ns for n in (1, 2)}
    assert len(ranking(tmp_path / "a_takes.html")) == 4 and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--takes", "0"), r"0 takes of a clip\. Fix: use 1 to 1000"),
        (("--takes", "2", "--repeat", "x.json"), "--repeat beside --takes"),
        (("--vary", "mood=1"), "'mood' cannot be varied. Fix: use one of strength, guidance, track-guidance"),
        (("--vary", "strength=2"), "for strength. Fix: give different numbers from 0 to 1"),
        (("--vary", "strength=a,b"), "for strength"),
        (("--vary", "guidance=nan"), "from 0 to 100, such as --vary guidance=4,5,6"),
        (("--vary", "strength=1,1"), "for strength"),
        (("--vary", "track-guidance=2,4"), "counts in the guidance mode track-cfg only"),
    ],
)
def test_bad_wishes_are_one_line(job, made, capsys, options, text):
    assert cli.main([*job, *options]) == 2
    err = capsys.readouterr().err
    assert re.search(text.replace("(", r"\("), err) and err.count("\n") == 1 and not made


def test_numbers_and_seeds_of_takes():
    cases = [Case(i, "a.png", "p", f"{name}.mp4", 7 + i) for i, name in enumerate("ab")]
    planned = take_cases(cases, 3, Varied("strength", (0.5, 1.0)))
    assert [take.case.index for take in planned] == list(range(12))
    taken = [take.case for take in planned if take.value == 1]
    assert [case.seed for case in taken] == [7, 9, 11, 8, 10, 12]
    assert [case.output for case in taken[:3]] == ["a_take2.mp4", "a_take4.mp4", "a_take6.mp4"]
    varied = parse_varied("strength=.5,1")
    assert [varied.settings(RunSettings(), value).strength for value in (0, 1)] == [0.5, 1.0]
    with pytest.raises(WanMoveError, match="2000 takes of a clip"):
        take_cases(cases, 1000, Varied("strength", (0.5, 1.0)))


def test_names_are_text_on_the_page(tmp_path):
    evil = Take("<b>x", 1, tmp_path / 'a"><script>.mp4', 1, "", 1.0, None, 2.0, 80.0, note="<i>")
    none = Take("<b>x", 2, tmp_path / "b.mp4", 2, "", None, None, None, None)
    page = html_page([none, evil], tmp_path)
    assert "<script" not in page and "<i>" not in page and "<b>x" not in page and "&lt;b&gt;x" in page
    assert ranked([none, evil])[0] is evil
