// What several tools ask about the thing under the pointer, and do to it.

import { hitTestAll } from "../stage/hit.mjs";
import { insideRegion } from "../motion/evaluation/region.mjs";
import { deletePoints } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { targetFrame } from "../state/state.mjs";

/** @typedef {import('./tool.mjs').EditorState} EditorState */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('./tool.mjs').Hit} Hit */

/** Where a region's handles are shown; other hits are looked for at the playhead. @param {EditorState} state @param {ToolEvent} e */
export function hitOptions(state, e) {
  const single = state.single();
  const frame = single?.type === "region" ? targetFrame(state, single.keys) : Math.round(state.frame);
  return { tolerance_px: e.tolerance_px, selection: state.selection, frame };
}

const KINDS = ["handle", "point", "path", "dense", "region"];

/** All that lies under the pointer, best first. @param {EditorState} state @param {ToolEvent} e @param {import('../stage/hit.mjs').HitOptions} [options] @returns {Hit[]} */
export function hitsAt(state, e, options = hitOptions(state, e)) {
  const { doc, sampled, view } = state;
  const pinned = doc.layers.filter((layer) => layer.pinned);
  if (!pinned.length) return hitTestAll(doc, sampled, view, e.scene, options);
  // What is pinned lies on the screen, over the scene.
  const on = hitTestAll({ ...doc, layers: pinned }, null, view, e.screen, { ...options, tolerance_px: e.reach_px });
  const below = hitTestAll({ ...doc, layers: doc.layers.filter((layer) => !layer.pinned) }, null, view, e.scene, options);
  return [...on, ...below].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

/** What lies under the pointer. @param {EditorState} state @param {ToolEvent} e @param {import('../stage/hit.mjs').HitOptions} [options] @returns {Hit|null} */
export function hitAt(state, e, options) {
  return hitsAt(state, e, options)[0] ?? null;
}

/** The layer of a hit. @param {EditorState} state @param {Hit|null} hit */
export const layerOf = (state, hit) => hit && layerById(state.doc, hit.layer);

/** The turning point lies in a region's middle, where people take the region itself: it is moved with Alt only. @template {Hit|null} H @param {H} hit @param {ToolEvent} e @returns {H|Hit} */
export function asBody(hit, e) {
  return hit?.kind === "handle" && hit.handle === "pivot" && !e.alt ? { kind: "region", layer: hit.layer } : hit;
}

/** Delete the point under the pointer (right click, long press); true when there was one. @param {EditorState} state @param {import('../ui/strings.mjs').Translate} t @param {ToolEvent} e */
export function eraseAt(state, t, e) {
  const hit = hitAt(state, e);
  if (hit?.kind !== "point" || hit.index === undefined) return false;
  return state.apply(deletePoints(state.doc, [{ layer: hit.layer, index: hit.index }]), t("do.deletePoint"));
}

/** A hit on a control point as a selection of it. @param {Hit} hit */
export const pointOf = (hit) => ({ layer: hit.layer, index: hit.index ?? 0 });

/** The uppermost thing that is locked and lies under the pointer, as at frame 0. @param {EditorState} state @param {ToolEvent} e @returns {import('../motion/document/types.mjs').RegionLayer|null} */
export function lockedThingAt(state, e) {
  for (const layer of [...state.doc.layers].reverse()) {
    if (layer.type === "region" && layer.visible && layer.locked && insideRegion(layer, e.norm)) return layer;
  }
  return null;
}

/** @param {string} handle as the stage names them */
export function gripCursor(handle) {
  if (handle === "rotate") return "grab";
  if (handle === "pivot") return "crosshair";
  return handle === "scale-ne" || handle === "scale-sw" ? "nesw-resize" : "nwse-resize";
}
