// From patches to cells: the outline of a guess moves to the edge that lies nearest to it.

import { minimumCut } from '../draft/graphcut.mjs';
import { finer, tidied } from './outline.mjs';

/** @typedef {import('./canvas.mjs').Grid} Grid */
/** @typedef {import('./candidates.mjs').Scene} Scene */
/** @typedef {{cols: number, rows: number, data: Uint8Array}} Bitmap 1 where the thing is, row by row */

/** How far the outline may move, in cells. */
const BAND = 4;
/** How far around a cell the thing's and the ground's colours are taken from, in cells. */
const LOCAL = 11;
const TIE = 6;

/** What the outline may reach, and what smoothing looks at beyond it, in cells. */
const MARGIN = BAND + 6;

/** @param {Grid} grid @param {Scene} scene @param {Uint8Array} parts [superpixels] @param {number} factor so many times as fine as the grid @returns {Bitmap} */
export function refined(grid, scene, parts, factor) {
  const { cols, rows } = grid;
  // Beyond a margin around the guess nothing is decided: a small thing costs little.
  const [left, top, right, bottom] = boxOf(grid, scene, parts);
  const [wide, high] = [right - left, bottom - top];
  const lab = new Float32Array(3 * wide * high);
  const label = new Int32Array(wide * high);
  for (let r = 0; r < high; r++) {
    const from = (top + r) * cols + left;
    lab.set(grid.lab.subarray(3 * from, 3 * (from + wide)), 3 * r * wide);
    label.set(scene.patches.label.subarray(from, from + wide), r * wide);
  }
  const fine = finer(cutIn({ cols: wide, rows: high, lab }, label, scene, parts), factor);
  const data = new Uint8Array(cols * rows * factor * factor);
  for (let r = 0; r < fine.rows; r++) data.set(fine.data.subarray(r * fine.cols, (r + 1) * fine.cols), (top * factor + r) * cols * factor + left * factor);
  return { cols: cols * factor, rows: rows * factor, data };
}

/** @param {Grid} grid @param {Scene} scene @param {Uint8Array} parts @returns {[number, number, number, number]} left, top, right and bottom of what may be inside */
function boxOf({ cols, rows }, { patches: { label } }, parts) {
  let left = cols;
  let right = -1;
  let top = rows;
  let bottom = -1;
  for (let i = 0; i < label.length; i++) {
    if (!parts[label[i]]) continue;
    const c = i % cols;
    const r = (i - c) / cols;
    if (c < left) left = c;
    if (c > right) right = c;
    if (r < top) top = r;
    bottom = r;
  }
  if (bottom < 0) return [0, 0, cols, rows];
  return [Math.max(0, left - MARGIN), Math.max(0, top - MARGIN), Math.min(cols, right + 1 + MARGIN), Math.min(rows, bottom + 1 + MARGIN)];
}

/** @param {Grid} grid a part of the picture @param {Int32Array} label of its cells @param {Scene} scene @param {Uint8Array} parts @returns {Bitmap} */
function cutIn({ cols, rows, lab }, label, { patches, neighbours }, parts) {
  const inside = new Uint8Array(cols * rows);
  for (let i = 0; i < inside.length; i++) inside[i] = parts[label[i]];
  const depth = steps(inside, cols, rows, BAND + 1);
  const pull = new Float32Array(cols * rows);
  const nearness = coloursAround(patches, neighbours, parts);
  for (let i = 0; i < pull.length; i++) {
    if (depth[i] > BAND) pull[i] = inside[i] ? 1000 : -1000;
    else pull[i] = Math.max(-4, Math.min(4, nearness(label[i], lab, i) / 4)) + (inside[i] ? 0.4 : -0.4);
  }
  return tidied({ cols, rows, data: minimumCut(cols, rows, pull, linksOf(lab, cols, rows, depth)) });
}

/** How much nearer in colour a cell is to a patch of the thing than to one of the ground around it. @param {import('./superpixels.mjs').Superpixels} patches @param {import('./candidates.mjs').Neighbours} neighbours @param {Uint8Array} parts */
function coloursAround({ lab: mean, center }, { first, other }, parts) {
  /** @type {Map<number, number[]>} */
  const around = new Map();
  const patchesAround = (/** @type {number} */ k) => {
    const kept = around.get(k);
    if (kept) return kept;
    const found = new Set([k]);
    let rim = [k];
    while (rim.length) {
      const next = [];
      for (const n of rim) {
        for (let e = first[n]; e < first[n + 1]; e++) {
          const m = other[e];
          if (found.has(m) || Math.hypot(center[2 * m] - center[2 * k], center[2 * m + 1] - center[2 * k + 1]) > LOCAL) continue;
          found.add(m);
          next.push(m);
        }
      }
      rim = next;
    }
    const list = [...found];
    around.set(k, list);
    return list;
  };
  return (/** @type {number} */ k, /** @type {Float32Array} */ lab, /** @type {number} */ i) => {
    const around = patchesAround(k);
    let own = 3600;
    let away = 3600;
    for (let e = 0; e < around.length; e++) {
      const n = around[e];
      const dl = lab[3 * i] - mean[3 * n];
      const da = lab[3 * i + 1] - mean[3 * n + 1];
      const db = lab[3 * i + 2] - mean[3 * n + 2];
      const d = dl * dl + da * da + db * db;
      if (parts[n]) own = Math.min(own, d);
      else away = Math.min(away, d);
    }
    return Math.sqrt(away) - Math.sqrt(own);
  };
}

/** Cells between each cell and the outline, at most `most`. @param {Uint8Array} inside @param {number} cols @param {number} rows @param {number} most @returns {Uint8Array} */
function steps(inside, cols, rows, most) {
  const out = new Uint8Array(inside.length).fill(most);
  /** @type {number[]} */
  let rim = [];
  for (let i = 0; i < inside.length; i++) {
    const c = i % cols;
    if ((c + 1 < cols && inside[i + 1] !== inside[i]) || (c > 0 && inside[i - 1] !== inside[i]) || (i + cols < inside.length && inside[i + cols] !== inside[i]) || (i >= cols && inside[i - cols] !== inside[i])) {
      out[i] = 0;
      rim.push(i);
    }
  }
  for (let d = 1; d < most; d++) {
    const next = [];
    for (const i of rim) {
      const c = i % cols;
      for (let side = 0; side < 4; side++) {
        const j = side === 0 ? (c + 1 < cols ? i + 1 : -1) : side === 1 ? (c > 0 ? i - 1 : -1) : side === 2 ? i + cols : i - cols;
        if (j < 0 || j >= out.length || out[j] <= d) continue;
        out[j] = d;
        next.push(j);
      }
    }
    rim = next;
  }
  return out;
}

/** @param {Float32Array} lab @param {number} cols @param {number} rows @param {Uint8Array} depth @returns {Float32Array} [cols*rows*4] right, below, below right, below left */
function linksOf(lab, cols, rows, depth) {
  const links = new Float32Array(cols * rows * 4);
  const [across, down] = [[1, 0, 1, -1], [0, 1, 1, 1]];
  for (let i = 0; i < cols * rows; i++) {
    if (depth[i] > BAND + 1) continue;
    for (let k = 0; k < 4; k++) {
      const c = (i % cols) + across[k];
      const j = i + down[k] * cols + across[k];
      if (c < 0 || c >= cols || j >= cols * rows) continue;
      const dl = lab[3 * i] - lab[3 * j];
      const da = lab[3 * i + 1] - lab[3 * j + 1];
      const db = lab[3 * i + 2] - lab[3 * j + 2];
      const d = dl * dl + da * da + db * db;
      links[4 * i + k] = (TIE * Math.exp(-d / 120) + 0.3) / (k > 1 ? Math.SQRT2 : 1);
    }
  }
  return links;
}
