// A document's tracks: a preview of what Python computes, held equal by shared cases.

import { applyAffine, invert } from '../../geometry/affine.mjs';
import { cameraAffines, isStill } from './camera.mjs';
import { regionAffines, regionPoints } from './region.mjs';
import { arcFunction, easedProgress, pathLine, positionAt, publishedRow } from '../timing/path.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').Layer} Layer */
/** @typedef {import('../document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../document/types.mjs').Sampled} Sampled */
/** @typedef {import('../document/types.mjs').LayerTracks} LayerTracks */
/** @typedef {import('../timing/path.mjs').Line} Polyline */

/** @param {Doc} doc @returns {Sampled} */
export function sampleDocument(doc) {
  return createSampler().sample(doc);
}

/** Places in the scene, as frame 0 shows it: the camera is taken away, and what is pinned to the screen goes over the scene as the camera passes it. @param {Doc} doc @returns {Sampled} */
export function sampleScene(doc) {
  const scene = sampleDocument({ ...doc, camera: null });
  if (isStill(doc) || !doc.layers.some((layer) => layer.pinned)) return scene;
  const back = cameraTable(doc).map(invert);
  doc.layers.forEach((layer, i) => {
    if (layer.pinned && scene.first[i + 1] > scene.first[i]) place(sampleLayer(layer, doc), scene, scene.first[i], back, doc.size_wh);
  });
  return scene;
}

/** One layer in scene space (no camera), whether its eye is open or not. @param {Layer} layer @param {Doc} doc @returns {LayerTracks} */
export function sampleLayer(layer, doc) {
  if (layer.type === 'path') return samplePath(layer, doc);
  if (layer.type === 'anchors') return still(layer.points.map(([x, y]) => [x * doc.size_wh[0], y * doc.size_wh[1]]), doc.frames);
  if (layer.type === 'region') return sampleRegion(layer, doc);
  return sampleDense(layer, doc);
}

/** @type {WeakMap<PathLayer, {key: string, line: Polyline}>} */
const lines = new WeakMap();

/** The path's curve in doc px, no camera. Kept until the layer's object or the size changes. @param {PathLayer} layer @param {Doc} doc @returns {Polyline} */
export function pathPolyline(layer, doc) {
  const key = `${doc.size_wh}`;
  const kept = lines.get(layer);
  if (kept?.key === key) return kept.line;
  const line = pathLine(layer, doc);
  lines.set(layer, { key, line });
  return line;
}

/** Frame (a fraction between frames) at which the path first reaches arc length s_px. @param {PathLayer} layer @param {Doc} doc @param {number} s_px @returns {number} */
export function frameAtArc(layer, doc, s_px) {
  const line = pathPolyline(layer, doc);
  if (layer.timing === 'published' || line.total === 0 || layer.end <= layer.start) {
    return layer.start + (layer.end - layer.start) * (line.total > 0 ? Math.min(1, Math.max(0, s_px / line.total)) : 0);
  }
  const arc = arcFunction(layer, line);
  const eased = easedProgress(layer);
  // Closed forms exist per timing, but one scan and a bisection serve them all, overshooting easings too.
  let before = layer.start;
  for (let frame = layer.start; frame <= layer.end; frame++) {
    if (arc(eased(frame)) >= s_px) {
      let after = frame;
      for (let i = 0; i < 40; i++) {
        const middle = (before + after) / 2;
        if (arc(eased(middle)) >= s_px) after = middle;
        else before = middle;
      }
      return after;
    }
    before = frame;
  }
  return layer.end;
}

/** @param {PathLayer} layer @param {Doc} doc @returns {LayerTracks} */
function samplePath(layer, doc) {
  const { frames } = doc;
  const { start, end } = layer;
  const line = pathPolyline(layer, doc);
  const xy = new Float64Array(2 * frames);
  if (line.total === 0) {
    for (let f = 0; f < frames; f++) xy.set(line.xy.subarray(0, 2), 2 * f);
  } else if (layer.timing === 'published' && end > start) {
    const row = publishedRow(layer, line, end - start + 1);
    for (let f = 0; f < frames; f++) {
      const at = 2 * Math.min(Math.max(f - start, 0), end - start);
      xy.set(row.subarray(at, at + 2), 2 * f);
    }
  } else {
    const published = layer.timing === 'published';
    const arc = arcFunction(layer, line);
    const eased = easedProgress(layer);
    for (let f = 0; f < frames; f++) positionAt(line, published ? (f >= start ? line.total : 0) : arc(eased(f)), xy, 2 * f);
  }
  const visible = new Uint8Array(frames).fill(1);
  if (layer.before === 'hide') visible.fill(0, 0, Math.min(frames, start));
  if (layer.after === 'hide') visible.fill(0, Math.min(frames, end + 1));
  hide(visible, layer.hidden, 1);
  return { frames, count: 1, xy, visible };
}

/** @param {import('../document/types.mjs').RegionLayer} layer @param {Doc} doc @returns {LayerTracks} */
function sampleRegion(layer, doc) {
  const points = regionPoints(layer, doc);
  const count = points.length / 2;
  const xy = new Float64Array(doc.frames * points.length);
  const affineAt = regionAffines(layer, doc);
  for (let f = 0; f < doc.frames; f++) {
    const m = affineAt(f);
    for (let n = 0; n < count; n++) {
      const x = points[2 * n];
      const y = points[2 * n + 1];
      const at = (f * count + n) * 2;
      xy[at] = m.a * x + m.c * y + m.e;
      xy[at + 1] = m.b * x + m.d * y + m.f;
    }
  }
  const visible = new Uint8Array(doc.frames * count).fill(1);
  hide(visible, layer.hidden, count);
  return { frames: doc.frames, count, xy, visible };
}

/** @param {import('../document/types.mjs').DenseLayer} layer @param {Doc} doc @returns {LayerTracks} */
function sampleDense(layer, doc) {
  const { tracks } = layer;
  const { count } = tracks;
  const xy = new Float64Array(doc.frames * count * 2);
  const visible = new Uint8Array(doc.frames * count);
  for (let f = 0; f < doc.frames; f++) {
    const from = Math.min(f, tracks.frames - 1) * count;
    for (let n = 0; n < count; n++) {
      xy[(f * count + n) * 2] = tracks.xy[(from + n) * 2] * doc.size_wh[0];
      xy[(f * count + n) * 2 + 1] = tracks.xy[(from + n) * 2 + 1] * doc.size_wh[1];
      visible[f * count + n] = tracks.visible[from + n];
    }
  }
  return { frames: doc.frames, count, xy, visible };
}

/** @param {number[][]} points_px @param {number} frames @returns {LayerTracks} */
function still(points_px, frames) {
  const row = Float64Array.from(points_px.flat());
  const xy = new Float64Array(frames * row.length);
  for (let f = 0; f < frames; f++) xy.set(row, f * row.length);
  return { frames, count: points_px.length, xy, visible: new Uint8Array(frames * points_px.length).fill(1) };
}

/** @param {Uint8Array} visible [frames*count] @param {[number, number][]} hidden @param {number} count */
function hide(visible, hidden, count) {
  for (const [first, last] of hidden) visible.fill(0, Math.min(visible.length, first * count), Math.min(visible.length, (last + 1) * count));
}

/**
 * Re-samples only layers whose object changed: edits share the others. The returned arrays are reused by the next call when the layout is unchanged, so
 * a caller that keeps a result copies it. `changed` lists the indexes into doc.layers that this call sampled; `dropped` counts tracks above the limit.
 * @returns {{sample(doc: Doc): Sampled & {changed: number[], dropped: number}}} */
export function createSampler() {
  // Only the layers of the last document: undo keeps every old layer alive, and its tracks must not live on with it.
  /** @type {Map<Layer, {key: string, tracks: LayerTracks}>} */
  let memo = new Map();
  /** @type {typeof memo} */
  let next = new Map();
  /** @type {(Sampled & {changed: number[], dropped: number})|null} */
  let last = null;
  /** @type {Doc|null} */
  let lastDoc = null;

  /** @param {Layer} layer @param {Doc} doc @returns {LayerTracks} */
  function tracksOf(layer, doc) {
    const key = `${doc.size_wh} ${doc.frames}`;
    const kept = memo.get(layer);
    const entry = kept?.key === key ? kept : { key, tracks: sampleLayer(layer, doc) };
    next.set(layer, entry);
    return entry.tracks;
  }

  return {
    sample(doc) {
      let count = 0;
      let dropped = 0;
      const first = new Int32Array(doc.layers.length + 1);
      const parts = doc.layers.map((layer, i) => {
        first[i] = count;
        if (!layer.visible) return null;
        const tracks = tracksOf(layer, doc);
        if (count + tracks.count > LIMITS.tracks || (count + tracks.count) * doc.frames > LIMITS.samples) {
          dropped += tracks.count;
          return null;
        }
        count += tracks.count;
        return tracks;
      });
      first[doc.layers.length] = count;
      [memo, next] = [next, new Map()];
      const sameLayout = last !== null && lastDoc !== null && last.count === count && last.frames === doc.frames && sameArray(last.first, first);
      const sameFrame = sameLayout && lastDoc !== null && `${lastDoc.size_wh}` === `${doc.size_wh}` && lastDoc.camera === doc.camera;
      const out = sameLayout && last ? last : { frames: doc.frames, count, xy: new Float32Array(doc.frames * count * 2), visible: new Uint8Array(doc.frames * count), layerOf: new Int32Array(count), first, changed: [], dropped };
      out.changed = [];
      out.dropped = dropped;
      const camera = isStill(doc) ? null : cameraTable(doc);
      parts.forEach((tracks, i) => {
        if (sameFrame && lastDoc?.layers[i] === doc.layers[i]) return;
        out.changed.push(i);
        if (!tracks) return;
        out.layerOf.fill(i, first[i], first[i] + tracks.count);
        place(tracks, out, first[i], doc.layers[i].pinned ? null : camera, doc.size_wh);
      });
      last = out;
      lastDoc = doc;
      return out;
    },
  };
}

/** @param {Doc} doc @returns {import('../../geometry/affine.mjs').Affine[]} */
function cameraTable(doc) {
  const at = cameraAffines(doc);
  return Array.from({ length: doc.frames }, (_, f) => at(f));
}

/** A layer's tracks into their columns, through the camera. @param {LayerTracks} tracks @param {Sampled} out @param {number} column @param {import('../../geometry/affine.mjs').Affine[]|null} camera @param {[number, number]} size_wh */
function place(tracks, out, column, camera, size_wh) {
  const { count } = tracks;
  const edge = [Math.fround(size_wh[0]), Math.fround(size_wh[1])];
  // Exactly on the right or bottom border is the last position inside.
  const inner = edge.map(below);
  for (let f = 0; f < tracks.frames; f++) {
    const to = f * out.count + column;
    for (let n = 0; n < count; n++) {
      let x = tracks.xy[(f * count + n) * 2];
      let y = tracks.xy[(f * count + n) * 2 + 1];
      if (camera) [x, y] = applyAffine(camera[f], [x, y]);
      x = Math.fround(x);
      y = Math.fround(y);
      out.xy[(to + n) * 2] = x === edge[0] ? inner[0] : x;
      out.xy[(to + n) * 2 + 1] = y === edge[1] ? inner[1] : y;
      out.visible[to + n] = tracks.visible[f * count + n];
    }
  }
}

/** The next smaller float32 of a positive number. @param {number} value */
export function below(value) {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] -= 1;
  return new Float32Array(bits.buffer)[0];
}

/** @param {Int32Array} a @param {Int32Array} b */
function sameArray(a, b) {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}
