// Easing as in CSS: a cubic Bezier from (0, 0) to (1, 1) with control points (x1, y1) and (x2, y2).

/** @typedef {import('../document/types.mjs').Easing} Easing */

/** Preset names and their curves. */
export const PRESETS = Object.freeze({
  linear: Object.freeze([0, 0, 1, 1]),
  'ease-in': Object.freeze([0.42, 0, 1, 1]),
  'ease-out': Object.freeze([0, 0, 0.58, 1]),
  'ease-in-out': Object.freeze([0.42, 0, 0.58, 1]),
});

/** @param {unknown} easing @returns {easing is Easing} */
export function isEasing(easing) {
  if (typeof easing === 'string') return Object.hasOwn(PRESETS, easing);
  return (
    Array.isArray(easing) &&
    easing.length === 4 &&
    easing.every((v) => typeof v === 'number' && Number.isFinite(v) && Math.abs(v) <= 16) &&
    easing[0] >= 0 && easing[0] <= 1 && easing[2] >= 0 && easing[2] <= 1
  );
}

/** Four numbers of any easing. @param {Easing} easing @returns {number[]} */
export function easingNumbers(easing) {
  if (!isEasing(easing)) throw new RangeError(`${JSON.stringify(easing)} is not an easing: use ${Object.keys(PRESETS).join(', ')} or [x1, y1, x2, y2] with x in 0-1`);
  return typeof easing === 'string' ? [.../** @type {Record<string, readonly number[]>} */ (PRESETS)[easing]] : easing;
}

/** A motion that sets off or arrives faster than this many times an even one is held to it. */
export const FASTEST = 3;

/** How fast an easing sets off and arrives, as parts of an even speed. @param {Easing} easing @returns {[number, number]} */
export function endSpeeds(easing) {
  const [x1, y1, x2, y2] = easingNumbers(easing);
  return [slopeOf(x1, y1, x2, y2), slopeOf(1 - x2, 1 - y2, 1 - x1, 1 - y1)];
}

/** Of the curve at (0, 0): towards its first control point, or its second where the first lies on the end. @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function slopeOf(x1, y1, x2, y2) {
  const [x, y] = x1 > 0 || y1 !== 0 ? [x1, y1] : [x2, y2];
  if (x > 0) return Math.min(FASTEST, Math.max(-FASTEST, y / x));
  return y === 0 ? 1 : Math.sign(y) * FASTEST;
}

/** A function for many evaluations, of 0-1; what it gives may leave 0-1 where the curve overshoots. @param {Easing} easing @returns {(p: number) => number} */
export function easingFunction(easing) {
  const [x1, y1, x2, y2] = easingNumbers(easing);
  if (x1 === y1 && x2 === y2) return (p) => p;
  const axis = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ t) =>
    ((1 - 3 * b + 3 * a) * t + (3 * b - 6 * a)) * t * t + 3 * a * t;
  return (p) => {
    if (p <= 0) return 0;
    if (p >= 1) return 1;
    // Bisection, not Newton: x is monotone but may have a flat spot (x1 = 1, x2 = 0), where Newton leaves the interval.
    let low = 0;
    let high = 1;
    for (let i = 0; i < 52; i++) {
      const middle = (low + high) / 2;
      const x = axis(x1, x2, middle);
      if (x === p) return axis(y1, y2, middle);
      if (x < p) low = middle;
      else high = middle;
    }
    return axis(y1, y2, (low + high) / 2);
  };
}
