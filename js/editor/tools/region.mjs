// R: outline a thing (lasso by dragging, polygon by clicking, or a brush), then drag it to where it should end.

import { addRegion, addRegionFromMask, setLayer } from "../commands/all.mjs";
import { hitTest } from "../stage/hit.mjs";
import { layerById } from "../motion/document/document.mjs";
import { nextColor } from "../palette.mjs";
import { decodeMask } from "../motion/document/mask.mjs";
import { screenFromDoc } from "../geometry/view.mjs";
import { asBody, hitOptions, regionGesture } from "./select.mjs";

const CLICK_PX = 5;
/** Mask pixels per document pixel: half the model's 8-px cell, so that a brushed edge decides each cell's centre rightly. */
const MASK_STEP_PX = 4;

export function createRegionTool(ed) {
  const { state } = ed;
  let mode = null; // "lasso" | "polygon" | "brush" | "gesture"
  let outline = []; // doc px
  let start = null;
  let change = null;
  let began = false;
  let mask = null;
  let pointer = null;

  function hitRegion(e) {
    const single = state.single();
    const options = hitOptions(state, e);
    if (single?.type === "region") {
      const own = asBody(hitTest(state.doc, state.sampled, state.view, e.scene, options), e);
      if (own?.kind === "handle" || own?.kind === "region") return own;
    }
    // The region may also be taken where it rests.
    const hit = asBody(hitTest(state.doc, state.sampled, state.view, e.scene, { ...options, frame: Math.round(state.frame) }), e);
    return hit?.kind === "region" || hit?.kind === "handle" ? hit : null;
  }

  function makeMask() {
    const [width, height] = state.doc.size_wh;
    const cols = Math.ceil(width / MASK_STEP_PX);
    const rows = Math.ceil(height / MASK_STEP_PX);
    const canvas = document.createElement("canvas");
    canvas.width = cols;
    canvas.height = rows;
    return { canvas, ctx: canvas.getContext("2d", { willReadFrequently: true }), cols, rows, any: false };
  }

  function brush(e) {
    const { ctx } = mask;
    const [x, y] = [e.doc_px[0] / MASK_STEP_PX, e.doc_px[1] / MASK_STEP_PX];
    const r = state.brush / MASK_STEP_PX;
    ctx.fillStyle = ctx.strokeStyle = nextColor(state.doc);
    ctx.lineWidth = r * 2;
    ctx.lineCap = "round";
    ctx.beginPath();
    ctx.moveTo(...(mask.last ?? [x, y]));
    ctx.lineTo(x, y);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, r, 0, Math.PI * 2);
    ctx.fill();
    mask.last = [x, y];
    mask.any = true;
  }

  function made(result) {
    reset();
    if (state.apply(result.doc, ed.t("do.region"))) {
      state.selectLayers([result.id]);
      ed.hint("hint.regionMade");
    }
  }

  function closeOutline() {
    if (outline.length < 3) return reset();
    const [width, height] = state.doc.size_wh;
    made(addRegion(state.doc, simplify(outline, 1.2 / state.view.scale).map(([x, y]) => [x / width, y / height]), {}));
  }

  function closeMask() {
    const { ctx, cols, rows } = mask;
    const rgba = ctx.getImageData(0, 0, cols, rows).data;
    const data = new Uint8Array(cols * rows);
    let any = false;
    for (let i = 0; i < data.length; i++) {
      data[i] = rgba[i * 4 + 3] > 127 ? 1 : 0;
      any ||= data[i] === 1;
    }
    if (!any) return reset();
    const old = mask.extend && decodeMask(mask.extend.mask);
    if (!old || old.cols !== cols || old.rows !== rows) {
      made(addRegionFromMask(state.doc, { cols, rows, data }, {}));
      return;
    }
    for (let i = 0; i < data.length; i++) data[i] |= old.data[i];
    const { id } = mask.extend;
    const whole = addRegionFromMask(state.doc, { cols, rows, data }, {});
    const { mask: joined, pivot } = layerById(whole.doc, whole.id);
    reset();
    state.apply(setLayer(state.doc, id, { mask: joined, pivot }), ed.t("do.region"));
  }

  function reset() {
    mode = null;
    outline = [];
    mask = null;
    change = null;
    ed.stage.invalidate();
  }

  return {
    id: "region",
    cursor: "crosshair",
    wantsEvery: true,
    down(e) {
      ed.pause();
      start = e;
      began = false;
      if (mode === "polygon") {
        outline.push(e.doc_px);
        const first = screenFromDoc(state.view, outline[0]);
        if (outline.length > 3 && Math.hypot(first[0] - e.scene[0], first[1] - e.scene[1]) < e.tolerance_px + 2) {
          outline.pop();
          closeOutline();
        }
        return;
      }
      const hit = state.regionMode === "brush" && e.shift ? null : hitRegion(e);
      if (hit) {
        const layer = layerById(state.doc, hit.layer);
        state.selectLayers([hit.layer]);
        mode = "gesture";
        change = regionGesture(ed, layer, hit.handle, e);
        return;
      }
      state.setFrame(0);
      e = start = ed.pointer.atNow(e);
      if (state.regionMode === "brush") {
        mode = "brush";
        mask = makeMask();
        // Strokes go on adding to the brushed region that is selected, until it moves.
        const single = state.single();
        mask.extend = single?.type === "region" && single.mask && !single.keys.length ? single : null;
        brush(e);
        return;
      }
      mode = "lasso";
      outline = [e.doc_px];
    },
    move(e) {
      pointer = e;
      if (mode === "gesture") {
        if (!began && Math.hypot(e.screen[0] - start.screen[0], e.screen[1] - start.screen[1]) < 3) return;
        if (!began) state.history.begin(ed.t("do.moveRegion"));
        began = true;
        state.history.update(change(e));
      } else if (mode === "brush") for (const one of e.every ?? [e]) brush(one);
      else if (mode === "lasso") for (const one of e.every ?? [e]) outline.push(one.doc_px);
    },
    up(e) {
      if (mode === "gesture") {
        if (began) state.history.commit();
        mode = null;
      } else if (mode === "brush") closeMask();
      else if (mode === "lasso") {
        const still = Math.hypot(e.screen[0] - start.screen[0], e.screen[1] - start.screen[1]) < CLICK_PX && outline.length < 6;
        if (still) {
          // A click starts a polygon.
          mode = "polygon";
          outline = [start.doc_px];
          ed.hint("hint.polygon");
        } else closeOutline();
      }
    },
    double() {
      if (mode === "polygon") closeOutline();
    },
    finish() {
      if (mode !== "polygon") return false;
      closeOutline();
      return true;
    },
    cancel() {
      if (mode === "gesture" && began) state.history.cancel();
      reset();
    },
    leave: reset,
    erase() {
      reset();
    },
    hover(e) {
      pointer = e;
      const hit = hitRegion(e);
      ed.setHover(hit);
      ed.stage.over.style.cursor = hit ? (hit.handle === "rotate" ? "grab" : hit.handle ? "nwse-resize" : "move") : "crosshair";
      if (mode || state.regionMode === "brush") ed.stage.invalidate();
    },
    paint(ctx, view) {
      const color = nextColor(state.doc);
      if (outline.length) {
        ctx.beginPath();
        outline.forEach((xy, i) => {
          const [x, y] = screenFromDoc(view, xy);
          if (i) ctx.lineTo(x, y);
          else ctx.moveTo(x, y);
        });
        if (mode === "polygon" && pointer) ctx.lineTo(...pointer.screen);
        ctx.globalAlpha = 0.2;
        ctx.fillStyle = color;
        ctx.fill("evenodd");
        ctx.globalAlpha = 1;
        ctx.strokeStyle = "rgba(10,12,16,0.6)";
        ctx.lineWidth = 4;
        ctx.stroke();
        ctx.strokeStyle = color;
        ctx.lineWidth = 2;
        ctx.stroke();
      }
      if (mask) {
        const [width, height] = state.doc.size_wh;
        ctx.globalAlpha = 0.5;
        ctx.drawImage(mask.canvas, view.x, view.y, width * view.scale, height * view.scale);
        ctx.globalAlpha = 1;
      }
      if (state.regionMode === "brush" && pointer && mode !== "gesture" && !pointer.touch) {
        ctx.beginPath();
        ctx.arc(pointer.screen[0], pointer.screen[1], state.brush * view.scale, 0, Math.PI * 2);
        ctx.strokeStyle = "#fff";
        ctx.lineWidth = 1.5;
        ctx.stroke();
      }
    },
  };
}

/** Fewer corners for the same outline: a point closer than `tolerance` to the chord of its neighbours is dropped (at most 256 stay). */
export function simplify(points, tolerance) {
  let kept = points;
  for (let limit = tolerance; ; limit *= 1.6) {
    kept = [points[0]];
    for (let i = 1; i < points.length - 1; i++) {
      const [ax, ay] = kept[kept.length - 1];
      const [bx, by] = points[i + 1];
      const length = Math.hypot(bx - ax, by - ay);
      const off = length < 1e-9 ? Math.hypot(points[i][0] - ax, points[i][1] - ay) : Math.abs((bx - ax) * (points[i][1] - ay) - (by - ay) * (points[i][0] - ax)) / length;
      if (off > limit || Math.hypot(points[i][0] - ax, points[i][1] - ay) > 40 * limit) kept.push(points[i]);
    }
    kept.push(points[points.length - 1]);
    if (kept.length <= 256) return kept.length >= 3 ? kept : points.slice(0, 256);
  }
}
