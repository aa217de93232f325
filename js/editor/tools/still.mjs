// A: points that stay. C: the camera's frame, dragged, scaled and turned.

import { addAnchor, moveSelection, setCameraKey } from "../commands/all.mjs";
import { cameraKeyAt } from "../motion/evaluation/camera.mjs";
import { hitTest } from "../stage/hit.mjs";
import { snapAxis, snapGrid } from "../geometry/view.mjs";
import { cameraCorners, cameraTurnHandle } from "../stage/overlay_paint.mjs";
import { eraseAt, hitOptions } from "./select.mjs";
import { targetFrame } from "../state/state.mjs";

export function createAnchorTool(ed) {
  const { state } = ed;
  let drag = null;

  return {
    id: "anchor",
    cursor: "crosshair",
    down(e) {
      ed.pause();
      const hit = hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e));
      const [width, height] = state.doc.size_wh;
      if (hit?.kind === "point") {
        state.select({ layers: [], points: [{ layer: hit.layer, index: hit.index }] });
        state.history.begin(ed.t("do.move"));
      } else {
        const at = state.snap ? snapGrid(e.doc_px, 8, "centre") : e.doc_px;
        const made = addAnchor(state.doc, [at[0] / width, at[1] / height]);
        state.history.begin(ed.t("do.anchor"));
        state.history.update(made.doc);
        state.select({ layers: [], points: [{ layer: made.id, index: made.index }] });
      }
      drag = { from: e, before: state.doc };
    },
    move(e) {
      if (!drag || Math.hypot(e.screen[0] - drag.from.screen[0], e.screen[1] - drag.from.screen[1]) < 3) return;
      const [width, height] = state.doc.size_wh;
      const to = e.shift ? snapAxis(drag.from.doc_px, e.doc_px) : e.doc_px;
      state.history.update(moveSelection(drag.before, state.selection, (to[0] - drag.from.doc_px[0]) / width, (to[1] - drag.from.doc_px[1]) / height));
    },
    up() {
      if (drag) state.history.commit();
      drag = null;
    },
    cancel() {
      if (drag) state.history.cancel();
      drag = null;
    },
    erase(e) {
      eraseAt(ed, e);
    },
    hover(e) {
      ed.setHover(hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e)));
    },
  };
}

export function createCameraTool(ed) {
  const { state } = ed;
  let drag = null;

  const frameOf = () => targetFrame(state, state.doc.camera?.keys ?? []);

  function part(e) {
    const place = cameraCorners(state.doc, frameOf());
    const near = (xy) => Math.hypot(xy[0] - e.screen[0], xy[1] - e.screen[1]) <= e.tolerance_px + 4;
    if (near(cameraTurnHandle(state.view, place))) return "roll";
    const { scale, x, y } = state.view;
    if (place.corners.some(([cx, cy]) => near([cx * scale + x, cy * scale + y]))) return "zoom";
    return "truck";
  }

  return {
    id: "camera",
    cursor: "move",
    down(e) {
      ed.pause();
      state.select({ layers: [], points: [] });
      state.set("selection", { cameraPicked: true });
      const frame = frameOf();
      const { centre } = cameraCorners(state.doc, frame);
      drag = { part: part(e), from: e, frame, key: cameraKeyAt(state.doc.camera, frame), centre, before: state.doc, started: false };
    },
    move(e) {
      if (!drag) return;
      if (!drag.started) {
        if (Math.hypot(e.screen[0] - drag.from.screen[0], e.screen[1] - drag.from.screen[1]) < 3) return;
        state.history.begin(ed.t("do.camera"));
        drag.started = true;
      }
      const [width, height] = state.doc.size_wh;
      const { key, from, centre } = drag;
      const value = {};
      if (drag.part === "truck") {
        const to = e.shift ? snapAxis(from.doc_px, e.doc_px) : e.doc_px;
        value.truck = [key.truck[0] + (to[0] - from.doc_px[0]) / width, key.truck[1] + (to[1] - from.doc_px[1]) / height];
      } else if (drag.part === "zoom") {
        const before = Math.hypot(from.doc_px[0] - centre[0], from.doc_px[1] - centre[1]);
        const now = Math.hypot(e.doc_px[0] - centre[0], e.doc_px[1] - centre[1]);
        value.zoom = Math.max(0.1, Math.min(10, (key.zoom * Math.max(before, 1)) / Math.max(now, 1)));
        if (e.shift) value.zoom = Math.round(value.zoom * 10) / 10;
      } else {
        const angle = (xy) => (Math.atan2(xy[1] - centre[1], xy[0] - centre[0]) * 180) / Math.PI;
        let turn = ((angle(e.doc_px) - angle(from.doc_px) + 540) % 360) - 180;
        if (e.shift) turn = Math.round(turn / 15) * 15;
        value.roll = key.roll + turn;
      }
      state.history.update(setCameraKey(drag.before, drag.frame, value));
    },
    up() {
      if (drag?.started) state.history.commit();
      drag = null;
    },
    cancel() {
      if (drag?.started) state.history.cancel();
      drag = null;
    },
    hover(e) {
      ed.setHover(null);
      ed.stage.over.style.cursor = { roll: "grab", zoom: "nwse-resize", truck: "move" }[part(e)];
    },
  };
}
