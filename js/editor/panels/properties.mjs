// The selected thing's properties. The panel is rebuilt when what is selected changes, and only told new values while it stays.

import { fill, h, setText } from "../ui/dom.mjs";
import { iconButton, numberField, field, segmentField, sliderField } from "../ui/fields.mjs";
import { bounds } from "../geometry/points.mjs";
import { alignSelection, deleteSelection, mirrorSelection, moveSelection, selectedPoints, setLayer, toggleHiddenFrom } from "../commands/all.mjs";
import { heldProps } from "./clip/held.mjs";
import { pinProps } from "./clip/pin.mjs";
import { cameraProps, regionProps } from "./props/keys.mjs";
import { manyKey, manyProps } from "./props/many.mjs";
import { pathProps } from "./props/path.mjs";

/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('./props/common.mjs').PropsPart} PropsPart */
/** @typedef {"left"|"center"|"right"|"top"|"middle"|"bottom"} Edge */
/** @typedef {import('./props/common.mjs').PropsNeeds & {signal: AbortSignal, duplicate: () => void}} PropertiesNeeds */
/**
 * @typedef {object} Properties
 * @property {HTMLElement} element
 * @property {HTMLElement} title what is selected, for the heading
 * @property {() => void} update
 */

/** @param {PropertiesNeeds} needs @returns {Properties} */
export function createProperties(needs) {
  const { state, t, signal } = needs;
  const element = h("div", { class: "wme-props", role: "group", "aria-label": t("props") });
  const title = h("span");
  let shown = { key: "", update: () => {} };
  let pending = 0;
  let shownWhole = "";

  // The camera's tool brings the camera; a layer that is picked meanwhile is what a person wants to see.
  let cameraFirst = false;
  state.on("tool", () => (cameraFirst = state.tool === "camera"));
  state.on("selection", () => (cameraFirst = state.tool === "camera" && !state.activeIds().size));

  function keyOf() {
    if (cameraFirst || state.cameraPicked) return "camera";
    const ids = [...state.activeIds()];
    if (!ids.length) return `none ${state.tool} ${state.regionMode}`;
    if (ids.length > 1) return `many ${state.selection.points.length > 0} ${manyKey(state)}`;
    const layer = state.single();
    return layer ? `${layer.type} ${layer.id} ${shapeKey(layer)} ${state.selection.points.length > 0}` : "none";
  }
  // What adds or removes controls; values alone only update them.
  const shapeKey = (/** @type {Layer} */ layer) => (layer.type === "path" ? `${layer.points.length > 1} ${!!layer.speeds} ${!!layer.times} ${layer.hidden.length}` : layer.type === "region" ? `${layer.keys.map((k) => k.frame)} ${layer.hidden.length} ${!!layer.mask} ${needs.favourites.count}` : "");

  /** @returns {PropsPart & {title: string}} */
  function build() {
    const layer = state.single();
    if (keyOf() === "camera") return cameraProps(needs);
    if (!state.activeIds().size) return nothingProps(needs);
    const common = joined(selectionProps(needs), pinProps(needs));
    const own = layer ? layerProps(layer) : manyProps(needs);
    return {
      title: layer ? t(`type.${layer.type}`) : t("props.many", { count: state.activeIds().size }),
      nodes: [...common.nodes, ...own.nodes],
      update() {
        common.update();
        own.update();
      },
    };
  }

  /** What only one kind of layer has. @param {Layer} layer @returns {PropsPart} */
  function layerProps(layer) {
    if (layer.type === "path") return pathProps(needs, layer);
    if (layer.type === "region") return regionProps(needs, layer);
    if (layer.type === "anchors") return heldProps(needs, layer.id);
    return { nodes: layer.type === "dense" ? [h("p", { class: "wme-muted", text: t("dense.note") })] : [], update() {} };
  }

  function update() {
    pending = 0;
    if (signal.aborted) return;
    const key = keyOf();
    if (key !== shown.key) {
      // A key that appears while its own control is being dragged must not take that control away.
      if (state.history.inGesture && shown.key) return;
      const built = build();
      shown = { key, update: built.update };
      setText(title, built.title);
      const whole = key.split(" ").slice(0, 2).join(" ");
      fill(element, built.nodes);
      // What is only read has to be scrolled by keys as well.
      if (element.querySelector("button, input, select")) element.removeAttribute("tabindex");
      else element.tabIndex = 0;
      // A key or interval added keeps the place; another thing starts at its top.
      if (whole !== shownWhole) element.scrollTop = 0;
      shownWhole = whole;
    }
    shown.update();
  }
  const schedule = () => {
    if (!pending) pending = requestAnimationFrame(update);
  };
  for (const topic of /** @type {const} */ (["doc", "selection", "tool", "frame", "ui"])) state.on(topic, () => {
    // Playing would rewrite every number sixty times a second.
    if (!(topic === "frame" && state.playing)) schedule();
  });
  state.on("play", schedule);
  needs.favourites.onChange(schedule);
  signal.addEventListener("abort", () => cancelAnimationFrame(pending));
  return { element, title, update };
}

/** @param {...PropsPart} parts @returns {PropsPart} */
function joined(...parts) {
  return { nodes: parts.flatMap((part) => part.nodes), update: () => parts.forEach((part) => part.update()) };
}

/** Nothing selected: what to do next, and the tool's own settings. @param {PropertiesNeeds} needs @returns {PropsPart & {title: string}} */
function nothingProps({ state, t }) {
  /** @type {Node[]} */
  const nodes = [];
  /** @type {(() => void)[]} */
  const updates = [];
  if (state.tool === "region") {
    const mode = segmentField({ label: t("region.mode"), options: [["lasso", t("region.lasso")], ["brush", t("region.brush")]], onChange: (value) => state.set("ui", { regionMode: value }) });
    nodes.push(field(t("region.mode"), mode.element));
    updates.push(() => mode.set(state.regionMode));
  }
  if (state.tool === "region" && state.regionMode === "brush") {
    const resize = (/** @type {number} */ value) => state.set("ui", { brush: value });
    const size = sliderField({ label: t("region.brushSize"), min: 8, max: 128, step: 4, unit: "px", onInput: resize, onChange: resize });
    nodes.push(size.element);
    updates.push(() => size.set(state.brush));
  }
  if (state.tool === "drag") {
    const length = segmentField({ label: t("stroke"), options: [["clip", t("stroke.clip")], ["hand", t("stroke.hand")]], onChange: (value) => state.set("ui", { strokeLength: value }) });
    nodes.push(field(t("stroke"), length.element, undefined, true));
    updates.push(() => length.set(state.strokeLength));
  }
  const heading = h("b");
  updates.push(() => setText(heading, t(state.doc.layers.length ? "props.pick" : "props.start")));
  const steps = h("ol", {}, ["first.thing", "first.drag", "first.watch", "first.hold", "first.close"].map((key) => h("li", { text: t(key) })));
  nodes.push(h("div", { class: "wme-empty" }, [heading, steps]));
  return { title: t("props"), nodes, update: () => updates.forEach((one) => one()) };
}

/** Position in percent and pixels, and what acts on any selection. @param {PropertiesNeeds} needs @returns {PropsPart} */
function selectionProps({ state, t, duplicate }) {
  const middle = () => {
    const box = bounds(selectedPoints(state.doc, state.selection).map(({ point }) => point));
    return box && [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  };
  /** @param {number} axis @param {number} to 0-1 */
  const move = (axis, to) => {
    const at = middle();
    if (!at) return;
    const by = to - at[axis];
    state.apply(moveSelection(state.doc, state.selection, axis ? 0 : by, axis ? by : 0), t("do.move"));
  };
  const percent = [0, 1].map((axis) => numberField({ label: t(axis ? "y.percent" : "x.percent"), head: axis ? "y" : "x", unit: "%", digits: 2, step: 0.5, onChange: (value) => move(axis, value / 100) }));
  const pixels = [0, 1].map((axis) => numberField({ label: t(axis ? "y.px" : "x.px"), head: axis ? "y" : "x", unit: "px", digits: 1, onChange: (value) => move(axis, value / state.doc.size_wh[axis]) }));
  const place = field(t("position"), h("span", { class: "wme-two" }, percent.map((one) => one.element)));
  const placePx = field("", h("span", { class: "wme-two" }, pixels.map((one) => one.element)));
  /** @param {import('../motion/document/types.mjs').Doc} changed @param {string} label */
  const run = (changed, label) => state.apply(changed, t(label));
  const actions = h("div", { class: "wme-actions" }, [
    iconButton("duplicate", t("act.duplicate"), () => duplicate(), { keys: "Ctrl+D" }),
    iconButton("mirror", t("act.mirror"), () => run(mirrorSelection(state.doc, state.selection, "x"), "do.mirror"), { keys: "M" }),
    iconButton("eyeOff", t("act.hideFrom"), () => run(toggleHiddenFrom(state.doc, [...state.activeIds()], Math.round(state.frame)), "do.hide"), { keys: "H" }),
    iconButton("lock", t("layer.lock"), () => state.apply(setLayer(state.doc, [...state.activeIds()], { locked: true }), t("do.lock"), { layers: [], points: [] })),
    iconButton("trash", t("act.delete"), () => run(deleteSelection(state.doc, state.selection), "do.delete"), { keys: "Del" }),
  ]);
  /** @type {Edge[]} */
  const edges = ["left", "center", "right", "top", "middle", "bottom"];
  const align = h("div", { class: "wme-actions", role: "group", "aria-label": t("align") }, edges.map((edge) => h("button", { class: "wme-btn is-icon", type: "button", title: t(`align.${edge}`), "aria-label": t(`align.${edge}`), on: { click: () => run(alignSelection(state.doc, state.selection, edge), "do.align") } }, [alignIcon(edge)])));
  return {
    nodes: [actions, place, placePx, align],
    update() {
      const at = middle();
      for (const axis of [0, 1]) {
        for (const control of [percent[axis], pixels[axis]]) control.input.disabled = !at;
        if (!at) continue;
        percent[axis].set(at[axis] * 100);
        pixels[axis].set(at[axis] * state.doc.size_wh[axis]);
      }
      const several = selectedPoints(state.doc, state.selection).length > 1;
      align.hidden = !several;
    },
  };
}

/** @param {Edge} edge */
function alignIcon(edge) {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(NS, "svg");
  for (const [name, value] of [["viewBox", "0 0 20 20"], ["width", "15"], ["height", "15"], ["class", "wme-icon"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  const down = ["top", "middle", "bottom"].includes(edge);
  const at = { left: 3.5, center: 10, right: 16.5, top: 3.5, middle: 10, bottom: 16.5 }[edge];
  /** @param {number} length @param {number} side */
  const bar = (length, side) => {
    const from = at === 10 ? 10 - length / 2 : at < 10 ? 5.5 : 14.5 - length;
    return down ? `M${side} ${from}h3.4v${length}h-3.4z` : `M${from} ${side}h${length}v3.4h-${length}z`;
  };
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", `${down ? `M2.5 ${at}h15` : `M${at} 2.5v15`}`);
  path.setAttribute("stroke", "currentColor");
  const bars = document.createElementNS(NS, "path");
  bars.setAttribute("d", bar(9, 4.6) + bar(5.4, 12));
  bars.setAttribute("fill", "currentColor");
  svg.append(path, bars);
  return svg;
}
