// A crop and a pin: the same in both languages, and absent from documents that have none.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { makeFit, partPx } from '../../../js/editor/geometry/fit.mjs';

const { cases } = JSON.parse(readFileSync(new URL('../../golden_shared/clips.json', import.meta.url), 'utf8'));

for (const { name, document: raw, target, expected } of cases) {
  test(`clips: ${name}`, async () => {
    const { document, error } = await parseDocument(JSON.stringify(raw));
    assert.ok(document, error ?? '');
    const moved = remapDocument(document, target);
    assert.deepEqual(moved.crop ?? null, expected.crop);
    const fit = makeFit(moved.fit, moved.picture.size_wh, moved.size_wh, undefined, moved.crop);
    assert.deepEqual([fit.crop_xywh, fit.place_xywh], [expected.crop_xywh, expected.place_xywh]);
    moved.layers[0].points.forEach((point, i) => point.forEach((v, axis) => {
      const within = Math.max(-16, Math.min(16, expected.points[i][axis]));
      assert.ok(Math.abs(v - within) < 1e-9, `point ${i}: ${v} instead of ${within}`);
    }));
    const text = await serializeDocument(moved);
    assert.equal('crop' in JSON.parse(text), expected.crop !== null, 'written only where there is one');
    assert.ok((await parseDocument(text)).document);
  });
}

const plain = (fields) => JSON.stringify({ version: 1, size_wh: [64, 48], frames: 5, layers: [], ...fields });

test('a crop or a pin that is none is refused, in words', async () => {
  for (const crop of ['all', [0, 0, 1], [0, 0, 1, 0], [-0.1, 0, 1, 1], [0, null, 1, 1]]) {
    assert.match((await parseDocument(plain({ crop }))).error, /crop: is .*Fix: give \[x, y, width, height\], 0-1 of the picture/);
  }
  const layers = [{ id: 'k', type: 'anchors', points: [], pinned: 1 }];
  assert.match((await parseDocument(plain({ layers }))).error, /pinned: is 1\. Fix: use true or false/);
});

test('a part of a picture is never empty and never past it', () => {
  for (const part of [[0, 0, 1, 1], [0.999, 0.999, 1, 1], [1, 1, 0.001, 0.001], [0.3, 0.2, 0.001, 0.9]]) {
    const [x, y, w, h] = partPx([37, 23], part);
    assert.ok(x >= 0 && y >= 0 && w >= 1 && h >= 1 && x + w <= 37 && y + h <= 23, `${part} gives ${[x, y, w, h]}`);
  }
});
