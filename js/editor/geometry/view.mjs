// The canvas's window onto the document: screen = doc_px * scale + (x, y), in CSS pixels.

/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').XY} XY */

const SCALE_RANGE = Object.freeze([0.02, 64]);

/** @param {number} width CSS px @param {number} height @returns {View} */
export function createView(width, height) {
  return { scale: 1, x: 0, y: 0, width: Math.max(1, width), height: Math.max(1, height) };
}

/** Zoom keeping the doc point under screen_xy still. @param {View} view @param {XY} screen_xy @param {number} factor @returns {View} */
export function zoomAt(view, screen_xy, factor) {
  const scale = clampScale(view.scale * factor);
  const real = scale / view.scale;
  return { ...view, scale, x: screen_xy[0] - (screen_xy[0] - view.x) * real, y: screen_xy[1] - (screen_xy[1] - view.y) * real };
}

/** @param {number} scale */
function clampScale(scale) {
  return Number.isFinite(scale) ? Math.min(SCALE_RANGE[1], Math.max(SCALE_RANGE[0], scale)) : 1;
}

/** @param {View} view @param {number} dx CSS px @param {number} dy @returns {View} */
export function panBy(view, dx, dy) {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** The whole picture in the middle, a margin of pasteboard around it. @param {View} view @param {XY} size_wh @param {number} [margin_px] @returns {View} */
export function fitView(view, size_wh, margin_px = 32) {
  const room = [Math.max(1, view.width - 2 * margin_px), Math.max(1, view.height - 2 * margin_px)];
  const scale = clampScale(Math.min(room[0] / size_wh[0], room[1] / size_wh[1]));
  return { ...view, scale, x: (view.width - size_wh[0] * scale) / 2, y: (view.height - size_wh[1] * scale) / 2 };
}

/** Keep the same doc point in the middle after the canvas was resized. @param {View} view @param {number} width @param {number} height @returns {View} */
export function resizeView(view, width, height) {
  return { ...view, width: Math.max(1, width), height: Math.max(1, height), x: view.x + (width - view.width) / 2, y: view.y + (height - view.height) / 2 };
}

/** @param {View} view @param {XY} doc_xy doc px @returns {XY} */
export function screenFromDoc(view, doc_xy) {
  return [doc_xy[0] * view.scale + view.x, doc_xy[1] * view.scale + view.y];
}

/** @param {View} view @param {XY} screen_xy @returns {XY} doc px */
export function docFromScreen(view, screen_xy) {
  return [(screen_xy[0] - view.x) / view.scale, (screen_xy[1] - view.y) / view.scale];
}

/** Two fingers: pan and zoom in one; the doc point between them follows. @param {View} view @param {[XY, XY]} from @param {[XY, XY]} to @returns {View} */
export function pinch(view, from, to) {
  const apart = (/** @type {[XY, XY]} */ [a, b]) => Math.max(1, Math.hypot(b[0] - a[0], b[1] - a[1]));
  const middle = (/** @type {[XY, XY]} */ [a, b]) => /** @type {XY} */ ([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
  const [start, end] = [middle(from), middle(to)];
  return panBy(zoomAt(view, start, apart(to) / apart(from)), end[0] - start[0], end[1] - start[1]);
}

/**
 * CSS pixels of a client position on an element whose rect an ancestor may have scaled.
 * @param {{left: number, top: number, width: number, height: number}} rect @param {number} clientWidth @param {number} clientHeight
 * @param {number} clientX @param {number} clientY @returns {XY} */
export function localFromClient(rect, clientWidth, clientHeight, clientX, clientY) {
  const scaleX = rect.width > 0 ? clientWidth / rect.width : 1;
  const scaleY = rect.height > 0 ? clientHeight / rect.height : 1;
  return [(clientX - rect.left) * scaleX, (clientY - rect.top) * scaleY];
}

/** Constrain to an axis from origin (Shift). @param {XY} origin @param {XY} xy @returns {XY} */
export function snapAxis(origin, xy) {
  return Math.abs(xy[0] - origin[0]) >= Math.abs(xy[1] - origin[1]) ? [xy[0], origin[1]] : [origin[0], xy[1]];
}

/** Snap doc px to cell corners or centres. @param {XY} xy @param {number} [step_px] @param {"corner"|"centre"} [to] @returns {XY} */
export function snapGrid(xy, step_px = 8, to = 'corner') {
  const half = to === 'centre' ? step_px / 2 : 0;
  return [Math.round((xy[0] - half) / step_px) * step_px + half, Math.round((xy[1] - half) / step_px) * step_px + half];
}
