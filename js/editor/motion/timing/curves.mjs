// timing/ says where along a path a point is, and when: curves, easing, keys, frames and seconds. It imports no other room, and every room of motion/ may use it.

// Curves through control points, subdivided into straight pieces of equal parameter: 64 a span, the same number as in Python.

export const PIECES = 64;

/**
 * @param {Float64Array} control px, distinct neighbours [n*2]; of a closed path the first point stands again at the end
 * @param {import('../document/types.mjs').Curve} curve
 * @param {boolean} closed
 * @param {readonly (readonly number[]|null)[]|null} [handles] of each control point, px: see PathLayer's
 * @returns {Float64Array} polyline [((n-1)*64+1)*2]; the k-th control point is vertex 64 k */
export function subdivide(control, curve, closed, handles = null) {
  const n = control.length / 2;
  const out = new Float64Array(((n - 1) * PIECES + 1) * 2);
  const distinct = closed ? n - 1 : n;
  if (curve === 'cubic' && distinct >= (closed ? 3 : 4)) sampleSpline(control, closed, out);
  else if (curve === 'catmull-rom' && distinct >= 3) sampleCatmullRom(control, closed, out);
  else sampleStraight(control, out);
  if (handles) sampleHandles(control, handles, out);
  out[out.length - 2] = control[2 * n - 2];
  out[out.length - 1] = control[2 * n - 1];
  return out;
}

/** Cumulative distance between control points. @param {Float64Array} xy @returns {Float64Array} */
export function chords(xy) {
  const n = xy.length / 2;
  const t = new Float64Array(n);
  for (let i = 1; i < n; i++) t[i] = t[i - 1] + Math.hypot(xy[2 * i] - xy[2 * i - 2], xy[2 * i + 1] - xy[2 * i - 1]);
  return t;
}

/** @param {Float64Array} control @param {Float64Array} out */
function sampleStraight(control, out) {
  for (let i = 0; i + 3 < control.length; i += 2) {
    for (let k = 0; k < PIECES; k++) {
      const u = k / PIECES;
      out[i * PIECES + 2 * k] = control[i] + (control[i + 2] - control[i]) * u;
      out[i * PIECES + 2 * k + 1] = control[i + 1] + (control[i + 3] - control[i + 1]) * u;
    }
  }
}

/** Spans with a handle at either end, written over the rest; a point without has its handles on itself. @param {Float64Array} control @param {readonly (readonly number[]|null)[]} handles @param {Float64Array} out */
function sampleHandles(control, handles, out) {
  for (let i = 0; i + 3 < control.length; i += 2) {
    const [start, end] = [handles[i / 2], handles[i / 2 + 1]];
    if (!start && !end) continue;
    for (let axis = 0; axis < 2; axis++) {
      const [a, d] = [control[i + axis], control[i + 2 + axis]];
      const [b, c] = [a + (start ? start[2 + axis] : 0), d + (end ? end[axis] : 0)];
      for (let k = 0; k < PIECES; k++) {
        const u = k / PIECES;
        const rest = 1 - u;
        out[i * PIECES + 2 * k + axis] = rest * rest * rest * a + 3 * rest * rest * u * b + 3 * rest * u * u * c + u * u * u * d;
      }
    }
  }
}

/** Centripetal: knots a square root of the distance apart, which neither loops nor overshoots. @param {Float64Array} control @param {boolean} closed @param {Float64Array} out */
function sampleCatmullRom(control, closed, out) {
  const n = control.length / 2;
  /** @param {number} i @param {number} axis */
  const at = (i, axis) => {
    if (i >= 0 && i < n) return control[2 * i + axis];
    if (closed) return control[2 * (i < 0 ? n - 2 : 1) + axis];
    return i < 0 ? 2 * control[axis] - control[2 + axis] : 2 * control[2 * n - 2 + axis] - control[2 * n - 4 + axis];
  };
  /** @param {number} i */
  const gap = (i) => Math.sqrt(Math.hypot(at(i + 1, 0) - at(i, 0), at(i + 1, 1) - at(i, 1)));
  for (let i = 0; i < n - 1; i++) {
    const t1 = gap(i - 1);
    const t2 = t1 + gap(i);
    const t3 = t2 + gap(i + 1);
    for (let axis = 0; axis < 2; axis++) {
      const p0 = at(i - 1, axis);
      const p1 = at(i, axis);
      const p2 = at(i + 1, axis);
      const p3 = at(i + 2, axis);
      for (let k = 0; k < PIECES; k++) {
        const t = t1 + ((t2 - t1) * k) / PIECES;
        const a1 = ((t1 - t) * p0 + t * p1) / t1;
        const a2 = ((t2 - t) * p1 + (t - t1) * p2) / (t2 - t1);
        const a3 = ((t3 - t) * p2 + (t - t2) * p3) / (t3 - t2);
        const b1 = ((t2 - t) * a1 + t * a2) / t2;
        const b2 = ((t3 - t) * a2 + (t - t1) * a3) / (t3 - t1);
        out[(i * PIECES + k) * 2 + axis] = ((t2 - t) * b1 + (t - t1) * b2) / (t2 - t1);
      }
    }
  }
}

/** @param {Float64Array} control @param {boolean} closed @param {Float64Array} out */
function sampleSpline(control, closed, out) {
  const knots = chords(control);
  for (let axis = 0; axis < 2; axis++) {
    const values = Float64Array.from(knots, (_, i) => control[2 * i + axis]);
    const spline = fitSpline(knots, values, closed);
    for (let i = 0; i < knots.length - 1; i++) {
      for (let k = 0; k < PIECES; k++) out[(i * PIECES + k) * 2 + axis] = spline.span(i, ((knots[i + 1] - knots[i]) * k) / PIECES);
    }
  }
}

/**
 * Cubic spline: not-a-knot, or periodic where the first value stands again at the end.
 * @param {Float64Array} t rising @param {Float64Array} y @param {boolean} periodic
 * @returns {{span(i: number, dt: number): number}} the i-th piece, dt after its knot */
export function fitSpline(t, y, periodic) {
  const n = t.length;
  const h = new Float64Array(n - 1);
  const slope = new Float64Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    h[i] = t[i + 1] - t[i];
    slope[i] = (y[i + 1] - y[i]) / h[i];
  }
  const m = periodic ? periodicSlopes(h, slope) : notAKnotSlopes(h, slope);
  return {
    span(i, dt) {
      const c3 = (m[i] + m[i + 1] - 2 * slope[i]) / (h[i] * h[i]);
      const c2 = (3 * slope[i] - 2 * m[i] - m[i + 1]) / h[i];
      return y[i] + dt * (m[i] + dt * (c2 + dt * c3));
    },
  };
}

/** Slopes at the knots, third derivative continuous at the second and the last but one. @param {Float64Array} h @param {Float64Array} slope */
function notAKnotSlopes(h, slope) {
  const n = h.length + 1;
  const lower = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const upper = new Float64Array(n);
  const right = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    lower[i] = h[i];
    diagonal[i] = 2 * (h[i - 1] + h[i]);
    upper[i] = h[i - 1];
    right[i] = 3 * (h[i] * slope[i - 1] + h[i - 1] * slope[i]);
  }
  const first = h[0] + h[1];
  diagonal[0] = h[1];
  upper[0] = first;
  right[0] = ((h[0] + 2 * first) * h[1] * slope[0] + h[0] * h[0] * slope[1]) / first;
  const last = h[n - 2] + h[n - 3];
  diagonal[n - 1] = h[n - 3];
  lower[n - 1] = last;
  right[n - 1] = (h[n - 2] * h[n - 2] * slope[n - 3] + (2 * last + h[n - 2]) * h[n - 3] * slope[n - 2]) / last;
  return solveTridiagonal(lower, diagonal, upper, right);
}

/** @param {Float64Array} h @param {Float64Array} slope @returns {Float64Array} the last equals the first */
function periodicSlopes(h, slope) {
  const n = h.length;
  // Cyclic tridiagonal system by Sherman-Morrison: solve without the corners, then correct.
  const lower = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const upper = new Float64Array(n);
  const right = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const before = (i + n - 1) % n;
    lower[i] = h[i];
    diagonal[i] = 2 * (h[before] + h[i]);
    upper[i] = h[before];
    right[i] = 3 * (h[i] * slope[before] + h[before] * slope[i]);
  }
  const topRight = lower[0];
  const bottomLeft = upper[n - 1];
  const gamma = -diagonal[0];
  diagonal[0] -= gamma;
  diagonal[n - 1] -= (topRight * bottomLeft) / gamma;
  const u = new Float64Array(n);
  u[0] = gamma;
  u[n - 1] = bottomLeft;
  const x = solveTridiagonal(lower, diagonal, upper, right);
  const z = solveTridiagonal(lower, diagonal, upper, u);
  const factor = (x[0] + (topRight * x[n - 1]) / gamma) / (1 + z[0] + (topRight * z[n - 1]) / gamma);
  const m = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) m[i] = x[i] - factor * z[i];
  m[n] = m[0];
  return m;
}

/** @param {Float64Array} lower @param {Float64Array} diagonal @param {Float64Array} upper @param {Float64Array} right @returns {Float64Array} */
function solveTridiagonal(lower, diagonal, upper, right) {
  const n = right.length;
  const c = new Float64Array(n);
  const x = new Float64Array(n);
  c[0] = upper[0] / diagonal[0];
  x[0] = right[0] / diagonal[0];
  for (let i = 1; i < n; i++) {
    const pivot = diagonal[i] - lower[i] * c[i - 1];
    c[i] = upper[i] / pivot;
    x[i] = (right[i] - lower[i] * x[i - 1]) / pivot;
  }
  for (let i = n - 2; i >= 0; i--) x[i] -= c[i] * x[i + 1];
  return x;
}
