// Dense tracks between text and arrays: nothing is lost, nothing is packed twice, and no text can fill the memory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { constants, deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import { addLayer, moveSelection, setLayer } from '../../../js/editor/commands/all.mjs';
import { copyNow, copySelection, isTracksText, pasteText } from '../../../js/editor/commands/clipboard.mjs';
import { decodeDense, encodeDense, makeDense } from '../../../js/editor/motion/document/dense.mjs';
import { emptyDocument, packDense, parseDocument, serializeDocument, serializeNow, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { randomizer } from '../random.mjs';

const coded = (frames, count, raw) => `z1:${frames}x${count}:${Buffer.from(raw).toString('base64')}`;
const layer = (tracks, id = 'd') => ({ id, type: 'dense', name: 'Leaves', tracks });
const textOf = (...layers) => JSON.stringify({ version: 1, size_wh: [832, 480], frames: 5, fps: 16, layers });
const tracks = () => makeDense({ frames: 2, count: 1, xy: [0.1, 0.2, 0.3, 0.4], visible: [1, 0] });

test('what is made is what is stored: rounded, clamped, sight 0 or 1', async () => {
  const random = randomizer(3);
  const xy = [0.123456789, -0.00001, 5, -5, 1, NaN, ...Array.from({ length: 12 }, () => random() * 6 - 3)];
  const made = makeDense({ frames: 3, count: 3, xy, visible: [1, 0, 7, 1, 1, 1, 0, 0, true] });
  assert.deepEqual([...made.xy.slice(0, 6)], [2023 / 16384, 0, 32767 / 16384, -2, 1, 0]);
  assert.deepEqual([...made.visible], [1, 0, 1, 1, 1, 1, 0, 0, 1]);
  assert.deepEqual(await decodeDense(await encodeDense(made)), made);
});

test('the stored form is deltas of int16, then sight, in zlib', async () => {
  const text = await encodeDense(makeDense({ frames: 2, count: 1, xy: [0.5, -2, 0.25, 1.9999], visible: [1, 0] }));
  const raw = inflateSync(Buffer.from(/^z1:2x1:(.*)$/.exec(text)[1], 'base64'));
  const words = [8192, -32768, -4096, 32766 + 32768 - 65536].flatMap((v) => [v & 255, (v >> 8) & 255]);
  assert.deepEqual([...raw], [...words, 1, 0]);
});

test('a layer that was read is written as it was, whoever packed it', async () => {
  const raw = Buffer.alloc(5 * 300 * 3);
  raw.fill(1, 4 * 300 * 3);
  for (const level of [0, 1, 9]) {
    const packed = coded(300, 3, deflateSync(raw, { level }));
    const { document } = await parseDocument(textOf(layer(packed)));
    const moved = moveSelection(document, { layers: ['none'], points: [] }, 0.1, 0);
    const renamed = setLayer(moved, 'd', { name: 'Other' });
    assert.equal(JSON.parse(serializeNow(renamed)).layers[0].tracks, packed);
    assert.equal(JSON.parse(await serializeDocument(remapDocument(renamed, { size_wh: [640, 640] }))).layers[0].tracks, packed);
    const edited = moveSelection(document, { layers: ['d'], points: [] }, 0.25, 0);
    assert.equal(edited.layers[0].tracks.xy[0], 0.25);
    assert.equal(document.layers[0].tracks.xy[0], 0);
    assert.notEqual(JSON.parse(await serializeDocument(edited)).layers[0].tracks, packed);
  }
});

test('documents of an independent packer come back as they were', async () => {
  const { cases } = JSON.parse(readFileSync(new URL('../../golden_shared/dense.json', import.meta.url), 'utf8'));
  assert.ok(cases.length > 1);
  for (const { document: raw } of cases) {
    const { document } = await parseDocument(JSON.stringify(raw));
    const again = JSON.parse(await serializeDocument(document));
    assert.deepEqual(again.layers.map((l) => l.tracks), raw.layers.map((l) => l.tracks));
  }
});

test('the text is at hand at once when it was packed ahead', async () => {
  const doc = addLayer(emptyDocument(), { type: 'dense', tracks: tracks() }).doc;
  const all = { layers: [doc.layers[0].id], points: [] };
  assert.equal(serializeNow(doc), null);
  assert.equal(copyNow(doc, all), null);
  await packDense(doc);
  assert.equal(serializeNow(doc), await serializeDocument(doc));
  assert.equal(copyNow(doc, all), await copySelection(doc, all));
  assert.equal(isTracksText(copyNow(doc, all)), true);
  for (const text of ['', 'wan-move/tracks', serializeNow(doc)]) assert.equal(isTracksText(text), false);
  assert.equal(serializeNow(emptyDocument()), await serializeDocument(emptyDocument()));
});

test('pasted tracks are those that were copied', async () => {
  const doc = addLayer(emptyDocument(), { type: 'dense', tracks: tracks() }).doc;
  const text = await copySelection(doc, { layers: [doc.layers[0].id], points: [] });
  const { doc: after } = await pasteText(emptyDocument(), text);
  assert.deepEqual(after.layers[0].tracks, doc.layers[0].tracks);
  const { ids, report } = await pasteText(doc, text.replace('z1:2x1', 'z1:1x1'));
  assert.deepEqual(ids, []);
  assert.match(report[0], /cannot be read: layer 1 \(Tracks 1\) \/ tracks: the compressed data holds more than the 5 bytes/);
});

const GOOD = deflateSync(Buffer.alloc(20, 1));
const flipped = Buffer.from(GOOD);
flipped[flipped.length - 1] ^= 1;
const REFUSED = [
  ['cut off', coded(2, 2, GOOD.subarray(0, -1)), /damaged or ends too early/],
  ['cut off early', coded(2, 2, GOOD.subarray(0, 7)), /damaged or ends too early/],
  ['another checksum', coded(2, 2, flipped), /damaged/],
  ['a block of no kind', coded(2, 2, Buffer.concat([GOOD.subarray(0, 2), Buffer.alloc(20, 255)])), /damaged/],
  ['not zlib', coded(2, 2, Buffer.from('hello, world')), /not zlib/],
  ['empty', coded(2, 2, ''), /not zlib/],
  ['less than it says', coded(4, 2, GOOD), /holds 20 bytes, 40 were expected/],
  ['more than it says', coded(1, 2, GOOD), /more than the 10 bytes it says/],
  ['no base64', 'z1:2x2:AAAAA', /not valid base64/],
  ['too many tracks', 'z1:2x65:AAAA', /at most 4001 frames and 64 tracks/],
  ['no frame', 'z1:0x2:AAAA', /at most 4001 frames and 64 tracks/],
  ['no text', 7, /tracks: is 7\. Fix: give text/],
  ['missing', undefined, /tracks: is missing/],
  ['arrays in JSON', { frames: 1, count: 1, xy: { 0: 0, 1: 0 }, visible: { 0: 1 } }, /tracks: is an object/],
];
for (const [name, stored, error] of REFUSED) {
  test(`refused and kept: ${name}`, async () => {
    const text = textOf(layer(coded(2, 2, GOOD), 'a'), layer(stored));
    const read = await parseDocument(text);
    assert.equal(read.document, null);
    assert.match(read.error, error);
    assert.match(read.error, /^Motion document: layer 2 \(Leaves\) \/ tracks: .*\. Fix: .*\.$/);
    assert.equal(read.readOnlyText, text);
  });
}

test('what comes first is told first', async () => {
  const { error } = await parseDocument(textOf({ id: 'p', type: 'path', name: '', points: [] }, layer('z1:')));
  assert.match(error, /layer 1 \/ points/);
});

test('a bomb is left when it has said enough', async () => {
  // Blocks that stand alone can be repeated: four gigabytes that nobody need hold to write them down.
  const block = deflateRawSync(Buffer.alloc(1e7), { finishFlush: constants.Z_FULL_FLUSH });
  const bomb = coded(1, 1, Buffer.concat([Buffer.of(0x78, 0x9c), ...Array.from({ length: 400 }, () => block)]));
  const before = process.resourceUsage().maxRSS;
  await assert.rejects(() => decodeDense(bomb), /more than the 5 bytes/);
  assert.ok(process.resourceUsage().maxRSS - before < 100_000, 'kilobytes');
});

test('many layers of nothing are refused before they fill the memory', async () => {
  const full = coded(4001, 64, deflateSync(Buffer.alloc(4001 * 64 * 5), { level: 9 }));
  const layers = Array.from({ length: 63 }, (_, i) => layer(full, `d${i}`));
  assert.equal((await parseDocument(textOf(...layers.slice(0, 62)))).error, null);
  assert.match((await parseDocument(textOf(...layers))).error, /layer 63 \(Leaves\) \/ tracks: with the dense layers below, more than 16000000 positions/);
});

test('any damage is a sentence or another valid layer', async () => {
  const random = randomizer(8);
  const good = deflateSync(Buffer.from(Array.from({ length: 5 * 40 }, () => Math.floor(random() * 6))));
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    const broken = Buffer.from(good.subarray(0, good.length - Math.floor(random() * 3)));
    broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
    try {
      const { xy } = await decodeDense(coded(20, 2, broken));
      assert.ok(xy.every((v) => Math.abs(v) <= 2));
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 300, `${refused}`);
});

test('validation refuses tracks that would be stored as others', () => {
  const good = { ...emptyDocument(), layers: [{ ...layer(tracks()), color: null, visible: true, locked: false }] };
  const problems = (value) => validateDocument({ ...good, layers: [{ ...good.layers[0], tracks: value }] }).map((p) => `${p.where}: ${p.what}`);
  assert.deepEqual(problems(good.layers[0].tracks), []);
  const change = (fields) => ({ ...good.layers[0].tracks, ...fields });
  for (const [value, what] of [
    ['z1:1x1:AAAA', /was not decoded/], [null, /is null/], [change({ frames: 3 }), /is an object/], [change({ xy: [0, 0, 0, 0] }), /is an object/],
    [change({ xy: Float64Array.of(0, 0, 0, 0.1) }), /would change/], [change({ xy: Float64Array.of(0, 0, 0, 3) }), /would change/], [change({ xy: Float64Array.of(0, 0, 0, NaN) }), /would change/],
    [change({ visible: Uint8Array.of(1, 2) }), /would change/],
  ]) assert.match(problems(value).join(), what);
  assert.throws(() => makeDense({ frames: 1, count: 65, xy: [], visible: [] }), /at most 64 of 4001/);
});
