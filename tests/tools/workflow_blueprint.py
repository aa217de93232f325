"""The blueprint "picture + motion to video": the whole chain as one node, offered in the node library.

A blueprint saves nothing by itself, and app mode shows what is saved: the workflow around it is what people open as an
app.
"""

from __future__ import annotations

import uuid
from typing import Any

from workflow_graph import Node, Out, Workflow, type_name
from workflow_motions import waving
from workflow_parts import (
    DRAFT_FIRST,
    FILES,
    PROMPT,
    decode,
    encode,
    files_note,
    guide,
    load_models,
    load_picture,
    sample,
    save_with_overlay,
    write_prompts,
)  # fmt: skip

NAME = "Picture and Motion to Video (Wan-Move)"
INPUT_NODE, OUTPUT_NODE = -10, -20
GENERAL_PROMPT = "Describe the picture and what happens in it."


def blueprint(
    info: dict[str, Any], prompt: str = GENERAL_PROMPT, graph: str = "graph", ids_from: int = 0
) -> tuple[str, dict[str, Any]]:
    """(file name, saved form). Inputs: picture, tracks; prompt, length, model, preset and seed as widgets."""
    w = Workflow(info, NAME)
    outside = Node(INPUT_NODE, "", {"output_name": ["picture", "tracks"], "output": ["IMAGE", "TRACKS"]})
    m = load_models(w)
    texts = write_prompts(w, m.clip, prompt)
    w.column("Video", "video")
    encoded = encode(w, outside["picture"], m, fit="area")
    guided = guide(w, texts, encoded, outside["tracks"])
    sampled = sample(w, m.model, guided)
    images = decode(w, sampled["latent"], m.vae)
    video = w.add("CreateVideo", images=images, fps=16.0)
    for node in w.nodes:
        node.id += ids_from
    widgets = [
        ("prompt", texts[0].node, "text"),
        ("length", encoded, "length"),
        ("model", m.model.node, "model"),
        ("preset", sampled, "preset"),
    ]
    for slot, (name, node, widget) in enumerate(widgets):
        kind = next(type_name(k) for n, k, _, _ in node.widgets() if n == widget)
        outside.info["output_name"].append(name)
        outside.info["output"].append(kind)
        node.links[widget] = Out(outside, 2 + slot, kind)
    shown = [[str(node.id), widget] for _, node, widget in widgets]
    shown += [[str(sampled.id), "seed"], [str(sampled.id), "control_after_generate"]]
    promoted = {name for name, *_ in widgets}
    return NAME, _wrapped(w, outside, {"images": images, "video": video["VIDEO"]}, promoted, shown, graph)


def _wrapped(
    w: Workflow, outside: Node, outputs: dict[str, Out], promoted: set[str], shown: list[list[str]], graph: str
) -> dict[str, Any]:
    inside = w.saved()
    links = [_as_object(link) for link in inside["links"]]
    for slot, out in enumerate(outputs.values()):
        number = len(links) + 1
        links.append(
            {"id": number, "origin_id": out.node.id, "origin_slot": out.slot, "target_id": OUTPUT_NODE,
             "target_slot": slot, "type": out.kind}
        )  # fmt: skip
        held = next(n for n in inside["nodes"] if n["id"] == out.node.id)["outputs"][out.slot]
        held["links"] = [*(held["links"] or []), number]
    right = max(node["pos"][0] + node["size"][0] for node in inside["nodes"])
    # One that stands in a workflow is a graph of its own, which people change there.
    graph_id = _identity(graph)
    names = list(zip(outside.info["output_name"], outside.info["output"], strict=True))
    inputs = []
    for slot, (name, kind) in enumerate(names):
        ids = [link["id"] for link in links if link["origin_id"] == INPUT_NODE and link["origin_slot"] == slot]
        inputs.append(
            {"id": _identity(f"input {name}"), "name": name, "type": kind, "linkIds": ids,
             "pos": [-120, 20 + 20 * slot]}
        )  # fmt: skip
    made = [
        {"id": _identity(f"output {name}"), "name": name, "type": out.kind, "pos": [right + 80, 20 + 20 * slot],
         "linkIds": [link["id"] for link in links if link["target_id"] == OUTPUT_NODE and link["target_slot"] == slot]}
        for slot, (name, out) in enumerate(outputs.items())
    ]  # fmt: skip
    definition = {
        "id": graph_id, "version": 1, "revision": 0, "config": {}, "name": w.name, "widgets": [],
        "state": {"lastGroupId": len(inside["groups"]), "lastNodeId": max(node["id"] for node in inside["nodes"]),
                  "lastLinkId": len(links), "lastRerouteId": 0},
        "inputNode": {"id": INPUT_NODE, "bounding": [-240, 0, 140, 40 + 20 * len(inputs)]},
        "outputNode": {"id": OUTPUT_NODE, "bounding": [right + 60, 0, 120, 40 + 20 * len(made)]},
        "inputs": inputs, "outputs": made, "nodes": inside["nodes"], "groups": inside["groups"], "links": links,
        "extra": {"workflowRendererVersion": "LG"}, "category": "Wan-Move",
        "description": "Moves a picture along tracks: loaders, prompts, encoding, guidance and sampling in one.",
    }  # fmt: skip
    instance = {
        "id": len(inside["nodes"]) + 1, "type": graph_id, "pos": [0, 0], "size": [400, 420], "flags": {}, "order": 0,
        "mode": 0, "title": w.name,
        "inputs": [
            {"name": name, "type": kind, "link": None}
            | ({"label": name, "widget": {"name": name}} if name in promoted else {})
            for name, kind in names
        ],
        "outputs": [{"name": out["name"], "type": out["type"], "links": None} for out in made],
        "properties": {"proxyWidgets": shown}, "widgets_values": [],
    }  # fmt: skip
    return {
        "id": _identity("workflow"), "revision": 0, "last_node_id": instance["id"], "last_link_id": 0,
        "nodes": [instance], "links": [], "groups": [], "definitions": {"subgraphs": [definition]}, "config": {},
        "extra": {"workflowRendererVersion": "LG"}, "version": 0.4,
    }  # fmt: skip


class _Around(Workflow):
    """A workflow with the blueprint as one of its nodes. The page gives new numbers to inner nodes that have those of
    outer ones; none has."""

    def __init__(self, object_info: dict[str, Any], name: str) -> None:
        _, made = blueprint(object_info, PROMPT, "graph of the app", ids_from=100)
        (self.definition,), (self.instance,) = made["definitions"]["subgraphs"], made["nodes"]
        inputs = {entry["name"]: [entry["type"], {"forceInput": True}] for entry in self.definition["inputs"]}
        outputs = {out["name"]: out["type"] for out in self.definition["outputs"]}
        as_node = {"input": {"required": inputs}, "output": [*outputs.values()], "output_name": [*outputs]}
        super().__init__({**object_info, self.definition["id"]: as_node}, name)

    def saved(self) -> dict[str, Any]:
        made = super().saved()
        (placed,) = [node for node in made["nodes"] if node["type"] == self.definition["id"]]
        links = {entry["name"]: entry["link"] for entry in placed["inputs"]}
        placed["inputs"] = [{**entry, "link": links[entry["name"]]} for entry in self.instance["inputs"]]
        for own in ("title", "properties", "widgets_values"):
            placed[own] = self.instance[own]
        return {**made, "definitions": {"subgraphs": [self.definition]}}


def blueprint_as_app(info: dict[str, Any]) -> Workflow:
    w = _Around(info, "20 As an app")
    w.column()
    w.note(
        f"""
# As an app: picture, motion, prompt, Run

The blueprint *{NAME}* does the whole work in one node, and app mode hides the rest.

1. Open **App mode** (newer ComfyUI, at the top left).
2. **Picture**, **Edit motion**, the prompt, the seed. **Run**. The video is shown beside them.

To change what is inside, double-click the blueprint's node. To build another app, take the node *{NAME}* from the node
library (**Wan-Move**), give it a picture and tracks, and save its video: app mode shows what a workflow saves, and a
blueprint alone saves nothing.

{DRAFT_FIRST}

{files_note(*FILES)}
""",
    )
    w.column("Picture and motion", "motion")
    picture = load_picture(w)
    editor = w.add("WanMoveMotionEditor", picture=picture["IMAGE"], document=waving(), _size=(380, 470))
    draft = {"picture": editor["picture"], "tracks": editor["tracks"], "draw_tracks": True}
    w.add("WanMoveDraft", **draft, _size=(380, 330))
    w.column("Video", "video")
    given = {"picture": editor["picture"], "tracks": editor["tracks"], "length": editor["length"]}
    whole = w.add(w.definition["id"], **given, _size=(400, 420))
    result = save_with_overlay(w, whole["images"], editor["tracks"], "app")
    w.as_app([(picture, "image"), (editor, "motion"), (whole, "prompt"), (whole, "seed")], [result])
    return w


def _as_object(link: list[Any]) -> dict[str, Any]:
    return dict(zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), link, strict=True))


def _identity(part: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"wan-move/blueprint/{part}"))


__all__ = ["NAME", "blueprint", "blueprint_as_app"]
