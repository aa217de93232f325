// Tracks sampled frame by frame, from anywhere, become layers that can be edited: still ones anchors, simple ones timed paths, the rest dense.

import { makeDense, MOST } from '../document/dense.mjs';
import { bound } from '../document/edit.mjs';
import { COLORS } from '../../palette.mjs';
import { simplifyStroke } from '../../commands/stroke.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').NewLayer} NewLayer */
/** @typedef {import('../document/types.mjs').XY} XY */
/** @typedef {{xy: Float64Array, visible: Uint8Array}} Track 0-1 [frames*2], sight [frames]; of the document's length */

const STILL_PX = 0.5;
const TOLERANCE_PX = 1;
const MOST_KEYS = 32;
/** Fitting curves takes milliseconds a track. */
const MOST_CURVED = 300;
/** Positions kept frame by frame in all: some three bytes of the document's text each, fewer than keys that follow as closely. */
const MOST_DENSE = 700_000;

/**
 * @param {Doc} doc @param {Track[]} tracks @param {string[]} report sentences are added @param {{name?: string, names?: string[]}} [options]
 * @returns {NewLayer[]} without ids */
export function layersFromTracks(doc, tracks, report, { name = 'Imported', names = [] } = {}) {
  /** @type {XY[]} */
  const anchors = [];
  /** @type {NewLayer[]} */
  const paths = [];
  /** @type {Track[]} */
  const dense = [];
  let rough = 0;
  let fitted = 0;
  tracks.forEach((track, n) => {
    const still = isStill(track, doc);
    if (still && track.visible.every((v) => v)) {
      anchors.push([track.xy[0], track.xy[1]]);
      return;
    }
    const { keys, error_px } = still ? { keys: [0], error_px: 0 } : simplifyTrack(track, doc);
    const named = { name: names[n] ?? `${name} ${n + 1}`, color: COLORS[n % COLORS.length] };
    const curved = error_px > TOLERANCE_PX && fitted++ < MOST_CURVED ? curveOf(track, doc) : null;
    if (curved) {
      paths.push({ type: 'path', ...named, ...curved });
      return;
    }
    if (error_px > TOLERANCE_PX && (dense.length + 1) * doc.frames <= MOST_DENSE) {
      dense.push(track);
      return;
    }
    if (error_px > TOLERANCE_PX) rough++;
    paths.push({ type: 'path', ...named, ...pathOf(track, keys, doc) });
  });
  /** @type {NewLayer[]} */
  const layers = [];
  if (anchors.length) layers.push({ type: 'anchors', name: `${name}, still`, color: '#9aa0a6', points: anchors });
  for (let at = 0; at < dense.length; at += MOST.count) {
    const some = dense.slice(at, at + MOST.count);
    const title = dense.length > MOST.count ? `${name}, ${at + 1} to ${at + some.length}` : name;
    layers.push({ type: 'dense', name: title, color: COLORS[4], tracks: makeDense(packed(some, doc.frames)) });
  }
  layers.push(...paths);
  report.push(summary(tracks.length, anchors.length, paths.length, dense.length));
  if (rough) report.push(`${count(rough, 'track')} too lively for ${MOST_KEYS} keys: simplified by more than ${TOLERANCE_PX} px.`);
  return layers;
}

/** @param {number} all @param {number} still @param {number} paths @param {number} dense */
function summary(all, still, paths, dense) {
  const parts = [still && `${still} still (anchors)`, paths && `${paths} as timed paths`, dense && `${dense} frame by frame`].filter(Boolean);
  return `${count(all, 'track')}: ${parts.join(', ') || 'none'}.`;
}

/** "1 track", "2 tracks" @param {number} n @param {string} noun */
export const count = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** @param {Track} track @param {Doc} doc */
function isStill({ xy }, doc) {
  const [width, height] = doc.size_wh;
  for (let i = 2; i < xy.length; i += 2) if (Math.hypot((xy[i] - xy[0]) * width, (xy[i + 1] - xy[1]) * height) > STILL_PX) return false;
  return true;
}

/** Frames to keep so that straight motion between them stays within a pixel of the track, at every frame's own time. @param {Track} track @param {Doc} doc @returns {{keys: number[], error_px: number}} */
function simplifyTrack({ xy }, doc) {
  const last = xy.length / 2 - 1;
  const keys = [0, last];
  for (;;) {
    let error_px = 0;
    let worst = 0;
    for (let k = 0; k + 1 < keys.length; k++) {
      const [a, b] = [keys[k], keys[k + 1]];
      for (let f = a + 1; f < b; f++) {
        const part = (f - a) / (b - a);
        const dx = (xy[2 * f] - xy[2 * a] - (xy[2 * b] - xy[2 * a]) * part) * doc.size_wh[0];
        const dy = (xy[2 * f + 1] - xy[2 * a + 1] - (xy[2 * b + 1] - xy[2 * a + 1]) * part) * doc.size_wh[1];
        const apart = Math.hypot(dx, dy);
        if (apart > error_px) [error_px, worst] = [apart, f];
      }
    }
    if (error_px <= TOLERANCE_PX || keys.length >= MOST_KEYS) return { keys, error_px };
    keys.push(worst);
    keys.sort((p, q) => p - q);
  }
}

/** A timed curve, null where even that misses the track. @param {Track} track @param {Doc} doc */
function curveOf({ xy, visible }, doc) {
  const [width, height] = doc.size_wh;
  const samples = Array.from(visible, (_, f) => ({ x: xy[2 * f] * width, y: xy[2 * f + 1] * height, t: f }));
  const { points_px, times, error_px } = simplifyStroke(samples, { tolerance_px: TOLERANCE_PX, max_keys: MOST_KEYS });
  if (error_px > TOLERANCE_PX || times.length < 2) return null;
  return { curve: 'catmull-rom', start: 0, end: doc.frames - 1, points: points_px.map(([x, y]) => [bound(x / width), bound(y / height)]), times, hidden: hiddenRuns(visible) };
}

/** @param {Track} track @param {number[]} keys @param {Doc} doc */
function pathOf({ xy, visible }, keys, doc) {
  const last = doc.frames - 1;
  return {
    curve: 'straight', start: 0, end: last,
    points: keys.map((f) => [bound(xy[2 * f]), bound(xy[2 * f + 1])]),
    times: keys.length > 1 ? keys.map((f) => f / last) : null,
    hidden: hiddenRuns(visible),
  };
}

/** @param {Uint8Array} visible @returns {[number, number][]} */
function hiddenRuns(visible) {
  /** @type {[number, number][]} */
  const runs = [];
  visible.forEach((seen, f) => {
    if (seen) return;
    const before = runs[runs.length - 1];
    if (before && before[1] === f - 1) before[1] = f;
    else runs.push([f, f]);
  });
  return runs;
}

/** @param {Track[]} tracks @param {number} frames */
function packed(tracks, frames) {
  const n = tracks.length;
  const xy = new Float64Array(frames * n * 2);
  const visible = new Uint8Array(frames * n);
  tracks.forEach((track, i) => {
    for (let f = 0; f < frames; f++) {
      xy.set(track.xy.subarray(2 * f, 2 * f + 2), (f * n + i) * 2);
      visible[f * n + i] = track.visible[f];
    }
  });
  return { frames, count: n, xy, visible };
}

/**
 * One track brought to the clip: 0-1, resampled over the same span, holes held and hidden, the far border moved inside.
 * @param {Doc} doc @param {ArrayLike<number>} points [T*2] in `scale` units a side @param {ArrayLike<number>|null} visible [T] @param {[number, number]} scale what 1 is, per axis
 * @param {{holes: number, border: number, far: number}} tally what happened, counted @returns {Track} */
export function fitTrack(doc, points, visible, scale, tally) {
  const total = points.length / 2;
  const clean = new Float64Array(2 * total);
  const seen = new Uint8Array(total);
  let hold = [0, 0];
  for (let f = 0; f < total; f++) {
    if (Number.isFinite(points[2 * f]) && Number.isFinite(points[2 * f + 1])) {
      hold = [points[2 * f] / scale[0], points[2 * f + 1] / scale[1]];
      break;
    }
  }
  for (let f = 0; f < total; f++) {
    const at = [points[2 * f] / scale[0], points[2 * f + 1] / scale[1]];
    const whole = Number.isFinite(at[0]) && Number.isFinite(at[1]);
    if (!whole) tally.holes++;
    else {
      if (at.some((v) => v === 1)) tally.border++;
      if (at.some((v) => Math.abs(v) > 2)) tally.far++;
      hold = at.map((v, axis) => (v === 1 ? 1 - 0.5 / doc.size_wh[axis] : Math.max(-2, Math.min(2, v))));
    }
    clean.set(hold, 2 * f);
    seen[f] = whole && (visible === null || visible[f] > 0.5) ? 1 : 0;
  }
  return retime(clean, seen, doc.frames);
}

/** Positions linear, sight from the nearest frame. @param {Float64Array} xy @param {Uint8Array} visible @param {number} frames @returns {Track} */
function retime(xy, visible, frames) {
  const total = visible.length;
  if (total === frames) return { xy, visible };
  const out = { xy: new Float64Array(2 * frames), visible: new Uint8Array(frames) };
  for (let f = 0; f < frames; f++) {
    const at = frames > 1 ? (f * (total - 1)) / (frames - 1) : 0;
    const low = Math.min(Math.floor(at), total - 1);
    const high = Math.min(low + 1, total - 1);
    for (let axis = 0; axis < 2; axis++) out.xy[2 * f + axis] = xy[2 * low + axis] + (xy[2 * high + axis] - xy[2 * low + axis]) * (at - low);
    out.visible[f] = visible[Math.min(total - 1, Math.floor(at + 0.5))];
  }
  return out;
}
