"""The host's own nodes beside ours, switched on: on a release that has them, with random networks of their formats."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from _host import later_host
from _scripts import run_script
from _server import Client, Server
from _tiny_partners import DEPTH, FILM, SAM3, UNI3C
from _workflows import PARTNERS, known_nodes, prompt_from_workflow, switched_on
from _workflows_small import FRAMES, SIDE, made_small, put_files

sys.path.insert(0, str(Path(__file__).resolve().parent))

from test_workflows import WORKFLOWS, clip_of, read

SMALL = {
    "LoadDA3Model": {"model_name": DEPTH}, "DA3Inference": {"resolution": 140}, "ModelPatchLoader": {"name": UNI3C},
    "FrameInterpolationModelLoader": {"model_name": FILM}, "CheckpointLoaderSimple": {"ckpt_name": SAM3},
}  # fmt: skip
BY_NUMBER = {path.stem[:2]: path for path in WORKFLOWS}


@pytest.fixture(scope="module")
def host(comfy_checkout, comfy_python, tmp_path_factory):
    """(server, client, object_info) of a release that has every partner."""
    base, lane = tmp_path_factory.mktemp("partners"), (comfy_checkout, comfy_python)
    has_them = (comfy_checkout / "comfy_extras" / "nodes_sam3.py").is_file()
    found = lane if has_them else later_host(comfy_checkout)
    if isinstance(found, str):
        pytest.skip(found)
    checkout, python = found
    script = Path(__file__).resolve().parents[1] / "_tiny_partners.py"
    done = run_script(python, script, checkout, base / "models")
    assert done.returncode == 0, done.stderr[-3000:]
    with Server(checkout, python, base) as server:
        put_files(base)
        client = Client(server)
        try:
            yield server, client, client.object_info()
        finally:
            client.close()


def prompt_of(number: str, info: dict, on: bool = True) -> dict:
    """The workflow's prompt, small, with its partners switched on."""
    workflow = read(BY_NUMBER[number])
    prompt = prompt_from_workflow(switched_on(workflow) if on else workflow, info)
    small = made_small(prompt)
    for node in small.values():
        node["inputs"] |= SMALL.get(node["class_type"], {})
    return small


def only(prompt: dict, kind: str) -> str:
    (id,) = [id for id, node in prompt.items() if node["class_type"] == kind]
    return id


def clips(prompt: dict, run, client: Client) -> dict[str, tuple[int, tuple[int, int]]]:
    """{prefix: (frames, size)} of what was saved."""
    saves = {node["inputs"]["filename_prefix"]: id for id, node in prompt.items() if node["class_type"] == "SaveVideo"}
    return {name: clip_of(client.view(run.ui[id]["images"][0])) for name, id in saves.items()}


def test_all_of_them_are_offered_there(host):
    """And take and give what the workflows were made from."""
    _, _, info = host
    assert set(info) >= set(PARTNERS)
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
    from make_workflows import interface

    made_from = known_nodes({})
    assert {kind: interface(info[kind]) for kind in PARTNERS} == {kind: made_from[kind] for kind in PARTNERS}


def test_depth_makes_near_things_pass_far_ones(host):
    """Without the group the picture is flat, and a truck moves all of its points alike."""
    _, client, info = host
    spread = {}
    for on in (False, True):
        prompt = prompt_of("17", info, on)
        camera = prompt[only(prompt, "WanMoveCameraTracks")]["inputs"]
        assert ("depth" in camera) == on and camera["depth_kind"] == "near is dark"
        camera |= {"move_2": "none", "hide_occluded": False}
        tracks = [only(prompt, "WanMoveCameraTracks"), 0]
        prompt["look"] = {"class_type": "TestSave", "inputs": {"name": f"depth_{on}", "tracks": tracks}}
        run = client.run(prompt, seconds=120)
        assert len(clips(prompt, run, client)) == 2
        xy = np.load(host[0].base / "output" / f"depth_{on}.npz")["tracks/track_path"].reshape(FRAMES, -1, 2)
        spread[on] = np.ptp(xy[-1, :, 0] - xy[0, :, 0])
    assert spread[False] < 1e-3 and spread[True] > 1


def test_uni3c_takes_part_in_the_sampling(host):
    """The same seed with its residuals and with a strength of 0: another video. Strength 0 is the one without it."""
    _, client, info = host
    pictures = {}
    for strength in (None, 0.0, 1.0):
        prompt = prompt_of("18", info, strength is not None)
        if strength is None:
            # Its depth all the same, so that only Uni3C differs.
            with_depth = prompt_of("18", info)
            gone = {
                id for id, n in with_depth.items() if n["class_type"] in ("WanUni3CControlnetApply", "ModelPatchLoader")
            }
            sampler = only(prompt, "WanMoveSampler")
            model = prompt[sampler]["inputs"]["model"]
            prompt = {id: node for id, node in with_depth.items() if id not in gone}
            prompt[sampler]["inputs"]["model"] = model
        else:
            apply = only(prompt, "WanUni3CControlnetApply")
            prompt[apply]["inputs"]["strength"] = strength
            assert prompt[only(prompt, "WanMoveSampler")]["inputs"]["model"] == [apply, 0]
        decode = only(prompt, "VAEDecode")
        prompt["look"] = {"class_type": "TestSave", "inputs": {"name": f"uni3c_{strength}", "images": [decode, 0]}}
        client.run(prompt, seconds=120)
        pictures[strength] = np.load(host[0].base / "output" / f"uni3c_{strength}.npz")["images"]
    assert np.array_equal(pictures[0.0], pictures[None])
    assert np.abs(pictures[1.0] - pictures[0.0]).mean() > 1e-4


def test_frames_between(host):
    """Twice as many but one, as long as before; the others are the video's own."""
    _, client, info = host
    prompt = prompt_of("19", info)
    found = clips(prompt, client.run(prompt, seconds=120), client)
    assert found["wan_move/smooth_32"] == (2 * FRAMES - 1, (SIDE, SIDE))
    assert found["wan_move/smooth"] == (FRAMES, (SIDE, SIDE))


def test_masks_found_by_words_come_into_the_editor(host):
    """SAM3 has one size, 0.9 billion numbers: the server accepts the graph and fails at the empty file alone; with
    masks in the place of what it finds, each is a thing in the editor."""
    _, client, info = host
    prompt = prompt_of("16", info)
    refused = client.run(prompt, fail=True, seconds=120)
    assert refused.error is not None and refused.error["node_type"] == "CheckpointLoaderSimple"
    detect, editor = only(prompt, "SAM3_Detect"), only(prompt, "WanMoveMotionEditor")
    assert prompt[editor]["inputs"]["mask"] == [detect, 0]
    for id in [id for id, node in prompt.items() if node["class_type"] == "CheckpointLoaderSimple"]:
        gone = {id} | {other for other, node in prompt.items() if [id, 1] in node["inputs"].values()}
        prompt = {other: node for other, node in prompt.items() if other not in gone}
    prompt[detect] = {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 96, "height": 80}}
    run = client.run(prompt, seconds=120)
    assert len(run.ui[editor]["wan_move_editor"][0]["masks"]) == 1
    assert len(clips(prompt, run, client)) == 2


@pytest.mark.parametrize("number", ["16", "17", "18", "19"])
def test_partners_are_off_as_saved(number):
    """All of a workflow's partners, and what only they need, lie in groups that are switched off as a whole."""
    workflow = read(BY_NUMBER[number])
    off = [node for node in workflow["nodes"] if node.get("mode", 0)]
    assert {node["type"] for node in off} >= {n["type"] for n in workflow["nodes"] if n["type"] in PARTNERS} != set()
    boxes = [group["bounding"] for group in workflow["groups"] if "(off" in group["title"]]

    def inside(node: dict) -> bool:
        x, y = node["pos"]
        return any(left <= x <= left + w and top <= y <= top + h for left, top, w, h in boxes)

    assert {n["id"] for n in workflow["nodes"] if inside(n)} == {n["id"] for n in off}
    note = next(n["widgets_values"][0] for n in workflow["nodes"] if n["type"] == "MarkdownNote")
    assert "Set Group Nodes to Always" in note and "0.33" in note
    assert json.dumps(switched_on(workflow)).count('"mode": 0') == len(workflow["nodes"])
