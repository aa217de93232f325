// Over the stage while things are pointed at: a part or the whole, what the next click does, and a brush for the outline.

import { h, setPressed } from "../../ui/dom.mjs";
import { iconButton, segmentField } from "../../ui/fields.mjs";

/** @typedef {import('./bitmaps.mjs').Sign} Sign */
/**
 * @typedef {object} ThingBar
 * @property {HTMLElement} element
 * @property {Sign} sign what the next click, lasso or stroke does
 * @property {boolean} brush
 * @property {() => void} update
 * @property {() => void} startAnew the next click is for another thing
 */

/**
 * @param {{state: import('../tool.mjs').EditorState, t: import('../../ui/strings.mjs').Translate, step: (by: 1|-1) => void, steps: () => {less: boolean, more: boolean}, hasThing: () => boolean}} needs
 * @returns {ThingBar} */
export function createThingBar({ state, t, step, steps, hasThing }) {
  const less = iconButton("thingLess", t("thing.less"), () => step(-1), { keys: "[", size: 18 });
  const more = iconButton("thingMore", t("thing.more"), () => step(1), { keys: "]", size: 18 });
  const sign = segmentField({
    label: t("thing.next"), options: [["new", t("thing.new"), "thing"], ["add", t("thing.add"), "plus"], ["take", t("thing.take"), "minus"]],
    onChange: (value) => { bar.sign = value; update(); },
  });
  const brush = iconButton("brush", t("thing.brush"), () => { bar.brush = !bar.brush; update(); }, { pressed: false, size: 18 });
  const element = h("div", { class: "wme-thing-bar", role: "toolbar", "aria-label": t("tool.thing"), hidden: true }, [less, more, h("span", { class: "wme-rule" }), sign.element, brush]);

  function update() {
    element.hidden = state.tool !== "thing" || state.playing || !state.picture;
    if (!hasThing()) [bar.sign, bar.brush] = ["new", false];
    const can = steps();
    less.disabled = !can.less;
    more.disabled = !can.more;
    for (const button of sign.buttons) button.disabled = button.dataset.value !== "new" && !hasThing();
    brush.disabled = !hasThing();
    sign.set(bar.sign);
    setPressed(brush, bar.brush);
  }

  /** @type {ThingBar} */
  const bar = {
    element, update, sign: "new", brush: false,
    startAnew() {
      [bar.sign, bar.brush] = ["new", false];
      update();
    },
  };
  for (const topic of /** @type {const} */ (["tool", "selection", "doc", "play", "picture"])) state.on(topic, update);
  return bar;
}
