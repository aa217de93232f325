/** @typedef {import('./types.mjs').Doc} Doc */
/**
 * The same motion on a changed size, crop, length, frame rate or picture.
 * @param {Doc} doc
 * @param {{size_wh?: [number, number], frames?: number, fps?: number, fit?: import('./types.mjs').FitMode, picture_wh?: [number, number]|null, stretch?: boolean}} target
 * @returns {Doc} */
export function remapDocument(doc, target) { throw new Error('stub'); }
