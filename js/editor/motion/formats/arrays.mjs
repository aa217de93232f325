// formats/ reads and writes what other editors and numpy store. It imports document/, timing/ and commands/, and knows no DOM.

// An array of positions and, beside it or in it, their visibility. The rules are those of wan_move_core/motion/formats/sampled/positions.py.

import { framesFirst } from './axes.mjs';
import { markedGrid } from './markers.mjs';
import { seenOf } from './names.mjs';
import { say } from './paths.mjs';
import { fitAll, unitOf } from './place.mjs';
import { count } from './sampled.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('./place.mjs').Reading} Reading */
/** @typedef {import('./paths.mjs').Read} Read */
/** @typedef {{shape: number[], data: ArrayLike<number>, whole: boolean, flags?: boolean}} Numbers `whole`: booleans or integers; `flags`: booleans */

const MOST_FRAMES = 4001;

/**
 * Positions [T,N,2], [N,T,2] or either in a batch of one; pixels, or 0-1 with -1 where absent. Throws RangeError with a sentence.
 * @param {Reading} reading @param {Numbers} positions a third column of 0 to 1 is visibility @param {Numbers|null} visibility @param {{kind: string, usual?: import('./axes.mjs').Order, own_wh?: [number, number]|null}} options @returns {Read} */
export function readPositions(reading, positions, visibility, { kind, usual = 'frames_first', own_wh = null }) {
  const { doc, report, offered } = reading;
  const shape = [...positions.shape];
  if (shape.length === 4 && shape[0] === 1) shape.shift();
  const single = shape.length === 2 && shape[1] === 2;
  if (single) {
    shape.splice(1, 0, 1);
    say(report, 'One track of [frames, 2].');
  }
  const [rows, columns, width] = shape;
  if (positions.flags && shape.length <= 3) throw new RangeError(`an array of yes and no [${positions.shape.join(', ')}]: visibility, not positions. Fix: give the positions, and this as their visibility`);
  if (shape.length !== 3 || (width !== 2 && width !== 3)) throw new RangeError(`the array is [${positions.shape.join(', ')}], tracks are [frames, tracks, 2]${shape.length === 2 ? '; is this the visibility?' : ''}`);
  if (!rows || !columns) throw new RangeError(`an empty array of [${positions.shape.join(', ')}]: give at least one track and one frame`);
  if (rows * columns > LIMITS.samples || Math.min(rows, columns) > MOST_FRAMES) throw new RangeError(`${rows} by ${columns} positions: at most ${LIMITS.tracks} tracks and ${LIMITS.samples} positions are read`);
  const xy = new Float64Array(rows * columns * 2);
  for (let i = 0; i < rows * columns; i++) {
    xy[2 * i] = positions.data[i * width];
    xy[2 * i + 1] = positions.data[i * width + 1];
  }
  let seen = visibility;
  if (width === 3) seen = third(positions, visibility, report) ?? visibility;
  const grid = { data: xy, rows, columns };
  const [along, across] = [markedGrid(grid, 0), markedGrid(grid, 1)];
  const first = (single && !reading.axes) || framesFirst({ ...grid, data: xy.map((v, k) => (along[k >> 1] || across[k >> 1] ? NaN : v)) }, { axes: reading.axes, frames: doc.frames, usual, report, choices: offered });
  const [frames, n] = first ? [rows, columns] : [columns, rows];
  if (frames > MOST_FRAMES || n > LIMITS.tracks) throw new RangeError(`${frames} frames of ${n} tracks: at most ${MOST_FRAMES} frames and ${LIMITS.tracks} tracks are read`);
  const at = (/** @type {number} */ f, /** @type {number} */ i) => (first ? f * n + i : i * frames + f);
  const visible = visibleOf(seen, frames, n, !first, report);
  const marks = first ? along : across;
  const unit = hideAbsent(reading, { xy, marks, visible, frames, n, at, given: seen !== null });
  const arrays = Array.from({ length: n }, (_, i) => ({
    points: Float64Array.from({ length: frames * 2 }, (_v, k) => xy[2 * at(k >> 1, i) + (k & 1)]),
    visible: Uint8Array.from({ length: frames }, (_v, f) => visible[f * n + i]),
  }));
  return { kind, layers: fitAll(reading, arrays, unit, own_wh), unit };
}

/**
 * Markers and missing numbers become NaN and are told; the unit is judged by the rest.
 * @param {Reading} reading @param {{xy: Float64Array, marks: Uint8Array, visible: Uint8Array, frames: number, n: number, at: (frame: number, track: number) => number, given: boolean}} grid `xy` and its `marks` in the file's order of axes, `visible` frames first */
function hideAbsent(reading, { xy, marks, visible, frames, n, at, given }) {
  const { report } = reading;
  const here = [];
  const minus = [];
  let marker = 0;
  let unknown = 0;
  /** @type {[number, number]|null} */
  let example = null;
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < n; i++) {
      const k = at(f, i);
      const [x, y] = [xy[2 * k], xy[2 * k + 1]];
      const known = Number(Number.isFinite(x)) + Number(Number.isFinite(y));
      if (known === 1 && visible[f * n + i]) throw new RangeError(`position of track ${i + 1} at frame ${f} is not finite (${x}, ${y}): give a finite x and y, or hide that frame in the visibility`);
      if (known < 2) unknown++;
      else if (x === -1 && y === -1) minus.push(k);
      else if (marks[k]) {
        marker++;
        example ??= [x, y];
        xy[2 * k] = xy[2 * k + 1] = NaN;
      } else here.push(x, y);
    }
  }
  if (!here.length && unknown) throw new RangeError('no position is a number: export the tracks again');
  const unit = unitOf(reading, here, false);
  const absent = unit === 'px' ? minus.filter((k) => marks[k]) : minus;
  for (const k of absent) xy[2 * k] = xy[2 * k + 1] = NaN;
  if (absent.length) say(report, `${count(absent.length, 'position')} marked absent (-1, -1): hidden, held in place.`);
  if (example) say(report, `${count(marker, 'position')} of a marker such as (${example.join(', ')}) read as absent: hidden, held in place.`);
  if (unknown) say(report, `${count(unknown, 'position')} without numbers: hidden there.`);
  if (!given && !absent.length && !marker && !unknown) say(report, 'No visibility was given: every frame counts as visible.');
  return unit;
}

/** The visibility in a third column, where it is one. @param {Numbers} positions @param {Numbers|null} visibility @param {string[]} report @returns {Numbers|null} */
function third({ shape, data, whole }, visibility, report) {
  const column = Float64Array.from({ length: data.length / 3 }, (_, i) => data[3 * i + 2]);
  const flags = column.every((v) => v === 0 || v === 1 || (!whole && v >= 0 && v <= 1));
  if (flags && visibility === null) {
    say(report, 'The third column is read as visibility.');
    return { shape: shape.slice(0, -1), data: column, whole };
  }
  say(report, `The third column is not used${flags ? '; the visibility beside counts.' : ' (no visibility of 0 to 1).'}`);
  return null;
}

/** Sight [frames*n]. @param {Numbers|null} value @param {number} frames @param {number} n @param {boolean} swapped the positions had tracks first, so visibility of that shape has too @param {string[]} report */
export function visibleOf(value, frames, n, swapped, report) {
  if (value === null) return new Uint8Array(frames * n).fill(1);
  let shape = [...value.shape];
  if (shape.length === 4 && shape[3] === 1) shape.pop();
  if (shape.length === 3 && shape[0] === 1) shape.shift();
  else if (shape.length === 3 && shape[2] === 1) shape.pop();
  if (shape.length === 1) shape = [shape[0], 1];
  const turned = shape.length === 2 && shape[0] === n && shape[1] === frames && (swapped || n !== frames);
  if (turned) shape = [frames, n];
  if (shape.length !== 2 || shape[0] !== frames || (shape[1] !== 1 && shape[1] !== n)) throw new RangeError(`the visibility is [${value.shape.join(', ')}], the tracks have ${frames} frames of ${n}`);
  const seen = seenOf(value, false, 'visibility', report);
  return Uint8Array.from({ length: frames * n }, (_, k) => {
    const [f, i] = [Math.floor(k / n), k % n];
    return seen[turned ? i * frames + f : shape[1] === 1 ? f : k];
  });
}
