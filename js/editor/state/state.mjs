// What the editor knows at a moment: the document with its history, the selection, the playhead and how the stage is shown.
// Parts subscribe by topic; nothing here touches the DOM.

import { createHistory } from "./history.mjs";
import { createSampler } from "../motion/evaluation/evaluate.mjs";
import { layerById } from "../motion/document/document.mjs";
import { createView } from "../geometry/view.mjs";

/** @typedef {"doc"|"selection"|"frame"|"tool"|"view"|"ui"|"picture"|"issues"|"play"} Topic */

/** @returns {import('../motion/document/types.mjs').Selection} */
export const noSelection = () => ({ layers: [], points: [] });

/**
 * @param {import('../motion/document/types.mjs').Doc} doc
 * @param {{checks?: any[]}} [options]
 */
export function createState(doc, options = {}) {
  /** @type {Map<string, Set<Function>>} */
  const listeners = new Map();
  const history = createHistory(doc);
  const sampler = createSampler();
  let sampledDoc = null;
  let sampled = null;

  const state = {
    history,
    checks: options.checks,
    tool: "drag",
    /** @type {import('../motion/document/types.mjs').Selection} */
    selection: noSelection(),
    cameraPicked: false,
    frame: 0,
    playing: false,
    loop: true,
    show: "draft",
    grid: false,
    snap: false,
    view: createView(100, 100),
    viewTouched: false,
    /** @type {null | {shown: HTMLCanvasElement, fitted: HTMLCanvasElement, size_wh: [number, number], name: string}} */
    picture: null,
    issues: /** @type {import('../motion/document/types.mjs').Issue[]} */ ([]),
    brush: 32,
    regionMode: "lasso",
    /** Whether a freehand path lasts the whole clip (its rhythm is the hand's) or as long as the hand took. */
    strokeLength: "clip",
    readOnly: false,

    get doc() {
      return history.doc;
    },
    /** Tracks of the current document; re-sampled only where layers changed. */
    get sampled() {
      if (sampledDoc !== history.doc) {
        sampled = sampler.sample(history.doc);
        sampledDoc = history.doc;
      }
      return sampled;
    },
    on(topic, listener) {
      if (!listeners.has(topic)) listeners.set(topic, new Set());
      listeners.get(topic).add(listener);
      return () => listeners.get(topic)?.delete(listener);
    },
    emit(topic, detail) {
      for (const listener of [...(listeners.get(topic) ?? [])]) listener(detail);
    },
    /** Change plain fields and tell who listens to `topic`. */
    set(topic, fields) {
      Object.assign(state, fields);
      state.emit(topic, fields);
    },
    select(selection) {
      const next = { layers: [...new Set(selection.layers ?? [])], points: selection.points ?? [] };
      state.selection = next;
      if (next.layers.length || next.points.length) state.cameraPicked = false;
      state.emit("selection");
    },
    selectLayers(ids) {
      state.select({ layers: ids, points: [] });
    },
    /** Ids of layers concerned by the selection, wholly or by a point. */
    activeIds() {
      const ids = new Set(state.selection.layers);
      for (const point of state.selection.points) ids.add(point.layer);
      return ids;
    },
    /** The one layer that the properties panel is about, or null. */
    single() {
      const ids = [...state.activeIds()];
      return ids.length === 1 ? layerById(history.doc, ids[0]) : null;
    },
    setFrame(frame) {
      const bounded = Math.max(0, Math.min(history.doc.frames - 1, frame));
      if (bounded === state.frame) return;
      state.frame = bounded;
      state.emit("frame");
    },
    /** One undoable step. Errors of the pure edits (RangeError) are told, not thrown at the event loop. */
    apply(next, label) {
      if (state.readOnly || next === history.doc) return false;
      return history.apply(next, label);
    },
    destroy() {
      listeners.clear();
    },
  };

  history.subscribe((next, reason) => {
    pruneSelection(state, next);
    if (state.frame > next.frames - 1) state.setFrame(next.frames - 1);
    state.emit("doc", reason);
  });
  return state;
}

// After undo or a delete the selection may name what is no longer there.
function pruneSelection(state, doc) {
  const { layers, points } = state.selection;
  if (!layers.length && !points.length) return;
  const byId = new Map(doc.layers.map((layer) => [layer.id, layer]));
  const keptLayers = layers.filter((id) => byId.has(id));
  const keptPoints = points.filter((ref) => ref.index < (byId.get(ref.layer)?.points?.length ?? 0));
  if (keptLayers.length !== layers.length || keptPoints.length !== points.length) {
    state.selection = { layers: keptLayers, points: keptPoints };
    state.emit("selection");
  }
}

/** The frame whose key a gesture on a region or the camera sets: the playhead, or the last key (else the clip's end) when it rests at 0. */
export function targetFrame(state, keys) {
  if (state.frame > 0) return Math.round(state.frame);
  const last = keys.length ? keys[keys.length - 1].frame : 0;
  return last > 0 ? last : state.doc.frames - 1;
}
