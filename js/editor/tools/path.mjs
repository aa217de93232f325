// D: drag a path, timed by the hand. P: click the points of one.

import { addPath, addStroke, appendPoint, deletePoints, setLayer, setPoint } from "../commands/all.mjs";
import { hitTest } from "../stage/hit.mjs";
import { layerById } from "../motion/document/document.mjs";
import { nextColor } from "../palette.mjs";
import { screenFromDoc, snapAxis, snapGrid } from "../geometry/view.mjs";
import { eraseAt, hitOptions } from "./select.mjs";

const CLICK_PX = 6;

export function createDragTool(ed) {
  const { state } = ed;
  let samples = null;
  let origin = null;
  let moved = false;

  const add = (e) => {
    let xy = e.doc_px;
    if (e.shift) xy = snapAxis(samples.length ? [samples[0].x, samples[0].y] : xy, xy);
    const last = samples[samples.length - 1];
    if (!last || last.x !== xy[0] || last.y !== xy[1] || e.time > last.t) samples.push({ x: xy[0], y: xy[1], t: Math.max(e.time, last?.t ?? e.time) });
  };

  return {
    id: "drag",
    cursor: "crosshair",
    wantsEvery: true,
    down(e) {
      ed.pause();
      state.setFrame(0);
      e = ed.pointer.atNow(e);
      samples = [];
      origin = e;
      moved = false;
      add(state.snap ? { ...e, doc_px: snapGrid(e.doc_px, 8, "centre") } : e);
    },
    move(e) {
      if (!samples) return;
      for (const one of e.every ?? [e]) add({ ...one, shift: e.shift });
      if (Math.hypot(e.screen[0] - origin.screen[0], e.screen[1] - origin.screen[1]) > CLICK_PX) moved = true;
    },
    up(e) {
      const stroke = samples;
      samples = null;
      if (!stroke) return;
      if (!moved) {
        // A click picks what is there, so that a wrong stroke can be seen to without changing tools.
        const hit = hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e));
        if (hit) state.selectLayers([hit.layer]);
        else {
          state.selectLayers([]);
          ed.hint("hint.dragLonger");
        }
        return;
      }
      const made = addStroke(state.doc, stroke, { start: 0, fill: state.strokeLength === "clip" });
      if (state.apply(made.doc, ed.t("do.draw"))) {
        state.selectLayers([made.id]);
        ed.firstStroke();
      }
    },
    cancel() {
      samples = null;
    },
    erase(e) {
      eraseAt(ed, e);
    },
    hover(e) {
      ed.setHover(hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e)));
    },
    paint(ctx, view) {
      if (!samples || samples.length < 2) return;
      ctx.beginPath();
      samples.forEach((one, i) => {
        const x = one.x * view.scale + view.x;
        const y = one.y * view.scale + view.y;
        if (i) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
      });
      ctx.lineJoin = ctx.lineCap = "round";
      ctx.strokeStyle = "rgba(10,12,16,0.55)";
      ctx.lineWidth = 6;
      ctx.stroke();
      ctx.strokeStyle = nextColor(state.doc);
      ctx.lineWidth = 3;
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(samples[0].x * view.scale + view.x, samples[0].y * view.scale + view.y, 6, 0, Math.PI * 2);
      ctx.fillStyle = nextColor(state.doc);
      ctx.fill();
      ctx.strokeStyle = "#fff";
      ctx.lineWidth = 2;
      ctx.stroke();
    },
  };
}

export function createPenTool(ed) {
  const { state } = ed;
  let id = null; // the path being built
  let drag = null; // {index, before}
  let rubber = null;

  const current = () => {
    const layer = id ? layerById(state.doc, id) : null;
    if (!layer) id = null;
    return layer;
  };
  const place = (e, from) => {
    let xy = e.doc_px;
    if (e.shift && from) xy = snapAxis([from[0] * state.doc.size_wh[0], from[1] * state.doc.size_wh[1]], xy);
    if (state.snap) xy = snapGrid(xy, 8, "centre");
    return [xy[0] / state.doc.size_wh[0], xy[1] / state.doc.size_wh[1]];
  };

  function finish() {
    id = null;
    rubber = null;
    drag = null;
    ed.stage.invalidate();
  }

  return {
    id: "pen",
    cursor: "crosshair",
    down(e) {
      ed.pause();
      const layer = current();
      const hit = hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e));
      if (hit?.kind === "point") {
        const over = layerById(state.doc, hit.layer);
        if (layer && hit.layer === id && hit.index === 0 && layer.points.length > 2) {
          state.apply(setLayer(state.doc, id, { closed: true }), ed.t("do.close"));
          finish();
          return;
        }
        // The last point of another path goes on from there; any other point is moved.
        if (!layer && over?.type === "path" && !over.closed && hit.index === over.points.length - 1) id = hit.layer;
        state.selectLayers([hit.layer]);
        state.history.begin(ed.t("do.move"));
        drag = { layer: hit.layer, index: hit.index };
        return;
      }
      state.history.begin(ed.t("do.point"));
      if (layer) {
        state.history.update(appendPoint(state.doc, id, place(e, layer.points[layer.points.length - 1])));
        drag = { layer: id, index: layer.points.length };
      } else {
        const made = addPath(state.doc, [place(e, null)], { curve: "catmull-rom" });
        state.history.update(made.doc);
        id = made.id;
        drag = { layer: id, index: 0 };
      }
      state.selectLayers([drag.layer]);
    },
    move(e) {
      if (!drag) return;
      const layer = layerById(state.doc, drag.layer);
      state.history.update(setPoint(state.doc, drag.layer, drag.index, place(e, layer?.points[drag.index - 1])));
    },
    up() {
      if (drag) state.history.commit();
      drag = null;
    },
    cancel() {
      if (drag) state.history.cancel();
      drag = null;
    },
    double() {
      // The two clicks of a double click left two points on one spot.
      const layer = current();
      if (layer && layer.points.length > 2) {
        const [a, b] = layer.points.slice(-2);
        if (Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.01) state.apply(deletePoints(state.doc, [{ layer: id, index: layer.points.length - 1 }]), ed.t("do.point"));
      }
      finish();
    },
    erase(e) {
      if (!eraseAt(ed, e)) finish();
    },
    hover(e) {
      rubber = e;
      ed.setHover(hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e)));
      ed.stage.invalidate();
    },
    /** Enter and Esc end the path; true when there was one. */
    finish() {
      if (!id) return false;
      finish();
      return true;
    },
    leave: finish,
    paint(ctx, view) {
      const layer = current();
      if (!layer || !rubber || drag) return;
      const last = layer.points[layer.points.length - 1];
      const [x, y] = screenFromDoc(view, [last[0] * state.doc.size_wh[0], last[1] * state.doc.size_wh[1]]);
      const to = place(rubber, last);
      const [tx, ty] = screenFromDoc(view, [to[0] * state.doc.size_wh[0], to[1] * state.doc.size_wh[1]]);
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(tx, ty);
      ctx.setLineDash([4, 4]);
      ctx.strokeStyle = "rgba(255,255,255,0.8)";
      ctx.lineWidth = 1.5;
      ctx.stroke();
      ctx.setLineDash([]);
    },
  };
}
