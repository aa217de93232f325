// Two small canvases of the side panel: the easing curve with its two handles, and the speed at each point of a path.

import { easingFunction, easingNumbers, PRESETS } from "../../motion/timing/easing.mjs";
import { clearedContext, h, setPressed } from "../../ui/dom.mjs";

const PAD = 14;
/** Handles may leave 0-1 upwards and downwards by this much, for curves that overshoot. */
const OVER = 0.35;
/** @type {Readonly<Record<string, readonly [number, number]|undefined>>} */
const ARROW_STEPS = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, 0.02], ArrowDown: [0, -0.02] };

/** @typedef {import('../../motion/document/types.mjs').Easing} Easing */
/** @typedef {import('../../motion/document/types.mjs').XY} XY */
/**
 * @typedef {object} CurveNeeds
 * @property {import('../../ui/strings.mjs').Translate} t
 * @property {() => import('../../ui/theme.mjs').ThemeColors} colors
 */
/** @typedef {import('../../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../../state/state.mjs').Gesture} Gesture */
/** @typedef {import('../../state/state.mjs').GestureOptions} GestureOptions */
/**
 * @typedef {object} EasingActions
 * @property {(options: GestureOptions) => Gesture} begin what a drag of a handle holds
 * @property {(doc: Doc, easing: Easing) => Doc} write
 * @property {(easing: Easing) => void} choose a whole step
 */
/** @typedef {{element: HTMLElement, set: (easing: Easing) => void, paint: () => void}} EasingEditor */

/**
 * Drags on a canvas, each one gesture. Positions are in the canvas's CSS px, though the host may show the editor scaled.
 * @param {HTMLCanvasElement} canvas
 * @param {object} drag
 * @param {() => boolean} [drag.ready] whether there is something to drag
 * @param {(at: XY) => void} drag.grab what was pressed
 * @param {(options: GestureOptions) => Gesture} drag.begin
 * @param {boolean} [drag.atOnce] the press is a change already
 * @param {(at: XY) => (doc: Doc) => Doc} drag.change
 * @param {() => void} [drag.ended]
 */
function onDrag(canvas, { ready = () => true, grab, begin, atOnce = false, change, ended }) {
  /** @type {Gesture|null} */
  let held = null;
  /** @param {PointerEvent} event @returns {XY} */
  const local = (event) => {
    const rect = canvas.getBoundingClientRect();
    return [((event.clientX - rect.left) * canvas.clientWidth) / rect.width, ((event.clientY - rect.top) * canvas.clientHeight) / rect.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !ready()) return;
    canvas.setPointerCapture(event.pointerId);
    const at = local(event);
    grab(at);
    held = begin({ pointerId: event.pointerId, onEnd: () => {
      held = null;
      ended?.();
    } });
    if (atOnce) held.update(change(at));
  });
  canvas.addEventListener("pointermove", (event) => {
    held?.update(change(local(event)));
  });
  canvas.addEventListener("pointerup", () => held?.commit());
}

/** @param {CurveNeeds} needs @param {EasingActions} actions @returns {EasingEditor} */
export function createEasingEditor({ t, colors }, actions) {
  const canvas = h("canvas", { class: "wme-curve", tabindex: "0", role: "img", "aria-label": t("easing.curve") });
  /** @type {Easing} */
  let easing = "linear";
  /** The handle that is dragged, -1 for none. */
  let drag = -1;
  const presets = /** @type {(keyof typeof PRESETS)[]} */ (Object.keys(PRESETS)).map((name) => {
    const mini = h("canvas", { style: { width: "34px", height: "24px" } });
    const button = h("button", { class: "wme-btn", type: "button", title: t(`easing.${name}`), "aria-label": t(`easing.${name}`), on: { click: () => actions.choose(name) } }, [mini]);
    return { name, mini, button };
  });
  const element = h("div", { style: { display: "grid", gap: "6px" } }, [h("div", { class: "wme-easings" }, presets.map((preset) => preset.button)), canvas]);

  const box = () => ({ w: canvas.clientWidth - 2 * PAD, h: (canvas.clientHeight - 2 * PAD) / (1 + 2 * OVER) });
  /** @param {XY} xy 0-1, y upwards @returns {XY} */
  const toScreen = ([x, y]) => [PAD + x * box().w, PAD + box().h * (1 + OVER - y)];
  /** @param {XY} xy @returns {XY} */
  const fromScreen = ([x, y]) => [(x - PAD) / box().w, 1 + OVER - (y - PAD) / box().h];

  /** @param {CanvasRenderingContext2D} ctx @param {(p: number) => number} fn @param {(xy: XY) => XY} map */
  function trace(ctx, fn, map) {
    ctx.beginPath();
    for (let i = 0; i <= 40; i++) {
      const [x, y] = map([i / 40, fn(i / 40)]);
      if (i) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
    }
    ctx.stroke();
  }

  function paint() {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    const ctx = clearedContext(canvas, width, height);
    const { line, dim, accent, panel } = colors();
    ctx.strokeStyle = line;
    ctx.lineWidth = 1;
    const [x0, y0] = toScreen([0, 0]);
    const [x1, y1] = toScreen([1, 1]);
    ctx.strokeRect(x0 + 0.5, y1 + 0.5, x1 - x0, y0 - y1);
    ctx.setLineDash([3, 4]);
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
    ctx.setLineDash([]);
    const [ax, ay, bx, by] = easingNumbers(easing);
    const [p, q] = [toScreen([ax, ay]), toScreen([bx, by])];
    ctx.strokeStyle = dim;
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(...p);
    ctx.moveTo(x1, y1);
    ctx.lineTo(...q);
    ctx.stroke();
    ctx.strokeStyle = accent;
    ctx.lineWidth = 2;
    trace(ctx, easingFunction(easing), toScreen);
    for (const [x, y] of [p, q]) {
      ctx.beginPath();
      ctx.arc(x, y, 5, 0, Math.PI * 2);
      ctx.fillStyle = panel;
      ctx.fill();
      ctx.stroke();
    }
    for (const { mini, name, button } of presets) {
      setPressed(button, name === easing);
      const small = clearedContext(mini, 34, 24);
      small.strokeStyle = name === easing ? accent : dim;
      small.lineWidth = 1.75;
      trace(small, easingFunction(name), ([x, y]) => [5 + x * 24, 20 - y * 16]);
    }
  }

  /** @param {number} index of the handle @param {number} x @param {number} y */
  const setHandle = (index, x, y) => {
    const numbers = easingNumbers(easing).slice();
    numbers[index * 2] = Math.round(Math.max(0, Math.min(1, x)) * 100) / 100;
    numbers[index * 2 + 1] = Math.round(Math.max(-OVER, Math.min(1 + OVER, y)) * 100) / 100;
    return numbers;
  };
  onDrag(canvas, {
    grab(at) {
      const [ax, ay, bx, by] = easingNumbers(easing);
      const distance = (/** @type {XY} */ xy) => Math.hypot(toScreen(xy)[0] - at[0], toScreen(xy)[1] - at[1]);
      drag = distance([ax, ay]) <= distance([bx, by]) ? 0 : 1;
    },
    begin: actions.begin,
    change(at) {
      const next = setHandle(drag, ...fromScreen(at));
      easing = next;
      paint();
      return (doc) => actions.write(doc, next);
    },
    ended: () => (drag = -1),
  });
  canvas.addEventListener("keydown", (event) => {
    const by = ARROW_STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    // Shift moves the second handle.
    const index = event.shiftKey ? 1 : 0;
    const numbers = easingNumbers(easing);
    actions.choose(setHandle(index, numbers[index * 2] + by[0], numbers[index * 2 + 1] + by[1]));
  });
  return {
    element,
    set(next) {
      if (drag < 0) easing = next;
      paint();
    },
    paint,
  };
}

const SLOWEST = 0.1;
const FASTEST = 5;

/** @typedef {{begin: (options?: GestureOptions) => Gesture, write: (doc: Doc, index: number, speed: number) => Doc}} SpeedActions */
/** @typedef {{element: HTMLElement, set: (speeds: number[]) => void, paint: () => void}} SpeedEditor */

/** Bars of speed, one per point, on a logarithmic scale: the middle line is 1. @param {CurveNeeds} needs @param {SpeedActions} actions @returns {SpeedEditor} */
export function createSpeedEditor({ t, colors }, actions) {
  const canvas = h("canvas", { class: "wme-speeds", role: "slider", tabindex: "0", "aria-label": t("speed.label"), "aria-valuemin": SLOWEST, "aria-valuemax": FASTEST });
  /** @type {number[]} */
  let speeds = [];
  let picked = 0;
  /** @param {number} speed */
  const toY = (speed) => {
    const part = (Math.log(Math.max(SLOWEST, Math.min(FASTEST, speed))) - Math.log(SLOWEST)) / (Math.log(FASTEST) - Math.log(SLOWEST));
    return canvas.clientHeight - 8 - part * (canvas.clientHeight - 16);
  };
  /** @param {number} y */
  const fromY = (y) => {
    const part = Math.max(0, Math.min(1, (canvas.clientHeight - 8 - y) / (canvas.clientHeight - 16)));
    const speed = Math.exp(Math.log(SLOWEST) + part * (Math.log(FASTEST) - Math.log(SLOWEST)));
    return Math.abs(speed - 1) < 0.09 ? 1 : Math.round(speed * 100) / 100;
  };
  /** @param {number} i of the point */
  const toX = (i) => (speeds.length < 2 ? canvas.clientWidth / 2 : 12 + (i * (canvas.clientWidth - 24)) / (speeds.length - 1));

  function paint() {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    const ctx = clearedContext(canvas, width, height);
    const { line, accent, panel } = colors();
    ctx.strokeStyle = line;
    ctx.beginPath();
    ctx.moveTo(0, toY(1) + 0.5);
    ctx.lineTo(width, toY(1) + 0.5);
    ctx.stroke();
    ctx.strokeStyle = accent;
    ctx.lineWidth = 2;
    ctx.beginPath();
    speeds.forEach((speed, i) => (i ? ctx.lineTo(toX(i), toY(speed)) : ctx.moveTo(toX(i), toY(speed))));
    ctx.stroke();
    speeds.forEach((speed, i) => {
      ctx.beginPath();
      ctx.arc(toX(i), toY(speed), i === picked ? 5 : 3.5, 0, Math.PI * 2);
      ctx.fillStyle = i === picked ? accent : panel;
      ctx.fill();
      ctx.stroke();
    });
    canvas.setAttribute("aria-valuenow", String(speeds[picked] ?? 1));
    canvas.setAttribute("aria-valuetext", t("speed.at", { point: picked + 1, speed: (speeds[picked] ?? 1).toFixed(2) }));
  }

  onDrag(canvas, {
    ready: () => speeds.length > 0,
    grab([x]) {
      picked = speeds.reduce((best, _, i) => (Math.abs(toX(i) - x) < Math.abs(toX(best) - x) ? i : best), 0);
    },
    begin: actions.begin,
    atOnce: true,
    change([, y]) {
      const [index, speed] = [picked, fromY(y)];
      return (doc) => actions.write(doc, index, speed);
    },
  });
  canvas.addEventListener("keydown", (event) => {
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const up = { ArrowUp: 1.1, ArrowDown: 1 / 1.1 }[event.key] ?? 0;
    if (!side && !up) return;
    event.preventDefault();
    event.stopPropagation();
    if (side) picked = Math.max(0, Math.min(speeds.length - 1, picked + side));
    else {
      const held = actions.begin();
      const speed = Math.max(SLOWEST, Math.min(FASTEST, speeds[picked] * up));
      held.update((doc) => actions.write(doc, picked, speed));
      held.commit();
    }
    paint();
  });
  return {
    element: canvas,
    set(next) {
      speeds = next;
      picked = Math.min(picked, Math.max(0, speeds.length - 1));
      paint();
    },
    paint,
  };
}
