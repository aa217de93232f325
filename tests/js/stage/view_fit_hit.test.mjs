// Views invert, Fit keeps the whole-pixel rule, and hits come in the order that people expect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyAffine, compose, invert, similarity } from '../../../js/editor/geometry/affine.mjs';
import { cameraAffine, truckFromDrag } from '../../../js/editor/motion/evaluation/camera.mjs';
import { addLayer, addPath, addRegion, addRegionFromMask, setCameraKey, setRegionKey } from '../../../js/editor/commands/all.mjs';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';
import { fitPoint, makeFit, unfitPoint } from '../../../js/editor/geometry/fit.mjs';
import { cameraCorners, cameraTurnHandle } from '../../../js/editor/stage/camera_paint.mjs';
import { tickStep } from '../../../js/editor/stage/layers_paint.mjs';
import { hitTest, hitTestAll, marquee, regionHandles } from '../../../js/editor/stage/hit.mjs';
import { remapDocument } from '../../../js/editor/motion/document/remap.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { frameLabel, labelStep, latentStep, nearestLengths, secondTicks, stepFrame, timecode } from '../../../js/editor/motion/timing/timecode.mjs';
import { createView, docFromScreen, fitView, localFromClient, panBy, pinch, resizeView, screenFromDoc, snapAxis, snapGrid, zoomAt } from '../../../js/editor/geometry/view.mjs';
import { randomizer } from '../random.mjs';

const near = (a, b, tolerance = 1e-6) => a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) <= tolerance, `${a} instead of ${b}`));

test('screen and document are inverse, and zoom keeps the point under the cursor', () => {
  const random = randomizer(3);
  let view = createView(900, 600);
  for (let i = 0; i < 500; i++) {
    const at = [random() * 900, random() * 600];
    const under = docFromScreen(view, at);
    view = random() < 0.5 ? zoomAt(view, at, 0.5 + random() * 1.5) : panBy(view, random() * 40 - 20, random() * 40 - 20);
    if (random() < 0.1) view = resizeView(view, 400 + random() * 900, 300 + random() * 500);
    const p = [random() * 2000 - 500, random() * 2000 - 500];
    near(docFromScreen(view, screenFromDoc(view, p)), p);
    const zoomed = zoomAt(view, at, 1.7);
    near(docFromScreen(zoomed, at), docFromScreen(view, at));
    assert.ok(under.every(Number.isFinite));
  }
  const fitted = fitView(createView(900, 600), [832, 480], 30);
  near(screenFromDoc(fitted, [416, 240]), [450, 300]);
  assert.ok(screenFromDoc(fitted, [0, 0])[0] >= 30 - 1e-9);
});

test('two fingers carry the picture', () => {
  const view = createView(800, 600);
  const after = pinch(view, [[100, 100], [200, 100]], [[150, 200], [350, 200]]);
  near(screenFromDoc(after, docFromScreen(view, [150, 100])), [250, 200]);
  assert.equal(after.scale, 2);
});

test('a scaled ancestor, axis and grid snapping', () => {
  near(localFromClient({ left: 10, top: 20, width: 200, height: 100 }, 400, 200, 60, 70), [100, 100]);
  assert.deepEqual(snapAxis([10, 10], [15, 12]), [15, 10]);
  assert.deepEqual(snapAxis([10, 10], [11, 20]), [10, 20]);
  assert.deepEqual(snapGrid([13, 3]), [16, 0]);
  assert.deepEqual(snapGrid([13, 3], 8, 'centre'), [12, 4]);
});

test('transforms invert', () => {
  const random = randomizer(4);
  for (let i = 0; i < 200; i++) {
    const m = similarity([random() * 800, random() * 400], 0.1 + random() * 3, random() * 720 - 360, [random() * 100, random() * 100]);
    const p = [random() * 800, random() * 400];
    near(applyAffine(invert(m), applyAffine(m, p)), p, 1e-6);
    near(applyAffine(compose(m, invert(m)), p), p, 1e-6);
  }
  assert.throws(() => invert({ a: 0, b: 0, c: 0, d: 0, e: 1, f: 1 }), /no inverse/);
});

test('dragging the picture by the camera moves it as the hand does', () => {
  const doc = setCameraKey(emptyDocument(), 80, { truck: [0.1, 0.05], zoom: 1.5, roll: 20 });
  const before = applyAffine(cameraAffine(doc, 80), [300, 200]);
  const [dx, dy] = truckFromDrag(doc, 80, 12, -7);
  const moved = setCameraKey(doc, 80, { truck: [0.1 + dx, 0.05 + dy] });
  const after = applyAffine(cameraAffine(moved, 80), [300, 200]);
  near([after[0] - before[0], after[1] - before[1]], [12, -7]);
});

// Worked by hand from the rule: crop = centre part of the target's shape in whole pixels, halves rounded up.
const FITS = [
  ['crop', [1920, 1080], [832, 480], [24, 0, 1872, 1080], [0, 0, 832, 480]],
  ['crop', [1000, 1000], [832, 480], [0, 211, 1000, 577], [0, 0, 832, 480]],
  ['crop', [832, 480], [832, 480], [0, 0, 832, 480], [0, 0, 832, 480]],
  ['crop', [3, 1000], [832, 480], [0, 499, 3, 2], [0, 0, 832, 480]],
  ['stretch', [1000, 500], [832, 480], [0, 0, 1000, 500], [0, 0, 832, 480]],
  ['pad', [1000, 1000], [832, 480], [0, 0, 1000, 1000], [176, 0, 480, 480]],
  ['pad', [333, 100], [640, 480], [0, 0, 333, 100], [0, 144, 640, 192]],
  ['area', [1920, 1080], null, [0, 0, 1920, 1080], [0, 0, 832, 464]],
  ['area', [480, 832], [8, 8], [0, 0, 480, 832], [0, 0, 480, 832]],
  ['area', [832, 480], null, [0, 0, 832, 480], [0, 0, 832, 480]],
  ['area', [1000, 1000], [8, 8], [0, 0, 1000, 1000], [0, 0, 624, 624]],
];
for (const [mode, source, target, crop, place] of FITS) {
  test(`fit ${mode} ${source} to ${target}`, () => {
    const fit = makeFit(mode, source, target);
    assert.deepEqual([fit.crop_xywh, fit.place_xywh], [crop, place]);
    near(fitPoint(fit, unfitPoint(fit, [17, 33])), [17, 33]);
    near(fitPoint(fit, [crop[0], crop[1]]), [place[0], place[1]]);
  });
}
test('fit refuses what is no size', () => {
  assert.throws(() => makeFit('crop', [0, 5], [8, 8]), /the picture has no size/);
  assert.throws(() => makeFit('crop', [5, 5], null), /the video has no size/);
  assert.throws(() => makeFit('cover', [5, 5], [8, 8]), /unknown fit/);
});

test('a change of crop keeps points on the same spot of the picture', () => {
  const picture = { ref: null, size_wh: [1920, 1080] };
  const made = addPath(emptyDocument({ picture }), [[0.25, 0.25], [0.75, 0.5]], { times: [0, 1] });
  const region = addRegion(made.doc, [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6]]);
  const doc = setCameraKey(setRegionKey(region.doc, region.id, 40, { offset: [0.1, 0.1] }), 80, { truck: [0.1, 0.2] });
  const onPicture = (d, p) => unfitPoint(makeFit(d.fit, [1920, 1080], d.size_wh), [p[0] * d.size_wh[0], p[1] * d.size_wh[1]]);
  for (const target of [{ size_wh: [480, 832] }, { size_wh: [640, 640], fit: 'pad' }, { fit: 'stretch' }]) {
    const after = remapDocument(doc, target);
    doc.layers[0].points.forEach((p, i) => near(onPicture(after, after.layers[0].points[i]), onPicture(doc, p), 1e-6));
    near(onPicture(after, after.layers[1].pivot), onPicture(doc, doc.layers[1].pivot), 1e-6);
    const scale = (d) => makeFit(d.fit, [1920, 1080], d.size_wh).scale_xy;
    near([after.camera.keys[1].truck[0] * after.size_wh[0] / scale(after)[0]], [0.1 * 832 / scale(doc)[0]]);
    const back = remapDocument(after, { size_wh: doc.size_wh, fit: doc.fit });
    back.layers[0].points.forEach((p, i) => near(p, doc.layers[0].points[i], 1e-9));
  }
  assert.equal(remapDocument(doc, { size_wh: [832, 480], frames: 81 }), doc);
});

test('a change of length keeps seconds, or stretches when asked', () => {
  const doc = addPath(emptyDocument(), [[0.1, 0.1], [0.5, 0.5]], { start: 16, end: 48, hidden: [[20, 23]] }).doc;
  const longer = remapDocument(doc, { frames: 121 });
  assert.deepEqual([longer.layers[0].start, longer.layers[0].end, longer.frames], [16, 48, 121]);
  const faster = remapDocument(doc, { fps: 24 });
  assert.deepEqual([faster.layers[0].start, faster.layers[0].end, faster.layers[0].hidden], [24, 72, [[30, 35]]]);
  const stretched = remapDocument(doc, { frames: 161, stretch: true });
  assert.deepEqual([stretched.layers[0].start, stretched.layers[0].end, stretched.layers[0].hidden], [32, 96, [[40, 46]]]);
});

test('frames, seconds and latent steps', () => {
  assert.equal(frameLabel(12, 16), '12 · 0.75 s');
  assert.equal(timecode(81, 16), '0:05.06');
  assert.equal(timecode(16 * 61, 16), '1:01.00');
  assert.deepEqual([0, 1, 4, 5, 8].map(latentStep), [0, 1, 1, 2, 2]);
  assert.deepEqual([stepFrame(0, 1, 81), stepFrame(5, 1, 81), stepFrame(5, -1, 81), stepFrame(80, 1, 81), stepFrame(0, -1, 81)], [4, 8, 4, 80, 0]);
  assert.deepEqual(secondTicks(81, 16), [16, 32, 48, 64, 80]);
  assert.deepEqual([nearestLengths(80), nearestLengths(81), nearestLengths(2)], [[77, 81], [81, 81], [1, 5]]);
  assert.equal(labelStep(10, 36), 4);
  assert.equal(labelStep(1, 36), 40);
});

const view = { scale: 1, x: 0, y: 0, width: 1000, height: 1000 };
const square = (fields = {}) => addRegion(emptyDocument({ size_wh: [1000, 1000] }), [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]], fields);

test('hit order: handle, selected point, point, path, region', () => {
  let { doc, id: region } = square();
  const a = addPath(doc, [[0.5, 0.5], [0.9, 0.5]], { curve: 'straight' });
  const b = addPath(a.doc, [[0.504, 0.5], [0.5, 0.9]], { curve: 'straight' });
  doc = b.doc;
  const at = (xy, options) => hitTest(doc, null, view, xy, options);
  assert.deepEqual([at([504, 500]).kind, at([504, 500]).layer], ['point', b.id]);
  assert.equal(at([501, 500]).layer, a.id, 'the nearest of two points');
  assert.equal(at([504, 500], { selection: { layers: [], points: [{ layer: a.id, index: 0 }] } }).layer, a.id, 'a selected point before a nearer one');
  assert.equal(at([502, 500], { selection: { layers: [region], points: [{ layer: a.id, index: 0 }] } }).handle, 'pivot', 'a handle before all');
  assert.deepEqual([at([550, 503]).kind, at([550, 503]).layer], ['path', a.id]);
  assert.equal(at([550, 550]).kind, 'region');
  assert.equal(at([100, 100]), null);
  assert.deepEqual(hitTestAll(doc, null, view, [502, 500]).map((h) => h.kind), ['point', 'point', 'path', 'path', 'region']);
});

test('clicking an overlap again goes down, and round', () => {
  let { doc } = square();
  for (let i = 0; i < 3; i++) doc = addPath(doc, [[0.5, 0.5], [0.9, 0.1 + i * 0.1]], { curve: 'straight' }).doc;
  const seen = [];
  let hit = null;
  for (let i = 0; i < 8; i++) {
    hit = hitTest(doc, null, view, [500, 500], { cycle: hit });
    seen.push(`${hit.kind} ${hit.layer}`);
  }
  assert.equal(new Set(seen.slice(0, 7)).size, 7);
  assert.equal(seen[0], `point ${doc.layers[3].id}`, 'the one in front first');
  assert.equal(seen[7], seen[0]);
});

test('hidden and locked layers are passed over; touch reaches further; zoom does not change the reach', () => {
  const made = addPath(emptyDocument({ size_wh: [1000, 1000] }), [[0.2, 0.2]]);
  const set = (fields) => ({ ...made.doc, layers: [{ ...made.doc.layers[0], ...fields }] });
  assert.equal(hitTest(set({ locked: true }), null, view, [200, 200]), null);
  assert.equal(hitTest(set({ visible: false }), null, view, [200, 200]), null);
  assert.equal(hitTest(made.doc, null, view, [215, 200]), null);
  assert.ok(hitTest(made.doc, null, view, [215, 200], { tolerance_px: 22 }));
  assert.equal(hitTest(made.doc, null, { ...view, scale: 4 }, [4 * 203, 800]), null);
  assert.equal(hitTest(made.doc, null, view, [NaN, 200]), null);
});

test('where a point goes when a path is double-clicked', () => {
  const made = addPath(emptyDocument({ size_wh: [1000, 1000] }), [[0.1, 0.1], [0.5, 0.1], [0.5, 0.1], [0.5, 0.5]], { curve: 'straight', closed: true });
  const span = (xy) => hitTest(made.doc, null, view, xy).span;
  assert.deepEqual([span([300, 102]), span([502, 300]), span([300, 298])], [0, 2, 3]);
});

test('a region is hit where it is shown, and its handles turn with it', () => {
  const made = square();
  const doc = setRegionKey(made.doc, made.id, 80, { offset: [0.3, 0], rotate: 90, scale: 1 });
  assert.equal(hitTest(doc, null, view, [550, 500], { frame: 80 }), null);
  assert.equal(hitTest(doc, null, view, [800, 550], { frame: 80 }).kind, 'region');
  const handles = Object.fromEntries(regionHandles(doc.layers[0], doc, view, 80).map((h) => [h.handle, h.xy]));
  near(handles['scale-nw'], [900, 400], 1e-6);
  near(handles.rotate, [926, 500], 1e-6);
});

test('a brushed region is hit on its own pixels', () => {
  const data = new Uint8Array(100);
  data.fill(1, 22, 25);
  data.fill(1, 42, 43);
  const { doc } = addRegionFromMask(emptyDocument({ size_wh: [1000, 1000] }), { cols: 10, rows: 10, data });
  assert.equal(hitTest(doc, null, view, [250, 250])?.kind, 'region');
  assert.equal(hitTest(doc, null, view, [350, 350]), null, 'inside the box of what was brushed, yet not brushed');
});

test('marquee takes points inside, and whole layers', () => {
  let { doc, id } = square();
  const made = addPath(doc, [[0.1, 0.1], [0.2, 0.2], [0.9, 0.9]]);
  doc = addLayer(made.doc, { type: 'anchors', points: [[0.15, 0.1]] }).doc;
  const first = marquee(doc, view, [250, 250], [50, 50]);
  assert.equal(first.points.length, 3);
  assert.deepEqual(first.layers, [doc.layers[2].id]);
  assert.deepEqual(marquee(doc, view, [390, 390], [610, 610]).layers, [id]);
  assert.deepEqual(marquee(doc, view, [0, 0], [1000, 1000]).layers.length, 3);
});

test('documents on a turned page sample the same with and without numbers kept', () => {
  const { doc, id } = square();
  const moved = setRegionKey(doc, id, 80, { rotate: 30 });
  assert.equal(sampleDocument(moved).count, 625);
});

test('handles of a region that reaches the frame stay on the stage, and clear of what lies over its top', () => {
  const { doc } = addRegion(emptyDocument({ size_wh: [800, 480] }), [[0.1, 0], [0.9, 0], [0.9, 1], [0.1, 1]], {});
  for (const [width, height, scale, x, y] of [[880, 560, 1, 40, 40], [400, 300, 1, -200, -90], [400, 300, 2, -500, -300]]) {
    for (const { handle, xy } of regionHandles(doc.layers[0], doc, { width, height, scale, x, y }, 0)) {
      if (handle === 'pivot') continue;
      assert.ok(xy[0] > 0 && xy[0] < width && xy[1] > 0 && xy[1] < height, `${handle} ${xy}`);
      assert.ok(xy[1] > 46 || Math.abs(xy[0] - width / 2) > 110, `${handle} under the bar: ${xy}`);
    }
  }
  // Off the stage altogether it takes its handles along.
  const away = regionHandles(doc.layers[0], doc, { width: 400, height: 300, scale: 1, x: 2000, y: 0 }, 0);
  assert.ok(away.every(({ xy }) => xy[0] > 1000));
});

test('ticks thin out on short paths and are gone on shorter ones', () => {
  // Five seconds on a long path: all of them. Twenty seconds on 200 px: every second or fifth. A stub: none.
  assert.equal(tickStep(5, 600), 1);
  assert.equal(tickStep(4, 100), 2);
  assert.equal(tickStep(20, 130), 5);
  assert.equal(tickStep(4, 20), 0);
  assert.equal(tickStep(0, 600), 0);
});

test('the camera\'s turning handle stays on the stage', () => {
  const doc = emptyDocument({ size_wh: [832, 480], frames: 81 });
  const place = cameraCorners(doc, 0);
  for (const margin of [4, 21, 44]) {
    const view = fitView(createView(960, 540), [832, 480], margin);
    const [x, y] = cameraTurnHandle(view, place);
    const top = view.y;
    assert.ok(Math.abs(x - (view.x + 416 * view.scale)) < 1e-6);
    assert.ok(Math.abs(Math.abs(y - top) - 28) < 1e-6);
    assert.ok(y >= 8 && y < 540);
  }
});
