// Edits of control points: move, insert, delete, mirror, align, reverse. dx, dy and points are 0-1 unless a name ends in _px.

import { bound, changeLayer, changeLayers } from '../motion/document/edit.mjs';
import { bounds } from '../geometry/points.mjs';
import { insertHandle } from './handles.mjs';
import { mapHandle, mapLayer } from '../motion/document/transform.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').PointRef} PointRef */
/** @typedef {import('../motion/document/types.mjs').Selection} Selection */

/** @param {Doc} doc @param {string} id @param {number} index @param {XY} point @returns {Doc} */
export function setPoint(doc, id, index, point) {
  return changeLayer(doc, id, (layer) => {
    if (!('points' in layer) || !layer.points[index]) return layer;
    return { ...layer, points: layer.points.map((/** @type {XY} */ p, /** @type {number} */ i) => (i === index ? [bound(point[0]), bound(point[1])] : p)) };
  });
}

/** Indexes of selected points by layer, of layers that are not wholly selected. @param {Selection} selection @returns {Map<string, Set<number>>} */
function pointsByLayer(selection) {
  const whole = new Set(selection.layers);
  /** @type {Map<string, Set<number>>} */
  const byLayer = new Map();
  for (const { layer, index } of selection.points) {
    if (whole.has(layer)) continue;
    if (!byLayer.has(layer)) byLayer.set(layer, new Set());
    byLayer.get(layer)?.add(index);
  }
  return byLayer;
}

/**
 * The selected points and layers through a map of 0-1 positions; locked layers stay.
 * @param {Doc} doc @param {Selection} selection @param {(point: XY) => XY} move @param {{flip?: [number, number]}} [options] @returns {Doc} */
function mapSelection(doc, selection, move, options) {
  const byLayer = pointsByLayer(selection);
  const whole = new Set(selection.layers);
  return changeLayers(doc, (layer) => {
    if (layer.locked) return layer;
    if (whole.has(layer.id)) return mapLayer(layer, move, options);
    const chosen = byLayer.get(layer.id);
    if (!chosen || !('points' in layer)) return layer;
    const bent = layer.type === 'path' && layer.handles ? { handles: layer.handles.map((h, i) => (h && chosen.has(i) ? mapHandle(h, layer.points[i], move) : h)) } : null;
    return /** @type {Layer} */ ({ ...layer, points: layer.points.map((p, i) => (chosen.has(i) ? boundPoint(move(p)) : p)), ...bent });
  });
}

/** @param {XY} p @returns {XY} */
const boundPoint = (p) => [bound(p[0]), bound(p[1])];

/** Move the selected points, and whole layers where they start (a region: what it takes from the picture). @param {Doc} doc @param {Selection} selection @param {number} dx @param {number} dy @returns {Doc} */
export function moveSelection(doc, selection, dx, dy) {
  if (dx === 0 && dy === 0) return doc;
  return mapSelection(doc, selection, ([x, y]) => [x + dx, y + dy]);
}

/** @param {Doc} doc @param {Selection} selection @param {number} dx_px @param {number} dy_px @returns {Doc} */
export function nudge(doc, selection, dx_px, dy_px) {
  return moveSelection(doc, selection, dx_px / doc.size_wh[0], dy_px / doc.size_wh[1]);
}

/** Insert before `index` (points.length appends). Times and speeds of the new point lie between its neighbours'. @param {Doc} doc @param {string} id @param {number} index @param {XY} point @returns {Doc} */
export function insertPoint(doc, id, index, point) {
  return changeLayer(doc, id, (layer) => {
    if (!('points' in layer)) return layer;
    if (layer.points.length >= 4096) throw new RangeError('this path has 4096 points, the most a path may have');
    const points = [...layer.points.slice(0, index), boundPoint(point), ...layer.points.slice(index)];
    if (layer.type !== 'path') return { ...layer, points };
    const n = layer.points.length;
    const speeds = layer.speeds && [...layer.speeds.slice(0, index), ((layer.speeds[index - 1] ?? layer.speeds[0]) + (layer.speeds[index] ?? layer.speeds[n - 1])) / 2, ...layer.speeds.slice(index)];
    return { ...layer, points, speeds, times: layer.times && insertTime(layer, doc, points, index), ...(layer.handles && { handles: insertHandle(layer, points[index], index) }) };
  });
}

/** @param {PathLayer} layer @param {Doc} doc @param {XY[]} points with the new one @param {number} index @returns {number[]|null} */
function insertTime(layer, doc, points, index) {
  const times = /** @type {number[]} */ (layer.times);
  const n = layer.points.length;
  if (n < 2) return null;
  const length = (/** @type {XY} */ a, /** @type {XY} */ b) => Math.hypot((b[0] - a[0]) * doc.size_wh[0], (b[1] - a[1]) * doc.size_wh[1]);
  if (index > 0 && index < times.length) {
    const before = length(points[index - 1], points[index]);
    const after = length(points[index], points[(index + 1) % points.length]);
    const part = before + after > 0 ? before / (before + after) : 0.5;
    return [...times.slice(0, index), times[index - 1] + (times[index] - times[index - 1]) * part, ...times.slice(index)];
  }
  // At an end the clock grows by the new stretch at the mean speed of the rest.
  let whole = 0;
  for (let i = 1; i < n; i++) whole += length(layer.points[i - 1], layer.points[i]);
  const added = index === 0 ? length(points[0], points[1]) : length(points[n - 1], points[n]);
  const share = whole + added > 0 ? added / (whole + added) : 1 / (n + 1);
  return index === 0 ? [0, ...times.map((t, i) => (i === times.length - 1 ? 1 : share + t * (1 - share)))] : [...times.map((t) => t * (1 - share)), 1];
}

/** @param {Doc} doc @param {string} id @param {XY} point @returns {Doc} */
export function appendPoint(doc, id, point) {
  const layer = doc.layers.find((l) => l.id === id);
  return layer && 'points' in layer ? insertPoint(doc, id, layer.points.length, point) : doc;
}

/** Delete points; a layer left without any goes too. @param {Doc} doc @param {PointRef[]} points @returns {Doc} */
export function deletePoints(doc, points) {
  const byLayer = pointsByLayer({ layers: [], points });
  return changeLayers(doc, (layer) => {
    const gone = byLayer.get(layer.id);
    if (!gone || layer.locked || !('points' in layer)) return layer;
    const keep = (/** @type {unknown} */ _, /** @type {number} */ i) => !gone.has(i);
    const left = layer.points.filter(keep);
    if (left.length === layer.points.length) return layer;
    if (left.length === 0) return null;
    if (layer.type !== 'path') return { ...layer, points: left };
    return { ...layer, points: left, ...(layer.handles && { handles: layer.handles.filter(keep) }), times: left.length > 1 && layer.times ? spread(layer.times.filter(keep)) : null, speeds: layer.speeds ? layer.speeds.filter(keep) : null };
  });
}

/** Times stretched to reach from 0 to 1 again. @param {number[]} times @returns {number[]|null} */
function spread(times) {
  const first = times[0];
  const last = times[times.length - 1];
  if (!(last > first)) return null;
  return times.map((t, i) => (i === times.length - 1 ? 1 : (t - first) / (last - first)));
}

/** Delete selected points and selected layers; locked ones stay. @param {Doc} doc @param {Selection} selection @returns {Doc} */
export function deleteSelection(doc, selection) {
  const whole = new Set(selection.layers);
  const rest = deletePoints(doc, selection.points.filter((p) => !whole.has(p.layer)));
  return changeLayers(rest, (layer) => (whole.has(layer.id) && !layer.locked ? null : layer));
}

/** The control points of a layer, 0-1. @param {Layer} layer @returns {XY[]} */
function pointsOf(layer) {
  if ('points' in layer) return layer.points;
  return layer.type === 'region' ? (layer.polygon ?? [layer.pivot]) : [];
}

/** Control points (0-1) concerned by a selection: its points, and every point of its layers. @param {Doc} doc @param {Selection} selection @returns {{ref: PointRef, point: XY}[]} */
export function selectedPoints(doc, selection) {
  const byLayer = pointsByLayer(selection);
  const whole = new Set(selection.layers);
  return doc.layers.flatMap((layer) => {
    if (!whole.has(layer.id) && !byLayer.has(layer.id)) return [];
    return pointsOf(layer).flatMap((point, index) => (whole.has(layer.id) || byLayer.get(layer.id)?.has(index) ? [{ ref: { layer: layer.id, index }, point }] : []));
  });
}

/** Mirror left-right ("x") or up-down ("y") about the selection's own middle, or the picture's. @param {Doc} doc @param {Selection} selection @param {"x"|"y"} axis @param {{about?: "selection"|"picture"}} [options] @returns {Doc} */
export function mirrorSelection(doc, selection, axis, { about = 'selection' } = {}) {
  const box = bounds(selectedPoints(doc, selection).map((p) => p.point));
  const middle = about === 'picture' || !box ? [0.5, 0.5] : [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  /** @param {XY} p @returns {XY} */
  const move = ([x, y]) => (axis === 'x' ? [2 * middle[0] - x, y] : [x, 2 * middle[1] - y]);
  return mapSelection(doc, selection, move, { flip: axis === 'x' ? [-1, 1] : [1, -1] });
}

/** Several layers are moved as they are; points of a selection are put on one line. @param {Doc} doc @param {Selection} selection @param {"left"|"center"|"right"|"top"|"middle"|"bottom"} edge @returns {Doc} */
export function alignSelection(doc, selection, edge) {
  const all = bounds(selectedPoints(doc, selection).map((p) => p.point));
  if (!all) return doc;
  const lineOf = (/** @type {{left: number, right: number, top: number, bottom: number}} */ box) =>
    ({ left: box.left, right: box.right, center: (box.left + box.right) / 2, top: box.top, bottom: box.bottom, middle: (box.top + box.bottom) / 2 })[edge];
  const target = lineOf(all);
  const sideways = edge === 'left' || edge === 'right' || edge === 'center';
  const whole = new Set(selection.layers);
  const after = changeLayers(doc, (layer) => {
    const box = whole.has(layer.id) && !layer.locked ? bounds(pointsOf(layer)) : null;
    const by = box ? target - lineOf(box) : 0;
    return by === 0 ? layer : mapLayer(layer, ([x, y]) => (sideways ? [x + by, y] : [x, y + by]));
  });
  return mapSelection(after, { layers: [], points: selection.points.filter((p) => !whole.has(p.layer)) }, ([x, y]) => (sideways ? [target, y] : [x, target]));
}

/** Reverse a path's direction; a closed one still starts at its first point. @param {Doc} doc @param {string} id @returns {Doc} */
export function reversePath(doc, id) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'path' || layer.points.length < 2) return layer;
    const n = layer.points.length;
    const turn = /** @type {<T>(list: T[]) => T[]} */ (list) => (layer.closed ? [list[0], ...list.slice(1, n).reverse()] : [...list].reverse());
    let times = layer.times;
    if (times && layer.closed && times.length === n) times = spread([...times, 1 + 1 / (n - 1)]);
    const handles = layer.handles && turn(layer.handles).map((h) => h && /** @type {import('../motion/document/types.mjs').Handle} */ ([h[2], h[3], h[0], h[1]]));
    return { ...layer, points: turn(layer.points), ...(handles && { handles }), speeds: layer.speeds && turn(layer.speeds), times: times && [...times].reverse().map((/** @type {number} */ t) => 1 - t) };
  });
}
