// The selected thing's properties. The panel is rebuilt when what is selected changes, and only told new values while it stays.

import { fill, h, setText } from "../ui/dom.mjs";
import { iconButton, numberField, field, segmentField, sliderField } from "../ui/fields.mjs";
import { alignSelection, deleteSelection, mirrorSelection, moveSelection, selectedPoints, setLayer, toggleHiddenFrom } from "../commands/all.mjs";
import { cameraProps, regionProps } from "./props_keys.mjs";
import { pathProps } from "./props_path.mjs";

/** @param {any} ed */
export function createProperties(ed) {
  const { state } = ed;
  const element = h("div", { class: "wme-props" });
  const title = h("span");
  let shown = { key: "", update: () => {} };
  let pending = 0;
  let shownWhole = "";

  function keyOf() {
    if (state.tool === "camera" || state.cameraPicked) return "camera";
    const ids = [...state.activeIds()];
    if (!ids.length) return `none ${state.tool} ${state.regionMode}`;
    if (ids.length > 1) return `many ${state.selection.points.length > 0}`;
    const layer = state.single();
    return layer ? `${layer.type} ${layer.id} ${shapeKey(layer)} ${state.selection.points.length > 0}` : "none";
  }
  // What adds or removes controls; values alone only update them.
  const shapeKey = (layer) => (layer.type === "path" ? `${layer.points.length > 1} ${!!layer.speeds} ${!!layer.times} ${layer.hidden.length}` : layer.type === "region" ? `${layer.keys.map((k) => k.frame)} ${layer.hidden.length} ${!!layer.mask}` : "");

  function build() {
    const key = keyOf();
    if (key === "camera") return cameraProps(ed);
    const layer = state.single();
    if (!state.activeIds().size) return nothingProps(ed);
    const common = selectionProps(ed);
    if (!layer) return { title: ed.t("props.many", { count: state.activeIds().size }), nodes: common.nodes, update: common.update };
    const own = layer.type === "path" ? pathProps(ed, layer.id) : layer.type === "region" ? regionProps(ed, layer.id) : layer.type === "dense" ? denseProps(ed) : { nodes: [], update() {} };
    return {
      title: ed.t(`type.${layer.type}`),
      nodes: [...common.nodes, ...own.nodes],
      update() {
        common.update();
        own.update();
      },
    };
  }

  function update() {
    pending = 0;
    if (ed.signal.aborted) return;
    const key = keyOf();
    if (key !== shown.key) {
      // A key that appears while its own control is being dragged must not take that control away.
      if (state.history.inGesture && shown.key) return;
      const built = build();
      shown = { key, update: built.update };
      setText(title, built.title);
      const whole = key.split(" ").slice(0, 2).join(" ");
      fill(element, built.nodes);
      // A key or interval added keeps the place; another thing starts at its top.
      if (whole !== shownWhole) element.scrollTop = 0;
      shownWhole = whole;
    }
    shown.update();
  }
  const schedule = () => {
    if (!pending) pending = requestAnimationFrame(update);
  };
  for (const topic of ["doc", "selection", "tool", "frame", "ui"]) state.on(topic, () => {
    // Playing would rewrite every number sixty times a second.
    if (!(topic === "frame" && state.playing)) schedule();
  });
  state.on("play", schedule);
  ed.signal.addEventListener("abort", () => cancelAnimationFrame(pending));
  return { element, title, update };
}

function denseProps(ed) {
  return { nodes: [h("p", { class: "wme-muted", text: ed.t("dense.note") })], update() {} };
}

/** Nothing selected: what to do next, and the tool's own settings. */
function nothingProps(ed) {
  const { state } = ed;
  const nodes = [];
  let update = () => {};
  if (state.tool === "region") {
    const mode = segmentField({ label: ed.t("region.mode"), options: [["lasso", ed.t("region.lasso")], ["brush", ed.t("region.brush")]], onChange: (value) => state.set("ui", { regionMode: value }) });
    nodes.push(field(ed.t("region.mode"), mode.element));
    const size = state.regionMode === "brush" && sliderField({ label: ed.t("region.brushSize"), min: 8, max: 128, step: 4, unit: "px", onInput: (value) => (state.brush = value), onChange: (value) => state.set("ui", { brush: value }) });
    if (size) nodes.push(size.element);
    update = () => {
      mode.set(state.regionMode);
      if (size) size.set(state.brush);
    };
  }
  if (state.tool === "drag") {
    const length = segmentField({ label: ed.t("stroke"), options: [["clip", ed.t("stroke.clip")], ["hand", ed.t("stroke.hand")]], onChange: (value) => state.set("ui", { strokeLength: value }) });
    nodes.push(field(ed.t("stroke"), length.element));
    update = () => length.set(state.strokeLength);
  }
  const steps = h("ol", {}, ["first.drag", "first.watch", "first.hold", "first.close"].map((key) => h("li", { text: ed.t(key) })));
  nodes.push(h("div", { class: "wme-empty" }, [h("b", { text: ed.t(state.doc.layers.length ? "props.pick" : "props.start") }), steps]));
  return { title: ed.t("props"), nodes, update };
}

/** Position in percent and pixels, and what acts on any selection. */
function selectionProps(ed) {
  const { state } = ed;
  const middle = () => {
    const points = selectedPoints(state.doc, state.selection);
    if (!points.length) return null;
    const xs = points.map(({ point }) => point[0]);
    const ys = points.map(({ point }) => point[1]);
    return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
  };
  const move = (axis, to) => {
    const at = middle();
    if (!at) return;
    const delta = [0, 0];
    delta[axis] = to - at[axis];
    state.apply(moveSelection(state.doc, state.selection, delta[0], delta[1]), ed.t("do.move"));
  };
  const percent = [0, 1].map((axis) => numberField({ label: ed.t(axis ? "y.percent" : "x.percent"), head: axis ? "y" : "x", unit: "%", digits: 2, step: 0.5, onChange: (value) => move(axis, value / 100) }));
  const pixels = [0, 1].map((axis) => numberField({ label: ed.t(axis ? "y.px" : "x.px"), head: axis ? "y" : "x", unit: "px", digits: 1, onChange: (value) => move(axis, value / state.doc.size_wh[axis]) }));
  const place = field(ed.t("position"), h("span", { class: "wme-two" }, percent.map((one) => one.element)));
  const placePx = field("", h("span", { class: "wme-two" }, pixels.map((one) => one.element)));
  const run = (change, label) => state.apply(change, ed.t(label));
  const actions = h("div", { class: "wme-actions" }, [
    iconButton("duplicate", ed.t("act.duplicate"), () => ed.actions.duplicate(), { keys: "Ctrl+D" }),
    iconButton("mirror", ed.t("act.mirror"), () => run(mirrorSelection(state.doc, state.selection, "x"), "do.mirror"), { keys: "M" }),
    iconButton("eyeOff", ed.t("act.hideFrom"), () => run(toggleHiddenFrom(state.doc, [...state.activeIds()], Math.round(state.frame)), "do.hide"), { keys: "H" }),
    iconButton("lock", ed.t("layer.lock"), () => { const ids = [...state.activeIds()]; state.select({ layers: [], points: [] }); run(setLayer(state.doc, ids, { locked: true }), "do.lock"); }),
    iconButton("trash", ed.t("act.delete"), () => run(deleteSelection(state.doc, state.selection), "do.delete"), { keys: "Del" }),
  ]);
  const edges = ["left", "center", "right", "top", "middle", "bottom"];
  const align = h("div", { class: "wme-actions", role: "group", "aria-label": ed.t("align") }, edges.map((edge) => {
    const button = h("button", { class: "wme-btn is-icon", type: "button", title: ed.t(`align.${edge}`), "aria-label": ed.t(`align.${edge}`), on: { click: () => run(alignSelection(state.doc, state.selection, edge), "do.align") } }, [alignIcon(edge)]);
    return button;
  }));
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

function alignIcon(edge) {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(NS, "svg");
  for (const [name, value] of [["viewBox", "0 0 20 20"], ["width", "15"], ["height", "15"], ["class", "wme-icon"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  const down = ["top", "middle", "bottom"].includes(edge);
  const at = { left: 3.5, center: 10, right: 16.5, top: 3.5, middle: 10, bottom: 16.5 }[edge];
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

