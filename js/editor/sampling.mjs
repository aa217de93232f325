/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Sampled} Sampled @typedef {import('./types.mjs').LayerTracks} LayerTracks */
/** @typedef {{xy: Float64Array, s: Float64Array, total: number, controlS: Float64Array, controlIndex: Int32Array}} Polyline
 * doc px without camera; controlS[k] is the arc length of the k-th distinct control point, controlIndex[k] its index in layer.points */
/** @param {Doc} doc @returns {Sampled} */
export function sampleDocument(doc) { throw new Error('stub'); }
/** One layer in scene space (no camera). @param {import('./types.mjs').Layer} layer @param {Doc} doc @returns {LayerTracks} */
export function sampleLayer(layer, doc) { throw new Error('stub'); }
/** @param {import('./types.mjs').PathLayer} layer @param {Doc} doc @returns {Polyline} */
export function pathPolyline(layer, doc) { throw new Error('stub'); }
/** Frame (fractional) at which the path first reaches arc length s_px. @param {import('./types.mjs').PathLayer} layer @param {Doc} doc @param {number} s_px @returns {number} */
export function frameAtArc(layer, doc, s_px) { throw new Error('stub'); }
/**
 * Re-samples only layers whose object changed (edits share the others). The returned arrays are reused by the next call when the layout is unchanged;
 * `changed` lists the indexes into doc.layers re-sampled by this call.
 * @returns {{sample(doc: Doc): Sampled & {changed: number[]}}} */
export function createSampler() { throw new Error('stub'); }
