// Of the rest that is held: whether it follows, or was moved by hand and may be laid anew.

import { holdTheRest } from "../../commands/all.mjs";
import { layerById } from "../../motion/document/document.mjs";
import { holdsTheRest, isUntouched } from "../../motion/document/held.mjs";
import { h, setText } from "../../ui/dom.mjs";

/** @param {import('../props/common.mjs').PropsNeeds} needs @param {string} id of an anchors layer @returns {import('../props/common.mjs').PropsPart} */
export function heldProps({ state, t }, id) {
  const note = h("p", { class: "wme-muted" });
  const again = h("button", { class: "wme-btn is-line", type: "button", text: t("hold.again"), on: { click: () => {
    const made = holdTheRest(state.doc, state.things, t("hold.rest"));
    if (made.count) state.apply(made.doc, t("do.hold"));
  } } });
  return {
    nodes: [note, again],
    update() {
      const layer = layerById(state.doc, id);
      const held = !!layer && holdsTheRest(layer);
      const follows = held && isUntouched(layer) && !layer.locked;
      note.hidden = !held;
      again.hidden = !held || follows;
      if (held) setText(note, t(follows ? "hold.follows" : "hold.left"));
    },
  };
}
