// Bezier handles of a path's points: made from the curve that is there, dragged, split where a point is inserted. 0-1 offsets, as they are stored.

import { pathLine } from '../motion/timing/path.mjs';
import { PIECES } from '../motion/timing/curves.mjs';
import { bound, changeLayer } from '../motion/document/edit.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Handle} Handle */
/** @typedef {import('../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {"in"|"out"} Side */

const QUARTER = PIECES / 4;

/** Handles for every point, so that the curve stays where it is: each span is a cubic, whatever kind it is of. @param {Doc} doc @param {string} id @returns {Doc} */
export function giveHandles(doc, id) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'path' || layer.points.length < 2) return layer;
    const [width, height] = doc.size_wh;
    const { xy, controlIndex, total } = pathLine({ ...layer, timing: 'arc' }, doc);
    const handles = layer.points.map(() => /** @type {Handle} */ ([0, 0, 0, 0]));
    if (total > 0) {
      for (let k = 0; k + 1 < controlIndex.length; k++) {
        const at = (/** @type {number} */ piece) => [xy[2 * (k * PIECES + piece)] / width, xy[2 * (k * PIECES + piece) + 1] / height];
        const [a, q1, q3, d] = [at(0), at(QUARTER), at(3 * QUARTER), at(PIECES)];
        for (let axis = 0; axis < 2; axis++) {
          const start = 64 * q1[axis] - 27 * a[axis] - d[axis];
          const three = 64 * q3[axis] - a[axis] - 27 * d[axis];
          handles[controlIndex[k]][2 + axis] = bound((3 * start - three) / 72 - a[axis]);
          handles[controlIndex[k + 1]][axis] = bound((3 * three - start) / 72 - d[axis]);
        }
      }
    }
    return { ...layer, handles };
  });
}

/** The curve goes by its kind again. @param {Doc} doc @param {string} id @returns {Doc} */
export function dropHandles(doc, id) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'path' || !layer.handles) return layer;
    const { handles: _, ...rest } = layer;
    return rest;
  });
}

/**
 * One handle dragged to an offset; the other one turns along and keeps its length, unless it is `free`.
 * @param {Doc} doc @param {string} id @param {number} index @param {Side} side @param {XY} offset 0-1 @param {{free?: boolean, even?: boolean}} [options] even: the other one has the same length
 * @returns {Doc} */
export function setHandle(doc, id, index, side, offset, { free = false, even = false } = {}) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'path' || !layer.points[index]) return layer;
    const [width, height] = doc.size_wh;
    const before = layer.handles?.[index] ?? [0, 0, 0, 0];
    const other = side === 'in' ? [before[2], before[3]] : [before[0], before[1]];
    const length_px = Math.hypot(offset[0] * width, offset[1] * height);
    const kept_px = even ? length_px : Math.hypot(other[0] * width, other[1] * height);
    const turned = free || length_px === 0 ? other : [(-offset[0] * kept_px) / length_px, (-offset[1] * kept_px) / length_px];
    const both = side === 'in' ? [...offset, ...turned] : [...turned, ...offset];
    const handle = /** @type {Handle} */ (both.map(bound));
    const all = layer.handles ?? layer.points.map(() => null);
    return { ...layer, handles: layer.points.map((_, i) => (i === index ? handle : all[i] ?? null)) };
  });
}

/** The handles with those of a new point before `index`, which lies on the curve: the curve keeps its shape. @param {PathLayer} layer without the new point @param {XY} point 0-1 @param {number} index @returns {(Handle|null)[]} */
export function insertHandle(layer, point, index) {
  const handles = [.../** @type {(Handle|null)[]} */ (layer.handles)];
  const n = layer.points.length;
  const from = index - 1;
  const to = index < n ? index : 0;
  if (from < 0 || (index >= n && !layer.closed) || (!handles[from] && !handles[to])) return [...handles.slice(0, index), null, ...handles.slice(index)];
  const [a, d] = [layer.points[from], layer.points[to]];
  const [start, end] = [handles[from] ?? [0, 0, 0, 0], handles[to] ?? [0, 0, 0, 0]];
  /** @type {XY[]} */
  const corners = [a, [a[0] + start[2], a[1] + start[3]], [d[0] + end[0], d[1] + end[1]], d];
  const row = (/** @type {XY[]} */ list, /** @type {number} */ t) => list.slice(1).map((p, i) => /** @type {XY} */ ([list[i][0] + (p[0] - list[i][0]) * t, list[i][1] + (p[1] - list[i][1]) * t]));
  let [nearest, at] = [Infinity, 0.5];
  for (let k = 1; k < 4 * PIECES; k++) {
    const t = k / (4 * PIECES);
    const [[x, y]] = row(row(row(corners, t), t), t);
    const away = Math.hypot(x - point[0], y - point[1]);
    if (away < nearest) [nearest, at] = [away, t];
  }
  const first = row(corners, at);
  const second = row(first, at);
  const off = (/** @type {XY} */ to, /** @type {XY} */ base) => [bound(to[0] - base[0]), bound(to[1] - base[1])];
  const [[mx, my]] = row(second, at);
  const middle = /** @type {XY} */ ([mx, my]);
  handles[from] = /** @type {Handle} */ ([start[0], start[1], ...off(first[0], a)]);
  handles[to] = /** @type {Handle} */ ([...off(first[2], d), to === from ? handles[to]?.[2] ?? 0 : end[2], to === from ? handles[to]?.[3] ?? 0 : end[3]]);
  const made = /** @type {Handle} */ ([...off(second[0], middle), ...off(second[1], middle)]);
  return [...handles.slice(0, index), made, ...handles.slice(index)];
}
