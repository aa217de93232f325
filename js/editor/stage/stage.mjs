// The stage: picture and pasteboard below, the draft between, tracks above. Unselected tracks live in an offscreen layer that is
// rebuilt when they change or the zoom rests; while panning and zooming that layer is only moved.

import { h, pixelRatio, sizeCanvas } from "../ui/dom.mjs";
import { pictureFit } from "./picture.mjs";
import { createDraft } from "../draft/preview.mjs";
import { paintActive, paintPassive } from "./layers_paint.mjs";
import { cameraLabel, paintCamera, paintGhosts, paintGrid, paintHeads, paintLatent, paintPoints, paintRegionHandles } from "./overlay_paint.mjs";
import { fitView, resizeView } from "../geometry/view.mjs";
import { safeColor } from "../palette.mjs";
import { targetFrame } from "../state/state.mjs";
import { cameraAffine, isStill } from "../motion/evaluation/camera.mjs";
import { invert } from "../geometry/affine.mjs";
import { looksAtScene, onStage, shownAffine } from "./scene_view.mjs";

const REST_MS = 90;
/** Extra border of the cached layer, as a part of the stage's sides, so that a pan shows tracks before the rebuild. */
const MARGIN = 0.2;

/** @param {any} ed the editor's context: {state, colors, signal} */
export function createStage(ed) {
  const { state } = ed;
  const base = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "wme-base" }));
  const warped = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "wme-draft" }));
  const over = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "wme-over", role: "img", "aria-label": ed.t("stage") }));
  const element = h("div", { class: "wme-stage" }, [base, warped, over]);
  const layer = document.createElement("canvas");
  const layerCtx = layer.getContext("2d");
  const baseCtx = base.getContext("2d", { alpha: false });
  const overCtx = over.getContext("2d");
  const cached = { valid: false, view: null, stale: true };
  const timing = { paint: 0, rebuild: 0 };
  let draft = null;
  let draftPicture = null;
  let request = 0;
  let dirtyBase = true;
  let dirtyOver = true;
  let restTimer = 0;
  let ratio = pixelRatio();
  /** What the current tool draws above everything, and what the pointer is over. */
  const extra = { paint: null, hover: null };

  const schedule = () => {
    if (!request && !ed.signal.aborted) request = requestAnimationFrame(paint);
  };
  const invalidate = (what = "over") => {
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
    const next = first ? fitView({ ...state.view, width, height }, state.doc.size_wh, fitMargin(width)) : resizeView(state.view, width, height);
    for (const canvas of [base, warped, over]) sizeCanvas(canvas, width, height, ratio);
    sizeCanvas(layer, width * (1 + 2 * MARGIN), height * (1 + 2 * MARGIN), ratio);
    cached.stale = true;
    cached.valid = false;
    state.set("view", { view: next });
    paintNow();
  }

  function rebuild() {
    const start = performance.now();
    const { view, doc } = state;
    const shifted = { ...view, x: view.x + view.width * MARGIN, y: view.y + view.height * MARGIN };
    layerCtx.setTransform(1, 0, 0, 1, 0, 0);
    layerCtx.clearRect(0, 0, layer.width, layer.height);
    layerCtx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintPassive(layerCtx, doc, state.sampled, shifted, state.activeIds());
    cached.view = view;
    cached.valid = true;
    cached.stale = false;
    timing.rebuild = performance.now() - start;
  }

  function placeLayer() {
    const { view } = state;
    const zoom = view.scale / cached.view.scale;
    const x = view.x - (cached.view.x + view.width * MARGIN) * zoom;
    const y = view.y - (cached.view.y + view.height * MARGIN) * zoom;
    overCtx.drawImage(layer, x, y, (layer.width / ratio) * zoom, (layer.height / ratio) * zoom);
  }

  let failed = null;
  const draftOn = () => failed !== state.doc && !looksAtScene(state) && state.show === "draft" && state.picture && (state.frame > 0 || state.playing) && state.sampled.count > 0;

  function paintBase() {
    const { view, doc, picture } = state;
    const [width, height] = doc.size_wh;
    baseCtx.setTransform(ratio, 0, 0, ratio, 0, 0);
    baseCtx.fillStyle = ed.colors.stage;
    baseCtx.fillRect(0, 0, view.width, view.height);
    const w = width * view.scale;
    const hgt = height * view.scale;
    if (picture) {
      const fit = pictureFit(picture.size_wh, doc);
      const [cx, cy] = fit.crop_xywh;
      const [px, py] = fit.place_xywh;
      const [sx, sy] = fit.scale_xy;
      const x = (px - cx * sx) * view.scale + view.x;
      const y = (py - cy * sy) * view.scale + view.y;
      baseCtx.imageSmoothingEnabled = view.scale < 6;
      baseCtx.globalAlpha = 0.22;
      baseCtx.drawImage(picture.shown, x, y, picture.size_wh[0] * sx * view.scale, picture.size_wh[1] * sy * view.scale);
      baseCtx.globalAlpha = 1;
      const camera = shownAffine(state);
      if (camera) paintThroughCamera(picture.fitted, camera, w, hgt);
      else baseCtx.drawImage(picture.fitted, view.x, view.y, w, hgt);
      if (state.show === "latent") {
        baseCtx.fillStyle = "rgba(8,10,14,0.5)";
        baseCtx.fillRect(view.x, view.y, w, hgt);
      }
    } else {
      baseCtx.fillStyle = ed.colors.dark ? "#2b2d33" : "#c9ced6";
      baseCtx.fillRect(view.x, view.y, w, hgt);
    }
    baseCtx.strokeStyle = "rgba(255,255,255,0.5)";
    baseCtx.lineWidth = 1;
    baseCtx.strokeRect(view.x - 0.5, view.y - 0.5, w + 1, hgt + 1);
  }

  // As the camera sees it at the playhead: dark where it looks past the picture.
  function paintThroughCamera(fitted, camera, w, hgt) {
    const { view } = state;
    baseCtx.save();
    baseCtx.beginPath();
    baseCtx.rect(view.x, view.y, w, hgt);
    baseCtx.clip();
    baseCtx.fillStyle = "#121317";
    baseCtx.fill();
    transform(baseCtx, onStage(view, camera));
    baseCtx.drawImage(fitted, view.x, view.y, w, hgt);
    baseCtx.restore();
  }

  function readyDraft() {
    draft ??= createDraft(warped, { forceFlat: ed.options.forceFlatDraft });
    if (draftPicture !== state.picture.fitted) {
      draft.setPicture(state.picture.fitted);
      draftPicture = state.picture.fitted;
    }
  }

  // What was just drawn is cut out before anyone presses play.
  let warming = 0;
  const idle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 60));
  function warmUp() {
    warming = 0;
    if (ed.signal.aborted || failed === state.doc || state.history.inGesture || state.playing || state.show !== "draft" || !state.picture || !state.sampled.count) return;
    readyDraft();
    try {
      if (draft.warmUp(state.doc, state.sampled)) warming = idle(warmUp);
    } catch {
      // Said when the draft is shown.
    }
  }
  const warmSoon = () => (warming ||= idle(warmUp));

  function paintDraft() {
    const on = draftOn();
    warped.hidden = !on;
    if (!on) return;
    try {
      readyDraft();
      if (draft.paint(state.doc, state.sampled, state.frame, state.view, ratio)) schedule();
    } catch (error) {
      // The drawing itself must go on; the draft comes back with the next document.
      warped.hidden = true;
      failed = state.doc;
      ed.float.notice(ed.t("draft.failed", { why: error.message }), { bad: true });
    }
  }

  function paintOver() {
    const { view, doc, sampled } = state;
    const ids = state.activeIds();
    overCtx.setTransform(ratio, 0, 0, ratio, 0, 0);
    overCtx.clearRect(0, 0, view.width, view.height);
    const camera = shownAffine(state);
    // Drawings lie in the scene; heads and ghosts are where the camera shows them already.
    const inScene = (draw) => within(overCtx, camera && onStage(view, camera), draw);
    if (state.grid || state.show === "latent") paintGrid(overCtx, doc, view);
    if (state.show === "latent") {
      paintLatent(overCtx, state, view);
    } else {
      const quiet = state.playing && state.show === "draft" && !!state.picture;
      overCtx.globalAlpha = quiet ? 0.35 : 1;
      // A layer that is only elsewhere is moved; one whose tracks changed is rebuilt at once.
      if (cached.stale || !cached.valid) rebuild();
      inScene(() => {
        placeLayer();
        paintActive(overCtx, doc, sampled, view, ids);
      });
      overCtx.globalAlpha = 1;
      const still = looksAtScene(state);
      if (!state.playing && !still && state.frame > 0) paintGhosts(overCtx, state, view, ids.size || doc.layers.length > 24 ? ids : new Set(doc.layers.map((l) => l.id)));
      const back = still && !isStill(doc) ? onStage(view, invert(cameraAffine(doc, Math.round(state.frame)))) : null;
      within(overCtx, back, () => paintHeads(overCtx, state, view, !state.playing));
    }
    inScene(() => {
      if (!state.playing) paintPoints(overCtx, state, view, extra.hover);
      const single = state.playing ? null : state.single();
      if (single?.type === "region" && single.visible !== false) paintRegionHandles(overCtx, state, view, single, targetFrame(state, single.keys), safeColor(single.color, "#6699ff"));
    });
    if (looksAtScene(state)) {
      const frame = targetFrame(state, doc.camera?.keys ?? []);
      paintCamera(overCtx, state, view, frame, `${ed.t("camera.frame", { frame })} · ${cameraLabel(doc, frame)}`);
    }
    inScene(() => extra.paint?.(overCtx, view));
  }

  function paintNow() {
    if (request) cancelAnimationFrame(request);
    paint();
  }

  function paint() {
    request = 0;
    if (ed.signal.aborted || !state.view.width || !over.width) return;
    const start = performance.now();
    if (dirtyBase) paintBase();
    dirtyBase = false;
    paintDraft();
    if (dirtyOver) paintOver();
    dirtyOver = false;
    timing.paint = performance.now() - start;
    ed.options.onPaint?.(timing);
  }

  /** After the view rests, tracks are drawn sharp again at the new zoom. */
  function viewMoved() {
    clearTimeout(restTimer);
    restTimer = setTimeout(() => {
      if (ed.signal.aborted || !cached.view) return;
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
  let shownLayers = [];
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
  state.on("doc", warmSoon);
  state.on("picture", warmSoon);
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
  ed.signal.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(request);
    clearTimeout(restTimer);
    draft?.destroy();
  });

  return {
    element, over, extra, timing, invalidate, paintNow, measure,
    get ratio() {
      return ratio;
    },
    get draftKind() {
      return draft?.kind ?? null;
    },
    /** Show the whole frame. */
    fit() {
      state.viewTouched = false;
      state.set("view", { view: fitView(state.view, state.doc.size_wh, fitMargin(state.view.width)) });
    },
    /** Move or zoom the view by a person's act: later resizes keep it. */
    setView(view) {
      state.viewTouched = true;
      state.set("view", { view });
    },
  };
}

const transform = (ctx, m) => ctx.transform(m.a, m.b, m.c, m.d, m.e, m.f);

/** Draw under a map, or as it is when there is none. */
function within(ctx, map, draw) {
  if (!map) return draw();
  ctx.save();
  transform(ctx, map);
  draw();
  ctx.restore();
}

const fitMargin = (width) => (width < 700 ? 20 : 44);
