// The checks that look at the picture, on painted ones: a nose in a face, anchors on what moves, a thing that the frame cuts. Each with its mend, and where it must be silent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLayer, addPath, addRegion, setRegionKey } from '../../../js/editor/commands/all.mjs';
import { holdTheRest } from '../../../js/editor/commands/layers.mjs';
import { bendWeights } from '../../../js/editor/draft/bend.mjs';
import { isPlain } from '../../../js/editor/draft/crew.mjs';
import { mapsOf } from '../../../js/editor/draft/carry.mjs';
import { draftGroups } from '../../../js/editor/draft/groups.mjs';
import { cutSteps, readWindow } from '../../../js/editor/draft/zones.mjs';
import { finished } from '../steps.mjs';
import { cameraAffines, isStill } from '../../../js/editor/motion/evaluation/camera.mjs';
import { checkDocument, summarize } from '../../../js/editor/motion/checks/checker.mjs';
import { PICTURE_RULES } from '../../../js/editor/motion/checks/picture.mjs';
import { inLanguage } from '../../../js/editor/motion/checks/rule.mjs';
import { CHECKS } from '../../../js/editor/motion/checks/table.mjs';
import { emptyDocument, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { regionPoints } from '../../../js/editor/motion/evaluation/region.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { fixAll, fixIssue } from '../../../js/editor/motion/mending/fixes.mjs';
import { randomizer } from '../random.mjs';

/** @param {Parameters<typeof cutSteps>} given */
const cutOut = (...given) => finished(cutSteps(...given));

const [WIDTH, HEIGHT] = [832, 480];
const at = (x, y) => [x / WIDTH, y / HEIGHT];

function picture(color) {
  const random = randomizer(3);
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) data.set([...color(x, y).map((v) => v + 6 * random() - 3), 255], 4 * (y * WIDTH + x));
  return { data, width: WIDTH, height: HEIGHT };
}

const FACE = picture((x, y) => (Math.hypot(x - 400, (y - 240) / 1.2) < 170 ? [220 - x / 20, 170, 140] : [40, 60, 90]));
const BALL = picture((x, y) => (Math.hypot(x - 200, y - 280) < 50 ? [210, 60, 50] : [80, 130 + y / 12, 170]));
const CAT = picture((x, y) => (Math.abs(x - 400) < 110 && y > 250 ? [190, 120, 60] : [60, 110 + y / 12, 150]));

const plain = (pixels, doc, cut) => (cut && isPlain(pixels, doc, cut) ? cut : null);
/** What the editor's draft finds: the same parts, without a canvas. */
function thingsIn(pixels, doc) {
  const sampled = sampleDocument(doc);
  const camera = isStill(doc) ? null : cameraAffines(doc);
  const starts = (tracks) => tracks.map((n) => [sampled.xy[2 * n], sampled.xy[2 * n + 1]]);
  const { objects } = draftGroups(doc, sampled);
  return objects.map(({ tracks, region }) => {
    const layer = region ? doc.layers.find((one) => one.id === region) : null;
    const cut = cutOut(pixels, doc, starts(tracks), [], layer, !layer);
    if (cut) return { ...cut, tracks, lone: false, mapAt: mapsOf(sampled, tracks, camera) };
    const alpha = bendWeights(readWindow(pixels, doc, [0, 0, WIDTH, HEIGHT], 104, 60), doc.size_wh, starts(tracks)[0], 100, []);
    const [x, y] = starts(tracks)[0];
    const ring = [[x, y], ...[0, 1, 2, 3, 4, 5].map((k) => [x + 96 * Math.cos((k * Math.PI) / 3), y + 96 * Math.sin((k * Math.PI) / 3)])];
    return { tracks, lone: true, grown: plain(pixels, doc, cutOut(pixels, doc, ring, [], null, true)), box: [0, 0, WIDTH, HEIGHT], cols: 104, rows: 60, alpha, mapAt: mapsOf(sampled, tracks, camera) };
  });
}
const seenIn = (pixels, doc) => checkDocument(doc, sampleDocument(doc), CHECKS, thingsIn(pixels, doc)).filter((issue) => issue.id in PICTURE_RULES);
const path = (doc, from, to, more = {}) => addPath(doc, [at(...from), at(...to)], { curve: 'straight', ...more }).doc;
const anchors = (doc, ...points) => addLayer(doc, { type: 'anchors', points: points.map((p) => at(...p)) }).doc;
const ball = (doc, by = [250, 0]) => [[-22, -20], [24, -12], [0, 26]].reduce((d, [x, y]) => path(d, [200 + x, 280 + y], [200 + x + by[0], 280 + y + by[1]]), doc);

test('a nose in a face is not ready, and one press moves what goes with it along the same way', () => {
  const doc = path(emptyDocument(), [400, 240], [520, 200], { easing: 'ease-in-out' });
  const [issue, ...more] = seenIn(FACE, doc);
  assert.deepEqual([issue?.id, issue?.fixable, issue?.severity, more.length], ['lone_point', true, 'warning', 0]);
  assert.equal(checkDocument(doc, sampleDocument(doc)).some((one) => one.id in PICTURE_RULES), false, 'without a picture nobody knows');
  assert.equal(summarize(seenIn(FACE, doc)).ready, false);
  const mended = fixIssue(doc, issue);
  assert.deepEqual(validateDocument(mended), []);
  const [region] = mended.layers;
  assert.deepEqual([mended.layers.length, region.type, region.name], [1, 'region', doc.layers[0].name]);
  const points = regionPoints(region, mended);
  let on = 0;
  for (let i = 0; i < points.length; i += 2) on += Math.hypot(points[i] - 400, (points[i + 1] - 240) / 1.2) < 176;
  const whole = (Math.PI * 170 * 204) / 64;
  assert.ok(on > 0.85 * whole && on > 0.97 * (points.length / 2), `${on} of ${whole} cells of the face, ${points.length / 2} in all`);
  const alone = thingsIn(FACE, doc).map((thing) => ({ ...thing, grown: null }));
  const [unmended] = checkDocument(doc, sampleDocument(doc), CHECKS, alone).filter((one) => one.id === 'lone_point');
  assert.equal(unmended.fixable, false, 'no outline, no press: it stays amber');
  const before = sampleDocument(doc);
  const after = sampleDocument(mended);
  for (let f = 0; f < 81; f += 5) {
    for (const axis of [0, 1]) {
      const went = before.xy[2 * f * before.count + axis] - before.xy[axis];
      assert.ok(Math.abs(after.xy[2 * f * after.count + axis] - after.xy[axis] - went) < 1.5, `frame ${f}`);
    }
  }
  assert.deepEqual(seenIn(FACE, mended).filter((one) => one.id === 'lone_point'), []);
});

test('a point on a ball, a point that stays and several points of a face are no such thing', () => {
  assert.deepEqual(seenIn(BALL, path(emptyDocument(), [200, 280], [420, 200])), []);
  assert.deepEqual(seenIn(FACE, path(emptyDocument(), [400, 240], [401, 240])), []);
  const face = [[330, 200], [470, 200], [400, 300]].reduce((doc, [x, y]) => path(doc, [x, y], [x + 60, y]), emptyDocument());
  assert.deepEqual(seenIn(FACE, face).filter((issue) => issue.id === 'lone_point'), []);
});

test('the middle that a thing turns about is not in its way', () => {
  const box = [[0.25, 0.15], [0.75, 0.15], [0.75, 0.85], [0.25, 0.85]];
  const keys = [{ frame: 0, offset: [0, 0], rotate: 0, scale: 1 }, { frame: 80, offset: [0, 0], rotate: 5, scale: 1 }];
  const turned = addLayer(emptyDocument(), { type: 'region', polygon: box, pivot: [(50.5 * 8) / WIDTH, (30.5 * 8) / HEIGHT], keys }).doc;
  const { xy, count } = sampleDocument(turned);
  const stays = (n) => Math.hypot(xy[2 * (80 * count + n)] - xy[2 * n], xy[2 * (80 * count + n) + 1] - xy[2 * n + 1]) < 0.01;
  assert.ok(Array.from({ length: count }, (_, n) => n).some(stays), 'one of its points does stand still');
  assert.ok(thingsIn(FACE, turned)[0].tracks.length < count, 'few of them carry it');
  const still = (doc) => seenIn(FACE, doc).filter((one) => one.id === 'still_in_way').map((one) => one.count);
  assert.deepEqual(still(turned), []);
  assert.deepEqual(still(anchors(turned, [416, 190], [16, 10])), [1], 'a still point of another layer is');
});

test('still points on what moves, and where it passes, are said and leave; the others stay', () => {
  const far = [[700, 60], [100, 60], [700, 440]];
  const doc = anchors(ball(emptyDocument()), [205, 300], [330, 280], ...far);
  const issues = seenIn(BALL, doc);
  assert.deepEqual(issues.map(({ id, count, layer }) => ({ id, count, layer })), [{ id: 'still_in_way', count: 2, layer: doc.layers[3].id }]);
  assert.equal(issues[0].frame, 0, 'one lies on it from the first');
  const mended = fixIssue(doc, issues[0]);
  assert.deepEqual(mended.layers[3].points.map(([x, y]) => [Math.round(x * WIDTH), Math.round(y * HEIGHT)]), far);
  assert.deepEqual(seenIn(BALL, mended), []);
  // Where it passes later, the frame is that of the meeting.
  const later = seenIn(BALL, anchors(ball(emptyDocument()), [430, 280], [700, 60]));
  assert.ok(later[0].frame > 20 && later[0].count === 1, JSON.stringify(later[0]));
  // A camera moves both alike: in the scene they meet as before, or not at all.
  const camera = { keys: [{ frame: 0, truck: [0, 0], zoom: 1, roll: 0 }, { frame: 80, truck: [0.1, 0], zoom: 1, roll: 0 }], easing: 'linear' };
  assert.deepEqual(seenIn(BALL, { ...anchors(ball(emptyDocument()), [330, 280]), camera }).map((one) => one.count), [1]);
  assert.deepEqual(seenIn(BALL, { ...anchors(ball(emptyDocument()), [330, 100]), camera }), []);
});

test('what the frame cuts must not be pulled from its edge: one press keeps it there, and it goes along the edge as before', () => {
  const cat = addRegion(emptyDocument(), [at(290, 250), at(510, 250), at(510, 480), at(290, 480)]);
  const moved = (dx, dy) => setRegionKey(cat.doc, cat.id, 80, { offset: at(dx, dy) });
  const up = seenIn(CAT, moved(60, -80));
  assert.deepEqual(up.map(({ id, layer, fixable }) => ({ id, layer, fixable })), [{ id: 'cut_by_frame', layer: cat.id, fixable: true }]);
  const mended = fixIssue(moved(60, -80), up[0]);
  assert.deepEqual(mended.layers[0].keys.at(-1).offset, [60 / WIDTH, 0]);
  assert.deepEqual(seenIn(CAT, mended), []);
  assert.deepEqual(seenIn(CAT, moved(60, 30)), [], 'out of the picture, or along its edge: nothing new comes into sight');
  assert.deepEqual(seenIn(CAT, moved(0, -12)), [], 'a little is nobody\'s affair');
  const turned = setRegionKey(moved(60, -80), cat.id, 80, { rotate: 20 });
  assert.deepEqual(seenIn(CAT, turned).map((one) => one.fixable), [false], 'a turn is not simply taken away');
  const points = [[340, 300], [460, 300], [400, 420]].reduce((doc, [x, y]) => path(doc, [x, y], [x + 10, y - 90]), emptyDocument());
  const issues = seenIn(CAT, points);
  assert.deepEqual(issues.map((one) => one.id), ['cut_by_frame', 'cut_by_frame', 'cut_by_frame'], 'each of its paths');
  const all = issues.reduce((doc, issue) => fixIssue(doc, issue), points);
  assert.deepEqual(seenIn(CAT, all), []);
});

test('fix mends them together, and "hold the rest" stays off what was cut and its way', () => {
  const doc = ball(emptyDocument(), [250, -60]);
  const things = thingsIn(BALL, doc);
  const held = holdTheRest(doc, things).doc;
  assert.deepEqual(seenIn(BALL, held), []);
  assert.ok(held.layers[0].points.length > 50);
  const face = anchors(path(emptyDocument(), [400, 240], [480, 220]), [700, 40]);
  const free = holdTheRest(face, thingsIn(FACE, face)).doc.layers[0].points.filter(([x, y]) => Math.hypot(x * WIDTH - 400, y * HEIGHT - 240) < 90);
  assert.deepEqual(free, [], 'a face is not pinned around its nose');
  assert.ok(holdTheRest(face).doc.layers[0].points.some(([x, y]) => Math.hypot(x * WIDTH - 400, y * HEIGHT - 240) < 90), 'which nobody could know without the picture');
  const bad = anchors(ball(path(emptyDocument(), [560, 100], [640, 100])), [205, 300], [700, 440]);
  const { doc: mended } = fixAll(bad, thingsIn(BALL, bad));
  // In the empty sky there is no thing to move instead: that is left to the person, and stays said.
  assert.deepEqual(seenIn(BALL, mended).map((issue) => [issue.id, issue.fixable]), [['lone_point', false]]);
  assert.deepEqual(validateDocument(mended), []);
});

test('the words are the page\'s: Chinese for every rule, with the same values in them', () => {
  const chinese = inLanguage(CHECKS, 'zh-CN');
  const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
  CHECKS.forEach((rule, i) => {
    assert.notEqual(chinese[i].title, rule.title, rule.id);
    assert.deepEqual(values(chinese[i].text), values(rule.text), rule.id);
    assert.match(chinese[i].fix, /\p{Script=Han}/u);
  });
  assert.deepEqual(inLanguage(CHECKS, 'zh-TW'), [...CHECKS]);
  assert.deepEqual(inLanguage(CHECKS, 'en'), [...CHECKS]);
});
