// A WebM file of frames that the browser has encoded: EBML elements, no sound, one track.

/** @typedef {{bytes: Uint8Array, key: boolean, ms: number}} Chunk one encoded frame and its time from the beginning */
/** @typedef {{codec: "V_VP8"|"V_VP9", size_wh: [number, number], fps: number, chunks: readonly Chunk[]}} Clip */

/** Times in a cluster are 16-bit; a new one begins well before they end. */
const CLUSTER_MS = 10_000;

/** @param {Clip} clip @returns {Uint8Array<ArrayBuffer>} */
export function webmOf({ codec, size_wh: [width, height], fps, chunks }) {
  const last = chunks[chunks.length - 1];
  const video = master(0xe0, [uint(0xb0, width), uint(0xba, height)]);
  const track = master(0xae, [uint(0xd7, 1), uint(0x73c5, 1), uint(0x83, 1), uint(0x9c, 0), text(0x86, codec), uint(0x23e383, Math.round(1e9 / fps)), video]);
  const info = master(0x1549a966, [uint(0x2ad7b1, 1_000_000), double(0x4489, last.ms + 1000 / fps), text(0x4d80, "wan-move"), text(0x5741, "wan-move")]);
  /** @type {Uint8Array[]} */
  const clusters = [];
  for (let at = 0; at < chunks.length; ) {
    const { ms: start } = chunks[at];
    const end = chunks.findIndex((one, i) => i > at && (one.ms - start >= CLUSTER_MS || one.key));
    const inside = chunks.slice(at, end < 0 ? chunks.length : end);
    clusters.push(master(0x1f43b675, [uint(0xe7, Math.round(start)), ...inside.map((chunk) => block(chunk, Math.round(chunk.ms) - Math.round(start)))]));
    at += inside.length;
  }
  const head = master(0x1a45dfa3, [uint(0x4286, 1), uint(0x42f7, 1), uint(0x42f2, 4), uint(0x42f3, 8), text(0x4282, "webm"), uint(0x4287, 2), uint(0x4285, 2)]);
  return joined([head, master(0x18538067, [info, master(0x1654ae6b, [track]), ...clusters])]);
}

/** @param {Chunk} chunk @param {number} ms within its cluster */
function block({ bytes, key }, ms) {
  return element(0xa3, joined([Uint8Array.of(0x81, ms >> 8, ms & 255, key ? 0x80 : 0), bytes]));
}

/** @param {readonly Uint8Array[]} parts @returns {Uint8Array<ArrayBuffer>} */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {number} id as it is written, marker included @param {Uint8Array} content */
const element = (id, content) => joined([bytesOf(id), sizeOf(content.length), content]);
/** @param {number} id @param {readonly Uint8Array[]} children */
const master = (id, children) => element(id, joined(children));
/** @param {number} id @param {number} value */
const uint = (id, value) => element(id, bytesOf(value));
/** @param {number} id @param {string} value */
const text = (id, value) => element(id, new TextEncoder().encode(value));

/** @param {number} id @param {number} value */
function double(id, value) {
  const content = new Uint8Array(8);
  new DataView(content.buffer).setFloat64(0, value);
  return element(id, content);
}

/** Big-endian, without leading zeros. @param {number} value */
function bytesOf(value) {
  const bytes = [];
  for (let rest = value; rest > 0 || !bytes.length; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

/** A length of eight bytes, which is enough for any. @param {number} length */
function sizeOf(length) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length) | (1n << 56n));
  return bytes;
}
