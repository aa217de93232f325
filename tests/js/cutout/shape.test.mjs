// What an outline looks like, on patches that are squares of one cell.

import assert from 'node:assert/strict';
import test from 'node:test';
import { neighboursOf } from '../../../js/editor/cutout/candidates.mjs';
import { closed, convexity, frameShare, weakestFifth } from '../../../js/editor/cutout/shape.mjs';
import { thingFinderSteps } from '../../../js/editor/cutout/thing.mjs';
import { randomizer } from '../random.mjs';
import { finished } from '../steps.mjs';

const SIDE = 40;
const scene = (() => {
  const count = SIDE * SIDE;
  const [from, to] = [[], []];
  for (let n = 0; n < count; n++) {
    if ((n + 1) % SIDE) [from, to].forEach((list, end) => list.push(n + end));
    if (n + SIDE < count) [from, to].forEach((list, end) => list.push(n + end * SIDE));
  }
  const borders = { from: Int32Array.from(from), to: Int32Array.from(to), length: new Float32Array(from.length).fill(1), strength: Float32Array.from(from, (n) => (n % SIDE < SIDE / 2 ? 0.5 : 2)) };
  const patches = {
    count, label: Int32Array.from({ length: count }, (_, n) => n), area: new Float32Array(count).fill(1), lab: new Float32Array(3 * count),
    center: Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? Math.floor(i / 2 / SIDE) : (i >> 1) % SIDE)),
  };
  return { cols: SIDE, rows: SIDE, patches, borders, neighbours: neighboursOf(count, borders), tones: { of: new Int32Array(8 * count), share: new Float32Array(8 * count), count: 1 } };
})();
const shape = (inside) => Uint8Array.from({ length: SIDE * SIDE }, (_, n) => (inside(n % SIDE, Math.floor(n / SIDE)) ? 1 : 0));

test('a box goes round, a cross has half of its hull, a frame a third', () => {
  const box = convexity(scene, shape((x, y) => x >= 10 && x < 30 && y >= 8 && y < 32));
  assert.ok(box > 0.97, String(box));
  // Arms of 30 by 6: 324 cells in an octagon of 30*30 - 4*12*12/2 = 612 cells.
  const cross = convexity(scene, shape((x, y) => x >= 5 && x < 35 && y >= 5 && y < 35 && (Math.abs(x - 19.5) < 3 || Math.abs(y - 19.5) < 3)));
  assert.ok(Math.abs(cross - 324 / 612) < 0.05, String(cross));
  const ring = convexity(scene, shape((x, y) => Math.max(Math.abs(x - 19.5), Math.abs(y - 19.5)) < 15 && Math.max(Math.abs(x - 19.5), Math.abs(y - 19.5)) >= 12));
  assert.ok(Math.abs(ring - (900 - 576) / 900) < 0.04, String(ring));
  assert.equal(convexity(scene, shape(() => false)), 0);
});

test('the frame has its share of what touches it', () => {
  assert.equal(frameShare(scene, shape((x) => x < 10)), (40 + 10 + 10) / 160);
  assert.equal(frameShare(scene, shape((x, y) => x > 5 && x < 30 && y > 5 && y < 30)), 0);
});

test('an outline is as clear as its weakest fifth', () => {
  // Left of the middle edges are weak: of the box's outline a half, of the thin one's nothing.
  assert.ok(Math.abs(weakestFifth(scene, shape((x, y) => x >= 10 && x < 30 && y >= 10 && y < 30)) - 0.5) < 0.03);
  assert.ok(Math.abs(weakestFifth(scene, shape((x, y) => x >= 25 && x < 35 && y >= 10 && y < 30)) - 2) < 0.03);
});

test('a narrow bay is closed, a wide one stays, and what was left out stays out', () => {
  const bay = (from, to) => shape((x, y) => x >= 5 && x < 35 && y >= 5 && y < 35 && !(x >= from && x < to && y < 25));
  const at = (parts, x, y) => parts[y * SIDE + x];
  const nobody = new Uint8Array(SIDE * SIDE);
  assert.equal(at(closed(bay(19, 21), scene.neighbours, 1, nobody), 19, 15), 1);
  assert.equal(at(closed(bay(12, 28), scene.neighbours, 1, nobody), 19, 15), 0);
  assert.equal(at(closed(bay(19, 21), scene.neighbours, 1, shape((x, y) => x === 19 && y === 15)), 19, 15), 0);
  // Nothing grows beyond its own hull.
  assert.deepEqual(closed(shape((x, y) => x > 9 && x < 20 && y > 9 && y < 20), scene.neighbours, 2, nobody), shape((x, y) => x > 9 && x < 20 && y > 9 && y < 20));
});

/** A face of fur with dark stripes on the brow, a bright bridge between two eyes, before a blurred ground. */
function furryFace() {
  const [width, height] = [360, 240];
  const random = randomizer(11);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x - 170) / 105, (y - 125) / 95];
      const out = Math.hypot(u, v);
      const eye = Math.min(Math.hypot(x - 125, (y - 105) * 1.1), Math.hypot(x - 215, (y - 105) * 1.1));
      const stripe = Math.max(0, Math.sin(x / 4.5 + Math.sin(y / 13))) * Math.max(0, -v) * 120;
      const bridge = 60 / (1 + Math.exp((Math.hypot((x - 170) / 17, (y - 135) / 45) - 1) * 8));
      const fur = eye < 20 ? (eye < 8 ? [25, 25, 20] : [150, 160, 60]) : [166 + bridge - stripe, 122 + bridge - stripe, 78 + 0.6 * bridge - stripe];
      const ground = [112 + x / 6, 98 + x / 7, 92 + y / 5];
      const share = 1 / (1 + Math.exp((out - 1) * 12));
      for (let k = 0; k < 3; k++) data[4 * (y * width + x) + k] = share * fur[k] + (1 - share) * ground[k] + (share > 0.5 ? 30 : 8) * (random() - 0.5);
      data[4 * (y * width + x) + 3] = 255;
    }
  }
  return { pixels: { data, width, height }, inside: (x, y) => Math.hypot((x - 170) / 105, (y - 125) / 95) < 1 };
}

test('a click on the striped brow of a face finds the face', () => {
  const { pixels, inside } = furryFace();
  const finder = finished(thingFinderSteps(pixels));
  for (const [x, y] of [[170, 60], [150, 50], [190, 55]]) {
    const found = finished(finder.at({ inside: [[x / 360, y / 240]], outside: [] }));
    const { cols, rows, data } = found.bitmap(found.level);
    let [both, any] = [0, 0];
    data.forEach((v, i) => {
      const truth = inside((((i % cols) + 0.5) * 360) / cols, ((Math.floor(i / cols) + 0.5) * 240) / rows);
      both += truth && v ? 1 : 0;
      any += truth || v ? 1 : 0;
    });
    assert.ok(both / any > 0.85, `${x}, ${y}: ${both / any}`);
  }
});
