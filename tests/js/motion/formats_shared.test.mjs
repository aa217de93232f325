// Files as other tools write them: what the editor reads alone is what Python reads (tests/core/motion/formats/test_shared_formats.py), but for the pixel that editable paths may be off.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addLayer } from '../../../js/editor/commands/all.mjs';
import { emptyDocument, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { importFile, importNpyPair } from '../../../js/editor/motion/formats/read.mjs';

const { cases, refused } = JSON.parse(readFileSync(new URL('../../golden_shared/formats.json', import.meta.url), 'utf8'));
const bytesOf = (content) => (typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(Buffer.from(content.base64, 'base64')));

for (const { name, clip, content, visibility, choices, expected } of cases) {
  test(`read alone: ${name}`, async () => {
    const doc = emptyDocument(clip);
    const imported = visibility ? importNpyPair(doc, bytesOf(content), bytesOf(visibility), choices) : await importFile(doc, 'a file', bytesOf(content), choices);
    const after = imported.layers.reduce((d, layer) => addLayer(d, layer).doc, doc);
    assert.deepEqual(validateDocument(after), []);
    const { frames, count, xy, visible } = sampleDocument(after);
    assert.deepEqual([frames, count], [clip.frames, expected.count]);
    const seen = Array.from({ length: count }, () => new Uint8Array(frames).fill(1));
    for (const [track, first, last] of expected.hidden) seen[track].fill(0, first, last + 1);
    // Layers may stand in another order than the tracks: each track is found once.
    const left = new Set(seen.keys());
    for (let n = 0; n < count; n++) {
      const same = [...left].find((track) => expected.xy.every((row, i) => {
        const at = (i * expected.every * count + n) * 2;
        return !seen[track][i * expected.every] || Math.hypot(xy[at] - row[track][0], xy[at + 1] - row[track][1]) <= 1.02;
      }) && seen[track].every((v, f) => v === visible[f * count + n]));
      assert.notEqual(same, undefined, `layer ${n} is none of the tracks: ${imported.report.join(' ')}`);
      left.delete(same);
    }
    assert.equal(imported.unit, expected.unit);
    if (expected.axes) assert.deepEqual([imported.choices.axes.taken, imported.choices.axes.other].sort(), ['frames_first', 'tracks_first']);
    if (expected.axes) assert.equal(imported.choices.axes.taken, expected.axes);
    for (const words of expected.said) assert.ok(imported.report.join(' ').includes(words), `${words} is not in: ${imported.report.join(' ')}`);
  });
}

for (const { name, content, says } of refused) {
  test(`not guessed at: ${name}`, () => assert.rejects(() => importFile(emptyDocument(), 'a file', bytesOf(content)), (error) => {
    assert.ok(error instanceof RangeError, String(error));
    assert.doesNotMatch(error.message, /drawing|anew|clear/);
    if (says) assert.ok(error.message.includes(says), `${says} is not in: ${error.message}`);
    return true;
  }));
}
