// Between the stored form of a document and the one in memory, which differ in their dense layers: text there, arrays here.

import { decodeDense, denseText, encodeDense } from './dense.mjs';
import { isObject } from './json.mjs';
import { completeDocument, LIMITS, validateDocument } from './validate.mjs';

/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {import('./types.mjs').Layer} Layer */
/** @typedef {import('./validate.mjs').Problem} Problem */
/** @typedef {import('./validate.mjs').Faults} Faults */

/** Completed, decoded, validated. @param {import('./json.mjs').Fields} raw of the current version @returns {Promise<{document: Doc, problems: Problem[]}>} the document is whole only when there is no problem */
export async function fromStored(raw) {
  const completed = completeDocument(raw);
  const { layers, faults } = await decodeLayers(completed.layers);
  const document = layers === completed.layers ? completed : { ...completed, layers };
  return { document: /** @type {Doc} */ (document), problems: validateDocument(document, faults) };
}

/** One after the other, because arrays take a thousand times what text may. @param {unknown} layers @returns {Promise<{layers: unknown, faults: Faults}>} the same list where there is nothing to decode */
async function decodeLayers(layers) {
  /** @type {Faults} */
  const faults = new Map();
  const isCoded = (/** @type {unknown} */ layer) => isObject(layer) && layer.type === 'dense' && typeof layer.tracks === 'string';
  if (!Array.isArray(layers) || layers.length > LIMITS.layers || !layers.some(isCoded)) return { layers, faults };
  const out = [...layers];
  let samples = 0;
  for (let i = 0; i < out.length; i++) {
    if (!isCoded(out[i])) continue;
    try {
      const tracks = await decodeDense(out[i].tracks);
      samples += tracks.visible.length;
      if (samples > LIMITS.samples) {
        faults.set(out[i], { what: `with the dense layers below, more than ${LIMITS.samples} positions`, fix: 'keep long tracks in a file' });
        break;
      }
      out[i] = { ...out[i], tracks };
    } catch (error) {
      faults.set(out[i], { what: /** @type {Error} */ (error).message, fix: 'import the file again' });
      // The first problem refuses the document.
      break;
    }
  }
  return { layers: out, faults };
}

/** Layers as they are stored. @param {Layer[]} layers @returns {import('./json.mjs').Fields[]|null} null while one was never packed */
export function storedLayers(layers) {
  /** @type {import('./json.mjs').Fields[]} */
  const out = [];
  for (const layer of layers) {
    const tracks = layer.type === 'dense' ? denseText(layer.tracks) : '';
    if (tracks === null) return null;
    out.push(layer.type === 'dense' ? { ...layer, tracks } : layer);
  }
  return out;
}

/** From here on `storedLayers` has these. @param {Layer[]} layers @returns {Promise<void>} */
export async function packLayers(layers) {
  for (const layer of layers) if (layer.type === 'dense') await encodeDense(layer.tracks);
}
