// R: outline a thing (lasso by dragging, polygon by clicking, or a brush), then drag it to where it should end.

import { addRegion, addRegionFromMask, nextName, setLayer } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { nextColor } from "../palette.mjs";
import { decodeMask } from "../motion/document/mask.mjs";
import { screenFromDoc } from "../geometry/view.mjs";
import { createBrushMask, paintMask, paintOutline, paintRing } from "./brush.mjs";
import { createRegionHand } from "./region_drag.mjs";
import { atNow, isFull, moved_px } from "./tool.mjs";

const CLICK_PX = 5;
const MOST_CORNERS = 256;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').Hit} Hit */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/**
 * What goes on: a lasso or a brush stroke while it is held, a polygon over several clicks.
 * @typedef {{kind: "lasso", start: ToolEvent, outline: XY[]}
 *   | {kind: "polygon", outline: XY[]}
 *   | {kind: "brush", mask: import('./brush.mjs').BrushMask, extend: RegionLayer|null}} Doing
 */
/**
 * @typedef {object} RegionNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {() => void} pause
 * @property {(hit: Hit|null) => void} setHover
 * @property {(cursor: string) => void} setCursor
 * @property {(key: string) => void} hint words over the stage
 * @property {(text: string, action: string, run: () => void) => void} offer what was just done, and what may follow
 * @property {() => void} redraw
 */

/** @param {RegionNeeds} needs @returns {import('./tool.mjs').Tool} */
export function createRegionTool({ state, t, pause, setHover, setCursor, hint, offer, redraw }) {
  /** @type {Doing|null} */
  let doing = null;
  /** @type {ToolEvent|null} */
  let pointer = null;

  const hand = createRegionHand({ state, t, setHover, setCursor, offer });

  function reset() {
    doing = null;
    hand.drop();
    redraw();
  }

  const named = () => ({ name: nextName(state.doc, "region", t("type.region")) });

  /** @param {{doc: Doc, id: string}} made */
  function addMade(made) {
    reset();
    if (state.apply(made.doc, t("do.region"), { layers: [made.id] })) hint("hint.regionMade");
  }

  /** @param {XY[]} outline doc px */
  function closeOutline(outline) {
    if (outline.length < 3) return reset();
    const [width, height] = state.doc.size_wh;
    addMade(addRegion(state.doc, simplify(outline, 1.2 / state.view.scale).map(([x, y]) => [x / width, y / height]), named()));
  }

  /** @param {import('./brush.mjs').BrushMask} mask @param {RegionLayer|null} extend */
  function closeMask(mask, extend) {
    const { cols, rows, data } = mask.read();
    if (!data.includes(1)) return reset();
    const old = extend?.mask && decodeMask(extend.mask);
    if (!extend || !old || old.cols !== cols || old.rows !== rows) {
      addMade(addRegionFromMask(state.doc, { cols, rows, data }, named()));
      return;
    }
    for (let i = 0; i < data.length; i++) data[i] |= old.data[i];
    const whole = addRegionFromMask(state.doc, { cols, rows, data }, {});
    const joined = /** @type {RegionLayer} */ (layerById(whole.doc, whole.id));
    reset();
    state.apply(setLayer(state.doc, extend.id, { mask: joined.mask, pivot: joined.pivot }), t("do.region"));
  }

  return {
    id: "region",
    cursor: "crosshair",
    wantsEvery: true,
    holds: (e) => doing?.kind !== "polygon" && (state.regionMode === "brush" || hand.reaches(e)),
    down(e, gesture) {
      pause();
      if (doing?.kind === "polygon") {
        const { outline } = doing;
        const first = screenFromDoc(state.view, outline[0]);
        const closes = outline.length > 2 && Math.hypot(first[0] - e.scene[0], first[1] - e.scene[1]) < e.tolerance_px + 2;
        if (closes) closeOutline(outline);
        else outline.push(e.doc_px);
        return;
      }
      if (!(state.regionMode === "brush" && e.shift) && hand.take(e, gesture, hand.hit(e))) return;
      state.setFrame(0);
      const start = atNow(state, e);
      // Strokes go on adding to the brushed region that is selected, until it moves.
      const single = state.single();
      const extend = state.regionMode === "brush" && single?.type === "region" && single.mask && !single.keys.length ? single : null;
      if (!extend && isFull(state)) return hint("hint.full");
      if (state.regionMode === "brush") {
        const mask = createBrushMask(state.doc.size_wh, nextColor(state.doc));
        doing = { kind: "brush", mask, extend };
        mask.paint(start.doc_px, state.brush);
      } else doing = { kind: "lasso", start, outline: [start.doc_px] };
    },
    move(e) {
      pointer = e;
      if (hand.move(e)) return;
      if (doing?.kind === "brush") for (const one of e.every ?? [e]) doing.mask.paint(one.doc_px, state.brush);
      else if (doing?.kind === "lasso") for (const one of e.every ?? [e]) doing.outline.push(one.doc_px);
    },
    up(e) {
      hand.letGo();
      if (doing?.kind === "brush") closeMask(doing.mask, doing.extend);
      else if (doing?.kind === "lasso") {
        const { start, outline } = doing;
        if (moved_px(e, start) < CLICK_PX && outline.length < 6) {
          // A click starts a polygon.
          doing = { kind: "polygon", outline: [start.doc_px] };
          hint("hint.polygon");
        } else closeOutline(outline);
      }
    },
    double() {
      if (doing?.kind === "polygon") closeOutline(doing.outline);
    },
    finish() {
      if (doing?.kind !== "polygon") return false;
      closeOutline(doing.outline);
      return true;
    },
    cancel: reset,
    leave: reset,
    erase: reset,
    hover(e) {
      pointer = e;
      hand.hover(e, "crosshair");
      if (doing || state.regionMode === "brush") redraw();
    },
    paint(ctx, view) {
      if (doing?.kind === "lasso" || doing?.kind === "polygon") paintOutline(ctx, view, doing.outline, { color: nextColor(state.doc), filled: true, rubber: doing.kind === "polygon" ? pointer?.screen : null });
      if (doing?.kind === "brush") paintMask(ctx, view, doing.mask, state.doc.size_wh);
      if (state.regionMode === "brush" && pointer && !hand.holds && !pointer.touch) paintRing(ctx, pointer.screen, state.brush * view.scale);
    },
  };
}

/** Fewer corners for the same outline: a point closer than `tolerance` to the chord of its neighbours is dropped. @param {XY[]} points @param {number} tolerance @returns {XY[]} */
function simplify(points, tolerance) {
  for (let limit = tolerance; ; limit *= 1.6) {
    const kept = [points[0]];
    for (let i = 1; i < points.length - 1; i++) {
      const [ax, ay] = kept[kept.length - 1];
      const [bx, by] = points[i + 1];
      const length = Math.hypot(bx - ax, by - ay);
      const off = length < 1e-9 ? Math.hypot(points[i][0] - ax, points[i][1] - ay) : Math.abs((bx - ax) * (points[i][1] - ay) - (by - ay) * (points[i][0] - ax)) / length;
      if (off > limit || Math.hypot(points[i][0] - ax, points[i][1] - ay) > 40 * limit) kept.push(points[i]);
    }
    kept.push(points[points.length - 1]);
    if (kept.length <= MOST_CORNERS) return kept.length >= 3 ? kept : points.slice(0, MOST_CORNERS);
  }
}
