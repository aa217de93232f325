// Where a thing may lie around the points that carry it, on a window of the picture, and how its cut is looked for there.

import { distanceTo, grown, matteByColor, matteByShape, paintOver, rimOverSurroundings, softened } from './matte.mjs';
import { wideCut } from './wide.mjs';
import { insideRegion, regionOutline } from '../motion/evaluation/region.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels RGBA of the whole picture, any size */
/** @typedef {{box: [number, number, number, number], cols: number, rows: number, alpha: Float32Array, byColor: boolean, leftover: Uint8Array|null}} Cut box in doc px, alpha [cols*rows]; leftover: not of the thing, and to be painted over with it */
/** @typedef {{box: [number, number, number, number], cols: number, rows: number}} Place box in doc px */

/** A rim so many times sharper than what lies around sets a thing apart. */
const STANDS_OUT = 2;
const MOST_CELLS = 100;
const WIDE_CELLS = 120;
/** Reaches that are tried, of the least, and whether what lies close beyond the points is taken for surroundings. @type {[number, boolean][]} */
const WIDER = [[1, false], [1.7, false], [2.7, false], [1, true]];
const REGION_CELLS = 160;
const ROUGH_CELLS = 40;
/** Shares of the picture's shorter side; the least one for several points only, as one point on a stripe would find the stripe. */
const REACHES = [0.04, 0.07, 0.12, 0.19, 0.29];

/** @param {Pixels} pixels @param {Doc} doc @param {[number, number, number, number]} box @param {number} cols @param {number} rows @returns {import('./matte.mjs').Window} */
export function readWindow({ data, width, height }, doc, [left, top, w, h], cols, rows) {
  const rgb = new Float32Array(cols * rows * 3);
  const [sx, sy] = [width / doc.size_wh[0], height / doc.size_wh[1]];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      let [x0, x1] = [c, c + 1].map((v) => Math.floor((left + (v * w) / cols) * sx));
      let [y0, y1] = [r, r + 1].map((v) => Math.floor((top + (v * h) / rows) * sy));
      [x0, y0] = [Math.min(width - 1, x0), Math.min(height - 1, y0)];
      [x1, y1] = [Math.min(width, Math.max(x0 + 1, x1)), Math.min(height, Math.max(y0 + 1, y1))];
      const share = 1 / ((x1 - x0) * (y1 - y0));
      const at = 3 * (r * cols + c);
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) for (let k = 0; k < 3; k++) rgb[at + k] += data[4 * (y * width + x) + k] * share;
    }
  }
  return { cols, rows, rgb };
}

/** Bounded by the frame, in steps that keep cells square. @param {Doc} doc @param {number} left @param {number} top @param {number} right @param {number} bottom @param {number} cells at most so many across or down @returns {Place} */
function frameOf(doc, left, top, right, bottom, cells) {
  const [x0, y0] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  const [x1, y1] = [Math.min(doc.size_wh[0], Math.ceil(right)), Math.min(doc.size_wh[1], Math.ceil(bottom))];
  const [w, h] = [Math.max(1, x1 - x0), Math.max(1, y1 - y0)];
  const cell = Math.max(1, Math.max(w, h) / cells);
  return { box: [x0, y0, w, h], cols: Math.max(3, Math.round(w / cell)), rows: Math.max(3, Math.round(h / cell)) };
}

/**
 * The thing that carries `own` points and none of `others`, with pauses. @param {Pixels} pixels @param {Doc} doc @param {XY[]} own doc px @param {XY[]} others doc px
 * @param {RegionLayer|null} region its outline is the thing @param {boolean} byColor @returns {Generator<void, Cut|null>} null: colours were asked for and do not tell */
export function* cutSteps(pixels, doc, own, others, region, byColor) {
  const xs = own.map((p) => p[0]);
  const ys = own.map((p) => p[1]);
  const extent = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  if (region) return byColor ? null : cutRegion(doc, region);
  const hull = convexHull(own);
  const around = (/** @type {number} */ reach, /** @type {number} */ cells = MOST_CELLS) => frameOf(doc, Math.min(...xs) - reach, Math.min(...ys) - reach, Math.max(...xs) + reach, Math.max(...ys) + reach, cells);
  if (byColor) {
    const first = yield* firstCut(pixels, doc, own, others, hull, around, extent);
    return own.length > 1 ? (yield* widerCut(pixels, doc, own, others, hull, around, extent, first)) ?? first : first;
  }
  return cutHull(doc, own, others, MOST_CELLS);
}

/**
 * The least reach at which the thing is closed: a ball before the table that it lies on. @param {Pixels} pixels @param {Doc} doc @param {XY[]} own @param {XY[]} others @param {XY[]} hull
 * @param {(reach: number, cells?: number) => Place} around @param {number} extent @returns {Generator<void, Cut|null>} */
function* firstCut(pixels, doc, own, others, hull, around, extent) {
  const side = Math.min(...doc.size_wh);
  for (const share of own.length > 1 ? REACHES : REACHES.slice(1)) {
    yield;
    const limit_px = share * side + 0.2 * Math.min(extent, side);
    const ring_px = limit_px * 1.4;
    const place = around(ring_px + 4);
    const cell = place.box[2] / place.cols;
    const far = distances(place, cell, (x, y) => insideHull(hull, x, y, cell));
    const core = Math.max(1.2, (0.22 * limit_px) / cell);
    const closed = closedBy(place, others, far, cell);
    yield;
    const window = readWindow(pixels, doc, place.box, place.cols, place.rows);
    yield;
    const alpha = matteByColor(window, { far, core, limit: limit_px / cell, ring: ring_px / cell, closed });
    // One point on a part of something larger, a nose in a face, is no thing of its own.
    if (alpha && own.length === 1 && rimOverSurroundings(window, alpha, far, ring_px / cell) < STANDS_OUT) return null;
    if (alpha) return { ...place, alpha, byColor: true, leftover: null };
  }
  return null;
}

/**
 * How far a thing goes beyond its points nobody knows: of several reaches the one whose cut has the sharpest rim. @param {Pixels} pixels @param {Doc} doc @param {XY[]} own @param {XY[]} others
 * @param {XY[]} hull @param {(reach: number, cells?: number) => Place} around @param {number} extent @param {Cut|null} first @returns {Generator<void, Cut|null>} */
function* widerCut(pixels, doc, own, others, hull, around, extent, first) {
  const side = Math.min(...doc.size_wh);
  const inner_px = Math.max(16, 0.06 * side, 0.15 * Math.min(extent, side));
  const least_px = Math.max(40, 0.16 * side, 0.45 * Math.min(extent, side));
  /** @type {Cut|null} */
  let best = null;
  let most = 0;
  for (const [more, close] of WIDER) {
    const outer_px = more * least_px;
    if (more > 1 && outer_px >= 0.55 * side) continue;
    yield;
    const place = around(outer_px + 24, WIDE_CELLS);
    const cell = place.box[2] / place.cols;
    const far = distances(place, cell, (x, y) => insideHull(hull, x, y, cell));
    const near = Float32Array.from(far, (_, i) => {
      const [x, y] = [place.box[0] + ((i % place.cols) + 0.5) * cell, place.box[1] + (Math.floor(i / place.cols) + 0.5) * cell];
      let least = Infinity;
      for (const [px, py] of own) least = Math.min(least, (x - px) ** 2 + (y - py) ** 2);
      return Math.sqrt(least) / cell;
    });
    const window = readWindow(pixels, doc, place.box, place.cols, place.rows);
    yield;
    const made = yield* wideCut(window, {
      hull: far, near, first: first && !close ? resampled(first, place) : null, closed: closedBy(place, others, far, cell), sure: Math.max(1.2, Math.min(9, 0.2 * inner_px) / cell), inner: inner_px / cell, outer: outer_px / cell, close,
    });
    if (!made) continue;
    const alpha = softened(made.mask, place.cols, place.rows);
    // Of two that are as sharp the larger one: what stays behind of a thing is seen first.
    const score = rimOverSurroundings(window, alpha, far, Infinity) * cell * Math.sqrt(alpha.reduce((sum, v) => sum + v, 0));
    // Clearly better, or the one before stays.
    if (score <= (close ? 1.2 : 1.3) * most) continue;
    most = score;
    best = { ...place, alpha, byColor: true, leftover: made.leftover };
  }
  return best;
}

/** @param {Cut} cut @param {Place} place @returns {Float32Array} the cut's alpha on another grid, 0 beyond its own */
function resampled({ box, cols, rows, alpha }, place) {
  return Float32Array.from({ length: place.cols * place.rows }, (_, i) => {
    const [x, y] = [place.box[0] + (((i % place.cols) + 0.5) * place.box[2]) / place.cols, place.box[1] + ((Math.floor(i / place.cols) + 0.5) * place.box[3]) / place.rows];
    const [c, r] = [Math.floor(((x - box[0]) / box[2]) * cols), Math.floor(((y - box[1]) / box[3]) * rows)];
    return c >= 0 && r >= 0 && c < cols && r < rows ? alpha[r * cols + c] : 0;
  });
}

/**
 * What is shown of a thing until it is cut: its region's outline, or the hull of its points and a little more, with a feather. Coarse, and there at once.
 * @param {Doc} doc @param {XY[]} own @param {XY[]} others @param {RegionLayer|null} region @returns {Cut|null} */
export function roughCut(doc, own, others, region) {
  return region ? cutRegion(doc, region, ROUGH_CELLS) : cutHull(doc, own, others, ROUGH_CELLS);
}

/** Without colours: the points' hull, and a soft rim. @param {Doc} doc @param {XY[]} own @param {XY[]} others @param {number} cells @returns {Cut} */
function cutHull(doc, own, others, cells) {
  const side = Math.min(...doc.size_wh);
  const [xs, ys] = [0, 1].map((axis) => own.map((p) => p[axis]));
  const extent = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const limit_px = Math.max(0.12 * side, 0.3 * Math.min(extent, side));
  const reach = limit_px * 1.4 + 4;
  const place = frameOf(doc, Math.min(...xs) - reach, Math.min(...ys) - reach, Math.max(...xs) + reach, Math.max(...ys) + reach, cells);
  const cell = place.box[2] / place.cols;
  const hull = convexHull(own);
  const far = distances(place, cell, (x, y) => insideHull(hull, x, y, cell));
  return { ...place, alpha: matteByShape({ far, core: (0.45 * limit_px) / cell, limit: limit_px / cell, ring: 0, closed: closedBy(place, others, far, cell) }), byColor: false, leftover: null };
}

/** @param {Cut} cut @param {number} x doc px @param {number} y */
export function covers({ box, cols, rows, alpha }, x, y) {
  const [c, r] = [Math.floor(((x - box[0]) / box[2]) * cols), Math.floor(((y - box[1]) / box[3]) * rows)];
  return c >= 0 && r >= 0 && c < cols && r < rows && alpha[r * cols + c] > 0.03;
}

/** An outline that a person drew is the cut, with a feather. @param {Doc} doc @param {RegionLayer} region @param {number} [cells] @returns {Cut|null} */
function cutRegion(doc, region, cells = REGION_CELLS) {
  const outline = regionOutline(region).map(([x, y]) => [x * doc.size_wh[0], y * doc.size_wh[1]]);
  const [left, right] = [Math.min(...outline.map((p) => p[0])), Math.max(...outline.map((p) => p[0]))];
  const [top, bottom] = [Math.min(...outline.map((p) => p[1])), Math.max(...outline.map((p) => p[1]))];
  const place = frameOf(doc, left - 8, top - 8, right + 8, bottom + 8, cells);
  const cell = place.box[2] / place.cols;
  const inside = (/** @type {number} */ x, /** @type {number} */ y) => insideRegion(region, [x / doc.size_wh[0], y / doc.size_wh[1]]);
  const far = distances(place, cell, inside);
  const depth = distances(place, cell, (x, y) => !inside(x, y));
  if (!depth.some((d) => d > 0)) return null;
  far.forEach((d, i) => (far[i] = d - depth[i]));
  return { ...place, alpha: matteByShape({ far, core: -0.5, limit: 1.5, ring: 0, closed: null }), byColor: false, leftover: null };
}

/** Cells nearer to a point of something else. @param {{box: number[], cols: number, rows: number}} place @param {XY[]} others @param {Float32Array} far @param {number} cell @returns {Uint8Array|null} */
function closedBy({ box, cols, rows }, others, far, cell) {
  const near = others.filter(([x, y]) => x > box[0] - box[2] && y > box[1] - box[3] && x < box[0] + 2 * box[2] && y < box[1] + 2 * box[3]);
  if (!near.length) return null;
  const closed = new Uint8Array(cols * rows);
  for (let i = 0; i < closed.length; i++) {
    const [x, y] = [box[0] + ((i % cols) + 0.5) * cell, box[1] + (Math.floor(i / cols) + 0.5) * cell];
    for (const [ox, oy] of near) if (Math.hypot(x - ox, y - oy) / cell < far[i]) closed[i] = 1;
  }
  return closed;
}

/** Distance in cells to the nearest cell that is inside; 0 in it. @param {{box: number[], cols: number, rows: number}} place @param {number} cell @param {(x: number, y: number) => boolean} inside @returns {Float32Array} */
function distances({ box, cols, rows }, cell, inside) {
  return distanceTo(Uint8Array.from({ length: cols * rows }, (_, i) => (inside(box[0] + ((i % cols) + 0.5) * cell, box[1] + (Math.floor(i / cols) + 0.5) * cell) ? 1 : 0)), 1, cols, rows);
}

/** Counter-clockwise. @param {XY[]} points @returns {XY[]} */
function convexHull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (/** @type {XY} */ o, /** @type {XY} */ a, /** @type {XY} */ b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (/** @type {XY[]} */ list) => {
    /** @type {XY[]} */
    const out = [];
    for (const p of list) {
      while (out.length > 1 && turn(out[out.length - 2], out[out.length - 1], p) <= 0) out.pop();
      out.push(p);
    }
    return out.slice(0, -1);
  };
  return sorted.length < 3 ? sorted : [...half(sorted), ...half([...sorted].reverse())];
}

/** In the hull, or within a cell of it. @param {XY[]} hull @param {number} x @param {number} y @param {number} near */
function insideHull(hull, x, y, near) {
  let inside = hull.length > 2;
  for (let i = 0; i < hull.length; i++) {
    const [a, b] = [hull[i], hull[(i + 1) % hull.length]];
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const part = Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1)));
    if (Math.hypot(x - a[0] - part * dx, y - a[1] - part * dy) <= near) return true;
    if (dx * (y - a[1]) - dy * (x - a[0]) < 0) inside = false;
  }
  return inside;
}

/**
 * What is seen where a thing was. @param {Pixels} pixels @param {Doc} doc @param {Cut} cut @param {(x: number, y: number) => boolean} taken doc px that other things cover
 * @returns {{rgb: Float32Array, alpha: Float32Array}} over the cut's box */
export function placeBehind(pixels, doc, { box, cols, rows, alpha, leftover }, taken) {
  const window = readWindow(pixels, doc, box, cols, rows);
  const hole = grown(Uint8Array.from(alpha, (v, i) => (v > 0.03 || leftover?.[i] ? 1 : 0)), cols, rows, 1);
  const shown = grown(hole, cols, rows, 1);
  for (let i = 0; i < hole.length; i++) if (!shown[i] && taken(box[0] + (((i % cols) + 0.5) * box[2]) / cols, box[1] + ((Math.floor(i / cols) + 0.5) * box[3]) / rows)) hole[i] = 1;
  for (let i = 0; i < hole.length; i++) if (shown[i]) hole[i] = 1;
  paintOver(window, hole);
  return { rgb: window.rgb, alpha: Float32Array.from(grown(shown, cols, rows, 0), (v, i) => (v ? 1 : shown[i] ? 0.5 : 0)) };
}
