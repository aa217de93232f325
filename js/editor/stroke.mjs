/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').XY} XY */
/** @typedef {{x: number, y: number, t: number}} Sample x, y in doc px, t in milliseconds, nondecreasing */
/** At most ~24 keys whose timed path stays within tolerance of the hand. @param {Sample[]} samples @param {{tolerance_px?: number, max_keys?: number, curve?: import('./types.mjs').Curve}} [options] @returns {{points_px: XY[], times: number[], error_px: number}} */
export function simplifyStroke(samples, options) { throw new Error('stub'); }
/** A path from a freehand stroke: hand's speed kept. `fill` stretches it from start to the clip's end; else the hand's seconds are kept. @param {Doc} doc @param {Sample[]} samples @param {{start?: number, fill?: boolean, fields?: object}} [options] @returns {{doc: Doc, id: string}} */
export function addStroke(doc, samples, options) { throw new Error('stub'); }
