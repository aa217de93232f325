// What leaves the editor as text: to the host after each step, to the browser's storage so that a reload loses nothing, and at the end.

import { offerUndo } from "../state/offer_undo.mjs";
import { packDense, parseDocument, serializeDocument, serializeNow } from "../motion/document/document.mjs";
import { createAutosave, digest, textFromWhole, wholeText } from "./autosave.mjs";

const AUTOSAVE_MS = 350;

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/**
 * @typedef {object} SavingNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 * @property {Promise<void>} opened the document is there: nothing is told before
 * @property {string} [documentText] what the editor was opened with; an unreadable one stays as it is
 * @property {string|null} [storageKey]
 * @property {(text: string) => void} [onChange]
 * @property {(text: string) => void} [onAutosave]
 * @property {import('./remote.mjs').Draft|null} draft what the host has kept of an earlier page
 * @property {(text: string, label: string, ownClip?: boolean) => Promise<boolean>} replaceDocument
 */
/**
 * @typedef {object} Saving
 * @property {() => Promise<string>} text of the document as it is now, after every text that was told before
 * @property {() => Promise<void>} told resolves once the host was told every change up to now
 * @property {() => Promise<void>} offerKept what an earlier page left: restored where it was drawn over the same beginning, else offered
 * @property {() => void} done the host has the document: nothing is left to restore
 */

/** @param {SavingNeeds} needs @returns {Saving} */
export function createSaving({ state, t, float, signal, opened, documentText = "", storageKey, onChange, onAutosave, draft, replaceDocument }) {
  const autosave = createAutosave(storageKey);
  let ready = false;
  let changeTimer = 0;
  let saveTimer = 0;
  let told = false;
  /** Dense layers are packed by streams, so a text may take a moment. The next one waits for it: no text overtakes an earlier one. */
  let last = Promise.resolve();
  let waiting = 0;

  /** @param {(text: string) => void} receive */
  function send(receive) {
    const { doc } = state;
    const text = waiting ? null : serializeNow(doc);
    if (text !== null) return receive(text);
    waiting++;
    const deliver = async () => {
      try {
        const late = await serializeDocument(doc);
        if (!signal.aborted) receive(late);
      } finally {
        waiting--;
      }
    };
    last = last.then(deliver, deliver);
  }

  function tell() {
    clearTimeout(changeTimer);
    changeTimer = 0;
    if (onChange) send(onChange);
    else void packDense(state.doc);
  }

  // The entry in the storage is private to the editor, so it may hold dense layers as they are: a page that closes waits for no stream.
  function keep() {
    clearTimeout(saveTimer);
    saveTimer = 0;
    if (state.readOnly || signal.aborted) return;
    const { doc } = state;
    if (!autosave.write(serializeNow(doc) ?? wholeText(doc), documentText) && !told) {
      told = true;
      float.notice(t("autosave.full"), { bad: true });
    }
    if (onAutosave) send(onAutosave);
  }

  opened.then(() => (ready = true));
  state.on("doc", ({ kind }) => {
    if (!ready || kind === "held" || state.readOnly) return;
    clearTimeout(changeTimer);
    // Without a host to tell, tracks are packed all the same: the clipboard and a closing page want them at once.
    changeTimer = setTimeout(tell, 0);
    // A picture or a size that arrives over nothing is nobody's drawing: there is nothing to bring back after a reload.
    if (kind === "never" && !state.history.canUndo) return;
    clearTimeout(saveTimer);
    saveTimer = setTimeout(keep, AUTOSAVE_MS);
  });
  globalThis.addEventListener("pagehide", () => {
    if (saveTimer) keep();
  }, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(changeTimer);
    clearTimeout(saveTimer);
    autosave.end();
  });

  async function text() {
    await last.catch(() => {});
    return ready && !state.readOnly ? serializeDocument(state.doc) : documentText;
  }

  /** Of what the browser and the host have kept. @param {import('./autosave.mjs').Kept|null} here */
  function newest(here) {
    if (draft && !(here && here.time > draft.time)) return draft;
    return here && { text: here.text, same: here.base === digest(documentText) };
  }

  return {
    text,
    async told() {
      if (changeTimer && !signal.aborted) tell();
      await last.catch(() => {});
    },
    async offerKept() {
      const kept = newest(await autosave.read(!!draft));
      if (!kept || kept.text === documentText || state.readOnly || signal.aborted) return;
      const stored = await textFromWhole(kept.text).catch(() => null);
      if (stored === null || stored === (await text())) return;
      const { document: doc } = await parseDocument(stored);
      if (!doc || signal.aborted) return;
      const restore = () => replaceDocument(stored, t("do.restore"), true);
      if (kept.same) {
        if (await restore()) offerUndo({ state, float, t }, t(autosave.shared ? "autosave.taken" : "autosave.restored"), { ms: 9000 });
      } else float.notice(t("autosave.found"), { action: t("autosave.restore"), run: () => void restore(), ms: 20000 });
    },
    done: autosave.clear,
  };
}
