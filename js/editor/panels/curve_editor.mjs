// Two small canvases of the side panel: the easing curve with its two handles, and the speed at each point of a path.

import { easingFunction, easingNumbers, PRESETS } from "../motion/timing/easing.mjs";
import { h, pixelRatio, setPressed, sizeCanvas } from "../ui/dom.mjs";

const PAD = 14;
/** Handles may leave 0-1 upwards and downwards by this much, for curves that overshoot. */
const OVER = 0.35;

/**
 * @param {any} ed
 * @param {{begin: () => void, preview: (easing: import('../motion/document/types.mjs').Easing) => void, commit: () => void, choose: (easing: import('../motion/document/types.mjs').Easing) => void}} actions
 */
export function createEasingEditor(ed, actions) {
  const canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "wme-curve", tabindex: "0", role: "img", "aria-label": ed.t("easing.curve") }));
  let easing = "linear";
  let drag = -1;
  const presets = Object.keys(PRESETS).map((name) => {
    const mini = /** @type {HTMLCanvasElement} */ (h("canvas", { style: { width: "34px", height: "24px" } }));
    const button = h("button", { class: "wme-btn", type: "button", title: ed.t(`easing.${name}`), "aria-label": ed.t(`easing.${name}`), on: { click: () => actions.choose(name) } }, [mini]);
    return { name, mini, button };
  });
  const element = h("div", { style: { display: "grid", gap: "6px" } }, [h("div", { class: "wme-easings" }, presets.map((preset) => preset.button)), canvas]);

  const box = () => ({ w: canvas.clientWidth - 2 * PAD, h: (canvas.clientHeight - 2 * PAD) / (1 + 2 * OVER) });
  const toScreen = ([x, y]) => [PAD + x * box().w, PAD + box().h * (1 + OVER - y)];
  const fromScreen = ([x, y]) => [(x - PAD) / box().w, 1 + OVER - (y - PAD) / box().h];

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
    const ratio = pixelRatio();
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    sizeCanvas(canvas, width, height, ratio);
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const colors = ed.colors;
    ctx.strokeStyle = colors.line;
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
    ctx.strokeStyle = colors.dim;
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(...p);
    ctx.moveTo(x1, y1);
    ctx.lineTo(...q);
    ctx.stroke();
    ctx.strokeStyle = colors.accent;
    ctx.lineWidth = 2;
    trace(ctx, easingFunction(easing), toScreen);
    for (const [x, y] of [p, q]) {
      ctx.beginPath();
      ctx.arc(x, y, 5, 0, Math.PI * 2);
      ctx.fillStyle = colors.panel;
      ctx.fill();
      ctx.stroke();
    }
    // Where the playhead is in the motion's own time.
    for (const { mini, name, button } of presets) {
      setPressed(button, name === easing);
      sizeCanvas(mini, 34, 24, ratio);
      {
        const small = mini.getContext("2d");
        small.setTransform(ratio, 0, 0, ratio, 0, 0);
        small.clearRect(0, 0, 34, 24);
        small.strokeStyle = name === easing ? colors.accent : colors.dim;
        small.lineWidth = 1.75;
        trace(small, easingFunction(name), ([x, y]) => [5 + x * 24, 20 - y * 16]);
      }
    }
  }

  const local = (event) => {
    const rect = canvas.getBoundingClientRect();
    return [((event.clientX - rect.left) * canvas.clientWidth) / rect.width, ((event.clientY - rect.top) * canvas.clientHeight) / rect.height];
  };
  const setHandle = (index, x, y) => {
    const numbers = easingNumbers(easing).slice();
    numbers[index * 2] = Math.round(Math.max(0, Math.min(1, x)) * 100) / 100;
    numbers[index * 2 + 1] = Math.round(Math.max(-OVER, Math.min(1 + OVER, y)) * 100) / 100;
    return numbers;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const at = local(event);
    const [ax, ay, bx, by] = easingNumbers(easing);
    const distance = (xy) => Math.hypot(toScreen(xy)[0] - at[0], toScreen(xy)[1] - at[1]);
    drag = distance([ax, ay]) <= distance([bx, by]) ? 0 : 1;
    canvas.setPointerCapture(event.pointerId);
    actions.begin();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag < 0) return;
    easing = setHandle(drag, ...fromScreen(local(event)));
    actions.preview(easing);
    paint();
  });
  const end = () => {
    if (drag < 0) return;
    drag = -1;
    actions.commit();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, 0.02], ArrowDown: [0, -0.02] }[event.key];
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

/**
 * Bars of speed, one per point, on a logarithmic scale: the middle line is 1.
 * @param {any} ed
 * @param {{begin: () => void, preview: (index: number, speed: number) => void, commit: () => void}} actions
 */
export function createSpeedEditor(ed, actions) {
  const canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "wme-speeds", role: "slider", tabindex: "0", "aria-label": ed.t("speed.label"), "aria-valuemin": SLOWEST, "aria-valuemax": FASTEST }));
  let speeds = [];
  let drag = -1;
  let picked = 0;
  const toY = (speed) => {
    const part = (Math.log(Math.max(SLOWEST, Math.min(FASTEST, speed))) - Math.log(SLOWEST)) / (Math.log(FASTEST) - Math.log(SLOWEST));
    return canvas.clientHeight - 8 - part * (canvas.clientHeight - 16);
  };
  const fromY = (y) => {
    const part = Math.max(0, Math.min(1, (canvas.clientHeight - 8 - y) / (canvas.clientHeight - 16)));
    const speed = Math.exp(Math.log(SLOWEST) + part * (Math.log(FASTEST) - Math.log(SLOWEST)));
    return Math.abs(speed - 1) < 0.09 ? 1 : Math.round(speed * 100) / 100;
  };
  const toX = (i) => (speeds.length < 2 ? canvas.clientWidth / 2 : 12 + (i * (canvas.clientWidth - 24)) / (speeds.length - 1));

  function paint() {
    const ratio = pixelRatio();
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    sizeCanvas(canvas, width, height, ratio);
    const ctx = canvas.getContext("2d");
    const colors = ed.colors;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.strokeStyle = colors.line;
    ctx.beginPath();
    ctx.moveTo(0, toY(1) + 0.5);
    ctx.lineTo(width, toY(1) + 0.5);
    ctx.stroke();
    ctx.strokeStyle = colors.accent;
    ctx.lineWidth = 2;
    ctx.beginPath();
    speeds.forEach((speed, i) => (i ? ctx.lineTo(toX(i), toY(speed)) : ctx.moveTo(toX(i), toY(speed))));
    ctx.stroke();
    speeds.forEach((speed, i) => {
      ctx.beginPath();
      ctx.arc(toX(i), toY(speed), i === picked ? 5 : 3.5, 0, Math.PI * 2);
      ctx.fillStyle = i === picked ? colors.accent : colors.panel;
      ctx.fill();
      ctx.stroke();
    });
    canvas.setAttribute("aria-valuenow", String(speeds[picked] ?? 1));
    canvas.setAttribute("aria-valuetext", ed.t("speed.at", { point: picked + 1, speed: (speeds[picked] ?? 1).toFixed(2) }));
  }
  const local = (event) => {
    const rect = canvas.getBoundingClientRect();
    return [((event.clientX - rect.left) * canvas.clientWidth) / rect.width, ((event.clientY - rect.top) * canvas.clientHeight) / rect.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !speeds.length) return;
    const [x, y] = local(event);
    drag = speeds.reduce((best, _, i) => (Math.abs(toX(i) - x) < Math.abs(toX(best) - x) ? i : best), 0);
    picked = drag;
    canvas.setPointerCapture(event.pointerId);
    actions.begin();
    actions.preview(drag, fromY(y));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag >= 0) actions.preview(drag, fromY(local(event)[1]));
  });
  const end = () => {
    if (drag < 0) return;
    drag = -1;
    actions.commit();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("keydown", (event) => {
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowUp: 1.1, ArrowDown: 1 / 1.1 }[event.key];
    if (!side && !up) return;
    event.preventDefault();
    event.stopPropagation();
    if (side) picked = Math.max(0, Math.min(speeds.length - 1, picked + side));
    else {
      actions.begin();
      actions.preview(picked, Math.max(SLOWEST, Math.min(FASTEST, speeds[picked] * up)));
      actions.commit();
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
