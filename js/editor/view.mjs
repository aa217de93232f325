/** @typedef {import('./types.mjs').View} View @typedef {import('./types.mjs').XY} XY */
/** @param {number} width CSS px @param {number} height @returns {View} */
export function createView(width, height) { throw new Error('stub'); }
/** Zoom keeping the doc point under screen_xy still. @param {View} view @param {XY} screen_xy @param {number} factor @returns {View} */
export function zoomAt(view, screen_xy, factor) { throw new Error('stub'); }
/** @param {View} view @param {number} dx @param {number} dy @returns {View} */
export function panBy(view, dx, dy) { throw new Error('stub'); }
/** @param {View} view @param {XY} size_wh @param {number} [margin_px] @returns {View} */
export function fitView(view, size_wh, margin_px) { throw new Error('stub'); }
/** Keep the same doc point in the middle after the canvas was resized. @param {View} view @param {number} width @param {number} height @returns {View} */
export function resizeView(view, width, height) { throw new Error('stub'); }
/** @param {View} view @param {XY} doc_xy doc px @returns {XY} */
export function screenFromDoc(view, doc_xy) { throw new Error('stub'); }
/** @param {View} view @param {XY} screen_xy @returns {XY} doc px */
export function docFromScreen(view, screen_xy) { throw new Error('stub'); }
/** Two fingers: pan, zoom in one. @param {View} view @param {[XY, XY]} from @param {[XY, XY]} to @returns {View} */
export function pinch(view, from, to) { throw new Error('stub'); }
/** CSS pixels of a client position on an element whose rect may be CSS-scaled. @param {{left: number, top: number, width: number, height: number}} rect @param {number} clientWidth @param {number} clientHeight @param {number} clientX @param {number} clientY @returns {XY} */
export function localFromClient(rect, clientWidth, clientHeight, clientX, clientY) { throw new Error('stub'); }
/** Constrain to an axis from origin (Shift). @param {XY} origin @param {XY} xy @returns {XY} */
export function snapAxis(origin, xy) { throw new Error('stub'); }
/** Snap doc px to the grid (cell corners, or centres). @param {XY} xy @param {number} [step_px] @param {"corner"|"centre"} [to] @returns {XY} */
export function snapGrid(xy, step_px, to) { throw new Error('stub'); }
