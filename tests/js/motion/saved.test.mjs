// Documents that release 0.1 saved: read, and written again to the letter.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';

const folder = new URL('../../fixtures/saved_0_1/documents/', import.meta.url);
// Written by hand or by the core, whose field order and number format are its own.
const OTHERS = /^(demo|dense|regions|camera|workflow_\d+)\.json$/;

for (const name of readdirSync(folder)) {
  test(`saved ${name}`, async () => {
    const text = readFileSync(new URL(name, folder), 'utf8').trimEnd();
    const { document, error } = await parseDocument(text);
    assert.equal(error ?? null, null);
    assert.ok(document);
    const written = await serializeDocument(document);
    if (OTHERS.test(name)) {
      const again = await parseDocument(written);
      assert.equal(await serializeDocument(again.document), written);
    } else assert.equal(written, text);
  });
}
