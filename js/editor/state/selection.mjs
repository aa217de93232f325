// What is picked: layers, single points, or the camera.

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Selection} Selection */
/** @typedef {Selection & {camera: boolean}} Picked */

/** @returns {Picked} */
export const noSelection = () => ({ layers: [], points: [], camera: false });

/** The camera stays picked only where nothing else is. @param {Partial<Picked>} wanted @param {boolean} before whether it is picked now @returns {Picked} */
export function pickedFrom({ layers = [], points = [], camera }, before) {
  return { layers: [...new Set(layers)], points, camera: layers.length || points.length ? false : camera ?? before };
}

/** Without what the document no longer holds: after an undo or a delete. The same object where everything is there. @param {Picked} selection @param {Doc} doc @returns {Picked} */
export function prunedSelection(selection, doc) {
  const { layers, points } = selection;
  if (!layers.length && !points.length) return selection;
  const byId = new Map(doc.layers.map((layer) => [layer.id, layer]));
  const keptLayers = layers.filter((id) => byId.has(id));
  const keptPoints = points.filter((ref) => {
    const layer = byId.get(ref.layer);
    return ref.index < (layer && "points" in layer ? layer.points.length : 0);
  });
  return keptLayers.length === layers.length && keptPoints.length === points.length ? selection : { ...selection, layers: keptLayers, points: keptPoints };
}

/** Ids of the layers concerned by a selection, wholly or by a point. @param {Selection} selection @returns {Set<string>} */
export function layersOf({ layers, points }) {
  const ids = new Set(layers);
  for (const point of points) ids.add(point.layer);
  return ids;
}
