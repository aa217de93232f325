// A question to the editor's server and its answer as one run of bytes: facts as JSON, then files as they are. The other end is
// wan_move_core/editor/envelope.py, which says how they lie.

import { isObject, listOf, fieldsOf } from "../motion/document/json.mjs";

/** @typedef {{name: string, bytes: Uint8Array}} Packed */
/** @typedef {import('../motion/document/json.mjs').Fields} Fields */

/** @param {Fields} facts @param {readonly Packed[]} [files] @returns {Uint8Array<ArrayBuffer>} */
export function pack(facts, files = []) {
  const head = new TextEncoder().encode(JSON.stringify({ ...facts, files: files.map(({ name, bytes }) => ({ name, bytes: bytes.length })) }));
  const body = new Uint8Array(4 + head.length + files.reduce((n, { bytes }) => n + bytes.length, 0));
  new DataView(body.buffer).setUint32(0, head.length, true);
  body.set(head, 4);
  let at = 4 + head.length;
  for (const { bytes } of files) {
    body.set(bytes, at);
    at += bytes.length;
  }
  return body;
}

/** Throws RangeError, a sentence, for bytes that are no envelope. @param {Uint8Array} body @returns {{facts: Fields, files: Packed[]}} files are copies, so that their bytes begin where numbers may */
export function unpack(body) {
  const broken = () => new RangeError("the server's answer is not one of the editor's: reload the page");
  if (body.length < 4) throw broken();
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  if (length > body.length - 4) throw broken();
  /** @type {unknown} */
  let facts = null;
  try {
    facts = JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + length)));
  } catch {
    throw broken();
  }
  if (!isObject(facts)) throw broken();
  let at = 4 + length;
  const files = listOf(facts.files).map(fieldsOf).map(({ name, bytes }) => {
    if (typeof bytes !== "number" || !(bytes >= 0 && at + bytes <= body.length)) throw broken();
    const content = body.slice(at, at + bytes);
    at += bytes;
    return { name: String(name), bytes: content };
  });
  return { facts, files };
}
