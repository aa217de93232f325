// checks/ finds what will not work, by the table of rules that Python shares. It imports document/, evaluation/ and timing/.

// What will not work, and why: the same rules as the core's checker, over the tracks that the document evaluates to.

import { isStill } from '../evaluation/camera.mjs';
import { PICTURE_RULES } from './picture.mjs';
import { inWords, jointsOf, limitOf } from './rule.mjs';
import { CHECKS } from './table.mjs';
import { CELL_PX } from '../evaluation/region.mjs';
import { pathPolyline, sampleScene } from '../evaluation/evaluate.mjs';
import { nearestLengths } from '../timing/timecode.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').Sampled} Sampled */
/** @typedef {import('../document/types.mjs').Issue} Issue */
/** @typedef {import('./picture.mjs').Thing} Thing */

const STRIDE_T = 4;
/** Rounding, no motion. */
const STAYS_PX = 0.01;
/** Ways of moving together that are told apart; of tracks that all go their own way only the first are compared. */
const WAYS = 16;

/** @typedef {import('./rule.mjs').Rule} Rule */

/** Issues in the table's order, then by track. @param {Doc} doc @param {Sampled} sampled @param {readonly Rule[]} [checks] the shared table @param {readonly Thing[]} [things] what the draft found in the picture for these very tracks @returns {Issue[]} */
export function checkDocument(doc, sampled, checks = CHECKS, things = []) {
  const facts = gather(doc, sampled, things);
  return checks.flatMap((rule) => {
    const find = /** @type {Record<string, (facts: Facts, rule: Rule) => Found[]>} */ (RULES)[rule.id];
    return find ? find(facts, rule).map((found) => issueOf(doc, sampled, rule, found)) : [];
  });
}

/** One line for the footer. Information does not count. @param {Issue[]} issues @returns {{ready: boolean, text: string, count: number}} */
export function summarize(issues) {
  const count = groupIssues(issues.filter((issue) => issue.severity !== 'info')).length;
  return { ready: count === 0, count, text: count === 0 ? '✓ ready' : count === 1 ? '1 issue' : `${count} issues` };
}

/** One entry for every rule and layer: a region's thousand points leave the picture as one issue. @param {Issue[]} issues @returns {(Issue & {members: Issue[]})[]} */
export function groupIssues(issues) {
  /** @type {Map<string, Issue & {members: Issue[]}>} */
  const groups = new Map();
  for (const issue of issues) {
    const key = `${issue.id} ${issue.layer}`;
    const group = groups.get(key);
    if (group) group.members.push(issue);
    else groups.set(key, { ...issue, members: [issue] });
  }
  return [...groups.values()];
}

/** `other`: the track that wins. @typedef {{track: number|null, frame: number|null, count: number|null, layer?: string, mend?: import('./picture.mjs').Mend, values?: Record<string, string|number|number[]>, other?: number, frames?: number[]}} Found */
/** @typedef {ReturnType<typeof gather>} Facts */

/** @param {Doc} doc @param {Sampled} sampled @param {readonly Thing[]} things */
function gather(doc, sampled, things) {
  const { frames, count, xy, visible } = sampled;
  const [width, height] = doc.size_wh;
  const scene = isStill(doc) ? sampled : sampleScene(doc);
  /** @type {number[]} */
  const samples = [];
  for (let f = STRIDE_T; f < frames; f += STRIDE_T) samples.push(f);
  const inside = (/** @type {number} */ f, /** @type {number} */ n) => {
    const at = (f * count + n) * 2;
    return xy[at] >= 0 && xy[at] <= width && xy[at + 1] >= 0 && xy[at + 1] <= height;
  };
  const good = (/** @type {number} */ f, /** @type {number} */ n) => visible[f * count + n] === 1 && inside(f, n);
  const usable = Uint8Array.from({ length: count }, (_, n) => (good(0, n) ? 1 : 0));
  const cellsApart = (/** @type {Float32Array} */ at, /** @type {number} */ f, /** @type {number} */ g, /** @type {number} */ n) => {
    const i = (f * count + n) * 2;
    const j = (g * count + n) * 2;
    return Math.hypot(at[i] - at[j], at[i + 1] - at[j + 1]) / CELL_PX;
  };
  const moving = (/** @type {number} */ n, /** @type {Float32Array} */ at, /** @type {number} */ limit) => usable[n] === 1 && samples.some((f) => good(f, n) && cellsApart(at, f, 0, n) > limit);
  const regionOf = Int32Array.from(sampled.layerOf, (i) => (doc.layers[i].type === 'region' ? i : -1));
  return { doc, sampled, things, frames, count, xy, visible, scene: scene.xy, samples, inside, good, usable, cellsApart, moving, regionOf, all: Array.from({ length: count }, (_, n) => n) };
}

const RULES = {
  /** @param {Facts} facts @returns {Found[]} */
  wrong_length({ frames }) {
    if (frames % STRIDE_T === 1) return [];
    const [below, above] = nearestLengths(frames);
    return [{ track: null, frame: null, count: null, values: { frames, either: [below, above] } }];
  },
  /** @param {Facts} facts @returns {Found[]} */
  size_mismatch({ doc }) {
    const [width, height] = doc.size_wh;
    if (width % CELL_PX === 0 && height % CELL_PX === 0) return [];
    return [{ track: null, frame: null, count: null, values: { size: `${width}x${height}`, expected: `${nearest8(width)}x${nearest8(height)}` } }];
  },
  /** @param {Facts} facts @returns {Found[]} */
  hidden_at_start({ all, visible }) {
    return all.filter((n) => !visible[n]).map((track) => ({ track, frame: 0, count: null }));
  },
  /** @param {Facts} facts @returns {Found[]} */
  outside_at_start({ all, visible, inside }) {
    return all.filter((n) => visible[n] && !inside(0, n)).map((track) => ({ track, frame: 0, count: null }));
  },
  /** A document's positions are moved off the border when they are evaluated; this is for tracks from elsewhere. @param {Facts} facts @returns {Found[]} */
  on_border({ doc, all, frames, count, xy, visible }) {
    const [width, height] = doc.size_wh;
    return all.flatMap((n) => {
      const at = framesWhere(frames, (f) => visible[f * count + n] === 1 && (xy[(f * count + n) * 2] === width || xy[(f * count + n) * 2 + 1] === height));
      return at.length ? [{ track: n, frame: at[0], count: at.length }] : [];
    });
  },
  /** What stays in the scene is left behind by the camera: that is what the camera was told to do, as long as some of it is in sight. @param {Facts} facts @returns {Found[]} */
  leaves_picture({ doc, all, usable, frames, count, visible, inside, scene }) {
    const away = (/** @type {number} */ f, /** @type {number} */ n) => Math.hypot(scene[(f * count + n) * 2] - scene[n * 2], scene[(f * count + n) * 2 + 1] - scene[n * 2 + 1]);
    const staying = isStill(doc) ? [] : all.filter((n) => usable[n] && framesWhere(frames, (f) => away(f, n) > STAYS_PX).length === 0);
    const sees = framesWhere(frames, (f) => staying.some((n) => visible[f * count + n] && inside(f, n))).length === frames;
    const leftBehind = new Set(sees ? staying : []);
    return all.flatMap((n) => {
      const at = usable[n] && !leftBehind.has(n) ? framesWhere(frames, (f) => visible[f * count + n] === 1 && !inside(f, n)) : [];
      return at.length ? [{ track: n, frame: at[0], count: at.length, frames: at }] : [];
    });
  },
  /** @param {Facts} facts @returns {Found[]} */
  between_samples({ all, frames, count, visible, samples }) {
    return all.flatMap((n) => {
      const never = frames >= 5 && !samples.some((f) => visible[f * count + n]);
      const short = visibleRuns(visible, frames, count, n).filter(([a, b]) => Math.floor(b / STRIDE_T) * STRIDE_T < a || (a === 0 && never));
      return short.length ? [{ track: n, frame: short[0][0], count: short.length }] : [];
    });
  },
  /** @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  jumps({ all, usable, samples, good, cellsApart, xy }, rule) {
    const threshold = limitOf(rule, 'threshold');
    return all.flatMap((n) => {
      const fast = usable[n] ? samples.filter((f) => good(f - STRIDE_T, n) && good(f, n) && cellsApart(xy, f, f - STRIDE_T, n) > threshold) : [];
      if (fast.length === 0) return [];
      const cells = fast.reduce((most, f) => Math.max(most, cellsApart(xy, f, f - STRIDE_T, n)), 0);
      return [{ track: n, frame: fast[0], count: fast.length, values: { cells: String(Math.ceil(cells * 10) / 10), threshold } }];
    });
  },
  /** @param {Facts} facts @returns {Found[]} */
  shares_cell({ all, usable, samples, good, xy, count, regionOf, sampled }) {
    /** @type {Map<number, {frames: number[], other: number}>} */
    const lost = new Map();
    for (const f of samples) {
      const here = all.filter((n) => usable[n] && good(f, n));
      const cellOf = (/** @type {number} */ n) => Math.floor(xy[(f * count + n) * 2] / CELL_PX) + 65536 * Math.floor(xy[(f * count + n) * 2 + 1] / CELL_PX);
      const winner = new Map(here.map((n) => [cellOf(n), n]));
      for (const n of here) {
        const other = winner.get(cellOf(n)) ?? n;
        if (other === n || (regionOf[n] >= 0 && regionOf[n] === regionOf[other])) continue;
        const entry = lost.get(n);
        if (entry) entry.frames.push(f);
        else lost.set(n, { frames: [f], other });
      }
    }
    return [...lost.entries()].sort((a, b) => a[0] - b[0]).map(([track, { frames, other }]) => ({ track, frame: frames[0], count: frames.length, frames, other }));
  },
  /** @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  no_anchors({ doc, all, usable, moving, xy, things }, rule) {
    const moving_cells = limitOf(rule, 'moving_cells');
    if (!isStill(doc)) return [];
    const ready = all.filter((n) => usable[n]);
    return ready.length > 0 && ready.every((n) => moving(n, xy, moving_cells)) ? [{ track: null, frame: null, count: ready.length, ...(things.length ? { mend: { things } } : {}) }] : [];
  },
  /** @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  few_points(facts, rule) {
    /** @type {Found[]} */
    const found = [];
    const { doc, sampled, usable, regionOf, moving, scene } = facts;
    const [threshold, region_threshold] = [limitOf(rule, 'threshold'), limitOf(rule, 'region_threshold')];
    doc.layers.forEach((layer, i) => {
      if (layer.type !== 'region' || !layer.visible) return;
      const own = usable.subarray(sampled.first[i], sampled.first[i + 1]);
      const ready = own.reduce((a, b) => a + b, 0);
      if (ready < region_threshold) found.push({ track: own.length ? sampled.first[i] : null, frame: null, count: ready, layer: layer.id, values: { threshold: region_threshold } });
    });
    const movers = facts.all.filter((n) => regionOf[n] < 0 && moving(n, scene, limitOf(rule, 'moving_cells')));
    const near = neighbourCounter(movers, scene, limitOf(rule, 'radius_cells') * CELL_PX, threshold);
    for (const n of movers) {
      const number = near(n);
      if (number < threshold) found.push({ track: n, frame: null, count: number, values: { threshold } });
    }
    return found.sort((a, b) => (a.track ?? -1) - (b.track ?? -1));
  },
  ...PICTURE_RULES,
  /** @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  many_tracks({ all, usable, regionOf }, rule) {
    const threshold = limitOf(rule, 'threshold');
    // A region is one thing, however many cells it fills.
    const number = all.filter((n) => usable[n] && regionOf[n] < 0).length;
    return number > threshold ? [{ track: null, frame: null, count: number, values: { threshold } }] : [];
  },
  /** @param {Facts} facts @param {Rule} rule @returns {Found[]} */
  slides({ all, samples, count, good, moving, scene }, rule) {
    const [threshold, moving_cells, same_cells] = [limitOf(rule, 'threshold'), limitOf(rule, 'moving_cells'), limitOf(rule, 'same_cells')];
    const away = (/** @type {number} */ f, /** @type {number} */ n, /** @type {number} */ axis) => (scene[(f * count + n) * 2 + axis] - scene[n * 2 + axis]) / CELL_PX;
    // What is out of sight or of the picture somewhere has other troubles, which are told first.
    let movers = all.filter((n) => moving(n, scene, moving_cells) && samples.every((f) => good(f, n)));
    let carried = 0;
    for (let way = 0; way < WAYS && movers.length; way++) {
      const first = movers[0];
      const apart = (/** @type {number} */ n) => samples.some((f) => Math.hypot(away(f, n, 0) - away(f, first, 0), away(f, n, 1) - away(f, first, 1)) > same_cells);
      const others = movers.filter(apart);
      if (movers.length - others.length >= threshold) carried += movers.length - others.length;
      movers = others;
    }
    return carried ? [{ track: null, frame: null, count: carried }] : [];
  },
};

/** How many of some tracks start within a radius of one of them, counted up to `enough`. @param {number[]} tracks @param {Float32Array} xy @param {number} radius_px @param {number} enough */
function neighbourCounter(tracks, xy, radius_px, enough) {
  // Buckets as wide as the radius: all pairs would take seconds with twenty thousand tracks.
  const bucket = (/** @type {number} */ n, /** @type {number} */ dx, /** @type {number} */ dy) => `${Math.floor(xy[2 * n] / radius_px) + dx} ${Math.floor(xy[2 * n + 1] / radius_px) + dy}`;
  /** @type {Map<string, number[]>} */
  const buckets = new Map();
  for (const n of tracks) buckets.set(bucket(n, 0, 0), [...(buckets.get(bucket(n, 0, 0)) ?? []), n]);
  return (/** @type {number} */ n) => {
    let number = 0;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const k of buckets.get(bucket(n, dx, dy)) ?? []) {
          if (Math.hypot(xy[2 * n] - xy[2 * k], xy[2 * n + 1] - xy[2 * k + 1]) <= radius_px && ++number >= enough) return number;
        }
      }
    }
    return number;
  };
}

/** Runs of visible frames of a track, both ends included. @param {Uint8Array} visible @param {number} frames @param {number} count @param {number} n @returns {[number, number][]} */
export function visibleRuns(visible, frames, count, n) {
  /** @type {[number, number][]} */
  const runs = [];
  for (let f = 0; f < frames; f++) {
    if (!visible[f * count + n]) continue;
    const last = runs[runs.length - 1];
    if (last && last[1] === f - 1) last[1] = f;
    else runs.push([f, f]);
  }
  return runs;
}

/** @param {number} frames @param {(f: number) => boolean} test */
function framesWhere(frames, test) {
  const at = [];
  for (let f = 0; f < frames; f++) if (test(f)) at.push(f);
  return at;
}

/** @param {number} side */
export const nearest8 = (side) => Math.max(CELL_PX, Math.round(side / CELL_PX) * CELL_PX);

/** "Ball", or "Boat, point 12" (counted from 1) where the layer has several. @param {Doc} doc @param {Sampled} sampled @param {number} track @param {Rule} rule @returns {string} */
function trackName(doc, sampled, track, rule) {
  const i = sampled.layerOf[track];
  const layer = doc.layers[i];
  const name = layer.name || layer.id;
  return sampled.first[i + 1] - sampled.first[i] > 1 ? inWords(jointsOf(rule).point, { name, point: track - sampled.first[i] + 1 }) : name;
}

/** @param {Doc} doc @param {Sampled} sampled @param {Rule} rule @param {Found} found @returns {Issue} */
function issueOf(doc, sampled, rule, found) {
  const { track, frame, count } = found;
  const layerIndex = track === null ? -1 : sampled.layerOf[track];
  const layer = found.layer ? doc.layers.find((l) => l.id === found.layer) : doc.layers[layerIndex];
  /** @type {Record<string, unknown>} */
  const values = { frame, count, who: found.layer || track === null ? (layer?.name ?? '') : trackName(doc, sampled, track, rule), ...found.values };
  if (found.other !== undefined) values.other = trackName(doc, sampled, found.other, rule);
  if (Array.isArray(values.either)) values.expected = inWords(jointsOf(rule).or, { a: values.either[0], b: values.either[1] });
  const text = inWords(rule.text, values);
  return {
    id: rule.id, severity: rule.severity, title: rule.title, text, fix: rule.fix, fixable: rule.fixable && canFix(doc, rule, layer ?? null) && (rule.id !== 'lone_point' || !!found.mend?.zone),
    track, frame, count, layer: layer?.id ?? null, index: layerIndex >= 0 && track !== null ? track - sampled.first[layerIndex] : null, frames: found.frames ?? [], ...(found.mend ? { mend: found.mend } : {}),
  };
}

/** What one click cannot mend without spoiling something else: the points of a region share their sight, anchors leave because the camera moves, and no even speed is
 * slow enough for a path that is too long for the clip. @param {Doc} doc @param {Rule} rule @param {import('../document/types.mjs').Layer|null} layer */
function canFix(doc, rule, layer) {
  const type = layer?.type;
  if (rule.id === 'shares_cell') return type !== 'region';
  if (rule.id === 'leaves_picture') return type === 'path' || type === 'dense' || (type === 'region' && isStill(doc));
  if (rule.id === 'few_points') return type !== 'dense';
  if (rule.id === 'lone_point') return type === 'path';
  if (rule.id === 'still_in_way') return type === 'anchors' || type === 'path';
  if (rule.id === 'cut_by_frame') return type === 'path' || (layer?.type === 'region' && layer.keys.every((key) => key.rotate === layer.keys[0].rotate && key.scale === layer.keys[0].scale));
  if (rule.id !== 'jumps') return true;
  const steps = (doc.frames - 1) / STRIDE_T;
  if (layer?.type === 'path') return pathPolyline(layer, doc).total / CELL_PX <= limitOf(rule, 'threshold') * steps && isStill(doc);
  return layer?.type === 'region' && (layer.easing !== 'linear' || layer.keys[layer.keys.length - 1]?.frame < doc.frames - 1);
}
