// Files in and out: a picture or a motion file dropped on the editor, the export menu, what an import reports.

import { chooseFiles, h, saveFile } from "../ui/dom.mjs";
import { addLayer } from "../commands/all.mjs";
import { exportCoordinates, exportDocument, exportNpy, importFile, importNpyPair } from "../motion/formats/read.mjs";
import { segmentField, field } from "../ui/fields.mjs";

const MAX_IMPORT_BYTES = 64 * 1024 * 1024;

/** @param {any} ed */
export function createIo(ed) {
  const { state } = ed;

  const isPicture = (file) => file.type.startsWith("image/");

  async function receive(files) {
    const picture = files.find(isPicture);
    if (picture) await takePicture(picture);
    const others = files.filter((file) => !isPicture(file));
    if (!others.length) return;
    try {
      const large = others.find((file) => file.size > MAX_IMPORT_BYTES);
      if (large) throw new RangeError(ed.t("import.large", { name: large.name }));
      const npy = others.filter((file) => /\.npy$/i.test(file.name));
      const visibility = npy.length === 2 ? npy.find((file) => /vis/i.test(file.name)) : null;
      if (visibility) {
        const tracks = npy.find((file) => file !== visibility);
        const bytes = [await tracks.arrayBuffer(), await visibility.arrayBuffer()];
        take((unit) => importNpyPair(state.doc, bytes[0], bytes[1], { name: tracks.name, unit }));
        return;
      }
      for (const file of others) {
        // What the editor cannot read itself (checkpoints, archives) the host may read for it.
        const read = ed.options.importFile ? await ed.options.importFile(file, state.doc) : null;
        const content = read ?? (/\.npy$/i.test(file.name) ? await file.arrayBuffer() : await file.text());
        take((unit) => importFile(state.doc, file.name, content, { unit }));
      }
    } catch (error) {
      ed.float.notice(ed.t("import.failed", { why: error.message }), { bad: true, ms: 9000 });
    }
  }

  async function takePicture(file) {
    try {
      await ed.takePictureFile(file);
    } catch (error) {
      if (error.name !== "AbortError") ed.float.notice(ed.t("picture.failed", { name: file.name }), { bad: true, ms: 8000 });
    }
  }

  /** Read, ask what cannot be known, then add. @param {(unit: "auto"|"px"|"norm") => any} read */
  function take(read) {
    const found = read("auto");
    if (!found.layers.length && !found.document) throw new RangeError(ed.t("import.nothing"));
    let unit = found.unit;
    const what = h("p", { style: { margin: "0" }, text: ed.t("import.found", { kind: found.kind, count: found.document ? found.document.layers.length : found.layers.length }) });
    const report = h("ul", { class: "wme-muted", style: { margin: "0", paddingLeft: "18px" } }, found.report.slice(0, 8).map((line) => h("li", { text: line })));
    const body = [what, report];
    if (found.unit) {
      const units = segmentField({ label: ed.t("import.unit"), options: [["px", ed.t("import.px")], ["norm", ed.t("import.norm")]], onChange: (value) => { unit = value; units.set(value); } });
      units.set(unit);
      body.push(field(ed.t("import.unit"), units.element));
    }
    const add = (replace) => {
      try {
        const final = found.unit && unit !== found.unit ? read(unit) : found;
        if (final.document && replace) {
          if (ed.options.fixedClip) {
            ed.replaceDocument(exportDocument(final.document), ed.t("do.import"));
            return;
          }
          state.apply(final.document, ed.t("do.import"));
          return;
        }
        let doc = state.doc;
        const ids = [];
        for (const layer of final.document?.layers ?? final.layers) {
          const made = addLayer(doc, layer);
          doc = made.doc;
          ids.push(made.id);
        }
        if (state.apply(doc, ed.t("do.import"))) state.selectLayers(ids);
      } catch (error) {
        ed.float.notice(ed.t("import.failed", { why: error.message }), { bad: true, ms: 9000 });
      }
    };
    const actions = [{ label: ed.t("cancel"), run() {} }, { label: ed.t("import.add"), main: !found.document, run: () => add(false) }];
    if (found.document) actions.push({ label: ed.t("import.replace"), main: true, run: () => add(true) });
    ed.float.dialog({ title: ed.t("import"), body, actions });
  }

  function exportMenu(opener) {
    const done = (name, content, type) => {
      saveFile(name, content, type);
      ed.footer.tip(ed.t("export.done", { name }));
    };
    const tracks = state.sampled.count > 0;
    ed.float.menu(opener, [
      { icon: "export", label: ed.t("export.document"), note: ed.t("export.documentNote"), run: () => done("motion.json", exportDocument(state.doc)) },
      { icon: "export", label: ed.t("export.npy"), note: ed.t("export.npyNote"), disabled: !tracks, run: () => {
        const { tracks: xy, visibility } = exportNpy(state.sampled);
        done("tracks.npy", xy, "application/octet-stream");
        done("visibility.npy", visibility, "application/octet-stream");
      } },
      { icon: "export", label: ed.t("export.coordinates"), note: ed.t("export.coordinatesNote"), disabled: !tracks, run: () => done("coordinates.json", exportCoordinates(state.doc, state.sampled)) },
      null,
      { icon: "import", label: ed.t("import.file"), note: ed.t("import.note"), run: async () => receive(await chooseFiles(".json,.npy,.txt,.pth,image/*", ed.signal)) },
    ]);
  }

  // Dropping. Depth is counted because dragenter and dragleave also come from every child.
  const veil = h("div", { class: "wme-drop", hidden: true, text: ed.t("drop.here") });
  let depth = 0;
  const { root, signal } = ed;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
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
    event.dataTransfer.dropEffect = "copy";
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
