"""Several processes: what they are asked must fit, and two of them give what one gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.cases import Case
from wan_move_core.generate.memory import choose_plan
from wan_move_core.generate.settings import RunSettings
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers import engine
from wan_move_core.hosts.diffusers.parallel import Parallel, check_divides, plan_parallel, split_sequence

TWO = {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1"}


@pytest.fixture(scope="module")
def two(golden, tmp_path_factory):
    """The folder that two processes have worked in: results.npz, shared.mp4, dealt/."""
    tiny, folder = golden / "tiny_official", tmp_path_factory.mktemp("two")
    expected = np.load(tiny / "expected.npz")
    np.save(folder / "embeds.npy", expected["clip_features"])
    (folder / "commands.json").write_text(
        json.dumps(
            [
                _shared(tiny, folder, "shared.mp4", 2),
                _dealt(tiny, folder, "dealt"),
                _shared(tiny, folder, "drawn.mp4", 2, seed=-1),
            ]
        )
    )
    cases = Path(__file__).parent / "torchrun_cases"
    command = [sys.executable, str(cases / "launch.py"), "2", str(cases / "two_processes.py"), str(tiny), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def shared_video(two):
    return np.load(two / "results.npz")


def _model(tiny: Path, seed: int = 3) -> list[str]:
    small = ("--width", "80", "--height", "48", "--steps", "1", "--negative_prompt", "bad", "--quiet")
    small = (*small, "--seed", str(seed))
    return ["generate", "--ckpt_dir", str(tiny / "checkpoint"), "--dtype", "fp32", "--device", "cpu", *small]


def _shared(tiny: Path, folder: Path, name: str, processes: int, seed: int = 3) -> list[str]:
    together = ("--ulysses_size", "2", "--dit_fsdp", "--t5_fsdp") if processes == 2 else ()
    what = (
        "--image",
        str(tiny / "image.png"),
        "--prompt",
        "a red square",
        "--image-embeds",
        str(folder / "embeds.npy"),
    )
    return [*_model(tiny, seed), *together, *what, "--frames", "5", "-o", str(folder / name)]


def _dealt(tiny: Path, folder: Path, name: str) -> list[str]:
    entries = [
        {"image": str(tiny / "image.png"), "prompt": "a", "image_embeds": "embeds.npy", "output": f"{i}.mp4"}
        for i in range(2)
    ]
    (folder / "cases.json").write_text(json.dumps(entries))
    return [*_model(tiny), "--frames", "5", "--list", str(folder / "cases.json"), "-o", str(folder / name)]


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("way", ["ulysses", "ulysses+fsdp"])
def test_two_processes_give_what_one_gives(shared_video, dtype, way):
    alone = shared_video[f"{dtype}/alone"]
    assert np.abs(alone).max() > 1
    np.testing.assert_allclose(shared_video[f"{dtype}/{way}"], alone, atol=1e-5 if dtype == "fp32" else 1e-3)


def test_the_command_makes_one_video_with_two_processes(two, golden):
    assert cli.main(_shared(golden / "tiny_official", two, "alone.mp4", 1)) == 0
    shared, alone = (read_side_file(two / f"{name}.mp4.json").result for name in ("shared", "alone"))
    assert shared["frames_sha256"] == alone["frames_sha256"]
    assert (shared["processes"], alone["processes"]) == (2, 1)


def test_a_drawn_seed_is_one_seed_in_all_processes(two, golden):
    """Noise of another seed in one process would make a video that no seed gives."""
    drawn = read_side_file(two / "drawn.mp4.json")
    assert cli.main(_shared(golden / "tiny_official", two, "drawn_alone.mp4", 1, seed=drawn.case.seed)) == 0
    alone = read_side_file(two / "drawn_alone.mp4.json")
    assert alone.result["frames_sha256"] == drawn.result["frames_sha256"]


def test_the_command_deals_a_list_out(two, golden):
    """Each process makes its share; seeds and clips are those of one process."""
    assert cli.main(_dealt(golden / "tiny_official", two, "one")) == 0
    for i in range(2):
        dealt, one = (read_side_file(two / folder / f"{i}.mp4.json") for folder in ("dealt", "one"))
        assert dealt.case.seed == one.case.seed == 3 + i
        assert dealt.result["frames_sha256"] == one.result["frames_sha256"]
        assert dealt.result["processes"] == 2


def test_fsdp_shares_the_weights_out(shared_video):
    for dtype in ("fp32", "bf16"):
        assert float(shared_video[f"{dtype}/held"]) < 0.55
    assert "weights of torch.float8_e4m3fn are not shared out" in str(shared_video["fp8 refused"])


def test_requests_that_do_not_fit_the_processes():
    assert plan_parallel(environment={}) == Parallel()
    assert plan_parallel(ulysses=2, dit_fsdp=True, environment=TWO) == Parallel(1, 2, 1, 2, 1, True, False)
    with pytest.raises(WanMoveError, match=r"ulysses 4 x ring 1 = 4, but 2 processes run.*--nproc_per_node=4"):
        plan_parallel(ulysses=4, environment=TWO)
    with pytest.raises(WanMoveError, match="ulysses 2 x ring 1 = 2, but 1 process run"):
        plan_parallel(ulysses=2, environment={})
    with pytest.raises(WanMoveError, match=r"backend 'native'.*--ulysses_size 2 instead"):
        plan_parallel(ring=2, environment=TWO)
    assert plan_parallel(ring=2, attention="flash", environment=TWO).ring == 2
    with pytest.raises(WanMoveError, match="FSDP shares weights among processes, and there is one"):
        plan_parallel(dit_fsdp=True, environment={})
    with pytest.raises(WanMoveError, match=r"must work on the same video.*--ulysses_size 2"):
        plan_parallel(t5_fsdp=True, environment=TWO)
    with pytest.raises(WanMoveError, match="ulysses 0"):
        plan_parallel(ulysses=0, environment=TWO)


def test_heads_and_tokens_must_divide():
    latent = (21, 60, 104)
    for good in (2, 4, 5, 8):
        check_divides(Parallel(world=good, ulysses=good), 40, latent)
    with pytest.raises(
        WanMoveError, match=r"40 attention heads do not divide by 3. Fix: use --ulysses_size 2, 4, 5, 8, 10"
    ):
        check_divides(Parallel(world=3, ulysses=3), 40, latent)
    with pytest.raises(WanMoveError, match=r"the 315 tokens of this video \(21x6x10 latent cells\) do not divide by 2"):
        check_divides(Parallel(world=2, ulysses=2), 2, (21, 6, 10))


def test_without_accelerators_a_video_cannot_be_shared():
    if torch.accelerator.device_count():
        pytest.skip("this machine has an accelerator")
    with pytest.raises(WanMoveError, match="sharing a video needs accelerators"):
        split_sequence(None, Parallel(world=2, ulysses=2))


def test_what_cannot_be_shared_is_told_before_a_text_is_encoded(golden, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 0)
    monkeypatch.setattr(engine, "load_text_encoder", lambda *given: pytest.fail("the text encoder was loaded first"))
    settings = RunSettings(checkpoint=str(golden / "tiny_official" / "checkpoint"), dtype="fp32")
    made = engine.Engine(
        settings, choose_plan("auto", card_bytes=None), torch.device("cpu"), lambda *given: None, Parallel(0, 2, 0, 2)
    )
    with pytest.raises(WanMoveError, match="sharing a video needs accelerators"):
        made.prepare([Case(0, str(golden / "tiny_official" / "image.png"), "a", "a.mp4", 0)])


def test_who_writes_a_video():
    assert Parallel(rank=1, world=2).writes and not Parallel(rank=1, world=2, ulysses=2).writes
