// files/ holds how drawings come in and go out: opening, importing, exporting, keeping a copy. Its files may import ui/, commands/ and motion/, and need the
// state only as a parameter.

// What was drawn survives a reload: the document is kept under a key of the browser's own storage while the editor is open.

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
