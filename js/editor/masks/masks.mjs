// Masks as things: one that is dropped, and those that the graph gives to the node.

import { addRegion, copyWordNamer } from "../commands/all.mjs";
import { outlineOf } from "../cutout/trace.mjs";
import { h } from "../ui/dom.mjs";
import { reasonOf } from "../ui/strings.mjs";
import { bitmapOf, framed, maskChannel, pixelsOf, storedBitmap } from "./bitmap.mjs";

/** @typedef {import('./bitmap.mjs').Bitmap} Bitmap */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/**
 * A mask that a host knows of: a picture and which of its channels is inside, over the whole picture; or the frame's own runs.
 * @typedef {{url: string, channel: import('./bitmap.mjs').Channel}|{mask: unknown}} MaskSource
 */
/**
 * @typedef {object} MasksNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 */
/**
 * @typedef {object} Masks
 * @property {boolean} known whether the host has given any
 * @property {(given: readonly MaskSource[]) => Promise<void>} give what the graph says now: things at once in an empty drawing, an offer in another
 * @property {() => Promise<boolean>} use the given ones as things
 * @property {(file: File) => Promise<boolean>} dropped whether the file was taken for a thing; false: it is the picture
 */

/** @param {MasksNeeds} needs @returns {Masks} */
export function createMasks({ state, t, float, signal }) {
  /** @type {readonly MaskSource[]} */
  let known = [];
  let told = "";

  /** The masks as the frame shows them. @returns {Promise<Bitmap[]>} */
  async function shapes() {
    const found = [];
    for (const source of known) {
      if ("mask" in source) {
        const stored = storedBitmap(source.mask);
        found.push(stored && framed(stored, state.doc, null));
      } else {
        const bitmap = bitmapOf(await pixelsOf({ url: source.url }, signal), source.channel);
        found.push(framed(bitmap, state.doc, state.picture?.size_wh ?? [bitmap.cols, bitmap.rows]));
      }
    }
    return found.flatMap((bitmap) => bitmap ?? []);
  }

  /** One step with all of them. @param {readonly Bitmap[]} bitmaps @param {string} name @param {object} [fields] */
  function add(bitmaps, name, fields = {}) {
    let doc = state.doc;
    const ids = [];
    const nameOf = copyWordNamer(doc, "{name}");
    for (const bitmap of bitmaps) {
      const polygon = outlineOf(bitmap);
      if (polygon.length < 3) continue;
      const made = addRegion(doc, polygon, { ...fields, name: nameOf(name) });
      doc = made.doc;
      ids.push(made.id);
    }
    return ids.length > 0 && state.apply(doc, t("do.thing"), { layers: ids });
  }

  async function use() {
    try {
      const bitmaps = await shapes();
      if (signal.aborted) return false;
      if (add(bitmaps, t("mask"), { mask_of: markOf(told) })) return true;
      float.notice(t("mask.empty"));
    } catch (error) {
      if (!signal.aborted) float.notice(t("mask.failed", { why: reasonOf(error, t) }), { bad: true, ms: 8000 });
    }
    return false;
  }

  return {
    get known() {
      return known.length > 0;
    },
    use,
    async give(given) {
      const key = JSON.stringify(given);
      if (key === told || signal.aborted) return;
      [told, known] = [key, given];
      // Its things are there: they carry its mark.
      const taken = state.doc.layers.some((layer) => "mask_of" in layer && layer.mask_of === markOf(key));
      if (!given.length || state.readOnly || taken) return;
      if (!state.doc.layers.length) await use();
      else float.notice(t("mask.there"), { action: t("mask.use"), run: () => void use(), ms: 9000 });
    },
    async dropped(file) {
      if (!state.picture) return false;
      const pixels = await pixelsOf({ file }, signal).catch(() => null);
      const channel = pixels && maskChannel(pixels);
      if (!pixels || !channel || signal.aborted) return false;
      const { picture } = state;
      const asThing = await new Promise((/** @type {(chosen: boolean|null) => void} */ done) => {
        float.dialog({
          title: t("mask.title", { name: file.name }), body: [h("p", { class: "wme-muted", text: t("mask.ask") })],
          actions: [{ label: t("cancel"), run: () => done(null) }, { label: t("mask.asPicture"), run: () => done(false) }, { label: t("mask.asThing"), main: true, run: () => done(true) }],
          // A button's own answer comes before.
          gone: () => setTimeout(() => done(null)),
        });
      });
      if (asThing === false) return false;
      const name = file.name.replace(/\.\w+$/, "").slice(0, 60) || t("mask");
      if (asThing && picture && !add([framed(bitmapOf(pixels, channel), state.doc, picture.size_wh)], name)) float.notice(t("mask.empty"));
      return true;
    },
  };
}

/** A short mark of what the masks were, to know them again. @param {string} text */
function markOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.length}:${(hash >>> 0).toString(16)}`;
}
