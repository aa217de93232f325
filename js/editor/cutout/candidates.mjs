// cutout/ finds the thing under a click or within a lasso: the picture made small (canvas), in superpixels, with how strong the edge between two of them is (edges),
// guesses from a part to the whole (candidates), a lasso's answer (lasso), the outline to the cell (refine, outline); thing.mjs is what others call. Pure; it imports draft/ for its cut on a grid.

// Guesses at the thing under a click, from a part to the whole: the cheapest cuts between the click and the frame's sides for a growing wish to be large
// (Carreira and Sminchisescu, "CPMC: automatic object segmentation using constrained parametric min-cuts", 2012), ranked by what their outline looks like.

import { networkOf } from './flow.mjs';
import { closed, convexity, frameShare, weakestFifth } from './shape.mjs';

/** @typedef {import('./superpixels.mjs').Superpixels} Superpixels */
/** @typedef {import('./edges.mjs').Borders} Borders */
/** @typedef {{parts: Uint8Array, area: number, score: number}} Candidate parts [superpixels], area as a share of the picture */
/** @typedef {{first: Int32Array, other: Int32Array}} Neighbours those of n: other[first[n]..first[n+1]] */
/** @typedef {{of: Int32Array, share: Float32Array, count: number}} Tones coarse colours of each patch, spread over eight neighbouring ones: of [superpixels*8], share [superpixels*8] */
/** @typedef {{cols: number, rows: number, patches: Superpixels, borders: Borders, neighbours: Neighbours, tones: Tones}} Scene */
/** @typedef {{inside: Uint8Array, outside: Uint8Array}} Marks [superpixels] nonzero where a person said so */

const SURE = 1e6;
/** An edge this strong is an outline of something. */
const CLEAR = 1.5;
/** How much being large is wished for, per cell; from a part to nearly everything. */
const WISHES = [0.004, 0.008, 0.014, 0.022, 0.034, 0.05, 0.075, 0.11, 0.16];
/** What colours say, from how unlike the click and how unlike the surroundings a patch is: nothing; more like which; only like the click, for one thing before another. @type {((near: number, far: number) => number)[]} */
const LEANINGS = [() => 0, (near, far) => 0.05 * Math.max(-1, Math.min(1, far - near)), (near) => 0.12 * Math.max(-1, 0.3 - near)];
/** How many of the best guesses are closed. */
const CLOSED = 8;
/** Sides that are taken for surroundings: a thing may be cut by the frame, most often below. */
const SIDES = [['left', 'right', 'top', 'bottom'], ['left', 'right', 'top'], ['top', 'left'], ['top', 'right']];

/** With a pause after every few cuts. @param {Scene} scene @param {Marks} marks @returns {Generator<void, Candidate[]>} nested or not, by area */
export function* candidateSteps(scene, marks) {
  const { patches, borders, neighbours } = scene;
  const { count } = patches;
  const network = networkOf(count, borders);
  const links = new Float32Array(borders.length.length);
  for (let k = 0; k < links.length; k++) links[k] = borders.length[k] * (Math.exp(-2.2 * borders.strength[k]) + 0.004);
  const touching = sidesTouched(scene);
  const framed = new Uint8Array(count);
  for (const side of Object.values(touching)) for (let n = 0; n < count; n++) framed[n] |= side[n];
  const pull = new Float32Array(count);
  const near = likenessTo(patches, marks.inside);
  /** @type {Map<string, Candidate>} */
  const found = new Map();
  const add = (/** @type {Uint8Array} */ parts) => {
    const key = keyOf(parts);
    if (found.has(key)) return;
    const candidate = { parts, area: areaOf(parts, patches), score: 0 };
    candidate.score = scoreOf(scene, candidate);
    found.set(key, candidate);
  };
  for (const sides of SIDES) {
    const away = new Uint8Array(count);
    const open = new Float32Array(count);
    let free = 0;
    for (let n = 0; n < count; n++) {
      if (marks.outside[n] || (!marks.inside[n] && sides.some((side) => touching[side][n]))) away[n] = 1;
      else if (!marks.inside[n]) open[n] = patches.area[n];
      free += 1 - away[n];
    }
    if (!away.includes(1)) continue;
    const far = likenessTo(patches, away);
    for (const leaning of sides.length > 2 ? LEANINGS : LEANINGS.slice(0, 2)) {
      for (let n = 0; n < count; n++) pull[n] = marks.inside[n] ? SURE : away[n] ? -SURE : open[n] * (WISHES[0] + leaning(near[n], far[n]));
      for (let k = 0; k < WISHES.length; k++) {
        const cut = k ? network.more(WISHES[k] - WISHES[k - 1], open) : network.cut(pull, links);
        const parts = spread(cut, neighbours, marks.inside);
        fillHoles(parts, neighbours, framed, marks.outside);
        add(parts);
        // A larger wish finds no more than all.
        if (cut.reduce((sum, v) => sum + v, 0) === free) break;
      }
      yield;
    }
  }
  // What stripes or an eye keep open is closed.
  for (const one of [...found.values()].sort((a, b) => b.score - a.score).slice(0, CLOSED)) {
    for (const rings of [1, 2]) {
      const parts = closed(one.parts, neighbours, rings, marks.outside);
      fillHoles(parts, neighbours, framed, marks.outside);
      add(parts);
    }
  }
  yield;
  return [...found.values()].sort((a, b) => a.area - b.area);
}

/** Sixteen parts a letter. @param {Uint8Array} parts */
function keyOf(parts) {
  const words = new Uint16Array(Math.ceil(parts.length / 16));
  for (let n = 0; n < parts.length; n++) words[n >> 4] |= parts[n] << (n & 15);
  return String.fromCharCode(...words);
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
 * How much a guess looks like a thing: an outline on strong edges all along, round about what it holds, little of it at the frame, colours unlike those around it, no edges as clear within it (then it may be two things), not tiny and not everything.
 * @param {Scene} scene @param {Candidate} candidate @returns {number} */
function scoreOf(scene, { parts, area }) {
  const { borders, tones, patches, cols, rows } = scene;
  let length = 0;
  let strong = 0;
  let weak = 0;
  let inner = 0;
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
  const whole = convexity(scene, parts) * (1 - 0.5 * frameShare(scene, parts)) * (0.3 + weakestFifth(scene, parts)) ** 0.3;
  return whole * (strong / length) * (1 - (0.7 * weak) / length) * (0.4 + 0.6 * compact) * contrast(patches, tones, borders, parts) * sizePrior(area) * (1 - 0.15 * Math.min(1, inner / length));
}

/** Tiny parts and whole grounds are seldom meant. @param {number} area */
const sizePrior = (area) => Math.min(1, area / 0.02) ** 0.5 * Math.min(1, area / 0.12) ** 0.1 * (area > 0.5 ? Math.max(0.1, 1 - 2.5 * (area - 0.5)) : 1);

/** Colours inside against those next to it outside, 0.4 (alike) to 1. @param {Superpixels} patches @param {Tones} tones @param {Borders} borders @param {Uint8Array} parts */
function contrast(patches, tones, borders, parts) {
  let ring = new Uint8Array(parts.length);
  for (let round = 0; round < 3; round++) {
    const next = Uint8Array.from(ring);
    for (let k = 0; k < borders.from.length; k++) {
      const a = borders.from[k];
      const b = borders.to[k];
      if (!parts[b] && (parts[a] || ring[a])) next[b] = 1;
      if (!parts[a] && (parts[b] || ring[b])) next[a] = 1;
    }
    ring = next;
  }
  const [inside, outside] = [histogram(patches, tones, parts), histogram(patches, tones, ring)];
  let common = 0;
  for (let tone = 0; tone < tones.count; tone++) common += Math.min(inside[tone], outside[tone]);
  return 0.4 + 0.6 * (1 - common);
}

/** @param {Superpixels} patches @param {Tones} tones @param {Uint8Array} parts @returns {Float64Array} [tones] shares */
function histogram({ area, count }, tones, parts) {
  const shares = new Float64Array(tones.count);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    if (!parts[n]) continue;
    sum += area[n];
    for (let corner = 8 * n; corner < 8 * n + 8; corner++) shares[tones.of[corner]] += area[n] * tones.share[corner];
  }
  for (let tone = 0; tone < shares.length; tone++) shares[tone] /= Math.max(1, sum);
  return shares;
}

/** @param {Superpixels} patches @returns {Tones} */
export function tonesOf({ lab, count }) {
  /** @type {Map<number, number>} */
  const known = new Map();
  const [of, share] = [new Int32Array(8 * count), new Float32Array(8 * count)];
  for (let n = 0; n < count; n++) {
    const place = [lab[3 * n] / 14, (lab[3 * n + 1] + 128) / 12, (lab[3 * n + 2] + 128) / 12];
    const low = place.map((v) => Math.floor(v - 0.5));
    for (let corner = 0; corner < 8; corner++) {
      let [part, bin] = [1, 0];
      for (let k = 0; k < 3; k++) {
        const up = (corner >> k) & 1;
        const over = place[k] - 0.5 - low[k];
        part *= up ? over : 1 - over;
        bin = bin * 64 + low[k] + up;
      }
      const tone = known.get(bin) ?? known.size;
      known.set(bin, tone);
      of[8 * n + corner] = tone;
      share[8 * n + corner] = part;
    }
  }
  return { of, share, count: known.size };
}

/** Distance in colour to the nearest of the marked patches, about 0-1. @param {Superpixels} patches @param {Uint8Array} marked @returns {Float32Array} [count] */
function likenessTo({ lab, count }, marked) {
  /** @type {number[]} */
  const found = [];
  for (let n = 0; n < count; n++) if (marked[n]) found.push(n);
  const step = Math.max(1, Math.floor(found.length / 60));
  const likeness = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    let least = Infinity;
    for (let m = 0; m < found.length; m += step) {
      const other = found[m];
      const dl = 0.6 * (lab[3 * n] - lab[3 * other]);
      const da = lab[3 * n + 1] - lab[3 * other + 1];
      const db = lab[3 * n + 2] - lab[3 * other + 2];
      least = Math.min(least, dl * dl + da * da + db * db);
    }
    likeness[n] = Math.min(1.5, Math.sqrt(least) / 25);
  }
  return likeness;
}

/** @param {Scene} scene @returns {Record<string, Uint8Array>} which patches touch which side of the frame */
function sidesTouched({ cols, rows, patches }) {
  /** @type {Record<string, Uint8Array>} */
  const sides = { left: new Uint8Array(patches.count), right: new Uint8Array(patches.count), top: new Uint8Array(patches.count), bottom: new Uint8Array(patches.count) };
  for (let r = 0; r < rows; r++) [sides.left[patches.label[r * cols]], sides.right[patches.label[r * cols + cols - 1]]] = [1, 1];
  for (let c = 0; c < cols; c++) [sides.top[patches.label[c]], sides.bottom[patches.label[(rows - 1) * cols + c]]] = [1, 1];
  return sides;
}

/** What a thing encloses is its own unless someone said otherwise. @param {Uint8Array} parts changed @param {Neighbours} neighbours @param {Uint8Array} framed those at the frame @param {Uint8Array} outside */
function fillHoles(parts, neighbours, framed, outside) {
  const rest = new Uint8Array(parts.length);
  const seeds = new Uint8Array(parts.length);
  for (let n = 0; n < parts.length; n++) {
    if (parts[n]) continue;
    rest[n] = 1;
    seeds[n] = outside[n] | framed[n];
  }
  const open = spread(rest, neighbours, seeds);
  for (let n = 0; n < parts.length; n++) if (!open[n]) parts[n] = 1;
}

/** @param {Uint8Array} parts @param {Neighbours} neighbours @param {Uint8Array} seeds @returns {Uint8Array} the parts reached from the seeds within `parts` */
export function spread(parts, { first, other }, seeds) {
  const reached = new Uint8Array(parts.length);
  /** @type {number[]} */
  const stack = [];
  for (let n = 0; n < parts.length; n++) {
    if (!parts[n] || !seeds[n]) continue;
    reached[n] = 1;
    stack.push(n);
  }
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
