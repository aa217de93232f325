// geometry/ is plain mathematics of points, maps, fits and views. It imports nothing outside itself, and everyone may use it.

// Affine maps in canvas order: x' = a x + c y + e, y' = b x + d y + f (what ctx.transform takes).

/** @typedef {{a: number, b: number, c: number, d: number, e: number, f: number}} Affine */
/** @typedef {import('../motion/document/types.mjs').XY} XY */

/** @type {Readonly<Affine>} */
export const IDENTITY = Object.freeze({ a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 });

/** First `second`, then `first`: (first o second)(p). @param {Affine} first @param {Affine} second @returns {Affine} */
export function compose(first, second) {
  return {
    a: first.a * second.a + first.c * second.b,
    b: first.b * second.a + first.d * second.b,
    c: first.a * second.c + first.c * second.d,
    d: first.b * second.c + first.d * second.d,
    e: first.a * second.e + first.c * second.f + first.e,
    f: first.b * second.e + first.d * second.f + first.f,
  };
}

/** @param {Affine} m @returns {Affine} */
export function invert(m) {
  const determinant = m.a * m.d - m.b * m.c;
  if (!(Math.abs(determinant) > 1e-12)) throw new RangeError('this transform flattens the picture and has no inverse');
  const a = m.d / determinant;
  const b = -m.b / determinant;
  const c = -m.c / determinant;
  const d = m.a / determinant;
  return { a, b, c, d, e: -(a * m.e + c * m.f), f: -(b * m.e + d * m.f) };
}

/** @param {Affine} m @param {XY} xy @returns {XY} */
export function applyAffine(m, xy) {
  return [m.a * xy[0] + m.c * xy[1] + m.e, m.b * xy[0] + m.d * xy[1] + m.f];
}

/**
 * Scale and turn about a centre, then move. Clockwise on screen for positive degrees, because y points down.
 * @param {XY} centre_px @param {number} scale @param {number} degrees @param {XY} move_px @returns {Affine} */
export function similarity(centre_px, scale, degrees, move_px) {
  const angle = (degrees * Math.PI) / 180;
  const cos = Math.cos(angle) * scale;
  const sin = Math.sin(angle) * scale;
  const [x, y] = centre_px;
  return { a: cos, b: sin, c: -sin, d: cos, e: x + move_px[0] - cos * x + sin * y, f: y + move_px[1] - sin * x - cos * y };
}
