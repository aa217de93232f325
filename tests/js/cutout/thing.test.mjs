import assert from 'node:assert/strict';
import test from 'node:test';
import { thingFinderSteps } from '../../../js/editor/cutout/thing.mjs';
import { finished } from '../steps.mjs';
import { HEIGHT, WIDTH, agreement, paintedScene } from './scene.mjs';

const { pixels, inside } = paintedScene();
const finder = finished(thingFinderSteps(pixels));
const at = (x, y) => [x / WIDTH, y / HEIGHT];
const clicked = (yes, no = [], before = null) => {
  const found = finished(finder.at({ inside: yes.map((p) => at(...p)), outside: no.map((p) => at(...p)) }, before));
  assert.ok(found);
  return found;
};
const shown = (found) => found.bitmap(found.level);

test('a click on a thing finds its outline', () => {
  for (const [name, point] of [['ball', [100, 110]], ['box', [200, 110]]]) {
    const overlap = agreement(shown(clicked([point])), inside[name]);
    assert.ok(overlap > 0.9, `${name}: ${overlap}`);
  }
});

test('a thing that the frame cuts goes to the frame', () => {
  const overlap = agreement(shown(clicked([[200, 225]])), inside.hill);
  assert.ok(overlap > 0.9, String(overlap));
});

test('another click inside the thing finds the same thing', () => {
  const [one, two] = [[85, 105], [125, 135]].map((p) => shown(clicked([p])));
  assert.ok(agreement(one, inside.ball) > 0.9);
  assert.ok(agreement(two, inside.ball) > 0.9);
});

test('guesses go from a part to the whole, each within the next', () => {
  const found = clicked([[200, 110]]);
  const area = (bitmap) => bitmap.data.reduce((sum, v) => sum + v, 0);
  for (let level = 1; level < found.count; level++) {
    const [small, large] = [found.bitmap(level - 1), found.bitmap(level)];
    assert.ok(area(large) > area(small));
    const within = small.data.reduce((sum, v, i) => sum + (v & large.data[i]), 0);
    assert.ok(within > 0.85 * area(small));
  }
});

test('a click that adds joins two things, one that takes leaves the first', () => {
  const ball = shown(clicked([[100, 110]]));
  const both = shown(clicked([[100, 110], [200, 110]], [], ball));
  assert.ok(agreement(both, (x, y) => inside.ball(x, y) || inside.box(x, y)) > 0.85);
  const again = shown(clicked([[100, 110]], [[200, 110]], both));
  assert.ok(agreement(again, inside.ball) > 0.85);
});

test('a rough lasso is drawn to the thing in it', () => {
  // A wobbling ellipse, a fifth too large on one side and too small on the other.
  const lasso = Array.from({ length: 40 }, (_, i) => {
    const a = (2 * Math.PI * i) / 40;
    return at(112 + 52 * Math.cos(a) * (1 + 0.07 * Math.sin(3 * a)), 108 + 54 * Math.sin(a) * (1 + 0.07 * Math.cos(2 * a)));
  });
  const bitmap = finder.within(lasso);
  assert.ok(bitmap);
  const overlap = agreement(bitmap, inside.ball);
  assert.ok(overlap > 0.9, String(overlap));
});

test('a lasso that holds nothing finds nothing', () => {
  assert.equal(finder.within([at(50, 50), at(50.5, 50), at(50.5, 50.5)]), null);
  assert.equal(finder.within([at(10, 10), at(300, 200)]), null);
});

test('pictures without anything in them, and tiny ones, do not fail', () => {
  for (const [width, height] of [[1, 1], [8, 3], [64, 64]]) {
    const flat = finished(thingFinderSteps({ data: new Uint8ClampedArray(width * height * 4).fill(128), width, height }));
    const found = finished(flat.at({ inside: [[0.5, 0.5]], outside: [] }));
    if (found) assert.ok(found.bitmap(found.level).data.length > 0);
    flat.within([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]);
  }
});

test('clicks outside the frame are taken at its side', () => {
  clicked([[-50, 110]]);
  clicked([[100, 110]], [[1e6, -1e6]]);
});
