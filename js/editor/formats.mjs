/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Layer} Layer */
/**
 * @typedef {object} Imported
 * @property {string} kind what was detected, for people
 * @property {Layer[]} layers ready to add (ids fresh in doc)
 * @property {Doc|null} document a whole document was imported (layers are its own)
 * @property {string[]} report sentences: unit, what was clamped, dropped, left out
 * @property {"px"|"norm"|null} unit what was assumed; null when the format says
 */
/** Detect by shape and read. Throws RangeError with a sentence. @param {Doc} doc @param {string} name file name, for the report only @param {ArrayBuffer|Uint8Array|string} content @param {{unit?: "auto"|"px"|"norm"}} [options] @returns {Imported} */
export function importFile(doc, name, content, options) { throw new Error('stub'); }
/** Attach a visibility npy to a tracks npy. @param {Doc} doc @param {ArrayBuffer|Uint8Array} tracks @param {ArrayBuffer|Uint8Array|null} visibility @param {{unit?: "auto"|"px"|"norm", name?: string}} [options] @returns {Imported} */
export function importNpyPair(doc, tracks, visibility, options) { throw new Error('stub'); }
/** @param {Doc} doc @returns {string} */
export function exportDocument(doc) { throw new Error('stub'); }
/** Coordinate JSON of other packs: pixels, one entry per frame. @param {Doc} doc @param {import('./types.mjs').Sampled} sampled @returns {string} */
export function exportCoordinates(doc, sampled) { throw new Error('stub'); }
/** [1,T,N,2] pixels and [1,T,N] bool. @param {import('./types.mjs').Sampled} sampled @returns {{tracks: Uint8Array, visibility: Uint8Array}} */
export function exportNpy(sampled) { throw new Error('stub'); }
