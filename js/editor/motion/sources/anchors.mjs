// sources/ makes layers from what is drawn already. It imports document/, evaluation/ and checks/.

// "Hold the rest": a lattice of points on everything that nothing passes over.

import { sampleScene } from '../evaluation/evaluate.mjs';
import { sweep } from '../checks/picture.mjs';
import { limitOf } from '../checks/rule.mjs';
import { CHECKS } from '../checks/table.mjs';
import { CELL_PX } from '../evaluation/region.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').XY} XY */

/** Cells around what was cut: its rim is known to a cell. */
const RIM = 1;

/**
 * Cell centres (0-1), row by row, away from every visible position of every track (camera taken away) and from the way between them.
 * @param {Doc} doc @param {import('../document/types.mjs').Sampled|null} [_sampled] not needed
 * Where the draft has cut what moves, nothing of it and nothing that it passes over is held, either.
 * @param {{spacing_cells?: number, margin_cells?: number, things?: readonly import('../checks/picture.mjs').Thing[]}} [options] defaults from the shared table
 * @returns {XY[]} */
export function holdPoints(doc, _sampled = null, options = {}) {
  const rule = CHECKS.find((c) => c.id === 'no_anchors');
  const spacing = options.spacing_cells ?? limitOf(rule, 'spacing_cells');
  const margin = options.margin_cells ?? limitOf(rule, 'margin_cells');
  const [width, height] = doc.size_wh;
  const [cols, rows] = [Math.floor(width / CELL_PX), Math.floor(height / CELL_PX)];
  const taken = touchedCells(doc, cols, rows, margin);
  for (const thing of options.things ?? []) {
    sweep(thing, doc.frames, cols, rows, (r, c) => {
      for (let row = Math.max(0, r - RIM); row <= Math.min(rows - 1, r + RIM); row++) for (let col = Math.max(0, c - RIM); col <= Math.min(cols - 1, c + RIM); col++) taken[row * cols + col] = 1;
    });
  }
  /** @type {XY[]} */
  const points = [];
  for (let r = Math.floor(((rows - 1) % spacing) / 2); r < rows; r += spacing) {
    for (let c = Math.floor(((cols - 1) % spacing) / 2); c < cols; c += spacing) {
      if (!taken[r * cols + c]) points.push([((c + 0.5) * CELL_PX) / width, ((r + 0.5) * CELL_PX) / height]);
    }
  }
  return points;
}

/** @param {Doc} doc @param {number} cols @param {number} rows @param {number} margin @returns {Uint8Array} 1 within `margin` cells of a touched one */
function touchedCells(doc, cols, rows, margin) {
  const { xy, visible, count, frames } = sampleScene(doc);
  // Marked first, widened once: a region's thousand points cross the same cells over and over.
  const wide = cols + 2 * margin;
  const marked = new Uint8Array(wide * (rows + 2 * margin));
  const touch = (/** @type {number} */ x, /** @type {number} */ y) => {
    const r = Math.floor(y / CELL_PX) + margin;
    const c = Math.floor(x / CELL_PX) + margin;
    if (r >= 0 && c >= 0 && c < wide && r < rows + 2 * margin) marked[r * wide + c] = 1;
  };
  for (let n = 0; n < count; n++) {
    for (let f = 0; f < frames; f++) {
      const at = f * count + n;
      if (!visible[at]) continue;
      const [x, y] = [xy[2 * at], xy[2 * at + 1]];
      touch(x, y);
      const next = at + count;
      if (f + 1 === frames || !visible[next]) continue;
      const [dx, dy] = [xy[2 * next] - x, xy[2 * next + 1] - y];
      const parts = Math.max(1, Math.ceil(Math.hypot(dx, dy) / 4));
      for (let k = 1; k < parts; k++) touch(x + (dx * k) / parts, y + (dy * k) / parts);
    }
  }
  return widened(marked, cols, rows, margin);
}

/** Cells within `margin` of a marked one. @param {Uint8Array} marked with a border of `margin` cells @param {number} cols @param {number} rows @param {number} margin */
function widened(marked, cols, rows, margin) {
  const taken = new Uint8Array(cols * rows);
  const wide = cols + 2 * margin;
  for (let i = 0; i < marked.length; i++) {
    if (!marked[i]) continue;
    const [r, c] = [Math.floor(i / wide) - margin, (i % wide) - margin];
    const [left, right] = [Math.max(0, c - margin), Math.min(cols, c + margin + 1)];
    for (let row = Math.max(0, r - margin); row <= Math.min(rows - 1, r + margin); row++) taken.fill(1, row * cols + left, row * cols + Math.max(left, right));
  }
  return taken;
}
