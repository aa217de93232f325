// Which tracks move as one: what carries the whole picture, what stays or only stirs and bends with it, and what travels: objects to be cut out and carried.
//
// The rule, the same in the core (draft/groups), held by tests/golden_shared/draft_groups.json. Two points are compared only where both are seen.
// 1. A point moves when it is ever seen more than 2 px from its start. A similarity per frame explains a point when it brings it, wherever it is seen, within 3 px + 5 % of its reach.
// 2. 60 or more moving points in more than 65 % of the cells of an 80 px grid are a field that bends the whole picture; only things of three or more points (within
//    3 px + 1 %, scales of 0.7-1.4) of which more than two thirds go against the twenty other points nearest to each are still cut out.
// 3. Fewer than that, but at least four moving points over more than 60 % of width and height that one similarity explains (within 3 % of the shorter side), with no more
//    than a quarter as many still ones, carry the whole picture: a camera.
// 4. Things, at any distance, from the moving points that are left: alike.mjs. A region is one from the start.
// 5. A thing that moves little beside its distance to everything else bends with the picture.

import { apartPx, misfits, thingsOf } from './alike.mjs';
import { applyAffine, invert } from '../geometry/affine.mjs';
import { cameraAffines, isStill } from '../motion/evaluation/camera.mjs';
import { CELL_PX } from '../motion/evaluation/region.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */
/** @typedef {import('./alike.mjs').Motion} Motion */
/**
 * @typedef {object} Group
 * @property {number[]} tracks
 * @property {string|null} region id of the region layer that all of them belong to
 * @property {boolean} stirs it moves little: cut out only where its outline is plain
 */

const STILL_PX = 2;
const MOST_CONTROLS = 256;
const SAMPLES = 41;
const NEAR = 0.3;
const AROUND = 20;
const [FIELD_POINTS, FIELD_CELL_PX, FIELD_SHARE] = [60, 80, 0.65];

/**
 * Tracks that can be used start visible and inside; too many of them are thinned, the last of a cell staying, as in guidance.
 * @param {Doc} doc @param {Sampled} sampled @returns {{base: number[], carried: number[], objects: Group[]}} base: still or stirring; carried: move the whole picture; objects
 * in the order of their last tracks: later ones lie in front */
export function draftGroups(doc, sampled) {
  const [width, height] = doc.size_wh;
  const at = scenePositions(doc, sampled);
  const seen = sampleFrames(sampled).map((f) => sampled.visible.subarray(f * sampled.count, (f + 1) * sampled.count));
  const reach = new Float64Array(sampled.count);
  at.forEach((xy, f) => {
    for (let n = 0; n < sampled.count; n++) if (seen[f][n]) reach[n] = Math.max(reach[n], Math.hypot(xy[2 * n] - at[0][2 * n], xy[2 * n + 1] - at[0][2 * n + 1]));
  });
  const kept = thinned(sampled, at[0], reach, width, height);
  const regions = regionTracks(doc, sampled, kept);
  const ofRegion = new Set([...regions.values()].flat());
  const motion = { at, seen, reach };
  const found = grouped(motion, kept.filter((n) => !ofRegion.has(n)), doc.size_wh);
  const side = Math.min(width, height);
  const base = [...found.base];
  /** @type {Group[]} */
  const objects = [];
  for (const [id, tracks] of regions) {
    if (tracks.some((n) => reach[n] > STILL_PX)) objects.push({ tracks, region: id, stirs: false });
    else base.push(...tracks);
  }
  for (const tracks of found.things) {
    const own = new Set(tracks);
    let near = Infinity;
    for (const other of kept) if (!own.has(other)) for (const n of tracks) near = Math.min(near, apartPx(motion, n, other));
    const stirs = Math.max(...tracks.map((n) => reach[n])) <= Math.min(0.08 * side, 0.4 * near);
    if (stirs && tracks.length > 1) base.push(...tracks);
    else objects.push({ tracks, region: null, stirs });
  }
  objects.sort((a, b) => Math.max(...a.tracks) - Math.max(...b.tracks));
  return { base, carried: found.carried, objects };
}

/** The rule above, but for regions and what stirs. @param {Motion} motion @param {number[]} kept @param {[number, number]} size_wh @returns {{base: number[], carried: number[], things: number[][]}} base: still */
function grouped(motion, kept, size_wh) {
  const side = Math.min(...size_wh);
  const moving = kept.filter((n) => motion.reach[n] > STILL_PX);
  const still = kept.filter((n) => motion.reach[n] <= STILL_PX);
  const without = (/** @type {number[]} */ all, /** @type {number[]} */ some) => all.filter((n) => !some.includes(n));
  let [carried, things] = [/** @type {number[]} */ ([]), /** @type {number[][]} */ ([])];
  if (covers(motion, moving, size_wh)) {
    things = against(motion, thingsOf({ ...motion, strict: true }, moving, NEAR * side, false), moving, side);
    carried = without(moving, things.flat());
  } else {
    carried = cameraOf(motion, moving, still, size_wh);
    things = thingsOf(motion, without(moving, carried), NEAR * side, true);
  }
  things = things.map((thing) => withPivots(motion, thing, still, NEAR * side));
  return { base: without(still, things.flat()), carried, things };
}

/** @param {Motion} motion @param {number[]} moving @param {number[]} still @param {[number, number]} size_wh @returns {number[]} */
function cameraOf(motion, moving, still, size_wh) {
  const limit = 0.03 * Math.min(...size_wh);
  let group = moving;
  for (let round = 0; round < 4 && group.length >= 4; round++) {
    const off = misfits(motion, group, moving);
    const middle = [...off].sort((a, b) => a - b)[off.length >> 1];
    group = moving.filter((_, i) => off[i] <= Math.max(limit, middle));
  }
  if (group.length < 4 || still.length > group.length / 4 || Math.max(...misfits(motion, group, group)) > limit) return [];
  return [0, 1].every((axis) => spread(group.map((n) => motion.at[0][2 * n + axis])) > 0.6 * size_wh[axis]) ? group : [];
}

/** @param {Motion} motion @param {number[]} moving @param {[number, number]} size_wh */
function covers({ at: [xy] }, moving, [width, height]) {
  const cells = new Set(moving.map((n) => `${Math.floor(xy[2 * n] / FIELD_CELL_PX)} ${Math.floor(xy[2 * n + 1] / FIELD_CELL_PX)}`));
  return moving.length >= FIELD_POINTS && cells.size > FIELD_SHARE * Math.ceil(width / FIELD_CELL_PX) * Math.ceil(height / FIELD_CELL_PX);
}

/** Things of three or more of whose points most go elsewhere than the twenty other points nearest to each. @param {Motion} motion @param {number[][]} things @param {number[]} moving @param {number} side @returns {number[][]} */
function against(motion, things, moving, side) {
  const ways = new Map(moving.map((n) => {
    let last = motion.seen.length - 1;
    while (last > 0 && !motion.seen[last][n]) last--;
    return [n, [0, 1].map((axis) => motion.at[last][2 * n + axis] - motion.at[0][2 * n + axis])];
  }));
  const way = (/** @type {number} */ n) => /** @type {number[]} */ (ways.get(n));
  return things.filter((thing) => {
    const others = moving.filter((n) => !thing.includes(n));
    if (thing.length < 3 || thing.length > 0.4 * moving.length || others.length < AROUND) return false;
    const aside = thing.filter((n) => {
      const around = others.map((other) => ({ other, apart: apartPx(motion, n, other) })).sort((a, b) => a.apart - b.apart).slice(0, AROUND).map(({ other }) => way(other));
      const own = way(n);
      const theirs = [0, 1].map((axis) => median(around.map((one) => one[axis])));
      return Math.hypot(own[0] - theirs[0], own[1] - theirs[1]) > 0.1 * side && own[0] * theirs[0] + own[1] * theirs[1] < 0.25 * Math.hypot(...own) * Math.hypot(...theirs);
    });
    return aside.length > (2 / 3) * thing.length;
  });
}

/** A pivot does not move, yet it belongs to what turns around it; a point that is hidden early has no time to move. @param {Motion} motion @param {number[]} thing @param {number[]} still @param {number} near_px @returns {number[]} */
function withPivots(motion, thing, still, near_px) {
  if (thing.length < 3 || !still.length) return thing;
  const [xy] = motion.at;
  const off = misfits(motion, thing, still);
  const bounds = [0, 1].map((axis) => thing.map((n) => xy[2 * n + axis])).map((values) => [Math.min(...values), Math.max(...values)]);
  return [...thing, ...still.filter((n, i) => {
    if (off[i] > 2) return false;
    if (bounds.every(([low, high], axis) => xy[2 * n + axis] > low && xy[2 * n + axis] < high)) return true;
    return motion.seen.some((seen) => !seen[n]) && thing.some((own) => apartPx(motion, own, n) < near_px);
  })];
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** @param {Sampled} sampled @returns {number[]} */
const sampleFrames = ({ frames }) => [...new Set(Array.from({ length: SAMPLES }, (_, i) => Math.floor((i * (frames - 1)) / (SAMPLES - 1))))];

/** @param {Doc} doc @param {Sampled} sampled @param {number[]} kept @returns {Map<string, number[]>} */
function regionTracks(doc, sampled, kept) {
  /** @type {Map<string, number[]>} */
  const regions = new Map();
  for (const n of kept) {
    const layer = doc.layers[sampled.layerOf[n]];
    if (layer.type === 'region') regions.set(layer.id, [...(regions.get(layer.id) ?? []), n]);
  }
  return regions;
}

/** Positions with the camera's motion removed, at a few frames. @param {Doc} doc @param {Sampled} sampled @returns {Float64Array[]} [samples][count*2] */
function scenePositions(doc, sampled) {
  const camera = isStill(doc) ? null : cameraAffines(doc);
  return sampleFrames(sampled).map((frame) => {
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

/** @param {number[]} values */
const spread = (values) => Math.max(...values) - Math.min(...values);
