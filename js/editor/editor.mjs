// The motion editor. `openEditor` mounts it over a page; `createThumbnail` (stage/thumbnail.mjs) is the node's small view.
// This file is the wiring plan: each part is made with what it needs and gives what it offers; what comes later in the plan is handed on as a function.

import { setDocument, withinClip } from "./commands/all.mjs";
import { remapDocument } from "./motion/document/remap.mjs";
import { parseDocument } from "./motion/document/document.mjs";
import { createFavourites } from "./files/favourites.mjs";
import { createIo } from "./files/io.mjs";
import { clipOf, newDocument, readDocument, showUnread } from "./files/opening.mjs";
import { createSaving } from "./files/saving.mjs";
import { createMasks } from "./masks/masks.mjs";
import { createCameraRow } from "./panels/clip/camera_row.mjs";
import { createOffers } from "./panels/clip/offers.mjs";
import { createClip } from "./panels/clip/clip_panel.mjs";
import { createFooter } from "./panels/footer.mjs";
import { createHead, createToolbar } from "./panels/head.mjs";
import { createLayerList } from "./panels/layer_list.mjs";
import { createProperties } from "./panels/properties.mjs";
import { createMore } from "./panels/bar_buttons.mjs";
import { createSide } from "./panels/side.mjs";
import { createTakes } from "./panels/takes.mjs";
import { createTimeline } from "./panels/timeline.mjs";
import { createRecorder } from "./recording/record.mjs";
import { createBlank, createZoom } from "./stage/corner.mjs";
import { createPictureLoader } from "./stage/picture_loader.mjs";
import { createPlayer } from "./stage/player.mjs";
import { createReadout } from "./stage/readout.mjs";
import { createStage } from "./stage/stage.mjs";
import { createState } from "./state/state.mjs";
import { createActions } from "./tools/actions.mjs";
import { followHold } from "./tools/hold/follow.mjs";
import { attachEndings } from "./tools/endings.mjs";
import { attachKeyboard } from "./tools/keyboard.mjs";
import { attachPointer } from "./tools/pointer.mjs";
import { createCrosshair } from "./tools/keys/crosshair.mjs";
import { createSpoken } from "./tools/keys/spoken.mjs";
import { createToolbox } from "./tools/toolbox.mjs";
import { offerNext } from "./state/offer_undo.mjs";
import { h, isTouchScreen } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { showHelp } from "./ui/help.mjs";
import { createFloating } from "./ui/menu.mjs";
import { createStrings, reasonOf } from "./ui/strings.mjs";
import { ensureStyles } from "./ui/styles.mjs";
import { themeColors } from "./ui/theme.mjs";

export { createThumbnail } from "./stage/thumbnail.mjs";

/** @typedef {import('./options.mjs').EditorOptions} EditorOptions */
/** @typedef {import('./options.mjs').EditorHandle} EditorHandle */
/** @typedef {import('./motion/document/types.mjs').Doc} Doc */

/** @type {readonly import('./state/state.mjs').Show[]} */
const SHOWS = ["lines", "draft", "latent"];
/** As long as the words about a second press are there. */
const LEAVE_MS = 5000;

/** Open the editor. Its document is there a moment later, and so is the sight of it. @param {EditorOptions} [options] @returns {EditorHandle} */
export function openEditor(options = {}) {
  const abort = new AbortController();
  const { signal } = abort;
  const styled = ensureStyles();
  const t = createStrings(options.strings, options.locale, isTouchScreen());
  const state = createState(newDocument(options), { checks: options.checks });

  // The frame, and what floats in it.
  const frame = createFrame({ t, signal, container: options.container ?? document.body, title: options.title, full: options.full, theme: options.theme, tokens: options.tokens, floats: () => float.isOpen });
  const { root, focusKeys } = frame;
  const float = createFloating({ root, signal, focusKeys });
  let colors = themeColors(root);
  const palette = () => colors;
  const player = createPlayer({ state, signal, paint: () => stage.paintNow() });
  const { pause } = player;

  // The stage, what is held on it, and the words over it.
  const readout = createReadout({ state, t, signal, stage: () => stage, busy: () => pointer.busy, where: (words) => footer.where(words), along: (words) => timeline.along(words) });
  const stage = createStage({ state, t, float, signal, colors: palette, hover: readout.hover, paintTool, forceFlatDraft: options.forceFlatDraft, onPaint: options.onPaint });
  const toolbox = createToolbox({ state, t, signal, over: stage.over, pause, redraw: stage.invalidate, setHover: readout.setHover, hint: readout.hint, offer: (text, action, run) => offerNext({ state, float }, text, { action, run, ms: 8000 }), firstStroke: readout.firstStroke, tip: (words) => footer.tip(words), locked: options.lockedClip });
  const pointer = attachPointer({ state, signal, stage, tool: toolbox.current, focusKeys, space: { held: () => keyboard.spaceHeld, use: () => keyboard.useSpace() }, pointerAt: readout.pointerAt });
  const spoken = createSpoken({ state, t, signal, keysRest: () => document.activeElement === frame.keys });
  const crosshair = createCrosshair({ state, t, signal, stage, tool: toolbox.current, hint: readout.hint, say: spoken.say });
  const busy = () => pointer.busy || crosshair.busy;
  attachEndings({ state, page: document, window, signal });
  const zoom = createZoom({ state, t, stage });

  const hold = followHold({ state, signal });

  const offers = createOffers({ state, t, float, locked: options.lockedClip });

  // The document: opened, changed from outside, saved.
  const opened = open();
  const pictures = createPictureLoader({ state, signal, stage, opened, sizeFromPicture: options.sizeFromPicture, keep: options.loadPicture, name: (doc, picture) => setDocument(doc, { picture }), onNew: () => offers.shape(), onLoading: () => blank.update() });
  const saving = createSaving({ state, t, float, signal, opened, documentText: options.documentText ?? "", storageKey: options.storageKey, onChange: options.onChange, onAutosave: options.onAutosave, draft: options.draft ?? null, replaceDocument });
  const recorder = createRecorder({ state, t, float, signal, askServer: options.askServer, pause, tip: (words) => footer.tip(words) });
  const masks = createMasks({ state, t, float, signal });
  const io = createIo({ state, t, float, root, signal, fixedClip: options.fixedClip, askServer: options.askServer, recorder, masks, takePicture: pictures.takeFile, replaceDocument, tip: (words) => footer.tip(words) });
  const blank = createBlank({ state, t, signal, note: options.pictureHint, loading: pictures.loading, receive: io.receive });

  // What keys and buttons do.
  const actions = createActions({
    state, t, float, pause, tool: toolbox.current, setTool: toolbox.take, crosshair, busy, fit: stage.fit, zoomBy: zoom.by, cycleShow, showHelp: () => showHelp({ t, float, byKeys: true }),
    leave, receive: (files) => void io.receive(files), receiveText: (text) => void io.receiveText(text), tip: (words) => footer.tip(words),
  });
  const keyboard = attachKeyboard({ root, keys: frame.keys, signal, actions, focusKeys, closeFloat: float.close, jump: crosshair.tab, busy, setCursor: toolbox.setCursor, resetCursor: toolbox.resetCursor, togglePlay: player.toggle });

  // Around the stage.
  const footer = createFooter({ state, t, float, signal, focusKeys, locale: options.locale });
  const timeline = createTimeline({ state, t, root, signal, colors: palette, focusKeys, togglePlay: player.toggle, pause, zoom: zoom.element, tag: readout.tag });
  const list = createLayerList({ state, t, signal, focusKeys });
  const properties = createProperties({ state, t, signal, colors: palette, favourites: createFavourites({ kept: options.motions, signal }), duplicate: actions.duplicate });
  const takes = options.takes ? createTakes({ provider: options.takes, t, locale: options.locale, float, signal, replaceDocument, state }) : null;
  const side = createSide({ t, list, camera: createCameraRow({ state, t, focusKeys }).element, properties, takes, more: createMore({ state, t, float, exportMenu: io.exportMenu }) });
  const clip = createClip({ state, t, float, crop: () => { float.hush(); toolbox.crop(); focusKeys(); }, locked: options.lockedClip });
  const head = createHead({ state, t, float, title: options.title, clip: clip.elements, undo: actions.undo, redo: actions.redo, exportMenu: io.exportMenu, toggleSide: side.toggle, close: () => void close(), focusKeys });
  const toolbar = createToolbar({ state, t, float, setTool: toolbox.take, focusKeys });
  // The keys' place is the stage's own: what Tab finds there.
  stage.element.prepend(frame.keys);
  stage.element.append(h("div", { class: "wme-ring" }), h("p", { class: "wme-sr", id: "wme-how", text: t("keys.how") }), spoken.element, ...readout.elements, ...toolbox.elements, blank.element, io.veil);
  root.append(head.element, h("div", { class: "wme-body" }, [toolbar.element, stage.element, side.element]), timeline.element, footer.element);

  state.on("fault", ({ error }) => {
    console.error(error);
    float.notice(t("gesture.failed", { why: reasonOf(error, t) }), { bad: true, ms: 8000 });
  });

  async function open() {
    const { doc, unread, carried } = await readDocument(options);
    if (signal.aborted) return;
    state.readOnly = unread !== null;
    state.load(doc);
    if (carried) {
      hold.owe();
      offerCut(carried, state.doc);
    }
    if (unread) showUnread({ root, t, startAnew }, unread);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {import('./motion/document/types.mjs').View} view */
  function paintTool(ctx, view) {
    toolbox.current().paint?.(ctx, view);
    crosshair.paint(ctx, view);
  }

  /** Instead of a document that could not be read. */
  function startAnew() {
    state.readOnly = false;
    state.load(state.doc);
    focusKeys();
  }

  /** Where the motion lies past the clip's end now, the person is asked. @param {Doc} before @param {Doc} after */
  function offerCut(before, { size_wh, frames, fps, fit }) {
    const clip = { size_wh, frames, fps, fit };
    const whole = remapDocument(before, clip);
    if (withinClip(whole) !== whole) offers.cut(before, clip);
  }

  // A host that keeps the clip itself is told once, whatever changed it; not of what it said.
  let toldClip = "";
  const clipKey = (/** @type {Doc} */ { size_wh, frames, fps, fit }) => `${size_wh} ${frames} ${fps} ${fit}`;
  state.on("doc", ({ kind, reason }) => {
    const { size_wh, frames, fps, fit } = state.doc;
    const key = clipKey(state.doc);
    if (kind === "held" || key === toldClip) return;
    const first = reason === "reset";
    toldClip = key;
    if (!first && !state.readOnly) options.onClip?.({ size_wh, frames, fps, fit });
  });

  /** @param {import('./options.mjs').Clip} clip */
  function takeClip(clip) {
    const before = state.doc;
    toldClip = clipKey({ ...before, ...clipOf(clip) });
    state.arrive((doc) => withinClip(remapDocument(doc, clip)));
    offerCut(before, state.doc);
  }

  /** Another drawing in place of this one: one step, over this one's picture, and in this one's clip unless it may bring its own. @param {string} text @param {string} label @param {boolean} [ownClip] */
  async function replaceDocument(text, label, ownClip = false) {
    const { document: doc, error } = await parseDocument(text);
    if (signal.aborted) return false;
    if (!doc) {
      float.notice(t("document.unreadable", { why: t.fault(error ?? "") }), { bad: true, ms: 8000 });
      return false;
    }
    const { size_wh, frames, fps, fit, picture, crop = null } = state.doc;
    const next = ownClip && !options.fixedClip ? doc : withinClip(remapDocument(doc, { size_wh, frames, fps, fit, crop }));
    return state.apply({ ...next, picture }, label);
  }

  function cycleShow() {
    state.set("ui", { show: SHOWS[(SHOWS.indexOf(state.show) + 1) % SHOWS.length] });
  }

  /** Asked again while it closes (a second press of Done): one and the same end. @type {Promise<boolean>|null} */
  let closing = null;
  /** @type {EditorHandle["close"]} */
  function close() {
    closing ??= saveAndClose().finally(() => (closing = null));
    return closing;
  }

  let asked = -Infinity;
  /** Escape with nothing to let go of. A page of its own is not left by a key; over a host, the second press does it. */
  function leave() {
    if (options.full) return;
    const now = performance.now();
    if (state.readOnly || now - asked < LEAVE_MS) return void close();
    asked = now;
    readout.hint("hint.leave");
  }

  async function saveAndClose() {
    if (signal.aborted) return true;
    pause();
    try {
      /** @type {import('./motion/document/types.mjs').Doc|null} */
      let told = null;
      // Saving takes a moment where the host is slow: what is drawn in it is saved too.
      while (told !== state.doc) {
        const text = await finalText();
        // Destroyed meanwhile, which saves nothing.
        if (signal.aborted) return true;
        told = state.doc;
        if ((await options.onClose?.(text)) === false) return false;
        if (signal.aborted) return true;
        await letGo();
      }
    } catch (error) {
      float.notice(t("save.failed", { why: reasonOf(error, t) }), { bad: true, ms: 10000 });
      return false;
    }
    if (!state.readOnly) saving.done();
    destroy();
    options.onClosed?.();
    return true;
  }

  /** A drag that began while the drawing was saved goes on to its end. */
  async function letGo() {
    while (state.gesture && !signal.aborted) await new Promise((done) => setTimeout(done, 30));
  }

  /** A text takes a moment where tracks are packed: what is drawn in that moment is in it too, but nothing that is still held. */
  async function finalText() {
    for (;;) {
      state.cancelGesture();
      const { doc } = state;
      const text = await saving.text();
      if (doc === state.doc) return text;
    }
  }

  function destroy() {
    if (signal.aborted) return;
    pause();
    abort.abort();
    state.destroy();
    frame.remove();
  }

  const restored = opened.then(async () => {
    if (signal.aborted) return;
    footer.checkNow();
    await saving.offerKept();
  });
  Promise.all([styled, restored]).then(() => {
    if (signal.aborted) return;
    colors = themeColors(root);
    stage.measure();
    timeline.measure();
    stage.invalidate("all");
    frame.show();
    // Where the steps do not stand beside the stage, the first of them is said over it.
    if (isTouchScreen() && state.picture && !state.doc.layers.length) readout.hint("first.thing");
  });
  head.update();
  properties.update();
  list.render();
  footer.tip(t(`tip.${state.tool}`));
  toolbox.resetCursor();
  blank.update();
  const { picture } = options;
  const shown = picture ? pictures.show(picture, true).catch((error) => error.name !== "AbortError" && float.notice(t("picture.failed", { name: picture.name ?? "" }), { bad: true })) : Promise.resolve();
  const giveMasks = async (/** @type {readonly import('./masks/masks.mjs').MaskSource[]} */ given) => {
    await Promise.all([shown, restored]);
    await masks.give(given);
  };
  if (options.masks?.length) void giveMasks(options.masks);

  return {
    element: frame.veil,
    editor: { state, stage, signal, setTool: toolbox.take },
    close,
    destroy,
    forget: saving.done,
    setPicture: (source) => pictures.show(source, !!source),
    setMasks: giveMasks,
    setSize(clip) {
      opened.then(() => !signal.aborted && takeClip(clip));
    },
    getDocumentText: saving.text,
    told: saving.told,
  };
}
