// Edits of motion: regions and their keys, camera keys, hidden intervals, timing bars, speeds.

import { applyAffine, similarity } from '../geometry/affine.mjs';
import { cameraKeyAt } from '../motion/evaluation/camera.mjs';
import { addLayer } from './layers.mjs';
import { bound, changeLayer, changeLayers, clamp } from '../motion/document/edit.mjs';
import { bounds } from '../geometry/points.mjs';
import { withKey } from '../motion/timing/keys.mjs';
import { encodeMask } from '../motion/document/mask.mjs';
import { regionKeyAt, regionOutline } from '../motion/evaluation/region.mjs';
import { mapLayer } from '../motion/document/transform.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../motion/document/types.mjs').CameraKey} CameraKey */

/** Region from an outline (lasso, polygon), 0-1; the pivot is its middle. @param {Doc} doc @param {XY[]} polygon @param {object} [fields] @returns {{doc: Doc, id: string}} */
export function addRegion(doc, polygon, fields = {}) {
  return addLayer(doc, { pivot: middleOf(polygon), easing: 'ease-in-out', curve: 'smooth', ...fields, type: 'region', polygon: polygon.map(([x, y]) => [bound(x), bound(y)]) });
}

/** Region from brushed pixels: data uint8 [rows*cols], nonzero is inside. @param {Doc} doc @param {{cols: number, rows: number, data: Uint8Array}} bitmap @param {object} [fields] @returns {{doc: Doc, id: string}} */
export function addRegionFromMask(doc, bitmap, fields = {}) {
  const mask = encodeMask(bitmap);
  const outline = regionOutline({ mask, polygon: null });
  if (outline.length === 0) throw new RangeError('nothing was brushed');
  return addLayer(doc, { pivot: middleOf(outline), easing: 'ease-in-out', curve: 'smooth', ...fields, type: 'region', mask });
}

/** The middle of the points' box: where a region turns unless somebody says otherwise. @param {XY[]} points @returns {XY} */
export function middleOf(points) {
  const box = bounds(points);
  return box ? [(box.left + box.right) / 2, (box.top + box.bottom) / 2] : [0.5, 0.5];
}

/** Set (merge into) a region's key at a frame; the first key away from frame 0 brings a resting key at 0. @param {Doc} doc @param {string} id @param {number} frame @param {Partial<RegionKey>} value @returns {Doc} */
export function setRegionKey(doc, id, frame, value) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'region') return layer;
    const at = Math.max(0, Math.round(frame));
    const key = { ...regionKeyAt(layer, at), ...value, frame: at };
    key.offset = [bound(key.offset[0]), bound(key.offset[1])];
    key.scale = clamp(key.scale, 0.01, 100);
    const keys = layer.keys.length === 0 && at > 0 ? [{ frame: 0, offset: /** @type {XY} */ ([0, 0]), rotate: 0, scale: 1 }] : layer.keys;
    return { ...layer, keys: withKey(keys, key) };
  });
}

/** Drag what is shown at a frame. At frame 0 the region itself moves: what it takes from the picture. @param {Doc} doc @param {string} id @param {number} frame @param {number} dx 0-1 @param {number} dy @returns {Doc} */
export function dragRegion(doc, id, frame, dx, dy) {
  const layer = regionById(doc, id);
  if (!layer || (dx === 0 && dy === 0)) return doc;
  if (Math.round(frame) <= 0) return changeLayer(doc, id, (l) => mapLayer(l, ([x, y]) => [x + dx, y + dy]));
  const { offset } = regionKeyAt(layer, frame);
  return setRegionKey(doc, id, frame, { offset: [offset[0] + dx, offset[1] + dy] });
}

/** Degrees are added, clockwise on screen. At frame 0 the outline itself turns (a brushed one cannot). @param {Doc} doc @param {string} id @param {number} frame @param {number} degrees @returns {Doc} */
export function rotateRegion(doc, id, frame, degrees) {
  const layer = regionById(doc, id);
  if (!layer || degrees === 0) return doc;
  if (Math.round(frame) <= 0) return turnOutline(doc, layer, degrees, 1);
  return setRegionKey(doc, id, frame, { rotate: regionKeyAt(layer, frame).rotate + degrees });
}

/** The factor multiplies the size shown at the frame. @param {Doc} doc @param {string} id @param {number} frame @param {number} factor @returns {Doc} */
export function scaleRegion(doc, id, frame, factor) {
  const layer = regionById(doc, id);
  if (!layer || factor === 1 || !(factor > 0)) return doc;
  if (Math.round(frame) <= 0) return turnOutline(doc, layer, 0, factor);
  return setRegionKey(doc, id, frame, { scale: regionKeyAt(layer, frame).scale * factor });
}

/** @param {Doc} doc @param {RegionLayer} layer @param {number} degrees @param {number} factor @returns {Doc} */
function turnOutline(doc, layer, degrees, factor) {
  const { polygon } = layer;
  if (layer.mask || !polygon) return doc;
  const [width, height] = doc.size_wh;
  const turn = similarity([layer.pivot[0] * width, layer.pivot[1] * height], factor, degrees, [0, 0]);
  const turned = polygon.map(([x, y]) => {
    const [tx, ty] = applyAffine(turn, [x * width, y * height]);
    return /** @type {XY} */ ([bound(tx / width), bound(ty / height)]);
  });
  return changeLayer(doc, layer.id, () => ({ ...layer, polygon: turned }));
}

/** @param {Doc} doc @param {string} id @returns {RegionLayer|null} */
function regionById(doc, id) {
  const layer = doc.layers.find((l) => l.id === id);
  return layer?.type === 'region' && !layer.locked ? layer : null;
}

/** Move a region's pivot; offsets follow, so that at every key the points stay where they are. @param {Doc} doc @param {string} id @param {XY} pivot @returns {Doc} */
export function setPivot(doc, id, pivot) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'region') return layer;
    const [width, height] = doc.size_wh;
    const to = /** @type {XY} */ ([bound(pivot[0]), bound(pivot[1])]);
    const moved = /** @type {XY} */ ([(layer.pivot[0] - to[0]) * width, (layer.pivot[1] - to[1]) * height]);
    const keys = layer.keys.map((/** @type {RegionKey} */ key) => {
      const turned = applyAffine(similarity([0, 0], key.scale, key.rotate, [0, 0]), moved);
      return { ...key, offset: /** @type {XY} */ ([bound(key.offset[0] + (moved[0] - turned[0]) / width), bound(key.offset[1] + (moved[1] - turned[1]) / height)]) };
    });
    return { ...layer, pivot: to, keys };
  });
}

/** Set (merge into) the camera's key at a frame; the first key away from frame 0 brings a resting key at 0. @param {Doc} doc @param {number} frame @param {Partial<CameraKey>} value @returns {Doc} */
export function setCameraKey(doc, frame, value) {
  const camera = doc.camera ?? { keys: [], easing: /** @type {const} */ ('ease-in-out') };
  const at = Math.max(0, Math.round(frame));
  const key = { ...cameraKeyAt(camera, at), ...value, frame: at };
  key.truck = [bound(key.truck[0]), bound(key.truck[1])];
  key.zoom = clamp(key.zoom, 0.05, 20);
  const rest = camera.keys.length === 0 && at > 0 ? [{ frame: 0, truck: /** @type {XY} */ ([0, 0]), zoom: 1, roll: 0 }] : camera.keys;
  return { ...doc, camera: { ...camera, keys: withKey(rest, key) } };
}

/** The keys of an owner through a change of their frames. @param {Doc} doc @param {string} owner "camera" or a region's id @param {<K extends {frame: number}>(keys: K[]) => K[]} change @returns {Doc} */
function changeKeys(doc, owner, change) {
  if (owner !== 'camera') return changeLayer(doc, owner, (layer) => (layer.type === 'region' ? { ...layer, keys: change(layer.keys) } : layer));
  if (!doc.camera) return doc;
  const keys = change(doc.camera.keys);
  return { ...doc, camera: keys.length ? { ...doc.camera, keys } : null };
}

/** @param {Doc} doc @param {"camera"|string} owner @param {number} frame @returns {Doc} */
export function deleteKey(doc, owner, frame) {
  return changeKeys(doc, owner, (keys) => keys.filter((k) => k.frame !== frame));
}

/** A key dragged along the timeline; one that is there already is replaced. @param {Doc} doc @param {"camera"|string} owner @param {number} from @param {number} to @returns {Doc} */
export function moveKey(doc, owner, from, to) {
  const at = clamp(Math.round(to), 0, doc.frames - 1);
  return changeKeys(doc, owner, (keys) => {
    const key = keys.find((k) => k.frame === from);
    return key ? withKey(keys.filter((k) => k !== key), { ...key, frame: at }) : keys;
  });
}

/** Hide from a frame to the end, or show again where it is hidden there. @param {Doc} doc @param {string[]} ids @param {number} frame @returns {Doc} */
export function toggleHiddenFrom(doc, ids, frame) {
  const chosen = new Set(ids);
  return changeLayers(doc, (layer) => {
    if (!chosen.has(layer.id) || !('hidden' in layer)) return layer;
    const here = layer.hidden.find(([a, b]) => frame >= a && frame <= b);
    return here ? hiddenFor(layer, frame, layer.hidden.reduce((last, [, b]) => Math.max(last, b), frame), false) : hiddenFor(layer, frame, doc.frames - 1, true);
  });
}

/** Hide or show a stretch of frames, both ends included; intervals stay sorted and apart. @param {Doc} doc @param {string} id @param {number} first @param {number} last @param {boolean} hide @returns {Doc} */
export function setHidden(doc, id, first, last, hide) {
  return changeLayer(doc, id, (layer) => hiddenFor(layer, first, last, hide));
}

/** @template {import('../motion/document/types.mjs').Layer} L @param {L} layer @param {number} first @param {number} last @param {boolean} hide @returns {L} */
function hiddenFor(layer, first, last, hide) {
  if (!('hidden' in layer)) return layer;
  const from = Math.max(0, Math.round(Math.min(first, last)));
  const to = Math.max(0, Math.round(Math.max(first, last)));
  const cut = layer.hidden.flatMap(([a, b]) => /** @type {[number, number][]} */ ([[a, Math.min(b, from - 1)], [Math.max(a, to + 1), b]]).filter(([x, y]) => x <= y));
  return { ...layer, hidden: mergeIntervals(hide ? [...cut, [from, to]] : cut) };
}

/** @param {[number, number][]} intervals @returns {[number, number][]} */
export function mergeIntervals(intervals) {
  /** @type {[number, number][]} */
  const merged = [];
  for (const [a, b] of [...intervals].sort((x, y) => x[0] - y[0])) {
    const last = merged[merged.length - 1];
    if (last && a <= last[1] + 1) last[1] = Math.max(last[1], b);
    else merged.push([a, b]);
  }
  return merged;
}

/** Timing bar of a path or a region: drag its body, or an end. Frames are rounded, the bar stays in the clip. @param {Doc} doc @param {string|readonly string[]} id @param {"body"|"start"|"end"} part @param {number} frames moved by @returns {Doc} */
export function dragBar(doc, id, part, frames) {
  const chosen = new Set(typeof id === 'string' ? [id] : id);
  const end = doc.frames - 1;
  return changeLayers(doc, (layer) => (chosen.has(layer.id) && !layer.locked ? barDragged(layer, part, Math.round(frames), end) : layer));
}

/** @template {import('../motion/document/types.mjs').Layer} L @param {L} layer @param {"start"|"end"|"body"} part @param {number} by frames @param {number} last frame of the clip @returns {L} */
function barDragged(layer, part, by, last) {
  const bar = barOf(layer);
  if (!bar) return layer;
  if (part === 'start') return timed(layer, clamp(bar.start + by, 0, bar.end), bar.end);
  if (part === 'end') return timed(layer, bar.start, clamp(bar.end + by, bar.start, Math.max(last, bar.end)));
  const start = clamp(bar.start + by, 0, Math.max(bar.start, last - (bar.end - bar.start), 0));
  const shift = start - bar.start;
  const moved = timed(layer, start, bar.end + shift);
  return 'hidden' in moved ? { ...moved, hidden: mergeIntervals(moved.hidden.map(([a, b]) => [Math.max(0, a + shift), Math.max(0, b + shift)])) } : moved;
}

/** First and last frame of a layer's motion, null where it has none. @param {import('../motion/document/types.mjs').Layer} layer @returns {{start: number, end: number}|null} */
export function barOf(layer) {
  if (layer.type === 'path') return { start: layer.start, end: layer.end };
  if (layer.type === 'region' && layer.keys.length > 1) return { start: layer.keys[0].frame, end: layer.keys[layer.keys.length - 1].frame };
  return null;
}

/** A path's start and end; a region's keys are spread between them. @param {Doc} doc @param {string} id @param {number} start @param {number} end @returns {Doc} */
export function setTiming(doc, id, start, end) {
  return changeLayer(doc, id, (layer) => timed(layer, start, end));
}

/** @template {import('../motion/document/types.mjs').Layer} L @param {L} layer @param {number} start @param {number} end @returns {L} */
function timed(layer, start, end) {
  const first = Math.max(0, Math.round(start));
  const last = Math.max(first, Math.round(end));
  const bar = barOf(layer);
  if (!bar || (bar.start === first && bar.end === last)) return layer;
  if (layer.type === 'path') return { ...layer, start: first, end: last };
  if (layer.type !== 'region' || last - first < layer.keys.length - 1) return layer;
  const factor = (last - first) / (bar.end - bar.start);
  /** @type {RegionKey[]} */
  const keys = [];
  for (const key of layer.keys) {
    const at = Math.round(first + (key.frame - bar.start) * factor);
    const rest = layer.keys.length - 1 - keys.length;
    keys.push({ ...key, frame: clamp(at, keys.length ? keys[keys.length - 1].frame + 1 : first, last - rest) });
  }
  return { ...layer, keys };
}

/** Speed at one point of a path, at least 0.1. @param {Doc} doc @param {string} id @param {number} index @param {number} speed @returns {Doc} */
export function setSpeed(doc, id, index, speed) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'path' || !layer.points[index]) return layer;
    const speeds = layer.points.map((/** @type {XY} */ _, /** @type {number} */ i) => (i === index ? clamp(speed, 0.1, 100) : (layer.speeds?.[i] ?? 1)));
    return { ...layer, speeds, times: null };
  });
}
