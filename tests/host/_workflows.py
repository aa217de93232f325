"""A saved workflow made a prompt, as the page does it when Run is pressed.

Follows links through reroutes, primitives, bypassed nodes and subgraphs; leaves out what is muted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHOICE_WITH_MORE = "COMFY_DYNAMICCOMBO_V3"
"""A list whose choice brings widgets of its own; they stand behind it and are called "list.widget"."""
WIDGET_TYPES = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", CHOICE_WITH_MORE)
NOTES = ("Note", "MarkdownNote")
PARTNERS = (
    "SAM3_Detect", "LoadDA3Model", "DA3Inference", "DA3Render", "FrameInterpolationModelLoader", "FrameInterpolate",
    "WanUni3CControlnetApply",
)  # fmt: skip
"""Nodes of newer releases of the host, which workflows name and keep switched off."""
MUTED, BYPASSED = 2, 4
SUBGRAPH_INPUT = -10


@dataclass(frozen=True)
class Value:
    """What a primitive gives instead of a link."""

    value: Any


Source = list | Value | None
"""[node id in the prompt, slot], a value, or nothing."""


def prompt_from_workflow(workflow: dict[str, Any], object_info: dict[str, Any]) -> dict[str, Any]:
    """{id: {"class_type", "inputs", "_meta"}}; nodes of a subgraph are called "instance:inner"."""
    definitions = {d["id"]: d for d in workflow.get("definitions", {}).get("subgraphs", [])}
    prompt: dict[str, Any] = {}
    _Graph(workflow, definitions, object_info, "", lambda slot: None).write(prompt)
    for node in prompt.values():
        # A link to a node that is not there (muted) is left out.
        node["inputs"] = {k: v for k, v in node["inputs"].items() if not _is_link(v) or v[0] in prompt}
    return prompt


LOOPS = ("StartLoop", "EndLoop")
"""Of a release that is newer than any at hand; a workflow with them opens without, and does not run."""
NEWER_NODES = Path(__file__).resolve().parents[1] / "tools" / "newer_nodes.json"


def known_nodes(object_info: dict[str, Any]) -> dict[str, Any]:
    """``object_info``, and behind it what nodes of newer releases take and give."""
    return json.loads(NEWER_NODES.read_text(encoding="utf-8")) | object_info


def unrolled(prompt: dict[str, Any]) -> dict[str, Any]:
    """The prompt without its loop, as the host's Start Loop expands it: what lies between both ends once for each
    round, its carried link from the round before, and a list of what every round gave."""
    opener = next((id for id, node in prompt.items() if node["class_type"] == "StartLoop"), None)
    if opener is None:
        return prompt
    (closer,) = [id for id, node in prompt.items() if node["class_type"] == "EndLoop"]

    def before(id: str) -> set[str]:
        near = {value[0] for value in prompt[id]["inputs"].values() if _is_link(value)}
        return near.union(*(before(other) for other in near))

    body = {id for id in before(closer) if opener in before(id)}
    carried, gathered = prompt[opener]["inputs"]["initial_iteration_value"], []
    made = {id: node for id, node in prompt.items() if id not in {*body, opener, closer}}
    for turn in range(prompt[opener]["inputs"]["mode.num_iterations"]):

        def moved(value: Any, turn: int = turn, carried: Any = carried) -> Any:
            if not _is_link(value) or value[0] not in {*body, opener}:
                return value
            return (
                [turn, False, False, None, carried][value[1]]
                if value[0] == opener
                else [f"{turn}_{value[0]}", value[1]]
            )

        for id in body:
            inputs = {name: moved(value) for name, value in prompt[id]["inputs"].items()}
            made[f"{turn}_{id}"] = {**prompt[id], "inputs": inputs}
        gathered.append(moved(prompt[closer]["inputs"]["output_value"]))
        carried = moved(prompt[closer]["inputs"]["next_iteration_value"])
    made[closer] = {"class_type": "CreateList", "inputs": {f"inputs.input{i}": link for i, link in enumerate(gathered)}}
    return made


def switched_on(workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow after *Set Group Nodes to Always* of all its groups."""
    return {**workflow, "nodes": [{**node, "mode": 0} for node in workflow["nodes"]]}


def is_widget(spec: list[Any]) -> bool:
    options = spec[1] if len(spec) > 1 else {}
    return (isinstance(spec[0], list) or spec[0] in WIDGET_TYPES) and not options.get("forceInput")


def ordered_inputs(info: dict[str, Any]) -> dict[str, list[Any]]:
    """Input name to spec, required first, each part in its own order."""
    found: dict[str, list[Any]] = {}
    for part in ("required", "optional"):
        given = info["input"].get(part, {})
        found |= {name: given[name] for name in info.get("input_order", {}).get(part, given)}
    return found


def choices_of(spec: list[Any]) -> list[Any] | None:
    """What a list offers; None for any other widget."""
    if isinstance(spec[0], list):
        return spec[0]
    options = spec[1].get("options") if len(spec) > 1 else None
    return [option["key"] for option in options] if options and spec[0] == CHOICE_WITH_MORE else options


def widgets_of(node: dict[str, Any], info: dict[str, Any]) -> dict[str, tuple[list[Any], Any]]:
    """Name to (spec, value) of every widget, from the saved list of values without what only the page has.

    A graph saved by a host whose node had fewer widgets has no values for the last ones: they take the defaults of
    ``info``, as in the page.

    Raises: AssertionError when the list is longer than the node's widgets, or ends before one that has no default.
    """
    values = list(node.get("widgets_values") or [])
    found: dict[str, tuple[list[Any], Any]] = {}

    def take(name: str, spec: list[Any]) -> None:
        options = spec[1] if len(spec) > 1 else {}
        if values:
            value = values.pop(0)
            if options.get("control_after_generate"):
                assert values.pop(0) in ("fixed", "randomize", "increment", "decrement"), f"{node['type']}.{name}"
            if options.get("image_upload") or options.get("video_upload"):
                assert values.pop(0) == "image", f"{node['type']}.{name}"
        else:
            usual = [options["default"]] if "default" in options else choices_of(spec)
            assert usual, f"{node['type']} {node['id']}: no value for {name}"
            value = usual[0]
        found[name] = (spec, value)
        if spec[0] == CHOICE_WITH_MORE:
            for option in options["options"]:
                if option["key"] == value:
                    for inner, inner_spec in ordered_inputs({"input": option["inputs"]}).items():
                        take(f"{name}.{inner}", inner_spec)

    for name, spec in ordered_inputs(info).items():
        if is_widget(spec):
            take(name, spec)
    assert not values, f"{node['type']} {node['id']}: {len(values)} values too many"
    return found


def widget_values(node: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    """Name to value of every widget, as :func:`widgets_of` reads them."""
    return {name: value for name, (_, value) in widgets_of(node, info).items()}


def links_of(graph: dict[str, Any]) -> dict[int, tuple[int, int, int, int, str]]:
    """Link id to (from node, from slot, to node, to slot, type), from either form of saved links."""
    found = {}
    for link in graph.get("links", []):
        if isinstance(link, dict):
            link = [link[k] for k in ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")]
        found[link[0]] = tuple(link[1:6])
    return found


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


class _Graph:
    def __init__(
        self,
        graph: dict[str, Any],
        definitions: dict[str, Any],
        object_info: dict[str, Any],
        prefix: str,
        outside: Callable[[int], Source],
    ) -> None:
        self.graph, self.definitions, self.object_info = graph, definitions, object_info
        self.prefix, self.outside = prefix, outside
        self.nodes = {node["id"]: node for node in graph["nodes"]}
        self.links = links_of(graph)

    def inner(self, node: dict[str, Any]) -> _Graph:
        definition = self.definitions[node["type"]]

        def outside(slot: int) -> Source:
            name = definition["inputs"][slot]["name"]
            entry = next((i for i in node.get("inputs", []) if i["name"] == name), {"link": None})
            return self.source(entry["link"])

        return _Graph(definition, self.definitions, self.object_info, f"{self.prefix}{node['id']}:", outside)

    def write(self, prompt: dict[str, Any]) -> None:
        for node in self.graph["nodes"]:
            if node.get("mode", 0) in (MUTED, BYPASSED) or node["type"] in (*NOTES, "Reroute", "PrimitiveNode"):
                continue
            if node["type"] in self.definitions:
                self.inner(node).write(prompt)
                continue
            info = self.object_info[node["type"]]
            inputs: dict[str, Any] = widget_values(node, info)
            for entry in node.get("inputs", []):
                source = self.source(entry.get("link"))
                if isinstance(source, Value):
                    inputs[entry["name"]] = source.value
                elif source is not None:
                    inputs[entry["name"]] = source
            prompt[f"{self.prefix}{node['id']}"] = {
                "class_type": node["type"], "inputs": inputs, "_meta": {"title": node.get("title", node["type"])},
            }  # fmt: skip

    def source(self, link: int | None) -> Source:
        if link is None:
            return None
        start, slot, _, _, kind = self.links[link]
        if start == SUBGRAPH_INPUT:
            return self.outside(slot)
        node = self.nodes[start]
        if node["type"] == "PrimitiveNode":
            return Value(node["widgets_values"][0])
        if node["type"] == "Reroute":
            return self.source(node["inputs"][0]["link"])
        if node.get("mode", 0) == BYPASSED:
            return self.through(node, slot, kind)
        if node["type"] in self.definitions:
            inner = self.inner(node)
            made = inner.graph["outputs"][slot]["linkIds"]
            return inner.source(made[0]) if made else None
        return [f"{self.prefix}{start}", slot]

    def through(self, node: dict[str, Any], slot: int, kind: str) -> Source:
        """What a bypassed node passes on: its input of the same type, the one at the same place first."""
        alike = [entry for entry in node.get("inputs", []) if entry["type"] == kind]
        same = node["inputs"][slot] if slot < len(node.get("inputs", [])) else None
        entry = same if same in alike else (alike[0] if alike else None)
        return self.source(entry["link"]) if entry else None
