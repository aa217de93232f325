// The bar above: what clip this is, undo and redo, how the stage is shown, files, help, close. And the rail of six tools.

import { h, setPressed, setText } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { iconButton, segmentField } from "../ui/fields.mjs";
import { showHelp } from "../ui/help.mjs";
import { holdTheRest } from "../commands/all.mjs";

export const TOOLS = [["select", "V"], ["drag", "D"], ["pen", "P"], ["region", "R"], ["anchor", "A"], ["camera", "C"]];

/** @param {any} ed */
export function createHead(ed) {
  const { state } = ed;
  const clip = h("span");
  const undo = iconButton("undo", ed.t("undo"), () => { ed.actions.undo(); ed.focusKeys(); }, { keys: "Ctrl+Z" });
  const redo = iconButton("redo", ed.t("redo"), () => { ed.actions.redo(); ed.focusKeys(); }, { keys: "Ctrl+Shift+Z" });
  const show = segmentField({ label: ed.t("show"), options: [["lines", ed.t("show.lines"), "lines"], ["draft", ed.t("show.draft"), "draft"], ["latent", ed.t("show.latent"), "cells"]], onChange: (value) => state.set("ui", { show: value }) });
  for (const button of show.buttons) button.append(h("span", { class: "wme-hide-mid", text: ed.t(`show.${button.dataset.value}.short`) }));
  const grid = iconButton("grid", ed.t("grid"), () => state.set("ui", { grid: !state.grid }), { pressed: false, keys: "G" });
  const snap = iconButton("magnet", ed.t("snap"), () => state.set("ui", { snap: !state.snap }), { pressed: false, keys: "S" });
  const files = h("button", { class: "wme-btn wme-hide-small", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", on: { click: () => ed.io.exportMenu(files) } }, [icon("export", 16), h("span", { class: "wme-hide-mid", text: ed.t("files") })]);
  files.setAttribute("aria-label", ed.t("files"));
  files.title = ed.t("files");
  const side = iconButton("panel", ed.t("panel"), () => ed.side.classList.toggle("is-open"), { className: "wme-side-toggle" });
  const help = iconButton("help", ed.t("help"), () => showHelp(ed), { keys: "?", className: "is-help" });
  const close = h("button", { class: "wme-btn is-main", type: "button", text: ed.t("done"), title: ed.t("done.title"), on: { click: () => ed.close() } });
  const element = h("header", { class: "wme-head" }, [
    h("div", { class: "wme-title" }, [h("b", { text: ed.options.title ?? ed.t("title") }), clip]),
    h("div", { class: "wme-gap" }),
    h("div", { class: "wme-group" }, [undo, redo]), h("span", { class: "wme-rule" }),
    show.element, h("div", { class: "wme-group wme-hide-small" }, [grid, snap]), h("span", { class: "wme-rule wme-hide-small" }),
    files, help, side, close,
  ]);

  function update() {
    const { doc, history } = state;
    const pictureName = state.picture?.name ? ` · ${state.picture.name}` : "";
    setText(clip, ed.t("clip", { width: doc.size_wh[0], height: doc.size_wh[1], frames: doc.frames, seconds: (doc.frames / doc.fps).toFixed(1) }) + pictureName);
    undo.disabled = !history.canUndo;
    redo.disabled = !history.canRedo;
    undo.title = history.undoLabel ? `${ed.t("undo")}: ${history.undoLabel} (Ctrl+Z)` : `${ed.t("undo")} (Ctrl+Z)`;
    redo.title = history.redoLabel ? `${ed.t("redo")}: ${history.redoLabel} (Ctrl+Shift+Z)` : `${ed.t("redo")} (Ctrl+Shift+Z)`;
    setPressed(grid, state.grid);
    setPressed(snap, state.snap);
    show.set(state.show);
  }
  for (const topic of ["doc", "ui", "picture"]) state.on(topic, update);
  return { element, update };
}

/** @param {any} ed */
export function createToolbar(ed) {
  const { state } = ed;
  const buttons = TOOLS.map(([id, key]) => h("button", { class: "wme-tool", type: "button", title: `${ed.t(`tool.${id}`)} (${key}). ${ed.t(`tip.${id}`)}`, "aria-label": ed.t(`tool.${id}`), "aria-keyshortcuts": key, dataset: { tool: id }, on: { click: () => { ed.setTool(id); ed.focusKeys(); } } }, [icon(id, 20), h("span", { text: ed.t(`tool.${id}.short`) })]));
  const hold = h("button", { class: "wme-tool wme-hold", type: "button", title: ed.t("hold.title"), "aria-label": ed.t("hold.rest"), on: { click: () => { holdRest(ed); ed.focusKeys(); } } }, [icon("anchor", 20), h("span", { text: ed.t("hold.short") })]);
  const element = h("nav", { class: "wme-tools", "aria-label": ed.t("tools") }, [...buttons, hold]);
  const update = () => {
    for (const button of buttons) setPressed(button, button.dataset.tool === state.tool);
  };
  state.on("tool", update);
  update();
  return { element };
}

function holdRest(ed) {
  const { state } = ed;
  const made = holdTheRest(state.doc, state.sampled);
  if (!made.count) {
    ed.float.notice(ed.t("hold.none"));
    return;
  }
  if (state.apply(made.doc, ed.t("do.hold"))) ed.float.notice(ed.t("hold.done", { count: made.count }), { action: ed.t("undo"), run: () => state.history.undo() });
}
