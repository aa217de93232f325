// What a hand draws over the frame while it outlines something: a brush's bitmap, a lasso's line, the brush's own size.

import { screenFromDoc } from "../geometry/view.mjs";
import { context2d } from "../ui/dom.mjs";

/** Document pixels per mask pixel: half the model's 8-px cell, so that a brushed edge decides each cell's centre rightly. */
const MASK_STEP_PX = 4;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').View} View */
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

/** The outline that is being drawn, above its own dark rim. @param {CanvasRenderingContext2D} ctx @param {View} view @param {readonly XY[]} outline doc px @param {{color: string, filled?: boolean, rubber?: XY|null}} look `rubber`: where the next corner would be, CSS px */
export function paintOutline(ctx, view, outline, { color, filled = false, rubber = null }) {
  ctx.beginPath();
  for (const xy of outline) ctx.lineTo(...screenFromDoc(view, xy));
  if (rubber) ctx.lineTo(...rubber);
  if (filled) {
    ctx.globalAlpha = 0.2;
    ctx.fillStyle = color;
    ctx.fill("evenodd");
    ctx.globalAlpha = 1;
  }
  for (const [style, width] of /** @type {[string, number][]} */ ([["rgba(10,12,16,0.6)", 4], [color, 2]])) {
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

/** What the brush painted so far. @param {CanvasRenderingContext2D} ctx @param {View} view @param {BrushMask} mask @param {XY} size_wh of the document */
export function paintMask(ctx, view, mask, [width, height]) {
  ctx.globalAlpha = 0.5;
  ctx.drawImage(mask.canvas, view.x, view.y, width * view.scale, height * view.scale);
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {XY} at CSS px @param {number} radius_px */
export function paintRing(ctx, [x, y], radius_px) {
  ctx.beginPath();
  ctx.arc(x, y, radius_px, 0, Math.PI * 2);
  ctx.strokeStyle = "rgba(10,12,16,0.7)";
  ctx.lineWidth = 3.5;
  ctx.stroke();
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = 1.5;
  ctx.stroke();
}
