// hold/ keeps the rest held while the drawing changes. It imports motion/document and commands/.

// "Hold the rest" follows: after a new layer, size, length or picture the anchors are laid again, as part of the step that asked for it, once the hand rests and the
// draft has said what moves in the picture. Points that a person moved are left where they are.

import { holdAgain } from "../../commands/all.mjs";
import { holdsTheRest } from "../../motion/document/held.mjs";

const QUIET_MS = 120;
/** A draft that has not said by then what moves will not say it. */
const PATIENCE_MS = 4000;

/** @typedef {import('../../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../../state/history.mjs').Reason} Reason */
/** Another document, or an earlier one, brings its own anchors. @type {ReadonlySet<Reason>} */
const LEFT = new Set(["undo", "redo", "reset", "amend"]);

/** @param {Doc} doc */
const clipOf = ({ size_wh, frames, fps, fit, crop, picture, camera }) => JSON.stringify([size_wh, frames, fps, fit, crop ?? null, picture?.ref, picture?.size_wh, camera]);

/** Whether something changed that the anchors hang on: the clip, the picture, or any other layer. @param {Doc} before @param {Doc} after */
function matters(before, after) {
  if (clipOf(before) !== clipOf(after)) return true;
  const others = (/** @type {Doc} */ doc) => doc.layers.filter((layer) => !holdsTheRest(layer));
  const [was, now] = [others(before), others(after)];
  return was.length !== now.length || was.some((layer, i) => layer !== now[i]);
}

/** @param {{state: import('../../state/state.mjs').EditorState, signal: AbortSignal}} needs @returns {{owe: () => void}} `owe`: lay them again at the next quiet moment */
export function followHold({ state, signal }) {
  let timer = 0;
  /** ms; 0: nothing is owed. */
  let since = 0;

  function owe() {
    since = performance.now();
    wait();
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(pay, QUIET_MS);
  }

  const knows = () => !state.picture || !state.sampled.count || state.found?.doc === state.doc;

  function pay() {
    if (!since || signal.aborted) return;
    if (state.gesture || (!knows() && performance.now() - since < PATIENCE_MS)) return wait();
    since = 0;
    state.amend(holdAgain(state.doc, state.things));
  }

  let seen = state.doc;
  state.on("doc", ({ reason }) => {
    if (reason === "update" || reason === "cancel") return;
    const before = seen;
    seen = state.doc;
    if (LEFT.has(reason)) since = 0;
    else if (matters(before, seen)) owe();
  });
  state.on("things", () => since && wait());
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { owe };
}
