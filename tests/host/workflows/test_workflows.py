"""The example workflows and the blueprint: sound as files, and run on a real server with tiny models."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from _workflows import (
    BYPASSED,
    CHOICE_WITH_MORE,
    LOOPS,
    MUTED,
    NOTES,
    PARTNERS,
    choices_of,
    is_widget,
    known_nodes,
    links_of,
    ordered_inputs,
    prompt_from_workflow,
    switched_on,
    unrolled,
    widgets_of,
)
from _workflows_small import FRAMES, SIDE, made_small, put_files

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / "example_workflows").glob("*.json"))
BLUEPRINTS = sorted((ROOT / "subgraphs").glob("*.json"))
SAVED = sorted((ROOT / "tests" / "fixtures" / "saved_0_1" / "workflows").glob("*.json"))
"""Workflows as release 0.1 wrote them: saved graphs go on loading, every socket and widget in its place."""
LOADERS = (
    "WanMoveModelLoader", "UNETLoader", "CLIPLoader", "VAELoader", "CLIPVisionLoader", "LoraLoaderModelOnly",
    "CheckpointLoaderSimple", "LoadDA3Model", "FrameInterpolationModelLoader", "ModelPatchLoader",
)  # fmt: skip
EXTRACTED = "wan_move_for_wan22.safetensors"
"""A file that people make themselves, by a command that the note tells."""
ANY = {"COMFY_MATCHTYPE_V3": "*"}
"""Sockets that take their type from what is linked to them."""
FREE_SHAPE = ("02 Tracks from a file",)
"""Workflows whose video has the picture's own shape."""

named = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
all_named = pytest.mark.parametrize("path", WORKFLOWS + BLUEPRINTS, ids=lambda path: path.stem)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def graphs(workflow: dict) -> list[dict]:
    return [workflow, *workflow.get("definitions", {}).get("subgraphs", [])]


@pytest.fixture(scope="module")
def offered(comfy_server):
    from _server import Client

    put_files(comfy_server.base)
    tab = Client(comfy_server)
    try:
        return tab.object_info()
    finally:
        tab.close()


def test_there_is_one_for_each_task():
    assert len(WORKFLOWS) >= 11
    assert [path.stem[:2] for path in WORKFLOWS] == [f"{i + 1:02}" for i in range(len(WORKFLOWS))]
    assert BLUEPRINTS


@all_named
def test_ids_and_links_fit(path):
    """Every link starts and ends where both of its nodes say so, with one type; no id is used twice."""
    workflow = read(path)
    assert workflow["version"] == 0.4
    for graph in graphs(workflow):
        nodes = {node["id"]: node for node in graph["nodes"]}
        assert len(nodes) == len(graph["nodes"])
        links = links_of(graph)
        assert len(links) == len(graph["links"])
        for number, (start, slot, end, place, kind) in links.items():
            if start == -10:
                assert number in graph["inputs"][slot]["linkIds"] and graph["inputs"][slot]["type"] == kind
            else:
                output = nodes[start]["outputs"][slot]
                assert number in output["links"] and output["type"] == kind
            if end == -20:
                assert number in graph["outputs"][place]["linkIds"] and graph["outputs"][place]["type"] == kind
            else:
                assert nodes[end]["inputs"][place]["link"] == number
        told = {entry["link"] for node in graph["nodes"] for entry in node.get("inputs", [])} - {None}
        told |= {number for node in graph["nodes"] for out in node.get("outputs", []) for number in out["links"] or ()}
        assert told <= set(links)
        if graph is workflow:
            assert workflow["last_node_id"] >= max(nodes) and workflow["last_link_id"] >= max(links, default=0)


@all_named
def test_nodes_lie_apart(path):
    """No node covers another: a title is 30 high, and the column's frame goes around all of it."""
    for graph in graphs(read(path)):
        boxes = [(n["pos"][0], n["pos"][1] - 30, n["pos"][0] + n["size"][0], n["pos"][1] + n["size"][1])
                 for n in graph["nodes"]]  # fmt: skip
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@named
def test_thumbnail(path):
    from PIL import Image

    with Image.open(path.with_suffix(".jpg")) as picture:
        assert picture.format == "JPEG" and min(picture.size) >= 240
    assert path.with_suffix(".jpg").stat().st_size < 150_000


@all_named
def test_models_are_linked_and_noted(path):
    """Each loader says where its file comes from and where it goes, and the note tells people the same."""
    workflow = read(path)
    nodes = [node for graph in graphs(workflow) for node in graph["nodes"]]
    notes = "\n".join(node["widgets_values"][0] for node in nodes if node["type"] in NOTES)
    loaders = [node for node in nodes if node["type"] in LOADERS]
    assert len(loaders) >= 4
    for node in loaders:
        if EXTRACTED in node["widgets_values"]:
            assert f"wan-move extract-lora Wan-Move-14B-480P Wan2.1-I2V-14B-480P -o {EXTRACTED}" in notes
            continue
        (model,) = node["properties"]["models"]
        assert model["name"] in node["widgets_values"]
        assert re.fullmatch(r"https://huggingface\.co/[\w./-]+\.safetensors", model["url"])
        assert model["url"].endswith("/" + model["name"]) and "/resolve/" in model["url"]
        if path not in BLUEPRINTS:
            assert f"`models/{model['directory']}/` [{model['name']}]({model['url']})" in notes


@named
def test_notes_break_no_line_after_emphasis_or_code(path):
    """The page drops such a line's end, and two words become one."""
    for graph in graphs(read(path)):
        for node in graph["nodes"]:
            if node["type"] in NOTES:
                text = re.sub(r"^```.*?^```$", "", node["widgets_values"][0], flags=re.MULTILINE | re.DOTALL)
                assert not re.findall(r"[*`)]\n(?![\n#]|\s*(?:[-*]|\d+\.) ).*", text)


@named
def test_titles_in_notes_exist(path):
    """A note that names a node in bold or italics names one that people find."""
    nodes = read(path)["nodes"]
    text = next(node["widgets_values"][0] for node in nodes if node["type"] in NOTES)
    assert text.startswith("# ")
    for other in re.findall(r"\*(\d\d [^*]+)\*", text):
        assert (path.parent / f"{other}.json").is_file()


def test_app_mode_shows_what_is_there():
    """Picture, motion, prompt, seed and the result: each names a node of its graph and a widget that it has."""
    shown = {}
    for path in WORKFLOWS:
        workflow = read(path)
        app = workflow["extra"].get("linearData")
        if app is None:
            continue
        assert workflow["extra"]["linearMode"] is False, "people meet the note and the model files first"
        nodes = {node["id"]: node for node in workflow["nodes"]}
        for number, widget in app["inputs"]:
            made_by_the_page = (nodes[number]["type"], widget) == ("WanMoveMotionEditor", "motion")
            names = [entry["name"] for entry in nodes[number]["inputs"] if "widget" in entry]
            names += [name for _, name in nodes[number]["properties"].get("proxyWidgets", [])]
            assert made_by_the_page or widget in names
        shown[path.stem[:2]] = [(nodes[number]["type"], widget) for number, widget in app["inputs"]]
        assert [nodes[number]["type"] for number in app["outputs"]] == ["SaveVideo"]
    kinds = ("LoadImage", "image"), ("WanMoveMotionEditor", "motion"), ("CLIPTextEncode", "text")
    ((blueprint, _), *_) = [node for node in shown.pop("20") if node[1] == "prompt"]
    assert shown == {number: [*kinds, ("WanMoveSampler", "seed")] for number in ("01", "03")}
    app = read(next(path for path in WORKFLOWS if path.stem.startswith("20")))
    (definition,) = app["definitions"]["subgraphs"]
    assert blueprint == definition["id"] and definition["name"] == BLUEPRINTS[0].stem


@named
def test_drawings_are_ready(path):
    """The motion that a workflow comes with fits its node, and the checker finds nothing to mend."""
    from wan_move_core.motion.checks.checker import check_document
    from wan_move_core.motion.document.read import parse_document

    for node in read(path)["nodes"]:
        if node["type"] == "WanMoveMotionEditor":
            width, height, length, fit, text = node["widgets_values"]
            document = parse_document(text)
            assert (document.size_wh, document.frames, document.fit) == ((width, height), length, fit)
            assert [issue.text for issue in check_document(document) if issue.severity != "info"] == []


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, *BLUEPRINTS, *SAVED], ids=lambda path: ("saved " if path in SAVED else "") + path.stem
)
def test_every_node_is_offered(path, offered):
    """Known types, sockets of the right types, values that the widgets take."""
    workflow = read(path)
    inner = {graph["id"] for graph in graphs(workflow)[1:]}
    for graph in graphs(workflow):
        for node in graph["nodes"]:
            if node["type"] in (*NOTES, *inner):
                continue
            if node["type"] in PARTNERS and node["type"] not in offered:
                assert node["mode"] in (MUTED, BYPASSED), "an older host opens it and runs the rest"
            info = known_nodes(offered)[node["type"]]
            specs = ordered_inputs(info)
            # A later release may put outputs and widgets behind those that a saved node has, never before them.
            told = [o["type"] for o in node["outputs"]]
            given = [ANY.get(str(kind), str(kind)) for kind in info["output"]]
            written_today = path not in SAVED and info.get("category", "").startswith("Wan-Move")
            assert told == (given if written_today else given[: len(told)])
            widgets = {name: spec for name, (spec, _) in widgets_of(node, info).items()}
            inner_names = {name.rpartition(".")[2]: spec for name, spec in widgets.items() if "." in name}
            for entry in node["inputs"]:
                spec = specs.get(entry["name"]) or widgets.get(entry["name"]) or inner_names[entry["name"]]
                a_list = isinstance(spec[0], list) or spec[0] == CHOICE_WITH_MORE
                assert entry["type"] in {"COMBO" if a_list else None, ANY.get(str(spec[0]), str(spec[0]))}
                assert ("widget" in entry) == is_widget(spec)
            required = {name for name in info["input"].get("required", {}) if not is_widget(specs[name])}
            assert {e["name"] for e in node["inputs"] if e["link"] is not None} >= required
            for name, (spec, value) in widgets_of(node, info).items():
                choices = choices_of(spec)
                a_file = node["type"] in LOADERS or node["type"] in ("LoadImage", "LoadVideo", "WanMoveLoadTracks")
                if choices is not None and not (a_file and value not in choices):
                    assert value in choices, f"{node['type']}.{name}"


@named
def test_it_runs(path, offered, client, comfy_server):
    prompt = made_small(prompt_from_workflow(read(path), known_nodes(offered)))
    prompt = prompt if set(LOOPS) <= set(offered) else unrolled(prompt)
    run = client.run(prompt, seconds=90)
    saved = [run.ui[id]["images"][0] for id, node in prompt.items() if node["class_type"] == "SaveVideo"]
    assert len(saved) == 2
    sizes = [clip_of(client.view(result)) for result in saved]
    assert [frames for frames, _ in sizes] == [FRAMES, FRAMES]
    (_, video), (_, both) = sizes
    if path.stem not in FREE_SHAPE:
        assert video == (SIDE, SIDE)
    assert both == (video[0], 2 * video[1])
    drafts = [id for id, node in prompt.items() if node["class_type"] == "WanMoveDraft"]
    assert all(run.ui[id]["images"] for id in drafts)


def test_the_extracted_lora_lies_on_both_experts(offered, client, comfy_server):
    """Switched on, each expert is another network than without, and the video another one."""
    workflow = read(next(path for path in WORKFLOWS if path.stem.startswith("13")))
    prompt = made_small(prompt_from_workflow(switched_on(workflow), offered))
    loras = [id for id, node in prompt.items() if node["class_type"] == "LoraLoaderModelOnly"]
    (sampler,) = (node for node in prompt.values() if node["class_type"] == "WanMoveSampler")
    assert [sampler["inputs"]["model"], sampler["inputs"]["second_model"]] == [[id, 0] for id in loras]
    loaders = [prompt[id]["inputs"]["model"][0] for id in loras]
    assert [prompt[id]["class_type"] for id in loaders] == ["WanMoveModelLoader"] * 2 and loaders[0] != loaders[1]
    (decode,) = [id for id, node in prompt.items() if node["class_type"] == "VAEDecode"]
    pictures = []
    for strengths in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)):
        for id, strength in zip(loras, strengths, strict=True):
            prompt[id]["inputs"]["strength_model"] = strength
        # A change of experts halfway through the two steps.
        sampler["inputs"] |= {"second_sigma": 0.9}
        prompt["look"] = {"class_type": "TestSave", "inputs": {"name": "lora_on_both", "images": [decode, 0]}}
        client.run(prompt, seconds=90)
        pictures.append(np.load(comfy_server.base / "output" / "lora_on_both.npz")["images"])
    assert np.abs(pictures[1] - pictures[0]).max() > 1e-6 and np.abs(pictures[2] - pictures[1]).max() > 1e-6


def clip_of(data: bytes) -> tuple[int, tuple[int, int]]:
    """(frames, (width, height)) of a video file, decoded."""
    import av

    with av.open(io.BytesIO(data)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert np.isfinite(frames[0]).all()
    return len(frames), (frames[0].shape[1], frames[0].shape[0])


def test_the_server_offers_thumbnails_and_files(client):
    listed = json.loads(client.get("/workflow_templates"))["wan-move"]
    assert set(listed) >= {path.stem for path in WORKFLOWS}
    for path in WORKFLOWS:
        for suffix in (".json", ".jpg"):
            name = quote(path.with_suffix(suffix).name)
            assert client.get(f"/api/workflow_templates/wan-move/{name}") == path.with_suffix(suffix).read_bytes()


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_blueprint_is_listed_and_runs(path, offered, client):
    listed = json.loads(client.get("/global_subgraphs"))
    (id,) = [id for id, entry in listed.items() if entry["name"] == path.stem]
    assert listed[id]["info"]["node_pack"] == "custom_nodes.wan-move"
    blueprint = json.loads(json.loads(client.get(f"/global_subgraphs/{id}"))["data"])
    assert blueprint == read(path)
    (instance,) = blueprint["nodes"]
    (definition,) = blueprint["definitions"]["subgraphs"]
    inner = {str(node["id"]): node for node in definition["nodes"]}
    for number, widget in instance["properties"]["proxyWidgets"]:
        assert widget in (*ordered_inputs(offered[inner[number]["type"]]), "control_after_generate")

    # In a graph as people would place it: editor before, saved video after; one setting from a primitive.
    picture = {"id": 101, "type": "LoadImage", "widgets_values": ["example.png", "image"], "inputs": []}
    editor = {"id": 102, "type": "WanMoveMotionEditor", "widgets_values": [832, 480, 81, "crop", ""],
              "inputs": [{"name": "picture", "link": 1}]}  # fmt: skip
    number = {"id": 103, "type": "PrimitiveNode", "widgets_values": [81, "fixed"]}
    save = {"id": 104, "type": "SaveVideo", "widgets_values": ["wan_move/blueprint", "auto", "auto"],
            "inputs": [{"name": "video", "link": 5}]}  # fmt: skip
    link_from_name = {"picture": 2, "tracks": 3, "length": 4}
    for entry in instance["inputs"]:
        entry["link"] = link_from_name.get(entry["name"])
    blueprint["nodes"] += [picture, editor, number, save]
    videos = [out["name"] for out in definition["outputs"]].index("video")
    blueprint["links"] = [
        [1, 101, 0, 102, 0, "IMAGE"], [2, 102, 1, instance["id"], 0, "IMAGE"],
        [3, 102, 0, instance["id"], 1, "TRACKS"], [4, 103, 0, instance["id"], 3, "INT"],
        [5, instance["id"], videos, 104, 0, "VIDEO"],
    ]  # fmt: skip
    prompt = made_small(prompt_from_workflow(blueprint, offered))
    run = client.run(prompt, seconds=90)
    assert clip_of(client.view(run.ui["104"]["images"][0])) == (FRAMES, (SIDE, SIDE))


def test_converter_takes_what_a_saved_graph_lacks_from_the_server(offered):
    """A node saved before it had its last widgets: what the server tells of them, whichever release it is."""
    rate = {"id": 1, "type": "CreateVideo", "widgets_values": [16.0], "inputs": []}
    told = prompt_from_workflow({"nodes": [rate], "links": []}, offered)["1"]["inputs"]
    known = {name: spec for name, spec in ordered_inputs(offered["CreateVideo"]).items() if is_widget(spec)}
    assert told == {**{name: spec[1]["default"] for name, spec in known.items()}, "fps": 16.0}


def test_converter_opens_lists_whose_choice_brings_widgets():
    """By the names under which the host reads them, in the place where the page saves them."""
    rate = ["FLOAT", {"default": 23.0}]
    how = [
        CHOICE_WITH_MORE,
        {"options": [{"key": "auto", "inputs": {}}, {"key": "best", "inputs": {"required": {"rate": rate}}}]},
    ]
    info = {"input": {"required": {"how": how, "name": ["STRING", {}]}}}
    node = {"id": 1, "type": "Any", "widgets_values": ["best", 12.0, "a"]}
    assert {name: value for name, (_, value) in widgets_of(node, info).items()} == {
        "how": "best", "how.rate": 12.0, "name": "a"
    }  # fmt: skip
    with pytest.raises(AssertionError, match="1 values too many"):
        widgets_of({**node, "widgets_values": ["auto", 12.0, "a"]}, info)
    with pytest.raises(AssertionError, match="no value for name"):
        widgets_of({**node, "widgets_values": ["auto"]}, info)


def test_converter_follows_reroutes_and_bypassed_nodes(offered):
    """A muted source is left out, a bypassed node passes its input on, a reroute is a piece of link."""
    link = {"id": 1, "type": "LoadImage", "widgets_values": ["example.png", "image"], "inputs": []}
    reroute = {"id": 2, "type": "Reroute", "inputs": [{"name": "", "type": "*", "link": 1}]}
    passed = {"id": 3, "type": "ImageInvert", "mode": 4, "inputs": [{"name": "image", "type": "IMAGE", "link": 2}]}
    muted = {"id": 4, "type": "LoadImage", "mode": 2, "widgets_values": ["example.png", "image"], "inputs": []}
    widgets = [spec for spec in ordered_inputs(offered["WanMoveCameraTracks"]).values() if is_widget(spec)]
    camera = {
        "id": 5, "type": "WanMoveCameraTracks", "widgets_values": [spec[1]["default"] for spec in widgets],
        "inputs": [{"name": "picture", "link": 3}, {"name": "depth", "link": 4}],
    }  # fmt: skip
    links = [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"], [3, 3, 0, 5, 0, "IMAGE"], [4, 4, 0, 5, 1, "IMAGE"]]
    prompt = prompt_from_workflow({"nodes": [link, reroute, passed, muted, camera], "links": links}, offered)
    assert set(prompt) == {"1", "5"}
    assert prompt["5"]["inputs"]["picture"] == ["1", 0] and "depth" not in prompt["5"]["inputs"]
