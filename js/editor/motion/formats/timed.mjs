// Points that say their own frame or time, as one position a frame. The rules are those of wan_move_core/motion/formats/tables/samples.py.

import { markedOf } from './markers.mjs';
import { say } from './paths.mjs';
import { count } from './sampled.mjs';

/** @typedef {import('./place.mjs').Reading} Reading */
/** @typedef {import('./place.mjs').Sampling} Sampling */
/** @typedef {{frame: number, x: number, y: number, seen: boolean}} Timed x and y NaN where there is no position */

const MOST_FRAMES = 4001;
/** Frames numbered from a plate's own first frame, such as 1001. */
const PLATE_OFFSET = 900;

/**
 * Frames keep their numbers in a longer clip. Throws RangeError with a sentence.
 * @param {Reading} reading @param {Timed[][]} curves each with at least one point @param {string|null} times the name of what are times and no frames, such as `t`
 * @returns {{arrays: Sampling[], here: number[]}} positions a frame, and every x and y that is there */
export function timedTracks({ doc, report }, curves, times) {
  if (!curves.length) throw new RangeError('there are no positions in it: export the tracks again');
  const placed = times === null ? curves : framesOfTimes(curves, doc, report, times);
  const all = placed.flatMap((curve) => curve.map(({ frame }) => frame));
  const [low, high] = all.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  let first = low === 1 && high === doc.frames ? 1 : 0;
  if (low < first || low >= first + PLATE_OFFSET) first = Math.floor(low);
  if (first !== 0) say(report, `Frames count from ${first} there; ${first} becomes frame 0.`);
  if (high - first >= MOST_FRAMES) throw new RangeError(`frames ${low} to ${high}, at most ${MOST_FRAMES} are read: trim the clip`);
  const frames = Math.max(Math.floor(high - first + 0.5) + 1, doc.frames);
  const arrays = placed.map((curve) => sampled(curve.map((point) => ({ ...point, frame: point.frame - first })), frames, report));
  const here = arrays.flatMap(({ points }) => Array.from(points).filter(Number.isFinite));
  if (!here.length) throw new RangeError('no row has a position: export the tracks again');
  return { arrays, here };
}

/** Whole numbers are frames, 0-1 parts of the clip, else seconds. @param {Timed[][]} curves @param {import('../document/types.mjs').Doc} doc @param {string[]} report @param {string} name @returns {Timed[][]} */
function framesOfTimes(curves, doc, report, name) {
  const all = curves.flatMap((curve) => curve.map(({ frame }) => frame));
  const whole = all.every(Number.isInteger);
  const [low, high] = all.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  let factor = doc.fps;
  if (whole && high > 1) {
    say(report, `Numbers under ${name} are whole numbers and read as frames.`);
    factor = 1;
  } else if (high <= 1 && low >= 0 && (!whole || new Set(all).size === 2)) {
    say(report, `Numbers under ${name} lie within 0-1 and are read as parts of a clip of ${doc.frames} frames.`);
    factor = doc.frames - 1;
  } else say(report, `Numbers under ${name} are read as seconds at ${doc.fps} frames per second.`);
  return curves.map((curve) => curve.map((point) => ({ ...point, frame: point.frame * factor })));
}

/** @param {Timed[]} curve frames from 0 @param {number} frames @param {string[]} report @returns {Sampling} */
function sampled(curve, frames, report) {
  const sorted = curve.map((point, i) => ({ ...point, i })).sort((a, b) => a.frame - b.frame || a.i - b.i);
  const rows = sorted.filter((point, i) => i === sorted.length - 1 || sorted[i + 1].frame > point.frame);
  if (rows.length < sorted.length) say(report, `${count(sorted.length - rows.length, 'frame')} given twice; the last row counts.`);
  const marks = markedOf(Float64Array.from(rows.flatMap(({ x, y }) => [x, y])));
  const isThere = rows.map(({ x, y }, i) => Number.isFinite(x) && Number.isFinite(y) && !marks[i]);
  const there = rows.filter((_, i) => isThere[i]);
  if (there.length < rows.length) say(report, 'Rows without a position, or with a marker such as (-100, -100), are hidden frames.');
  const points = new Float64Array(2 * frames).fill(NaN);
  const visible = new Uint8Array(frames);
  if (!there.length) return { points, visible };
  const steps = rows.slice(1).map(({ frame }, i) => frame - rows[i].frame);
  const keyed = 2 * steps.filter((step) => step <= 1).length < steps.length;
  if (keyed) say(report, 'Rows are frames apart and read as keys: straight between them, held before the first and after the last.');
  let k = 0;
  let nearest = 0;
  let missing = false;
  for (let f = 0; f < frames; f++) {
    while (k + 1 < there.length && there[k + 1].frame <= f) k++;
    const [a, b] = [there[k], there[Math.min(k + 1, there.length - 1)]];
    const part = f <= a.frame || b === a ? 0 : Math.min(1, (f - a.frame) / (b.frame - a.frame));
    points[2 * f] = a.x + (b.x - a.x) * part;
    points[2 * f + 1] = a.y + (b.y - a.y) * part;
    // Of two rows equally near, the earlier.
    while (nearest + 1 < rows.length && rows[nearest + 1].frame - f < f - rows[nearest].frame) nearest++;
    const seen = rows[nearest].seen && isThere[nearest];
    const gap = !keyed && Math.abs(rows[nearest].frame - f) > 0.5;
    if (seen && gap) missing = true;
    visible[f] = Number(seen && !gap);
  }
  if (missing) say(report, 'Frames without a row are hidden.');
  return { points, visible };
}
