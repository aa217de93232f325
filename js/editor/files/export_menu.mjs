// The menu of files: what the drawing can be written as, and what can be read. The document, coordinates and arrays are written here; what other programs read, Python writes.

import { exportCoordinates, exportDocument, exportNpy } from "../motion/formats/write.mjs";
import { chooseFiles, saveFile } from "../ui/dom.mjs";
import { reasonOf } from "../ui/strings.mjs";
import { writeByServer } from "./reader.mjs";

/**
 * @typedef {object} ExportMenuNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 * @property {import('../options.mjs').AskServer} [askServer]
 * @property {import('../recording/record.mjs').Recorder} recorder clips of the draft
 * @property {import('../masks/masks.mjs').Masks} masks
 * @property {(files: File[]) => Promise<void>} receive
 * @property {(words: string) => void} tip
 */

/** Formats that Python writes, by the names of wan_move_core/editor/importing.py, most used first. */
const FORMATS = ["after_effects", "csv", "nuke", "svg", "ati", "npz", "safetensors", "wan2gp", "wan2gp_npy", "points_store", "strokes", "equalizer", "pftrack", "shake", "syntheyes"];
/** What the file chooser shows first; any file can be dropped. */
const READABLE = ".json,.jsonl,.npy,.npz,.pth,.pt,.safetensors,.txt,.csv,.tsv,.svg,.nk,.2dt,.shk,image/*";

/** @param {ExportMenuNeeds} needs @returns {(opener: HTMLElement) => void} */
export function createExportMenu({ state, t, float, signal, askServer, recorder, masks, receive, tip }) {
  /** @param {string} name @param {string|Uint8Array} content @param {string} [type] */
  const done = (name, content, type) => {
    saveFile(name, content, type);
    tip(t("export.done", { name }));
  };

  /** @param {string} format */
  async function write(format) {
    if (!askServer) return;
    try {
      const { files, notes } = await writeByServer({ doc: state.doc, format, ask: askServer, signal });
      for (const { name, bytes } of files) done(name, bytes, "application/octet-stream");
      if (notes.length) float.notice(notes.map(t.note).join(" "), { ms: 9000 });
    } catch (error) {
      if (!signal.aborted) float.notice(t("export.failed", { why: reasonOf(error, t) }), { bad: true, ms: 9000 });
    }
  }

  /** @param {HTMLElement} opener */
  function others(opener) {
    float.menu(opener, FORMATS.map((format) => ({ icon: "export", label: t(`export.${format}`), note: t(`export.${format}.note`), run: () => void write(format) })));
  }

  /** @param {HTMLElement} opener */
  function clips(opener) {
    float.menu(opener, /** @type {const} */ (["mp4", "webm", "gif"]).map((format) => ({
      icon: "film", label: t(`clip.${format}`), note: t(recorder.can(format) ? `clip.${format}.note` : format === "webm" ? "clip.noEncoder" : "export.othersNeed"), disabled: !recorder.can(format), run: () => void recorder.record(format),
    })));
  }

  return (opener) => {
    const tracks = state.sampled.count > 0;
    float.menu(opener, [
      { icon: "export", label: t("export.document"), note: t("export.documentNote"), run: async () => done("motion.json", await exportDocument(state.doc)) },
      { icon: "export", label: t("export.npy"), note: t("export.npyNote"), disabled: !tracks, run: () => {
        const { tracks: xy, visibility } = exportNpy(state.sampled);
        done("tracks.npy", xy, "application/octet-stream");
        done("visibility.npy", visibility, "application/octet-stream");
      } },
      { icon: "export", label: t("export.coordinates"), note: t("export.coordinatesNote"), disabled: !tracks, run: () => done("coordinates.json", exportCoordinates(state.doc, state.sampled)) },
      { icon: "export", label: t("export.others"), note: t(askServer ? "export.othersNote" : "export.othersNeed"), disabled: !tracks || !askServer, run: () => others(opener) },
      { icon: "film", label: t("clip.menu"), note: t(recorder.ready() ? "clip.note" : "clip.needs"), disabled: !recorder.ready(), run: () => clips(opener) },
      null,
      { icon: "import", label: t("import.file"), note: t(askServer ? "import.note" : "import.noteAlone"), run: async () => receive(await chooseFiles(READABLE, signal)) },
      ...(masks.known ? [{ icon: "thing", label: t("mask.use"), note: t("mask.useNote"), run: () => void masks.use() }] : []),
    ]);
  };
}
