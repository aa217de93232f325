// D: drag a path, timed by the hand. P: click the points of one.

import { addPath, addStroke, appendPoint, deletePoints, nextName, setHandle, setLayer, setPoint } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { nextColor } from "../palette.mjs";
import { screenFromDoc, snapAxis, snapGrid } from "../geometry/view.mjs";
import { eraseAt, hitAt } from "./under_pointer.mjs";
import { atNow, isFull, moved_px, seenBy } from "./tool.mjs";

const CLICK_PX = 6;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('./tool.mjs').Gesture} Gesture */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/**
 * @typedef {object} DragNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {() => void} pause
 * @property {(hit: import('./tool.mjs').Hit|null) => void} setHover
 * @property {(key: string) => void} hint words over the stage
 * @property {() => void} firstStroke a path was drawn
 */
/**
 * @typedef {object} PenNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {() => void} pause
 * @property {(hit: import('./tool.mjs').Hit|null) => void} setHover
 * @property {() => void} redraw
 * @property {(key: string) => void} hint
 */

/** @param {DragNeeds} needs @returns {import('./tool.mjs').Tool} */
export function createDragTool({ state, t, pause, setHover, hint, firstStroke }) {
  /** `samples`: doc px and ms. @type {{samples: import('../commands/stroke.mjs').Sample[], origin: ToolEvent, moved: boolean}|null} */
  let stroke = null;

  /** @param {import('../commands/stroke.mjs').Sample[]} samples @param {XY} doc_px @param {number} time ms @param {boolean} shift */
  function add(samples, doc_px, time, shift) {
    const [x, y] = shift && samples.length ? snapAxis([samples[0].x, samples[0].y], doc_px) : doc_px;
    const last = samples[samples.length - 1];
    if (!last || last.x !== x || last.y !== y || time > last.t) samples.push({ x, y, t: Math.max(time, last?.t ?? time) });
  }

  return {
    id: "drag",
    cursor: "crosshair",
    wantsEvery: true,
    holds: () => true,
    down(e) {
      pause();
      state.setFrame(0);
      const origin = atNow(state, e);
      stroke = { samples: [], origin, moved: false };
      add(stroke.samples, state.snap ? snapGrid(origin.doc_px, 8, "centre") : origin.doc_px, e.time, false);
    },
    move(e) {
      if (!stroke) return;
      if (!stroke.moved && moved_px(e, stroke.origin) > CLICK_PX && isFull(state)) {
        stroke = null;
        hint("hint.full");
        return;
      }
      for (const one of e.every ?? [e]) add(stroke.samples, one.doc_px, one.time, e.shift);
      if (moved_px(e, stroke.origin) > CLICK_PX) stroke.moved = true;
    },
    up(e) {
      const done = stroke;
      stroke = null;
      if (!done) return;
      if (!done.moved) {
        // A click picks what is there, so that a wrong stroke can be seen to without changing tools.
        const hit = hitAt(state, e);
        state.selectLayers(hit ? [hit.layer] : []);
        if (!hit) hint("hint.dragLonger");
        return;
      }
      const made = addStroke(state.doc, done.samples, { start: 0, fill: state.strokeLength === "clip", fields: { name: nextName(state.doc, "path", t("type.path")) } });
      if (state.apply(made.doc, t("do.draw"), { layers: [made.id] })) firstStroke();
    },
    cancel() {
      stroke = null;
    },
    erase(e) {
      eraseAt(state, t, e);
    },
    hover(e) {
      setHover(hitAt(state, e));
    },
    paint(ctx, view) {
      if (!stroke || stroke.samples.length < 2) return;
      const places = stroke.samples.map(({ x, y }) => screenFromDoc(view, [x, y]));
      ctx.beginPath();
      places.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
      ctx.lineJoin = ctx.lineCap = "round";
      ctx.strokeStyle = "rgba(10,12,16,0.55)";
      ctx.lineWidth = 6;
      ctx.stroke();
      ctx.strokeStyle = nextColor(state.doc);
      ctx.lineWidth = 3;
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(places[0][0], places[0][1], 6, 0, Math.PI * 2);
      ctx.fillStyle = nextColor(state.doc);
      ctx.fill();
      ctx.strokeStyle = "#fff";
      ctx.lineWidth = 2;
      ctx.stroke();
    },
  };
}

/** @param {PenNeeds} needs @returns {import('./tool.mjs').Tool} */
export function createPenTool({ state, t, pause, setHover, redraw, hint }) {
  /** The path that is being built. @type {string|null} */
  let id = null;
  /** The point under the pointer; `before`: the document with it in place. @type {{gesture: Gesture, layer: string, index: number, before: Doc}|null} */
  let drag = null;
  /** Where the next point would go. @type {ToolEvent|null} */
  let rubber = null;

  const current = () => {
    const layer = id ? layerById(state.doc, id) : null;
    if (layer?.type === "path") return layer;
    id = null;
    return null;
  };
  /** 0-1, kept to an axis through `from` (0-1) with Shift. @param {ToolEvent} e @param {XY|undefined} from @returns {XY} */
  const place = (e, from) => {
    const [width, height] = state.doc.size_wh;
    let xy = seenBy(state, drag ? layerById(state.doc, drag.layer) : current(), e).doc_px;
    if (e.shift && from) xy = snapAxis([from[0] * width, from[1] * height], xy);
    if (state.snap) xy = snapGrid(xy, 8, "centre");
    return [xy[0] / width, xy[1] / height];
  };

  function finish() {
    id = null;
    rubber = null;
    drag = null;
    redraw();
  }

  /** A point that is there is held; true: nothing is to be added. @param {ToolEvent} e @param {Gesture} gesture */
  function takePoint(e, gesture) {
    const hit = hitAt(state, e);
    if (hit?.kind !== "point" || hit.index === undefined) return false;
    const over = layerById(state.doc, hit.layer);
    const layer = current();
    if (layer && hit.layer === id && hit.index === 0 && layer.points.length > 2) {
      state.apply(setLayer(state.doc, layer.id, { closed: true }), t("do.close"));
      finish();
      return true;
    }
    // The last point of another path goes on from there; any other point is moved.
    if (!layer && over?.type === "path" && !over.closed && hit.index === over.points.length - 1) id = hit.layer;
    state.selectLayers([hit.layer]);
    drag = { gesture, layer: hit.layer, index: hit.index, before: state.doc };
    return true;
  }

  return {
    id: "pen",
    cursor: "crosshair",
    holds: (e) => !current() && hitAt(state, e)?.kind === "point",
    down(e, gesture) {
      pause();
      if (takePoint(e, gesture)) return;
      const layer = current();
      if (!layer && isFull(state)) return hint("hint.full");
      const made = layer
        ? { doc: appendPoint(state.doc, layer.id, place(e, layer.points[layer.points.length - 1])), id: layer.id, index: layer.points.length }
        : { ...addPath(state.doc, [place(e, undefined)], { curve: "catmull-rom", name: nextName(state.doc, "path", t("type.path")) }), index: 0 };
      if (!gesture.update(() => made.doc, t("do.point"))) return;
      id = made.id;
      state.selectLayers([made.id]);
      drag = { gesture, layer: made.id, index: made.index, before: made.doc };
    },
    move(e) {
      if (!drag) return;
      const { gesture, layer: of, index, before } = drag;
      const layer = layerById(before, of);
      if (e.alt && layer?.type === "path") {
        // Pulled out of the point on both sides, as pens do.
        const [x, y] = layer.points[index];
        gesture.update(() => setHandle(before, of, index, "out", [e.norm[0] - x, e.norm[1] - y], { even: true }), t("do.shape"));
        return;
      }
      const from = layer && "points" in layer ? layer.points[index - 1] : undefined;
      gesture.update(() => setPoint(before, of, index, place(e, from)), t("do.move"));
    },
    up() {
      drag = null;
    },
    cancel() {
      drag = null;
    },
    double() {
      // The two clicks of a double click left two points on one spot.
      const layer = current();
      if (layer && layer.points.length > 2) {
        const [a, b] = layer.points.slice(-2);
        if (Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.01) state.apply(deletePoints(state.doc, [{ layer: layer.id, index: layer.points.length - 1 }]), t("do.point"));
      }
      finish();
    },
    erase(e) {
      if (!eraseAt(state, t, e)) finish();
    },
    hover(e) {
      rubber = e;
      setHover(hitAt(state, e));
      redraw();
    },
    finish() {
      if (!id) return false;
      finish();
      return true;
    },
    leave: finish,
    paint(ctx, view) {
      const layer = current();
      if (!layer || !rubber || drag) return;
      const [width, height] = state.doc.size_wh;
      const last = layer.points[layer.points.length - 1];
      const to = place(rubber, last);
      ctx.beginPath();
      ctx.moveTo(...screenFromDoc(view, [last[0] * width, last[1] * height]));
      ctx.lineTo(...screenFromDoc(view, [to[0] * width, to[1] * height]));
      ctx.setLineDash([4, 4]);
      ctx.strokeStyle = "rgba(255,255,255,0.8)";
      ctx.lineWidth = 1.5;
      ctx.stroke();
      ctx.setLineDash([]);
    },
  };
}
