// V: select, marquee, move. Clicking an overlap again takes the next thing below.

import { hitTest, hitTestAll, marquee, sameHit } from "../stage/hit.mjs";
import { duplicateLayers, insertPoint, moveSelection } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { snapAxis, snapGrid } from "../geometry/view.mjs";
import { asBody, eraseAt, hitAt, hitOptions, pointOf } from "./under_pointer.mjs";
import { regionDrag } from "./region_drag.mjs";
import { moved_px } from "./tool.mjs";

const DRAG_PX = 3;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').Hit} Hit */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').PointRef} PointRef */
/**
 * @typedef {object} SelectNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {(hit: Hit|null) => void} setHover
 * @property {(cursor: string) => void} setCursor
 */
/** @typedef {(from: Doc, e: ToolEvent) => Doc} Move */

/** @param {SelectNeeds} needs @returns {import('./tool.mjs').Tool} */
export function createSelectTool({ state, t, setHover, setCursor }) {
  /** `move`: set once the pointer went far enough. `cycle`: what a click without a drag takes. @type {{gesture: import('./tool.mjs').Gesture, from: ToolEvent, hit: Hit, alt: boolean, cycle: Hit|null, move: Move|null}|null} */
  let drag = null;
  /** @type {{from: XY, to: XY, kept: import('../motion/document/types.mjs').Selection}|null} corners in scene CSS px */
  let box = null;
  /** @type {{hit: Hit, at: XY}|null} the last click */
  let previous = null;

  /** @param {Hit} hit */
  function toggle(hit) {
    const { layers, points } = state.selection;
    if (hit.kind === "point") {
      const point = pointOf(hit);
      const same = (/** @type {PointRef} */ ref) => ref.layer === point.layer && ref.index === point.index;
      state.select({ layers: layers.filter((id) => id !== hit.layer), points: points.some(same) ? points.filter((ref) => !same(ref)) : [...points, point] });
    } else {
      state.select({ layers: layers.includes(hit.layer) ? layers.filter((id) => id !== hit.layer) : [...layers, hit.layer], points: points.filter((ref) => ref.layer !== hit.layer) });
    }
  }

  const covers = (/** @type {Hit} */ hit) => hit.kind === "point" ? state.selection.points.some((ref) => ref.layer === hit.layer && ref.index === hit.index) : state.selection.layers.includes(hit.layer);

  /** @param {Hit} hit */
  function take(hit) {
    if (hit.kind === "point") state.select({ layers: [], points: [pointOf(hit)] });
    else state.selectLayers([hit.layer]);
  }

  /** How the thing that was pressed moves. @param {NonNullable<typeof drag>} held @returns {Move|null} */
  function moveOf({ gesture, hit, alt, from }) {
    const layer = layerById(state.doc, hit.layer);
    /** @type {Doc|null} */
    let copied = null;
    if (alt) {
      const copy = duplicateLayers(gesture.from, [...state.activeIds()], {});
      copied = copy.doc;
      if (!gesture.update(() => copy.doc, t("do.duplicate"))) return null;
      state.selectLayers(copy.ids);
    }
    // At rest a region itself is moved; later in time its motion is.
    const asMotion = layer?.type === "region" && !alt && (hit.kind === "handle" || (state.frame > 0 && state.selection.layers.length === 1 && !state.selection.points.length));
    if (asMotion) return regionDrag(state, layer, hit.handle, from);
    const anchor = hit.kind === "point" && layer && "points" in layer ? layer.points[hit.index ?? 0] : null;
    const { selection } = state;
    return (before, e) => {
      const [dx, dy] = shift(e, from, anchor);
      return moveSelection(copied ?? before, selection, dx, dy);
    };
  }

  /** By how much something is moved, 0-1; `anchor`: the point (0-1) that snaps. @param {ToolEvent} e @param {ToolEvent} from @param {XY|null} anchor @returns {XY} */
  function shift(e, from, anchor) {
    const [width, height] = state.doc.size_wh;
    const to = e.shift ? snapAxis(from.doc_px, e.doc_px) : e.doc_px;
    let dx = to[0] - from.doc_px[0];
    let dy = to[1] - from.doc_px[1];
    if (state.snap && anchor) {
      const at = [anchor[0] * width, anchor[1] * height];
      const snapped = snapGrid([at[0] + dx, at[1] + dy], 8, "centre");
      dx = snapped[0] - at[0];
      dy = snapped[1] - at[1];
    }
    return [dx / width, dy / height];
  }

  return {
    id: "select",
    cursor: "default",
    holds: (e) => !!hitAt(state, e),
    down(e, gesture) {
      const options = hitOptions(state, e);
      const hits = hitTestAll(state.doc, state.sampled, state.view, e.scene, options).map((one) => asBody(one, e));
      const again = previous && Math.hypot(e.screen[0] - previous.at[0], e.screen[1] - previous.at[1]) < 4 ? previous : null;
      const held = hits.find(covers);
      const hit = hits[0]?.kind === "handle" ? hits[0] : hits[0]?.kind === "point" && !(again && held) ? hits[0] : held ?? hits[0] ?? null;
      previous = null;
      if (!hit) {
        if (!e.shift) state.select({});
        box = { from: e.scene, to: e.scene, kept: state.selection };
        return;
      }
      drag = { gesture, from: e, hit, alt: e.alt && hit.kind !== "handle", cycle: null, move: null };
      if (e.shift) toggle(hit);
      else if (hit.kind !== "handle") {
        if (again && hits.length > 1) drag.cycle = hitTest(state.doc, state.sampled, state.view, e.scene, { ...options, cycle: again.hit });
        if (!covers(hit)) take(hit);
      }
      previous = { hit: drag.cycle ?? hit, at: e.screen };
    },
    move(e) {
      if (box) {
        box.to = e.scene;
        const found = marquee(state.doc, state.view, box.from, box.to, { frame: Math.round(state.frame) });
        const { kept } = box;
        state.select({ layers: [...kept.layers, ...found.layers], points: [...kept.points, ...found.points.filter((ref) => !found.layers.includes(ref.layer))] });
        return;
      }
      if (!drag || (!drag.move && moved_px(e, drag.from) <= (e.touch ? 8 : DRAG_PX))) return;
      const { gesture, hit } = drag;
      const move = (drag.move ??= moveOf(drag));
      if (move) gesture.update((from) => move(from, e), t(hit.kind === "handle" ? "do.shape" : "do.move"));
    },
    up() {
      if (drag?.cycle && !drag.move && !sameHit(drag.cycle, drag.hit)) take(drag.cycle);
      drag = box = null;
    },
    cancel() {
      drag = box = null;
    },
    double(e) {
      const hit = hitTest(state.doc, null, state.view, e.scene, { tolerance_px: e.tolerance_px });
      if (hit?.kind !== "path") return;
      const layer = layerById(state.doc, hit.layer);
      if (layer?.type !== "path" || hit.span === undefined) return;
      const [width, height] = state.doc.size_wh;
      const at = /** @type {XY} */ (hit.xy ? [hit.xy[0] / width, hit.xy[1] / height] : e.norm);
      state.apply(insertPoint(state.doc, hit.layer, hit.span + 1, at), t("do.insertPoint"), { points: [{ layer: hit.layer, index: hit.span + 1 }] });
    },
    erase(e) {
      eraseAt(state, t, e);
    },
    hover(e) {
      const hit = asBody(hitAt(state, e), e);
      setHover(hit);
      setCursor(cursorOver(hit));
    },
    paint(ctx) {
      if (!box) return;
      const { from: [ax, ay], to: [bx, by] } = box;
      ctx.fillStyle = "rgba(91,147,255,0.16)";
      ctx.strokeStyle = "#8db4ff";
      ctx.lineWidth = 1;
      ctx.fillRect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
      ctx.strokeRect(Math.min(ax, bx) + 0.5, Math.min(ay, by) + 0.5, Math.abs(ax - bx), Math.abs(ay - by));
    },
  };
}

/** @param {Hit|null} hit */
function cursorOver(hit) {
  if (!hit) return "default";
  if (hit.kind === "handle") return hit.handle === "rotate" ? "grab" : hit.handle === "pivot" ? "crosshair" : "nwse-resize";
  return hit.kind === "point" ? "move" : "pointer";
}
