// tools/ turns pointers, keys and the clipboard into edits. It imports geometry/, motion/, commands/, state/, stage/ and ui/; the panels do not know it.

// What keys, menus and the clipboard do.

import { copyNow, copySelection, isTracksText, pasteTracks, readTracksText } from "../commands/clipboard.mjs";
import { deleteSelection, duplicateLayers, freeGroupName, groupLayers, mirrorSelection, nudge, setDocument, toggleHiddenFrom, ungroupLayers } from "../commands/all.mjs";
import { stepFrame } from "../motion/timing/timecode.mjs";

/** @typedef {import('../state/state.mjs').ToolId} ToolId */
/**
 * @typedef {object} ActionsNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {() => import('./tool.mjs').Tool} tool the current one
 * @property {(id: ToolId) => void} setTool
 * @property {import('./tool.mjs').CrosshairKeys} crosshair the stage by keys
 * @property {() => boolean} busy whether something is held on the stage
 * @property {() => void} fit show the whole frame
 * @property {(factor: number) => void} zoomBy
 * @property {() => void} cycleShow lines, draft, latent view, in turn
 * @property {() => void} pause
 * @property {() => void} showHelp
 * @property {() => void} leave Escape with nothing left to let go of
 * @property {(files: File[]) => void} receive files that were pasted
 * @property {(text: string) => void} receiveText text that was pasted and is not tracks of ours
 * @property {(words: string) => void} tip
 */
/**
 * @typedef {object} Actions
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} duplicate
 * @property {() => void} remove
 * @property {(axis?: "x"|"y") => void} mirror
 * @property {() => void} hideFrom hide what is selected from the playhead on, or show it again
 * @property {(name: "copy"|"cut"|"paste", event: ClipboardEvent) => void} clipboard through the clipboard event, so that no permission is asked
 * @property {(key: string, event: KeyboardEvent, ctrl: boolean) => boolean} key whether the key was used
 */

const PACKING = "Tracks copied in a motion editor: paste them there.";
/** @type {Readonly<Record<string, ToolId>>} */
const TOOL_KEYS = { t: "thing", v: "select", d: "drag", p: "pen", r: "region", a: "anchor", c: "camera" };
/** @type {Readonly<Record<string, [number, number]>>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {ActionsNeeds} needs @returns {Actions} */
export function createActions({ state, t, float, tool, setTool, crosshair, busy, fit, zoomBy, cycleShow, pause, showHelp, leave, receive, receiveText, tip }) {
  let copied = "";

  function undo() {
    // What is held is what is taken back.
    if (state.cancelGesture() || tool().takeBack?.()) return;
    const label = state.history.undoLabel;
    if (state.undo() && label) tip(t("undone", { what: label }));
  }

  function redo() {
    state.cancelGesture();
    const label = state.history.redoLabel;
    if (state.redo() && label) tip(t("redone", { what: label }));
  }

  function duplicate() {
    const ids = [...state.activeIds()];
    if (!ids.length) return;
    const made = duplicateLayers(state.doc, ids, { dx: 0.02, dy: 0.02, copy: t("layer.copy") });
    state.apply(made.doc, t("do.duplicate"), { layers: made.ids });
  }

  function remove() {
    if (state.cameraPicked && !state.activeIds().size) {
      if (state.doc.camera) state.apply(setDocument(state.doc, { camera: null }), t("do.camera"), { camera: false });
      return;
    }
    state.apply(deleteSelection(state.doc, state.selection), t("do.delete"));
  }

  /** @param {"x"|"y"} [axis] */
  function mirror(axis = "x") {
    if (state.activeIds().size) state.apply(mirrorSelection(state.doc, state.selection, axis), t("do.mirror"));
  }

  function hideFrom() {
    const ids = [...state.activeIds()];
    if (ids.length) state.apply(toggleHiddenFrom(state.doc, ids, Math.round(state.frame)), t("do.hide"));
  }

  function selectAll() {
    state.selectLayers(state.doc.layers.filter((layer) => layer.visible !== false && !layer.locked).map((layer) => layer.id));
  }

  function group() {
    const ids = [...state.activeIds()];
    if (ids.length) state.apply(groupLayers(state.doc, ids, freeGroupName(state.doc, t("group"))), t("do.group"), { layers: ids });
  }

  function ungroup() {
    state.apply(ungroupLayers(state.doc, [...state.activeIds()]), t("do.ungroup"));
  }

  /** Esc: first what floats, then what is held, then an open path, then the selection. */
  function escape() {
    if (float.close() || state.cancelGesture() || busy()) return;
    if (tool().finish?.()) return;
    if (state.playing) return pause();
    if (crosshair.leave()) return;
    if (state.activeIds().size || state.cameraPicked) return state.deselect();
    leave();
  }

  /** The document of the moment when the tracks are read is added to. @param {string} text */
  async function paste(text) {
    const read = await readTracksText(text);
    if (!read) return;
    const made = pasteTracks(state.doc, read, { dx: 0.02, dy: 0.02, copy: t("layer.copy") });
    state.apply(made.doc, t("do.paste"), { layers: made.ids });
    if (made.report.length) float.notice(made.report.map(t.note).join(" "));
  }

  /** @type {Actions["clipboard"]} */
  function clipboard(name, event) {
    if (name === "paste") {
      const files = [...(event.clipboardData?.files ?? [])];
      const given = event.clipboardData?.getData("text/plain");
      const text = given && given !== PACKING ? given : copied;
      // A table's cells come with a picture of themselves.
      const pictured = given && files.every((file) => file.type.startsWith("image/"));
      if (files.length && !pictured) receive(files);
      else if (isTracksText(text)) void paste(text);
      else if (text.trim()) receiveText(text);
      else return;
      event.preventDefault();
      return;
    }
    if (!state.activeIds().size) return;
    const text = copyNow(state.doc, state.selection);
    // Tracks that are not packed yet are ours to paste a moment later; what else lay on the clipboard is not pasted in their place.
    event.clipboardData?.setData("text/plain", text ?? PACKING);
    if (!text) void copySelection(state.doc, state.selection).then((late) => (copied = late ?? copied));
    copied = text ?? copied;
    event.preventDefault();
    if (name === "cut") remove();
    else tip(t("copied"));
  }

  /** @type {Readonly<Record<string, (event: KeyboardEvent) => void>>} */
  const PLAIN = {
    Delete: remove, Backspace: remove, m: (event) => mirror(event.shiftKey ? "y" : "x"), h: hideFrom,
    0: fit, g: () => state.set("ui", { grid: !state.grid }), o: () => state.set("ui", { overlays: !state.overlays }), s: () => state.set("ui", { snap: !state.snap }),
    l: cycleShow, "?": showHelp, Home: () => state.setFrame(0), End: () => state.setFrame(state.doc.frames - 1),
    Escape: escape, Enter: () => void (tool().finish?.() || crosshair.start()), ",": () => stepBy(-1), ".": () => stepBy(1), "+": () => zoomBy(1.25), "=": () => zoomBy(1.25), "-": () => zoomBy(0.8),
  };
  /** Ctrl+C, X and V come as clipboard events of their own. @type {Readonly<Record<string, (event: KeyboardEvent) => void>>} */
  const WITH_CTRL = { z: (event) => (event.shiftKey ? redo() : undo()), y: redo, d: duplicate, a: selectAll, g: (event) => (event.shiftKey ? ungroup() : group()) };

  /** Alt nudges what is selected, and so do up and down; left and right step in time. @param {[number, number]} direction @param {KeyboardEvent} event */
  function arrow([dx, dy], event) {
    if (event.altKey || dy) {
      const by = event.shiftKey ? 8 : 1;
      if (state.activeIds().size) state.apply(nudge(state.doc, state.selection, dx * by, dy * by), t("do.move"));
      return;
    }
    if (!event.shiftKey) return stepBy(dx);
    pause();
    state.setFrame(Math.round(state.frame) + dx);
  }

  /** @param {number} steps latent */
  function stepBy(steps) {
    pause();
    state.setFrame(stepFrame(Math.round(state.frame), steps, state.doc.frames));
  }

  /** @type {Actions["key"]} */
  function key(name, event, ctrl) {
    const run = Object.hasOwn(ctrl ? WITH_CTRL : PLAIN, name) ? (ctrl ? WITH_CTRL : PLAIN)[name] : null;
    if (ctrl) run?.(event);
    else if (crosshair.key(name, event)) return true;
    else if (tool().key?.(name)) return true;
    else if (ARROWS[name]) arrow(ARROWS[name], event);
    else if (TOOL_KEYS[name] && !event.altKey) setTool(TOOL_KEYS[name]);
    else if (run) run(event);
    else return false;
    return !ctrl || run !== null;
  }

  return { undo, redo, duplicate, remove, mirror, hideFrom, clipboard, key };
}
