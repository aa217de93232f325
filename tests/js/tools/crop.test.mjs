// The crop's rectangle: within the picture whatever the hand does, and of the clip's shape where it is to keep it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CORNERS, cropOf, EDGES, handleAt, movedRect, resizedRect, shapedRect } from '../../../js/editor/tools/crop/rectangle.mjs';
import { randomizer } from '../random.mjs';

const SIZE = [900, 1200];
const within = ([x, y, w, h]) => x >= -1e-9 && y >= -1e-9 && w > 0 && h > 0 && x + w <= SIZE[0] + 1e-9 && y + h <= SIZE[1] + 1e-9;
const ACROSS = { nw: 'se', ne: 'sw', se: 'nw', sw: 'ne', n: 's', s: 'n', e: 'w', w: 'e' };

test('a handle goes where it is drawn, and what lies across stays', () => {
  assert.deepEqual(resizedRect([100, 200, 400, 300], 'se', [650, 620], SIZE, null), [100, 200, 550, 420]);
  assert.deepEqual(resizedRect([100, 200, 400, 300], 'w', [50, 999], SIZE, null), [50, 200, 450, 300]);
  assert.deepEqual(resizedRect([100, 200, 400, 300], 'n', [0, -50], SIZE, null), [100, 0, 400, 500]);
  assert.deepEqual(movedRect([100, 200, 400, 300], 9999, -9999, SIZE), [500, 0, 400, 300]);
});

test('whatever the hand does, the rectangle lies in the picture and keeps its shape', () => {
  const random = randomizer(3);
  for (let i = 0; i < 400; i++) {
    const aspect = random() < 0.5 ? 0.3 + 3 * random() : null;
    let rect = [random() * 400, random() * 600, 60 + random() * 400, 60 + random() * 500];
    if (aspect) rect = shapedRect(rect, aspect);
    const handles = aspect ? CORNERS : [...CORNERS, ...EDGES];
    const handle = handles[Math.floor(random() * handles.length)];
    const fixed = handleAt(rect, ACROSS[handle]);
    const next = resizedRect(rect, handle, [random() * 1400 - 250, random() * 1800 - 300], SIZE, aspect);
    assert.ok(within(next), `${handle} ${rect} -> ${next}`);
    if (aspect) assert.ok(Math.abs(next[2] / next[3] / aspect - 1) < 1e-9);
    const now = handleAt(next, ACROSS[handle]);
    for (const axis of [0, 1]) assert.ok(Math.abs(now[axis] - fixed[axis]) < 1e-6, `${handle}: what lies across moved`);
    assert.ok(within(movedRect(next, random() * 3000 - 1500, random() * 3000 - 1500, SIZE)));
  }
});

test('as it is stored: shares of the picture, and nothing for all of it', () => {
  assert.deepEqual(cropOf([90, 300, 450, 600], SIZE), [0.1, 0.25, 0.5, 0.5]);
  assert.equal(cropOf([0, 0, 900, 1200], SIZE), null);
  for (const share of cropOf([1 / 3, 1 / 7, 899.66666, 1], SIZE)) assert.equal(share, Math.round(share * 1e5) / 1e5);
});
