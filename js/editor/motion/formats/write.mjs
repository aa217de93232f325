// Files out: the document, its tracks as coordinates for other packs, and as numpy arrays.

import { serializeDocument } from '../document/document.mjs';
import { writeNpy } from './npy.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').Sampled} Sampled */

/** @param {Doc} doc @returns {Promise<string>} */
export function exportDocument(doc) {
  return serializeDocument(doc);
}

/** Coordinate JSON of other packs: whole pixels of the picture, one entry a frame; hidden frames carry "v":0. @param {Doc} doc @param {Sampled} sampled @returns {string} */
export function exportCoordinates(doc, sampled) {
  const { frames, count: n, xy, visible } = sampled;
  const [width, height] = doc.size_wh;
  const inside = (/** @type {number} */ v, /** @type {number} */ side) => Math.min(side - 1, Math.max(0, Math.round(v)));
  const hidden = visible.includes(0);
  const tracks = Array.from({ length: n }, (_, i) => Array.from({ length: frames }, (_f, f) => {
    const at = (f * n + i) * 2;
    const point = { x: inside(xy[at], width), y: inside(xy[at + 1], height) };
    const out = xy[at] < 0 || xy[at + 1] < 0 || xy[at] >= width || xy[at + 1] >= height;
    return hidden || out ? { ...point, v: visible[f * n + i] && !out ? 1 : 0 } : point;
  }));
  return JSON.stringify(tracks);
}

/** [1,T,N,2] float32 pixels and [1,T,N] bool. @param {Sampled} sampled @returns {{tracks: Uint8Array, visibility: Uint8Array}} */
export function exportNpy(sampled) {
  const { frames, count: n, xy, visible } = sampled;
  return { tracks: writeNpy({ shape: [1, frames, n, 2], dtype: 'f4', data: xy }), visibility: writeNpy({ shape: [1, frames, n], dtype: 'bool', data: visible }) };
}
