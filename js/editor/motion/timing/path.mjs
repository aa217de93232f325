// Where along a path the point is, and when: control points merged for the curve, arc length, easing, times, speeds, and the published sampling.

import { chords, fitSpline, PIECES, subdivide } from './curves.mjs';
import { easingFunction } from './easing.mjs';

/** @typedef {import('../document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').XY} XY */
/** @typedef {Pick<PathLayer, "points"|"times"|"speeds"|"curve"|"closed"> & Partial<Pick<PathLayer, "handles"|"timing">>} Shape what of a path says where it goes and how fast */
/**
 * @typedef {object} Line
 * @property {Float64Array} xy polyline in doc px, no camera; the k-th distinct control point is vertex 64 k
 * @property {Float64Array} s arc length at each vertex
 * @property {number} total
 * @property {Float64Array} controlS arc length of each distinct control point (a closed path's return to the start is the last)
 * @property {Int32Array} controlIndex index into layer.points of each distinct control point
 * @property {Int32Array} knot for each of layer.points, the control point it stands on
 */

const LEAST_SPEED = 0.1;
const SAME_PX = 1e-6;
const SAMPLES = 1000;

/** @param {Shape} layer @param {{size_wh: XY}} doc @returns {{control: Float64Array, controlIndex: Int32Array, knot: Int32Array}} */
function mergePoints(layer, doc) {
  const [width, height] = doc.size_wh;
  const px = layer.points.map(([x, y]) => [x * width, y * height]);
  const kept = [0];
  const knot = new Int32Array(px.length);
  const apart = (/** @type {number[]} */ a, /** @type {number[]} */ b) => Math.hypot(a[0] - b[0], a[1] - b[1]) > SAME_PX;
  for (let i = 1; i < px.length; i++) {
    if (apart(px[i], px[kept[kept.length - 1]])) kept.push(i);
    knot[i] = kept.length - 1;
  }
  if (layer.closed && kept.length > 1) {
    if (!apart(px[kept[kept.length - 1]], px[0])) kept.pop();
    kept.push(0);
  }
  const control = new Float64Array(kept.length * 2);
  kept.forEach((index, k) => control.set(px[index], 2 * k));
  return { control, controlIndex: Int32Array.from(kept), knot };
}

/** @param {Shape} layer @param {{size_wh: XY}} doc @returns {Line} */
export function pathLine(layer, doc) {
  const { control, controlIndex, knot } = mergePoints(layer, doc);
  const [width, height] = doc.size_wh;
  const bent = layer.timing === 'published' ? null : layer.handles;
  const handles = bent ? Array.from(controlIndex, (i) => bent[i] && [bent[i][0] * width, bent[i][1] * height, bent[i][2] * width, bent[i][3] * height]) : null;
  const xy = subdivide(control, layer.curve, layer.closed, handles);
  const s = chords(xy);
  const controlS = Float64Array.from(controlIndex, (_, k) => s[k * PIECES]);
  return { xy, s, total: s[s.length - 1], controlS, controlIndex, knot };
}

/** Arc length reached at share q of the path's time (q may leave 0-1 where the easing overshoots). @param {Shape} layer @param {Line} line @returns {(q: number) => number} */
export function arcFunction(layer, line) {
  const inner = layer.times && layer.points.length > 1 ? byTimes(layer, line) : layer.speeds ? bySpeeds(layer, line) : (/** @type {number} */ q) => q * line.total;
  if (!layer.closed) return (q) => inner(clamp01(q));
  return (q) => inner(q < 0 || q > 1 ? q - Math.floor(q) : q);
}

/** @param {Shape} layer @param {Line} line */
function byTimes(layer, line) {
  const n = layer.points.length;
  const times = [.../** @type {number[]} */ (layer.times)];
  const s = Array.from(line.knot, (k) => line.controlS[k]);
  if (layer.closed && times.length === n) {
    if (s[n - 1] < line.total) {
      // The closing span takes the mean span's time.
      times.push(times[n - 1] + 1 / (n - 1));
      s.push(line.total);
    }
  } else if (layer.closed) s.push(line.total);
  const end = times[times.length - 1];
  for (let i = 0; i < times.length; i++) times[i] /= end;
  return (/** @type {number} */ q) => {
    const i = lastAtOrBelow(times, q);
    if (i === times.length - 1) return s[i];
    return s[i] + ((s[i + 1] - s[i]) * (q - times[i])) / (times[i + 1] - times[i]);
  };
}

/** Speed linear in arc length between control points; its time integral in closed form, inverted in closed form. @param {Shape} layer @param {Line} line */
function bySpeeds(layer, line) {
  const speed = controlSpeeds(layer, line);
  const clock = new Float64Array(speed.length);
  for (let i = 1; i < speed.length; i++) clock[i] = clock[i - 1] + spanSeconds(line.controlS[i] - line.controlS[i - 1], speed[i - 1], speed[i]);
  const whole = clock[clock.length - 1];
  return (/** @type {number} */ q) => {
    if (q >= 1) return line.total;
    const wanted = q * whole;
    const i = lastAtOrBelow(clock, wanted);
    if (i >= speed.length - 1) return line.total;
    const length = line.controlS[i + 1] - line.controlS[i];
    const gain = (speed[i + 1] - speed[i]) / length;
    const dt = wanted - clock[i];
    const grown = Math.abs(gain * dt) < 1e-9 ? dt * (1 + (gain * dt) / 2) : Math.expm1(gain * dt) / gain;
    return line.controlS[i] + Math.min(length, speed[i] * grown);
  };
}

/** @param {number} length @param {number} from @param {number} to */
function spanSeconds(length, from, to) {
  const ratio = (to - from) / from;
  if (Math.abs(ratio) < 1e-9) return (length / from) * (1 - ratio / 2);
  return (length * Math.log1p(ratio)) / (to - from);
}

/** @param {Shape} layer @param {Line} line @returns {number[]} at each distinct control point, at least 0.1 */
function controlSpeeds(layer, line) {
  return Array.from(line.controlIndex, (i) => Math.max(LEAST_SPEED, layer.speeds ? layer.speeds[i] : 1));
}

/** Position on the polyline at arc length s, into out[at], out[at + 1]. @param {Line} line @param {number} s @param {Float64Array} out @param {number} at */
export function positionAt(line, s, out, at) {
  const i = Math.min(lastAtOrBelow(line.s, s), line.s.length - 2);
  if (i < 0 || line.total === 0) {
    out[at] = line.xy[0];
    out[at + 1] = line.xy[1];
    return;
  }
  const step = line.s[i + 1] - line.s[i];
  const part = step > 0 ? Math.min(1, (s - line.s[i]) / step) : 0;
  out[at] = line.xy[2 * i] + (line.xy[2 * i + 2] - line.xy[2 * i]) * part;
  out[at + 1] = line.xy[2 * i + 1] + (line.xy[2 * i + 3] - line.xy[2 * i + 1]) * part;
}

/** The published demo's positions, one per frame from start to end: [count*2]. @param {Shape} layer @param {Line} line @param {number} count */
export function publishedRow(layer, line, count) {
  const n = line.controlIndex.length;
  const control = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) control.set(line.xy.subarray(2 * k * PIECES, 2 * k * PIECES + 2), 2 * k);
  const knots = chords(control);
  const total = knots[n - 1];
  for (let k = 0; k < n; k++) knots[k] /= total;
  const speed = controlSpeeds(layer, line);
  const clock = new Float64Array(SAMPLES);
  let before = 1 / linear(knots, speed, 0);
  for (let i = 1; i < SAMPLES; i++) {
    const slow = 1 / linear(knots, speed, i / (SAMPLES - 1));
    clock[i] = clock[i - 1] + (before + slow) / 2 / (SAMPLES - 1);
    before = slow;
  }
  const out = new Float64Array(2 * count);
  const splines = layer.curve !== 'straight' && n > 3;
  for (let axis = 0; axis < 2; axis++) {
    const values = Float64Array.from(knots, (_, k) => control[2 * k + axis]);
    const spline = splines ? fitSpline(knots, values, false) : null;
    for (let j = 0; j < count; j++) {
      const wanted = count > 1 ? (clock[SAMPLES - 1] * j) / (count - 1) : 0;
      const i = Math.min(lastAtOrBelow(clock, wanted), SAMPLES - 2);
      const u = Math.min(1, (i + (wanted - clock[i]) / (clock[i + 1] - clock[i])) / (SAMPLES - 1));
      const k = Math.max(0, Math.min(lastAtOrBelow(knots, u), n - 2));
      out[2 * j + axis] = spline ? spline.span(k, u - knots[k]) : linear(knots, values, u);
    }
  }
  return out;
}

/** Share of its time that the path has used at a frame. @param {PathLayer} layer @returns {(frame: number) => number} */
function progressFunction(layer) {
  const { start, end } = layer;
  if (end <= start) return (frame) => (frame >= start ? 1 : 0);
  return (frame) => clamp01((frame - start) / (end - start));
}

/** Eased share. @param {PathLayer} layer */
export function easedProgress(layer) {
  const progress = progressFunction(layer);
  const eased = easingFunction(layer.easing);
  return (/** @type {number} */ frame) => eased(progress(frame));
}

/** @param {ArrayLike<number>} x rising @param {ArrayLike<number>} y @param {number} at */
function linear(x, y, at) {
  const i = Math.max(0, Math.min(lastAtOrBelow(x, at), x.length - 2));
  const part = clamp01((at - x[i]) / (x[i + 1] - x[i]));
  return y[i] + (y[i + 1] - y[i]) * part;
}

/** Index of the last entry <= value, -1 where there is none. @param {ArrayLike<number>} sorted @param {number} value */
function lastAtOrBelow(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** @param {number} v */
const clamp01 = (v) => Math.min(1, Math.max(0, v));
