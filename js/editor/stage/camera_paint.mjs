// The camera's frame over the scene: its outline, its path, its handles.

import { cameraAffine, cameraKeyAt } from "../motion/evaluation/camera.mjs";
import { applyAffine, invert } from "../geometry/affine.mjs";
import { traceOutline } from "./layers_paint.mjs";
import { paintHandle, SHADE } from "./overlay_paint.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{corners: XY[], centre: XY, top: XY}} CameraPlace doc px of the scene */

/** Corners (doc px, clockwise from the top left) of what the camera sees at a frame, and the middle of its upper edge. @param {Doc} doc @param {number} frame @returns {CameraPlace} */
export function cameraCorners(doc, frame) {
  const [width, height] = doc.size_wh;
  const back = invert(cameraAffine(doc, frame));
  const corners = /** @type {XY[]} */ ([[0, 0], [width, 0], [width, height], [0, height]]).map((xy) => applyAffine(back, xy));
  const centre = applyAffine(back, [width / 2, height / 2]);
  const top = applyAffine(back, [width / 2, 0]);
  return { corners, centre, top };
}

/** Where the turning handle lies on screen: 28 px beyond the middle of the upper edge, or as far within where the stage ends before that. @param {View} view @param {CameraPlace} place @returns {XY} */
export function cameraTurnHandle(view, { centre, top }) {
  const length = Math.hypot(top[0] - centre[0], top[1] - centre[1]) || 1;
  /** @param {number} away CSS px @returns {XY} */
  const at = (away) => {
    const reach = 1 + away / (length * view.scale);
    return [(centre[0] + (top[0] - centre[0]) * reach) * view.scale + view.x, (centre[1] + (top[1] - centre[1]) * reach) * view.scale + view.y];
  };
  const out = at(28);
  return out.every((v, axis) => v >= 8 && v <= (axis ? view.height : view.width) - 8) ? out : at(-28);
}

/** The camera's frame at the frame a gesture sets, its path, and its handles. @param {CanvasRenderingContext2D} ctx @param {Doc} doc @param {View} view @param {number} frame @param {string} label */
export function paintCamera(ctx, doc, view, frame, label) {
  const place = cameraCorners(doc, frame);
  const handle = cameraTurnHandle(view, place);
  const color = "#ffd24a";
  ctx.beginPath();
  traceOutline(ctx, view, place.corners);
  ctx.strokeStyle = SHADE;
  ctx.lineWidth = 4;
  ctx.stroke();
  ctx.strokeStyle = color;
  ctx.lineWidth = 2;
  ctx.stroke();
  ctx.beginPath();
  // Keys are in the order of their frames.
  const last = doc.camera?.keys.at(-1)?.frame ?? 0;
  for (let f = 0; f <= last; f += 4) {
    const { centre } = cameraCorners(doc, f);
    const x = centre[0] * view.scale + view.x;
    const y = centre[1] * view.scale + view.y;
    if (f) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
  }
  ctx.setLineDash([4, 4]);
  ctx.stroke();
  ctx.setLineDash([]);
  const [tx, ty] = [place.top[0] * view.scale + view.x, place.top[1] * view.scale + view.y];
  ctx.beginPath();
  ctx.moveTo(tx, ty);
  ctx.lineTo(handle[0], handle[1]);
  ctx.stroke();
  paintHandle(ctx, handle, "rotate", color);
  for (const corner of place.corners) paintHandle(ctx, [corner[0] * view.scale + view.x, corner[1] * view.scale + view.y], "scale", color);
  ctx.font = "600 12px sans-serif";
  ctx.textBaseline = "bottom";
  const at = [place.corners[3][0] * view.scale + view.x + 8, place.corners[3][1] * view.scale + view.y - 8];
  ctx.lineWidth = 3;
  ctx.strokeStyle = SHADE;
  ctx.strokeText(label, at[0], at[1]);
  ctx.fillStyle = color;
  ctx.fillText(label, at[0], at[1]);
}

/** @param {Doc} doc @param {number} frame */
export function cameraLabel(doc, frame) {
  const key = cameraKeyAt(doc.camera, frame);
  return `${key.zoom.toFixed(2)}× · ${Math.round(key.roll * 10) / 10}°`;
}
