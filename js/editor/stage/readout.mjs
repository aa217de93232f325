// Words over the stage: short hints, what the pointer is over, where it is, and the moment that a place of a path is reached.

import { layerById } from "../motion/document/document.mjs";
import { frameAtArc } from "../motion/evaluation/evaluate.mjs";
import { frameLabel, timecode } from "../motion/timing/timecode.mjs";
import { h, setText } from "../ui/dom.mjs";

const HINT_MS = 5200;

/** @typedef {import('../motion/document/types.mjs').Hit} Hit */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{screen: XY, doc_px: XY, norm: XY}} Place of the pointer: CSS px of the stage, doc px, 0-1 */
/**
 * @typedef {object} ReadoutNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {AbortSignal} signal
 * @property {() => import('./stage.mjs').Stage} stage
 * @property {() => boolean} busy whether something is held on the stage
 * @property {(words: string) => void} where says where the pointer is
 * @property {(words: string) => void} along says which path and frame the pointer is on
 */
/**
 * @typedef {object} Readout
 * @property {HTMLElement[]} elements to lie over the stage
 * @property {(key: string) => void} hint
 * @property {() => void} firstStroke a path was drawn; after the first, what to do next is said
 * @property {() => Hit|null} hover
 * @property {(hit: Hit|null) => void} setHover
 * @property {(event: PointerEvent|null, text?: string) => void} tag words beside the pointer, wherever it is; null takes them away
 * @property {(place: Place|null) => void} pointerAt null: it left the stage
 */

/** @param {ReadoutNeeds} needs @returns {Readout} */
export function createReadout({ state, t, signal, stage, busy, where, along }) {
  const hintBox = h("div", { class: "wme-hint", role: "status", hidden: true });
  const tagBox = h("div", { class: "wme-tag", hidden: true });
  let hintTimer = 0;
  let strokes = 0;
  /** @type {Hit|null} */
  let hovered = null;
  /** The frame at which the path under the pointer passes there. @type {number|null} */
  let passes = null;

  /** @param {string} key */
  function hint(key) {
    setText(hintBox, t(key));
    hintBox.hidden = false;
    clearTimeout(hintTimer);
    hintTimer = setTimeout(() => (hintBox.hidden = true), HINT_MS);
  }
  // What a hint asked for was done, or something else was.
  state.on("doc", ({ reason }) => {
    if (reason === "commit") hintBox.hidden = true;
  });
  signal.addEventListener("abort", () => clearTimeout(hintTimer));

  /** @param {number} x CSS px of the stage @param {number} y */
  const placeTag = (x, y) => (tagBox.style.transform = `translate(${x}px, ${y}px)`);

  return {
    elements: [hintBox, tagBox],
    hint,
    firstStroke() {
      if (++strokes === 1) hint("hint.watch");
    },
    hover: () => hovered,
    setHover(hit) {
      hovered = hit;
      const layer = hit?.kind === "path" ? layerById(state.doc, hit.layer) : null;
      passes = layer?.type === "path" && hit?.s_px !== undefined ? frameAtArc(layer, state.doc, hit.s_px) : null;
      along(layer && passes !== null ? `${layer.name} · ${frameLabel(Math.round(passes), state.doc.fps)}` : "");
      stage().invalidate();
    },
    tag(event, text = "") {
      tagBox.hidden = !event;
      if (!event) return;
      setText(tagBox, text);
      const rect = stage().element.getBoundingClientRect();
      placeTag(event.clientX - rect.left + 14, Math.min(rect.height - 30, event.clientY - rect.top + 14));
    },
    pointerAt(place) {
      if (!place) {
        tagBox.hidden = true;
        where("");
        return;
      }
      const [x, y] = place.doc_px;
      where(`${t("readout", { x: x.toFixed(1), y: y.toFixed(1), px: (place.norm[0] * 100).toFixed(1), py: (place.norm[1] * 100).toFixed(1) })} · ${Math.round(state.view.scale * 100)} %`);
      tagBox.hidden = passes === null || hovered?.kind !== "path" || busy();
      if (tagBox.hidden || passes === null) return;
      const frame = Math.round(passes);
      setText(tagBox, t("along", { frame, time: timecode(frame, state.doc.fps) }));
      placeTag(Math.min(state.view.width - 130, place.screen[0] + 14), Math.min(state.view.height - 30, place.screen[1] + 14));
    },
  };
}
