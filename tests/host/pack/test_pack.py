"""The pack as the server offers it: every node, its schema and its help; and nothing of the host's own renamed."""

from __future__ import annotations

import subprocess

import pytest

NATIVE_IDS = {
    "WanMoveTrackToVideo",
    "WanMoveTracksFromCoords",
    "WanMoveConcatTrack",
    "WanMoveVisualizeTracks",
    "GenerateTracks",
}
# Ids, input names and output names that saved workflows hold: they may grow, never change.
STABLE = {
    "WanMoveLoadTracks": ("file visibility width height length unit", "TRACKS INT STRING"),
    "WanMoveParseTracks": ("text width height length unit", "TRACKS INT STRING"),
    "WanMoveSaveTracks": ("tracks filename_prefix format fps", "TRACKS"),
    "WanMoveMergeTracks": ("tracks_1 tracks_2 tracks_3 tracks_4", "TRACKS"),
    "WanMoveEditTracks": (
        "tracks select trim_start trim_end length offset_x offset_y scale_x scale_y rotate mirror pivot show_all "
        "visible_from visible_to",
        "TRACKS INT",
    ),
    "WanMoveTracksForOthers": (
        "tracks model width height length radius picture",
        "IMAGE MASK STRING INT INT INT STRING",
    ),
    "WanMoveEncodeImage": (
        "picture vae width height length fit end_picture clip_vision",
        "WANMOVE_IMAGE IMAGE CLIP_VISION_OUTPUT",
    ),
    "WanMoveGuide": (
        "positive negative wanmove_image tracks strength start end negative_branch tracks_space batch_size",
        "CONDITIONING CONDITIONING CONDITIONING LATENT",
    ),
    "WanMoveSigmas": ("steps shift", "SIGMAS"),
    "WanMoveSolver": ("solver", "SAMPLER"),
    "WanMoveGuider": (
        "model positive plain negative text_cfg track_cfg lead_draft lead_preset lead_from lead_to",
        "GUIDER",
    ),
    "WanMoveSampler": (
        "model positive negative latent seed preset steps cfg track_cfg shift plain tracks lead_draft lead_preset "
        "lead_from lead_to",
        "LATENT",
    ),
    "WanMoveDrawTracks": (
        "images tracks radius tail_frames tail_width opacity labels cursor wanmove_image",
        "IMAGE",
    ),
    "WanMoveDraft": ("picture tracks draw_tracks fps wanmove_image", "IMAGE MASK"),
    "WanMoveEncodeDraft": ("draft vae feather fps mask wanmove_image clock", "LATENT STRING"),
    "WanMoveSideBySide": ("first second layout", "IMAGE"),
    "WanMoveBenchCase": ("dataset split language index", "IMAGE STRING TRACKS IMAGE INT STRING"),
    "WanMoveBenchScore": ("images reference tracks wanmove_image tracker weights", "FLOAT FLOAT FLOAT STRING"),
    "WanMoveAdherence": (
        "images tracks wanmove_image tracker weights worst scale",
        "IMAGE TRACKS FLOAT STRING",
    ),
    "WanMoveBestClip": (
        "clip_1 tracks clip_2 clip_3 clip_4 wanmove_image tracker weights on_cut",
        "IMAGE INT FLOAT STRING",
    ),
}


@pytest.fixture(scope="module")
def offered(comfy_server):
    from _server import Client

    tab = Client(comfy_server)
    try:
        return comfy_server.schemas(tab)
    finally:
        tab.close()


@pytest.fixture(scope="module")
def ours(offered):
    return {name: info for name, info in offered.items() if info["category"].startswith("Wan-Move")}


def all_inputs(info: dict) -> dict:
    return {**info["input"].get("required", {}), **info["input"].get("optional", {})}


@pytest.mark.parametrize("node", STABLE)
def test_sockets_are_stable(ours, node):
    inputs, outputs = STABLE[node]
    assert set(all_inputs(ours[node])) >= set(inputs.split())
    assert list(ours[node]["output"])[: len(outputs.split())] == outputs.split()


def test_native_ids_are_the_hosts(offered, ours):
    assert set(offered) >= NATIVE_IDS, "the host no longer has them: look again at what is taken"
    assert not NATIVE_IDS & set(ours)
    for name in NATIVE_IDS:
        assert "comfy_extras" in offered[name]["python_module"]


def test_every_input_and_output_is_explained(ours):
    silent = [f"{n}.{i}" for n, info in ours.items() for i, spec in all_inputs(info).items()
              if len(spec) < 2 or not spec[1].get("tooltip")]  # fmt: skip
    assert not silent
    for name, info in ours.items():
        assert info["description"], name
        assert info["display_name"] != name, name
        assert info.get("search_aliases") or "search_aliases" not in info, name
        if info["output"]:
            assert all(info.get("output_tooltips") or [None]), name


def test_every_node_has_a_help_page(ours, repo_root, client):
    missing = [name for name in ours if not (repo_root / "js" / "docs" / f"{name}.md").is_file()]
    assert not missing
    page = client.get("/extensions/wan-move/docs/WanMoveGuide.md").decode()
    assert page == (repo_root / "js" / "docs" / "WanMoveGuide.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("node", STABLE)
def test_help_explains_every_socket(ours, repo_root, node):
    text = (repo_root / "js" / "docs" / f"{node}.md").read_text(encoding="utf-8")
    silent = [word for word in (*all_inputs(ours[node]), *ours[node]["output_name"]) if f"`{word}`" not in text]
    assert not silent


def test_loading_said_nothing_bad(comfy_server):
    lines = [line for line in comfy_server.log_text.splitlines() if "Wan-Move:" in line and "not available" in line]
    assert not lines
    assert "IMPORT FAILED: wan-move" not in comfy_server.log_text
    assert "/wan-move (IMPORT FAILED)" not in comfy_server.log_text.replace("custom_nodes", "")


def test_importing_the_nodes_is_light(comfy_checkout, comfy_python, repo_root):
    """None of the heavy packages is imported when the server loads the pack: its start must not get slower."""
    code = f"""
import sys, asyncio, importlib.util
sys.path.insert(0, {str(comfy_checkout)!r}); sys.argv = ["main.py", "--cpu"]
import comfy.options; comfy.options.enable_args_parsing(True)
import nodes, comfy.samplers, latent_preview, comfy_api.latest
before = set(sys.modules)
spec = importlib.util.spec_from_file_location("wm", {str(repo_root / "__init__.py")!r},
                                              submodule_search_locations=[{str(repo_root)!r}])
pack = importlib.util.module_from_spec(spec); sys.modules["wm"] = pack; spec.loader.exec_module(pack)
async def load():
    return await (await pack.comfy_entrypoint()).get_node_list()
assert len(asyncio.run(load())) >= 14
heavy = {{"cv2", "kornia", "av", "rich", "diffusers", "transformers", "torchmetrics"}}
print(sorted({{m.split(".")[0] for m in set(sys.modules) - before}} & heavy))
"""
    done = subprocess.run([comfy_python, "-c", code], capture_output=True, text=True, check=False, cwd=comfy_checkout)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().splitlines()[-1] == "[]"
