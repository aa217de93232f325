// The draft's mesh: patches land where tracks say, borders and anchors hold, far away nothing moves, the camera moves all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyAffine } from '../../../js/editor/geometry/affine.mjs';
import { cameraAffine } from '../../../js/editor/motion/evaluation/camera.mjs';
import { addPath, addRegion, addLayer, setRegionKey, setCameraKey } from '../../../js/editor/commands/all.mjs';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { createWarp, warpFrame } from '../../../js/editor/draft/warp.mjs';
import { randomizer } from '../random.mjs';

/** Where the drawn triangles put a texture position: an independent look-up over every triangle. */
function land(warp, vertices, x, y) {
  for (let t = 0; t < warp.triangles.length; t += 3) {
    const [a, b, c] = warp.triangles.subarray(t, t + 3);
    const r = (v) => [warp.rest[2 * v], warp.rest[2 * v + 1]];
    const [[ax, ay], [bx, by], [cx, cy]] = [r(a), r(b), r(c)];
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    const u = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
    const v = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
    if (u < -1e-6 || v < -1e-6 || u + v > 1 + 1e-6) continue;
    const w = 1 - u - v;
    return [w * vertices[2 * a] + u * vertices[2 * b] + v * vertices[2 * c], w * vertices[2 * a + 1] + u * vertices[2 * b + 1] + v * vertices[2 * c + 1]];
  }
  return null;
}

function worst(doc, frame) {
  const sampled = sampleDocument(doc);
  const warp = createWarp(doc, sampled);
  const vertices = warpFrame(warp, frame);
  let most = 0;
  for (let n = 0; n < sampled.count; n++) {
    const at = land(warp, vertices, sampled.xy[2 * n], sampled.xy[2 * n + 1]);
    const i = (frame * sampled.count + n) * 2;
    most = Math.max(most, Math.hypot(at[0] - sampled.xy[i], at[1] - sampled.xy[i + 1]));
  }
  return most;
}

const anchors = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.85]];
function scene() {
  let doc = emptyDocument();
  doc = addLayer(doc, { type: 'anchors', points: anchors }).doc;
  doc = addPath(doc, [[0.3, 0.4], [0.45, 0.6]]).doc;
  return addPath(doc, [[0.7, 0.5], [0.6, 0.3]]).doc;
}

test('patches under control points land where their tracks say', () => {
  for (const frame of [0, 1, 40, 80]) assert.ok(worst(scene(), frame) < 0.2);
});

test('borders and anchors hold, and far from a track nothing moves', () => {
  const doc = scene();
  const warp = createWarp(doc, sampleDocument(doc));
  const vertices = warpFrame(warp, 80);
  for (let v = 0; v < warp.count; v++) {
    const [x, y] = [warp.rest[2 * v], warp.rest[2 * v + 1]];
    const border = x === 0 || y === 0 || x === 832 || y === 480;
    const far = Math.min(Math.hypot(x - 0.3 * 832, y - 0.4 * 480), Math.hypot(x - 0.7 * 832, y - 0.5 * 480)) > 200;
    if (border || far) assert.deepEqual([vertices[2 * v], vertices[2 * v + 1]], [x, y]);
  }
  for (const [x, y] of anchors) {
    const at = land(warp, vertices, x * 832, y * 480);
    assert.ok(Math.hypot(at[0] - x * 832, at[1] - y * 480) < 0.2);
  }
});

test('a region turns and grows as one', () => {
  const made = addRegion(emptyDocument(), [[0.35, 0.3], [0.6, 0.3], [0.6, 0.7], [0.35, 0.7]]);
  const doc = setRegionKey(made.doc, made.id, 80, { offset: [0.05, -0.04], rotate: 25, scale: 1.2 });
  assert.ok(worst(doc, 80) < 1.5, `${worst(doc, 80)}`);
});

test('near the border and in the corners tracks still land', () => {
  let doc = emptyDocument();
  for (const [x, y] of [[0.001, 0.5], [0.999, 0.001], [0.001, 0.999], [0.5, 0.002], [0.99, 0.99]]) doc = addPath(doc, [[x, y], [x * 0.9 + 0.05, y * 0.9 + 0.05]]).doc;
  assert.ok(worst(doc, 80) < 1);
});

test('without tracks of its own the whole picture follows the camera', () => {
  const doc = setCameraKey(emptyDocument(), 80, { truck: [0.1, -0.05], zoom: 1.3, roll: 8 });
  const warp = createWarp(doc, sampleDocument(doc));
  const vertices = warpFrame(warp, 57);
  const m = cameraAffine(doc, 57);
  for (let v = 0; v < warp.count; v++) {
    const [x, y] = applyAffine(m, [warp.rest[2 * v], warp.rest[2 * v + 1]]);
    assert.ok(Math.hypot(vertices[2 * v] - x, vertices[2 * v + 1] - y) < 1e-3);
  }
});

test('a thousand tracks at random stay finite, at whole and broken frames', () => {
  const random = randomizer(5);
  let doc = emptyDocument();
  for (let i = 0; i < 1000; i++) doc = { ...doc, layers: [...doc.layers, { ...addPath(emptyDocument(), [[random(), random()], [random() * 1.4 - 0.2, random()]]).doc.layers[0], id: `p${i}` }] };
  const warp = createWarp(doc, sampleDocument(doc));
  for (const f of [-1, 0, 12.5, 80, 99]) assert.ok(warpFrame(warp, f).every(Number.isFinite));
  const first = warpFrame(warp, 0);
  assert.ok(first.every((v, i) => Math.abs(v - warp.rest[i]) < 0.01), 'frame 0 is the picture itself');
});
