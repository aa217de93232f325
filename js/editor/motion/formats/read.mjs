// Files in, where no Python reads them: documents, coordinates, arrays, and the paths of a few editors. What a file is shows in its shape, never in its name; what was assumed,
// moved or left out is reported. Every other format is read by the server that the editor has in ComfyUI and in `wan-move edit`.

import { fieldsOf, isObject, listOf } from '../document/json.mjs';
import { parseDocument } from '../document/document.mjs';
import { readPositions } from './arrays.mjs';
import { isCoordinates, readCoordinates, perFrame } from './coordinates.mjs';
import { isNamed, readNamed } from './named.mjs';
import { count } from './sampled.mjs';
import { joined, parseTolerant, textOf } from './text.mjs';
import { number, pair, readAnimator, readDesigner, readPointsStore, readPowerSpline, readStrokes, say } from './paths.mjs';
import { fitAll, placeLayers, stem, unitOf } from './place.mjs';
import { isNpy, readNpy } from './npy.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/json.mjs').Fields} Fields */
/** @typedef {import('./paths.mjs').Read} Read */
/** @typedef {import('./place.mjs').Reading} Reading */
/** @typedef {import('./place.mjs').Imported} Imported */
/** @typedef {import('./place.mjs').Choices} Choices */
/** @typedef {Omit<Choices, "unit"|"axes"> & {unit?: Choices["unit"]|"auto", axes?: Choices["axes"]|"auto"}} Options `auto`: judged by the data */

export { importTracks, placeLayers } from './place.mjs';

const ELSEWHERE = 'the editor in ComfyUI and that of "wan-move edit" read it, with their server';

/** Rejects with RangeError, a sentence. @param {Doc} doc @param {string} name file name, for the layers' names only @param {ArrayBuffer|Uint8Array|string} content @param {Options} [options] @returns {Promise<Imported>} */
export async function importFile(doc, name, content, options = {}) {
  const bytes = content instanceof ArrayBuffer ? new Uint8Array(content) : content;
  if (typeof bytes !== 'string') {
    if (isNpy(bytes)) return importNpyPair(doc, bytes, null, { ...options, name });
    refuseBytes(bytes);
  }
  const text = typeof bytes === 'string' ? bytes : textOf(bytes);
  const reading = newReading(doc, name, options);
  const { report } = reading;
  const data = dataOf(text, report);
  if (isObject(data) && 'version' in data && 'layers' in data && !('resolution' in data)) return importDocument(text);
  const read = readJson(reading, data);
  if (read.layers.length === 0) throw new RangeError(`${read.kind}: there is no path in it`);
  return placeLayers(doc, { ...read, choices: reading.offered }, report);
}

/** Tracks .npy (frames or tracks first) and, optionally, visibility. @param {Doc} doc @param {ArrayBuffer|Uint8Array} tracks @param {ArrayBuffer|Uint8Array|null} visibility @param {Options & {name?: string}} [options] @returns {Imported} */
export function importNpyPair(doc, tracks, visibility, { name = 'tracks', ...options } = {}) {
  const reading = newReading(doc, name, options);
  const read = readPositions(reading, arrayOf(tracks), visibility && arrayOf(visibility), { kind: 'tracks .npy' });
  return placeLayers(doc, { ...read, choices: reading.offered }, reading.report);
}

/** @param {ArrayBuffer|Uint8Array} content */
function arrayOf(content) {
  const { shape, data, whole, dtype } = readNpy(content);
  return { shape, data, whole, flags: dtype === 'bool' };
}

/** @param {Doc} doc @param {string} name @param {Options} options @returns {Reading} */
function newReading(doc, name, { unit = 'auto', axes = 'auto' }) {
  return { doc, name: stem(name), unit: unit === 'auto' ? undefined : unit, axes: axes === 'auto' ? undefined : axes, report: [], offered: {} };
}

/** What the first bytes give away. @param {Uint8Array} bytes */
function refuseBytes(bytes) {
  if (!bytes.length) throw new RangeError('the file is empty: give a file of tracks');
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  if (bytes[0] === 0x80) throw new RangeError('this is a pickle, which could run code and is never read: save the tracks as .npy or JSON');
  if (head.startsWith('PK\x03\x04')) throw new RangeError(`an archive such as .npz or .pth: ${ELSEWHERE}`);
  if (head.startsWith('version https://git-lfs')) throw new RangeError("a Git LFS pointer: a note about the file, not the file itself. Fix: run 'git lfs pull' where it lies, or download the file from its page.");
  if (/^\s*<(!doctype html|html)/i.test(head)) throw new RangeError("a web page (HTML), not a file of tracks. Fix: download the file itself: the page's Download or Raw button, not the page.");
  if (head.includes('\0') && !/^(\xff\xfe|\xfe\xff)/.test(head)) throw new RangeError(`not a file that this page reads (neither text nor a .npy array): if it holds tracks, ${ELSEWHERE}`);
}

/** Text of coordinates as data; joined texts as one list. @param {string} text @param {string[]} report @returns {unknown} */
function dataOf(text, report) {
  let read;
  try {
    read = parseTolerant(text);
    if (typeof read.data === 'string' && /^\s*[[{]/.test(read.data)) read = parseTolerant(read.data);
  } catch (error) {
    // Text that begins like JSON is JSON with a fault, which has a place; other text may be a format that Python reads.
    if (/^\s*[[{"']/.test(text)) throw error;
    throw new RangeError(`it is not valid JSON, the one kind of text that this page reads alone. Tables, After Effects keyframes, Nuke, SVG and other exports: ${ELSEWHERE}`);
  }
  for (const note of read.notes) say(report, note);
  const found = joined(read.data);
  if (found) {
    say(report, `A list of coordinate strings, ${count(found.length, 'track')} in all.`);
    return found;
  }
  return read.data;
}

/** @param {string} text @returns {Promise<Imported>} */
async function importDocument(text) {
  const { document, error } = await parseDocument(text);
  if (!document) throw new RangeError(error ?? 'the motion document is empty');
  return { kind: 'motion document', layers: document.layers, document, report: [], unit: null, choices: {} };
}

/** @param {Reading} reading @param {unknown} data @returns {Read} */
function readJson(reading, data) {
  const { doc, report } = reading;
  const byFrame = perFrame(data);
  if (byFrame) {
    say(report, 'Lists of points for each frame, put together by their own numbers or their place in the list.');
    return readCoordinates(reading, byFrame);
  }
  if (data === null || typeof data !== 'object' || Object.keys(data).length === 0) throw new RangeError('it is empty: there are no tracks in it');
  if (isObject(data)) {
    if (Array.isArray(data.track_path)) return readHost(reading, data);
    if (Array.isArray(data.layers) && ('resolution' in data || 'scene' in data)) return readDesigner(data, doc, report);
    if (Array.isArray(data.paths)) return readAnimator(data, doc, report);
    if (Array.isArray(data.strokes)) return readStrokes(data, doc, report);
    if (Array.isArray(data.coordinates)) return readPowerSpline(data, doc, report);
    if (isNamed(data)) return readNamed(reading, data);
    throw new RangeError(`JSON of an unknown shape (an object with ${Object.keys(data).slice(0, 8).map((k) => k.slice(0, 30)).join(', ')}): give coordinates [[{x, y}, ...]], an editor's paths, or a motion document`);
  }
  if (isCoordinates(data)) return readCoordinates(reading, data);
  const list = listOf(data);
  if (!list.some((item) => Array.isArray(fieldsOf(item).points))) throw new RangeError('JSON of an unknown shape (a list that holds no points): give coordinates [[{x, y}, ...]]');
  const chosen = unitOf(reading, list.flatMap((item) => listOf(fieldsOf(item).points).flatMap(pair)).filter(Number.isFinite), true);
  return { ...readPointsStore(list, doc, report, chosen === 'norm' ? [1, 1] : doc.size_wh), unit: chosen };
}

/** TRACKS written as JSON. @param {Reading} reading @param {Fields} data @returns {Read} */
function readHost(reading, data) {
  const rows = listOf(data.track_path).map(listOf);
  const n = rows[0]?.length ?? 0;
  if (!n || rows.length * n > LIMITS.samples || !rows.every((r) => r.length === n)) throw new RangeError('track_path is not [frames][tracks][2]');
  const unit = reading.unit ?? 'px';
  const seen = data.track_visibility;
  const arrays = Array.from({ length: n }, (_, i) => ({ points: rows.flatMap((r) => pair(r[i])), visible: Array.isArray(seen) ? rows.map((_r, f) => Number([seen[f]].flat()[i] ?? [seen[f]].flat()[0] ?? 1)) : null }));
  const own = Array.isArray(data.size_wh) ? data.size_wh.map(number) : [];
  const own_wh = own.length === 2 && own.every((v) => v > 0) ? /** @type {[number, number]} */ (own) : null;
  return { kind: 'TRACKS', layers: fitAll(reading, arrays, unit, own_wh), unit: own_wh ? null : unit };
}
