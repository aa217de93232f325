// Cutting a thing out of the picture, roughly: pixels that look unlike what lies around, joined to the points that carry the thing. And painting over
// the place that it leaves. Both on small windows of the picture, so that a drawing is ready to play in milliseconds.

/**
 * @typedef {object} Window a small copy of a part of the picture
 * @property {number} cols
 * @property {number} rows
 * @property {Float32Array} rgb [cols*rows*3], 0-255
 */
/**
 * @typedef {object} Zones where the thing surely is, may be, and what surely is not it, in window px
 * @property {Float32Array} far [cols*rows] distance beyond the points' hull or the drawn outline
 * @property {number} core up to here it surely is
 * @property {number} limit up to here it may be
 * @property {number} ring from limit to here it surely is not
 * @property {Uint8Array|null} closed nonzero: belongs to something else
 */

const CLUSTERS = 7;
/** Colours nearer than this, in 0-255 per channel, are taken for the same. */
const FLOOR = 9 * 9;
/** How far beyond chance a pixel has to differ from what lies around to be told from it. */
const PLAIN = 1.5;

/** Soft outline by colour, or null where colours do not tell the thing from its surroundings. @param {Window} window @param {Zones} zones @returns {Float32Array|null} [cols*rows] 0-1 */
export function matteByColor(window, { far, core, limit, ring, closed }) {
  const { cols, rows, rgb } = window;
  const count = cols * rows;
  /** @type {number[]} */
  const inner = [];
  /** @type {number[]} */
  const outer = [];
  let zone = 0;
  for (let i = 0; i < count; i++) {
    if (closed?.[i]) outer.push(i);
    else if (far[i] <= core) inner.push(i);
    else if (far[i] > limit && far[i] <= ring) outer.push(i);
    if (far[i] <= limit && !closed?.[i]) zone++;
  }
  if (inner.length < 4 || outer.length < 12) return null;
  const away = clustersOf(rgb, outer);
  // What the place would look like without the thing: a sky goes on behind it, row by row.
  const empty = { cols, rows, rgb: rgb.slice() };
  paintOver(empty, Uint8Array.from(far, (d, i) => (d <= limit && !closed?.[i] ? 1 : 0)));
  const strange = new Float32Array(count);
  for (let i = 0; i < count; i++) if (far[i] <= limit) strange[i] = Math.min(distance(rgb, i, away), between(rgb, empty.rgb, i) / (3 * FLOOR));
  let own = clustersOf(rgb, inner);
  /** @type {Uint8Array} */
  let mask = new Uint8Array(count);
  for (let round = 0; round < 2; round++) {
    const score = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      if (far[i] > limit || closed?.[i]) score[i] = -4;
      else {
        const bias = 1.5 * (1 - (2 * Math.max(0, far[i] - core)) / Math.max(1, limit - core));
        const like = strange[i] - distance(rgb, i, own) + bias;
        // What resembles nothing around is the thing's, though the points lie on another part of it.
        score[i] = Math.max(-4, Math.min(4, strange[i] > 14 ? Math.max(like, 1.5) : like));
      }
    }
    blur(score, cols, rows);
    blur(score, cols, rows);
    mask = Uint8Array.from(score, (v) => (v > 0 ? 1 : 0));
    mask = opened(mask, cols, rows);
    mask = joined(mask, far, core, cols, rows);
    const members = [];
    for (let i = 0; i < count; i++) if (mask[i] && (strange[i] > PLAIN || far[i] <= core)) members.push(i);
    if (members.length < 4) return null;
    own = clustersOf(rgb, members);
  }
  fillHoles(mask, cols, rows);
  let area = 0;
  let sure = 0;
  let rim = 0;
  let open = 0;
  let plain = 0;
  for (let i = 0; i < count; i++) {
    area += mask[i];
    if (mask[i] && strange[i] > PLAIN) plain++;
    if (far[i] <= core && !closed?.[i]) sure += mask[i];
    if (far[i] > limit - 2 && far[i] <= limit && !closed?.[i]) {
      rim++;
      open += mask[i];
    }
  }
  // Open to its surroundings, nearly all of its zone, or missing where the points are, or much like what is around: not an outline.
  if (open > 0.15 * rim || area > 0.8 * zone || sure < 0.5 * inner.length || area < 12 || plain < 0.7 * area) return null;
  return softened(mask, cols, rows);
}

/**
 * How much sharper the rim of a cut is than what lies around it: large for a ball before the sky, small for a nose in a face. @param {Window} window @param {Float32Array} alpha @param {Float32Array} far @param {number} ring @returns {number} */
export function rimOverSurroundings({ cols, rows, rgb }, alpha, far, ring) {
  const mask = Uint8Array.from(alpha, (v) => (v > 0.5 ? 1 : 0));
  const step = (/** @type {number} */ i, /** @type {number} */ j) => Math.sqrt(between(rgb, rgb, i, j));
  const outside = grown(grown(mask, cols, rows, 1), cols, rows, 1);
  const [rim, around] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let r = 2; r < rows - 3; r++) {
    for (let c = 2; c < cols - 3; c++) {
      const i = r * cols + c;
      for (const d of [1, cols]) {
        if (mask[i] !== mask[i + d]) rim.push(step(i - d, i + 2 * d));
        else if (!outside[i] && !outside[i + 3 * d] && far[i] <= ring) around.push(step(i, i + 3 * d));
      }
    }
  }
  const at = (/** @type {number[]} */ values, /** @type {number} */ share) => values.sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
  return at(rim, 0.35) / Math.max(4, at(around, 0.75));
}

/** Soft shape without colours: full up to `core`, gone at `limit`. @param {Zones} zones @returns {Float32Array} */
export function matteByShape({ far, core, limit, closed }) {
  return far.map((d, i) => {
    const part = Math.min(1, Math.max(0, (limit - d) / Math.max(1, limit - core)));
    return closed?.[i] ? 0 : part * part * (3 - 2 * part);
  });
}

/** @typedef {Float64Array} Clusters [k*4] mean r, g, b and one over the spread */

/** @param {Float32Array} rgb @param {number[]} members @returns {Clusters} */
export function clustersOf(rgb, members) {
  const step = Math.max(1, Math.floor(members.length / 400));
  const some = members.filter((_, i) => i % step === 0).map((i) => [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]]);
  const apart = (/** @type {number[]} */ a, /** @type {number[]} */ b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
  // Seeds far from each other: always the same ones for the same picture.
  const means = [some[0]];
  const near = some.map((p) => apart(p, some[0]));
  while (means.length < Math.min(CLUSTERS, some.length)) {
    const far = near.indexOf(Math.max(...near));
    means.push(some[far]);
    some.forEach((p, i) => (near[i] = Math.min(near[i], apart(p, some[far]))));
  }
  let clusters = means.map((mean) => ({ mean, variance: 0 }));
  for (let round = 0; round < 4; round++) {
    const sums = clusters.map(() => [0, 0, 0, 0, 0]);
    for (const p of some) {
      let best = 0;
      for (let k = 1; k < clusters.length; k++) if (apart(p, clusters[k].mean) < apart(p, clusters[best].mean)) best = k;
      p.forEach((v, c) => (sums[best][c] += v));
      sums[best][3]++;
      sums[best][4] += apart(p, clusters[best].mean) / 3;
    }
    // A handful of stray pixels is no colour of its own.
    clusters = sums.filter((s) => s[3] > 0.01 * some.length).map((s) => ({ mean: [s[0] / s[3], s[1] / s[3], s[2] / s[3]], variance: s[4] / s[3] }));
  }
  return Float64Array.from(clusters.flatMap(({ mean, variance }) => [...mean, 1 / (FLOOR + variance)]));
}

/** Squared distance to the nearest cluster in its own spread, bounded. @param {Float32Array} rgb @param {number} i @param {Clusters} clusters */
function distance(rgb, i, clusters) {
  let best = 40;
  for (let k = 0; k < clusters.length; k += 4) {
    const r = rgb[3 * i] - clusters[k];
    const g = rgb[3 * i + 1] - clusters[k + 1];
    const b = rgb[3 * i + 2] - clusters[k + 2];
    const d = (r * r + g * g + b * b) * clusters[k + 3];
    if (d < best) best = d;
  }
  return best;
}

/** @param {Float32Array} a @param {Float32Array} b @param {number} i @param {number} [j] the same cell, or another of b */
const between = (a, b, i, j = i) => (a[3 * i] - b[3 * j]) ** 2 + (a[3 * i + 1] - b[3 * j + 1]) ** 2 + (a[3 * i + 2] - b[3 * j + 2]) ** 2;

/** Mean of 3x3, in place. @param {Float32Array} values @param {number} cols @param {number} rows */
function blur(values, cols, rows) {
  const across = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const i = r * cols + c;
      across[i] = (values[i] + values[c > 0 ? i - 1 : i] + values[c < cols - 1 ? i + 1 : i]) / 3;
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const i = r * cols + c;
      values[i] = (across[i] + across[r > 0 ? i - cols : i] + across[r < rows - 1 ? i + cols : i]) / 3;
    }
  }
}

/** Without hairs thinner than three pixels. @param {Uint8Array} mask @param {number} cols @param {number} rows @returns {Uint8Array} */
export function opened(mask, cols, rows) {
  return grown(grown(mask, cols, rows, 0), cols, rows, 1);
}

/** The 3x3 neighbourhood's maximum (value 1) or minimum (0). @param {Uint8Array} mask @param {number} cols @param {number} rows @param {0|1} value @returns {Uint8Array} */
export function grown(mask, cols, rows, value) {
  const out = Uint8Array.from(mask);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      if (mask[r * cols + c] !== value) continue;
      for (let dr = -1; dr <= 1; dr++) {
        for (let dc = -1; dc <= 1; dc++) if (r + dr >= 0 && r + dr < rows && c + dc >= 0 && c + dc < cols) out[(r + dr) * cols + c + dc] = value;
      }
    }
  }
  return out;
}

/** Only what hangs together with the core. @param {Uint8Array} mask @param {Float32Array} far @param {number} core @param {number} cols @param {number} rows @returns {Uint8Array} */
function joined(mask, far, core, cols, rows) {
  const out = new Uint8Array(mask.length);
  const stack = [];
  for (let i = 0; i < mask.length; i++) if (mask[i] && far[i] <= core) stack.push(i);
  flood(stack, out, cols, rows, (i) => mask[i] === 1);
  return out;
}

/** Holes of up to so many cells; a large one (through a handle, between legs) may stay. @param {Uint8Array} mask changed in place @param {number} cols @param {number} rows @param {number} [most] */
export function fillHoles(mask, cols, rows, most = Infinity) {
  const outside = new Uint8Array(mask.length);
  const stack = [];
  for (let i = 0; i < mask.length; i++) if (!mask[i] && (i < cols || i >= cols * (rows - 1) || i % cols === 0 || i % cols === cols - 1)) stack.push(i);
  flood(stack, outside, cols, rows, (i) => mask[i] === 0);
  for (let i = 0; i < mask.length; i++) {
    if (outside[i] || mask[i]) continue;
    const cells = flood([i], outside, cols, rows, (j) => mask[j] === 0);
    if (cells.length <= most) for (const j of cells) mask[j] = 1;
  }
}

/** @param {number[]} seeds @param {Uint8Array} out set where it comes @param {number} cols @param {number} rows @param {(i: number) => boolean} passes @returns {number[]} all cells that it came to */
export function flood(seeds, out, cols, rows, passes) {
  const cells = [...seeds];
  for (const i of cells) out[i] = 1;
  for (let n = 0; n < cells.length; n++) {
    const i = cells[n];
    const c = i % cols;
    for (const j of [c > 0 ? i - 1 : -1, c < cols - 1 ? i + 1 : -1, i - cols, i + cols]) {
      if (j < 0 || j >= cols * rows || out[j] || !passes(j)) continue;
      out[j] = 1;
      cells.push(j);
    }
  }
  return cells;
}

/** @param {Uint8Array} mask @param {number} cols @param {number} rows @returns {Float32Array} */
export function softened(mask, cols, rows) {
  const soft = Float32Array.from(mask);
  blur(soft, cols, rows);
  return soft;
}

/**
 * Paint over a hole from around it: along the rows first (what lies beside a thing usually goes on behind it: a horizon, water, ground), then relaxed.
 * @param {Window} window changed in place @param {Uint8Array} hole nonzero is to be filled @returns {void} */
export function paintOver({ cols, rows, rgb }, hole) {
  const inside = [];
  for (let i = 0; i < hole.length; i++) if (hole[i]) inside.push(i);
  if (inside.length === 0 || inside.length === hole.length) return;
  const mean = [0, 0, 0];
  for (let i = 0; i < hole.length; i++) if (!hole[i]) for (let c = 0; c < 3; c++) mean[c] += rgb[3 * i + c] / (hole.length - inside.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      if (!hole[r * cols + c]) continue;
      const from = c - 1;
      let to = c;
      while (to < cols && hole[r * cols + to]) to++;
      for (let at = c; at < to; at++) {
        for (let k = 0; k < 3; k++) {
          const left = from >= 0 ? rgb[3 * (r * cols + from) + k] : null;
          const right = to < cols ? rgb[3 * (r * cols + to) + k] : null;
          const part = (at - from) / (to - from);
          rgb[3 * (r * cols + at) + k] = left === null ? right ?? mean[k] : right === null ? left : left + (right - left) * part;
        }
      }
      c = to;
    }
  }
  for (let sweep = 0; sweep < 5; sweep++) {
    for (const i of inside) {
      const c = i % cols;
      const [west, east] = [c > 0 ? i - 1 : i + 1, c < cols - 1 ? i + 1 : i - 1];
      const [north, south] = [i >= cols ? i - cols : i + cols, i < cols * (rows - 1) ? i + cols : i - cols];
      for (let k = 0; k < 3; k++) rgb[3 * i + k] = 0.46 * (rgb[3 * west + k] + rgb[3 * east + k]) + 0.04 * (rgb[3 * north + k] + rgb[3 * south + k]);
    }
  }
}

/** Chamfer distance in cells (steps 1 and 1.41) to the nearest cell that holds `value`; further than any where none does. @param {Uint8Array} cells @param {number} value @param {number} cols @param {number} rows @returns {Float32Array} */
export function distanceTo(cells, value, cols, rows) {
  const far = cols + rows;
  const d = Float32Array.from(cells, (v) => (v === value ? 0 : far));
  const [side, slant] = [1, Math.SQRT2];
  for (let pass = 0; pass < 2; pass++) {
    for (let n = 0; n < d.length; n++) {
      const i = pass ? d.length - 1 - n : n;
      const c = i % cols;
      const up = pass ? i + cols : i - cols;
      const [prev, next] = pass ? [c < cols - 1, c > 0] : [c > 0, c < cols - 1];
      const s = pass ? -1 : 1;
      if (prev) d[i] = Math.min(d[i], d[i - s] + side);
      if (up < 0 || up >= d.length) continue;
      d[i] = Math.min(d[i], d[up] + side);
      if (prev) d[i] = Math.min(d[i], d[up - s] + slant);
      if (next) d[i] = Math.min(d[i], d[up + s] + slant);
    }
  }
  return d;
}
