// Several layers at once: each in its own way, moved, turned and scaled as one.

import { applyAffine, similarity } from '../geometry/affine.mjs';
import { bound, changeLayers } from '../motion/document/edit.mjs';
import { mapLayer } from '../motion/document/transform.mjs';
import { regionKeyAt } from '../motion/evaluation/region.mjs';
import { dragRegion, setRegionKey } from './motion.mjs';
import { moveSelection } from './points.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Easing} Easing */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {(layer: RegionLayer) => number} FrameOf whose key of a region is set */

/** Regions get a key at their frame, what has no keys is moved as a whole; locked layers stay. @param {Doc} doc @param {readonly string[]} ids @param {number} dx 0-1 @param {number} dy @param {FrameOf} frameOf @returns {Doc} */
export function moveLayers(doc, ids, dx, dy, frameOf) {
  const chosen = doc.layers.filter((layer) => ids.includes(layer.id));
  const whole = chosen.filter((layer) => layer.type !== 'region').map((layer) => layer.id);
  let after = moveSelection(doc, { layers: whole, points: [] }, dx, dy);
  for (const layer of chosen) if (layer.type === 'region') after = dragRegion(after, layer.id, frameOf(layer), dx, dy);
  return after;
}

/** Turned (degrees, clockwise on screen) and scaled about one point: regions by a key at their frame, the rest where it lies. @param {Doc} doc @param {readonly string[]} ids @param {XY} centre_px @param {{degrees?: number, factor?: number}} change @param {FrameOf} frameOf @returns {Doc} */
export function turnLayers(doc, ids, centre_px, { degrees = 0, factor = 1 }, frameOf) {
  if (degrees === 0 && factor === 1) return doc;
  const [width, height] = doc.size_wh;
  const turn = similarity(centre_px, factor, degrees, [0, 0]);
  /** @param {XY} p @returns {XY} */
  const move = ([x, y]) => {
    const [tx, ty] = applyAffine(turn, [x * width, y * height]);
    return [tx / width, ty / height];
  };
  const chosen = new Set(ids);
  let after = changeLayers(doc, (layer) => (chosen.has(layer.id) && !layer.locked && layer.type !== 'region' ? mapLayer(layer, move) : layer));
  for (const layer of doc.layers) {
    if (!chosen.has(layer.id) || layer.locked || layer.type !== 'region') continue;
    const frame = frameOf(layer);
    const { offset, rotate, scale } = regionKeyAt(layer, frame);
    const [x, y] = move([layer.pivot[0] + offset[0], layer.pivot[1] + offset[1]]);
    after = setRegionKey(after, layer.id, frame, { offset: [bound(x - layer.pivot[0]), bound(y - layer.pivot[1])], rotate: rotate + degrees, scale: scale * factor });
  }
  return after;
}

/** The same easing for all that have one. @param {Doc} doc @param {readonly string[]} ids @param {Easing} easing @returns {Doc} */
export function easeLayers(doc, ids, easing) {
  const chosen = new Set(ids);
  return changeLayers(doc, (layer) => (chosen.has(layer.id) && 'easing' in layer && !layer.locked ? { ...layer, easing } : layer));
}
