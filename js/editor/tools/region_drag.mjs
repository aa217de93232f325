// Dragging a region's body or one of its handles sets a key. Shared by the select and the region tool.

import { dragRegion, rotateRegion, scaleRegion, setPivot } from "../commands/all.mjs";
import { regionAffine } from "../motion/evaluation/region.mjs";
import { applyAffine } from "../geometry/affine.mjs";
import { snapAxis } from "../geometry/view.mjs";
import { targetFrame } from "../state/state.mjs";
import { seenBy } from "./tool.mjs";

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */

/**
 * @param {import('./tool.mjs').EditorState} state @param {import('../motion/document/types.mjs').RegionLayer} layer
 * @param {string|undefined} handle none: its body @param {ToolEvent} pressed
 * @returns {(from: Doc, e: ToolEvent) => Doc} the document with the region where the pointer has it
 */
export function regionDrag(state, layer, handle, pressed) {
  const start = seenBy(state, layer, pressed);
  const frame = targetFrame(state, layer.keys);
  const [width, height] = state.doc.size_wh;
  const pivot = applyAffine(regionAffine(layer, state.doc, frame), [layer.pivot[0] * width, layer.pivot[1] * height]);
  const angle = (/** @type {XY} */ xy) => (Math.atan2(xy[1] - pivot[1], xy[0] - pivot[0]) * 180) / Math.PI;
  const reach = (/** @type {XY} */ xy) => Math.hypot(xy[0] - pivot[0], xy[1] - pivot[1]);
  return (from, now) => {
    const e = seenBy(state, layer, now);
    const xy = e.doc_px;
    if (handle === "rotate") {
      let turn = angle(xy) - angle(start.doc_px);
      turn = ((turn + 540) % 360) - 180;
      if (e.shift) turn = Math.round(turn / 15) * 15;
      return rotateRegion(from, layer.id, frame, turn);
    }
    if (handle?.startsWith("scale")) return scaleRegion(from, layer.id, frame, Math.max(0.05, reach(xy) / Math.max(1, reach(start.doc_px))));
    if (handle === "pivot") return setPivot(from, layer.id, [layer.pivot[0] + e.norm[0] - start.norm[0], layer.pivot[1] + e.norm[1] - start.norm[1]]);
    const end = e.shift ? snapAxis(start.doc_px, xy) : xy;
    return dragRegion(from, layer.id, frame, (end[0] - start.doc_px[0]) / width, (end[1] - start.doc_px[1]) / height);
  };
}
