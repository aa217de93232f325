// Freehand strokes: a few timed keys that follow the hand, in place and in time.

import { addLayer } from './layers.mjs';
import { bound, clamp } from '../motion/document/edit.mjs';
import { easingFunction } from '../motion/timing/easing.mjs';
import { arcFunction, pathLine, positionAt } from '../motion/timing/path.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').Curve} Curve */
/** @typedef {{x: number, y: number, t: number}} Sample x, y in doc px, t in milliseconds, nondecreasing */

const MOST_SAMPLES = 3000;
const STILL_PX = 2;

/**
 * Keys whose timed path stays within tolerance of the hand at the hand's own times: at most max_keys, up to twice that only while the error is above 3 px.
 * @param {Sample[]} samples @param {{tolerance_px?: number, max_keys?: number, curve?: Curve}} [options]
 * @returns {{points_px: XY[], times: number[], error_px: number}} */
export function simplifyStroke(samples, { tolerance_px = 1, max_keys = 32, curve = 'catmull-rom' } = {}) {
  const clean = cleanSamples(samples);
  if (clean.length === 0) throw new RangeError('the stroke has no points');
  if (clean.length === 1) return { points_px: [[clean[0].x, clean[0].y]], times: [0], error_px: 0 };
  const span = clean[clean.length - 1].t - clean[0].t;
  // Without a clock (all times equal) the hand is taken to have moved evenly.
  const clock = clean.map((s, i) => (span > 0 ? (s.t - clean[0].t) / span : i / (clean.length - 1)));
  const keys = [0, clean.length - 1];
  for (;;) {
    const { error_px, worst } = fitError(clean, clock, keys, curve);
    const enough = keys.length >= (error_px > 3 ? 2 * max_keys : max_keys);
    if (error_px <= tolerance_px || enough || keys.includes(worst)) {
      return { points_px: keys.map((i) => [clean[i].x, clean[i].y]), times: keys.map((i) => clock[i]), error_px };
    }
    keys.push(worst);
    keys.sort((a, b) => a - b);
  }
}

/** How far the path through some keys is from the hand, at the hand's times. @param {Sample[]} clean @param {number[]} clock @param {number[]} keys @param {Curve} curve */
function fitError(clean, clock, keys, curve) {
  const points = keys.map((i) => /** @type {XY} */ ([clean[i].x, clean[i].y]));
  const layer = { points, times: keys.map((i) => clock[i]), curve, closed: false, speeds: null };
  const line = pathLine(layer, { size_wh: [1, 1] });
  const arc = arcFunction(layer, line);
  const at = new Float64Array(2);
  const chosen = new Set(keys);
  let error_px = 0;
  let worst = keys[0];
  for (let i = 0; i < clean.length; i++) {
    if (chosen.has(i)) continue;
    positionAt(line, arc(clock[i]), at, 0);
    const apart = Math.hypot(at[0] - clean[i].x, at[1] - clean[i].y);
    if (apart > error_px) [error_px, worst] = [apart, i];
  }
  return { error_px, worst };
}

/** A stroke is straight where no sample is farther from its chord: px, or a share of its length. */
const STRAIGHT = { px: 2, share: 0.015 };
/** An easing tells the hand's rhythm where it is never more than this share of the way off: a hand is no metronome, and neither is its mouse. */
const RHYTHM = 0.15;
/** A rhythm that needs keys of its own has them so near, as a share of the way. */
const RHYTHM_KEYS = 0.06;
/** Nearer than this, a preset is as good as any curve. */
const PRESET = 0.03;
const RHYTHM_SAMPLES = 40;

/**
 * A straight stroke as its two ends, the hand's rhythm as an easing. Null where it bends or turns back.
 * @param {Sample[]} samples @returns {{points_px: XY[], easing: import('../motion/document/types.mjs').Easing|null, length_px: number}|null} easing null: none has its rhythm */
export function straightStroke(samples) {
  const clean = cleanSamples(samples);
  const [a, b] = [clean[0], clean[clean.length - 1]];
  const length = a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0;
  if (!(length > STILL_PX)) return null;
  const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
  const span = b.t - a.t;
  /** @type {[number, number][]} share of the time, share of the way */
  const places = [];
  for (const [i, { x, y, t }] of clean.entries()) {
    if (Math.abs((x - a.x) * uy - (y - a.y) * ux) > Math.max(STRAIGHT.px, STRAIGHT.share * length)) return null;
    const way = ((x - a.x) * ux + (y - a.y) * uy) / length;
    if (way < (places.at(-1)?.[1] ?? 0) - STILL_PX / length) return null;
    places.push([span > 0 ? (t - a.t) / span : i / (clean.length - 1), way]);
  }
  return { points_px: [[a.x, a.y], [b.x, b.y]], easing: easingOf(places), length_px: length };
}

/** The easing that goes through some places, linear before all others. @param {[number, number][]} places @returns {import('../motion/document/types.mjs').Easing|null} */
function easingOf(places) {
  const step = Math.max(1, (places.length - 1) / RHYTHM_SAMPLES);
  const few = Array.from({ length: Math.floor((places.length - 1) / step) + 1 }, (_, i) => places[Math.round(i * step)]);
  const off = (/** @type {import('../motion/document/types.mjs').Easing} */ easing, /** @type {[number, number][]} */ among) => {
    const eased = easingFunction(easing);
    return among.reduce((most, [time, way]) => Math.max(most, Math.abs(eased(time) - way)), 0);
  };
  for (const easing of /** @type {const} */ (['linear', 'ease-in', 'ease-out', 'ease-in-out'])) if (off(easing, places) <= PRESET) return easing;
  // A search downhill, from where rhythms of four kinds begin.
  const found = [[0.4, 0.1, 0.6, 0.9], [0.8, 0.1, 0.3, 0.9], [0.7, 0.1, 0.9, 0.6], [0.1, 0.4, 0.3, 0.9]].map((start) => nearest(start, (easing) => off(easing, few)));
  const { best } = found.reduce((a, b) => (b.least < a.least ? b : a));
  const rounded = best.map((v) => Math.round(v * 100) / 100);
  return off(rounded, places) <= RHYTHM ? rounded : null;
}

/** @param {number[]} start @param {(easing: number[]) => number} off how far one is off @returns {{best: number[], least: number}} */
function nearest(start, off) {
  let best = start;
  let least = off(best);
  for (let by = 0.2; by > 0.01; by /= 2) {
    for (let better = true; better; ) {
      better = false;
      for (let k = 0; k < 4; k++) {
        for (const to of [best[k] - by, best[k] + by]) {
          const next = best.map((v, i) => (i === k ? clamp(to, 0, 1) : v));
          const error = off(next);
          if (error < least - 1e-6) [best, least, better] = [next, error, true];
        }
      }
    }
  }
  return { best, least };
}

/** Finite samples with a clock that never goes back, thinned evenly where there are very many. @param {Sample[]} samples @returns {Sample[]} */
function cleanSamples(samples) {
  /** @type {Sample[]} */
  const clean = [];
  for (const { x, y, t } of samples) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const before = clean[clean.length - 1];
    const time = Number.isFinite(t) ? Math.max(t, before?.t ?? -Infinity) : (before?.t ?? 0);
    if (before && before.t === time && before.x === x && before.y === y) continue;
    clean.push({ x, y, t: time });
  }
  if (clean.length <= MOST_SAMPLES) return clean;
  return Array.from({ length: MOST_SAMPLES }, (_, i) => clean[Math.round((i * (clean.length - 1)) / (MOST_SAMPLES - 1))]);
}

/**
 * A path from a freehand stroke, the hand's speed kept. Its seconds are the hand's, pressed into the clip where they are longer; `fill` spreads them over
 * all frames from start. A straight stroke has two keys, and few more where it rests on its way. A stroke that does not leave its place becomes a single, static point.
 * @param {Doc} doc @param {Sample[]} samples @param {{start?: number, fill?: boolean, tolerance_px?: number, fields?: object}} [options] @returns {{doc: Doc, id: string}} */
export function addStroke(doc, samples, { start = 0, fill = false, tolerance_px = 1, fields = {} } = {}) {
  const [width, height] = doc.size_wh;
  const straight = straightStroke(samples);
  const { points_px, times } = straight?.easing ? { ...straight, times: null } : simplifyStroke(samples, { tolerance_px: Math.max(tolerance_px, RHYTHM_KEYS * (straight?.length_px ?? 0)) });
  const points = points_px.map(([x, y]) => [bound(x / width), bound(y / height)]);
  const still = !straight && points_px.every(([x, y]) => Math.hypot(x - points_px[0][0], y - points_px[0][1]) <= STILL_PX);
  const last = doc.frames - 1;
  const first = clamp(Math.round(start), 0, last);
  if (still) return addLayer(doc, { start: 0, end: last, ...fields, type: 'path', points: [points[0]], curve: 'catmull-rom' });
  const seconds = (samples[samples.length - 1].t - samples[0].t) / 1000;
  const hand = Number.isFinite(seconds) && seconds > 0 ? Math.max(1, Math.round(seconds * doc.fps)) : last - first;
  const end = fill ? last : Math.min(last, first + hand);
  return addLayer(doc, { start: first, end: Math.max(first, end), ...fields, type: 'path', points, ...(straight?.easing ? { easing: straight.easing } : { times }), curve: 'catmull-rom' });
}
