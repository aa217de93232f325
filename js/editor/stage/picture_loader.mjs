// Where the picture behind the motion comes from: the host's address, or a file that a person gave. A picture that arrives is nobody's step to undo: it holds
// for what undo and redo bring back as well.

import { areaSize } from "../geometry/fit.mjs";
import { remapDocument } from "../motion/document/remap.mjs";
import { decodePicture, fittedPicture, shownPicture } from "./picture.mjs";

/** @typedef {import('../options.mjs').PictureSource} PictureSource */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/**
 * @typedef {object} PictureLoaderNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {AbortSignal} signal
 * @property {import('./stage.mjs').Stage} stage
 * @property {Promise<void>} opened the document is there
 * @property {boolean} [sizeFromPicture] a picture that comes to an empty drawing decides the size
 * @property {(file: File) => Promise<PictureSource>} [keep] the host's way to keep a file
 * @property {(doc: Doc, picture: import('../motion/document/types.mjs').Picture) => Doc} name write into a document which picture it has
 * @property {() => void} onNew the document has another picture now
 * @property {() => void} onLoading a picture set out, or is there, or failed
 */
/**
 * @typedef {object} PictureLoader
 * @property {() => boolean} loading
 * @property {(source: PictureSource|null, record: boolean) => Promise<void>} show `record`: the document names it. Rejects where it cannot be shown
 * @property {(file: File) => Promise<void>} takeFile
 */

/** @param {PictureLoaderNeeds} needs @returns {PictureLoader} */
export function createPictureLoader({ state, signal, stage, opened, sizeFromPicture, keep, name, onNew, onLoading }) {
  let serial = 0;
  let loading = 0;

  /** What a picture means for a document. @param {Doc} doc @param {PictureSource} source @param {[number, number]} size_wh @param {boolean} record @param {boolean} resize */
  function withPicture(doc, source, size_wh, record, resize) {
    let next = resize ? remapDocument(doc, { size_wh: areaSize(size_wh) }) : doc;
    if (!record) return next;
    // Another picture of other proportions: the points stay on the same parts of it, as they do when the node runs.
    if (next.picture?.size_wh) next = remapDocument(next, { picture_wh: size_wh });
    return name(next, { ref: source.ref ?? null, size_wh });
  }

  /** @type {PictureLoader["show"]} */
  async function show(source, record) {
    const own = ++serial;
    if (!source?.url && !source?.file) {
      state.set("picture", { picture: null });
      onLoading();
      return;
    }
    loading++;
    onLoading();
    try {
      const { image, size_wh } = await decodePicture(source, signal);
      await opened;
      if (own !== serial || signal.aborted) return;
      const resize = !!sizeFromPicture && !state.doc.layers.length;
      const change = (/** @type {Doc} */ doc) => withPicture(doc, source, size_wh, record, resize);
      const shown = shownPicture(image, size_wh);
      // Before the document changes, so that whoever hears of that sees the new picture.
      state.picture = { shown, fitted: fittedPicture(shown, size_wh, change(state.doc)), size_wh, name: source.name ?? "" };
      const before = state.doc.picture;
      if (record || resize) state.arrive(change);
      state.emit("picture", undefined);
      if (record && !resize && `${JSON.stringify(before?.ref)} ${before?.size_wh}` !== `${JSON.stringify(state.doc.picture?.ref)} ${size_wh}`) onNew();
      if (!state.viewTouched) stage.fit();
    } finally {
      loading--;
      if (!signal.aborted) onLoading();
    }
  }

  let frameKey = "";
  state.on("doc", () => {
    const key = `${state.doc.size_wh} ${state.doc.fit} ${state.doc.crop ?? ""}`;
    if (state.picture && frameKey && key !== frameKey) {
      state.set("picture", { picture: { ...state.picture, fitted: fittedPicture(state.picture.shown, state.picture.size_wh, state.doc) } });
      if (!state.viewTouched) stage.fit();
    }
    frameKey = key;
  });

  return {
    loading: () => loading > 0,
    show,
    async takeFile(file) {
      const kept = keep ? await keep(file) : { ref: { filename: file.name, subfolder: "", type: "local" } };
      await show({ ...kept, file: kept.url ? undefined : file, name: kept.name ?? file.name }, true);
    },
  };
}
