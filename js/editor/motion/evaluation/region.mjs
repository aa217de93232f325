// Regions: an outline or a mask filled with one point per latent cell, moved, turned and scaled as one by keys.

import { compose, invert, similarity } from '../../geometry/affine.mjs';
import { insidePolygon as insideOutline } from '../../geometry/points.mjs';
import { decodeMask } from '../document/mask.mjs';
import { keySpan, mix, smoothAt } from '../timing/keys.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../document/types.mjs').XY} XY */
/** @typedef {import('../../geometry/affine.mjs').Affine} Affine */

export const CELL_PX = 8;
const LEAST_SCALE = 1e-6;

/** Order in which cells of an 8x8 tile are thinned out: even at every density, and the same in Python. */
const BAYER = bayer(8);

/** @param {number} n @returns {number[][]} */
function bayer(n) {
  if (n === 1) return [[0]];
  const half = n / 2;
  const inner = bayer(half);
  const add = [[0, 2], [3, 1]];
  return Array.from({ length: n }, (_, r) => Array.from({ length: n }, (_, c) => 4 * inner[r % half][c % half] + add[Math.floor(r / half)][Math.floor(c / half)]));
}

/** Points (doc px) that a region starts from: cell centres inside, row by row, thinned by density. @param {RegionLayer} layer @param {Doc} doc @returns {Float64Array} */
export function regionPoints(layer, doc) {
  const [width, height] = doc.size_wh;
  const inside = layer.mask ? insideMask(layer.mask, width, height) : insidePolygon(layer.polygon ?? [], width, height);
  /** @type {number[]} */
  const kept = [];
  /** @type {number[]} */
  let firstInside = [];
  for (let r = 0; r < Math.floor(height / CELL_PX); r++) {
    const row = inside((r + 0.5) * CELL_PX);
    for (let c = 0; c < Math.floor(width / CELL_PX); c++) {
      const x = (c + 0.5) * CELL_PX;
      if (!row(x)) continue;
      if (firstInside.length === 0) firstInside = [x, (r + 0.5) * CELL_PX];
      if ((BAYER[r % 8][c % 8] + 0.5) / 64 < layer.density) kept.push(x, (r + 0.5) * CELL_PX);
    }
  }
  return Float64Array.from(kept.length ? kept : firstInside);
}

/** Even-odd. @param {XY[]} polygon 0-1 @param {number} width @param {number} height @returns {(y: number) => (x: number) => boolean} */
function insidePolygon(polygon, width, height) {
  const px = polygon.map(([x, y]) => [x * width, y * height]);
  return (y) => {
    // Only edges that cross this row matter: their crossings once per row, not per cell.
    /** @type {number[]} */
    const crossings = [];
    for (let i = 0; i < px.length; i++) {
      const [xi, yi] = px[i];
      const [xj, yj] = px[(i + px.length - 1) % px.length];
      if (yi > y !== yj > y) crossings.push(((xj - xi) * (y - yi)) / (yj - yi) + xi);
    }
    return (x) => {
      let inside = false;
      for (const at of crossings) if (x < at) inside = !inside;
      return inside;
    };
  };
}

/** @param {import('../document/types.mjs').Mask} mask @param {number} width @param {number} height @returns {(y: number) => (x: number) => boolean} */
function insideMask(mask, width, height) {
  const { cols, rows, data } = decodeMask(mask);
  return (y) => {
    const row = Math.min(rows - 1, Math.floor((y / height) * rows)) * cols;
    return (x) => data[row + Math.min(cols - 1, Math.floor((x / width) * cols))] === 1;
  };
}

/** Interpolated key at a frame. @param {RegionLayer} layer @param {number} frame @returns {RegionKey} */
export function regionKeyAt(layer, frame) {
  if (layer.keys.length === 0) return { frame, offset: [0, 0], rotate: 0, scale: 1 };
  if (layer.curve === 'smooth' && layer.keys.length > 2) {
    // Its way, its turn and its size each go at a speed of their own.
    const at = (/** @type {(key: RegionKey) => number[]} */ read) => smoothAt(layer.keys, layer.easing, frame, read);
    const [x, y] = at((key) => key.offset);
    return { frame, offset: [x, y], rotate: at((key) => [key.rotate])[0], scale: Math.max(LEAST_SCALE, at((key) => [key.scale])[0]) };
  }
  const { from, to, part } = keySpan(layer.keys, layer.easing, frame);
  if (from === to) return { ...from, frame };
  return {
    frame,
    offset: [mix(from.offset[0], to.offset[0], part), mix(from.offset[1], to.offset[1], part)],
    rotate: mix(from.rotate, to.rotate, part),
    // An overshooting easing may ask for less than nothing.
    scale: Math.max(LEAST_SCALE, mix(from.scale, to.scale, part)),
  };
}

/** The key's own transform, M(f). @param {RegionLayer} layer @param {Doc} doc @param {number} frame @returns {Affine} */
function keyAffine(layer, doc, frame) {
  const [width, height] = doc.size_wh;
  const key = regionKeyAt(layer, frame);
  return similarity([layer.pivot[0] * width, layer.pivot[1] * height], key.scale, key.rotate, [key.offset[0] * width, key.offset[1] * height]);
}

/** M(f) M(0)^-1: from positions at frame 0 to positions at frame f, doc px. @param {RegionLayer} layer @param {Doc} doc @param {number} frame @returns {Affine} */
export function regionAffine(layer, doc, frame) {
  return regionAffines(layer, doc)(frame);
}

/** The same for many frames. @param {RegionLayer} layer @param {Doc} doc @returns {(frame: number) => Affine} */
export function regionAffines(layer, doc) {
  const back = invert(keyAffine(layer, doc, 0));
  return (frame) => compose(keyAffine(layer, doc, frame), back);
}

/** Polygon, or the mask's bounding rectangle, in 0-1 at frame 0. @param {Pick<RegionLayer, "mask"|"polygon">} layer @returns {XY[]} */
export function regionOutline(layer) {
  if (!layer.mask) return layer.polygon ?? [];
  let outline = maskBoxes.get(layer.mask);
  if (!outline) maskBoxes.set(layer.mask, (outline = maskBox(layer.mask)));
  return outline;
}

/** @type {WeakMap<object, XY[]>} */
const maskBoxes = new WeakMap();

/** @param {import('../document/types.mjs').Mask} mask @returns {XY[]} */
function maskBox(mask) {
  const { cols, rows, data } = decodeMask(mask);
  let [left, top, right, bottom] = [cols, rows, -1, -1];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      if (!data[r * cols + c]) continue;
      left = Math.min(left, c);
      right = Math.max(right, c);
      top = Math.min(top, r);
      bottom = Math.max(bottom, r);
    }
  }
  if (right < 0) return [];
  const [x0, x1, y0, y1] = [left / cols, (right + 1) / cols, top / rows, (bottom + 1) / rows];
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

/** Whether a 0-1 position, as at frame 0, lies in the region's own shape. @param {RegionLayer} layer @param {XY} point @returns {boolean} */
export function insideRegion(layer, [x, y]) {
  if (!layer.mask) return insideOutline([x, y], layer.polygon ?? []);
  if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) return false;
  const { cols, rows, data } = decodeMask(layer.mask);
  return data[Math.floor(y * rows) * cols + Math.floor(x * cols)] === 1;
}
