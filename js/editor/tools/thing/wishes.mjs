// What is being looked for, one after the other: a thing that is pointed at while another is looked for is not forgotten.

import { SAME_PLACE } from "./clicks.mjs";

/** @typedef {import('../../cutout/thing.mjs').ThingFinder} ThingFinder */
/** @typedef {{at_px: [number, number], sign: import('./bitmaps.mjs').Sign}} Wish at_px: doc px */
/** Looks for it and says how it is shown. @typedef {(finder: ThingFinder, isWished: () => boolean) => Promise<() => void>|(() => void)} Use */

const HELD_MS = 16;

/** @param {{state: import('../tool.mjs').EditorState, signal: AbortSignal, finderOf: (soon?: boolean) => Promise<ThingFinder|null>, redraw: () => void}} needs */
export function createWishes({ state, signal, finderOf, redraw }) {
  /** @type {Wish[]} */
  let wishes = [];
  let line = Promise.resolve();
  return {
    get all() {
      return wishes;
    },
    /** Nothing is looked for any more. */
    forget() {
      wishes = [];
    },
    /** @param {Wish} wish @param {Use} use */
    ask(wish, use) {
      const isWished = () => wishes.includes(wish) && !signal.aborted;
      const [width, height] = state.doc.size_wh;
      // Pressed twice, it is looked for once.
      const again = (/** @type {Wish} */ { at_px: [x, y], sign }) => sign === "new" && wish.sign === "new" && Math.hypot((x - wish.at_px[0]) / width, (y - wish.at_px[1]) / height) < SAME_PLACE;
      wishes = [...wishes.filter((one) => !again(one)), wish];
      redraw();
      line = line.then(async () => {
        try {
          const finder = isWished() ? await finderOf(true) : null;
          const shown = finder && isWished() ? await use(finder, isWished) : null;
          // What is held meanwhile, a next press included, is not ended by what was found.
          while (state.gesture && isWished()) await new Promise((next) => setTimeout(next, HELD_MS));
          if (isWished()) shown?.();
        } catch (error) {
          if (!signal.aborted) reportError(error);
        } finally {
          wishes = wishes.filter((one) => one !== wish);
          redraw();
        }
      });
    },
  };
}
