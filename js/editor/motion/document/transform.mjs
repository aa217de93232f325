// A whole layer through a map of 0-1 positions: points, outlines, masks, keys and dense tracks alike.

import { makeDense } from './dense.mjs';
import { bound } from './edit.mjs';
import { decodeMask, encodeMask } from './mask.mjs';

/** @typedef {import('./types.mjs').Layer} Layer */
/** @typedef {import('./types.mjs').XY} XY */
/** @typedef {import('./types.mjs').Handle} Handle */

/**
 * @param {Layer} layer
 * @param {(point: XY) => XY} move axis by axis (a move, a mirror, a new crop): x' depends on x alone
 * @param {{flip?: [number, number], scale?: [number, number]}} [options] how a region's offsets follow: signs, and lengths
 * @returns {Layer} */
export function mapLayer(layer, move, { flip = [1, 1], scale = [1, 1] } = {}) {
  const at = (/** @type {XY} */ p) => {
    const [x, y] = move(p);
    return /** @type {XY} */ ([bound(x), bound(y)]);
  };
  if (layer.type === 'anchors') return { ...layer, points: layer.points.map(at) };
  if (layer.type === 'path') return { ...layer, points: layer.points.map(at), ...(layer.handles && { handles: layer.handles.map((handle, i) => handle && mapHandle(handle, layer.points[i], move)) }) };
  if (layer.type === 'region') {
    const mirrored = flip[0] * flip[1] < 0;
    return {
      ...layer,
      polygon: layer.polygon && layer.polygon.map(at),
      mask: layer.mask && mapMask(layer.mask, move),
      pivot: at(layer.pivot),
      keys: layer.keys.map((key) => ({ ...key, offset: [bound(key.offset[0] * flip[0] * scale[0]), bound(key.offset[1] * flip[1] * scale[1])], rotate: mirrored ? -key.rotate : key.rotate })),
    };
  }
  const { tracks } = layer;
  const xy = new Float64Array(tracks.xy.length);
  for (let i = 0; i < xy.length; i += 2) xy.set(move([tracks.xy[i], tracks.xy[i + 1]]), i);
  return { ...layer, tracks: makeDense({ ...tracks, xy }) };
}

/** A point's handles through a map of the plane. @param {Handle} handle @param {XY} point where they belong, before @param {(point: XY) => XY} move @returns {Handle} */
export function mapHandle([inX, inY, outX, outY], [x, y], move) {
  const to = move([x, y]);
  const [a, b] = [move([x + inX, y + inY]), move([x + outX, y + outY])];
  return [bound(a[0] - to[0]), bound(a[1] - to[1]), bound(b[0] - to[0]), bound(b[1] - to[1])];
}

/** Nearest pixels through the inverse of an axis-wise linear map. @param {import('./types.mjs').Mask} mask @param {(point: XY) => XY} move */
function mapMask(mask, move) {
  const { cols, rows, data } = decodeMask(mask);
  const zero = move([0, 0]);
  const one = move([1, 1]);
  const out = new Uint8Array(cols * rows);
  for (let r = 0; r < rows; r++) {
    const fromRow = Math.floor((((r + 0.5) / rows - zero[1]) / (one[1] - zero[1])) * rows);
    if (fromRow < 0 || fromRow >= rows) continue;
    for (let c = 0; c < cols; c++) {
      const fromCol = Math.floor((((c + 0.5) / cols - zero[0]) / (one[0] - zero[0])) * cols);
      if (fromCol >= 0 && fromCol < cols) out[r * cols + c] = data[fromRow * cols + fromCol];
    }
  }
  return encodeMask({ cols, rows, data: out });
}
