// What a thing uncovers, continued from around it: every place of the hole takes after a place elsewhere whose surroundings look alike (Barnes et al., "PatchMatch",
// 2009; Wexler et al., "Space-time completion of video", 2007), found on a small copy and then copied pixel by pixel, so that bricks stay bricks.

import { grown, paintOver } from './matte.mjs';
import { readWindow } from './zones.mjs';

/** @typedef {import('./matte.mjs').Window} Window */
/** @typedef {{cols: number, rows: number, rgba: Uint8ClampedArray}} Behind over the cut's box; finer than the cut */

const MOST_CELLS = 112;
const RADIUS = 2;
/** Rounds at half the size, and at the full one. */
const ROUNDS = [5, 4];
/** Cells between two pauses. */
const SLICE = 500;
/** Pixels of the result at most. */
const MOST_PIXELS = 400_000;
/** What it costs to look like a place far away, per cell and colour. */
const FAR = 0.8;
/** How much the smooth continuation from the sides has a say, beside the 25 cells of a patch. */
const TONE = 5;

/** Where known and copied differ by more (of 255), something ends at the rim; its colour is not to bleed in. */
const EDGE = 28;
/** Of blending; successive over-relaxation, and rounds between two pauses. */
const [BLENDS, HASTE, REST] = [160, 1.85, 20];

/**
 * @param {import('./zones.mjs').Pixels} pixels @param {import('../motion/document/types.mjs').Doc} doc @param {import('./zones.mjs').Cut} cut @param {(x: number, y: number) => boolean} taken doc px that other things cover
 * @returns {Generator<void, Behind>} yields where it can rest */
export function* behindSteps(pixels, doc, { box: [left, top, width, height], cols: cutCols, rows: cutRows, alpha, leftover }, taken) {
  const margin = Math.max(48, 0.45 * Math.max(width, height));
  const [x0, y0] = [Math.max(0, left - margin), Math.max(0, top - margin)];
  const [w, h] = [Math.min(doc.size_wh[0], left + width + margin) - x0, Math.min(doc.size_wh[1], top + height + margin) - y0];
  const cell = Math.max(1, Math.max(w, h) / MOST_CELLS);
  const [cols, rows] = [Math.max(8, Math.round(w / cell)), Math.max(8, Math.round(h / cell))];
  const window = readWindow(pixels, doc, [x0, y0, w, h], cols, rows);
  const cut = Uint8Array.from(alpha, (v, i) => (v > 0.03 || leftover?.[i] ? 1 : 0));

  const shown = grown(grown(cut, cutCols, cutRows, 1), cutCols, cutRows, 1);
  const inCut = (/** @type {number} */ x, /** @type {number} */ y) => {
    const [c, r] = [Math.floor(((x - left) / width) * cutCols), Math.floor(((y - top) / height) * cutRows)];
    return c >= 0 && r >= 0 && c < cutCols && r < cutRows && shown[r * cutCols + c] === 1;
  };
  const hole = new Uint8Array(cols * rows);
  const closed = new Uint8Array(cols * rows);
  for (let i = 0; i < hole.length; i++) {
    const [x, y] = [x0 + (((i % cols) + 0.5) * w) / cols, y0 + ((Math.floor(i / cols) + 0.5) * h) / rows];
    hole[i] = inCut(x, y) ? 1 : 0;
    closed[i] = hole[i] || taken(x, y) ? 1 : 0;
  }
  yield;
  const wide = grown(hole, cols, rows, 1);
  const from = yield* likeness(window, wide, closed);
  const tone = yield* toneSteps(window, wide, closed, from);
  yield;
  // Onto the finer grid: the four nearest cells each copy from where they look alike.
  const density = Math.min(pixels.width / doc.size_wh[0], Math.sqrt(MOST_PIXELS / (width * height)));
  const [outCols, outRows] = [Math.max(2, Math.round(width * density)), Math.max(2, Math.round(height * density))];
  const rgba = new Uint8ClampedArray(outCols * outRows * 4);
  const sum = new Float32Array(3);
  const [sx, sy] = [pixels.width / doc.size_wh[0], pixels.height / doc.size_wh[1]];
  const source = (/** @type {number} */ x, /** @type {number} */ y) => 4 * (Math.min(pixels.height - 1, Math.max(0, Math.floor(y * sy))) * pixels.width + Math.min(pixels.width - 1, Math.max(0, Math.floor(x * sx))));
  const [cw, ch] = [w / cols, h / rows];
  for (let r = 0; r < outRows; r++) {
    if (r % 24 === 23) yield;
    for (let c = 0; c < outCols; c++) {
      const [x, y] = [left + ((c + 0.5) * width) / outCols, top + ((r + 0.5) * height) / outRows];
      const [cc, cr] = [((c + 0.5) * cutCols) / outCols - 0.5, ((r + 0.5) * cutRows) / outRows - 0.5];
      const covered = between(shown, cutCols, cutRows, cc, cr);
      if (covered <= 0) continue;
      const o = r * outCols + c;
      sum.fill(0);
      const [gx, gy] = [(x - x0) / cw - 0.5, (y - y0) / ch - 0.5];
      const [gc, gr] = [Math.max(0, Math.min(cols - 2, Math.floor(gx))), Math.max(0, Math.min(rows - 2, Math.floor(gy)))];
      const [u, v] = [Math.min(1, Math.max(0, gx - gc)), Math.min(1, Math.max(0, gy - gr))];
      for (let k = 0; k < 4; k++) {
        const i = (gr + (k >> 1)) * cols + gc + (k & 1);
        const share = (k & 1 ? u : 1 - u) * (k >> 1 ? v : 1 - v);
        if (!share) continue;
        const at = source(x + ((from[i] % cols) - (i % cols)) * cw, y + (Math.floor(from[i] / cols) - Math.floor(i / cols)) * ch);
        for (let b = 0; b < 3; b++) sum[b] += (pixels.data[at + b] + tone[3 * i + b]) * share;
      }
      rgba.set(sum, 4 * o);
      rgba[4 * o + 3] = 255 * Math.min(1, 1.6 * covered);
    }
  }
  return { cols: outCols, rows: outRows, rgba };
}

/** @param {Uint8Array} values @param {number} cols @param {number} rows @param {number} x cells @param {number} y */
function between(values, cols, rows, x, y) {
  const [c, r] = [Math.max(0, Math.min(cols - 2, Math.floor(x))), Math.max(0, Math.min(rows - 2, Math.floor(y)))];
  const [u, v] = [Math.min(1, Math.max(0, x - c)), Math.min(1, Math.max(0, y - r))];
  const i = r * cols + c;
  return (1 - v) * ((1 - u) * values[i] + u * values[i + 1]) + v * ((1 - u) * values[i + cols] + u * values[i + cols + 1]);
}

/** For every cell of the hole the cell that it takes after; others are their own. @param {Window} window changed in place @param {Uint8Array} hole @param {Uint8Array} closed no source @returns {Generator<void, Int32Array>} */
function* likeness(window, hole, closed) {
  const { cols, rows } = window;
  paintOver(window, Uint8Array.from(hole, (v, i) => (v || closed[i] ? 1 : 0)));
  const [halfCols, halfRows] = [cols >> 1, rows >> 1];
  const small = { cols: halfCols, rows: halfRows, rgb: new Float32Array(halfCols * halfRows * 3) };
  const [smallHole, smallClosed] = [new Uint8Array(halfCols * halfRows), new Uint8Array(halfCols * halfRows)];
  for (let i = 0; i < smallHole.length; i++) {
    const a = 2 * Math.floor(i / halfCols) * cols + 2 * (i % halfCols);
    for (const j of [a, a + 1, a + cols, a + cols + 1]) {
      for (let k = 0; k < 3; k++) small.rgb[3 * i + k] += window.rgb[3 * j + k] / 4;
      smallHole[i] |= hole[j];
      smallClosed[i] |= closed[j] | hole[j];
    }
  }
  const coarse = yield* matched(small, smallHole, smallClosed, null, ROUNDS[0]);
  const start = Int32Array.from({ length: cols * rows }, (_, i) => {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    const j = Math.min(halfRows - 1, r >> 1) * halfCols + Math.min(halfCols - 1, c >> 1);
    const at = coarse[j];
    return Math.min(rows - 1, 2 * Math.floor(at / halfCols) + (r & 1)) * cols + Math.min(cols - 1, 2 * (at % halfCols) + (c & 1));
  });
  for (let i = 0; i < hole.length; i++) if (hole[i]) for (let k = 0; k < 3; k++) window.rgb[3 * i + k] = window.rgb[3 * start[i] + k];
  return yield* matched(window, hole, Uint8Array.from(closed, (v, i) => v | hole[i]), start, ROUNDS[1]);
}

/** @param {Window} window its hole is painted anew each round @param {Uint8Array} hole @param {Uint8Array} closed @param {Int32Array|null} start @param {number} rounds @returns {Generator<void, Int32Array>} */
function* matched({ cols, rows, rgb }, hole, closed, start, rounds) {
  const count = cols * rows;
  const from = Int32Array.from({ length: count }, (_, i) => i);
  // A source's whole patch is known and in the picture.
  const usable = grown(grown(Uint8Array.from(closed, (v) => (v ? 0 : 1)), cols, rows, 0), cols, rows, 0);
  const sources = [];
  for (let i = 0; i < count; i++) {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    if (c < RADIUS || r < RADIUS || c >= cols - RADIUS || r >= rows - RADIUS) usable[i] = 0;
    if (usable[i]) sources.push(i);
  }
  const inside = [];
  for (let i = 0; i < count; i++) if (hole[i]) inside.push(i);
  if (!sources.length || !inside.length) return from;
  let seed = 12345;
  const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296);
  const cost = new Float32Array(count).fill(Infinity);
  const measure = (/** @type {number} */ i, /** @type {number} */ j, /** @type {number} */ most) => {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    let sum = FAR * (Math.abs((j % cols) - c) + 2 * Math.abs(Math.floor(j / cols) - r)) * 25;
    sum += TONE * ((tone[3 * i] - rgb[3 * j]) ** 2 + (tone[3 * i + 1] - rgb[3 * j + 1]) ** 2 + (tone[3 * i + 2] - rgb[3 * j + 2]) ** 2);
    for (let dr = -RADIUS; dr <= RADIUS; dr++) {
      if (r + dr < 0 || r + dr >= rows) continue;
      for (let dc = -RADIUS; dc <= RADIUS; dc++) {
        if (c + dc < 0 || c + dc >= cols) continue;
        const [a, b] = [3 * (i + dr * cols + dc), 3 * (j + dr * cols + dc)];
        // What is known counts more than what was painted.
        const weight = hole[i + dr * cols + dc] ? 1 : 3;
        sum += weight * ((rgb[a] - rgb[b]) ** 2 + (rgb[a + 1] - rgb[b + 1]) ** 2 + (rgb[a + 2] - rgb[b + 2]) ** 2);
      }
      if (sum >= most) return sum;
    }
    return sum;
  };
  const tone = rgb.slice();
  for (const i of inside) {
    // At first the surroundings mirrored in the hole's rim, along the row.
    const [c, row] = [i % cols, i - (i % cols)];
    let mirrored = -1;
    for (let d = 1; d < cols && mirrored < 0; d++) {
      for (const side of [-1, 1]) if (mirrored < 0 && c + side * d >= 0 && c + side * d < cols && !hole[i + side * d]) mirrored = c + side * Math.min(2 * d - 1, d + 40);
    }
    const found = row + Math.min(cols - 1, Math.max(0, mirrored));
    from[i] = start && usable[start[i]] ? start[i] : mirrored >= 0 && usable[found] ? found : sources[Math.floor(random() * sources.length)];
  }
  const reachMost = Math.max(cols, rows);
  for (let round = 0; round < rounds; round++) {
    for (const i of inside) cost[i] = measure(i, from[i], Infinity);
    for (let pass = 0; pass < 2; pass++) {
      const step = pass ? 1 : -1;
      for (let n = 0; n < inside.length; n++) {
        if (n % SLICE === SLICE - 1) yield;
        const i = inside[pass ? inside.length - 1 - n : n];
        const attempt = (/** @type {number} */ j) => {
          if (j < 0 || j >= count || !usable[j] || j === from[i]) return;
          const found = measure(i, j, cost[i]);
          if (found < cost[i]) {
            cost[i] = found;
            from[i] = j;
          }
        };
        const c = i % cols;
        if (c + step >= 0 && c + step < cols && hole[i + step]) attempt(from[i + step] - step);
        if (i + step * cols >= 0 && i + step * cols < count && hole[i + step * cols]) attempt(from[i + step * cols] - step * cols);
        for (let reach = reachMost; reach >= 1; reach /= 3) {
          const tc = Math.round((from[i] % cols) + (2 * random() - 1) * reach);
          const tr = Math.round(Math.floor(from[i] / cols) + (2 * random() - 1) * reach);
          if (tc >= 0 && tr >= 0 && tc < cols && tr < rows) attempt(tr * cols + tc);
        }
      }
    }
    yield;
    vote(rgb, cols, rows, hole, inside, from, cost);
  }
  return from;
}

/** Each cell of the hole: the mean of what the patches over it say, the better ones more. @param {Float32Array} rgb @param {number} cols @param {number} rows @param {Uint8Array} hole @param {number[]} inside @param {Int32Array} from @param {Float32Array} cost */
function vote(rgb, cols, rows, hole, inside, from, cost) {
  const next = new Float32Array(inside.length * 3);
  const scale = 1 / Math.max(1, [...inside].map((i) => cost[i]).sort((a, b) => a - b)[inside.length >> 1]);
  inside.forEach((i, n) => {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    let sum = 0;
    for (let dr = -RADIUS; dr <= RADIUS; dr++) {
      for (let dc = -RADIUS; dc <= RADIUS; dc++) {
        if (c + dc < 0 || r + dr < 0 || c + dc >= cols || r + dr >= rows) continue;
        const j = i + dr * cols + dc;
        if (!hole[j]) continue;
        const s = from[j] - dr * cols - dc;
        const weight = Math.exp(-2 * cost[j] * scale) + 1e-6;
        for (let k = 0; k < 3; k++) next[3 * n + k] += rgb[3 * s + k] * weight;
        sum += weight;
      }
    }
    for (let k = 0; k < 3; k++) next[3 * n + k] /= sum;
  });
  inside.forEach((i, n) => {
    for (let k = 0; k < 3; k++) rgb[3 * i + k] = next[3 * n + k];
  });
}

/**
 * Pieces copied into a hole take the tone of what they lie beside (Perez et al., "Poisson image editing", 2003): between two cells of the hole the wanted
 * difference is what their sources have, where pieces meet the mean of both; at the rim what is known holds, unless something ends there.
 * @param {import('./matte.mjs').Window} window known outside the hole @param {Uint8Array} hole @param {Uint8Array} closed never a source, nor known @param {Int32Array} from the cell that each one copies
 * @returns {Generator<void, Float32Array>} [cols*rows*3] what to add to the copies; 0 outside the hole */
function* toneSteps({ cols, rows, rgb }, hole, closed, from) {
  const count = cols * rows;
  const inside = [];
  for (let i = 0; i < count; i++) if (hole[i]) inside.push(i);
  const shift = new Float32Array(3 * count);
  const source = (/** @type {number} */ j) => j >= 0 && j < count && !closed[j] && !hole[j];
  // Per cell of the hole and neighbour: weight, and the wanted difference beyond that of the two copies.
  const weights = new Float32Array(4 * inside.length);
  const wanted = new Float32Array(12 * inside.length);
  inside.forEach((i, n) => {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    const steps = [c > 0 ? -1 : 0, c < cols - 1 ? 1 : 0, r > 0 ? -cols : 0, r < rows - 1 ? cols : 0];
    steps.forEach((step, k) => {
      const j = i + step;
      if (!step || (!hole[j] && closed[j])) return;
      const [ahead, back] = [source(from[i] + step), hole[j] ? source(from[j] - step) : 0];
      let off = 0;
      for (let b = 0; b < 3; b++) {
        const own = rgb[3 * from[i] + b];
        const there = hole[j] ? rgb[3 * from[j] + b] : rgb[3 * j + b];
        let difference = 0;
        if (ahead) difference += rgb[3 * (from[i] + step) + b] - own;
        if (back) difference += there - rgb[3 * (from[j] - step) + b];
        difference /= Number(ahead) + Number(back) || 1;
        wanted[12 * n + 3 * k + b] = there - own - difference;
        if (!hole[j] && ahead) off = Math.max(off, Math.abs(there - rgb[3 * (from[i] + step) + b]));
      }
      weights[4 * n + k] = 1 / (1 + (off / EDGE) ** 4);
    });
  });
  for (let round = 0; round < BLENDS; round++) {
    if (round % REST === REST - 1) yield;
    inside.forEach((i, n) => {
      const steps = [-1, 1, -cols, cols];
      let total = 0;
      for (let k = 0; k < 4; k++) total += weights[4 * n + k];
      if (!total) return;
      for (let b = 0; b < 3; b++) {
        let sum = 0;
        for (let k = 0; k < 4; k++) {
          const weight = weights[4 * n + k];
          if (weight) sum += weight * (wanted[12 * n + 3 * k + b] + (hole[i + steps[k]] ? shift[3 * (i + steps[k]) + b] : 0));
        }
        shift[3 * i + b] += HASTE * (sum / total - shift[3 * i + b]);
      }
    });
  }
  return shift;
}
