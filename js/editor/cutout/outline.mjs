// A cut tidied up: no crumbs, no pinholes, no threads, and an outline without steps.

import { fillHoles, flood } from '../draft/matte.mjs';

/** @typedef {import('./refine.mjs').Bitmap} Bitmap */

/** Pieces and holes smaller than these shares of the thing go. */
const [CRUMB, HOLE] = [0.03, 0.03];

/** @param {Bitmap} bitmap @returns {Bitmap} */
export function tidied({ cols, rows, data }) {
  // A cell stays, or becomes the thing's, by the most of its 5x5 neighbours: threads go and bays close.
  const cells = threshold(blurred(data, cols, rows, 2));
  let area = 0;
  for (const v of cells) area += v;
  if (!area) return { cols, rows, data };
  fillHoles(cells, cols, rows, Math.round(HOLE * area));
  dropCrumbs(cells, cols, rows, CRUMB * area);
  return { cols, rows, data: cells };
}

/** The same outline on a grid `factor` times as fine, its steps rounded. @param {Bitmap} bitmap @param {number} factor @returns {Bitmap} */
export function finer({ cols, rows, data }, factor) {
  const soft = softened({ cols, rows, data });
  const [wide, high] = [cols * factor, rows * factor];
  const out = new Uint8Array(wide * high);
  for (let r = 0; r < high; r++) {
    const y = Math.min(rows - 1, Math.max(0, (r + 0.5) / factor - 0.5));
    const y0 = Math.floor(y);
    const y1 = Math.min(rows - 1, y0 + 1);
    for (let c = 0; c < wide; c++) {
      const x = Math.min(cols - 1, Math.max(0, (c + 0.5) / factor - 0.5));
      const x0 = Math.floor(x);
      const x1 = Math.min(cols - 1, x0 + 1);
      const above = soft[y0 * cols + x0] * (1 - x + x0) + soft[y0 * cols + x1] * (x - x0);
      const below = soft[y1 * cols + x0] * (1 - x + x0) + soft[y1 * cols + x1] * (x - x0);
      if (above * (1 - y + y0) + below * (y - y0) > 0.5) out[r * wide + c] = 1;
    }
  }
  return { cols: wide, rows: high, data: out };
}

/** Each cell the mean of its 3x3 neighbours, 0-1. @param {Bitmap} bitmap @returns {Float32Array} */
export const softened = ({ cols, rows, data }) => blurred(data, cols, rows, 1);

/** Mean over squares of 2*reach+1 cells; beyond the frame the cells at its side go on. @param {ArrayLike<number>} values @param {number} cols @param {number} rows @param {number} reach */
function blurred(values, cols, rows, reach) {
  const pass = (/** @type {ArrayLike<number>} */ from, /** @type {number} */ along, /** @type {number} */ across, /** @type {number} */ step, /** @type {number} */ stride) => {
    const out = new Float32Array(from.length);
    for (let line = 0; line < across; line++) {
      for (let i = 0; i < along; i++) {
        let sum = 0;
        for (let d = -reach; d <= reach; d++) sum += from[line * stride + Math.min(along - 1, Math.max(0, i + d)) * step];
        out[line * stride + i * step] = sum / (2 * reach + 1);
      }
    }
    return out;
  };
  return pass(pass(values, cols, rows, 1, cols), rows, cols, cols, 1);
}

/** @param {Float32Array} values @returns {Uint8Array} */
function threshold(values) {
  const cells = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) if (values[i] > 0.5) cells[i] = 1;
  return cells;
}

/** @param {Uint8Array} cells changed @param {number} cols @param {number} rows @param {number} least */
function dropCrumbs(cells, cols, rows, least) {
  const seen = new Uint8Array(cells.length);
  for (let start = 0; start < cells.length; start++) {
    if (!cells[start] || seen[start]) continue;
    const piece = flood([start], seen, cols, rows, (i) => cells[i] === 1);
    if (piece.length < least) for (const i of piece) cells[i] = 0;
  }
}
