// masks/ turns masks that were made elsewhere (a file, a node of the graph) into things. It imports commands/, cutout/, geometry/, motion/document/, stage/, state/ and ui/.

import { unfitPoint } from "../geometry/fit.mjs";
import { decodeMask } from "../motion/document/mask.mjs";
import { decodePicture, pictureFit } from "../stage/picture.mjs";
import { context2d } from "../ui/dom.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {{cols: number, rows: number, data: Uint8Array}} Bitmap 1 inside, row by row */
/** @typedef {"alpha"|"clear"|"red"|"green"|"blue"|"light"} Channel what of a picture is inside: where it is opaque, where it is clear, where that colour or all of it is bright */
/** @typedef {{size_wh: [number, number], data: Uint8ClampedArray}} Pixels RGBA */

/** Masks are read at no more than this: a thing's outline is no finer. */
const MOST_SIDE_PX = 2048;
/** Document px of a bitmap's cell. */
const CELL_PX = 2;
/** A picture is taken for a mask where all but so few of its pixels are black or white, and each is there. */
const [MOST_GREY, LEAST_EACH] = [0.03, 0.002];
const NEAR = 40;

/** @param {{url?: string, file?: Blob}} source @param {AbortSignal} signal @returns {Promise<Pixels>} rejects where it is no picture */
export async function pixelsOf(source, signal) {
  const { image, size_wh } = await decodePicture(source, signal);
  const scale = Math.min(1, MOST_SIDE_PX / Math.max(...size_wh));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(size_wh[0] * scale));
  canvas.height = Math.max(1, Math.round(size_wh[1] * scale));
  const ctx = context2d(canvas, { willReadFrequently: true });
  ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
  return { size_wh: [canvas.width, canvas.height], data: ctx.getImageData(0, 0, canvas.width, canvas.height).data };
}

/** Which channel of a picture says what is inside; null where it does not look like a mask. @param {Pixels} pixels @returns {Channel|null} */
export function maskChannel({ data }) {
  const count = data.length / 4;
  let [clear, opaque, dark, light] = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < NEAR) clear++;
    else if (data[i + 3] > 255 - NEAR) opaque++;
    const [least, most] = [Math.min(data[i], data[i + 1], data[i + 2]), Math.max(data[i], data[i + 1], data[i + 2])];
    if (most < NEAR) dark++;
    else if (least > 255 - NEAR) light++;
  }
  const two = (/** @type {number} */ a, /** @type {number} */ b) => count - a - b <= MOST_GREY * count && Math.min(a, b) >= LEAST_EACH * count;
  return two(clear, opaque) ? "alpha" : two(dark, light) ? "light" : null;
}

/** What is inside, on the pixels' own grid. @param {Pixels} pixels @param {Channel} channel @returns {Bitmap} */
export function bitmapOf({ size_wh: [cols, rows], data }, channel) {
  const inside = {
    alpha: (/** @type {number} */ i) => data[i + 3], clear: (/** @type {number} */ i) => 255 - data[i + 3],
    red: (/** @type {number} */ i) => data[i], green: (/** @type {number} */ i) => data[i + 1], blue: (/** @type {number} */ i) => data[i + 2],
    light: (/** @type {number} */ i) => (data[i] + data[i + 1] + data[i + 2]) / 3,
  }[channel];
  return { cols, rows, data: Uint8Array.from({ length: cols * rows }, (_, i) => (inside(4 * i) > 127 ? 1 : 0)) };
}

/** A mask as the document's frame shows it. @param {Bitmap} bitmap spread over the picture, or over the frame where that is null @param {Doc} doc @param {[number, number]|null} picture_wh @returns {Bitmap} */
export function framed(bitmap, doc, picture_wh) {
  const [width, height] = doc.size_wh;
  const fit = picture_wh && pictureFit(picture_wh, doc);
  const [across, down] = picture_wh ?? doc.size_wh;
  const [cols, rows] = [Math.ceil(width / CELL_PX), Math.ceil(height / CELL_PX)];
  const data = new Uint8Array(cols * rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const at = /** @type {[number, number]} */ ([((c + 0.5) * width) / cols, ((r + 0.5) * height) / rows]);
      const [x, y] = fit ? unfitPoint(fit, at) : at;
      const [u, v] = [Math.floor((x / across) * bitmap.cols), Math.floor((y / down) * bitmap.rows)];
      if (u >= 0 && v >= 0 && u < bitmap.cols && v < bitmap.rows) data[r * cols + c] = bitmap.data[v * bitmap.cols + u];
    }
  }
  return { cols, rows, data };
}

/** A stored mask of the frame, as a node tells it; null where it is none. @param {unknown} mask @returns {Bitmap|null} */
export function storedBitmap(mask) {
  const { size_wh, runs } = /** @type {{size_wh?: unknown, runs?: unknown}} */ (mask ?? {});
  if (!Array.isArray(size_wh) || !Array.isArray(runs)) return null;
  const [cols, rows] = size_wh;
  const whole = Number.isInteger(cols) && Number.isInteger(rows) && cols > 0 && rows > 0 && cols * rows <= 4_000_000;
  if (!whole || runs.reduce((/** @type {number} */ sum, run) => (Number.isInteger(run) && run >= 0 ? sum + run : NaN), 0) !== cols * rows) return null;
  return decodeMask({ size_wh: [cols, rows], runs });
}
