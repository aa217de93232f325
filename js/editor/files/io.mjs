// Files in and out: a picture, a motion file or text that is dropped, chosen or pasted, and the menu of files.

import { h } from "../ui/dom.mjs";
import { InWords, reasonOf } from "../ui/strings.mjs";
import { createExportMenu } from "./export_menu.mjs";
import { askImport } from "./import_dialog.mjs";
import { pairsOf, readGiven } from "./reader.mjs";

/**
 * @typedef {object} IoNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {HTMLElement} root what files can be dropped on
 * @property {AbortSignal} signal
 * @property {boolean} [fixedClip] a document that is imported takes the host's size and length
 * @property {import('../options.mjs').AskServer} [askServer] Python behind the page
 * @property {import('../recording/record.mjs').Recorder} recorder
 * @property {import('../masks/masks.mjs').Masks} masks
 * @property {(file: File) => Promise<void>} takePicture
 * @property {(text: string, label: string) => Promise<boolean>} replaceDocument
 * @property {(words: string) => void} tip
 */
/**
 * @typedef {object} Io
 * @property {(files: File[]) => Promise<void>} receive dropped, pasted or chosen files
 * @property {(text: string) => Promise<void>} receiveText text that was pasted
 * @property {(opener: HTMLElement) => void} exportMenu
 * @property {HTMLElement} veil shown over the stage while files are dragged over it
 */

const MAX_IMPORT_BYTES = 64 * 1024 * 1024;
/** What is read within this time needs no words. */
const QUIET_MS = 300;

/** @param {IoNeeds} needs @returns {Io} */
export function createIo({ state, t, float, root, signal, fixedClip = false, askServer, recorder, masks, takePicture, replaceDocument, tip }) {
  // A vector drawing is shown as a picture by browsers; here it is paths to follow.
  const isPicture = (/** @type {File} */ file) => file.type.startsWith("image/") && file.type !== "image/svg+xml";

  /** @param {File[]} files */
  async function receive(files) {
    const picture = files.find(isPicture);
    if (picture && !(await masks.dropped(picture))) await showPicture(picture);
    const others = files.filter((file) => !isPicture(file));
    if (others.length) await importAll(others);
  }

  /** @param {string} text */
  async function receiveText(text) {
    await importAll([new File([text], t("import.pasted"), { type: "text/plain" })]);
  }

  /** @param {File[]} files */
  async function importAll(files) {
    try {
      const large = files.find((file) => file.size > MAX_IMPORT_BYTES);
      if (large) throw new InWords(t("import.large", { name: large.name }));
      const all = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
      for (const given of pairsOf(all)) await importGiven(given).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** @param {unknown} error */
  function failed(error) {
    // Stopped by the person, or closed.
    if (!signal.aborted && !isStopped(error)) float.notice(t("import.failed", { why: reasonOf(error, t) }), { bad: true, ms: 12000 });
  }

  /** @param {import('./reader.mjs').Given} given */
  async function importGiven(given) {
    const names = given.map(({ name }) => name).join(" + ");
    const bytes = given.reduce((n, file) => n + file.bytes.length, 0);
    /** @type {import('./import_dialog.mjs').Read} */
    const read = (doc, choices) => telling(names, bytes, (stop) => readGiven({ doc, files: given, choices, ask: askServer, signal: stop }));
    await askImport({ state, t, float, fixedClip, replaceDocument }, names, read);
  }

  /** What takes a while says so, and can be stopped. @template Result @param {string} name @param {number} bytes @param {(stop: AbortSignal) => Promise<Result>} read @returns {Promise<Result>} */
  async function telling(name, bytes, read) {
    const abort = new AbortController();
    const stop = () => abort.abort();
    signal.addEventListener("abort", stop, { once: true });
    let told = false;
    const timer = setTimeout(() => {
      told = true;
      const megabytes = (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
      float.notice(t("import.reading", { name, megabytes }), { action: t("cancel"), run: stop, ms: 600_000 });
    }, QUIET_MS);
    try {
      return await read(abort.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      if (told) float.hush();
    }
  }

  /** @param {File} file */
  async function showPicture(file) {
    try {
      await takePicture(file);
    } catch (error) {
      // The editor was closed meanwhile.
      if (!isStopped(error)) float.notice(t("picture.failed", { name: file.name }), { bad: true, ms: 8000 });
    }
  }

  const exportMenu = createExportMenu({ state, t, float, signal, askServer, recorder, masks, receive, tip });

  // Dropping. Depth is counted because dragenter and dragleave also come from every child.
  const veil = h("div", { class: "wme-drop", hidden: true, text: t("drop.here") });
  let depth = 0;
  const carriesFiles = (/** @type {DragEvent} */ event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  root.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    depth++;
    veil.hidden = false;
  }, { signal });
  root.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  }, { signal });
  root.addEventListener("dragleave", (event) => {
    event.stopPropagation();
    depth = Math.max(0, depth - 1);
    if (!depth) veil.hidden = true;
  }, { signal });
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    depth = 0;
    veil.hidden = true;
    void receive([...(event.dataTransfer?.files ?? [])]);
  }, { signal });

  return { receive, receiveText, exportMenu, veil };
}

/** @param {unknown} error */
const isStopped = (error) => error instanceof DOMException && error.name === "AbortError";
