// The stage: picture and pasteboard below, the draft between, tracks above. Unselected tracks live in an offscreen layer that is
// rebuilt when they change or the zoom rests; while panning and zooming that layer is only moved.

import { context2d, h, pixelRatio, sizeCanvas } from "../ui/dom.mjs";
import { paintBase, within } from "./base_paint.mjs";
import { createDraftView } from "./draft_view.mjs";
import { paintActive, paintPassive } from "./layers_paint.mjs";
import { cameraLabel, paintCamera } from "./camera_paint.mjs";
import { paintGhosts, paintGrid, paintHeads, paintLatent, paintPoints, paintRegionHandles, paintSelectionHandles } from "./overlay_paint.mjs";
import { fitView, resizeView } from "../geometry/view.mjs";
import { safeColor } from "../palette.mjs";
import { targetFrame } from "../state/state.mjs";
import { cameraAffine, isStill } from "../motion/evaluation/camera.mjs";
import { invert } from "../geometry/affine.mjs";
import { looksAtScene, onStage, shownAffine } from "./scene_view.mjs";

const REST_MS = 90;
/** Extra border of the cached layer, as a part of the stage's sides, so that a pan shows tracks before the rebuild. */
const MARGIN = 0.2;

/** @typedef {import('../motion/document/types.mjs').Hit} Hit */
/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {"base"|"layers"|"over"|"all"} Part what is to be drawn anew; everything above is drawn with it */
/** @typedef {{paint: number, rebuild: number}} Timing ms of the last paint, and of the last rebuild of the cached layer */
/**
 * @typedef {object} StageNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 * @property {() => import('../ui/theme.mjs').ThemeColors} colors
 * @property {() => Hit|null} hover what the pointer is over
 * @property {(ctx: CanvasRenderingContext2D, view: View) => void} paintTool what the current tool draws above everything
 * @property {boolean} [forceFlatDraft] draw the draft without WebGL
 * @property {(timing: Timing) => void} [onPaint]
 */
/**
 * @typedef {object} Stage
 * @property {HTMLElement} element
 * @property {HTMLCanvasElement} over the uppermost canvas: the pointer's
 * @property {Timing} timing
 * @property {number} ratio backing px per CSS px
 * @property {string|null} draftKind how the draft is drawn; null before the first
 * @property {(part?: Part) => void} invalidate
 * @property {() => void} paintNow
 * @property {() => void} measure take the element's size
 * @property {() => void} fit show the whole frame
 * @property {(view: View) => void} setView move or zoom by a person's act: later resizes keep it
 */

/** @param {StageNeeds} needs @returns {Stage} */
export function createStage({ state, t, float, signal, colors, hover, paintTool, forceFlatDraft, onPaint }) {
  const base = h("canvas", { class: "wme-base" });
  const warped = h("canvas", { class: "wme-draft" });
  const over = h("canvas", { class: "wme-over", role: "img", "aria-label": t("stage") });
  const element = h("div", { class: "wme-stage" }, [base, warped, over]);
  const layer = document.createElement("canvas");
  const layerCtx = context2d(layer);
  const baseCtx = context2d(base, { alpha: false });
  const overCtx = context2d(over);
  /** The offscreen layer: the view that it was drawn for (null: not yet), and whether its tracks changed. @type {{view: View|null, stale: boolean}} */
  const cached = { view: null, stale: true };
  const timing = { paint: 0, rebuild: 0 };
  const draft = createDraftView({ state, canvas: warped, signal, forceFlat: forceFlatDraft, onFailed: (error) => float.notice(t("draft.failed", { why: error.message }), { bad: true }) });
  let request = 0;
  let dirtyBase = true;
  let dirtyOver = true;
  let restTimer = 0;
  let ratio = pixelRatio();

  const schedule = () => {
    if (!request && !signal.aborted) request = requestAnimationFrame(paint);
  };
  const invalidate = (/** @type {Part} */ what = "over") => {
    if (what === "base" || what === "all") dirtyBase = true;
    if (what === "layers" || what === "all") cached.stale = true;
    dirtyOver = true;
    schedule();
  };

  function measure() {
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || !height) return;
    ratio = pixelRatio();
    const first = !state.viewTouched;
    const next = first ? fitView({ ...state.view, width, height }, state.doc.size_wh, fitMargin(width, height)) : resizeView(state.view, width, height);
    for (const canvas of [base, warped, over]) sizeCanvas(canvas, width, height, ratio);
    sizeCanvas(layer, width * (1 + 2 * MARGIN), height * (1 + 2 * MARGIN), ratio);
    cached.view = null;
    state.set("view", { view: next });
    paintNow();
  }

  /** A region hides what lies under it less by its outline alone; its points are shown with the lines. */
  const showsDots = () => state.show === "lines" || !state.picture;

  function rebuild() {
    const start = performance.now();
    const { view, doc } = state;
    const shifted = { ...view, x: view.x + view.width * MARGIN, y: view.y + view.height * MARGIN };
    layerCtx.setTransform(1, 0, 0, 1, 0, 0);
    layerCtx.clearRect(0, 0, layer.width, layer.height);
    layerCtx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintPassive(layerCtx, doc, state.sampled, shifted, state.activeIds(), showsDots(), inScene);
    cached.view = view;
    cached.stale = false;
    timing.rebuild = performance.now() - start;
  }

  /** @param {View} drawn the view that the layer was drawn for */
  function placeLayer(drawn) {
    const { view } = state;
    const zoom = view.scale / drawn.scale;
    const x = view.x - (drawn.x + view.width * MARGIN) * zoom;
    const y = view.y - (drawn.y + view.height * MARGIN) * zoom;
    overCtx.drawImage(layer, x, y, (layer.width / ratio) * zoom, (layer.height / ratio) * zoom);
  }

  function paintOver() {
    const { view, doc, sampled } = state;
    const ids = state.activeIds();
    overCtx.setTransform(ratio, 0, 0, ratio, 0, 0);
    overCtx.clearRect(0, 0, view.width, view.height);
    const camera = shownAffine(state);
    // Drawings lie in the scene, what is pinned lies on the screen; heads and ghosts are where the camera shows them already.
    const asScene = (/** @type {() => void} */ draw) => within(overCtx, camera && onStage(view, camera), draw);
    const pins = doc.layers.some(onScreen);
    if (state.grid || state.show === "latent") paintGrid(overCtx, doc, view);
    // What is watched is watched bare: nothing lies over the moving picture.
    const bare = !state.overlays || (state.playing && state.show === "draft" && !!state.picture);
    if (state.show === "latent") {
      paintLatent(overCtx, state, view);
    } else if (!bare) {
      // A layer that is only elsewhere is moved; one whose tracks changed is rebuilt at once.
      if (cached.stale || !cached.view) rebuild();
      asScene(() => {
        placeLayer(cached.view ?? view);
        paintActive(overCtx, doc, sampled, view, ids, showsDots(), inScene);
      });
      if (pins) for (const paint of [paintPassive, paintActive]) paint(overCtx, doc, sampled, view, ids, showsDots(), onScreen);
      const still = looksAtScene(state);
      if (!state.playing && !still && state.frame > 0) paintGhosts(overCtx, state, view, ids.size || doc.layers.length > 24 ? ids : new Set(doc.layers.map((l) => l.id)), showsDots());
      const back = still && !isStill(doc) ? onStage(view, invert(cameraAffine(doc, Math.round(state.frame)))) : null;
      within(overCtx, back, () => paintHeads(overCtx, state, view, !state.playing, showsDots()));
    }
    // The camera's tool takes hold of its frame alone: no handle is shown that it would not take.
    const byCamera = state.tool === "camera";
    const handles = (/** @type {(layer: Layer) => boolean} */ takes) => {
      if (!state.playing && !byCamera) paintPoints(overCtx, state, view, hover(), takes);
      const single = state.playing ? null : state.single();
      if (single?.type === "region" && single.visible !== false && takes(single) && !byCamera) paintRegionHandles(overCtx, doc, view, single, targetFrame(state, single.keys), safeColor(single.color, "#6699ff"));
    };
    if (!bare) asScene(() => handles(inScene));
    if (!bare && pins) handles(onScreen);
    if (!bare && !state.playing && !byCamera) paintSelectionHandles(overCtx, state, view);
    if (looksAtScene(state)) {
      const frame = targetFrame(state, doc.camera?.keys ?? []);
      paintCamera(overCtx, doc, view, frame, `${t("camera.frame", { frame })} · ${cameraLabel(doc, frame)}`);
    }
    asScene(() => paintTool(overCtx, view));
  }

  function paintNow() {
    if (request) cancelAnimationFrame(request);
    paint();
  }

  function paint() {
    request = 0;
    if (signal.aborted || !state.view.width || !over.width) return;
    const start = performance.now();
    if (dirtyBase) {
      baseCtx.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintBase(baseCtx, state, colors());
    }
    dirtyBase = false;
    if (draft.paint(ratio)) schedule();
    if (dirtyOver) paintOver();
    dirtyOver = false;
    timing.paint = performance.now() - start;
    onPaint?.(timing);
  }

  /** After the view rests, tracks are drawn sharp again at the new zoom. */
  function viewMoved() {
    clearTimeout(restTimer);
    restTimer = setTimeout(() => {
      if (signal.aborted || !cached.view) return;
      if (cached.view !== state.view) invalidate("layers");
    }, REST_MS);
    invalidate("base");
  }

  let activeKey = "";
  const selectionMoved = () => {
    const key = [...state.activeIds()].join(" ");
    if (key !== activeKey) invalidate("layers");
    else invalidate();
    activeKey = key;
  };

  /** The layers' objects that the cache shows; equal ones need no rebuild after an edit of the active layers. */
  let shownLayers = /** @type {Layer[]} */ ([]);
  let shownFrameKey = "";
  const documentMoved = () => {
    const ids = state.activeIds();
    const passive = state.doc.layers.filter((entry) => !ids.has(entry.id));
    const key = `${state.doc.size_wh} ${state.doc.frames} ${state.doc.fps}`;
    const same = key === shownFrameKey && passive.length === shownLayers.length && passive.every((entry, i) => entry === shownLayers[i]);
    shownLayers = passive;
    if (key !== shownFrameKey) invalidate("base");
    shownFrameKey = key;
    invalidate(same ? "over" : "layers");
  };

  state.on("doc", documentMoved);
  state.on("selection", selectionMoved);
  // With a camera that moves, the picture below goes along.
  const moved = () => invalidate(isStill(state.doc) ? "over" : "base");
  state.on("frame", moved);
  state.on("play", moved);
  state.on("tool", moved);
  state.on("view", viewMoved);
  state.on("ui", () => invalidate("all"));
  state.on("picture", () => invalidate("all"));
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(request);
    clearTimeout(restTimer);
  });

  return {
    element, over, timing, invalidate, paintNow, measure,
    get ratio() {
      return ratio;
    },
    get draftKind() {
      return draft.kind;
    },
    fit() {
      state.set("view", { viewTouched: false, view: fitView(state.view, state.doc.size_wh, fitMargin(state.view.width, state.view.height)) });
    },
    setView(view) {
      state.set("view", { viewTouched: true, view });
    },
  };
}

const onScreen = (/** @type {Layer} */ layer) => layer.pinned === true;
const inScene = (/** @type {Layer} */ layer) => !layer.pinned;

/** Room for handles around the frame, less of it where the screen gives little. @param {number} width CSS px @param {number} height */
const fitMargin = (width, height) => Math.max(10, Math.min(44, Math.round(Math.min(width, height) * 0.045)));
