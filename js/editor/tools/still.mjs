// A: points that stay. C: the camera's frame, dragged, scaled and turned.

import { addAnchor, moveSelection, nextName, setCameraKey } from "../commands/all.mjs";
import { cameraKeyAt } from "../motion/evaluation/camera.mjs";
import { snapAxis, snapGrid } from "../geometry/view.mjs";
import { cameraCorners, cameraTurnHandle } from "../stage/camera_paint.mjs";
import { eraseAt, hitAt, layerOf, pointOf } from "./under_pointer.mjs";
import { targetFrame } from "../state/state.mjs";
import { moved_px, seenBy } from "./tool.mjs";

const DRAG_PX = 3;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('./tool.mjs').Gesture} Gesture */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/**
 * @typedef {object} AnchorNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {() => void} pause
 * @property {(hit: import('./tool.mjs').Hit|null) => void} setHover
 */
/** @typedef {AnchorNeeds & {setCursor: (cursor: string) => void}} CameraNeeds */

/** @param {AnchorNeeds} needs @returns {import('./tool.mjs').Tool} */
export function createAnchorTool({ state, t, pause, setHover }) {
  /** `before`: with the point in it already. @type {{gesture: Gesture, from: ToolEvent, before: Doc, layer: import('../motion/document/types.mjs').Layer|null}|null} */
  let drag = null;

  return {
    id: "anchor",
    cursor: "crosshair",
    holds: (e) => hitAt(state, e)?.kind === "point",
    down(e, gesture) {
      pause();
      const hit = hitAt(state, e);
      if (hit?.kind === "point") {
        state.select({ points: [pointOf(hit)] });
      } else {
        const [width, height] = state.doc.size_wh;
        const at = state.snap ? snapGrid(e.doc_px, 8, "centre") : e.doc_px;
        const made = addAnchor(gesture.from, [at[0] / width, at[1] / height], { name: nextName(gesture.from, "anchors", t("type.anchors")) });
        if (!gesture.update(() => made.doc, t("do.anchor"))) return;
        state.select({ points: [{ layer: made.id, index: made.index }] });
      }
      const layer = hit?.kind === "point" ? layerOf(state, hit) : null;
      drag = { gesture, from: seenBy(state, layer, e), before: state.doc, layer };
    },
    move(e) {
      if (!drag || moved_px(e, drag.from) < DRAG_PX) return;
      const { from, before } = drag;
      const [width, height] = state.doc.size_wh;
      const { doc_px } = seenBy(state, drag.layer, e);
      const to = e.shift ? snapAxis(from.doc_px, doc_px) : doc_px;
      drag.gesture.update(() => moveSelection(before, state.selection, (to[0] - from.doc_px[0]) / width, (to[1] - from.doc_px[1]) / height), t("do.move"));
    },
    up() {
      drag = null;
    },
    cancel() {
      drag = null;
    },
    erase(e) {
      eraseAt(state, t, e);
    },
    hover(e) {
      setHover(hitAt(state, e));
    },
  };
}

/** @param {CameraNeeds} needs @returns {import('./tool.mjs').Tool} */
export function createCameraTool({ state, t, pause, setHover, setCursor }) {
  /** @type {{gesture: Gesture, part: "roll"|"zoom"|"truck", from: ToolEvent, frame: number, key: import('../motion/document/types.mjs').CameraKey, centre: XY, started: boolean}|null} */
  let drag = null;

  const frameOf = () => targetFrame(state, state.doc.camera?.keys ?? []);

  /** @param {ToolEvent} e */
  function partAt(e) {
    const place = cameraCorners(state.doc, frameOf());
    const near = (/** @type {XY} */ xy) => Math.hypot(xy[0] - e.screen[0], xy[1] - e.screen[1]) <= e.tolerance_px + 4;
    if (near(cameraTurnHandle(state.view, place))) return "roll";
    const { scale, x, y } = state.view;
    if (place.corners.some(([cx, cy]) => near([cx * scale + x, cy * scale + y]))) return "zoom";
    return "truck";
  }

  /** What the drag makes of the key. @param {NonNullable<typeof drag>} held @param {ToolEvent} e @returns {Partial<import('../motion/document/types.mjs').CameraKey>} */
  function dragged({ part, key, from, centre }, e) {
    if (part === "truck") {
      const [width, height] = state.doc.size_wh;
      const to = e.shift ? snapAxis(from.doc_px, e.doc_px) : e.doc_px;
      return { truck: [key.truck[0] + (to[0] - from.doc_px[0]) / width, key.truck[1] + (to[1] - from.doc_px[1]) / height] };
    }
    if (part === "zoom") {
      const before = Math.hypot(from.doc_px[0] - centre[0], from.doc_px[1] - centre[1]);
      const now = Math.hypot(e.doc_px[0] - centre[0], e.doc_px[1] - centre[1]);
      const zoom = Math.max(0.1, Math.min(10, (key.zoom * Math.max(before, 1)) / Math.max(now, 1)));
      return { zoom: e.shift ? Math.round(zoom * 10) / 10 : zoom };
    }
    const angle = (/** @type {XY} */ xy) => (Math.atan2(xy[1] - centre[1], xy[0] - centre[0]) * 180) / Math.PI;
    const turn = ((angle(e.doc_px) - angle(from.doc_px) + 540) % 360) - 180;
    return { roll: key.roll + (e.shift ? Math.round(turn / 15) * 15 : turn) };
  }

  return {
    id: "camera",
    cursor: "move",
    holds: () => true,
    down(e, gesture) {
      pause();
      state.pickCamera();
      const frame = frameOf();
      const { centre } = cameraCorners(state.doc, frame);
      drag = { gesture, part: partAt(e), from: e, frame, key: cameraKeyAt(state.doc.camera, frame), centre, started: false };
    },
    move(e) {
      if (!drag || (!drag.started && moved_px(e, drag.from) < DRAG_PX)) return;
      drag.started = true;
      const held = drag;
      held.gesture.update((from) => setCameraKey(from, held.frame, dragged(held, e)), t("do.camera"));
    },
    up() {
      drag = null;
    },
    cancel() {
      drag = null;
    },
    hover(e) {
      setHover(null);
      setCursor({ roll: "grab", zoom: cornerCursor(cameraCorners(state.doc, frameOf()), e), truck: "move" }[partAt(e)]);
    },
  };
}

/** The arrows of a corner point along the line from the frame's middle. @param {{centre: XY}} place @param {ToolEvent} e */
function cornerCursor({ centre }, e) {
  return (e.doc_px[0] - centre[0]) * (e.doc_px[1] - centre[1]) > 0 ? "nwse-resize" : "nesw-resize";
}
