// A region's bitmap against the question that the motion asks of every place.

import assert from 'node:assert/strict';
import test from 'node:test';
import { insideRegion } from '../../../js/editor/motion/evaluation/region.mjs';
import { regionBitmap } from '../../../js/editor/tools/thing/bitmaps.mjs';
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
