// Dragging a region's body or one of its handles sets a key: how it moves (the select tool too), and the hand that holds it in the thing and the region tool.

import { dragRegion, followHand, isBent, moveLayers, rotateRegion, scaleRegion, setPivot, turnLayers } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { regionAffine } from "../motion/evaluation/region.mjs";
import { applyAffine, invert } from "../geometry/affine.mjs";
import { snapAxis } from "../geometry/view.mjs";
import { selectionHandles } from "../stage/handles/handles.mjs";
import { shownAffine, shownLayer } from "../stage/scene_view.mjs";
import { targetFrame } from "../state/state.mjs";
import { moved_px, seenBy } from "./tool.mjs";
import { asBody, gripCursor, hitAt, hitOptions } from "./under_pointer.mjs";

const DRAG_PX = 3;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').Hit} Hit */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */

/**
 * One region.
 * @param {import('./tool.mjs').EditorState} state @param {import('../motion/document/types.mjs').RegionLayer} layer
 * @param {string|undefined} handle none: its body @param {ToolEvent} pressed
 * @returns {(from: Doc, e: ToolEvent) => Doc} the document with the region where the pointer has it
 */
export function regionDrag(state, layer, handle, pressed) {
  const start = seenBy(state, layer, pressed);
  const frame = targetFrame(state, layer.keys);
  const [width, height] = state.doc.size_wh;
  const pivot = applyAffine(regionAffine(layer, state.doc, frame), [layer.pivot[0] * width, layer.pivot[1] * height]);
  return (from, now) => {
    const e = seenBy(state, layer, now);
    const xy = e.doc_px;
    if (handle === "rotate") return rotateRegion(from, layer.id, frame, turned(pivot, start.doc_px, xy, e.shift));
    if (handle?.startsWith("scale")) return scaleRegion(from, layer.id, frame, grown(pivot, start.doc_px, xy));
    if (handle === "pivot") return setPivot(from, layer.id, [layer.pivot[0] + e.norm[0] - start.norm[0], layer.pivot[1] + e.norm[1] - start.norm[1]]);
    const end = e.shift ? snapAxis(start.doc_px, xy) : xy;
    return dragRegion(from, layer.id, frame, (end[0] - start.doc_px[0]) / width, (end[1] - start.doc_px[1]) / height);
  };
}

/** The handle of several selected layers under the pointer. @param {import('./tool.mjs').EditorState} state @param {ToolEvent} e @returns {string|null} */
export function severalAt(state, e) {
  const placed = selectionHandles(state, state.view, (layer) => shownLayer(state, layer));
  return placed?.handles.find(({ xy }) => Math.hypot(xy[0] - e.screen[0], xy[1] - e.screen[1]) <= e.reach_px)?.handle ?? null;
}

/** Several selected layers, turned or scaled by a handle, or moved: each goes along with the pointer as it is shown, whether the camera carries it or not. @param {import('./tool.mjs').EditorState} state @param {string|null} handle @param {ToolEvent} start @returns {(from: Doc, e: ToolEvent) => Doc} */
export function severalDrag(state, handle, start) {
  const ids = [...state.selection.layers];
  const [width, height] = state.doc.size_wh;
  const frames = new Map(state.doc.layers.flatMap((layer) => (layer.type === "region" ? [[layer.id, targetFrame(state, layer.keys)]] : [])));
  const frameOf = (/** @type {import('../motion/document/types.mjs').RegionLayer} */ layer) => frames.get(layer.id) ?? 0;
  const centre = selectionHandles(state, state.view, (layer) => shownLayer(state, layer))?.centre_px ?? [width / 2, height / 2];
  const parts = seenParts(state, ids);
  return (from, e) => {
    const [down, now] = [start.shown_px, e.shown_px];
    const change = handle === "rotate" ? { degrees: turned(centre, down, now, e.shift) } : handle ? { factor: grown(centre, down, now) } : null;
    const end = e.shift ? snapAxis(down, now) : now;
    return parts.reduce((after, { layers, own }) => {
      if (change) return turnLayers(after, layers, own(centre), change, frameOf);
      const [[ax, ay], [bx, by]] = [own(down), own(end)];
      return moveLayers(after, layers, (bx - ax) / width, (by - ay) / height, frameOf);
    }, from);
  };
}

/** Layers by where they lie: on the screen, or in the scene. @param {import('./tool.mjs').EditorState} state @param {readonly string[]} ids @returns {{layers: string[], pinned: boolean, own: (shown: XY) => XY}[]} `own`: doc px of the screen to the layers' */
export function seenParts(state, ids) {
  const m = shownAffine(state);
  const back = m && invert(m);
  const isPinned = (/** @type {string} */ id) => layerById(state.doc, id)?.pinned === true;
  const part = (/** @type {boolean} */ pinned) => ({ pinned, layers: ids.filter((id) => isPinned(id) === pinned), own: (/** @type {XY} */ xy) => (pinned || !back ? xy : applyAffine(back, xy)) });
  return [part(false), part(true)].filter(({ layers }) => layers.length);
}

/** Degrees that the pointer went round a point, in steps of 15 with Shift. @param {XY} about @param {XY} start @param {XY} now @param {boolean} steps */
function turned([x, y], start, now, steps) {
  const angle = (/** @type {XY} */ xy) => (Math.atan2(xy[1] - y, xy[0] - x) * 180) / Math.PI;
  const turn = ((angle(now) - angle(start) + 540) % 360) - 180;
  return steps ? Math.round(turn / 15) * 15 : turn;
}

/** How many times as far from a point the pointer is. @param {XY} about @param {XY} start @param {XY} now */
function grown([x, y], start, now) {
  const reach = (/** @type {XY} */ xy) => Math.hypot(xy[0] - x, xy[1] - y);
  return Math.max(0.05, reach(now) / Math.max(1, reach(start)));
}

/**
 * @typedef {object} RegionHand
 * @property {boolean} holds whether a region is held
 * @property {(e: ToolEvent) => Hit|null} hit the region, or a handle of one, under the pointer
 * @property {(e: ToolEvent) => boolean} reaches whether there is something to take
 * @property {(e: ToolEvent, gesture: import('./tool.mjs').Gesture, hit: Hit|null) => boolean} take pick what was hit and hold it; false: it is no region
 * @property {(e: ToolEvent) => boolean} move false: nothing is held
 * @property {() => boolean} drop whether what was held has moved
 * @property {() => boolean} letGo the same, at the end of a drag: a bent way of the hand is offered
 * @property {(e: ToolEvent, cursor: string) => void} hover over what can be taken; `cursor` where there is nothing
 */

/** @param {Pick<import('./region.mjs').RegionNeeds, "state"|"t"|"setHover"|"setCursor"|"offer">} needs @returns {RegionHand} */
export function createRegionHand({ state, t, setHover, setCursor, offer }) {
  /** `way`: of a thing that has no motion yet, where the hand has been with it, doc px. @type {{start: ToolEvent, gesture: import('./tool.mjs').Gesture, move: ReturnType<typeof regionDrag>, moved: boolean, id?: string, way?: XY[]|null}|null} */
  let held = null;

  /** @param {string} id @param {XY[]} way */
  function offerWay(id, way) {
    const layer = layerById(state.doc, id);
    if (layer?.type !== "region" || layer.keys.length !== 2 || !isBent(way)) return;
    const { frame } = layer.keys[1];
    offer(t("way.straight"), t("way.follow"), () => void state.apply(followHand(state.doc, id, frame, way), t("do.curve")));
  }

  /** @type {RegionHand} */
  const hand = {
    get holds() {
      return held !== null;
    },
    hit(e) {
      const options = hitOptions(state, e);
      // A region may also be taken where it rests.
      for (const frame of new Set([options.frame, Math.round(state.frame)])) {
        const hit = asBody(hitAt(state, e, { ...options, frame }), e);
        if (hit?.kind === "region" || (hit?.kind === "handle" && hit.index === undefined)) return hit;
      }
      return null;
    },
    reaches: (e) => !!severalAt(state, e) || !!hand.hit(e),
    take(e, gesture, hit) {
      const grip = severalAt(state, e);
      const layer = hit && layerById(state.doc, hit.layer);
      if (grip || (hit?.kind === "region" && state.selection.layers.length > 1 && state.selection.layers.includes(hit.layer))) {
        held = { start: e, gesture, move: severalDrag(state, grip, e), moved: false };
        return true;
      }
      if (!hit || layer?.type !== "region") return false;
      state.selectLayers([hit.layer]);
      const way = hit.kind === "region" && !layer.keys.length ? [seenBy(state, layer, e).doc_px] : null;
      held = { start: e, gesture, move: regionDrag(state, layer, hit.handle, e), moved: false, id: layer.id, way };
      return true;
    },
    move(e) {
      if (!held) return false;
      const { gesture, move, start } = held;
      if (!held.moved && moved_px(e, start) < DRAG_PX) return true;
      held.moved = true;
      // Along one axis it is meant to be straight.
      if (e.shift) held.way = null;
      const layer = held.way && layerById(state.doc, held.id ?? "");
      for (const one of e.every ?? [e]) held.way?.push(seenBy(state, layer || null, one).doc_px);
      gesture.update((from) => move(from, e), t("do.moveRegion"));
      return true;
    },
    drop() {
      const moved = held?.moved ?? false;
      held = null;
      return moved;
    },
    letGo() {
      const was = held;
      const moved = hand.drop();
      // After the drag has become a step.
      if (moved && was?.id && was.way) setTimeout(offerWay, 0, was.id, was.way);
      return moved;
    },
    hover(e, cursor) {
      const hit = hand.hit(e);
      const handle = severalAt(state, e) ?? hit?.handle;
      setHover(hit);
      setCursor(handle ? gripCursor(handle) : hit ? "move" : cursor);
    },
  };
  return hand;
}
