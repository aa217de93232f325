// mending/ puts right what checks/ finds, with the edits that a person would make. It imports commands/, checks/, evaluation/ and document/.

// One click for each check. A fix changes the document, never the evaluated tracks, so that it can be seen, undone and edited.

import { checkDocument, nearest8, visibleRuns } from '../checks/checker.mjs';
import { PICTURE_RULES } from '../checks/picture.mjs';
import { CHECKS } from '../checks/table.mjs';
import { isUntouched, withMark } from '../document/held.mjs';
import { addLayer, duplicateLayers, holdTheRest, setLayer } from '../../commands/layers.mjs';
import { mergeIntervals, setHidden, setTiming } from '../../commands/motion.mjs';
import { makeDense } from '../document/dense.mjs';
import { changeLayer, clamp } from '../document/edit.mjs';
import { remapDocument } from '../document/remap.mjs';
import { sampleDocument } from '../evaluation/evaluate.mjs';
import { mapLayer } from '../document/transform.mjs';
import { nearestLengths } from '../timing/timecode.mjs';
import { bounds } from '../../geometry/points.mjs';
import { regionOutline, regionPoints } from '../evaluation/region.mjs';
import { PICTURE_FIXES } from './picture_fixes.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').Sampled} Sampled */
/** @typedef {import('../document/types.mjs').Issue} Issue */
/** @typedef {import('../document/types.mjs').XY} XY */

const MARGIN_PX = 0.5;

/** @param {Doc} doc @param {Issue} issue @returns {Doc} the same object where nothing can be done */
export function fixIssue(doc, issue) {
  return applyFix(doc, issue, sampleDocument(doc));
}

/**
 * Fix what can be fixed, checking again after each round; information is left alone. What the picture shows comes first, as it is true of this document alone.
 * @param {Doc} doc @param {readonly import('../checks/picture.mjs').Thing[]} [things] @returns {{doc: Doc, left: Issue[]}} */
export function fixAll(doc, things = []) {
  let after = doc;
  const seen = things.length ? checkDocument(doc, sampleDocument(doc), CHECKS, things).filter((issue) => issue.id in PICTURE_RULES && issue.fixable) : [];
  for (const issue of seen) after = fixIssue(after, issue);
  for (let round = 0; round < 20; round++) {
    const sampled = sampleDocument(after);
    const open = checkDocument(after, sampled, CHECKS, after === doc ? things : []).filter((issue) => issue.severity !== 'info' && issue.fixable);
    if (open.length === 0) break;
    const before = after;
    // One kind a round, since one fix often settles the next kind; from the last track to the first, since a fix may take a point out of its layer.
    for (const id of new Set(open.map((issue) => issue.id))) {
      after = oncePerRegion(open.filter((issue) => issue.id === id), after).reverse().reduce((d, issue) => applyFix(d, issue, sampled), after);
      if (after !== before) break;
    }
    if (after === before) break;
  }
  return { doc: after, left: checkDocument(after, sampleDocument(after)) };
}

/** The points of a region are mended together. @param {Issue[]} issues @param {Doc} doc */
function oncePerRegion(issues, doc) {
  const regions = new Set(doc.layers.filter((layer) => layer.type === 'region').map((layer) => layer.id));
  const met = new Set();
  return issues.filter(({ layer }) => {
    if (!layer || !regions.has(layer)) return true;
    const first = !met.has(layer);
    met.add(layer);
    return first;
  });
}

/** @param {Doc} doc @param {Issue} issue @param {Sampled} sampled tracks of the document in which the issue was found @returns {Doc} */
function applyFix(doc, issue, sampled) {
  if (!issue.fixable) return doc;
  const fix = /** @type {Record<string, (doc: Doc, issue: Issue, sampled: Sampled) => Doc>} */ (FIXES)[issue.id];
  return fix ? keepMarks(doc, fix(doc, issue, sampled)) : doc;
}

/** What a mend takes out of the rest that is held was not moved by a person: it goes on following. @param {Doc} before @param {Doc} after @returns {Doc} */
function keepMarks(before, after) {
  const held = before.layers.find(isUntouched);
  return held ? changeLayer(after, held.id, (layer) => (layer.type !== 'anchors' || layer === held ? layer : withMark(layer))) : after;
}

const FIXES = {
  /** @param {Doc} doc */
  wrong_length(doc) {
    const [below, above] = nearestLengths(doc.frames);
    const frames = above > 4001 || doc.frames - below < above - doc.frames ? below : above;
    return remapDocument(doc, { frames });
  },
  /** @param {Doc} doc */
  size_mismatch(doc) {
    return remapDocument(doc, { size_wh: [nearest8(doc.size_wh[0]), nearest8(doc.size_wh[1])] });
  },
  hidden_at_start: showAtStart,
  outside_at_start: startInside,
  leaves_picture: keepInside,
  between_samples: showAtSamples,
  jumps: slowDown,
  shares_cell: giveWay,
  /** @param {Doc} doc @param {Issue} issue */
  no_anchors: (doc, issue) => holdTheRest(doc, issue.mend?.things).doc,
  few_points: addCompany,
  ...PICTURE_FIXES,
};

/** @param {Doc} doc @param {Issue} issue */
const layerOf = (doc, issue) => doc.layers.find((layer) => layer.id === issue.layer);

/** @param {Doc} doc @param {Issue} issue @returns {Doc} */
function showAtStart(doc, issue) {
  const layer = layerOf(doc, issue);
  if (layer?.type === 'dense') return editDense(doc, issue, (tracks, n) => void (tracks.visible[n] = 1));
  if (layer?.type === 'path' && layer.before === 'hide' && layer.start > 0) return setHidden(setLayer(doc, layer.id, { before: 'hold' }), layer.id, 0, 0, false);
  return layer ? setHidden(doc, layer.id, 0, 0, false) : doc;
}

/** @param {Doc} doc @param {Issue} issue @param {Sampled} sampled @returns {Doc} */
function startInside(doc, issue, sampled) {
  const layer = layerOf(doc, issue);
  if (!layer || issue.track === null || issue.index === null) return doc;
  const [width, height] = doc.size_wh;
  const [x, y] = [sampled.xy[2 * issue.track], sampled.xy[2 * issue.track + 1]];
  const dx = (clamp(x, MARGIN_PX, width - MARGIN_PX) - x) / width;
  const dy = (clamp(y, MARGIN_PX, height - MARGIN_PX) - y) / height;
  if (layer.type === 'path') return changeLayer(doc, layer.id, (l) => mapLayer(l, ([px, py]) => [px + dx, py + dy]));
  if (layer.type === 'anchors') return changeLayer(doc, layer.id, () => ({ ...layer, points: layer.points.map((p, i) => (i === issue.index ? [p[0] + dx, p[1] + dy] : p)) }));
  if (layer.type !== 'dense') return doc;
  return editDense(doc, issue, (tracks, n) => {
    for (let f = 0; f < tracks.frames; f++) {
      tracks.xy[(f * tracks.count + n) * 2] += dx;
      tracks.xy[(f * tracks.count + n) * 2 + 1] += dy;
    }
  });
}

/** Points are moved inside; where the curve or the camera still leads out, those frames are hidden. @param {Doc} doc @param {Issue} issue @returns {Doc} */
function keepInside(doc, issue) {
  const layer = layerOf(doc, issue);
  const [width, height] = doc.size_wh;
  const inset = [MARGIN_PX / width, MARGIN_PX / height];
  if (layer?.type === 'path') {
    const clamped = changeLayer(doc, layer.id, (l) => mapLayer(l, ([x, y]) => [clamp(x, inset[0], 1 - inset[0]), clamp(y, inset[1], 1 - inset[1])]));
    return hideOutside(clamped, layer.id);
  }
  if (layer?.type === 'region') return calmRegion(doc, layer.id);
  if (layer?.type !== 'dense') return doc;
  return editDense(doc, issue, (tracks, n) => {
    for (const f of issue.frames) if (f < tracks.frames) tracks.visible[f * tracks.count + n] = 0;
  });
}

/** @param {Doc} doc @param {string} id @returns {Doc} */
function hideOutside(doc, id) {
  const frames = framesOutside(doc, id);
  if (frames.length === 0) return doc;
  return changeLayer(doc, id, (layer) => ('hidden' in layer ? { ...layer, hidden: mergeIntervals([...layer.hidden, ...blocksOf(frames, doc.frames)]) } : layer));
}

/** One layer under the same camera: where it goes does not hang on the others, and there may be thousands. @param {Doc} doc @param {string} id @returns {Doc} */
const alone = (doc, id) => ({ ...doc, layers: doc.layers.filter((layer) => layer.id === id) });

/** Frames in which any visible point of a layer is outside. @param {Doc} doc @param {string} id @returns {number[]} */
function framesOutside(doc, id) {
  const { frames, count, xy, visible } = sampleDocument(alone(doc, id));
  const out = [];
  for (let f = 0; f < frames; f++) {
    for (let n = 0; n < count; n++) {
      const at = f * count + n;
      if (visible[at] && !(xy[2 * at] >= 0 && xy[2 * at] <= doc.size_wh[0] && xy[2 * at + 1] >= 0 && xy[2 * at + 1] <= doc.size_wh[1])) {
        out.push(f);
        break;
      }
    }
  }
  return out;
}

/** A region's motion made smaller, by halves, until its points stay in the picture. @param {Doc} doc @param {string} id @returns {Doc} */
function calmRegion(doc, id) {
  const scaled = (/** @type {number} */ part) => changeLayer(doc, id, (layer) => {
    if (layer.type !== 'region') return layer;
    const rest = layer.keys[0];
    const mix = (/** @type {number} */ a, /** @type {number} */ b) => a + (b - a) * part;
    return { ...layer, keys: layer.keys.map((k) => ({ ...k, offset: [mix(rest.offset[0], k.offset[0]), mix(rest.offset[1], k.offset[1])], rotate: mix(rest.rotate, k.rotate), scale: mix(rest.scale, k.scale) })) };
  });
  if (framesOutside(scaled(0), id).length > 0) return doc;
  let inside = 0;
  let outside = 1;
  for (let i = 0; i < 10; i++) {
    const middle = (inside + outside) / 2;
    if (framesOutside(scaled(middle), id).length === 0) inside = middle;
    else outside = middle;
  }
  return scaled(inside);
}

/** Visible stretches that the model never reads are shown up to the nearest frame that it does. @param {Doc} doc @param {Issue} issue @param {Sampled} sampled @returns {Doc} */
function showAtSamples(doc, issue, sampled) {
  const layer = layerOf(doc, issue);
  if (!layer || issue.track === null) return doc;
  const { frames, count, visible } = sampled;
  const runs = visibleRuns(visible, frames, count, issue.track);
  const later = runs.some(([a, b]) => Math.floor(b / 4) * 4 >= Math.max(a, 4));
  const show = runs.flatMap(([a, b]) => {
    if (a === 0) return later || frames < 5 ? [] : [[0, 4]];
    if (Math.floor(b / 4) * 4 >= a) return [];
    const before = Math.floor(a / 4) * 4;
    const after = before + 4;
    return [after < frames && after - b < a - before ? [b, after] : [before, a]];
  });
  if (layer.type === 'dense') {
    return editDense(doc, issue, (tracks, n) => {
      for (const [a, b] of show) for (let f = a; f <= Math.min(b, tracks.frames - 1); f++) tracks.visible[f * tracks.count + n] = 1;
    });
  }
  if (!('hidden' in layer)) return doc;
  let after = layer.type === 'path' ? asIntervals(doc, layer.id) : doc;
  for (const [a, b] of show) after = setHidden(after, layer.id, a, b, false);
  return after;
}

/** A path's before and after written as hidden intervals, which can be cut anywhere. @param {Doc} doc @param {string} id @returns {Doc} */
function asIntervals(doc, id) {
  return changeLayer(doc, id, (layer) => {
    if (layer.type !== 'path') return layer;
    /** @type {[number, number][]} */
    const ends = [];
    if (layer.before === 'hide' && layer.start > 0) ends.push([0, layer.start - 1]);
    if (layer.after === 'hide' && layer.end < doc.frames - 1) ends.push([layer.end + 1, doc.frames - 1]);
    return ends.length ? { ...layer, before: 'hold', after: 'hold', hidden: mergeIntervals([...layer.hidden, ...ends]) } : layer;
  });
}

/** Even speed, and the whole clip where that is not enough. @param {Doc} doc @param {Issue} issue @returns {Doc} */
function slowDown(doc, issue) {
  const layer = layerOf(doc, issue);
  if (!layer || (layer.type !== 'path' && layer.type !== 'region')) return doc;
  const last = doc.frames - 1;
  const even = setLayer(doc, layer.id, layer.type === 'path' ? { times: null, speeds: null, easing: 'linear' } : { easing: 'linear' });
  const own = alone(even, layer.id);
  const still = checkDocument(own, sampleDocument(own)).some((i) => i.id === 'jumps' && i.layer === layer.id);
  return still ? setTiming(even, layer.id, 0, last) : even;
}

/** Hidden where the other wins; gone where it would never be read. @param {Doc} doc @param {Issue} issue @param {Sampled} sampled @returns {Doc} */
function giveWay(doc, issue, sampled) {
  const layer = layerOf(doc, issue);
  if (!layer || issue.track === null || issue.index === null) return doc;
  const lost = new Set(issue.frames);
  let read = false;
  for (let f = 4; f < sampled.frames; f += 4) read ||= sampled.visible[f * sampled.count + issue.track] === 1 && !lost.has(f);
  const blocks = blocksOf(issue.frames, doc.frames);
  if (layer.type === 'path') return read ? changeLayer(doc, layer.id, () => ({ ...layer, hidden: mergeIntervals([...layer.hidden, ...blocks]) })) : changeLayer(doc, layer.id, () => null);
  if (layer.type === 'dense') {
    return editDense(doc, issue, (tracks, n) => {
      for (const [a, b] of blocks) for (let f = a; f <= Math.min(b, tracks.frames - 1); f++) tracks.visible[f * tracks.count + n] = 0;
    });
  }
  if (layer.type !== 'anchors') return doc;
  const point = layer.points[issue.index];
  const points = layer.points.filter((_, i) => i !== issue.index);
  const without = changeLayer(doc, layer.id, () => (points.length ? { ...layer, points } : null));
  if (!read) return without;
  // Anchors are always seen; one point of a path can be hidden.
  const at = doc.layers.indexOf(layer);
  return addLayer(without, { type: 'path', points: [point], hidden: blocks, name: layer.name, color: layer.color, ...(layer.pinned ? { pinned: true } : {}) }, { at: Math.min(at, without.layers.length) }).doc;
}

/** Frames to hide so that every listed sample goes and no unread stretch stays between them. @param {number[]} frames @param {number} total @returns {[number, number][]} */
function blocksOf(frames, total) {
  return mergeIntervals(frames.filter((f) => f > 0).map((f) => {
    const sample = Math.ceil(f / 4) * 4;
    return [sample - 3, Math.min(total - 1, sample + 3)];
  }).map(([a, b]) => /** @type {[number, number]} */ ([Math.max(1, a), Math.max(1, b)])));
}

/** A path gets copies around it; a region is filled, then widened. @param {Doc} doc @param {Issue} issue @param {Sampled} sampled @returns {Doc} */
function addCompany(doc, issue, sampled) {
  const layer = layerOf(doc, issue);
  const [width, height] = doc.size_wh;
  if (layer?.type === 'region') {
    return widerRegion(doc, layer);
  }
  if (layer?.type !== 'path' || issue.track === null) return doc;
  const [x, y] = [sampled.xy[2 * issue.track], sampled.xy[2 * issue.track + 1]];
  const around = [[16, 0], [0, 16], [-16, 0], [0, -16], [16, 16], [-16, -16]].filter(([dx, dy]) => x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height);
  return around.slice(0, Math.max(0, 3 - (issue.count ?? 1))).reduce((after, [dx, dy]) => duplicateLayers(after, [layer.id], { dx: dx / width, dy: dy / height }).doc, doc);
}

/** Denser, then its outline grown about its middle, at last a box of six cells. @param {Doc} doc @param {import('../document/types.mjs').RegionLayer} layer @returns {Doc} */
function widerRegion(doc, layer) {
  const [width, height] = doc.size_wh;
  const enough = (/** @type {import('../document/types.mjs').RegionLayer} */ l) => regionPoints(l, doc).length / 2 >= 4;
  const outline = regionOutline(layer);
  const box = bounds(outline);
  const half = [Math.min(0.5, 24 / width), Math.min(0.5, 24 / height)];
  const cx = clamp(box ? (box.left + box.right) / 2 : layer.pivot[0], half[0], 1 - half[0]);
  const cy = clamp(box ? (box.top + box.bottom) / 2 : layer.pivot[1], half[1], 1 - half[1]);
  let wider = { ...layer, density: 1 };
  for (let grow = 1.25; !enough(wider) && grow < 4; grow *= 1.25) {
    wider = { ...wider, mask: null, polygon: outline.map(([x, y]) => [cx + (x - cx) * grow, cy + (y - cy) * grow]) };
  }
  if (!enough(wider)) wider = { ...wider, mask: null, polygon: [[cx - half[0], cy - half[1]], [cx + half[0], cy - half[1]], [cx + half[0], cy + half[1]], [cx - half[0], cy + half[1]]] };
  return changeLayer(doc, layer.id, () => wider);
}

/** @param {Doc} doc @param {Issue} issue @param {(tracks: {frames: number, count: number, xy: Float64Array, visible: Uint8Array}, index: number) => void} edit of a copy @returns {Doc} */
function editDense(doc, issue, edit) {
  return changeLayer(doc, issue.layer ?? '', (layer) => {
    if (layer.type !== 'dense') return layer;
    const tracks = { ...layer.tracks, xy: layer.tracks.xy.slice(), visible: layer.tracks.visible.slice() };
    edit(tracks, issue.index ?? 0);
    return { ...layer, tracks: makeDense(tracks) };
  });
}
