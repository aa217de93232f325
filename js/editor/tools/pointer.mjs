// From pointer events to tools: capture, pan (middle button, Space-drag), two fingers, long press, wheel. pointerdown is never
// prevented: the host takes its undo snapshot on the mouseup that a prevented pointerdown would suppress.

import { localFromClient, panBy, pinch, zoomAt } from "../geometry/view.mjs";
import { atNow, moved_px } from "./tool.mjs";

const LONG_PRESS_MS = 550;
const DOUBLE_MS = 400;
const SLOP_PX = 8;
/** So long after the pen was last there, what touches the screen is the hand that holds it. */
const PALM_MS = 700;
const ERASER = 5;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').Tool} Tool */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('./tool.mjs').Gesture} Gesture */
/** @typedef {import('../motion/document/types.mjs').View} View */
/**
 * @typedef {object} PointerNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {AbortSignal} signal
 * @property {import('../stage/stage.mjs').Stage} stage
 * @property {() => Tool} tool the current one
 * @property {() => void} focusKeys
 * @property {{held: () => boolean, use: () => void}} space Space makes a drag a pan, and then does not play
 * @property {(e: ToolEvent|null) => void} pointerAt tells where the pointer is; null: it left
 */
/** @typedef {{busy: boolean}} Pointer `busy`: something is held on the stage */
/**
 * What is held. Right button, and a finger that stays after a pinch or a long press: "none". `last`: the last event of the press, for a release that is not told.
 * @typedef {{kind: "tool", gesture: Gesture, id: number, at: XY, e: ToolEvent, last: ToolEvent, tool: Tool}
 *   | {kind: "pan", gesture: Gesture, id: number, at: XY, view: View}
 *   | {kind: "pinch", gesture: Gesture, id: null, from: [XY, XY], view: View}
 *   | {kind: "erase", id: number, at: XY}
 *   | {kind: "none", id: number}} Held
 */

/** @param {PointerNeeds} needs @returns {Pointer} */
export function attachPointer({ state, signal, stage, tool, focusKeys, space, pointerAt }) {
  const target = stage.over;
  /** @type {Map<number, XY>} */
  const fingers = new Map();
  /** Touches that are taken for a palm. @type {Set<number>} */
  const palms = new Set();
  let penSeen = -Infinity;
  /** @type {Held|null} */
  let held = null;
  let longPress = 0;
  let letting = false;
  let lastTap = { time: 0, at: /** @type {XY} */ ([0, 0]) };

  /** @param {MouseEvent} event @returns {XY} */
  const local = (event) => localFromClient(target.getBoundingClientRect(), target.clientWidth, target.clientHeight, event.clientX, event.clientY);

  /** @param {MouseEvent} event @param {XY} [screen] @returns {ToolEvent} */
  function toolEvent(event, screen = local(event)) {
    const touch = event instanceof PointerEvent && event.pointerType === "touch";
    return atNow(state, { screen, time: event.timeStamp, shift: event.shiftKey, alt: event.altKey, ctrl: event.ctrlKey || event.metaKey, touch, reach_px: touch ? 22 : 8 });
  }

  const twoFingers = () => /** @type {[XY, XY]} */ ([...fingers.values()]);

  const endLongPress = () => {
    clearTimeout(longPress);
    longPress = 0;
  };

  /** A tool that throws loses what it holds, and the person is told. @param {() => void} act */
  function attempt(act) {
    try {
      act();
    } catch (error) {
      letting = false;
      state.fault(error);
    }
  }

  /** Whatever ends it: let go, Escape, a second finger, another part's gesture. */
  function dropped() {
    endLongPress();
    const was = held;
    held = null;
    if (was?.kind === "tool" && !letting) was.tool.cancel();
    stage.invalidate();
  }

  /** @param {PointerEvent} event */
  function down(event) {
    focusKeys();
    const at = local(event);
    if (event.pointerType === "pen") {
      penSeen = event.timeStamp;
      dropFingers();
    }
    if (event.pointerType === "touch") {
      if (event.timeStamp - penSeen < PALM_MS) {
        palms.add(event.pointerId);
        return;
      }
      fingers.set(event.pointerId, at);
      if (fingers.size === 2) {
        const gesture = hold(null);
        held = { kind: "pinch", gesture, id: null, from: twoFingers(), view: state.view };
        return;
      }
      if (fingers.size > 2) return;
    }
    // A press that was never told to end ends with the next one.
    if (held?.id === event.pointerId) held = null;
    if (held || (state.readOnly && (event.button === 0 || event.button === ERASER))) return;
    try {
      target.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that is gone already (synthetic events) cannot be captured; the gesture still works inside the stage.
    }
    const pan = event.button === 1 || (event.button === 0 && space.held());
    if (pan) {
      space.use();
      held = { kind: "pan", gesture: hold(event.pointerId), id: event.pointerId, at, view: state.view };
      target.style.cursor = "grabbing";
      return;
    }
    if (event.button === 2) {
      held = { kind: "none", id: event.pointerId };
      attempt(() => tool().erase?.(toolEvent(event, at)));
      return;
    }
    if (event.button === ERASER) {
      held = { kind: "erase", id: event.pointerId, at };
      attempt(() => tool().erase?.(toolEvent(event, at)));
    }
    if (event.button === 0) press(event, at);
  }

  /** The pen is there: what the hand beside it did is undone, and goes for nothing. */
  function dropFingers() {
    if (!fingers.size) return;
    for (const id of fingers.keys()) palms.add(id);
    endLongPress();
    if (held && (held.id === null || fingers.has(held.id))) {
      if (held.kind !== "none" && held.kind !== "erase") held.gesture.cancel();
      held = null;
    }
    fingers.clear();
  }

  /** What was held before is undone. @param {number|null} pointerId */
  function hold(pointerId) {
    state.cancelGesture();
    return state.begin({ pointerId, onRelease: released, onEnd: dropped });
  }

  /** Let go of, and nobody told: at the last place that is known. */
  function released() {
    const was = held;
    if (!was || was.kind === "none" || was.kind === "erase") return;
    endLongPress();
    if (was.kind === "tool") letGo(was, was.last);
    else was.gesture.commit();
    held = null;
    target.style.cursor = tool().cursor;
    stage.invalidate();
  }

  /** @param {PointerEvent} event @param {XY} at */
  function press(event, at) {
    const gesture = hold(event.pointerId);
    const e = toolEvent(event, at);
    const taken = tool();
    held = { kind: "tool", gesture, id: event.pointerId, at, e, last: e, tool: taken };
    if (e.touch) {
      longPress = setTimeout(() => {
        if (held?.kind !== "tool") return;
        gesture.cancel();
        held = { kind: "none", id: event.pointerId };
        attempt(() => taken.erase?.(e));
      }, LONG_PRESS_MS);
    }
    attempt(() => taken.down(e, gesture));
    stage.invalidate();
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (palms.has(event.pointerId)) return;
    if (event.pointerType === "pen") penSeen = event.timeStamp;
    const at = local(event);
    if (event.pointerType === "touch" && fingers.has(event.pointerId)) fingers.set(event.pointerId, at);
    if (held?.kind === "pinch") {
      if (fingers.size === 2) stage.setView(pinch(held.view, held.from, twoFingers()));
      return;
    }
    if (!held) {
      if (event.pointerType !== "touch") attempt(() => tool().hover(toolEvent(event, at)));
      pointerAt(toolEvent(event, at));
      return;
    }
    if (held.id !== event.pointerId) return;
    if ((held.kind === "none" || held.kind === "erase") && !event.buttons) {
      held = null;
      return;
    }
    if (held.kind === "erase" && Math.hypot(at[0] - held.at[0], at[1] - held.at[1]) >= 2) {
      held.at = at;
      attempt(() => tool().erase?.(toolEvent(event, at)));
    }
    if (held?.kind === "pan") stage.setView(panBy(held.view, at[0] - held.at[0], at[1] - held.at[1]));
    if (held?.kind !== "tool") return;
    if (longPress && Math.hypot(at[0] - held.at[0], at[1] - held.at[1]) > SLOP_PX) endLongPress();
    const { tool: taken } = held;
    const e = toolEvent(event, at);
    if (taken.wantsEvery) {
      const all = event.getCoalescedEvents?.() ?? [];
      e.every = all.length ? all.map((one) => toolEvent(one)) : [e];
    }
    held.last = e;
    attempt(() => taken.move(e));
    pointerAt(e);
    stage.invalidate();
  }

  /** @param {PointerEvent} event */
  function up(event) {
    if (palms.delete(event.pointerId)) return;
    if (event.pointerType === "pen") penSeen = event.timeStamp;
    endLongPress();
    fingers.delete(event.pointerId);
    if (held?.kind === "pinch") {
      held.gesture.commit();
      // The finger that stays must not start a stroke.
      const [stays] = fingers.keys();
      if (stays !== undefined) held = { kind: "none", id: stays };
      return;
    }
    if (!held || held.id !== event.pointerId) return;
    if (held.kind === "tool") letGo(held, toolEvent(event));
    else if (held.kind === "pan") held.gesture.commit();
    held = null;
    hoverCursor(event);
    stage.invalidate();
  }

  /** @param {Extract<Held, {kind: "tool"}>} was @param {ToolEvent} e */
  function letGo(was, e) {
    letting = true;
    attempt(() => was.tool.up(e));
    was.gesture.commit();
    letting = false;
    const still = moved_px(e, was.e) < SLOP_PX;
    const quick = e.time - lastTap.time < DOUBLE_MS && Math.hypot(e.screen[0] - lastTap.at[0], e.screen[1] - lastTap.at[1]) < SLOP_PX * 2;
    if (still && quick) attempt(() => was.tool.double?.(e));
    lastTap = still ? { time: quick ? 0 : e.time, at: e.screen } : { time: 0, at: [0, 0] };
  }

  /** @param {PointerEvent} event */
  function hoverCursor(event) {
    target.style.cursor = tool().cursor;
    if (event.pointerType !== "touch") attempt(() => tool().hover(toolEvent(event)));
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    event.preventDefault();
    event.stopPropagation();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    // A trackpad's pinch arrives as a wheel with Ctrl; its steps are finer.
    const factor = Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016));
    stage.setView(zoomAt(state.view, local(event), Math.max(0.2, Math.min(5, factor))));
    pointerAt(toolEvent(event));
  }

  target.addEventListener("pointerdown", down, { signal });
  target.addEventListener("pointermove", move, { signal });
  target.addEventListener("pointerup", up, { signal });
  target.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    palms.delete(event.pointerId);
    // What is held as a gesture: see endings.mjs.
    if ((held?.kind === "none" || held?.kind === "erase") && held.id === event.pointerId) held = null;
  }, { signal });
  target.addEventListener("pointerleave", () => {
    if (!held) pointerAt(null);
  }, { signal });
  target.addEventListener("wheel", wheel, { signal, passive: false });
  target.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  // The default of mousedown would move the focus away from the keys' textarea, and start autoscroll on the middle button.
  target.addEventListener("mousedown", (event) => event.preventDefault(), { signal });

  return {
    get busy() {
      return held !== null;
    },
  };
}
