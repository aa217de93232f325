// Motions that a person keeps under names of their own, for every drawing: with the host, or in the browser's own storage.

import { readMotions } from "../commands/all.mjs";

/** @typedef {import('../commands/own_motions.mjs').OwnMotion} OwnMotion */
/** @typedef {{read: () => Promise<string|null>, write: (text: string) => Promise<void>}} Kept where they are kept */
/**
 * @typedef {object} Favourites
 * @property {readonly OwnMotion[]} list
 * @property {number} count grows with every change
 * @property {(motion: OwnMotion) => Promise<void>} keep one of that name is replaced; rejects where it cannot be kept
 * @property {(name: string) => Promise<void>} forget
 * @property {(listener: () => void) => void} onChange
 */

const KEY = "wan-move-motions";

/** @param {{kept?: Kept, signal: AbortSignal}} needs @returns {Favourites} */
export function createFavourites({ kept = inBrowser(), signal }) {
  /** @type {OwnMotion[]} */
  let list = [];
  let count = 0;
  /** @type {(() => void)[]} */
  const listeners = [];

  /** @param {OwnMotion[]} next */
  function show(next) {
    list = next;
    count++;
    if (!signal.aborted) for (const listener of listeners) listener();
  }

  /** Upon what is kept now: another window may have changed it. @param {(before: OwnMotion[]) => OwnMotion[]} change */
  async function change(change) {
    const next = change(readMotions(await kept.read()));
    await kept.write(JSON.stringify(next));
    show(next);
  }

  kept.read().then((text) => text && show(readMotions(text)), () => {});
  return {
    get list() {
      return list;
    },
    get count() {
      return count;
    },
    keep: (motion) => change((before) => [...before.filter((one) => one.name !== motion.name), motion]),
    forget: (name) => change((before) => before.filter((one) => one.name !== name)),
    onChange: (listener) => void listeners.push(listener),
  };
}

/** @returns {Kept} */
function inBrowser() {
  return {
    read: async () => globalThis.localStorage?.getItem(KEY) ?? null,
    write: async (text) => globalThis.localStorage.setItem(KEY, text),
  };
}
