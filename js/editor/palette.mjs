// Colours of layers. What comes from a file reaches a style only through safeColor.

/** Ten distinct colours, readable on pictures. */
export const COLORS = ['#6699ff', '#00d5d5', '#ffd400', '#ff66cc', '#3ddc52', '#ff8a3d', '#b388ff', '#ff5c5c', '#9be15d', '#4fc3f7'];

/** The colour used least, the first of equals. @param {{layers: {color?: string|null}[]}} doc @returns {string} */
export function nextColor(doc) {
  return leastUsed(colorUses(doc));
}

/** How often each is used. @param {{layers: {color?: string|null}[]}} doc @returns {Map<string, number>} */
export function colorUses(doc) {
  const uses = new Map(COLORS.map((color) => [color, 0]));
  for (const { color } of doc.layers) if (color && uses.has(color)) uses.set(color, (uses.get(color) ?? 0) + 1);
  return uses;
}

/** @param {Map<string, number>} uses @returns {string} */
export function leastUsed(uses) {
  return COLORS.reduce((best, color) => ((uses.get(color) ?? 0) < (uses.get(best) ?? 0) ? color : best));
}

/** A colour from a file or a field, or the fallback: only #rgb and #rrggbb pass. @param {unknown} value @param {string} [fallback] @returns {string} */
export function safeColor(value, fallback = COLORS[0]) {
  return typeof value === 'string' && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value) ? value : fallback;
}
