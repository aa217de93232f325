// timeline/ is what of the timeline takes the focus beside its ruler. It imports what panels/ may, but panels/.

// The ends of the selected bar, the bar itself and its keys as sliders: arrows move them by a latent step, with Shift by a frame. They lie over what the canvas shows.

import { barOfSeveral, deleteKey, dragBar, groupOf, idsOfGroup, moveKey, shiftTimes } from "../../commands/all.mjs";
import { frameLabel } from "../../motion/timing/timecode.mjs";
import { h } from "../../ui/dom.mjs";

const STEP_T = 4;
/** More keys than these are found in the properties. */
const MOST_KEYS = 60;

/** @typedef {import('../../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../../motion/document/types.mjs').RegionLayer} RegionLayer */
/**
 * What a slider stands for: `at` its frame in the document of now, `move` the step to another one, null where it cannot go there.
 * @typedef {object} Handle
 * @property {string} part of the bar, for the focus that stays
 * @property {string} label
 * @property {number} at
 * @property {number} [end] of a bar that has one handle alone
 * @property {(by: number) => import('../../motion/document/types.mjs').Doc|null} move
 * @property {() => import('../../motion/document/types.mjs').Doc|null} remove
 */
/** @typedef {{id: string}|{group: string}|"camera"} Held whose bar it is */
/**
 * @typedef {object} HandlesNeeds
 * @property {import('../../state/state.mjs').EditorState} state
 * @property {import('../../ui/strings.mjs').Translate} t
 * @property {{xOf: (frame: number) => number, rowTop: (owner: Held) => number|null}} place CSS px in the rows; null: that row is not there
 */

/** @param {HandlesNeeds} needs @returns {{element: HTMLElement, update: () => void}} */
export function createBarHandles({ state, t, place }) {
  const element = h("div", { class: "wme-bar-handles", role: "group", "aria-label": t("timeline.bar") });
  /** @type {HTMLElement[]} */
  let sliders = [];
  /** @type {Handle[]} */
  let handles = [];
  let shown = "";

  /** @returns {Held|null} */
  const owner = () => {
    if (state.cameraPicked) return "camera";
    const layer = state.single();
    if (layer) return layer.locked ? null : { id: layer.id };
    // A whole group that is picked, and nothing else.
    const active = state.activeIds();
    const group = active.size ? groupOf(state.doc.layers.find((one) => active.has(one.id))) : null;
    const ids = group === null ? [] : idsOfGroup(state.doc, group);
    return group !== null && ids.length === active.size && ids.every((id) => active.has(id)) ? { group } : null;
  };

  /** @param {Held} held @returns {Handle[]} */
  function handlesOf(held) {
    if (held !== "camera" && "group" in held) return groupHandles(held.group);
    const id = held === "camera" ? held : held.id;
    const layer = id === "camera" ? null : state.doc.layers.find((one) => one.id === id);
    if (layer?.type === "path" && layer.points.length > 1) return barHandles(layer);
    const keys = id === "camera" ? state.doc.camera?.keys ?? [] : layer?.type === "region" ? layer.keys : [];
    return keys.slice(0, MOST_KEYS).map(({ frame }, i) => ({
      part: `key ${i}`, label: t("timeline.key", { name: layer?.name ?? t("camera"), key: i + 1, count: keys.length }), at: frame,
      move: (by) => movedKey(id, keys, frame, by),
      remove: () => deleteKey(state.doc, id, frame),
    }));
  }

  /** @param {string} group @returns {Handle[]} */
  function groupHandles(group) {
    const ids = idsOfGroup(state.doc, group);
    const bar = barOfSeveral(state.doc.layers.filter((layer) => ids.includes(layer.id) && !layer.locked));
    if (!bar) return [];
    return [{ part: "body", label: t("timeline.group", { name: group, count: ids.length }), at: bar.start, end: bar.end, move: (by) => shiftTimes(state.doc, ids, by), remove: () => null }];
  }

  /** @param {PathLayer} layer @returns {Handle[]} */
  function barHandles(layer) {
    const parts = /** @type {const} */ (["body", "start", "end"]);
    return parts.map((part) => ({
      part, label: t(`timeline.${part}`, { name: layer.name }), at: part === "end" ? layer.end : layer.start,
      move: (by) => dragBar(state.doc, [layer.id], part, by),
      remove: () => null,
    }));
  }

  /** A key goes past others and never onto one, which it would replace. @param {string} id @param {readonly {frame: number}[]} keys @param {number} from @param {number} by */
  function movedKey(id, keys, from, by) {
    const taken = new Set(keys.map((key) => key.frame));
    const way = Math.sign(by);
    let to = Math.max(0, Math.min(state.doc.frames - 1, from + by));
    while (to !== from && taken.has(to)) to -= way;
    return to === from ? null : moveKey(state.doc, id, from, to);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const i = sliders.findIndex((one) => one === event.target);
    const handle = handles[i];
    if (!handle) return;
    const away = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const last = state.doc.frames - 1;
    const by = away ? away * (event.shiftKey ? 1 : STEP_T) : event.key === "Home" ? -last : event.key === "End" ? last : 0;
    const removes = event.key === "Delete" || event.key === "Backspace";
    if (!by && !removes) return;
    event.preventDefault();
    event.stopPropagation();
    const next = removes ? handle.remove() : handle.move(by);
    if (next) state.apply(next, t(handle.part.startsWith("key") ? "do.key" : "do.timing"));
    update();
  }
  element.addEventListener("keydown", pressed);

  function update() {
    const held = owner();
    const top = held === null ? null : place.rowTop(held);
    handles = held === null || top === null ? [] : handlesOf(held);
    const key = `${JSON.stringify(held)} ${handles.map((one) => one.part)}`;
    if (key !== shown) {
      const focused = sliders.includes(/** @type {HTMLElement} */ (document.activeElement)) ? /** @type {HTMLElement} */ (document.activeElement).dataset.part : null;
      sliders = handles.map(({ part }) => h("div", { class: "wme-bar-handle", role: "slider", tabindex: "0", "aria-valuemin": "0", dataset: { part } }));
      element.replaceChildren(...sliders);
      const again = focused && (sliders.find((one) => one.dataset.part === focused) ?? sliders[sliders.length - 1]);
      if (again) again.focus({ preventScroll: true });
    }
    shown = key;
    element.hidden = !handles.length;
    handles.forEach(({ label, at, part, end: own }, i) => {
      const slider = sliders[i];
      slider.setAttribute("aria-label", label);
      slider.setAttribute("aria-valuemax", String(state.doc.frames - 1));
      slider.setAttribute("aria-valuenow", String(at));
      slider.setAttribute("aria-valuetext", frameLabel(at, state.doc.fps));
      const end = part === "body" ? own ?? handles.find((one) => one.part === "end")?.at ?? at : at;
      slider.style.left = `${place.xOf(at)}px`;
      slider.style.width = `${Math.max(0, place.xOf(end) - place.xOf(at))}px`;
      slider.style.top = `${top}px`;
    });
  }

  return { element, update };
}
