// V: select, marquee, move. Clicking an overlap again takes the next thing below.

import { marquee, sameHit } from "../stage/hit.mjs";
import { duplicateLayers, insertPoint, moveSelection, setHandle } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { snapAxis, snapGrid } from "../geometry/view.mjs";
import { asBody, eraseAt, gripCursor, hitAt, hitsAt, layerOf, pointOf } from "./under_pointer.mjs";
import { regionDrag, seenParts, severalAt, severalDrag } from "./region_drag.mjs";
import { moved_px, seenBy } from "./tool.mjs";

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
  /** `move`: set once the pointer went far enough. `cycle`: what a click without a drag takes. @type {{gesture: import('./tool.mjs').Gesture, from: ToolEvent, hit: Hit, alt: boolean, cycle: Hit|null, grip: string|null, move: Move|null}|null} */
  let drag = null;
  /** @type {{from: ToolEvent, to: ToolEvent, kept: import('../motion/document/types.mjs').Selection}|null} at two corners */
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

  /** What a box takes; what is pinned, where it lies on the screen. @param {ToolEvent} from @param {ToolEvent} to */
  function inBox(from, to) {
    const { doc, view } = state;
    const options = { frame: Math.round(state.frame) };
    const pinned = doc.layers.filter((layer) => layer.pinned);
    const found = marquee(pinned.length ? { ...doc, layers: doc.layers.filter((layer) => !layer.pinned) } : doc, view, from.scene, to.scene, options);
    if (!pinned.length) return found;
    const on = marquee({ ...doc, layers: pinned }, view, from.screen, to.screen, options);
    return { layers: [...found.layers, ...on.layers], points: [...found.points, ...on.points] };
  }

  /** How the thing that was pressed moves. @param {NonNullable<typeof drag>} held @returns {Move|null} */
  function moveOf({ gesture, hit, alt, from, grip }) {
    const layer = layerById(state.doc, hit.layer);
    if (grip) return severalDrag(state, grip, from);
    if (hit.kind === "handle" && layer?.type === "path") return bend(layer, hit, from);
    /** @type {Doc|null} */
    let copied = null;
    if (alt) {
      const copy = duplicateLayers(gesture.from, [...state.activeIds()], { copy: t("layer.copy") });
      copied = copy.doc;
      if (!gesture.update(() => copy.doc, t("do.duplicate"))) return null;
      state.selectLayers(copy.ids);
    }
    // At rest a region itself is moved; later in time its motion is.
    if (layer?.type === "region" && !alt && state.frame > 0 && state.selection.layers.length > 1) return severalDrag(state, null, from);
    const asMotion = layer?.type === "region" && !alt && (hit.kind === "handle" || (state.frame > 0 && state.selection.layers.length === 1 && !state.selection.points.length));
    if (asMotion) return regionDrag(state, layer, hit.handle, from);
    const anchor = hit.kind === "point" && layer && "points" in layer ? layer.points[hit.index ?? 0] : null;
    const { selection } = state;
    const [width, height] = state.doc.size_wh;
    const parts = seenParts(state, [...state.activeIds()]);
    const ownPart = parts.find(({ layers }) => layers.includes(hit.layer));
    return (before, e) => {
      const [dx, dy] = shift(e, from, anchor);
      return parts.reduce((after, part) => {
        const those = { layers: selection.layers.filter((id) => part.layers.includes(id)), points: selection.points.filter((ref) => part.layers.includes(ref.layer)) };
        // What lies elsewhere than what is held, on the screen or in the scene, goes as far as it is seen to.
        const [[ax, ay], [bx, by]] = part === ownPart ? [[0, 0], [dx * width, dy * height]] : [part.own(from.shown_px), part.own(e.shown_px)];
        return moveSelection(after, those, (bx - ax) / width, (by - ay) / height);
      }, copied ?? before);
    };
  }

  /** A Bezier handle: the other side turns along, unless Alt is held. @param {import('../motion/document/types.mjs').PathLayer} layer @param {Hit} hit @param {ToolEvent} from @returns {Move} */
  function bend(layer, hit, from) {
    const side = hit.handle === "in" ? "in" : "out";
    const index = hit.index ?? 0;
    const [inX, inY, outX, outY] = layer.handles?.[index] ?? [0, 0, 0, 0];
    const [x, y] = side === "in" ? [inX, inY] : [outX, outY];
    return (before, e) => setHandle(before, layer.id, index, side, [x + e.norm[0] - from.norm[0], y + e.norm[1] - from.norm[1]], { free: e.alt });
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
    holds: (e) => !!severalAt(state, e) || !!hitAt(state, e),
    down(e, gesture) {
      const found = hitsAt(state, e);
      const hits = found.map((one) => asBody(one, e));
      const again = previous && Math.hypot(e.screen[0] - previous.at[0], e.screen[1] - previous.at[1]) < 4 ? previous : null;
      const held = hits.find(covers);
      const hit = hits[0]?.kind === "handle" ? hits[0] : hits[0]?.kind === "point" && !(again && held) ? hits[0] : held ?? hits[0] ?? null;
      previous = null;
      const grip = severalAt(state, e);
      if (grip) {
        drag = { gesture, from: e, hit: { kind: "handle", layer: state.selection.layers[0], handle: grip }, alt: false, cycle: null, grip, move: null };
        return;
      }
      if (!hit) {
        if (!e.shift) state.select({});
        box = { from: e, to: e, kept: state.selection };
        return;
      }
      drag = { gesture, from: seenBy(state, layerOf(state, hit), e), hit, alt: e.alt && hit.kind !== "handle", cycle: null, grip: null, move: null };
      if (e.shift && hit.kind !== "handle") toggle(hit);
      else if (hit.kind !== "handle") {
        if (again && hits.length > 1) drag.cycle = found[(found.findIndex((one) => sameHit(one, again.hit)) + 1) % found.length];
        if (!covers(hit)) take(hit);
      }
      previous = { hit: drag.cycle ?? hit, at: e.screen };
    },
    move(e) {
      if (box) {
        box.to = e;
        const found = inBox(box.from, box.to);
        const { kept } = box;
        state.select({ layers: [...kept.layers, ...found.layers], points: [...kept.points, ...found.points.filter((ref) => !found.layers.includes(ref.layer))] });
        return;
      }
      if (!drag || (!drag.move && moved_px(e, drag.from) <= (e.touch ? 8 : DRAG_PX))) return;
      const { gesture, hit } = drag;
      const move = (drag.move ??= moveOf(drag));
      const seen = seenBy(state, layerOf(state, hit), e);
      if (move) gesture.update((from) => move(from, seen), t(hit.kind === "handle" ? "do.shape" : "do.move"));
    },
    up() {
      if (drag?.cycle && !drag.move && !sameHit(drag.cycle, drag.hit)) take(drag.cycle);
      drag = box = null;
    },
    cancel() {
      drag = box = null;
    },
    double(e) {
      const hit = hitAt(state, e, { tolerance_px: e.tolerance_px });
      if (hit?.kind !== "path") return;
      const layer = layerById(state.doc, hit.layer);
      if (layer?.type !== "path" || hit.span === undefined) return;
      const [width, height] = state.doc.size_wh;
      const at = /** @type {XY} */ (hit.xy ? [hit.xy[0] / width, hit.xy[1] / height] : seenBy(state, layer, e).norm);
      state.apply(insertPoint(state.doc, hit.layer, hit.span + 1, at), t("do.insertPoint"), { points: [{ layer: hit.layer, index: hit.span + 1 }] });
    },
    erase(e) {
      eraseAt(state, t, e);
    },
    hover(e) {
      const hit = asBody(hitAt(state, e), e);
      const grip = severalAt(state, e);
      setHover(hit);
      setCursor(grip ? gripCursor(grip) : cursorOver(hit));
    },
    paint(ctx) {
      if (!box) return;
      const { from: { scene: [ax, ay] }, to: { scene: [bx, by] } } = box;
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
  if (hit.kind === "handle" && hit.index !== undefined) return "move";
  if (hit.kind === "handle") return gripCursor(hit.handle ?? "");
  return hit.kind === "point" ? "move" : "pointer";
}
