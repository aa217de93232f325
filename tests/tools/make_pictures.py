"""Makes the pictures of README and of the pack's entry in the registry, out of the demo and the editor themselves.

python tests/tools/make_pictures.py [demo|editor|icon|lead ...]        into js/docs/images/
python tests/tools/make_pictures.py photograph=chelsea.png    scikit-image's cat (CC0), which is not kept here
"""

from __future__ import annotations

import io
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
INTO = ROOT / "js" / "docs" / "images"
sys.path[:0] = [str(ROOT / "tests" / "bench"), str(ROOT / "tests" / "browser")]

import _setup

_setup.load_core()

from wan_move_core.demo.picture import ASSETS, DOCUMENT, PICTURE
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.pictures import read_picture


def demo() -> None:
    """demo.webp: the trajectories on the left, the draft on the right, every second frame."""
    from wan_move_core.commands._common import document_colours
    from wan_move_core.draft.outlines import outlines_from_document
    from wan_move_core.draft.render import Draft
    from wan_move_core.overlay.draw import TrackStyle, draw_tracks

    document = parse_document((ASSETS / DOCUMENT).read_bytes())
    tracks = tracks_from_document(document)
    style = TrackStyle(radius_px=8, tail_width_px=11, colours=document_colours(document.to_dict(), tracks.count))
    plain = list(Draft(read_picture(ASSETS / PICTURE), tracks, outlines_from_document(document)))
    drawn = list(draw_tracks(iter(plain), tracks, style))
    _write_pairs("demo.webp", drawn, plain)


def photograph(path: str) -> None:
    """photograph.webp: a cat turns its head by four drags and ten still points; tracks on the left, the draft right."""
    from wan_move_core.draft.render import Draft
    from wan_move_core.geometry import Fit
    from wan_move_core.overlay.draw import TrackStyle, draw_tracks
    from wan_move_core.pictures import fit_picture

    tracks = tracks_from_document(parse_document((Path(__file__).parent / "cat_turns.json").read_bytes()))
    picture = read_picture(Path(path))
    shown = fit_picture(picture, Fit.make("crop", (picture.shape[1], picture.shape[0]), tracks.size_wh))
    plain = list(Draft(shown, tracks))
    drawn = list(draw_tracks(iter(plain), tracks, TrackStyle(radius_px=8, tail_width_px=11)))
    _write_pairs("photograph.webp", drawn, plain)


def _write_pairs(name: str, left: list[np.ndarray], right: list[np.ndarray]) -> None:
    """Both beside each other, every second frame; the last rests, so that the eye finds the start of the next round."""
    line = np.full((256, 6, 3), 255, np.uint8)
    frames = [np.hstack([_small(a), line, _small(b)]) for a, b in zip(left, right, strict=True)]
    pictures = [Image.fromarray(frame) for frame in frames[::2]]
    durations = [125] * (len(pictures) - 1) + [1000]
    pictures[0].save(
        INTO / name, save_all=True, append_images=pictures[1:], duration=durations, loop=0, quality=55, method=4
    )


def _small(frame: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(frame).resize((444, 256), Image.Resampling.LANCZOS))


def editor() -> None:
    """editor.webp: the bare page with the demo's motion, half-way."""
    import tempfile

    from chromium import CHROMIUM_FLAGS, chromium_path
    from conftest import EditorPage
    from playwright.sync_api import sync_playwright

    from wan_move_core.editor.page import EditorServer, make_job

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        target = Path(folder) / "motion.json"
        target.write_bytes((ASSETS / DOCUMENT).read_bytes())
        server = EditorServer(make_job(ASSETS / PICTURE, target, Path(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        shown = EditorPage(page, server).open()
        chosen = next(layer["id"] for layer in shown.layers if layer["type"] != "anchors")
        shown.js("(ed.setTool('select'), state.selectLayers([arg]), state.setFrame(12))", chosen)
        shown.settle()
        # The draft is refined once the hand rests, and the footer then looks at it.
        shown.wait("!document.querySelector('.wme-foot').textContent.includes('Looking')", 60)
        time.sleep(1)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
        server.shutdown()
    picture.save(INTO / "editor.webp", quality=82, method=6)


def icon() -> None:
    """icon.png (400x400) and banner.png (21:9): a part of the demo's picture, and a way drawn through it."""
    scene = Image.fromarray(read_picture(ASSETS / PICTURE))
    square = _with_way(scene.crop((110, 20, 490, 400)), ((0.28, 0.25), (0.45, 0.62), (0.74, 0.72), (0.86, 0.38)), 0.035)
    square.resize((400, 400), Image.Resampling.LANCZOS).quantize(200, dither=Image.Dither.FLOYDSTEINBERG).save(
        INTO / "icon.png", optimize=True
    )
    wide = _with_way(scene.crop((0, 40, 832, 397)), ((0.25, 0.3), (0.4, 0.75), (0.62, 0.7), (0.82, 0.25)), 0.02)
    wide.resize((1260, 540), Image.Resampling.LANCZOS).save(INTO / "banner.jpg", quality=86)


def lead() -> None:
    """lead.webp and lead_levels.webp, of Encode Draft's help page."""
    import lead_pictures

    lead_pictures.lead(INTO)
    lead_pictures.levels(INTO)


def _with_way(picture: Image.Image, corners: tuple, width: float) -> Image.Image:
    """A cubic Bezier curve through 0-1 ``corners``, white on dark, with a disc at its start and an arrow at its end."""
    fine = 4
    large = picture.convert("RGB").resize((picture.width * fine, picture.height * fine), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(large)
    points = np.asarray(corners) * [large.width, large.height]
    t = np.linspace(0, 1, 400)[:, None]
    way = (
        (1 - t) ** 3 * points[0] + 3 * (1 - t) ** 2 * t * points[1] + 3 * (1 - t) * t**2 * points[2] + t**3 * points[3]
    )
    thick = width * large.height
    ahead = (way[-1] - way[-8]) / np.linalg.norm(way[-1] - way[-8])
    aside = np.array([-ahead[1], ahead[0]])
    head = [way[-1] + ahead * 3 * thick, way[-1] + aside * 1.9 * thick, way[-1] - aside * 1.9 * thick]
    for colour, grow in (((24, 20, 48), 0.45), ((255, 255, 255), 0.0)):
        radius = thick * (0.5 + grow * 0.6)
        for x, y in way:
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
        middle = sum(head) / 3
        draw.polygon([tuple(middle + (p - middle) * (1 + grow)) for p in head], fill=colour)
        disc = thick * (1.5 + grow * 0.6)
        x, y = way[0]
        draw.ellipse([x - disc, y - disc, x + disc, y + disc], fill=colour)
    x, y = way[0]
    draw.ellipse([x - thick, y - thick, x + thick, y + thick], fill=(255, 102, 204))
    return large.resize(picture.size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    INTO.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or ("demo", "editor", "icon", "lead"):
        word, _, path = name.partition("=")
        if word == "photograph":
            photograph(path)
        else:
            {"demo": demo, "editor": editor, "icon": icon, "lead": lead}[word]()
