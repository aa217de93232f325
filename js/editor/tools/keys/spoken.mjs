// What a screen reader is told: what is selected and where, what a step was, the frame that keys went to.

import { h, setText } from "../../ui/dom.mjs";
import { frameLabel } from "../../motion/timing/timecode.mjs";
import { layerBounds } from "../../commands/all.mjs";

/** What comes within this time is said once, in its last words. */
const PAUSE_MS = 120;

/** @typedef {import('../tool.mjs').EditorState} EditorState */
/** @typedef {import('../../ui/strings.mjs').Translate} Translate */
/** @typedef {{state: EditorState, t: Translate, signal: AbortSignal, keysRest: () => boolean}} SpokenNeeds keysRest: whether the focus is on the stage */
/** @typedef {{element: HTMLElement, say: (words: string) => void}} Spoken */

/** @param {SpokenNeeds} needs @returns {Spoken} */
export function createSpoken({ state, t, signal, keysRest }) {
  const element = h("div", { class: "wme-sr wme-spoken", role: "status", "aria-live": "polite" });
  let timer = 0;
  let again = false;

  /** @param {string} words */
  function say(words) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // The same words twice are told twice.
      again = !again;
      setText(element, again ? words : `${words}\u00a0`);
    }, PAUSE_MS);
  }

  state.on("selection", () => say(selectionInWords(state, t)));
  state.on("doc", ({ reason }) => {
    const { undoLabel, redoLabel } = state.history;
    if (reason === "undo" && redoLabel) return say(t("undone", { what: redoLabel }));
    if (reason === "redo" && undoLabel) return say(t("redone", { what: undoLabel }));
    const what = reason === "commit" && undoLabel;
    if (what) say(`${t("say.did", { what })} ${selectionInWords(state, t)}`);
  });
  state.on("frame", () => {
    if (!state.playing && keysRest()) say(t("say.frame", { frame: frameLabel(Math.round(state.frame), state.doc.fps) }));
  });
  state.on("play", () => say(t(state.playing ? "say.playing" : "say.paused")));
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { element, say };
}

/** @param {EditorState} state @param {Translate} t */
function selectionInWords(state, t) {
  const { layers, points } = state.selection;
  if (state.cameraPicked) return t("say.selected", { what: t("camera") });
  const layer = state.single();
  if (!layer) return layers.length + points.length ? t("props.many", { count: state.activeIds().size }) : t("say.nothing");
  const percent = (/** @type {number} */ v) => Math.round(v * 100);
  if (points.length === 1 && "points" in layer) {
    const at = layer.points[points[0].index];
    if (at) return t("say.point", { name: layer.name, point: points[0].index + 1, count: layer.points.length, x: percent(at[0]), y: percent(at[1]) });
  }
  const box = layerBounds(layer);
  const where = box ? t("say.place", { x: percent((box.left + box.right) / 2), y: percent((box.top + box.bottom) / 2) }) : "";
  const place = state.doc.layers.length - state.doc.layers.indexOf(layer);
  return t("say.layer", { name: layer.name, type: t(`type.${layer.type}`), place, count: state.doc.layers.length, where });
}
