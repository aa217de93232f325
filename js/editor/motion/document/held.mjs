// The layer that "hold the rest" makes. It carries a mark of its points as they were made: while the mark fits, nobody has moved them, whatever way they came.

/** @typedef {import('./types.mjs').Layer} Layer */
/** @typedef {import('./types.mjs').AnchorsLayer} AnchorsLayer */
/** @typedef {import('./types.mjs').XY} XY */

/** The layer's `role`: pressing "hold the rest" again replaces it. */
export const HOLD = 'hold';

/** @param {Layer} layer @returns {layer is AnchorsLayer} */
export const holdsTheRest = (layer) => layer.type === 'anchors' && 'role' in layer && layer.role === HOLD;

/** Equal for equal points as they are stored (to 5 decimals): FNV-1a over them. @param {readonly XY[]} points @returns {string} */
export function markOf(points) {
  let hash = 0x811c9dc5;
  for (const point of points) for (const v of point) hash = Math.imul(hash ^ Math.round(v * 1e5), 0x01000193);
  return `${points.length}:${(hash >>> 0).toString(16)}`;
}

/** The layer as if its points had been made as they are. @template {AnchorsLayer} L @param {L} layer @returns {L} */
export const withMark = (layer) => ({ ...layer, made: markOf(layer.points) });

/** Whether it holds the rest, and its points are as they were made. @param {Layer} layer @returns {layer is AnchorsLayer} */
export const isUntouched = (layer) => holdsTheRest(layer) && 'made' in layer && layer.made === markOf(layer.points);
