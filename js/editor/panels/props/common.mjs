// props/ holds the properties of what is selected, by kind. It imports ui/, state/, commands/ and motion/, and no other panel.

// What the property panels of several kinds share: their needs and parts, easing, hidden intervals, a slider that is one gesture.

import { setHidden, setLayer } from "../../commands/all.mjs";
import { layerById } from "../../motion/document/document.mjs";
import { h } from "../../ui/dom.mjs";
import { fold, iconButton, numberField } from "../../ui/fields.mjs";

/** @typedef {import('../../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../../motion/document/types.mjs').Easing} Easing */
/** @typedef {import('../../state/state.mjs').Gesture} Gesture */
/**
 * @typedef {object} PropsNeeds
 * @property {import('../../state/state.mjs').EditorState} state
 * @property {import('../../ui/strings.mjs').Translate} t
 * @property {() => import('../../ui/theme.mjs').ThemeColors} colors
 * @property {import('./favourites.mjs').Favourites} favourites
 */
/**
 * A stretch of the panel: built for what is selected, then told new values.
 * @typedef {object} PropsPart
 * @property {import('../../ui/dom.mjs').Child[]} nodes
 * @property {() => void} update
 */

/** Actions of an easing editor. @param {PropsNeeds} needs @param {(doc: Doc, easing: Easing) => Doc} write @returns {import('./curve_editor.mjs').EasingActions} */
export function easingActions({ state, t }, write) {
  return {
    begin: (options) => state.begin({ ...options, label: t("do.easing") }),
    write,
    choose: (easing) => state.apply(write(state.doc, easing), t("do.easing")),
  };
}

/** Handlers of a slider: one step from the first value to the one that is let go. @param {PropsNeeds} needs @param {string} label @param {(doc: Doc, value: number) => Doc} write */
export function slidingStep({ state }, label, write) {
  /** @type {Gesture|null} */
  let held = null;
  /** @param {number} value */
  const onInput = (value) => {
    held ??= state.begin({ label, onEnd: () => (held = null) });
    held.update((doc) => write(doc, value));
  };
  return {
    onInput,
    /** @param {number} value */
    onChange(value) {
      onInput(value);
      held?.commit();
    },
  };
}

/** Rows of hidden intervals with an "add" that starts at the playhead. @param {PropsNeeds} needs @param {string} id @returns {{element: HTMLElement, update: () => void}} */
export function hiddenFold({ state, t }, id) {
  /** @returns {[number, number][]} */
  const intervals = () => {
    const layer = layerById(state.doc, id);
    return layer && "hidden" in layer ? layer.hidden : [];
  };
  /** @param {[number, number][]} hidden */
  const set = (hidden) => state.apply(setLayer(state.doc, id, { hidden }), t("do.hide"));
  const rows = intervals().map(([first, last], i) => {
    const at = (/** @type {0|1} */ j) => numberField({ label: t(j ? "hidden.last" : "hidden.first"), min: 0, max: () => state.doc.frames - 1, onChange: (value) => {
      const next = intervals().map(([from, to]) => /** @type {[number, number]} */ ([from, to]));
      next[i][j] = Math.round(value);
      if (next[i][0] > next[i][1]) next[i][1 - j] = next[i][j];
      set(next);
    } });
    const fields = [at(0), at(1)];
    fields[0].set(first);
    fields[1].set(last);
    const row = h("div", { class: "wme-quiet-row" }, [...fields.map((one) => one.element), iconButton("close", t("hidden.remove"), () => set(intervals().filter((_, k) => k !== i)), { size: 14, className: "is-quiet" })]);
    return { row, update: () => { const now = intervals()[i]; if (now) fields.forEach((one, j) => one.set(now[j])); } };
  });
  const add = iconButton("plus", t("hidden.add"), () => {
    const from = Math.min(state.doc.frames - 1, Math.max(1, Math.round(state.frame)));
    state.apply(setHidden(state.doc, id, from, Math.min(state.doc.frames - 1, from + 11), true), t("do.hide"));
  }, { size: 15 });
  const element = fold(t("hidden"), [rows.length ? h("div", { class: "wme-quiet-list" }, rows.map((one) => one.row)) : h("p", { class: "wme-muted", text: t("hidden.none") })], [add]);
  return { element, update: () => rows.forEach((one) => one.update()) };
}
