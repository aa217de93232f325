// One press for what the picture shows: the area around a lone point moves with it, still points leave the way, a thing that the frame cuts stays at the edge.

import { deletePoints } from '../../commands/points.mjs';
import { addRegionFromMask } from '../../commands/motion.mjs';
import { setLayer } from '../../commands/layers.mjs';
import { changeLayer } from '../document/edit.mjs';
import { mapLayer } from '../document/transform.mjs';
import { shareAt } from '../checks/picture.mjs';
import { sampleScene } from '../evaluation/evaluate.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').Issue} Issue */
/** @typedef {import('../document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../document/types.mjs').XY} XY */

/** Between two keys a path may lie so far from the straight line, px. */
const KEY_SLACK_PX = 1;
/** A mask as fine as this follows a cut's outline. */
const MASK_PX = 4;
/** Of the picture that goes along, so much is taken for the thing. */
const OUTLINE = 0.5;

export const PICTURE_FIXES = {
  /** The path becomes a region over what goes along with its point, which takes the same way. @param {Doc} doc @param {Issue} issue */
  lone_point(doc, issue) {
    const at = doc.layers.findIndex((layer) => layer.id === issue.layer);
    const layer = doc.layers[at];
    const zone = issue.mend?.zone;
    if (layer?.type !== 'path' || !zone) return doc;
    const [width, height] = doc.size_wh;
    const [cols, rows] = [Math.ceil(width / MASK_PX), Math.ceil(height / MASK_PX)];
    const data = Uint8Array.from({ length: cols * rows }, (_, i) => (shareAt(zone, [(((i % cols) + 0.5) * width) / cols, ((Math.floor(i / cols) + 0.5) * height) / rows]) > OUTLINE ? 1 : 0));
    if (!data.some((v) => v)) return doc;
    const keys = keysAlong(doc, at);
    const without = changeLayer(doc, layer.id, () => null);
    const { doc: made, id } = addRegionFromMask(without, { cols, rows, data }, { name: layer.name, color: layer.color, keys, easing: 'linear', hidden: layer.hidden, pivot: layer.points[0] });
    const region = made.layers[made.layers.length - 1];
    return region.id === id ? { ...made, layers: [...made.layers.slice(0, at), region, ...made.layers.slice(at, -1)] } : made;
  },
  /** @param {Doc} doc @param {Issue} issue */
  still_in_way(doc, issue) {
    const layer = doc.layers.find((one) => one.id === issue.layer);
    if (!layer || !issue.mend?.points) return doc;
    if (layer.type === 'path') return changeLayer(doc, layer.id, () => null);
    return deletePoints(doc, issue.mend.points.map((index) => ({ layer: layer.id, index })));
  },
  /** What leads it away from the edge is left out; along the edge it goes as before. @param {Doc} doc @param {Issue} issue */
  cut_by_frame(doc, issue) {
    const layer = doc.layers.find((one) => one.id === issue.layer);
    const edges = issue.mend?.edges ?? [];
    const kept = (/** @type {XY} */ [x, y], /** @type {XY} */ [x0, y0]) => {
      /** @type {XY} */
      const at = [x, y];
      if (edges.includes('left')) at[0] = Math.min(at[0], x0);
      if (edges.includes('right')) at[0] = Math.max(at[0], x0);
      if (edges.includes('top')) at[1] = Math.min(at[1], y0);
      if (edges.includes('bottom')) at[1] = Math.max(at[1], y0);
      return at;
    };
    if (layer?.type === 'path') return changeLayer(doc, layer.id, () => mapLayer({ ...layer, curve: 'straight', handles: undefined }, (xy) => kept(xy, layer.points[0])));
    if (layer?.type !== 'region' || !layer.keys.length) return doc;
    const start = layer.keys[0].offset;
    return setLayer(doc, layer.id, { keys: layer.keys.map((key) => ({ ...key, offset: kept(key.offset, start) })) });
  },
};

/** The fewest keys whose straight lines follow the one point of a layer. @param {Doc} doc @param {number} index @returns {RegionKey[]} */
function keysAlong(doc, index) {
  const { xy, count, first, frames } = sampleScene(doc);
  const [width, height] = doc.size_wh;
  const n = first[index];
  const at = (/** @type {number} */ f) => [0, 1].map((axis) => xy[(f * count + n) * 2 + axis] - xy[2 * n + axis]);
  const kept = new Set([0, frames - 1]);
  const spans = [[0, frames - 1]];
  for (const [a, b] of spans) {
    const [from, to] = [at(a), at(b)];
    let [worst, most] = [-1, KEY_SLACK_PX];
    for (let f = a + 1; f < b; f++) {
      const [x, y] = at(f);
      const part = (f - a) / (b - a);
      const off = Math.hypot(x - from[0] - (to[0] - from[0]) * part, y - from[1] - (to[1] - from[1]) * part);
      if (off > most) [worst, most] = [f, off];
    }
    if (worst < 0) continue;
    kept.add(worst);
    spans.push([a, worst], [worst, b]);
  }
  return [...kept].sort((a, b) => a - b).map((frame) => ({ frame, offset: /** @type {XY} */ ([at(frame)[0] / width, at(frame)[1] / height]), rotate: 0, scale: 1 }));
}
