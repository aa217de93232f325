// What a hand holds: a gesture makes one step or nothing, brings the selection along, and cannot be left half done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAnchor, addPath, deleteLayers, moveSelection, setLayer } from '../../../js/editor/commands/all.mjs';
import { emptyDocument, layerById } from '../../../js/editor/motion/document/document.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { createState } from '../../../js/editor/state/state.mjs';
import { attachEndings } from '../../../js/editor/tools/endings.mjs';

/** A state with one path, what it told, and what was said to have failed. */
function opened() {
  const { doc, id } = addPath(emptyDocument(), [[0.1, 0.1], [0.5, 0.5]], { name: 'Kite' });
  const state = createState(doc);
  const told = [];
  const faults = [];
  state.on('doc', ({ reason, kind }) => told.push(`${reason} ${kind}`));
  state.on('fault', ({ error, label }) => faults.push(`${label}: ${error.message}`));
  return { state, id, told, faults };
}
const picked = ({ selection }) => ({ layers: selection.layers, points: selection.points });
const nudged = (state, dx) => (from) => moveSelection(from, state.selection, dx, 0);

/** The editor's endings on event targets of their own. */
function endings(state) {
  const [page, window, closing] = [new EventTarget(), new EventTarget(), new AbortController()];
  attachEndings({ state, page, window, signal: closing.signal });
  const lose = (type, pointerId) => page.dispatchEvent(Object.assign(new Event(type), { pointerId }));
  const tell = (type, facts, pointerId = 7) => page.dispatchEvent(Object.assign(new Event(type), { pointerId, ...facts }));
  page.setPointerCapture = () => {};
  return { lose, tell, blur: () => window.dispatchEvent(new Event('blur')), close: () => closing.abort() };
}

test('undo and redo bring the selection back with the document', () => {
  const { state, id } = opened();
  state.selectLayers([id]);
  const before = state.doc;
  const made = addAnchor(state.doc, [0.9, 0.9]);
  state.apply(made.doc, 'anchor', { points: [{ layer: made.id, index: 0 }] });
  const heard = [];
  state.on('selection', () => heard.push(picked(state)));
  state.deselect();
  assert.equal(state.undo(), before);
  assert.deepEqual(picked(state), { layers: [id], points: [] });
  assert.equal(state.redo(), made.doc);
  assert.deepEqual(picked(state), { layers: [], points: [{ layer: made.id, index: 0 }] });
  assert.deepEqual(heard.slice(1), [{ layers: [id], points: [] }, picked(state)]);
});

test('a picked camera comes back too, and what is gone is not selected', () => {
  const { state, id } = opened();
  state.pickCamera();
  state.apply(setLayer(state.doc, id, { name: 'Ball' }), 'rename', { layers: [id] });
  state.undo();
  assert.equal(state.cameraPicked, true);
  state.redo();
  assert.deepEqual([state.cameraPicked, picked(state).layers], [false, [id]]);
  state.apply(deleteLayers(state.doc, [id]), 'delete');
  assert.deepEqual(picked(state).layers, []);
  state.undo();
  assert.deepEqual(picked(state).layers, [id]);
});

test('each update starts over from the beginning; what the press picked stays picked when the step is undone', () => {
  const { state, id, told } = opened();
  const before = state.doc;
  const gesture = state.begin({ label: 'move', pointerId: 1 });
  state.selectLayers([id]);
  for (const dx of [0.3, 0.2, 0.1]) assert.equal(gesture.update(nudged(state, dx)), true);
  assert.deepEqual(layerById(state.doc, id).points.map(([x]) => Math.round(x * 100)), [20, 60]);
  assert.equal(gesture.commit(), true);
  assert.equal(state.history.undoLabel, 'move');
  assert.equal(state.undo(), before);
  assert.deepEqual(picked(state).layers, [id]);
  assert.deepEqual(told, ['update held', 'update held', 'update held', 'commit step', 'undo step']);
});

test('a gesture that changes nothing makes no step and tells nothing', () => {
  const { state, told } = opened();
  const ends = [];
  assert.equal(state.begin({ onEnd: (how) => ends.push(how) }).commit(), false);
  const gesture = state.begin({ label: 'still', onEnd: (how) => ends.push(how) });
  gesture.update((doc) => doc);
  assert.equal(gesture.commit(), false);
  assert.deepEqual([ends, told, state.history.canUndo, state.gesture], [['commit', 'commit'], [], false, null]);
});

test('a change that throws undoes the gesture and says so: document, selection and history are as before', () => {
  for (const first of [true, false]) {
    const { state, id, faults } = opened();
    state.apply(setLayer(state.doc, id, { name: 'Ball' }), 'rename');
    state.selectLayers([id]);
    const before = state.doc;
    const ends = [];
    const gesture = state.begin({ label: 'move', onEnd: (how) => ends.push(how) });
    state.deselect();
    if (!first) gesture.update((doc) => addAnchor(doc, [0.2, 0.2]).doc);
    assert.equal(gesture.update(() => { throw new RangeError('no such layer'); }), false);
    assert.equal(state.doc, before);
    assert.deepEqual(picked(state), { layers: [id], points: [] });
    assert.deepEqual([state.history.undoLabel, state.history.canRedo, state.history.inGesture, state.gesture], ['rename', false, false, null]);
    assert.deepEqual([faults, ends], [['move: no such layer'], ['cancel']]);
  }
});

test('a cancelled gesture tells of the selection that it brings back, even where the document never changed', () => {
  for (const update of [(gesture) => gesture.update((doc) => doc), (gesture) => gesture.update((doc) => addAnchor(doc, [0.2, 0.2]).doc), () => {}]) {
    const { state, id } = opened();
    let shown = picked(state);
    state.on('selection', () => (shown = picked(state)));
    const gesture = state.begin();
    update(gesture);
    state.selectLayers([id]);
    assert.deepEqual(shown.layers, [id]);
    gesture.cancel();
    assert.deepEqual([shown, picked(state)], [{ layers: [], points: [] }, { layers: [], points: [] }]);
  }
});

test('updating after the end throws, however it ended', () => {
  const endsBy = {
    commit: (state, gesture) => gesture.commit(),
    cancel: (state, gesture) => gesture.cancel(),
    escape: (state) => state.cancelGesture(),
    'another gesture': (state) => state.begin(),
    'a step': (state, gesture, id) => state.apply(setLayer(state.doc, id, { name: 'x' }), 'rename'),
    undo: (state) => state.undo(),
    load: (state) => state.load(emptyDocument()),
  };
  for (const [name, end] of Object.entries(endsBy)) {
    const { state, id } = opened();
    const gesture = state.begin({ label: 'drag' });
    gesture.update((doc) => addAnchor(doc, [0.2, 0.2]).doc);
    end(state, gesture, id);
    const after = state.doc;
    assert.throws(() => gesture.update((doc) => doc), /gesture "drag": update after its end/, name);
    assert.equal(gesture.ended, true, name);
    assert.equal(gesture.commit(), false, name);
    gesture.cancel();
    assert.equal(state.doc, after, name);
  }
});

test('another gesture, or a step, lets go of what is held first: it stays, as a step of its own', () => {
  const { state, id } = opened();
  const before = state.doc;
  const first = state.begin({ label: 'anchor' });
  first.update((doc) => addAnchor(doc, [0.2, 0.2]).doc);
  const second = state.begin({ label: 'name' });
  assert.equal(second.from.layers.length, 2);
  second.update((doc) => setLayer(doc, id, { name: 'Ball' }));
  state.apply(setLayer(state.doc, id, { locked: true }), 'lock');
  assert.deepEqual([state.undo(), state.undo(), state.undo()].map((doc) => doc.layers.length), [2, 2, 1]);
  assert.equal(state.doc, before);
});

test('a lost pointer, a window that loses the focus and a closing editor end what is held, undone', () => {
  const losses = {
    pointercancel: ({ lose }) => lose('pointercancel', 7),
    lostpointercapture: ({ lose }) => lose('lostpointercapture', 7),
    blur: ({ blur }) => blur(),
    close: ({ close }) => close(),
  };
  for (const [name, lost] of Object.entries(losses)) {
    const { state, id, told } = opened();
    const way = endings(state);
    state.selectLayers([id]);
    const before = state.doc;
    const ends = [];
    const gesture = state.begin({ label: 'move', pointerId: 7, onEnd: (how) => ends.push(how) });
    gesture.update(nudged(state, 0.2));
    way.lose('pointercancel', 8);
    way.lose('lostpointercapture', 8);
    assert.equal(gesture.ended, false, `${name}: another pointer's loss`);
    lost(way);
    assert.deepEqual([state.doc, picked(state).layers, ends], [before, [id], ['cancel']], name);
    assert.deepEqual(told, ['update held', 'cancel held'], name);
    assert.equal(state.history.canUndo, false, name);
  }
});

test('what no single pointer holds ends with any pointer that the browser takes away, not with one that is let go', () => {
  const { state } = opened();
  const way = endings(state);
  const slider = state.begin({ label: 'density' });
  way.lose('lostpointercapture', 3);
  assert.equal(slider.ended, false);
  way.lose('pointercancel', 3);
  assert.equal(slider.ended, true);
});

test('what was let go of without a word is a step: by a move without its button, by the next press, by a lost capture', () => {
  const told = {
    'a move without its button': (way) => way.tell('pointermove', { button: -1, buttons: 0 }),
    'a move with another button': (way) => way.tell('pointermove', { button: 0, buttons: 2 }),
    'the next press': (way) => way.tell('pointerdown', { button: 0, buttons: 1 }),
    'a lost capture': (way) => way.tell('lostpointercapture', { button: -1, buttons: 0 }),
  };
  for (const [name, tell] of Object.entries(told)) {
    for (const own of [false, true]) {
      const { state, id } = opened();
      state.selectLayers([id]);
      const way = endings(state);
      const before = state.doc;
      const ends = [];
      way.tell('pointerdown', { button: 0, buttons: 1 });
      const gesture = state.begin({ label: 'move', pointerId: 7, onEnd: (how) => ends.push(how), onRelease: own ? () => { ends.push('release'); gesture.commit(); } : undefined });
      gesture.update(nudged(state, 0.2));
      way.tell('pointermove', { button: -1, buttons: 1 });
      way.tell('pointermove', { button: 2, buttons: 3 });
      way.tell('lostpointercapture', { button: -1, buttons: 1 });
      way.tell('pointermove', { button: -1, buttons: 1 });
      way.tell('lostpointercapture', { button: -1, buttons: 1 });
      assert.equal(gesture.ended, false, `${name}: a second button is no end, however often the browser takes the capture away for it`);
      way.tell('pointermove', { button: -1, buttons: 0 }, 8);
      assert.equal(gesture.ended, false, `${name}: another pointer`);
      tell(way);
      assert.deepEqual(ends, own ? ['release', 'commit'] : ['commit'], name);
      assert.notEqual(state.doc, before, name);
      assert.equal(state.undo(), before, name);
    }
  }
  // The middle button has a bit of its own.
  const { state } = opened();
  const way = endings(state);
  way.tell('pointerdown', { button: 1, buttons: 4 });
  const pan = state.begin({ pointerId: 7 });
  way.tell('pointermove', { button: -1, buttons: 4 });
  assert.equal(pan.ended, false);
  way.tell('pointermove', { button: -1, buttons: 1 });
  assert.equal(pan.ended, true);
});

test('a closed editor holds nothing', () => {
  const { state } = opened();
  const ends = [];
  state.begin({ onEnd: (how) => ends.push(how) }).update((doc) => addAnchor(doc, [0.2, 0.2]).doc);
  state.destroy();
  assert.deepEqual([ends, state.gesture, state.history.inGesture, state.doc.layers.length], [['cancel'], null, false, 1]);
});

test('a document that is loaded and a change that arrives are no steps', () => {
  const { state, id, told } = opened();
  state.apply(setLayer(state.doc, id, { name: 'Ball' }), 'rename');
  state.arrive((doc) => remapDocument(doc, { frames: 41 }));
  assert.deepEqual([state.history.undoLabel, state.history.canRedo], ['rename', false]);
  state.load(emptyDocument());
  assert.deepEqual([state.history.canUndo, state.undo()], [false, null]);
  assert.deepEqual(told, ['commit step', 'arrive never', 'reset never']);
});

test('undo and redo after a change that arrived keep it', () => {
  const { state, id } = opened();
  const names = () => [state.doc.frames, ...state.doc.size_wh, layerById(state.doc, id).name];
  state.apply(setLayer(state.doc, id, { name: 'one' }), 'rename');
  state.arrive((doc) => remapDocument(doc, { size_wh: [640, 640] }));
  state.apply(setLayer(state.doc, id, { name: 'two' }), 'rename');
  state.undo();
  state.arrive((doc) => remapDocument(doc, { frames: 41 }));
  assert.deepEqual(names(), [41, 640, 640, 'one']);
  state.undo();
  assert.deepEqual(names(), [41, 640, 640, 'Kite']);
  state.redo();
  assert.deepEqual(names(), [41, 640, 640, 'one']);
  state.redo();
  assert.deepEqual(names(), [41, 640, 640, 'two']);
  state.undo();
  state.undo();
  assert.deepEqual([...names(), state.history.canUndo], [41, 640, 640, 'Kite', false]);
});

test('a change that the document has already holds for those before it too', () => {
  const { state } = opened();
  state.apply({ ...state.doc, frames: 41 }, 'import');
  state.arrive((doc) => remapDocument(doc, { frames: 41 }));
  assert.equal(state.undo()?.frames, 41);
  assert.equal(state.redo()?.frames, 41);
});

test('a change that arrives while something is held undoes that first', () => {
  const { state } = opened();
  const gesture = state.begin({ label: 'anchor' });
  gesture.update((doc) => addAnchor(doc, [0.2, 0.2]).doc);
  state.arrive((doc) => remapDocument(doc, { frames: 41 }));
  assert.deepEqual([gesture.ended, state.doc.layers.length, state.doc.frames, state.history.canUndo], [true, 1, 41, false]);
});

test('fields are set with the topic that tells of them, and a listener that ended hears no more', () => {
  const { state } = opened();
  const heard = [];
  const end = state.on('ui', () => heard.push(state.show));
  state.set('ui', { show: 'latent', grid: true });
  end();
  state.set('ui', { show: 'lines' });
  assert.deepEqual([heard, state.show, state.grid], [['latent'], 'lines', true]);
});
