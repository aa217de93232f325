// The clip's frames: a tick every 4 (what the model reads), a bar per track. The ruler and the bars are one canvas each; the
// playhead is an element of its own, so that scrubbing repaints neither.

import { frameLabel, stepFrame, timecode } from "../motion/timing/timecode.mjs";
import { h, setPressed, setText } from "../ui/dom.mjs";
import { iconButton } from "../ui/fields.mjs";
import { icon } from "../ui/icons.mjs";
import { attachTimelineDrag, positionIn } from "./timeline_drag.mjs";
import { createBarHandles } from "./timeline/handles.mjs";
import { createGroupTurns } from "./timeline/turns.mjs";
import { openPickedGroup, turnGroup } from "./layer_rows.mjs";
import { createLayout, idsOf, isGroup, ROW, RULER } from "./timeline_layout.mjs";
import { paintBars, paintRuler } from "./timeline_paint.mjs";

/** CSS px. */
const LOWEST = 96;

/** @typedef {import('../state/state.mjs').Gesture} Gesture */
/**
 * @typedef {object} TimelineNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {HTMLElement} root the editor, whose height the timeline shares
 * @property {AbortSignal} signal
 * @property {() => import('../ui/theme.mjs').ThemeColors} colors
 * @property {() => void} focusKeys
 * @property {() => void} togglePlay
 * @property {() => void} pause
 * @property {HTMLElement} zoom the stage's buttons, which would cover the picture there
 * @property {(event: PointerEvent|null, text?: string) => void} tag words beside the pointer; null takes them away
 */
/**
 * @typedef {object} Timeline
 * @property {HTMLElement} element
 * @property {(words: string) => void} along says which path and frame the pointer is on, "" nothing
 * @property {() => void} measure take the room that the page gives, and paint
 */

/** @param {TimelineNeeds} needs @returns {Timeline} */
export function createTimeline({ state, t, root, signal, colors, focusKeys, togglePlay, pause, zoom, tag }) {
  const ruler = h("canvas", { role: "slider", tabindex: "0", "aria-label": t("playhead"), "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0" });
  const bars = h("canvas", { role: "img", "aria-label": t("timeline") });
  const spacer = h("div", { class: "wme-rows" });
  const scroll = h("div", { class: "wme-scroll" }, [spacer]);
  const empty = h("p", { class: "wme-lanes-empty", text: t("timeline.empty") });
  const line = h("div", { class: "wme-head-line" });
  const lanes = h("div", { class: "wme-lanes" }, [ruler, bars, empty, scroll, line]);
  const play = iconButton("play", t("play"), () => { togglePlay(); focusKeys(); }, { keys: t("key.space"), className: "wme-play" });
  const loop = iconButton("loop", t("loop"), () => state.set("ui", { loop: !state.loop }), { pressed: true });
  const now = h("b");
  const rest = h("span");
  const time = h("span", { class: "wme-timecode" });
  const readout = h("output", { "aria-live": "off" }, [now, rest, time]);
  const along = h("output", { class: "wme-hide-small" });
  const grow = h("div", { class: "wme-grow", role: "separator", "aria-orientation": "horizontal", "aria-label": t("timeline.size"), tabindex: "0", "aria-valuemin": LOWEST, "aria-valuenow": LOWEST });
  const step = (/** @type {number} */ by) => state.setFrame(stepFrame(Math.round(state.frame), by, state.doc.frames));
  const transport = h("div", { class: "wme-transport" }, [
    iconButton("first", t("first"), () => state.setFrame(0), { keys: "Home" }),
    iconButton("stepBack", t("step.back"), () => step(-1), { keys: "←" }),
    play,
    iconButton("stepForward", t("step.forward"), () => step(1), { keys: "→" }),
    loop, readout, h("span", { style: { flex: "1" } }), along, zoom,
  ]);
  const element = h("div", { class: "wme-time" }, [transport, lanes, grow]);
  const layout = createLayout(state);
  const handles = createBarHandles({ state, t, place: {
    xOf: layout.xOf,
    rowTop(owner) {
      for (let row = 0; row < layout.rowCount(); row++) {
        const at = layout.ownerOf(row);
        if (at === "camera" ? owner === at : owner !== "camera" && (isGroup(at) ? "group" in owner && at.name === owner.group : "id" in owner && at.id === owner.id)) return row * ROW;
      }
      return null;
    },
  } });
  const turns = createGroupTurns({ t, turn: (name) => turnGroup(state, name) });
  spacer.append(turns.element, handles.element);
  // What is focused comes into sight below the others' scrolling.
  handles.element.addEventListener("focusin", ({ target }) => target instanceof HTMLElement && target.scrollIntoView({ block: "nearest" }));
  let request = 0;
  const highest = () => Math.round(root.clientHeight * 0.6);

  function measure() {
    const { clientWidth: width, clientHeight: height } = lanes;
    if (!width) return;
    layout.resize(width, height);
    grow.setAttribute("aria-valuemax", String(highest()));
    grow.setAttribute("aria-valuenow", String(element.offsetHeight));
    ruler.style.width = bars.style.width = `${width}px`;
    ruler.style.height = `${RULER}px`;
    bars.style.top = `${RULER}px`;
    bars.style.height = `${Math.max(1, height - RULER)}px`;
    paint();
  }

  const schedule = () => {
    if (!request && !signal.aborted) request = requestAnimationFrame(paint);
  };

  function paint() {
    request = 0;
    if (!layout.width || signal.aborted) return;
    spacer.style.height = `${layout.rowCount() * ROW + 6}px`;
    const needs = { layout, state, t, colors: colors() };
    paintRuler(ruler, needs);
    paintBars(bars, needs, scroll.scrollTop);
    handles.update();
    turns.update(groupsInSight());
    empty.hidden = layout.rowCount() > 0;
    empty.style.left = `${layout.gutter}px`;
    paintHead();
  }

  function groupsInSight() {
    const out = [];
    const from = Math.max(0, Math.floor(scroll.scrollTop / ROW) - 1);
    const to = Math.min(layout.rowCount(), Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + 1);
    for (let row = from; row < to; row++) {
      const owner = layout.ownerOf(row);
      if (isGroup(owner)) out.push({ name: owner.name, open: owner.open, top_px: row * ROW });
    }
    return out;
  }

  function paintHead() {
    line.style.transform = `translateX(${Math.round(layout.xOf(state.frame) * 2) / 2}px)`;
    const frame = Math.round(state.frame);
    setText(now, String(frame));
    setText(rest, ` / ${state.doc.frames - 1}`);
    setText(time, ` · ${timecode(frame, state.doc.fps)}`);
    ruler.setAttribute("aria-valuemax", String(state.doc.frames - 1));
    ruler.setAttribute("aria-valuenow", String(frame));
    ruler.setAttribute("aria-valuetext", frameLabel(frame, state.doc.fps));
  }

  /** @param {PointerEvent} event */
  function scrub(event) {
    const frame = Math.round(layout.frameAt(positionIn(event, ruler)[0]));
    state.setFrame(Math.max(0, Math.min(state.doc.frames - 1, event.shiftKey ? Math.round(frame / 4) * 4 : frame)));
  }
  /** @type {Gesture|null} */
  let scrubbing = null;
  ruler.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pause();
    scrubbing = state.begin({ pointerId: event.pointerId, onEnd: () => (scrubbing = null) });
    ruler.setPointerCapture(event.pointerId);
    scrub(event);
    focusKeys();
  });
  ruler.addEventListener("pointermove", (event) => scrubbing && scrub(event));
  ruler.addEventListener("pointerup", () => scrubbing?.commit());
  ruler.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    pause();
    if (event.shiftKey) state.setFrame(Math.round(state.frame) + by);
    else step(by);
  });
  ruler.addEventListener("mousedown", (event) => event.preventDefault());
  attachTimelineDrag({ state, t, layout, scroll, tag, focusKeys });
  scroll.addEventListener("scroll", schedule, { passive: true });

  /** @type {{gesture: Gesture, y: number, height: number}|null} */
  let growing = null;
  const setHeight = (/** @type {number} */ px) => root.style.setProperty("--wme-time", `${Math.max(LOWEST, Math.min(highest(), px))}px`);
  grow.addEventListener("pointerdown", (event) => {
    const height = element.offsetHeight;
    const gesture = state.begin({ pointerId: event.pointerId, onEnd: (outcome) => {
      growing = null;
      if (outcome === "cancel") setHeight(height);
    } });
    growing = { gesture, y: event.clientY, height };
    grow.setPointerCapture(event.pointerId);
  });
  grow.addEventListener("pointermove", (event) => growing && setHeight(growing.height + growing.y - event.clientY));
  grow.addEventListener("pointerup", () => growing?.gesture.commit());
  grow.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 16, ArrowDown: -16 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    setHeight(element.offsetHeight + by);
  });

  /** The row of what is picked elsewhere comes into sight. */
  function reveal() {
    openPickedGroup(state);
    const active = state.activeIds();
    const rows = [];
    for (let row = 0; row < layout.rowCount(); row++) {
      const owner = layout.ownerOf(row);
      if (owner === "camera" ? state.cameraPicked : idsOf(owner).every((id) => active.has(id))) rows.push(row);
    }
    const [top, room] = [scroll.scrollTop, scroll.clientHeight];
    if (rows.length && room && !rows.some((row) => row * ROW >= top && (row + 1) * ROW <= top + room)) {
      spacer.style.height = `${layout.rowCount() * ROW + 6}px`;
      scroll.scrollTop = rows[0] * ROW - Math.max(0, (room - ROW) / 2);
    }
    schedule();
  }

  state.on("doc", schedule);
  state.on("selection", reveal);
  state.on("tool", schedule);
  state.on("frame", paintHead);
  state.on("ui", () => {
    setPressed(loop, state.loop);
    schedule();
  });
  state.on("play", () => {
    play.replaceChildren(icon(state.playing ? "pause" : "play"));
    const words = t(state.playing ? "pause" : "play");
    play.setAttribute("aria-label", words);
    play.title = `${words} (${t("key.space")})`;
  });
  const observer = new ResizeObserver(measure);
  observer.observe(lanes);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(request);
  });
  return { element, along: (words) => setText(along, words), measure };
}
