/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').XY} XY @typedef {import('./types.mjs').Layer} Layer @typedef {import('./types.mjs').Selection} Selection */
/** Add on top (or at `at`). Missing fields, id, name and colour are filled in. @param {Doc} doc @param {any} partial must have `type` @param {{at?: number}} [options] @returns {{doc: Doc, id: string}} */
export function addLayer(doc, partial, options) { throw new Error('stub'); }
/** @param {Doc} doc @param {XY[]} points @param {object} [fields] @returns {{doc: Doc, id: string}} */
export function addPath(doc, points, fields) { throw new Error('stub'); }
/** Set fields of layers (checked: an invalid value throws RangeError with a sentence). @param {Doc} doc @param {string|string[]} ids @param {Record<string, any>} fields @returns {Doc} */
export function setLayer(doc, ids, fields) { throw new Error('stub'); }
/** Set document fields (size and length: use remapDocument). @param {Doc} doc @param {Record<string, any>} fields @returns {Doc} */
export function setDocument(doc, fields) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @param {string} name @returns {Doc} */
export function renameLayer(doc, id, name) { throw new Error('stub'); }
/** @param {Doc} doc @param {string[]} ids @returns {Doc} */
export function deleteLayers(doc, ids) { throw new Error('stub'); }
/** Move to index `to` in doc.layers (0 = bottom). @param {Doc} doc @param {string} id @param {number} to @returns {Doc} */
export function reorderLayer(doc, id, to) { throw new Error('stub'); }
/** @param {Doc} doc @param {string[]} ids @param {{dx?: number, dy?: number}} [options] @returns {{doc: Doc, ids: string[]}} */
export function duplicateLayers(doc, ids, options) { throw new Error('stub'); }
/** One anchor into the top unlocked anchors layer (made when absent, at the bottom). @param {Doc} doc @param {XY} point @returns {{doc: Doc, id: string, index: number}} */
export function addAnchor(doc, point) { throw new Error('stub'); }
/** Anchors over everything that does not move ("Hold the rest"); replaces the anchors it made before. @param {Doc} doc @param {import('./types.mjs').Sampled} sampled @returns {{doc: Doc, id: string|null, count: number}} */
export function holdTheRest(doc, sampled) { throw new Error('stub'); }
