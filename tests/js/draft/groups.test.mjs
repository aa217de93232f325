// Which tracks are one thing, which carry the picture and who rides with whom, on the cases that the core answers too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { emptyDocument } from '../../../js/editor/motion/document/document.mjs';
import { draftGroups } from '../../../js/editor/draft/groups.mjs';
import { withRides } from '../../../js/editor/draft/rides.mjs';

const { cases } = JSON.parse(readFileSync(new URL('../../golden_shared/draft_groups.json', import.meta.url), 'utf8'));
assert.ok(cases.length > 20);
const PLACED_PX = 4;

export function sampledOf({ xy, visible }) {
  const count = xy[0].length;
  return { frames: xy.length, count, xy: Float32Array.from(xy.flat(2)), visible: Uint8Array.from(visible.flat()), layerOf: new Int32Array(count), first: Int32Array.of(0, count) };
}

for (const { name, size_wh, xy, visible, expected } of cases) {
  test(`shared: ${name}`, () => {
    const doc = { ...emptyDocument(), size_wh, frames: xy.length, layers: [{ type: 'dense', id: 'd' }] };
    const { base, carried, objects } = draftGroups(doc, sampledOf({ xy, visible }));
    const sorted = (list) => [...list].sort((a, b) => a - b);
    const groups = objects.map((group) => sorted(group.tracks)).sort((a, b) => a[0] - b[0]);
    assert.deepEqual(groups, expected.groups);
    assert.equal(carried.length > 0, expected.field);
    assert.deepEqual(sorted(base), expected.base);
    for (const [n, group] of Object.entries(expected.rides)) assert.ok(groups[group].includes(Number(n)));
  });
  if (!expected.places) continue;
  test(`shared places of hidden points: ${name}`, () => {
    const doc = { ...emptyDocument(), size_wh, frames: xy.length, layers: [{ type: 'dense', id: 'd' }] };
    const sampled = sampledOf({ xy, visible });
    const { carried, objects } = draftGroups(doc, sampled);
    const whole = withRides(sampled, objects.map((group) => group.tracks), carried);
    for (const [frame, places] of Object.entries(expected.places)) {
      for (const [n, [x, y]] of Object.entries(places)) {
        const at = (Number(frame) * sampled.count + Number(n)) * 2;
        assert.ok(Math.hypot(whole.xy[at] - x, whole.xy[at + 1] - y) < PLACED_PX, `${frame} ${n}`);
      }
    }
  });
}
