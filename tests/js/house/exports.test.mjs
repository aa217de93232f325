// What a module offers is wanted by somebody: another module, a page, or a test of it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../../', import.meta.url);
const filesIn = (folder, ending) => readdirSync(new URL(folder, ROOT), { recursive: true }).filter((name) => ending.test(name)).map((name) => new URL(folder + name.replaceAll('\\', '/'), ROOT).href);
const MODULES = filesIn('js/', /\.m?js$/);
const TESTS = [...filesIn('tests/js/', /\.m?js$/), ...filesIn('tests/bench/', /\.m?js$/)];
/** A page's script and Python hold imports in strings, by an address that ends as the file's does. */
const OTHERS = filesIn('tests/', /\.py$/).concat(filesIn('tests/bench/', /\.js$/)).map((href) => readFileSync(new URL(href), 'utf8')).join('\n');

const names = (list) => list.split(',').map((part) => part.trim().split(/\s+as\s+/)).filter(([name]) => name);

/** @returns {{offered: Set<string>, wants: {from: string, name: string}[], passed: {as: string, from: string, name: string}[]}} */
function linksOf(href) {
  const source = readFileSync(new URL(href), 'utf8').replace(/^\s*(\/\*\*?|\*).*$/gm, '');
  const offered = new Set([...source.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm)].map(([, name]) => name));
  for (const [, list] of source.matchAll(/^export \{([^}]*)\};/gm)) for (const [name, as = name] of names(list)) offered.add(as);
  const wants = [];
  const passed = [];
  const at = (address) => new URL(address, href).href;
  for (const [, list, address] of source.matchAll(/\bimport \{([^}]*)\} from ['"](\.[^'"]*)['"]/g)) for (const [name] of names(list)) wants.push({ from: at(address), name });
  for (const [, list, address] of source.matchAll(/\bexport \{([^}]*)\} from ['"](\.[^'"]*)['"]/g)) for (const [name, as = name] of names(list)) passed.push({ as, from: at(address), name });
  for (const [, address] of source.matchAll(/\bimport \* as \w+ from ['"](\.[^'"]*)['"]/g)) wants.push({ from: at(address), name: '*' });
  for (const [, list, address] of source.matchAll(/\{([^{}]*)\} = await import\((?:new URL\()?['"](\.[^'"]*)['"]/g)) for (const [name] of names(list.replaceAll(':', ' as '))) wants.push({ from: at(address), name });
  // A module that is loaded as a whole later, or by a worker.
  for (const [, address] of source.matchAll(/(?<!await )\bimport\(['"](\.[^'"]*)['"]\)/g)) wants.push({ from: at(address), name: '*' });
  return { offered, wants, passed };
}

test('no export is without a caller or a test', () => {
  const links = new Map([...MODULES, ...TESTS].map((href) => [href, linksOf(href)]));
  const wanted = new Set();
  const want = (from, name) => {
    if (wanted.has(`${from} ${name}`)) return;
    wanted.add(`${from} ${name}`);
    for (const one of links.get(from)?.passed ?? []) if (one.as === name || name === '*') want(one.from, one.name);
  };
  for (const { wants } of links.values()) for (const { from, name } of wants) want(from, name);
  const left = [];
  for (const href of MODULES) {
    const { offered, passed } = links.get(href);
    const short = href.slice(ROOT.href.length);
    for (const name of [...offered, ...passed.map(({ as }) => as)]) {
      const inText = OTHERS.includes(short.replace(/^js\//, '')) && new RegExp(`\\b${name}\\b`).test(OTHERS);
      if (!wanted.has(`${href} ${name}`) && !wanted.has(`${href} *`) && !inText) left.push(`${short}: ${name}`);
    }
  }
  assert.deepEqual(left, []);
});

test('the check would see a dead export', () => {
  const { offered, wants, passed } = linksOf(new URL('js/editor/editor.mjs', ROOT).href);
  assert.ok(offered.has('openEditor') && wants.some(({ name }) => name === 'createStrings') && passed.some(({ as }) => as === 'createThumbnail'));
});
