// Checks, fixes and "hold the rest" against cases written by an independent evaluation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { holdPoints } from '../../../js/editor/motion/sources/anchors.mjs';
import { checkDocument, groupIssues, summarize } from '../../../js/editor/motion/checks/checker.mjs';
import { inLanguage, inWords } from '../../../js/editor/motion/checks/rule.mjs';
import { CHECKS } from '../../../js/editor/motion/checks/table.mjs';
import { holdTheRest } from '../../../js/editor/commands/layers.mjs';
import { parseDocument, validateDocument } from '../../../js/editor/motion/document/document.mjs';
import { fixAll, fixIssue } from '../../../js/editor/motion/mending/fixes.mjs';
import { sampleDocument } from '../../../js/editor/motion/evaluation/evaluate.mjs';

const shared = (name) => JSON.parse(readFileSync(new URL(`../../golden_shared/${name}.json`, import.meta.url), 'utf8')).cases;
const read = async (raw) => (await parseDocument(JSON.stringify(raw))).document;
const check = (doc) => checkDocument(doc, sampleDocument(doc));

test('the table is a copy of the one that Python reads', () => {
  const table = JSON.parse(readFileSync(new URL('../../../wan_move_core/motion/checks/checks.json', import.meta.url), 'utf8'));
  assert.deepEqual(CHECKS, table);
});

for (const { name, document: raw, expected } of shared('checks_documents')) {
  test(`checks: ${name}`, async () => {
    const doc = await read(raw);
    const issues = check(doc);
    assert.deepEqual(issues.map(({ id, track, frame, count }) => ({ id, track, frame, count })), expected);
    for (const issue of issues) assert.doesNotMatch(issue.text, /[{}]|undefined|null|NaN/);
  });
  test(`fixes: ${name}`, async () => {
    const doc = await read(raw);
    const before = JSON.stringify(doc);
    for (const issue of check(doc)) {
      const fixed = fixIssue(doc, issue);
      assert.deepEqual(validateDocument(fixed), [], issue.id);
      if (!issue.fixable) continue;
      assert.notEqual(fixed, doc, `${issue.id} changed nothing`);
      const left = check(fixed).find((i) => i.id === issue.id && i.layer === issue.layer && i.track === issue.track && i.count === issue.count && i.frame === issue.frame);
      assert.equal(left, undefined, `${issue.id} is still there`);
    }
    const { doc: all, left } = fixAll(doc);
    assert.deepEqual(validateDocument(all), []);
    assert.deepEqual(left.filter((i) => i.severity !== 'info' && i.fixable).map((i) => `${i.id} ${i.layer}`), []);
    assert.equal(JSON.stringify(doc), before, 'a document is never changed in place');
  });
}

for (const { name, document: raw, spacing, margin, points } of shared('anchors')) {
  test(`hold the rest: ${name}`, async () => {
    const doc = await read(raw);
    const held = holdPoints(doc, null, { spacing_cells: spacing, margin_cells: margin }).map(([x, y]) => [Math.round(x * doc.size_wh[0]), Math.round(y * doc.size_wh[1])]);
    assert.deepEqual(held, points);
  });
}

test('hold the rest twice is once, and it follows the drawing', async () => {
  const doc = await read(shared('anchors').find((c) => c.name === 'a path').document);
  const once = holdTheRest(doc);
  assert.ok(once.count > 10);
  assert.equal(once.doc.layers[0].name, 'Hold the rest');
  assert.equal(holdTheRest(once.doc).doc, once.doc);
  const cleared = holdTheRest({ ...once.doc, layers: once.doc.layers.slice(0, 1) });
  assert.ok(cleared.count > once.count, 'where nothing passes any more there is an anchor again');
  assert.equal(cleared.doc.layers.length, 1);
});

test('the footer counts a layer once', async () => {
  const doc = await read({ version: 1, size_wh: [832, 480], frames: 17, layers: [
    { id: 'r', type: 'region', name: 'Boat', polygon: [[0.8, 0.4], [0.95, 0.4], [0.95, 0.6], [0.8, 0.6]], pivot: [0.9, 0.5], keys: [{ frame: 0, offset: [0, 0], rotate: 0, scale: 1 }, { frame: 16, offset: [0.3, 0], rotate: 0, scale: 1 }] },
    { id: 'k', type: 'anchors', name: 'Hold', points: [[0.1, 0.1]] }] });
  const issues = check(doc);
  assert.ok(issues.length > 20);
  assert.deepEqual(groupIssues(issues).map((i) => i.id), ['leaves_picture']);
  assert.deepEqual(summarize(issues), { ready: false, count: 1, text: '1 issue' });
  assert.equal(summarize(check(fixAll(doc).doc)).text, '✓ ready');
});

test('a region of six thousand points that leaves is mended in one go', async () => {
  const doc = await read({ version: 1, size_wh: [832, 480], frames: 81, layers: [
    { id: 'r', type: 'region', name: 'All', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], pivot: [0.5, 0.5], keys: [{ frame: 0, offset: [0, 0], rotate: 0, scale: 1 }, { frame: 80, offset: [0.1, 0], rotate: 5, scale: 1.2 }] },
    { id: 'k', type: 'anchors', name: 'Hold', points: [[0.001, 0.001]] }] });
  assert.ok(check(doc).filter((i) => i.id === 'leaves_picture').length > 1000);
  const { doc: after } = fixAll(doc);
  assert.equal(check(after).filter((i) => i.id === 'leaves_picture').length, 0);
});

test('the words of a check count properly and are of one language', async () => {
  const path = { id: 'a', type: 'path', name: 'A', points: [[0.2, 0.5], [0.4, 0.5]], hidden: [[0, 3]] };
  const doc = await read({ version: 1, size_wh: [832, 480], frames: 80, fps: 16, fit: 'crop', layers: [path] });
  const texts = (rules) => Object.fromEntries(checkDocument(doc, sampleDocument(doc), rules).map((issue) => [issue.id, issue.text]));
  assert.match(texts(inLanguage(CHECKS)).wrong_length, /needs 77 or 81 /);
  const chinese = texts(inLanguage(CHECKS, 'zh-CN'));
  assert.match(chinese.wrong_length, /77 或 81/);
  const english = inWords('{count} {count:point moves|points move}', { count: 1 });
  assert.equal(english, '1 point moves');
  assert.equal(inWords('{count} {count:point moves|points move} {other}', { count: 2 }), '2 points move {other}');
  for (const rule of CHECKS) assert.ok(!/\w\(s\)/.test(rule.text), rule.id);
});
