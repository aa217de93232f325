// Properties of what moves by keys: a region, and the camera.

import { h } from "../ui/dom.mjs";
import { field, fold, iconButton, numberField, sliderField } from "../ui/fields.mjs";
import { deleteKey, setCameraKey, setDocument, setLayer, setRegionKey } from "../commands/all.mjs";
import { createEasingEditor } from "./curve_editor.mjs";
import { layerById } from "../motion/document/document.mjs";
import { regionKeyAt, regionPoints } from "../motion/evaluation/region.mjs";
import { cameraKeyAt } from "../motion/evaluation/camera.mjs";
import { targetFrame } from "../state/state.mjs";
import { easingActions, hiddenFold } from "./props_path.mjs";

/** The keys as buttons that go to their frame. */
function keyRow(ed, owner, keys) {
  const { state } = ed;
  const chips = keys.map((key) => h("button", { class: "wme-btn is-line", type: "button", text: String(key.frame), "aria-label": ed.t("key.go", { frame: key.frame }), on: { click: () => state.setFrame(key.frame) } }));
  const remove = iconButton("trash", ed.t("key.delete"), () => {
    const frame = targetFrame(state, keys);
    if (keys.some((key) => key.frame === frame)) state.apply(deleteKey(state.doc, owner, frame), ed.t("do.key"));
  }, { size: 15 });
  return { chips: h("div", { class: "wme-actions is-wrap" }, chips), remove };
}

/** @param {any} ed @param {string} id */
export function regionProps(ed, id) {
  const { state } = ed;
  const layer = () => layerById(state.doc, id);
  const frame = () => targetFrame(state, layer().keys);
  const setKey = (value) => state.apply(setRegionKey(state.doc, id, frame(), value), ed.t("do.key"));
  const count = h("p", { class: "wme-muted" });
  const density = sliderField({ label: ed.t("density"), min: 2, max: 100, step: 1, unit: "%",
    onInput: (value) => { if (!state.history.inGesture) state.history.begin(ed.t("do.density")); state.history.update(setLayer(state.doc, id, { density: value / 100 })); },
    onChange: (value) => { if (!state.history.inGesture) state.history.begin(ed.t("do.density")); state.history.update(setLayer(state.doc, id, { density: value / 100 })); state.history.commit(); } });
  const offset = [0, 1].map((axis) => numberField({ label: ed.t(axis ? "offset.y" : "offset.x"), head: axis ? "y" : "x", unit: "%", digits: 1, onChange: (value) => {
    const now = [...regionKeyAt(layer(), frame()).offset];
    now[axis] = value / 100;
    setKey({ offset: /** @type {any} */ (now) });
  } }));
  const rotate = numberField({ label: ed.t("rotate"), unit: "°", digits: 1, step: 1, min: -7200, max: 7200, onChange: (value) => setKey({ rotate: value }) });
  const scale = numberField({ label: ed.t("scale"), unit: "%", digits: 1, step: 5, min: 1, max: 1600, onChange: (value) => setKey({ scale: value / 100 }) });
  const at = h("span", { class: "wme-muted" });
  const keys = keyRow(ed, id, layer().keys);
  const easing = createEasingEditor(ed, easingActions(ed, (doc, value) => setLayer(doc, id, { easing: value })));
  const hidden = hiddenFold(ed, id);
  return {
    nodes: [
      fold(ed.t("region.points"), [density.element, count]),
      fold(ed.t("motion"), [field(ed.t("offset"), h("span", { class: "wme-two" }, offset.map((one) => one.element))), field(ed.t("rotate"), rotate.element), field(ed.t("scale"), scale.element), layer().keys.length ? keys.chips : h("p", { class: "wme-muted", text: ed.t("region.dragIt") })], [at, ...(layer().keys.length ? [keys.remove] : [])]),
      fold(ed.t("easing"), [easing.element]),
      hidden.element,
    ],
    update() {
      const now = layer();
      if (!now) return;
      const key = regionKeyAt(now, frame());
      density.set(Math.round(now.density * 100));
      count.textContent = ed.t("region.count", { count: regionPoints(now, state.doc).length / 2 });
      at.textContent = ed.t("key.at", { frame: frame() });
      offset.forEach((one, axis) => one.set(key.offset[axis] * 100));
      rotate.set(key.rotate);
      scale.set(key.scale * 100);
      easing.set(now.easing);
      hidden.update();
    },
  };
}

/** @param {any} ed */
export function cameraProps(ed) {
  const { state } = ed;
  const keys = () => state.doc.camera?.keys ?? [];
  const frame = () => targetFrame(state, keys());
  const setKey = (value) => state.apply(setCameraKey(state.doc, frame(), value), ed.t("do.camera"));
  const truck = [0, 1].map((axis) => numberField({ label: ed.t(axis ? "truck.y" : "truck.x"), head: axis ? "y" : "x", unit: "%", digits: 1, onChange: (value) => {
    const now = [...cameraKeyAt(state.doc.camera, frame()).truck];
    now[axis] = value / 100;
    setKey({ truck: /** @type {any} */ (now) });
  } }));
  const zoom = numberField({ label: ed.t("zoom"), unit: "×", digits: 2, step: 0.05, min: 0.1, max: 10, onChange: (value) => setKey({ zoom: value }) });
  const roll = numberField({ label: ed.t("roll"), unit: "°", digits: 1, min: -3600, max: 3600, onChange: (value) => setKey({ roll: value }) });
  const at = h("span", { class: "wme-muted" });
  const chips = h("div");
  const remove = iconButton("trash", ed.t("key.delete"), () => {
    if (keys().some((key) => key.frame === frame())) state.apply(deleteKey(state.doc, "camera", frame()), ed.t("do.key"));
  }, { size: 15 });
  const presets = [["push", { zoom: 1.35 }], ["pull", { zoom: 0.8 }], ["left", { truck: [-0.15, 0] }], ["right", { truck: [0.15, 0] }], ["up", { truck: [0, -0.15] }], ["down", { truck: [0, 0.15] }]];
  const preset = h("div", { class: "wme-actions is-three" }, presets.map(([name, value]) => h("button", { class: "wme-btn is-line", type: "button", text: ed.t(`camera.${name}`), on: { click: () => setKey(value) } })));
  const easing = createEasingEditor(ed, easingActions(ed, (doc, value) => setDocument(doc, { camera: { ...(doc.camera ?? { keys: [] }), easing: value } })));
  const clear = h("button", { class: "wme-btn is-line", type: "button", text: ed.t("camera.clear"), on: { click: () => state.apply(setDocument(state.doc, { camera: null }), ed.t("do.camera")) } });
  let shownKeys = "";
  return {
    title: ed.t("camera"),
    nodes: [
      h("p", { class: "wme-muted", text: ed.t("camera.note") }),
      preset,
      fold(ed.t("motion"), [field(ed.t("truck"), h("span", { class: "wme-two" }, truck.map((one) => one.element))), field(ed.t("zoom"), zoom.element), field(ed.t("roll"), roll.element), chips], [at, remove]),
      fold(ed.t("easing"), [easing.element]),
      clear,
    ],
    update() {
      const key = cameraKeyAt(state.doc.camera, frame());
      truck.forEach((one, axis) => one.set(key.truck[axis] * 100));
      zoom.set(key.zoom);
      roll.set(key.roll);
      at.textContent = ed.t("key.at", { frame: frame() });
      easing.set(state.doc.camera?.easing ?? "ease-in-out");
      clear.hidden = !keys().length;
      const text = keys().map((one) => one.frame).join(" ");
      if (text !== shownKeys) chips.replaceChildren(keyRow(ed, "camera", keys()).chips);
      shownKeys = text;
    },
  };
}
