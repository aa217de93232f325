// A thing stays whole: the cut reaches beyond its points, hidden points ride with it; a lone point bends widely; fields bend all; holes go on as their surroundings do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPath } from '../../../js/editor/commands/all.mjs';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { bendWeights } from '../../../js/editor/draft/bend.mjs';
import { behindSteps } from '../../../js/editor/draft/fill.mjs';
import { minimumCut } from '../../../js/editor/draft/graphcut.mjs';
import { withRides } from '../../../js/editor/draft/rides.mjs';
import { createWarp, warpFrame } from '../../../js/editor/draft/warp.mjs';
import { cutSteps  } from '../../../js/editor/draft/zones.mjs';
import { finished } from '../steps.mjs';
import { randomizer } from '../random.mjs';

/** @param {Parameters<typeof cutSteps>} given */
const cutOut = (...given) => finished(cutSteps(...given));

const [WIDTH, HEIGHT] = [832, 480];
const doc = emptyDocument();

function picture(color) {
  const random = randomizer(7);
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) data.set([...color(x, y).map((v) => v + 6 * random() - 3), 255], 4 * (y * WIDTH + x));
  return { data, width: WIDTH, height: HEIGHT };
}

test('a minimum cut costs what the cheapest of all cuts costs', () => {
  const random = randomizer(11);
  const [cols, rows] = [4, 3];
  for (let round = 0; round < 40; round++) {
    const pull = Float32Array.from({ length: 12 }, () => 8 * random() - 4);
    const links = Float32Array.from({ length: 48 }, () => 3 * random());
    const cost = (owner) => {
      let sum = 0;
      for (let i = 0; i < 12; i++) {
        if (pull[i] > 0 && !owner(i)) sum += pull[i];
        if (pull[i] < 0 && owner(i)) sum -= pull[i];
        [[1, 0], [0, 1], [1, 1], [-1, 1]].forEach(([dc, dr], k) => {
          const [c, r] = [(i % cols) + dc, Math.floor(i / cols) + dr];
          if (c >= 0 && c < cols && r < rows && owner(i) !== owner(r * cols + c)) sum += links[4 * i + k];
        });
      }
      return sum;
    };
    let least = Infinity;
    for (let bits = 0; bits < 4096; bits++) least = Math.min(least, cost((i) => ((bits >> i) & 1) === 1));
    const cut = minimumCut(cols, rows, pull, links);
    assert.ok(Math.abs(cost((i) => cut[i] === 1) - least) < 1e-3, `round ${round}`);
  }
});

test('points in the middle of a large thing of many colours find its rim', () => {
  const inside = (x, y) => Math.hypot((x - 400) / 1.3, y - 240) < 130;
  const pixels = picture((x, y) => (inside(x, y) ? ((Math.floor(x / 22) + Math.floor(y / 22)) % 2 ? [210, 120, 60] : [240, 190, 90]) : [30, 80 + y / 10, 90]));
  const cut = cutOut(pixels, doc, [[350, 200], [450, 210], [400, 300]], [], null, true);
  let [both, either] = [0, 0];
  for (let i = 0; i < cut.alpha.length; i++) {
    const [x, y] = [cut.box[0] + (((i % cut.cols) + 0.5) * cut.box[2]) / cut.cols, cut.box[1] + ((Math.floor(i / cut.cols) + 0.5) * cut.box[3]) / cut.rows];
    both += cut.alpha[i] > 0.5 && inside(x, y);
    either += cut.alpha[i] > 0.5 || inside(x, y);
  }
  assert.ok(both / either > 0.93, `${both / either}`);
});

test('a small part of a textured thing is no thing of its own', () => {
  const random = randomizer(5);
  const fur = Float32Array.from({ length: 104 * 60 }, () => 60 * random());
  const pixels = picture((x, y) => (Math.hypot(x - 400, y - 240) < 22 ? [170, 80, 60] : [150, 120, 90].map((v) => v + fur[Math.floor(y / 8) * 104 + Math.floor(x / 8)] - 30)));
  assert.equal(cutOut(pixels, doc, [[400, 240]], [], null, true), null);
});

test('a hidden point goes where its thing goes, a thing that left the frame goes on', () => {
  let scene = emptyDocument();
  for (const [x, y] of [[0.6, 0.4], [0.7, 0.5], [0.62, 0.6]]) scene = addPath(scene, [[x, y], [x + 0.6, y]]).doc;
  const sampled = sampleDocument(scene);
  const [n, frames] = [sampled.count, sampled.frames];
  const truth = sampled.xy.slice();
  const [xy, visible] = [sampled.xy.slice(), sampled.visible.slice()];
  for (let f = 30; f < frames; f++) {
    for (let i = 0; i < n; i++) {
      if (i > 0 && f < 60) continue;
      visible[f * n + i] = 0;
      xy.set([-999, 7], (f * n + i) * 2);
    }
  }
  const ridden = withRides({ ...sampled, xy, visible }, [[0, 1, 2]], []);
  for (let i = 0; i < xy.length; i++) assert.ok(Math.abs(ridden.xy[i] - truth[i]) < 0.6, `frame ${Math.floor(i / (2 * n))}: ${ridden.xy[i]} ${truth[i]}`);
  const all = { ...sampled, visible: sampled.visible };
  assert.equal(withRides(all, [[0, 1, 2]], []), all);
});

test('a lone point carries its surroundings, stops at edges, and never folds the picture', () => {
  const [cols, rows] = [104, 60];
  const rgb = new Float32Array(cols * rows * 3);
  for (let i = 0; i < cols * rows; i++) rgb.fill((i % cols) * 8 < 500 ? 200 : 20, 3 * i, 3 * i + 3);
  const weights = bendWeights({ cols, rows, rgb }, [WIDTH, HEIGHT], [400, 240], 40, []);
  const at = (x, y) => weights[Math.floor(y / 8) * cols + Math.floor(x / 8)];
  assert.ok(at(400, 240) > 0.98 && at(340, 240) > 0.6);
  assert.ok(at(560, 240) < 0.6 * at(240, 240), 'beyond the edge it pulls less than as far on this side');
  const far = bendWeights({ cols, rows, rgb }, [WIDTH, HEIGHT], [400, 240], 300, []);
  for (let i = 1; i < far.length; i++) if (i % cols) assert.ok(300 * Math.abs(far[i] - far[i - 1]) < 8, 'neighbours never pass each other');
  const held = bendWeights({ cols, rows, rgb }, [WIDTH, HEIGHT], [400, 240], 40, [[340, 240]]);
  assert.ok(held[30 * cols + 42] < 0.25);
});

test('a lone point bends its mesh, and no border moves inwards', () => {
  const scene = addPath(doc, [[0.5, 0.5], [0.6, 0.55]]).doc;
  const sampled = sampleDocument(scene);
  const warp = createWarp(scene, sampled, { tracks: [], bends: [{ track: 0, at: () => 1 }] });
  const out = warpFrame(warp, 80);
  for (let v = 0; v < warp.count; v++) {
    if (warp.rest[2 * v] === 0) assert.ok(out[2 * v] <= 0);
    if (warp.rest[2 * v + 1] === 0) assert.ok(out[2 * v + 1] <= 0);
  }
});

test('where tracks carry the whole picture, every place goes with the tracks around it', () => {
  let scene = emptyDocument();
  const layers = [];
  const moved = (x, y) => [0.5 + (x - 0.5) * (1.2 + 0.3 * y), 0.5 + (y - 0.5) * (1.2 + 0.3 * y)];
  for (let i = 0; i < 16; i++) for (let j = 0; j < 10; j++) layers.push({ ...addPath(emptyDocument(), [[0.03 + i / 16, 0.04 + j / 10], moved(0.03 + i / 16, 0.04 + j / 10)]).doc.layers[0], id: `${i} ${j}` });
  scene = { ...scene, layers };
  const sampled = sampleDocument(scene);
  const warp = createWarp(scene, sampled, { tracks: [], carried: [...Array(160).keys()] });
  const out = warpFrame(warp, 80);
  for (let v = 0; v < warp.count; v++) {
    const [x, y] = moved(warp.rest[2 * v] / WIDTH, warp.rest[2 * v + 1] / HEIGHT);
    assert.ok(Math.hypot(out[2 * v] - x * WIDTH, out[2 * v + 1] - y * HEIGHT) < 22, `${warp.rest[2 * v]} ${warp.rest[2 * v + 1]}`);
  }
});

test('stripes go on behind a thing', () => {
  const stripes = (x, y) => ((y + 0.0 * x) % 32 < 16 ? [200, 190, 180] : [60, 70, 80]);
  const disc = (x, y) => Math.hypot(x - 400, y - 240) < 60;
  const pixels = picture((x, y) => (disc(x, y) ? [220, 60, 50] : stripes(x, y)));
  const [cols, rows] = [70, 70];
  const box = [330, 170, 140, 140];
  const alpha = Float32Array.from({ length: cols * rows }, (_, i) => (disc(331 + 2 * (i % cols), 171 + 2 * Math.floor(i / cols)) ? 1 : 0));
  const made = finished(behindSteps(pixels, doc, { box, cols, rows, alpha, byColor: true, leftover: null }, () => false));
  let [right, count] = [0, 0];
  for (let y = 190; y < 290; y += 3) {
    for (let x = 350; x < 450; x += 3) {
      if (!disc(x, y) || y % 16 < 4 || y % 16 > 12) continue;
      const i = 4 * (Math.floor(((y - box[1]) / box[3]) * made.rows) * made.cols + Math.floor(((x - box[0]) / box[2]) * made.cols));
      right += Math.abs(made.rgba[i] - stripes(x, y)[0]) < 40;
      count++;
    }
  }
  assert.ok(right / count > 0.9, `${right / count}`);
});

test('what is copied takes the tone of its place', () => {
  // A sky that grows brighter down and to the right: behind a disc it goes on without a step.
  const sky = (x, y) => [60 + 0.12 * x + 0.1 * y, 70 + 0.2 * y, 200 - 0.15 * x];
  const disc = (x, y) => Math.hypot(x - 400, y - 240) < 70;
  const pixels = picture((x, y) => (disc(x, y) ? [250, 250, 20] : sky(x, y)));
  const box = [320, 160, 160, 160];
  const [cols, rows] = [80, 80];
  const alpha = Float32Array.from({ length: cols * rows }, (_, i) => (disc(box[0] + 2 * (i % cols) + 1, box[1] + 2 * Math.floor(i / cols) + 1) ? 1 : 0));
  const made = finished(behindSteps(pixels, doc, { box, cols, rows, alpha, byColor: true, leftover: null }, () => false));
  let [worst, seen] = [0, 0];
  // In squares of 8: the grain is none of the tone.
  const side = Math.floor(made.cols / 20);
  for (let r = 0; r + side <= made.rows; r += side) {
    for (let c = 0; c + side <= made.cols; c += side) {
      const sum = [0, 0, 0, 0];
      for (let y = r; y < r + side; y++) for (let x = c; x < c + side; x++) for (let k = 0; k < 4; k++) sum[k] += made.rgba[4 * (y * made.cols + x) + k] / side / side;
      if (sum[3] < 255) continue;
      seen += 1;
      const [px, py] = [box[0] + ((c + side / 2) / made.cols) * box[2], box[1] + ((r + side / 2) / made.rows) * box[3]];
      sky(px, py).forEach((v, k) => (worst = Math.max(worst, Math.abs(v - sum[k]))));
    }
  }
  assert.ok(seen > 150 && worst < 4, `${worst} off in ${seen} squares`);
});
