// How commands rebuild a document: only the layers on the way to a change are new objects.

/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {import('./types.mjs').Layer} Layer */

/** @param {Doc} doc @param {string} id @param {(layer: Layer) => Layer|null} change null removes the layer @returns {Doc} the same object when nothing changed */
export function changeLayer(doc, id, change) {
  const index = doc.layers.findIndex((layer) => layer.id === id);
  if (index < 0) return doc;
  const after = change(doc.layers[index]);
  if (after === doc.layers[index]) return doc;
  return { ...doc, layers: after ? doc.layers.map((layer, i) => (i === index ? after : layer)) : doc.layers.filter((_, i) => i !== index) };
}

/** Every layer for which `change` returns another object. @param {Doc} doc @param {(layer: Layer) => Layer|null} change @returns {Doc} */
export function changeLayers(doc, change) {
  let same = true;
  /** @type {Layer[]} */
  const layers = [];
  for (const layer of doc.layers) {
    const after = change(layer);
    same &&= after === layer;
    if (after) layers.push(after);
  }
  return same ? doc : { ...doc, layers };
}

/** Coordinates stay within what a document may hold. @param {number} v */
export const bound = (v) => Math.min(16, Math.max(-16, Number.isFinite(v) ? v : 0));

/** @param {number} v @param {number} least @param {number} most */
export const clamp = (v, least, most) => Math.min(most, Math.max(least, v));
