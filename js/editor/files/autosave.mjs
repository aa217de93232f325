// What was drawn survives a reload: the document is kept under a key of the browser's own storage while the editor is open.

/**
 * @param {string | null | undefined} storageKey null: nothing is kept
 * @param {Storage | undefined} [storage]
 */
export function createAutosave(storageKey, storage = safeStorage()) {
  const key = storageKey && storage ? `wan-move-autosave:${storageKey}` : null;
  return {
    /** @returns {{text: string, base: string, time: number} | null} what an earlier page left, and the text it had started from */
    read() {
      if (!key) return null;
      try {
        const value = JSON.parse(storage.getItem(key) ?? "null");
        return value && typeof value.text === "string" && typeof value.base === "string" ? value : null;
      } catch {
        return null;
      }
    },
    /** @param {string} text @param {string} base the text that the editor was opened with. @returns {boolean} false when it did not fit */
    write(text, base) {
      if (!key) return true;
      try {
        storage.setItem(key, JSON.stringify({ text, base: digest(base), time: Date.now() }));
        return true;
      } catch {
        return false;
      }
    },
    clear() {
      if (key) storage.removeItem(key);
    },
  };
}

/** A short mark of a text, to see whether the stored one was drawn over the same beginning. */
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
