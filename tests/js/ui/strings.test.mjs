// Every language has every word, with the same blanks to fill in.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createStrings, ENGLISH, tableFor } from '../../../js/editor/ui/strings.mjs';
import { CHINESE } from '../../../js/editor/ui/strings_zh.mjs';

const blanks = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

test('the tables have the same keys and the same blanks', () => {
  assert.deepEqual(Object.keys(CHINESE).sort(), Object.keys(ENGLISH).sort());
  for (const key of Object.keys(ENGLISH)) {
    assert.deepEqual(blanks(CHINESE[key]), blanks(ENGLISH[key]), key);
    assert.ok(CHINESE[key].trim().length > 0, key);
  }
});

test('a language tag chooses its table, the host\'s own words win, a gap shows itself', () => {
  for (const tag of ['zh', 'zh-CN', 'zh-Hans-CN', 'ZH-sg']) assert.equal(tableFor(tag), CHINESE);
  for (const tag of ['', undefined, 'en-GB', 'zh-TW', 'zh-Hant', 'de']) assert.equal(tableFor(tag), ENGLISH);
  assert.equal(createStrings({ done: 'Fertig' }, 'zh')('done'), 'Fertig');
  assert.equal(createStrings({}, 'zh')('status.issues', { count: 3 }), '3 个问题');
  assert.equal(createStrings()('no.such.word'), 'no.such.word');
});

test('every word that the editor asks for by name exists', () => {
  const folder = new URL('../../../js/editor/', import.meta.url);
  for (const name of readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.mjs'))) {
    for (const [, key] of readFileSync(new URL(name, folder), 'utf8').matchAll(/\bt\("([a-z][\w.-]*)"/g)) assert.ok(key in ENGLISH, `${name}: ${key}`);
  }
});

test('one is one and two are two, in languages that tell them apart', () => {
  const [english, chinese] = [createStrings(), createStrings({}, 'zh')];
  assert.equal(english('status.issues', { count: 1 }), '1 issue');
  assert.equal(english('status.issues', { count: 0 }), '0 issues');
  assert.equal(english('hold.done', { count: 1 }), '1 anchor holds the background.');
  assert.equal(english('hold.done', { count: 2 }), '2 anchors hold the background.');
  assert.equal(chinese('status.issues', { count: 1 }), '1 个问题');
  for (const text of Object.values(ENGLISH)) assert.ok(!/\w\(s\)/.test(text), text);
});
