// The side panel: layers and properties, and takes where the host has them.

import { h } from "../ui/dom.mjs";

/**
 * @typedef {object} SideNeeds
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('./layer_list.mjs').LayerList} list
 * @property {HTMLElement} camera its row, above the layers
 * @property {import('./properties.mjs').Properties} properties
 * @property {HTMLElement} more what the bar above has no room for on small screens
 * @property {import('./takes.mjs').Takes|null} takes null where the host has none: then there is no tab
 */
/**
 * @typedef {object} Side
 * @property {HTMLElement} element
 * @property {() => void} toggle show or hide it where it lies over the stage
 */

/** @param {SideNeeds} needs @returns {Side} */
export function createSide({ t, list, camera, properties, takes, more }) {
  const element = h("aside", { class: "wme-side", "aria-label": t("panel") });
  const made = { element, toggle: () => void element.classList.toggle("is-open") };
  const below = [h("div", { class: "wme-layers-box" }, [camera, list.element]), h("div", { class: "wme-sec" }, [properties.title]), properties.element];
  if (!takes) {
    element.append(h("div", { class: "wme-sec" }, [h("span", { text: t("layers") }), list.count, list.search]), ...below, more);
    return made;
  }
  const names = /** @type {const} */ (["layers", "takes"]);
  const tabs = names.map((name) => h("button", { class: "wme-btn", type: "button", role: "tab", text: t(name), on: { click: () => open(name) } }));
  const bar = h("div", { class: "wme-sec" }, [h("div", { class: "wme-seg", role: "tablist" }, tabs), list.search]);
  /** @param {"layers"|"takes"} name */
  function open(name) {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(names[i] === name));
    });
    element.classList.toggle("has-takes", name === "takes");
    element.replaceChildren(bar, ...(name === "takes" && takes ? [takes.element] : below), more);
    if (name === "takes") takes?.refresh();
  }
  open("layers");
  return made;
}
