// files/ holds how drawings come in and go out: opening, importing, exporting, keeping a copy. Its files may import ui/, commands/ and motion/, and need the
// state only as a parameter.

// What was drawn survives a reload: the document is kept under a key of the browser's own storage while the editor is open.

import { encodeDense, makeDense } from "../motion/document/dense.mjs";

/** @typedef {{text: string, base: string, time: number}} Kept what an earlier page left, and a mark of the text that it had started from */
/**
 * @typedef {object} Autosave
 * @property {(ask?: boolean) => Promise<Kept|null>} read the newest that a page left which is no longer there; what another open page keeps is that page's. `ask` whether there is one even where nothing is kept
 * @property {boolean} shared another page of this browser has the drawing open, as far as `read` heard
 * @property {(text: string, base: string) => boolean} write `base` is the text that the editor was opened with; false when it did not fit
 * @property {() => void} clear
 * @property {() => void} end the editor is closed, and answers for its drawing no more
 */

/** How long another page of this browser may take to say that it is there, where the browser cannot tell by itself (see `alive`). */
const ANSWER_MS = 400;

/**
 * Every page keeps its drawing under a name of its own, so that two of one drawing lose neither.
 * @param {string | null | undefined} storageKey null: nothing is kept
 * @param {Storage | undefined} [storage]
 * @param {LockManager | undefined} [locks]
 * @returns {Autosave}
 */
export function createAutosave(storageKey, storage = safeStorage(), locks = globalThis.navigator?.locks) {
  if (!storageKey || !storage) return { read: async () => null, shared: false, write: () => true, clear() {}, end() {} };
  const key = `wan-move-autosave:${storageKey}`;
  const own = `${key}:page:${Math.random().toString(36).slice(2)}${Date.now().toString(36)}`;
  /** What pages left that are gone: done with when this one is. @type {string[]} */
  let left = [];
  const channel = new BroadcastChannel(key);
  /** @type {Set<string>} */
  const there = new Set();
  channel.onmessage = ({ data }) => {
    if (data === "who?") channel.postMessage(own);
    else there.add(String(data));
  };
  /** Held until the editor closes or the page ends, however it ends. @type {(ended?: unknown) => void} */
  let release = () => {};
  const open = new Promise((done) => (release = done));
  locks?.request(own, () => open).catch(() => {});

  /** Which other pages are there. A busy page may answer late and a lock tells the truth at once, but browsers give locks only to pages from https or this machine. */
  async function alive() {
    if (locks) {
      for (const { name = "" } of (await locks.query()).held ?? []) if (name.startsWith(`${key}:page:`) && name !== own) there.add(name);
      return;
    }
    channel.postMessage("who?");
    await new Promise((done) => setTimeout(done, ANSWER_MS));
  }

  const keys = () => Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "").filter((name) => name === key || (name.startsWith(`${key}:page:`) && name !== own));

  /** @param {string} name @returns {Kept|null} */
  function entry(name) {
    try {
      const value = JSON.parse(storage?.getItem(name) ?? "null");
      return value && typeof value.text === "string" && typeof value.base === "string" ? value : null;
    } catch {
      return null;
    }
  }

  return {
    async read(ask = false) {
      if (!ask && !keys().length) return null;
      await alive();
      left = keys().filter((name) => !there.has(name));
      const found = left.flatMap((name) => entry(name) ?? []);
      return found.sort((a, b) => Number(b.time) - Number(a.time))[0] ?? null;
    },
    write(text, base) {
      try {
        storage.setItem(own, JSON.stringify({ text, base: digest(base), time: Date.now() }));
        return true;
      } catch {
        return false;
      }
    },
    clear() {
      for (const name of [own, ...left]) storage.removeItem(name);
    },
    end() {
      release();
      channel.close();
    },
    get shared() {
      return there.size > 0;
    },
  };
}

/**
 * A document as text at once, for this storage only: dense layers are written out as numbers, because packing them takes a moment that a closing page has not.
 * @param {import('../motion/document/types.mjs').Doc} doc @returns {string}
 */
export function wholeText(doc) {
  const layers = doc.layers.map((layer) => (layer.type === "dense" ? { ...layer, tracks: { ...layer.tracks, xy: [...layer.tracks.xy], visible: [...layer.tracks.visible] } } : layer));
  return JSON.stringify({ ...doc, layers });
}

/** The text of a motion document from what was kept: wholeText's, or an ordinary one. Rejects where it is neither. @param {string} kept @returns {Promise<string>} */
export async function textFromWhole(kept) {
  const raw = JSON.parse(kept);
  const dense = raw.layers.filter((/** @type {{tracks?: unknown}} */ layer) => typeof layer.tracks === "object");
  for (const layer of dense) layer.tracks = await encodeDense(makeDense(layer.tracks));
  return dense.length ? JSON.stringify(raw) : kept;
}

/** A short mark of a text, to see whether the stored one was drawn over the same beginning. @param {string} text */
export function digest(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.length}:${(hash >>> 0).toString(16)}`;
}

function safeStorage() {
  // Reading the property itself throws where storage is forbidden.
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
