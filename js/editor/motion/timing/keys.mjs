// Keyframes of regions and of the camera: held before the first and after the last, eased between neighbours.

import { easingFunction } from './easing.mjs';

/**
 * The two keys around a frame and how far between them (eased; may leave 0-1 where the easing overshoots).
 * @template {{frame: number}} K
 * @param {K[]} keys sorted by frame, at least one
 * @param {import('../document/types.mjs').Easing} easing
 * @param {number} frame
 * @returns {{from: K, to: K, part: number}} */
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

/** @param {number} a @param {number} b @param {number} part @returns {number} */
export const mix = (a, b, part) => a + (b - a) * part;

/**
 * A key at `frame` set or merged in; the others are kept.
 * @template {{frame: number}} K
 * @param {K[]} keys @param {K} key @returns {K[]} sorted */
export function withKey(keys, key) {
  return [...keys.filter((k) => k.frame !== key.frame), key].sort((a, b) => a.frame - b.frame);
}
