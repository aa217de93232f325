// Pieces copied into a hole take the tone of what they lie beside (Perez et al., "Poisson image editing", 2003): between two cells of the hole the wanted
// difference is what their sources have, where pieces meet the mean of both; at the rim what is known holds, unless something ends there.

/** Where known and copied differ by more (of 255), something ends at the rim; its colour is not to bleed in. */
const EDGE = 28;
const ROUNDS = 160;
/** Successive over-relaxation. */
const HASTE = 1.85;
/** Rounds between two pauses. */
const SLICE = 20;

/**
 * @param {import('./matte.mjs').Window} window known outside the hole @param {Uint8Array} hole @param {Uint8Array} closed never a source, nor known @param {Int32Array} from the cell that each one copies
 * @returns {Generator<void, Float32Array>} [cols*rows*3] what to add to the copies; 0 outside the hole */
export function* toneSteps({ cols, rows, rgb }, hole, closed, from) {
  const count = cols * rows;
  const inside = [];
  for (let i = 0; i < count; i++) if (hole[i]) inside.push(i);
  const shift = new Float32Array(3 * count);
  const source = (/** @type {number} */ j) => j >= 0 && j < count && !closed[j] && !hole[j];
  // Per cell of the hole and neighbour: weight, and the wanted difference beyond that of the two copies.
  const weights = new Float32Array(4 * inside.length);
  const wanted = new Float32Array(12 * inside.length);
  inside.forEach((i, n) => {
    const [c, r] = [i % cols, Math.floor(i / cols)];
    const steps = [c > 0 ? -1 : 0, c < cols - 1 ? 1 : 0, r > 0 ? -cols : 0, r < rows - 1 ? cols : 0];
    steps.forEach((step, k) => {
      const j = i + step;
      if (!step || (!hole[j] && closed[j])) return;
      const [ahead, back] = [source(from[i] + step), hole[j] ? source(from[j] - step) : 0];
      let off = 0;
      for (let b = 0; b < 3; b++) {
        const own = rgb[3 * from[i] + b];
        const there = hole[j] ? rgb[3 * from[j] + b] : rgb[3 * j + b];
        let difference = 0;
        if (ahead) difference += rgb[3 * (from[i] + step) + b] - own;
        if (back) difference += there - rgb[3 * (from[j] - step) + b];
        difference /= Number(ahead) + Number(back) || 1;
        wanted[12 * n + 3 * k + b] = there - own - difference;
        if (!hole[j] && ahead) off = Math.max(off, Math.abs(there - rgb[3 * (from[i] + step) + b]));
      }
      weights[4 * n + k] = 1 / (1 + (off / EDGE) ** 4);
    });
  });
  for (let round = 0; round < ROUNDS; round++) {
    if (round % SLICE === SLICE - 1) yield;
    inside.forEach((i, n) => {
      const steps = [-1, 1, -cols, cols];
      let total = 0;
      for (let k = 0; k < 4; k++) total += weights[4 * n + k];
      if (!total) return;
      for (let b = 0; b < 3; b++) {
        let sum = 0;
        for (let k = 0; k < 4; k++) {
          const weight = weights[4 * n + k];
          if (weight) sum += weight * (wanted[12 * n + 3 * k + b] + (hole[i + steps[k]] ? shift[3 * (i + steps[k]) + b] : 0));
        }
        shift[3 * i + b] += HASTE * (sum / total - shift[3 * i + b]);
      }
    });
  }
  return shift;
}
