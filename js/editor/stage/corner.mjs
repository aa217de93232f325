// What belongs to the stage beside the drawing: the zoom's buttons, which lie below it and cover nothing, and the card that asks for a picture where there is none.

import { zoomAt } from "../geometry/view.mjs";
import { chooseFiles, h, setText } from "../ui/dom.mjs";
import { iconButton } from "../ui/fields.mjs";
import { icon } from "../ui/icons.mjs";

/** @typedef {{state: import('../state/state.mjs').EditorState, t: import('../ui/strings.mjs').Translate, stage: import('./stage.mjs').Stage}} ZoomNeeds */
/** @typedef {{element: HTMLElement, by: (factor: number) => void}} Zoom `by`: about the middle of the stage */

/** @param {ZoomNeeds} needs @returns {Zoom} */
export function createZoom({ state, t, stage }) {
  const by = (/** @type {number} */ factor) => stage.setView(zoomAt(state.view, [state.view.width / 2, state.view.height / 2], factor));
  const shown = h("output", { "aria-label": t("zoom.view") });
  const element = h("div", { class: "wme-zoom" }, [
    iconButton("minus", t("zoom.out"), () => by(0.8), { size: 15 }), shown,
    iconButton("plus", t("zoom.in"), () => by(1.25), { size: 15 }),
    iconButton("fit", t("key.fit"), stage.fit, { keys: "0", size: 15 }),
  ]);
  state.on("view", () => setText(shown, `${Math.round(state.view.scale * 100)} %`));
  return { element, by };
}

/**
 * @typedef {object} BlankNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {AbortSignal} signal
 * @property {string} [note] said where no picture can be shown yet
 * @property {() => boolean} loading whether a picture is on its way
 * @property {(files: File[]) => void} receive
 */
/** @typedef {{element: HTMLElement, update: () => void}} Blank */

/** The card on an empty stage. @param {BlankNeeds} needs @returns {Blank} */
export function createBlank({ state, t, signal, note, loading, receive }) {
  const choose = h("button", { class: "wme-btn is-line", type: "button", text: t("blank.choose"), on: { click: async () => receive(await chooseFiles("image/*", signal)) } });
  const card = h("div", { class: "wme-card" }, [icon("picture", 30), h("b", { text: t("blank.title") }), h("p", { text: note ?? t("blank.note") }), choose]);
  const element = h("div", { class: "wme-blank", hidden: true }, [card]);
  const update = () => void (element.hidden = !!state.picture || state.doc.layers.length > 0 || loading());
  state.on("doc", update);
  return { element, update };
}
