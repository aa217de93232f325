import assert from 'node:assert/strict';
import test from 'node:test';
import { PRESETS, addPath, addRegion, applyPreset, followLayer } from '../../../js/editor/commands/all.mjs';
import { layerById } from '../../../js/editor/motion/document/document.mjs';
import { createSampler, sampleLayer } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { serializeDocument, parseDocument } from '../../../js/editor/motion/document/document.mjs';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';

const square = [[0.4, 0.4], [0.5, 0.4], [0.5, 0.55], [0.4, 0.55]];
const withThing = (frames) => addRegion(emptyDocument({ size_wh: [832, 480], frames, fps: 16 }), square, {});
/** Middle of the thing at every frame, doc px. */
const middles = (doc, id) => {
  const { xy, count, frames } = sampleLayer(layerById(doc, id), doc);
  return Array.from({ length: frames }, (_, f) => [0, 1].map((k) => Array.from({ length: count }, (_, n) => xy[2 * (f * count + n) + k]).reduce((a, b) => a + b) / count));
};

test('every preset gives sorted keys within the clip, from rest, that are read back as they were', async () => {
  for (const frames of [5, 17, 81, 121]) {
    for (const name of PRESETS) {
      const { doc, id } = withThing(frames);
      const made = applyPreset(doc, id, name);
      const { keys } = layerById(made, id);
      assert.ok(keys.length >= 2, name);
      assert.deepEqual({ ...keys[0] }, { frame: 0, offset: [0, 0], rotate: 0, scale: 1 }, name);
      assert.ok(keys.every((key, i) => Number.isInteger(key.frame) && key.frame < frames && (i === 0 || key.frame > keys[i - 1].frame)), name);
      const { document, error } = await parseDocument(await serializeDocument(made));
      assert.equal(error, null);
      assert.deepEqual(layerById(document, id).keys.map((key) => key.frame), keys.map((key) => key.frame));
      assert.ok(createSampler().sample(made).count > 0);
    }
  }
});

test('a jump goes up and comes back; a fall goes down faster and faster; an orbit closes', () => {
  const { doc, id } = withThing(81);
  const at = (name) => middles(applyPreset(doc, id, name), id);
  const jump = at('jump').map(([, y]) => y);
  assert.ok(Math.min(...jump) < jump[0] - 20);
  assert.ok(Math.abs(jump[80] - jump[0]) < 0.5);
  const fall = at('fall').map(([, y]) => y);
  assert.ok(fall[80] - fall[40] > 2 * (fall[40] - fall[0]));
  const orbit = at('orbit');
  assert.ok(Math.hypot(orbit[80][0] - orbit[0][0], orbit[80][1] - orbit[0][1]) < 0.5);
  assert.ok(Math.abs(orbit[40][1] - orbit[0][1]) > 20);
});

test('a swing turns about the upper end, which stays', () => {
  const { doc, id } = withThing(81);
  const made = applyPreset(doc, id, 'swing');
  const layer = layerById(made, id);
  assert.deepEqual(layer.pivot.map((v) => Number(v.toFixed(6))), [0.45, 0.4]);
  assert.ok(layer.keys.some((key) => key.rotate > 5) && layer.keys.some((key) => key.rotate < -5));
  assert.ok(layer.keys.every((key) => key.offset[0] === 0 && key.offset[1] === 0));
});

test('what follows another layer keeps its distance to it', () => {
  const { doc, id } = withThing(81);
  const leader = addPath(doc, [[0.1, 0.1], [0.3, 0.5], [0.2, 0.8]], {});
  const made = followLayer(leader.doc, id, leader.id);
  const { xy } = sampleLayer(layerById(made, leader.id), made);
  const own = middles(made, id);
  for (let f = 0; f < 81; f += 4) {
    assert.ok(Math.abs(own[f][0] - own[0][0] - (xy[2 * f] - xy[0])) < 0.1, `frame ${f}`);
    assert.ok(Math.abs(own[f][1] - own[0][1] - (xy[2 * f + 1] - xy[1])) < 0.1, `frame ${f}`);
  }
  assert.equal(followLayer(made, id, id), made);
  assert.equal(followLayer(made, id, 'nobody'), made);
});

test('a locked region, and what is no region, stay as they are', () => {
  const { doc, id } = withThing(81);
  const locked = { ...doc, layers: doc.layers.map((layer) => ({ ...layer, locked: true })) };
  assert.equal(applyPreset(locked, id, 'jump'), locked);
  const path = addPath(doc, [[0.1, 0.1], [0.3, 0.5]], {});
  assert.equal(applyPreset(path.doc, path.id, 'jump'), path.doc);
});

test('an orbit of something large stays near it, and turns to the side with more room', () => {
  const large = (top) => addRegion(emptyDocument({ size_wh: [832, 480], frames: 81, fps: 16 }), [[0.3, top], [0.7, top], [0.7, top + 0.5], [0.3, top + 0.5]], {});
  for (const top of [0.05, 0.45]) {
    const { doc, id } = large(top);
    const offsets = layerById(applyPreset(doc, id, 'orbit'), id).keys.map((key) => key.offset[1]);
    assert.ok(Math.max(...offsets.map(Math.abs)) < 0.4);
    const [least, most] = [top + Math.min(...offsets), top + 0.5 + Math.max(...offsets)];
    assert.ok(least >= 0 && most <= 1, `${least} to ${most}`);
  }
});
