// document/ is the stored truth: read, checked, remapped, written. It imports geometry/ and timing/ alone, and everyone else imports it.

// Dense layers: up to 64 tracks, frame by frame. In memory they are arrays (`DenseTracks`), which are sampled, moved, mended and checked synchronously. In stored
// text they are "z1:FRAMESxCOUNT:BASE64" of zlib of int16 deltas (1/16384 of the sides) and visibility bytes.
// Text becomes arrays in stored.mjs `fromStored` (open, import, paste); arrays become text in `packLayers` (save, export, copy), once for each object.
// So an object is never changed after it is made: an edit makes another with `makeDense`, which rounds at once, so that what is shown is what will be stored.

import { fieldsOf } from './json.mjs';
import { deflate, inflate } from './zlib.mjs';

/** @typedef {import('./types.mjs').DenseTracks} DenseTracks */
/** @typedef {{frames: number, count: number, xy: ArrayLike<number>, visible: ArrayLike<number>}} Tracks 0-1; xy [frames*count*2], visible [frames*count] */

const UNIT = 16384;
export const MOST = Object.freeze({ frames: 4001, count: 64 });

/** @type {WeakMap<Tracks, string>} the text that was read, or packed before: an unchanged layer is written as it was */
const texts = new WeakMap();

/** Positions rounded to 1/16384 and clamped to -2..2, as they are stored. Throws RangeError with a sentence. @param {Tracks} tracks copied @returns {DenseTracks} */
export function makeDense({ frames, count, xy, visible }) {
  requireSize(frames, count);
  const out = { frames, count, xy: new Float64Array(frames * count * 2), visible: new Uint8Array(frames * count) };
  for (let i = 0; i < out.xy.length; i++) out.xy[i] = unitsOf(xy[i]) / UNIT;
  for (let i = 0; i < out.visible.length; i++) out.visible[i] = visible[i] ? 1 : 0;
  return out;
}

/** Whether a layer's tracks have the arrays that the rest relies on. @param {unknown} value @returns {value is DenseTracks} */
export function isDense(value) {
  const { frames, count, xy, visible } = fieldsOf(value);
  if (!(xy instanceof Float64Array && visible instanceof Uint8Array)) return false;
  if (typeof frames !== 'number' || typeof count !== 'number' || !Number.isInteger(frames) || !Number.isInteger(count)) return false;
  if (frames < 1 || frames > MOST.frames || count < 0 || count > MOST.count) return false;
  return xy.length === frames * count * 2 && visible.length === frames * count;
}

/** Whether the numbers are such as can be stored without a change. @param {DenseTracks} tracks */
export function isRounded({ xy, visible }) {
  for (let i = 0; i < xy.length; i++) if (unitsOf(xy[i]) / UNIT !== xy[i]) return false;
  return visible.every((v) => v <= 1);
}

/** @param {string} text @returns {Promise<DenseTracks>} Rejects with RangeError, a sentence. */
export async function decodeDense(text) {
  const match = /^z1:(\d{1,4})x(\d{1,2}):([A-Za-z0-9+/]*={0,2})$/.exec(text);
  const frames = match ? Number(match[1]) : 0;
  const count = match ? Number(match[2]) : 0;
  if (!match || frames < 1 || frames > MOST.frames || count > MOST.count) throw new RangeError('dense tracks are not "z1:FRAMESxCOUNT:BASE64" of at most 4001 frames and 64 tracks');
  const raw = await inflate(bytesFromBase64(match[3]), frames * count * 5);
  const view = new DataView(raw.buffer);
  const xy = new Float64Array(frames * count * 2);
  const row = new Int16Array(count * 2);
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < row.length; i++) {
      row[i] += view.getInt16((f * row.length + i) * 2, true);
      xy[f * row.length + i] = row[i] / UNIT;
    }
  }
  const visible = raw.slice(frames * count * 4);
  for (let i = 0; i < visible.length; i++) visible[i] = visible[i] ? 1 : 0;
  const tracks = { frames, count, xy, visible };
  texts.set(tracks, text);
  return tracks;
}

/** Remembered for the object. @param {Tracks} tracks @returns {Promise<string>} Rejects with RangeError, a sentence. */
export async function encodeDense(tracks) {
  const kept = denseText(tracks);
  if (kept !== null) return kept;
  const { frames, count, xy, visible } = tracks;
  requireSize(frames, count);
  const width = count * 2;
  const raw = new Uint8Array(frames * count * 5);
  const view = new DataView(raw.buffer);
  const before = new Int32Array(width);
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < width; i++) {
      const units = unitsOf(xy[f * width + i]);
      view.setInt16((f * width + i) * 2, units - before[i], true);
      before[i] = units;
    }
  }
  for (let i = 0; i < frames * count; i++) raw[frames * count * 4 + i] = visible[i] ? 1 : 0;
  const text = `z1:${frames}x${count}:${base64FromBytes(await deflate(raw))}`;
  texts.set(tracks, text);
  return text;
}

/** The stored form, where it is known already. @param {Tracks} tracks @returns {string|null} */
export function denseText(tracks) {
  return texts.get(tracks) ?? null;
}

/** @param {number} frames @param {number} count */
function requireSize(frames, count) {
  if (!(frames >= 1 && frames <= MOST.frames && count <= MOST.count)) throw new RangeError(`${count} tracks of ${frames} frames: a dense layer holds at most 64 of 4001`);
}

/** What is no number is 0, as int16 would have it; so is -0. @param {number} position 0-1 @returns {number} */
const unitsOf = (position) => Math.max(-32768, Math.min(32767, Math.round(position * UNIT))) || 0;

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function bytesFromBase64(text) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new RangeError('dense tracks are not valid base64');
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** @param {Uint8Array} bytes */
function base64FromBytes(bytes) {
  let text = '';
  // One call with every byte as an argument would overflow the stack.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
