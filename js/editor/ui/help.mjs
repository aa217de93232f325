// The keyboard map, one screen, opened with "?".

import { h } from "./dom.mjs";
import { iconButton } from "./fields.mjs";

/** [title, [what, keys]...] per group; the words come from the string table. @type {[string, [string, string][]][]} */
const KEY_MAP = [
  ["help.tools", [["tool.thing", "T"], ["thing.less", "["], ["thing.more", "]"], ["thing.add", "Shift-click"], ["thing.take", "Alt-click"], ["tool.select", "V"], ["tool.drag", "D"], ["tool.pen", "P"], ["tool.region", "R"], ["tool.anchor", "A"], ["tool.camera", "C"]]],
  ["help.watch", [["key.play", "Space"], ["key.step", "← →"], ["key.frame", "Shift ← →"], ["key.ends", "Home End"], ["key.hide", "H"]]],
  ["help.view", [["key.zoom", "Wheel"], ["key.pan", "Space-drag"], ["key.pan", "Middle-drag"], ["key.fit", "0"], ["overlays", "O"], ["key.grid", "G"], ["key.snap", "S"], ["key.show", "L"]]],
  ["help.edit", [["undo", "Ctrl Z"], ["redo", "Ctrl Shift Z"], ["key.copy", "Ctrl C  V"], ["act.duplicate", "Ctrl D"], ["key.altDrag", "Alt-drag"], ["act.delete", "Del"], ["act.mirror", "M"], ["key.nudge", "Alt ← ↑ ↓ →"], ["key.all", "Ctrl A"], ["key.axis", "Shift"], ["key.pivot", "Alt-drag"], ["key.insert", "Double-click"], ["key.erase", "Right-click"], ["key.finish", "Enter"], ["key.escape", "Esc"]]],
  ["help.touch", [["key.finger", "1"], ["key.fingers", "2"], ["key.press", "···"]]],
];

/**
 * @typedef {object} HelpNeeds
 * @property {import('./strings.mjs').Translate} t
 * @property {import('./menu.mjs').Floating} float
 */

/** @param {HelpNeeds} needs */
export function showHelp({ t, float }) {
  const grid = h("div", { class: "wme-keysgrid" });
  for (const [title, rows] of KEY_MAP) {
    grid.append(h("h3", { text: t(title) }));
    for (const [what, keys] of rows) grid.append(h("div", {}, [h("span", { text: t(what) }), ...keys.split(" ").filter(Boolean).map((key) => h("span", { class: "wme-kbd", text: key }))]));
  }
  const panel = h("div", { class: "wme-help", role: "dialog", "aria-modal": "true", "aria-label": t("help") }, [h("div", { class: "wme-bar" }, [h("h2", { text: t("help") }), iconButton("close", t("close"), () => float.close())]), grid]);
  const sheet = h("div", { class: "wme-sheet" }, [panel]);
  sheet.addEventListener("pointerdown", (event) => event.target === sheet && float.close());
  float.show(sheet);
}
