"""Every node with empty, tiny, odd and broken inputs: it works, or says where, what and how to mend it.

What flows in is made for each type of socket, so that a new node is swept without a line here. Left out, with the
reason: what reads files (their own tests break those), and numbers at their upper ends (16,384 pixels and
4,001 frames of video are the machine's limit, not the node's; the arithmetic is tested in core).
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from _graphs import Graph
from _server import Client, Refused
from _tiny import DIT, TEXT_WIDTH, VAE

SIZE, FRAMES = (64, 48), 9
NEEDS_FILES = {
    "WanMoveModelLoader",
    "WanMoveTextEncoderLoader",
    "WanMoveCLIPVisionLoader",
    "WanMoveLoadTracks",
    "WanMoveBenchCase",
}
LINKED = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
QUICK = {"steps": 1, "length": FRAMES, "width": SIZE[0], "height": SIZE[1], "spacing": 8, "filename_prefix": "sweep/x"}

CASES: dict[str, dict[str, Any]] = {
    "only what is required": {},
    "everything connected": {"optional": True},
    "no tracks and empty masks": {"tracks": "none", "mask": 0.0, "text": "", "optional": True},
    "one frame of 8x8": {"size": (8, 8), "frames": 1, "optional": True},
    "odd size and transparency": {"size": (53, 37), "frames": 3, "channels": 4, "optional": True},
    "grey": {"channels": 1, "optional": True},
    "numbers at their lower ends": {"lowest": True},
    "positions that are no numbers": {"tracks": "nan", "optional": True},
    "far outside and hidden": {"tracks": "outside", "optional": True},
    "mask and picture of other sizes": {"mask_size": (31, 90), "tracks": "other", "optional": True},
    "broken text": {"text": '[{"x": 1,', "optional": True},
}


def tracks_json(kind: str, size: tuple[int, int], frames: int) -> str:
    w, h = size
    told: dict[str, Any] = {"size_wh": [w, h]}
    if kind == "none":
        return json.dumps({**told, "xy": [], "shape": [frames, 0, 2]})
    if kind == "nan":
        return json.dumps({**told, "xy": [[[float("nan"), 1.0], [2.0, float("inf")]]] * frames})
    if kind == "outside":
        return json.dumps({**told, "xy": [[[-1e6, 1e6]]] * frames, "visible": [[False]] * frames})
    if kind == "other":
        told["size_wh"] = [w * 3, h]
    xy = [[[w * (0.2 + 0.5 * f / max(1, frames - 1)), h * 0.4], [w * 0.8, h * 0.8]] for f in range(frames)]
    return json.dumps({**told, "xy": xy})


class Sweep(Graph):
    """A graph that makes a link for every type of socket."""

    def __init__(self, case: dict[str, Any]) -> None:
        super().__init__()
        self.case = case
        self.size: tuple[int, int] = case.get("size", SIZE)
        self.frames: int = case.get("frames", FRAMES)
        self.made: dict[str, list] = {}

    def link(self, kind: str) -> list:
        if kind not in self.made:
            self.made[kind] = getattr(self, f"make_{kind.lower()}")()
        return self.made[kind]

    def make_image(self) -> list:
        w, h = self.size
        channels, frames = self.case.get("channels", 3), min(self.frames, 3)
        return [self.add("TestImage", width=w, height=h, frames=frames, channels=channels), 0]

    def make_mask(self) -> list:
        w, h = self.case.get("mask_size", self.size)
        return [self.add("SolidMask", value=self.case.get("mask", 1.0), width=w, height=h), 0]

    def make_tracks(self) -> list:
        text = tracks_json(self.case.get("tracks", "plain"), self.size, self.frames)
        return [self.add("TestTracks", json_text=text), 0]

    def make_vae(self) -> list:
        return [self.add("VAELoader", vae_name=VAE), 0]

    def make_model(self) -> list:
        return [self.add("UNETLoader", unet_name=DIT, weight_dtype="default"), 0]

    def make_clip_vision_output(self) -> list:
        return [self.add("TestClipVision", seed=3), 0]

    def encoded(self) -> str:
        plain = self.add("TestImage", width=64, height=48)
        return self.add("WanMoveEncodeImage", picture=[plain, 0], vae=self.link("VAE"), width=64, height=48,
                        length=FRAMES, fit="crop")  # fmt: skip

    def make_wanmove_image(self) -> list:
        return [self.encoded(), 0]

    def make_conditioning(self) -> list:
        text = self.add("TestText", seed=1, width=TEXT_WIDTH)
        states = self.add(
            "TestSetClipVision", conditioning=[text, 0], clip_vision_output=self.link("CLIP_VISION_OUTPUT")
        )
        guided = self.add("WanMoveGuide", positive=[states, 0], negative=[states, 0],
                          wanmove_image=self.link("WANMOVE_IMAGE"))  # fmt: skip
        self.made["LATENT"] = [guided, 3]
        return [guided, 0]

    def make_latent(self) -> list:
        self.link("CONDITIONING")
        return self.made["LATENT"]


def swept(graph: Sweep, node: str, info: dict[str, Any]) -> bool:
    """Put ``node`` and a sink for each of its outputs on the graph. False: it has a socket that nothing here makes."""
    inputs: dict[str, Any] = {}
    for part in ("required", "optional"):
        for name, (kind, *rest) in info["input"].get(part, {}).items():
            about = rest[0] if rest else {}
            if isinstance(kind, list) or kind in LINKED:
                value = QUICK.get(name, about.get("default"))
                if graph.case.get("lowest") and kind in ("INT", "FLOAT") and "min" in about:
                    value = about["min"]
                if kind == "STRING" and "text" in graph.case and not name.startswith("filename"):
                    value = graph.case["text"]
                if name == "text" and not value and "text" not in graph.case:
                    value = '[[{"x": 9, "y": 9}, {"x": 20, "y": 9}]]'
                if value is not None:
                    inputs[name] = value
            elif hasattr(graph, f"make_{kind.lower()}"):
                if part == "required" or graph.case.get("optional"):
                    inputs[name] = graph.link(kind)
            elif part == "required":
                return False
    made = graph.add(node, **inputs)
    for index in range(len(info["output"])):
        graph.add("PreviewAny", source=[made, index])
    return True


@pytest.fixture(scope="module")
def ours(comfy_server) -> dict[str, Any]:
    tab = Client(comfy_server)
    try:
        return {n: i for n, i in comfy_server.schemas(tab).items() if i["category"].startswith("Wan-Move")}
    finally:
        tab.close()


@pytest.mark.parametrize("case", CASES)
def test_every_node(client, ours, case):
    bad, ran = [], 0
    for node, info in ours.items():
        graph = Sweep(CASES[case])
        if node in NEEDS_FILES or not swept(graph, node, info):
            continue
        ran += 1
        try:
            run = client.wait(client.queue(graph.prompt))
        except Refused as refused:
            # The host's own words for a value beyond its range, or ours.
            if "Fix:" not in str(refused) and "min" not in str(refused):
                bad.append(f"{node}: {refused}")
            continue
        if run.error and "Fix:" not in run.message:
            bad.append(f"{node} ({run.error.get('node_type')}): {run.error.get('exception_type')}: {run.message}")
    assert not bad, "\n".join(bad)
    assert ran >= len(ours) - len(NEEDS_FILES) - 4, "nodes with sockets that nothing here makes"


def test_missing_inputs_are_refused_by_name(client, ours):
    """Sockets that are left open are named before anything runs."""
    for node, info in ours.items():
        sockets = [n for n, (kind, *_) in info["input"].get("required", {}).items()
                   if not isinstance(kind, list) and kind not in LINKED]  # fmt: skip
        if not sockets:
            continue
        graph = Graph()
        made = graph.add(node)
        graph.add("PreviewAny", source=[made, 0])
        with pytest.raises(Refused) as refused:
            client.queue(graph.prompt)
        assert all(name in str(refused.value) for name in sockets), (node, str(refused.value))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_packs_route_takes_no_other_method(comfy_server, method):
    request = urllib.request.Request(f"{comfy_server.url}/wan_move/outputs", b"x" * 100_000, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code in (403, 404, 405)


def test_the_packs_route_lists_the_output_folder_alone(client, comfy_server, tmp_path):
    """No question leads it elsewhere, and links to other folders are not followed."""
    (tmp_path / "secret.png").write_bytes(b"x")
    output = comfy_server.base / "output"
    (output / ".hidden").mkdir(exist_ok=True)
    (output / ".hidden" / "hidden.png").write_bytes(b"x")
    (output / "seen.png").write_bytes(b"x")
    link = output / "link_out"
    if not link.is_symlink():
        link.symlink_to(tmp_path, target_is_directory=True)
    try:
        for question in ({}, {"root": "../input", "folder": str(tmp_path), "subfolder": ".."}):
            listed = json.loads(client.get("/wan_move/outputs", **question))
            assert "seen.png" in [file["filename"] for file in listed]
            assert not {"secret.png", "hidden.png"} & {file["filename"] for file in listed}
            assert all(".." not in file["subfolder"] and file["type"] == "output" for file in listed)
    finally:
        link.unlink()
