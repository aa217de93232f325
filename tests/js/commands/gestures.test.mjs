// Edits and history: one step per gesture, undo is exact, nothing becomes NaN, and no document is changed in place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as commands from '../../../js/editor/commands/all.mjs';
import { copySelection, pasteText } from '../../../js/editor/commands/clipboard.mjs';
import { decodeDense, encodeDense, makeDense } from '../../../js/editor/motion/document/dense.mjs';
import { emptyDocument, parseDocument, serializeDocument, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { createHistory } from '../../../js/editor/state/history.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { createSampler, sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { gestures } from '../gestures.mjs';
import { randomizer } from '../random.mjs';

/** What arrays held when they were frozen: arrays of numbers cannot be, so they are compared. */
const arrays = new Map();

/** Freeze a document through and through, so that any edit in place throws. */
function freeze(value) {
  if (ArrayBuffer.isView(value)) {
    if (!arrays.has(value)) arrays.set(value, value.slice());
  } else if (value && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

test('undo of a thousand random gestures is exact, and so is redo', async () => {
  const random = randomizer(20);
  const next = gestures(random);
  const picture = { ref: null, size_wh: [1920, 1080] };
  const history = createHistory(freeze(emptyDocument({ picture })));
  const sampler = createSampler();
  const docs = [history.doc];
  for (let i = 0; i < 1000; i++) {
    history.begin(`gesture ${i}`);
    const moves = 1 + Math.floor(random() * 2);
    const base = history.doc;
    for (let k = 0; k < moves; k++) history.update(freeze(await next()(k === 0 ? base : history.doc)));
    if (random() < 0.1) {
      history.cancel();
      assert.equal(history.doc, base);
    } else if (history.commit()) docs.push(history.doc);
    assert.equal(history.inGesture, false);
    if (i % 25 === 0) {
      assert.deepEqual(validateDocument(history.doc), []);
      const sampled = sampler.sample(history.doc);
      assert.ok(sampled.xy.every(Number.isFinite), `gesture ${i}`);
      const text = await serializeDocument(history.doc);
      const again = await parseDocument(text);
      assert.equal(again.error, null);
      assert.equal(await serializeDocument(again.document), text);
    }
  }
  assert.ok(docs.length > 500, `${docs.length}`);
  for (let i = docs.length - 2; i >= 0; i--) assert.equal(history.undo(), docs[i]);
  assert.equal(history.undo(), null);
  for (let i = 1; i < docs.length; i++) assert.equal(history.redo(), docs[i]);
  assert.equal(history.redo(), null);
  assert.ok(arrays.size > 10, `${arrays.size}`);
  for (const [array, before] of arrays) assert.deepEqual(array, before);
});

test('history tells what happened; undo during a gesture cancels it first; a new step ends the way forward', () => {
  const a = emptyDocument();
  const [b, c] = [{ ...a, frames: 5 }, { ...a, frames: 9 }];
  const history = createHistory(a);
  const told = [];
  const end = history.subscribe((doc, reason) => told.push(`${doc.frames} ${reason}`));
  assert.equal(history.apply(b, 'five'), true);
  history.begin('nine');
  history.update(c);
  assert.equal(history.undo(), a);
  assert.deepEqual([history.canUndo, history.canRedo, history.redoLabel, history.undoLabel], [false, true, 'five', null]);
  assert.equal(history.redo(), b);
  history.undo();
  history.apply(c, 'other');
  assert.equal(history.redo(), null);
  assert.equal(history.apply(c, 'nothing'), false);
  end();
  history.reset(a);
  assert.equal(history.undo(), null);
  assert.deepEqual(told, ['5 commit', '9 update', '5 cancel', '81 undo', '5 redo', '81 undo', '9 commit']);
  assert.throws(() => history.update(b), /outside a gesture/);
});

test('edits share what they do not touch', () => {
  let doc = emptyDocument();
  for (let i = 0; i < 5; i++) doc = commands.addPath(doc, [[0.1, 0.1], [0.5, 0.5]]).doc;
  const after = commands.setPoint(doc, doc.layers[2].id, 0, [0.3, 0.3]);
  assert.deepEqual(doc.layers.map((l, i) => l === after.layers[i]), [true, true, false, true, true]);
  assert.equal(commands.moveSelection(doc, { layers: [doc.layers[0].id], points: [] }, 0, 0), doc);
  assert.equal(commands.deletePoints(doc, [{ layer: 'none', index: 0 }]), doc);
});

test('inserting and deleting points keeps times and speeds beside them', () => {
  const made = commands.addPath(emptyDocument({ size_wh: [1000, 1000] }), [[0, 0], [0.5, 0], [1, 0]], { curve: 'straight', times: [0, 0.25, 1], speeds: [1, 2, 4] });
  const layer = (d) => d.layers[0];
  const inserted = layer(commands.insertPoint(made.doc, made.id, 2, [0.75, 0]));
  assert.deepEqual(inserted.times, [0, 0.25, 0.625, 1]);
  assert.deepEqual(inserted.speeds, [1, 2, 3, 4]);
  const appended = layer(commands.appendPoint(made.doc, made.id, [1, 1]));
  assert.deepEqual(appended.times, [0, 0.125, 0.5, 1]);
  const prepended = layer(commands.insertPoint(made.doc, made.id, 0, [0, 1]));
  assert.deepEqual(prepended.times, [0, 0.5, 0.625, 1]);
  const deleted = layer(commands.deletePoints(made.doc, [{ layer: made.id, index: 0 }]));
  assert.deepEqual([deleted.times, deleted.speeds], [[0, 1], [2, 4]]);
  const single = layer(commands.deletePoints(made.doc, [{ layer: made.id, index: 0 }, { layer: made.id, index: 2 }]));
  assert.deepEqual([single.points, single.times], [[[0.5, 0]], null]);
  assert.equal(commands.deletePoints(made.doc, [0, 1, 2].map((index) => ({ layer: made.id, index }))).layers.length, 0);
});

test('a reversed path runs back through the same places at the same times', () => {
  for (const closed of [false, true]) {
    const made = commands.addPath(emptyDocument(), [[0.1, 0.1], [0.5, 0.2], [0.4, 0.8], [0.8, 0.6]], { closed, times: [0, 0.2, 0.5, 1] });
    const there = sampleDocument(made.doc).xy;
    const back = sampleDocument(commands.reversePath(made.doc, made.id)).xy;
    for (let f = 0; f < 81; f++) assert.ok(Math.hypot(there[2 * f] - back[2 * (80 - f)], there[2 * f + 1] - back[2 * (80 - f) + 1]) < 0.01, `${closed} ${f}`);
  }
});

test('mirror twice is nothing; mirrored motion is the mirror of the motion', () => {
  const region = commands.addRegion(emptyDocument(), [[0.4, 0.4], [0.5, 0.4], [0.5, 0.6], [0.4, 0.6]]);
  let doc = commands.setRegionKey(region.doc, region.id, 80, { offset: [0.2, 0.1], rotate: 30, scale: 1.2 });
  doc = commands.addPath(doc, [[0.1, 0.2], [0.3, 0.9]]).doc;
  const all = { layers: doc.layers.map((l) => l.id), points: [] };
  const mirrored = commands.mirrorSelection(doc, all, 'x', { about: 'picture' });
  const [a, b] = [sampleDocument(doc), sampleDocument(mirrored)];
  const path = a.count - 1;
  for (let f = 0; f < 81; f++) assert.ok(Math.abs(a.xy[(f * a.count + path) * 2] + b.xy[(f * b.count + path) * 2] - 832) < 1e-3);
  const centre = (s, f) => { let x = 0; let y = 0; for (let n = 0; n < path; n++) { x += s.xy[(f * s.count + n) * 2] / path; y += s.xy[(f * s.count + n) * 2 + 1] / path; } return [x, y]; };
  for (const f of [0, 33, 80]) {
    assert.ok(Math.abs(centre(a, f)[0] + centre(b, f)[0] - 832) < 1e-3);
    assert.ok(Math.abs(centre(a, f)[1] - centre(b, f)[1]) < 1e-3);
  }
  const twice = commands.mirrorSelection(mirrored, all, 'x', { about: 'picture' });
  doc.layers[1].points.forEach((p, i) => p.forEach((v, k) => assert.ok(Math.abs(v - twice.layers[1].points[i][k]) < 1e-12)));
});

test('the pivot moves and the points stay', () => {
  const region = commands.addRegion(emptyDocument(), [[0.4, 0.4], [0.5, 0.4], [0.5, 0.6], [0.4, 0.6]]);
  const doc = commands.setRegionKey(region.doc, region.id, 80, { offset: [0.2, 0.1], rotate: 50, scale: 1.4 });
  const moved = commands.setPivot(doc, region.id, [0.1, 0.9]);
  const [a, b] = [sampleDocument(doc), sampleDocument(moved)];
  for (let i = 0; i < a.count * 2; i++) for (const f of [0, 80]) assert.ok(Math.abs(a.xy[f * a.count * 2 + i] - b.xy[f * b.count * 2 + i]) < 0.01);
});

test('timing bars stay in the clip and carry their hidden stretches', () => {
  const made = commands.addPath(emptyDocument(), [[0.1, 0.1], [0.5, 0.5]], { start: 10, end: 30, hidden: [[12, 14]] });
  const bar = (part, by) => { const l = commands.dragBar(made.doc, made.id, part, by).layers[0]; return [l.start, l.end, l.hidden]; };
  assert.deepEqual(bar('body', 10.4), [20, 40, [[22, 24]]]);
  assert.deepEqual(bar('body', 99), [60, 80, [[62, 64]]]);
  assert.deepEqual(bar('body', -99), [0, 20, [[2, 4]]]);
  assert.deepEqual(bar('start', 99), [30, 30, [[12, 14]]]);
  assert.deepEqual(bar('end', 99), [10, 80, [[12, 14]]]);
  const region = commands.addRegion(emptyDocument(), [[0, 0], [1, 0], [1, 1]]);
  const keyed = [0, 40, 80].reduce((d, f) => commands.setRegionKey(d, region.id, f, { rotate: f }), region.doc);
  assert.deepEqual(commands.dragBar(keyed, region.id, 'end', -40).layers[0].keys.map((k) => k.frame), [0, 20, 40]);
});

test('hiding from the playhead, and showing again', () => {
  const made = commands.addPath(emptyDocument(), [[0.1, 0.1]]);
  const hidden = commands.toggleHiddenFrom(made.doc, [made.id], 40);
  assert.deepEqual(hidden.layers[0].hidden, [[40, 80]]);
  assert.deepEqual(commands.toggleHiddenFrom(hidden, [made.id], 60).layers[0].hidden, [[40, 59]]);
  assert.deepEqual(commands.setHidden(hidden, made.id, 50, 45, false).layers[0].hidden, [[40, 44], [51, 80]]);
});

test('invalid values are refused with a sentence and change nothing', () => {
  const made = commands.addPath(emptyDocument(), [[0.1, 0.1], [0.2, 0.2]]);
  assert.throws(() => commands.setLayer(made.doc, made.id, { start: 90 }), /start, end: are 90 and 80/);
  assert.throws(() => commands.setLayer(made.doc, made.id, { easing: 'bounce' }), /easing: is "bounce"/);
  assert.throws(() => commands.addLayer(made.doc, { type: 'blob' }), /type: is "blob"/);
  assert.throws(() => commands.setDocument(made.doc, { fps: 0 }), /fps: is 0/);
  assert.equal(commands.setLayer(made.doc, made.id, { id: 'other', name: 'Ball' }).layers[0].id, made.id);
});

test('a stroke keeps the hand in place and in time with few keys', () => {
  const random = randomizer(9);
  // A hand that speeds up, rests, and turns, with a little tremor.
  const hand = Array.from({ length: 240 }, (_, i) => {
    const t = i / 239;
    const moved = t < 0.4 ? t * t * 2 : t < 0.6 ? 0.32 : 0.32 + (t - 0.6) * 1.5;
    return { x: 100 + 600 * moved, y: 200 + 90 * Math.sin(moved * 7) + (random() - 0.5) * 0.4, t: 1000 + t * 2500 };
  });
  const { points_px, times, error_px } = commands.simplifyStroke(hand);
  assert.ok(points_px.length <= 32 && times.length === points_px.length);
  assert.ok(error_px <= 1, `${error_px}`);
  const made = commands.addStroke(emptyDocument(), hand, { start: 8 });
  const layer = made.doc.layers[0];
  assert.deepEqual([layer.start, layer.end], [8, 48]);
  const sampled = sampleDocument(made.doc);
  for (let f = 8; f <= 48; f++) {
    const t = (f - 8) / 40;
    const i = Math.round(t * 239);
    const away = Math.hypot(sampled.xy[2 * f] - hand[i].x, sampled.xy[2 * f + 1] - hand[i].y);
    assert.ok(away < 4, `frame ${f}: ${away} px`);
  }
  assert.deepEqual(commands.addStroke(emptyDocument(), hand, { fill: true }).doc.layers[0].end, 80);
  const dot = commands.addStroke(emptyDocument(), [{ x: 5, y: 5, t: 0 }, { x: 6, y: 5, t: 9 }]);
  assert.equal(dot.doc.layers[0].points.length, 1);
  assert.throws(() => commands.simplifyStroke([{ x: NaN, y: 0, t: 0 }]), /no points/);
  assert.ok(commands.simplifyStroke(Array.from({ length: 9 }, (_, i) => ({ x: i, y: 0, t: 5 }))).times.every(Number.isFinite));
});

test('the clipboard carries tracks between documents, and refuses what is not its own', async () => {
  const region = commands.addRegion(commands.addPath(emptyDocument(), [[0.1, 0.1], [0.2, 0.2]], { start: 16, end: 48 }).doc, [[0, 0], [1, 0], [1, 1]]);
  const doc = commands.addLayer(region.doc, { type: 'dense', tracks: makeDense({ frames: 2, count: 1, xy: [0, 0, 1, 1], visible: [1, 0] }) }).doc;
  const text = await copySelection(doc, { layers: doc.layers.map((l) => l.id), points: [] });
  const other = emptyDocument({ fps: 8, frames: 41 });
  const pasted = await pasteText(other, text);
  assert.equal(pasted.ids.length, 3);
  assert.deepEqual([pasted.doc.layers[0].start, pasted.doc.layers[0].end], [8, 24]);
  assert.match(pasted.report.join(' '), /seconds: 16 to 8/);
  assert.equal(new Set((await pasteText(doc, text)).doc.layers.map((l) => l.id)).size, 6);
  assert.equal(await copySelection(doc, { layers: [], points: [] }), null);
  for (const foreign of ['', 'hello', '{"a":1}', '[]', text.slice(0, -3)]) assert.equal(await pasteText(doc, foreign), null);
  const bad = await pasteText(doc, text.replace('"arc"', '"never"'));
  assert.deepEqual([bad.doc, bad.ids], [doc, []]);
  assert.match(bad.report[0], /timing: is "never"/);
  assert.match((await pasteText(doc, text.replace('"wan-move/tracks":1', '"wan-move/tracks":9'))).report[0], /version 9/);
});

test('dense tracks come back as they went', async () => {
  const random = randomizer(11);
  for (const [frames, count] of [[1, 1], [81, 64], [4001, 3], [5, 0]]) {
    let x = 0.5;
    const xy = Float64Array.from({ length: frames * count * 2 }, () => (x = Math.max(-1.9, Math.min(1.9, x + (random() - 0.5) * 0.2))));
    const visible = Uint8Array.from({ length: frames * count }, () => (random() < 0.8 ? 1 : 0));
    const back = await decodeDense(await encodeDense({ frames, count, xy, visible }));
    assert.deepEqual([back.frames, back.count], [frames, count]);
    assert.deepEqual([...back.visible], [...visible]);
    assert.ok(back.xy.every((v, i) => Math.abs(v - xy[i]) <= 0.5 / 16384 + 1e-12));
  }
  const good = await encodeDense({ frames: 4, count: 2, xy: new Array(16).fill(0.1), visible: new Array(8).fill(1) });
  await assert.rejects(() => decodeDense(good.replace('4x2', '4x3')), /60 were expected|40 bytes/);
  await assert.rejects(() => decodeDense(good.replace('4x2', '2x2')), /more than the 20 bytes/);
  await assert.rejects(() => decodeDense('z1:9999x64:AAAA'), /not "z1/);
  await assert.rejects(() => decodeDense(`${good.slice(0, -8)}AAAAAAA=`), /damaged|ends too early|base64/);
});
