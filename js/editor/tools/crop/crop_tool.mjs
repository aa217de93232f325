// The crop: the whole picture is shown, a rectangle in it is moved and resized. Enter takes it, Escape leaves all as it was.

import { setClip } from "../../commands/all.mjs";
import { areaSize } from "../../geometry/fit.mjs";
import { pictureFit } from "../../stage/picture.mjs";
import { isTouchScreen } from "../../ui/dom.mjs";
import { createCropBar } from "./crop_bar.mjs";
import { CORNERS, cropOf, EDGES, handleAt, movedRect, resizedRect, shapedRect } from "./rectangle.mjs";

/** @typedef {import('./rectangle.mjs').Rect} Rect */
/** @typedef {import('./rectangle.mjs').Handle} Handle */
/** @typedef {import('../tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../../state/state.mjs').ToolId} ToolId */
/**
 * @typedef {object} CropNeeds
 * @property {import('../tool.mjs').EditorState} state
 * @property {import('../../ui/strings.mjs').Translate} t
 * @property {() => void} pause
 * @property {() => void} redraw
 * @property {(cursor: string) => void} setCursor
 * @property {(id: ToolId) => void} take another tool
 * @property {() => {size: boolean}} [locked] the size is the host's own: the crop keeps the clip's shape
 */

/** CSS px of the stage left free around the picture, and above it, where the bar lies. */
const MARGIN_PX = 26;
const BAR_PX = isTouchScreen() ? 80 : 62;
const NUDGE = 0.005;
/** Keys that change what is selected. */
const DRAWN = new Set(["Delete", "Backspace", "m", "h", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);
/** @type {Readonly<Record<string, [number, number]>>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {CropNeeds} needs @returns {import('../tool.mjs').Tool & {element: HTMLElement, enter: () => void}} */
export function createCropTool({ state, t, pause, redraw, setCursor, take, locked = () => ({ size: false }) }) {
  /** In px of the picture. @type {Rect|null} */
  let rect = null;
  /** Whether it keeps the clip's shape; else the clip takes the rectangle's. */
  let keep = true;
  /** @type {{handle: Handle|"", from: ToolEvent, rect: Rect}|null} */
  let drag = null;
  /** @type {ToolId} */
  let before = "thing";
  const bar = createCropBar({ t, setKeep, whole: () => setRect(all()), cancel: leave, apply });

  const size = () => state.picture?.size_wh ?? [1, 1];
  const aspect = () => state.doc.size_wh[0] / state.doc.size_wh[1];
  /** @returns {Rect} */
  const all = () => (keep ? shapedRect([0, 0, ...size()], aspect()) : [0, 0, ...size()]);

  /** Picture px to CSS px of the stage. */
  function place() {
    const { width, height } = state.view;
    const [pw, ph] = size();
    const scale = Math.max(0.001, Math.min((width - 2 * MARGIN_PX) / pw, (height - BAR_PX - MARGIN_PX) / ph));
    return { scale, x: (width - pw * scale) / 2, y: BAR_PX + (height - BAR_PX - MARGIN_PX - ph * scale) / 2 };
  }

  /** @param {ToolEvent} e @returns {[number, number]} px of the picture */
  function at(e) {
    const { scale, x, y } = place();
    return [(e.screen[0] - x) / scale, (e.screen[1] - y) / scale];
  }

  /** @param {Rect} next */
  function setRect(next) {
    rect = next;
    show();
  }

  /** @param {boolean} on */
  function setKeep(on) {
    keep = on;
    if (rect && on) rect = shapedRect(rect, aspect());
    show();
  }

  function show() {
    bar.element.hidden = state.tool !== "crop" || !rect;
    if (rect) bar.update({ keep, locked: locked().size, clip_wh: state.doc.size_wh, made_wh: madeSize(rect), rect });
    redraw();
  }

  /** The clip's size with this rectangle. @param {Rect} of @returns {[number, number]} */
  function madeSize([, , w, h]) {
    const { size_wh } = state.doc;
    return keep ? size_wh : areaSize([Math.max(1, Math.round(w)), Math.max(1, Math.round(h))], size_wh[0] * size_wh[1]);
  }

  function apply() {
    const { picture } = state;
    if (!rect || !picture) return leave();
    // The fit finds the largest middle part by itself: naming it would only tie it to this size.
    const middle = keep && `${shapedRect([0, 0, ...picture.size_wh], aspect()).map(Math.round)}` === `${rect.map(Math.round)}`;
    const crop = middle ? null : cropOf(rect, picture.size_wh);
    state.apply(setClip(state.doc, locked().size ? { crop } : { crop, fit: "crop", size_wh: madeSize(rect) }), t("do.crop"));
    leave();
  }

  function leave() {
    take(before === "crop" ? "thing" : before);
  }

  /** @param {ToolEvent} e @returns {Handle|"move"|null} */
  function partAt(e) {
    if (!rect) return null;
    const { scale, x, y } = place();
    for (const handle of keep ? CORNERS : [...CORNERS, ...EDGES]) {
      const [hx, hy] = handleAt(rect, handle);
      if (Math.hypot(hx * scale + x - e.screen[0], hy * scale + y - e.screen[1]) <= e.reach_px + 5) return handle;
    }
    const [px, py] = at(e);
    return px >= rect[0] && py >= rect[1] && px <= rect[0] + rect[2] && py <= rect[1] + rect[3] ? "move" : null;
  }

  // The picture went, or the clip changed its shape meanwhile.
  for (const topic of /** @type {const} */ (["picture", "doc"])) state.on(topic, () => {
    if (state.tool !== "crop") return;
    if (!state.picture) leave();
    else if (rect) setRect(keep ? shapedRect(rect, aspect()) : rect);
  });

  return {
    id: "crop",
    cursor: "default",
    element: bar.element,
    enter() {
      if (!state.picture || state.readOnly) return;
      pause();
      state.setFrame(0);
      before = state.tool;
      const { picture, doc } = state;
      // What is shown now, whatever made it so.
      const fit = pictureFit(picture.size_wh, doc);
      keep = true;
      rect = shapedRect(/** @type {Rect} */ (fit.crop_xywh), aspect());
      take("crop");
      show();
    },
    down(e) {
      const part = partAt(e);
      drag = rect && part ? { handle: part === "move" ? "" : part, from: e, rect } : null;
    },
    move(e) {
      if (!drag) return;
      const to = at(e);
      if (drag.handle) return setRect(resizedRect(drag.rect, drag.handle, to, size(), keep ? aspect() : null));
      const from = at(drag.from);
      setRect(movedRect(drag.rect, to[0] - from[0], to[1] - from[1], size()));
    },
    up() {
      drag = null;
    },
    cancel() {
      if (drag) setRect(drag.rect);
      drag = null;
    },
    hover(e) {
      const part = partAt(e);
      setCursor(part === "move" ? "move" : !part ? "default" : part.length === 1 ? (part === "n" || part === "s" ? "ns-resize" : "ew-resize") : part === "nw" || part === "se" ? "nwse-resize" : "nesw-resize");
    },
    key(name) {
      if (name === "Enter") apply();
      else if (name === "Escape") leave();
      else if (ARROWS[name] && rect) setRect(movedRect(rect, ARROWS[name][0] * size()[0] * NUDGE, ARROWS[name][1] * size()[1] * NUDGE, size()));
      else if (name === "+" || name === "=" || name === "-") grow(name === "-" ? 1 / 1.05 : 1.05);
      // What is drawn is not seen meanwhile: no key changes it.
      else return DRAWN.has(name);
      return true;
    },
    leave() {
      rect = null;
      drag = null;
      bar.element.hidden = true;
    },
    paint(ctx) {
      const { picture, view } = state;
      if (!picture || !rect) return;
      const { scale, x, y } = place();
      const [pw, ph] = picture.size_wh;
      ctx.fillStyle = "#121317";
      ctx.fillRect(0, 0, view.width, view.height);
      ctx.imageSmoothingQuality = "high";
      ctx.drawImage(picture.shown, x, y, pw * scale, ph * scale);
      const [left, top, w, h] = [x + rect[0] * scale, y + rect[1] * scale, rect[2] * scale, rect[3] * scale];
      ctx.fillStyle = "rgba(8,9,12,0.62)";
      ctx.beginPath();
      ctx.rect(x, y, pw * scale, ph * scale);
      ctx.rect(left, top, w, h);
      ctx.fill("evenodd");
      ctx.lineWidth = 1;
      ctx.strokeStyle = "rgba(255,255,255,0.35)";
      ctx.beginPath();
      for (const third of [1 / 3, 2 / 3]) {
        ctx.moveTo(left + w * third, top);
        ctx.lineTo(left + w * third, top + h);
        ctx.moveTo(left, top + h * third);
        ctx.lineTo(left + w, top + h * third);
      }
      ctx.stroke();
      ctx.lineWidth = 4;
      ctx.strokeStyle = "rgba(10,12,16,0.6)";
      ctx.strokeRect(left, top, w, h);
      ctx.lineWidth = 2;
      ctx.strokeStyle = "#fff";
      ctx.strokeRect(left, top, w, h);
      for (const handle of keep ? CORNERS : [...CORNERS, ...EDGES]) {
        const [hx, hy] = handleAt([left, top, w, h], handle);
        ctx.beginPath();
        ctx.rect(hx - 5.5, hy - 5.5, 11, 11);
        ctx.fillStyle = "#fff";
        ctx.fill();
        ctx.lineWidth = 1.5;
        ctx.strokeStyle = "#16181d";
        ctx.stroke();
      }
    },
  };

  /** About its middle, by the keyboard. @param {number} factor */
  function grow(factor) {
    if (!rect) return;
    const [x, y, w, h] = rect;
    const most = Math.min(size()[0] / w, size()[1] / h, factor);
    const [width, height] = [w * most, h * most];
    if (width < size()[0] * 0.02 || height < size()[1] * 0.02) return;
    setRect(movedRect([x + (w - width) / 2, y + (h - height) / 2, width, height], 0, 0, size()));
  }
}
