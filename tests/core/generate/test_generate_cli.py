"""``wan-move generate`` on the tiny published folder: the golden video from files alone, lists, repeats, failures."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.commands.cases import run as _cases
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.cases import Case, beside, read_case_list
from wan_move_core.generate.settings import RunSettings
from wan_move_core.generate.sidefile import read_side_file, run_digest, sha256_file
from wan_move_core.hosts.diffusers.engine import Engine
from wan_move_core.hosts.diffusers.parallel import Parallel
from wan_move_core.video import read_clip


@pytest.fixture(scope="module")
def tiny(golden):
    return golden / "tiny_official"


@pytest.fixture(scope="module")
def arrays(tiny, tmp_path_factory):
    """The golden run's noise and image features as the .npy files that the command takes."""
    folder = tmp_path_factory.mktemp("arrays")
    expected = np.load(tiny / "expected.npz")
    np.save(folder / "noise.npy", expected["noise"])
    np.save(folder / "embeds.npy", expected["clip_features"])
    np.save(folder / "short.npy", expected["noise"][:, :2])
    np.save(folder / "tracks6.npy", np.load(tiny / "tracks.npy")[:, :6])
    np.save(folder / "tracks5.npy", np.load(tiny / "tracks.npy")[:, :5])
    return folder


def _model(tiny) -> list[str]:
    return ["generate", "--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", "--quiet"]


def _quick(tiny, arrays, *more: str) -> list[str]:
    """5 frames, 2 steps."""
    size = ("--width", "80", "--height", "48", "--frames", "5", "--steps", "2", "--negative_prompt", "bad")
    inputs = (
        "--image",
        str(tiny / "image.png"),
        "--image-embeds",
        str(arrays / "embeds.npy"),
        "--prompt",
        "a red square",
    )
    return [*_model(tiny), *size, *inputs, *more]


@pytest.fixture(scope="module")
def golden_run(tiny, arrays, tmp_path_factory):
    """The published command, with the published spellings."""
    run = json.loads((tiny / "run.json").read_text())
    out = tmp_path_factory.mktemp("golden") / "clip.mp4"
    command = [
        *_model(tiny),
        *("--task", "wan-move-i2v", "--size", "480*832", "--frame_num", "81"),
        *("--image", str(tiny / "image.png"), "--track", str(tiny / "tracks.npy")),
        *("--track_visibility", str(tiny / "visibility.npy"), "--prompt", run["prompt"]),
        *("--negative_prompt", run["negative_prompt"], "--sample_solver", "unipc"),
        *("--sample_steps", str(run["steps"]), "--sample_shift", "3.0", "--sample_guide_scale", "5.0"),
        *("--base_seed", "7", "--offload_model", "True", "--t5_cpu", "--ulysses_size", "1", "--ring_size", "1"),
        *("--height", "48", "--width", "80", "--vis_track", "--save_file", str(out)),
        *("--image-embeds", str(arrays / "embeds.npy"), "--noise", str(arrays / "noise.npy")),
    ]
    seen = {}
    make = Engine.make

    def note(self, case, on_step=None):
        seen["frames"] = make(self, case, on_step)
        return seen["frames"]

    Engine.make = note
    try:
        assert cli.main(command) == 0
    finally:
        Engine.make = make
    return out, seen["frames"]


def test_the_golden_video_from_files_alone(golden_run, tiny):
    """The frames that the command writes are the golden ones to the last 8-bit step; the clip is them, compressed."""
    out, frames = golden_run
    video = np.load(tiny / "expected.npz")["video"].transpose(1, 2, 3, 0)
    exact = (video * 0.5 + 0.5) * 255
    assert frames.shape == (81, 48, 80, 3)
    assert np.abs(frames - exact).max() <= 0.5 + 5e-4 * 128
    read = np.stack(list(read_clip(out))).astype(float)
    assert read.shape == frames.shape
    error = ((read - exact) ** 2).mean()
    # Luma survives compression; the golden video is coloured noise, whose chroma 4:2:0 halves.
    luma = [x @ np.array([0.2126, 0.7152, 0.0722]) for x in (read, exact)]
    assert np.corrcoef(luma[0].ravel(), luma[1].ravel())[0, 1] > 0.9, error


def test_the_annotated_picture_stands_above_the_result(golden_run):
    annotated = np.stack(list(read_clip(golden_run[0].with_name("clip_tracks.mp4"))))
    assert annotated.shape == (81, 96, 80, 3)
    assert np.abs(annotated[0, :48].astype(int) - annotated[80, :48]).mean() < 6


def test_the_side_file_holds_what_repeats_the_run(golden_run, tiny):
    out, _ = golden_run
    side = read_side_file(f"{out}.json")
    assert side.case.seed == 7 and side.settings.shift == 3.0 and side.settings.steps == 6
    assert side.inputs["tracks"]["sha256"] == sha256_file(tiny / "tracks.npy")
    assert set(side.inputs) == {"image", "tracks", "visibility", "image_embeds", "noise"}
    assert {e["name"] for e in side.weights["transformer"]} == {
        f.name for f in (tiny / "checkpoint").glob("*.safetensors")
    }
    # A wheel's own name for its build ("+cu132") stands in torch and not always in the package's data.
    assert side.versions["torch"].split("+")[0] == torch.__version__.split("+")[0] and "diffusers" in side.versions
    assert side.result["sha256"] == sha256_file(out)
    assert sorted(p.name for p in out.parent.iterdir()) == ["clip.mp4", "clip.mp4.json", "clip_tracks.mp4"]


def test_list_is_resumed_and_seeds_count_on(tiny, arrays, tmp_path, capsys, monkeypatch):
    image = os.path.relpath(tiny / "image.png", tmp_path)
    for name in ("embeds.npy", "tracks5.npy"):
        shutil.copy(arrays / name, tmp_path / name)
    lines = [
        {"image": image, "prompt": "a", "image_embeds": "embeds.npy", "tracks": "tracks5.npy", "output": f"{i}.mp4"}
        for i in range(3)
    ]
    (tmp_path / "cases.jsonl").write_text("# three\n" + "\n".join(map(json.dumps, lines)) + "\n")
    out = tmp_path / "out"
    small = ("--width", "80", "--height", "48", "--frames", "5", "--steps", "1", "--base_seed", "40")
    command = [*_model(tiny)[:-1], *small, "--list", str(tmp_path / "cases.jsonl"), "-o", str(out)]
    made, make = [], Engine.make

    def two_then_stop(self, case, on_step=None):
        """Ctrl-C in the middle of the third."""
        if len(made) == 2:
            make(self, case, lambda done, total: (_ for _ in ()).throw(KeyboardInterrupt))
        made.append(case.seed)
        return make(self, case, on_step)

    monkeypatch.setattr(Engine, "make", two_then_stop)
    assert cli.main(command) == 130
    assert "nothing half-written" in capsys.readouterr().err
    assert sorted(p.name for p in out.iterdir()) == ["0.mp4", "0.mp4.json", "1.mp4", "1.mp4.json"]
    # A clip that was cut short or tampered with is not taken for finished.
    kept = (out / "1.mp4").read_bytes()
    (out / "1.mp4").write_bytes(kept[:-9])
    monkeypatch.setattr(
        Engine, "make", lambda self, case, on_step=None: made.append(case.seed) or make(self, case, on_step)
    )
    stamp = (out / "0.mp4").stat().st_mtime_ns
    assert cli.main(command) == 0
    told = capsys.readouterr().err
    assert "1.mp4 is made again: it has" in told and "1 of 3 are there already" in told
    assert made == [40, 41, 41, 42]
    assert (out / "0.mp4").stat().st_mtime_ns == stamp
    assert (out / "1.mp4").read_bytes() == kept
    # Other settings never overwrite by accident.
    assert cli.main([*command, "--strength", "0.5"]) == 2
    assert "it was made with other settings, inputs or weights" in capsys.readouterr().err
    assert cli.main(command) == 0 and len(made) == 4
    assert "3 of 3 are there already" in capsys.readouterr().err


def test_repeat_gives_the_same_bits(tiny, arrays, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tracks = tmp_path / "tracks.npy"
    shutil.copy(arrays / "tracks5.npy", tracks)
    quick = [a for a in _quick(tiny, arrays, "--tracks", str(tracks), "-o", "a.mp4", "--seed", "5") if a != "--quiet"]
    assert cli.main(quick) == 0
    assert cli.main(["generate", "--repeat", "a.mp4.json", "--device", "cpu"]) == 0
    told = capsys.readouterr().err
    assert "The frames are the same, bit for bit." in told and "step 2/2" in told
    assert (tmp_path / "a_again.mp4").exists()
    np.save(tracks, np.load(tracks) + 1)
    assert cli.main(["generate", "--repeat", "a.mp4.json", "-o", "b.mp4", "--device", "cpu"]) == 2
    assert "changed since: tracks" in capsys.readouterr().err


def test_memory_presets_give_the_same_video(tiny, arrays, tmp_path, capsys):
    """Offloading changes nothing but where the weights lie; the plan is told beforehand and labelled."""
    digests = {}
    for preset in ("80g", "40g", "16g"):
        out = tmp_path / f"{preset}.mp4"
        command = [a for a in _quick(tiny, arrays, "--seed", "1", "-o", str(out)) if a != "--quiet"]
        assert cli.main([*command, "--memory", preset, "--storage", "plain"]) == 0
        told = capsys.readouterr().err
        assert f"Memory plan {preset}:" in told and "estimate (computed, not measured)" in told
        digests[preset] = read_side_file(f"{out}.json").result["frames_sha256"]
    assert len(set(digests.values())) == 1
    assert cli.main(_quick(tiny, arrays, "--seed", "1", "-o", str(tmp_path / "12g.mp4"), "--memory", "12g")) == 0
    side = read_side_file(tmp_path / "12g.mp4.json")
    assert side.settings.storage == "fp8" and side.result["memory_plan"] == "12g"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--frames", "6"], r"6 frames, but the model's lengths are 4k"),
        (["--tracks", "TRACKS"], "81 frames, the video has 5. Fix: use --frames 81, or --retime-tracks."),
        (["--tracks", "TRACKS6"], "6 frames, the video has 5. Fix: use --retime-tracks, which stretches them over 5."),
        (["--size", "80*48"], r"80\*48 is an area of 3,840 px, the least is 4,096 \(64\*64\). Fix: use a larger size"),
        (["--size", "9000x9000"], r"9000\*9000 is an area of 81,000,000 px, the most is 16,777,216 \(4096\*4096\)"),
        (["--width", "72"], "width: 72 px is not a positive multiple of 16"),
        (["--seed", "-2"], "--seed: -2"),
        (["--size", "big"], "'big' is not W\\*H"),
        (["--ulysses_size", "2"], "ulysses 2 x ring 1 = 2, but 1 process run"),
        (["--ring_size", "2"], "ring attention cannot run on the attention backend 'native'"),
        (["--dit_fsdp"], "there is one"),
        (["--eval_bench"], "use wan-move bench"),
        (["--use_prompt_extend"], "no chat model was given"),
        (["--use_prompt_extend", "--prompt_extend_method", "dashscope"], "dashscope is a web service"),
        (["--use_prompt_extend", "--prompt_extend_model", "nowhere"], "nowhere holds no model"),
        (["--visibility", "v.npy"], "visibility without tracks"),
        (["-o", "clip"], "'clip' has no ending"),
        (["-o", "clip.avi"], "clips of kind '.avi' cannot be written"),
        (["--image", "none.png"], "none.png"),
        (["--ckpt_dir", "nowhere"], "nowhere"),
        (["--noise", "nope.npy"], "nope.npy is not there"),
        (["--noise", "NOISE"], r"noise.npy has the shape \[16, 21, 6, 10\], expected \[16, 2, 6, 10\]"),
        (["--image-embeds", "NOISE"], r"noise.npy has the shape \[16, 21, 6, 10\], expected \[any, 1280\]"),
        (["--device", "quantum"], "unknown device 'quantum'"),
        (["--attention", "fast", "--dry-run"], ""),
        (["--fps", "nan"], "Clip / fps: nan frames per second. Fix: use 0.1 to 1000"),
        (["--fps", "0", "--dry-run"], "Clip / fps: 0.0 frames per second"),
        (["--steps", "0"], "Generate / steps: 0 steps. Fix: use at least 1"),
        (["--shift", "inf"], "Generate / shift: shift inf. Fix: use a positive number"),
        (["--strength", "nan"], "Generate / strength: nan. Fix: use a number from 0 to 1"),
        (["--strength", "1.5"], "Generate / strength: 1.5. Fix: use a number from 0 to 1"),
        (["--guidance", "nan"], "Generate / --guidance: nan. Fix: use a number such as 5"),
        (["--guidance-2", "inf"], "Generate / --guidance-2: inf"),
        (["--track-guidance", "nan", "--guidance-mode", "track-cfg"], "Generate / --track-guidance: nan"),
    ],
)
def test_requests_that_cannot_be_met_fail_at_once(tiny, arrays, tmp_path, capsys, monkeypatch, more, text):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Engine, "prepare", lambda *a: pytest.fail("models were loaded first"))
    files = {"TRACKS": str(tiny / "tracks.npy"), "NOISE": str(arrays / "noise.npy")}
    files["TRACKS6"] = str(arrays / "tracks6.npy")
    more = [str(files.get(m, m)) for m in more]
    code = cli.main([*_quick(tiny, arrays), "-o", "x.mp4", *more])
    told = capsys.readouterr().err
    if not text:
        assert code == 0, told
        return
    assert code == 2, told
    import re

    assert re.search(text, told), told
    assert not list(tmp_path.iterdir())


def test_list_files_are_checked(tmp_path):
    def read(text):
        (tmp_path / "l").write_text(text)
        return read_case_list(tmp_path / "l", 5, "out")

    cases = read('[{"image": "a.png", "prompt": "p"}, {"image": "b.png", "prompt": "q", "seed": 1, "output": "z.mp4"}]')
    assert [c.seed for c in cases] == [5, 1]
    assert [c.output for c in cases] == [str(Path("out/a_0000.mp4")), str(Path("out/z.mp4"))]
    assert cases[0].image == str(tmp_path / "a.png")
    for text, message in (
        ("", "there is no case in it"),
        ("{", "line 1: not JSON"),
        ("[1]", "entry 0: a int, expected an object"),
        ('{"prompt": "p"}', "line 1: no image"),
        ('{"image": "a", "prompt": "p", "sed": 1}', "unknown keys sed"),
        ('{"image": "a", "prompt": "p", "seed": -1}', "seed -1"),
        ('{"image": "a", "prompt": "p", "seed": 1180591620717411303424}', "whole number from 0 to 9223372036854775807"),
        ('{"image": "a", "prompt": "p", "tracks": 5}', 'tracks 5. Fix: write "tracks" as text, in quotes'),
        ('{"image": "a", "prompt": "p", "negative_prompt": ["q"]}', r"negative_prompt \['q'\]. Fix"),
        ('{"image": "a\\u0000", "prompt": "p"}', "image 'a.x00'"),
        ('{"image": "a", "prompt": "p", "output": "../x.mp4"}', "inside the output folder"),
        ('{"image": "a", "prompt": "p", "output": "/x.mp4"}', "inside the output folder"),
        ('{"image":"a","prompt":"p","output":"x.mp4"}\n{"image":"b","prompt":"p","output":"x.mp4"}', "both write"),
    ):
        with pytest.raises(WanMoveError, match=message):
            read(text)


def test_a_gpu_always_has_its_number(monkeypatch):
    """torch.cuda.set_device refuses a device without one, and every process of torchrun needs its own."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    alone, second = Parallel(), Parallel(rank=1, world=2, local_rank=1)
    assert _cases.device_of(None, alone) == _cases.device_of("cuda", alone) == torch.device("cuda:0")
    assert _cases.device_of("cuda:1", alone) == torch.device("cuda:1")
    assert _cases.device_of(None, second) == _cases.device_of("cuda", second) == torch.device("cuda:1")
    assert _cases.device_of("cpu", second) == torch.device("cpu")
    for given, ranks, message in (
        ("cuda:2", alone, "GPU number 2, and this machine has 2"),
        (None, Parallel(rank=2, world=3, local_rank=2), "GPU number 2, and this machine has 2"),
        ("cuda:0", second, "cuda:0 for 2 processes, which need a GPU each"),
    ):
        with pytest.raises(WanMoveError, match=message):
            _cases.device_of(given, ranks)


def test_a_prompt_written_out_is_another_run():
    """Else a clip made before --use_prompt_extend was asked for would pass for the one that it makes."""
    case = Case(0, "a.png", "a cat", "a.mp4", 1)
    runs = [case, dataclasses.replace(case, prompt_used="A grey cat walks."), dataclasses.replace(case, prompt="A cat")]
    digests = {run_digest(RunSettings(), run, {}, {}) for run in runs}
    assert len(digests) == 3
    assert run_digest(RunSettings(), dataclasses.replace(case, output="b.mp4"), {}, {}) in digests


def test_a_repeated_run_finds_its_inputs_beside_the_side_file(tmp_path, monkeypatch):
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        folder.mkdir()
    for file in (there / "a.png", there / "a.npy", here / "a.npy"):
        file.write_bytes(b"")
    monkeypatch.chdir(here)
    case = beside(Case(0, "a.png", "p", "a.mp4", 1, tracks="a.npy", visibility="gone.npy"), there)
    assert (case.image, case.tracks, case.visibility) == (str(there / "a.png"), "a.npy", "gone.npy")


def test_side_files_are_checked(tmp_path):
    for text, message in (
        ("nonsense", "cannot be read"),
        ("{}", "not a file that generate wrote"),
        ('{"format": "wan-move-run", "version": 9}', "version 9, known is 1"),
        ('{"format": "wan-move-run", "version": 1}', "damaged"),
    ):
        (tmp_path / "s.json").write_text(text)
        with pytest.raises(WanMoveError, match=message):
            read_side_file(tmp_path / "s.json")
