// A path's own properties: curve, timing, easing, speed, hidden intervals.

import { h } from "../ui/dom.mjs";
import { field, fold, iconButton, numberField, selectField, segmentField, switchField } from "../ui/fields.mjs";
import { reversePath, setHidden, setLayer, setSpeed, setTiming } from "../commands/all.mjs";
import { createEasingEditor, createSpeedEditor } from "./curve_editor.mjs";
import { layerById } from "../motion/document/document.mjs";

/** Actions of an easing editor that write `easing` of a layer (or of the camera, through `write`). */
export function easingActions(ed, write) {
  const { state } = ed;
  return {
    begin: () => state.history.begin(ed.t("do.easing")),
    preview: (easing) => state.history.update(write(state.doc, easing)),
    commit: () => state.history.commit(),
    choose: (easing) => state.apply(write(state.doc, easing), ed.t("do.easing")),
  };
}

/** Rows of hidden intervals with an "add" that starts at the playhead. */
export function hiddenFold(ed, id) {
  const { state } = ed;
  const layer = layerById(state.doc, id);
  const set = (hidden) => state.apply(setLayer(state.doc, id, { hidden }), ed.t("do.hide"));
  const rows = layer.hidden.map(([first, last], i) => {
    const at = (j) => numberField({ label: ed.t(j ? "hidden.last" : "hidden.first"), min: 0, max: 4000, onChange: (value) => {
      const next = layerById(state.doc, id).hidden.map((one) => [...one]);
      next[i][j] = Math.round(value);
      if (next[i][0] > next[i][1]) next[i][1 - j] = next[i][j];
      set(next);
    } });
    const fields = [at(0), at(1)];
    fields[0].set(first);
    fields[1].set(last);
    const row = h("div", { class: "wme-quiet-row" }, [...fields.map((one) => one.element), iconButton("close", ed.t("hidden.remove"), () => set(layerById(state.doc, id).hidden.filter((_, k) => k !== i)), { size: 14, className: "is-quiet" })]);
    return { row, update: () => { const now = layerById(state.doc, id)?.hidden[i]; if (now) fields.forEach((one, j) => one.set(now[j])); } };
  });
  const add = iconButton("plus", ed.t("hidden.add"), () => {
    const from = Math.min(state.doc.frames - 1, Math.max(1, Math.round(state.frame)));
    state.apply(setHidden(state.doc, id, from, Math.min(state.doc.frames - 1, from + 11), true), ed.t("do.hide"));
  }, { size: 15 });
  const element = fold(ed.t("hidden"), [rows.length ? h("div", { class: "wme-quiet-list" }, rows.map((one) => one.row)) : h("p", { class: "wme-muted", text: ed.t("hidden.none") })], [add]);
  return { element, update: () => rows.forEach((one) => one.update()) };
}

/** @param {any} ed @param {string} id */
export function pathProps(ed, id) {
  const { state } = ed;
  const layer = () => layerById(state.doc, id);
  const set = (fields, label) => state.apply(setLayer(state.doc, id, fields), ed.t(label));
  if (layer().points.length < 2) {
    const hidden = hiddenFold(ed, id);
    return { nodes: [h("p", { class: "wme-muted", text: ed.t("path.still") }), hidden.element], update: hidden.update };
  }
  const curve = selectField({ label: ed.t("curve"), options: ["straight", "catmull-rom", "cubic"].map((kind) => [kind, ed.t(`curve.${kind}`)]), onChange: (value) => set({ curve: value }, "do.curve") });
  const closed = switchField({ label: ed.t("closed"), onChange: (on) => set({ closed: on }, "do.close") });
  const reverse = iconButton("redo", ed.t("path.reverse"), () => state.apply(reversePath(state.doc, id), ed.t("do.reverse")), { size: 16 });
  const start = numberField({ label: ed.t("start"), min: 0, max: 4000, step: 4, onChange: (value) => state.apply(setTiming(state.doc, id, Math.round(value), Math.max(Math.round(value), layer().end)), ed.t("do.timing")) });
  const end = numberField({ label: ed.t("end"), min: 0, max: 4000, step: 4, onChange: (value) => state.apply(setTiming(state.doc, id, Math.min(Math.round(value), layer().start), Math.round(value)), ed.t("do.timing")) });
  const seconds = numberField({ label: ed.t("duration"), unit: "s", min: 0, max: 1000, step: 0.25, digits: 2, onChange: (value) => state.apply(setTiming(state.doc, id, layer().start, layer().start + Math.round(value * state.doc.fps)), ed.t("do.timing")) });
  const hold = (side) => segmentField({ label: ed.t(side), options: [["hold", ed.t("hold")], ["hide", ed.t("hide")]], onChange: (value) => set({ [side]: value }, "do.timing") });
  const [before, after] = [hold("before"), hold("after")];
  const timed = layer().times !== null;
  const handTimed = timed && h("div", { class: "wme-group", style: { gap: "8px" } }, [h("span", { class: "wme-muted", style: { flex: "1" }, text: ed.t("path.handTimed") }), h("button", { class: "wme-btn is-line", type: "button", text: ed.t("path.evenSpeed"), on: { click: () => set({ times: null }, "do.timing") } })]);
  const easing = createEasingEditor(ed, easingActions(ed, (doc, value) => setLayer(doc, id, { easing: value })));
  const speed = !timed && layer().speeds && createSpeedEditor(ed, {
    begin: () => state.history.begin(ed.t("do.speed")),
    preview: (index, value) => state.history.update(setSpeed(state.doc, id, index, value)),
    commit: () => state.history.commit(),
  });
  const speedAction = !timed && (speed
    ? h("button", { class: "wme-btn is-quiet", type: "button", text: ed.t("speed.even"), on: { click: () => set({ speeds: null }, "do.speed") } })
    : iconButton("plus", ed.t("speed.add"), () => set({ speeds: layer().points.map(() => 1) }, "do.speed"), { size: 15 }));
  const hidden = hiddenFold(ed, id);
  return {
    nodes: [
      fold(ed.t("shape"), [curve.element, closed.element], [reverse]),
      fold(ed.t("timing"), [
        field(ed.t("frames"), h("span", { class: "wme-two" }, [start.element, end.element])), field(ed.t("duration"), seconds.element),
        field(ed.t("before"), before.element), field(ed.t("after"), after.element), handTimed,
      ]),
      fold(ed.t("easing"), [easing.element]),
      !timed && fold(ed.t("speed"), [speed ? speed.element : h("p", { class: "wme-muted", text: ed.t("speed.none") })], [speedAction]),
      hidden.element,
    ],
    update() {
      const now = layer();
      if (!now) return;
      curve.set(now.curve);
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
