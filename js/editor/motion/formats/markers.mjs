// Numbers that stand for "no position", found before anything is resampled. The rule and its numbers are those of wan_move_core/motion/formats/markers.py.

const MARKERS = new Set([-1, -100, -999, -1000, -9999, -10000, -99999, -100000]);
/** px: a path that really passes there comes by small steps; a marker is jumped to. */
const NEAR = 8;

/** Which positions of one track are markers. @param {ArrayLike<number>} points [T*2] px; NaN where there is none @returns {Uint8Array} [T] */
export function markedOf(points) {
  const frames = points.length / 2;
  const out = new Uint8Array(frames);
  let any = false;
  for (let f = 0; f < frames; f++) if (points[2 * f] === points[2 * f + 1] && MARKERS.has(points[2 * f])) any = Boolean((out[f] = 1));
  if (!any) return out;
  const near = new Uint8Array(frames);
  for (const step of [1, -1]) {
    let beside = -1;
    for (let f = step > 0 ? 0 : frames - 1; f >= 0 && f < frames; f += step) {
      if (!out[f]) {
        if (Number.isFinite(points[2 * f]) && Number.isFinite(points[2 * f + 1])) beside = f;
      } else if (beside >= 0 && Math.max(Math.abs(points[2 * beside] - points[2 * f]), Math.abs(points[2 * beside + 1] - points[2 * f + 1])) <= NEAR) near[f] = 1;
    }
  }
  return out.map((v, f) => v && Number(!near[f]));
}

/** The same along one axis of a grid. @param {{data: ArrayLike<number>, rows: number, columns: number}} grid positions [rows, columns, 2] @param {0|1} axis along which time is taken to run @returns {Uint8Array} [rows*columns] */
export function markedGrid({ data, rows, columns }, axis) {
  const out = new Uint8Array(rows * columns);
  const [length, lines] = axis === 0 ? [rows, columns] : [columns, rows];
  for (let line = 0; line < lines; line++) {
    const at = (/** @type {number} */ i) => (axis === 0 ? i * columns + line : line * columns + i);
    const points = Float64Array.from({ length: 2 * length }, (_, k) => data[2 * at(k >> 1) + (k & 1)]);
    markedOf(points).forEach((v, i) => (out[at(i)] = v));
  }
  return out;
}
