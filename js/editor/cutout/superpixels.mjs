// Superpixels: patches of like colour that keep to edges (SLIC: Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", 2012).

/** @typedef {import('./canvas.mjs').Grid} Grid */
/** @typedef {{count: number, label: Int32Array, area: Float32Array, lab: Float32Array, center: Float32Array}} Superpixels label [cols*rows]; of each: area in cells, lab [count*3], center [count*2] */

const ROUNDS = 5;
/** Weight of nearness against colour: lower follows edges more closely. */
const COMPACT = 9;

/** In steps of a few ms, for a page that goes on meanwhile. @param {Grid} grid @param {number} step cells between centres at first @returns {Generator<void, Superpixels>} */
export function* superpixelSteps({ cols, rows, lab }, step) {
  const [across, down] = [Math.max(1, Math.round(cols / step)), Math.max(1, Math.round(rows / step))];
  const count = across * down;
  const mean = new Float64Array(count * 5);
  for (let k = 0; k < count; k++) {
    const [x, y] = [Math.floor((((k % across) + 0.5) * cols) / across), Math.floor(((Math.floor(k / across) + 0.5) * rows) / down)];
    const at = calmest(lab, cols, rows, x, y);
    mean.set([lab[3 * at], lab[3 * at + 1], lab[3 * at + 2], at % cols, Math.floor(at / cols)], 5 * k);
  }
  const label = new Int32Array(cols * rows).fill(-1);
  const least = new Float32Array(cols * rows);
  const weight = (COMPACT / step) ** 2;
  const reach = Math.ceil(1.2 * step);
  for (let round = 0; round < ROUNDS; round++) {
    least.fill(Infinity);
    for (let k = 0; k < count; k++) {
      // Plain steps, here and in the other loops over cells: the first click comes before the browser has warmed to them.
      const l = mean[5 * k];
      const a = mean[5 * k + 1];
      const b = mean[5 * k + 2];
      const x = mean[5 * k + 3];
      const y = mean[5 * k + 4];
      const x0 = Math.max(0, Math.ceil(x - reach));
      const x1 = Math.min(cols - 1, Math.floor(x + reach));
      const y1 = Math.min(rows - 1, Math.floor(y + reach));
      for (let r = Math.max(0, Math.ceil(y - reach)); r <= y1; r++) {
        for (let c = x0, i = r * cols + x0; c <= x1; c++, i++) {
          const dl = lab[3 * i] - l;
          const da = lab[3 * i + 1] - a;
          const db = lab[3 * i + 2] - b;
          const d = dl * dl + da * da + db * db + weight * ((c - x) * (c - x) + (r - y) * (r - y));
          if (d >= least[i]) continue;
          least[i] = d;
          label[i] = k;
        }
      }
    }
    mean.fill(0);
    const size = new Float64Array(count);
    for (let i = 0; i < label.length; i++) {
      const k = label[i];
      if (k < 0) continue;
      size[k]++;
      mean[5 * k] += lab[3 * i];
      mean[5 * k + 1] += lab[3 * i + 1];
      mean[5 * k + 2] += lab[3 * i + 2];
      mean[5 * k + 3] += i % cols;
      mean[5 * k + 4] += Math.floor(i / cols);
    }
    for (let k = 0; k < count; k++) for (let j = 0; j < 5; j++) mean[5 * k + j] /= Math.max(1, size[k]);
    yield;
  }
  return described({ cols, rows, lab }, connected(label, cols, rows, (step * step) / 4));
}

/** The cell of least slope around a place: a centre never starts on an edge. @param {Float32Array} lab @param {number} cols @param {number} rows @param {number} x @param {number} y */
function calmest(lab, cols, rows, x, y) {
  let [best, least] = [y * cols + x, Infinity];
  for (let r = Math.max(1, y - 1); r <= Math.min(rows - 2, y + 1); r++) {
    for (let c = Math.max(1, x - 1); c <= Math.min(cols - 2, x + 1); c++) {
      const i = r * cols + c;
      let slope = 0;
      for (let j = 0; j < 3; j++) slope += (lab[3 * (i + 1) + j] - lab[3 * (i - 1) + j]) ** 2 + (lab[3 * (i + cols) + j] - lab[3 * (i - cols) + j]) ** 2;
      if (slope < least) [best, least] = [i, slope];
    }
  }
  return best;
}

/** Every patch in one piece: crumbs go to a neighbour. @param {Int32Array} label @param {number} cols @param {number} rows @param {number} least cells of a patch @returns {Int32Array} numbered anew from 0 */
function connected(label, cols, rows, least) {
  const out = new Int32Array(label.length).fill(-1);
  const stack = new Int32Array(label.length);
  let count = 0;
  for (let start = 0; start < label.length; start++) {
    if (out[start] >= 0) continue;
    const beside = start % cols ? out[start - 1] : start >= cols ? out[start - cols] : -1;
    let [top, size] = [1, 0];
    stack[0] = start;
    out[start] = count;
    // Cells of the piece stay below `size`, those still to be spread from lie above.
    while (size < top) {
      const i = stack[size++];
      const c = i % cols;
      for (let side = 0; side < 4; side++) {
        const j = side === 0 ? (c > 0 ? i - 1 : -1) : side === 1 ? (c < cols - 1 ? i + 1 : -1) : side === 2 ? i - cols : i + cols;
        if (j < 0 || j >= label.length || out[j] >= 0 || label[j] !== label[start]) continue;
        out[j] = count;
        stack[top++] = j;
      }
    }
    if (size < least && beside >= 0) for (let k = 0; k < size; k++) out[stack[k]] = beside;
    else count++;
  }
  return out;
}

/** @param {Grid} grid @param {Int32Array} label @returns {Superpixels} */
function described({ cols, lab }, label) {
  let count = 0;
  for (const k of label) count = Math.max(count, k + 1);
  const area = new Float32Array(count);
  const mean = new Float64Array(count * 5);
  for (let i = 0; i < label.length; i++) {
    const k = label[i];
    area[k]++;
    for (let j = 0; j < 3; j++) mean[5 * k + j] += lab[3 * i + j];
    mean[5 * k + 3] += i % cols;
    mean[5 * k + 4] += Math.floor(i / cols);
  }
  const [colour, center] = [new Float32Array(3 * count), new Float32Array(2 * count)];
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < 3; j++) colour[3 * k + j] = mean[5 * k + j] / area[k];
    for (let j = 0; j < 2; j++) center[2 * k + j] = mean[5 * k + 3 + j] / area[k];
  }
  return { count, label, area, lab: colour, center };
}
