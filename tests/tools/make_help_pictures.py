"""Draws js/docs/images/graphs/NODE.svg, a minimal graph for every node, and puts it on the node's help page.

    python tests/tools/make_help_pictures.py OBJECT_INFO

OBJECT_INFO is the address of a running ComfyUI with this pack, or a file with what its /object_info answers.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from help_graphs import HOST_TITLES, SOURCES, TARGETS
from make_workflows import read_object_info
from workflow_graph import Node, default_value, type_name

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "js" / "docs"
SIDE_WIDTH, WIDTH, GAP, EDGE = 128, 226, 28, 6
HEAD, ROW, WIDGET, LETTER = 28, 21, 22, 7.3
MAX_WIDGETS = 6
COLOURS = {
    "IMAGE": "#64b5f6", "MASK": "#81c784", "TRACKS": "#ffd54f", "WANMOVE_IMAGE": "#4dd0c0", "CONDITIONING": "#ffa931",
    "LATENT": "#ff9cf9", "MODEL": "#b39ddb", "VAE": "#ff6e6e", "CLIP": "#ffd500", "CLIP_VISION": "#a8dadc",
    "CLIP_VISION_OUTPUT": "#a8dadc", "INT": "#8ec07c", "FLOAT": "#8ec07c", "BOOLEAN": "#8ec07c", "STRING": "#9fb7a5",
    "SIGMAS": "#cdffcd", "SAMPLER": "#ecb4b4", "GUIDER": "#66ffff", "NOISE": "#b0b0b0",
}  # fmt: skip


@dataclass
class Box:
    """A node as drawn: where, and at which height its sockets are."""

    x: int
    y: int
    width: int
    height: int
    left: dict[str, int]
    right: dict[str, int]
    svg: str


def graph_svg(node_id: str, info: dict[str, Any]) -> str:
    """The picture of one node's minimal graph. Raises: KeyError for a name that no schema has."""
    sources, targets = SOURCES[node_id], TARGETS[node_id]
    before = _grouped({name: end for name, end in sources.items()})
    after = _grouped({name: end for name, end in targets.items()})
    x_middle = EDGE + (SIDE_WIDTH + GAP if before else 0)
    middle = _whole(node_id, info, x_middle, EDGE, set(sources))
    lefts = _stack([_side(kind, ends, info, EDGE, inputs=False) for kind, ends in before], middle)
    x_right = x_middle + WIDTH + GAP
    rights = _stack([_side(kind, ends, info, x_right, inputs=True) for kind, ends in after], middle)
    wires = []
    for (_, ends), box in zip(before, lefts, strict=True):
        for name, other in ends:
            wires.append(_wire(box, other, middle, name, _input_kind(info[node_id], name)))
    for (_, ends), box in zip(after, rights, strict=True):
        for name, other in ends:
            wires.append(_wire(middle, name, box, other, _output_kind(info[node_id], name)))
    boxes = [middle, *lefts, *rights]
    width = max(box.x + box.width for box in boxes) + EDGE
    height = max(box.y + box.height for box in boxes) + EDGE
    title = escape(f"Minimal graph with {info[node_id]['display_name']}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="Inter,Segoe UI,Arial,sans-serif" font-size="14"><title>{title}</title>'
        f'<rect width="{width}" height="{height}" rx="8" fill="#1b1c20"/>'
        + "".join(box.svg for box in boxes)
        + "".join(wires)
        + "</svg>\n"
    )


def _grouped(links: dict[str, tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(other node, [(own socket, its socket)]): links to one kind of node meet in one, unless they share a socket."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for own, (kind, other) in links.items():
        for there, ends in groups:
            if there == kind and other not in [o for _, o in ends]:
                ends.append((own, other))
                break
        else:
            groups.append((kind, [(own, other)]))
    return groups


def _whole(node_id: str, info: dict[str, Any], x: int, y: int, linked: set[str]) -> Box:
    """The node itself: every socket, and its first widgets with their defaults."""
    node = Node(0, node_id, info[node_id])
    inputs = [(name, type_name(kind)) for name, kind, _, _ in node.sockets()]
    inputs += [(name, type_name(kind)) for name, kind, _, _ in node.widgets() if name in linked]
    outputs = list(zip(node.info["output_name"], node.info["output"], strict=True))
    plain = [spec for spec in node.widgets() if spec[0] not in linked and not spec[2].get("advanced")]
    shown, hidden = plain[:MAX_WIDGETS], len(node.widgets()) - len([1 for n, *_ in node.widgets() if n in linked])
    hidden -= len(shown)
    parts, y_row = [], y + HEAD + 14
    left, right = {}, {}
    for i, (name, kind) in enumerate(inputs):
        left[name] = y_row + ROW * i
        parts.append(_socket(x, left[name], name, kind, x + 10, "start"))
    for i, (name, kind) in enumerate(outputs):
        right[name] = y_row + ROW * i
        parts.append(_socket(x + WIDTH, right[name], name, kind, x + WIDTH - 10, "end"))
    y_row += ROW * max(len(inputs), len(outputs)) - 6
    for name, kind, options, _ in shown:
        # A list of files differs from machine to machine.
        value = default_value(kind, options) if "default" in options else "choose"
        parts.append(
            f'<rect x="{x + 10}" y="{y_row}" width="{WIDTH - 20}" height="{WIDGET - 4}" rx="7" fill="#1f2024"/>'
            f'<text x="{x + 18}" y="{y_row + 14}" fill="#9aa0ac">{escape(name)}</text>'
            f'<text x="{x + WIDTH - 18}" y="{y_row + 14}" fill="#dfe2e8" text-anchor="end">'
            f"{escape(_short(value, name))}</text>"
        )
        y_row += WIDGET
    if hidden:
        parts.append(f'<text x="{x + 18}" y="{y_row + 14}" fill="#757b87">and {hidden} more</text>')
        y_row += WIDGET
    return _boxed(x, y, WIDTH, y_row - y + 6, node.info["display_name"], "#3a4a63", left, right, "".join(parts))


def _side(kind: str, ends: list[tuple[str, str]], info: dict[str, Any], x: int, inputs: bool) -> Box:
    """A neighbour: its title and the sockets that are linked."""
    parts, left, right = [], {}, {}
    for i, (_, name) in enumerate(ends):
        y = HEAD + 14 + ROW * i
        if inputs:
            left[name] = y
            parts.append(_socket(x, y, name, _input_kind(info[kind], name), x + 10, "start"))
        else:
            right[name] = y
            colour = _output_kind(info[kind], name)
            parts.append(_socket(x + SIDE_WIDTH, y, name, colour, x + SIDE_WIDTH - 10, "end"))
    title = HOST_TITLES[kind][0] if kind in HOST_TITLES else told_title(kind, info).replace(" (Wan-Move)", "")
    return _boxed(x, 0, SIDE_WIDTH, HEAD + 12 + ROW * len(ends), title, "#3b3d45", left, right, "".join(parts))


def _boxed(
    x: int, y: int, width: int, height: int, title: str, head: str, left: dict[str, int], right: dict[str, int],
    inner: str,
) -> Box:  # fmt: skip
    svg = (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="#2b2d33"/>'
        f'<path d="M{x} {y + HEAD}v-{HEAD - 7}a7 7 0 0 1 7-7h{width - 14}a7 7 0 0 1 7 7v{HEAD - 7}z" fill="{head}"/>'
        f'<text x="{x + 9}" y="{y + 19}" fill="#ffffff" font-weight="600">'
        f"{escape(_fitting(title, width))}</text>{inner}"
    )
    return Box(x, y, width, height, left, right, svg)


def _stack(boxes: list[Box], beside: Box) -> list[Box]:
    """The boxes one below the other, from the top of ``beside`` on."""
    y = beside.y
    for box in boxes:
        box.svg = f'<g transform="translate(0 {y})">{box.svg}</g>'
        box.left = {name: at + y for name, at in box.left.items()}
        box.right = {name: at + y for name, at in box.right.items()}
        box.y = y
        y += box.height + 14
    return boxes


def _socket(x: int, y: int, name: str, kind: str, x_text: int, anchor: str) -> str:
    colour = COLOURS.get(kind, "#aaaaaa")
    return (
        f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>'
        f'<text x="{x_text}" y="{y + 5}" fill="#c9cdd6" text-anchor="{anchor}">{escape(name)}</text>'
    )


def _wire(start: Box, out: str, end: Box, into: str, kind: str) -> str:
    x1, y1, x2, y2 = start.x + start.width, start.right[out], end.x, end.left[into]
    bend = (x2 - x1) // 2 + 8
    return (
        f'<path d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" fill="none" '
        f'stroke="{COLOURS.get(kind, "#aaaaaa")}" stroke-width="2.2"/>'
    )


def told_title(kind: str, info: dict[str, Any]) -> str:
    """The title under which this host shows a node."""
    return info[kind]["display_name"] or kind


def _input_kind(info: dict[str, Any], name: str) -> str:
    given = {**info["input"].get("required", {}), **info["input"].get("optional", {})}
    return type_name(given[name][0])


def _output_kind(info: dict[str, Any], name: str) -> str:
    return info["output"][info["output_name"].index(name)]


def _short(value: Any, beside: str) -> str:
    text = {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
    most = int((WIDTH - 40) / LETTER) - len(beside)
    return text if len(text) <= most else text[: most - 1] + "…"


def _fitting(title: str, width: int) -> str:
    most = int((width - 16) / (LETTER + 0.6))
    return title if len(title) <= most else title[: most - 1] + "…"


def reference(node_id: str, info: dict[str, Any]) -> str:
    """The line of the help page that shows the picture."""
    return f"![Minimal graph with {info[node_id]['display_name']}](images/graphs/{node_id}.svg)"


def with_picture(page: str, line: str) -> str:
    """The help page with ``line`` after its first paragraph, once."""
    if line in page:
        return page
    title, intro, *rest = page.split("\n\n")
    return "\n\n".join([title, intro.rstrip("\n"), line, *rest]) + ("" if rest else "\n")


def main() -> None:
    info = read_object_info(sys.argv[1])
    folder = DOCS / "images" / "graphs"
    folder.mkdir(parents=True, exist_ok=True)
    for node_id in SOURCES:
        (folder / f"{node_id}.svg").write_text(graph_svg(node_id, info), encoding="utf-8")
        page = DOCS / f"{node_id}.md"
        page.write_text(with_picture(page.read_text(encoding="utf-8"), reference(node_id, info)), encoding="utf-8")
        print(node_id)


if __name__ == "__main__":
    main()
