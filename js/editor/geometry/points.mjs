// Small measures in pixels and 0-1, shared by hits and edits.

/** @typedef {import('../motion/document/types.mjs').XY} XY */

/** Nearest position on a segment. @param {XY} p @param {number} ax @param {number} ay @param {number} bx @param {number} by @returns {{part: number, x: number, y: number, distance: number}} */
export function nearestOnSegment(p, ax, ay, bx, by) {
  const dx = bx - ax;
  const dy = by - ay;
  const square = dx * dx + dy * dy;
  const part = square > 0 ? Math.min(1, Math.max(0, ((p[0] - ax) * dx + (p[1] - ay) * dy) / square)) : 0;
  const x = ax + dx * part;
  const y = ay + dy * part;
  return { part, x, y, distance: Math.hypot(p[0] - x, p[1] - y) };
}

/** Even-odd. @param {XY} p @param {XY[]} polygon @returns {boolean} */
export function insidePolygon([x, y], polygon) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** @param {Iterable<XY>} points @returns {{left: number, top: number, right: number, bottom: number}|null} null for none */
export function bounds(points) {
  let box = null;
  for (const [x, y] of points) {
    if (!box) box = { left: x, top: y, right: x, bottom: y };
    else box = { left: Math.min(box.left, x), top: Math.min(box.top, y), right: Math.max(box.right, x), bottom: Math.max(box.bottom, y) };
  }
  return box;
}
