/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Sampled} Sampled @typedef {import('./types.mjs').View} View */
/** @typedef {import('./types.mjs').Hit} Hit @typedef {import('./types.mjs').XY} XY @typedef {import('./types.mjs').Selection} Selection */
/** @typedef {{tolerance_px?: number, selection?: Selection|null, cycle?: Hit|null, frame?: number}} HitOptions
 * tolerance in CSS px (8 mouse, 22 touch); cycle: the previous hit, the next one below it is returned; frame: where regions are shown (default 0) */
/** All hits, best first. Hidden and locked layers are skipped. @param {Doc} doc @param {Sampled|null} sampled @param {View} view @param {XY} screen_xy @param {HitOptions} [options] @returns {Hit[]} */
export function hitTestAll(doc, sampled, view, screen_xy, options) { throw new Error('stub'); }
/** Order: handle > selected point > any point > path > region. @param {Doc} doc @param {Sampled|null} sampled @param {View} view @param {XY} screen_xy @param {HitOptions} [options] @returns {Hit|null} */
export function hitTest(doc, sampled, view, screen_xy, options) { throw new Error('stub'); }
/** @param {Hit|null} a @param {Hit|null} b @returns {boolean} */
export function sameHit(a, b) { throw new Error('stub'); }
/** What a rectangle (screen px, any corner order) selects: points inside; layers whose every point is inside. @param {Doc} doc @param {View} view @param {XY} a @param {XY} b @param {{frame?: number}} [options] @returns {Selection} */
export function marquee(doc, view, a, b, options) { throw new Error('stub'); }
/** Region's handles on screen at a frame, to draw and to hit. @param {import('./types.mjs').RegionLayer} layer @param {Doc} doc @param {View} view @param {number} frame @returns {{handle: string, xy: XY}[]} */
export function regionHandles(layer, doc, view, frame) { throw new Error('stub'); }
