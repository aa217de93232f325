// The cut between superpixels against the draft's cut on a grid: two algorithms, one least cost.

import assert from 'node:assert/strict';
import test from 'node:test';
import { networkOf } from '../../../js/editor/cutout/flow.mjs';
import { minimumCut } from '../../../js/editor/draft/graphcut.mjs';
import { randomizer } from '../random.mjs';

const cost = (cut, pull, borders, links) => {
  let sum = 0;
  pull.forEach((v, n) => (sum += cut[n] ? Math.max(0, -v) : Math.max(0, v)));
  borders.from.forEach((a, k) => (sum += cut[a] !== cut[borders.to[k]] ? links[k] : 0));
  return sum;
};

test('the cheapest cut costs as much as another algorithm finds', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomizer(seed);
    const [cols, rows] = [3 + Math.floor(random() * 9), 3 + Math.floor(random() * 9)];
    const pull = Float32Array.from({ length: cols * rows }, () => Math.round(20 * (random() - 0.5)));
    const grid = new Float32Array(cols * rows * 4);
    const [from, to, links] = [[], [], []];
    for (let i = 0; i < cols * rows; i++) {
      const [c, r] = [i % cols, Math.floor(i / cols)];
      for (const [k, dc, dr] of [[0, 1, 0], [1, 0, 1], [2, 1, 1], [3, -1, 1]]) {
        if (c + dc < 0 || c + dc >= cols || r + dr >= rows) continue;
        grid[4 * i + k] = Math.floor(random() * 9);
        from.push(i);
        to.push(i + dr * cols + dc);
        links.push(grid[4 * i + k]);
      }
    }
    const borders = { from: Int32Array.from(from), to: Int32Array.from(to), length: new Float32Array(from.length), strength: new Float32Array(from.length) };
    const own = networkOf(pull.length, borders).cut(pull, Float32Array.from(links));
    const other = minimumCut(cols, rows, pull, grid);
    assert.equal(cost(own, pull, borders, links), cost(other, pull, borders, links), `seed ${seed}`);
  }
});

test('a network can be cut again with other wishes', () => {
  const borders = { from: Int32Array.of(0, 1), to: Int32Array.of(1, 2), length: Float32Array.of(1, 1), strength: Float32Array.of(0, 0) };
  const network = networkOf(3, borders);
  assert.deepEqual([...network.cut(Float32Array.of(9, 0, -9), Float32Array.of(1, 5))], [1, 0, 0]);
  assert.deepEqual([...network.cut(Float32Array.of(9, 0, -9), Float32Array.of(5, 1))], [1, 1, 0]);
  assert.deepEqual([...network.cut(Float32Array.of(9, 0, -9), Float32Array.of(1, 5))], [1, 0, 0]);
});

test('cuts for growing pulls are those that each would have from the beginning', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomizer(seed);
    const count = 40;
    const [from, to] = [[], []];
    for (let a = 0; a < count; a++) for (let b = a + 1; b < Math.min(count, a + 7); b++) if (random() < 0.5) [from, to].forEach((list, side) => list.push(side ? b : a));
    const borders = { from: Int32Array.from(from), to: Int32Array.from(to), length: new Float32Array(from.length), strength: new Float32Array(from.length) };
    const links = Float32Array.from(from, () => Math.floor(8 * random()));
    const pull = Float32Array.from({ length: count }, () => Math.round(24 * (random() - 0.7)));
    const weight = Float32Array.from({ length: count }, () => Math.floor(3 * random()));
    const [one, other] = [networkOf(count, borders), networkOf(count, borders)];
    one.cut(pull, links);
    let parts = 0;
    for (let wish = 1; wish <= 12; wish++) {
      const grown = pull.map((v, n) => v + wish * weight[n]);
      const cut = one.more(1, weight);
      assert.deepEqual(cut, other.cut(grown, links), `seed ${seed}, wish ${wish}`);
      const now = cut.reduce((sum, v) => sum + v, 0);
      assert.ok(now >= parts);
      parts = now;
    }
    assert.ok(parts > 0);
  }
});
