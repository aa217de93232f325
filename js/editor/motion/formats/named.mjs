// JSON objects that name their tracks, as trackers and scripts save them, and ComfyUI's TRACKS. The rules are those of wan_move_core/motion/formats/sampled/named.py and host.py.

import { isObject } from '../document/json.mjs';
import { readPositions } from './arrays.mjs';
import { readCoordinates } from './coordinates.mjs';
import { FPS, OCCLUDED, pick, plain, seenOf, shown, TRACKS, VISIBLE } from './names.mjs';
import { number, say } from './paths.mjs';

/** @typedef {import('./place.mjs').Reading} Reading */
/** @typedef {import('./paths.mjs').Read} Read */
/** @typedef {import('./arrays.mjs').Numbers} Numbers */
/** @typedef {import('../document/json.mjs').Fields} Fields */

const SIDES = [['width', 'height'], ['w', 'h'], ['imagewidth', 'imageheight'], ['videowidth', 'videoheight']];
const SIZES = ['sizewh', 'size', 'resolution', 'canvassize', 'imagesize', 'videosize', 'framesize', 'referencesize'];

/** @param {unknown} data @returns {data is Fields} */
export function isNamed(data) {
  if (!isObject(data)) return false;
  const key = pick(Object.keys(data), TRACKS);
  const value = key === null ? null : data[key];
  return value !== null && typeof value === 'object' && Object.keys(value).length > 0;
}

/** Throws RangeError with a sentence. @param {Reading} reading @param {Fields} data @returns {Read} */
export function readNamed(reading, data) {
  const { doc, report, offered } = reading;
  const names = Object.keys(data);
  const key = /** @type {string} */ (pick(names, TRACKS));
  const used = new Set([key]);
  /** @type {Numbers|null} */
  let seen = null;
  for (const [list, reverse] of /** @type {const} */ ([[VISIBLE, false], [OCCLUDED, true]])) {
    const other = pick(names.filter((name) => !used.has(name)), list);
    if (other === null || !Array.isArray(data[other])) continue;
    used.add(other);
    if (seen) say(report, `${shown([other])} is not used: visibility was found under another name.`);
    else {
      const array = numbersOf(data[other]);
      if (!array) throw new RangeError(`${shown([other])} is no list of numbers of even length: give 0 and 1, one a frame and track`);
      seen = { shape: array.shape, data: seenOf(array, reverse, shown([other]), report), whole: true };
      if (plain(other) !== 'visibility') say(report, `${shown([other])} is used as visibility.`);
    }
  }
  const rate = pick(names, FPS);
  if (rate !== null && Number.isFinite(number(data[rate]))) {
    used.add(rate);
    const fps = number(data[rate]);
    if (fps > 0 && fps <= 1000) {
      offered.fps = { taken: fps, by: 'file', other: fps === doc.fps ? null : doc.fps };
      say(report, `The file states ${fps} frames per second; its frames are taken one by one.`);
    } else say(report, `The file states ${fps} frames per second, which is no rate; it is not used.`);
  }
  const own_wh = sizeOf(data, used);
  const left = names.filter((name) => !used.has(name));
  if (left.length) say(report, `Not used: ${shown(left)}.`);
  const value = data[key];
  const array = numbersOf(value);
  const last = array?.shape.at(-1);
  if (!array || array.shape.length < 3 || array.shape.length > 4 || (last !== 2 && last !== 3)) return readCoordinates(reading, value, seen, own_wh);
  return readPositions(reading, array, seen, { kind: 'tracks by name (JSON)', usual: plain(key).startsWith('traj') ? 'tracks_first' : 'frames_first', own_wh });
}

/** Rectangular nested lists as one array; null for anything else. @param {unknown} value @returns {Numbers|null} */
function numbersOf(value) {
  /** @type {number[]} */
  const shape = [];
  for (let inner = value; Array.isArray(inner) && shape.length < 6; inner = inner[0]) shape.push(inner.length);
  if (!shape.length) return null;
  let flat = /** @type {unknown[]} */ (value);
  for (const side of shape.slice(1)) {
    if (!flat.every((item) => Array.isArray(item) && item.length === side)) return null;
    flat = flat.flat();
  }
  // A number that is missing is one that a reader of arrays knows how to hide.
  if (!flat.every((v) => typeof v === 'number' || typeof v === 'boolean' || v === null)) return null;
  return { shape, data: Float64Array.from(flat, (v) => (v === null ? NaN : Number(v))), whole: flat.every((v) => typeof v === 'boolean' || Number.isInteger(v)) };
}

/** @param {Fields} data @param {Set<string>} used @returns {[number, number]|null} */
function sizeOf(data, used) {
  const names = Object.keys(data);
  for (const words of SIDES) {
    const sides = words.map((word) => pick(names, [word]));
    const [w, h] = sides.map((side) => (side === null ? NaN : number(data[side])));
    if (w > 0 && h > 0) {
      for (const side of sides) if (side !== null) used.add(side);
      return [w, h];
    }
  }
  for (const word of SIZES) {
    const key = pick(names, [word]);
    if (key === null) continue;
    const value = data[key];
    const [w, h] = isObject(value) ? [number(value.width), number(value.height)] : Array.isArray(value) && value.length === 2 ? value.map(number) : [NaN, NaN];
    if (w > 0 && h > 0) {
      used.add(key);
      return [w, h];
    }
  }
  return null;
}
