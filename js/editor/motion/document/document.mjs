// The motion document: made, read, written. A document in memory is immutable: edits return new objects that share what did not change.
// Reading and writing text is asynchronous, because the platform's zlib is; everything in between is not.

import { migrate } from './migrate.mjs';
import { isObject } from './json.mjs';
import { fromStored, packLayers, storedLayers } from './stored.mjs';
import { LIMITS, VERSION } from './validate.mjs';

export { LIMITS, validateDocument, VERSION } from './validate.mjs';

/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {import('./types.mjs').Layer} Layer */
/** @typedef {import('./types.mjs').FitMode} FitMode */

/** @param {{size_wh?: [number, number], frames?: number, fps?: number, fit?: FitMode, picture?: import('./types.mjs').Picture|null}} [options] @returns {Doc} */
export function emptyDocument({ size_wh = [832, 480], frames = 81, fps = 16, fit = 'crop', picture = null } = {}) {
  return { version: VERSION, size_wh: [size_wh[0], size_wh[1]], frames, fps, fit, picture, layers: [], camera: null };
}

/**
 * Never rejects. Empty text gives all nulls: a new node. Text that is no valid document, or one of a newer version, gives `error` (one line) and
 * `readOnlyText`, the text itself: show it, and write nothing over it.
 * @param {string} text @returns {Promise<{document: Doc|null, error: string|null, readOnlyText: string|null}>} */
export async function parseDocument(text) {
  if (typeof text !== 'string') return refuse('', 'it is not text');
  if (text.trim() === '') return { document: null, error: null, readOnlyText: null };
  try {
    return { document: await readDocument(text), error: null, readOnlyText: null };
  } catch (error) {
    return refuse(text, error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} text @param {string} reason */
function refuse(text, reason) {
  return { document: null, error: `Motion document: ${reason}`, readOnlyText: text };
}

/** @param {string} text @returns {Promise<Doc>} */
async function readDocument(text) {
  const raw = parseBounded(text);
  if (!isObject(raw)) throw new RangeError('it is not an object. Fix: give a whole document.');
  const { version } = raw;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) throw new RangeError('it has no "version". Fix: check that this is a motion document.');
  if (version > VERSION) throw new RangeError(`it is version ${version}, this editor reads up to ${VERSION}. Fix: update Wan-Move; nothing was changed.`);
  const { document, problems: [problem] } = await fromStored(migrate(raw, VERSION));
  if (problem) throw new RangeError(`${problem.where}: ${problem.what}. Fix: ${problem.fix}.`);
  return document;
}

/**
 * JSON of bounded size and depth. Throws RangeError with a sentence.
 * @param {string} text @param {number} [maxBytes] @returns {unknown} */
export function parseBounded(text, maxBytes = LIMITS.text) {
  // A character takes at least one byte, so only a long text need be measured in bytes.
  const bytes = text.length > maxBytes / 4 ? new TextEncoder().encode(text).length : text.length;
  if (bytes > maxBytes) throw new RangeError(`it has ${bytes} bytes, at most ${maxBytes} are read. Fix: keep long tracks in a file.`);
  const depth = jsonDepth(text);
  if (depth > LIMITS.depth) throw new RangeError(`it is nested ${depth} deep, at most ${LIMITS.depth} is read. Fix: check that this is the right text.`);
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw new RangeError(`it is not valid JSON (${/** @type {Error} */ (error).message}). Fix: correct the text there, or export it again.`);
  }
}

/** @param {string} text */
function jsonDepth(text) {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x5b || c === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x5d || c === 0x7d) depth--;
  }
  return deepest;
}

// Known keys first and in this order, so that equal documents are equal text; unknown ones follow, sorted.
const KEY_ORDER = ['version', 'size_wh', 'frames', 'fps', 'fit', 'crop', 'picture', 'layers', 'camera', 'id', 'type', 'name', 'color', 'visible', 'locked', 'pinned', 'points',
  'handles', 'times', 'curve', 'closed', 'timing', 'speeds', 'start', 'end', 'before', 'after', 'polygon', 'mask', 'density', 'pivot', 'keys', 'easing', 'hidden', 'tracks',
  'frame', 'offset', 'rotate', 'scale', 'truck', 'zoom', 'roll', 'runs'];
const RANK = new Map(KEY_ORDER.map((key, i) => [key, i]));
const POSITIVE = new Set(['zoom', 'scale', 'density', 'fps']);

/** Stable key order, unknown fields kept as they are, known numbers to 5 decimals (0.01 px of an 832 px picture). @param {Doc} doc @returns {Promise<string>} */
export async function serializeDocument(doc) {
  await packDense(doc);
  return /** @type {string} */ (serializeNow(doc));
}

/** As serializeDocument, at once, where no time is left to wait (a closing page). @param {Doc} doc @returns {string|null} null only while some dense layer was never packed */
export function serializeNow(doc) {
  const layers = storedLayers(doc.layers);
  return layers && JSON.stringify(ordered({ ...doc, layers }, true, ''));
}

/** Packs ahead, after a commit, so that serializeNow has the text. What was packed or read before costs nothing. @param {Doc} doc @returns {Promise<void>} */
export function packDense(doc) {
  return packLayers(doc.layers);
}

/** @param {unknown} value @param {boolean} known false below an unknown key @param {string} key @returns {unknown} */
function ordered(value, known, key) {
  if (typeof value === 'number') return known ? compact(value, POSITIVE.has(key)) : value;
  if (Array.isArray(value)) return value.map((v) => ordered(v, known, key));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  if (known) entries.sort(([a], [b]) => (RANK.get(a) ?? 1e3) - (RANK.get(b) ?? 1e3) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([k, v]) => [k, ordered(v, known && RANK.has(k) && k !== 'picture', k)]));
}

/** @param {number} value @param {boolean} positive */
function compact(value, positive) {
  const rounded = Math.round(value * 1e5) / 1e5;
  if (positive && rounded <= 0 && value > 0) return value;
  return rounded === 0 ? 0 : rounded;
}

/** An id that no layer has: prefix and the smallest free number. @param {{layers: {id: string}[]}} doc @param {string} prefix @returns {string} */
export function newId(doc, prefix) {
  const taken = new Set(doc.layers.map((layer) => layer.id));
  let n = 1;
  while (taken.has(`${prefix}${n}`)) n++;
  return `${prefix}${n}`;
}

/** @param {Doc} doc @param {string} id @returns {Layer|null} */
export function layerById(doc, id) {
  return doc.layers.find((layer) => layer.id === id) ?? null;
}
