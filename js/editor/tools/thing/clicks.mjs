// What was said of a thing by pointing: places in it and places beside it.

import { deepest } from "./bitmaps.mjs";

/** @typedef {import('../../cutout/thing.mjs').Clicks} Clicks */

/** Two clicks so near each other are about the same part of a thing, as a share of the frame. */
export const SAME_PLACE = 0.06;

/**
 * The clicks behind a thing with one more.
 * @param {Clicks|undefined} said before @param {import('./bitmaps.mjs').Bitmap|null} shape of the thing as it is @param {readonly [number, number]} norm the click, 0-1 @param {import('./bitmaps.mjs').Sign} sign
 * @returns {Clicks} nothing inside: it cannot be looked for */
export function clicksWith(said, shape, norm, sign) {
  let inside = [...(said?.inside ?? [])];
  if (shape && !inside.length) inside.push(deepest(shape) ?? [norm[0], norm[1]]);
  // The last word counts: what was said about this place before is forgotten.
  const elsewhere = (/** @type {readonly [number, number]} */ [x, y]) => Math.hypot(x - norm[0], y - norm[1]) > SAME_PLACE;
  inside = inside.filter(elsewhere);
  const outside = (said?.outside ?? []).filter(elsewhere);
  const middle = shape && !inside.length && sign === "take" ? deepest(shape) : null;
  if (middle && elsewhere(middle)) inside.push(middle);
  (sign === "take" ? outside : inside).push([norm[0], norm[1]]);
  return { inside, outside };
}
