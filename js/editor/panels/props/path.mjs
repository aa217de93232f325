// A path's own properties: curve, timing, easing, speed, hidden intervals.

import { h } from "../../ui/dom.mjs";
import { field, fold, iconButton, numberField, selectField, segmentField, switchField } from "../../ui/fields.mjs";
import { dropHandles, giveHandles, reversePath, setLayer, setSpeed, setTiming } from "../../commands/all.mjs";
import { createEasingEditor, createSpeedEditor } from "./curve_editor.mjs";
import { layerById } from "../../motion/document/document.mjs";
import { easingActions, hiddenFold } from "./common.mjs";

/** @typedef {import('../../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('./common.mjs').PropsNeeds} PropsNeeds */
/** @typedef {import('./common.mjs').PropsPart} PropsPart */
/** @type {readonly PathLayer["curve"][]} */
const CURVES = ["straight", "catmull-rom", "cubic"];

/** @param {PropsNeeds} needs @param {PathLayer} shown @returns {PropsPart} */
export function pathProps(needs, shown) {
  const { state, t } = needs;
  const { id } = shown;
  /** The layer as it is now; as it was shown where an undo took it away. */
  const layer = () => {
    const now = layerById(state.doc, id);
    return now?.type === "path" ? now : shown;
  };
  /** @param {Partial<PathLayer>} fields @param {string} label */
  const set = (fields, label) => state.apply(setLayer(state.doc, id, fields), t(label));
  if (shown.points.length < 2) {
    const hidden = hiddenFold(needs, id);
    return { nodes: [h("p", { class: "wme-muted", text: t("path.still") }), hidden.element], update: hidden.update };
  }
  const curve = selectField({ label: t("curve"), options: [...CURVES, /** @type {const} */ ("handles")].map((kind) => /** @type {const} */ ([kind, t(`curve.${kind}`)])), onChange: (value) => {
    state.apply(value === "handles" ? giveHandles(state.doc, id) : dropHandles(setLayer(state.doc, id, { curve: value }), id), t(value === "handles" ? "do.handles" : "do.curve"));
  } });
  const closed = switchField({ label: t("closed"), onChange: (on) => set({ closed: on }, "do.close") });
  const reverse = iconButton("redo", t("path.reverse"), () => state.apply(reversePath(state.doc, id), t("do.reverse")), { size: 16 });
  const lastFrame = () => state.doc.frames - 1;
  const start = numberField({ label: t("start"), min: 0, max: lastFrame, step: 4, onChange: (value) => state.apply(setTiming(state.doc, id, Math.round(value), Math.max(Math.round(value), layer().end)), t("do.timing")) });
  const end = numberField({ label: t("end"), min: 0, max: lastFrame, step: 4, onChange: (value) => state.apply(setTiming(state.doc, id, Math.min(Math.round(value), layer().start), Math.round(value)), t("do.timing")) });
  const seconds = numberField({ label: t("duration"), unit: "s", min: 0, max: () => (lastFrame() - layer().start) / state.doc.fps, step: 0.25, digits: 2, onChange: (value) => state.apply(setTiming(state.doc, id, layer().start, layer().start + Math.round(value * state.doc.fps)), t("do.timing")) });
  /** @param {"before"|"after"} side */
  const hold = (side) => segmentField({ label: t(side), options: [["hold", t("hold")], ["hide", t("hide")]], onChange: (value) => set({ [side]: value }, "do.timing") });
  const [before, after] = [hold("before"), hold("after")];
  const timed = shown.times !== null;
  const handTimed = timed && h("div", { class: "wme-group", style: { gap: "8px" } }, [h("span", { class: "wme-muted", style: { flex: "1" }, text: t("path.handTimed") }), h("button", { class: "wme-btn is-line", type: "button", text: t("path.evenSpeed"), on: { click: () => set({ times: null }, "do.timing") } })]);
  const easing = createEasingEditor(needs, easingActions(needs, (doc, value) => setLayer(doc, id, { easing: value })));
  const speed = !timed && shown.speeds && createSpeedEditor(needs, {
    begin: (options) => state.begin({ ...options, label: t("do.speed") }),
    write: (doc, index, value) => setSpeed(doc, id, index, value),
  });
  const speedAction = !timed && (speed
    ? h("button", { class: "wme-btn is-quiet", type: "button", text: t("speed.even"), on: { click: () => set({ speeds: null }, "do.speed") } })
    : iconButton("plus", t("speed.add"), () => set({ speeds: layer().points.map(() => 1) }, "do.speed"), { size: 15 }));
  const hidden = hiddenFold(needs, id);
  return {
    nodes: [
      fold(t("shape"), [curve.element, closed.element], [reverse]),
      fold(t("timing"), [
        field(t("frames"), h("span", { class: "wme-two" }, [start.element, end.element])), field(t("duration"), seconds.element),
        field(t("before"), before.element), field(t("after"), after.element), handTimed,
      ]),
      fold(t("easing"), [easing.element]),
      !timed && fold(t("speed"), [speed ? speed.element : h("p", { class: "wme-muted", text: t("speed.none") })], [speedAction]),
      hidden.element,
    ],
    update() {
      const now = layer();
      curve.set(now.handles ? "handles" : now.curve);
      closed.set(now.closed);
      start.set(now.start);
      end.set(now.end);
      seconds.set((now.end - now.start) / state.doc.fps);
      before.set(now.before);
      after.set(now.after);
      easing.set(now.easing);
      if (speed && now.speeds) speed.set(now.speeds);
      hidden.update();
    },
  };
}
