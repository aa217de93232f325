// files/ holds how drawings come in and go out: opening, importing, exporting, keeping a copy. Its files may import ui/, commands/ and motion/, and need the
// state only as a parameter.

// What was drawn survives a reload: the document is kept under a key of the browser's own storage while the editor is open.

import { encodeDense, makeDense } from "../motion/document/dense.mjs";

/** @typedef {{text: string, base: string, time: number}} Kept what an earlier page left, and a mark of the text that it had started from */
/**
 * @typedef {object} Autosave
 * @property {() => Kept|null} read
 * @property {(text: string, base: string) => boolean} write `base` is the text that the editor was opened with; false when it did not fit
 * @property {() => void} clear
 */

/**
 * @param {string | null | undefined} storageKey null: nothing is kept
 * @param {Storage | undefined} [storage]
 * @returns {Autosave}
 */
export function createAutosave(storageKey, storage = safeStorage()) {
  if (!storageKey || !storage) return { read: () => null, write: () => true, clear() {} };
  const key = `wan-move-autosave:${storageKey}`;
  return {
    read() {
      try {
        const value = JSON.parse(storage.getItem(key) ?? "null");
        return value && typeof value.text === "string" && typeof value.base === "string" ? value : null;
      } catch {
        return null;
      }
    },
    write(text, base) {
      try {
        storage.setItem(key, JSON.stringify({ text, base: digest(base), time: Date.now() }));
        return true;
      } catch {
        return false;
      }
    },
    clear() {
      storage.removeItem(key);
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
