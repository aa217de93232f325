// thing/ is what pointing at a thing needs beside the tool itself (tools/thing.mjs): bitmaps, the finder of the picture on the stage, the bar. It imports what tools/ may, but tools/.

// A region's shape as a bitmap, and bitmaps put together.

import { decodeMask } from "../../motion/document/mask.mjs";

/** @typedef {import('../../cutout/refine.mjs').Bitmap} Bitmap */
/** @typedef {"new"|"add"|"take"} Sign what a click, a lasso or a stroke does to the thing that is selected */

/** @param {import('../../motion/document/types.mjs').RegionLayer} layer @param {number} cols @param {number} rows @returns {Bitmap} */
export function regionBitmap(layer, cols, rows) {
  if (layer.mask) return resampled(decodeMask(layer.mask), cols, rows);
  return { cols, rows, data: filled(layer.polygon ?? [], cols, rows) };
}

/** Cells whose middle lies within an outline (even-odd), row by row between its crossings: what insideRegion says of each, without asking for each. @param {readonly (readonly [number, number])[]} polygon @param {number} cols @param {number} rows */
function filled(polygon, cols, rows) {
  const data = new Uint8Array(cols * rows);
  for (let r = 0; r < rows; r++) {
    const y = (r + 0.5) / rows;
    /** @type {number[]} */
    const crossings = [];
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [xi, yi] = polygon[i];
      const [xj, yj] = polygon[j];
      if (yi > y !== yj > y) crossings.push(((xj - xi) * (y - yi)) / (yj - yi) + xi);
    }
    crossings.sort((a, b) => a - b);
    // From a crossing on to before the next: a middle on the line itself lies to its right.
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      for (let c = Math.max(0, Math.floor(crossings[k] * cols - 1)); c < cols; c++) {
        const x = (c + 0.5) / cols;
        if (x >= crossings[k + 1]) break;
        if (x >= crossings[k]) data[r * cols + c] = 1;
      }
    }
  }
  return data;
}

/** @param {Bitmap} bitmap @param {number} cols @param {number} rows @returns {Bitmap} nearest cells */
export function resampled(bitmap, cols, rows) {
  if (bitmap.cols === cols && bitmap.rows === rows) return bitmap;
  const data = new Uint8Array(cols * rows);
  for (let r = 0; r < rows; r++) {
    const from = Math.floor(((r + 0.5) * bitmap.rows) / rows) * bitmap.cols;
    for (let c = 0; c < cols; c++) data[r * cols + c] = bitmap.data[from + Math.floor(((c + 0.5) * bitmap.cols) / cols)];
  }
  return { cols, rows, data };
}

/** `before` with `change` added to it or taken from it. @param {Bitmap|null} before @param {Bitmap} change @param {Sign} sign @returns {Bitmap} on the grid of `change` */
export function joined(before, change, sign) {
  if (!before || sign === "new") return change;
  const { cols, rows } = change;
  const old = resampled(before, cols, rows).data;
  return { cols, rows, data: Uint8Array.from(change.data, (v, i) => (sign === "add" ? old[i] | v : old[i] & (v ? 0 : 1))) };
}

/** Common over joint area, 0-1. @param {Bitmap} a @param {Bitmap} b of the same size */
export function agreement(a, b) {
  let [common, joint] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] && b.data[i]) common++;
    if (a.data[i] || b.data[i]) joint++;
  }
  return joint ? common / joint : 0;
}

/** How much of `part` lies in `whole`, 0-1. @param {Bitmap} part @param {Bitmap} whole of the same size */
export function covered(part, whole) {
  let [all, inside] = [0, 0];
  for (let i = 0; i < part.data.length; i++) {
    if (!part.data[i]) continue;
    all++;
    if (whole.data[i]) inside++;
  }
  return all ? inside / all : 0;
}

/** The cell that lies deepest within a bitmap, 0-1 of the frame: what a thing surely is. @param {Bitmap} bitmap @returns {[number, number]|null} */
export function deepest({ cols, rows, data }) {
  const depth = new Uint16Array(data.length);
  let [best, most] = [-1, 0];
  for (const back of [false, true]) {
    for (let n = 0; n < data.length; n++) {
      const i = back ? data.length - 1 - n : n;
      if (!data[i]) continue;
      const c = i % cols;
      const [x, y] = back ? [c < cols - 1 ? depth[i + 1] : 0, i + cols < data.length ? depth[i + cols] : 0] : [c > 0 ? depth[i - 1] : 0, i >= cols ? depth[i - cols] : 0];
      const near = 1 + Math.min(x, y);
      depth[i] = back ? Math.min(depth[i], near) : near;
      if (back && depth[i] > most) [best, most] = [i, depth[i]];
    }
  }
  return best < 0 ? null : [((best % cols) + 0.5) / cols, (Math.floor(best / cols) + 0.5) / rows];
}
