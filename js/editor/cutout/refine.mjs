// From patches to cells: the outline of a guess moves to the edge that lies nearest to it.

import { minimumCut } from '../draft/graphcut.mjs';
import { tidied } from './outline.mjs';

/** @typedef {import('./canvas.mjs').Grid} Grid */
/** @typedef {import('./candidates.mjs').Scene} Scene */
/** @typedef {{cols: number, rows: number, data: Uint8Array}} Bitmap 1 where the thing is, row by row */

/** How far the outline may move, in cells. */
const BAND = 4;
/** How far around a cell the thing's and the ground's colours are taken from, in cells. */
const LOCAL = 11;
const TIE = 6;

/** @param {Grid} grid @param {Scene} scene @param {Uint8Array} parts [superpixels] @returns {Bitmap} */
export function refined({ cols, rows, lab }, { patches, neighbours }, parts) {
  const { label } = patches;
  const inside = Uint8Array.from(label, (k) => parts[k]);
  const depth = steps(inside, cols, rows, BAND + 1);
  const pull = new Float32Array(cols * rows);
  const apart = coloursAround(patches, neighbours, parts);
  for (let i = 0; i < pull.length; i++) {
    if (depth[i] > BAND) {
      pull[i] = inside[i] ? 1000 : -1000;
      continue;
    }
    const [own, other] = apart(label[i], lab, i);
    pull[i] = Math.max(-4, Math.min(4, (other - own) / 4)) + (inside[i] ? 0.4 : -0.4);
  }
  return tidied({ cols, rows, data: minimumCut(cols, rows, pull, linksOf(lab, cols, rows, depth)) });
}

/** Distance in colour from a cell to the nearest patch of the thing and of the ground around it. @param {import('./superpixels.mjs').Superpixels} patches @param {import('./candidates.mjs').Neighbours} neighbours @param {Uint8Array} parts */
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
    around.set(k, [...found]);
    return [...found];
  };
  return (/** @type {number} */ k, /** @type {Float32Array} */ lab, /** @type {number} */ i) => {
    let [own, away] = [60, 60];
    for (const n of patchesAround(k)) {
      const d = Math.hypot(lab[3 * i] - mean[3 * n], lab[3 * i + 1] - mean[3 * n + 1], lab[3 * i + 2] - mean[3 * n + 2]);
      if (parts[n]) own = Math.min(own, d);
      else away = Math.min(away, d);
    }
    return [own, away];
  };
}

/** Cells between each cell and the outline, at most `most`. @param {Uint8Array} inside @param {number} cols @param {number} rows @param {number} most @returns {Uint8Array} */
function steps(inside, cols, rows, most) {
  const out = new Uint8Array(inside.length).fill(most);
  /** @type {number[]} */
  let rim = [];
  for (let i = 0; i < inside.length; i++) {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    if ((c + 1 < cols && inside[i + 1] !== inside[i]) || (c > 0 && inside[i - 1] !== inside[i]) || (r + 1 < rows && inside[i + cols] !== inside[i]) || (r > 0 && inside[i - cols] !== inside[i])) {
      out[i] = 0;
      rim.push(i);
    }
  }
  for (let d = 1; d < most; d++) {
    const next = [];
    for (const i of rim) {
      const c = i % cols;
      for (const j of [c + 1 < cols ? i + 1 : -1, c > 0 ? i - 1 : -1, i + cols, i - cols]) {
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
  const at = [[1, 0], [0, 1], [1, 1], [-1, 1]];
  for (let i = 0; i < cols * rows; i++) {
    if (depth[i] > BAND + 1) continue;
    for (let k = 0; k < 4; k++) {
      const c = (i % cols) + at[k][0];
      const j = i + at[k][1] * cols + at[k][0];
      if (c < 0 || c >= cols || j >= cols * rows) continue;
      const d = (lab[3 * i] - lab[3 * j]) ** 2 + (lab[3 * i + 1] - lab[3 * j + 1]) ** 2 + (lab[3 * i + 2] - lab[3 * j + 2]) ** 2;
      links[4 * i + k] = (TIE * Math.exp(-d / 120) + 0.3) / (k > 1 ? Math.SQRT2 : 1);
    }
  }
  return links;
}
