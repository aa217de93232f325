// Dragging a region's body or one of its handles sets a key: how it moves (the select tool too), and the hand that holds it in the thing and the region tool.

import { dragRegion, rotateRegion, scaleRegion, setPivot } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { regionAffine } from "../motion/evaluation/region.mjs";
import { applyAffine } from "../geometry/affine.mjs";
import { snapAxis } from "../geometry/view.mjs";
import { hitTest } from "../stage/hit.mjs";
import { targetFrame } from "../state/state.mjs";
import { moved_px } from "./tool.mjs";
import { asBody, hitOptions } from "./under_pointer.mjs";

const DRAG_PX = 3;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').Hit} Hit */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */

/**
 * @param {import('./tool.mjs').EditorState} state @param {import('../motion/document/types.mjs').RegionLayer} layer
 * @param {string|undefined} handle none: its body @param {ToolEvent} start
 * @returns {(from: Doc, e: ToolEvent) => Doc} the document with the region where the pointer has it
 */
export function regionDrag(state, layer, handle, start) {
  const frame = targetFrame(state, layer.keys);
  const [width, height] = state.doc.size_wh;
  const pivot = applyAffine(regionAffine(layer, state.doc, frame), [layer.pivot[0] * width, layer.pivot[1] * height]);
  const angle = (/** @type {XY} */ xy) => (Math.atan2(xy[1] - pivot[1], xy[0] - pivot[0]) * 180) / Math.PI;
  const reach = (/** @type {XY} */ xy) => Math.hypot(xy[0] - pivot[0], xy[1] - pivot[1]);
  return (from, e) => {
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

/**
 * @typedef {object} RegionHand
 * @property {boolean} holds whether a region is held
 * @property {(e: ToolEvent) => Hit|null} hit the region, or a handle of one, under the pointer
 * @property {(e: ToolEvent, gesture: import('./tool.mjs').Gesture, hit: Hit|null) => boolean} take pick what was hit and hold it; false: it is no region
 * @property {(e: ToolEvent) => boolean} move false: nothing is held
 * @property {() => boolean} drop whether what was held has moved
 * @property {(e: ToolEvent, cursor: string) => void} hover over what can be taken; `cursor` where there is nothing
 */

/** @param {Pick<import('./region.mjs').RegionNeeds, "state"|"t"|"setHover"|"setCursor">} needs @returns {RegionHand} */
export function createRegionHand({ state, t, setHover, setCursor }) {
  /** @type {{start: ToolEvent, gesture: import('./tool.mjs').Gesture, move: ReturnType<typeof regionDrag>, moved: boolean}|null} */
  let held = null;

  /** @type {RegionHand} */
  const hand = {
    get holds() {
      return held !== null;
    },
    hit(e) {
      const options = hitOptions(state, e);
      // A region may also be taken where it rests.
      for (const frame of new Set([options.frame, Math.round(state.frame)])) {
        const hit = asBody(hitTest(state.doc, state.sampled, state.view, e.scene, { ...options, frame }), e);
        if (hit?.kind === "region" || hit?.kind === "handle") return hit;
      }
      return null;
    },
    take(e, gesture, hit) {
      const layer = hit && layerById(state.doc, hit.layer);
      if (!hit || layer?.type !== "region") return false;
      state.selectLayers([hit.layer]);
      held = { start: e, gesture, move: regionDrag(state, layer, hit.handle, e), moved: false };
      return true;
    },
    move(e) {
      if (!held) return false;
      const { gesture, move, start } = held;
      if (!held.moved && moved_px(e, start) < DRAG_PX) return true;
      held.moved = true;
      gesture.update((from) => move(from, e), t("do.moveRegion"));
      return true;
    },
    drop() {
      const moved = held?.moved ?? false;
      held = null;
      return moved;
    },
    hover(e, cursor) {
      const hit = hand.hit(e);
      setHover(hit);
      setCursor(hit ? (hit.handle === "rotate" ? "grab" : hit.handle ? "nwse-resize" : "move") : cursor);
    },
  };
  return hand;
}
