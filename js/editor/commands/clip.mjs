// The clip's size, length, rate and crop, with the drawing carried along; and what lies past the clip's end, cut there.

import { easingFunction, easingNumbers } from '../motion/timing/easing.mjs';
import { clamp } from '../motion/document/edit.mjs';
import { remapDocument } from '../motion/document/remap.mjs';
import { cameraKeyAt } from '../motion/evaluation/camera.mjs';
import { pathPolyline, sampleLayer } from '../motion/evaluation/evaluate.mjs';
import { regionKeyAt } from '../motion/evaluation/region.mjs';
import { arcFunction, positionAt } from '../motion/timing/path.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../motion/document/types.mjs').Easing} Easing */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{size_wh?: [number, number], frames?: number, fps?: number, fit?: import('../motion/document/types.mjs').FitMode, crop?: import('../geometry/fit.mjs').Crop|null}} Clip */

/** The sides that the network takes are multiples of it. */
export const SIDE_STEP_PX = 16;
const SAME_PX = 1e-6;
const CLOSE_PX = 1;
/** Into how many pieces the spans of a curve are cut, and every how many frames a motion is looked at: the fewest that come close. */
const CURVE_PIECES = [1, 2, 3, 4, 8, 16];
const LATENT = 4;
/** The end of an easing that goes on at an even speed. */
const ON_ITS_WAY = [2 / 3, 2 / 3];
const SAMPLE_STEPS = [LATENT, 2, 1];

/** The nearest side that a video may have. @param {number} px */
export const videoSide = (px) => clamp(Math.round(px / SIDE_STEP_PX) * SIDE_STEP_PX, SIDE_STEP_PX, 8192);
/** The nearest length that a video may have: 4k + 1. @param {number} frames */
export const videoLength = (frames) => clamp(Math.round((frames - 1) / LATENT) * LATENT + 1, 1, 4001);

/**
 * Another clip for the same drawing: points stay on the picture. A new length or rate stretches the motion over the clip (every key keeps its share of it), or keeps its
 * seconds and cuts what lies past the end.
 * @param {Doc} doc @param {Clip} clip @param {"stretch"|"keep"} [timing] @returns {Doc} the same object when nothing changes */
export function setClip(doc, clip, timing = 'stretch') {
  return withinClip(remapDocument(doc, { ...clip, stretch: timing === 'stretch' }));
}

/** Every key, bar and hidden stretch within the clip; the motion up to its last frame is as before. @param {Doc} doc @returns {Doc} the same object where nothing lies past the end */
export function withinClip(doc) {
  const layers = doc.layers.map((layer) => cutLayer(layer, doc));
  const camera = doc.camera && cutKeys(doc.camera, doc.frames - 1, (frame) => cameraKeyAt(doc.camera, frame));
  if (camera === doc.camera && layers.every((layer, i) => layer === doc.layers[i])) return doc;
  return { ...doc, layers, camera: camera?.keys.length ? camera : null };
}

/** @param {Layer} layer @param {Doc} doc @returns {Layer} */
function cutLayer(layer, doc) {
  const last = doc.frames - 1;
  if (layer.type === 'region') return cutHidden(cutKeys(layer, last, (frame) => regionKeyAt(layer, frame)), last);
  if (layer.type === 'path') return cutHidden(layer.end > last ? cutPath(layer, doc, last) : layer, last);
  return layer;
}

/** @template {Layer & {hidden: [number, number][]}} L @param {L} layer @param {number} last @returns {L} */
function cutHidden(layer, last) {
  if (layer.hidden.every(([, b]) => b <= last)) return layer;
  const hidden = layer.hidden.filter(([a]) => a <= last).map(([a, b]) => /** @type {[number, number]} */ ([a, Math.min(b, last)]));
  return { ...layer, hidden };
}

/**
 * Keys up to the last frame, and one there that says what was on its way. Where that leaves one span, its easing is the part of the curve that was used; easing belongs to
 * all spans, so among several it stays.
 * @template {{frame: number}} K @template {{keys: K[], easing: Easing, curve?: string}} O @param {O} owner @param {number} last @param {(frame: number) => K} keyAt @returns {O} */
function cutKeys(owner, last, keyAt) {
  const { keys } = owner;
  const kept = keys.filter((key) => key.frame <= last);
  if (kept.length === keys.length) return owner;
  const before = kept.at(-1);
  // What begins after the end never began.
  if (!before) return { ...owner, keys: [] };
  if (before.frame === last) return { ...owner, keys: kept };
  if (owner.curve === 'smooth' && keys.length > 2) {
    // Keys close by hold the curve as it was; and it no longer arrives there, it is on its way.
    const [x1, y1] = easingNumbers(owner.easing);
    const between = [before.frame + 1, ...Array.from({ length: Math.ceil((last - before.frame) / LATENT) - 1 }, (_, i) => before.frame + (i + 1) * LATENT)];
    return { ...owner, keys: [...kept, ...[...between.filter((frame) => frame < last), last].map((frame) => ({ ...keyAt(frame), frame }))], easing: /** @type {Easing} */ ([x1, y1, ...ON_ITS_WAY]) };
  }
  const share = (last - before.frame) / (keys[kept.length].frame - before.frame);
  return { ...owner, keys: [...kept, { ...keyAt(last), frame: last }], easing: kept.length === 1 ? firstPart(owner.easing, share) : owner.easing };
}

/** The first `share` of an easing's time as an easing of its own. @param {Easing} easing @param {number} share 0-1 @returns {Easing} */
export function firstPart(easing, share) {
  const [x1, y1, x2, y2] = easingNumbers(easing);
  if (x1 === y1 && x2 === y2) return easing;
  let [low, high] = [0, 1];
  const x = (/** @type {number} */ t) => 3 * x1 * t * (1 - t) ** 2 + 3 * x2 * t * t * (1 - t) + t ** 3;
  for (let i = 0; i < 52; i++) {
    const middle = (low + high) / 2;
    if (x(middle) < share) low = middle;
    else high = middle;
  }
  // de Casteljau: the left part of a Bézier curve is one itself.
  const t = (low + high) / 2;
  const mid = (/** @type {number[]} */ a, /** @type {number[]} */ b) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
  const [a, b, c] = [mid([0, 0], [x1, y1]), mid([x1, y1], [x2, y2]), mid([x2, y2], [1, 1])];
  const [p, q] = [mid(a, b), mid(b, c)];
  const end = mid(p, q);
  if (Math.abs(end[1]) < 1e-9) return 'linear';
  return [clamp(a[0] / share, 0, 1), clamp(a[1] / end[1], -16, 16), clamp(p[0] / share, 0, 1), clamp(p[1] / end[1], -16, 16)];
}

/** @param {PathLayer} layer @param {Doc} doc @param {number} last @returns {PathLayer} */
function cutPath(layer, doc, last) {
  const line = pathPolyline(layer, doc);
  const start = Math.min(layer.start, last);
  if (line.total === 0) return { ...layer, start, end: last };
  const share = (last - layer.start) / (layer.end - layer.start);
  if (share <= 0) return waiting(layer, last);
  const numbers = easingNumbers(layer.easing);
  const q = easingFunction(layer.easing)(share);
  const s = arcFunction(layer, line)(q);
  // What turns back is told by where it is; so are the published rule's own speeds.
  if (layer.timing === 'published' || [numbers[1], numbers[3]].some((y) => y < 0 || y > 1)) return closest(layer, doc, last, SAMPLE_STEPS, (step) => asSampled(layer, doc, last, step));
  if (s < SAME_PX) return waiting(layer, last);
  const rest = { easing: firstPart(layer.easing, share), closed: false, end: last };
  // A curve bends otherwise once its last points are gone: more points hold its shape, and take the place of handles.
  const straight = layer.curve === 'straight' && !layer.handles;
  return closest(layer, doc, last, straight ? [1] : CURVE_PIECES, (pieces) => ({ ...unbent(layer), ...pointsUpTo(layer, doc, s, q, pieces), ...rest }));
}

/** The first that goes as the whole path went, to a pixel, else the last. @param {PathLayer} layer @param {Doc} doc @param {number} last @param {readonly number[]} tries @param {(tried: number) => PathLayer} make @returns {PathLayer} */
function closest(layer, doc, last, tries, make) {
  const whole = sampleLayer(layer, doc).xy;
  let made = layer;
  for (const tried of tries) {
    made = make(tried);
    const { xy } = sampleLayer(made, doc);
    let most = 0;
    for (let f = 0; f <= last; f++) most = Math.max(most, Math.hypot(xy[2 * f] - whole[2 * f], xy[2 * f + 1] - whole[2 * f + 1]));
    if (most <= CLOSE_PX) break;
  }
  return made;
}

/** Without Bezier handles: closer points go by themselves, and a corner stays one. @param {PathLayer} layer @returns {PathLayer} */
function unbent(layer) {
  if (!layer.handles) return layer;
  const { handles: _, ...rest } = layer;
  return { ...rest, curve: 'straight' };
}

/** One that has not set out when the clip ends: a point that stays. @param {PathLayer} layer @param {number} last @returns {PathLayer} */
function waiting(layer, last) {
  const unseen = layer.before === 'hide' && layer.start > 0 ? [/** @type {[number, number]} */ ([0, Math.min(last, layer.start - 1)])] : [];
  return { ...unbent(layer), points: [layer.points[0]], times: null, speeds: null, closed: false, start: 0, end: last, hidden: [...unseen, ...layer.hidden] };
}

/** Points, times and speeds up to an arc length. @param {PathLayer} layer @param {Doc} doc @param {number} s_px @param {number} q share of the path's time @param {number} pieces of each span */
function pointsUpTo(layer, doc, s_px, q, pieces) {
  const line = pathPolyline(layer, doc);
  const n = layer.points.length;
  const arcs = Array.from(line.knot, (k) => line.controlS[k]);
  const points = [...layer.points];
  let times = layer.times && [...layer.times];
  const speeds = layer.speeds?.map((v) => Math.max(0.1, v));
  if (layer.closed) {
    // The way back to the first point, as the rule for closed paths has it.
    if (times && times.length === n && arcs[n - 1] < line.total) times.push(1 + 1 / (n - 1));
    if (!times || times.length > n) [arcs[n], points[n]] = [line.total, points[0]];
    speeds?.push(speeds[0]);
    times = times && times.map((time) => time / (times?.at(-1) ?? 1));
  }
  /** @type {{points: XY[], times: number[], speeds: number[]}} */
  const out = { points: [points[0]], times: [0], speeds: speeds ? [speeds[0]] : [] };
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [arcs[i - 1], arcs[i]];
    // Where a hand rests, arc length stays and time goes on.
    const ends = times ? times[i] >= q : to >= s_px - SAME_PX;
    const until = ends ? s_px : to;
    const parts = until - from < 1 ? 1 : pieces;
    for (let k = 1; k <= parts; k++) {
      const whole = k === parts;
      const s = from + ((until - from) * k) / parts;
      const share = to > from ? (s - from) / (to - from) : 1;
      const xy = new Float64Array(2);
      positionAt(line, s, xy, 0);
      out.points.push(whole && !ends ? points[i] : [xy[0] / doc.size_wh[0], xy[1] / doc.size_wh[1]]);
      if (times) out.times.push((whole && ends ? q : times[i - 1] + (times[i] - times[i - 1]) * share) / q);
      if (speeds) out.speeds.push(speeds[i - 1] + (speeds[i] - speeds[i - 1]) * share);
    }
    if (ends) break;
  }
  if (times) out.times[out.times.length - 1] = 1;
  return { points: out.points, times: times && out.times, speeds: speeds ? out.speeds : null };
}

/** The same motion as places, every few frames. @param {PathLayer} layer @param {Doc} doc @param {number} last @param {number} step @returns {PathLayer} */
function asSampled(layer, doc, last, step) {
  const { xy } = sampleLayer(layer, doc);
  /** @type {number[]} */
  const frames = [];
  for (let f = layer.start; f < last; f += step) frames.push(f);
  frames.push(last);
  const points = frames.map((f) => /** @type {XY} */ ([xy[2 * f] / doc.size_wh[0], xy[2 * f + 1] / doc.size_wh[1]]));
  const times = frames.map((f) => (f - layer.start) / (last - layer.start));
  return { ...unbent(layer), points, times, speeds: null, curve: layer.curve === 'straight' || layer.handles ? 'straight' : 'catmull-rom', closed: false, timing: 'arc', easing: 'linear', end: last };
}
