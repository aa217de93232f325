// clip/ is what the screen says and sets of the clip: size, crop, length and rate in the header; the camera's row, a layer's pin, and the rest that is held. It imports
// geometry/, motion/document, commands/ and ui/.

// The camera above the layers, as one of them: what moves everything is in sight, picked and deleted like the rest.

import { h, setPressed, setText } from "../../ui/dom.mjs";
import { icon } from "../../ui/icons.mjs";
import { iconButton } from "../../ui/fields.mjs";
import { setDocument } from "../../commands/all.mjs";

/**
 * @param {{state: import('../../state/state.mjs').EditorState, t: import('../../ui/strings.mjs').Translate, focusKeys: () => void}} needs
 * @returns {{element: HTMLElement}} */
export function createCameraRow({ state, t, focusKeys }) {
  const keys = h("small");
  const name = h("button", { class: "wme-camera-name", type: "button", on: { click: (event) => { state.pickCamera(); if (event.detail > 0) focusKeys(); } } }, [h("span", { text: t("camera") }), keys]);
  const remove = iconButton("trash", t("camera.clear"), () => {
    state.apply(setDocument(state.doc, { camera: null }), t("do.camera"));
    focusKeys();
  }, { size: 15 });
  const element = h("div", { class: "wme-camera-row" }, [h("span", { class: "wme-muted", style: { display: "grid" } }, [icon("camera", 15)]), name, remove]);

  function update() {
    const frames = (state.doc.camera?.keys ?? []).map((key) => key.frame);
    element.hidden = !frames.length;
    element.classList.toggle("is-on", state.cameraPicked);
    setPressed(name, state.cameraPicked);
    setText(keys, frames.length > 1 ? `${frames[0]}–${frames[frames.length - 1]}` : String(frames[0] ?? ""));
  }
  for (const topic of /** @type {const} */ (["doc", "selection", "tool"])) state.on(topic, update);
  update();
  return { element };
}
