// Who reads a file: Python through the editor's server, which knows every format; without a server the editor itself, which knows fewer and gives the same answers.

import { parseDocument, serializeDocument } from "../motion/document/document.mjs";
import { fieldsOf, isObject, listOf } from "../motion/document/json.mjs";
import { LIMITS } from "../motion/document/document.mjs";
import { importFile, importNpyPair, importTracks, placeLayers } from "../motion/formats/read.mjs";
import { isNpy, npyShape } from "../motion/formats/npy.mjs";
import { pack, unpack } from "./envelope.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/formats/read.mjs').Imported} Imported */
/** @typedef {import('../motion/formats/read.mjs').Choices} Choices */
/** @typedef {import('./envelope.mjs').Packed} Packed */
/** @typedef {import('../options.mjs').AskServer} AskServer */
/** @typedef {Packed[]} Given one file, or tracks and their visibility */

/** The answers of something that is not our server, or not any more. */
const NOBODY = new Set([404, 405, 501, 502, 503, 504]);

/**
 * Layers for `doc`, or a document. Rejects with a sentence, which speaks of the file alone.
 * @param {{doc: Doc, files: Given, choices: Choices, ask?: AskServer, signal: AbortSignal}} question @returns {Promise<Imported>} */
export async function readGiven({ doc, files, choices, ask, signal }) {
  const [{ name, bytes }, beside] = files;
  // A drawing needs no reader but the one that opens it.
  if (!ask || (!beside && isDrawing(bytes))) return readHere(doc, files, choices);
  const { size_wh, frames, fps } = doc;
  const reply = await asked(ask, "import", pack({ clip: { size_wh, frames, fps }, choices }, files), signal);
  if (reply) return fromAnswer(doc, name, reply);
  const here = await readHere(doc, files, choices);
  here.report.unshift("The server did not answer: read by this page alone.");
  return here;
}

/** @param {Doc} doc @param {Given} files @param {Choices} choices */
async function readHere(doc, [{ name, bytes }, beside], choices) {
  return beside ? importNpyPair(doc, bytes, beside.bytes, { ...choices, name }) : importFile(doc, name, bytes, choices);
}

/** A document's tracks in a format that Python writes. Rejects with a sentence. @param {{doc: Doc, format: string, ask: AskServer, signal: AbortSignal}} question @returns {Promise<{files: Packed[], notes: string[]}>} */
export async function writeByServer({ doc, format, ask, signal }) {
  const reply = await asked(ask, "export", pack({ document: await serializeDocument(doc), format }), signal);
  if (!reply) throw new RangeError("the server did not answer");
  const { facts, files } = unpack(reply);
  return { files, notes: listOf(facts.notes).map(String) };
}

/**
 * A clip of painted frames. Rejects with a sentence.
 * @param {{frames: readonly Uint8Array[], fps: number, format: "mp4"|"gif", ask: AskServer, signal: AbortSignal}} clip frames: a JPEG each @returns {Promise<Packed>} */
export async function encodeByServer({ frames, fps, format, ask, signal }) {
  const bytes = new Uint8Array(frames.reduce((n, frame) => n + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  const reply = await asked(ask, "clip", pack({ format, fps, lengths: frames.map((frame) => frame.length) }, [{ name: "frames", bytes }]), signal);
  if (!reply) throw new RangeError("the server did not answer");
  return unpack(reply).files[0];
}

/** @param {AskServer} ask @param {"import"|"export"|"clip"} action @param {Uint8Array<ArrayBuffer>} body @param {AbortSignal} signal @returns {Promise<Uint8Array|null>} null where there is no server to ask */
async function asked(ask, action, body, signal) {
  /** @type {Response} */
  let response;
  try {
    response = await ask(action, body, signal);
  } catch (error) {
    // What fetch throws where nobody listens.
    if (error instanceof TypeError) return null;
    throw error;
  }
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  if (NOBODY.has(response.status)) return null;
  const said = fieldsOf(await response.json().catch(() => null));
  throw new RangeError(typeof said.error === "string" ? said.error : `the server refused it (${response.status} ${response.statusText})`);
}

/** @param {Doc} doc @param {string} name @param {Uint8Array} reply @returns {Promise<Imported>} */
async function fromAnswer(doc, name, reply) {
  const { facts, files: [xy, visible] } = unpack(reply);
  const report = fieldsOf(facts.report);
  const kind = String(report.title ?? "");
  // What the shell is told to say is a button here.
  const notes = listOf(report.notes).map((note) => String(note).replace(/( If|; if) [^.;]*\bsay (unit|axes|y_origin) \w+\./, (_, joint) => (joint === " If" ? "" : ".")));
  const choices = /** @type {Imported["choices"]} */ (fieldsOf(report.choices));
  if (isObject(facts.document)) {
    const { document, error } = await parseDocument(JSON.stringify(facts.document));
    if (!document) throw new RangeError(error ?? "it is empty");
    return placeLayers(doc, { kind, layers: document.layers, choices }, notes);
  }
  const tracks = { frames: Number(facts.frames), count: Number(facts.count), xy: floats(xy?.bytes), visible: visible?.bytes ?? new Uint8Array() };
  return importTracks(doc, { name, kind, tracks, choices, notes });
}

/** Little-endian float32, whatever the machine's order. @param {Uint8Array|undefined} bytes */
function floats(bytes = new Uint8Array()) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Whether the bytes look like a motion document's text. @param {Uint8Array} bytes */
function isDrawing(bytes) {
  if (bytes.length > LIMITS.text) return false;
  const text = new TextDecoder().decode(bytes).replace(/^\ufeff/, "");
  if (!/^\s*\{/.test(text) || !text.includes('"layers"') || !text.includes('"version"')) return false;
  try {
    const data = fieldsOf(JSON.parse(text));
    return "version" in data && "layers" in data && !("resolution" in data);
  } catch {
    return false;
  }
}

/**
 * Files that were given together, as what is read together: `x.npy` with its visibility, everything else alone. Arrays are known by their shape, other files by their names.
 * @param {Packed[]} files @returns {Given[]} */
export function pairsOf(files) {
  const seen = files.filter(isVisibility);
  /** @type {Given[]} */
  const groups = [];
  const taken = new Set();
  for (const file of files) {
    if (seen.includes(file)) continue;
    const left = seen.filter((one) => !taken.has(one));
    const own = left.find((one) => stemOf(one.name) === stemOf(file.name)) ?? (files.length === 2 ? left[0] : undefined);
    if (own) taken.add(own);
    groups.push(own ? [file, own] : [file]);
  }
  for (const file of seen) if (!taken.has(file)) groups.push([file]);
  return groups;
}

/** @param {Packed} file */
function isVisibility({ name, bytes }) {
  const named = /vis|occl/i.test(name);
  if (!isNpy(bytes)) return named && /\.(npz|pth?|safetensors)$/i.test(name);
  const shape = npyShape(bytes);
  if (!shape) return named;
  const last = shape.at(-1);
  if (!(last === 2 || (last === 3 && shape.length > 2))) return true;
  // [T, N] of two tracks ends like positions: there the name tells.
  return named && (shape.length < 3 || (shape.length === 3 && shape[0] === 1));
}

/** What `a_tracks.npy`, `a.npy` and `a_visibility.npy` have in common. @param {string} name */
const stemOf = (name) => name.toLowerCase().replace(/\.[^.]*$/, "").replace(/(pred_)?(tracks?|visibility|visibs|visibles?|vis|occluded|occlusions?)$/, "").replace(/[_\-. ]+$/, "");
