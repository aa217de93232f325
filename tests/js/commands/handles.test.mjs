// Bezier handles: the curve that they are made from stays, and every edit of a path keeps them with their points.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPath, deletePoints, dropHandles, giveHandles, insertPoint, mirrorSelection, moveSelection, reversePath, setHandle, setPoint } from '../../../js/editor/commands/all.mjs';
import { emptyDocument, layerById, parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { pathLine } from '../../../js/editor/motion/timing/path.mjs';

const POINTS = [[0.1, 0.2], [0.3, 0.75], [0.55, 0.3], [0.9, 0.6]];
const made = (fields) => addPath(emptyDocument(), POINTS, fields);
const line = (doc, id) => pathLine(layerById(doc, id), doc).xy;
const near = (a, b, px) => {
  assert.equal(a.length, b.length);
  a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) <= px, `${i}: ${v} instead of ${b[i]}`));
};

for (const curve of ['straight', 'catmull-rom', 'cubic']) {
  for (const closed of [false, true]) {
    test(`${curve}${closed ? ', closed' : ''}: handles keep the curve, piece for piece`, () => {
      const { doc, id } = made({ curve, closed });
      const bent = giveHandles(doc, id);
      near(line(bent, id), line(doc, id), 1e-6);
      assert.deepEqual(dropHandles(bent, id), doc);
    });
  }
}

test('what has handles is stored and read back, what has none has no field for them', async () => {
  const { doc, id } = made({ curve: 'catmull-rom' });
  assert.ok(!(await serializeDocument(doc)).includes('handles'));
  const text = await serializeDocument(giveHandles(doc, id));
  const { document, error } = await parseDocument(text);
  assert.equal(error, null);
  assert.equal(await serializeDocument(document), text);
  for (const wrong of [[null], [[0, 0, 0]], 'x', [[0, 0, 0, 99], null, null, null], [[0, 0, 0, '1'], null, null, null]]) {
    const raw = JSON.parse(text);
    raw.layers[0].handles = wrong;
    assert.match((await parseDocument(JSON.stringify(raw))).error ?? '', /handles/);
  }
});

test('one handle turns the other along, or goes alone', () => {
  const { doc, id } = made({});
  const first = setHandle(doc, id, 1, 'out', [0.1, 0], { even: true });
  assert.deepEqual(layerById(first, id).handles, [null, [-0.1, -0, 0.1, 0], null, null]);
  // Up by as much in pixels: 832 wide, 480 high.
  const turned = layerById(setHandle(first, id, 1, 'out', [0, -0.2]), id).handles[1];
  near(turned, [0, (0.1 * 832) / 480, 0, -0.2], 1e-9);
  assert.deepEqual(layerById(setHandle(first, id, 1, 'in', [0.3, 0.1], { free: true }), id).handles[1], [0.3, 0.1, 0.1, 0]);
});

test('a point that is inserted leaves the shape, one that is deleted takes its handles', () => {
  const { doc, id } = made({ curve: 'cubic' });
  const bent = giveHandles(doc, id);
  const before = line(bent, id);
  const on = [before[2 * (64 + 20)] / 832, before[2 * (64 + 20) + 1] / 480];
  const inserted = insertPoint(bent, id, 2, on);
  const layer = layerById(inserted, id);
  assert.equal(layer.handles.length, 5);
  const after = line(inserted, id);
  for (let i = 0; i < after.length; i += 2) {
    let least = Infinity;
    for (let k = 0; k + 3 < before.length; k += 2) {
      const [ax, ay, bx, by] = before.slice(k, k + 4);
      const part = Math.max(0, Math.min(1, ((after[i] - ax) * (bx - ax) + (after[i + 1] - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
      least = Math.min(least, Math.hypot(ax + (bx - ax) * part - after[i], ay + (by - ay) * part - after[i + 1]));
    }
    assert.ok(least < 0.1, `vertex ${i / 2} is ${least} px beside the curve`);
  }
  const gone = layerById(deletePoints(inserted, [{ layer: id, index: 2 }]), id);
  assert.equal(gone.handles.length, 4);
  assert.deepEqual(gone.handles[3], layer.handles[4]);
});

test('moved, mirrored, reversed and remapped, the curve goes along with its points', () => {
  const { doc, id } = made({ curve: 'catmull-rom' });
  const bent = giveHandles(doc, id);
  const whole = { layers: [id], points: [] };
  const xy = line(bent, id);
  near(line(moveSelection(bent, whole, 0.1, -0.05), id), xy.map((v, i) => v + (i % 2 ? -24 : 83.2)), 1e-6);
  near(line(mirrorSelection(bent, whole, 'x', { about: 'picture' }), id), xy.map((v, i) => (i % 2 ? v : 832 - v)), 1e-6);
  const back = line(reversePath(bent, id), id);
  near(back, Array.from({ length: xy.length / 2 }, (_, i) => [xy[xy.length - 2 - 2 * i], xy[xy.length - 1 - 2 * i]]).flat(), 1e-6);
  assert.deepEqual(layerById(setPoint(bent, id, 1, [0.5, 0.5]), id).handles, layerById(bent, id).handles);
  const wide = remapDocument({ ...bent, picture: { ref: null, size_wh: [832, 960] } }, { size_wh: [480, 832] });
  const straightened = layerById(wide, id);
  assert.equal(straightened.handles.length, 4);
  // The same map for points and handles: where a handle points to is mapped as a point there would be.
  const probe = addPath({ ...bent, picture: { ref: null, size_wh: [832, 960] } }, [[POINTS[1][0] + layerById(bent, id).handles[1][2], POINTS[1][1] + layerById(bent, id).handles[1][3]]], {});
  const target = layerById(remapDocument(probe.doc, { size_wh: [480, 832] }), probe.id).points[0];
  near([straightened.points[1][0] + straightened.handles[1][2], straightened.points[1][1] + straightened.handles[1][3]], target, 1e-9);
});

test('a closed path of which the last span is bent, split there', () => {
  const { doc, id } = made({ closed: true, curve: 'catmull-rom' });
  const bent = giveHandles(doc, id);
  const before = line(bent, id);
  const at = before.length - 64;
  const layer = layerById(insertPoint(bent, id, 4, [before[at] / 832, before[at + 1] / 480]), id);
  assert.equal(layer.handles.length, 5);
  assert.ok(layer.handles.every((one) => one?.length === 4));
});
