// The second, wider cut of a thing that several points carry: seeded by the first and by the points, it reaches what lies between and beyond them.

import { minimumCut } from './graphcut.mjs';
import { clustersOf, fillHoles, flood, grown, opened } from './matte.mjs';

/**
 * @typedef {object} WideZones in window px
 * @property {Float32Array} hull [cols*rows] distance beyond the points' hull
 * @property {Float32Array} near [cols*rows] distance to the nearest point
 * @property {Float32Array|null} first [cols*rows] 0-1: the first cut
 * @property {Uint8Array|null} closed nonzero: belongs to something else
 * @property {number} sure around a point it is the thing
 * @property {number} inner beyond the hull it may well be the thing
 * @property {number} outer from here on it is not
 * @property {boolean} close what lies beyond `inner` is taken for surroundings at first: right for a thing whose points reach its rim
 */

/** What a cut between like neighbours costs, beside the pull of colours (at most 6). */
const TIE = 7;
const ROUNDS = 2;

/** @param {import('./matte.mjs').Window} window @param {WideZones} zones @returns {Generator<void, {mask: Uint8Array, leftover: Uint8Array}|null>} leftover: looks like the thing, close by, and is not of the cut */
export function* wideCut({ cols, rows, rgb }, { hull, near, first, closed, sure, inner, outer, close }) {
  const count = cols * rows;
  const links = linksOf(rgb, cols, rows);
  const of = (/** @type {(i: number) => boolean} */ test) => {
    const out = [];
    for (let i = 0; i < count; i++) if (test(i)) out.push(i);
    return out;
  };
  const known = (/** @type {number} */ i) => !closed?.[i] && (near[i] <= sure || (first !== null && first[i] > 0.7 && hull[i] <= outer));
  const barred = (/** @type {number} */ i) => hull[i] > outer || !!closed?.[i];
  let inside = of((i) => known(i) || (!closed?.[i] && (close ? near[i] <= 2.5 * sure : hull[i] <= 0.3 * inner)));
  let outside = of((i) => barred(i) || (close && hull[i] > 0.5 * inner && !known(i)));
  if (outside.length < 0.05 * count) outside = of((i) => barred(i) || (hull[i] > 0.7 * outer && !known(i)));
  if (inside.length < 4 || outside.length < 12) return null;
  /** @type {Uint8Array} */
  let mask = new Uint8Array(count);
  const pull = new Float32Array(count);
  const like = new Float32Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    const own = mixtureOf(rgb, inside);
    const away = mixtureOf(rgb, outside);
    for (let i = 0; i < count; i++) {
      like[i] = Math.max(-6, Math.min(6, likelihood(rgb, i, own) - likelihood(rgb, i, away)));
      // Between the points it is likely the thing; far beyond them, hardly.
      const place = hull[i] <= 0 ? (close ? 1 : 1.4) : hull[i] < inner ? 0.6 - (1.1 * hull[i]) / inner : -0.5 - (1.5 * (hull[i] - inner)) / Math.max(1, outer - inner);
      pull[i] = barred(i) ? -1000 : near[i] <= sure && !closed?.[i] ? 1000 : like[i] + place + (first && first[i] > 0.5 ? 2.5 : 0);
    }
    yield;
    mask = minimumCut(cols, rows, pull, links);
    yield;
    inside = of((i) => mask[i] === 1);
    outside = of((i) => mask[i] === 0 && hull[i] > 0);
    if (inside.length < 12 || outside.length < 12) return null;
  }
  mask = opened(mask, cols, rows);
  mask = grown(grown(mask, cols, rows, 1), cols, rows, 0);
  const seeds = of((i) => mask[i] === 1 && (near[i] <= sure + 1 || (hull[i] <= 0 && like[i] > 0)));
  const whole = new Uint8Array(count);
  flood(seeds, whole, cols, rows, (i) => mask[i] === 1);
  fillHoles(whole, cols, rows, Math.round(0.012 * count));
  let [area, zone, held, core] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    area += whole[i];
    if (!barred(i)) zone++;
    if (near[i] <= sure && !closed?.[i]) core++;
    if (near[i] <= sure && whole[i]) held++;
  }
  if (area > 0.85 * zone || held < 0.5 * core || area < 12) return null;
  const around = grown(grown(grown(whole, cols, rows, 1), cols, rows, 1), cols, rows, 1);
  return { mask: whole, leftover: Uint8Array.from(around, (v, i) => (v && !whole[i] && !closed?.[i] && like[i] > 0.5 ? 1 : 0)) };
}

/**
 * Colours with how often each occurs: a sky that fills half of the surroundings and a corner of the thing is no sign of the thing.
 * @param {Float32Array} rgb @param {number[]} members @returns {Float64Array} [k*5] mean r, g, b, one over the spread, log of share and height */
function mixtureOf(rgb, members) {
  const clusters = clustersOf(rgb, members);
  const mixture = new Float64Array((clusters.length / 4) * 5);
  for (let k = 0; k < clusters.length / 4; k++) mixture.set([...clusters.subarray(4 * k, 4 * k + 4), 1.5 * Math.log(clusters[4 * k + 3])], 5 * k);
  const shares = new Float64Array(mixture.length / 5).fill(1);
  const step = Math.max(1, Math.floor(members.length / 1500));
  for (let m = 0; m < members.length; m += step) shares[nearest(rgb, members[m], mixture).k]++;
  const sum = shares.reduce((total, v) => total + v, 0);
  shares.forEach((share, k) => (mixture[5 * k + 4] += Math.log(share / sum)));
  return mixture;
}

/** @param {Float32Array} rgb @param {number} i @param {Float64Array} mixture */
function nearest(rgb, i, mixture) {
  let [best, which] = [-1e9, 0];
  for (let k = 0; k < mixture.length; k += 5) {
    const d = (rgb[3 * i] - mixture[k]) ** 2 + (rgb[3 * i + 1] - mixture[k + 1]) ** 2 + (rgb[3 * i + 2] - mixture[k + 2]) ** 2;
    const value = mixture[k + 4] - 0.5 * d * mixture[k + 3];
    if (value > best) [best, which] = [value, k / 5];
  }
  return { best, k: which };
}

/** @param {Float32Array} rgb @param {number} i @param {Float64Array} mixture */
const likelihood = (rgb, i, mixture) => Math.max(-40, nearest(rgb, i, mixture).best);

/** Dear between like colours, cheap across edges: after GrabCut, with the window's own contrast. @param {Float32Array} rgb @param {number} cols @param {number} rows @returns {Float32Array} [cols*rows*4] right, below, below right, below left */
function linksOf(rgb, cols, rows) {
  const links = new Float32Array(cols * rows * 4);
  const steps = [[1, 0], [0, 1], [1, 1], [-1, 1]];
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < cols * rows; i++) {
    steps.forEach(([dc, dr], k) => {
      const c = (i % cols) + dc;
      if (c < 0 || c >= cols || i + dr * cols >= cols * rows) return;
      const j = i + dr * cols + dc;
      const d = (rgb[3 * i] - rgb[3 * j]) ** 2 + (rgb[3 * i + 1] - rgb[3 * j + 1]) ** 2 + (rgb[3 * i + 2] - rgb[3 * j + 2]) ** 2;
      links[4 * i + k] = d;
      sum += d;
      pairs++;
    });
  }
  const beta = 1 / (2 * Math.max(1, sum / Math.max(1, pairs)));
  for (let i = 0; i < cols * rows * 4; i++) links[i] = (TIE * Math.exp(-beta * links[i])) / (i % 4 > 1 ? Math.SQRT2 : 1);
  return links;
}
