// A person's own motions beside the presets: put on the thing, kept from it, forgotten.

import { applyMotion, motionOf } from "../../commands/all.mjs";
import { layerById } from "../../motion/document/document.mjs";
import { h } from "../../ui/dom.mjs";
import { iconButton } from "../../ui/fields.mjs";
import { reasonOf } from "../../ui/strings.mjs";

/** @typedef {import('../../commands/own_motions.mjs').OwnMotion} OwnMotion */
/** What of files/favourites.mjs the panel needs. @typedef {{readonly list: readonly OwnMotion[], readonly count: number, keep: (motion: OwnMotion) => Promise<void>, forget: (name: string) => Promise<void>, onChange: (listener: () => void) => void}} Favourites */

/** @param {import('./common.mjs').PropsNeeds} needs @param {string} id of the region @returns {{nodes: import('../../ui/dom.mjs').Child[], keep: HTMLElement, update: () => void}} `keep` is the heading's button */
export function favouriteParts({ state, t, favourites }, id) {
  const fault = h("p", { class: "wme-bad", role: "alert", hidden: true });
  /** @param {Promise<void>} kept */
  const told = (kept) => void kept.catch((error) => {
    fault.textContent = t("favourite.failed", { why: reasonOf(error, t) });
    fault.hidden = false;
  });
  const rows = favourites.list.map((motion) => h("div", { class: "wme-favourite" }, [
    h("button", { class: "wme-btn is-line", type: "button", text: motion.name, title: motion.name, on: { click: () => void state.apply(applyMotion(state.doc, id, motion), t("do.favourite")) } }),
    iconButton("close", t("favourite.forget", { name: motion.name }), () => told(favourites.forget(motion.name)), { size: 14, className: "is-quiet" }),
  ]));
  const name = h("input", { class: "wme-input", maxlength: 60, "aria-label": t("favourite.name"), placeholder: t("favourite.name") });
  const save = h("button", { class: "wme-btn is-line", type: "button", text: t("favourite.save"), on: { click: take } });
  const form = h("div", { class: "wme-favourite", hidden: true }, [name, save]);
  const keep = iconButton("star", t("favourite.keep"), () => {
    form.hidden = !form.hidden;
    if (form.hidden) return;
    name.value = layerById(state.doc, id)?.name ?? "";
    name.focus();
    name.select();
  }, { size: 15 });

  function take() {
    const motion = motionOf(state.doc, id, name.value);
    if (!motion) return;
    form.hidden = true;
    told(favourites.keep(motion));
  }

  name.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") take();
    if (event.key !== "Escape") return;
    form.hidden = true;
    keep.focus();
  });
  return {
    nodes: [form, rows.length ? h("div", { class: "wme-favourites", role: "group", "aria-label": t("favourites") }, rows) : null, fault],
    keep,
    update() {
      const layer = layerById(state.doc, id);
      keep.hidden = !(layer?.type === "region" && layer.keys.length > 1);
    },
  };
}
