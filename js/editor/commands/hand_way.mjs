// The way that the hand took with a thing, as keys that the thing passes smoothly: the fewest that come close to it.

import { nearestOnSegment } from '../geometry/points.mjs';
import { changeLayer } from '../motion/document/edit.mjs';
import { regionKeyAt } from '../motion/evaluation/region.mjs';
import { mix, withKey } from '../motion/timing/keys.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../motion/document/types.mjs').XY} XY */

/** Off the straight line by this share of it, and by so much in px: less is a hand that was not steady. */
const [BENT, BENT_PX] = [0.12, 12];
/** The way is kept to within this share of its length, and within so much in px. */
const [CLOSE, CLOSE_PX] = [0.015, 3];
const MOST_KEYS = 9;
/** Keys are no closer than that: the model sees every fourth frame. */
const LEAST_FRAMES = 4;
const PLACES = 64;

/** Whether a way is another than the straight one between its ends. @param {readonly XY[]} way_px */
export function isBent(way_px) {
  const line = lengths(way_px);
  const [a, b] = [way_px[0], way_px[way_px.length - 1]];
  if (!a || line.total < BENT_PX) return false;
  const straight = Math.hypot(b[0] - a[0], b[1] - a[1]);
  const most = way_px.reduce((far, at) => Math.max(far, nearestOnSegment(at, a[0], a[1], b[0], b[1]).distance), 0);
  return most > BENT_PX && most > BENT * straight;
}

/**
 * A region's motion to its key at `frame`, along the way by which it was brought there: at an even pace, which its easing changes at the ends alone.
 * @param {Doc} doc @param {string} id @param {number} frame of the key that ends it @param {readonly XY[]} way_px px of the frame, in the order of the hand @returns {Doc} */
export function followHand(doc, id, frame, way_px) {
  return changeLayer(doc, id, (layer) => {
    const end = layer.type === 'region' ? layer.keys.findIndex((key) => key.frame === frame) : -1;
    if (layer.type !== 'region' || end < 1 || way_px.length < 3) return layer;
    const [from, to] = [layer.keys[end - 1], layer.keys[end]];
    const line = lengths(way_px);
    const [width, height] = doc.size_wh;
    // From where the hand was to where the thing is: it ends where it was let go, whatever was snapped.
    const start = way_px[0];
    const placeAt = (/** @type {number} */ share) => {
      const [x, y] = along(way_px, line, share);
      return /** @type {XY} */ ([from.offset[0] + (x - start[0]) / width, from.offset[1] + (y - start[1]) / height]);
    };
    const miss = placeAt(1).map((v, axis) => to.offset[axis] - v);
    const at = (/** @type {number} */ share) => /** @type {XY} */ (placeAt(share).map((v, axis) => v + share * miss[axis]));
    const close = Math.max(CLOSE_PX, CLOSE * line.total);
    for (let between = 1; ; between++) {
      const made = { ...layer, curve: /** @type {const} */ ('smooth'), keys: withBetween(layer.keys, from, to, between, at) };
      const room = (to.frame - from.frame) / (between + 2) >= LEAST_FRAMES;
      if (!room || between === MOST_KEYS || farthest(made, from, to, at, doc.size_wh) <= close) return made;
    }
  });
}

/** @param {readonly RegionKey[]} keys @param {RegionKey} from @param {RegionKey} to @param {number} count @param {(share: number) => XY} at */
function withBetween(keys, from, to, count, at) {
  let all = [...keys];
  for (let i = 1; i <= count; i++) {
    const frame = Math.round(from.frame + ((to.frame - from.frame) * i) / (count + 1));
    const share = (frame - from.frame) / (to.frame - from.frame);
    const between = { frame, offset: at(share), rotate: mix(from.rotate, to.rotate, share), scale: mix(from.scale, to.scale, share) };
    if (frame > from.frame && frame < to.frame) all = withKey(all, between);
  }
  return all;
}

/** How far the thing is from where the hand was by then, at an even pace, at most; px. @param {import('../motion/document/types.mjs').RegionLayer} layer @param {RegionKey} from @param {RegionKey} to @param {(share: number) => XY} at @param {[number, number]} size_wh */
function farthest(layer, from, to, at, [width, height]) {
  const even = { ...layer, easing: /** @type {const} */ ('linear') };
  let most = 0;
  for (let i = 0; i <= PLACES; i++) {
    const [x, y] = at(i / PLACES);
    const { offset } = regionKeyAt(even, from.frame + ((to.frame - from.frame) * i) / PLACES);
    most = Math.max(most, Math.hypot((offset[0] - x) * width, (offset[1] - y) * height));
  }
  return most;
}

/** @typedef {{at: number[], total: number}} Line lengths from the beginning to each place, px */

/** @param {readonly XY[]} way @returns {Line} */
function lengths(way) {
  const at = [0];
  for (let i = 1; i < way.length; i++) at.push(at[i - 1] + Math.hypot(way[i][0] - way[i - 1][0], way[i][1] - way[i - 1][1]));
  return { at, total: at[at.length - 1] };
}

/** @param {readonly XY[]} way @param {Line} line @param {number} share 0-1 of its length @returns {XY} */
function along(way, { at, total }, share) {
  const s = share * total;
  let i = 0;
  while (i < way.length - 2 && at[i + 1] < s) i++;
  const part = at[i + 1] > at[i] ? Math.min(1, (s - at[i]) / (at[i + 1] - at[i])) : 0;
  return [mix(way[i][0], way[i + 1][0], part), mix(way[i][1], way[i + 1][1], part)];
}
