// "Hold the rest" follows what is drawn: laid again with the step that asked for it, and never over points that a person moved.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPath, addRegion, deleteLayers, deletePoints, holdTheRest, moveSelection } from '../../../js/editor/commands/all.mjs';
import { holdsTheRest, isUntouched } from '../../../js/editor/motion/document/held.mjs';
import { fixAll } from '../../../js/editor/motion/mending/fixes.mjs';
import { emptyDocument, parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { createState } from '../../../js/editor/state/state.mjs';
import { followHold } from '../../../js/editor/tools/hold/follow.mjs';

const quiet = () => new Promise((done) => setTimeout(done, 260));
const heldOf = (doc) => doc.layers.find(holdsTheRest);
const near = (points, [x, y], reach = 0.06) => points.some(([px, py]) => Math.hypot(px - x, py - y) < reach);

function opened({ following = true } = {}) {
  const drawn = addPath(emptyDocument({ picture: { ref: null, size_wh: [1600, 1200] } }), [[0.1, 0.1], [0.3, 0.1]]).doc;
  const state = createState(holdTheRest(drawn).doc);
  const closing = new AbortController();
  if (following) followHold({ state, signal: closing.signal });
  return { state, close: () => closing.abort() };
}

test('a new layer frees its way, in one step that undo takes back whole', async () => {
  const { state, close } = opened();
  const before = state.doc;
  assert.ok(near(heldOf(before).points, [0.7, 0.7]), 'held there to begin with');
  state.apply(addPath(state.doc, [[0.6, 0.7], [0.8, 0.7]]).doc, 'draw');
  await quiet();
  assert.ok(!near(heldOf(state.doc).points, [0.7, 0.7], 0.03), 'the new path is free');
  assert.ok(isUntouched(heldOf(state.doc)));
  assert.equal(state.undo(), before);
  await quiet();
  assert.equal(state.doc, before, 'and undo is left alone');
  assert.ok(!near(heldOf(state.redo()).points, [0.7, 0.7], 0.03), 'redo brings both back');
  const gone = state.doc;
  state.apply(deleteLayers(gone, [gone.layers.at(-1).id]), 'delete');
  await quiet();
  assert.ok(near(heldOf(state.doc).points, [0.7, 0.7]), 'what is deleted leaves a place to hold');
  close();
});

test('another size holds all of the new frame; another length the longer way', async () => {
  const { state, close } = opened();
  state.apply(remapDocument(state.doc, { size_wh: [480, 832] }), 'size');
  await quiet();
  const { points } = heldOf(state.doc);
  const fresh = holdTheRest({ ...state.doc, layers: state.doc.layers.filter((layer) => !holdsTheRest(layer)) }).doc;
  assert.deepEqual(points, heldOf(fresh).points, 'as if it were held now for the first time');
  state.arrive((doc) => remapDocument(doc, { size_wh: [832, 480] }));
  await quiet();
  assert.ok(isUntouched(heldOf(state.doc)), 'the host\'s size as well');
  assert.ok(heldOf(state.doc).points.every(([x, y]) => x > 0 && x < 1 && y > 0 && y < 1));
  close();
});

test('points that a person moved or deleted are left, until they are asked for again', async () => {
  for (const touch of [(doc, id) => moveSelection(doc, { layers: [], points: [{ layer: id, index: 3 }] }, 0.01, 0), (doc, id) => deletePoints(doc, [{ layer: id, index: 0 }])]) {
    const { state, close } = opened();
    state.apply(touch(state.doc, heldOf(state.doc).id), 'touch');
    const { points } = heldOf(state.doc);
    state.apply(addRegion(state.doc, [[0.6, 0.6], [0.8, 0.6], [0.8, 0.8], [0.6, 0.8]]).doc, 'region');
    await quiet();
    assert.equal(heldOf(state.doc).points, points);
    state.apply(holdTheRest(state.doc).doc, 'hold');
    assert.ok(isUntouched(heldOf(state.doc)));
    close();
  }
});

test('whether it was touched is told from the stored text alone, and locked is left too', async () => {
  const { state } = opened({ following: false });
  const read = async (doc) => (await parseDocument(await serializeDocument(doc))).document;
  assert.ok(isUntouched(heldOf(await read(state.doc))));
  assert.ok(isUntouched(heldOf(await read(remapDocument(state.doc, { size_wh: [480, 832], fit: 'pad' })))), 'carried to another frame');
  const { id } = heldOf(state.doc);
  assert.ok(!isUntouched(heldOf(await read(moveSelection(state.doc, { layers: [id], points: [] }, 0.001, 0)))));
  const { role, made, ...old } = heldOf(state.doc);
  assert.ok(role && made && !isUntouched({ ...old, role }), 'one of an earlier release says nothing: it is left');
  const closing = new AbortController();
  const locked = createState({ ...state.doc, layers: state.doc.layers.map((layer) => (layer.id === id ? { ...layer, locked: true } : layer)) });
  followHold({ state: locked, signal: closing.signal });
  const { points } = heldOf(locked.doc);
  locked.apply(addPath(locked.doc, [[0.6, 0.7], [0.8, 0.7]]).doc, 'draw');
  await quiet();
  assert.equal(heldOf(locked.doc).points, points);
  closing.abort();
});

test('what a draft says is waited for, and what is held is not disturbed', async () => {
  const { state, close } = opened();
  state.set('picture', { picture: { shown: null, fitted: null, size_wh: [1600, 1200], name: '' } });
  const before = heldOf(state.doc).points;
  state.apply(addPath(state.doc, [[0.6, 0.7], [0.8, 0.7]]).doc, 'draw');
  await quiet();
  assert.equal(heldOf(state.doc).points, before, 'nobody knows yet what moves in the picture');
  const gesture = state.begin({ label: 'drag' });
  state.set('things', { found: { doc: state.doc, things: [] } });
  await quiet();
  assert.equal(heldOf(state.doc).points, before, 'something is held');
  gesture.commit();
  await quiet();
  assert.ok(!near(heldOf(state.doc).points, [0.7, 0.7], 0.03));
  close();
});

test('an anchor that a mend takes out stops nothing: the rest goes on following', async () => {
  const { state, close } = opened();
  const held = heldOf(state.doc);
  // A path over an anchor: they share a cell, which the mend settles.
  const drawn = addPath(state.doc, [held.points[5], [held.points[5][0] + 0.2, held.points[5][1]]]).doc;
  const mended = fixAll(drawn).doc;
  assert.notEqual(heldOf(mended).points.length, held.points.length);
  assert.ok(isUntouched(heldOf(mended)));
  close();
});
