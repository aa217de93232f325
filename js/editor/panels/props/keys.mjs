// Properties of what moves by keys: a region, and the camera.

import { h, setPressed } from "../../ui/dom.mjs";
import { field, fold, iconButton, numberField, selectField, sliderField } from "../../ui/fields.mjs";
import { PRESETS, applyPreset, deleteKey, followLayer, setCameraKey, setDocument, setLayer, setRegionKey } from "../../commands/all.mjs";
import { createEasingEditor } from "./curve_editor.mjs";
import { layerById } from "../../motion/document/document.mjs";
import { regionKeyAt, regionPoints } from "../../motion/evaluation/region.mjs";
import { cameraKeyAt } from "../../motion/evaluation/camera.mjs";
import { targetFrame } from "../../state/state.mjs";
import { favouriteParts } from "./favourites.mjs";
import { easingActions, hiddenFold, slidingStep } from "./common.mjs";

/** @typedef {import('../../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../../motion/document/types.mjs').RegionKey} RegionKey */
/** @typedef {import('../../motion/document/types.mjs').CameraKey} CameraKey */
/** @typedef {import('../../motion/document/types.mjs').XY} XY */
/** @typedef {import('./common.mjs').PropsNeeds} PropsNeeds */
/** @typedef {import('./common.mjs').PropsPart} PropsPart */
/** @type {readonly [string, Partial<CameraKey>][]} */
const CAMERA_PRESETS = [["push", { zoom: 1.35 }], ["pull", { zoom: 0.8 }], ["left", { truck: [-0.15, 0] }], ["right", { truck: [0.15, 0] }], ["up", { truck: [0, -0.15] }], ["down", { truck: [0, 0.15] }]];

/** One of two coordinates changed. @param {XY} xy @param {number} axis @param {number} value @returns {XY} */
const withAxis = ([x, y], axis, value) => (axis ? [x, value] : [value, y]);

/** The keys as buttons that go to their frame. @param {PropsNeeds} needs @param {string} owner "camera" or a region's id @param {readonly {frame: number}[]} keys */
function keyRow({ state, t }, owner, keys) {
  const chips = keys.map((key) => h("button", { class: "wme-btn is-line", type: "button", text: String(key.frame), "aria-label": t("key.go", { frame: key.frame }), on: { click: () => state.setFrame(key.frame) } }));
  const remove = iconButton("trash", t("key.delete"), () => {
    const frame = targetFrame(state, keys);
    if (keys.some((key) => key.frame === frame)) state.apply(deleteKey(state.doc, owner, frame), t("do.key"));
  }, { size: 15 });
  /** A bin only where it would take something. */
  const update = () => {
    const frame = targetFrame(state, keys);
    remove.hidden = !keys.some((key) => key.frame === frame);
    chips.forEach((chip, i) => setPressed(chip, keys[i].frame === frame));
  };
  return { chips: h("div", { class: "wme-actions is-wrap" }, chips), remove, update };
}

/** @param {PropsNeeds} needs @param {RegionLayer} shown @returns {PropsPart} */
export function regionProps(needs, shown) {
  const { state, t } = needs;
  const { id } = shown;
  /** The layer as it is now; as it was shown where an undo took it away. */
  const layer = () => {
    const now = layerById(state.doc, id);
    return now?.type === "region" ? now : shown;
  };
  const frame = () => targetFrame(state, layer().keys);
  /** @param {Partial<RegionKey>} value */
  const setKey = (value) => state.apply(setRegionKey(state.doc, id, frame(), value), t("do.key"));
  const count = h("p", { class: "wme-muted" });
  const density = sliderField({ label: t("density"), min: 2, max: 100, step: 1, unit: "%", ...slidingStep(needs, t("do.density"), (doc, value) => setLayer(doc, id, { density: value / 100 })) });
  const offset = [0, 1].map((axis) => numberField({ label: t(axis ? "offset.y" : "offset.x"), head: axis ? "y" : "x", unit: "%", digits: 1, onChange: (value) => {
    setKey({ offset: withAxis(regionKeyAt(layer(), frame()).offset, axis, value / 100) });
  } }));
  const rotate = numberField({ label: t("rotate"), unit: "°", digits: 1, step: 1, min: -7200, max: 7200, onChange: (value) => setKey({ rotate: value }) });
  const scale = numberField({ label: t("scale"), unit: "%", digits: 1, step: 5, min: 1, max: 1600, onChange: (value) => setKey({ scale: value / 100 }) });
  const at = h("span", { class: "wme-muted" });
  const keys = keyRow(needs, id, layer().keys);
  const easing = createEasingEditor(needs, easingActions(needs, (doc, value) => setLayer(doc, id, { easing: value })));
  const hidden = hiddenFold(needs, id);
  const presets = PRESETS.map((name) => h("button", { class: "wme-btn is-line", type: "button", text: t(`preset.${name}`), title: t(`preset.${name}.note`), on: { click: () => state.apply(applyPreset(state.doc, id, name), t("do.preset")) } }));
  const own = favouriteParts(needs, id);
  const curve = selectField({ label: t("curve"), options: [["straight", t("curve.straight")], ["smooth", t("curve.catmull-rom")]], onChange: (value) => state.apply(setLayer(state.doc, id, { curve: value }), t("do.curve")) });
  const straight = layer().keys.length === 2;
  // Another layer to go along with; what it has no motion for, it has no name for either.
  const leader = selectField({ label: t("preset.follow"), options: [["", "–"], ...state.doc.layers.filter((one) => one.id !== id).map((one) => /** @type {[string, string]} */ ([one.id, one.name]))], onChange: (other) => other && state.apply(followLayer(state.doc, id, other), t("do.preset")) });
  return {
    nodes: [
      fold(t("motion"), [field(t("offset"), h("span", { class: "wme-two" }, offset.map((one) => one.element))), field(t("rotate"), rotate.element), field(t("scale"), scale.element), layer().keys.length ? keys.chips : h("p", { class: "wme-muted", text: t("region.dragIt") }), straight && h("p", { class: "wme-muted", text: t("region.bend") }), layer().keys.length > 2 && curve.element], [at, ...(layer().keys.length ? [keys.remove] : [])]),
      fold(t("presets"), [h("div", { class: "wme-actions is-three" }, presets), ...own.nodes, ...(state.doc.layers.length > 1 ? [leader.element] : [])], [own.keep]),
      fold(t("easing"), [easing.element]),
      fold(t("region.points"), [density.element, count]),
      hidden.element,
    ],
    update() {
      const now = layer();
      const key = regionKeyAt(now, frame());
      density.set(Math.round(now.density * 100));
      count.textContent = t("region.count", { count: regionPoints(now, state.doc).length / 2 });
      at.textContent = t("key.at", { frame: frame() });
      offset.forEach((one, axis) => one.set(key.offset[axis] * 100));
      rotate.set(key.rotate);
      scale.set(key.scale * 100);
      easing.set(now.easing);
      curve.set(now.curve ?? "straight");
      keys.update();
      hidden.update();
      own.update();
    },
  };
}

/** @param {PropsNeeds} needs @returns {PropsPart & {title: string}} */
export function cameraProps(needs) {
  const { state, t } = needs;
  const keys = () => state.doc.camera?.keys ?? [];
  const frame = () => targetFrame(state, keys());
  /** @param {Partial<CameraKey>} value */
  const setKey = (value) => state.apply(setCameraKey(state.doc, frame(), value), t("do.camera"));
  const truck = [0, 1].map((axis) => numberField({ label: t(axis ? "truck.y" : "truck.x"), head: axis ? "y" : "x", unit: "%", digits: 1, onChange: (value) => {
    setKey({ truck: withAxis(cameraKeyAt(state.doc.camera, frame()).truck, axis, value / 100) });
  } }));
  const zoom = numberField({ label: t("zoom"), unit: "×", digits: 2, step: 0.05, min: 0.1, max: 10, onChange: (value) => setKey({ zoom: value }) });
  const roll = numberField({ label: t("roll"), unit: "°", digits: 1, min: -3600, max: 3600, onChange: (value) => setKey({ roll: value }) });
  const at = h("span", { class: "wme-muted" });
  const chips = h("div");
  const remove = iconButton("trash", t("key.delete"), () => {
    if (keys().some((key) => key.frame === frame())) state.apply(deleteKey(state.doc, "camera", frame()), t("do.key"));
  }, { size: 15 });
  const preset = h("div", { class: "wme-actions is-three" }, CAMERA_PRESETS.map(([name, value]) => h("button", { class: "wme-btn is-line", type: "button", text: t(`camera.${name}`), on: { click: () => setKey(value) } })));
  const easing = createEasingEditor(needs, easingActions(needs, (doc, value) => setDocument(doc, { camera: { ...(doc.camera ?? { keys: [] }), easing: value } })));
  const clear = h("button", { class: "wme-btn is-line", type: "button", text: t("camera.clear"), on: { click: () => state.apply(setDocument(state.doc, { camera: null }), t("do.camera")) } });
  let shownKeys = "";
  return {
    title: t("camera"),
    nodes: [
      h("p", { class: "wme-muted", text: t("camera.note") }),
      preset,
      fold(t("motion"), [field(t("truck"), h("span", { class: "wme-two" }, truck.map((one) => one.element))), field(t("zoom"), zoom.element), field(t("roll"), roll.element), chips], [at, remove]),
      fold(t("easing"), [easing.element]),
      clear,
    ],
    update() {
      const key = cameraKeyAt(state.doc.camera, frame());
      truck.forEach((one, axis) => one.set(key.truck[axis] * 100));
      zoom.set(key.zoom);
      roll.set(key.roll);
      at.textContent = t("key.at", { frame: frame() });
      easing.set(state.doc.camera?.easing ?? "ease-in-out");
      clear.hidden = !keys().length;
      remove.hidden = !keys().some((one) => one.frame === frame());
      const text = keys().map((one) => one.frame).join(" ");
      if (text !== shownKeys) chips.replaceChildren(keyRow(needs, "camera", keys()).chips);
      shownKeys = text;
    },
  };
}
