// The order of the takes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "../../../js/editor/panels/takes.mjs";

const takes = [{ id: "new" }, { id: "poor", score: 0 }, { id: "good", score: 0.9 }, { id: "mid", score: 0.5 }, { id: "mid, older", score: 0.5 }, { id: "old" }];
const ids = (order) => inOrder(takes, order).map((take) => take.id);

test("newest is as the host lists them", () => {
  assert.deepEqual(ids("newest"), takes.map((take) => take.id));
});

test("best: by score, equal ones newest first, what was not measured behind a score of nought", () => {
  assert.deepEqual(ids("best"), ["good", "mid", "mid, older", "poor", "new", "old"]);
  assert.equal(takes[0].id, "new");
});
