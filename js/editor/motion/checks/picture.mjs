// The rules that look at the picture, over what the draft found in it: things with their outlines and ways. Without a picture they find nothing.

import { applyAffine, invert } from '../../geometry/affine.mjs';
import { bounds } from '../../geometry/points.mjs';
import { limitOf } from './rule.mjs';
import { CELL_PX } from '../evaluation/region.mjs';

/** @typedef {import('../../geometry/affine.mjs').Affine} Affine */
/** @typedef {import('../document/types.mjs').XY} XY */
/**
 * What moves in the picture as one, at frame 0, all in px of the document with the camera taken away.
 * @typedef {object} Thing
 * @property {number[]} tracks that carry it
 * @property {boolean} lone one point on something that nothing sets apart: `alpha` is how far the picture goes with it
 * @property {[number, number, number, number]} box
 * @property {number} cols
 * @property {number} rows
 * @property {Float32Array} alpha [cols*rows] over the box, 0-1
 * @property {Pick<Thing, "box"|"cols"|"rows"|"alpha">|null} [grown] of a lone point: what a cut around it finds, for who wants to move all of that
 * @property {(frame: number) => Affine} mapAt from its place at frame 0 to that at another
 */
/** @typedef {"left"|"right"|"top"|"bottom"} Edge */
/** What a mend has to know. @typedef {{points?: number[], edges?: Edge[], zone?: Pick<Thing, "box"|"cols"|"rows"|"alpha">, things?: readonly Thing[]}} Mend */
/** @typedef {import('./checker.mjs').Facts} Facts */
/** @typedef {import('./checker.mjs').Found} Found */
/** @typedef {import('./rule.mjs').Rule} Rule */

/** Half of it is the thing's: its outline. */
const OUTLINE = 0.5;
const STILL_PX = 2;
/** @type {{edge: Edge, axis: 0|1, sign: 1|-1}[]} sign: the way into the picture */
const EDGES = [{ edge: 'left', axis: 0, sign: 1 }, { edge: 'right', axis: 0, sign: -1 }, { edge: 'top', axis: 1, sign: 1 }, { edge: 'bottom', axis: 1, sign: -1 }];

/** How much of a place is the thing's. @param {Pick<Thing, "box"|"cols"|"rows"|"alpha">} thing @param {XY} xy at frame 0 */
export function shareAt({ box, cols, rows, alpha }, [x, y]) {
  const [c, r] = [Math.floor(((x - box[0]) / box[2]) * cols), Math.floor(((y - box[1]) / box[3]) * rows)];
  return c >= 0 && r >= 0 && c < cols && r < rows ? alpha[r * cols + c] : 0;
}

/**
 * Cells that a thing ever covers, with those within `margin` cells of them. A lone point's are those that the picture around it goes with.
 * @param {Thing} thing @param {number} frames @param {number} cols @param {number} rows cells of the document @param {(row: number, col: number) => void} touch */
export function sweep(thing, frames, cols, rows, touch) {
  const [left, top, width, height] = thing.box;
  for (let f = 0; f < frames; f = f + 4 < frames || f === frames - 1 ? f + 4 : frames - 1) {
    const map = thing.mapAt(f);
    const back = invert(map);
    const corners = /** @type {XY[]} */ ([[left, top], [left + width, top], [left, top + height], [left + width, top + height]]).map((xy) => applyAffine(map, xy));
    const { left: x0, right: x1, top: y0, bottom: y1 } = /** @type {NonNullable<ReturnType<typeof bounds>>} */ (bounds(corners));
    for (let r = Math.max(0, Math.floor(y0 / CELL_PX)); r <= Math.min(rows - 1, y1 / CELL_PX); r++) {
      for (let c = Math.max(0, Math.floor(x0 / CELL_PX)); c <= Math.min(cols - 1, x1 / CELL_PX); c++) {
        if (shareAt(thing, applyAffine(back, [(c + 0.5) * CELL_PX, (r + 0.5) * CELL_PX])) > (thing.lone ? OUTLINE : 0.1)) touch(r, c);
      }
    }
  }
}

export const PICTURE_RULES = {
  /** A nose in a face: the model takes along what is joined to it, and nobody said how much. @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  lone_point({ things, usable, moving, scene }, rule) {
    return things.flatMap((thing) => {
      const [track] = thing.tracks;
      if (!thing.lone || !usable[track] || !moving(track, scene, limitOf(rule, 'moving_cells'))) return [];
      const own = thing.alpha.reduce((sum, v) => sum + (v > OUTLINE ? 1 : 0), 0) / (thing.cols * thing.rows);
      const across_cells = Math.sqrt(own * thing.box[2] * thing.box[3]) / CELL_PX;
      return across_cells > limitOf(rule, 'threshold') ? [{ track, frame: null, count: 1, mend: thing.grown ? { zone: thing.grown } : {} }] : [];
    });
  },
  /** @param {Facts} facts @returns {Found[]} */
  still_in_way({ doc, things, sampled, frames, count, usable, visible, scene, samples, all, regionOf }) {
    const still = all.filter((n) => usable[n] && samples.every((f) => !visible[f * count + n] || apart(scene, count, n, f) <= STILL_PX));
    /** @type {Map<number, {points: number[], frame: number, first: number}>} */
    const met = new Map();
    for (const thing of things.filter((one) => !one.lone)) {
      const ways = [0, ...samples].map((f) => ({ f, back: invert(thing.mapAt(f)) }));
      const own = new Set(thing.tracks);
      // Few of a region's points carry it in the draft; the others are its own no less, those about which it turns too.
      const regions = new Set(thing.tracks.map((n) => regionOf[n]).filter((layer) => layer >= 0));
      for (const n of still) {
        if (own.has(n) || regions.has(regionOf[n])) continue;
        const way = ways.find(({ f, back }) => visible[f * count + n] && shareAt(thing, applyAffine(back, [scene[2 * n], scene[2 * n + 1]])) > OUTLINE);
        if (!way) continue;
        const layer = sampled.layerOf[n];
        const found = met.get(layer) ?? { points: [], frame: frames, first: n };
        const index = n - sampled.first[layer];
        if (!found.points.includes(index)) found.points.push(index);
        found.frame = Math.min(found.frame, way.f);
        met.set(layer, found);
      }
    }
    return [...met].sort((a, b) => a[1].first - b[1].first).map(([layer, { points, frame, first }]) => ({ track: first, frame, count: points.length, layer: doc.layers[layer].id, mend: { points } }));
  },
  /** What lies beyond the frame nobody has seen; where it would come into sight, something has to be invented. @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  cut_by_frame({ doc, things, sampled, samples }, rule) {
    const least_px = limitOf(rule, 'threshold') * CELL_PX;
    const inwards_px = limitOf(rule, 'moving_cells') * CELL_PX;
    /** @type {Found[]} */
    const found = [];
    for (const thing of things.filter((one) => !one.lone)) {
      /** @type {Edge[]} */
      const edges = [];
      let first = Infinity;
      for (const { edge, axis, sign } of EDGES) {
        const border = rimAt(thing, doc.size_wh, axis, sign);
        if (border.length * (axis ? thing.box[2] / thing.cols : thing.box[3] / thing.rows) < least_px) continue;
        const frame = samples.find((f) => border.some((xy) => sign * (applyAffine(thing.mapAt(f), xy)[axis] - xy[axis]) > inwards_px));
        if (frame === undefined) continue;
        edges.push(edge);
        first = Math.min(first, frame);
      }
      if (!edges.length) continue;
      for (const layer of new Set(thing.tracks.map((n) => sampled.layerOf[n]))) {
        const track = thing.tracks.find((n) => sampled.layerOf[n] === layer) ?? null;
        found.push({ track, frame: first, count: edges.length, layer: doc.layers[layer].id, mend: { edges } });
      }
    }
    return found.sort((a, b) => (a.track ?? 0) - (b.track ?? 0));
  },
};

/** Places along one edge of the frame at which a thing goes on beyond it. @param {Thing} thing @param {[number, number]} size_wh @param {0|1} axis @param {1|-1} sign @returns {XY[]} */
function rimAt(thing, size_wh, axis, sign) {
  const at = sign > 0 ? 0 : size_wh[axis];
  const edge = sign > 0 ? thing.box[axis] : thing.box[axis] + thing.box[2 + axis];
  if (Math.abs(edge - at) > 1) return [];
  const cells = [thing.cols, thing.rows];
  const across = cells[1 - axis];
  /** @type {XY[]} */
  const out = [];
  for (let k = 0; k < across; k++) {
    // The rim of a cut is soft, at the frame too: the second cell in.
    const depth = sign > 0 ? 1 : cells[axis] - 2;
    const i = axis ? depth * thing.cols + k : k * thing.cols + depth;
    if (thing.alpha[i] <= OUTLINE) continue;
    const along = thing.box[1 - axis] + ((k + 0.5) * thing.box[3 - axis]) / across;
    out.push(axis ? [along, at] : [at, along]);
  }
  return out;
}

/** @param {Float32Array} xy @param {number} count @param {number} n @param {number} f */
const apart = (xy, count, n, f) => Math.hypot(xy[(f * count + n) * 2] - xy[2 * n], xy[(f * count + n) * 2 + 1] - xy[2 * n + 1]);
