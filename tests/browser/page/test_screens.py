"""Pictures of the editor to look at, at the sizes and themes people use. Asserted: nothing is cut off, covered, or in another language."""
# Scripts for the page keep their own lines.
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LAYERS = [
    {
        "id": "k1",
        "type": "anchors",
        "name": "Hold",
        "color": "#9aa0a6",
        "points": [[0.05, 0.9], [0.9, 0.1], [0.9, 0.9]],
    },
    {
        "id": "a1",
        "type": "path",
        "name": "Ball",
        "color": "#ffd400",
        "points": [[0.24, 0.58], [0.35, 0.3], [0.5, 0.25], [0.6, 0.4]],
        "curve": "catmull-rom",
        "start": 8,
        "end": 56,
        "speeds": [1, 0.5, 2, 1],
        "hidden": [[60, 72]],
    },
    {
        "id": "r1",
        "type": "region",
        "name": "Box",
        "color": "#ff66cc",
        "polygon": [[0.62, 0.51], [0.78, 0.51], [0.78, 0.72], [0.62, 0.72]],
        "pivot": [0.7, 0.61],
        "density": 0.5,
        "keys": [
            {"frame": 0, "offset": [0, 0], "rotate": 0, "scale": 1},
            {"frame": 80, "offset": [0.1, -0.2], "rotate": 20, "scale": 1.1},
        ],
        "easing": "ease-in-out",
    },
]


Screen = tuple[str, tuple[int, int], str]


@pytest.mark.parametrize(
    ("touch", "ratio", "screens"),
    [
        (
            False,
            1,
            [
                ("wide_dark", (1440, 900), "dark"),
                ("small_dark", (1024, 700), "dark"),
                ("wide_light", (1440, 900), "light"),
            ],
        ),
        (
            True,
            2,
            [
                ("tablet_light", (820, 1180), "light"),
                ("phone_dark", (390, 844), "dark"),
                ("phone_narrow_dark", (320, 640), "dark"),
            ],
        ),
    ],
    ids=["mouse", "touch"],
)
def test_screens(
    open_editor: Callable[..., Any], artefacts: Path, touch: bool, ratio: int, screens: list[Screen]
) -> None:
    """One page for each kind of pointer, resized in place. Touch screens have two pixels a point."""
    text = json.dumps({"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": LAYERS})
    ed = open_editor(document=text, size=screens[0][1], touch=touch, ratio=ratio, query=f"?theme={screens[0][2]}")
    theme = screens[0][2]
    for name, size, wanted in screens:
        ed.page.set_viewport_size({"width": size[0], "height": size[1]})
        if wanted != theme:
            ed.open(f"?theme={wanted}")
            theme = wanted
        ed.js("(ed.setTool('select'), state.selectLayers(['a1']), state.setFrame(28))")
        ed.settle()
        ed.settle()
        ed.page.screenshot(path=artefacts / f"editor_{name}.png")
        check_layout(ed, size, ratio)


def check_layout(ed: Any, size: tuple[int, int], ratio: int) -> None:
    done = ed.page.get_by_role("button", name="Done").bounding_box()
    status = ed.page.locator(".wme-status").bounding_box()
    assert done["x"] >= 0 and done["x"] + done["width"] <= size[0]
    assert status["y"] + status["height"] <= size[1]
    # Nothing scrolls sideways, the stage keeps its part of the page, and its pixels are the screen's.
    assert ed.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stage = ed.page.locator(".wme-stage").bounding_box()
    assert stage["height"] > size[1] * 0.3
    assert abs(ed.js("ed.stage.over.width") - stage["width"] * ratio) <= 2


AUDIT = """() => {
  const found = [], root = document.querySelector('.wme');
  const scope = document.querySelector('.wme-sheet, .wme-compare, .wme-fault') ?? root;
  const name = (el) => `${el.className || el.tagName} "${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim().slice(0, 40)}"`;
  const seen = (el) => { const box = el.getBoundingClientRect(); return el.checkVisibility({visibilityProperty: true}) && box.width > 1 && box.height > 1 && !el.closest('.wme-sr, .wme-keys'); };
  // What of an element can be seen at all: what scrolls hides rightly, what only cuts does not.
  const frameOf = (el) => {
    const frame = {left: 0, top: 0, right: innerWidth, bottom: innerHeight, scrolls: false};
    for (let at = el.parentElement; at; at = at.parentElement) {
      const {overflowX, overflowY} = getComputedStyle(at), box = at.getBoundingClientRect();
      if (overflowX === 'visible' && overflowY === 'visible') continue;
      frame.scrolls ||= /auto|scroll/.test(overflowX + overflowY);
      Object.assign(frame, {left: Math.max(frame.left, box.left), top: Math.max(frame.top, box.top), right: Math.min(frame.right, box.right), bottom: Math.min(frame.bottom, box.bottom)});
    }
    return frame;
  };
  const over = [...document.querySelectorAll('.wme-menu, .wme-toast, .wme-side.is-open')].filter(seen);
  const controls = [...scope.querySelectorAll('button, input, select, output')].filter(seen).filter((el) => !el.closest('.wme-swatch'));
  const places = controls.map((el) => ({el, box: el.getBoundingClientRect(), frame: frameOf(el), above: over.find((one) => one.contains(el)) ?? null}));
  for (const {el, box, frame} of places) {
    const cut = Math.max(frame.left - box.left, box.right - frame.right, frame.top - box.top, box.bottom - frame.bottom);
    if (cut > 1.5 && !frame.scrolls) found.push(`cut off: ${name(el)}`);
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    if (el.matches('output') || x <= frame.left || x >= frame.right || y <= frame.top || y >= frame.bottom) continue;
    const top = document.elementFromPoint(x, y);
    if (top && !el.contains(top) && !top.contains(el) && !over.some((one) => one.contains(top) && !one.contains(el))) found.push(`covered: ${name(el)} by ${name(top)}`);
  }
  places.forEach((a, i) => places.slice(i + 1).forEach((b) => {
    if (a.el.contains(b.el) || b.el.contains(a.el) || a.above !== b.above || (over.length && !a.above)) return;
    const width = Math.min(a.box.right, b.box.right, a.frame.right, b.frame.right) - Math.max(a.box.left, b.box.left, a.frame.left, b.frame.left);
    const height = Math.min(a.box.bottom, b.box.bottom, a.frame.bottom, b.frame.bottom) - Math.max(a.box.top, b.box.top, a.frame.top, b.frame.top);
    if (width > 1 && height > 1) found.push(`over one another: ${name(a.el)}, ${name(b.el)}`);
  }));
  // Words stay within what holds them. A person's own (names, prompts) and the line of advice may end in dots.
  const words = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode, el = node.parentElement;
    if (!node.data.trim() || !seen(el) || el.closest('option, .wme-row-name, .wme-tip, .wme-clip-name, .wme-take, .wme-compare, .wme-favourite')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    for (let at = el; at && at !== scope; at = at.parentElement) {
      const {overflowX} = getComputedStyle(at), frame = at.getBoundingClientRect();
      if (/auto|scroll/.test(overflowX)) break;
      if ((overflowX !== 'visible' || at.matches('button, label')) && (box.right > frame.right + 1.5 || box.left < frame.left - 1.5)) { found.push(`words cut: ${name(el)}`); break; }
    }
    // Names of keys, of formats and of programs are what they are in every language.
    if (/^zh/.test(document.documentElement.lang)) for (const word of node.data.match(/[A-Za-z]{4,}/g) ?? []) if (!/^(Shift|Space|Home|Enter|JSON|PgUp|PgDn|click|drag|Wheel|Middle|Double|Right|WebM|Ctrl|scene|Nuke|ASCII|After|Effects|Mocha|TRACKS|Comfy|ComfyUI|Python|Motion|Designer|Equalizer|DEqualizer|PFTrack|Shake|SynthEyes|CameraTracker|safetensors|Wan)$/.test(word)) found.push(`English: ${node.data.trim().slice(0, 60)}`);
  }
  for (const select of scope.querySelectorAll('select')) {
    const {font, paddingLeft, paddingRight} = getComputedStyle(select), ctx = document.createElement('canvas').getContext('2d');
    ctx.font = font;
    if (seen(select) && ctx.measureText(select.selectedOptions[0]?.text ?? '').width > select.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) + 1) found.push(`words cut: ${select.selectedOptions[0].text}`);
  }
  return [...new Set(found)];
}"""

# What is on the screen: a step in the page, and whether the side panel is asked for where it lies over the stage.
SIDE = "(document.querySelector('.wme-side-toggle').checkVisibility() && !document.querySelector('.wme-side').classList.contains('is-open') && document.querySelector('.wme-side-toggle').click())"
UNSIDE = "document.querySelector('.wme-side').classList.remove('is-open')"
FILES = "[...document.querySelectorAll('button[aria-haspopup=menu]')].find((one) => one.checkVisibility()).click()"
SCENES = {
    "path_side": f"(state.selectLayers(['a1']), {SIDE})",
    "region_side": f"(state.selectLayers(['r1']), {SIDE})",
    "several_side": f"(state.selectLayers(['a1', 'r1']), {SIDE})",
    "camera_side": f"(ed.setTool('camera'), state.deselect(), {SIDE})",
    **{f"{tool}_side": f"(ed.setTool('{tool}'), state.deselect(), {SIDE})" for tool in ("thing", "drag", "pen", "region", "anchor")},
    "clip": "document.querySelector('.wme-clip-btn').click()",
    "crop": "(document.querySelector('.wme-clip-btn').click(), [...document.querySelectorAll('.wme-clip .wme-btn')].find((one) => one.querySelector('svg')).click())",
    "files": f"({SIDE}, {FILES})",
    "files_others": f"({SIDE}, {FILES}, document.querySelectorAll('.wme-menu .wme-item')[3].click())",
    "issues": "document.querySelector('.wme-status').click()",
    "held": "(ed.setTool('drag'), document.querySelector('.wme-hold').click())",
    "help": "([...document.querySelectorAll('.is-help')].find((one) => one.checkVisibility()) ?? document.querySelector('.wme-more .is-help')).click()",
}  # fmt: skip


@pytest.mark.parametrize(
    ("size", "touch", "theme", "lang"),
    [
        ((1366, 768), False, "dark", "en"),
        ((1280, 640), False, "light", "zh-CN"),
        ((1024, 768), True, "dark", "en"),
        ((390, 844), True, "light", "zh-CN"),
        ((844, 390), True, "dark", "en"),
    ],
    ids=lambda value: "x".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_nothing_is_cut_covered_or_left_in_english(
    open_editor: Callable[..., Any], artefacts: Path, size: tuple[int, int], touch: bool, theme: str, lang: str
) -> None:
    names = {"k1": "静止", "a1": "球", "r1": "方块"} if lang != "en" else {}
    layers = [{**one, "name": names.get(one["id"], one["name"])} for one in LAYERS]
    layers += [
        {"id": f"g{i}", "type": "path", "name": f"叶 {i}", "group": "树", "points": [[0.1, 0.1 * i], [0.3, 0.1 * i]]}
        for i in range(4)
    ]
    text = json.dumps({"version": 1, "size_wh": [832, 480], "frames": 81, "fps": 16, "fit": "crop", "layers": layers})
    ed = open_editor(document=text, size=size, touch=touch, query=f"?theme={theme}&lang={lang}", tool=None)
    # Each comes at once: what slides in is where it will be.
    ed.page.emulate_media(reduced_motion="reduce")
    wrong = {}
    for name, act in SCENES.items():
        ed.js(f"void ({act})")
        ed.settle()
        found = ed.page.evaluate(AUDIT)
        if found:
            wrong[name] = found
            ed.page.screenshot(path=artefacts / f"wrong_{size[0]}x{size[1]}_{name}.png")
        ed.press("Escape", "Escape")
        ed.js(f"void ({UNSIDE}, state.deselect(), document.querySelector('.wme-toast').hidden = true)")
    assert wrong == {}
