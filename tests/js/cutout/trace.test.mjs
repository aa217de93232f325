import assert from 'node:assert/strict';
import test from 'node:test';
import { outlineOf } from '../../../js/editor/cutout/trace.mjs';
import { insideRegion } from '../../../js/editor/motion/evaluation/region.mjs';

const [COLS, ROWS] = [120, 80];
const bitmapOf = (inside) => ({ cols: COLS, rows: ROWS, data: Uint8Array.from({ length: COLS * ROWS }, (_, i) => (inside((i % COLS) + 0.5, Math.floor(i / COLS) + 0.5) ? 1 : 0)) });
const disc = (cx, cy, radius) => (x, y) => Math.hypot(x - cx, y - cy) < radius;
/** Drawn again from the outline, by the code that regions are evaluated with. */
const agreement = (inside) => {
  const polygon = outlineOf(bitmapOf(inside));
  const layer = { polygon, mask: null };
  let [common, joint] = [0, 0];
  for (let i = 0; i < COLS * ROWS; i++) {
    const [x, y] = [(i % COLS) + 0.5, Math.floor(i / COLS) + 0.5];
    const [own, drawn] = [inside(x, y), insideRegion(layer, [x / COLS, y / ROWS])];
    if (own && drawn) common++;
    if (own || drawn) joint++;
  }
  return { overlap: common / joint, polygon };
};

test('an outline drawn again is the bitmap: a disc, one with a hole, three pieces, one cut by the frame', () => {
  const cases = {
    disc: disc(60, 40, 25),
    ring: (x, y) => disc(60, 40, 32)(x, y) && !disc(55, 38, 12)(x, y),
    pieces: (x, y) => disc(25, 25, 14)(x, y) || disc(80, 50, 20)(x, y) || (x > 100 && x < 115 && y > 5 && y < 25),
    cut: (x, y) => disc(0, 40, 30)(x, y) || y > 70,
    all: () => true,
  };
  for (const [name, inside] of Object.entries(cases)) {
    const { overlap, polygon } = agreement(inside);
    assert.ok(overlap > 0.96, `${name}: ${overlap}`);
    assert.ok(polygon.length < 220, `${name}: ${polygon.length} corners`);
    assert.ok(polygon.every(([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1));
  }
});

test('what fills the frame goes to its corners', () => {
  const xs = outlineOf(bitmapOf(() => true)).map(([x]) => x);
  assert.deepEqual([Math.min(...xs), Math.max(...xs)], [0, 1]);
});

test('nothing has no outline, and crumbs are nothing', () => {
  assert.deepEqual(outlineOf(bitmapOf(() => false)), []);
  assert.deepEqual(outlineOf(bitmapOf(disc(60, 40, 1))), []);
});
