// One point on a large smooth thing, a nose in a face, carries all of it a little: how far its pull reaches, over the picture's colours. Steps over an edge are
// long ones; and it falls off so slowly that the picture never folds, however far the point goes.

/** @typedef {import('./matte.mjs').Window} Window */

/** Shares of the shorter side: wholly carried; carried in part. */
const [FULL, REACH] = [0.05, 0.42];
/** How much longer a step is that changes the colour by one of 255. */
const EDGE = 0.12;
/** Of a fold's steepness. */
const STEEP = 0.62;

/**
 * @param {Window} window a small copy of the whole picture @param {[number, number]} size_wh doc px @param {[number, number]} point doc px @param {number} travel_px how far it goes at most
 * @param {[number, number][]} held doc px that stay @returns {Float32Array} [cols*rows] 0-1 */
export function bendWeights({ cols, rows, rgb }, [width, height], point, travel_px, held) {
  const side = Math.min(width, height);
  const [sx, sy] = [width / cols, height / rows];
  const reach = Math.max(REACH * side, 1.3 * travel_px);
  const seed = Math.min(rows - 1, Math.max(0, Math.floor(point[1] / sy))) * cols + Math.min(cols - 1, Math.max(0, Math.floor(point[0] / sx)));
  const far = distancesOver({ cols, rows, rgb }, sx, sy, seed, reach);
  const weights = new Float32Array(cols * rows);
  for (let i = 0; i < weights.length; i++) {
    const part = Math.min(1, Math.max(0, (far[i] - FULL * side) / (reach - FULL * side)));
    weights[i] = (1 - part * part) ** 2;
  }
  unfolded(weights, cols, rows, sx, sy, STEEP / Math.max(1, travel_px));
  for (let i = 0; held.length && i < weights.length; i++) {
    const [x, y] = [((i % cols) + 0.5) * sx, (Math.floor(i / cols) + 0.5) * sy];
    for (const [hx, hy] of held) {
      const room = Math.min(0.25 * side, 0.8 * Math.hypot(hx - point[0], hy - point[1]));
      weights[i] *= Math.min(1, Math.hypot(x - hx, y - hy) / Math.max(1, room));
    }
  }
  return smooth(weights, cols, rows);
}

/** Shortest ways from a cell, px. @param {Window} window @param {number} sx @param {number} sy @param {number} seed @param {number} most @returns {Float32Array} */
function distancesOver({ cols, rows, rgb }, sx, sy, seed, most) {
  const far = new Float32Array(cols * rows).fill(2 * most);
  far[seed] = 0;
  // Lengths in whole pixels: a queue of buckets.
  /** @type {number[][]} */
  const buckets = Array.from({ length: Math.ceil(most) + 2 }, () => []);
  buckets[0].push(seed);
  for (let length = 0; length < buckets.length; length++) {
    for (const i of buckets[length]) {
      if (Math.floor(far[i]) < length) continue;
      const [c, r] = [i % cols, Math.floor(i / cols)];
      for (let dr = -1; dr <= 1; dr++) {
        for (let dc = -1; dc <= 1; dc++) {
          if ((!dr && !dc) || c + dc < 0 || c + dc >= cols || r + dr < 0 || r + dr >= rows) continue;
          const j = i + dr * cols + dc;
          const change = Math.max(0, Math.hypot(rgb[3 * i] - rgb[3 * j], rgb[3 * i + 1] - rgb[3 * j + 1], rgb[3 * i + 2] - rgb[3 * j + 2]) - 12);
          const to = far[i] + Math.hypot(dc * sx, dr * sy) * (1 + EDGE * change * 0.25);
          if (to >= far[j] || to >= most) continue;
          far[j] = to;
          buckets[Math.floor(to)].push(j);
        }
      }
    }
  }
  return far;
}

/** Raised until no step between neighbours is steeper than `most` per px. @param {Float32Array} values changed in place @param {number} cols @param {number} rows @param {number} sx @param {number} sy @param {number} most */
function unfolded(values, cols, rows, sx, sy, most) {
  for (const sign of [1, -1]) {
    for (let n = 0; n < values.length; n++) {
      const i = sign > 0 ? n : values.length - 1 - n;
      const [c, r] = [i % cols, Math.floor(i / cols)];
      for (const [dc, dr] of [[-sign, 0], [-sign, -sign], [0, -sign], [sign, -sign]]) {
        if (c + dc < 0 || c + dc >= cols || r + dr < 0 || r + dr >= rows) continue;
        values[i] = Math.max(values[i], values[i + dr * cols + dc] - most * Math.hypot(dc * sx, dr * sy));
      }
    }
  }
}

/** @param {Float32Array} values @param {number} cols @param {number} rows @returns {Float32Array} */
function smooth(values, cols, rows) {
  let now = values;
  for (let round = 0; round < 3; round++) {
    const next = new Float32Array(now.length);
    for (let i = 0; i < now.length; i++) {
      const [c, r] = [i % cols, Math.floor(i / cols)];
      next[i] = (2 * now[i] + now[c > 0 ? i - 1 : i] + now[c < cols - 1 ? i + 1 : i] + now[r > 0 ? i - cols : i] + now[r < rows - 1 ? i + cols : i]) / 6;
    }
    now = next;
  }
  return now;
}
