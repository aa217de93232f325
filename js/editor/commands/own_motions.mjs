// A thing's motion taken off it and put on another: what favourites are made of.

import { bounds } from '../geometry/points.mjs';
import { isObject, listOf } from '../motion/document/json.mjs';
import { changeLayer } from '../motion/document/edit.mjs';
import { isEasing } from '../motion/timing/easing.mjs';
import { regionOutline } from '../motion/evaluation/region.mjs';
import { setPivot } from './motion.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/**
 * @typedef {object} OwnMotion
 * @property {string} name
 * @property {number} last frame of the clip that it was made in: it fills another clip alike
 * @property {XY} pivot within the thing's box, 0-1 of its sides
 * @property {RegionLayer["easing"]} easing
 * @property {RegionLayer["curve"]} [curve]
 * @property {RegionKey[]} keys
 */

/** How many motions a person keeps, and how many keys one has. */
const [MOST, MOST_KEYS] = [200, 512];
const MOST_NAME = 60;

/** A region's motion; null where it has none. @param {Doc} doc @param {string} id @param {string} name @returns {OwnMotion|null} */
export function motionOf(doc, id, name) {
  const layer = doc.layers.find((one) => one.id === id);
  const box = layer?.type === 'region' ? bounds(regionOutline(layer)) : null;
  if (layer?.type !== 'region' || !box || layer.keys.length < 2 || layer.keys.length > MOST_KEYS) return null;
  const share = (/** @type {number} */ v, /** @type {number} */ low, /** @type {number} */ high) => (high > low ? (v - low) / (high - low) : 0.5);
  const pivot = /** @type {XY} */ ([share(layer.pivot[0], box.left, box.right), share(layer.pivot[1], box.top, box.bottom)]);
  return { name: name.trim().slice(0, MOST_NAME) || layer.name, last: doc.frames - 1, pivot, easing: layer.easing, ...(layer.curve && { curve: layer.curve }), keys: layer.keys.map(({ frame, offset, rotate, scale }) => ({ frame, offset: [...offset], rotate, scale })) };
}

/** A region with these keys in place of its own. @param {Doc} doc @param {string} id @param {OwnMotion} motion @returns {Doc} */
export function applyMotion(doc, id, { last, pivot, easing, curve, keys }) {
  const layer = doc.layers.find((one) => one.id === id);
  const box = layer?.type === 'region' && !layer.locked ? bounds(regionOutline(layer)) : null;
  if (!box) return doc;
  const bare = changeLayer(doc, id, (one) => (one.type === 'region' ? { ...one, keys: [] } : one));
  const turned = setPivot(bare, id, [box.left + pivot[0] * (box.right - box.left), box.top + pivot[1] * (box.bottom - box.top)]);
  const end = doc.frames - 1;
  const byFrame = new Map(keys.map((key) => {
    const frame = Math.min(end, Math.max(0, Math.round((key.frame * end) / Math.max(1, last))));
    return [frame, { ...key, frame }];
  }));
  return changeLayer(turned, id, (one) => (one.type === 'region' ? { ...one, easing, curve: curve ?? 'straight', keys: [...byFrame.values()].sort((a, b) => a.frame - b.frame) } : one));
}

/** What was kept, without what is no motion. @param {string|null|undefined} text @returns {OwnMotion[]} */
export function readMotions(text) {
  /** @type {unknown} */
  let raw = null;
  try {
    raw = JSON.parse(text || '[]');
  } catch {
    return [];
  }
  return listOf(raw).flatMap((one) => (isMotion(one) ? [one] : [])).slice(0, MOST);
}

/** @param {unknown} v @returns {v is number} */
const isNumber = (v) => typeof v === 'number' && Number.isFinite(v) && Math.abs(v) <= 1e6;
/** @param {unknown} v @returns {v is XY} */
const isPair = (v) => Array.isArray(v) && v.length === 2 && v.every((c) => isNumber(c) && Math.abs(c) <= 16);

/** @param {unknown} raw @returns {raw is OwnMotion} */
function isMotion(raw) {
  if (!isObject(raw) || typeof raw.name !== 'string' || !raw.name.trim() || raw.name.length > MOST_NAME) return false;
  const keys = listOf(raw.keys);
  const fine = keys.every((key) => isObject(key) && Number.isInteger(key.frame) && Number(key.frame) >= 0 && isPair(key.offset) && isNumber(key.rotate) && isNumber(key.scale) && key.scale > 0);
  return fine && keys.length > 1 && keys.length <= MOST_KEYS && isNumber(raw.last) && raw.last > 0 && isPair(raw.pivot) && isEasing(raw.easing) && [undefined, 'straight', 'smooth'].includes(/** @type {undefined} */ (raw.curve));
}
