// Other editors' own files: control points with their timing, kept editable. What a file says and we do not take is listed.

import { bound } from '../document/edit.mjs';
import { fieldsOf, listOf } from '../document/json.mjs';
import { count } from './sampled.mjs';
import { COLORS, safeColor } from '../../palette.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').XY} XY */
/** @typedef {import('../document/types.mjs').NewLayer} NewLayer */
/** @typedef {import('../document/json.mjs').Fields} Fields */
/** @typedef {{kind: string, layers: NewLayer[], unit: "px"|"norm"|null}} Read */

/** @param {unknown} data @returns {number} numbers, and numbers in quotes; NaN for the rest */
export const number = (data) => (typeof data === 'number' ? data : typeof data === 'string' && data.trim() !== '' ? Number(data) : NaN);

/** @param {unknown} data one {x, y} or [x, y] @returns {XY} */
export function pair(data) {
  const [x, y] = Array.isArray(data) ? data : [fieldsOf(data).x, fieldsOf(data).y];
  return [number(x), number(y)];
}

/** Control points in units of `side`, as 0-1; broken ones are left out and counted. @param {unknown} list @param {[number, number]} side @param {Doc} doc @param {string[]} report @returns {XY[]} */
function controlPoints(list, side, doc, report) {
  const all = listOf(list).map(pair);
  const fine = all.filter((p) => p.every(Number.isFinite));
  if (fine.length < all.length) say(report, `${count(all.length - fine.length, 'point')} without numbers left out.`);
  let moved = 0;
  const points = fine.slice(0, LIMITS.points).map((p) => /** @type {XY} */ (p.map((v, axis) => {
    const norm = v / side[axis];
    if (norm === 1) moved++;
    return bound(norm === 1 ? 1 - 0.5 / doc.size_wh[axis] : norm);
  })));
  if (moved) say(report, 'Points exactly on the right or bottom border were moved onto the last pixel.');
  if (fine.length > LIMITS.points) say(report, `Only the first ${LIMITS.points} points of a path are read.`);
  return points;
}

/** @param {string[]} report @param {string} sentence once */
export function say(report, sentence) {
  if (!report.includes(sentence)) report.push(sentence);
}

/** @param {unknown} value @param {string} fallback */
const nameOf = (value, fallback) => (typeof value === 'string' && value.trim() ? value.replace(/\p{Cc}/gu, ' ').trim().slice(0, LIMITS.name) : fallback);

/** A path of control points that is left out when it has none. @param {{points: XY[], [field: string]: unknown}} fields @returns {NewLayer[]} */
const path = (fields) => (fields.points.length ? [{ type: 'path', ...fields }] : []);

/** @param {unknown} size @returns {[number, number]|null} */
function sizeOf(size) {
  const { width, height } = fieldsOf(size);
  const wh = /** @type {[number, number]} */ ([number(width), number(height)]);
  return wh.every((v) => Number.isFinite(v) && v > 0) ? wh : null;
}

/** Spline editors' store of control points. @param {unknown[]} data @param {Doc} doc @param {string[]} report @param {[number, number]} side @returns {Read} */
export function readPointsStore(data, doc, report, side) {
  const items = data.map(fieldsOf);
  const layers = items.flatMap((item, i) => path({ points: controlPoints(item.points, side, doc, report), name: nameOf(item.name, `Spline ${i + 1}`), color: safeColor(item.color, COLORS[i % COLORS.length]), curve: 'catmull-rom' }));
  if (items.some((item) => listOf(item.points).some((p) => fieldsOf(p).h1x !== undefined))) say(report, 'Handles are not imported: the paths run smoothly through their points.');
  say(report, 'The kind of curve and its speed are not in this file: smooth, even speed over the whole clip.');
  return { kind: 'spline editor control points', layers, unit: 'px' };
}

/** Motion Designer definition. @param {Fields} data @param {Doc} doc @param {string[]} report @returns {Read} */
export function readDesigner(data, doc, report) {
  const side = sizeOf(data.resolution);
  if (!side) say(report, `The file does not say its size: taken as ${doc.size_wh.join('x')}.`);
  const total = Math.max(1, Math.round(number(fieldsOf(data.scene).totalFrames)) || 81);
  const scale = total > 1 ? (doc.frames - 1) / (total - 1) : 1;
  if (total !== doc.frames) say(report, `Timing spread from ${total} frames over the clip's ${doc.frames}.`);
  let shapes = 0;
  const layers = listOf(data.layers).map(fieldsOf).flatMap((item, i) => {
    if ((item.shapeType ?? 'polygon') !== 'trajectory') shapes++;
    const start = Math.max(0, number(item.startFrame) || 0);
    const end = Math.max(start, Number.isFinite(number(item.endFrame)) ? number(item.endFrame) : total);
    if (end > total - 1) say(report, 'Some paths end after the last frame, as in the file: the clip stops just short of their end.');
    const outside = item.hideOutsideRange === false ? 'hold' : 'hide';
    const ratio = Math.min(100, Math.max(1, number(item.speedRatio) || 1));
    return path({
      points: controlPoints(item.path, side ?? doc.size_wh, doc, report), name: nameOf(item.name, `Trajectory ${i + 1}`), color: safeColor(item.color, COLORS[i % COLORS.length]),
      curve: number(item.tension) > 0 ? 'catmull-rom' : 'straight', start: Math.round(start * scale), end: Math.round(end * scale), before: outside, after: outside,
      easing: rampEasing(String(item.speedMode ?? 'none'), ratio, report),
    });
  });
  if (shapes) say(report, `${count(shapes, 'layer')} cut out shapes: only their paths are imported, not picture, scale or rotation.`);
  return { kind: 'Motion Designer definition', layers, unit: null };
}

/** Speed linear in time between 1 and ratio: one ramp is a quadratic, which a cubic with x = 1/3, 2/3 is exactly. @param {string} mode @param {number} ratio @param {string[]} report */
function rampEasing(mode, ratio, report) {
  if (mode === 'none' || ratio === 1) return 'linear';
  const [first, last] = mode.startsWith('accelerate') ? [1, ratio] : [ratio, 1];
  const mean = (first + last) / 2;
  if (mode === 'accelerate' || mode === 'decelerate') return [1 / 3, first / mean / 3, 2 / 3, 1 - last / mean / 3];
  say(report, `"${mode.slice(0, 40)}" is taken over as the nearest easing curve.`);
  // Symmetric, with the ramp's own speed at both ends.
  const slope = first / mean;
  const reach = Math.min(0.35, 1 / slope);
  return [reach, reach * slope, 1 - reach, 1 - reach * slope];
}

/** Path animator. @param {Fields} data @param {Doc} doc @param {string[]} report @returns {Read} */
export function readAnimator(data, doc, report) {
  const side = sizeOf(data.canvas_size);
  if (!side) say(report, `The file does not say its size: taken as ${doc.size_wh.join('x')}.`);
  const last = doc.frames - 1;
  const layers = listOf(data.paths).map(fieldsOf).flatMap((item, i) => {
    const share = (/** @type {unknown} */ v, /** @type {number} */ fallback) => Math.min(1, Math.max(0, Number.isFinite(number(v)) ? number(v) : fallback));
    const start = Math.round(share(item.startTime, 0) * last);
    const outside = item.visibilityMode === 'pop' ? 'hide' : 'hold';
    if (number(item.qty) > 0) say(report, 'Parallel rows (qty, spread) are not imported.');
    return path({
      points: controlPoints(item.points, side ?? doc.size_wh, doc, report), name: nameOf(item.name, `Path ${i + 1}`), color: safeColor(item.color, COLORS[i % COLORS.length]),
      curve: 'straight', start, end: Math.max(start, Math.round(share(item.endTime, 1) * last)), before: outside, after: outside, easing: animatorEasing(item.bezier_pts, report),
    });
  });
  return { kind: 'path animator', layers, unit: null };
}

/** @param {unknown} bezier [y0, x1, y1, x2, y2, y3] @param {string[]} report */
function animatorEasing(bezier, report) {
  if (!Array.isArray(bezier) || bezier.length !== 6) return 'linear';
  const [y0, x1, y1, x2, y2, y3] = bezier.map(number);
  if (![y0, x1, y1, x2, y2, y3].every((v) => Number.isFinite(v) && Math.abs(v) <= 16) || y0 !== 0 || y3 !== 1 || x1 < 0 || x1 > 1 || x2 < 0 || x2 > 1) {
    say(report, 'An easing curve that does not run from 0 to 1 is not imported: even speed.');
    return 'linear';
  }
  return [x1, y1, x2, y2];
}

/** Strokes in 0-1. @param {Fields} data @param {Doc} doc @param {string[]} report @returns {Read} */
export function readStrokes(data, doc, report) {
  const layers = listOf(data.strokes).map(fieldsOf).flatMap((item, i) => path({ points: controlPoints(item.points, [1, 1], doc, report), name: `Stroke ${i + 1}`, color: safeColor(item.color, COLORS[i % COLORS.length]), curve: 'straight' }));
  if (data.reference_image) say(report, 'The reference picture in the file is not imported.');
  return { kind: 'strokes (0-1)', layers, unit: null };
}

/** Power spline editor: control points in 0-1 of coord_width, coord_height. @param {Fields} data @param {Doc} doc @param {string[]} report @returns {Read} */
export function readPowerSpline(data, doc, report) {
  const side = /** @type {[number, number]} */ ([number(data.coord_width) || 1, number(data.coord_height) || 1]);
  const list = listOf(data.coordinates);
  // A single path stands without its outer list.
  const paths = list.length && !Array.isArray(list[0]) ? [list] : list;
  const names = [fieldsOf(data.names).c ?? data.names].flat();
  const layers = paths.flatMap((points, i) => path({ points: controlPoints(points, side, doc, report), name: nameOf(names[i], `Path ${i + 1}`), color: COLORS[i % COLORS.length], curve: 'catmull-rom' }));
  const left = Object.keys(data).filter((key) => !['coordinates', 'names', 'coord_width', 'coord_height'].includes(key));
  if (left.length) say(report, `Not imported: ${left.slice(0, 20).map((key) => key.slice(0, 40)).join(', ')}.`);
  return { kind: 'power spline editor', layers, unit: null };
}
