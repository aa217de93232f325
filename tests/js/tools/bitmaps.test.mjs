// A region's bitmap against the question that the motion asks of every place.

import assert from 'node:assert/strict';
import test from 'node:test';
import { insideRegion } from '../../../js/editor/motion/evaluation/region.mjs';
import { agreement, regionBitmap } from '../../../js/editor/tools/thing/bitmaps.mjs';
import { clicksWith } from '../../../js/editor/tools/thing/clicks.mjs';
import { randomizer } from '../random.mjs';

test('a bitmap holds the cells whose middles lie within the region', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomizer(seed);
    // Corners beyond the frame, crossing lines, and some on the middles of cells.
    const polygon = Array.from({ length: 3 + Math.floor(12 * random()) }, () => [0, 1].map(() => (seed % 2 ? 1.4 * random() - 0.2 : (Math.floor(40 * random()) + 0.5) / 40)));
    const layer = { type: 'region', polygon, mask: null };
    const [cols, rows] = [40, 40];
    const { data } = regionBitmap(layer, cols, rows);
    const asked = Uint8Array.from({ length: cols * rows }, (_, i) => (insideRegion(layer, [((i % cols) + 0.5) / cols, (Math.floor(i / cols) + 0.5) / rows]) ? 1 : 0));
    assert.deepEqual(data, asked, `seed ${seed}`);
    assert.ok(data.includes(1) && data.includes(0), `seed ${seed}`);
  }
});

test('a part and what it is part of agree little, whichever is asked; a thing agrees with itself', () => {
  const square = (from, to) => ({ cols: 10, rows: 10, data: Uint8Array.from({ length: 100 }, (_, i) => Number(i % 10 >= from && i % 10 < to)) });
  const [whole, part, beside, none] = [square(0, 10), square(0, 4), square(4, 10), square(0, 0)];
  assert.equal(agreement(whole, whole), 1);
  assert.equal(agreement(part, whole), 0.4);
  assert.equal(agreement(whole, part), 0.4);
  assert.equal(agreement(part, beside), 0);
  assert.equal(agreement(none, none), 0);
});

test('the last click about a place counts, and a thing that is taken from keeps a place of its own', () => {
  const said = { inside: [[0.5, 0.5]], outside: [[0.8, 0.8]] };
  assert.deepEqual(clicksWith(said, null, [0.81, 0.8], 'add'), { inside: [[0.5, 0.5], [0.81, 0.8]], outside: [] });
  assert.deepEqual(clicksWith(said, null, [0.2, 0.5], 'take'), { inside: [[0.5, 0.5]], outside: [[0.8, 0.8], [0.2, 0.5]] });
  const shape = { cols: 10, rows: 10, data: Uint8Array.from({ length: 100 }, (_, i) => Number(i % 10 < 5)) };
  const { inside, outside } = clicksWith(undefined, shape, [0.1, 0.1], 'take');
  assert.equal(inside.length, 1);
  assert.ok(inside[0][0] < 0.5 && Math.hypot(inside[0][0] - 0.1, inside[0][1] - 0.1) > 0.06);
  assert.deepEqual(outside, [[0.1, 0.1]]);
  assert.deepEqual(said, { inside: [[0.5, 0.5]], outside: [[0.8, 0.8]] });
});
