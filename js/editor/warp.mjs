/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Sampled} Sampled */
/**
 * A coarse mesh that carries the picture along its tracks.
 * @typedef {object} Warp
 * @property {number} cols vertices across
 * @property {number} rows vertices down
 * @property {Float32Array} rest [cols*rows*2] vertex positions at frame 0, doc px (these are the texture coordinates too)
 * @property {Uint16Array} triangles [3*count] vertex indexes; draw the affine map of each
 * @property {number} count vertices
 */
/** @param {Doc} doc @param {Sampled} sampled @param {{cols?: number, rows?: number}} [options] @returns {Warp} */
export function createWarp(doc, sampled, options) { throw new Error('stub'); }
/** Vertex positions at frame f (fractional allowed) into outVertices [cols*rows*2], doc px. @param {Warp} warp @param {number} f @param {Float32Array} [outVertices] @returns {Float32Array} */
export function warpFrame(warp, f, outVertices) { throw new Error('stub'); }
