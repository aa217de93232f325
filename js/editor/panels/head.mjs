// The bar above: what clip this is, undo and redo, how the stage is shown, files, help, close. And the rail of seven tools.

import { offerUndo } from "../state/offer_undo.mjs";
import { h, setPressed } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { iconButton, segmentField } from "../ui/fields.mjs";
import { holdTheRest } from "../commands/all.mjs";
import { createBarButtons } from "./bar_buttons.mjs";

/** @typedef {import('../state/state.mjs').EditorState} EditorState */
/** @typedef {import('../ui/strings.mjs').Translate} Translate */

/** @type {readonly (readonly [EditorState["tool"], string])[]} */
const TOOLS = [["thing", "T"], ["select", "V"], ["drag", "D"], ["pen", "P"], ["region", "R"], ["anchor", "A"], ["camera", "C"]];

/**
 * @typedef {object} HeadNeeds
 * @property {EditorState} state
 * @property {Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {string} [title]
 * @property {HTMLElement[]} clip what says and sets the clip
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {(opener: HTMLElement) => void} exportMenu
 * @property {() => void} toggleSide on small screens the side panel lies over the stage
 * @property {() => void} close
 * @property {() => void} focusKeys
 */
/**
 * @typedef {object} Head
 * @property {HTMLElement} element
 * @property {() => void} update
 */

/** @param {HeadNeeds} needs @returns {Head} */
export function createHead({ state, t, float, title, clip, undo: undoStep, redo: redoStep, exportMenu, toggleSide, close: closeEditor, focusKeys }) {
  const undo = iconButton("undo", t("undo"), () => { undoStep(); focusKeys(); }, { keys: "Ctrl+Z" });
  const redo = iconButton("redo", t("redo"), () => { redoStep(); focusKeys(); }, { keys: "Ctrl+Shift+Z" });
  const show = segmentField({ label: t("show"), options: [["lines", t("show.lines"), "lines"], ["draft", t("show.draft"), "draft"], ["latent", t("show.latent"), "cells"]], onChange: (value) => state.set("ui", { show: value }) });
  for (const button of show.buttons) button.append(h("span", { class: "wme-hide-mid", text: t(`show.${button.dataset.value}.short`) }));
  const { files, switches, help } = createBarButtons({ state, t, float, exportMenu });
  files.classList.add("wme-hide-small");
  const side = iconButton("panel", t("panel"), toggleSide, { className: "wme-side-toggle" });
  const close = h("button", { class: "wme-btn is-main", type: "button", text: t("done"), title: t("done.title"), on: { click: () => closeEditor() } });
  const element = h("header", { class: "wme-head" }, [
    h("div", { class: "wme-title" }, [h("b", { text: title ?? t("title") }), ...clip]),
    h("div", { class: "wme-gap" }),
    h("div", { class: "wme-group" }, [undo, redo]), h("span", { class: "wme-rule" }),
    show.element, h("div", { class: "wme-group wme-hide-small" }, switches), h("span", { class: "wme-rule wme-hide-small" }),
    files, help, side, close,
  ]);

  function update() {
    const { history } = state;
    undo.disabled = !history.canUndo;
    redo.disabled = !history.canRedo;
    undo.title = history.undoLabel ? `${t("undo")}: ${history.undoLabel} (Ctrl+Z)` : `${t("undo")} (Ctrl+Z)`;
    redo.title = history.redoLabel ? `${t("redo")}: ${history.redoLabel} (Ctrl+Shift+Z)` : `${t("redo")} (Ctrl+Shift+Z)`;
    show.set(state.show);
  }
  for (const topic of /** @type {const} */ (["doc", "ui", "picture"])) state.on(topic, update);
  return { element, update };
}

/**
 * @typedef {object} ToolbarNeeds
 * @property {EditorState} state
 * @property {Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {(id: EditorState["tool"]) => void} setTool
 * @property {() => void} focusKeys
 */

/** @param {ToolbarNeeds} needs @returns {{element: HTMLElement}} */
export function createToolbar({ state, t, float, setTool, focusKeys }) {
  const buttons = TOOLS.map(([id, key]) => h("button", { class: "wme-tool", type: "button", title: `${t(`tool.${id}`)} (${key}). ${t(`tip.${id}`)}`, "aria-label": t(`tool.${id}`), "aria-keyshortcuts": key, dataset: { tool: id }, on: { click: () => { setTool(id); focusKeys(); } } }, [icon(id, 20), h("span", { text: t(`tool.${id}.short`) })]));
  const hold = h("button", { class: "wme-tool wme-hold", type: "button", title: t("hold.title"), "aria-label": t("hold.rest"), on: { click: () => { holdRest(); focusKeys(); } } }, [icon("anchor", 20), h("span", { text: t("hold.short") })]);
  const element = h("nav", { class: "wme-tools", "aria-label": t("tools") }, [...buttons, hold]);
  const update = () => {
    for (const button of buttons) setPressed(button, button.dataset.tool === state.tool);
  };
  state.on("tool", update);
  update();

  function holdRest() {
    const made = holdTheRest(state.doc, state.things, t("hold.rest"));
    if (!made.count) {
      float.notice(t("hold.none"));
      return;
    }
    if (state.apply(made.doc, t("do.hold"))) offerUndo({ state, float, t }, t("hold.done", { count: made.count }));
  }
  return { element };
}
