// The motion editor. `openEditor` mounts it over a page; `createThumbnail` (stage/thumbnail.mjs) is the node's small view.

import { layerById, parseDocument, serializeDocument } from "./motion/document/document.mjs";
import { remapDocument } from "./motion/document/remap.mjs";
import { setDocument } from "./commands/all.mjs";
import { areaSize } from "./geometry/fit.mjs";
import { frameAtArc } from "./motion/evaluation/evaluate.mjs";
import { frameLabel, timecode } from "./motion/timing/timecode.mjs";
import { zoomAt } from "./geometry/view.mjs";
import { createActions } from "./tools/actions.mjs";
import { createAutosave, digest } from "./files/autosave.mjs";
import { createFooter } from "./panels/footer.mjs";
import { createFloating } from "./ui/menu.mjs";
import { createHead, createToolbar } from "./panels/head.mjs";
import { createIo } from "./files/io.mjs";
import { createLayerList } from "./panels/layer_list.mjs";
import { createProperties } from "./panels/properties.mjs";
import { createStage } from "./stage/stage.mjs";
import { createState } from "./state/state.mjs";
import { createStrings } from "./ui/strings.mjs";
import { createSide } from "./panels/side.mjs";
import { createTimeline } from "./panels/timeline.mjs";
import { attachKeyboard } from "./tools/keyboard.mjs";
import { attachPointer } from "./tools/pointer.mjs";
import { chooseFiles, h, setText } from "./ui/dom.mjs";
import { icon } from "./ui/icons.mjs";
import { decodePicture, fittedPicture, shownPicture } from "./stage/picture.mjs";
import { readDocument, showFault } from "./files/opening.mjs";
import { createPlayer } from "./stage/player.mjs";
import { ensureStyles } from "./ui/styles.mjs";
import { applyTheme, themeColors } from "./ui/theme.mjs";
import { createSelectTool } from "./tools/select.mjs";
import { createDragTool, createPenTool } from "./tools/path.mjs";
import { createRegionTool } from "./tools/region.mjs";
import { createAnchorTool, createCameraTool } from "./tools/still.mjs";

export { createThumbnail } from "./stage/thumbnail.mjs";
export { ensureStyles } from "./ui/styles.mjs";

const AUTOSAVE_MS = 350;
const SHOWS = ["lines", "draft", "latent"];

/**
 * @typedef {{url?: string, size_wh?: [number, number], ref?: any, name?: string}} PictureSource an address to show, and the reference that the document keeps
 * @typedef {object} EditorOptions
 * @property {HTMLElement} [container] default document.body
 * @property {string} [documentText] empty: a new drawing
 * @property {string|null} [documentError] shown with the text instead of editing, when the host could not read the document itself
 * @property {PictureSource|null} [picture]
 * @property {[number, number]} [size_wh] the clip's size; a document of another size is remapped
 * @property {number} [frames]
 * @property {number} [fps]
 * @property {import('./motion/document/types.mjs').FitMode} [fit]
 * @property {boolean} [fixedClip] size and length are the host's: a document that is imported is remapped to them
 * @property {boolean} [sizeFromPicture] a picture that is dropped on an empty drawing decides the size
 * @property {any[]} [checks] rules of the checker (default: the built-in copy)
 * @property {Record<string, string>} [strings] words that replace the table's
 * @property {string} [locale] language tag of the words, such as "zh-CN" (default English)
 * @property {string} [title]
 * @property {"dark"|"light"|"auto"} [theme]
 * @property {Record<string, string>} [tokens] CSS custom properties
 * @property {string} [pictureHint] said where no picture can be shown yet
 * @property {(text: string) => void} [onChange] after each gesture
 * @property {(text: string) => any} [onClose] may return a promise; a rejection or `false` keeps the editor open
 * @property {(text: string) => void} [onAutosave]
 * @property {(file: File) => Promise<PictureSource>} [loadPicture] keep a dropped picture with the host
 * @property {(file: File, doc: any) => Promise<string|ArrayBuffer|null>} [importFile] read a file that the browser cannot; null: the editor reads it
 * @property {import('./panels/takes.mjs').TakesProvider} [takes]
 * @property {string|null} [storageKey] where a reload finds what was drawn
 * @property {boolean} [full] fill the container without a margin
 * @property {boolean} [forceFlatDraft] draw the draft without WebGL
 * @property {(timing: {paint: number, rebuild: number}) => void} [onPaint]
 */

/**
 * Open the editor.
 * @param {EditorOptions} [options]
 * @returns {{element: HTMLElement, close: () => Promise<boolean>, destroy: () => void, setPicture: (picture: PictureSource|null) => Promise<void>, setSize: (size: {size_wh?: [number, number], frames?: number, fps?: number, fit?: any}) => void, getDocumentText: () => string, editor: any}}
 */
export function openEditor(options = {}) {
  const abort = new AbortController();
  const { signal } = abort;
  const t = createStrings(options.strings, options.locale);
  const opened = readDocument(options);
  const before = document.activeElement;

  const keys = /** @type {HTMLTextAreaElement} */ (h("textarea", { class: "wme-keys", "aria-label": t("keys"), tabindex: "-1", autocomplete: "off", spellcheck: "false", rows: "1" }));
  const root = h("div", { class: `wme ${options.full ? "wme-full" : ""}`, role: "dialog", "aria-modal": "true", "aria-label": options.title ?? t("title"), tabindex: "-1", "data-capture-wheel": "true" }, [keys]);
  const veil = h("div", { class: "wme-veil" }, [root]);
  const ready = ensureStyles();
  veil.style.visibility = "hidden";
  (options.container ?? document.body).append(veil);
  applyTheme(root, options.theme, options.tokens);

  /** What the parts share. @type {any} */
  const ed = { options, t, root, keys, signal, state: createState(opened.doc, { checks: options.checks }), colors: themeColors(root) };
  const { state } = ed;
  let savedText = options.documentText ?? "";
  let closed = false;

  ed.focusKeys = () => {
    if (!signal.aborted) keys.focus({ preventScroll: true });
  };
  ed.keysAfterClick = (event) => {
    if (event.detail > 0) ed.focusKeys();
  };
  ed.float = createFloating(ed);
  ed.stage = createStage(ed);
  const tools = { select: createSelectTool(ed), drag: createDragTool(ed), pen: createPenTool(ed), region: createRegionTool(ed), anchor: createAnchorTool(ed), camera: createCameraTool(ed) };
  ed.tool = () => tools[state.tool];
  ed.resetCursor = () => (ed.stage.over.style.cursor = ed.tool().cursor ?? "crosshair");
  ed.setTool = (id) => {
    if (!tools[id] || id === state.tool) return;
    ed.pointer.cancelGesture();
    ed.tool().leave?.();
    state.cameraPicked = false;
    state.set("tool", { tool: id });
    ed.stage.extra.paint = (ctx, view) => ed.tool().paint?.(ctx, view);
    ed.setHover(null);
    ed.resetCursor();
    ed.footer.tip(t(`tip.${id}`));
  };
  ed.stage.extra.paint = (ctx, view) => ed.tool().paint?.(ctx, view);
  ed.pointer = attachPointer(ed, ed.stage, ed.tool);
  ed.actions = createActions(ed);
  ed.keyboard = attachKeyboard(ed);
  ed.io = createIo(ed);
  const player = createPlayer(ed);
  ed.togglePlay = player.toggle;
  ed.pause = player.pause;
  ed.cycleShow = () => state.set("ui", { show: SHOWS[(SHOWS.indexOf(state.show) + 1) % SHOWS.length] });
  ed.zoomBy = (factor) => ed.stage.setView(zoomAt(state.view, [state.view.width / 2, state.view.height / 2], factor));

  // Short-lived words over the stage.
  const hintBox = h("div", { class: "wme-hint", role: "status", hidden: true });
  let hintTimer = 0;
  ed.hint = (key) => {
    setText(hintBox, t(key));
    hintBox.hidden = false;
    clearTimeout(hintTimer);
    hintTimer = setTimeout(() => (hintBox.hidden = true), 5200);
  };
  // What a hint asked for was done, or something else was.
  state.on("doc", (reason) => reason === "commit" && (hintBox.hidden = true));
  let strokes = 0;
  ed.firstStroke = () => {
    if (++strokes === 1) ed.hint("hint.watch");
  };

  // The readout beside the pointer, along a path.
  const tag = h("div", { class: "wme-tag", hidden: true });
  ed.tag = (event, text) => {
    tag.hidden = !event;
    if (!event) return;
    setText(tag, text);
    const rect = ed.stage.element.getBoundingClientRect();
    tag.style.transform = `translate(${event.clientX - rect.left + 14}px, ${Math.min(rect.height - 30, event.clientY - rect.top + 14)}px)`;
  };
  ed.setHover = (hit) => {
    ed.stage.extra.hover = hit;
    const layer = hit?.kind === "path" ? layerById(state.doc, hit.layer) : null;
    ed.along = layer?.type === "path" && hit.s_px !== undefined ? frameAtArc(layer, state.doc, hit.s_px) : null;
    setText(ed.timeline.along, layer && ed.along !== null ? `${layer.name} · ${frameLabel(Math.round(ed.along), state.doc.fps)}` : "");
    ed.stage.invalidate();
  };
  ed.pointerAt = (e) => {
    if (!e) {
      tag.hidden = true;
      ed.footer.where("");
      return;
    }
    const [x, y] = e.doc_px;
    ed.footer.where(`${t("readout", { x: x.toFixed(1), y: y.toFixed(1), px: (e.norm[0] * 100).toFixed(1), py: (e.norm[1] * 100).toFixed(1) })} · ${Math.round(state.view.scale * 100)} %`);
    const show = ed.along !== null && ed.along !== undefined && ed.stage.extra.hover?.kind === "path" && !ed.pointer.busy;
    tag.hidden = !show;
    if (!show) return;
    const frame = Math.round(ed.along);
    setText(tag, t("along", { frame, time: timecode(frame, state.doc.fps) }));
    tag.style.transform = `translate(${Math.min(state.view.width - 130, e.screen[0] + 14)}px, ${Math.min(state.view.height - 30, e.screen[1] + 14)}px)`;
  };

  ed.footer = createFooter(ed);
  ed.timeline = createTimeline(ed);
  const head = createHead(ed);
  const toolbar = createToolbar(ed);
  const list = createLayerList(ed);
  const properties = createProperties(ed);

  const zoom = h("output", { "aria-label": t("zoom.view") });
  const stageZoom = h("div", { class: "wme-zoom" }, [
    h("button", { class: "wme-btn is-icon", type: "button", title: t("zoom.out"), "aria-label": t("zoom.out"), on: { click: () => ed.zoomBy(0.8) } }, [icon("minus", 15)]), zoom,
    h("button", { class: "wme-btn is-icon", type: "button", title: t("zoom.in"), "aria-label": t("zoom.in"), on: { click: () => ed.zoomBy(1.25) } }, [icon("plus", 15)]),
    h("button", { class: "wme-btn is-icon", type: "button", title: `${t("key.fit")} (0)`, "aria-label": t("key.fit"), on: { click: () => ed.stage.fit() } }, [icon("fit", 15)]),
  ]);
  state.on("view", () => setText(zoom, `${Math.round(state.view.scale * 100)} %`));
  const blank = h("div", { class: "wme-blank", hidden: true }, [h("div", { class: "wme-card" }, [icon("picture", 30), h("b", { text: t("blank.title") }), h("p", { text: options.pictureHint ?? t("blank.note") }), h("button", { class: "wme-btn is-line", type: "button", text: t("blank.choose"), on: { click: async () => ed.io.receive(await chooseFiles("image/*", signal)) } })])]);
  const showBlank = () => (blank.hidden = !!state.picture || state.doc.layers.length > 0 || loading > 0);
  let loading = 0;
  ed.stage.element.append(hintBox, tag, blank, stageZoom, ed.io.veil);

  ed.side = createSide(ed, list, properties);
  root.append(head.element, h("div", { class: "wme-body" }, [toolbar.element, ed.stage.element, ed.side]), ed.timeline.element, ed.footer.element);

  // Mouse clicks on buttons give the keys back to the editor; keyboard presses keep the focus where it is.
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button && event.detail > 0 && !ed.float.isOpen && !(document.activeElement instanceof HTMLInputElement)) ed.focusKeys();
  }, { signal });
  root.addEventListener("pointerdown", () => {
    if (document.activeElement === document.body || document.activeElement === root) setTimeout(ed.focusKeys, 0);
  }, { signal });
  // What happens in the editor stays in it; mouseup passes, because hosts take their snapshots on it.
  for (const name of ["pointerdown", "mousedown", "click", "dblclick", "contextmenu", "wheel", "touchstart", "touchmove"]) veil.addEventListener(name, (event) => event.stopPropagation(), { signal, passive: true });
  root.addEventListener("contextmenu", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!target.closest?.("input, .wme-fault-text")) event.preventDefault();
  }, { signal });

  // Saving.
  const autosave = createAutosave(options.storageKey);
  const base = digest(savedText);
  let changeTimer = 0;
  let saveTimer = 0;
  let autosaveTold = false;
  const text = () => (state.readOnly ? options.documentText ?? "" : serializeDocument(state.doc));
  function keep() {
    saveTimer = 0;
    if (state.readOnly || closed) return;
    const now = text();
    if (!autosave.write(now, savedText) && !autosaveTold) {
      autosaveTold = true;
      ed.float.notice(t("autosave.full"), { bad: true });
    }
    options.onAutosave?.(now);
  }
  state.on("doc", (reason) => {
    showBlank();
    if (reason === "update" || reason === "cancel" || state.readOnly) return;
    clearTimeout(changeTimer);
    changeTimer = setTimeout(() => !closed && options.onChange?.(text()), 0);
    // A picture or a size that arrives is nobody's drawing: there is nothing to bring back after a reload.
    if (reason === "reset") return;
    clearTimeout(saveTimer);
    saveTimer = setTimeout(keep, AUTOSAVE_MS);
  });
  globalThis.addEventListener("pagehide", () => saveTimer && keep(), { signal });

  ed.replaceDocument = (nextText, label) => {
    const { document: doc, error } = parseDocument(nextText);
    if (!doc) {
      ed.float.notice(t("document.unreadable", { why: error ?? "" }), { bad: true, ms: 8000 });
      return false;
    }
    const { size_wh, frames, fps, fit, picture } = state.doc;
    return state.apply({ ...remapDocument(doc, { size_wh, frames, fps, fit }), picture }, label);
  };

  // The picture.
  let pictureSerial = 0;
  async function showPicture(source, record) {
    const serial = ++pictureSerial;
    if (!source?.url && !source?.file) {
      state.set("picture", { picture: null });
      showBlank();
      return;
    }
    loading++;
    showBlank();
    try {
      const { image, size_wh } = await decodePicture(source, signal);
      if (serial !== pictureSerial || signal.aborted) return;
      const fresh = !state.doc.layers.length && options.sizeFromPicture;
      let doc = state.doc;
      if (fresh) doc = remapDocument(doc, { size_wh: areaSize(size_wh) });
      // Another picture of other proportions: the points stay on the same parts of it, as they do when the node runs.
      if (record && doc.picture?.size_wh) doc = remapDocument(doc, { picture_wh: size_wh });
      if (record) doc = setDocument(doc, { picture: { ref: source.ref ?? null, size_wh } });
      const shown = shownPicture(image, size_wh);
      state.picture = { shown, fitted: fittedPicture(shown, size_wh, doc), size_wh, name: source.name ?? "" };
      if (doc !== state.doc) {
        if (state.history.canUndo) state.apply(doc, t("do.picture"));
        else state.history.reset(doc);
      }
      state.emit("picture");
      if (!state.viewTouched) ed.stage.fit();
    } finally {
      loading--;
      if (!signal.aborted) showBlank();
    }
  }
  ed.takePictureFile = async (file) => {
    const kept = options.loadPicture ? await options.loadPicture(file) : { ref: { filename: file.name, subfolder: "", type: "local" }, name: file.name };
    await showPicture({ ...kept, file: kept.url ? undefined : file, name: kept.name ?? file.name }, true);
  };
  let frameKey = "";
  state.on("doc", () => {
    const key = `${state.doc.size_wh} ${state.doc.fit}`;
    if (state.picture && frameKey && key !== frameKey) {
      state.picture = { ...state.picture, fitted: fittedPicture(state.picture.shown, state.picture.size_wh, state.doc) };
      state.emit("picture");
      if (!state.viewTouched) ed.stage.fit();
    }
    frameKey = key;
  });

  function destroy() {
    if (signal.aborted) return;
    closed = true;
    clearTimeout(changeTimer);
    clearTimeout(saveTimer);
    clearTimeout(hintTimer);
    player.pause();
    abort.abort();
    state.destroy();
    veil.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  }

  /** Save and close; resolves to false when the host could not save and the editor stays. */
  ed.close = async () => {
    if (closed) return true;
    ed.pointer.cancelGesture();
    player.pause();
    const final = text();
    try {
      if ((await options.onClose?.(final)) === false) return false;
    } catch (error) {
      ed.float.notice(t("save.failed", { why: error.message ?? String(error) }), { bad: true, ms: 10000 });
      return false;
    }
    if (!state.readOnly) autosave.clear();
    destroy();
    return true;
  };

  function offerAutosave() {
    const kept = autosave.read();
    if (!kept || kept.text === savedText || state.readOnly) return;
    const { document: doc } = parseDocument(kept.text);
    if (!doc || kept.text === text()) return;
    const restore = () => ed.replaceDocument(kept.text, t("do.restore"));
    if (kept.base === base) {
      restore();
      ed.float.notice(t("autosave.restored"), { action: t("undo"), run: () => state.history.undo(), ms: 9000 });
    } else ed.float.notice(t("autosave.found"), { action: t("autosave.restore"), run: restore, ms: 20000 });
  }

  if (opened.error) showFault(ed, opened);
  else offerAutosave();
  head.update();
  properties.update();
  list.render();
  ed.footer.checkNow();
  ed.footer.tip(t(`tip.${state.tool}`));
  ed.resetCursor();
  showBlank();
  ready.then(() => {
    if (signal.aborted) return;
    veil.style.visibility = "";
    ed.colors = themeColors(root);
    ed.stage.measure();
    ed.timeline.measure();
    ed.stage.invalidate("all");
    if (!veil.contains(document.activeElement)) ed.focusKeys();
  });
  if (options.picture) showPicture(options.picture, true).catch((error) => error.name !== "AbortError" && ed.float.notice(t("picture.failed", { name: options.picture.name ?? "" }), { bad: true }));

  return {
    element: veil,
    editor: ed,
    close: ed.close,
    destroy,
    setPicture: (picture) => showPicture(picture, !!picture),
    setSize({ size_wh, frames, fps, fit }) {
      const next = remapDocument(state.doc, { size_wh, frames, fps, fit });
      if (state.history.canUndo) state.apply(next, t("do.size"));
      else state.history.reset(next);
    },
    getDocumentText: text,
  };
}
