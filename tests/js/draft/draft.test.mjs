// The draft's cuts: things that differ from what lies around are found whole, what does not is refused, holes are filled from the sides; tracks that keep their
// distance are one thing; a thing is carried as its tracks turn and grow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAnchor, addPath, addRegion, setCameraKey, setRegionKey } from '../../../js/editor/commands/all.mjs';
import { cameraAffine } from '../../../js/editor/motion/evaluation/camera.mjs';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';
import { createCarry, similarityThrough } from '../../../js/editor/draft/carry.mjs';
import { draftGroups } from '../../../js/editor/draft/groups.mjs';
import { paintOver } from '../../../js/editor/draft/matte.mjs';
import { cutSteps, placeBehind } from '../../../js/editor/draft/zones.mjs';
import { finished } from '../steps.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { randomizer } from '../random.mjs';

/** @param {Parameters<typeof cutSteps>} given */
const cutOut = (...given) => finished(cutSteps(...given));

const [WIDTH, HEIGHT] = [832, 480];

/** A sky that darkens upwards, with noise, ground below 330, and what `paint` puts on it. */
function picture(paint) {
  const random = randomizer(3);
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const base = y >= 330 ? [80, 110, 70] : [80 + y / 5, 120 + y / 6, 150 + y / 6];
      const color = paint(x, y) ?? base;
      data.set([...color.map((v) => v + 6 * random() - 3), 255], 4 * (y * WIDTH + x));
    }
  }
  return { data, width: WIDTH, height: HEIGHT };
}

/** Share of cells that the cut and the true shape have in common, of all that either has. */
function overlap({ box, cols, rows, alpha }, inside) {
  let [both, either] = [0, 0];
  for (let i = 0; i < alpha.length; i++) {
    const [x, y] = [box[0] + (((i % cols) + 0.5) * box[2]) / cols, box[1] + ((Math.floor(i / cols) + 0.5) * box[3]) / rows];
    const [a, b] = [alpha[i] > 0.5, inside(x, y)];
    both += a && b;
    either += a || b;
  }
  return both / either;
}

const ball = (x, y) => Math.hypot(x - 200, y - 290) < 50;
const doc = emptyDocument();

test('one point on a ball that lies across the horizon finds the ball, wherever on it the point is', () => {
  const pixels = picture((x, y) => (ball(x, y) ? [220, 70, 60] : null));
  for (const at of [[200, 290], [180, 270], [215, 315]]) {
    const cut = cutOut(pixels, doc, [at], [], null, true);
    assert.ok(cut, `${at}`);
    assert.ok(overlap(cut, ball) > 0.9, `${at}: ${overlap(cut, ball)}`);
  }
});

test('stripes are one balloon, and another thing beside it is left out', () => {
  const pixels = picture((x, y) => (Math.hypot(x - 400, y - 180) < 55 ? (Math.floor(x / 18) % 2 ? [230, 220, 190] : [190, 60, 40]) : Math.hypot(x - 490, y - 180) < 25 ? [240, 240, 90] : null));
  const cut = cutOut(pixels, doc, [[400, 180]], [], null, true);
  assert.ok(overlap(cut, (x, y) => Math.hypot(x - 400, y - 180) < 55) > 0.88);
});

test('where colours do not tell, the cut by colour is refused and the soft disc stays near its point', () => {
  const pixels = picture(() => null);
  assert.equal(cutOut(pixels, doc, [[400, 150]], [], null, true), null);
  const disc = cutOut(pixels, doc, [[400, 150]], [], null, false);
  assert.ok(overlap(disc, (x, y) => Math.hypot(x - 400, y - 150) < 45) > 0.8);
});

test('an outline that a person drew is the cut, whatever lies in it', () => {
  const box = (x, y) => x > 520 && x < 640 && y > 250 && y < 340;
  const pixels = picture((x, y) => (box(x, y) ? [60, 140, 190] : null));
  const made = addRegion(doc, [[0.59, 0.47], [0.8, 0.47], [0.8, 0.76], [0.59, 0.76]]);
  const region = made.doc.layers[0];
  const drawn = (x, y) => x > 0.59 * WIDTH && x < 0.8 * WIDTH && y > 0.47 * HEIGHT && y < 0.76 * HEIGHT;
  for (const over of [pixels, picture(() => null)]) {
    assert.equal(cutOut(over, made.doc, [[580, 300]], [], region, true), null, 'colours are not asked');
    const cut = cutOut(over, made.doc, [[580, 300]], [], region, false);
    assert.ok(overlap(cut, drawn) > 0.97, `${overlap(cut, drawn)}`);
  }
});

test('what is behind a thing goes on from its sides', () => {
  const pixels = picture((x, y) => (ball(x, y) ? [220, 70, 60] : null));
  const cut = cutOut(pixels, doc, [[200, 290]], [], null, true);
  const { rgb, alpha } = placeBehind(pixels, doc, cut, () => false);
  const at = (x, y) => {
    const i = Math.floor(((y - cut.box[1]) / cut.box[3]) * cut.rows) * cut.cols + Math.floor(((x - cut.box[0]) / cut.box[2]) * cut.cols);
    assert.equal(alpha[i], 1);
    return rgb.subarray(3 * i, 3 * i + 3);
  };
  const sky = at(200, 270);
  const ground = at(200, 337);
  [80 + 270 / 5, 120 + 270 / 6, 150 + 270 / 6].forEach((v, k) => assert.ok(Math.abs(sky[k] - v) < 12, `${sky}`));
  [80, 110, 70].forEach((v, k) => assert.ok(Math.abs(ground[k] - v) < 14, `${ground}`));
  const whole = { cols: 4, rows: 3, rgb: new Float32Array(36).fill(9) };
  paintOver(whole, new Uint8Array(12).fill(1));
  assert.ok(whole.rgb.every((v) => v === 9), 'nothing to fill from: left as it is');
});

test('tracks that keep their distance are one thing, others are not, anchors stay, a camera alone moves nothing', () => {
  let scene = emptyDocument();
  for (const [x, y] of [[0.2, 0.4], [0.25, 0.45]]) scene = addPath(scene, [[x, y], [x + 0.3, y - 0.1]]).doc;
  scene = addPath(scene, [[0.3, 0.42], [0.1, 0.8]]).doc;
  scene = addAnchor(scene, [0.9, 0.9]).doc;
  scene = setCameraKey(scene, 80, { truck: [0.2, 0], zoom: 1.2, roll: 5 });
  const { base, objects } = draftGroups(scene, sampleDocument(scene));
  assert.deepEqual(objects.map((group) => group.tracks), [[1, 2], [3]]);
  assert.deepEqual(base, [0]);
});

test('points all over the picture that move are the picture, a thousand of them are thinned', () => {
  let scene = emptyDocument();
  const layers = [];
  for (let i = 0; i < 40; i++) for (let j = 0; j < 25; j++) layers.push({ ...addPath(emptyDocument(), [[0.02 + i / 42, 0.02 + j / 27], [0.06 + i / 42, 0.06 + j / 27]]).doc.layers[0], id: `${i} ${j}` });
  scene = { ...scene, layers };
  const { carried, objects } = draftGroups(scene, sampleDocument(scene));
  assert.equal(objects.length, 0);
  assert.ok(carried.length > 40 && carried.length <= 256);
});

test('a thing is carried by the turn and scale of its points, through the camera', () => {
  const made = addRegion(emptyDocument(), [[0.35, 0.3], [0.6, 0.3], [0.6, 0.7], [0.35, 0.7]]);
  let scene = setRegionKey(made.doc, made.id, 80, { offset: [0.05, -0.04], rotate: 25, scale: 1.2 });
  scene = setCameraKey(scene, 80, { truck: [0.1, -0.05], zoom: 1.3, roll: 8 });
  const sampled = sampleDocument(scene);
  const tracks = Array.from({ length: sampled.count }, (_, n) => n);
  const carry = createCarry(sampled, tracks, [280, 130, 230, 220], (f) => cameraAffine(scene, f));
  assert.equal(carry.rigid, true);
  const { map } = carry.at(63);
  for (const n of tracks) {
    const [x, y] = [sampled.xy[2 * n], sampled.xy[2 * n + 1]];
    const i = (63 * sampled.count + n) * 2;
    assert.ok(Math.hypot(map.a * x + map.c * y + map.e - sampled.xy[i], map.b * x + map.d * y + map.f - sampled.xy[i + 1]) < 0.01);
  }
  assert.equal(carry.at(0).travel, 0);
});

test('points that bend a thing move its mesh with them; hidden stretches fade it', () => {
  let scene = emptyDocument();
  scene = addPath(scene, [[0.3, 0.3], [0.5, 0.3]], { hidden: [[40, 60]] }).doc;
  scene = addPath(scene, [[0.4, 0.3], [0.6, 0.34]], { hidden: [[40, 60]] }).doc;
  scene = addPath(scene, [[0.5, 0.3], [0.7, 0.3]], { hidden: [[40, 60]] }).doc;
  const sampled = sampleDocument(scene);
  const carry = createCarry(sampled, [0, 1, 2], [0.25 * WIDTH, 0.2 * HEIGHT, 0.3 * WIDTH, 0.2 * HEIGHT], null);
  assert.equal(carry.rigid, false);
  const { vertices } = carry.at(80);
  // The vertex nearest to the middle point goes with it.
  let near = 0;
  for (let v = 0; v < carry.rest.length; v += 2) if (Math.hypot(carry.rest[v] - 0.4 * WIDTH, carry.rest[v + 1] - 0.3 * HEIGHT) < Math.hypot(carry.rest[near] - 0.4 * WIDTH, carry.rest[near + 1] - 0.3 * HEIGHT)) near = v;
  assert.ok(Math.abs(vertices[near + 1] - carry.rest[near + 1] - 0.04 * HEIGHT) < 4);
  assert.equal(carry.at(50).opacity, 0);
  assert.ok(carry.at(42).opacity > 0 && carry.at(42).opacity < 1);
  assert.equal(carry.at(10).opacity, 1);
});

test('points that fall together do not make a thing vanish', () => {
  const map = similarityThrough(Float64Array.of(0, 0, 10, 0), Float64Array.of(5, 5, 5, 5));
  assert.ok(Math.hypot(map.a, map.b) >= 0.1 && Object.values(map).every(Number.isFinite));
});
