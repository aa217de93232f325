// The clip's frames: a tick every 4 (what the model reads), a bar per track. The ruler and the bars are one canvas each; the
// playhead is an element of its own, so that scrubbing repaints neither.

import { h, pixelRatio, setPressed, setText, sizeCanvas } from "../ui/dom.mjs";
import { iconButton } from "../ui/fields.mjs";
import { icon } from "../ui/icons.mjs";
import { dragBar, moveKey } from "../commands/all.mjs";
import { labelStep, stepFrame, timecode } from "../motion/timing/timecode.mjs";
import { safeColor } from "../palette.mjs";

/** CSS px of a row and of the ruler; what fingers take is larger. */
const [ROW, RULER] = globalThis.matchMedia?.("(pointer: coarse)").matches ? [44, 44] : [24, 24];
const ROW_PAD = (ROW - 24) / 2;
const GUTTER = 150;
const RIGHT = 22;
const EDGE_PX = 7;

/** @param {any} ed */
export function createTimeline(ed) {
  const { state } = ed;
  const ruler = /** @type {HTMLCanvasElement} */ (h("canvas", { role: "slider", tabindex: "0", "aria-label": ed.t("playhead"), "aria-valuemin": "0" }));
  const bars = /** @type {HTMLCanvasElement} */ (h("canvas", { role: "img", "aria-label": ed.t("timeline") }));
  const spacer = h("div");
  const scroll = h("div", { class: "wme-scroll" }, [spacer]);
  const line = h("div", { class: "wme-head-line" });
  const lanes = h("div", { class: "wme-lanes" }, [ruler, bars, scroll, line]);
  const play = iconButton("play", ed.t("play"), () => { ed.togglePlay(); ed.focusKeys(); }, { keys: ed.t("key.space"), className: "wme-play" });
  const loop = iconButton("loop", ed.t("loop"), () => state.set("ui", { loop: !state.loop }), { pressed: true });
  const readout = h("output", { "aria-live": "off" });
  const now = h("b");
  const rest = h("span");
  readout.append(now, rest);
  const along = h("output", { class: "wme-hide-small" });
  const grow = h("div", { class: "wme-grow", role: "separator", "aria-orientation": "horizontal", "aria-label": ed.t("timeline.size"), tabindex: "0" });
  const transport = h("div", { class: "wme-transport" }, [
    iconButton("first", ed.t("first"), () => state.setFrame(0), { keys: "Home" }),
    iconButton("stepBack", ed.t("step.back"), () => state.setFrame(stepFrame(Math.round(state.frame), -1, state.doc.frames)), { keys: "←" }),
    play,
    iconButton("stepForward", ed.t("step.forward"), () => state.setFrame(stepFrame(Math.round(state.frame), 1, state.doc.frames)), { keys: "→" }),
    loop, readout, h("span", { style: { flex: "1" } }), along,
  ]);
  const element = h("div", { class: "wme-time" }, [transport, lanes, grow]);

  let width = 0;
  let height = 0;
  let request = 0;
  let drag = null;
  let gutter = GUTTER;

  const perFrame = () => (width - gutter - RIGHT) / Math.max(1, state.doc.frames - 1);
  const xOf = (frame) => gutter + frame * perFrame();
  const frameAt = (x) => (x - gutter) / perFrame();
  const hasCamera = () => (state.doc.camera?.keys.length ? 1 : 0);
  const rowCount = () => state.doc.layers.length + hasCamera();
  const rowLayer = (row) => (hasCamera() && row === 0 ? "camera" : state.doc.layers[state.doc.layers.length - 1 - (row - hasCamera())]);

  function measure() {
    const box = { w: lanes.clientWidth, h: lanes.clientHeight };
    if (!box.w) return;
    width = box.w;
    height = box.h;
    gutter = width < 700 ? 84 : GUTTER;
    const ratio = pixelRatio();
    ruler.style.width = bars.style.width = `${width}px`;
    ruler.style.height = `${RULER}px`;
    bars.style.top = `${RULER}px`;
    bars.style.height = `${Math.max(1, height - RULER)}px`;
    sizeCanvas(ruler, width, RULER, ratio);
    sizeCanvas(bars, width, Math.max(1, height - RULER), ratio);
    paint();
  }

  const schedule = () => {
    if (!request && !ed.signal.aborted) request = requestAnimationFrame(paint);
  };

  function paint() {
    request = 0;
    if (!width || ed.signal.aborted) return;
    spacer.style.height = `${rowCount() * ROW + 6}px`;
    paintRuler();
    paintBars();
    paintHead();
  }

  function paintRuler() {
    const ratio = pixelRatio();
    const ctx = ruler.getContext("2d");
    const { colors } = ed;
    const { frames } = state.doc;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = colors.panel;
    ctx.fillRect(0, 0, width, RULER);
    const px = perFrame();
    const label = labelStep(px, 46);
    const minor = px * 4 >= 3 ? 4 : label;
    ctx.fillStyle = colors.strong;
    for (let f = 0; f < frames; f += minor) ctx.fillRect(Math.round(xOf(f)), f % label ? RULER - 5 : RULER - 9, 1, f % label ? 5 : 9);
    if (px >= 5) {
      ctx.fillStyle = colors.line;
      for (let f = 0; f < frames; f++) if (f % 4) ctx.fillRect(Math.round(xOf(f)), RULER - 3, 1, 3);
    }
    ctx.fillStyle = colors.dim;
    ctx.font = `11px ${colors.font}`;
    ctx.textBaseline = "top";
    ctx.textAlign = "center";
    for (let f = 0; f < frames; f += label) ctx.fillText(String(f), xOf(f), RULER - 21);
    ctx.fillStyle = colors.line;
    ctx.fillRect(0, RULER - 1, width, 1);
  }

  function paintBars() {
    const ratio = pixelRatio();
    const ctx = bars.getContext("2d");
    const { colors } = ed;
    const { doc } = state;
    const active = state.activeIds();
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    // Latent steps as faint columns.
    if (perFrame() * 4 >= 7) {
      ctx.fillStyle = colors.raise;
      ctx.globalAlpha = 0.55;
      for (let f = 0; f < doc.frames; f += 8) ctx.fillRect(xOf(f), 0, Math.min(perFrame() * 4, width - RIGHT - xOf(f)), height);
      ctx.globalAlpha = 1;
    }
    const top = scroll.scrollTop;
    const from = Math.max(0, Math.floor(top / ROW));
    const to = Math.min(rowCount(), Math.ceil((top + height) / ROW));
    for (let row = from; row < to; row++) paintRow(ctx, row, row * ROW - top + 3 + ROW_PAD, active, colors);
    if (!rowCount()) {
      ctx.fillStyle = colors.dim;
      ctx.font = `12px ${colors.font}`;
      ctx.textBaseline = "middle";
      ctx.fillText(ed.t("timeline.empty"), gutter, Math.min(34, height / 3));
    }
  }

  function paintRow(ctx, row, y, active, colors) {
    const { doc } = state;
    const layer = rowLayer(row);
    const camera = layer === "camera";
    const on = camera ? state.cameraPicked || state.tool === "camera" : active.has(layer.id);
    const color = camera ? "#ffd24a" : safeColor(layer.color, "#6699ff");
    if (on) {
      ctx.fillStyle = colors.soft;
      ctx.fillRect(0, y - 3 - ROW_PAD, width, ROW);
    }
    ctx.globalAlpha = !camera && layer.visible === false ? 0.4 : 1;
    ctx.fillStyle = on ? colors.fg : colors.dim;
    ctx.font = `12px ${colors.font}`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.fillText(clip(ctx, camera ? ed.t("camera") : layer.name || ed.t("unnamed"), gutter - 26), 12, y + 9);
    const last = doc.frames - 1;
    const bar = (a, b, strength) => {
      ctx.globalAlpha *= strength;
      ctx.fillStyle = color;
      round(ctx, xOf(a), y + 1, Math.max(3, xOf(Math.min(b, last)) - xOf(a)), 16);
      ctx.fill();
      ctx.globalAlpha /= strength;
    };
    if (camera || layer.type === "region") {
      bar(0, last, 0.28);
      const keys = camera ? doc.camera.keys : layer.keys;
      if (keys.length > 1) bar(keys[0].frame, keys[keys.length - 1].frame, 0.5);
      if (!camera) hatch(ctx, layer.hidden, y, colors);
      for (const key of keys) diamond(ctx, xOf(key.frame), y + 9, colors);
    } else if (layer.type === "path" && layer.points.length > 1) {
      const shown = [layer.before === "hide" ? layer.start : 0, layer.after === "hide" ? Math.min(last, layer.end) : last];
      bar(shown[0], shown[1], 0.22);
      bar(layer.start, layer.end, 0.92);
      hatch(ctx, layer.hidden, y, colors);
      ctx.fillStyle = "rgba(0,0,0,0.35)";
      const w = xOf(Math.min(last, layer.end)) - xOf(layer.start);
      if (w > 26) for (const x of [xOf(layer.start) + 4, xOf(Math.min(last, layer.end)) - 6]) ctx.fillRect(x, y + 5, 2, 8);
    } else {
      bar(0, last, 0.28);
      if (layer.hidden) hatch(ctx, layer.hidden, y, colors);
    }
    ctx.globalAlpha = 1;
  }

  function hatch(ctx, hidden, y, colors) {
    for (const [first, last] of hidden) {
      const x = xOf(first);
      const w = Math.max(3, xOf(Math.min(last, state.doc.frames - 1)) - x + perFrame() * 0.5);
      ctx.save();
      ctx.beginPath();
      ctx.rect(x, y + 1, w, 16);
      ctx.clip();
      ctx.fillStyle = colors.panel;
      ctx.globalAlpha = 0.72;
      ctx.fillRect(x, y + 1, w, 16);
      ctx.globalAlpha = 1;
      ctx.strokeStyle = colors.dim;
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (let i = -16; i < w + 16; i += 5) {
        ctx.moveTo(x + i, y + 18);
        ctx.lineTo(x + i + 17, y);
      }
      ctx.stroke();
      ctx.restore();
    }
  }

  function diamond(ctx, x, y, colors) {
    ctx.beginPath();
    ctx.moveTo(x, y - 6);
    ctx.lineTo(x + 6, y);
    ctx.lineTo(x, y + 6);
    ctx.lineTo(x - 6, y);
    ctx.closePath();
    ctx.fillStyle = colors.fg;
    ctx.strokeStyle = colors.panel;
    ctx.lineWidth = 1.5;
    ctx.fill();
    ctx.stroke();
  }

  function paintHead() {
    line.style.transform = `translateX(${Math.round(xOf(state.frame) * 2) / 2}px)`;
    const frame = Math.round(state.frame);
    setText(now, String(frame));
    setText(rest, ` / ${state.doc.frames - 1} · ${timecode(frame, state.doc.fps)}`);
    ruler.setAttribute("aria-valuemax", String(state.doc.frames - 1));
    ruler.setAttribute("aria-valuenow", String(frame));
  }

  const local = (event, target) => {
    const rect = target.getBoundingClientRect();
    return [((event.clientX - rect.left) * (target.offsetWidth || 1)) / rect.width, ((event.clientY - rect.top) * (target.offsetHeight || 1)) / rect.height];
  };

  /** What lies under the pointer in the bars: {row, layer, part: "start"|"end"|"body"|"key"|"name"|"none"}. */
  function partAt(x, y, touch) {
    const row = Math.floor((y + scroll.scrollTop) / ROW);
    if (row < 0 || row >= rowCount()) return null;
    const layer = rowLayer(row);
    const edge = touch ? 18 : EDGE_PX;
    const keys = layer === "camera" ? state.doc.camera.keys : layer.type === "region" ? layer.keys : [];
    const key = keys.find((one) => Math.abs(xOf(one.frame) - x) <= edge);
    if (key) return { row, layer, part: "key", frame: key.frame };
    if (x < gutter - 8) return { row, layer, part: "name" };
    if (layer !== "camera" && layer.type === "path" && layer.points.length > 1 && !layer.locked) {
      const last = state.doc.frames - 1;
      const [a, b] = [xOf(layer.start), xOf(Math.min(last, layer.end))];
      if (Math.abs(x - b) <= edge && x >= (a + b) / 2) return { row, layer, part: "end" };
      if (Math.abs(x - a) <= edge) return { row, layer, part: "start" };
      if (x > a && x < b) return { row, layer, part: "body" };
    }
    return { row, layer, part: "none" };
  }

  function barsDown(event) {
    if (event.button) return;
    ed.focusKeys();
    const [x, y] = local(event, scroll);
    if (x > scroll.clientWidth) return;
    const hit = partAt(x, y, event.pointerType === "touch");
    if (!hit) {
      state.select({ layers: [], points: [] });
      return;
    }
    if (hit.layer === "camera") {
      state.select({ layers: [], points: [] });
      state.set("selection", { cameraPicked: true });
    } else if (event.shiftKey || event.ctrlKey) state.selectLayers([...state.selection.layers, hit.layer.id]);
    else if (!state.selection.layers.includes(hit.layer.id)) state.selectLayers([hit.layer.id]);
    if (hit.part === "name" || hit.part === "none") {
      drag = { kind: "scroll", y: event.clientY, top: scroll.scrollTop };
    } else drag = { kind: hit.part, id: hit.layer === "camera" ? "camera" : hit.layer.id, frame: hit.frame, x, before: state.doc, started: false };
    scroll.setPointerCapture(event.pointerId);
  }

  function barsMove(event) {
    const [x, y] = local(event, scroll);
    if (!drag) {
      const hit = partAt(x, y, false);
      scroll.style.cursor = { start: "ew-resize", end: "ew-resize", body: "grab", key: "ew-resize" }[hit?.part] ?? "default";
      return;
    }
    if (drag.kind === "scroll") {
      if (event.pointerType === "touch") scroll.scrollTop = drag.top - (event.clientY - drag.y);
      return;
    }
    const by = Math.round((x - drag.x) / perFrame());
    if (!drag.started && !by) return;
    if (!drag.started) state.history.begin(ed.t(drag.kind === "key" ? "do.key" : "do.timing"));
    drag.started = true;
    if (drag.kind === "key") {
      const to = Math.max(0, Math.min(state.doc.frames - 1, drag.frame + by));
      state.history.update(to === drag.frame ? drag.before : moveKey(drag.before, drag.id, drag.frame, to));
      ed.tag(event, String(to));
      return;
    }
    let doc = drag.before;
    const ids = state.selection.layers.includes(drag.id) ? state.selection.layers : [drag.id];
    for (const id of ids) if (doc.layers.find((one) => one.id === id)?.type === "path") doc = dragBar(doc, id, drag.kind, by);
    state.history.update(doc);
  }

  function barsUp(event) {
    if (drag?.started) {
      if (event.type === "pointercancel") state.history.cancel();
      else state.history.commit();
    }
    drag = null;
    ed.tag(null);
  }

  function scrub(event) {
    const frame = Math.round(frameAt(local(event, ruler)[0]));
    state.setFrame(Math.max(0, Math.min(state.doc.frames - 1, event.shiftKey ? Math.round(frame / 4) * 4 : frame)));
  }
  let scrubbing = false;
  ruler.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    ed.pause();
    scrubbing = true;
    ruler.setPointerCapture(event.pointerId);
    scrub(event);
    ed.focusKeys();
  });
  ruler.addEventListener("pointermove", (event) => scrubbing && scrub(event));
  const scrubEnd = () => (scrubbing = false);
  ruler.addEventListener("pointerup", scrubEnd);
  ruler.addEventListener("pointercancel", scrubEnd);
  ruler.addEventListener("mousedown", (event) => event.preventDefault());
  scroll.addEventListener("pointerdown", barsDown);
  scroll.addEventListener("pointermove", barsMove);
  scroll.addEventListener("pointerup", barsUp);
  scroll.addEventListener("pointercancel", barsUp);
  scroll.addEventListener("mousedown", (event) => event.preventDefault());
  scroll.addEventListener("scroll", schedule, { passive: true });
  scroll.addEventListener("dblclick", (event) => {
    const [x, y] = local(event, scroll);
    const hit = partAt(x, y, false);
    if (hit?.part === "key") state.setFrame(hit.frame);
  });

  let growing = null;
  const setHeight = (px) => ed.root.style.setProperty("--wme-time", `${Math.max(96, Math.min(ed.root.clientHeight * 0.6, px))}px`);
  grow.addEventListener("pointerdown", (event) => {
    growing = { y: event.clientY, height: element.offsetHeight };
    grow.setPointerCapture(event.pointerId);
  });
  grow.addEventListener("pointermove", (event) => growing && setHeight(growing.height + growing.y - event.clientY));
  grow.addEventListener("pointerup", () => (growing = null));
  grow.addEventListener("pointercancel", () => (growing = null));
  grow.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 16, ArrowDown: -16 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    setHeight(element.offsetHeight + by);
  });

  state.on("doc", schedule);
  state.on("selection", schedule);
  state.on("tool", schedule);
  state.on("frame", paintHead);
  state.on("ui", () => {
    setPressed(loop, state.loop);
    schedule();
  });
  state.on("play", () => {
    play.replaceChildren(icon(state.playing ? "pause" : "play"));
    play.setAttribute("aria-label", ed.t(state.playing ? "pause" : "play"));
  });
  const observer = new ResizeObserver(measure);
  observer.observe(lanes);
  ed.signal.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(request);
  });
  return { element, along, paint: schedule, measure };
}

function clip(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let low = 0;
  let high = Math.min(text.length, 80);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

function round(ctx, x, y, w, hgt) {
  ctx.beginPath();
  ctx.roundRect(x, y, w, hgt, 4);
}
