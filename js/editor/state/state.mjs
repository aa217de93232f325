// What the editor knows at a moment: the document with its history, the selection, the playhead and how the stage is shown.
// Parts subscribe by topic.

import { createGestures } from "./gesture.mjs";
import { createHistory, kindOf } from "./history.mjs";
import { layersOf, pickedFrom, prunedSelection } from "./selection.mjs";
import { createSampler } from "../motion/evaluation/evaluate.mjs";
import { layerById } from "../motion/document/document.mjs";
import { createView } from "../geometry/view.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../motion/document/types.mjs').Issue} Issue */
/** @typedef {import('../motion/checks/picture.mjs').Thing} Thing */
/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('./selection.mjs').Picked} Picked */
/** @typedef {import('./history.mjs').Change} Change */
/** @typedef {import('./gesture.mjs').Gesture} Gesture */
/** @typedef {import('./gesture.mjs').GestureOptions} GestureOptions */
/** @typedef {ReturnType<ReturnType<typeof createSampler>["sample"]>} SampledNow */
/** @typedef {"thing"|"select"|"drag"|"pen"|"region"|"anchor"|"camera"|"crop"} ToolId the crop is a mode: no button of the rail takes it */
/** @typedef {"lines"|"draft"|"latent"} Show */
/** @typedef {{shown: HTMLCanvasElement, fitted: HTMLCanvasElement, size_wh: XY, name: string}} ShownPicture the picture as the pasteboard shows it, and cropped as the model sees it */
/** @typedef {{error: unknown, label: string}} Fault what a gesture's change threw; the gesture is undone already */

/**
 * What is told with each topic.
 * @typedef {object} Topics
 * @property {Change} doc the document changed; during a gesture at every update
 * @property {void} selection
 * @property {void} frame the playhead moved
 * @property {void} play
 * @property {void} tool
 * @property {void} view
 * @property {void} ui how things are shown and drawn
 * @property {void} picture
 * @property {void} issues
 * @property {void} things
 * @property {Fault} fault
 */
/**
 * Fields that are set together with the topic that tells of them.
 * @typedef {object} Fields
 * @property {{show: Show, overlays: boolean, grid: boolean, snap: boolean, loop: boolean, brush: number, regionMode: "lasso"|"brush", strokeLength: "clip"|"hand", folded: ReadonlySet<string>}} ui
 * @property {{view: View, viewTouched: boolean}} view
 * @property {{tool: ToolId}} tool
 * @property {{playing: boolean}} play
 * @property {{picture: ShownPicture|null}} picture
 * @property {{issues: Issue[]}} issues
 * @property {{found: {doc: Doc, things: Thing[]}|null}} things
 */
/** @typedef {ReturnType<typeof createState>} EditorState */

/**
 * @param {Doc} doc
 * @param {{checks?: import('../motion/checks/rule.mjs').Rule[]}} [options] checks: the host's rules
 */
export function createState(doc, options = {}) {
  /** @type {{[K in keyof Topics]?: Set<(payload: Topics[K]) => void>}} */
  const listeners = {};
  const history = createHistory(doc);
  const gestures = createGestures(history, { onSelection: tellSelection, onFault: (error, label) => state.fault(error, label) });
  const sampler = createSampler();
  /** @type {{doc: Doc, tracks: SampledNow}|null} */
  let sampled = null;
  let told = history.selection;

  const state = {
    checks: options.checks,
    /** @type {ToolId} */
    tool: "thing",
    frame: 0,
    playing: false,
    loop: true,
    /** @type {Show} */
    show: "draft",
    /** Whether what is drawn lies over the picture. */
    overlays: true,
    grid: false,
    snap: false,
    view: createView(100, 100),
    /** Whether a person moved the view, so that a resize keeps it. */
    viewTouched: false,
    /** @type {ShownPicture|null} */
    picture: null,
    /** @type {Issue[]} */
    issues: [],
    /** What moves in the picture, as the draft cut it, and the document of which that is true. @type {{doc: Doc, things: Thing[]}|null} */
    found: null,
    /** Radius in document px. */
    brush: 32,
    /** @type {"lasso"|"brush"} */
    regionMode: "lasso",
    /** Whether a freehand path lasts the whole clip (its rhythm is the hand's) or as long as the hand took. @type {"clip"|"hand"} */
    strokeLength: "clip",
    /** Names of groups whose layers are not listed, neither in the list nor in the timeline. @type {ReadonlySet<string>} */
    folded: new Set(),
    /** A document that could not be read is shown and not replaced. */
    readOnly: false,

    /** @type {Readonly<Pick<import('./history.mjs').History, "canUndo"|"canRedo"|"inGesture"|"undoLabel"|"redoLabel">>} */
    history,
    get doc() {
      return history.doc;
    },
    get selection() {
      return history.selection;
    },
    get cameraPicked() {
      return history.selection.camera;
    },
    /** Tracks of the current document; re-sampled only where layers changed. */
    get sampled() {
      if (sampled?.doc !== history.doc) sampled = { doc: history.doc, tracks: sampler.sample(history.doc) };
      return sampled.tracks;
    },

    /** What the draft found for the document of now; nothing where it is not done yet, or there is no picture. @returns {Thing[]} */
    get things() {
      return state.found?.doc === history.doc && state.picture ? state.found.things : [];
    },

    /** @template {keyof Topics} K @param {K} topic @param {(payload: Topics[K]) => void} listener @returns {() => void} what ends it */
    on(topic, listener) {
      const set = /** @type {Set<(payload: Topics[K]) => void>} */ (listeners[topic] ?? new Set());
      Object.assign(listeners, { [topic]: set });
      set.add(listener);
      return () => void set.delete(listener);
    },
    /** @template {keyof Topics} K @param {K} topic @param {Topics[K]} payload */
    emit(topic, payload) {
      for (const listener of [...(listeners[topic] ?? [])]) listener(payload);
    },
    /** Change plain fields and tell who listens to their topic. @template {keyof Fields} K @param {K} topic @param {Partial<Fields[K]>} fields */
    set(topic, fields) {
      Object.assign(state, fields);
      state.emit(/** @type {keyof Fields} */ (topic), undefined);
    },

    /** Pick layers and points. Where that is nothing, a picked camera stays unless `camera` says otherwise. @param {Partial<Picked>} selection */
    select(selection) {
      history.select(pickedFrom(selection, history.selection.camera));
      tellSelection();
    },
    /** @param {string[]} ids */
    selectLayers(ids) {
      state.select({ layers: ids });
    },
    /** Nothing but the camera. */
    pickCamera() {
      state.select({ camera: true });
    },
    /** Nothing at all. */
    deselect() {
      state.select({ camera: false });
    },
    /** Ids of layers concerned by the selection, wholly or by a point. */
    activeIds: () => layersOf(history.selection),
    /** The one layer that the properties panel is about, or null. @returns {Layer|null} */
    single() {
      const ids = [...state.activeIds()];
      return ids.length === 1 ? layerById(history.doc, ids[0]) : null;
    },
    /** @param {number} frame */
    setFrame(frame) {
      const bounded = Math.max(0, Math.min(history.doc.frames - 1, frame));
      if (bounded === state.frame) return;
      state.frame = bounded;
      state.emit("frame", undefined);
    },

    /** One undoable step; what is held is let go first. False: nothing changed. @param {Doc} next @param {string} label @param {Partial<Picked>} [after] what is picked with it @returns {boolean} */
    apply(next, label, after) {
      if (state.readOnly || next === history.doc) return false;
      gestures.settle();
      return history.apply(next, label, after && pickedFrom(after, history.selection.camera));
    },
    /** What follows from the last step a moment later: one step with it. False: nothing changed, or something is held. @param {Doc} next */
    amend: (next) => !state.readOnly && !gestures.open && history.amend(next),
    /** Hold something: see gesture.mjs. @param {GestureOptions} [options] @returns {Gesture} */
    begin: (options) => gestures.begin(options),
    /** What is held, if anything. */
    get gesture() {
      return gestures.open;
    },
    /** Whatever is held ends, undone. False: nothing was. */
    cancelGesture: () => gestures.cancel(),
    /** What is held ends, undone, and the person is told why. @param {unknown} error @param {string} [label] */
    fault(error, label = "") {
      gestures.cancel();
      state.emit("fault", { error, label });
    },
    /** The document that undo brought back; null where there is no step. */
    undo() {
      gestures.cancel();
      return history.undo();
    },
    redo() {
      gestures.cancel();
      return history.redo();
    },
    /** Another document was loaded: nothing of the one before can be undone. @param {Doc} next */
    load(next) {
      gestures.cancel();
      history.reset(next);
    },
    /** The host's size, a picture that arrives: never undone, and true of what undo and redo bring back as well. @param {(doc: Doc) => Doc} change */
    arrive(change) {
      gestures.cancel();
      history.arrive(change);
    },
    destroy() {
      gestures.cancel();
      for (const topic of /** @type {(keyof Topics)[]} */ (Object.keys(listeners))) listeners[topic]?.clear();
    },
  };

  /** Once for each selection, whatever brought it. */
  function tellSelection() {
    if (told === history.selection) return;
    told = history.selection;
    state.emit("selection", undefined);
  }

  history.subscribe((next, reason) => {
    // After an undo or a delete the selection may name what is no longer there.
    history.select(prunedSelection(history.selection, next));
    tellSelection();
    if (state.frame > next.frames - 1) state.setFrame(next.frames - 1);
    state.emit("doc", { reason, kind: kindOf(reason) });
  });
  return state;
}

/** The frame whose key a gesture on a region or the camera sets: the playhead, or the last key (else the clip's end) when it rests at 0. @param {Pick<EditorState, "frame"|"doc">} state @param {readonly {frame: number}[]} keys */
export function targetFrame(state, keys) {
  if (state.frame > 0) return Math.round(state.frame);
  const last = keys.length ? keys[keys.length - 1].frame : 0;
  return last > 0 ? last : state.doc.frames - 1;
}
