// zlib data, compressed synchronously with the fixed code and a short memory of earlier bytes: deltas of tracks repeat a lot, and that is enough.

import { adler32, DISTANCE_BASE, DISTANCE_EXTRA, LENGTH_BASE, LENGTH_EXTRA } from './inflate.mjs';

const WINDOW = 32768;
const HASH = 1 << 14;
const TRIES = 32;

/** @param {Uint8Array} data @returns {Uint8Array} zlib format */
export function deflateZlib(data) {
  const writer = new BitWriter(data.length + 64);
  writer.bits(1, 1);
  writer.bits(1, 2);
  const head = new Int32Array(HASH).fill(-1);
  const previous = new Int32Array(data.length);
  for (let at = 0; at < data.length; ) {
    const { length, distance } = longest(data, at, head, previous);
    if (length >= 3) writeMatch(writer, length, distance);
    else writeLiteral(writer, data[at]);
    const end = at + Math.max(1, length >= 3 ? length : 1);
    for (; at < end; at++) remember(data, at, head, previous);
  }
  writeLiteral(writer, 256);
  return writer.finish(adler32(data));
}

/** @param {Uint8Array} data @param {number} at */
const hash = (data, at) => ((data[at] << 10) ^ (data[at + 1] << 5) ^ data[at + 2]) & (HASH - 1);

/** @param {Uint8Array} data @param {number} at @param {Int32Array} head @param {Int32Array} previous */
function remember(data, at, head, previous) {
  if (at + 2 >= data.length) return;
  const h = hash(data, at);
  previous[at] = head[h];
  head[h] = at;
}

/** @param {Uint8Array} data @param {number} at @param {Int32Array} head @param {Int32Array} previous */
function longest(data, at, head, previous) {
  let length = 0;
  let distance = 0;
  if (at + 2 >= data.length) return { length, distance };
  const most = Math.min(258, data.length - at);
  let from = head[hash(data, at)];
  for (let tries = 0; from >= 0 && at - from <= WINDOW && tries < TRIES && length < most; tries++) {
    let n = 0;
    while (n < most && data[from + n] === data[at + n]) n++;
    if (n > length) {
      length = n;
      distance = at - from;
    }
    from = previous[from];
  }
  return { length, distance };
}

class BitWriter {
  /** @param {number} size */
  constructor(size) {
    this.out = new Uint8Array(size + (size >> 2));
    this.out.set([0x78, 0x9c]);
    this.at = 2;
    this.hold = 0;
    this.held = 0;
  }
  /** @param {number} value low bit first @param {number} count */
  bits(value, count) {
    this.hold |= value << this.held;
    this.held += count;
    while (this.held >= 8) {
      this.out[this.at++] = this.hold & 255;
      this.hold >>>= 8;
      this.held -= 8;
    }
  }
  /** Huffman codes stand high bit first. @param {number} code @param {number} count */
  code(code, count) {
    let reversed = 0;
    for (let i = 0; i < count; i++) reversed |= ((code >> i) & 1) << (count - 1 - i);
    this.bits(reversed, count);
  }
  /** @param {number} sum */
  finish(sum) {
    if (this.held > 0) this.bits(0, 8 - this.held);
    const bytes = new Uint8Array(this.at + 4);
    bytes.set(this.out.subarray(0, this.at));
    new DataView(bytes.buffer).setUint32(this.at, sum);
    return bytes;
  }
}

/** @param {BitWriter} writer @param {number} symbol */
function writeLiteral(writer, symbol) {
  if (symbol < 144) writer.code(0x30 + symbol, 8);
  else if (symbol < 256) writer.code(0x190 + symbol - 144, 9);
  else if (symbol < 280) writer.code(symbol - 256, 7);
  else writer.code(0xc0 + symbol - 280, 8);
}

/** @param {BitWriter} writer @param {number} length @param {number} distance */
function writeMatch(writer, length, distance) {
  const l = lastBase(LENGTH_BASE, length);
  writeLiteral(writer, 257 + l);
  writer.bits(length - LENGTH_BASE[l], LENGTH_EXTRA[l]);
  const d = lastBase(DISTANCE_BASE, distance);
  writer.code(d, 5);
  writer.bits(distance - DISTANCE_BASE[d], DISTANCE_EXTRA[d]);
}

/** @param {number[]} bases @param {number} value */
function lastBase(bases, value) {
  let i = bases.length - 1;
  while (bases[i] > value) i--;
  return i;
}
