// The draft on the stage: painted where it is shown, cut out beforehand while nobody waits.

import { createDraft } from "../draft/preview.mjs";
import { targetFrame } from "../state/state.mjs";
import { looksAtScene } from "./scene_view.mjs";

/**
 * @typedef {object} DraftViewNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {HTMLCanvasElement} canvas its context belongs to the draft
 * @property {AbortSignal} signal
 * @property {boolean} [forceFlat] draw without WebGL
 * @property {(error: Error) => void} onFailed once per document that cannot be drafted
 */
/**
 * @typedef {object} DraftView
 * @property {string|null} kind "gl" or "flat"; null before the first draft
 * @property {(ratio: number) => boolean} paint backing px per CSS px; true: paint again soon, not everything is cut yet
 */

/** The frame that is seen: the playhead's, and while something is dragged at frame 0 the one that the drag sets. @param {import('../state/state.mjs').EditorState} state @returns {number} */
function liveFrame(state) {
  if (state.frame > 0 || state.playing || !state.history.inGesture) return state.frame;
  const layer = state.single() ?? state.doc.layers.find((one) => one.type === "region" && one.keys.length && state.selection.layers.includes(one.id));
  if (layer?.type === "region") return layer.keys.length ? targetFrame(state, layer.keys) : 0;
  if (layer?.type !== "path" || layer.points.length < 2) return 0;
  const { points } = state.selection;
  if (points.length !== 1) return layer.end;
  // A point of a path is passed at some frame: where its track comes nearest to it.
  const { xy, count, frames, layerOf } = state.sampled;
  const [width, height] = state.doc.size_wh;
  const track = layerOf.indexOf(state.doc.layers.indexOf(layer));
  const [x, y] = layer.points[points[0].index];
  let [best, least] = [0, Infinity];
  for (let f = 0; track >= 0 && f < frames; f++) {
    const at = 2 * (f * count + track);
    const d = Math.hypot(xy[at] - x * width, xy[at + 1] - y * height);
    if (d < least) [best, least] = [f, d];
  }
  return best;
}

/** @param {DraftViewNeeds} needs @returns {DraftView} */
export function createDraftView({ state, canvas, signal, forceFlat, onFailed }) {
  /** @type {ReturnType<typeof createDraft>|null} */
  let draft = null;
  /** @type {HTMLCanvasElement|null} */
  let texture = null;
  /** The document whose draft failed: it comes back with the next one. @type {import('../motion/document/types.mjs').Doc|null} */
  let failed = null;
  let warming = 0;
  const idle = globalThis.requestIdleCallback ?? ((/** @type {() => void} */ run) => setTimeout(run, 60));

  const cuttable = () => failed !== state.doc && state.sampled.count > 0;
  const drawable = () => state.show === "draft" && cuttable();

  /** Who judges the drawing is told what is in the picture, once for each document. */
  function tell() {
    const things = draft?.thingsOf(state.doc) ?? null;
    if (things && state.found?.doc !== state.doc) state.set("things", { found: { doc: state.doc, things } });
  }

  /** @param {HTMLCanvasElement} fitted */
  function ready(fitted) {
    draft ??= createDraft(canvas, { forceFlat });
    if (texture !== fitted) draft.setPicture(fitted);
    texture = fitted;
    return draft;
  }

  // What was just drawn is cut out before anyone presses play.
  function warmUp() {
    warming = 0;
    if (signal.aborted || state.history.inGesture || state.playing || !state.picture || !cuttable()) return;
    try {
      if (ready(state.picture.fitted).warmUp(state.doc, state.sampled)) warming = idle(warmUp);
      tell();
    } catch {
      // Said when the draft is shown.
      state.set("things", { found: { doc: state.doc, things: [] } });
    }
  }
  const warmSoon = () => {
    warming ||= idle(warmUp);
  };
  state.on("doc", warmSoon);
  state.on("picture", () => {
    state.found = null;
    warmSoon();
  });
  signal.addEventListener("abort", () => draft?.destroy());

  return {
    get kind() {
      return draft?.kind ?? null;
    },
    paint(ratio) {
      const { picture } = state;
      const frame = liveFrame(state);
      const on = picture && !looksAtScene(state) && (frame > 0 || state.playing) && drawable();
      canvas.hidden = !on;
      if (!on) return false;
      try {
        return ready(picture.fitted).paint(state.doc, state.sampled, frame, state.view, ratio);
      } catch (error) {
        // The drawing itself must go on.
        canvas.hidden = true;
        failed = state.doc;
        onFailed(error instanceof Error ? error : new Error(String(error)));
        return false;
      } finally {
        if (!state.history.inGesture) queueMicrotask(tell);
      }
    },
  };
}
