// The cheapest cut of a small graph between a source and a sink (Dinic, "Algorithm for solution of a problem of maximum flow in networks", 1970), and the cuts for
// growing pulls one after the other, each from the flow of the one before (Gallo, Grigoriadis and Tarjan, "A fast parametric maximum flow algorithm", 1989).
// The draft's cut works on a grid of pixels; here the nodes are superpixels with any number of neighbours.

/** @typedef {import('./edges.mjs').Borders} Borders */

/**
 * @typedef {object} Network
 * @property {(pull: Float32Array, links: Float32Array) => Uint8Array} cut pull [count]: positive to the thing, negative to the rest; links [borders]: cost of a cut there. Returns [count], 1: the thing
 * @property {(by: number, weight: Float32Array) => Uint8Array} more the same with each node's pull larger by `by * weight`, neither below 0: what was the thing stays it
 */

/** @param {number} count nodes @param {Borders} borders @returns {Network} */
export function networkOf(count, { from, to }) {
  // A pair of arcs for every border, and for every node one from the source and one to the sink; arc a's opposite is a ^ 1.
  const [source, sink] = [count, count + 1];
  const arcs = 2 * from.length + 4 * count;
  const [tail, head, cap] = [new Int32Array(arcs), new Int32Array(arcs), new Float64Array(arcs)];
  const pair = (/** @type {number} */ a, /** @type {number} */ n, /** @type {number} */ m) => {
    [tail[a], head[a], tail[a + 1], head[a + 1]] = [n, m, m, n];
  };
  for (let k = 0; k < from.length; k++) pair(2 * k, from[k], to[k]);
  for (let n = 0; n < count; n++) {
    pair(2 * from.length + 4 * n, source, n);
    pair(2 * from.length + 4 * n + 2, n, sink);
  }
  const first = new Int32Array(count + 3);
  const bySide = new Int32Array(arcs);
  for (let a = 0; a < arcs; a++) first[tail[a] + 1]++;
  for (let n = 0; n < count + 2; n++) first[n + 1] += first[n];
  const put = Int32Array.from(first);
  for (let a = 0; a < arcs; a++) bySide[put[tail[a]]++] = a;
  const level = new Int32Array(count + 2);
  const at = new Int32Array(count + 2);
  const queue = new Int32Array(count + 2);
  const trail = new Int32Array(count + 2);

  /** How many arcs each node is from the source. @returns {boolean} whether the sink is reached */
  function levels() {
    level.fill(-1);
    level[source] = 0;
    let [read, write] = [0, 1];
    queue[0] = source;
    while (read < write) {
      const n = queue[read++];
      for (let e = first[n]; e < first[n + 1]; e++) {
        const a = bySide[e];
        if (cap[a] <= 1e-9 || level[head[a]] >= 0) continue;
        level[head[a]] = level[n] + 1;
        // Nothing farther than the sink lies on a shortest way.
        if (head[a] === sink) return true;
        queue[write++] = head[a];
      }
    }
    return false;
  }

  /** One path of the level graph after the other, without recursion. */
  function saturate() {
    for (let n = 0; n < count + 2; n++) at[n] = first[n];
    let [n, depth] = [source, 0];
    for (;;) {
      if (n === sink) {
        let flow = Infinity;
        for (let d = 0; d < depth; d++) flow = Math.min(flow, cap[trail[d]]);
        let back = 0;
        for (let d = depth - 1; d >= 0; d--) {
          cap[trail[d]] -= flow;
          cap[trail[d] ^ 1] += flow;
          if (cap[trail[d]] <= 1e-9) back = d;
        }
        depth = back;
        n = tail[trail[back]];
        continue;
      }
      let went = false;
      for (; at[n] < first[n + 1]; at[n]++) {
        const a = bySide[at[n]];
        if (cap[a] <= 1e-9 || level[head[a]] !== level[n] + 1) continue;
        trail[depth++] = a;
        n = head[a];
        went = true;
        break;
      }
      if (went) continue;
      if (!depth) return;
      level[n] = -1;
      n = tail[trail[--depth]];
    }
  }

  /** @returns {Uint8Array} what the source still reaches */
  function solved() {
    while (levels()) saturate();
    const thing = new Uint8Array(count);
    for (let n = 0; n < count; n++) thing[n] = level[n] >= 0 ? 1 : 0;
    return thing;
  }

  return {
    cut(pull, links) {
      for (let k = 0; k < from.length; k++) cap[2 * k] = cap[2 * k + 1] = links[k];
      for (let n = 0, a = 2 * from.length; n < count; n++, a += 4) {
        cap[a] = Math.max(0, pull[n]);
        cap[a + 2] = Math.max(0, -pull[n]);
        cap[a + 1] = cap[a + 3] = 0;
      }
      return solved();
    },
    more(by, weight) {
      for (let n = 0, a = 2 * from.length; n < count; n++, a += 4) {
        const pull = by * weight[n];
        // What the node still gives to the sink flows there at once; only the difference of the two counts.
        const through = Math.min(pull, cap[a + 2]);
        cap[a + 2] -= through;
        cap[a] += pull - through;
      }
      return solved();
    },
  };
}
