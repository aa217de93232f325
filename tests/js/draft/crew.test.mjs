// The draft's slow work is done in slices or elsewhere, and gives the same to the last bit; what is no longer wanted is dropped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRegion } from '../../../js/editor/commands/all.mjs';
import { bendWeights } from '../../../js/editor/draft/bend.mjs';
import { createCrew, jobSteps } from '../../../js/editor/draft/crew.mjs';
import { behindSteps } from '../../../js/editor/draft/fill.mjs';
import { cutSteps, placeBehind, readWindow, roughCut } from '../../../js/editor/draft/zones.mjs';
import { finished } from '../steps.mjs';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';
import { randomizer } from '../random.mjs';

/** @param {Parameters<typeof cutSteps>} given */
const cutOut = (...given) => finished(cutSteps(...given));

const size_wh = [320, 240];
const doc = emptyDocument({ size_wh });

const inside = (x, y) => Math.hypot(x - 150, y - 120) < 48;
function picture() {
  const random = randomizer(5);
  const data = new Uint8ClampedArray(320 * 240 * 4);
  for (let y = 0; y < 240; y++) for (let x = 0; x < 320; x++) data.set([...(inside(x, y) ? [210, 70, 60] : [60 + x / 8, 120, 90 + y / 6]).map((v) => v + 8 * random() - 4), 255], 4 * (y * 320 + x));
  return { data, width: 320, height: 240 };
}
const pixels = picture();

const own = [[130, 100], [170, 110], [150, 145]];
const others = [[280, 200]];
const cut = cutOut(pixels, doc, own, others, null, true);
const region = addRegion(doc, [[0.3, 0.3], [0.6, 0.3], [0.6, 0.7], [0.3, 0.7]]).doc.layers[0];
const JOBS = [
  { key: 'c', size_wh, what: 'cut', own, others, region: null, byColor: true },
  { key: 's', size_wh, what: 'cut', own, others, region: null, byColor: false },
  { key: 'r', size_wh, what: 'cut', own, others: [], region, byColor: false },
  { key: 'p', size_wh, what: 'place', cut, taken: [] },
  { key: 'f', size_wh, what: 'fill', cut, taken: [] },
  { key: 'b', size_wh, what: 'bend', point: [150, 120], travel_px: 60, held: [[20, 20]], cols: 40, rows: 30 },
];
const directly = {
  c: () => cut,
  s: () => cutOut(pixels, doc, own, others, null, false),
  r: () => cutOut(pixels, doc, own, [], region, false),
  p: () => placeBehind(pixels, doc, cut, () => false),
  f: () => finished(behindSteps(pixels, doc, cut, () => false)),
  b: () => bendWeights(readWindow(pixels, doc, [0, 0, ...size_wh], 40, 30), size_wh, [150, 120], 60, [[20, 20]]),
};

test('in slices or at once: the same, bit for bit', () => {
  const got = new Map();
  const crew = createCrew((job, result) => got.set(job.key, result), { alone: true });
  crew.setPixels(pixels);
  crew.want(JOBS);
  for (let round = 0; round < 5000 && got.size < JOBS.length; round++) crew.goOn();
  for (const { key } of JOBS) assert.deepEqual(got.get(key), directly[key](), key);
  assert.ok(cut && finished(jobSteps(pixels, JOBS[0])).alpha.some((v) => v > 0.9));
  assert.equal(crew.goOn(), false, 'nothing is left to do, and nothing new');
});

test('the first wanted comes first; what is no longer wanted is not made', () => {
  const got = [];
  const crew = createCrew((job) => got.push(job.key), { alone: true });
  crew.setPixels(pixels);
  crew.want([JOBS[4], JOBS[0]]);
  crew.goOn();
  crew.want([JOBS[1], JOBS[5]]);
  for (let round = 0; round < 500; round++) crew.goOn();
  assert.deepEqual(got, ['s', 'b']);
  crew.want([JOBS[3]]);
  crew.setPixels(pixels);
  for (let round = 0; round < 100; round++) crew.goOn();
  assert.deepEqual(got, ['s', 'b'], 'another picture: what was wanted of the one before is not');
});

/** Stands for the browser's: answers when told to. */
class HeldWorker extends EventTarget {
  static all = [];
  sent = [];
  constructor() {
    super();
    HeldWorker.all.push(this);
  }
  postMessage(data) {
    this.sent.push(data);
  }
  terminate() {
    this.ended = true;
  }
  tell(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

test('a worker is asked one thing at a time, dropped when it is not wanted, and done without where it cannot start', () => {
  globalThis.Worker = HeldWorker;
  try {
    const got = [];
    const crew = createCrew((job) => got.push(job.key));
    crew.setPixels(pixels);
    crew.want([JOBS[0], JOBS[1]]);
    crew.want([JOBS[0], JOBS[1]]);
    const [worker] = HeldWorker.all;
    const jobs = () => worker.sent.filter((one) => one.job).map((one) => one.job.key);
    assert.deepEqual(jobs(), ['c']);
    assert.equal(crew.goOn(), false);
    worker.tell({ id: worker.sent.at(-1).id, result: cut });
    assert.equal(crew.goOn(), true);
    assert.deepEqual([jobs(), got], [['c', 's'], ['c']]);
    const late = worker.sent.at(-1).id;
    crew.want([JOBS[5]]);
    worker.tell({ id: late, result: null });
    assert.deepEqual([jobs(), got], [['c', 's', 'b'], ['c']], 'an answer that nobody waits for');
    worker.tell({ id: worker.sent.at(-1).id, error: 'broken' });
    assert.throws(() => crew.goOn(), /broken/);
    crew.want([]);
    crew.want([JOBS[1]]);
    worker.dispatchEvent(new Event('error'));
    assert.ok(worker.ended);
    for (let round = 0; round < 500; round++) crew.goOn();
    assert.deepEqual(got, ['c', 's'], 'the page does it');
    crew.end();
  } finally {
    delete globalThis.Worker;
  }
});

test('the rough cut is there at once, lies about the points, and an outline is the thing already', () => {
  const rough = roughCut(doc, own, others, null);
  assert.ok(rough.cols <= 40 && rough.rows <= 40);
  const at = (one, x, y) => one.alpha[Math.floor(((y - one.box[1]) / one.box[3]) * one.rows) * one.cols + Math.floor(((x - one.box[0]) / one.box[2]) * one.cols)] ?? 0;
  for (const [x, y] of own) assert.ok(at(rough, x, y) > 0.95);
  assert.ok(at(rough, 280, 200) === 0 || rough.box[0] + rough.box[2] <= 280);
  const outline = roughCut(doc, own, [], region);
  assert.ok(at(outline, 150, 120) > 0.95);
  assert.ok(outline.box[0] >= 0.3 * 320 - 9 && outline.box[0] + outline.box[2] <= 0.6 * 320 + 9);
});
