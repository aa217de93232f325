// The keyboard map, one screen, opened with "?".

import { h, isTouchScreen } from "./dom.mjs";
import { iconButton } from "./fields.mjs";

/** [title, [what, keys]...] per group; the words come from the string table, those of keys too where keyboards do not print them. @type {[string, [string, string][]][]} */
const KEY_MAP = [
  ["help.tools", [["tool.thing", "T"], ["thing.less", "["], ["thing.more", "]"], ["thing.add", "cap.shiftClick"], ["thing.take", "cap.altClick"], ["tool.select", "V"], ["tool.drag", "D"], ["tool.pen", "P"], ["tool.region", "R"], ["tool.anchor", "A"], ["tool.camera", "C"]]],
  ["help.watch", [["key.play", "key.space"], ["key.step", "← → , ."], ["key.frame", "Shift ← →"], ["key.ends", "Home End"], ["key.hide", "H"]]],
  ["help.view", [["key.zoom", "cap.wheel"], ["key.pan", "cap.spaceDrag"], ["key.pan", "cap.middleDrag"], ["key.fit", "0"], ["overlays", "O"], ["key.grid", "G"], ["key.snap", "S"], ["key.show", "L"]]],
  ["help.edit", [["undo", "Ctrl Z"], ["redo", "Ctrl Shift Z"], ["key.copy", "Ctrl C  V"], ["act.duplicate", "Ctrl D"], ["key.group", "Ctrl G"], ["key.handles", "cap.altDrag"], ["key.altDrag", "cap.altDrag"], ["act.delete", "Del"], ["act.mirror", "M"], ["key.nudge", "Alt ← ↑ ↓ →"], ["key.all", "Ctrl A"], ["key.axis", "Shift"], ["key.pivot", "cap.altDrag"], ["key.insert", "cap.doubleClick"], ["key.erase", "cap.rightClick"], ["key.crosshair", "cap.enter"], ["key.layers", "PgUp PgDn"], ["key.finish", "cap.enter"], ["key.escape", "Esc"]]],
];
/** Fingers have no names to draw: each line says it all. */
const TOUCH = ["key.finger", "key.fingers", "key.tapAgain", "key.doubleTap", "key.press"];

/**
 * @typedef {object} HelpNeeds
 * @property {import('./strings.mjs').Translate} t
 * @property {import('./menu.mjs').Floating} float
 * @property {boolean} [byKeys] it was asked for with a key: there is a keyboard then, whatever else there is
 */

/** @param {HelpNeeds} needs */
export function showHelp({ t, float, byKeys = false }) {
  const touch = isTouchScreen();
  const title = t(touch && !byKeys ? "help.fingers" : "help");
  const grid = h("div", { class: "wme-keysgrid" });
  if (touch) grid.append(...(byKeys ? [h("h3", { text: t("help.fingers") })] : []), ...TOUCH.map((what) => h("div", {}, [h("span", { text: t(what) })])));
  for (const [group, rows] of touch && !byKeys ? [] : KEY_MAP) {
    grid.append(h("h3", { text: t(group) }));
    for (const [what, keys] of rows) grid.append(h("div", {}, [h("span", { text: t(what) }), ...keys.split(" ").filter(Boolean).map((key) => h("span", { class: "wme-kbd", text: /^(cap|key)\./.test(key) ? t(key) : key }))]));
  }
  const panel = h("div", { class: "wme-help", role: "dialog", "aria-modal": "true", "aria-label": title }, [h("div", { class: "wme-bar" }, [h("h2", { text: title }), iconButton("close", t("close"), () => float.close())]), grid]);
  const sheet = h("div", { class: "wme-sheet" }, [panel]);
  sheet.addEventListener("pointerdown", (event) => event.target === sheet && float.close());
  float.show(sheet);
}
