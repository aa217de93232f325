// Dense layers: up to 64 tracks, frame by frame, as "z1:FRAMESxCOUNT:BASE64" of zlib of int16 deltas (1/16384 of the sides) and visibility bytes.

import { deflateZlib } from './deflate.mjs';
import { inflateZlib } from './inflate.mjs';

/** @typedef {{frames: number, count: number, xy: Float64Array, visible: Uint8Array}} DenseTracks 0-1; xy [frames*count*2], visible [frames*count] */

export const UNIT = 16384;
export const MOST = Object.freeze({ frames: 4001, count: 64 });

/** Throws RangeError with a sentence. @param {string} text @returns {DenseTracks} */
export function decodeDense(text) {
  const match = /^z1:(\d{1,4})x(\d{1,2}):([A-Za-z0-9+/]*={0,2})$/.exec(text);
  const frames = match ? Number(match[1]) : 0;
  const count = match ? Number(match[2]) : 0;
  if (!match || frames < 1 || frames > MOST.frames || count > MOST.count) throw new RangeError('dense tracks are not "z1:FRAMESxCOUNT:BASE64" of at most 4001 frames and 64 tracks');
  const raw = inflateZlib(bytesFromBase64(match[3]), frames * count * 5);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
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
  return { frames, count, xy, visible };
}

/** Positions beyond -2..2 are clamped there. @param {{frames: number, count: number, xy: ArrayLike<number>, visible: ArrayLike<number>}} tracks 0-1 @returns {string} */
export function encodeDense({ frames, count, xy, visible }) {
  if (frames < 1 || frames > MOST.frames || count > MOST.count) throw new RangeError(`${count} tracks of ${frames} frames: a dense layer holds at most 64 of 4001`);
  const width = count * 2;
  const raw = new Uint8Array(frames * count * 5);
  const view = new DataView(raw.buffer);
  const before = new Int32Array(width);
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < width; i++) {
      const units = Math.max(-32768, Math.min(32767, Math.round(xy[f * width + i] * UNIT)));
      view.setInt16((f * width + i) * 2, units - before[i], true);
      before[i] = units;
    }
  }
  for (let i = 0; i < frames * count; i++) raw[frames * count * 4 + i] = visible[i] ? 1 : 0;
  return `z1:${frames}x${count}:${base64FromBytes(deflateZlib(raw))}`;
}

/** @param {string} text @returns {Uint8Array} */
function bytesFromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    throw new RangeError('dense tracks are not valid base64');
  }
}

/** @param {Uint8Array} bytes */
function base64FromBytes(bytes) {
  let text = '';
  // One call with every byte as an argument would overflow the stack.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
