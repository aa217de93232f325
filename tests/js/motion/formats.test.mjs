// Files of others: read by shape, reported in sentences, never trusted. NumPy's own files are checked when numpy wrote some (see tests/core/house/test_js.py).
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addLayer, addPath } from '../../../js/editor/commands/all.mjs';
import { emptyDocument, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { importFile, importNpyPair } from '../../../js/editor/motion/formats/read.mjs';
import { exportCoordinates, exportDocument, exportNpy } from '../../../js/editor/motion/formats/write.mjs';
import { readNpy, writeNpy } from '../../../js/editor/motion/formats/npy.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { randomizer } from '../random.mjs';

const doc = emptyDocument();
const read = (data, options, name = 'file.json') => importFile(doc, name, typeof data === 'string' ? data : JSON.stringify(data), options);
/** The imported layers in a document, valid and sampled. */
function placed(imported, into = doc) {
  const after = imported.layers.reduce((d, layer) => addLayer(d, layer).doc, into);
  assert.deepEqual(validateDocument(after), []);
  return { after, sampled: sampleDocument(after) };
}
const at = ({ sampled }, f, n) => [sampled.xy[(f * sampled.count + n) * 2], sampled.xy[(f * sampled.count + n) * 2 + 1]];
const near = (a, b, tolerance) => a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) <= tolerance, `${a} instead of ${b}`));

test('coordinate JSON: several tracks, one track, single quotes, quoted numbers, sight', async () => {
  const line = (n, x) => Array.from({ length: n }, (_, i) => ({ x: x + i, y: 50 }));
  const many = await read([line(81, 100), line(81, 300)]);
  assert.equal(many.kind, 'coordinate JSON');
  assert.match(many.report.join(' '), /pixels of 832x480.*2 tracks: 2 as timed paths/);
  near(at(placed(many), 40, 1), [340, 50], 1);
  const one = await read(JSON.stringify(line(41, 10)).replaceAll('"', "'"));
  assert.match(one.report.join(' '), /Single quotes.*Resampled from 41 frames to the clip's 81/);
  near(at(placed(one), 80, 0), [50, 50], 0.01);
  assert.match((await read([[{ x: '1', y: '2' }, { x: '9', y: '9' }]])).report.join(' '), /Numbers in quotes/);
  const seen = await read([line(81, 5).map((p, i) => ({ ...p, v: i < 10 || i > 20 ? 1 : 0 }))]);
  assert.deepEqual(seen.layers[0].hidden, [[10, 20]]);
  assert.match((await read([line(81, 5), line(9, 5)])).report.join(' '), /different lengths \(9 to 81\)/);
  near(at(placed(await read([[{ x: 0.25, y: 0.5 }, { x: 0.5, y: 0.5 }]])), 0, 0), [208, 240], 0.01);
});

test('still tracks become anchors, lively ones stay frame by frame, borders move inside', async () => {
  const random = randomizer(6);
  const still = Array.from({ length: 81 }, () => ({ x: 832, y: 100 }));
  const lively = Array.from({ length: 81 }, () => ({ x: random() * 800, y: random() * 400 }));
  const imported = await read([still, lively]);
  assert.deepEqual(imported.layers.map((l) => l.type), ['anchors', 'dense']);
  assert.match(imported.report.join(' '), /81 positions exactly on the right or bottom border/);
  const made = placed(imported);
  near(at(made, 0, 0), [831.5, 100], 0.01);
  for (const f of [0, 33, 80]) near(at(made, f, 1), [lively[f].x, lively[f].y], 0.06);
});

test('paths of every timing come back within a pixel', async () => {
  let source = doc;
  for (const fields of [{ easing: 'ease-in-out' }, { speeds: [1, 4, 1] }, { closed: true }, { start: 20, end: 50, before: 'hide' }]) source = addPath(source, [[0.1, 0.1], [0.5, 0.8], [0.9, 0.3]], fields).doc;
  const sampled = sampleDocument(source);
  const { tracks, visibility } = exportNpy(sampled);
  const imported = importNpyPair(doc, tracks, visibility);
  const paths = imported.layers.filter((l) => l.type === 'path');
  assert.ok(paths.length >= 3 && paths.every((l) => l.points.length <= 32));
  const made = placed(imported);
  const same = (n, m) => Array.from({ length: 81 }, (_, f) => f).every((f) => {
    const [i, k] = [f * 4 + n, f * 4 + m];
    return Math.hypot(made.sampled.xy[2 * k] - sampled.xy[2 * i], made.sampled.xy[2 * k + 1] - sampled.xy[2 * i + 1]) < 1.01 && made.sampled.visible[k] === sampled.visible[i];
  });
  for (const n of [0, 1, 2, 3]) assert.ok([0, 1, 2, 3].some((m) => same(n, m)), `track ${n}`);
  const back = await read(exportCoordinates(source, sampled));
  const again = placed(back);
  for (const f of [0, 40, 80]) assert.ok([0, 1, 2, 3].some((n) => Math.hypot(at(again, f, n)[0] - sampled.xy[8 * f], at(again, f, n)[1] - sampled.xy[8 * f + 1]) < 2));
  const whole = await read(await exportDocument(source));
  assert.deepEqual([whole.kind, whole.document.layers.length], ['motion document', 4]);
});

test('0-1 arrays with -1 for absent', () => {
  const data = Float32Array.from({ length: 81 * 2 * 2 }, (_, k) => (Math.floor(k / 4) < 10 && k % 4 < 2 ? -1 : (k % 4) / 8 + Math.floor(k / 4) / 200));
  const imported = importNpyPair(doc, writeNpy({ shape: [81, 2, 2], dtype: 'f4', data }), null);
  assert.equal(imported.unit, 'norm');
  assert.match(imported.report.join(' '), /0-1 of the picture.*10 positions marked absent/);
  assert.deepEqual(imported.layers[0].hidden, [[0, 9]]);
});

test('spline store, strokes, power spline', async () => {
  const store = await read([{ points: [{ x: 0, y: 480, h1x: 1 }, { x: 416, y: 240 }], color: '#1f77b4', name: '<i>Spline</i>' }, { points: [{ x: 3, y: 4 }], color: 'javascript:alert(1)', isSinglePoint: true }]);
  assert.deepEqual(store.layers[0].points, [[0, 1 - 0.5 / 480], [0.5, 0.5]]);
  assert.deepEqual(store.layers.map((l) => l.color), ['#1f77b4', '#00d5d5']);
  assert.match(store.report.join(' '), /Handles are not imported/);
  const strokes = await read({ strokes: [{ points: [[0.1, 0.2], [0.5, 0.5]] }], reference_size: { width: 1, height: 1 }, reference_image: 'data:' });
  assert.deepEqual(strokes.layers[0].points, [[0.1, 0.2], [0.5, 0.5]]);
  assert.match(strokes.report.join(' '), /reference picture/);
  const spline = await read({ coordinates: [{ x: 0.17, y: 0.83, scale: 1 }, { x: 0.5, y: 0.5 }], p_coordinates: [], names: { c: ['Boat'] }, coord_width: 1, coord_height: 1 });
  assert.deepEqual([spline.layers[0].points[0], spline.layers[0].name], [[0.17, 0.83], 'Boat']);
  assert.match(spline.report.join(' '), /Not imported: p_coordinates/);
  placed(store);
  placed(spline);
});

test('Motion Designer: timing, ramps by closed form, shapes told', async () => {
  const layer = { name: 'Car', path: [{ x: 0, y: 0 }, { x: 800, y: 0 }], shapeType: 'trajectory', startFrame: 0, endFrame: 80, speedMode: 'accelerate', speedRatio: 5, tension: 0, hideOutsideRange: true };
  const imported = await read({ resolution: { width: 1600, height: 960 }, scene: { fps: 16, totalFrames: 81 }, layers: [layer, { ...layer, shapeType: 'circle', speedMode: 'none', endFrame: 81 }] });
  assert.equal(imported.unit, null);
  assert.match(imported.report.join(' '), /end after the last frame.*1 layer cut out shapes/);
  const made = placed(imported);
  // Speed 1 + 4 t, normalised: covered part (t + 2 t^2) / 3 of 416 px (half of the frame's width).
  for (const f of [0, 20, 57, 80]) near(at(made, f, 0), [416 * (f / 80 + 2 * (f / 80) ** 2) / 3, 0], 0.01);
  near(at(made, 80, 1), [416 * 80 / 81, 0], 0.01);
});

test('path animator: canvas size, share of the clip, easing, pop', async () => {
  const path = { name: 'A', points: [{ x: 100, y: 100 }, { x: 300, y: 100 }], startTime: 0.25, endTime: 0.75, qty: 2, bezier_pts: [0, 0.42, 0, 0.58, 1, 1], visibilityMode: 'pop' };
  const { layers, report } = await read({ paths: [path], canvas_size: { width: 400, height: 200 } });
  assert.deepEqual([layers[0].start, layers[0].end, layers[0].before, layers[0].easing], [20, 60, 'hide', [0.42, 0, 0.58, 1]]);
  assert.deepEqual(layers[0].points, [[0.25, 0.5], [0.75, 0.5]]);
  assert.match(report.join(' '), /Parallel rows/);
});

test('TRACKS as JSON', async () => {
  const imported = await read({ track_path: [[[10, 10], [50, 50]], [[90, 10], [50, 50]]], track_visibility: [[true, true], [true, false]], size_wh: [416, 240] });
  const made = placed(imported);
  assert.equal(made.sampled.count, 2);
  near(at(made, 0, 0), [20, 20], 0.6);
});

const REFUSED = [
  ['empty list', '[]', /it is empty/],
  ['empty object', '{}', /it is empty/],
  ['unknown', '{"hello":1}', /unknown shape \(an object with hello\)/],
  ['a list of words', '["a"]', /holds no points/],
  ['NaN', '[[{"x":NaN,"y":1}]]', /NaN or Infinity/],
  ['not JSON', 'tracks!', /not valid JSON/],
  ['normalised list', JSON.stringify([{ x: 0.5, y: 0.2 }, { x: 1.2, y: 0.3 }]), /upside down/],
  ['deep', `${'['.repeat(50)}${']'.repeat(50)}`, /nested 50 deep/],
  ['ragged TRACKS', '{"track_path":[[[1,2]],[[1,2],[3,4]]]}', /not \[frames\]\[tracks\]\[2\]/],
  ['no path', '{"paths":[{"points":[]}],"canvas_size":{"width":5,"height":5}}', /there is no path in it/],
  ['a document of the future', JSON.stringify({ ...doc, version: 7 }), /version 7/],
];
for (const [name, text, error] of REFUSED) test(`refused: ${name}`, () => assert.rejects(() => read(text), (e) => e instanceof RangeError && error.test(e.message)));

test('pickles, objects, cut and huge arrays are refused', async () => {
  await assert.rejects(() => importFile(doc, 'x.pth', Uint8Array.of(0x80, 2, 0)), /pickle/);
  const good = writeNpy({ shape: [2, 1, 2], dtype: 'f4', data: Float32Array.of(1, 2, 3, 4) });
  const header = (from, to) => {
    const text = String.fromCharCode(...good).replace(from, to.padEnd(from.length));
    return Uint8Array.from(text, (c) => c.charCodeAt(0));
  };
  assert.throws(() => readNpy(good.subarray(0, good.length - 1)), /cut off: 15 of 16 bytes/);
  assert.throws(() => readNpy(header("'<f4'", "'|O' ")), /Python objects/);
  assert.throws(() => readNpy(header("'<f4'", "'<c4'")), /"<c4"/);
  assert.throws(() => readNpy(header('(2, 1, 2)', '(9999999, 9999999)'.slice(0, 9))), /unreadable|header|cut off|at most/);
  assert.throws(() => readNpy(header("'descr'", "'d     ")), /no readable header/);
  assert.throws(() => readNpy(Uint8Array.of(1, 2, 3)), /no \.npy/);
  assert.throws(() => importNpyPair(doc, writeNpy({ shape: [4], dtype: 'f4', data: new Float32Array(4) }), null), /the array is \[4\]/);
  assert.throws(() => importNpyPair(doc, good, writeNpy({ shape: [5, 3], dtype: 'bool', data: new Uint8Array(15) })), /the visibility is \[5, 3\]/);
  const random = randomizer(7);
  for (let i = 0; i < 300; i++) {
    const broken = good.slice();
    broken[Math.floor(random() * 80)] = Math.floor(random() * 256);
    try {
      readNpy(broken);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
    }
  }
});

test('holes in arrays are held and hidden', () => {
  const data = Float32Array.from({ length: 81 * 2 }, (_, k) => (k >= 20 && k < 24 ? NaN : 100 + k));
  const imported = importNpyPair(doc, writeNpy({ shape: [1, 81, 1, 2], dtype: 'f4', data }), null);
  assert.deepEqual(imported.layers[0].hidden, [[10, 11]]);
  assert.match(imported.report.join(' '), /2 positions without numbers: hidden there/);
});

test('a thousand tracks are read, and no more layers than fit', () => {
  const n = 1000;
  // In no order, as a tracker's points are: neighbours that stand closer than they move would look like time.
  const data = Float32Array.from({ length: 81 * n * 2 }, (_, k) => 5 + Math.floor(k / (2 * n)) * 2 + (Math.floor((k % (2 * n)) / 2) * 619 % n) / 4 + (k % 2) / 8);
  const imported = importNpyPair(doc, writeNpy({ shape: [81, n, 2], dtype: 'f4', data }), null);
  assert.equal(imported.layers.length, n);
  assert.equal(new Set(imported.layers.map((l) => l.id)).size, n);
  const full = { ...doc, layers: Array.from({ length: 1500 }, (_, i) => ({ id: `x${i}`, type: 'anchors', name: '', points: [], visible: true, locked: false })) };
  const partly = importNpyPair(full, writeNpy({ shape: [81, n, 2], dtype: 'f4', data }), null);
  assert.equal(partly.layers.length, 500);
  assert.match(partly.report.join(' '), /500 paths left out/);
});

test('npy round trip', () => {
  for (const [dtype, data] of [['f4', Float32Array.of(1.5, -2, 3e9, NaN)], ['f8', Float64Array.of(0.1, 1e300, -0, 2)], ['bool', Uint8Array.of(1, 0, 0, 1)]]) {
    const back = readNpy(writeNpy({ shape: [2, 2], dtype, data }).buffer);
    assert.deepEqual([back.shape, back.dtype, [...back.data]], [[2, 2], dtype, [...data]]);
  }
});

const folder = process.env.WAN_MOVE_NPY_FOLDER;
test('files that numpy wrote', { skip: folder ? false : 'no files of numpy: run it by tests/core/house/test_js.py' }, () => {
  const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'));
  assert.ok(expected.length > 5);
  for (const { file, shape, values } of expected) {
    assert.ok(existsSync(`${folder}/${file}`));
    const array = readNpy(readFileSync(`${folder}/${file}`));
    assert.deepEqual(array.shape, shape, file);
    array.data.forEach((v, i) => assert.ok(Math.abs(v - values[i]) <= 1e-12 * Math.abs(values[i]), `${file}: ${v} instead of ${values[i]}`));
  }
  assert.throws(() => readNpy(readFileSync(`${folder}/objects.npy`)), /Python objects/);
});

test('more lively tracks than one dense layer holds are kept frame by frame too, in several', async () => {
  const random = randomizer(8);
  const n = 150;
  const data = Float32Array.from({ length: 81 * n * 2 }, () => random() * 400);
  const imported = importNpyPair(doc, writeNpy({ shape: [81, n, 2], dtype: 'f4', data }), null, { axes: 'frames_first' });
  assert.deepEqual(imported.layers.map((l) => [l.type, l.tracks.count, l.name]), [['dense', 64, 'tracks, 1 to 64'], ['dense', 64, 'tracks, 65 to 128'], ['dense', 22, 'tracks, 129 to 150']]);
  assert.match(imported.report.join(' '), /150 tracks: 150 frame by frame/);
  const made = placed(imported);
  for (const [f, i] of [[0, 0], [40, 100], [80, 149]]) near(at(made, f, i), [data[(f * n + i) * 2], data[(f * n + i) * 2 + 1]], 0.06);
});
