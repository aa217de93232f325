// zlib data, decompressed in one synchronous, bounded call. The browser's own stream is asynchronous, and sampling is not.

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** @typedef {{counts: Uint16Array, symbols: Uint16Array}} Code */

/**
 * @param {Uint8Array} data zlib format @param {number} size exact length of the result: more or less is an error
 * @returns {Uint8Array} Throws RangeError with a sentence. */
export function inflateZlib(data, size) {
  if (data.length < 6 || (data[0] & 15) !== 8 || ((data[0] << 8) | data[1]) % 31 !== 0 || data[1] & 32) throw new RangeError('the compressed data is not zlib');
  const out = new Uint8Array(size);
  const reader = new BitReader(data, 2);
  let at = 0;
  let final = false;
  while (!final) {
    final = reader.bits(1) === 1;
    const kind = reader.bits(2);
    if (kind === 0) at = stored(reader, out, at);
    else if (kind === 1) at = block(reader, out, at, fixedCodes());
    else if (kind === 2) at = block(reader, out, at, readCodes(reader));
    else throw new RangeError('the compressed data is damaged');
  }
  if (at !== size) throw new RangeError(`the compressed data holds ${at} bytes, ${size} were expected`);
  const sum = reader.trailer();
  if (sum !== adler32(out)) throw new RangeError('the compressed data is damaged (its checksum differs)');
  return out;
}

class BitReader {
  /** @param {Uint8Array} data @param {number} at */
  constructor(data, at) {
    this.data = data;
    this.at = at;
    this.hold = 0;
    this.held = 0;
  }
  /** @param {number} count */
  bits(count) {
    while (this.held < count) {
      if (this.at >= this.data.length) throw new RangeError('the compressed data ends too early');
      this.hold |= this.data[this.at++] << this.held;
      this.held += 8;
    }
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.held -= count;
    return value;
  }
  align() {
    this.hold = 0;
    this.held = 0;
  }
  trailer() {
    this.align();
    if (this.at + 4 > this.data.length) throw new RangeError('the compressed data ends too early');
    return new DataView(this.data.buffer, this.data.byteOffset + this.at, 4).getUint32(0);
  }
}

/** @param {BitReader} reader @param {Uint8Array} out @param {number} at */
function stored(reader, out, at) {
  reader.align();
  const length = reader.bits(16);
  if (length !== (~reader.bits(16) & 0xffff)) throw new RangeError('the compressed data is damaged');
  if (reader.at + length > reader.data.length) throw new RangeError('the compressed data ends too early');
  if (at + length > out.length) throw tooMuch(out);
  out.set(reader.data.subarray(reader.at, reader.at + length), at);
  reader.at += length;
  return at + length;
}

/** @param {BitReader} reader @param {Uint8Array} out @param {number} at @param {{literal: Code, distance: Code}} codes */
function block(reader, out, at, { literal, distance }) {
  for (;;) {
    const symbol = decode(reader, literal);
    if (symbol === 256) return at;
    if (symbol < 256) {
      if (at >= out.length) throw tooMuch(out);
      out[at++] = symbol;
      continue;
    }
    const l = symbol - 257;
    if (l >= LENGTH_BASE.length) throw new RangeError('the compressed data is damaged');
    const length = LENGTH_BASE[l] + reader.bits(LENGTH_EXTRA[l]);
    const d = decode(reader, distance);
    if (d >= DISTANCE_BASE.length) throw new RangeError('the compressed data is damaged');
    const back = DISTANCE_BASE[d] + reader.bits(DISTANCE_EXTRA[d]);
    if (back > at) throw new RangeError('the compressed data is damaged');
    if (at + length > out.length) throw tooMuch(out);
    for (let i = 0; i < length; i++, at++) out[at] = out[at - back];
  }
}

/** @param {Uint8Array} out */
const tooMuch = (out) => new RangeError(`the compressed data holds more than the ${out.length} bytes it says`);

/** @param {ArrayLike<number>} lengths @returns {Code} */
function makeCode(lengths) {
  const counts = new Uint16Array(16);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]]++;
  counts[0] = 0;
  let open = 1;
  for (let bits = 1; bits < 16; bits++) {
    open = open * 2 - counts[bits];
    if (open < 0) throw new RangeError('the compressed data is damaged');
  }
  const offsets = new Uint16Array(17);
  for (let bits = 1; bits < 16; bits++) offsets[bits + 1] = offsets[bits] + counts[bits];
  const symbols = new Uint16Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) if (lengths[i]) symbols[offsets[lengths[i]]++] = i;
  return { counts, symbols };
}

/** @param {BitReader} reader @param {Code} code */
function decode(reader, code) {
  let value = 0;
  let first = 0;
  let index = 0;
  for (let bits = 1; bits < 16; bits++) {
    value |= reader.bits(1);
    const count = code.counts[bits];
    if (value - count < first) return code.symbols[index + (value - first)];
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  throw new RangeError('the compressed data is damaged');
}

function fixedCodes() {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  return { literal: makeCode(lengths), distance: makeCode(new Uint8Array(30).fill(5)) };
}

/** @param {BitReader} reader */
function readCodes(reader) {
  const literals = reader.bits(5) + 257;
  const distances = reader.bits(5) + 1;
  const meta = new Uint8Array(19);
  const count = reader.bits(4) + 4;
  for (let i = 0; i < count; i++) meta[CODE_ORDER[i]] = reader.bits(3);
  const code = makeCode(meta);
  const lengths = new Uint8Array(literals + distances);
  let at = 0;
  while (at < lengths.length) {
    const symbol = decode(reader, code);
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    if (symbol === 16 && at === 0) throw new RangeError('the compressed data is damaged');
    const value = symbol === 16 ? lengths[at - 1] : 0;
    const run = symbol === 16 ? 3 + reader.bits(2) : symbol === 17 ? 3 + reader.bits(3) : 11 + reader.bits(7);
    if (at + run > lengths.length) throw new RangeError('the compressed data is damaged');
    lengths.fill(value, at, at + run);
    at += run;
  }
  return { literal: makeCode(lengths.subarray(0, literals)), distance: makeCode(lengths.subarray(literals)) };
}

/** @param {Uint8Array} data @returns {number} */
export function adler32(data) {
  let a = 1;
  let b = 0;
  for (let i = 0; i < data.length; ) {
    // 3,800 sums stay below 2^32, so the remainder is taken once per stretch.
    const end = Math.min(i + 3800, data.length);
    for (; i < end; i++) {
      a += data[i];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

export { DISTANCE_BASE, DISTANCE_EXTRA, LENGTH_BASE, LENGTH_EXTRA };
