// draft/ shows the picture in motion before anything is generated. It imports geometry/ and motion/ alone: whoever has a canvas may use it.

// Points that one similarity per frame explains: how things are found among tracks at any distance. The rule is written at the head of groups.mjs.

/**
 * Sampled tracks; two points are compared only in frames in which both are seen.
 * @typedef {object} Motion
 * @property {Float64Array[]} at [samples][count*2] px
 * @property {Uint8Array[]} seen [samples][count]; every point that is asked about is seen in the first
 * @property {Float64Array} reach [count] px
 * @property {boolean} [strict] a field is looked through for what goes against it: only what fits closely is one
 */

const MOST_LONE = 48;
/** Of fits that are so near to the best, the nearer thing counts. */
const ALIKE_PX = 2;
/** @param {Motion} motion */
const scalesOf = ({ strict }) => (strict ? [0.7, 1.4] : [0.4, 2.5]);

/** How far from its explained place a point may lie. @param {Motion} motion @param {number} n */
const slack = (motion, n) => 3 + (motion.strict ? 0.01 : 0.05) * motion.reach[n];

/** Distance in the first frame. @param {Motion} motion @param {number} a @param {number} b */
export const apartPx = ({ at: [xy] }, a, b) => Math.hypot(xy[2 * a] - xy[2 * b], xy[2 * a + 1] - xy[2 * b + 1]);

/** @param {Motion} motion @param {number[]} group @param {number} n */
const nearestPx = (motion, group, n) => group.reduce((least, other) => Math.min(least, apartPx(motion, other, n)), Infinity);

/**
 * Turn and scale (m, complex) and shift (c) per frame through the seen points of a group. One seen point gives the shift, with turn and scale of the frame before.
 * @param {Motion} motion @param {number[]} group @returns {{m: Float64Array, c: Float64Array, known: Uint8Array}} m, c [samples*2] */
function similarities({ at, seen }, group) {
  const frames = at.length;
  const [m, c, known] = [new Float64Array(2 * frames), new Float64Array(2 * frames), new Uint8Array(frames)];
  const start = at[0];
  for (let f = 0; f < frames; f++) {
    const before = 2 * Math.max(0, f - 1);
    const on = group.filter((n) => seen[f][n]);
    m.set(f ? [m[before], m[before + 1]] : [1, 0], 2 * f);
    c.set([c[before], c[before + 1]], 2 * f);
    if (!on.length) continue;
    let [ax, ay, bx, by] = [0, 0, 0, 0];
    for (const n of on) {
      ax += start[2 * n] / on.length;
      ay += start[2 * n + 1] / on.length;
      bx += at[f][2 * n] / on.length;
      by += at[f][2 * n + 1] / on.length;
    }
    let [power, re, im] = [0, 0, 0];
    for (const n of on) {
      const [x, y, u, v] = [start[2 * n] - ax, start[2 * n + 1] - ay, at[f][2 * n] - bx, at[f][2 * n + 1] - by];
      power += x * x + y * y;
      re += x * u + y * v;
      im += x * v - y * u;
    }
    if (power >= 1) m.set([re / power, im / power], 2 * f);
    c.set([bx - (m[2 * f] * ax - m[2 * f + 1] * ay), by - (m[2 * f] * ay + m[2 * f + 1] * ax)], 2 * f);
    known[f] = 1;
  }
  return { m, c, known };
}

/** How far each point is at most from where the motion of the group brings it, px. @param {Motion} motion @param {number[]} group @param {number[]} points @returns {number[]} */
export function misfits(motion, group, points) {
  const { m, c, known } = similarities(motion, group);
  const { at, seen } = motion;
  return points.map((n) => {
    const [x, y] = [at[0][2 * n], at[0][2 * n + 1]];
    let worst = 0;
    for (let f = 0; f < at.length; f++) {
      if (!known[f] || !seen[f][n]) continue;
      worst = Math.max(worst, Math.hypot(m[2 * f] * x - m[2 * f + 1] * y + c[2 * f] - at[f][2 * n], m[2 * f] * y + m[2 * f + 1] * x + c[2 * f + 1] - at[f][2 * n + 1]));
    }
    return worst;
  });
}

/** Every point in exactly one thing. @param {Motion} motion @param {number[]} points @param {number} near_px @param {boolean} small also things of one and two points @returns {number[][]} */
export function thingsOf(motion, points, near_px, small) {
  /** @type {number[][]} */
  let things = [];
  let left = points;
  if (left.length >= 2) left = take(motion, left, left.map((a) => [a, left.reduce((best, b) => (b !== a && (best < 0 || apartPx(motion, a, b) < apartPx(motion, a, best)) ? b : best), -1)]), things);
  if (small && left.length >= 3 && left.length <= MOST_LONE) left = take(motion, left, left.flatMap((a, i) => left.slice(i + 1).map((b) => [a, b])), things);
  things.push(...left.map((n) => [n]));
  if (small) things = united(motion, chained(motion, atHome(motion, things), near_px));
  return settled(motion, things);
}

/** Moves the best supported proposals from `left` into `things`. @param {Motion} motion @param {number[]} left @param {number[][]} proposals @param {number[][]} things @returns {number[]} what is left */
function take(motion, left, proposals, things) {
  let support = proposals.map(([a, b]) => left.filter((n) => explains(motion, a, b, n)));
  let free = new Set(left);
  for (;;) {
    support = support.map((list) => list.filter((n) => free.has(n)));
    /** @type {number[]} */
    let group = [];
    for (const list of support) if (list.length > group.length) group = list;
    if (group.length < 3) return left.filter((n) => free.has(n));
    const used = group;
    const all = [...free];
    for (let round = 0; round < 3 && group.length >= 3; round++) {
      const off = misfits(motion, group, all);
      group = all.filter((n, i) => off[i] <= slack(motion, n));
    }
    support = support.filter((list) => list !== used);
    // A pair that is hidden early explains what parts later: all of them together must agree.
    const own = misfits(motion, group, group);
    const [least, most] = scalesOf(motion);
    const { m } = similarities(motion, group);
    const scales = motion.at.map((_, f) => Math.hypot(m[2 * f], m[2 * f + 1]));
    if (group.length < 3 || Math.min(...scales) <= least || Math.max(...scales) >= most || group.some((n, i) => own[i] > 1.5 * slack(motion, n))) continue;
    things.push(group);
    const gone = new Set(group);
    free = new Set([...free].filter((n) => !gone.has(n)));
  }
}

/** Whether the similarity through points a and b brings n to where it is seen. @param {Motion} motion @param {number} a @param {number} b @param {number} n */
function explains(motion, a, b, n) {
  const { at, seen } = motion;
  const [s, limit] = [at[0], slack(motion, n)];
  const [least, most] = scalesOf(motion);
  const [ax, ay] = [s[2 * a], s[2 * a + 1]];
  const [dx, dy] = [s[2 * b] - ax, s[2 * b + 1] - ay];
  const power = dx * dx + dy * dy;
  if (power < 1) return false;
  const [px, py] = [s[2 * n] - ax, s[2 * n + 1] - ay];
  for (let f = 1; f < at.length; f++) {
    if (!seen[f][a] || !seen[f][b]) continue;
    const xy = at[f];
    const [ux, uy] = [xy[2 * b] - xy[2 * a], xy[2 * b + 1] - xy[2 * a + 1]];
    const [re, im] = [(ux * dx + uy * dy) / power, (uy * dx - ux * dy) / power];
    const scale = Math.hypot(re, im);
    if (scale < least || scale > most) return false;
    if (seen[f][n] && Math.hypot(xy[2 * a] + re * px - im * py - xy[2 * n], xy[2 * a + 1] + re * py + im * px - xy[2 * n + 1]) > limit) return false;
  }
  return true;
}

/** By how much the distance changes, and by how much the ways differ, while both are seen, px. @param {Motion} motion @param {number} a @param {number} b */
function between({ at, seen }, a, b) {
  const [s] = at;
  const start = Math.hypot(s[2 * a] - s[2 * b], s[2 * a + 1] - s[2 * b + 1]);
  let [change, differ, frames] = [0, 0, 0];
  for (let f = 0; f < at.length; f++) {
    if (!seen[f][a] || !seen[f][b]) continue;
    const xy = at[f];
    const [dx, dy] = [xy[2 * a] - xy[2 * b], xy[2 * a + 1] - xy[2 * b + 1]];
    change = Math.max(change, Math.abs(Math.hypot(dx, dy) - start));
    differ = Math.max(differ, Math.hypot(dx - s[2 * a] + s[2 * b], dy - s[2 * a + 1] + s[2 * b + 1]));
    frames++;
  }
  return { start, change, differ, frames };
}

/** A point that several things of three or more explain belongs to the best, a lone one to any of them. @param {Motion} motion @param {number[][]} things @returns {number[][]} */
function atHome(motion, things) {
  const points = things.flat();
  const home = things.flatMap((thing, k) => thing.map(() => k));
  const count = things.map((thing) => thing.length);
  const firm = things.flatMap((thing, k) => (thing.length > 2 ? [{ thing, k, off: misfits(motion, thing, points) }] : []));
  points.forEach((n, i) => {
    const fits = firm.filter(({ off }) => off[i] <= slack(motion, n));
    const least = Math.min(...fits.map(({ off }) => off[i]));
    // As good as the best, and of these the nearest.
    const good = fits.filter(({ off }) => off[i] <= least + ALIKE_PX).map(({ thing, k }) => ({ k, apart: nearestPx(motion, thing.filter((other) => other !== n), n) }));
    if (!good.length) return;
    const [here, there] = [home[i], good.reduce((best, one) => (one.apart < best.apart ? one : best)).k];
    if (there === here || count[here] === 2 || count[here] === 3) return;
    home[i] = there;
    count[here]--;
    count[there]++;
  });
  return things.map((_, k) => points.filter((__, i) => home[i] === k)).filter((thing) => thing.length);
}

/** Near points that keep their distance, with all that is theirs, unless two of them contradict it. @param {Motion} motion @param {number[][]} things @param {number} near_px @returns {number[][]} */
function chained(motion, things, near_px) {
  const points = things.flat();
  const label = things.flatMap((thing, k) => thing.map(() => k));
  const firm = things.map((thing) => (thing.length > 2 ? [thing] : []));
  const against = new Uint8Array(points.length ** 2);
  const links = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      if (apartPx(motion, points[i], points[j]) >= near_px) continue;
      const { start, change, frames } = between(motion, points[i], points[j]);
      if (change <= 0.15 * start + 4) links.push({ i, j, start, frames });
      if (change > 0.5 * start + 8) against[i * points.length + j] = against[j * points.length + i] = 1;
    }
  }
  // Who is seen together longest decides first, then who is nearest.
  links.sort((a, b) => b.frames - a.frames || a.start - b.start);
  for (const { i, j } of links) {
    const [one, two] = [label[i], label[j]];
    if (one === two) continue;
    const [ones, twos] = [one, two].map((value) => label.flatMap((own, k) => (own === value ? [k] : [])));
    if (ones.some((a) => twos.some((b) => against[a * points.length + b]))) continue;
    // Two that pass each other keep some distance by chance; what hangs together has a joint.
    if (firm[one].length && firm[two].length && !firm[one].some((a) => firm[two].some((b) => haveJoint(motion, a, b)))) continue;
    for (const k of twos) label[k] = one;
    firm[one].push(...firm[two]);
  }
  return [...new Set(label)].sort((a, b) => a - b).map((value) => points.filter((_, k) => label[k] === value));
}

/** Whether a place between two things is carried alike by both, as an elbow by the arm's two parts. @param {Motion} motion @param {number[]} one @param {number[]} two */
function haveJoint(motion, one, two) {
  const [start] = motion.at;
  const [first, second] = [similarities(motion, one), similarities(motion, two)];
  let [apart, x, y] = [Infinity, 0, 0];
  for (const a of one) {
    for (const b of two) {
      if (apartPx(motion, a, b) >= apart) continue;
      apart = apartPx(motion, a, b);
      [x, y] = [0, 1].map((axis) => (start[2 * a + axis] + start[2 * b + axis]) / 2);
    }
  }
  const frames = [...motion.at.keys()].filter((f) => first.known[f] && second.known[f]);
  /** How far apart both carry a place. @param {number} f @param {number} px @param {number} py */
  const parted = (f, px, py) => {
    const [re, im] = [0, 1].map((k) => first.m[2 * f + k] - second.m[2 * f + k]);
    return { re, im, dx: re * px - im * py + first.c[2 * f] - second.c[2 * f], dy: re * py + im * px + first.c[2 * f + 1] - second.c[2 * f + 1] };
  };
  // Where both agree best, or as near to it as lies between the two.
  let [power, wx, wy] = [0, 0, 0];
  for (const f of frames) {
    const { re, im, dx, dy } = parted(f, x, y);
    power += re * re + im * im;
    wx -= re * dx + im * dy;
    wy -= re * dy - im * dx;
  }
  [wx, wy] = [wx, wy].map((v) => v / Math.max(power, 1e-9));
  const part = Math.min(1, apart / 2 / Math.max(Math.hypot(wx, wy), 1e-9));
  const limit = 3 + 0.05 * Math.min(...[one, two].map((thing) => Math.max(...thing.map((n) => motion.reach[n]))));
  return frames.every((f) => {
    const { dx, dy } = parted(f, x + part * wx, y + part * wy);
    return Math.hypot(dx, dy) <= limit;
  });
}

/** Things that one similarity explains together are one; a lone point joins what explains it. @param {Motion} motion @param {number[][]} things @returns {number[][]} */
function united(motion, things) {
  const large = things.filter((thing) => thing.length > 1);
  const far = (/** @type {number[]} */ thing) => Math.max(...thing.map((n) => motion.reach[n]));
  for (let i = 0; i < large.length; i++) {
    for (let j = large.length - 1; j > i; j--) {
      const union = [...large[i], ...large[j]];
      if (Math.max(...misfits(motion, union, union)) > 3 + 0.02 * Math.min(far(large[i]), far(large[j]))) continue;
      large[i] = union;
      large.splice(j, 1);
    }
  }
  /** @type {number[]} */
  const lone = [];
  for (const [n] of things.filter((thing) => thing.length === 1)) {
    const fits = large.filter((thing) => thing.length > 2 && misfits(motion, thing, [n])[0] <= slack(motion, n));
    if (fits.length) fits.reduce((best, thing) => (nearestPx(motion, thing, n) < nearestPx(motion, best, n) ? thing : best)).push(n);
    else lone.push(n);
  }
  const used = new Set();
  for (const a of lone) {
    if (used.has(a)) continue;
    const mates = lone.filter((b) => {
      if (b <= a || used.has(b)) return false;
      const { start, change, differ } = between(motion, a, b);
      return change <= 0.06 * start + 4 && differ <= 0.5 * Math.max(motion.reach[a], motion.reach[b]);
    });
    for (const n of [a, ...mates]) used.add(n);
    large.push([a, ...mates]);
  }
  return large;
}

/** A point that is hidden at times goes to the nearest of the things that explain it where it is seen. @param {Motion} motion @param {number[][]} things @returns {number[][]} */
function settled(motion, things) {
  const home = new Map(things.flatMap((thing, k) => thing.map((n) => [n, k])));
  for (const n of [...home.keys()]) {
    if (motion.seen.every((seen) => seen[n])) continue;
    let [best, least] = [-1, Infinity];
    things.forEach((thing, k) => {
      const rest = thing.filter((other) => other !== n);
      if (rest.length < 2 || misfits(motion, rest, [n])[0] > slack(motion, n)) return;
      const near = nearestPx(motion, rest, n);
      if (near < least) [best, least] = [k, near];
    });
    if (best >= 0) home.set(n, best);
  }
  return things.map((_, k) => [...home].filter(([, own]) => own === k).map(([n]) => n).sort((a, b) => a - b)).filter((thing) => thing.length);
}
