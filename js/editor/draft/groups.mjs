// Which tracks move as one: what stays or only stirs bends with the picture, what travels is an object to be cut out and carried.

import { applyAffine, invert } from '../geometry/affine.mjs';
import { cameraAffines, isStill } from '../motion/evaluation/camera.mjs';
import { CELL_PX } from '../motion/evaluation/region.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */
/**
 * @typedef {object} Group
 * @property {number[]} tracks
 * @property {string|null} region id of the region layer that all of them belong to
 * @property {boolean} stirs it moves little: cut out only where its outline is plain
 */

const STILL_PX = 2;
const MOST_CONTROLS = 256;
const SAMPLES = 17;

/**
 * Tracks that can be used start visible and inside; too many of them are thinned, the last of a cell staying, as in guidance.
 * @param {Doc} doc @param {Sampled} sampled @returns {{base: number[], objects: Group[]}} objects in the order of their last tracks: later ones lie in front */
export function draftGroups(doc, sampled) {
  const [width, height] = doc.size_wh;
  const side = Math.min(width, height);
  const at = scenePositions(doc, sampled);
  const starts = at[0];
  const reach = new Float64Array(sampled.count);
  for (const xy of at) for (let n = 0; n < sampled.count; n++) reach[n] = Math.max(reach[n], Math.hypot(xy[2 * n] - starts[2 * n], xy[2 * n + 1] - starts[2 * n + 1]));
  const kept = thinned(sampled, starts, reach, width, height);
  const moving = kept.filter((n) => reach[n] > STILL_PX);
  const base = kept.filter((n) => reach[n] <= STILL_PX);
  /** @type {Group[]} */
  const objects = [];
  for (const tracks of clusters(doc, sampled, at, moving, side)) {
    const far = Math.max(...tracks.map((n) => reach[n]));
    const own = new Set(tracks);
    let near = Infinity;
    for (const other of kept) if (!own.has(other)) for (const n of tracks) near = Math.min(near, Math.hypot(starts[2 * n] - starts[2 * other], starts[2 * n + 1] - starts[2 * other + 1]));
    const layers = new Set(tracks.map((n) => sampled.layerOf[n]));
    const only = layers.size === 1 ? doc.layers[[...layers][0]] : null;
    const [spanX, spanY] = [0, 1].map((axis) => spread(tracks.map((n) => starts[2 * n + axis])));
    const stirs = far <= Math.min(0.08 * side, 0.4 * near);
    // Points all over the picture that move are the picture itself.
    const wide = tracks.length >= 4 && spanX > 0.6 * width && spanY > 0.6 * height && base.length <= tracks.length / 4;
    if (wide || (stirs && tracks.length > 1 && only?.type !== 'region')) base.push(...tracks);
    else objects.push({ tracks, region: only?.type === 'region' ? only.id : null, stirs: stirs && only?.type !== 'region' });
  }
  objects.sort((a, b) => Math.max(...a.tracks) - Math.max(...b.tracks));
  return { base, objects };
}

/** Positions with the camera's motion removed, at a few frames. @param {Doc} doc @param {Sampled} sampled @returns {Float64Array[]} [samples][count*2] */
function scenePositions(doc, sampled) {
  const camera = isStill(doc) ? null : cameraAffines(doc);
  const last = sampled.frames - 1;
  const frames = [...new Set(Array.from({ length: SAMPLES }, (_, i) => Math.round((i * last) / (SAMPLES - 1))))];
  return frames.map((frame) => {
    const xy = Float64Array.from(sampled.xy.subarray(frame * sampled.count * 2, (frame + 1) * sampled.count * 2));
    const back = camera && frame > 0 ? invert(camera(frame)) : null;
    if (back) for (let n = 0; n < sampled.count; n++) xy.set(applyAffine(back, [xy[2 * n], xy[2 * n + 1]]), 2 * n);
    return xy;
  });
}

/** @param {Sampled} sampled @param {Float64Array} starts @param {Float64Array} reach @param {number} width @param {number} height @returns {number[]} */
function thinned(sampled, starts, reach, width, height) {
  let kept = Array.from({ length: sampled.count }, (_, n) => n).filter((n) => sampled.visible[n] && starts[2 * n] >= 0 && starts[2 * n + 1] >= 0 && starts[2 * n] < width && starts[2 * n + 1] < height);
  for (let cell = CELL_PX, first = true; first || kept.length > MOST_CONTROLS; cell *= 2, first = false) {
    /** @type {Map<string, number>} */
    const byCell = new Map();
    for (const n of kept) byCell.set(`${Math.floor(starts[2 * n] / cell)} ${Math.floor(starts[2 * n + 1] / cell)} ${reach[n] > STILL_PX}`, n);
    kept = [...byCell.values()].sort((a, b) => a - b);
  }
  return kept;
}

/** Tracks that start near each other and keep their distance, joined; a region is one from the start. @param {Doc} doc @param {Sampled} sampled @param {Float64Array[]} at @param {number[]} moving @param {number} side @returns {number[][]} */
function clusters(doc, sampled, at, moving, side) {
  const parent = moving.map((_, i) => i);
  const root = (/** @type {number} */ i) => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  /** @type {Map<number, number>} */
  const regions = new Map();
  moving.forEach((n, i) => {
    const layer = sampled.layerOf[n];
    if (doc.layers[layer].type !== 'region') return;
    const first = regions.get(layer);
    if (first === undefined) regions.set(layer, i);
    else parent[root(i)] = root(first);
  });
  for (let i = 0; i < moving.length; i++) for (let j = 0; j < i; j++) if (root(i) !== root(j) && together(at, moving[i], moving[j], side)) parent[root(i)] = root(j);
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  moving.forEach((n, i) => groups.set(root(i), [...(groups.get(root(i)) ?? []), n]));
  return [...groups.values()];
}

/** @param {Float64Array[]} at @param {number} a @param {number} b @param {number} side */
function together(at, a, b, side) {
  const apart = (/** @type {Float64Array} */ xy) => Math.hypot(xy[2 * a] - xy[2 * b], xy[2 * a + 1] - xy[2 * b + 1]);
  const start = apart(at[0]);
  return start < 0.3 * side && at.every((xy) => Math.abs(apart(xy) - start) <= 0.25 * start + 4);
}

/** @param {number[]} values */
const spread = (values) => Math.max(...values) - Math.min(...values);
