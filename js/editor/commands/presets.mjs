// Motions to begin with: each gives a region ordinary keys, which can be changed like any others.

import { bounds } from '../geometry/points.mjs';
import { changeLayer } from '../motion/document/edit.mjs';
import { sampleLayer } from '../motion/evaluation/evaluate.mjs';
import { regionOutline } from '../motion/evaluation/region.mjs';
import { setPivot } from './motion.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box 0-1 of the frame */
/** @typedef {"walk"|"jump"|"swing"|"fall"|"shake"|"orbit"} PresetName */
/** @typedef {{frame: number, x?: number, y?: number, rotate?: number, scale?: number}} Pose x, y as shares of the frame */

/** @type {readonly PresetName[]} */
export const PRESETS = ['walk', 'jump', 'swing', 'fall', 'shake', 'orbit'];

/** Frames of a step, of a full swing, and of a latent step: nothing faster is seen by the model. */
const [STEP, SWING, LATENT] = [8, 32, 4];

/** A region with a preset's keys in place of its own. Where it turns about something else than its middle, the pivot goes there. @param {Doc} doc @param {string} id @param {PresetName} name @returns {Doc} */
export function applyPreset(doc, id, name) {
  const layer = doc.layers.find((one) => one.id === id);
  const box = layer?.type === 'region' && !layer.locked ? bounds(regionOutline(layer)) : null;
  if (!box) return doc;
  const made = POSES[name](box, doc.frames - 1, doc.size_wh[0] / doc.size_wh[1]);
  const still = withKeys(doc, id, [], 'linear');
  const turned = made.pivot ? setPivot(still, id, made.pivot) : still;
  return withKeys(turned, id, keysOf(made.poses, doc.frames - 1), made.easing);
}

/** A region that goes along with another layer: its first track, seen at every latent step. @param {Doc} doc @param {string} id @param {string} other @returns {Doc} */
export function followLayer(doc, id, other) {
  const leader = doc.layers.find((one) => one.id === other);
  const layer = doc.layers.find((one) => one.id === id);
  if (!leader || layer?.type !== 'region' || layer.locked || id === other) return doc;
  const { xy, count, frames } = sampleLayer(leader, doc);
  if (!count) return doc;
  const [width, height] = doc.size_wh;
  /** @type {Pose[]} */
  const poses = [];
  for (let frame = 0; frame < frames; frame = frame === frames - 1 ? frames : Math.min(frames - 1, frame + LATENT)) {
    const at = 2 * frame * count;
    poses.push({ frame, x: (xy[at] - xy[0]) / width, y: (xy[at + 1] - xy[1]) / height });
  }
  return withKeys(doc, id, keysOf(poses, doc.frames - 1), 'linear');
}

/** @param {Doc} doc @param {string} id @param {RegionKey[]} keys @param {RegionLayer["easing"]} easing @returns {Doc} */
const withKeys = (doc, id, keys, easing) => changeLayer(doc, id, (layer) => {
  if (layer.type !== 'region') return layer;
  // Their corners are meant, and dense keys need no smoothing.
  const { curve, ...rest } = layer;
  return { ...rest, keys, easing };
});

/** @param {Pose[]} poses @param {number} last @returns {RegionKey[]} one a frame, within the clip */
function keysOf(poses, last) {
  /** @type {Map<number, RegionKey>} */
  const keys = new Map();
  for (const { frame, x = 0, y = 0, rotate = 0, scale = 1 } of poses) {
    const at = Math.min(last, Math.max(0, Math.round(frame)));
    keys.set(at, { frame: at, offset: [x, y], rotate, scale });
  }
  return [...keys.values()].sort((a, b) => a.frame - b.frame);
}

/** Frames from 0 to the last, `by` apart. @param {number} last @param {number} by */
const frames = (last, by) => [...Array.from({ length: Math.ceil(last / by) }, (_, i) => i * by), last];

/** @type {Record<PresetName, (box: Box, last: number, aspect: number) => {poses: Pose[], easing: RegionLayer["easing"], pivot?: XY}>} */
const POSES = {
  /** To the side with more room and into the distance, a bob at each step. */
  walk(box, last) {
    const far = (box.left + box.right) / 2 < 0.5 ? 0.25 : -0.25;
    const bob = 0.03 * (box.bottom - box.top);
    return { poses: frames(last, STEP / 2).map((frame, i) => ({ frame, x: (far * frame) / last, y: i % 2 ? -bob : 0, scale: 1 - (0.3 * frame) / last })), easing: 'linear', pivot: [(box.left + box.right) / 2, box.bottom] };
  },
  /** Up and down once, as things are thrown. */
  jump(box, last) {
    const high = Math.min(0.8 * (box.bottom - box.top), 0.3);
    const [from, to] = [0.2 * last, 0.75 * last];
    const flight = frames(8, 1).map((i) => ({ frame: from + ((to - from) * i) / 8, y: -4 * high * (i / 8) * (1 - i / 8) }));
    return { poses: [{ frame: 0 }, ...flight, { frame: last }], easing: 'linear' };
  },
  /** To and fro about its upper end. */
  swing(box, last) {
    const period = Math.min(SWING, Math.max(4, last));
    const turns = Array.from({ length: Math.floor((2 * last) / period + 0.5) }, (_, i) => ({ frame: period / 4 + (i * period) / 2, rotate: i % 2 ? -10 : 10 }));
    return { poses: [{ frame: 0 }, ...turns], easing: 'ease-in-out', pivot: [(box.left + box.right) / 2, box.top] };
  },
  /** Faster and faster to the lower side of the frame; what stands there already falls out of it. */
  fall(box, last) {
    const deep = 1 - box.bottom > 0.08 ? 1 - box.bottom : 1 - box.top;
    return { poses: frames(last, STEP).map((frame) => ({ frame, y: deep * (frame / last) ** 2, rotate: 12 * (frame / last) ** 2 })), easing: 'linear' };
  },
  /** Small and quick, about its place. */
  shake(_box, last, aspect) {
    return { poses: frames(last, LATENT).map((frame, i) => ({ frame, x: frame === last || i === 0 ? 0 : i % 2 ? 0.012 : -0.012, y: frame === last || i === 0 ? 0 : i % 4 < 2 ? 0.006 * aspect : -0.006 * aspect })), easing: 'linear' };
  },
  /** Once round, half its own size away, yet not far, and on the side with more room. */
  orbit(box, last, aspect) {
    const radius = Math.min(0.1, 0.5 * Math.max(box.right - box.left, (box.bottom - box.top) / aspect));
    const down = box.top + box.bottom > 1 ? -1 : 1;
    return { poses: frames(last, LATENT).map((frame) => ({ frame, x: radius * Math.sin((2 * Math.PI * frame) / last), y: down * radius * aspect * (1 - Math.cos((2 * Math.PI * frame) / last)) })), easing: 'linear' };
  },
};
