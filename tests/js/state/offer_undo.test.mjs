// A notice that offers undo takes back what it tells of, never what was done after it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offerUndo } from '../../../js/editor/state/offer_undo.mjs';

function desk() {
  const listeners = new Set();
  const shown = [];
  const state = { undone: 0, undo: () => ++state.undone, on: (_topic, listener) => (listeners.add(listener), () => listeners.delete(listener)) };
  const float = { notice: (text, options) => (shown.push({ text, ...options }), () => void shown.pop()) };
  return { state, float, t: (key) => key, shown, tell: (reason) => [...listeners].forEach((listener) => listener({ reason })), listeners };
}

test('the button undoes, as long as nothing else was done', () => {
  const one = desk();
  offerUndo(one, 'held', { ms: 9 });
  assert.deepEqual(one.shown.map(({ text, action, ms }) => ({ text, action, ms })), [{ text: 'held', action: 'undo', ms: 9 }]);
  one.shown[0].run();
  assert.equal(one.state.undone, 1);
});

test('it goes with the next step, undo or other drawing, once; what adds to the step leaves it', () => {
  for (const reason of ['commit', 'update', 'undo', 'redo', 'reset', 'arrive']) {
    const one = desk();
    offerUndo(one, 'held');
    one.tell('amend');
    one.tell('cancel');
    assert.equal(one.shown.length, 1, reason);
    one.tell(reason);
    assert.equal(one.shown.length, 0, reason);
    assert.equal(one.listeners.size, 0, reason);
  }
});
