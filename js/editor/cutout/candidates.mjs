// cutout/ finds the thing under a click or within a lasso: the picture made small (canvas), in superpixels, with how strong the edge between two of them is (edges),
// guesses from a part to the whole (candidates), a lasso's answer (lasso), the outline to the cell (refine, outline); thing.mjs is what others call. Pure; it imports draft/ for its cut on a grid.

// Guesses at the thing under a click, from a part to the whole: the cheapest cuts between the click and the frame's sides for a growing wish to be large
// (Carreira and Sminchisescu, "CPMC: automatic object segmentation using constrained parametric min-cuts", 2012), ranked by what their outline looks like.

import { networkOf } from './flow.mjs';

/** @typedef {import('./superpixels.mjs').Superpixels} Superpixels */
/** @typedef {import('./edges.mjs').Borders} Borders */
/** @typedef {{parts: Uint8Array, area: number, score: number}} Candidate parts [superpixels], area as a share of the picture */
/** @typedef {{first: Int32Array, other: Int32Array}} Neighbours those of n: other[first[n]..first[n+1]] */
/** @typedef {{cols: number, rows: number, patches: Superpixels, borders: Borders, neighbours: Neighbours}} Scene */
/** @typedef {{inside: Uint8Array, outside: Uint8Array}} Marks [superpixels] nonzero where a person said so */

const SURE = 1e6;
/** An edge this strong is an outline of something. */
const CLEAR = 1.5;
/** How much being large is wished for, per cell; from a part to nearly everything. */
const WISHES = [0.004, 0.008, 0.014, 0.022, 0.034, 0.05, 0.075, 0.11, 0.16];
/** What colours say, from how unlike the click and how unlike the surroundings a patch is: nothing; more like which; only like the click, for one thing before another. @type {((near: number, far: number) => number)[]} */
const LEANINGS = [() => 0, (near, far) => 0.05 * Math.max(-1, Math.min(1, far - near)), (near) => 0.12 * Math.max(-1, 0.3 - near)];
/** Sides that are taken for surroundings: a thing may be cut by the frame, most often below. */
const SIDES = [['left', 'right', 'top', 'bottom'], ['left', 'right', 'top'], ['top', 'left'], ['top', 'right']];

/** With a pause after every few cuts. @param {Scene} scene @param {Marks} marks @returns {Generator<void, Candidate[]>} nested or not, by area */
export function* candidateSteps(scene, marks) {
  const { patches, borders, neighbours } = scene;
  const { count } = patches;
  const network = networkOf(count, borders);
  const links = Float32Array.from(borders.length, (length, k) => length * (Math.exp(-2.2 * borders.strength[k]) + 0.004));
  const touching = sidesTouched(scene);
  const near = likenessTo(patches, marks.inside);
  /** @type {Map<string, Candidate>} */
  const found = new Map();
  for (const sides of SIDES) {
    const away = Uint8Array.from({ length: count }, (_, n) => (marks.outside[n] || (!marks.inside[n] && sides.some((side) => touching[side][n])) ? 1 : 0));
    if (!away.includes(1)) continue;
    const far = likenessTo(patches, away);
    for (const leaning of sides.length > 2 ? LEANINGS : LEANINGS.slice(0, 2)) {
      for (const wish of WISHES) {
        const pull = Float32Array.from(patches.area, (area, n) => (marks.inside[n] ? SURE : away[n] ? -SURE : area * (wish + leaning(near[n], far[n]))));
        const cut = network.cut(pull, links);
        const parts = spread(cut, neighbours, marks.inside);
        fillHoles(parts, neighbours, touching, marks.outside);
        const key = parts.join('');
        if (found.has(key)) continue;
        const candidate = { parts, area: areaOf(parts, patches), score: 0 };
        candidate.score = scoreOf(scene, candidate);
        found.set(key, candidate);
      }
      yield;
    }
  }
  return [...found.values()].sort((a, b) => a.area - b.area);
}

/** @param {Uint8Array} parts @param {Superpixels} patches @returns {number} */
function areaOf(parts, { area }) {
  let [inside, whole] = [0, 0];
  for (let n = 0; n < parts.length; n++) {
    whole += area[n];
    if (parts[n]) inside += area[n];
  }
  return inside / whole;
}

/**
 * How much a guess looks like a thing: an outline on strong edges all along, little of it beside the frame, colours unlike those around it, no edges as clear within it (then it may be two things), not tiny and not everything.
 * @param {Scene} scene @param {Candidate} candidate @returns {number} */
export function scoreOf({ patches, borders, cols, rows }, { parts, area }) {
  let [length, strong, weak, inner] = [0, 0, 0, 0];
  for (let k = 0; k < borders.from.length; k++) {
    if (parts[borders.from[k]] === parts[borders.to[k]]) {
      if (parts[borders.from[k]] && borders.strength[k] > CLEAR) inner += borders.length[k];
      continue;
    }
    length += borders.length[k];
    strong += borders.length[k] * Math.min(2, borders.strength[k]);
    if (borders.strength[k] < 0.6) weak += borders.length[k];
  }
  if (!length) return 0;
  const compact = Math.min(1, Math.sqrt(4 * Math.PI * area * cols * rows) / length);
  return (strong / length) * (1 - (0.7 * weak) / length) * (0.4 + 0.6 * compact) * contrast(patches, borders, parts) * sizePrior(area) * (1 - 0.15 * Math.min(1, inner / length));
}

/** Tiny parts and whole grounds are seldom meant. @param {number} area */
const sizePrior = (area) => Math.min(1, area / 0.02) ** 0.5 * Math.min(1, area / 0.12) ** 0.1 * (area > 0.5 ? Math.max(0.1, 1 - 2.5 * (area - 0.5)) : 1);

/** Colours inside against those next to it outside, 0.4 (alike) to 1. @param {Superpixels} patches @param {Borders} borders @param {Uint8Array} parts */
function contrast(patches, borders, parts) {
  let ring = new Uint8Array(parts.length);
  for (let round = 0; round < 3; round++) {
    const next = Uint8Array.from(ring);
    for (let k = 0; k < borders.from.length; k++) {
      const [a, b] = [borders.from[k], borders.to[k]];
      if (!parts[b] && (parts[a] || ring[a])) next[b] = 1;
      if (!parts[a] && (parts[b] || ring[b])) next[a] = 1;
    }
    ring = next;
  }
  const [inside, outside] = [histogram(patches, parts), histogram(patches, ring)];
  let common = 0;
  for (const [bin, share] of inside) common += Math.min(share, outside.get(bin) ?? 0);
  return 0.4 + 0.6 * (1 - common);
}

/** @param {Superpixels} patches @param {Uint8Array} parts @returns {Map<number, number>} shares of coarse colours, spread over neighbouring bins */
function histogram({ lab, area, count }, parts) {
  /** @type {Map<number, number>} */
  const bins = new Map();
  let sum = 0;
  for (let n = 0; n < count; n++) {
    if (!parts[n]) continue;
    sum += area[n];
    const place = [lab[3 * n] / 14, (lab[3 * n + 1] + 128) / 12, (lab[3 * n + 2] + 128) / 12];
    const low = place.map((v) => Math.floor(v - 0.5));
    for (let corner = 0; corner < 8; corner++) {
      let [share, bin] = [area[n], 0];
      for (let k = 0; k < 3; k++) {
        const up = (corner >> k) & 1;
        const part = place[k] - 0.5 - low[k];
        share *= up ? part : 1 - part;
        bin = bin * 64 + low[k] + up;
      }
      bins.set(bin, (bins.get(bin) ?? 0) + share);
    }
  }
  for (const [bin, share] of bins) bins.set(bin, share / Math.max(1, sum));
  return bins;
}

/** Distance in colour to the nearest of the marked patches, about 0-1. @param {Superpixels} patches @param {Uint8Array} marked @returns {Float32Array} [count] */
function likenessTo({ lab, count }, marked) {
  /** @type {number[]} */
  const found = [];
  for (let n = 0; n < count; n++) if (marked[n]) found.push(n);
  const step = Math.max(1, Math.floor(found.length / 60));
  return Float32Array.from({ length: count }, (_, n) => {
    let least = Infinity;
    for (let m = 0; m < found.length; m += step) {
      const other = found[m];
      least = Math.min(least, (0.6 * (lab[3 * n] - lab[3 * other])) ** 2 + (lab[3 * n + 1] - lab[3 * other + 1]) ** 2 + (lab[3 * n + 2] - lab[3 * other + 2]) ** 2);
    }
    return Math.min(1.5, Math.sqrt(least) / 25);
  });
}

/** @param {Scene} scene @returns {Record<string, Uint8Array>} which patches touch which side of the frame */
function sidesTouched({ cols, rows, patches }) {
  /** @type {Record<string, Uint8Array>} */
  const sides = { left: new Uint8Array(patches.count), right: new Uint8Array(patches.count), top: new Uint8Array(patches.count), bottom: new Uint8Array(patches.count) };
  for (let r = 0; r < rows; r++) [sides.left[patches.label[r * cols]], sides.right[patches.label[r * cols + cols - 1]]] = [1, 1];
  for (let c = 0; c < cols; c++) [sides.top[patches.label[c]], sides.bottom[patches.label[(rows - 1) * cols + c]]] = [1, 1];
  return sides;
}

/** What a thing encloses is its own unless someone said otherwise. @param {Uint8Array} parts changed @param {Neighbours} neighbours @param {Record<string, Uint8Array>} touching @param {Uint8Array} outside */
function fillHoles(parts, neighbours, touching, outside) {
  const rest = Uint8Array.from(parts, (v) => (v ? 0 : 1));
  const seeds = Uint8Array.from(rest, (v, n) => (v && (outside[n] || Object.values(touching).some((side) => side[n])) ? 1 : 0));
  const open = spread(rest, neighbours, seeds);
  for (let n = 0; n < parts.length; n++) if (!open[n]) parts[n] = 1;
}

/** @param {Uint8Array} parts @param {Neighbours} neighbours @param {Uint8Array} seeds @returns {Uint8Array} the parts reached from the seeds within `parts` */
export function spread(parts, { first, other }, seeds) {
  const reached = Uint8Array.from(parts, (v, n) => (v && seeds[n] ? 1 : 0));
  const stack = [];
  for (let n = 0; n < parts.length; n++) if (reached[n]) stack.push(n);
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    for (let e = first[n]; e < first[n + 1]; e++) {
      const m = other[e];
      if (!parts[m] || reached[m]) continue;
      reached[m] = 1;
      stack.push(m);
    }
  }
  return reached;
}

/** @param {number} count @param {Borders} borders @returns {Neighbours} */
export function neighboursOf(count, { from, to }) {
  const first = new Int32Array(count + 1);
  for (let k = 0; k < from.length; k++) {
    first[from[k] + 1]++;
    first[to[k] + 1]++;
  }
  for (let n = 0; n < count; n++) first[n + 1] += first[n];
  const put = Int32Array.from(first);
  const other = new Int32Array(2 * from.length);
  for (let k = 0; k < from.length; k++) {
    other[put[from[k]]++] = to[k];
    other[put[to[k]]++] = from[k];
  }
  return { first, other };
}
