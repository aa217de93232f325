// What a document may hold is one set of numbers, in the editor and in Python (tests/core/house/test_security_limits.py).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LIMITS, parseDocument } from '../../../js/editor/motion/document/document.mjs';

test('the limits are those of the core', () => {
  const shared = JSON.parse(readFileSync(new URL('../../golden_shared/limits.json', import.meta.url), 'utf8'));
  assert.deepEqual({ ...LIMITS }, shared);
});

test('one track more than the limit is refused, the limit itself is read', async () => {
  const anchors = (/** @type {number} */ count) => JSON.stringify({ version: 1, size_wh: [64, 64], frames: 5, layers: [{ id: 'a', type: 'anchors', points: Array.from({ length: count }, () => [0.5, 0.5]) }] });
  assert.ok((await parseDocument(anchors(LIMITS.tracks))).document);
  assert.match((await parseDocument(anchors(LIMITS.tracks + 1))).error ?? '', /20001 of them\. Fix: use 0 to 20000/);
});
