// Coordinate JSON: sampled positions, one a frame, as spline editors and web editors hand them on; several tracks, or one without its outer list. The rules are those of
// wan_move_core/motion/formats/sampled/coordinates.py.

import { fieldsOf, isObject, listOf } from '../document/json.mjs';
import { visibleOf } from './arrays.mjs';
import { framesFirst } from './axes.mjs';
import { markedGrid, markedOf } from './markers.mjs';
import { FRAME, OCCLUDED, pick, plain, shown, TIME, TRACK, VISIBLE } from './names.mjs';
import { number, say } from './paths.mjs';
import { fitAll, unitOf } from './place.mjs';
import { timedTracks } from './timed.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('./place.mjs').Reading} Reading */
/** @typedef {import('./paths.mjs').Read} Read */
/** @typedef {import('./arrays.mjs').Numbers} Numbers */
/** @typedef {{xy: Float64Array, visible: Uint8Array, at: number[]|null, timeKey: string}} Part one track: positions NaN where there is none, sight, and its points' own times where they have them */

const KIND = 'coordinate JSON';
const POINT_LISTS = ['points', 'positions', 'path', 'trajectory', 'samples', 'coords', 'data', 'keys'];

/** @param {unknown} data @returns {data is unknown[]} */
export function isCoordinates(data) {
  if (!Array.isArray(data)) return false;
  const first = data.find((item) => item !== null);
  if (!isObject(first)) return Array.isArray(first);
  const words = Object.keys(first).slice(0, 20).map(plain);
  return listed(first) !== null || (words.includes('x') && !words.includes('h1x'));
}

/** Lists of points. Throws RangeError with a sentence. @param {Reading} reading @param {unknown} data @param {Numbers|null} [beside] visibility beside them @param {[number, number]|null} [own_wh] the size they state @returns {Read} */
export function readCoordinates(reading, data, beside = null, own_wh = null) {
  const { doc, report } = reading;
  const items = isObject(data) ? Object.values(data) : listOf(data);
  const opened = items.every(isObject) ? items.map((item) => listed(item)) : [];
  let rows = opened.length && opened.every((points) => points !== null) ? opened : isObject(data) ? items.map((item) => (isObject(item) ? (listed(item) ?? item) : item)) : items;
  const flat = isPosition(rows.find((item) => item !== null));
  if (flat) rows = grouped(rows, report);
  else rows = turned(reading, rows);
  if (rows.reduce((/** @type {number} */ n, row) => n + listOf(row).length, 0) > LIMITS.samples) throw new RangeError('it has too many points');
  const parts = rows.map((row, i) => partOf(row, i + 1, report));
  if (parts.some((part) => part.at)) return readTimed(reading, parts, own_wh);
  const here = parts.flatMap(({ xy }) => Array.from(xy).filter(Number.isFinite));
  if (!here.length) throw new RangeError('no point has a position: give at least one frame an x and a y');
  if (flat && rows.length === 1 && !reading.unit && looksNormalized(here)) {
    throw new RangeError('this looks like a "normalized" list (upside down, x divided by the height, all splines in one): export the pixel coordinates (coord_str) instead');
  }
  const unit = unitOf(reading, here, true);
  const lengths = parts.map(({ visible }) => visible.length);
  const [short, long] = [Math.min(...new Set(lengths)), Math.max(...new Set(lengths))];
  if (short !== long) say(report, `Tracks of different lengths (${short} to ${long}): each is spread over the whole clip.`);
  if (beside && short !== long) say(report, 'The visibility beside the tracks is not used: their lengths differ.');
  const seen = beside && short === long ? visibleOf(beside, long, parts.length, true, report) : null;
  const arrays = parts.map(({ xy, visible }, i) => ({ points: xy, visible: visible.map((v, f) => v && (seen ? seen[f * parts.length + i] : 1)) }));
  const layers = fitAll(reading, arrays, unit, own_wh);
  if (long === 1 && doc.frames > 1) say(report, 'One position per track: they stand still.');
  return { kind: KIND, layers, unit };
}

/** One flat list of points with frame and track from `[{frame, points: [{x, y}, ...]}, ...]`, also under `frames`; null for others. @param {unknown} data @returns {unknown[]|null} */
export function perFrame(data) {
  const key = isObject(data) && !('points' in data) ? pick(Object.keys(data), ['frames']) : null;
  const items = isObject(data) ? (key === null ? null : data[key]) : data;
  if (!Array.isArray(items) || items.length < 2 || !items.every(isObject)) return null;
  const [at, list] = [pick(Object.keys(items[0]), FRAME), pick(Object.keys(items[0]), POINT_LISTS)];
  if (at === null || list === null || !items.every((item) => Array.isArray(item[list]) && typeof item[at] === 'number')) return null;
  const points = items.flatMap((item) => listOf(item[list]).map((point, i) => ({ point: fieldsOf(point), i, frame: item[at] })));
  if (!points.length || !points.every(({ point }) => pick(Object.keys(point), ['x']) !== null)) return null;
  return points.map(({ point, i, frame }) => ({ ...(pick(Object.keys(point), TRACK) === null ? { track: i } : {}), ...point, frame }));
}

/** The sampled points inside an object for a track; null for control points, which have no time, and for others. @param {import('../document/json.mjs').Fields} item @returns {unknown[]|null} */
function listed(item) {
  const key = pick(Object.keys(item), POINT_LISTS);
  const points = key === null ? null : item[key];
  if (!Array.isArray(points) || !isObject(points[0])) return null;
  const words = Object.keys(points[0]).slice(0, 20).map(plain);
  const timed = words.some((word) => [FRAME, TIME, VISIBLE, OCCLUDED].some((list) => list.includes(word)));
  return timed && words.includes('x') && !words.includes('h1x') ? points : null;
}

/** @param {unknown} value */
const isPosition = (value) => isObject(value) || (Array.isArray(value) && (value.length === 2 || value.length === 3) && value.every((v) => typeof v === 'number' || typeof v === 'string'));

/** One flat list as one track, or by the points' own track names. @param {unknown[]} data @param {string[]} report @returns {unknown[][]} */
function grouped(data, report) {
  const key = pick(Object.keys(fieldsOf(data.find((item) => item !== null))), TRACK);
  if (key === null) return [data];
  /** @type {Map<string, unknown[]>} */
  const made = new Map();
  for (const point of data) {
    if (!isObject(point)) continue;
    const name = String(point[key]).slice(0, 80);
    made.set(name, [...(made.get(name) ?? []), point]);
  }
  say(report, `Points are put together by their ${shown([key])}.`);
  return [...made.values()];
}

/** Lists of [x, y] with tracks first, whichever way they came; lists of objects always have tracks first. @param {Reading} reading @param {unknown[]} rows @returns {unknown[]} */
function turned(reading, rows) {
  const { doc, axes, report, offered } = reading;
  const even = rows.every((row) => Array.isArray(row) && row.length === listOf(rows[0]).length);
  if (!rows.every((row) => Array.isArray(row) && row.length && row.every(Array.isArray))) {
    if (axes !== 'frames_first' || !even) return rows;
    offered.axes = { taken: axes, by: 'given', other: 'tracks_first' };
    return transposed(rows);
  }
  const inner = listOf(rows[0]);
  if (rows.length === 1 && inner.every((point) => Array.isArray(listOf(point)[0]))) return turned(reading, inner);
  if (!even || rows.length * inner.length > LIMITS.samples) return rows;
  const data = Float64Array.from(rows.flatMap((row) => listOf(row).flatMap((point) => [number(listOf(point)[0]), number(listOf(point)[1])])));
  // The reader that knows tracks and frames names the place.
  if (!data.every(Number.isFinite)) return rows;
  const grid = { data, rows: rows.length, columns: inner.length };
  const [along, across] = [markedGrid(grid, 0), markedGrid(grid, 1)];
  const present = data.map((v, k) => (along[k >> 1] || across[k >> 1] ? NaN : v));
  return framesFirst({ ...grid, data: present }, { axes, frames: doc.frames, usual: 'tracks_first', report, choices: offered }) ? transposed(rows) : rows;
}

/** @param {unknown[]} rows of equal length @returns {unknown[][]} */
const transposed = (rows) => listOf(rows[0]).map((_, i) => rows.map((row) => listOf(row)[i]));

/** @param {unknown} row @param {number} track from 1 @param {string[]} report @returns {Part} */
function partOf(row, track, report) {
  if (!Array.isArray(row)) throw new RangeError('JSON of an unknown shape (a list that holds no points): give coordinates [[{x, y}, ...]]');
  if (!row.length) throw new RangeError(`track ${track} has no positions: remove it, or give one position per frame`);
  const keys = keysOf(fieldsOf(row.find(isObject)));
  const deep = row.some((point) => Array.isArray(point) && point.length === 3 && typeof point[2] === 'number' && point[2] > 1);
  if (deep) say(report, 'The third number of points is not used (no visibility of 0 to 1).');
  const xy = new Float64Array(2 * row.length).fill(NaN);
  const visible = new Uint8Array(row.length).fill(1);
  row.forEach((point, frame) => {
    const where = `track ${track} at frame ${frame}`;
    if (point === null) {
      visible[frame] = 0;
      return;
    }
    if (!isPosition(point) && !(Array.isArray(point) && (point.length === 2 || point.length === 3))) throw new RangeError(`position of ${where} holds no points (no x and y): give every frame a position`);
    const [x, y, seen] = Array.isArray(point) ? point.slice(0, deep ? 2 : 3) : [point[keys.x], point[keys.y], keys.seen === null ? undefined : point[keys.seen]];
    if (seen !== undefined && seen !== null) visible[frame] = Number(sightOf(seen, where) !== keys.reverse);
    if (isNothing(x) && isNothing(y)) visible[frame] = 0;
    else if (visible[frame] || (x !== null && x !== undefined && y !== null && y !== undefined)) {
      if (typeof x === 'string' || typeof y === 'string') say(report, 'Numbers in quotes were read as numbers.');
      xy[2 * frame] = coordinate(x, `x of ${where}`);
      xy[2 * frame + 1] = coordinate(y, `y of ${where}`);
    }
  });
  const marks = markedOf(xy);
  const first = marks.indexOf(1);
  if (first >= 0) say(report, `Positions of a marker such as (${xy[2 * first]}, ${xy[2 * first + 1]}) are hidden frames, held in place.`);
  for (let f = 0; f < row.length; f++) {
    if (marks[f]) xy[2 * f] = xy[2 * f + 1] = NaN;
    if (Number.isNaN(xy[2 * f])) visible[f] = 0;
  }
  const at = keys.at === null ? null : row.map((point, i) => (isObject(point) ? coordinate(point[keys.at ?? ''], `${keys.at} of point ${i + 1} of track ${track}`) : NaN));
  return { xy, visible, at, timeKey: keys.at ?? '' };
}

/** How this file spells x, y, visibility and time. @param {import('../document/json.mjs').Fields} point */
function keysOf(point) {
  const names = Object.keys(point);
  const seen = pick(names, VISIBLE);
  const hidden = seen === null ? pick(names, OCCLUDED) : null;
  const at = pick(names, FRAME) ?? pick(names, TIME);
  return { x: pick(names, ['x']) ?? 'x', y: pick(names, ['y']) ?? 'y', seen: seen ?? hidden, reverse: hidden !== null, at: at !== null && typeof point[at] === 'number' ? at : null };
}

/** @param {unknown} value @param {string} name */
function coordinate(value, name) {
  const found = number(value);
  if (Number.isFinite(found)) return found;
  const what = value === null || value === undefined ? 'is missing or not a number (null, NaN or Infinity)' : `is "${String(value).slice(0, 40)}", not a number`;
  throw new RangeError(`${name} ${what}: give a finite number`);
}

/** @param {unknown} value @param {string} where */
const sightOf = (value, where) => (typeof value === 'boolean' ? value : coordinate(value, `visibility of ${where}`) > 0.5);

/** @param {unknown} value */
const isNothing = (value) => value === null || value === undefined || ['', 'null', 'nan', 'NaN'].includes(/** @type {string} */ (value));

/** x is divided by the height, so it passes 1 on wide pictures; y is 1 - y/H. @param {number[]} here x, y, x, y, ... */
const looksNormalized = (here) => here.every((v, k) => Math.abs(v) < 4 && (k % 2 === 0 || v <= 1)) && here.some((v) => !Number.isInteger(v));

/** Points at their own frames or times. @param {Reading} reading @param {Part[]} parts @param {[number, number]|null} own_wh @returns {Read} */
function readTimed(reading, parts, own_wh) {
  const { report } = reading;
  if (parts.some((part) => !part.at)) throw new RangeError('some tracks have frames and some have not: give every point its frame, or none');
  const curves = parts.map(({ xy, visible, at }) => (
    (at ?? []).map((frame, k) => ({ frame, x: xy[2 * k], y: xy[2 * k + 1], seen: Boolean(visible[k]) })).filter(({ frame }) => !Number.isNaN(frame))
  )).filter((curve) => curve.length);
  const key = parts[0].timeKey;
  if (!TIME.includes(plain(key))) say(report, `Points are placed by their ${shown([key])}.`);
  const { arrays, here } = timedTracks(reading, curves, TIME.includes(plain(key)) ? shown([key]) : null);
  const unit = unitOf(reading, here, false);
  return { kind: KIND, layers: fitAll(reading, arrays, unit, own_wh), unit };
}
