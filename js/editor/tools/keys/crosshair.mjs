// keys/ is the stage without a pointer: a crosshair that takes the pointer's part, the places where it jumps, and what is spoken. It imports tools/ and what tools/ may.

// Arrows move the crosshair and Enter presses: whatever a tool does for a pointer, it does for keys. Where there is something to hold, a second Enter lets go.

import { docFromScreen, panBy, screenFromDoc } from "../../geometry/view.mjs";
import { underStage } from "../../stage/scene_view.mjs";
import { hitAt } from "../under_pointer.mjs";
import { atNow } from "../tool.mjs";
import { nextLayer, stopsOf } from "./stops.mjs";

/** Doc px of an arrow key: plain, with Shift, with Alt. */
const STEP_PX = { plain: 4, shift: 32, alt: 1 };
/** Half a cell: keys hit what lies under the cross, not what is near it. */
const REACH_PX = 6;
/** The hand of a path that is drawn by keys is steady. */
const MS_PER_PX = 8;
/** The view goes along before the crosshair reaches its edge. */
const EDGE_PX = 24;
const ARM_PX = 13;

/** @typedef {import('../tool.mjs').XY} XY */
/** @typedef {import('../tool.mjs').Tool} Tool */
/** @typedef {import('../tool.mjs').ToolEvent} ToolEvent */
/**
 * @typedef {object} CrosshairNeeds
 * @property {import('../tool.mjs').EditorState} state
 * @property {import('../../ui/strings.mjs').Translate} t
 * @property {AbortSignal} signal
 * @property {import('../../stage/stage.mjs').Stage} stage
 * @property {() => Tool} tool the current one
 * @property {(key: string) => void} hint words over the stage
 * @property {(words: string) => void} say to who listens
 */
/**
 * @typedef {object} Crosshair
 * @property {boolean} active
 * @property {boolean} busy something is held with it
 * @property {() => void} start
 * @property {() => boolean} leave whether it was there
 * @property {(name: string, event: Pick<KeyboardEvent, "shiftKey"|"altKey">) => boolean} key whether the key was used
 * @property {(back: boolean) => boolean} tab whether there was somewhere to jump
 * @property {(ctx: CanvasRenderingContext2D, view: import('../../motion/document/types.mjs').View) => void} paint in the scene
 */

/** @type {Readonly<Record<string, XY>>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {CrosshairNeeds} needs @returns {Crosshair} */
export function createCrosshair({ state, t, signal, stage, tool, hint, say }) {
  /** Doc px as shown; null: it is not there. @type {XY|null} */
  let at = null;
  /** @type {{gesture: import('../tool.mjs').Gesture, tool: Tool}|null} */
  let held = null;
  let letting = false;
  let clock_ms = 0;
  let turn = -1;

  /** @param {XY} place @param {{shift?: boolean, alt?: boolean}} [how] @returns {ToolEvent} */
  const eventAt = (place, { shift = false, alt = false } = {}) => atNow(state, { screen: screenFromDoc(state.view, place), time: clock_ms, shift, alt, ctrl: false, touch: false, reach_px: REACH_PX });

  /** @param {() => void} act */
  function attempt(act) {
    try {
      act();
    } catch (error) {
      letting = false;
      state.fault(error);
    }
  }

  function start() {
    const { width, height } = state.view;
    at = stopsOf(state)[0]?.xy ?? docFromScreen(state.view, [width / 2, height / 2]);
    turn = -1;
    hint("hint.crosshair");
    bringIntoView(at);
    stage.invalidate();
    tellPlace(at);
  }

  function leave() {
    if (!at) return false;
    at = null;
    stage.invalidate();
    say(t("say.crosshairGone"));
    return true;
  }

  /** Whatever ends what is held: let go, Escape, the pointer. */
  function dropped() {
    const was = held;
    held = null;
    if (was && !letting) was.tool.cancel();
    stage.invalidate();
  }

  /** @param {XY} place @param {{shift: boolean, alt: boolean}} how */
  function press(place, how) {
    const e = eventAt(place, how);
    if (held) return letGo(held, e);
    const taken = tool();
    const holds = !!taken.holds?.(e);
    state.cancelGesture();
    const gesture = state.begin({ onEnd: dropped });
    const now = (held = { gesture, tool: taken });
    attempt(() => taken.down(e, gesture));
    if (held !== now) return;
    if (holds) say(t("say.held"));
    else letGo(now, e);
    stage.invalidate();
  }

  /** @param {NonNullable<typeof held>} was @param {ToolEvent} e */
  function letGo(was, e) {
    letting = true;
    attempt(() => was.tool.up(e));
    was.gesture.commit();
    letting = false;
    held = null;
    stage.invalidate();
  }

  /** @param {XY} from @param {XY} by doc px */
  function move(from, by) {
    const [width, height] = state.doc.size_wh;
    const to = /** @type {XY} */ ([Math.max(-width / 2, Math.min(width * 1.5, from[0] + by[0])), Math.max(-height / 2, Math.min(height * 1.5, from[1] + by[1]))]);
    clock_ms += Math.hypot(by[0], by[1]) * MS_PER_PX;
    at = to;
    turn = -1;
    bringIntoView(to);
    const e = eventAt(to);
    attempt(() => (held ? held.tool.move(e) : tool().hover(e)));
    stage.invalidate();
    tellPlace(to);
  }

  /** @param {XY} place doc px as shown */
  function bringIntoView(place) {
    const { view } = state;
    const [x, y] = screenFromDoc(view, place);
    const beyond = (/** @type {number} */ v, /** @type {number} */ size) => Math.max(0, EDGE_PX - v) - Math.max(0, v - (size - EDGE_PX));
    const [dx, dy] = [beyond(x, view.width), beyond(y, view.height)];
    if (dx || dy) stage.setView(panBy(view, dx, dy));
  }

  /** @param {XY} place */
  function tellPlace(place) {
    const e = eventAt(place);
    const hit = hitAt(state, e);
    const layer = hit && state.doc.layers.find((one) => one.id === hit.layer);
    const where = t("say.place", { x: Math.round(e.norm[0] * 100), y: Math.round(e.norm[1] * 100) });
    say(layer ? `${where}, ${layer.name}` : where);
  }

  /** @param {1|-1} by */
  function pickLayer(by) {
    const layer = nextLayer(state, by);
    if (!layer) return;
    state.selectLayers([layer.id]);
    turn = -1;
    const stop = stopsOf(state)[0];
    if (at && stop) {
      at = stop.xy;
      bringIntoView(at);
    }
    stage.invalidate();
  }

  // The crop has arrows and Enter of its own.
  state.on("tool", () => state.tool === "crop" && leave());
  signal.addEventListener("abort", () => (at = null));
  return {
    get active() {
      return at !== null;
    },
    get busy() {
      return held !== null;
    },
    start, leave,
    key(name, event) {
      if (name === "PageUp" || name === "PageDown") {
        if (!held) pickLayer(name === "PageDown" ? 1 : -1);
        return true;
      }
      if (!at) return false;
      const direction = ARROWS[name];
      if (direction) {
        const step = event.shiftKey ? STEP_PX.shift : event.altKey ? STEP_PX.alt : STEP_PX.plain;
        move(at, [direction[0] * step, direction[1] * step]);
      } else if (name === "Enter") press(at, { shift: event.shiftKey, alt: event.altKey });
      else return false;
      return true;
    },
    tab(back) {
      const stops = at && !held ? stopsOf(state) : [];
      if (!stops.length) return at !== null;
      turn = turn < 0 ? (back ? stops.length - 1 : 0) : (turn + (back ? -1 : 1) + stops.length) % stops.length;
      const stop = stops[turn];
      at = stop.xy;
      if (stop.select) state.select(stop.select);
      bringIntoView(at);
      attempt(() => tool().hover(eventAt(stop.xy)));
      stage.invalidate();
      say(stop.words(t));
      return true;
    },
    paint(ctx, view) {
      if (!at) return;
      const [x, y] = underStage(state, screenFromDoc(view, at)).scene;
      ctx.beginPath();
      for (const [dx, dy] of Object.values(ARROWS)) {
        ctx.moveTo(x + dx * 4, y + dy * 4);
        ctx.lineTo(x + dx * ARM_PX, y + dy * ARM_PX);
      }
      if (held) {
        ctx.moveTo(x + ARM_PX + 3, y);
        ctx.arc(x, y, ARM_PX + 3, 0, Math.PI * 2);
      }
      for (const [style, width] of /** @type {[string, number][]} */ ([["rgba(10,12,16,0.8)", 5], ["#fff", 2]])) {
        ctx.strokeStyle = style;
        ctx.lineWidth = width;
        ctx.stroke();
      }
    },
  };
}
