// Whether the camera carries a layer: asked where there is a camera, said in words that are so.

import { setLayer } from "../../commands/all.mjs";
import { h, setText } from "../../ui/dom.mjs";
import { switchField } from "../../ui/fields.mjs";

/** @param {import('../props/common.mjs').PropsNeeds} needs @returns {import('../props/common.mjs').PropsPart} */
export function pinProps({ state, t }) {
  const chosen = () => {
    const ids = state.activeIds();
    return state.doc.layers.filter((layer) => ids.has(layer.id));
  };
  const pin = switchField({ label: t("pin"), onChange: (on) => {
    // Left out where it is not so: the document of a drawing without pins is what it always was.
    state.apply(setLayer(state.doc, [...state.activeIds()], { pinned: on || undefined }), t("do.pin"));
  } });
  const note = h("p", { class: "wme-muted" });
  const element = h("div", { class: "wme-pin" }, [pin.element, note]);
  return {
    nodes: [element],
    update() {
      const layers = chosen();
      const pinned = layers.filter((layer) => layer.pinned).length;
      element.hidden = !state.doc.camera?.keys.length && !pinned;
      pin.set(pinned === layers.length && pinned > 0);
      pin.input.indeterminate = pinned > 0 && pinned < layers.length;
      // Of some it is so, of others not: the switch says it.
      setText(note, pin.input.indeterminate ? "" : t(pinned ? "pin.on" : "pin.off"));
    },
  };
}
