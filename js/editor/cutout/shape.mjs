// What a guess's outline looks like: how round it goes about what it holds, how much of it is the frame's own side, how clear its weakest stretch is. And a guess whose bays are closed.

/** @typedef {import('./candidates.mjs').Scene} Scene */
/** @typedef {import('./candidates.mjs').Neighbours} Neighbours */

/** Patches from left to right, of each scene once. @type {WeakMap<Scene, Int32Array>} */
const ORDERED = new WeakMap();

/** @param {Scene} scene */
function ordered(scene) {
  const { center, count } = scene.patches;
  const known = ORDERED.get(scene) ?? Int32Array.from({ length: count }, (_, n) => n).sort((a, b) => center[2 * a] - center[2 * b] || center[2 * a + 1] - center[2 * b + 1]);
  ORDERED.set(scene, known);
  return known;
}

/** Area over that of the convex hull, to 1: 1 is a disc or a box, a third a star. @param {Scene} scene @param {Uint8Array} parts */
export function convexity(scene, parts) {
  const { center, area, count } = scene.patches;
  const order = ordered(scene);
  /** Corners of one half, from left to right (Andrew 1979). @param {1|-1} side */
  const half = (side) => {
    /** @type {number[]} */
    const corners = [];
    for (let at = 0; at < count; at++) {
      const n = order[at];
      if (!parts[n]) continue;
      while (corners.length > 1) {
        const [a, b] = [corners[corners.length - 2], corners[corners.length - 1]];
        const turn = (center[2 * b] - center[2 * a]) * (center[2 * n + 1] - center[2 * a + 1]) - (center[2 * b + 1] - center[2 * a + 1]) * (center[2 * n] - center[2 * a]);
        if (turn * side > 0) break;
        corners.pop();
      }
      corners.push(n);
    }
    return corners;
  };
  const ring = [...half(1), ...half(-1).reverse()];
  let hull = 0;
  for (let k = 0; k < ring.length; k++) {
    const [a, b] = [ring[k], ring[(k + 1) % ring.length]];
    hull += (center[2 * a] * center[2 * b + 1] - center[2 * b] * center[2 * a + 1]) / 2;
  }
  let own = 0;
  for (let n = 0; n < count; n++) if (parts[n]) own += area[n];
  // The hull goes through the patches' middles; half a patch more all around is its own.
  const rim = 1.8 * Math.sqrt(Math.abs(hull) * ((scene.cols * scene.rows) / count));
  return Math.min(1, own / Math.max(1, Math.abs(hull) + rim));
}

/** How much of the frame's sides lies in a guess, 0-1. @param {Scene} scene @param {Uint8Array} parts */
export function frameShare({ cols, rows, patches: { label } }, parts) {
  let inside = 0;
  for (let r = 0; r < rows; r++) inside += parts[label[r * cols]] + parts[label[r * cols + cols - 1]];
  for (let c = 0; c < cols; c++) inside += parts[label[c]] + parts[label[(rows - 1) * cols + c]];
  return inside / (2 * (cols + rows));
}

/** The strength that four fifths of an outline have at least. @param {Scene} scene @param {Uint8Array} parts */
export function weakestFifth({ borders: { from, to, length, strength } }, parts) {
  // By steps of a fiftieth, to 3.
  const bins = new Float64Array(150);
  let whole = 0;
  for (let k = 0; k < from.length; k++) {
    if (parts[from[k]] === parts[to[k]]) continue;
    bins[Math.min(149, Math.floor(50 * strength[k]))] += length[k];
    whole += length[k];
  }
  let [sum, bin] = [0, 0];
  while (bin < 149 && sum + bins[bin] <= 0.2 * whole) sum += bins[bin++];
  return bin / 50;
}

/** Bays narrower than `2 * rings` patches are closed, as a face is about its eyes. @param {Uint8Array} parts @param {Neighbours} neighbours @param {number} rings @param {Uint8Array} outside never joins @returns {Uint8Array} */
export function closed(parts, neighbours, rings, outside) {
  let wide = parts;
  for (let ring = 0; ring < rings; ring++) wide = next(wide, neighbours, 1);
  for (let ring = 0; ring < rings; ring++) wide = next(wide, neighbours, 0);
  const out = new Uint8Array(parts.length);
  for (let n = 0; n < out.length; n++) out[n] = parts[n] | (wide[n] & (outside[n] ? 0 : 1));
  return out;
}

/** One ring of patches more (1) or less (0). @param {Uint8Array} parts @param {Neighbours} neighbours @param {0|1} value */
function next(parts, { first, other }, value) {
  const out = Uint8Array.from(parts);
  for (let n = 0; n < out.length; n++) {
    if (parts[n] === value) continue;
    for (let e = first[n]; e < first[n + 1] && out[n] !== value; e++) if (parts[other[e]] === value) out[n] = value;
  }
  return out;
}
