"""Workflows in the form that ComfyUI's page saves, from a short description: nodes in columns, links by name.

Sockets, the order of widget values and default values come from a server's ``/object_info``, so a workflow written with
it is what the page itself would have saved.
"""

from __future__ import annotations

import math
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

CHOICE_WITH_MORE = "COMFY_DYNAMICCOMBO_V3"
"""A list whose choice brings widgets of its own; they stand behind it and are called "list.widget"."""
WIDGET_TYPES = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", CHOICE_WITH_MORE)
NOTES = ("MarkdownNote", "Note")
PAGE_WIDGETS = {"WanMoveMotionEditor": {"motion"}}
"""Widgets that a script adds on the page; no server tells of them."""
ACTIVE, MUTED, BYPASSED = 0, 2, 4
TITLE, GAP, COLUMN_GAP = 30, 28, 50
OPTIONAL_SHAPE = 7
ANY = "*"
GROWING = "COMFY_AUTOGROW_V3"
"""A row of sockets that the page makes as links come; none of them is saved here."""
GROUP_COLOURS = {"models": "#3f789e", "picture": "#3f5f7e", "motion": "#88734a", "video": "#5d7a4a", "": "#444"}
LINE, LETTER, MARGIN, ITEM_MARGIN, CELL = 16.0, 5.2, 5.0, 8.0, 35.0
"""Of a note's text, in pixels, by the style sheets of frontend 1.58 (text of 10 px); classic nodes take a fifth less. A
letter is a little wider than Inter's and Arial's: fonts differ."""
HEADINGS = {1: (18.9, 10.5, 10.5), 2: (15.5, 8.6, 8.6)}
"""Height, and the margins above and below."""
INDENT, FRAME_WH, CODE_FRAME = 32.0, (54, 46), 16.0
"""Of a list; what the node has around its text; what a listing has above and below."""


@dataclass(frozen=True)
class Out:
    """An output of a node, to link from."""

    node: Node
    slot: int
    kind: str


@dataclass
class Node:
    id: int
    kind: str
    info: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, Out] = field(default_factory=dict)
    title: str | None = None
    mode: int = ACTIVE
    size: tuple[int, int] | None = None
    colour: str | None = None
    models: list[dict[str, str]] = field(default_factory=list)
    pos: tuple[int, int] = (0, 0)

    def __getitem__(self, output: str | int) -> Out:
        names = self.info["output_name"]
        slot = output if isinstance(output, int) else names.index(output)
        return Out(self, slot, self.info["output"][slot])

    def specs(self) -> list[tuple[str, Any, dict[str, Any], bool]]:
        """(name, type, options, optional) of every input in the page's order: required first."""
        found = []
        for part in ("required", "optional"):
            given = self.info.get("input", {}).get(part, {})
            for name in self.info.get("input_order", {}).get(part, given):
                if given[name][0] == GROWING:
                    continue
                kind, options = given[name][0], given[name][1] if len(given[name]) > 1 else {}
                found.append((name, kind, options, part == "optional"))
                if kind == CHOICE_WITH_MORE:
                    found += self.brought(name, options["options"])
        return found

    def brought(self, name: str, choices: list[dict[str, Any]]) -> list[tuple[str, Any, dict[str, Any], bool]]:
        """The inputs of the option that is chosen in the list ``name``."""
        chosen = next(c for c in choices if c["key"] == self.values.get(name, choices[0]["key"]))
        inner = Node(0, "", {"input": chosen["inputs"]})
        return [(f"{name}.{own}", kind, options, optional) for own, kind, options, optional in inner.specs()]

    def widgets(self) -> list[tuple[str, Any, dict[str, Any], bool]]:
        return [spec for spec in self.specs() if is_widget(spec[1], spec[2])]

    def sockets(self) -> list[tuple[str, Any, dict[str, Any], bool]]:
        return [spec for spec in self.specs() if not is_widget(spec[1], spec[2])]


def is_widget(kind: Any, options: dict[str, Any]) -> bool:
    return (isinstance(kind, list) or kind in WIDGET_TYPES) and not options.get("forceInput")


def default_value(kind: Any, options: dict[str, Any]) -> Any:
    if "default" in options:
        return options["default"]
    choices = kind if isinstance(kind, list) else options.get("options")
    if kind == CHOICE_WITH_MORE:
        return choices[0]["key"]
    if choices is not None:
        return choices[0] if choices else ""
    return {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False}[kind]


def unwrapped(text: str) -> str:
    """Markdown with every paragraph and list item on one line, code blocks as they are: the page drops a line's end
    that follows emphasis or code, and with it the space between two words."""
    lines: list[str] = []
    fenced = False
    for line in text.strip().splitlines():
        fence = line.startswith("```")
        goes_on = lines and lines[-1] and not fenced and not fence and not re.match(r"#|\||\s*([-*]|\d+\.) |$", line)
        if goes_on and not lines[-1].startswith(("#", "```")):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
        fenced ^= fence
    return "\n".join(lines)


def note_height(text: str, width: int) -> int:
    """Of a note that shows all of ``text``: Markdown with a paragraph or list item a line (see ``unwrapped``)."""
    height, margin, fenced, before = 0.0, 0.0, False, ""
    for line in text.splitlines():
        kind, taken, above, below = _block(line, width - FRAME_WH[0], fenced)
        fenced ^= kind == "fence"
        if not kind:
            continue
        # Margins of neighbours join; rows of a table or of a listing have none between them.
        if before and not (kind == before and kind in ("row", "code")):
            height += max(margin, above)
        height, margin, before = height + taken, below, kind
    return math.ceil((height + FRAME_WH[1]) / 10) * 10


def _block(line: str, width: float, fenced: bool) -> tuple[str, float, float, float]:
    """What a line is ("" for nothing), its height, and the margins above and below it."""
    if line.startswith("```"):
        return ("fence", CODE_FRAME, *((0.0, CODE_FRAME) if fenced else (CODE_FRAME, 0.0)))
    if fenced:
        return "code", LINE, 0.0, 0.0
    if not line.strip() or re.fullmatch(r"[|:\s-]+", line):
        return "", 0.0, 0.0, 0.0
    if heading := re.match(r"(#+) ", line):
        return ("heading", *HEADINGS.get(len(heading[1]), HEADINGS[2]))
    if line.startswith("|"):
        return "row", CELL, 0.0, 0.0
    if item := re.match(r"\s*([-*]|\d+\.) ", line):
        return "item", LINE * _lines(_shown(line[item.end() :]), width - INDENT), ITEM_MARGIN, ITEM_MARGIN
    return "text", LINE * _lines(_shown(line), width), 0.0, MARGIN


def _shown(markdown: str) -> str:
    """What is to be read of it: a link's words, no marks."""
    return re.sub(r"[*`]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown))


def _lines(text: str, width: float) -> int:
    """How many lines the words take; one that is longer than a line is broken."""
    room, lines, used = int(width / LETTER), 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > room:
            lines, used = lines + 1, 0
        lines += max(0, math.ceil(len(word) / room) - 1)
        used += len(word) + bool(used)
    return lines


class Workflow:
    """``column("Models", "models")`` begins a column, ``add(kind, socket=other["OUT"], widget=value)`` puts a node
    into it, ``note(text)`` a note, ``saved()`` is the JSON."""

    def __init__(self, object_info: dict[str, Any], name: str) -> None:
        self.object_info, self.name = object_info, name
        self.nodes: list[Node] = []
        self.columns: list[tuple[str, str, list[Node]]] = []
        self.app: dict[str, Any] = {}

    def as_app(self, inputs: list[tuple[Node, str]], outputs: list[Node]) -> None:
        """What the page's app mode shows of it: these widgets in this order, and what these nodes save. It opens as a
        graph all the same: the note and the offers to download model files are there."""
        for node, widget in inputs:
            # A widget that a blueprint shows of what is inside of it is known to the page alone.
            if "category" in node.info and widget not in {name for name, *_ in node.specs()} | PAGE_WIDGETS.get(
                node.kind, set()
            ):
                raise KeyError(f"{node.kind} has no widget {widget}")
        data = {"inputs": [[node.id, widget] for node, widget in inputs], "outputs": [node.id for node in outputs]}
        self.app = {"linearData": data, "linearMode": False}

    def column(self, title: str = "", colour: str = "") -> None:
        self.columns.append((title, colour, []))

    def add(self, kind: str, **given: Any) -> Node:
        node = Node(len(self.nodes) + 1, kind, self.object_info[kind])
        for word in ("title", "mode", "size", "colour", "models"):
            if f"_{word}" in given:
                setattr(node, word, given.pop(f"_{word}"))
        node.values = {name: value for name, value in given.items() if not isinstance(value, Out)}
        widgets = {name: (k, options) for name, k, options, _ in node.widgets()}
        sockets = {name for name, *_ in node.sockets()}
        node.values = {name: default_value(*spec) for name, spec in widgets.items()}
        for name, value in given.items():
            if isinstance(value, Out):
                if name not in sockets and name not in widgets:
                    raise KeyError(f"{kind} has no input {name}")
                node.links[name] = value
            elif name in widgets:
                node.values[name] = value
            else:
                raise KeyError(f"{kind} has no widget {name}; it has {list(widgets)}")
        self.nodes.append(node)
        self.columns[-1][2].append(node)
        return node

    def note(self, text: str, title: str = "Read me", width: int = 480) -> Node:
        text = unwrapped(text)
        node = Node(len(self.nodes) + 1, "MarkdownNote", {"input": {}, "output": [], "output_name": []})
        node.values, node.title, node.size, node.colour = {"": text}, title, (width, note_height(text, width)), "#432"
        self.nodes.append(node)
        self.columns[-1][2].append(node)
        return node

    # -- the saved form -----------------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        self.lay_out()
        links = self.all_links()
        return {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"wan-move/{self.name}")),
            "revision": 0,
            "last_node_id": len(self.nodes),
            "last_link_id": len(links),
            "nodes": [self.saved_node(node, order, links) for order, node in enumerate(self.nodes)],
            "links": links,
            "groups": self.groups(),
            "config": {},
            "extra": {"ds": {"scale": 0.6, "offset": [150, 190]}, "workflowRendererVersion": "LG", **self.app},
            "version": 0.4,
        }

    def all_links(self) -> list[list[Any]]:
        """[id, from node, from slot, to node, to slot, type]"""
        links: list[list[Any]] = []
        for node in self.nodes:
            for slot, name in enumerate(slot_names(node)):
                if name in node.links:
                    out = node.links[name]
                    links.append([len(links) + 1, out.node.id, out.slot, node.id, slot, type_name(out.kind)])
        return links

    def saved_node(self, node: Node, order: int, links: list[list[Any]]) -> dict[str, Any]:
        link_from_slot = {link[4]: link[0] for link in links if link[3] == node.id}
        inputs = []
        by_name = {name: (kind, options, optional) for name, kind, options, optional in node.specs()}
        for slot, name in enumerate(slot_names(node)):
            kind, options, optional = by_name[name]
            entry: dict[str, Any] = {"localized_name": name, "name": name, "type": type_name(kind)}
            if optional:
                entry["shape"] = OPTIONAL_SHAPE
            if is_widget(kind, options):
                entry["widget"] = {"name": name}
            inputs.append({**entry, "link": link_from_slot.get(slot)})
        outputs = [
            {"localized_name": name, "name": name, "type": type_name(kind),
             "links": [link[0] for link in links if link[1] == node.id and link[2] == slot] or None}
            for slot, (name, kind) in enumerate(zip(node.info["output_name"], node.info["output"], strict=True))
        ]  # fmt: skip
        properties: dict[str, Any] = {} if node.kind in NOTES else {"Node name for S&R": node.kind}
        if node.models:
            properties["models"] = node.models
        saved = {
            "id": node.id, "type": node.kind, "pos": list(node.pos), "size": list(self.size(node)), "flags": {},
            "order": order, "mode": node.mode, "inputs": inputs, "outputs": outputs, "properties": properties,
            "widgets_values": widget_values(node),
        }  # fmt: skip
        if node.title:
            saved["title"] = node.title
        if node.colour:
            saved |= {"color": node.colour, "bgcolor": "#653" if node.colour == "#432" else node.colour}
        return saved

    # -- where things are ---------------------------------------------------------------------------------------------

    def size(self, node: Node) -> tuple[int, int]:
        return node.size or (320, self.height(node, row=20, widget=24))

    @staticmethod
    def height(node: Node, row: int, widget: int) -> int:
        """Height below the title, for sockets and widgets of these heights."""
        height = 16 + row * max(len(node.sockets()), len(node.info["output"]))
        for _, kind, options, _ in node.widgets():
            height += 96 if kind == "STRING" and options.get("multiline") else widget
            height += widget * bool(options.get("control_after_generate"))
        return max(height, 46)

    def room(self, node: Node) -> int:
        """The height to keep free: Nodes 2.0 has taller rows than the classic renderer, whose size is saved."""
        return max(self.size(node)[1], 0 if node.kind in NOTES else self.height(node, row=24, widget=32))

    def lay_out(self) -> None:
        x = 0
        for _, _, nodes in self.columns:
            y, widest = 0, 0
            for node in nodes:
                node.pos = (x, y)
                y += self.room(node) + TITLE + GAP
                widest = max(widest, self.size(node)[0])
            x += widest + COLUMN_GAP

    def groups(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = []
        for title, colour, nodes in self.columns:
            if not title:
                continue
            left, top = nodes[0].pos[0] - 12, nodes[0].pos[1] - TITLE - 46
            right = max(node.pos[0] + self.size(node)[0] for node in nodes) + 12
            bottom = max(node.pos[1] + self.room(node) for node in nodes) + 14
            groups.append(
                {"id": len(groups) + 1, "title": title, "bounding": [left, top, right - left, bottom - top],
                 "color": GROUP_COLOURS[colour], "font_size": 22, "flags": {}}
            )  # fmt: skip
        return groups


def type_name(kind: Any) -> str:
    if kind == "COMFY_MATCHTYPE_V3":
        return ANY
    return "COMBO" if isinstance(kind, list) else str(kind)


def slot_names(node: Node) -> list[str]:
    """Inputs in the order of their slots: sockets first, then widgets, as the page makes them."""
    shown = [name for name, _, options, _ in node.widgets() if not options.get("socketless")]
    return [name for name, *_ in node.sockets()] + shown


def widget_values(node: Node) -> list[Any]:
    """Values in the page's order, with the buttons and seed controls that it puts between them."""
    if node.kind in NOTES:
        return [node.values[""]]
    values: list[Any] = []
    for name, _, options, _ in node.widgets():
        values.append(node.values[name])
        if options.get("control_after_generate"):
            values.append("fixed")
        if options.get("image_upload") or options.get("video_upload"):
            values.append("image")
    return values
