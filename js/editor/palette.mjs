/** Ten distinct colours, readable on pictures. */
export const COLORS = ['#6699ff', '#00d5d5', '#ffd400', '#ff66cc', '#3ddc52', '#ff8a3d', '#b388ff', '#ff5c5c', '#9be15d', '#4fc3f7'];
/** Next colour that is used least. @param {import('./types.mjs').Doc} doc @returns {string} */
export function nextColor(doc) { throw new Error('stub'); }
/** A colour from a file or a field, or the fallback: only #rgb and #rrggbb pass. @param {any} value @param {string} [fallback] @returns {string} */
export function safeColor(value, fallback) { throw new Error('stub'); }
