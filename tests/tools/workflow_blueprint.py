"""The blueprint "picture + motion to video": the whole chain as one node, offered in the node library."""

from __future__ import annotations

import uuid
from typing import Any

from workflow_graph import Node, Out, Workflow, type_name
from workflow_parts import decode, encode, guide, load_models, sample, write_prompts

NAME = "Picture and Motion to Video (Wan-Move)"
INPUT_NODE, OUTPUT_NODE = -10, -20


def blueprint(info: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(file name, saved form). Inputs: picture, tracks; prompt, length, model, preset and seed as widgets."""
    w = Workflow(info, NAME)
    outside = Node(INPUT_NODE, "", {"output_name": ["picture", "tracks"], "output": ["IMAGE", "TRACKS"]})
    m = load_models(w)
    texts = write_prompts(w, m.clip, "Describe the picture and what happens in it.")
    w.column("Video", "video")
    encoded = encode(w, outside["picture"], m, fit="area")
    guided = guide(w, texts, encoded, outside["tracks"])
    sampled = sample(w, m.model, guided)
    images = decode(w, sampled["latent"], m.vae)
    video = w.add("CreateVideo", images=images, fps=16.0)
    widgets = [
        ("text", texts[0].node, "text", "prompt"),
        ("length", encoded, "length", "length"),
        ("model", m.model.node, "model", "model"),
        ("preset", sampled, "preset", "preset"),
    ]
    for slot, (name, node, widget, _) in enumerate(widgets):
        kind = next(type_name(k) for n, k, _, _ in node.widgets() if n == widget)
        outside.info["output_name"].append(name)
        outside.info["output"].append(kind)
        node.links[widget] = Out(outside, 2 + slot, kind)
    shown = [[str(node.id), widget] for _, node, widget, _ in widgets]
    shown += [[str(sampled.id), "seed"], [str(sampled.id), "control_after_generate"]]
    labels = {name: label for name, _, _, label in widgets}
    return NAME, _wrapped(w, outside, {"images": images, "video": video["VIDEO"]}, labels, shown)


def _wrapped(
    w: Workflow, outside: Node, outputs: dict[str, Out], labels: dict[str, str], shown: list[list[str]]
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
    graph_id = _identity("graph")
    names = list(zip(outside.info["output_name"], outside.info["output"], strict=True))
    inputs = []
    for slot, (name, kind) in enumerate(names):
        ids = [link["id"] for link in links if link["origin_id"] == INPUT_NODE and link["origin_slot"] == slot]
        label = {"label": labels[name]} if labels.get(name, name) != name else {}
        inputs.append(
            {"id": _identity(f"input {name}"), "name": name, "type": kind, "linkIds": ids, **label,
             "pos": [-120, 20 + 20 * slot]}
        )  # fmt: skip
    made = [
        {"id": _identity(f"output {name}"), "name": name, "type": out.kind, "pos": [right + 80, 20 + 20 * slot],
         "linkIds": [link["id"] for link in links if link["target_id"] == OUTPUT_NODE and link["target_slot"] == slot]}
        for slot, (name, out) in enumerate(outputs.items())
    ]  # fmt: skip
    definition = {
        "id": graph_id, "version": 1, "revision": 0, "config": {}, "name": w.name, "widgets": [],
        "state": {"lastGroupId": len(inside["groups"]), "lastNodeId": len(inside["nodes"]), "lastLinkId": len(links),
                  "lastRerouteId": 0},
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
            | ({"label": labels[name], "widget": {"name": name}} if name in labels else {})
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


def _as_object(link: list[Any]) -> dict[str, Any]:
    return dict(zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), link, strict=True))


def _identity(part: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"wan-move/blueprint/{part}"))


__all__ = ["NAME", "blueprint"]
