// The draft in the browser: a coarse mesh that carries the picture along its tracks. Near a track the picture goes with it, further away it stays; the camera
// moves everything. Displacements are spread with weights fixed at setup, then corrected until the patch under each track lies where its track says.

import { cameraAffines, isStill } from '../motion/evaluation/camera.mjs';
import { similarityThrough } from './carry.mjs';
import { CELL_PX } from '../motion/evaluation/region.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */
/**
 * @typedef {object} Warp
 * @property {number} cols vertices across
 * @property {number} rows vertices down
 * @property {number} count vertices
 * @property {Float32Array} rest [count*2] vertex positions at frame 0, doc px (the texture's coordinates too)
 * @property {Uint16Array} triangles [3*...] vertex indexes; each triangle is drawn by one affine map
 * @property {Pulls} pulls tracks that carry the picture
 * @property {{index: Uint16Array, weight: Float32Array}} spread [count*NEAR] which pulls move a vertex, and how much
 * @property {Float64Array} moved scratch: displacement of each pull at the frame at hand [pulls*2]
 * @property {Bend[]} bends lone points that carry much of the picture
 * @property {number[]} carried tracks that carry the whole picture: a turn, scale and shift through them, and what is left of each around it
 * @property {Doc} doc
 * @property {Sampled} sampled
 * @property {((frame: number) => import('../geometry/affine.mjs').Affine)|null} camera
 */
/**
 * Typed arrays, because a thousand tracks are swept many times a frame: the track, where it starts, the triangle (3 vertices) that it starts in, its barycentric
 * weights there, and what each vertex takes of one unit of error.
 * @typedef {{count: number, track: Int32Array, xy: Float64Array, vertices: Uint16Array, weights: Float32Array, gain: Float32Array}} Pulls */

/** @typedef {{track: number, weight: Float32Array}} Bend weight [count] 0-1 per vertex */

const NEAR = 12;
const SWEEPS = 32;
const NEAR_ENOUGH_PX = 0.1;
/** Share of the picture's shorter side over which a track's pull fades to nothing. */
const REACH = 0.22;
/** The same where the whole picture is carried. */
const FIELD_REACH = 0.5;

/** @param {Doc} doc @param {Sampled} sampled its arrays are read at every frame @param {{cols?: number, rows?: number, tracks?: number[], carried?: number[], bends?: {track: number, at: (x: number, y: number) => number}[]}} [options] vertices, default about 26 px apart at 832x480; the tracks that pull, default all; those that carry the whole picture; lone points and how much of their way a place goes @returns {Warp} */
export function createWarp(doc, sampled, options = {}) {
  const [width, height] = doc.size_wh;
  const step = Math.max(width, height) / 32;
  const cols = Math.max(3, Math.min(200, Math.round(options.cols ?? width / step + 1)));
  const rows = Math.max(3, Math.min(200, Math.round(options.rows ?? height / step + 1)));
  const count = cols * rows;
  const rest = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) rest.set([((i % cols) * width) / (cols - 1), (Math.floor(i / cols) * height) / (rows - 1)], 2 * i);
  const carried = options.carried ?? [];
  const bends = (options.bends ?? []).map(({ track, at }) => ({ track, weight: Float32Array.from({ length: count }, (_, v) => at(rest[2 * v], rest[2 * v + 1])) }));
  // Several of them share a place.
  for (let v = 0; v < count; v++) {
    const sum = bends.reduce((total, { weight }) => total + weight[v], 0);
    if (sum > 1) for (const { weight } of bends) weight[v] /= sum;
  }
  const only = options.tracks && [...options.tracks, ...carried, ...bends.map((bend) => bend.track)];
  const free = carried.length > 0;
  const pulls = makePulls(doc, sampled, cols, rows, free, only);
  const spread = makeSpread(rest, pulls, cols, rows, (free ? FIELD_REACH : REACH) * Math.min(width, height), free);
  return { cols, rows, count, rest, triangles: makeTriangles(cols, rows), pulls, spread, moved: new Float64Array(pulls.count * 2), bends, carried, doc, sampled, camera: isStill(doc) ? null : cameraAffines(doc) };
}

/** Corners of the two triangles of a cell. Its diagonal is chosen so that no triangle has three border vertices, which hold. @param {number} c @param {number} r @param {number} cols @param {number} rows @returns {[number[], number[]]} */
function cellTriangles(c, r, cols, rows) {
  const tl = r * cols + c;
  const [tr, bl, br] = [tl + 1, tl + cols, tl + cols + 1];
  const turned = (c === cols - 2 && r === 0) || (c === 0 && r === rows - 2);
  return turned ? [[tl, tr, bl], [tr, br, bl]] : [[tl, tr, br], [tl, br, bl]];
}

/** @param {number} cols @param {number} rows @returns {Uint16Array} */
function makeTriangles(cols, rows) {
  const out = [];
  for (let r = 0; r < rows - 1; r++) for (let c = 0; c < cols - 1; c++) out.push(...cellTriangles(c, r, cols, rows).flat());
  return Uint16Array.from(out);
}

/** Tracks that guide: seen and inside at frame 0, the last one of each latent cell. @param {Doc} doc @param {Sampled} sampled @param {number} cols @param {number} rows @param {boolean} free borders move too @param {number[]} [only] @returns {Pulls} */
function makePulls(doc, sampled, cols, rows, free, only) {
  const [width, height] = doc.size_wh;
  /** @type {Map<number, number>} */
  const byCell = new Map();
  for (const n of only ? [...only].sort((a, b) => a - b) : Array(sampled.count).keys()) {
    const [x, y] = [sampled.xy[2 * n], sampled.xy[2 * n + 1]];
    if (sampled.visible[n] && x >= 0 && y >= 0 && x < width && y < height) byCell.set(Math.floor(y / CELL_PX) * 65536 + Math.floor(x / CELL_PX), n);
  }
  const tracks = [...byCell.values()];
  const n = tracks.length;
  const pulls = { count: n, track: Int32Array.from(tracks), xy: new Float64Array(2 * n), vertices: new Uint16Array(3 * n), weights: new Float32Array(3 * n), gain: new Float32Array(3 * n) };
  tracks.forEach((track, p) => {
    const [x, y] = [sampled.xy[2 * track], sampled.xy[2 * track + 1]];
    const [gx, gy] = [(x / width) * (cols - 1), (y / height) * (rows - 1)];
    const [first, second] = cellTriangles(Math.min(cols - 2, Math.floor(gx)), Math.min(rows - 2, Math.floor(gy)), cols, rows);
    let vertices = first;
    let weights = barycentric(gx, gy, first, cols);
    if (Math.min(...weights) < -1e-9) [vertices, weights] = [second, barycentric(gx, gy, second, cols)];
    pulls.xy.set([x, y], 2 * p);
    pulls.vertices.set(vertices, 3 * p);
    pulls.weights.set(weights, 3 * p);
    pulls.gain.set(gains(vertices, weights, cols, rows, free), 3 * p);
  });
  return pulls;
}

/** @param {number} x grid units @param {number} y @param {number[]} vertices @param {number} cols @returns {number[]} */
function barycentric(x, y, vertices, cols) {
  const [[ax, ay], [bx, by], [cx, cy]] = vertices.map((v) => [v % cols, Math.floor(v / cols)]);
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  const b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
  const c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
  return [1 - b - c, b, c];
}

/** Border vertices hold, unless a track is so near the border that moving it without them would tear the mesh. @param {number[]} vertices @param {number[]} weights @param {number} cols @param {number} rows @param {boolean} all border vertices move too @returns {number[]} */
function gains(vertices, weights, cols, rows, all) {
  const inner = vertices.map((v) => all || !isBorder(v, cols, rows));
  const innerWeight = weights.reduce((sum, w, i) => sum + (inner[i] ? w : 0), 0);
  const free = innerWeight > 0.35 ? inner : vertices.map(() => true);
  const square = weights.reduce((sum, w, i) => sum + (free[i] ? w * w : 0), 0);
  return weights.map((w, i) => (free[i] ? w / square : 0));
}

/** @param {number} v @param {number} cols @param {number} rows */
function isBorder(v, cols, rows) {
  const c = v % cols;
  return c === 0 || c === cols - 1 || v < cols || v >= cols * (rows - 1);
}

/** The nearest pulls of each vertex, weighted by (1/d - 1/reach)^2 against a constant pull of the resting picture. @param {Float32Array} rest @param {Pulls} pulls @param {number} cols @param {number} rows @param {number} reach @param {boolean} free border vertices move too */
function makeSpread(rest, pulls, cols, rows, reach, free) {
  const count = rest.length / 2;
  const index = new Uint16Array(count * NEAR);
  const weight = new Float32Array(count * NEAR);
  const buckets = bucketsOf(pulls, reach);
  const nearest = new Float64Array(NEAR);
  const which = new Int32Array(NEAR);
  for (let v = 0; v < count; v++) {
    if (!free && isBorder(v, cols, rows)) continue;
    let found = 0;
    const [x, y] = [rest[2 * v], rest[2 * v + 1]];
    for (const p of buckets(x, y)) {
      const distance = Math.sqrt((pulls.xy[2 * p] - x) ** 2 + (pulls.xy[2 * p + 1] - y) ** 2);
      if (distance >= reach || (found === NEAR && distance >= nearest[NEAR - 1])) continue;
      let at = found < NEAR ? found++ : NEAR - 1;
      for (; at > 0 && nearest[at - 1] > distance; at--) {
        nearest[at] = nearest[at - 1];
        which[at] = which[at - 1];
      }
      nearest[at] = distance;
      which[at] = p;
    }
    let sum = 1 / (reach * reach);
    for (let k = 0; k < found; k++) {
      const d = Math.max(0.5, nearest[k]);
      weight[v * NEAR + k] = (1 / d - 1 / reach) ** 2;
      index[v * NEAR + k] = which[k];
      sum += weight[v * NEAR + k];
    }
    for (let k = 0; k < found; k++) weight[v * NEAR + k] /= sum;
  }
  return { index, weight };
}

/** Pulls around a position, in squares as wide as the reach. @param {Pulls} pulls @param {number} reach @returns {(x: number, y: number) => number[]} */
function bucketsOf(pulls, reach) {
  /** @type {Map<number, number[]>} */
  const buckets = new Map();
  const key = (/** @type {number} */ c, /** @type {number} */ r) => c * 1024 + r;
  for (let p = 0; p < pulls.count; p++) {
    const k = key(Math.floor(pulls.xy[2 * p] / reach), Math.floor(pulls.xy[2 * p + 1] / reach));
    const list = buckets.get(k);
    if (list) list.push(p);
    else buckets.set(k, [p]);
  }
  /** @type {Map<number, number[]>} */
  const around = new Map();
  return (x, y) => {
    const [c, r] = [Math.floor(x / reach), Math.floor(y / reach)];
    let list = around.get(key(c, r));
    if (!list) {
      list = [-1, 0, 1].flatMap((dc) => [-1, 0, 1].flatMap((dr) => buckets.get(key(c + dc, r + dr)) ?? []));
      around.set(key(c, r), list);
    }
    return list;
  };
}

/** How the whole picture goes at frame f: with the camera, or with the tracks that carry it. @param {Warp} warp @param {number} f @returns {import('../geometry/affine.mjs').Affine|null} */
export function warpMap({ sampled, camera, carried }, f) {
  if (!carried.length) return camera ? camera(f) : null;
  const from = Float64Array.from(carried.flatMap((n) => [sampled.xy[2 * n], sampled.xy[2 * n + 1]]));
  return similarityThrough(from, Float64Array.from(carried.flatMap((n) => positionAt(sampled, n, f))));
}

/** @param {Sampled} sampled @param {number} n @param {number} frame a fraction lies between two @returns {[number, number]} */
function positionAt({ xy, count, frames }, n, frame) {
  const low = Math.floor(frame);
  const part = frame - low;
  const a = (low * count + n) * 2;
  const b = (Math.min(frames - 1, low + 1) * count + n) * 2;
  return [xy[a] + (xy[b] - xy[a]) * part, xy[a + 1] + (xy[b + 1] - xy[a + 1]) * part];
}

/** Vertex positions at frame f (a fraction lies between two frames) into outVertices [count*2], doc px. @param {Warp} warp @param {number} f @param {Float32Array} [outVertices] @returns {Float32Array} */
export function warpFrame(warp, f, outVertices = new Float32Array(warp.count * 2)) {
  const { rest, pulls, spread, moved, sampled, bends } = warp;
  const frame = Math.min(Math.max(0, sampled.frames - 1), Math.max(0, f));
  const m = warpMap(warp, frame);
  for (let p = 0; p < pulls.count; p++) {
    const x = pulls.xy[2 * p];
    const y = pulls.xy[2 * p + 1];
    const [nowX, nowY] = positionAt(sampled, pulls.track[p], frame);
    // Relative to the motion that everything shares.
    moved[2 * p] = nowX - (m ? m.a * x + m.c * y + m.e : x);
    moved[2 * p + 1] = nowY - (m ? m.b * x + m.d * y + m.f : y);
  }
  bendAll(warp, frame, m, outVertices);
  const count = rest.length / 2;
  const bent = bends.length ? outVertices.slice() : null;
  for (let v = 0; v < count; v++) {
    for (let k = v * NEAR; k < (v + 1) * NEAR && spread.weight[k] > 0; k++) {
      const p = spread.index[k];
      outVertices[2 * v] += (moved[2 * p] - (bent ? inTriangle(pulls, p, bent, 0) : 0)) * spread.weight[k];
      outVertices[2 * v + 1] += (moved[2 * p + 1] - (bent ? inTriangle(pulls, p, bent, 1) : 0)) * spread.weight[k];
    }
  }
  correct(pulls, moved, outVertices);
  for (let v = 0; v < count; v++) {
    const x = rest[2 * v];
    const y = rest[2 * v + 1];
    outVertices[2 * v] += m ? m.a * x + m.c * y + m.e : x;
    outVertices[2 * v + 1] += m ? m.b * x + m.d * y + m.f : y;
  }
  return outVertices;
}

/** @param {Pulls} pulls @param {number} p @param {Float32Array} values [count*2] @param {0|1} axis */
const inTriangle = ({ vertices, weights }, p, values, axis) => weights[3 * p] * values[2 * vertices[3 * p] + axis] + weights[3 * p + 1] * values[2 * vertices[3 * p + 1] + axis] + weights[3 * p + 2] * values[2 * vertices[3 * p + 2] + axis];

/** What the lone points do to every vertex. A border goes outwards, never in: it would bare what is behind. @param {Warp} warp @param {number} frame @param {import('../geometry/affine.mjs').Affine|null} m @param {Float32Array} out */
function bendAll({ rest, bends, sampled, cols, rows, count }, frame, m, out) {
  out.fill(0);
  for (const { track, weight } of bends) {
    const [x, y] = [sampled.xy[2 * track], sampled.xy[2 * track + 1]];
    const [nowX, nowY] = positionAt(sampled, track, frame);
    const dx = nowX - (m ? m.a * x + m.c * y + m.e : x);
    const dy = nowY - (m ? m.b * x + m.d * y + m.f : y);
    for (let v = 0; v < count; v++) {
      const part = weight[v];
      out[2 * v] += dx * part;
      out[2 * v + 1] += dy * part;
    }
  }
  if (!bends.length) return;
  const [right, bottom] = [rest[2 * (cols - 1)], rest[2 * (cols * rows - 1) + 1]];
  for (let v = 0; v < count; v++) {
    if (rest[2 * v] === 0) out[2 * v] = Math.min(0, out[2 * v]);
    if (rest[2 * v] === right) out[2 * v] = Math.max(0, out[2 * v]);
    if (rest[2 * v + 1] === 0) out[2 * v + 1] = Math.min(0, out[2 * v + 1]);
    if (rest[2 * v + 1] === bottom) out[2 * v + 1] = Math.max(0, out[2 * v + 1]);
  }
}

/** Kaczmarz sweeps, there and back so that no track is favoured: each track shifts its triangle by what is missing. @param {Pulls} pulls @param {Float64Array} moved @param {Float32Array} out */
function correct({ count, vertices, weights, gain }, moved, out) {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let worst = 0;
    for (let i = 0; i < count; i++) {
      const p = sweep % 2 ? count - 1 - i : i;
      const k = 3 * p;
      const a = 2 * vertices[k];
      const b = 2 * vertices[k + 1];
      const c = 2 * vertices[k + 2];
      const ex = moved[2 * p] - weights[k] * out[a] - weights[k + 1] * out[b] - weights[k + 2] * out[c];
      const ey = moved[2 * p + 1] - weights[k] * out[a + 1] - weights[k + 1] * out[b + 1] - weights[k + 2] * out[c + 1];
      worst = Math.max(worst, Math.abs(ex), Math.abs(ey));
      out[a] += gain[k] * ex;
      out[a + 1] += gain[k] * ey;
      out[b] += gain[k + 1] * ex;
      out[b + 1] += gain[k + 1] * ey;
      out[c] += gain[k + 2] * ex;
      out[c + 1] += gain[k + 2] * ey;
    }
    if (worst < NEAR_ENOUGH_PX) return;
  }
}
