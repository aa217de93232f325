"""SVG paths, lines and polygons as paths to edit: drawn at even speed over the clip, a stroke each.

The viewBox is mapped to the picture as the standard has it (preserveAspectRatio's default: fitted, centred). The XML is
walked by expat with nothing that a stranger could use: no entities, no internal subset, no external files; depth and
number of elements are bounded.
"""

from __future__ import annotations

import itertools
import re
from typing import Any
from xml.parsers import expat

import numpy as np

from ..job import Job
from ..paths.editable import path_layer, with_document
from ..paths.polyline import at_lengths
from ..report import Imported
from . import affine
from .path_data import Subpath, parse

MAX_DEPTH = 256
MAX_ELEMENTS = 50_000
MAX_PATHS = 2000
MAX_POINTS = 1 << 18
MAX_DATA_CHARS = 2_000_000
MAX_LAYER_POINTS = 4000
_LENGTH = re.compile(r"\s*(\d{1,6}(?:\.\d{0,12})?|\.\d{1,12})\s*(px|pt|pc|mm|cm|in)?\s*")
_PX = {None: 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
# A style counts before the attribute; its numbers carry units.
_TRANSFORM = re.compile(r"(?:^|;)\s{0,80}transform\s{0,80}:([^;]*)")
_CSS_UNIT = re.compile(r"(?<=\d)(?:px|deg)\b")
_HIDDEN = (
    "defs",
    "clipPath",
    "mask",
    "symbol",
    "marker",
    "pattern",
    "metadata",
    "title",
    "desc",
    "style",
    "script",
    "text",
)
_OTHER_SHAPES = ("rect", "circle", "ellipse", "use", "image")


def matches(text: str) -> bool:
    return text.lstrip()[:1] == "<"


class _Refused(Exception):
    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def read(text: str, job: Job) -> Imported:
    walker = _Walker()
    try:
        walker.walk(text)
    except expat.ExpatError as error:
        raise job.error(f"not valid XML ({expat.errors.messages.get(error.code, 'damaged')}, line {error.lineno})",
                        "export the SVG again") from None  # fmt: skip
    except _Refused as refused:
        raise job.error(refused.what, refused.fix) from None
    if walker.root != "svg":
        name = "".join(c for c in walker.root if c.isprintable())[:40]
        raise job.error(f"XML of {name!r}, not SVG", "give an SVG with paths, or another file of tracks")
    for note in walker.notes:
        job.note(note)
    if not walker.paths:
        raise job.error(
            "an SVG without a path, line or polygon", "draw a path (convert shapes and text to paths), export again"
        )
    box, view = walker.size()
    file_wh = None
    if box is not None:
        file_wh = job.size_of((max(round(box[0]), 1), max(round(box[1]), 1)), "the drawing's size")
    size_wh, _ = job.size(file_wh)
    if file_wh is not None and file_wh != size_wh:
        view = affine.compose(np.diag([size_wh[0] / file_wh[0], size_wh[1] / file_wh[1], 1.0])[:2], view)
    lines = [affine.apply(affine.compose(view, matrix), path.line) for path, matrix, _ in walker.paths]
    drawn = [affine.apply(affine.compose(view, matrix), path.drawn) for path, matrix, _ in walker.paths]
    unit = job.unit_of(np.concatenate(lines), default="px")
    if unit == "norm":
        lines, drawn = ([p * np.array(size_wh) for p in many] for many in (lines, drawn))
    if not all(np.isfinite(line).all() for line in lines):
        raise job.error("a path beyond any picture", "check the transforms")
    frames = job.length()
    job.require_room(frames, len(lines))
    part = np.linspace(0, 1, frames)
    xy = np.stack([at_lengths(line, part) for line in lines], axis=1)
    imported = job.finish("svg", xy, np.ones(xy.shape[:2], bool), size_wh, unit)
    named = [name for _, _, name in walker.paths]
    straight = [path.straight for path, _, _ in walker.paths]

    def layers(points: list[np.ndarray], smooth: bool) -> list[dict[str, Any]]:
        return [
            path_layer(
                i, p[:MAX_LAYER_POINTS], size_wh, frames, name=name,
                curve="cubic" if smooth and not s and len(p) > 2 else "straight",
            )
            for i, (p, name, s) in enumerate(zip(points, named, straight, strict=True))
        ]  # fmt: skip

    def between(each: int) -> list[np.ndarray]:
        """Evenly spaced points for the curved ones, some for every drawn point."""
        return [
            p if s else at_lengths(line, np.linspace(0, 1, min(each * len(p), MAX_LAYER_POINTS)))
            for line, p, s in zip(lines, drawn, straight, strict=True)
        ]  # fmt: skip

    reduced = [few_points(line, 0.5) for line in lines]
    made = [drawn, between(3), between(6)]
    return with_document(
        job, imported,
        [
            *(lambda points=points: layers(points, True) for points in made),
            lambda: layers(reduced, False),
        ],
    )  # fmt: skip


def few_points(line: np.ndarray, error_px: float) -> np.ndarray:
    """The polyline [P, 2] with fewer points, nowhere further than ``error_px`` from it (Ramer-Douglas-Peucker)."""
    keep = np.zeros(len(line), bool)
    # Split beforehand, so that no hostile line costs more than its length times this.
    fixed = [*range(0, len(line) - 1, 512), len(line) - 1]
    keep[fixed] = True
    waiting = list(itertools.pairwise(fixed))
    while waiting:
        a, b = waiting.pop()
        if b - a < 2:
            continue
        along = line[b] - line[a]
        off = line[a + 1 : b] - line[a]
        length = float((along**2).sum())
        part = np.clip(off @ along / length, 0, 1) if length > 0 else np.zeros(len(off))
        away = np.hypot(*(off - part[:, None] * along).T)
        worst = int(away.argmax())
        if away[worst] > error_px:
            keep[a + 1 + worst] = True
            waiting += [(a, a + 1 + worst), (a + 1 + worst, b)]
    return line[keep]


class _Walker:
    """Elements in order, with the transform that holds where each stands."""

    def __init__(self) -> None:
        self.root = ""
        self.svg: dict[str, str] = {}
        self.paths: list[tuple[Subpath, np.ndarray, str | None]] = []
        self.notes: list[str] = []
        self.stack: list[tuple[np.ndarray, bool]] = []
        self.elements = self.points = self.chars = 0

    def walk(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda _: self.stack.pop()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        # The text is decoded already, whatever its first line says of an encoding.
        parser.Parse(text.encode("utf-8", "replace"), True)

    def _doctype(self, _name: str, _system: str | None, _public: str | None, internal: int) -> None:
        if internal:
            self._entity()

    def _entity(self, *_: object) -> None:
        raise _Refused("XML with a document type of its own, whose entities could grow without bound",
                       "save it as plain SVG")  # fmt: skip

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.elements += 1
        if self.elements > MAX_ELEMENTS or len(self.stack) > MAX_DEPTH:
            raise _Refused("an SVG of too many or too deeply nested elements", "export the paths alone")
        matrix, hidden = self.stack[-1] if self.stack else (affine.IDENTITY, False)
        if not self.root:
            self.root, self.svg = name, attributes
        hidden = hidden or name in _HIDDEN or attributes.get("display") == "none" or "display:none" in attributes.get(
            "style", "").replace(" ", "")[:1000]  # fmt: skip
        styled = _TRANSFORM.search(attributes.get("style", "")[:4000])
        transform = _CSS_UNIT.sub("", styled[1]) if styled else attributes.get("transform")
        if transform is not None and not hidden:
            try:
                matrix = affine.compose(matrix, affine.parse(transform[:4000]))
            except (ValueError, OverflowError):
                self._note("A transform that is not understood was left out.")
        self.stack.append((matrix, hidden))
        if hidden:
            return
        if name == "svg" and len(self.stack) > 1:
            self._note("An SVG inside the SVG is read without its own viewBox.")
        if name in _OTHER_SHAPES:
            self._note("Shapes other than paths, lines and polygons are left out; convert them to paths.")
        if name in ("animateMotion", "animate", "animateTransform"):
            self._note("Animations inside the SVG are not imported; paths run at even speed over the clip.")
        d = _path_of(name, attributes)
        if d:
            self._draw(d, matrix, attributes.get("id"))

    def _draw(self, d: str, matrix: np.ndarray, name: str | None) -> None:
        self.chars += len(d)
        if self.chars > MAX_DATA_CHARS:
            raise _Refused(f"more than {MAX_DATA_CHARS:,} characters of path data", "export fewer paths")
        try:
            made = parse(d)
        except (ValueError, OverflowError) as error:
            self._note(f"A path was left out: {error}.")
            return
        for path in made:
            self.points += len(path.line)
            if len(self.paths) >= MAX_PATHS or self.points > MAX_POINTS:
                raise _Refused(f"more than {MAX_PATHS:,} paths or {MAX_POINTS:,} points", "export fewer paths")
            self.paths.append((path, matrix, name))

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def size(self) -> tuple[tuple[float, float] | None, np.ndarray]:
        """The picture's sides in pixels, and the map from the drawing's units to it."""
        sides = [_LENGTH.fullmatch(self.svg.get(key, "")) for key in ("width", "height")]
        stated = [float(m[1]) * _PX[m[2]] if m else 0.0 for m in sides]
        box = [float(n) for n in _NUMBER.findall(self.svg.get("viewBox", "")[:200])]
        if len(box) != 4 or not (0 < box[2] <= 1e6 and 0 < box[3] <= 1e6) or max(map(abs, box)) > 1e9:
            return ((stated[0], stated[1]), affine.IDENTITY) if min(stated) > 0 else (None, affine.IDENTITY)
        if min(stated) <= 0:
            # One side alone fixes the scale; none: the viewBox is the picture.
            scale = max(stated[0] / box[2], stated[1] / box[3]) or 1.0
            stated = [box[2] * scale, box[3] * scale]
        scales = np.array([stated[0] / box[2], stated[1] / box[3]])
        if "none" not in self.svg.get("preserveAspectRatio", ""):
            scales[:] = scales.max() if "slice" in self.svg.get("preserveAspectRatio", "") else scales.min()
        shift = (np.array(stated) - scales * box[2:]) / 2 - scales * box[:2]
        return (stated[0], stated[1]), np.concatenate([np.diag(scales), shift[:, None]], axis=1)


def _path_of(name: str, attributes: dict[str, str]) -> str:
    if name == "path":
        return attributes.get("d", "")
    if name == "line":
        found = [_NUMBER.match(attributes.get(key, "0").strip()) for key in ("x1", "y1", "x2", "y2")]
        x1, y1, x2, y2 = (match[0] if match else "0" for match in found)
        return f"M{x1} {y1}L{x2} {y2}"
    if name in ("polyline", "polygon"):
        return f"M{attributes.get('points', '')}" + ("Z" if name == "polygon" else "")
    return ""
