/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').XY} XY @typedef {import('./types.mjs').RegionKey} RegionKey @typedef {import('./types.mjs').CameraKey} CameraKey */
/** Region from an outline (lasso, polygon), 0-1. @param {Doc} doc @param {XY[]} polygon @param {object} [fields] @returns {{doc: Doc, id: string}} */
export function addRegion(doc, polygon, fields) { throw new Error('stub'); }
/** Region from brushed pixels: bitmap uint8 [rows*cols]. @param {Doc} doc @param {{cols: number, rows: number, data: Uint8Array}} bitmap @param {object} [fields] @returns {{doc: Doc, id: string}} */
export function addRegionFromMask(doc, bitmap, fields) { throw new Error('stub'); }
/** Set (merge into) a region's key at a frame; a first key at 0 is made when keys start later. @param {Doc} doc @param {string} id @param {number} frame @param {Partial<RegionKey>} value @returns {Doc} */
export function setRegionKey(doc, id, frame, value) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {number} frame @param {number} dx 0-1 @param {number} dy @returns {Doc} */
export function dragRegion(doc, id, frame, dx, dy) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {number} frame @param {number} degrees added, clockwise on screen @returns {Doc} */
export function rotateRegion(doc, id, frame, degrees) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {number} frame @param {number} factor multiplied @returns {Doc} */
export function scaleRegion(doc, id, frame, factor) { throw new Error('stub'); }
/** Move a region's pivot without moving its points at that frame. @param {Doc} doc @param {string} id @param {XY} pivot @param {number} [frame] @returns {Doc} */
export function setPivot(doc, id, pivot, frame) { throw new Error('stub'); }
/** @param {Doc} doc @param {number} frame @param {Partial<CameraKey>} value @returns {Doc} */
export function setCameraKey(doc, frame, value) { throw new Error('stub'); }
/** @param {Doc} doc @param {"camera"|string} owner "camera" or a region's id @param {number} frame @returns {Doc} */
export function deleteKey(doc, owner, frame) { throw new Error('stub'); }
/** @param {Doc} doc @param {"camera"|string} owner @param {number} from @param {number} to @returns {Doc} */
export function moveKey(doc, owner, from, to) { throw new Error('stub'); }
/** Hide from a frame to the end, or show again when it is hidden there. @param {Doc} doc @param {string[]} ids @param {number} frame @returns {Doc} */
export function toggleHiddenFrom(doc, ids, frame) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {number} first @param {number} last @param {boolean} hide @returns {Doc} */
export function setHidden(doc, id, first, last, hide) { throw new Error('stub'); }
/** Timing bar of a path: drag its body, or an end. Frames are rounded and clamped. @param {Doc} doc @param {string} id @param {"body"|"start"|"end"} part @param {number} frames moved by @returns {Doc} */
export function dragBar(doc, id, part, frames) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {number} start @param {number} end @returns {Doc} */
export function setTiming(doc, id, start, end) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {number} index @param {number} speed @returns {Doc} */
export function setSpeed(doc, id, index, speed) { throw new Error('stub'); }
