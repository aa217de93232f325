// Reading never throws, never guesses and never loses what it does not know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDocument, newId, parseDocument, serializeDocument, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { migrate } from '../../../js/editor/motion/document/migrate.mjs';
import { createSampler, sampleDocument, frameAtArc, pathPolyline } from '../../../js/editor/motion/evaluation/evaluate.mjs';
import { hitTest } from '../../../js/editor/stage/hit.mjs';
import { createView } from '../../../js/editor/geometry/view.mjs';
import { addLayer, addPath, setCameraKey, setPoint } from '../../../js/editor/commands/all.mjs';
import { randomizer } from '../random.mjs';

const doc = (fields) => JSON.stringify({ version: 1, size_wh: [832, 480], frames: 81, fps: 16, layers: [], ...fields });
const path = (fields) => ({ id: 'p', type: 'path', name: 'Ball', points: [[0.1, 0.2], [0.5, 0.4]], ...fields });

test('an empty text is a new node', async () => {
  assert.deepEqual(await parseDocument('  \n'), { document: null, error: null, readOnlyText: null });
});

const REFUSED = [
  ['not JSON', '{"version":1,', /not valid JSON/],
  ['NaN', doc({ fps: 1 }).replace('"fps":1', '"fps":NaN'), /not valid JSON/],
  ['infinite', doc({ layers: [path({ points: [['X', 0]] })] }).replace('"X"', '1e999'), /layer 1 \(Ball\) \/ points\[0\]: is \[Infinity,0\]/],
  ['a list', '[]', /not an object/],
  ['no version', '{"layers":[]}', /has no "version"/],
  ['newer', doc({ version: 2 }), /version 2, this editor reads up to 1/],
  ['deep', `{"version":1,"x":${'['.repeat(40)}${']'.repeat(40)}}`, /nested 41 deep, at most 32/],
  ['long', `{"version":1,"x":"${'a'.repeat(5_000_001)}"}`, /bytes, at most 5000000/],
  ['size', doc({ size_wh: [832, 'x'] }), /size_wh: is \[832,"x"\]/],
  ['frames', doc({ frames: 0 }), /frames: is 0/],
  ['twice', doc({ layers: [path(), path()] }), /"p" is used twice/],
  ['type', doc({ layers: [path({ type: 'blob' })] }), /type: is "blob"/],
  ['times', doc({ layers: [path({ times: [0, 0.5] })] }), /times: do not rise from 0 to 1/],
  ['speeds', doc({ layers: [path({ speeds: [1] })] }), /speeds: are not one number per point/],
  ['interval', doc({ layers: [path({ start: 9, end: 3 })] }), /start, end: are 9 and 3/],
  ['easing', doc({ layers: [path({ easing: [2, 0, 0, 1] })] }), /easing: is \[2,0,0,1\]/],
  ['far', doc({ layers: [path({ points: [[99, 0]] })] }), /points\[0\]: is \[99,0\]/],
  ['mask', doc({ layers: [{ id: 'r', type: 'region', pivot: [0, 0], mask: { size_wh: [4, 4], runs: [3] } }] }), /add up to 3, the mask has 16/],
  ['huge mask', doc({ layers: [{ id: 'r', type: 'region', pivot: [0, 0], mask: { size_wh: [40000, 40000], runs: [1600000000] } }] }), /at most 4000000 pixels/],
  ['zoom', doc({ camera: { keys: [{ frame: 0, truck: [0, 0], zoom: 0, roll: 0 }] } }), /zoom: is 0/],
  ['broken dense', doc({ layers: [{ id: 'd', type: 'dense', tracks: 'z1:4x2:AAAAAAAAAAAA' }] }), /tracks: the compressed data is not zlib/],
  ['key twice', doc({ camera: { keys: [{ frame: 4, truck: [0, 0], zoom: 1, roll: 0 }, { frame: 4, truck: [0, 0], zoom: 1, roll: 0 }] } }), /frame: is used twice/],
];
for (const [name, text, error] of REFUSED) {
  test(`refused and kept: ${name}`, async () => {
    const read = await parseDocument(text);
    assert.equal(read.document, null);
    assert.match(read.error, error);
    assert.doesNotMatch(read.error, /\n/);
    assert.equal(read.readOnlyText, text);
  });
}

test('anything at all is survived', async () => {
  const random = randomizer(1);
  const base = doc({ layers: [path({ times: [0, 1], speeds: [1, 2], hidden: [[1, 2]] })], camera: { keys: [{ frame: 0, truck: [0, 0], zoom: 1, roll: 0 }] } });
  for (let i = 0; i < 2000; i++) {
    const at = Math.floor(random() * base.length);
    const text = base.slice(0, at) + ['', '"', '{', ']', 'null', '-1', '1e9', '\u0000', '[]'][Math.floor(random() * 9)] + base.slice(at + Math.floor(random() * 4));
    const read = await parseDocument(text);
    assert.ok(read.document ? sampleDocument(read.document).xy.every(Number.isFinite) : read.error && read.readOnlyText === text);
  }
  for (const value of [undefined, null, 5, {}]) assert.ok((await parseDocument(value)).error);
});

test('what is not known comes back as it was', async () => {
  const text = doc({ layers: [path({ note: { deep: 0.123456789, b: 1, a: 2 }, z: 1, __proto__x: 3 })], future: [1.123456789] });
  const again = JSON.parse(await serializeDocument((await parseDocument(text)).document));
  assert.deepEqual(again.future, [1.123456789]);
  assert.deepEqual(again.layers[0].note, { deep: 0.123456789, b: 1, a: 2 });
});

test('a prototype in the text pollutes nothing', async () => {
  const { document } = await parseDocument(doc({}).replace('"layers":[]', '"__proto__":{"evil":1},"layers":[{"id":"a","type":"anchors","points":[],"__proto__":{"locked":true}}]'));
  assert.equal(({}).evil, undefined);
  assert.equal(document.evil, undefined);
  assert.equal(document.layers[0].locked, false);
  assert.ok(await serializeDocument(document));
});

test('equal documents are equal text, short numbers', async () => {
  const { document } = await parseDocument(doc({ layers: [path({ points: [[1 / 3, -1e-9], [0.5, 2]] })] }));
  const shuffled = JSON.parse(JSON.stringify(document), (_, v) => (v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).reverse()) : v));
  assert.equal(await serializeDocument(document), await serializeDocument(shuffled));
  assert.match(await serializeDocument(document), /"points":\[\[0\.33333,0\],\[0\.5,2\]\]/);
  const tiny = { ...document, layers: [], camera: { keys: [{ frame: 0, truck: [0, 0], zoom: 1e-7, roll: 0 }], easing: 'linear' } };
  assert.deepEqual(validateDocument(JSON.parse(await serializeDocument(tiny))), []);
});

test('names are only text', async () => {
  const evil = '<img src=x onerror=alert(1)>"\u202e\u0000';
  const { document } = await parseDocument(doc({ layers: [path({ name: evil })] }));
  assert.equal(document.layers[0].name, evil);
  assert.ok((await parseDocument(doc({ layers: [path({ name: 'n'.repeat(201) })] }))).error);
});

test('old versions go through every step, and a missing step says so', () => {
  const steps = { 1: (raw) => ({ ...raw, b: raw.a, a: undefined }), 2: (raw) => ({ ...raw, c: raw.b + 1 }) };
  assert.equal(migrate({ version: 1, a: 1, kept: true }, 3, steps).c, 2);
  assert.equal(migrate({ version: 1, a: 1, kept: true }, 3, steps).kept, true);
  assert.throws(() => migrate({ version: 1 }, 3, {}), /version 1 cannot be brought to 3/);
});

test('ids are fresh', () => {
  assert.equal(newId({ layers: [{ id: 'p1' }, { id: 'p3' }] }, 'p'), 'p2');
});

test('ten thousand points and a document of almost five megabytes are sampled', async () => {
  const random = randomizer(2);
  const long = Array.from({ length: 3 }, (_, i) => path({ id: `l${i}`, curve: ['straight', 'cubic', 'catmull-rom'][i], points: Array.from({ length: 3334 }, () => [random(), random()]) }));
  const many = Array.from({ length: 1900 }, (_, i) => path({ id: `m${i}`, note: 'x'.repeat(2000) }));
  const { document, error } = await parseDocument(doc({ layers: [...long, ...many] }));
  assert.ok(document, error);
  const sampled = sampleDocument(document);
  assert.equal(sampled.count, 1903);
  assert.ok(sampled.xy.every(Number.isFinite));
  assert.ok(hitTest(document, sampled, createView(832, 480), [0.1 * 832, 0.2 * 480]));
});

test('tracks above the limit are dropped and counted, not drawn until the page dies', async () => {
  const full = { type: 'region', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], pivot: [0.5, 0.5] };
  const { document } = await parseDocument(doc({ frames: 1, layers: [1, 2, 3, 4].map((i) => ({ ...full, id: `r${i}`, name: '' })) }));
  const sampled = createSampler().sample(document);
  assert.equal(sampled.count, 3 * 104 * 60);
  assert.equal(sampled.dropped, 104 * 60);
});

test('the sampler samples again only what changed, and equals a fresh one', () => {
  let d = emptyDocument({ frames: 17 });
  for (let i = 0; i < 20; i++) d = addPath(d, [[i / 20, 0.2], [0.5, i / 20], [0.3, 0.9]]).doc;
  const sampler = createSampler();
  sampler.sample(d);
  const equalsFresh = (doc_) => {
    const kept = sampler.sample(doc_);
    const fresh = sampleDocument(doc_);
    assert.deepEqual([...kept.xy], [...fresh.xy]);
    assert.deepEqual([...kept.visible], [...fresh.visible]);
    assert.deepEqual([...kept.layerOf], [...fresh.layerOf]);
    return kept.changed;
  };
  const id = d.layers[7].id;
  d = setPoint(d, id, 1, [0.7, 0.7]);
  assert.deepEqual(sampler.sample(d).changed, [7]);
  assert.deepEqual(equalsFresh(d), []);
  d = setCameraKey(d, 16, { truck: [0.1, 0], zoom: 1.2 });
  assert.equal(equalsFresh(d).length, 20);
  d = { ...d, layers: d.layers.map((l, i) => (i === 3 ? { ...l, visible: false } : l)) };
  equalsFresh(d);
  d = { ...d, frames: 9 };
  equalsFresh(d);
  d = addLayer(d, { type: 'anchors', points: [[1, 1]] }).doc;
  equalsFresh(d);
});

test('the frame at an arc length is where the sampler is at that frame', () => {
  for (const fields of [{}, { easing: 'ease-in-out' }, { speeds: [1, 3, 0.5] }, { times: [0, 0.2, 1] }, { start: 5, end: 40 }]) {
    const made = addPath(emptyDocument(), [[0.1, 0.1], [0.5, 0.8], [0.9, 0.2]], fields).doc;
    const layer = made.layers[0];
    const { s, xy } = pathPolyline(layer, made);
    const sampled = sampleDocument(made);
    for (const frame of [12, 20, 33]) {
      const at = [sampled.xy[2 * frame], sampled.xy[2 * frame + 1]];
      let best = 0;
      for (let i = 0; i < s.length; i++) if (Math.hypot(xy[2 * i] - at[0], xy[2 * i + 1] - at[1]) < Math.hypot(xy[2 * best] - at[0], xy[2 * best + 1] - at[1])) best = i;
      assert.ok(Math.abs(frameAtArc(layer, made, s[best]) - frame) < 1.5);
    }
    assert.equal(frameAtArc(layer, made, 0), layer.start);
  }
});
