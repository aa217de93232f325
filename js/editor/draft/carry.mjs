// How a cut-out thing moves: one turn, scale and shift per frame through its tracks, and what they bend beyond that.

import { applyAffine, compose, invert } from '../geometry/affine.mjs';

/** @typedef {import('../geometry/affine.mjs').Affine} Affine */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */
/**
 * @typedef {object} Carry
 * @property {Float32Array} rest [vertices*2] doc px at frame 0
 * @property {Uint16Array} triangles
 * @property {boolean} rigid two triangles: it only turns, grows and shifts
 * @property {(frame: number) => {map: Affine, vertices: Float32Array, travel: number, opacity: number}} at the same arrays every time; `travel` px from its place
 */

const GRID = 10;
const NEAR = 6;
const FADE_FRAMES = 4;

/**
 * @param {Sampled} sampled read at every frame @param {number[]} tracks @param {[number, number, number, number]} box_xywh doc px
 * @param {((frame: number) => Affine)|null} camera
 * @param {[number, number]|null} [size_wh] hidden because it left a frame of this size: it is not faded @returns {Carry} */
export function createCarry(sampled, tracks, [left, top, width, height], camera, size_wh = null) {
  const start = Float64Array.from(tracks.flatMap((n) => [sampled.xy[2 * n], sampled.xy[2 * n + 1]]));
  const now = new Float64Array(start.length);
  const opacities = visibility(sampled, tracks, size_wh);
  const read = (/** @type {number} */ frame) => {
    const low = Math.floor(frame);
    const high = Math.min(sampled.frames - 1, low + 1);
    const back = camera && frame > 0 ? invert(camera(frame)) : null;
    tracks.forEach((n, i) => {
      for (const axis of [0, 1]) {
        const a = sampled.xy[(low * sampled.count + n) * 2 + axis];
        now[2 * i + axis] = a + (sampled.xy[(high * sampled.count + n) * 2 + axis] - a) * (frame - low);
      }
      if (back) now.set(applyAffine(back, [now[2 * i], now[2 * i + 1]]), 2 * i);
    });
    return similarityThrough(start, now);
  };
  let bent = 0;
  for (let k = 1; k <= 8 && tracks.length > 2; k++) {
    const map = read(Math.round(((sampled.frames - 1) * k) / 8));
    for (let i = 0; i < tracks.length; i++) {
      const [x, y] = applyAffine(map, [start[2 * i], start[2 * i + 1]]);
      bent = Math.max(bent, Math.hypot(now[2 * i] - x, now[2 * i + 1] - y));
    }
  }
  const rigid = bent < 1.5;
  const cells = rigid ? 1 : GRID;
  const line = cells + 1;
  const rest = new Float32Array(line * line * 2);
  for (let i = 0; i < line * line; i++) rest.set([left + ((i % line) * width) / cells, top + (Math.floor(i / line) * height) / cells], 2 * i);
  const triangles = [];
  for (let r = 0; r < cells; r++) {
    for (let c = 0; c < cells; c++) {
      const corner = r * line + c;
      triangles.push(corner, corner + 1, corner + line + 1, corner, corner + line + 1, corner + line);
    }
  }
  const spread = rigid ? null : spreadOf(rest, start);
  const vertices = new Float32Array(rest.length);
  return {
    rest, triangles: Uint16Array.from(triangles), rigid,
    at(frame) {
      const bounded = Math.min(sampled.frames - 1, Math.max(0, frame));
      const own = read(bounded);
      const view = camera && bounded > 0 ? camera(bounded) : null;
      let travel = 0;
      for (let i = 0; i < now.length; i += 2) travel = Math.max(travel, Math.hypot(now[i] - start[i], now[i + 1] - start[i + 1]));
      for (let i = 0; i < now.length && spread; i += 2) {
        const [x, y] = applyAffine(own, [start[i], start[i + 1]]);
        now[i] -= x;
        now[i + 1] -= y;
      }
      for (let v = 0; v < rest.length; v += 2) {
        let [x, y] = applyAffine(own, [rest[v], rest[v + 1]]);
        if (spread) {
          for (let k = (v / 2) * NEAR; k < (v / 2 + 1) * NEAR; k++) {
            x += now[2 * spread.index[k]] * spread.weight[k];
            y += now[2 * spread.index[k] + 1] * spread.weight[k];
          }
        }
        vertices.set(view ? applyAffine(view, [x, y]) : [x, y], v);
      }
      return { map: view ? compose(view, own) : own, vertices, travel, opacity: opacities[Math.round(bounded)] };
    },
  };
}

/** Where a thing is at each frame, from its place at the first, the camera taken away. @param {Sampled} sampled @param {number[]} tracks @param {((frame: number) => Affine)|null} camera @returns {(frame: number) => Affine} */
export function mapsOf(sampled, tracks, camera) {
  const start = Float64Array.from(tracks.flatMap((n) => [sampled.xy[2 * n], sampled.xy[2 * n + 1]]));
  return (frame) => {
    const back = camera && frame > 0 ? invert(camera(frame)) : null;
    const now = Float64Array.from(tracks.flatMap((n) => {
      const at = (frame * sampled.count + n) * 2;
      const xy = /** @type {import('../motion/document/types.mjs').XY} */ ([sampled.xy[at], sampled.xy[at + 1]]);
      return back ? applyAffine(back, xy) : xy;
    }));
    return similarityThrough(start, now);
  };
}

/** Least-squares turn, scale and shift; one point: the shift alone. @param {Float64Array} from @param {Float64Array} to @returns {Affine} */
export function similarityThrough(from, to) {
  const count = from.length / 2;
  let [fx, fy, tx, ty] = [0, 0, 0, 0];
  for (let i = 0; i < from.length; i += 2) {
    fx += from[i] / count;
    fy += from[i + 1] / count;
    tx += to[i] / count;
    ty += to[i + 1] / count;
  }
  let [power, cos, sin] = [0, 0, 0];
  for (let i = 0; i < from.length; i += 2) {
    const [ax, ay, bx, by] = [from[i] - fx, from[i + 1] - fy, to[i] - tx, to[i + 1] - ty];
    power += ax * ax + ay * ay;
    cos += ax * bx + ay * by;
    sin += ax * by - ay * bx;
  }
  if (power < 1) return { a: 1, b: 0, c: 0, d: 1, e: tx - fx, f: ty - fy };
  let [a, b] = [cos / power, sin / power];
  const scale = Math.hypot(a, b);
  // Points that fall together must not make the thing vanish.
  const bounded = Math.min(10, Math.max(0.1, scale));
  [a, b] = scale > 1e-9 ? [(a * bounded) / scale, (b * bounded) / scale] : [bounded, 0];
  return { a, b, c: -b, d: a, e: tx - a * fx + b * fy, f: ty - b * fx - a * fy };
}

/** Weights of the nearest points for every vertex, summing to 1. @param {Float32Array} rest @param {Float64Array} start */
function spreadOf(rest, start) {
  const count = rest.length / 2;
  const index = new Uint16Array(count * NEAR);
  const weight = new Float32Array(count * NEAR);
  for (let v = 0; v < count; v++) {
    const near = Array.from({ length: start.length / 2 }, (_, i) => ({ i, d: Math.hypot(start[2 * i] - rest[2 * v], start[2 * i + 1] - rest[2 * v + 1]) })).sort((a, b) => a.d - b.d).slice(0, NEAR);
    const sum = near.reduce((total, { d }) => total + 1 / (d + 1) ** 3, 0);
    near.forEach(({ i, d }, k) => {
      index[v * NEAR + k] = i;
      weight[v * NEAR + k] = 1 / (d + 1) ** 3 / sum;
    });
  }
  return { index, weight };
}

/** Per frame: 1 while any of the tracks is visible, fading out and in over four frames. @param {Sampled} sampled @param {number[]} tracks @param {[number, number]|null} size_wh @returns {Float32Array} */
function visibility(sampled, tracks, size_wh) {
  const out = new Float32Array(sampled.frames);
  const gone = (/** @type {number} */ f) => !!size_wh && tracks.every((n) => [0, 1].some((axis) => {
    const at = sampled.xy[(f * sampled.count + n) * 2 + axis];
    return at < 0 || at >= size_wh[axis];
  }));
  let gap = FADE_FRAMES;
  const step = (/** @type {number} */ f) => {
    gap = gone(f) || tracks.some((n) => sampled.visible[f * sampled.count + n]) ? 0 : gap + 1;
    out[f] = Math.max(out[f], 1 - gap / FADE_FRAMES);
  };
  for (let f = 0; f < sampled.frames; f++) step(f);
  gap = FADE_FRAMES;
  for (let f = sampled.frames - 1; f >= 0; f--) step(f);
  return out.map((v) => Math.max(0, v));
}
