/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').XY} XY */
/** Lattice (0-1) on still ground: cell centres away from every moving track and region. @param {Doc} doc @param {import('./types.mjs').Sampled} sampled @param {{spacing_px?: number, clearance_px?: number}} [options] @returns {XY[]} */
export function holdPoints(doc, sampled, options) { throw new Error('stub'); }
