// Tracks on the clipboard: text with a marker, so that they travel between nodes, workflows and windows.

import { addLayer } from './layers.mjs';
import { parseBounded, VERSION } from '../motion/document/document.mjs';
import { mapLayer } from '../motion/document/transform.mjs';
import { completeDocument, validateDocument } from '../motion/document/validate.mjs';
import { remapDocument } from '../motion/document/remap.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Selection} Selection */

export const MARKER = 'wan-move/tracks';

/** Text for the clipboard: the selected layers, and those of selected points, whole. Null when nothing is selected. @param {Doc} doc @param {Selection} selection @returns {string|null} */
export function copySelection(doc, selection) {
  const chosen = new Set([...selection.layers, ...selection.points.map((p) => p.layer)]);
  const layers = doc.layers.filter((layer) => chosen.has(layer.id));
  if (layers.length === 0) return null;
  return JSON.stringify({ [MARKER]: VERSION, size_wh: doc.size_wh, frames: doc.frames, fps: doc.fps, layers });
}

/**
 * Layers of the text on top, with fresh ids. Null when the text is not ours; positions keep their 0-1, timing its seconds.
 * @param {Doc} doc @param {string} text @param {{dx?: number, dy?: number}} [options] @returns {{doc: Doc, ids: string[], report: string[]}|null} */
export function pasteText(doc, text, { dx = 0, dy = 0 } = {}) {
  if (typeof text !== 'string' || !text.includes(MARKER)) return null;
  let data;
  try {
    data = parseBounded(text);
  } catch {
    return null;
  }
  if (data === null || typeof data !== 'object' || !Number.isInteger(data[MARKER])) return null;
  /** @type {string[]} */
  const report = [];
  if (data[MARKER] > VERSION) return { doc, ids: [], report: [`These tracks are of version ${data[MARKER]}, this editor reads up to ${VERSION}: update Wan-Move.`] };
  const source = completeDocument({ version: VERSION, size_wh: data.size_wh, frames: data.frames, fps: data.fps, layers: data.layers });
  const [problem] = validateDocument(source);
  if (problem) return { doc, ids: [], report: [`The tracks on the clipboard cannot be read: ${problem.where}: ${problem.what}.`] };
  const adapted = source.fps === doc.fps ? source : remapDocument(source, { fps: doc.fps });
  if (source.fps !== doc.fps) report.push(`Timing kept in seconds: ${source.fps} to ${doc.fps} frames per second.`);
  if (source.size_wh[0] * doc.size_wh[1] !== source.size_wh[1] * doc.size_wh[0]) report.push(`Positions stretched from ${source.size_wh.join('x')} to ${doc.size_wh.join('x')}.`);
  if (adapted.layers.some((layer) => layer.type === 'path' && layer.end > doc.frames - 1)) report.push('Some paths end after the last frame: the clip cuts them.');
  let after = doc;
  /** @type {string[]} */
  const ids = [];
  try {
    for (const layer of adapted.layers) {
      const moved = dx || dy ? mapLayer(layer, ([x, y]) => [x + dx, y + dy]) : layer;
      const added = addLayer(after, { ...moved, locked: false });
      after = added.doc;
      ids.push(added.id);
    }
  } catch (error) {
    return { doc, ids: [], report: [`Nothing was pasted: ${/** @type {Error} */ (error).message}.`] };
  }
  return { doc: after, ids, report };
}
