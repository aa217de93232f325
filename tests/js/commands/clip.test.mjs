// Another clip for the same drawing: keys stay within it, and what is seen up to the cut is what was seen before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLayer, addPath, firstPart, giveHandles, setCameraKey, setClip, setHandle, setLayer, setRegionKey, videoLength, videoSide, withinClip } from '../../../js/editor/commands/all.mjs';
import { emptyDocument, parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { easingFunction } from '../../../js/editor/motion/timing/easing.mjs';
import { gestures } from '../gestures.mjs';
import { randomizer } from '../random.mjs';

const BEND = [[0.1, 0.2], [0.3, 0.75], [0.55, 0.3], [0.9, 0.6]];

/** Nothing of a document lies past its last frame. @param {import('../../../js/editor/motion/document/types.mjs').Doc} doc */
function assertWithin(doc) {
  const last = doc.frames - 1;
  for (const layer of doc.layers) {
    if (layer.type === 'path') assert.ok(layer.start <= layer.end && layer.end <= last, `${layer.name}: ${layer.start} to ${layer.end}`);
    for (const key of layer.keys ?? []) assert.ok(key.frame <= last, `${layer.name}: key at ${key.frame}`);
    for (const [a, b] of layer.hidden ?? []) assert.ok(a <= b && b <= last, `${layer.name}: hidden ${a} to ${b}`);
  }
  for (const key of doc.camera?.keys ?? []) assert.ok(key.frame <= last, `camera: key at ${key.frame}`);
}

/** How far apart two documents' tracks are, px, and whether they are seen alike. */
function apart(a, b) {
  const [one, other] = [sampleDocument(a), sampleDocument(b)];
  assert.equal(one.count, other.count);
  let most = 0;
  for (let i = 0; i < one.xy.length; i += 2) most = Math.max(most, Math.hypot(one.xy[i] - other.xy[i], one.xy[i + 1] - other.xy[i + 1]));
  return { most, seen: one.visible.every((v, i) => v === other.visible[i]) };
}

const shots = {
  'a straight path': [(d) => addPath(d, BEND, { curve: 'straight', easing: 'ease-in-out' }).doc, 1e-3],
  'a smooth path': [(d) => addPath(d, BEND, { easing: 'ease-in' }).doc, 1.5],
  'a hand with a rest': [(d) => addPath(d, [BEND[0], BEND[1], BEND[1], BEND[2], BEND[3]], { curve: 'straight', times: [0, 0.2, 0.7, 0.8, 1] }).doc, 1e-3],
  'speeds': [(d) => addPath(d, BEND, { curve: 'straight', speeds: [1, 4, 0.5, 2] }).doc, 1e-3],
  'a late start, hidden before': [(d) => addPath(d, BEND, { curve: 'straight', start: 60, before: 'hide', hidden: [[30, 70]] }).doc, 1e-3],
  'a round': [(d) => addPath(d, BEND, { curve: 'straight', closed: true }).doc, 1e-3],
  'a smooth round with a hand': [(d) => addPath(d, BEND, { closed: true, times: [0, 0.3, 0.5, 1] }).doc, 3.5],
  'the published rule': [(d) => addPath(d, BEND, { timing: 'published', speeds: [1, 2, 1, 3] }).doc, 1],
  'an easing that overshoots': [(d) => addPath(d, BEND, { curve: 'straight', easing: [0.3, -0.4, 0.6, 1.5] }).doc, 1],
  'a region of two keys': [(d) => setRegionKey(addLayer(d, { type: 'region', id: 'r', polygon: [[0.4, 0.4], [0.5, 0.4], [0.5, 0.5]], pivot: [0.45, 0.45], easing: 'ease-in-out' }).doc, 'r', 80, { offset: [0.3, 0], rotate: 40, scale: 1.5 }), 0.6],
  'a camera': [(d) => setCameraKey(addPath(d, [BEND[0]]).doc, 80, { truck: [0.2, 0], zoom: 1.6, roll: 12 }), 1e-3],
};

for (const [name, [draw, reach_px]] of Object.entries(shots)) {
  test(`81 to 49 frames: ${name}`, () => {
    const doc = draw(emptyDocument());
    const kept = setClip(doc, { frames: 49 }, 'keep');
    assertWithin(kept);
    // What Python makes of the whole document in the shorter clip: it cuts.
    const { most, seen } = apart(remapDocument(doc, { frames: 49 }), kept);
    assert.ok(most <= reach_px, `${most} px apart`);
    assert.ok(seen, 'seen where it was seen');
    const stretched = setClip(doc, { frames: 49 });
    assertWithin(stretched);
    const before = sampleDocument(doc);
    const after = sampleDocument(stretched);
    const end = (s, n, axis) => s.xy[((s.frames - 1) * s.count + n) * 2 + axis];
    for (const n of [0, after.count - 1]) for (const axis of [0, 1]) assert.ok(Math.abs(end(before, n, axis) - end(after, n, axis)) < 1e-3, 'the whole motion');
    assert.equal(withinClip(kept), kept);
  });
}

test('a clip that stays as it is gives the same document, and a longer one loses nothing', () => {
  const doc = addPath(emptyDocument(), BEND).doc;
  assert.equal(setClip(doc, { frames: 81, size_wh: [832, 480] }), doc);
  assert.equal(setClip(doc, { frames: 121 }, 'keep').layers[0], doc.layers[0], 'it waits at its end');
  assert.deepEqual(setClip(doc, { frames: 161 }).layers[0].end, 160);
  const faster = setClip(doc, { fps: 32 });
  assert.equal(faster.layers[0].end, 80, 'another rate, the same frames');
  assert.equal(setClip(doc, { fps: 32 }, 'keep').layers[0].end, 80, 'its five seconds are cut at the end of the clip');
});

test('a path with handles goes where it went, up to the end of a shorter clip', () => {
  const made = addPath(emptyDocument(), BEND, { curve: 'straight' });
  const doc = setHandle(giveHandles(made.doc, made.id), made.id, 1, 'out', [0.08, -0.12]);
  const [whole, cut] = [sampleDocument(doc), sampleDocument(setClip(doc, { frames: 49 }, 'keep'))];
  for (let f = 0; f < 49; f++) {
    const at = (s) => [s.xy[f * s.count * 2], s.xy[f * s.count * 2 + 1]];
    assert.ok(Math.hypot(at(whole)[0] - at(cut)[0], at(whole)[1] - at(cut)[1]) < 2.5, `frame ${f}`);
  }
});

test('what begins after the end waits, and its camera goes', () => {
  const doc = setCameraKey(addPath(emptyDocument(), BEND, { start: 60 }).doc, 80, { zoom: 2 });
  const late = { ...doc, camera: { ...doc.camera, keys: doc.camera.keys.filter((key) => key.frame === 80) } };
  const cut = setClip(late, { frames: 49 }, 'keep');
  assert.equal(cut.camera, null);
  assert.deepEqual(cut.layers[0].points, [BEND[0]]);
  const layer = setLayer(late, late.layers[0].id, { before: 'hide' }).layers[0];
  assert.deepEqual(setClip({ ...late, layers: [layer] }, { frames: 49 }, 'keep').layers[0].hidden, [[0, 48]]);
});

test('the first part of an easing is that easing, as far as it goes', () => {
  for (const easing of ['ease-in', 'ease-out', 'ease-in-out', [0.7, 0.1, 0.2, 0.9], [0.5, 0, 0.3, 1]]) {
    for (const share of [0.1, 0.37, 0.6, 0.95]) {
      const [whole, part] = [easingFunction(easing), easingFunction(firstPart(easing, share))];
      for (const p of [0.2, 0.5, 0.9]) assert.ok(Math.abs(whole(p * share) - part(p) * whole(share)) < 2e-6, `${easing} ${share} ${p}`);
    }
  }
  assert.equal(firstPart('linear', 0.4), 'linear');
});

test('whatever was drawn, a shorter clip holds it, and the document is whole', async () => {
  const random = randomizer(11);
  const next = gestures(random);
  let doc = emptyDocument();
  for (let i = 0; i < 300; i++) {
    try {
      doc = await next()(doc);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    if (i % 6) continue;
    for (const timing of ['stretch', 'keep']) {
      const made = setClip(doc, { frames: videoLength(5 + 80 * random()), size_wh: [videoSide(64 + 900 * random()), 480] }, timing);
      assertWithin(made);
      const read = await parseDocument(await serializeDocument(made));
      assert.ok(read.document, read.error ?? '');
    }
  }
});
