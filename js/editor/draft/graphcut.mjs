// The cheapest outline between what surely is the thing and what surely is not: a minimum cut on a grid of eight neighbours (Boykov and Kolmogorov, "An
// experimental comparison of min-cut/max-flow algorithms", 2004), where cutting between like colours is dear.

/** Right, down, down-right, down-left, and their opposites. */
const STEP_C = [1, 0, 1, -1, -1, 0, -1, 1];
const STEP_R = [0, 1, 1, 1, 0, -1, -1, -1];
const ORPHAN = -2;
const TERMINAL = -1;
const [FREE, SOURCE, SINK] = [0, 1, 2];

/**
 * @param {number} cols @param {number} rows @param {Float32Array} pull [cols*rows] positive: cost of calling the cell background; negative: of calling it the thing
 * @param {Float32Array} links [cols*rows*4] cost of a cut to the right, below, below right, below left @returns {Uint8Array} [cols*rows] 1: the thing */
export function minimumCut(cols, rows, pull, links) {
  const count = cols * rows;
  const cap = new Float32Array(count * 8);
  const next = Int32Array.from({ length: 8 }, (_, k) => STEP_R[k] * cols + STEP_C[k]);
  const rest = Float32Array.from(pull);
  for (let i = 0; i < count; i++) {
    const [c, r] = [i % cols, (i / cols) | 0];
    for (let k = 0; k < 4; k++) {
      if (c + STEP_C[k] < 0 || c + STEP_C[k] >= cols || r + STEP_R[k] >= rows) continue;
      cap[8 * i + k] = links[4 * i + k];
      cap[8 * (i + next[k]) + k + 4] = links[4 * i + k];
    }
  }
  const tree = new Uint8Array(count);
  /** Direction to the parent, or TERMINAL or ORPHAN. */
  const parent = new Int8Array(count).fill(ORPHAN);
  const queued = new Uint8Array(count);
  /** @type {number[]} */
  let active = [];
  let head = 0;
  const wake = (/** @type {number} */ i) => {
    if (queued[i]) return;
    queued[i] = 1;
    active.push(i);
  };
  for (let i = 0; i < count; i++) {
    if (!rest[i]) continue;
    tree[i] = rest[i] > 0 ? SOURCE : SINK;
    parent[i] = TERMINAL;
    wake(i);
  }
  /** @type {number[]} */
  const orphans = [];
  const opposite = (/** @type {number} */ k) => (k + 4) & 7;

  /** Whether a cell still hangs on its terminal. @param {number} i @returns {number} how far, 0: it does not */
  function rooted(i) {
    let steps = 0;
    let at = i;
    while (parent[at] >= 0) {
      at += next[parent[at]];
      if (++steps > count) return 0;
    }
    return parent[at] === TERMINAL ? steps + 1 : 0;
  }

  /** @param {number} s in the source's tree @param {number} k direction to the sink's tree */
  function augment(s, k) {
    const t = s + next[k];
    let flow = cap[8 * s + k];
    let at = s;
    while (parent[at] >= 0) {
      const up = parent[at];
      flow = Math.min(flow, cap[8 * (at + next[up]) + opposite(up)]);
      at += next[up];
    }
    flow = Math.min(flow, rest[at]);
    at = t;
    while (parent[at] >= 0) {
      flow = Math.min(flow, cap[8 * at + parent[at]]);
      at += next[parent[at]];
    }
    flow = Math.min(flow, -rest[at]);
    cap[8 * s + k] -= flow;
    cap[8 * t + opposite(k)] += flow;
    at = s;
    while (parent[at] >= 0) {
      const up = parent[at];
      const above = at + next[up];
      cap[8 * above + opposite(up)] -= flow;
      cap[8 * at + up] += flow;
      if (cap[8 * above + opposite(up)] <= 1e-6) {
        cap[8 * above + opposite(up)] = 0;
        parent[at] = ORPHAN;
        orphans.push(at);
      }
      at = above;
    }
    rest[at] -= flow;
    if (rest[at] <= 1e-6) {
      rest[at] = 0;
      parent[at] = ORPHAN;
      orphans.push(at);
    }
    at = t;
    while (parent[at] >= 0) {
      const up = parent[at];
      cap[8 * at + up] -= flow;
      cap[8 * (at + next[up]) + opposite(up)] += flow;
      const above = at + next[up];
      if (cap[8 * at + up] <= 1e-6) {
        cap[8 * at + up] = 0;
        parent[at] = ORPHAN;
        orphans.push(at);
      }
      at = above;
    }
    rest[at] += flow;
    if (rest[at] >= -1e-6) {
      rest[at] = 0;
      parent[at] = ORPHAN;
      orphans.push(at);
    }
  }

  function adopt() {
    while (orphans.length) {
      const i = /** @type {number} */ (orphans.pop());
      const [c, r] = [i % cols, (i / cols) | 0];
      let [best, least] = [-1, Infinity];
      for (let k = 0; k < 8; k++) {
        if (c + STEP_C[k] < 0 || c + STEP_C[k] >= cols || r + STEP_R[k] < 0 || r + STEP_R[k] >= rows) continue;
        const j = i + next[k];
        if (tree[j] !== tree[i] || !(tree[i] === SOURCE ? cap[8 * j + opposite(k)] : cap[8 * i + k])) continue;
        const steps = rooted(j);
        if (steps && steps < least) [best, least] = [k, steps];
      }
      if (best >= 0) {
        parent[i] = best;
        continue;
      }
      for (let k = 0; k < 8; k++) {
        if (c + STEP_C[k] < 0 || c + STEP_C[k] >= cols || r + STEP_R[k] < 0 || r + STEP_R[k] >= rows) continue;
        const j = i + next[k];
        if (tree[j] !== tree[i]) continue;
        if (tree[i] === SOURCE ? cap[8 * j + opposite(k)] : cap[8 * i + k]) wake(j);
        if (parent[j] === opposite(k)) {
          parent[j] = ORPHAN;
          orphans.push(j);
        }
      }
      tree[i] = FREE;
    }
  }

  while (head < active.length) {
    const i = active[head];
    if (head > 65536) {
      active = active.slice(head);
      head = 0;
    }
    let met = -1;
    if (tree[i] !== FREE) {
      const [c, r] = [i % cols, (i / cols) | 0];
      for (let k = 0; k < 8 && met < 0; k++) {
        if (c + STEP_C[k] < 0 || c + STEP_C[k] >= cols || r + STEP_R[k] < 0 || r + STEP_R[k] >= rows) continue;
        const j = i + next[k];
        if (!(tree[i] === SOURCE ? cap[8 * i + k] : cap[8 * j + opposite(k)])) continue;
        if (tree[j] === FREE) {
          tree[j] = tree[i];
          parent[j] = opposite(k);
          wake(j);
        } else if (tree[j] !== tree[i]) met = k;
      }
    }
    if (met < 0) {
      queued[i] = 0;
      head++;
      continue;
    }
    if (tree[i] === SOURCE) augment(i, met);
    else augment(i + next[met], opposite(met));
    adopt();
  }
  return Uint8Array.from(tree, (owner) => (owner === SOURCE ? 1 : 0));
}
