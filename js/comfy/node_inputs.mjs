// What the graph, and the node's last run, say of the picture and the clip that it draws for.

import { areaSize, cropOn, partPx } from "../editor/geometry/fit.mjs";
import { inputSlot, maskOf, pictureOf, valueOf } from "./graph.mjs";

/** @typedef {import('./graph.mjs').FileRef} FileRef */
/** @typedef {import('./host.mjs').Host} Host */
/** @typedef {import('../editor/motion/document/types.mjs').FitMode} FitMode */
/** @typedef {{linked: boolean, loader: ComfyNode|null, ref: FileRef|null, size_wh: [number, number]|null, waits: boolean}} NodePicture `size_wh` where a run told it; `waits`: not known before a run */
/** @typedef {{size_wh: [number, number], frames: number, fit: FitMode, known: boolean}} Clip what the node makes; not known: some number is computed by the graph */

const WATCHED = ["width", "height", "length", "fit"];

/** From the graph, else what the last run saw, else the one that was dropped into the editor. @param {ComfyNode} node @param {Host} host @param {import('../editor/motion/document/types.mjs').Doc|null} doc @returns {NodePicture} */
export function pictureFor(node, host, doc) {
  const found = pictureOf(node, "picture", host.getLink);
  if (!found.linked) return { linked: false, loader: null, ref: inputRef(doc?.picture?.ref), size_wh: null, waits: false };
  const seen = host.seen(node);
  const ref = found.ref ?? seen?.background ?? null;
  const size_wh = !found.ref && seen?.picture_wh?.length === 2 ? /** @type {[number, number]} */ (seen.picture_wh) : null;
  return { ...found, ref, size_wh, waits: !ref };
}

/** Masks of things, from the graph's file, else what the last run saw. @param {ComfyNode} node @param {Host} host @returns {import('../editor/masks/masks.mjs').MaskSource[]} */
export function masksFor(node, host) {
  const { linked, ref, channel } = maskOf(node, "mask", host.getLink);
  if (!linked) return [];
  if (ref) return [{ url: host.viewUrl(ref), channel }];
  return (host.seen(node)?.masks ?? []).map((mask) => ({ mask }));
}

/** @param {ComfyNode} node @param {Host} host @param {[number, number]|null} picture_wh as far as it is known @returns {Clip} */
export function clipFor(node, host, picture_wh) {
  const values = Object.fromEntries(WATCHED.map((name) => [name, valueOf(node, name, host.getLink)]));
  const seen = host.seen(node);
  const known = WATCHED.every((name) => values[name].known);
  // The widget offers no other words.
  const fit = /** @type {FitMode} */ (values.fit.value ?? "crop");
  /** @type {[number, number]} */
  let size_wh = [side(values.width.value, 832), side(values.height.value, 480)];
  let frames = Math.max(1, Math.round(Number(values.length.value)) || 81);
  if (!known && seen) {
    if (!values.length.known && seen.length) frames = seen.length;
    if (!values.width.known || !values.height.known || !values.fit.known) return { size_wh: seen.size_wh, frames, fit, known };
  }
  if (fit === "area" && picture_wh) size_wh = areaSize(picture_wh, size_wh[0] * size_wh[1]);
  return { size_wh, frames, fit, known };
}

/** The size of what a document shows of a picture. @param {import('../editor/motion/document/types.mjs').Doc|null} doc @param {[number, number]|null} picture_wh @returns {[number, number]|null} */
export function croppedSize(doc, picture_wh) {
  const crop = doc && picture_wh && cropOn(doc, picture_wh);
  return crop && picture_wh ? /** @type {[number, number]} */ (partPx(picture_wh, crop).slice(2)) : picture_wh;
}

/** What of the clip comes into the node by a link, so that its own widgets do not decide it. @param {ComfyNode} node @param {Host} host */
export function linkedClip(node, host) {
  const linked = (/** @type {string} */ name) => !!host.getLink(node, inputSlot(node, name));
  return { size: ["width", "height", "fit"].some(linked), length: linked("length") };
}

/** A picture's name among all that the host keeps, "" for none. @param {FileRef|null} ref */
export const keyOf = (ref) => (ref ? `${ref.type}/${ref.subfolder}/${ref.filename}` : "");

/** A document's reference to its picture, where it is a file among the host's inputs. @param {unknown} ref @returns {FileRef|null} */
export function inputRef(ref) {
  const { filename, subfolder, type } = /** @type {Partial<Record<keyof FileRef, unknown>>} */ (ref ?? {});
  return typeof filename === "string" && type === "input" ? { filename, subfolder: String(subfolder ?? ""), type } : null;
}

/** A side in px, as a widget holds it. @param {unknown} value @param {number} otherwise */
function side(value, otherwise) {
  const px = Math.round(Number(value));
  return Number.isFinite(px) && px >= 8 ? px : otherwise;
}
