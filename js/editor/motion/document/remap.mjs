// The same motion after a change of the video's size, crop, length or rate, or of the picture.

import { cropOn, makeFit, fitPoint, unfitPoint } from '../../geometry/fit.mjs';
import { makeDense } from './dense.mjs';
import { LIMITS } from './validate.mjs';
import { clamp } from './edit.mjs';
import { isUntouched, withMark } from './held.mjs';
import { mapLayer } from './transform.mjs';

/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {import('./types.mjs').Layer} Layer */
/** @typedef {import('./types.mjs').XY} XY */
/** @typedef {import('./types.mjs').FitMode} FitMode */
/** @typedef {import('../../geometry/fit.mjs').Crop} Crop */

/**
 * Points stay on the same spot of the picture: old 0-1 -> old crop -> picture -> new crop -> new 0-1. Without the picture's size they keep their 0-1. Frames keep
 * their seconds when fps changes; `stretch` spreads them over the new length instead.
 * @param {Doc} doc
 * @param {{size_wh?: [number, number], frames?: number, fps?: number, fit?: FitMode, picture_wh?: [number, number]|null, crop?: Crop|null, stretch?: boolean}} target without a crop the one there stays, unless the picture has other proportions now
 * @returns {Doc} the same object when nothing changes */
export function remapDocument(doc, target) {
  const size_wh = target.size_wh ?? doc.size_wh;
  const frames = target.frames ?? doc.frames;
  const fps = target.fps ?? doc.fps;
  const fit = target.fit ?? doc.fit;
  const picture_wh = target.picture_wh === undefined ? (doc.picture?.size_wh ?? null) : target.picture_wh;
  const samePicture = `${picture_wh}` === `${doc.picture?.size_wh ?? null}`;
  const crop = target.crop === undefined ? cropOn(doc, picture_wh) : target.crop;
  const sameCrop = `${crop}` === `${doc.crop ?? null}`;
  let after = doc;
  if (`${size_wh}` !== `${doc.size_wh}` || fit !== doc.fit || !samePicture || !sameCrop) {
    const move = placeMap(doc, size_wh, fit, picture_wh, crop);
    after = { ...(move ? moveAll(after, move) : after), size_wh: [size_wh[0], size_wh[1]], fit };
    if (crop) after.crop = crop;
    else delete after.crop;
    if (!samePicture && (doc.picture || picture_wh)) after.picture = { ref: null, ...doc.picture, ...(picture_wh ? { size_wh: picture_wh } : {}) };
  }
  if (frames !== doc.frames || fps !== doc.fps) {
    const factor = target.stretch ? (doc.frames > 1 ? (frames - 1) / (doc.frames - 1) : 1) : fps / doc.fps;
    after = { ...(factor === 1 ? after : retimeAll(after, factor)), frames, fps };
  }
  return after;
}

/** @param {Doc} doc @param {[number, number]} size_wh @param {FitMode} fit @param {XY|null} picture_wh @param {Crop|null} crop @returns {((p: XY) => XY)|null} null keeps 0-1 */
function placeMap(doc, size_wh, fit, picture_wh, crop) {
  const source = doc.picture?.size_wh;
  if (!source) return null;
  const target = picture_wh ?? source;
  // "area" stretches to a size of its own choosing; the size at hand is what the points belong to.
  const before = makeFit(doc.fit === 'area' ? 'stretch' : doc.fit, source, doc.size_wh, undefined, doc.crop);
  const after = makeFit(fit === 'area' ? 'stretch' : fit, target, size_wh, undefined, crop);
  return ([x, y]) => {
    const [px, py] = unfitPoint(before, [x * doc.size_wh[0], y * doc.size_wh[1]]);
    const [nx, ny] = fitPoint(after, [(px * target[0]) / source[0], (py * target[1]) / source[1]]);
    return [nx / size_wh[0], ny / size_wh[1]];
  };
}

/** @param {Doc} doc @param {(p: XY) => XY} move @returns {Doc} */
function moveAll(doc, move) {
  const zero = move([0, 0]);
  const one = move([1, 1]);
  /** @type {[number, number]} */
  const scale = [one[0] - zero[0], one[1] - zero[1]];
  if (zero.every((v) => Math.abs(v) < 1e-12) && scale.every((v) => Math.abs(v - 1) < 1e-12)) return doc;
  const camera = doc.camera && { ...doc.camera, keys: doc.camera.keys.map((k) => ({ ...k, truck: /** @type {XY} */ ([k.truck[0] * scale[0], k.truck[1] * scale[1]]) })) };
  return { ...doc, camera, layers: doc.layers.map((layer) => marked(layer, mapLayer(layer, move, { scale }))) };
}

/** The rest that was held and left alone still is, though it lies elsewhere. @param {Layer} before @param {Layer} after @returns {Layer} */
function marked(before, after) {
  return isUntouched(before) && after.type === 'anchors' ? withMark(after) : after;
}

/** @param {Doc} doc @param {number} factor @returns {Doc} */
function retimeAll(doc, factor) {
  const at = (/** @type {number} */ frame) => clamp(Math.round(frame * factor), 0, LIMITS.frame);
  const hidden = (/** @type {[number, number][]} */ list) => list.map(([a, b]) => /** @type {[number, number]} */ ([at(a), at(b)]));
  const layers = doc.layers.map((layer) => {
    if (layer.type === 'path') return { ...layer, start: at(layer.start), end: Math.max(at(layer.start), at(layer.end)), hidden: hidden(layer.hidden) };
    if (layer.type === 'region') return { ...layer, keys: retimeKeys(layer.keys, at), hidden: hidden(layer.hidden) };
    return layer.type === 'dense' ? { ...layer, tracks: retimeDense(layer.tracks, at) } : layer;
  });
  return { ...doc, layers, camera: doc.camera && { ...doc.camera, keys: retimeKeys(doc.camera.keys, at) } };
}

/** Positions linear, sight from the nearest frame. @param {import('./types.mjs').DenseTracks} tracks @param {(frame: number) => number} at @returns {import('./types.mjs').DenseTracks} */
function retimeDense(tracks, at) {
  const { frames: before, count, xy, visible } = tracks;
  const frames = Math.min(LIMITS.frames, at(before - 1) + 1);
  if (frames === before) return tracks;
  const out = { frames, count, xy: new Float64Array(frames * count * 2), visible: new Uint8Array(frames * count) };
  for (let f = 0; f < frames; f++) {
    const from = frames > 1 ? (f * (before - 1)) / (frames - 1) : 0;
    const low = Math.min(Math.floor(from), Math.max(0, before - 2));
    const high = Math.min(low + 1, before - 1);
    const near = Math.min(before - 1, Math.floor(from + 0.5));
    for (let i = 0; i < count * 2; i++) out.xy[f * count * 2 + i] = xy[low * count * 2 + i] + (xy[high * count * 2 + i] - xy[low * count * 2 + i]) * (from - low);
    for (let n = 0; n < count; n++) out.visible[f * count + n] = visible[near * count + n];
  }
  return makeDense(out);
}

/** Keys that come to lie on one frame: the later one stays. @template {{frame: number}} K @param {K[]} keys @param {(frame: number) => number} at @returns {K[]} */
function retimeKeys(keys, at) {
  const byFrame = new Map(keys.map((key) => [at(key.frame), { ...key, frame: at(key.frame) }]));
  return [...byFrame.values()].sort((a, b) => a.frame - b.frame);
}
