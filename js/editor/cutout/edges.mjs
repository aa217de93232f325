// How strong an edge is at each place, with texture told from outline: the colours on the two sides of a short line are compared, not two neighbouring pixels
// (after Martin, Fowlkes and Malik, "Learning to detect natural image boundaries using local brightness, color, and texture cues", 2004).

/** @typedef {import('./canvas.mjs').Grid} Grid */
/** @typedef {{from: Int32Array, to: Int32Array, length: Float32Array, strength: Float32Array}} Borders between superpixels: length in cells, strength mean over them */

/** Half-sides of the compared squares, in cells. */
const REACHES = [2, 5];

/** @param {Grid} grid @returns {Float32Array} [cols*rows], about 1 at the mean edge of the picture */
export function edgeStrength({ cols, rows, lab }) {
  const sums = integral(lab, cols, rows);
  const strength = new Float32Array(cols * rows);
  for (const reach of REACHES) {
    // Two squares side by side, their far sides beyond the frame cut off.
    const mean = (/** @type {number} */ left, /** @type {number} */ top, /** @type {number} */ right, /** @type {number} */ bottom, /** @type {Float64Array} */ out) => {
      const x0 = Math.max(0, left);
      const y0 = (cols + 1) * Math.max(0, top);
      const x1 = Math.min(cols, right);
      const y1 = (cols + 1) * Math.min(rows, bottom);
      const n = Math.max(1, ((x1 - x0) * (y1 - y0)) / (cols + 1));
      for (let k = 0; k < 3; k++) out[k] = (sums[3 * (y1 + x1) + k] - sums[3 * (y0 + x1) + k] - sums[3 * (y1 + x0) + k] + sums[3 * (y0 + x0) + k]) / n;
    };
    const [one, two] = [new Float64Array(3), new Float64Array(3)];
    const apart = () => Math.sqrt((one[0] - two[0]) * (one[0] - two[0]) + (one[1] - two[1]) * (one[1] - two[1]) + (one[2] - two[2]) * (one[2] - two[2]));
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < cols; x++) {
        mean(x - reach, y - reach + 1, x, y + reach, one);
        mean(x + 1, y - reach + 1, x + reach + 1, y + reach, two);
        const across = x > 0 && x < cols - 1 ? apart() : 0;
        mean(x - reach + 1, y - reach, x + reach, y, one);
        mean(x - reach + 1, y + 1, x + reach, y + reach + 1, two);
        const down = y > 0 && y < rows - 1 ? apart() : 0;
        strength[y * cols + x] += Math.max(across, down) / REACHES.length;
      }
    }
  }
  // Against what is usual around: leaves and fur are full of edges, and none of them is the outline.
  const around = integral1(strength, cols, rows);
  const wide = Math.round(0.09 * Math.max(cols, rows));
  let whole = 0;
  for (const v of strength) whole += v / strength.length;
  whole = Math.max(whole, 1);
  for (let i = 0; i < strength.length; i++) {
    const x = i % cols;
    const y = (i - x) / cols;
    const x0 = Math.max(0, x - wide);
    const y0 = Math.max(0, y - wide);
    const x1 = Math.min(cols, x + wide + 1);
    const y1 = Math.min(rows, y + wide + 1);
    const local = (around[y1 * (cols + 1) + x1] - around[y0 * (cols + 1) + x1] - around[y1 * (cols + 1) + x0] + around[y0 * (cols + 1) + x0]) / ((x1 - x0) * (y1 - y0));
    strength[i] /= 0.5 * whole + 0.5 * local + 2;
  }
  return strength;
}

/** @param {Float32Array} lab @param {number} cols @param {number} rows @returns {Float64Array} [(cols+1)*(rows+1)*3] sums above and left */
function integral(lab, cols, rows) {
  const out = new Float64Array((cols + 1) * (rows + 1) * 3);
  for (let y = 0; y < rows; y++) {
    const row = [0, 0, 0];
    for (let x = 0; x < cols; x++) {
      for (let k = 0; k < 3; k++) {
        row[k] += lab[3 * (y * cols + x) + k];
        out[3 * ((y + 1) * (cols + 1) + x + 1) + k] = out[3 * (y * (cols + 1) + x + 1) + k] + row[k];
      }
    }
  }
  return out;
}

/** @param {Float32Array} values @param {number} cols @param {number} rows @returns {Float64Array} [(cols+1)*(rows+1)] */
function integral1(values, cols, rows) {
  const out = new Float64Array((cols + 1) * (rows + 1));
  for (let y = 0; y < rows; y++) {
    let row = 0;
    for (let x = 0; x < cols; x++) {
      row += values[y * cols + x];
      out[(y + 1) * (cols + 1) + x + 1] = out[y * (cols + 1) + x + 1] + row;
    }
  }
  return out;
}

/** @param {Int32Array} label @param {number} count @param {Float32Array} strength @param {number} cols @returns {Borders} */
export function bordersOf(label, count, strength, cols) {
  /** By patch and patch: cells, and the sum of their edges. @type {Map<number, [number, number]>} */
  const found = new Map();
  const meet = (/** @type {number} */ i, /** @type {number} */ j) => {
    if (label[i] === label[j]) return;
    const key = Math.min(label[i], label[j]) * count + Math.max(label[i], label[j]);
    const entry = found.get(key);
    const edge = Math.max(strength[i], strength[j]);
    if (entry) {
      entry[0]++;
      entry[1] += edge;
    } else found.set(key, [1, edge]);
  };
  for (let i = 0; i < label.length; i++) {
    if ((i + 1) % cols) meet(i, i + 1);
    if (i + cols < label.length) meet(i, i + cols);
  }
  const keys = [...found.keys()].sort((a, b) => a - b);
  const of = (/** @type {(key: number) => number} */ value) => keys.map(value);
  return {
    from: Int32Array.from(of((key) => Math.floor(key / count))),
    to: Int32Array.from(of((key) => key % count)),
    length: Float32Array.from(of((key) => /** @type {[number, number]} */ (found.get(key))[0])),
    strength: Float32Array.from(of((key) => { const [n, sum] = /** @type {[number, number]} */ (found.get(key)); return sum / n; })),
  };
}
