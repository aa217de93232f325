// As much as a document may hold: every edit of all of it, and no call that is given as many arguments as there are points.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addLayer, addLayers, alignSelection, deleteSelection, dragBar, duplicateLayers, mirrorSelection, moveSelection, selectedPoints, toggleHiddenFrom } from '../../../js/editor/commands/all.mjs';
import { bounds } from '../../../js/editor/geometry/points.mjs';
import { createView } from '../../../js/editor/geometry/view.mjs';
import { checkDocument } from '../../../js/editor/motion/checks/checker.mjs';
import { emptyDocument, LIMITS, serializeNow } from '../../../js/editor/motion/document/document.mjs';
import { completeLayer } from '../../../js/editor/motion/document/validate.mjs';
import { fixAll } from '../../../js/editor/motion/mending/fixes.mjs';
import { createSampler } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { marquee } from '../../../js/editor/stage/hit.mjs';

const EDITOR = new URL('../../../js/editor/', import.meta.url);
const POINTS = 80;

/** 2,000 paths of 80 points: 160,000 of them, more than a call takes as arguments. */
function largest() {
  const layers = Array.from({ length: LIMITS.layers }, (_, i) => {
    const points = Array.from({ length: POINTS }, (_, k) => [(i % 50) / 50 + k / 10000, Math.floor(i / 50) / 40 + k / 20000]);
    return completeLayer({ id: `p${i}`, type: 'path', name: `Path ${i}`, color: '#6699ff', curve: 'straight', points }, 9);
  });
  return { ...emptyDocument({ frames: 9 }), layers };
}

test('everything of the largest drawing is picked, moved, aligned, mirrored and deleted', () => {
  const doc = largest();
  const all = { layers: doc.layers.map((layer) => layer.id), points: [] };
  const points = selectedPoints(doc, all);
  assert.equal(points.length, LIMITS.layers * POINTS);
  // The furthest column and row, and the last point of each path beyond them.
  assert.deepEqual(bounds(points.map(({ point }) => point)), { left: 0, top: 0, right: 0.98 + 79 / 10000, bottom: 39 / 40 + 79 / 20000 });
  const moved = moveSelection(doc, all, 0.25, 0);
  assert.equal(moved.layers[7].points[3][0], doc.layers[7].points[3][0] + 0.25);
  assert.equal(mirrorSelection(doc, all, 'x').layers.length, LIMITS.layers);
  assert.equal(alignSelection(doc, all, 'left').layers.length, LIMITS.layers);
  assert.equal(deleteSelection(doc, all).layers.length, 0);
  const box = marquee(doc, createView(...doc.size_wh), [-1e6, -1e6], [1e6, 1e6]);
  assert.equal(box.layers.length, LIMITS.layers);
  assert.equal(box.points.length, LIMITS.layers * POINTS);
});

test('the largest drawing is sampled, checked and written', () => {
  const doc = largest();
  const sampled = createSampler().sample(doc);
  assert.equal(sampled.count, LIMITS.layers);
  assert.ok(Array.isArray(checkDocument(doc, sampled)));
  assert.ok((serializeNow(doc) ?? '').length < LIMITS.text);
});

test('no list whose length a document decides is spread into a call', () => {
  const files = readdirSync(EDITOR, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
  assert.ok(files.length > 60);
  // The draft works on at most 256 tracks (groups.mjs), a file has at most 20,000: what these spread is shorter than that.
  const found = files.filter((name) => !/^(draft|motion.formats)/.test(name)).flatMap((name) =>
    readFileSync(new URL(name, EDITOR), 'utf8').split('\n').flatMap((line) => (/(Math\.(max|min)|\.(push|unshift))\(\.\.\.(?!size_wh\b|applyAffine\()/.test(line) ? [`${name}: ${line.trim()}`] : [])));
  assert.deepEqual(found, []);
});

/** A drawing whose layers count how often somebody looks at their ids. @param {number} count */
function counted(count) {
  let looks = 0;
  const layers = Array.from({ length: count }, (_, i) => {
    const layer = completeLayer({ id: `p${i}`, type: 'path', name: `Path ${i}`, curve: 'straight', points: [[0.1, 0.1], [0.1 + i / 5000, 0.9]] }, 81);
    return Object.defineProperty(layer, 'id', { enumerable: true, get: () => (looks++, `p${i}`) });
  });
  return { doc: { ...emptyDocument(), layers }, ids: layers.map((layer) => layer.id), looks: () => looks };
}

for (const [name, act] of /** @type {[string, (doc: any, ids: string[]) => unknown][]} */ ([
  ['duplicate', (doc, ids) => duplicateLayers(doc, ids)],
  ['add', (doc) => addLayers(doc, doc.layers)],
  ['drag bars', (doc, ids) => dragBar(doc, ids, 'end', -8)],
  ['hide', (doc, ids) => toggleHiddenFrom(doc, ids, 40)],
  ['align', (doc, ids) => alignSelection(doc, { layers: ids, points: [] }, 'right')],
  ['move', (doc, ids) => moveSelection(doc, { layers: ids, points: [] }, 0.1, 0)],
])) {
  test(`${name}: twice the layers are twice the work, not four times`, () => {
    const work = [200, 400].map((count) => {
      const { doc, ids, looks } = counted(count);
      const before = looks();
      act(doc, ids);
      return looks() - before;
    });
    assert.ok(work[0] > 0 && work[1] <= 2 * work[0] + 10, `${work}`);
  });
}

test('fixing many paths leaves those that need no fix alone', () => {
  const looks = [10, 40].map((count) => {
    let seen = 0;
    const path = (/** @type {string} */ id, /** @type {number[][]} */ points) => completeLayer({ id, type: 'path', name: id, curve: 'straight', points }, 81);
    const quiet = new Proxy(path('quiet', [[0.5, 0.5], [0.52, 0.5]]), { get: (layer, name, self) => (seen += name === 'id' ? 0 : 1, Reflect.get(layer, name, self)) });
    // They leave the picture, some of them faster than the model follows.
    const wild = Array.from({ length: count }, (_, i) => ({ ...path(`w${i}`, [[0.1 + i / 60, 0.2], [1.4, 0.2 + i / 80]]), end: i % 2 ? 80 : 4 }));
    const { left, doc } = fixAll({ ...emptyDocument(), layers: [quiet, ...wild] });
    assert.ok(!left.some((issue) => issue.id === 'leaves_picture') && doc.layers.length >= count);
    return seen;
  });
  // Finding a layer by its id aside: the rounds of checks are as many for ten as for forty.
  assert.ok(looks[0] > 0 && looks[1] <= looks[0] * 1.5, `${looks}`);
});

test('many layers at once are what one at a time would be', () => {
  const doc = { ...emptyDocument(), layers: counted(3).doc.layers.map((layer) => ({ ...layer })) };
  const more = [{ type: 'path', points: [[0, 0]] }, { type: 'anchors', points: [[1, 1]] }, { type: 'path', id: 'p1', points: [[0.5, 0.5]] }, { type: 'path', id: 'own', name: 'Own', points: [[0.5, 0.5]] }];
  let single = doc;
  for (const layer of more) single = addLayer(single, /** @type {any} */ (layer)).doc;
  assert.deepEqual(addLayers(doc, /** @type {any} */ (more)).doc, single);
  const twice = duplicateLayers(doc, ['p2', 'p0', 'p2', 'none']);
  assert.deepEqual(twice.doc.layers.map(({ id, name }) => [id, name]), [['p0', 'Path 0'], [twice.ids[1], 'Path 4'], ['p1', 'Path 1'], ['p2', 'Path 2'], [twice.ids[0], 'Path 3']]);
  assert.equal(new Set(twice.doc.layers.map((layer) => layer.id)).size, 5);
  assert.throws(() => addLayers(largest(), /** @type {any} */ (more)), /at most 2000 layers/);
});
