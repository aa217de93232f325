// Where the crosshair jumps: the points of what is selected, its handles, or else each layer.

import { applyAffine } from "../../geometry/affine.mjs";
import { docFromScreen } from "../../geometry/view.mjs";
import { cameraCorners, cameraTurnHandle } from "../../stage/camera_paint.mjs";
import { pathHandles, regionHandles, selectionHandles } from "../../stage/handles/handles.mjs";
import { shownLayer } from "../../stage/scene_view.mjs";
import { targetFrame } from "../../state/state.mjs";

/** @typedef {import('../tool.mjs').XY} XY */
/** @typedef {import('../tool.mjs').EditorState} EditorState */
/** @typedef {import('../../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../../ui/strings.mjs').Translate} Translate */
/** `xy`: doc px as shown; `select`: what is picked on the way. @typedef {{xy: XY, words: (t: Translate) => string, select?: Partial<import('../../state/selection.mjs').Picked>}} Stop */

/** In the list's order, front first: the one after (or before) what is selected. @param {EditorState} state @param {1|-1} by @returns {Layer|null} */
export function nextLayer(state, by) {
  const layers = state.doc.layers.filter((layer) => layer.visible !== false && !layer.locked).reverse();
  if (!layers.length) return null;
  const ids = state.activeIds();
  const now = layers.findIndex((layer) => ids.has(layer.id));
  return layers[now < 0 ? (by > 0 ? 0 : layers.length - 1) : (now + by + layers.length) % layers.length];
}

/** @param {EditorState} state @returns {Stop[]} */
export function stopsOf(state) {
  if (state.tool === "camera") return cameraStops(state);
  const layer = state.single();
  if (layer?.type === "region") return regionStops(state, layer);
  if (layer && (layer.type === "path" || layer.type === "anchors")) return pointStops(state, layer);
  return state.selection.layers.length > 1 ? severalStops(state) : layerStops(state);
}

/** Each point, and then its Bezier handles. @param {EditorState} state @param {import('../../motion/document/types.mjs').PathLayer|import('../../motion/document/types.mjs').AnchorsLayer} layer @returns {Stop[]} */
function pointStops(state, layer) {
  const refs = layer.points.map((_, index) => ({ layer: layer.id, index }));
  const handles = layer.type === "path" ? pathHandles(layer, state.doc, state.view, { layers: [], points: refs }) : [];
  return layer.points.flatMap((point, index) => {
    const select = { layers: [], points: [refs[index]] };
    const name = { name: layer.name, point: index + 1 };
    return [
      { xy: shown(state, layer, toPx(state, point)), words: (/** @type {Translate} */ t) => t("say.point", { ...name, count: layer.points.length, x: percent(point[0]), y: percent(point[1]) }), select },
      ...handles.filter((one) => one.index === index).map(({ handle, xy }) => ({ xy: shown(state, layer, docFromScreen(state.view, xy)), words: (/** @type {Translate} */ t) => t(`handle.${handle}`, name), select })),
    ];
  });
}

/** Each of what is selected, then what turns and scales them together. @param {EditorState} state @returns {Stop[]} */
function severalStops(state) {
  const chosen = state.selection.layers;
  const placed = selectionHandles(state, state.view, (one) => shownLayer(state, one));
  const bodies = layerStops(state).flatMap(({ select, ...stop }) => (select?.layers?.some((id) => chosen.includes(id)) ? [stop] : []));
  return [...bodies, ...(placed?.handles ?? []).map(({ handle, xy }) => /** @type {Stop} */ ({ xy: docFromScreen(state.view, xy), words: (t) => t(`handle.${handle}`, { name: t("props.many", { count: chosen.length }) }) }))];
}

/** @param {EditorState} state @param {XY} norm @returns {XY} */
const toPx = (state, [x, y]) => [x * state.doc.size_wh[0], y * state.doc.size_wh[1]];
const percent = (/** @type {number} */ v) => Math.round(v * 100);

/** @param {EditorState} state @param {Layer} layer @param {XY} own_px doc px where the layer lies @returns {XY} */
function shown(state, layer, own_px) {
  const m = shownLayer(state, layer);
  return m ? applyAffine(m, own_px) : own_px;
}

/** Its body first, then what scales and turns it. @param {EditorState} state @param {import('../../motion/document/types.mjs').RegionLayer} layer @returns {Stop[]} */
function regionStops(state, layer) {
  const handles = regionHandles(layer, state.doc, state.view, targetFrame(state, layer.keys));
  return [...handles].reverse().map(({ handle, xy }) => ({ xy: shown(state, layer, docFromScreen(state.view, xy)), words: (t) => t(`handle.${handle}`, { name: layer.name }) }));
}

/** @param {EditorState} state @returns {Stop[]} */
function cameraStops(state) {
  const place = cameraCorners(state.doc, targetFrame(state, state.doc.camera?.keys ?? []));
  return [
    { xy: place.centre, words: (t) => t("handle.camera") },
    ...place.corners.map((xy) => /** @type {Stop} */ ({ xy, words: (t) => t("handle.zoom") })),
    { xy: docFromScreen(state.view, cameraTurnHandle(state.view, place)), words: (t) => t("handle.roll") },
  ];
}

/** Where each layer is at the playhead. @param {EditorState} state @returns {Stop[]} */
function layerStops(state) {
  const { doc, sampled } = state;
  const base = Math.round(state.frame) * sampled.count;
  return doc.layers.flatMap((layer, i) => {
    const n = sampled.first[i];
    if (layer.visible === false || layer.locked || n >= sampled.first[i + 1]) return [];
    return [{ xy: /** @type {XY} */ ([sampled.xy[(base + n) * 2], sampled.xy[(base + n) * 2 + 1]]), words: () => layer.name, select: { layers: [layer.id] } }];
  }).reverse();
}
