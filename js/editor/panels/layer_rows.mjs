// What rows the layers have, in the list and in the timeline: front first, a group under its name, or what a search finds.

import { groupOf, idsOfGroup } from "../commands/all.mjs";
import { h, setPressed } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";

/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {{kind: "layer", layer: Layer, inGroup: boolean}} LayerRow */
/** @typedef {{kind: "group", name: string, layers: Layer[], open: boolean}} GroupRow front first */
/** @typedef {LayerRow|GroupRow} Row */
/** @typedef {import('../state/state.mjs').EditorState} EditorState */

/** @param {readonly Layer[]} layers bottom to top @param {ReadonlySet<string>} closed names of groups whose layers are not shown @param {string} [wanted] part of a name, in any case: then there are no groups @returns {Row[]} */
export function rowsOf(layers, closed, wanted = "") {
  const part = wanted.trim().toLocaleLowerCase();
  const front = [...layers].reverse();
  if (part) {
    const found = (/** @type {string|null} */ name) => !!name?.toLocaleLowerCase().includes(part);
    return front.filter((layer) => found(layer.name) || found(groupOf(layer))).map((layer) => ({ kind: "layer", layer, inGroup: false }));
  }
  /** @type {Row[]} */
  const rows = [];
  for (let at = 0; at < front.length; ) {
    const name = groupOf(front[at]);
    const end = front.findIndex((layer, i) => i > at && groupOf(layer) !== name);
    const layers = front.slice(at, end < 0 ? front.length : end);
    if (name !== null) rows.push({ kind: "group", name, layers, open: !closed.has(name) });
    if (name === null || !closed.has(name)) for (const layer of layers) rows.push({ kind: "layer", layer, inGroup: name !== null });
    at += layers.length;
  }
  return rows;
}

/** Open a group, or fold it, wherever it is listed. @param {EditorState} state @param {string} name @param {boolean} [open] */
export function turnGroup(state, name, open = state.folded.has(name)) {
  if (open !== state.folded.has(name)) return;
  const others = [...state.folded].filter((one) => one !== name);
  state.set("ui", { folded: new Set(open ? others : [...others, name]) });
}

/** A group that is gone is not remembered as folded: another one of its name is seen when it is made. @param {EditorState} state */
export function forgetGone(state) {
  if (!state.folded.size) return;
  const there = new Set(state.doc.layers.map(groupOf));
  const folded = [...state.folded].filter((name) => there.has(name));
  if (folded.length < state.folded.size) state.set("ui", { folded: new Set(folded) });
}

/** A group of which some is picked elsewhere, and not all, is opened. @param {EditorState} state */
export function openPickedGroup(state) {
  const active = state.activeIds();
  const group = groupOf([...state.doc.layers].reverse().find((layer) => active.has(layer.id)));
  if (group !== null && !idsOfGroup(state.doc, group).every((id) => active.has(id))) turnGroup(state, group, true);
}

/**
 * @typedef {object} GroupActions
 * @property {() => void} turn open or close it
 * @property {(event: MouseEvent) => void} pick
 * @property {() => void} rename
 * @property {() => void} ungroup
 * @property {(fields: {visible: boolean}|{locked: boolean}) => void} set of all its layers
 */

/** @param {GroupRow} row @param {{t: import('../ui/strings.mjs').Translate, active: ReadonlySet<string>, top_px: number, does: GroupActions}} needs */
export function groupRow({ name, layers, open }, { t, active, top_px, does }) {
  const shown = layers.some((layer) => layer.visible !== false);
  const locked = layers.every((layer) => layer.locked);
  const on = layers.every((layer) => active.has(layer.id));
  /** @param {string} part @param {string} image @param {string} label @param {() => void} run @param {boolean} [set] */
  const button = (part, image, label, run, set) => {
    const made = h("button", { class: `wme-btn is-icon ${set ? "is-set" : ""}`, type: "button", title: label, "aria-label": `${label}: ${name}`, dataset: { part }, on: { click: (event) => { event.stopPropagation(); run(); } } }, [icon(image, 16)]);
    if (set !== undefined) setPressed(made, set);
    return made;
  };
  const turn = button("turn", "chevron", t(open ? "group.close" : "group.open"), does.turn);
  turn.classList.add("wme-turn");
  turn.setAttribute("aria-expanded", String(open));
  const label = h("button", { class: "wme-row-name", type: "button", "aria-pressed": String(on), title: name, dataset: { part: "name" } }, [h("span", { text: name }), h("small", { text: String(layers.length) })]);
  label.addEventListener("click", does.pick);
  label.addEventListener("dblclick", does.rename);
  return h("div", { class: `wme-row is-group ${on ? "is-on" : ""} ${shown ? "" : "is-off"}`, role: "listitem", style: { top: `${top_px}px` }, dataset: { group: name } }, [
    turn, label,
    button("ungroup", "ungroup", t("group.ungroup"), does.ungroup),
    button("eye", shown ? "eye" : "eyeOff", t(shown ? "layer.hide" : "layer.show"), () => does.set({ visible: !shown }), !shown),
    button("lock", locked ? "lock" : "unlock", t(locked ? "layer.unlock" : "layer.lock"), () => does.set({ locked: !locked }), locked),
  ]);
}
