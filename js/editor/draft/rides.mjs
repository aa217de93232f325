// Where hidden points are: with the thing that they are part of. What a document or a tracker says of them while nobody sees them is not read.

import { applyAffine } from '../geometry/affine.mjs';
import { similarityThrough } from './carry.mjs';

/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */

/** As many seen neighbours tell where a hidden point of a picture that bends is. */
const NEIGHBOURS = 6;
/** A pace is read over so many frames; a turn is told less surely than a place. */
const [PACE_FRAMES, TURN_FRAMES] = [3, 8];
const MOST_GROWTH = 4;

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
  for (const tracks of things) if (tracks.some(partly)) ride(sampled, xy, tracks, tracks.filter(partly));
  const apart = (/** @type {number} */ a, /** @type {number} */ b) => Math.hypot(sampled.xy[2 * a] - sampled.xy[2 * b], sampled.xy[2 * a + 1] - sampled.xy[2 * b + 1]);
  for (const n of carried.filter(partly)) follow(sampled, xy, n, carried.filter((other) => other !== n).sort((a, b) => apart(a, n) - apart(b, n)));
  return whole;
}

/** Hidden stretches of n go where its mates lead, its own difference from them changing evenly between sights. @param {Sampled} sampled @param {Float32Array} xy written @param {number} n @param {number[]} mates nearest first */
function follow({ xy: given, visible, frames, count }, xy, n, mates) {
  const at = (/** @type {number} */ f, /** @type {number} */ track) => /** @type {[number, number]} */ ([given[(f * count + track) * 2], given[(f * count + track) * 2 + 1]]);
  const led = (/** @type {number} */ f) => {
    const seen = [];
    for (const mate of mates) if (visible[f * count + mate] && seen.length < NEIGHBOURS) seen.push(mate);
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

/** Hidden stretches go where the thing does, each point's own difference from it changing evenly between sights. @param {Sampled} sampled @param {Float32Array} xy written @param {number[]} tracks @param {number[]} partly those that are hidden at times */
function ride(sampled, xy, tracks, partly) {
  const { xy: given, visible, frames, count } = sampled;
  const led = ledBy(sampled, tracks);
  for (const n of partly) {
    const off = (/** @type {number} */ f, /** @type {number} */ axis) => given[(f * count + n) * 2 + axis] - led(f, n)[axis];
    for (let f = 1, before = 0; f < frames; f++) {
      if (visible[f * count + n]) {
        before = f;
        continue;
      }
      let after = f;
      while (after < frames && !visible[after * count + n]) after++;
      const part = after < frames ? (f - before) / (after - before) : 0;
      const place = led(f, n);
      xy.set([0, 1].map((axis) => place[axis] + (1 - part) * off(before, axis) + (part ? part * off(after, axis) : 0)), (f * count + n) * 2);
    }
  }
}

/**
 * The start moved by the similarity of the points that are seen. Where fewer than two tell the turn and the scale, and where nobody tells the place, it is what lies
 * between the frames that do, and goes on at its last pace beyond them: what leaves the picture goes on leaving, and turning.
 * @param {Sampled} sampled @param {number[]} tracks @returns {(frame: number, track: number) => [number, number]} */
function ledBy({ xy, visible, frames, count }, tracks) {
  const [turn, offset] = [new Float64Array(2 * frames), new Float64Array(2 * frames)];
  const [sure, known] = [new Uint8Array(frames), new Uint8Array(frames)];
  const centre = [0, 1].map((axis) => tracks.reduce((sum, n) => sum + xy[2 * n + axis] / tracks.length, 0));
  const seenIn = (/** @type {number} */ f) => tracks.filter((n) => visible[f * count + n]);
  const places = (/** @type {number} */ f, /** @type {number[]} */ some) => Float64Array.from(some.flatMap((n) => [xy[(f * count + n) * 2], xy[(f * count + n) * 2 + 1]]));
  sure[0] = 1;
  for (let f = 1, last = 0; f < frames; f++) {
    const on = seenIn(f);
    if (on.length < 2 || squaredSpread(places(0, on)) < 1) continue;
    const { a, b } = similarityThrough(places(0, on), places(f, on));
    const step = Math.atan2(b, a) - turn[2 * last];
    turn.set([turn[2 * last] + step - 2 * Math.PI * Math.round(step / (2 * Math.PI)), Math.log(Math.hypot(a, b))], 2 * f);
    sure[f] = 1;
    last = f;
  }
  goOn(turn, sure, TURN_FRAMES);
  const about = (/** @type {number} */ f, /** @type {number} */ n) => {
    const growth = Math.min(MOST_GROWTH, Math.max(1 / MOST_GROWTH, Math.exp(turn[2 * f + 1])));
    const [cosine, sine] = [growth * Math.cos(turn[2 * f]), growth * Math.sin(turn[2 * f])];
    const [x, y] = [xy[2 * n] - centre[0], xy[2 * n + 1] - centre[1]];
    return /** @type {[number, number]} */ ([cosine * x - sine * y, sine * x + cosine * y]);
  };
  for (let f = 0; f < frames; f++) {
    const on = seenIn(f);
    known[f] = on.length ? 1 : 0;
    // About the centre of the seen points of both frames, so that losing one makes no jump.
    for (const n of on) for (const axis of [0, 1]) offset[2 * f + axis] += (xy[(f * count + n) * 2 + axis] - about(f, n)[axis]) / on.length;
  }
  goOn(offset, known, PACE_FRAMES);
  return (f, n) => {
    const [x, y] = about(f, n);
    return [x + offset[2 * f], y + offset[2 * f + 1]];
  };
}

/** Evenly between known frames, and beyond the last at its pace, in place. @param {Float64Array} values [frames*2] @param {Uint8Array} known @param {number} paceFrames */
function goOn(values, known, paceFrames) {
  for (let f = 1, before = 0; f < known.length; f++) {
    if (known[f]) {
      before = f;
      continue;
    }
    let after = f;
    while (after < known.length && !known[after]) after++;
    const since = Math.max(0, before - paceFrames);
    for (const axis of [0, 1]) {
      const a = values[2 * before + axis];
      const pace = after < known.length ? (values[2 * after + axis] - a) / (after - before) : before > since ? (a - values[2 * since + axis]) / (before - since) : 0;
      values[2 * f + axis] = a + pace * (f - before);
    }
  }
}

/** Sum of squared distances from their middle. @param {Float64Array} places */
function squaredSpread(places) {
  let spread = 0;
  for (const axis of [0, 1]) {
    const values = places.filter((_, i) => i % 2 === axis);
    const middle = values.reduce((sum, v) => sum + v, 0) / values.length;
    for (const v of values) spread += (v - middle) ** 2;
  }
  return spread;
}
