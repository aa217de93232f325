/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {import('./types.mjs').Layer} Layer */
export const VERSION = 1;
export const LIMITS = { text: 5 * 1024 * 1024, depth: 32, layers: 2000, points: 4096, tracks: 20000, norm: 16, frames: 4001, name: 200, id: 64 };
/** @param {{size_wh?: [number, number], frames?: number, fps?: number, fit?: import('./types.mjs').FitMode, picture?: any}} [options] @returns {Doc} */
export function emptyDocument(options) { throw new Error('stub'); }
/**
 * Never throws. Empty text gives all nulls. An invalid or newer document gives `error` (one line) and `readOnlyText` (the text, to be shown and kept).
 * @param {string} text @returns {{document: Doc|null, error: string|null, readOnlyText: string|null}} */
export function parseDocument(text) { throw new Error('stub'); }
/** Stable key order, unknown fields kept, 5 decimals. @param {Doc} doc @returns {string} */
export function serializeDocument(doc) { throw new Error('stub'); }
/** @param {any} doc @returns {{where: string, what: string, fix: string}[]} */
export function validateDocument(doc) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} prefix @returns {string} */
export function newId(doc, prefix) { throw new Error('stub'); }
/** @param {Doc} doc @param {string} id @returns {Layer|null} */
export function layerById(doc, id) { throw new Error('stub'); }
/** Fill in absent optional fields; known fields get defaults, unknown ones stay. @param {any} raw @returns {Layer} */
export function completeLayer(raw) { throw new Error('stub'); }
