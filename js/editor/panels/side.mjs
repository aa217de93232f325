// The side panel: layers and properties, and takes where the host has them.

import { h } from "../ui/dom.mjs";
import { createTakes } from "./takes.mjs";

/** @param {any} ed @param {any} list @param {any} properties */
export function createSide(ed, list, properties) {
  const { t } = ed;
  const side = h("aside", { class: "wme-side", "aria-label": t("panel") });
  const below = [list.element, h("div", { class: "wme-sec" }, [properties.title]), properties.element];
  if (!ed.options.takes) {
    side.append(h("div", { class: "wme-sec" }, [h("span", { text: t("layers") }), list.count]), ...below);
    return side;
  }
  const takes = createTakes(ed, ed.options.takes);
  const names = ["layers", "takes"];
  const tabs = names.map((name) => h("button", { class: "wme-btn", type: "button", role: "tab", text: t(name), on: { click: () => open(name) } }));
  const bar = h("div", { class: "wme-sec" }, [h("div", { class: "wme-seg", role: "tablist" }, tabs)]);
  function open(name) {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(names[i] === name));
      tab.setAttribute("aria-pressed", String(names[i] === name));
    });
    side.classList.toggle("has-takes", name === "takes");
    side.replaceChildren(bar, ...(name === "takes" ? [takes.element] : below));
    if (name === "takes") takes.refresh();
  }
  open("layers");
  return side;
}
