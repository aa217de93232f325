// From a bitmap to an outline that can be drawn, dragged and stored: rings through the softened cells (marching squares, Lorensen and Cline 1987 in the plane), with no
// more corners than are seen, and joined into one polygon (even-odd: holes and pieces hang on seams of no width).

import { softened } from './outline.mjs';

/** @typedef {import('./refine.mjs').Bitmap} Bitmap */
/** @typedef {[number, number]} XY */

/** How far a corner may lie from the traced line, in cells. */
const TOLERANCE = 0.6;
/** Smallest ring kept, in cells. */
const LEAST_AREA = 12;
/** Edges of a square, by its four corners (1: upper left, 2: upper right, 4: lower right, 8: lower left): top 0, right 1, bottom 2, left 3; from-to pairs with the inside on the right. @type {Readonly<Record<number, number[]>>} */
const CROSSINGS = { 1: [3, 0], 2: [0, 1], 3: [3, 1], 4: [1, 2], 5: [3, 0, 1, 2], 6: [0, 2], 7: [3, 2], 8: [2, 3], 9: [2, 0], 10: [0, 1, 2, 3], 11: [2, 1], 12: [1, 3], 13: [1, 0], 14: [0, 3] };

/** @param {Bitmap} bitmap @returns {XY[]} 0-1 of the picture, one even-odd polygon; empty where nothing is inside */
export function outlineOf(bitmap) {
  const rings = ringsOf(bitmap)
    .map((ring) => simplified(ring, TOLERANCE))
    .filter((ring) => ring.length > 2 && Math.abs(areaOf(ring)) >= LEAST_AREA)
    .sort((a, b) => Math.abs(areaOf(b)) - Math.abs(areaOf(a)));
  if (!rings.length) return [];
  const joined = rings.slice(1).reduce(withSeam, rings[0]);
  // What comes to within a cell of the frame goes to it: no line of pixels stays behind there.
  const unit = (/** @type {number} */ v, /** @type {number} */ n) => (v < 0.8 ? 0 : v > n - 0.8 ? 1 : v / n);
  return joined.map(([x, y]) => [unit(x, bitmap.cols), unit(y, bitmap.rows)]);
}

/** Closed lines at half inside, in cells. @param {Bitmap} bitmap @returns {XY[][]} */
function ringsOf({ cols, rows, data }) {
  const soft = softened({ cols, rows, data });
  // One cell more on each side, outside: what touches the frame ends at it.
  const at = (/** @type {number} */ c, /** @type {number} */ r) => (c < 0 || r < 0 || c >= cols || r >= rows ? 0 : soft[r * cols + c]);
  const wide = cols + 1;
  const part = (/** @type {number} */ a, /** @type {number} */ b) => (0.5 - a) / (b - a);
  /** Segments by the edge that they start on: edges are numbered by square and side, shared ones alike. @type {Map<number, {to: number, xy: XY}>} */
  const starts = new Map();
  // Lines run only where something is.
  const [left, top, right, bottom] = boxOf(soft, cols, rows);
  for (let r = top - 1; r < bottom; r++) {
    for (let c = left - 1; c < right; c++) {
      const ul = at(c, r);
      const ur = at(c + 1, r);
      const lr = at(c + 1, r + 1);
      const ll = at(c, r + 1);
      const kind = (ul > 0.5 ? 1 : 0) | (ur > 0.5 ? 2 : 0) | (lr > 0.5 ? 4 : 0) | (ll > 0.5 ? 8 : 0);
      const cross = CROSSINGS[kind];
      if (!cross) continue;
      const square = (r + 1) * wide + c + 1;
      // Top and left edges belong to the square itself; its right one is its neighbour's left, its bottom one the top of the square below.
      const id = (/** @type {number} */ side) => [2 * square, 2 * (square + 1) + 1, 2 * (square + wide), 2 * square + 1][side];
      const xy = (/** @type {number} */ side) => /** @type {XY} */ ([[c + 0.5 + part(ul, ur), r + 0.5], [c + 1.5, r + 0.5 + part(ur, lr)], [c + 0.5 + part(ll, lr), r + 1.5], [c + 0.5, r + 0.5 + part(ul, ll)]][side]);
      for (let k = 0; k < cross.length; k += 2) starts.set(id(cross[k]), { to: id(cross[k + 1]), xy: xy(cross[k]) });
    }
  }
  const rings = [];
  for (const first of [...starts.keys()]) {
    /** @type {XY[]} */
    const ring = [];
    for (let edge = first; ; ) {
      const segment = starts.get(edge);
      if (!segment) break;
      starts.delete(edge);
      ring.push(segment.xy);
      edge = segment.to;
    }
    if (ring.length > 2) rings.push(ring);
  }
  return rings;
}

/** @param {Float32Array} soft @param {number} cols @param {number} rows @returns {[number, number, number, number]} left, top, right and bottom of all that is not 0 */
function boxOf(soft, cols, rows) {
  let left = cols;
  let right = 0;
  let top = rows;
  let bottom = 0;
  for (let i = 0; i < soft.length; i++) {
    if (!soft[i]) continue;
    const c = i % cols;
    const r = (i - c) / cols;
    if (c < left) left = c;
    if (c >= right) right = c + 1;
    if (r < top) top = r;
    bottom = r + 1;
  }
  return [left, top, right, bottom];
}

/** @param {XY[]} ring @returns {number} signed, square cells */
function areaOf(ring) {
  let sum = 0;
  ring.forEach(([x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length];
    sum += x * ny - nx * y;
  });
  return sum / 2;
}

/** Douglas and Peucker (1973) on a closed line, cut at its two farthest corners. @param {XY[]} ring @param {number} tolerance @returns {XY[]} */
function simplified(ring, tolerance) {
  let far = 0;
  for (let i = 1; i < ring.length; i++) if (Math.hypot(ring[i][0] - ring[0][0], ring[i][1] - ring[0][1]) > Math.hypot(ring[far][0] - ring[0][0], ring[far][1] - ring[0][1])) far = i;
  const closed = [...ring, ring[0]];
  const keep = new Uint8Array(closed.length);
  keep[0] = keep[far] = 1;
  const spans = [[0, far], [far, ring.length]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    const [[ax, ay], [bx, by]] = [closed[from], closed[to]];
    const length = Math.hypot(bx - ax, by - ay);
    let [best, most] = [-1, tolerance];
    for (let i = from + 1; i < to; i++) {
      const [x, y] = closed[i];
      const off = length > 1e-9 ? Math.abs((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length : Math.hypot(x - ax, y - ay);
      if (off > most) [best, most] = [i, off];
    }
    if (best < 0) continue;
    keep[best] = 1;
    spans.push([from, best], [best, to]);
  }
  return ring.filter((_, i) => keep[i]);
}

/** Another ring hung on where the two lie nearest. @param {XY[]} polygon @param {XY[]} ring @returns {XY[]} */
function withSeam(polygon, ring) {
  let [i, j, least] = [0, 0, Infinity];
  polygon.forEach(([ax, ay], a) => {
    ring.forEach(([bx, by], b) => {
      const d = (ax - bx) ** 2 + (ay - by) ** 2;
      if (d < least) [i, j, least] = [a, b, d];
    });
  });
  return [...polygon.slice(0, i + 1), ...ring.slice(j), ...ring.slice(0, j + 1), ...polygon.slice(i)];
}
