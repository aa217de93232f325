// A rough lasso around a thing: what lies well inside is the thing's, what lies well outside is not, and between them colours, edges and the lasso itself decide.

import { networkOf } from './flow.mjs';
import { spread } from './candidates.mjs';
import { distanceTo } from '../draft/matte.mjs';

/** @typedef {import('./candidates.mjs').Scene} Scene */
/** @typedef {[number, number]} XY 0-1 of the picture */

/** Share of the lasso's half width within which the outline is looked for, inwards and outwards. */
const [INWARDS, OUTWARDS] = [0.55, 0.22];
const ROUNDS = 3;
const SURE = 1e6;

/** @param {Scene} scene @param {XY[]} outline @returns {Uint8Array|null} [superpixels] nonzero: the thing; null: the lasso holds nothing */
export function lassoed(scene, outline) {
  const { cols, rows, patches, borders, neighbours } = scene;
  const depth = signedDepth(outline, cols, rows);
  let half = 0;
  for (const d of depth) half = Math.max(half, d);
  if (half < 1.5) return null;
  // Mean depth of each patch: positive within the lasso.
  const deep = new Float32Array(patches.count);
  for (let i = 0; i < depth.length; i++) deep[patches.label[i]] += depth[i] / patches.area[patches.label[i]];
  const [least, most] = [-Math.max(3, OUTWARDS * half), Math.max(2, INWARDS * half)];
  const sure = Int8Array.from(deep, (d) => (d >= most ? 1 : d <= least ? -1 : 0));
  const network = networkOf(patches.count, borders);
  const links = Float32Array.from(borders.length, (length, k) => 0.5 * length * (Math.exp(-2.2 * borders.strength[k]) + 0.01));
  /** @type {Uint8Array} */
  let parts = Uint8Array.from(deep, (d) => (d > 0 ? 1 : 0));
  if (!parts.includes(1)) return null;
  for (let round = 0; round < ROUNDS; round++) {
    const own = colours(patches, (n) => (parts[n] ? 1 : 0));
    // The ground's colours are those around the lasso, not of the whole picture.
    const away = colours(patches, (n) => (parts[n] ? 0 : Math.exp(Math.min(0, deep[n]) / (0.8 * half))));
    const pull = Float32Array.from(patches.area, (area, n) => {
      if (sure[n]) return sure[n] * SURE;
      const like = Math.max(-2.5, Math.min(2.5, Math.log((own(n) + 1e-3) / (away(n) + 1e-3))));
      // At the lasso itself nothing is known; towards the middle it is likely the thing.
      const place = deep[n] > 0 ? 0.9 * (deep[n] / most) : -1.6 * (deep[n] / least);
      return area * 0.08 * (like + place);
    });
    parts = network.cut(pull, links);
  }
  const seeds = Uint8Array.from(sure, (v) => (v > 0 ? 1 : 0));
  if (seeds.includes(1)) parts = spread(parts, neighbours, seeds);
  return parts.includes(1) ? parts : null;
}

/** Share of like colours among the patches, by their weights. @param {import('./superpixels.mjs').Superpixels} patches @param {(n: number) => number} weight @returns {(n: number) => number} */
function colours({ lab, area, count }, weight) {
  const weights = Float32Array.from({ length: count }, (_, n) => area[n] * weight(n));
  let sum = 0;
  for (const w of weights) sum += w;
  const known = new Float32Array(count).fill(-1);
  return (n) => {
    if (known[n] >= 0) return known[n];
    let share = 0;
    for (let m = 0; m < count; m++) {
      if (!weights[m]) continue;
      const d = (0.6 * (lab[3 * n] - lab[3 * m])) ** 2 + (lab[3 * n + 1] - lab[3 * m + 1]) ** 2 + (lab[3 * n + 2] - lab[3 * m + 2]) ** 2;
      if (d < 300) share += weights[m] * Math.exp(-d / 60);
    }
    return (known[n] = share / Math.max(1, sum));
  };
}

/** Cells to the lasso, positive within it (even-odd). @param {XY[]} outline @param {number} cols @param {number} rows @returns {Float32Array} */
function signedDepth(outline, cols, rows) {
  const inside = new Uint8Array(cols * rows);
  for (let r = 0; r < rows; r++) {
    const y = (r + 0.5) / rows;
    const cuts = [];
    for (let k = 0; k < outline.length; k++) {
      const [[ax, ay], [bx, by]] = [outline[k], outline[(k + 1) % outline.length]];
      if (ay > y !== by > y) cuts.push((ax + ((y - ay) / (by - ay)) * (bx - ax)) * cols);
    }
    cuts.sort((a, b) => a - b);
    for (let k = 0; k + 1 < cuts.length; k += 2) for (let c = Math.max(0, Math.ceil(cuts[k] - 0.5)); c <= Math.min(cols - 1, Math.floor(cuts[k + 1] - 0.5)); c++) inside[r * cols + c] = 1;
  }
  // The frame's own side is no outline: a thing that the frame cuts goes on beyond it.
  const out = distanceTo(inside, 1, cols, rows);
  const into = distanceTo(inside, 0, cols, rows);
  return Float32Array.from(inside, (v, i) => (v ? into[i] : -out[i]));
}
