// handles/ says where what is selected can be taken hold of, to draw and to hit. It imports geometry/, motion/evaluation/ and state/.

import { applyAffine } from '../../geometry/affine.mjs';
import { bounds } from '../../geometry/points.mjs';
import { screenFromDoc } from '../../geometry/view.mjs';
import { sampleLayer } from '../../motion/evaluation/evaluate.mjs';
import { regionAffine, regionOutline } from '../../motion/evaluation/region.mjs';
import { targetFrame } from '../../state/state.mjs';

/** @typedef {import('../../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../../motion/document/types.mjs').Selection} Selection */
/** @typedef {import('../../motion/document/types.mjs').View} View */
/** @typedef {import('../../motion/document/types.mjs').XY} XY */
/** @typedef {Pick<import('../../state/state.mjs').EditorState, "doc"|"selection"|"frame">} ShownSelection */
/** Doc px where a layer lies to doc px of the screen; null: the same. @typedef {(layer: Layer) => import('../../geometry/affine.mjs').Affine|null} ShownBy */
/** @typedef {{handle: string, xy: XY}} Placed `xy`: CSS px of the stage */

const ROTATE_AWAY_PX = 26;
/** Points of a path up to which all their handles are shown, and CSS px from its point below which a handle is not. */
const [MOST_HANDLED, LEAST_HANDLE_PX] = [24, 7];
/** So far from the stage's edges handles stay, and so far from its top in the middle, where a tool's bar lies. */
const EDGE_PX = 10;
const BAR_PX = { half: 130, height: 56 };

/** Outline at a frame, doc px. @param {RegionLayer} layer @param {Doc} doc @param {number} frame @returns {XY[]} */
export function outlineAt(layer, doc, frame) {
  const m = regionAffine(layer, doc, frame);
  return regionOutline(layer).map(([x, y]) => applyAffine(m, [x * doc.size_wh[0], y * doc.size_wh[1]]));
}

/** Where tracks are at frame 0, doc px. @param {Layer} layer @param {Doc} doc @returns {XY[]} */
export function firstPositions(layer, doc) {
  const { xy, count } = sampleLayer(layer, { ...doc, frames: 1 });
  return Array.from({ length: count }, (_, n) => [xy[2 * n], xy[2 * n + 1]]);
}

/** A handle's place where it can be taken hold of: on the stage, and not under a tool's bar. @param {View} view @param {XY} xy @returns {XY} */
function withinReach({ width, height }, [x, y]) {
  const clamped = (/** @type {number} */ v, /** @type {number} */ least, /** @type {number} */ most) => Math.max(least, Math.min(Math.max(least, most), v));
  const across = clamped(x, EDGE_PX, width - EDGE_PX);
  const underBar = BAR_PX.half > Math.abs(across - width / 2);
  const top = underBar ? BAR_PX.height : EDGE_PX;
  return [across, clamped(y, top, height - EDGE_PX)];
}

/**
 * The Bezier handles that are shown of a path: of its selected points or, where it is selected whole and has few, of all. One that lies on its point is not.
 * @param {PathLayer} layer @param {Doc} doc @param {View} view @param {Selection|null} selection @returns {{handle: "in"|"out", index: number, xy: XY, from: XY}[]} on screen; `from`: the point's */
export function pathHandles(layer, doc, view, selection) {
  if (!layer.handles || !selection) return [];
  const [width, height] = doc.size_wh;
  const chosen = new Set(selection.points.flatMap((ref) => (ref.layer === layer.id ? [ref.index] : [])));
  const whole = selection.layers.includes(layer.id) && layer.points.length <= MOST_HANDLED;
  const last = layer.points.length - 1;
  return layer.handles.flatMap((handle, index) => {
    if (!handle || !(whole || chosen.has(index))) return [];
    const [x, y] = layer.points[index];
    const from = screenFromDoc(view, [x * width, y * height]);
    return /** @type {const} */ (['in', 'out']).flatMap((side, k) => {
      // Nothing comes in to the first point of an open path, nothing goes out of its last.
      if (!layer.closed && index === (k ? last : 0)) return [];
      const xy = screenFromDoc(view, [(x + handle[2 * k]) * width, (y + handle[2 * k + 1]) * height]);
      return Math.hypot(xy[0] - from[0], xy[1] - from[1]) >= LEAST_HANDLE_PX ? [{ handle: side, index, xy, from }] : [];
    });
  });
}

/** Region's handles on screen at a frame, to draw and to hit. Corners follow the region's own turn; what would lie off the stage is drawn to its edge, as long as some of the region is seen. @param {RegionLayer} layer @param {Doc} doc @param {View} view @param {number} frame @returns {{handle: string, xy: XY}[]} */
export function regionHandles(layer, doc, view, frame) {
  const [width, height] = doc.size_wh;
  const box = bounds(regionOutline(layer));
  if (!box) return [];
  const m = regionAffine(layer, doc, frame);
  const onScreen = (/** @type {number} */ x, /** @type {number} */ y) => screenFromDoc(view, applyAffine(m, [x * width, y * height]));
  const pivot = onScreen(layer.pivot[0], layer.pivot[1]);
  const top = onScreen((box.left + box.right) / 2, box.top);
  const bottom = onScreen((box.left + box.right) / 2, box.bottom);
  const length = Math.hypot(top[0] - bottom[0], top[1] - bottom[1]) || 1;
  const away = /** @type {XY} */ ([top[0] + ((top[0] - bottom[0]) / length) * ROTATE_AWAY_PX, top[1] + ((top[1] - bottom[1]) / length) * ROTATE_AWAY_PX]);
  const corners = [onScreen(box.left, box.top), onScreen(box.right, box.top), onScreen(box.right, box.bottom), onScreen(box.left, box.bottom)];
  const seen = bounds(corners);
  const reach = (/** @type {XY} */ xy) => (seen && seen.right > 0 && seen.left < view.width && seen.bottom > 0 && seen.top < view.height ? withinReach(view, xy) : xy);
  return [
    { handle: 'rotate', xy: reach(away) },
    ...['scale-nw', 'scale-ne', 'scale-se', 'scale-sw'].map((handle, n) => ({ handle, xy: reach(corners[n]) })),
    { handle: 'pivot', xy: pivot },
  ];
}

/**
 * Handles of several layers that are selected whole: they turn and scale them together. As shown: what is pinned and what the camera moves are in one box.
 * @param {ShownSelection} state @param {View} view @param {ShownBy} shownBy
 * @returns {{centre_px: XY, corners: XY[], handles: Placed[]}|null} centre in doc px of the screen, corners and handles on screen; null: not several */
export function selectionHandles(state, view, shownBy) {
  const { doc, selection } = state;
  if (selection.layers.length < 2) return null;
  const chosen = new Set(selection.layers);
  const shown = doc.layers.filter((layer) => chosen.has(layer.id) && layer.visible && !layer.locked);
  const box = bounds(shown.flatMap((layer) => placesOf(layer, state, shownBy)));
  if (shown.length < 2 || !box) return null;
  const on = (/** @type {number} */ x, /** @type {number} */ y) => screenFromDoc(view, [x, y]);
  const corners = [on(box.left, box.top), on(box.right, box.top), on(box.right, box.bottom), on(box.left, box.bottom)];
  const middle = /** @type {XY} */ ([(box.left + box.right) / 2, (box.top + box.bottom) / 2]);
  const [x, y] = on(middle[0], box.top);
  return {
    centre_px: middle,
    corners,
    handles: [{ handle: 'rotate', xy: withinReach(view, [x, y - ROTATE_AWAY_PX]) }, ...['scale-nw', 'scale-ne', 'scale-se', 'scale-sw'].map((handle, n) => ({ handle, xy: withinReach(view, corners[n]) }))],
  };
}

/** Where a layer is shown, doc px of the screen. @param {Layer} layer @param {ShownSelection} state @param {ShownBy} shownBy @returns {XY[]} */
function placesOf(layer, state, shownBy) {
  const m = shownBy(layer);
  const places = sceneOf(layer, state);
  return m ? places.map((xy) => applyAffine(m, xy)) : places;
}

/** @param {Layer} layer @param {ShownSelection} state @returns {XY[]} doc px of the scene */
function sceneOf(layer, state) {
  const { doc } = state;
  if (layer.type === 'region') return outlineAt(layer, doc, targetFrame(state, layer.keys));
  if (layer.type === 'dense') return firstPositions(layer, doc);
  return layer.points.map(([x, y]) => [x * doc.size_wh[0], y * doc.size_wh[1]]);
}
