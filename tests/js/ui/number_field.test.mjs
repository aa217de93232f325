import assert from 'node:assert/strict';
import test from 'node:test';
import { worth } from '../../../js/editor/ui/number_field.mjs';

test('a sum is worth its value', () => {
  const cases = { '24+8': 32, ' 3 * (2 + 4) ': 18, '1/4': 0.25, '2-3-4': -5, '12/3/2': 2, '-5': -5, '--5': 5, '1,5': 1.5, '.5': 0.5, '50 %': 50, '30px': 30, '90°': 90, '2×3': 6, '8÷2': 4, '−7': -7, '2*-3': -6, '5.': 5 };
  for (const [text, value] of Object.entries(cases)) assert.equal(worth(text), value, text);
});

test('what is no sum is worth nothing', () => {
  for (const text of ['', 'abc', '1+', '(1', '1)', '1 2', '1..2', 'alert(1)', '1e9999', '0x10', '1/0', '('.repeat(500)]) assert.ok(Number.isNaN(worth(text)), text);
});
