// Numbers that stand for "no position", found before anything is resampled. The rule and its numbers are those of wan_move_core/motion/formats/markers.py.

const MARKERS = new Set([-1, -100, -999, -1000, -9999, -10000, -99999, -100000]);
/** px: a path that really passes there comes by small steps; a marker is jumped to. */
const NEAR = 8;

/** Marked positions of one track become NaN; how many there were. @param {Float64Array} points [T*2] px, changed in place */
export function dropMarkers(points) {
  const frames = points.length / 2;
  const isMarked = (/** @type {number} */ f) => points[2 * f] === points[2 * f + 1] && MARKERS.has(points[2 * f]);
  /** @type {Set<number>} */
  const marked = new Set();
  for (let f = 0; f < frames; f++) if (isMarked(f)) marked.add(f);
  if (!marked.size) return 0;
  /** @type {Set<number>} */
  const real = new Set();
  for (const step of [1, -1]) {
    let beside = -1;
    for (let f = step > 0 ? 0 : frames - 1; f >= 0 && f < frames; f += step) {
      if (!marked.has(f)) {
        if (Number.isFinite(points[2 * f]) && Number.isFinite(points[2 * f + 1])) beside = f;
      } else if (beside >= 0 && Math.max(Math.abs(points[2 * beside] - points[2 * f]), Math.abs(points[2 * beside + 1] - points[2 * f + 1])) <= NEAR) real.add(f);
    }
  }
  for (const f of marked) if (!real.has(f)) points[2 * f] = points[2 * f + 1] = NaN;
  return marked.size - real.size;
}
