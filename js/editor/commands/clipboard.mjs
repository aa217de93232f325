// Tracks on the clipboard: text with a marker, so that they travel between nodes, workflows and windows. A clipboard event must be answered at once: copyNow
// and isTracksText do; copySelection and pasteText also pack and decode dense layers, which takes a moment.

import { apartFromGroups } from './groups.mjs';
import { addLayers, copyWordNamer } from './layers.mjs';
import { parseBounded, VERSION } from '../motion/document/document.mjs';
import { isObject } from '../motion/document/json.mjs';
import { fromStored, packLayers, storedLayers } from '../motion/document/stored.mjs';
import { mapLayer } from '../motion/document/transform.mjs';
import { remapDocument } from '../motion/document/remap.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Selection} Selection */

const MARKER = 'wan-move/tracks';

/** Text for the clipboard: the selected layers, and those of selected points, whole. Null when nothing is selected. @param {Doc} doc @param {Selection} selection @returns {Promise<string|null>} */
export async function copySelection(doc, selection) {
  await packLayers(chosenLayers(doc, selection));
  return copyNow(doc, selection);
}

/** The same at once; null also while a chosen dense layer was never packed (see packDense). @param {Doc} doc @param {Selection} selection @returns {string|null} */
export function copyNow(doc, selection) {
  const layers = storedLayers(chosenLayers(doc, selection));
  if (!layers?.length) return null;
  return JSON.stringify({ [MARKER]: VERSION, size_wh: doc.size_wh, frames: doc.frames, fps: doc.fps, layers });
}

/** @param {Doc} doc @param {Selection} selection */
function chosenLayers(doc, selection) {
  const chosen = new Set([...selection.layers, ...selection.points.map((p) => p.layer)]);
  return doc.layers.filter((layer) => chosen.has(layer.id));
}

/** Whether pasting would answer: the text is ours. @param {string} text @returns {boolean} */
export function isTracksText(text) {
  return dataOf(text) !== null;
}

/** The version and the fields of a text of ours; null of another. @param {string} text @returns {{version: number, data: import('../motion/document/json.mjs').Fields}|null} */
function dataOf(text) {
  if (typeof text !== 'string' || !text.includes(MARKER)) return null;
  try {
    const data = parseBounded(text);
    const version = isObject(data) ? data[MARKER] : null;
    return isObject(data) && typeof version === 'number' && Number.isInteger(version) ? { version, data } : null;
  } catch {
    return null;
  }
}

/**
 * What a text holds, decoded: hand it to pasteTracks with the document of that moment, which may have changed meanwhile.
 * @param {string} text @returns {Promise<{source: Doc}|{problem: string}|null>} null when the text is not ours */
export async function readTracksText(text) {
  const ours = dataOf(text);
  if (ours === null) return null;
  const { version, data } = ours;
  if (version > VERSION) return { problem: `These tracks are of version ${version}, this editor reads up to ${VERSION}: update Wan-Move.` };
  const { document: source, problems: [problem] } = await fromStored({ version: VERSION, size_wh: data.size_wh, frames: data.frames, fps: data.fps, layers: data.layers });
  return problem ? { problem: `The tracks on the clipboard cannot be read: ${problem.where}: ${problem.what}.` } : { source };
}

/** pasteTracks of a text. @param {Doc} doc @param {string} text @param {{dx?: number, dy?: number}} [options] @returns {Promise<{doc: Doc, ids: string[], report: string[]}|null>} null when the text is not ours */
export async function pasteText(doc, text, options) {
  const read = await readTracksText(text);
  return read && pasteTracks(doc, read, options);
}

/**
 * Layers on top, with fresh ids; positions keep their 0-1, timing its seconds.
 * @param {Doc} doc @param {{source: Doc}|{problem: string}} read by readTracksText @param {{dx?: number, dy?: number, copy?: string}} [options] `copy`: how one is called whose name is taken, as duplicateLayers has it @returns {{doc: Doc, ids: string[], report: string[]}} */
export function pasteTracks(doc, read, { dx = 0, dy = 0, copy = '' } = {}) {
  if ('problem' in read) return { doc, ids: [], report: [read.problem] };
  const { source } = read;
  /** @type {string[]} */
  const report = [];
  const adapted = source.fps === doc.fps ? source : remapDocument(source, { fps: doc.fps });
  if (source.fps !== doc.fps) report.push(`Timing kept in seconds: ${source.fps} to ${doc.fps} frames per second.`);
  if (source.size_wh[0] * doc.size_wh[1] !== source.size_wh[1] * doc.size_wh[0]) report.push(`Positions stretched from ${source.size_wh.join('x')} to ${doc.size_wh.join('x')}.`);
  if (adapted.layers.some((layer) => layer.type === 'path' && layer.end > doc.frames - 1)) report.push('Some paths end after the last frame: the clip cuts them.');
  try {
    const nameOf = copy ? copyWordNamer(doc, copy) : (/** @type {string} */ name) => name;
    const taken = new Set(doc.layers.map((layer) => layer.name));
    const moved = adapted.layers.map((layer) => ({ ...(dx || dy ? mapLayer(layer, ([x, y]) => [x + dx, y + dy]) : layer), name: taken.has(layer.name) ? nameOf(layer.name) : layer.name, locked: false }));
    return { ...addLayers(doc, apartFromGroups(doc, moved)), report };
  } catch (error) {
    return { doc, ids: [], report: [`Nothing was pasted: ${/** @type {Error} */ (error).message}.`] };
  }
}
