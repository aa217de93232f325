// Where the scene lies on the stage: drawings are kept as at frame 0, and a moving camera shows them elsewhere. The camera tool looks at the scene itself.

import { applyAffine, invert } from "../geometry/affine.mjs";
import { cameraAffine, isStill } from "../motion/evaluation/camera.mjs";
import { docFromScreen, screenFromDoc } from "../geometry/view.mjs";

/** @typedef {import('../geometry/affine.mjs').Affine} Affine */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{doc: import('../motion/document/types.mjs').Doc, frame: number, playing: boolean, tool: string, view: import('../motion/document/types.mjs').View}} Shown */

/** Whether the stage shows the scene as at frame 0, so that the camera's frame can be seen in it. @param {Shown} state */
export const looksAtScene = (state) => state.tool === "camera" && !state.playing;

/** Doc px of the scene -> doc px as shown at the playhead; null: the same. The crop is of the picture, which no camera moves. @param {Shown} state @returns {Affine|null} */
export function shownAffine(state) {
  const frame = Math.round(state.frame);
  return frame === 0 || looksAtScene(state) || state.tool === "crop" || isStill(state.doc) ? null : cameraAffine(state.doc, frame);
}

/** The same for one layer: what is pinned lies on the screen. @param {Shown} state @param {import('../motion/document/types.mjs').Layer} layer @returns {Affine|null} */
export const shownLayer = (state, layer) => (layer.pinned ? null : shownAffine(state));

/** The same map in CSS px of the stage, for ctx.transform. @param {import('../motion/document/types.mjs').View} view @param {Affine} m @returns {Affine} */
export function onStage({ scale, x, y }, m) {
  return { ...m, e: scale * m.e + x - m.a * x - m.c * y, f: scale * m.f + y - m.b * x - m.d * y };
}

/**
 * What lies under a position of the stage. @param {Shown} state @param {XY} screen CSS px
 * @returns {{doc_px: XY, scene: XY, zoom: number, shown: XY}} doc px of the scene, where that would be on a stage without camera, how much larger the scene is shown, and doc px of the screen */
export function underStage(state, screen) {
  const m = shownAffine(state);
  const shown = docFromScreen(state.view, screen);
  const doc_px = m ? applyAffine(invert(m), shown) : shown;
  return { doc_px, scene: m ? screenFromDoc(state.view, doc_px) : screen, zoom: m ? Math.hypot(m.a, m.b) : 1, shown };
}
