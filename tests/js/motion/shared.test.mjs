// The editor's preview equals the rules: documents whose tracks an independent evaluation wrote down.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';

const TOLERANCE_PX = 2e-3;

for (const group of ['paths', 'regions', 'camera', 'dense']) {
  const { cases } = JSON.parse(readFileSync(new URL(`../../golden_shared/${group}.json`, import.meta.url), 'utf8'));
  for (const { name, document: raw, tracks } of cases) {
    test(`${group}: ${name}`, async () => {
      const { document, error } = await parseDocument(JSON.stringify(raw));
      assert.ok(document, error ?? '');
      const sampled = sampleDocument(document);
      assert.equal(sampled.frames, tracks.xy.length);
      assert.equal(sampled.count, tracks.xy[0].length);
      tracks.xy.forEach((row, f) => row.forEach(([x, y], n) => {
        const at = (f * sampled.count + n) * 2;
        const apart = Math.hypot(sampled.xy[at] - x, sampled.xy[at + 1] - y);
        assert.ok(apart <= TOLERANCE_PX, `frame ${f} track ${n}: ${sampled.xy[at]}, ${sampled.xy[at + 1]} instead of ${x}, ${y}`);
        assert.equal(sampled.visible[f * sampled.count + n], Number(tracks.visible[f][n]), `visible, frame ${f} track ${n}`);
      }));
      const text = await serializeDocument(document);
      assert.equal(await serializeDocument((await parseDocument(text)).document), text);
    });
  }
}
