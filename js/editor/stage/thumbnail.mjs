// The node's small view: the picture with its tracks, played while the pointer rests on it or when asked to. It paints only when
// something changed, so that a graph full of closed editors costs nothing.

import { parseDocument } from "../motion/document/document.mjs";
import { sampleDocument } from "../motion/evaluation/evaluate.mjs";
import { h, pixelRatio, sizeCanvas } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { decodePicture, fittedPicture, shownPicture } from "./picture.mjs";
import { createDraft } from "../draft/preview.mjs";
import { paintPassive } from "./layers_paint.mjs";
import { paintHeads } from "./overlay_paint.mjs";
import { createStrings } from "../ui/strings.mjs";
import { ensureStyles } from "../ui/styles.mjs";
import { applyTheme } from "../ui/theme.mjs";

/**
 * @param {{documentText?: string, picture?: import('../editor.mjs').PictureSource|null, theme?: "dark"|"light"|"auto", strings?: Record<string, string>, locale?: string, onOpen?: () => void, note?: string}} [options]
 *   onOpen: a double click on it
 * @returns {{element: HTMLElement, setDocument: (text: string) => void, setPicture: (picture: import('../editor.mjs').PictureSource|null) => Promise<void>, setNote: (text: string) => void, play: () => void, pause: () => void, destroy: () => void}}
 */
export function createThumbnail(options = {}) {
  const abort = new AbortController();
  const { signal } = abort;
  const t = createStrings(options.strings, options.locale);
  ensureStyles();
  const below = /** @type {HTMLCanvasElement} */ (h("canvas"));
  const above = /** @type {HTMLCanvasElement} */ (h("canvas"));
  const note = h("div", { class: "wme-thumb-note" });
  const button = h("button", { class: "wme-thumb-play", type: "button", "aria-label": t("play"), title: t("play") }, [icon("play", 16)]);
  const element = h("div", { class: "wme-thumb" }, [below, above, note, button]);
  const draft = createDraft(below, { forceFlat: true });
  let doc = null;
  let error = null;
  let sampled = null;
  let shown = null;
  let picture_wh = null;
  let fitted = null;
  let playing = false;
  let hovered = false;
  let frame = 0;
  let began = 0;
  let request = 0;
  let themed = false;
  let words = options.note ?? "";

  const moving = () => (playing || hovered) && sampled && sampled.count > 0 && element.isConnected;
  const schedule = () => {
    if (!request && !signal.aborted) request = requestAnimationFrame(paint);
  };

  function paint(now) {
    request = 0;
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || signal.aborted) return;
    if (!themed) {
      applyTheme(element, options.theme);
      themed = true;
    }
    const ratio = pixelRatio();
    sizeCanvas(below, width, height, ratio);
    sizeCanvas(above, width, height, ratio);
    const ctx = above.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    button.hidden = !sampled?.count;
    note.textContent = error ?? (doc && (shown || sampled?.count) ? "" : words || t("thumb.empty"));
    if (!doc) {
      below.getContext("2d").clearRect(0, 0, below.width, below.height);
      return;
    }
    sampled ??= sampleDocument(doc);
    if (moving()) frame = Math.floor((((now ?? performance.now()) - began) / 1000) * doc.fps) % doc.frames;
    const scale = Math.min(width / doc.size_wh[0], height / doc.size_wh[1]);
    const view = { scale, x: (width - doc.size_wh[0] * scale) / 2, y: (height - doc.size_wh[1] * scale) / 2, width, height };
    if (shown && !fitted) {
      fitted = fittedPicture(shown, picture_wh, doc);
      draft.setPicture(fitted);
    }
    if (fitted && (moving() || frame > 0)) {
      if (draft.paint(doc, sampled, frame, view, ratio)) schedule();
    }
    else if (fitted) paintStill(view, ratio);
    if (!moving()) paintPassive(ctx, doc, sampled, view, new Set());
    if (frame > 0) paintHeads(ctx, { doc, sampled, frame }, view, false);
    if (moving()) schedule();
  }

  // At rest the picture itself is sharper, and cheaper, than a mesh that stands still.
  function paintStill({ x, y, scale }, ratio) {
    const ctx = below.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, below.width, below.height);
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(fitted, x, y, doc.size_wh[0] * scale, doc.size_wh[1] * scale);
  }

  const setMoving = () => {
    button.replaceChildren(icon(playing ? "pause" : "play", 16));
    button.setAttribute("aria-label", t(playing ? "pause" : "play"));
    if (moving()) began = performance.now();
    else frame = 0;
    schedule();
  };
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    playing = !playing;
    setMoving();
  }, { signal });
  element.addEventListener("pointerenter", () => {
    hovered = true;
    if (!playing) setMoving();
  }, { signal });
  element.addEventListener("pointerleave", () => {
    hovered = false;
    if (!playing) setMoving();
  }, { signal });
  if (options.onOpen) element.addEventListener("dblclick", options.onOpen, { signal });
  const observer = new ResizeObserver(schedule);
  observer.observe(element);

  function setDocument(text) {
    const read = parseDocument(text ?? "");
    doc = read.document;
    error = read.error;
    sampled = null;
    fitted = null;
    if (doc) sampled = sampleDocument(doc);
    schedule();
  }

  let serial = 0;
  async function setPicture(source) {
    const mine = ++serial;
    shown = fitted = null;
    if (!source?.url) {
      below.getContext("2d").clearRect(0, 0, below.width, below.height);
      schedule();
      return;
    }
    const { image, size_wh } = await decodePicture(source, signal);
    if (mine !== serial || signal.aborted) return;
    picture_wh = size_wh;
    shown = shownPicture(image, size_wh);
    schedule();
  }

  setDocument(options.documentText ?? "");
  if (options.picture) setPicture(options.picture).catch(() => {});
  return {
    element, setDocument, setPicture,
    setNote(text) {
      words = text;
      schedule();
    },
    play() {
      playing = true;
      setMoving();
    },
    pause() {
      playing = false;
      setMoving();
    },
    destroy() {
      abort.abort();
      observer.disconnect();
      cancelAnimationFrame(request);
      draft.destroy();
      element.remove();
    },
  };
}
