// From pointer events to tools: capture, pan (middle button, Space-drag), two fingers, long press, wheel. pointerdown is never
// prevented: the host takes its undo snapshot on the mouseup that a prevented pointerdown would suppress.

import { localFromClient, panBy, pinch, zoomAt } from "../geometry/view.mjs";
import { underStage } from "../stage/scene_view.mjs";

const LONG_PRESS_MS = 550;
const SLOP_PX = 8;

/**
 * @param {any} ed editor context
 * @param {any} stage
 * @param {() => any} currentTool
 */
export function attachPointer(ed, stage, currentTool) {
  const { state, signal } = ed;
  const target = stage.over;
  /** @type {Map<number, [number, number]>} */
  const fingers = new Map();
  let gesture = null; // {kind: "tool"|"pan"|"pinch"|"none", ...}
  let longPress = 0;
  let lastTap = { time: 0, at: [0, 0] };

  const local = (event) => localFromClient(target.getBoundingClientRect(), target.clientWidth, target.clientHeight, event.clientX, event.clientY);

  /** What a tool is told: `screen` on the stage, `doc_px`, `norm` and `scene` where that lies in the scene. */
  function toolEvent(event, screen = local(event)) {
    const touch = event.pointerType === "touch";
    return atNow({ screen, time: event.timeStamp, shift: event.shiftKey, alt: event.altKey, ctrl: event.ctrlKey || event.metaKey, touch, reach_px: touch ? 22 : 8 });
  }

  /** The same event after the playhead or the view moved under the pointer. */
  function atNow(e) {
    const { doc_px, scene, zoom } = underStage(state, e.screen);
    const [width, height] = state.doc.size_wh;
    return { ...e, doc_px, norm: [doc_px[0] / width, doc_px[1] / height], scene, tolerance_px: e.reach_px / zoom };
  }

  const endLongPress = () => {
    clearTimeout(longPress);
    longPress = 0;
  };

  function cancelGesture() {
    endLongPress();
    if (gesture?.kind === "tool") currentTool().cancel?.();
    gesture = null;
    stage.invalidate();
  }

  function down(event) {
    ed.focusKeys();
    if (state.readOnly && event.button === 0 && event.pointerType !== "touch") return;
    const at = local(event);
    if (event.pointerType === "touch") {
      fingers.set(event.pointerId, at);
      if (fingers.size === 2) {
        cancelGesture();
        gesture = { kind: "pinch", from: [...fingers.values()], view: state.view };
        return;
      }
      if (fingers.size > 2) return;
    }
    if (gesture) return;
    try {
      target.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that is gone already (synthetic events) cannot be captured; the gesture still works inside the stage.
    }
    const pan = event.button === 1 || (event.button === 0 && ed.keyboard?.spaceHeld);
    if (pan) {
      ed.keyboard?.useSpace();
      gesture = { kind: "pan", id: event.pointerId, at, view: state.view };
      target.style.cursor = "grabbing";
      return;
    }
    if (event.button === 2) {
      gesture = { kind: "none", id: event.pointerId };
      currentTool().erase?.(toolEvent(event, at));
      return;
    }
    if (event.button !== 0) return;
    gesture = { kind: "tool", id: event.pointerId, at };
    const e = toolEvent(event, at);
    if (e.touch) {
      longPress = setTimeout(() => {
        longPress = 0;
        if (gesture?.kind !== "tool") return;
        currentTool().cancel?.();
        gesture = { kind: "none", id: event.pointerId };
        currentTool().erase?.(e);
      }, LONG_PRESS_MS);
    }
    currentTool().down?.(e);
    stage.invalidate();
  }

  function move(event) {
    const at = local(event);
    if (event.pointerType === "touch" && fingers.has(event.pointerId)) fingers.set(event.pointerId, at);
    if (gesture?.kind === "pinch") {
      if (fingers.size === 2) stage.setView(pinch(gesture.view, gesture.from, /** @type {any} */ ([...fingers.values()])));
      return;
    }
    if (!gesture) {
      if (event.pointerType !== "touch") currentTool().hover?.(toolEvent(event, at));
      ed.pointerAt(toolEvent(event, at));
      return;
    }
    if (gesture.id !== event.pointerId) return;
    if (longPress && Math.hypot(at[0] - gesture.at[0], at[1] - gesture.at[1]) > SLOP_PX) endLongPress();
    if (gesture.kind === "pan") {
      stage.setView(panBy(gesture.view, at[0] - gesture.at[0], at[1] - gesture.at[1]));
      return;
    }
    if (gesture.kind !== "tool") return;
    const tool = currentTool();
    const e = toolEvent(event, at);
    if (tool.wantsEvery) {
      const all = event.getCoalescedEvents?.() ?? [];
      e.every = all.length ? all.map((one) => toolEvent(one)) : [e];
    }
    tool.move?.(e);
    ed.pointerAt(e);
    stage.invalidate();
  }

  function up(event) {
    endLongPress();
    fingers.delete(event.pointerId);
    if (gesture?.kind === "pinch") {
      // The finger that stays must not start a stroke.
      if (!fingers.size) gesture = null;
      else gesture = { kind: "none", id: [...fingers.keys()][0] };
      return;
    }
    if (!gesture || gesture.id !== event.pointerId) return;
    const was = gesture;
    gesture = null;
    if (was.kind === "tool") {
      const e = toolEvent(event);
      currentTool().up?.(e);
      const still = Math.hypot(e.screen[0] - was.at[0], e.screen[1] - was.at[1]) < SLOP_PX;
      const quick = event.timeStamp - lastTap.time < 400 && Math.hypot(e.screen[0] - lastTap.at[0], e.screen[1] - lastTap.at[1]) < SLOP_PX * 2;
      if (still && quick) currentTool().double?.(e);
      lastTap = still ? { time: quick ? 0 : event.timeStamp, at: e.screen } : { time: 0, at: [0, 0] };
    }
    hoverCursor(event);
    stage.invalidate();
  }

  function hoverCursor(event) {
    target.style.cursor = currentTool().cursor ?? "crosshair";
    if (event.pointerType !== "touch") currentTool().hover?.(toolEvent(event));
  }

  function cancel(event) {
    fingers.delete(event.pointerId);
    if (gesture && (gesture.id === event.pointerId || gesture.kind === "pinch")) cancelGesture();
  }

  function wheel(event) {
    event.preventDefault();
    event.stopPropagation();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    // A trackpad's pinch arrives as a wheel with Ctrl; its steps are finer.
    const factor = Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016));
    stage.setView(zoomAt(state.view, local(event), Math.max(0.2, Math.min(5, factor))));
    ed.pointerAt(toolEvent(event));
  }

  const listen = (name, handler, options = {}) => target.addEventListener(name, handler, { signal, ...options });
  listen("pointerdown", down);
  listen("pointermove", move);
  listen("pointerup", up);
  listen("pointercancel", cancel);
  listen("lostpointercapture", (event) => {
    if (gesture?.id === event.pointerId && event.buttons === 0 && gesture.kind === "pan") gesture = null;
  });
  listen("pointerleave", () => {
    if (!gesture) ed.pointerAt(null);
  });
  listen("wheel", wheel, { passive: false });
  listen("contextmenu", (event) => event.preventDefault());
  // The default of mousedown would move the focus away from the keys' textarea, and start autoscroll on the middle button.
  listen("mousedown", (event) => event.preventDefault());

  return {
    cancelGesture, atNow,
    get busy() {
      return gesture !== null;
    },
  };
}
