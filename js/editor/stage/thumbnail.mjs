// The node's small view: the picture with its tracks, played while the pointer rests on it or when asked to. It paints only when
// something changed, so that a graph full of closed editors costs nothing.

import { parseDocument } from "../motion/document/document.mjs";
import { sampleDocument } from "../motion/evaluation/evaluate.mjs";
import { clearedContext, context2d, h, pixelRatio, sizeCanvas } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { decodePicture, fittedPicture, shownPicture } from "./picture.mjs";
import { createDraft } from "../draft/preview.mjs";
import { paintPassive } from "./layers_paint.mjs";
import { paintHeads } from "./overlay_paint.mjs";
import { createStrings } from "../ui/strings.mjs";
import { ensureStyles } from "../ui/styles.mjs";
import { applyTheme } from "../ui/theme.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../options.mjs').PictureSource} PictureSource */
/**
 * @typedef {object} ThumbnailOptions
 * @property {string} [documentText]
 * @property {PictureSource|null} [picture]
 * @property {import('../options.mjs').Theme} [theme]
 * @property {Record<string, string>} [strings]
 * @property {string} [locale]
 * @property {() => void} [onOpen] a double click on it
 * @property {string} [note] said where there is nothing to show
 */
/**
 * @typedef {object} Thumbnail
 * @property {HTMLElement} element
 * @property {(text: string) => Promise<void>} setDocument resolves when it is read; of several, the last one stays
 * @property {(doc: Doc|null, error?: string|null) => void} show a document that was read already, or why it could not be
 * @property {(picture: PictureSource|null) => Promise<void>} setPicture
 * @property {(text: string) => void} setNote
 * @property {() => void} play
 * @property {() => void} pause
 * @property {() => void} destroy
 */

/** @param {ThumbnailOptions} [options] @returns {Thumbnail} */
export function createThumbnail(options = {}) {
  const abort = new AbortController();
  const { signal } = abort;
  const t = createStrings(options.strings, options.locale);
  ensureStyles();
  const below = h("canvas");
  const above = h("canvas");
  const note = h("div", { class: "wme-thumb-note" });
  const button = h("button", { class: "wme-thumb-play", type: "button", "aria-label": t("play"), title: t("play") }, [icon("play", 16)]);
  const element = h("div", { class: "wme-thumb" }, [below, above, note, button]);
  const draft = createDraft(below, { forceFlat: true });
  /** @type {Doc|null} */
  let doc = null;
  /** @type {string|null} */
  let error = null;
  /** @type {import('../motion/document/types.mjs').Sampled|null} */
  let sampled = null;
  /** @type {{canvas: HTMLCanvasElement, size_wh: [number, number]}|null} */
  let picture = null;
  /** The picture as the document's clip crops it. @type {HTMLCanvasElement|null} */
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

  /** @param {number} now ms */
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
    const ctx = clearedContext(above, width, height, ratio);
    button.hidden = !sampled?.count;
    note.textContent = error ?? (doc && (picture || sampled?.count) ? "" : words || t("thumb.empty"));
    if (!doc) {
      emptyBelow();
      return;
    }
    sampled ??= sampleDocument(doc);
    if (moving()) frame = Math.floor(((now - began) / 1000) * doc.fps) % doc.frames;
    const scale = Math.min(width / doc.size_wh[0], height / doc.size_wh[1]);
    const view = { scale, x: (width - doc.size_wh[0] * scale) / 2, y: (height - doc.size_wh[1] * scale) / 2, width, height };
    if (picture && !fitted) {
      fitted = fittedPicture(picture.canvas, picture.size_wh, doc);
      draft.setPicture(fitted);
    }
    if (fitted && (moving() || frame > 0)) {
      if (draft.paint(doc, sampled, frame, view, ratio)) schedule();
    } else if (fitted) paintStill(fitted, doc.size_wh, view, ratio);
    if (!moving()) paintPassive(ctx, doc, sampled, view, new Set(), false, () => true);
    if (frame > 0) paintHeads(ctx, { doc, sampled, frame }, view, false, !picture);
    if (moving()) schedule();
  }

  // At rest the picture itself is sharper, and cheaper, than a mesh that stands still.
  /** @param {HTMLCanvasElement} still @param {[number, number]} size_wh @param {import('../motion/document/types.mjs').View} view @param {number} ratio */
  function paintStill(still, size_wh, { x, y, scale }, ratio) {
    const ctx = context2d(below);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, below.width, below.height);
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(still, x, y, size_wh[0] * scale, size_wh[1] * scale);
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

  function emptyBelow() {
    context2d(below).clearRect(0, 0, below.width, below.height);
  }

  let documentSerial = 0;
  /** @param {Doc|null} next @param {string|null} [why] */
  function show(next, why = null) {
    documentSerial++;
    doc = next;
    error = why;
    sampled = doc && sampleDocument(doc);
    fitted = null;
    schedule();
  }
  /** @param {string} text */
  async function setDocument(text) {
    const mine = ++documentSerial;
    const read = await parseDocument(text);
    if (mine === documentSerial && !signal.aborted) show(read.document, read.error);
  }

  let pictureSerial = 0;
  /** @param {PictureSource|null} source */
  async function setPicture(source) {
    const mine = ++pictureSerial;
    picture = fitted = null;
    if (!source?.url) {
      emptyBelow();
      schedule();
      return;
    }
    const { image, size_wh } = await decodePicture(source, signal);
    if (mine !== pictureSerial || signal.aborted) return;
    picture = { canvas: shownPicture(image, size_wh), size_wh };
    schedule();
  }

  setDocument(options.documentText ?? "");
  if (options.picture) setPicture(options.picture).catch(() => {});
  return {
    element, setDocument, show, setPicture,
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
