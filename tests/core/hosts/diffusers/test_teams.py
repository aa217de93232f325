"""Four processes as two teams of two: teams take videos in turn, a team shares each of its own, weights and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from safetensors.torch import save_file

from wan_move_core import cli
from wan_move_core.checkpoints.names import EXPERT_FOLDERS
from wan_move_core.checkpoints.shapes import NetworkShape, expected_shapes
from wan_move_core.errors import WanMoveError
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers.parallel import Parallel, plan_parallel

EXPERT = NetworkShape(dim=48, ffn_dim=64, num_layers=2, num_heads=2, text_dim=32, image_dim=None)
"""Wan2.2's layout in small; text as wide as the golden checkpoint's."""


def test_ranks_beside_each_other_make_a_team():
    ranks = [Parallel(rank=r, world=8, ulysses=4) for r in range(8)]
    assert [r.team for r in ranks] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert [r.writes for r in ranks] == [True, False, False, False] * 2


def test_what_a_number_of_processes_can_be_divided_into():
    eight = {"WORLD_SIZE": "8", "RANK": "5", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    made = plan_parallel(ulysses=4, dit_fsdp=True, environment=eight)
    assert (made.teams, made.team, made.team_size, made.processes_here) == (2, 1, 4, 4)
    assert made.sharing.network_shards == 4 and made.sharing.text_shards == 1
    with pytest.raises(
        WanMoveError, match=r"ulysses 3 x ring 1 = 3, but 8 processes run.*--nproc_per_node=3 \(or 6, ...\)"
    ):
        plan_parallel(ulysses=3, environment=eight)


def _options(checkpoint: Path) -> list[str]:
    small = ["--width", "80", "--height", "48", "--frames", "5", "--seed", "3", "--negative_prompt", "bad", "--quiet"]
    return ["generate", "--ckpt_dir", str(checkpoint), "--dtype", "fp32", "--device", "cpu", *small]


def _listed(folder: Path, checkpoint: Path, steps: int, output: str) -> list[str]:
    name = {"experts": "experts.json", "single": "single.json"}.get(output.partition("_")[0], "cases.json")
    return [*_options(checkpoint), "--steps", str(steps), "--list", str(folder / name), "-o", str(folder / output)]


SHARED = ("--ulysses_size", "2", "--dit_fsdp")


@pytest.fixture(scope="module")
def teams(golden, tmp_path_factory):
    """(folder that four processes have worked in, the folder of one expert pair)."""
    tiny, folder = golden / "tiny_official", tmp_path_factory.mktemp("teams")
    np.save(folder / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    experts = folder / "wan22"
    for seed, name in enumerate(EXPERT_FOLDERS):
        (experts / name).mkdir(parents=True)
        g = torch.Generator().manual_seed(seed)
        tensors = {n: torch.randn(sides, generator=g) * 0.15 for n, sides in expected_shapes(EXPERT).items()}
        save_file(tensors, experts / name / "diffusion_pytorch_model.safetensors")
        (experts / name / "config.json").write_text(json.dumps({"num_heads": 2}))
    for name in ("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth", "google"):
        (experts / name).symlink_to(tiny / "checkpoint" / name, target_is_directory=name == "google")
    case = {"image": str(tiny / "image.png"), "prompt": "a"}
    cases = [{**case, "image_embeds": "embeds.npy", "output": f"{i}.mp4"} for i in range(3)]
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "experts.json").write_text(json.dumps([{**case, "output": f"{i}.mp4"} for i in range(2)]))
    (folder / "single.json").write_text(json.dumps([{**cases[0], "output": "0.mp4"}]))
    commands = [
        # One team has nothing to do, and holds nobody up.
        [*_listed(folder, tiny / "checkpoint", 1, "single"), *SHARED, "--t5_fsdp"],
        [*_listed(folder, tiny / "checkpoint", 1, "shared"), *SHARED, "--t5_fsdp"],
        [*_listed(folder, experts, 2, "experts"), "--boundary", "0.9", *SHARED],
    ]
    (folder / "commands.json").write_text(json.dumps(commands))
    cases = Path(__file__).parent / "torchrun_cases"
    command = [sys.executable, str(cases / "launch.py"), "4", str(cases / "teams.py"), str(folder)]
    # Groups that are made later than all others would be waited for by all ranks.
    env = {**os.environ, "TORCH_DIST_INIT_BARRIER": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=290, env=env)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def _sides(folder: Path, count: int):
    return [read_side_file(folder / f"{i}.mp4.json") for i in range(count)]


def test_a_team_agrees_among_itself(teams):
    told = [json.loads((teams / f"rank{rank}.json").read_text()) for rank in range(4)]
    assert [(t["team"], t["writes"]) for t in told] == [(0, True), (0, False), (2, True), (2, False)]


def test_a_team_loads_one_text_encoder_into_host_memory(teams):
    """Of the run whose text encoder is not shared out and computes on the CPU; in the other none is loaded whole."""
    told = [json.loads((teams / f"rank{rank}.json").read_text()) for rank in range(4)]
    loaded = [t["text encoders"] for t in told]
    # The other team may have encoded everything for the machine before this one looked.
    assert loaded[1] == loaded[3] == 0 and max(loaded) == 1


def test_two_teams_make_what_one_process_makes(teams, golden):
    assert cli.main(_listed(teams, golden / "tiny_official" / "checkpoint", 1, "one")) == 0
    shared, one = _sides(teams / "shared", 3), _sides(teams / "one", 3)
    assert [s.result["frames_sha256"] for s in shared] == [s.result["frames_sha256"] for s in one]
    assert len({s.result["frames_sha256"] for s in one}) == 3
    assert {s.result["processes"] for s in shared} == {4}


def test_a_team_without_a_case_is_not_waited_for(teams):
    one, first = _sides(teams / "single", 1)[0], _sides(teams / "shared", 1)[0]
    assert one.result["frames_sha256"] == first.result["frames_sha256"]


def test_two_experts_are_shared_by_teams_too(teams):
    assert cli.main([*_listed(teams, teams / "wan22", 2, "experts_one"), "--boundary", "0.9"]) == 0
    shared, one = _sides(teams / "experts", 2), _sides(teams / "experts_one", 2)
    assert [s.result["frames_sha256"] for s in shared] == [s.result["frames_sha256"] for s in one]
    # And with the second expert alone, which is another network, they are other clips.
    alone = ["--transformer", str(teams / "wan22" / EXPERT_FOLDERS[1])]
    assert cli.main([*_listed(teams, teams / "wan22", 2, "experts_second"), *alone]) == 0
    assert one[0].result["frames_sha256"] != _sides(teams / "experts_second", 1)[0].result["frames_sha256"]
