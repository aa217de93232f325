// What a document may leave out: the editor and the core (tests/core/motion/document/test_left_out.py) agree, and what is left out means what it means there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';

const { cases } = JSON.parse(readFileSync(new URL('../../golden_shared/left_out.json', import.meta.url), 'utf8'));

for (const { name, document: raw, readable } of cases) {
  test(name, async () => {
    const { document, error } = await parseDocument(JSON.stringify(raw));
    if (!readable) {
      assert.equal(document, null);
      assert.match(error, /missing|has no "version"|has neither|polygon/);
      return;
    }
    assert.ok(document, error ?? '');
    assert.ok(sampleDocument(document).xy.every(Number.isFinite));
  });
}

test('a key that says nothing but its frame neither moves, turns nor scales', async () => {
  const region = { id: 'r', type: 'region', polygon: [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]], pivot: [0.3, 0.4] };
  const text = (keys) => JSON.stringify({ version: 1, size_wh: [64, 48], frames: 9, layers: [{ ...region, keys }] });
  const still = sampleDocument((await parseDocument(text([]))).document);
  const { document } = await parseDocument(text([{ frame: 8 }, { frame: 0 }]));
  assert.deepEqual(document.layers[0].keys, [{ offset: [0, 0], rotate: 0, scale: 1, frame: 0 }, { offset: [0, 0], rotate: 0, scale: 1, frame: 8 }]);
  assert.deepEqual([...sampleDocument(document).xy], [...still.xy]);
});
