// Where hidden points are: with the thing that they are part of. What a document or a tracker says of them while nobody sees them is not read.

import { applyAffine } from '../geometry/affine.mjs';
import { similarityThrough } from './carry.mjs';

/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */

/** As many seen neighbours tell where a hidden point of a picture that bends is. */
const NEIGHBOURS = 6;
const SPEED_FRAMES = 4;

/** @param {Sampled} sampled @param {number[][]} things each moves as one @param {number[]} carried move the whole picture @returns {Sampled} the same where everything is seen */
export function withRides(sampled, things, carried) {
  const { frames, count, visible } = sampled;
  const partly = (/** @type {number} */ n) => {
    for (let f = 1; f < frames; f++) if (!visible[f * count + n]) return true;
    return false;
  };
  if (![...things.flat(), ...carried].some(partly)) return sampled;
  const xy = Float32Array.from(sampled.xy);
  const whole = { ...sampled, xy };
  for (const tracks of things) if (tracks.length > 1 && tracks.some(partly)) for (const n of tracks.filter(partly)) follow(sampled, xy, n, tracks.filter((other) => other !== n), Infinity);
  for (const tracks of things) if (tracks.some(partly)) bridge(sampled, xy, tracks);
  const apart = (/** @type {number} */ a, /** @type {number} */ b) => Math.hypot(sampled.xy[2 * a] - sampled.xy[2 * b], sampled.xy[2 * a + 1] - sampled.xy[2 * b + 1]);
  for (const n of carried.filter(partly)) follow(sampled, xy, n, carried.filter((other) => other !== n).sort((a, b) => apart(a, n) - apart(b, n)), NEIGHBOURS);
  return whole;
}

/** Hidden stretches of n go where its mates lead, its own difference from them changing evenly between sights. @param {Sampled} sampled @param {Float32Array} xy written @param {number} n @param {number[]} mates nearest first @param {number} most */
function follow({ xy: given, visible, frames, count }, xy, n, mates, most) {
  const at = (/** @type {number} */ f, /** @type {number} */ track) => /** @type {[number, number]} */ ([given[(f * count + track) * 2], given[(f * count + track) * 2 + 1]]);
  const led = (/** @type {number} */ f) => {
    const seen = [];
    for (const mate of mates) if (visible[f * count + mate] && seen.length < most) seen.push(mate);
    return seen.length ? applyAffine(similarityThrough(Float64Array.from(seen.flatMap((mate) => at(0, mate))), Float64Array.from(seen.flatMap((mate) => at(f, mate)))), at(0, n)) : null;
  };
  const off = (/** @type {number} */ f) => {
    const place = led(f);
    const [x, y] = at(f, n);
    return place ? [x - place[0], y - place[1]] : [0, 0];
  };
  for (let f = 1; f < frames; f++) {
    if (visible[f * count + n]) continue;
    let end = f;
    while (end < frames && !visible[end * count + n]) end++;
    const before = off(f - 1);
    const after = end < frames ? off(end) : before;
    for (let hidden = f; hidden < end; hidden++) {
      const place = led(hidden);
      const part = (hidden - f + 1) / (end - f + 1);
      if (place) xy.set([0, 1].map((axis) => place[axis] + before[axis] + (after[axis] - before[axis]) * part), (hidden * count + n) * 2);
    }
    f = end;
  }
}

/** Where nobody of a thing is seen: evenly to where it is seen again; or on, as it last went. @param {Sampled} sampled @param {Float32Array} xy written @param {number[]} tracks */
function bridge({ visible, frames, count }, xy, tracks) {
  const seen = (/** @type {number} */ f) => tracks.some((n) => visible[f * count + n]);
  for (let f = 1; f < frames; f++) {
    if (seen(f)) continue;
    const last = f - 1;
    let end = f;
    while (end < frames && !seen(end)) end++;
    const first = Math.max(0, last - SPEED_FRAMES);
    for (const n of tracks) {
      for (let hidden = f; hidden < end; hidden++) {
        for (const axis of [0, 1]) {
          const a = xy[(last * count + n) * 2 + axis];
          const step = end < frames ? (xy[(end * count + n) * 2 + axis] - a) / (end - last) : (a - xy[(first * count + n) * 2 + axis]) / Math.max(1, last - first);
          xy[(hidden * count + n) * 2 + axis] = a + step * (hidden - last);
        }
      }
    }
    f = end;
  }
}
