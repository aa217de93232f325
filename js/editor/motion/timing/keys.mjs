// Keyframes of regions and of the camera: held before the first and after the last, eased between neighbours.

import { FASTEST, easingFunction, endSpeeds } from './easing.mjs';

/**
 * The two keys around a frame and how far between them (eased; may leave 0-1 where the easing overshoots).
 * @template {{frame: number}} K
 * @param {K[]} keys sorted by frame, at least one
 * @param {import('../document/types.mjs').Easing} easing
 * @param {number} frame
 * @returns {{from: K, to: K, part: number}} `part` eased, 0 at an end */
export function keySpan(keys, easing, frame) {
  const last = keys.length - 1;
  if (frame <= keys[0].frame) return { from: keys[0], to: keys[0], part: 0 };
  if (frame >= keys[last].frame) return { from: keys[last], to: keys[last], part: 0 };
  let i = 0;
  while (keys[i + 1].frame <= frame) i++;
  const from = keys[i];
  const to = keys[i + 1];
  return { from, to, part: easingFunction(easing)((frame - from.frame) / (to.frame - from.frame)) };
}

/**
 * Values at a frame, passing through the keys without a stop or a corner: the same as smooth_keys in Python, which says how.
 * @template {{frame: number}} K
 * @param {K[]} keys sorted by frame, at least three
 * @param {import('../document/types.mjs').Easing} easing how it sets off and arrives, all in all
 * @param {number} frame
 * @param {(key: K) => number[]} read one body: its speed is the length of all that it gives
 * @returns {number[]} */
export function smoothAt(keys, easing, frame, read) {
  const last = keys.length - 1;
  if (frame <= keys[0].frame) return read(keys[0]);
  if (frame >= keys[last].frame) return read(keys[last]);
  let i = 0;
  while (keys[i + 1].frame <= frame) i++;
  const span = (/** @type {number} */ j) => keys[j + 1].frame - keys[j].frame;
  const chord = (/** @type {number} */ j) => {
    const [a, b] = [read(keys[j]), read(keys[j + 1])];
    return a.map((v, d) => (b[d] - v) / span(j));
  };
  const inner = (/** @type {number} */ j) => {
    const [before, after] = [chord(j - 1), chord(j)];
    const [h0, h1] = [span(j - 1), span(j)];
    return atMost(before.map((v, d) => (v * h1 + after[d] * h0) / (h0 + h1)), Math.min(Math.hypot(...before), Math.hypot(...after)));
  };
  const slope = (/** @type {number} */ j) => {
    if (j > 0 && j < last) return inner(j);
    const [end, next, speed] = j === 0 ? [chord(0), inner(1), endSpeeds(easing)[0]] : [chord(last - 1), inner(last - 1), endSpeeds(easing)[1]];
    return atMost(end.map((v, d) => speed * (2 * v - next[d])), Math.hypot(...end));
  };
  const h = span(i);
  const q = (frame - keys[i].frame) / h;
  const [from, to, off, on] = [read(keys[i]), read(keys[i + 1]), slope(i), slope(i + 1)];
  return from.map((v, d) => {
    const [way, m0, m1] = [to[d] - v, off[d] * h, on[d] * h];
    return v + q * (m0 + q * (3 * way - 2 * m0 - m1 + q * (m0 + m1 - 2 * way)));
  });
}

/** No longer than FASTEST times `speed`. @param {number[]} slope @param {number} speed */
function atMost(slope, speed) {
  const length = Math.hypot(...slope);
  return length > FASTEST * speed ? slope.map((v) => (v * FASTEST * speed) / length) : slope;
}

/** @param {number} a @param {number} b @param {number} part @returns {number} */
export const mix = (a, b, part) => a + (b - a) * part;

/**
 * A key at `frame` set or merged in; the others are kept.
 * @template {{frame: number}} K
 * @param {K[]} keys @param {K} key @returns {K[]} sorted */
export function withKey(keys, key) {
  return [...keys.filter((k) => k.frame !== key.frame), key].sort((a, b) => a.frame - b.frame);
}
