// A thing that goes where the hand went with it, and things that pass their keys without a stop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRegion, applyMotion, applyPreset, dragRegion, followHand, isBent, motionOf, setClip, setLayer, setRegionKey } from '../../../js/editor/commands/all.mjs';
import { emptyDocument, layerById } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';

const [WIDTH, HEIGHT] = [832, 480];
const SQUARE = [[0.2, 0.6], [0.3, 0.6], [0.3, 0.7], [0.2, 0.7]];

/** A thing and its first point's way over the clip. */
function thing(keys = []) {
  const made = addRegion(emptyDocument({ frames: 81 }), SQUARE, { easing: 'linear' });
  let { doc } = made;
  for (const { frame, ...value } of keys) doc = setRegionKey(doc, made.id, frame, value);
  return { doc, id: made.id };
}

/** px moved of the first point, by frame. */
function moved(doc) {
  const { xy, count } = sampleDocument(doc);
  return Array.from({ length: doc.frames }, (_, f) => [xy[2 * f * count] - xy[0], xy[2 * f * count + 1] - xy[1]]);
}

/** The hand over a half circle of `radius` px to the right, its top up. */
const arc = (radius, steps = 60) => Array.from({ length: steps + 1 }, (_, i) => [300 - radius * Math.cos((Math.PI * i) / steps), 300 - radius * Math.sin((Math.PI * i) / steps)]);

function dragged(way) {
  const { doc, id } = thing();
  const [from, to] = [way[0], way.at(-1)];
  return { doc: dragRegion(doc, id, 80, (to[0] - from[0]) / WIDTH, (to[1] - from[1]) / HEIGHT), id };
}

test('a half circle of the hand is the way of the thing, at an even pace, with few keys', () => {
  const way = arc(150);
  const { doc, id } = dragged(way);
  const after = followHand(doc, id, 80, way);
  const { keys } = layerById(after, id);
  assert.ok(keys.length >= 4 && keys.length <= 11, `${keys.length} keys`);
  keys.slice(1).forEach((key, i) => assert.ok(key.frame - keys[i].frame >= 4));
  const places = moved(after);
  places.forEach(([x, y], f) => {
    const off = Math.abs(Math.hypot(x - 150, y) - 150);
    assert.ok(off < 8, `frame ${f}: ${off} px off the circle`);
  });
  assert.ok(Math.hypot(places[80][0] - 300, places[80][1]) < 1e-3);
  const steps = places.slice(1).map(([x, y], i) => Math.hypot(x - places[i][0], y - places[i][1]));
  assert.ok(Math.max(...steps) < 1.3 * Math.min(...steps), `${Math.min(...steps)} to ${Math.max(...steps)}`);
});

test('a hook, an S and a loop are followed; the end stays where it was let go', () => {
  const s = Array.from({ length: 81 }, (_, i) => [100 + 5 * i, 240 + 90 * Math.sin((Math.PI * i) / 40)]);
  const hook = [...Array.from({ length: 40 }, (_, i) => [100 + 6 * i, 300]), ...Array.from({ length: 40 }, (_, i) => [340, 300 - 4 * i])];
  const loop = Array.from({ length: 81 }, (_, i) => [300 + 120 * Math.sin((Math.PI * i) / 40), 300 - 120 * (1 - Math.cos((Math.PI * i) / 40))]);
  for (const way of [s, hook, loop]) {
    assert.ok(isBent(way));
    const made = dragged(way);
    // Let go a little elsewhere: snapped.
    const doc = setRegionKey(made.doc, made.id, 80, { offset: [(way.at(-1)[0] - way[0][0] + 4) / WIDTH, (way.at(-1)[1] - way[0][1]) / HEIGHT] });
    const places = moved(followHand(doc, made.id, 80, way));
    assert.ok(Math.abs(places[80][0] - (way.at(-1)[0] - way[0][0] + 4)) < 1e-3);
    places.forEach(([x, y], f) => {
      const off = Math.min(...way.map(([wx, wy]) => Math.hypot(wx - way[0][0] - x, wy - way[0][1] - y)));
      assert.ok(off < 20, `frame ${f}: ${off} px off`);
    });
  }
});

test('a straight way, a short one and an unsteady hand are no bend', () => {
  assert.ok(!isBent([[0, 0], [100, 0]]));
  assert.ok(!isBent([[0, 0], [4, 8], [8, 0]]));
  assert.ok(!isBent([]));
  assert.ok(!isBent(Array.from({ length: 100 }, (_, i) => [4 * i, 8 * Math.sin(i)])));
  assert.ok(isBent([[0, 0], [200, 60], [400, 0]]));
});

test('nothing is followed where there is no key, or no way', () => {
  const { doc, id } = thing();
  assert.equal(followHand(doc, id, 80, arc(50)), doc);
  const { doc: other, id: its } = dragged(arc(50));
  assert.equal(followHand(other, its, 80, [[0, 0]]), other);
  assert.equal(followHand(other, 'none', 80, arc(50)), other);
});

test('a new thing passes a key between without a stop, a straight one stands there', () => {
  const keys = [{ frame: 40, offset: [0.2, -0.2] }, { frame: 80, offset: [0.4, 0] }];
  const { doc, id } = thing(keys);
  const eased = setLayer(doc, id, { easing: 'ease-in-out' });
  const speed = (of, f) => Math.hypot(...moved(of)[f].map((v, axis) => v - moved(of)[f - 1][axis]));
  assert.equal(layerById(doc, id).curve, 'smooth');
  assert.ok(speed(eased, 40) > 2 && speed(setLayer(eased, id, { curve: 'straight' }), 40) < 0.5);
});

test('a clip that is cut in the middle of a bend keeps the bend up to there', () => {
  const { doc } = thing([{ frame: 30, offset: [0.2, -0.3] }, { frame: 80, offset: [0.4, 0.1] }]);
  for (const easing of ['linear', 'ease-in-out']) {
    const whole = { ...doc, layers: [{ ...doc.layers[0], easing }] };
    for (const frames of [41, 57, 73]) {
      const cut = setClip(whole, { frames }, 'keep');
      assert.ok(cut.layers[0].keys.every((key) => key.frame < frames));
      const [before, after] = [moved(whole), moved(cut)];
      after.forEach(([x, y], f) => {
        const off = Math.hypot(x - before[f][0], y - before[f][1]);
        assert.ok(off < 2.5, `${easing}, ${frames} frames, frame ${f}: ${off} px`);
      });
    }
  }
});

test("ready-made motions keep their corners, and a thing's own motion its bend", () => {
  const { doc, id } = thing([{ frame: 40, offset: [0.2, -0.2] }, { frame: 80, offset: [0.4, 0] }]);
  const own = motionOf(doc, id, 'mine');
  assert.equal(own.curve, 'smooth');
  const shaken = applyPreset(doc, id, 'shake');
  assert.equal(layerById(shaken, id).curve, undefined);
  assert.equal(layerById(applyMotion(shaken, id, own), id).curve, 'smooth');
  const { curve, ...older } = own;
  assert.equal(curve, 'smooth');
  assert.notEqual(layerById(applyMotion(doc, id, older), id).curve, 'smooth');
});
