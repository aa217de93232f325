/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').XY} XY @typedef {import('./types.mjs').PointRef} PointRef @typedef {import('./types.mjs').Selection} Selection */
/** @param {Doc} doc @param {string} id @param {number} index @param {XY} point 0-1 @returns {Doc} */
export function setPoint(doc, id, index, point) { throw new Error('stub'); }
/** Move the selection: its points, and whole layers (region: polygon, mask pivot; path, anchors: every point). @param {Doc} doc @param {Selection} selection @param {number} dx 0-1 @param {number} dy @returns {Doc} */
export function moveSelection(doc, selection, dx, dy) { throw new Error('stub'); }
/** @param {Doc} doc @param {Selection} selection @param {number} dx_px @param {number} dy_px @returns {Doc} */
export function nudge(doc, selection, dx_px, dy_px) { throw new Error('stub'); }
/** Insert before `index` (index = points.length appends). Times and speeds are interpolated. @param {Doc} doc @param {string} id @param {number} index @param {XY} point @returns {Doc} */
export function insertPoint(doc, id, index, point) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {XY} point @returns {Doc} */
export function appendPoint(doc, id, point) { throw new Error('stub'); }
/** Delete points; a layer left without any goes too. @param {Doc} doc @param {PointRef[]} points @returns {Doc} */
export function deletePoints(doc, points) { throw new Error('stub'); }
/** Delete selected points and selected layers (locked ones stay). @param {Doc} doc @param {Selection} selection @returns {Doc} */
export function deleteSelection(doc, selection) { throw new Error('stub'); }
/** Mirror about the selection's own middle (or the picture's). @param {Doc} doc @param {Selection} selection @param {"x"|"y"} axis @param {{about?: "selection"|"picture"}} [options] @returns {Doc} */
export function mirrorSelection(doc, selection, axis, options) { throw new Error('stub'); }
/** @param {Doc} doc @param {Selection} selection @param {"left"|"center"|"right"|"top"|"middle"|"bottom"} edge @returns {Doc} */
export function alignSelection(doc, selection, edge) { throw new Error('stub'); }
/** Reverse the direction of a path. @param {Doc} doc @param {string} id @returns {Doc} */
export function reversePath(doc, id) { throw new Error('stub'); }
/** Control points (0-1) concerned by a selection. @param {Doc} doc @param {Selection} selection @returns {{ref: PointRef, point: XY}[]} */
export function selectedPoints(doc, selection) { throw new Error('stub'); }
