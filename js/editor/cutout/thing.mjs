// The thing under a click, or within a rough lasso: what a person means by pointing at it.

import { candidateSteps, neighboursOf, tonesOf } from './candidates.mjs';
import { gridOf } from './canvas.mjs';
import { bordersOf, edgeStrength } from './edges.mjs';
import { lassoed } from './lasso.mjs';
import { refined } from './refine.mjs';
import { superpixelSteps } from './superpixels.mjs';

/** @typedef {import('./canvas.mjs').Pixels} Pixels */
/** @typedef {import('./canvas.mjs').Grid} Grid */
/** @typedef {import('./candidates.mjs').Scene} Scene */
/** @typedef {import('./refine.mjs').Bitmap} Bitmap */
/** @typedef {[number, number]} XY 0-1 of the picture */
/** @typedef {{inside: XY[], outside: XY[]}} Clicks the first of `inside` is what was pointed at */
/** @typedef {{count: number, level: number, bitmap: (level: number) => Bitmap}} Found guesses from a part (0) to the whole; `level` is the one to show first */
/**
 * @typedef {object} ThingFinder
 * @property {number} cols
 * @property {number} rows
 * @property {(clicks: Clicks, before?: Bitmap|null) => Generator<void, Found|null>} at in steps; before: what was selected when the last click was made, to which the answer keeps
 * @property {(outline: XY[]) => Bitmap|null} within the thing that a lasso was drawn around; null: the lasso holds nothing
 */

const PATCHES = 800;
const CLICK_CELLS = 2.5;
/** What is handed out is so many times as fine as what is looked at: a pixel or two of the usual picture. */
const FINER = 2;
/** Guesses shown one after the other differ by at least so much in area, and look at least so good beside the best. */
const NEXT_LARGER = 1.3;
const WORTH_SHOWING = 0.4;
const MOST_LEVELS = 9;

/** Looks at the picture once, in steps of some 10-40 ms. @param {Pixels} pixels @returns {Generator<void, ThingFinder>} */
export function* thingFinderSteps(pixels) {
  const grid = gridOf(pixels);
  const { cols, rows } = grid;
  yield;
  const patches = yield* superpixelSteps(grid, Math.max(4, Math.sqrt((cols * rows) / PATCHES)));
  yield;
  const strength = edgeStrength(grid);
  yield;
  const borders = bordersOf(patches.label, patches.count, strength, cols);
  /** @type {Scene} */
  const scene = { cols, rows, patches, borders, neighbours: neighboursOf(patches.count, borders), tones: tonesOf(patches) };
  return {
    cols, rows,
    at: (clicks, before = null) => foundAt(grid, scene, clicks, before),
    within(outline) {
      const parts = lassoed(scene, outline);
      return parts && refined(grid, scene, parts, FINER);
    },
  };
}

/** @param {Grid} grid @param {Scene} scene @param {Clicks} clicks @param {Bitmap|null} before @returns {Generator<void, Found|null>} */
function* foundAt(grid, scene, clicks, before) {
  const { count } = scene.patches;
  const marks = { inside: new Uint8Array(count), outside: new Uint8Array(count) };
  for (const xy of clicks.outside) mark(scene, xy, marks.outside);
  for (const xy of clicks.inside) mark(scene, xy, marks.inside);
  for (let n = 0; n < count; n++) if (marks.inside[n]) marks.outside[n] = 0;
  const all = (yield* candidateSteps(scene, marks)).filter(({ parts }) => marks.inside.every((v, n) => !v || parts[n]));
  if (!all.length) return null;
  const kept = before && shareOf(scene, before);
  const worth = all.map((one) => one.score * (kept ? agreement(scene, one.parts, kept) : 1));
  const best = worth.indexOf(worth.reduce((a, b) => Math.max(a, b)));
  const chain = nestedAround(scene, all, worth, best);
  /** @type {(Bitmap|null)[]} */
  const drawn = chain.map(() => null);
  return {
    count: chain.length,
    level: chain.indexOf(best),
    bitmap: (level) => (drawn[level] ??= refined(grid, scene, all[chain[level]].parts, FINER)),
  };
}

/** The patches under a click. @param {Scene} scene @param {XY} xy @param {Uint8Array} into */
function mark({ cols, rows, patches }, [x, y], into) {
  const [cx, cy] = [Math.min(cols - 1, Math.max(0, x * cols - 0.5)), Math.min(rows - 1, Math.max(0, y * rows - 0.5))];
  into[patches.label[Math.round(cy) * cols + Math.round(cx)]] = 1;
  for (let r = Math.max(0, Math.ceil(cy - CLICK_CELLS)); r <= Math.min(rows - 1, cy + CLICK_CELLS); r++) {
    for (let c = Math.max(0, Math.ceil(cx - CLICK_CELLS)); c <= Math.min(cols - 1, cx + CLICK_CELLS); c++) {
      if ((c - cx) ** 2 + (r - cy) ** 2 <= CLICK_CELLS ** 2) into[patches.label[r * cols + c]] = 1;
    }
  }
}

/** How much of each patch lies in a bitmap. @param {Scene} scene @param {Bitmap} bitmap @returns {Float32Array} */
function shareOf({ cols, rows, patches }, bitmap) {
  const share = new Float32Array(patches.count);
  for (let i = 0; i < patches.label.length; i++) {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    const at = Math.floor(((r + 0.5) * bitmap.rows) / rows) * bitmap.cols + Math.floor(((c + 0.5) * bitmap.cols) / cols);
    share[patches.label[i]] += bitmap.data[at] / patches.area[patches.label[i]];
  }
  return share;
}

/** Common area over joint area. @param {Scene} scene @param {Uint8Array} parts @param {Float32Array} kept */
function agreement({ patches: { area } }, parts, kept) {
  let [common, joint] = [0, 0];
  for (let n = 0; n < parts.length; n++) {
    common += area[n] * Math.min(parts[n], kept[n]);
    joint += area[n] * Math.max(parts[n], kept[n]);
  }
  return joint ? common / joint : 0;
}

/** From the best guess towards parts and wholes, each the best of its size and holding the one before. @param {Scene} scene @param {import('./candidates.mjs').Candidate[]} all by area @param {number[]} worth @param {number} best @returns {number[]} */
function nestedAround({ patches: { area } }, all, worth, best) {
  const holds = (/** @type {number} */ larger, /** @type {number} */ smaller) => {
    let [both, small] = [0, 0];
    for (let n = 0; n < area.length; n++) {
      if (!all[smaller].parts[n]) continue;
      small += area[n];
      if (all[larger].parts[n]) both += area[n];
    }
    return both > 0.9 * small;
  };
  const chain = [best];
  for (const up of [true, false]) {
    for (let from = best; chain.length < MOST_LEVELS; ) {
      let [next, most] = [-1, 0];
      for (let n = 0; n < all.length; n++) {
        const ratio = up ? all[n].area / all[from].area : all[from].area / all[n].area;
        if (ratio < NEXT_LARGER || worth[n] < WORTH_SHOWING * worth[best]) continue;
        if (!(up ? holds(n, from) : holds(from, n))) continue;
        // The nearest in size wins over one a little better looking.
        const rank = worth[n] / ratio ** 0.35;
        if (rank > most) [next, most] = [n, rank];
      }
      if (next < 0) break;
      if (up) chain.push(next);
      else chain.unshift(next);
      from = next;
    }
  }
  return chain;
}

