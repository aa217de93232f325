"""The draft's pixels, and drawing under a camera that moves, on the editor's own page."""

# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bare_documents import document, path_layer

Open = Callable[..., Any]

PAINT = """(async () => {
  const [{createDraft}, {sampleDocument}] = await Promise.all([import('./editor/draft/preview.mjs'), import('./editor/motion/evaluation/evaluate.mjs')]);
  const {picture, layers, camera, frame, scale, flat, alone, first} = arg, [w, h] = [Math.round(832 * scale), Math.round(480 * scale)];
  const source = document.createElement('canvas'); source.width = 832; source.height = 480;
  const paint = source.getContext('2d');
  if (arg.boxes) for (const [fill, ...box] of arg.boxes) { paint.fillStyle = fill; paint.fillRect(...box); } else if (picture) { paint.fillStyle = picture; paint.fillRect(0, 0, 832, 480); } else paint.drawImage(state.picture.fitted, 0, 0);
  const doc = {...state.doc, layers: layers.map((layer) => ({visible: true, locked: false, closed: false, speeds: null, times: null, timing: 'arc', before: 'hold', after: 'hold', easing: 'linear', hidden: [], ...layer})), camera};
  const canvas = document.createElement('canvas'); canvas.width = w; canvas.height = h;
  const draft = createDraft(canvas, {forceFlat: flat, alone}); draft.setPicture(source);
  const sampled = sampleDocument(doc);
  let rounds = 0;
  while (draft.paint(doc, sampled, frame, {scale, x: 0, y: 0, width: w, height: h}, 1) && !first) if (++rounds > 3000) throw new Error('never cut'); else await new Promise(requestAnimationFrame);
  const read = (image) => { const c = document.createElement('canvas'); c.width = w; c.height = h; const x = c.getContext('2d'); x.imageSmoothingQuality = 'medium'; x.drawImage(image, 0, 0, w, h); return c.toDataURL().split(',')[1]; };
  const got = read(canvas), still = read(source);
  draft.destroy();
  return {kind: draft.kind, got, still};
})()"""


def paint(ed: Any, **scene: Any) -> tuple[np.ndarray, np.ndarray]:
    """What the draft shows and the picture at rest, uint8 [H, W, 3]."""
    import cv2

    flat = scene.get("flat", False)
    made = ed.js(PAINT, {"picture": None, "camera": None, "frame": 80, "scale": 1, "flat": flat} | scene)
    assert made["kind"] == "flat" if flat else made["kind"] in ("webgl", "flat")
    pngs = [np.frombuffer(base64.b64decode(made[name]), np.uint8) for name in ("got", "still")]
    # Transparent pixels, which the draft must not leave, decode to black.
    got, still = (cv2.cvtColor(cv2.imdecode(png, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for png in pngs)
    return got, still


# Points that stir together bend the picture; one of them pulls the border inwards.
BENDS = [
    path_layer(id=f"b{i}", points=[[x, y], [x + 0.02, y + 0.02]])
    for i, (x, y) in enumerate([(0.004, 0.5), (0.05, 0.52), (0.1, 0.5), (0.08, 0.45)])
]
BALL = path_layer(id="ball", points=[[200 / 832, 280 / 480], [420 / 832, 160 / 480]])
REGION = {
    "id": "r1",
    "type": "region",
    "name": "Box",
    "color": None,
    "polygon": [[0.6, 0.49], [0.79, 0.49], [0.79, 0.74], [0.6, 0.74]],
    "mask": None,
    "density": 1,
    "pivot": [0.7, 0.61],
    "keys": [
        {"frame": 0, "offset": [0, 0], "rotate": 0, "scale": 1},
        {"frame": 80, "offset": [0, -0.3], "rotate": 0, "scale": 1},
    ],
}


def test_a_thing_moves_before_it_is_cut_and_a_worker_cuts_as_the_page_does(open_editor: Open) -> None:
    ed = open_editor(document=document())
    workers: list[str] = []
    ed.page.on("worker", lambda worker: workers.append(worker.url))
    ball = [
        path_layer(id=f"b{i}", points=[[(200 + dx) / 832, (280 + dy) / 480], [(420 + dx) / 832, (160 + dy) / 480]])
        for i, (dx, dy) in enumerate([(-20, -15), (22, -10), (0, 25)])
    ]
    layers = [*ball, REGION]
    y, x = np.mgrid[0:480, 0:832]
    there, core = np.hypot(x - 420, y - 160) < 47, np.hypot(x - 420, y - 160) < 30

    def is_red(got: np.ndarray) -> np.ndarray:
        return (got[..., 0].astype(int) > got[..., 2].astype(int) + 60) & (got[..., 0] > 150)

    first, still = paint(ed, layers=layers, flat=True, first=True)
    assert is_red(first)[core].mean() > 0.95, "the first sight has the ball on its way"
    assert np.abs(first[160, 560:600].astype(int) - still[300, 580]).max() < 25, "and the box"
    whole, _ = paint(ed, layers=layers, flat=True)
    count = len(workers)
    assert count and all(url.endswith("/crew.mjs") for url in workers)
    assert is_red(whole)[there].mean() > 0.97
    alone, _ = paint(ed, layers=layers, flat=True, alone=True)
    assert len(workers) == count
    np.testing.assert_array_equal(whole, alone)


def test_draft_has_no_seams_and_things_move_whole(open_editor: Open) -> None:
    """WebGL and the 2D fallback, at full size and at a thumbnail's: closed forms of what must be seen."""
    ed = open_editor(document=document())
    for flat in (False, True):
        for scale in (1, 0.375):
            # A uniform picture stays uniform however the mesh bends: no seam, no dark line at a border.
            got, _ = paint(ed, picture="#7a8c9e", layers=BENDS, flat=flat, scale=scale)
            assert np.abs(got.astype(int) - (0x7A, 0x8C, 0x9E)).max() <= 3
            # A mesh at rest is the picture.
            got, still = paint(ed, layers=[*BENDS, BALL, REGION], frame=0, flat=flat, scale=scale)
            apart = np.abs(got.astype(int) - still)
            assert apart.mean() < 1 and (apart.max(2) > 24).mean() < 0.004
        got, still = paint(ed, layers=[BALL, REGION], flat=flat)
        red = (got[..., 0].astype(int) > got[..., 2].astype(int) + 60) & (got[..., 0] > 150)
        # The ball (radius 50 at 200, 280) is whole at its track's end, and gone from where it was.
        y, x = np.mgrid[0:480, 0:832]
        there = np.hypot(x - 420, y - 160) < 47
        assert red[there].mean() > 0.97
        assert red[~(np.hypot(x - 420, y - 160) < 54)].mean() < 0.002
        # Behind it the sky goes on: as bright as beside it on the same row.
        assert np.abs(got[270, 160:240].astype(int) - still[270, 100]).max() < 20
        # The box rose by 144 px with its region, and left no copy.
        assert np.abs(got[160, 540:620].astype(int) - still[300, 580]).max() < 25
        assert np.abs(got[300, 560:600].astype(int) - still[300, 500]).max() < 40
        # Through a camera the picture outside is dark and what is inside is where the camera puts it: truck right by a tenth.
        camera = {
            "keys": [
                {"frame": 0, "truck": [0, 0], "zoom": 1, "roll": 0},
                {"frame": 80, "truck": [0.25, 0], "zoom": 1, "roll": 0},
            ],
            "easing": "linear",
        }
        got, still = paint(ed, layers=[], camera=camera, flat=flat)
        assert np.abs(got[:, 0:600].astype(int) - still[:, 208:808]).mean() < 2
        assert got[:, 640:].max() < 40


def test_what_is_half_there_has_no_seams(open_editor: Open) -> None:
    """A pinned region that fades under a push-in, over a picture that a lone point bends: its place is one tone, with no line where the mesh's triangles meet."""
    ed = open_editor(document=document())
    corners = [[0.6, 0.3], [0.9, 0.3], [0.9, 0.75], [0.6, 0.75]]
    region = {**REGION, "polygon": corners, "pivot": [0.75, 0.5], "pinned": True, "keys": [], "hidden": [[79, 80]]}
    # So slow that the region hardly leaves its place in the scene: what is behind it is half there too.
    keys = [{"frame": frame, "truck": [0, 0], "zoom": zoom, "roll": 0} for frame, zoom in [(0, 1), (80, 1.01)]]
    lone = path_layer(id="lone", points=[[0.2, 0.4], [0.25, 0.45]])
    boxes = [["#f4f6f8", 0, 0, 832, 480], ["#20262c", 520, 160, 208, 190]]
    got, _ = paint(ed, boxes=boxes, layers=[region, lone], camera={"keys": keys, "easing": "linear"}, flat=True)
    inside = got[190:320, 550:700, 0].astype(int)
    assert 50 < np.median(inside) < 220, "between the thing and what is behind it"
    assert np.ptp(inside) <= 3


def test_draft_on_the_stage_follows_a_stroke(open_editor: Open) -> None:
    """The ball is at its track's end in the last frame: the pixel there turns from sky to red, and back."""
    ed = open_editor()
    ed.drag((200, 280), (300, 220), (400, 160), (480, 160))
    ed.press("End")
    ed.settle()
    ed.settle()

    def red(x_px: float, y_px: float) -> bool:
        import cv2

        x, y = ed.at(x_px, y_px)
        shot = ed.page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
        blue, green, value = (int(v) for v in cv2.imdecode(np.frombuffer(shot, np.uint8), 1)[0, 0])
        return value > 150 and value > blue + 60 and value > green + 60

    assert red(472, 178) and red(500, 190) and not red(190, 300)
    ed.press("Home")
    ed.settle()
    assert not red(472, 178) and red(190, 300)


def test_under_a_camera_points_are_taken_where_they_are_shown(open_editor: Open) -> None:
    camera = {
        "keys": [
            {"frame": 0, "truck": [0, 0], "zoom": 1, "roll": 0},
            {"frame": 80, "truck": [0.1, 0.05], "zoom": 1.25, "roll": 20},
        ],
        "easing": "linear",
    }
    ed = open_editor(document=document(path_layer(), camera=camera))

    def shown(x_norm: float, y_norm: float, frame: int) -> tuple[float, float]:
        """The camera's rule, written out: C + zoom R(-roll)(scene - C - truck), zoom even in log."""
        part = frame / 80
        zoom, roll = 1.25**part, np.radians(20 * part)
        x, y = x_norm * 832 - 416 - 83.2 * part, y_norm * 480 - 240 - 24 * part
        return (
            416 + zoom * (x * np.cos(roll) + y * np.sin(roll)),
            240 + zoom * (-x * np.sin(roll) + y * np.cos(roll)),
        )

    ed.press("v", "End")
    assert ed.js("state.frame") == 80
    ed.click(*shown(0.5, 0.25, 80))
    assert ed.js("state.selection.points") == [{"layer": "a1", "index": 1}]
    # Dragged, it lies under the pointer; what is stored is where that is in the scene.
    ed.drag(shown(0.5, 0.25, 80), shown(0.6, 0.35, 80))
    np.testing.assert_allclose(ed.layers[0]["points"][1], [0.6, 0.35], atol=0.003)
    # A stroke starts at rest: it lands where it was drawn.
    ed.press("Escape", "d")
    ed.js("state.setFrame(40)")
    ed.drag((200, 280), (300, 220))
    np.testing.assert_allclose(ed.layers[-1]["points"][0], [200 / 832, 280 / 480], atol=0.003)
    # The camera tool looks at the scene: its frame is dragged as drawn there.
    ed.press("c")
    ed.js("state.setFrame(80)")
    ed.drag((416, 240), (441, 240))
    np.testing.assert_allclose(ed.document["camera"]["keys"][-1]["truck"], [0.1 + 25 / 832, 0.05], atol=0.003)


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_fingers_find_every_control(open_editor: Open, size: tuple[int, int]) -> None:
    """Named, reachable by Tab and 44 px at a coarse pointer; a row of the timeline too. The handle between panels is as wide as the page."""
    ed = open_editor(document=document(path_layer(), camera=None), touch=True, size=size)
    ed.js("(ed.setTool('select'), state.selectLayers(['a1']))")
    ed.settle()
    found = ed.page.evaluate(
        """[...document.querySelectorAll('.wme button, .wme input, .wme select, .wme [tabindex]')].filter((one) => !one.matches('.wme-keys, .wme, .wme-grow')).map((one) => {
          const box = one.getBoundingClientRect(), style = getComputedStyle(one);
          return {name: one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent || '', html: one.outerHTML.slice(0, 90), seen: box.width > 0 && style.visibility !== 'hidden', least: Math.min(box.width, box.height), tab: one.tabIndex >= 0 || one.disabled};
        })"""
    )
    seen = [one for one in found if one["seen"]]
    assert len(seen) > 15
    assert [one for one in seen if not one["name"]] == []
    assert [one for one in seen if not one["tab"]] == []
    assert [one for one in seen if one["least"] < 43.5] == []
