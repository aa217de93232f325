// What the editor's own readers and commands say has its Chinese; what nobody translated is shown as the original, and said to be.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faultInChinese, noteInChinese, wordInChinese } from '../../../js/editor/ui/sentences/said.mjs';
import { FAULTS, FIXES, PLACES } from '../../../js/editor/ui/sentences/faults_zh.mjs';
import { NOTES, WORDS } from '../../../js/editor/ui/sentences/notes_zh.mjs';
import { createStrings, InWords, reasonOf } from '../../../js/editor/ui/strings.mjs';

const EDITOR = new URL('../../../js/editor/', import.meta.url);

/** What some blanks hold. @type {Record<string, string>} */
const FILLED = { where: 'track 7 at frame 7', what: 'is "7", not a number', ELSEWHERE: 'the editor in ComfyUI and that of "wan-move edit" read it, with their server' };

/** From the quote at `at`: the text, blanks as they may be filled. A blank that chooses between words gives each of them. */
function literals(source, at) {
  const quote = source[at];
  let texts = [''];
  const add = (parts) => (texts = texts.flatMap((text) => parts.map((part) => text + part)));
  for (let i = at + 1; source[i] !== quote; i++) {
    if (source[i] === '\\') add([source[++i]]);
    else if (quote === '`' && source.startsWith('${', i)) {
      let end = i + 2;
      for (let depth = 1; depth; end++) depth += source[end] === '{' ? 1 : source[end] === '}' ? -1 : 0;
      const inside = source.slice(i + 2, end - 1);
      const noun = inside.match(/^count\(.*, '([\w ]+)'\)$/)?.[1];
      const chosen = inside.includes('?') ? [...inside.matchAll(/[?:] '([^']*)'/g)].map(([, words]) => words) : [];
      add(noun ? [`1 ${noun}`, `3 ${noun}s`] : chosen.length === 2 ? chosen : [FILLED[inside] ?? (inside.includes("join(', ')") ? '7, 7' : inside.includes('.message') ? 'the file is empty' : '7')]);
      i = end - 1;
    } else add([source[i]]);
  }
  return texts;
}

function* saidIn(folders, call) {
  for (const folder of folders) {
    for (const name of readdirSync(new URL(folder, EDITOR)).filter((file) => file.endsWith('.mjs'))) {
      const source = readFileSync(new URL(folder + name, EDITOR), 'utf8');
      for (const found of source.matchAll(call)) for (const text of literals(source, found.index + found[0].length - 1)) yield [name, text];
    }
  }
}

test('every note of a report has its Chinese', () => {
  let seen = 0;
  for (const [name, text] of saidIn(['motion/formats/', 'commands/', 'files/'], /(?:\bsay\(report, (?:taken === 'norm' \? )?|report\.(?:push|unshift)\(|notes: \[|report: \[|problem: )['"`]/g)) {
    assert.ok(!noteInChinese(text).startsWith('（原文）'), `${name}: ${text}`);
    seen++;
  }
  assert.ok(seen > 60, `only ${seen} were found`);
});

test('every fault of reading, writing and drawing has its Chinese', () => {
  let seen = 0;
  for (const [name, text] of saidIn(['motion/formats/', 'commands/', 'files/', 'recording/'], /RangeError\(['"`]/g)) {
    // Of a fault that is filled in as a whole, the filling is what is said.
    if (/^7(: 7|; 7)*$/.test(text) || text === '7: 7; 7') continue;
    const said = faultInChinese(text);
    assert.ok(!said.includes('（原文）'), `${name}: ${text} -> ${said}`);
    seen++;
  }
  assert.ok(seen > 50, `only ${seen} were found`);
});

test('a sentence of the core: where stays, what and how to mend it are told, the file\'s own words are kept', () => {
  assert.equal(faultInChinese('a: b.csv: row 3 has 2 columns, the heading 4. Fix: correct that row.'), 'a: b.csv：第 3 行有 2 列，表头有 4 列。解决办法：请改正该行');
  assert.equal(faultInChinese('Export: unknown format \'x\'. Fix: use one of csv, nuke.'), '导出：未知的格式 \'x\'。解决办法：可用：csv, nuke');
  assert.equal(faultInChinese('text 2 of the list holds no points: the file is empty: give a file of tracks'), '列表中的第 2 段文本没有点：文件是空的：请给出轨迹文件');
  assert.equal(noteInChinese('12 tracks: 3 still (anchors), 9 frame by frame.'), '12 条轨迹：3 条静止（锚点），9 条逐帧保存。');
  assert.equal(faultInChinese('Motion document: layer 2 (Ball) / points: 0 of them. Fix: use 1 to 4096.'), '运动文档：第 2 层 (Ball) / points：有 0 个。解决办法：请用 1 到 4096');
  assert.equal(noteInChinese('Not imported: visibility, frame, scale of points.'), '未导入：visibility, frame, 点的缩放。');
  assert.equal(noteInChinese('The file\'s $& is not imported.'), '文件中的 $& 未导入。');
});

test('what has no Chinese is shown whole, as the original; English pages change nothing; our own words stay', () => {
  assert.equal(noteInChinese('A sentence from tomorrow.'), '（原文）A sentence from tomorrow.');
  assert.equal(faultInChinese('a.bin: a fault from tomorrow. Fix: wait.'), '（原文）a.bin: a fault from tomorrow. Fix: wait.');
  assert.equal(faultInChinese('a.npy: not a .npy file. Fix: wait.'), 'a.npy：这不是 .npy 文件。解决办法：（原文）wait');
  assert.deepEqual(['ball, still', 'ball, 1 to 64', 'ball 3', 'still'].map(createStrings({}, 'zh').layer), ['ball，静止', 'ball，1 到 64', 'ball 3', 'still']);
  assert.equal(wordInChinese('somebody\'s kind'), 'somebody\'s kind');
  const [english, chinese] = [createStrings(), createStrings({}, 'zh')];
  assert.equal(english.note('One track of [frames, 2].'), 'One track of [frames, 2].');
  assert.equal(reasonOf(new RangeError('the file is empty: give a file of tracks'), english), 'the file is empty: give a file of tracks');
  assert.equal(reasonOf(new InWords(chinese('import.nothing')), chinese), chinese('import.nothing'));
});

test('each line fills the blanks that it has, and no sentence stands twice', () => {
  for (const table of [NOTES, WORDS, FAULTS, FIXES, PLACES]) {
    assert.equal(new Set(table.map(([english]) => english)).size, table.length);
    for (const [english, chinese] of table) {
      const blanks = english.split('{}').length - 1;
      for (const [, n] of chinese.matchAll(/\{(\d)\}/g)) assert.ok(Number(n) >= 1 && Number(n) <= Math.max(blanks, 1), english);
    }
  }
});
