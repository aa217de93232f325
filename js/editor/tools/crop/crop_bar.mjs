// crop/ is the crop in the hand: the whole picture on the stage, and a rectangle in it. It imports geometry/, commands/, stage/ and ui/.

// Over the stage while the crop is in the hand: which shape it has, what comes of it, and its two ends.

import { h, setText } from "../../ui/dom.mjs";
import { segmentField } from "../../ui/fields.mjs";

/** @typedef {{keep: boolean, locked: boolean, clip_wh: [number, number], made_wh: [number, number], rect: import('./rectangle.mjs').Rect}} CropFacts */
/**
 * @param {{t: import('../../ui/strings.mjs').Translate, setKeep: (on: boolean) => void, whole: () => void, cancel: () => void, apply: () => void}} needs
 * @returns {{element: HTMLElement, update: (facts: CropFacts) => void}} */
export function createCropBar({ t, setKeep, whole, cancel, apply }) {
  const shape = segmentField({ label: t("crop.shape"), options: [["keep", t("crop.keep")], ["free", t("crop.free")]], onChange: (value) => setKeep(value === "keep") });
  const made = h("span", { class: "wme-muted wme-crop-made", role: "status" });
  const button = (/** @type {string} */ words, /** @type {() => void} */ run, /** @type {string} */ look) => h("button", { class: `wme-btn ${look}`, type: "button", text: t(words), on: { click: run } });
  const element = h("div", { class: "wme-crop-bar", role: "toolbar", "aria-label": t("clip.crop"), hidden: true }, [shape.element, made, button("crop.whole", whole, "is-quiet"), button("cancel", cancel, "is-line"), button("crop.take", apply, "is-main")]);
  return {
    element,
    update({ keep, locked, clip_wh, made_wh, rect }) {
      shape.buttons[1].disabled = locked;
      shape.set(keep ? "keep" : "free");
      setText(shape.buttons[0].firstElementChild ?? shape.buttons[0], t("clip.size.words", { width: clip_wh[0], height: clip_wh[1] }));
      setText(made, t("crop.made", { w: Math.round(rect[2]), h: Math.round(rect[3]), width: made_wh[0], height: made_wh[1] }));
    },
  };
}
