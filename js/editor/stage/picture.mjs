// The picture behind the motion: decoded once into two bounded canvases, so that a 12,000 px photograph pans like a small one.

import { cropOn, makeFit } from "../geometry/fit.mjs";
import { context2d } from "../ui/dom.mjs";

const SHOWN_SIDE_PX = 2560;
const FITTED_SIDE_PX = 1664;

/** Side of the small copy on which holes are looked for, px. */
const LOOK_PX = 256;

/**
 * Decode a picture from an address or a file.
 * @param {{url?: string, file?: Blob, opaqueUrl?: string}} source `opaqueUrl`: asked for only where the picture is see-through
 * @param {AbortSignal} [signal]
 * @returns {Promise<{image: HTMLImageElement, size_wh: [number, number]}>} size as the host sees it (turned upright)
 */
export async function decodePicture(source, signal) {
  const url = source.file ? URL.createObjectURL(source.file) : source.url ?? "";
  try {
    let image = await decoded(url);
    if (source.opaqueUrl && isSeeThrough(image)) image = await decoded(source.opaqueUrl).catch(() => image);
    if (signal?.aborted) throw new DOMException("closed", "AbortError");
    return { image, size_wh: [image.naturalWidth, image.naturalHeight] };
  } finally {
    if (source.file) URL.revokeObjectURL(url);
  }
}

/** @param {string} url */
async function decoded(url) {
  const image = new Image();
  image.decoding = "async";
  image.src = url;
  await image.decode();
  return image;
}

/** @param {HTMLImageElement} image */
function isSeeThrough(image) {
  const small = drawn(LOOK_PX, LOOK_PX, (ctx, w, h) => ctx.drawImage(image, 0, 0, w, h));
  try {
    const { data } = context2d(small).getImageData(0, 0, small.width, small.height);
    for (let i = 3; i < data.length; i += 4) if (data[i] < 250) return true;
  } catch {
    // A picture from elsewhere may be seen, but not read.
  }
  return false;
}

/** @param {number} width px @param {number} height @param {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} paint */
function drawn(width, height, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const ctx = context2d(canvas);
  ctx.imageSmoothingQuality = "high";
  paint(ctx, canvas.width, canvas.height);
  return canvas;
}

/** A bounded copy of the whole picture, for the stage. @param {CanvasImageSource} image @param {[number, number]} size_wh */
export function shownPicture(image, size_wh) {
  const scale = Math.min(1, SHOWN_SIDE_PX / Math.max(...size_wh));
  return drawn(size_wh[0] * scale, size_wh[1] * scale, (ctx, w, h) => ctx.drawImage(image, 0, 0, w, h));
}

/**
 * The picture as the model will see it: fitted to the document's size (bounded), bars of `pad` in mid-grey, as the node makes them.
 * @param {HTMLCanvasElement} shown bounded whole picture @param {[number, number]} picture_wh its real size
 * @param {import('../motion/document/types.mjs').Doc} doc
 */
export function fittedPicture(shown, picture_wh, doc) {
  const [width, height] = doc.size_wh;
  const scale = Math.min(1, FITTED_SIDE_PX / Math.max(width, height));
  const fit = pictureFit(picture_wh, doc);
  const ratio = [shown.width / picture_wh[0], shown.height / picture_wh[1]];
  const [cx, cy, cw, ch] = fit.crop_xywh;
  const [px, py, pw, ph] = fit.place_xywh;
  return drawn(width * scale, height * scale, (ctx, w, h) => {
    ctx.fillStyle = "#808080";
    ctx.fillRect(0, 0, w, h);
    const sx = w / width;
    const sy = h / height;
    ctx.drawImage(shown, cx * ratio[0], cy * ratio[1], cw * ratio[0], ch * ratio[1], px * sx, py * sy, pw * sx, ph * sy);
  });
}

/** How the picture lies in the document's frame. `area` behaves as a stretch to the size that the document already has. @param {[number, number]} picture_wh @param {import('../motion/document/types.mjs').Doc} doc */
export function pictureFit(picture_wh, doc) {
  return makeFit(doc.fit === "area" ? "stretch" : doc.fit, picture_wh, doc.size_wh, undefined, cropOn(doc, picture_wh));
}
