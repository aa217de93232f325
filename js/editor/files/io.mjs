// Files in and out: a picture or a motion file dropped on the editor, the export menu, what an import reports.

import { chooseFiles, h, saveFile } from "../ui/dom.mjs";
import { addLayer } from "../commands/all.mjs";
import { importFile, importNpyPair } from "../motion/formats/read.mjs";
import { exportCoordinates, exportDocument, exportNpy } from "../motion/formats/write.mjs";
import { segmentField, field } from "../ui/fields.mjs";
import { reasonOf } from "../ui/strings.mjs";

/** @typedef {import('../motion/formats/read.mjs').Imported} Imported */
/** @typedef {import('../motion/formats/read.mjs').Unit} Unit */
/**
 * @typedef {object} IoNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {HTMLElement} root what files can be dropped on
 * @property {AbortSignal} signal
 * @property {boolean} [fixedClip] a document that is imported takes the host's size and length
 * @property {import('../options.mjs').EditorOptions["importFile"]} [importFile] the host's way to read what the browser cannot
 * @property {(file: File) => Promise<void>} takePicture
 * @property {(text: string, label: string) => Promise<boolean>} replaceDocument
 * @property {(words: string) => void} tip
 */
/**
 * @typedef {object} Io
 * @property {(files: File[]) => Promise<void>} receive dropped, pasted or chosen files
 * @property {(opener: HTMLElement) => void} exportMenu
 * @property {HTMLElement} veil shown over the stage while files are dragged over it
 */

const MAX_IMPORT_BYTES = 64 * 1024 * 1024;

/** @param {IoNeeds} needs @returns {Io} */
export function createIo({ state, t, float, root, signal, fixedClip = false, importFile: hostImport, takePicture, replaceDocument, tip }) {
  const isPicture = (/** @type {File} */ file) => file.type.startsWith("image/");

  /** @param {File[]} files */
  async function receive(files) {
    const picture = files.find(isPicture);
    if (picture) await showPicture(picture);
    const others = files.filter((file) => !isPicture(file));
    if (!others.length) return;
    try {
      const large = others.find((file) => file.size > MAX_IMPORT_BYTES);
      if (large) throw new RangeError(t("import.large", { name: large.name }));
      const npy = others.filter((file) => /\.npy$/i.test(file.name));
      const visibility = npy.length === 2 ? npy.find((file) => /vis/i.test(file.name)) : null;
      const tracks = visibility && npy.find((file) => file !== visibility);
      if (tracks) {
        const bytes = [await tracks.arrayBuffer(), await visibility.arrayBuffer()];
        await take((unit) => importNpyPair(state.doc, bytes[0], bytes[1], { name: tracks.name, unit }));
        return;
      }
      for (const file of others) {
        // What the editor cannot read itself (checkpoints, archives) the host may read for it.
        const read = hostImport ? await hostImport(file, state.doc) : null;
        const content = read ?? (/\.npy$/i.test(file.name) ? await file.arrayBuffer() : await file.text());
        await take((unit) => importFile(state.doc, file.name, content, { unit }));
      }
    } catch (error) {
      float.notice(t("import.failed", { why: reasonOf(error) }), { bad: true, ms: 9000 });
    }
  }

  /** @param {File} file */
  async function showPicture(file) {
    try {
      await takePicture(file);
    } catch (error) {
      // The editor was closed meanwhile.
      if (!(error instanceof DOMException && error.name === "AbortError")) float.notice(t("picture.failed", { name: file.name }), { bad: true, ms: 8000 });
    }
  }

  /** Read, ask what cannot be known, then add. @param {(unit: Unit) => Imported|Promise<Imported>} read */
  async function take(read) {
    const found = await read("auto");
    if (!found.layers.length && !found.document) throw new RangeError(t("import.nothing"));
    let unit = found.unit;
    const what = h("p", { style: { margin: "0" }, text: t("import.found", { kind: found.kind, count: found.document ? found.document.layers.length : found.layers.length }) });
    const report = h("ul", { class: "wme-muted", style: { margin: "0", paddingLeft: "18px" } }, found.report.slice(0, 8).map((line) => h("li", { text: line })));
    /** @type {HTMLElement[]} */
    const body = [what, report];
    if (found.unit) {
      const units = segmentField({ label: t("import.unit"), options: [["px", t("import.px")], ["norm", t("import.norm")]], onChange: (value) => { unit = value; units.set(value); } });
      units.set(found.unit);
      body.push(field(t("import.unit"), units.element));
    }
    /** @param {boolean} replace */
    const add = async (replace) => {
      try {
        const final = unit && unit !== found.unit ? await read(unit) : found;
        if (final.document && replace) {
          if (fixedClip) await replaceDocument(await exportDocument(final.document), t("do.import"));
          else state.apply(final.document, t("do.import"));
          return;
        }
        let doc = state.doc;
        /** @type {string[]} */
        const ids = [];
        for (const layer of final.document?.layers ?? final.layers) {
          const made = addLayer(doc, layer);
          doc = made.doc;
          ids.push(made.id);
        }
        state.apply(doc, t("do.import"), { layers: ids });
      } catch (error) {
        float.notice(t("import.failed", { why: reasonOf(error) }), { bad: true, ms: 9000 });
      }
    };
    const actions = [{ label: t("cancel"), run() {} }, { label: t("import.add"), main: !found.document, run: () => add(false) }];
    if (found.document) actions.push({ label: t("import.replace"), main: true, run: () => add(true) });
    float.dialog({ title: t("import"), body, actions });
  }

  /** @param {HTMLElement} opener */
  function exportMenu(opener) {
    /** @param {string} name @param {string|Uint8Array} content @param {string} [type] */
    const done = (name, content, type) => {
      saveFile(name, content, type);
      tip(t("export.done", { name }));
    };
    const tracks = state.sampled.count > 0;
    float.menu(opener, [
      { icon: "export", label: t("export.document"), note: t("export.documentNote"), run: async () => done("motion.json", await exportDocument(state.doc)) },
      { icon: "export", label: t("export.npy"), note: t("export.npyNote"), disabled: !tracks, run: () => {
        const { tracks: xy, visibility } = exportNpy(state.sampled);
        done("tracks.npy", xy, "application/octet-stream");
        done("visibility.npy", visibility, "application/octet-stream");
      } },
      { icon: "export", label: t("export.coordinates"), note: t("export.coordinatesNote"), disabled: !tracks, run: () => done("coordinates.json", exportCoordinates(state.doc, state.sampled)) },
      null,
      { icon: "import", label: t("import.file"), note: t("import.note"), run: async () => receive(await chooseFiles(".json,.npy,.txt,.pth,image/*", signal)) },
    ]);
  }

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
    receive([...(event.dataTransfer?.files ?? [])]);
  }, { signal });

  return { receive, exportMenu, veil };
}
