/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Selection} Selection */
export const MARKER = 'wan-move/tracks';
/** Text for the clipboard; null when nothing is selected. @param {Doc} doc @param {Selection} selection @returns {string|null} */
export function copySelection(doc, selection) { throw new Error('stub'); }
/** Null when the text is not ours. Sizes and lengths are adapted. @param {Doc} doc @param {string} text @param {{dx?: number, dy?: number}} [options] @returns {{doc: Doc, ids: string[], report: string[]}|null} */
export function pasteText(doc, text, options) { throw new Error('stub'); }
