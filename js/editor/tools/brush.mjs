// A region by brush: what is painted, as a bitmap over the frame.

import { context2d } from "../ui/dom.mjs";

/** Document pixels per mask pixel: half the model's 8-px cell, so that a brushed edge decides each cell's centre rightly. */
const MASK_STEP_PX = 4;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {{cols: number, rows: number, data: Uint8Array}} Bitmap 1 where painted, row by row */
/**
 * @typedef {object} BrushMask
 * @property {HTMLCanvasElement} canvas to show over the frame
 * @property {(doc_px: XY, radius_px: number) => void} paint on from the last place
 * @property {() => Bitmap} read
 */

/** @param {XY} size_wh of the document @param {string} color @returns {BrushMask} */
export function createBrushMask([width, height], color) {
  const canvas = document.createElement("canvas");
  const cols = (canvas.width = Math.ceil(width / MASK_STEP_PX));
  const rows = (canvas.height = Math.ceil(height / MASK_STEP_PX));
  const ctx = context2d(canvas, { willReadFrequently: true });
  ctx.fillStyle = ctx.strokeStyle = color;
  ctx.lineCap = "round";
  /** @type {XY|null} */
  let last = null;
  return {
    canvas,
    paint(doc_px, radius_px) {
      const x = doc_px[0] / MASK_STEP_PX;
      const y = doc_px[1] / MASK_STEP_PX;
      const r = radius_px / MASK_STEP_PX;
      ctx.lineWidth = r * 2;
      ctx.beginPath();
      ctx.moveTo(...(last ?? [x, y]));
      ctx.lineTo(x, y);
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(x, y, r, 0, Math.PI * 2);
      ctx.fill();
      last = [x, y];
    },
    read() {
      const rgba = ctx.getImageData(0, 0, cols, rows).data;
      return { cols, rows, data: Uint8Array.from({ length: cols * rows }, (_, i) => (rgba[i * 4 + 3] > 127 ? 1 : 0)) };
    },
  };
}
