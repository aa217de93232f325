// The finder for the picture on the stage: looked at once, in slices, when someone is about to point.

import { context2d } from "../../ui/dom.mjs";
import { thingFinderSteps } from "../../cutout/thing.mjs";

/** @typedef {import('../../cutout/thing.mjs').ThingFinder} ThingFinder */

const SLICE_MS = 12;
/** Somebody waits for the answer: what the page does beside is not let in so often. */
const WAITING_MS = 48;

/** What waits on the page goes first. A timer alone would wait 4 ms each time. */
const breath = () => /** @type {{scheduler?: {yield?: () => Promise<void>}}} */ (globalThis).scheduler?.yield?.() ?? new Promise((next) => setTimeout(next));

/** Runs steps without holding the page. @template T @param {Generator<void, T>} steps @param {AbortSignal} signal @param {() => boolean} [waiting] whether somebody waits for them @returns {Promise<T>} */
export async function inSlices(steps, signal, waiting = () => true) {
  for (let began = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - began < (waiting() ? WAITING_MS : SLICE_MS)) continue;
    await breath();
    signal.throwIfAborted();
    began = performance.now();
  }
}

/** Steps of a search, as long as somebody wants to know. @template T @param {Generator<void, T>} steps @param {() => boolean} isWished @returns {Generator<void, T|null>} */
export function* wished(steps, isWished) {
  while (isWished()) {
    const { done, value } = steps.next();
    if (done) return value;
    yield;
  }
  return null;
}

let exercised = false;
/** A browser runs code slowly the first times: once for a page, something is looked for while nobody waits, so that the first click finds it fast. @param {ThingFinder} finder @param {AbortSignal} signal */
function exercise(finder, signal) {
  const idle = globalThis.requestIdleCallback;
  if (exercised || !idle) return;
  exercised = true;
  const steps = finder.at({ inside: [[0.5, 0.5]], outside: [] });
  const next = () => {
    if (signal.aborted) return;
    const { done, value } = steps.next();
    if (!done) idle(next);
    else value?.bitmap(value.level);
  };
  idle(next);
}

/** @param {import('../tool.mjs').EditorState} state @param {AbortSignal} signal @returns {(soon?: boolean) => Promise<ThingFinder|null>} of the picture as it is now; null: there is none; soon: somebody waits */
export function createFinderSource(state, signal) {
  /** @type {{canvas: HTMLCanvasElement, finder: Promise<ThingFinder>}|null} */
  let kept = null;
  let waited = false;
  return async (soon = false) => {
    waited ||= soon;
    const canvas = state.picture?.fitted;
    if (!canvas) return null;
    if (kept?.canvas !== canvas) {
      const { width, height } = canvas;
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [width, height];
      const ctx = context2d(copy, { willReadFrequently: true });
      ctx.drawImage(canvas, 0, 0);
      const { data } = ctx.getImageData(0, 0, width, height);
      waited = soon;
      kept = { canvas, finder: inSlices(thingFinderSteps({ data, width, height }), signal, () => waited) };
      void kept.finder.then((finder) => exercise(finder, signal)).catch(() => {});
    }
    return kept.finder;
  };
}
