"""Nuke scripts and nodes copied as text: Tracker (3 and 4), CornerPin2D, PlanarTracker and Reconcile3D curves.

Curves are written ``{curve x1 322 328.27 x18 249}``: a frame where it is stated, else one after the last step. Nuke's
pixels count from the bottom left corner, its frames from 1; the root's ``format`` is the picture's size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....tracks import MAX_FRAMES
from .. import names
from ..job import Job
from ..report import Imported
from .samples import Curve, Rule, imported, number_of

_NODE = re.compile(
    r"^[ \t]{0,40}(Tracker[34]|CornerPin2D|PlanarTracker\w{0,10}|Reconcile3D)[ \t]{0,10}\{", re.MULTILINE
)
_ROW = re.compile(
    # Before the name stands whether the track is enabled: a curve, or 0 or 1.
    r'(?:\}|\{\s*[01]\s)\s*(?:"(?P<quoted>[^"\n]{0,200})"|(?P<bare>[\w.]{1,200}))\s*'
    r"\{\s*curve\s([^{}]*)\}\s*\{\s*curve\s([^{}]*)\}"
)
_HALF = r"(?:\{\s*curve\s([^{}]*)\}|(-?\d[\d.e+\-]{0,30}))"
# Where a corner or a track stands still, its numbers stand in place of curves.
_KNOB = re.compile(
    rf"^[ \t]{{0,40}}(track[1-4]|to[1-4]|output\w{{0,20}})[ \t]*\{{[ \t]*{_HALF}[ \t]*{_HALF}", re.MULTILINE
)
_SCRIPT = re.compile(r"\s{0,80}(?:#! [^\n]{0,400}Nuke[^\n]{0,200}-nx|set cut_paste_input )")
_ROOT = re.compile(r"^[ \t]{0,40}Root[ \t]{0,10}\{", re.MULTILINE)
_FORMAT = re.compile(r'^[ \t]{0,40}format[ \t]+"(\d{1,5}) (\d{1,5}) ', re.MULTILINE)
_FPS = re.compile(r"^[ \t]{0,40}fps[ \t]+([\d.]{1,12})[ \t]*$", re.MULTILINE)
_RULE = Rule("nuke", "as Nuke does", 1, "bottom", "px")


def matches(text: str) -> bool:
    return _NODE.search(text) is not None or _SCRIPT.match(text) is not None


def read(text: str, job: Job) -> Imported:
    head = text[:200_000]
    root = _ROOT.search(head)
    body = head[root.end() : head.find("\n}", root.end())] if root else ""
    size, fps = _FORMAT.search(body), _FPS.search(body)
    if fps and (value := number_of(fps[1])):
        job.rate(value)
    nodes = list(_NODE.finditer(text))
    curves: list[Curve] = []
    left: list[str] = []
    for i, node in enumerate(nodes):
        body = text[node.end() : nodes[i + 1].start() if i + 1 < len(nodes) else len(text)]
        pairs = list(_pairs(node[1], body))
        moves = sorted({frame for pair in pairs for half in pair[1:] if isinstance(half, dict) for frame in half})
        for name, x, y in pairs:
            if x is None or y is None:
                left.append(name)
            elif isinstance(x, dict) or isinstance(y, dict):
                curves.append(_joined(name, x, y))
            elif node[1] == "CornerPin2D":
                # A pin has four corners, whichever of them move.
                curves.append(_joined(name, dict.fromkeys(moves, x), y))
    if left:
        job.note(f"Curves with expressions are not used: {names.shown(left)}.")
    if not any(curve.frames for curve in curves):
        raise job.error(
            "a Nuke script without a tracked curve",
            "copy a Tracker node that has been tracked, or export its curves as ASCII",
        )
    return imported(curves, _RULE, job, job.size_of((int(size[1]), int(size[2])), "Root's format") if size else None)


_Half = dict[float, float] | float | None
"""Values by frame; a number that holds throughout; None where there is an expression."""


def _pairs(kind: str, body: str) -> Iterator[tuple[str, _Half, _Half]]:
    """(name, x, y) of every curve or pair of numbers in a node's ``body``."""
    if kind == "Tracker4":
        for match in _ROW.finditer(body):
            x, y = (_curve(part) for part in match.groups()[-2:])
            yield match["quoted"] or match["bare"] or "", x, y
        return
    for match in _KNOB.finditer(body):
        halves = (match.groups()[1:3], match.groups()[3:5])
        x, y = (_curve(curve) if curve is not None else number_of(number) for curve, number in halves)
        yield match[1], x, y


def _joined(name: str, x: dict[float, float] | float, y: dict[float, float] | float) -> Curve:
    curve = Curve(name)
    frames = [half.keys() for half in (x, y) if isinstance(half, dict)]
    for frame in sorted(frames[0] & frames[-1]):
        u, v = (half[frame] if isinstance(half, dict) else half for half in (x, y))
        curve.add(frame, u, v)
    return curve


def _curve(text: str) -> dict[float, float] | None:
    """Values by frame; None where there is an expression."""
    made: dict[float, float] = {}
    last: float | None = None
    step, stated = 1.0, None
    for word in text.split():
        value = number_of(word)
        if value is not None and value == value:
            frame = stated if stated is not None else 0.0 if last is None else last + step
            if last is not None and frame > last:
                step = frame - last
            last, stated = frame, None
            made[frame] = value
            if len(made) > MAX_FRAMES:
                return made
            continue
        number = number_of(word[1:]) if len(word) > 1 else None
        if word[0] == "x" and number is not None and number == number:
            stated = number
        elif not (
            word in ("i", "I", "K", "L", "S", "R", "C", "H", "k", "l") or (word[0] in "stuv" and number is not None)
        ):
            return None
    return made
