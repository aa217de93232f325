// recording/ makes a clip of the draft: painted frame by frame, then encoded. It imports draft/, files/, motion/document/, state/ and ui/.

import { createDraft } from "../draft/preview.mjs";
import { context2d } from "../ui/dom.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */

/** So long a cut may take before it is given up. */
const MOST_MS = 120_000;

/**
 * The draft's frames, each on the same canvas of the document's size.
 * @param {{doc: Doc, sampled: Sampled, picture: HTMLCanvasElement, signal: AbortSignal}} what `picture` as the model sees it
 * @returns {AsyncGenerator<{canvas: HTMLCanvasElement, frame: number}, void>} rejects with AbortError once `signal` says so */
export async function* draftFrames({ doc, sampled, picture, signal }) {
  const [width, height] = doc.size_wh;
  const painted = document.createElement("canvas");
  const canvas = document.createElement("canvas");
  [painted.width, painted.height] = [canvas.width, canvas.height] = [width, height];
  const ctx = context2d(canvas, { alpha: false });
  const view = { scale: 1, x: 0, y: 0, width, height };
  // A context of its own is read back at once, which the stage's is not made for.
  const draft = createDraft(painted, { forceFlat: true });
  try {
    draft.setPicture(picture);
    const began = performance.now();
    while (draft.paint(doc, sampled, doc.frames - 1, view, 1)) {
      await pause(signal);
      if (performance.now() - began > MOST_MS) throw new RangeError("the draft takes too long to cut");
    }
    for (let frame = 0; frame < doc.frames; frame++) {
      draft.paint(doc, sampled, frame, view, 1);
      ctx.drawImage(painted, 0, 0);
      yield { canvas, frame };
      await pause(signal);
    }
  } finally {
    draft.destroy();
  }
}

/** The page goes on. @param {AbortSignal} signal */
async function pause(signal) {
  await new Promise((next) => setTimeout(next));
  signal.throwIfAborted();
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Uint8Array>} a JPEG */
export async function jpegOf(canvas) {
  const blob = await new Promise((/** @type {(made: Blob|null) => void} */ done) => canvas.toBlob(done, "image/jpeg", 0.93));
  if (!blob) throw new RangeError("this browser cannot read its canvas");
  return new Uint8Array(await blob.arrayBuffer());
}
