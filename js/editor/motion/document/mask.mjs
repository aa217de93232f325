// A region's bitmap and its stored form: runs of cells outside and inside, in turn, row by row.

/** @param {{cols: number, rows: number, data: Uint8Array}} bitmap nonzero is inside @returns {import('./types.mjs').Mask} */
export function encodeMask({ cols, rows, data }) {
  const runs = [];
  let value = 0;
  let run = 0;
  for (let i = 0; i < cols * rows; i++) {
    const here = data[i] ? 1 : 0;
    if (here !== value) {
      runs.push(run);
      run = 0;
      value = here;
    }
    run++;
  }
  runs.push(run);
  return { size_wh: [cols, rows], runs };
}

/** @type {WeakMap<object, {cols: number, rows: number, data: Uint8Array}>} */
const masks = new WeakMap();

/** Nonzero is inside. Kept per mask object: do not write into it. @param {import('./types.mjs').Mask} mask @returns {{cols: number, rows: number, data: Uint8Array}} */
export function decodeMask(mask) {
  const kept = masks.get(mask);
  if (kept) return kept;
  const [cols, rows] = mask.size_wh;
  const data = new Uint8Array(cols * rows);
  let at = 0;
  mask.runs.forEach((run, i) => {
    if (i % 2) data.fill(1, at, at + run);
    at += run;
  });
  const bitmap = { cols, rows, data };
  masks.set(mask, bitmap);
  return bitmap;
}
