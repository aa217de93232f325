/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').RegionLayer} RegionLayer @typedef {import('./types.mjs').XY} XY */
/** @typedef {{a: number, b: number, c: number, d: number, e: number, f: number}} Affine x' = a x + c y + e, y' = b x + d y + f (canvas order) */
/** Points (doc px) that a region starts from. @param {RegionLayer} layer @param {Doc} doc @returns {Float64Array} */
export function regionPoints(layer, doc) { throw new Error('stub'); }
/** Interpolated key at a frame. @param {RegionLayer} layer @param {number} frame @returns {import('./types.mjs').RegionKey} */
export function regionKeyAt(layer, frame) { throw new Error('stub'); }
/** M(f) M(0)^-1: from positions at frame 0 to positions at frame f, doc px. @param {RegionLayer} layer @param {Doc} doc @param {number} frame @returns {Affine} */
export function regionAffine(layer, doc, frame) { throw new Error('stub'); }
/** Polygon outline, or the mask's bounding rectangle, in 0-1. @param {RegionLayer} layer @returns {XY[]} */
export function regionOutline(layer) { throw new Error('stub'); }
/** @param {{cols: number, rows: number, data: Uint8Array}} bitmap @returns {import('./types.mjs').Mask} */
export function encodeMask(bitmap) { throw new Error('stub'); }
/** @param {import('./types.mjs').Mask} mask @returns {{cols: number, rows: number, data: Uint8Array}} */
export function decodeMask(mask) { throw new Error('stub'); }
