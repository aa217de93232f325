// Painted pictures with known things: pixels and, for each thing, which pixels are its own.

import { randomizer } from '../random.mjs';

/** @typedef {import('../../../js/editor/cutout/canvas.mjs').Pixels} Pixels */

export const [WIDTH, HEIGHT] = [416, 240];

/**
 * A red ball, a blue box over its right side, and a green hill below, all with grain; shapes are given by what is inside them.
 * @param {number} [seed] @returns {{pixels: Pixels, inside: Record<string, (x: number, y: number) => boolean>}} px */
export function paintedScene(seed = 1) {
  const random = randomizer(seed);
  const ball = (/** @type {number} */ x, /** @type {number} */ y) => Math.hypot(x - 120, y - 110) < 46 && !box(x, y);
  const box = (/** @type {number} */ x, /** @type {number} */ y) => x > 150 && x < 236 && y > 70 && y < 150;
  const hill = (/** @type {number} */ x, /** @type {number} */ y) => y > 190 + 18 * Math.sin(x / 50);
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const base = box(x, y) ? [60, 90, 190] : ball(x, y) ? [200, 60, 50] : hill(x, y) ? [70, 140, 60] : [205, 205 - y / 6, 190 - y / 5];
      const grain = 26 * (random() - 0.5);
      for (let k = 0; k < 3; k++) data[4 * (y * WIDTH + x) + k] = base[k] + grain + 10 * (random() - 0.5);
      data[4 * (y * WIDTH + x) + 3] = 255;
    }
  }
  return { pixels: { data, width: WIDTH, height: HEIGHT }, inside: { ball, box, hill } };
}

/** Common area over joint area of a bitmap over the picture and a shape. @param {{cols: number, rows: number, data: Uint8Array}} bitmap @param {(x: number, y: number) => boolean} inside px */
export function agreement({ cols, rows, data }, inside) {
  let [common, joint] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const truth = inside((((i % cols) + 0.5) * WIDTH) / cols, ((Math.floor(i / cols) + 0.5) * HEIGHT) / rows);
    if (truth && data[i]) common++;
    if (truth || data[i]) joint++;
  }
  return common / joint;
}
