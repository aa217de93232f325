// The clip in the header: its size and length in words, and the panel that sets them.

import { h, setPressed, setText } from "../../ui/dom.mjs";
import { icon } from "../../ui/icons.mjs";
import { placeUnder } from "../../ui/menu.mjs";
import { field, fold, numberField, segmentField, selectField } from "../../ui/fields.mjs";
import { setClip, videoLength, videoSide } from "../../commands/all.mjs";
import { areaSize, cropOn, partPx } from "../../geometry/fit.mjs";

/** @typedef {import('../../motion/document/types.mjs').FitMode} FitMode */
/** @typedef {import('../../commands/clip.mjs').Clip} Clip */
/** @typedef {{size: boolean, length: boolean}} Locked what the host computes itself, so that nobody can set it here */
/**
 * @typedef {object} ClipNeeds
 * @property {import('../../state/state.mjs').EditorState} state
 * @property {import('../../ui/strings.mjs').Translate} t
 * @property {import('../../ui/menu.mjs').Floating} float
 * @property {() => void} crop take the crop into the hand
 * @property {() => Locked} [locked]
 */

const MOST_FRAMES = 1021;
/** @type {readonly [number, number][]} what the model was made for, and 720p */
const SIZES = [[832, 480], [480, 832], [1280, 720], [720, 1280]];
/** @type {readonly FitMode[]} */
const FITS = ["crop", "pad", "stretch"];

/** The part of the picture that is shown, as a size in px; null without one. @param {import('../../state/state.mjs').EditorState} state @returns {[number, number]|null} */
export function shownPart({ picture, doc }) {
  if (!picture) return null;
  const crop = cropOn(doc, picture.size_wh);
  const [, , width, height] = crop ? partPx(picture.size_wh, crop) : [0, 0, ...picture.size_wh];
  return [width, height];
}

/** @param {ClipNeeds} needs @returns {{elements: HTMLElement[]}} the button in the header, and the picture's name */
export function createClip({ state, t, float, crop: cropIt, locked = () => ({ size: false, length: false }) }) {
  const words = h("span", { class: "wme-clip-full" });
  const short = h("span", { class: "wme-clip-short" });
  const button = h("button", { class: "wme-btn is-line wme-clip-btn", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", on: { click: () => open() } }, [icon("crop", 16), words, short]);
  const name = h("span", { class: "wme-clip-name" });
  /** @type {"stretch"|"keep"} */
  let timing = "stretch";

  /** @param {Clip} clip */
  function set(clip) {
    // The rule for areas finds a size of its own: who names one means that one.
    const fit = clip.size_wh && state.doc.fit === "area" ? { fit: /** @type {const} */ ("crop") } : {};
    state.apply(setClip(state.doc, { ...fit, ...clip }, timing), t("do.clip"));
    update();
  }

  const ownSize = () => {
    const part = shownPart(state);
    return part && areaSize(part, state.doc.size_wh[0] * state.doc.size_wh[1]);
  };
  const presets = SIZES.map((size_wh) => h("button", { class: "wme-btn is-line", type: "button", text: t("clip.size.words", { width: size_wh[0], height: size_wh[1] }), title: t(size_wh.includes(720) ? "clip.size.720" : "clip.size.480"), on: { click: () => set({ size_wh }) } }));
  const ownWords = h("span");
  const own = h("button", { class: "wme-btn is-line", type: "button", title: t("clip.own.note"), on: { click: () => { const size_wh = ownSize(); if (size_wh) set({ size_wh }); } } }, [ownWords]);
  const sides = [0, 1].map((axis) => numberField({ label: t(axis ? "clip.height" : "clip.width"), head: t(axis ? "clip.height.short" : "clip.width.short"), unit: "px", min: 16, max: 8192, step: 16, onChange: (value) => {
    const size_wh = /** @type {[number, number]} */ ([...state.doc.size_wh]);
    size_wh[axis] = videoSide(value);
    set({ size_wh });
  } }));
  const fit = selectField({ label: t("clip.fit"), options: [...FITS, /** @type {const} */ ("area")].map((mode) => /** @type {const} */ ([mode, t(`clip.fit.${mode}`)])), onChange: (mode) => set({ fit: mode }) });
  const crop = h("button", { class: "wme-btn is-line", type: "button", on: { click: () => { float.close(); cropIt(); } } }, [icon("crop", 15), h("span", { text: t("clip.crop") })]);
  const whole = h("button", { class: "wme-btn is-line", type: "button", text: t("clip.whole"), on: { click: () => set({ crop: null }) } });
  const most = () => Math.max(MOST_FRAMES, state.doc.frames);
  const frames = numberField({ label: t("clip.frames"), min: 1, max: most, step: 4, onChange: (value) => set({ frames: videoLength(value) }) });
  const seconds = numberField({ label: t("clip.seconds"), unit: "s", digits: 2, min: 0, max: () => most() / state.doc.fps, step: 0.25, onChange: (value) => set({ frames: videoLength(Math.round(value * state.doc.fps)) }) });
  const fps = numberField({ label: t("clip.fps"), unit: "fps", min: 1, max: 120, digits: 3, onChange: (value) => set({ fps: value }) });
  const keep = segmentField({ label: t("clip.timing"), options: [["stretch", t("clip.stretch")], ["keep", t("clip.keep")]], onChange: (value) => { timing = value; update(); } });
  const note = h("p", { class: "wme-muted" });
  const linked = h("p", { class: "wme-muted", text: t("clip.linked") });
  const panel = h("div", { class: "wme-menu wme-clip", role: "dialog", "aria-label": t("clip.title") }, [
    linked,
    fold(t("clip.size"), [h("div", { class: "wme-actions is-two" }, [...presets, own]), h("span", { class: "wme-two" }, sides.map((one) => one.element)), fit.element, h("div", { class: "wme-actions is-two" }, [crop, whole])]),
    fold(t("clip.length"), [field(t("clip.frames"), frames.element), field(t("clip.seconds"), seconds.element), field(t("clip.rate"), fps.element), keep.element, note]),
  ]);

  function open() {
    update();
    float.show(panel, button);
    const root = button.closest(".wme");
    if (panel.isConnected && root instanceof HTMLElement) placeUnder(root, panel, button);
  }

  function update() {
    const { doc, picture } = state;
    const [width, height] = doc.size_wh;
    setText(name, picture?.name ?? "");
    const facts = { width, height, frames: doc.frames, seconds: (doc.frames / doc.fps).toFixed(1) };
    setText(words, t("clip", facts));
    setText(short, t("clip.short", facts));
    button.title = `${t("clip.title")}: ${t("clip", facts)}${picture?.name ? ` · ${picture.name}` : ""}`;
    button.setAttribute("aria-label", button.title);
    const fixed = locked();
    linked.hidden = !fixed.size && !fixed.length;
    presets.forEach((one, i) => {
      setPressed(one, SIZES[i][0] === width && SIZES[i][1] === height);
      one.disabled = fixed.size || state.readOnly;
    });
    const shape = ownSize();
    own.hidden = !shape;
    if (shape) {
      setText(ownWords, t("clip.own", { width: shape[0], height: shape[1] }));
      setPressed(own, shape[0] === width && shape[1] === height);
    }
    own.disabled = fixed.size || state.readOnly;
    sides.forEach((one, axis) => {
      one.set(doc.size_wh[axis]);
      one.input.disabled = fixed.size || state.readOnly;
    });
    fit.set(doc.fit);
    fit.input.disabled = fixed.size || state.readOnly;
    for (const option of fit.input.options) option.hidden = option.value === "area" && doc.fit !== "area";
    crop.disabled = !picture || state.readOnly;
    crop.title = picture ? t("clip.crop.note") : t("clip.crop.none");
    whole.hidden = !doc.crop;
    frames.set(doc.frames);
    seconds.set(doc.frames / doc.fps);
    fps.set(doc.fps);
    for (const one of [frames, seconds]) one.input.disabled = fixed.length || state.readOnly;
    keep.set(timing);
    setText(note, t(`clip.${timing}.note`));
  }
  for (const topic of /** @type {const} */ (["doc", "picture"])) state.on(topic, () => {
    if (!state.history.inGesture) update();
  });
  update();
  return { elements: [button, name] };
}
