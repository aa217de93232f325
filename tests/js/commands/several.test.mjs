// Many layers as one, groups, the names of copies, own motions, straight strokes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPath, addRegion, addStroke, apartFromGroups, applyMotion, applyPreset, barOfSeveral, duplicateLayers, easeLayers, freeGroupName, groupLayers, groupOf, motionOf, moveLayers, placeLayer, readMotions, renameGroup, setLayer, setRegionKey, shiftTimes, straightStroke, turnLayers, ungroupLayers } from '../../../js/editor/commands/all.mjs';
import { copySelection, pasteTracks, readTracksText } from '../../../js/editor/commands/clipboard.mjs';
import { emptyDocument, layerById, parseDocument, serializeDocument } from '../../../js/editor/motion/document/document.mjs';
import { sampleLayer } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { easingFunction } from '../../../js/editor/motion/timing/easing.mjs';
import { rowsOf } from '../../../js/editor/panels/layer_rows.mjs';

const square = (x, y) => [[x - 0.05, y - 0.05], [x + 0.05, y - 0.05], [x + 0.05, y + 0.05], [x - 0.05, y + 0.05]];
const layers = (count) => {
  let doc = emptyDocument();
  for (let i = 0; i < count; i++) doc = addPath(doc, [[0.1, 0.1 * i], [0.9, 0.1 * i]], { id: `p${i}`, name: `P${i}` }).doc;
  return doc;
};
const ids = (doc) => doc.layers.map((layer) => layer.id);

test('things, paths and anchors are turned about one point: every distance to it stays', () => {
  let doc = addRegion(emptyDocument(), square(0.3, 0.5), { id: 'a' }).doc;
  doc = addRegion(doc, square(0.6, 0.4), { id: 'b' }).doc;
  doc = setRegionKey(doc, 'b', 40, { offset: [0.1, 0.1], rotate: 20 });
  doc = addPath(doc, [[0.2, 0.2], [0.4, 0.3]], { id: 'p' }).doc;
  const centre = [400, 240];
  const turned = turnLayers(doc, ['a', 'b', 'p'], centre, { degrees: 37, factor: 1.5 }, (layer) => (layer.keys.length ? 40 : 80));
  const placed = (of, id, frame) => {
    const { xy, count } = sampleLayer(layerById(of, id), of);
    return Array.from({ length: count }, (_, n) => [xy[2 * (frame * count + n)] - centre[0], xy[2 * (frame * count + n) + 1] - centre[1]]);
  };
  const [cos, sin] = [1.5 * Math.cos((37 * Math.PI) / 180), 1.5 * Math.sin((37 * Math.PI) / 180)];
  for (const [id, frame] of [['a', 80], ['b', 40], ['p', 0], ['p', 80]]) {
    const after = placed(turned, id, frame);
    placed(doc, id, frame).forEach(([x, y], n) => {
      assert.ok(Math.hypot(after[n][0] - (x * cos - y * sin), after[n][1] - (x * sin + y * cos)) < 1e-6, `${id} ${n}`);
    });
  }
  // At the beginning everything of a thing is where the picture has it.
  assert.deepEqual(placed(turned, 'a', 0), placed(doc, 'a', 0));
  assert.equal(turnLayers(doc, ['a'], centre, {}, () => 80), doc);
});

test('moved together: a thing by a key, a path as a whole, what is locked not at all', () => {
  let doc = addRegion(emptyDocument(), square(0.3, 0.5), { id: 'a' }).doc;
  doc = addPath(doc, [[0.2, 0.2], [0.4, 0.3]], { id: 'p' }).doc;
  doc = addRegion(doc, square(0.7, 0.5), { id: 'l', locked: true }).doc;
  const moved = moveLayers(doc, ['a', 'p', 'l'], 0.1, 0.2, () => 80);
  assert.deepEqual(layerById(moved, 'a').keys.map((key) => [key.frame, key.offset]), [[0, [0, 0]], [80, [0.1, 0.2]]]);
  assert.ok(Math.abs(layerById(moved, 'p').points[1][1] - 0.5) < 1e-12);
  assert.equal(layerById(moved, 'l'), layerById(doc, 'l'));
  assert.deepEqual(easeLayers(doc, ['a', 'p', 'l'], 'ease-in').layers.map((layer) => layer.easing), ['ease-in', 'ease-in', 'ease-in-out']);
});

test('a group lies together, is stored, joined and left by where a layer is put', async () => {
  const doc = groupLayers(layers(6), ['p1', 'p4'], 'Birds');
  assert.deepEqual(ids(doc), ['p0', 'p2', 'p3', 'p1', 'p4', 'p5']);
  assert.equal(freeGroupName(doc, 'Birds'), 'Birds 2');
  const { document } = await parseDocument(await serializeDocument(doc));
  assert.deepEqual(document.layers.map(groupOf), [null, null, null, 'Birds', 'Birds', null]);
  const joined = placeLayer(doc, 'p0', 3);
  assert.deepEqual(ids(joined), ['p2', 'p3', 'p1', 'p0', 'p4', 'p5']);
  assert.equal(groupOf(layerById(joined, 'p0')), 'Birds');
  assert.equal(groupOf(layerById(placeLayer(joined, 'p0', 0), 'p0')), null);
  assert.deepEqual(renameGroup(doc, 'Birds', ' Swifts ').layers.map(groupOf).filter(Boolean), ['Swifts', 'Swifts']);
  assert.equal(renameGroup(doc, 'Birds', '  '), doc);
  assert.ok(ungroupLayers(doc, ['p1', 'p4']).layers.every((layer) => !('group' in layer)));
  // What is no name is no group, and is kept as it is.
  for (const group of [7, '', null, {}, 'x'.repeat(500)]) assert.equal(groupOf({ ...doc.layers[0], group }), null);
});

test('a group lies together whatever is taken out of its midst or joins it', () => {
  const of = (doc) => doc.layers.map((layer) => `${layer.id} ${groupOf(layer) ?? ''}`.trim());
  const three = groupLayers(layers(5), ['p1', 'p2', 'p3'], 'Birds');
  assert.deepEqual(of(ungroupLayers(three, ['p2'])), ['p0', 'p2', 'p1 Birds', 'p3 Birds', 'p4']);
  assert.deepEqual(of(groupLayers(three, ['p2'], 'One')), ['p0', 'p2 One', 'p1 Birds', 'p3 Birds', 'p4']);
  const two = groupLayers(groupLayers(layers(5), ['p0', 'p1'], 'Birds'), ['p3', 'p4'], 'Cats');
  assert.deepEqual(of(renameGroup(two, 'Cats', 'Birds')), ['p2', 'p0 Birds', 'p1 Birds', 'p3 Birds', 'p4 Birds']);
  // What leaves at an end leaves all others where they are.
  assert.deepEqual(of(ungroupLayers(three, ['p3'])), ['p0', 'p1 Birds', 'p2 Birds', 'p3', 'p4']);
});

test('a group that comes from elsewhere is a group of its own', async () => {
  const of = (doc) => doc.layers.map((layer) => groupOf(layer));
  const doc = groupLayers(layers(4), ['p0', 'p1'], 'Birds');
  const paste = async (chosen, to) => pasteTracks(to, await readTracksText(await copySelection(doc, { layers: chosen, points: [] }))).doc;
  assert.deepEqual(of(await paste(['p0', 'p1', 'p3'], doc)), ['Birds', 'Birds', null, null, 'Birds 2', 'Birds 2', null]);
  assert.deepEqual(of(await paste(['p0'], doc)), ['Birds', 'Birds', null, null, null], 'one of several is not a second group');
  assert.deepEqual(of(await paste(['p0', 'p1'], emptyDocument())), ['Birds', 'Birds']);
  assert.deepEqual(of({ layers: apartFromGroups(emptyDocument(), doc.layers) }), of(doc));
});

test('the rows of the list: front first, groups folded, found by name', () => {
  const { layers: list } = groupLayers(layers(5), ['p1', 'p3'], 'Birds');
  const shown = (rows) => rows.map((row) => (row.kind === 'group' ? `${row.name} ${row.layers.length}` : row.layer.id));
  assert.deepEqual(shown(rowsOf(list, new Set())), ['p4', 'Birds 2', 'p3', 'p1', 'p2', 'p0']);
  assert.deepEqual(shown(rowsOf(list, new Set(['Birds']))), ['p4', 'Birds 2', 'p2', 'p0']);
  assert.deepEqual(shown(rowsOf(list, new Set(['Birds']), ' p3 ')), ['p3']);
  assert.deepEqual(shown(rowsOf(list, new Set(), 'birds')), ['p3', 'p1']);
});

test('copies are called so in the language of the page, and pasted ones where the name is taken', async () => {
  const doc = addPath(emptyDocument(), [[0.1, 0.1]], { id: 'c', name: 'Cat' }).doc;
  const names = (of) => of.layers.map((layer) => layer.name);
  const once = duplicateLayers(doc, ['c'], { copy: '{name} copy' });
  const twice = duplicateLayers(once.doc, once.ids, { copy: '{name} copy' });
  assert.deepEqual(names(twice.doc), ['Cat', 'Cat copy', 'Cat copy 2']);
  assert.deepEqual(names(duplicateLayers(twice.doc, ['c'], { copy: '{name} copy' }).doc), ['Cat', 'Cat copy 3', 'Cat copy', 'Cat copy 2']);
  assert.deepEqual(names(duplicateLayers(doc, ['c'], { copy: 'Kopie von {name}' }).doc), ['Cat', 'Kopie von Cat']);
  const read = await readTracksText(await copySelection(doc, { layers: ['c'], points: [] }));
  assert.deepEqual(names(pasteTracks(doc, read, { copy: '{name} copy' }).doc), ['Cat', 'Cat copy']);
  assert.deepEqual(names(pasteTracks(emptyDocument(), read, { copy: '{name} copy' }).doc), ['Cat']);
});

test('a motion is taken off one thing and put on another, in a clip of another length', () => {
  const { doc, id } = addRegion(emptyDocument({ frames: 81 }), square(0.3, 0.5));
  const moving = applyPreset(doc, id, 'swing');
  const motion = motionOf(moving, id, ' My swing ');
  assert.equal(motion.name, 'My swing');
  assert.deepEqual(motion.pivot.map((v) => Math.round(v * 1e6) / 1e6), [0.5, 0]);
  const other = addRegion(emptyDocument({ frames: 41 }), square(0.6, 0.3));
  const made = layerById(applyMotion(other.doc, other.id, readMotions(JSON.stringify([motion]))[0]), other.id);
  assert.deepEqual(made.keys.map((key) => key.rotate), layerById(moving, id).keys.map((key) => key.rotate));
  assert.deepEqual(made.keys.map((key) => key.frame), layerById(moving, id).keys.map((key) => key.frame / 2));
  assert.deepEqual(made.pivot.map((v) => Math.round(v * 1e6) / 1e6), [0.6, 0.25]);
  assert.equal(motionOf(doc, id, 'none'), null);
  for (const bad of ['', 'x', '{}', '[1]', JSON.stringify([{ ...motion, keys: [] }, { ...motion, name: '' }, { ...motion, easing: 'quick' }, { ...motion, keys: [{ frame: 0.5 }, {}] }])]) assert.deepEqual(readMotions(bad), []);
});

/** A straight stroke with a rhythm: share of the time to share of the way. */
const stroke = (rhythm, { count = 60, wobble = 0, length = 400 } = {}) => Array.from({ length: count }, (_, i) => {
  const u = i / (count - 1);
  return { x: 100 + length * rhythm(u), y: 100 + 0.5 * length * rhythm(u) + wobble * Math.sin(9 * u), t: 1500 * u };
});

test('a straight stroke is two keys, its rhythm an easing', () => {
  for (const easing of ['linear', 'ease-in', 'ease-out', 'ease-in-out', [0.7, 0.1, 0.2, 0.9]]) {
    const eased = easingFunction(easing);
    const { doc, id } = addStroke(emptyDocument(), stroke(eased, { wobble: 1.5 }), { fill: true });
    const layer = layerById(doc, id);
    assert.equal(layer.points.length, 2);
    assert.equal(layer.times ?? null, null);
    if (typeof easing === 'string') assert.equal(layer.easing, easing);
    const { xy } = sampleLayer(layer, doc);
    for (let f = 0; f <= 80; f += 8) assert.ok(Math.abs(xy[2 * f] - (100 + 400 * eased(f / 80))) < 0.05 * 400, `${easing}, frame ${f}`);
  }
});

test('a stroke that bends, turns back or rests on its way keeps more', () => {
  assert.equal(straightStroke(stroke((u) => u, { wobble: 40 })), null);
  assert.equal(straightStroke(stroke((u) => (u < 0.6 ? u : 1.2 - u))), null);
  const rests = (u) => (u < 0.3 ? u / 0.6 : u < 0.8 ? 0.5 : 0.5 + (u - 0.8) / 0.4);
  const { doc, id } = addStroke(emptyDocument(), stroke(rests), { fill: true });
  const layer = layerById(doc, id);
  assert.ok(layer.points.length > 2 && layer.points.length <= 8, `${layer.points.length} keys`);
  const { xy } = sampleLayer(layer, doc);
  for (const f of [24, 40, 60]) assert.ok(Math.abs(xy[2 * f] - 300) < 0.07 * 400 + 2, `frame ${f}: ${xy[2 * f]}`);
  assert.equal(straightStroke([{ x: 1, y: 1, t: 0 }]), null);
  assert.equal(straightStroke([]), null);
});

test('times of several layers are moved by one number of frames, which no end of the clip changes for one alone', () => {
  let doc = setLayer(setLayer(setLayer(layers(4), 'p0', { start: 4, end: 20 }), 'p1', { start: 30, end: 60 }), 'p2', { start: 10, end: 12 });
  const bars = (/** @type {import('../../../js/editor/motion/document/types.mjs').Doc} */ of) => of.layers.map(({ start, end }) => [start, end]);
  const before = bars(doc);
  const last = doc.frames - 1;
  for (const by of [-100, -4, -3, 0, 7.4, last - 60, 500]) {
    const after = bars(shiftTimes(doc, ['p0', 'p1', 'p2'], by));
    const shift = after[0][0] - before[0][0];
    assert.equal(shift, Math.min(last - 60, Math.max(-4, Math.round(by))));
    for (const i of [0, 1, 2]) assert.deepEqual(after[i], before[i].map((frame) => frame + shift));
    assert.deepEqual(after[3], before[3], 'what is not named stays');
  }
  // What is locked stays, and does not hold the others back.
  doc = setLayer(doc, 'p0', { locked: true });
  assert.deepEqual(bars(shiftTimes(doc, ['p0', 'p1', 'p2'], -100)).slice(0, 3), [[4, 20], [20, 50], [0, 2]]);
  assert.deepEqual(barOfSeveral(doc.layers.slice(0, 3)), { start: 4, end: 60 });
  assert.equal(barOfSeveral([]), null);
  const still = addPath(doc, [[0.5, 0.5]]);
  assert.equal(shiftTimes(still.doc, [still.id], 5), still.doc, 'a point that stays has no time');
});
