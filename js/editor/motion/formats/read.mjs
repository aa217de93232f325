// Files in: trajectories of other tools, and documents. What a file is shows in its shape, never in its name; what was assumed, moved or left out is reported.

import { fieldsOf, isObject, listOf } from '../document/json.mjs';
import { parseBounded, parseDocument } from '../document/document.mjs';
import { number, pair, readAnimator, readDesigner, readPointsStore, readPowerSpline, readStrokes, say } from './paths.mjs';
import { fitAll, placeLayers, stem, unitOf } from './place.mjs';
import { count } from './sampled.mjs';
import { isNpy, readNpy } from './npy.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/json.mjs').Fields} Fields */
/** @typedef {import('./paths.mjs').Read} Read */
/** @typedef {"auto"|"px"|"norm"} Unit */
/** @typedef {import('./place.mjs').Imported} Imported */
/** @typedef {import('./place.mjs').Choices} Choices */

export { importTracks, placeLayers } from './place.mjs';

const MOST_TEXT = 64 * 1024 * 1024;

/** Rejects with RangeError, a sentence. @param {Doc} doc @param {string} name file name, for the layers' names only @param {ArrayBuffer|Uint8Array|string} content @param {{unit?: Unit}} [options] @returns {Promise<Imported>} */
export async function importFile(doc, name, content, { unit = 'auto' } = {}) {
  const bytes = content instanceof ArrayBuffer ? new Uint8Array(content) : content;
  if (typeof bytes !== 'string' && isNpy(bytes)) return importNpyPair(doc, bytes, null, { unit, name });
  if (typeof bytes !== 'string' && bytes[0] === 0x80) throw new RangeError('this is a pickle, which could run code and is never read: save the tracks as .npy or JSON');
  const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
  /** @type {string[]} */
  const report = [];
  const data = parseTolerant(text, report);
  if (isObject(data) && 'version' in data && 'layers' in data && !('resolution' in data)) return importDocument(text);
  const read = readJson(doc, stem(name), data, unit, report);
  if (read.layers.length === 0) throw new RangeError(`${read.kind}: there is no path in it`);
  return placeLayers(doc, read, report);
}

/** @param {string} text @returns {Promise<Imported>} */
async function importDocument(text) {
  const { document, error } = await parseDocument(text);
  if (!document) throw new RangeError(error ?? 'the motion document is empty');
  return { kind: 'motion document', layers: document.layers, document, report: [], unit: null, choices: {} };
}

/** @param {string} text @param {string[]} report @returns {unknown} */
function parseTolerant(text, report) {
  try {
    return parseBounded(text, MOST_TEXT);
  } catch (error) {
    // Some writers print a Python list: single quotes, and no others.
    if (text.length <= MOST_TEXT && text.includes("'") && !text.includes('"')) {
      const data = parseBounded(text.replaceAll("'", '"').replace(/\bNone\b/g, 'null').replace(/\bTrue\b/g, 'true').replace(/\bFalse\b/g, 'false'), MOST_TEXT);
      say(report, 'Single quotes were read as double ones.');
      return data;
    }
    if (/\b-?(NaN|Infinity)\b/.test(text)) throw new RangeError('it holds NaN or Infinity, which are no positions. Fix: export it again without them.');
    throw error;
  }
}

/** @param {Doc} doc @param {string} name @param {unknown} data @param {Unit} unit @param {string[]} report @returns {Read} */
function readJson(doc, name, data, unit, report) {
  if (data === null || typeof data !== 'object' || Object.keys(data).length === 0) throw new RangeError('it is empty: there are no tracks in it');
  if (isObject(data)) {
    if (Array.isArray(data.track_path)) return readHost(doc, name, data, unit, report);
    if (Array.isArray(data.layers) && ('resolution' in data || 'scene' in data)) return readDesigner(data, doc, report);
    if (Array.isArray(data.paths)) return readAnimator(data, doc, report);
    if (Array.isArray(data.strokes)) return readStrokes(data, doc, report);
    if (Array.isArray(data.coordinates)) return readPowerSpline(data, doc, report);
    throw new RangeError(`JSON of an unknown shape (an object with ${Object.keys(data).slice(0, 8).map((k) => k.slice(0, 30)).join(', ')}): give coordinates [[{x, y}, ...]], an editor's paths, or a motion document`);
  }
  const list = listOf(data);
  if (list.some((item) => Array.isArray(fieldsOf(item).points))) {
    const chosen = unitOf(unit, list.flatMap((item) => listOf(fieldsOf(item).points).map(pair)), report, doc);
    return { ...readPointsStore(list, doc, report, chosen === 'norm' ? [1, 1] : doc.size_wh), unit: chosen };
  }
  return readCoordinates(doc, name, list, unit, report);
}

/** Sampled pixels, one entry a frame; one track may stand without its outer list. @param {Doc} doc @param {string} name @param {unknown[]} data @param {Unit} unit @param {string[]} report @returns {Read} */
function readCoordinates(doc, name, data, unit, report) {
  const flat = !Array.isArray(data[0]) || typeof data[0][0] === 'number';
  const lists = flat ? [data] : data;
  const tracks = lists.map(listOf);
  if (!lists.every(Array.isArray) || !tracks.every((t) => t.every((p) => p !== null && typeof p === 'object'))) throw new RangeError('JSON of an unknown shape (a list that holds no points): give coordinates [[{x, y}, ...]]');
  if (tracks.reduce((n, t) => n + t.length, 0) > LIMITS.samples) throw new RangeError('it has too many points');
  const points = tracks.map((t) => t.map(pair));
  const all = points.flat();
  if (flat && unit === 'auto' && all.length > 1 && all.every(([x, y]) => x >= 0 && x <= 2 && y >= 0 && y <= 1) && all.some(([x, y]) => x % 1 || y % 1)) {
    throw new RangeError('this looks like a "normalized" list (upside down, x divided by the height, all splines in one): export the pixel coordinates (coord_str) instead');
  }
  const chosen = unitOf(unit, all, report, doc);
  if (tracks.some((t) => t.map(fieldsOf).some((p) => typeof p.x === 'string' || typeof p.y === 'string'))) say(report, 'Numbers in quotes were read as numbers.');
  const empty = tracks.filter((t) => t.length === 0).length;
  if (empty) say(report, `${count(empty, 'empty track')} left out.`);
  const lengths = new Set(tracks.map((t) => t.length).filter(Boolean));
  if (lengths.size > 1) say(report, `Tracks of different lengths (${Math.min(...lengths)} to ${Math.max(...lengths)}): each is spread over the whole clip.`);
  const seen = tracks.map((t) => t.map((p) => fieldsOf(p).v)).map((marks) => (marks.some((v) => v !== undefined) ? marks.map((v) => (v === undefined ? 1 : number(v))) : null));
  const arrays = points.map((list, i) => ({ points: list.flat(), visible: seen[i] })).filter((t) => t.points.length);
  return { kind: 'coordinate JSON', layers: fitAll(doc, name, arrays, chosen, report), unit: chosen };
}

/** TRACKS written as JSON. @param {Doc} doc @param {string} name @param {Fields} data @param {Unit} unit @param {string[]} report @returns {Read} */
function readHost(doc, name, data, unit, report) {
  const rows = listOf(data.track_path).map(listOf);
  const n = rows[0]?.length ?? 0;
  if (!n || rows.length * n > LIMITS.samples || !rows.every((r) => r.length === n)) throw new RangeError('track_path is not [frames][tracks][2]');
  const chosen = unitOf(unit, rows.flat().map(pair), report, doc);
  const seen = data.track_visibility;
  const arrays = Array.from({ length: n }, (_, i) => ({ points: rows.flatMap((r) => pair(r[i])), visible: Array.isArray(seen) ? rows.map((_r, f) => Number([seen[f]].flat()[i] ?? [seen[f]].flat()[0] ?? 1)) : null }));
  const own = Array.isArray(data.size_wh) ? data.size_wh.map(number) : null;
  const scaled = own?.every((v) => v > 0) && chosen === 'px' ? /** @type {[number, number]} */ (own) : null;
  return { kind: 'TRACKS', layers: fitAll(doc, name, arrays, chosen, report, scaled), unit: scaled ? null : chosen };
}

/** Tracks .npy ([1,T,N,2] or [T,N,2]) and, optionally, visibility. @param {Doc} doc @param {ArrayBuffer|Uint8Array} tracks @param {ArrayBuffer|Uint8Array|null} visibility @param {{unit?: Unit, name?: string}} [options] @returns {Imported} */
export function importNpyPair(doc, tracks, visibility, { unit = 'auto', name = 'tracks' } = {}) {
  const array = readNpy(tracks);
  const shape = array.shape.length === 4 && array.shape[0] === 1 ? array.shape.slice(1) : array.shape;
  if (shape.length === 2 && shape[1] === 2) shape.splice(1, 0, 1);
  const [frames, n, last] = shape;
  if (shape.length !== 3 || last !== 2) throw new RangeError(`the array is [${array.shape.join(', ')}], tracks are [frames, tracks, 2]${shape.length === 2 || array.dtype === 'bool' ? '; is this the visibility?' : ''}`);
  if (frames < 1 || frames > 100_000 || n > LIMITS.tracks) throw new RangeError(`${frames} frames of ${n} tracks: at most ${LIMITS.tracks} tracks are read`);
  /** @type {string[]} */
  const report = [];
  const data = Float64Array.from(array.data);
  const seen = visibility ? visibilityOf(readNpy(visibility), frames, n) : null;
  /** @type {[number, number][]} */
  const pairs = [];
  let absent = 0;
  for (let i = 0; i < data.length; i += 2) if (!(data[i] === -1 && data[i + 1] === -1)) pairs.push([data[i], data[i + 1]]);
  const chosen = unitOf(unit, pairs, report, doc);
  for (let i = 0; i < data.length; i += 2) {
    if (chosen === 'norm' && data[i] === -1 && data[i + 1] === -1) {
      data[i] = data[i + 1] = NaN;
      absent++;
    }
  }
  if (absent) say(report, `${count(absent, 'position')} marked absent (-1, -1): hidden there.`);
  const arrays = Array.from({ length: n }, (_, i) => ({
    points: Float64Array.from({ length: frames * 2 }, (_v, k) => data[(Math.floor(k / 2) * n + i) * 2 + (k % 2)]),
    visible: seen && Uint8Array.from({ length: frames }, (_v, f) => seen[f * n + i]),
  }));
  const layers = fitAll(doc, stem(name), arrays, chosen, report, null, absent);
  return placeLayers(doc, { kind: 'tracks .npy', layers, unit: chosen }, report);
}

/** @param {import('./npy.mjs').Npy} array @param {number} frames @param {number} n @returns {Uint8Array} [frames*n] */
function visibilityOf(array, frames, n) {
  const shape = array.shape.filter((side, i) => side !== 1 || i === array.shape.length - 1);
  const size = array.data.length;
  if (size !== frames * n && size !== frames) throw new RangeError(`the visibility is [${array.shape.join(', ')}], the tracks have ${frames} frames of ${n}`);
  const wide = size === frames * n && shape.length >= 1;
  return Uint8Array.from({ length: frames * n }, (_, k) => (array.data[wide ? k : Math.floor(k / n)] > 0.5 ? 1 : 0));
}
