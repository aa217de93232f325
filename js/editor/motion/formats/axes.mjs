// Which axis of an array of positions is time, judged by the data. The rule, its measures and its numbers are those of wan_move_core/motion/formats/axes.py.

import { say } from './paths.mjs';

/** @typedef {import('./place.mjs').Choices} Choices */
/** @typedef {import('./place.mjs').Offered} Offered */
/** @typedef {{data: ArrayLike<number>, rows: number, columns: number}} Grid positions [rows, columns, 2]; NaN where there is none */
/** @typedef {"frames_first"|"tracks_first"} Order */

const SURE = 0.9;
const LENGTH_KNOWN = Math.log(8);

/**
 * Whether the first axis is time; what was taken is said and offered.
 * @param {Grid} grid @param {{axes?: Order, frames: number, usual: Order, report: string[], choices: Offered}} given `frames`: the clip's; `usual`: taken where the data do not tell @returns {boolean} */
export function framesFirst(grid, { axes, frames, usual, report, choices }) {
  const { rows, columns } = grid;
  /** @type {Order} */
  let taken = usual;
  let by = 'assumed';
  if (axes) [taken, by] = [axes, 'given'];
  else if (rows === 1 || columns === 1) {
    if (rows !== columns) taken = columns === 1 ? 'frames_first' : 'tracks_first';
    if (rows === 1 && columns > 1 && usual === 'frames_first') say(report, `A first axis of one is read as one track of ${columns} frames, not one frame of ${columns} tracks.`);
  } else {
    let score = judge(grid);
    if (rows !== columns && (frames === rows || frames === columns)) score += frames === rows ? LENGTH_KNOWN : -LENGTH_KNOWN;
    if (Math.abs(score) >= SURE) [taken, by] = [score < 0 ? 'tracks_first' : 'frames_first', 'data'];
  }
  /** @type {Order} */
  const other = taken === 'frames_first' ? 'tracks_first' : 'frames_first';
  choices.axes = { taken, by, other };
  const first = taken === 'frames_first';
  const [t, n] = first ? [rows, columns] : [columns, rows];
  if (by === 'assumed' && Math.min(rows, columns) > 1) say(report, `Whether the first axis is frames or tracks cannot be told from the data; ${words(taken)} is assumed (${n} tracks of ${t} frames).`);
  else if (by === 'data' && taken !== usual) say(report, `Read as ${words(taken)} (${n} tracks of ${t} frames), because steps along time are the small ones.`);
  return first;
}

/** Positive where the first axis looks like time, negative where the second does; 0 is no answer. @param {Grid} grid */
function judge(grid) {
  const rows = along(grid, 0);
  const columns = along(grid, 1);
  if (!rows || !columns) return 0;
  // Along one axis nothing changes at all: points that stand still, or several tracks on one path.
  if (Math.min(rows.step, columns.step) === 0) return 0;
  const score = Math.log(columns.step / rows.step);
  return score + (Math.min(rows.turn, columns.turn) > 0 ? Math.log(columns.turn / rows.turn) : 0);
}

/** Root mean square step along an axis, and the same in parts of the spread along it; null where no two positions follow each other. @param {Grid} grid @param {0|1} axis */
function along({ data, rows, columns }, axis) {
  const [length, lines] = axis === 0 ? [rows, columns] : [columns, rows];
  const at = (/** @type {number} */ i, /** @type {number} */ line) => 2 * (axis === 0 ? i * columns + line : line * columns + i);
  let steps = 0;
  let pairs = 0;
  let spread = 0;
  let seen = 0;
  for (let line = 0; line < lines; line++) {
    let [mx, my, number] = [0, 0, 0];
    for (let i = 0; i < length; i++) {
      const k = at(i, line);
      if (!there(data, k)) continue;
      mx += data[k];
      my += data[k + 1];
      number++;
      const b = i > 0 ? at(i - 1, line) : -1;
      if (b < 0 || !there(data, b)) continue;
      steps += (data[k] - data[b]) ** 2 + (data[k + 1] - data[b + 1]) ** 2;
      pairs++;
    }
    if (!number) continue;
    [mx, my] = [mx / number, my / number];
    for (let i = 0; i < length; i++) {
      const k = at(i, line);
      if (there(data, k)) spread += (data[k] - mx) ** 2 + (data[k + 1] - my) ** 2;
    }
    seen += number;
  }
  if (!pairs) return null;
  const step = Math.sqrt(steps / pairs);
  const wide = Math.sqrt(spread / seen);
  return { step, turn: wide > 0 ? step / wide : 0 };
}

/** @param {ArrayLike<number>} data @param {number} k */
const there = (data, k) => Number.isFinite(data[k]) && Number.isFinite(data[k + 1]);

/** @param {Order} order */
const words = (order) => order.replace('_', ' ');
