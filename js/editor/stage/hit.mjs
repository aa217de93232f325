// What is under the pointer. Everything is tested in scene space, as at frame 0: paths and anchors stand still on the canvas, regions where they are at `frame`.

import { applyAffine, invert } from '../geometry/affine.mjs';
import { nearestOnSegment } from '../geometry/points.mjs';
import { PIECES } from '../motion/timing/curves.mjs';
import { insideRegion, regionAffine } from '../motion/evaluation/region.mjs';
import { firstPositions, outlineAt, pathHandles, regionHandles } from './handles/handles.mjs';
import { pathPolyline, sampleLayer } from '../motion/evaluation/evaluate.mjs';
import { docFromScreen } from '../geometry/view.mjs';

export { regionHandles } from './handles/handles.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */
/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').Hit} Hit */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').Selection} Selection */
/**
 * @typedef {object} HitOptions
 * @property {number} [tolerance_px] CSS px; 8 for a mouse, 22 for a finger (44-px targets)
 * @property {Selection|null} [selection]
 * @property {Hit|null} [cycle] the hit that is selected: the next one below it is returned
 * @property {number} [frame] where regions are shown, default 0
 */
/** @typedef {{hit: Hit, rank: number, distance: number, layer: number}} Candidate */

const RANK = { handle: 0, selected: 1, point: 2, path: 3, region: 4 };

/** All hits, best first. Layers that are hidden or locked are passed over. @param {Doc} doc @param {Sampled|null} sampled not needed, kept for callers that have it @param {View} view @param {XY} screen_xy @param {HitOptions} [options] @returns {Hit[]} */
export function hitTestAll(doc, sampled, view, screen_xy, options = {}) {
  const { tolerance_px = 8, selection = null, frame = 0 } = options;
  const at = docFromScreen(view, screen_xy);
  const reach = tolerance_px / view.scale;
  /** @type {Candidate[]} */
  const found = [];
  if (!at.every(Number.isFinite)) return [];
  const selectedPoints = new Set((selection?.points ?? []).map((p) => `${p.index} ${p.layer}`));
  const selectedLayers = new Set(selection?.layers ?? []);
  doc.layers.forEach((layer, order) => {
    if (!layer.visible || layer.locked) return;
    const add = (/** @type {Hit} */ hit, /** @type {number} */ rank, /** @type {number} */ distance) => found.push({ hit, rank, distance, layer: order });
    if (layer.type === 'path' || layer.type === 'anchors') {
      const [width, height] = doc.size_wh;
      for (let i = 0; i < layer.points.length; i++) {
        const distance = Math.hypot(layer.points[i][0] * width - at[0], layer.points[i][1] * height - at[1]);
        if (distance <= reach) add({ kind: 'point', layer: layer.id, index: i }, selectedPoints.has(`${i} ${layer.id}`) ? RANK.selected : RANK.point, distance);
      }
    }
    if (layer.type === 'path') {
      for (const { handle, index, xy } of pathHandles(layer, doc, view, selection)) {
        const distance = Math.hypot(xy[0] - screen_xy[0], xy[1] - screen_xy[1]);
        if (distance <= tolerance_px) add({ kind: 'handle', layer: layer.id, handle, index }, RANK.handle, distance);
      }
      const near = nearestOnPath(layer, doc, at, reach);
      if (near) add({ kind: 'path', layer: layer.id, ...near.hit }, RANK.path, near.distance);
    } else if (layer.type === 'dense') {
      const near = nearestTrack(layer, doc, at, reach);
      if (near) add({ kind: 'dense', layer: layer.id, index: near.index }, RANK.path, near.distance);
    } else if (layer.type === 'region') {
      if (selectedLayers.has(layer.id)) {
        for (const { handle, xy } of regionHandles(layer, doc, view, frame)) {
          const distance = Math.hypot(xy[0] - screen_xy[0], xy[1] - screen_xy[1]);
          if (distance <= tolerance_px) add({ kind: 'handle', layer: layer.id, handle }, RANK.handle, distance);
        }
      }
      if (onRegion(layer, doc, at, frame)) add({ kind: 'region', layer: layer.id }, RANK.region, 0);
    }
  });
  // Nearest first, but what lies within half a pixel counts as equal, and then the one in front comes first.
  const half = 0.5 / view.scale;
  found.sort((a, b) => a.rank - b.rank || (Math.abs(a.distance - b.distance) > half ? a.distance - b.distance : b.layer - a.layer));
  return found.map((c) => c.hit);
}

/** Order: handle > selected point > any point > path > region. With `cycle`, the next one below that hit. @param {Doc} doc @param {Sampled|null} sampled @param {View} view @param {XY} screen_xy @param {HitOptions} [options] @returns {Hit|null} */
export function hitTest(doc, sampled, view, screen_xy, options = {}) {
  const all = hitTestAll(doc, sampled, view, screen_xy, options);
  if (all.length === 0) return null;
  const at = options.cycle ? all.findIndex((hit) => sameHit(hit, options.cycle ?? null)) : -1;
  return all[(at + 1) % all.length];
}

/** @param {Hit|null} a @param {Hit|null} b @returns {boolean} */
export function sameHit(a, b) {
  if (!a || !b) return a === b;
  return a.kind === b.kind && a.layer === b.layer && a.handle === b.handle && (a.kind === 'path' || a.index === b.index);
}

/** @type {WeakMap<object, Float64Array>} boxes [spans*4] of a polyline: left, top, right, bottom of every 64 pieces */
const boxes = new WeakMap();

/** @param {Float64Array} xy @returns {Float64Array} */
function boxesOf(xy) {
  let kept = boxes.get(xy);
  if (!kept) {
    const spans = Math.floor((xy.length / 2 - 1) / PIECES);
    kept = new Float64Array(spans * 4);
    for (let k = 0; k < spans; k++) {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 2 * k * PIECES; i <= 2 * (k + 1) * PIECES; i += 2) {
        left = Math.min(left, xy[i]);
        right = Math.max(right, xy[i]);
        top = Math.min(top, xy[i + 1]);
        bottom = Math.max(bottom, xy[i + 1]);
      }
      kept.set([left, top, right, bottom], 4 * k);
    }
    boxes.set(xy, kept);
  }
  return kept;
}

/** @param {PathLayer} layer @param {Doc} doc @param {XY} at @param {number} reach @returns {{hit: {span: number, s_px: number, xy: XY}, distance: number}|null} */
function nearestOnPath(layer, doc, at, reach) {
  const line = pathPolyline(layer, doc);
  if (line.total === 0) return null;
  const box = boxesOf(line.xy);
  let best = null;
  for (let k = 0; k < box.length / 4; k++) {
    // A thousand paths have a quarter of a million pieces; most spans are nowhere near.
    if (at[0] < box[4 * k] - reach || at[0] > box[4 * k + 2] + reach || at[1] < box[4 * k + 1] - reach || at[1] > box[4 * k + 3] + reach) continue;
    for (let i = 2 * k * PIECES; i < 2 * (k + 1) * PIECES; i += 2) {
      if (Math.min(line.xy[i], line.xy[i + 2]) - reach > at[0] || Math.max(line.xy[i], line.xy[i + 2]) + reach < at[0]) continue;
      const near = nearestOnSegment(at, line.xy[i], line.xy[i + 1], line.xy[i + 2], line.xy[i + 3]);
      if (near.distance <= (best?.near.distance ?? reach)) best = { near, vertex: i / 2 };
    }
  }
  if (!best) return null;
  const { near, vertex } = best;
  // Coincident points are one on the curve: a new point goes after the last of them.
  const after = line.controlIndex[Math.floor(vertex / PIECES) + 1];
  const span = after > 0 ? after - 1 : layer.points.length - 1;
  const s_px = line.s[vertex] + (line.s[vertex + 1] - line.s[vertex]) * near.part;
  return { hit: { span, s_px, xy: [near.x, near.y] }, distance: near.distance };
}

/** @type {WeakMap<Layer, {key: string, tracks: import('../motion/document/types.mjs').LayerTracks}>} */
const denseTracks = new WeakMap();

/** @param {import('../motion/document/types.mjs').DenseLayer} layer @param {Doc} doc @param {XY} at @param {number} reach */
function nearestTrack(layer, doc, at, reach) {
  const key = `${doc.size_wh} ${doc.frames}`;
  let kept = denseTracks.get(layer);
  if (kept?.key !== key) {
    kept = { key, tracks: sampleLayer(layer, doc) };
    denseTracks.set(layer, kept);
  }
  const { frames, count, xy } = kept.tracks;
  let best = null;
  for (let n = 0; n < count; n++) {
    for (let f = 0; f < frames; f++) {
      const i = (f * count + n) * 2;
      const j = (Math.min(f + 1, frames - 1) * count + n) * 2;
      const { distance } = nearestOnSegment(at, xy[i], xy[i + 1], xy[j], xy[j + 1]);
      if (distance <= (best?.distance ?? reach)) best = { index: n, distance };
    }
  }
  return best;
}

/** @param {RegionLayer} layer @param {Doc} doc @param {XY} at @param {number} frame */
function onRegion(layer, doc, at, frame) {
  const [x, y] = applyAffine(invert(regionAffine(layer, doc, frame)), at);
  return insideRegion(layer, [x / doc.size_wh[0], y / doc.size_wh[1]]);
}

/**
 * What a rectangle (screen px, any corner order) selects: points inside, and layers whose every point (regions: outline; dense: every start) is inside.
 * @param {Doc} doc @param {View} view @param {XY} a @param {XY} b @param {{frame?: number}} [options] @returns {Selection} */
export function marquee(doc, view, a, b, { frame = 0 } = {}) {
  const [p, q] = [docFromScreen(view, a), docFromScreen(view, b)];
  const [left, right, top, bottom] = [Math.min(p[0], q[0]), Math.max(p[0], q[0]), Math.min(p[1], q[1]), Math.max(p[1], q[1])];
  const inside = (/** @type {ArrayLike<number>} */ xy) => xy[0] >= left && xy[0] <= right && xy[1] >= top && xy[1] <= bottom;
  /** @type {Selection} */
  const selection = { layers: [], points: [] };
  for (const layer of doc.layers) {
    if (!layer.visible || layer.locked) continue;
    if (layer.type === 'path' || layer.type === 'anchors') {
      const hits = layer.points.flatMap(([x, y], index) => (inside([x * doc.size_wh[0], y * doc.size_wh[1]]) ? [{ layer: layer.id, index }] : []));
      for (const hit of hits) selection.points.push(hit);
      if (hits.length > 0 && hits.length === layer.points.length) selection.layers.push(layer.id);
    } else {
      const points = layer.type === 'region' ? outlineAt(layer, doc, frame) : firstPositions(layer, doc);
      if (points.length > 0 && points.every(inside)) selection.layers.push(layer.id);
    }
  }
  return selection;
}
