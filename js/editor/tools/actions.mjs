// What keys, menus and the clipboard do.

import { copySelection, pasteText } from "../commands/clipboard.mjs";
import { deleteSelection, duplicateLayers, mirrorSelection, nudge, toggleHiddenFrom } from "../commands/all.mjs";
import { stepFrame } from "../motion/timing/timecode.mjs";
import { showHelp } from "../ui/help.mjs";

const TOOL_KEYS = { v: "select", d: "drag", p: "pen", r: "region", a: "anchor", c: "camera" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {any} ed */
export function createActions(ed) {
  const { state } = ed;
  let copied = null;

  const actions = {
    undo() {
      ed.pointer.cancelGesture();
      const label = state.history.undoLabel;
      if (state.history.undo() && label) ed.footer.tip(ed.t("undone", { what: label }));
    },
    redo() {
      ed.pointer.cancelGesture();
      const label = state.history.redoLabel;
      if (state.history.redo() && label) ed.footer.tip(ed.t("redone", { what: label }));
    },
    duplicate() {
      const ids = [...state.activeIds()];
      if (!ids.length) return;
      const made = duplicateLayers(state.doc, ids, { dx: 0.02, dy: 0.02 });
      if (state.apply(made.doc, ed.t("do.duplicate"))) state.selectLayers(made.ids);
    },
    remove() {
      if (state.cameraPicked && !state.activeIds().size) return;
      const next = deleteSelection(state.doc, state.selection);
      state.apply(next, ed.t("do.delete"));
    },
    mirror(axis = "x") {
      if (state.activeIds().size) state.apply(mirrorSelection(state.doc, state.selection, axis), ed.t("do.mirror"));
    },
    hideFrom() {
      const ids = [...state.activeIds()];
      if (!ids.length) return;
      const next = toggleHiddenFrom(state.doc, ids, Math.round(state.frame));
      state.apply(next, ed.t("do.hide"));
    },
    selectAll() {
      state.selectLayers(state.doc.layers.filter((layer) => layer.visible !== false && !layer.locked).map((layer) => layer.id));
    },
    /** Esc: first what floats, then an open path, then the selection, then the editor. */
    escape() {
      if (ed.float.close()) return;
      if (ed.pointer.busy) return ed.pointer.cancelGesture();
      if (ed.tool().finish?.()) return;
      if (state.playing) return ed.pause();
      if (state.activeIds().size || state.cameraPicked) {
        state.select({ layers: [], points: [] });
        state.set("selection", { cameraPicked: false });
        return;
      }
      ed.close();
    },
    /** Copy through the clipboard event, so that no permission is asked. */
    clipboard(name, event) {
      if (name === "paste") {
        const text = event.clipboardData?.getData("text/plain") ?? "";
        const files = [...(event.clipboardData?.files ?? [])];
        if (files.length) {
          event.preventDefault();
          ed.io.receive(files);
          return;
        }
        if (actions.paste(text || copied || "")) event.preventDefault();
        return;
      }
      const text = copySelection(state.doc, state.selection);
      if (!text) return;
      copied = text;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (name === "cut") actions.remove();
      else ed.footer.tip(ed.t("copied"));
    },
    paste(text) {
      const made = text ? pasteText(state.doc, text, { dx: 0.02, dy: 0.02 }) : null;
      if (!made) return false;
      if (state.apply(made.doc, ed.t("do.paste"))) state.selectLayers(made.ids);
      if (made.report.length) ed.float.notice(made.report.join(" "));
      return true;
    },
    /** @returns {boolean} whether the key was used */
    key(key, event, ctrl) {
      if (ctrl) return actions.ctrlKey(key, event);
      if (ARROWS[key]) return actions.arrow(key, event);
      if (TOOL_KEYS[key] && !event.altKey) {
        ed.setTool(TOOL_KEYS[key]);
        return true;
      }
      const simple = {
        Delete: actions.remove, Backspace: actions.remove, m: () => actions.mirror(event.shiftKey ? "y" : "x"), h: actions.hideFrom,
        0: () => ed.stage.fit(), g: () => state.set("ui", { grid: !state.grid }), s: () => state.set("ui", { snap: !state.snap }),
        l: () => ed.cycleShow(), "?": () => showHelp(ed), Home: () => state.setFrame(0), End: () => state.setFrame(state.doc.frames - 1),
        Escape: actions.escape, Enter: () => ed.tool().finish?.(), "+": () => ed.zoomBy(1.25), "=": () => ed.zoomBy(1.25), "-": () => ed.zoomBy(0.8),
      }[key];
      if (!simple) return false;
      simple();
      return true;
    },
    ctrlKey(key, event) {
      if (key === "z") {
        if (event.shiftKey) actions.redo();
        else actions.undo();
        return true;
      }
      if (key === "y") {
        actions.redo();
        return true;
      }
      if (key === "d") {
        actions.duplicate();
        return true;
      }
      if (key === "a") {
        actions.selectAll();
        return true;
      }
      // Ctrl+C, X and V come as clipboard events of their own.
      return false;
    },
    arrow(key, event) {
      const [dx, dy] = ARROWS[key];
      if (event.altKey) {
        const by = event.shiftKey ? 8 : 1;
        if (state.activeIds().size) state.apply(nudge(state.doc, state.selection, dx * by, dy * by), ed.t("do.move"));
        return true;
      }
      if (dy) {
        if (state.activeIds().size) state.apply(nudge(state.doc, state.selection, 0, dy * (event.shiftKey ? 8 : 1)), ed.t("do.move"));
        return true;
      }
      ed.pause();
      const frame = Math.round(state.frame);
      state.setFrame(event.shiftKey ? frame + dx : stepFrame(frame, dx, state.doc.frames));
      return true;
    },
  };
  return actions;
}
