// What a tool is, and what it is told.

import { LIMITS } from "../motion/document/document.mjs";
import { underStage } from "../stage/scene_view.mjs";

/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').Hit} Hit */
/** @typedef {import('../state/state.mjs').EditorState} EditorState */
/** @typedef {import('../state/state.mjs').Gesture} Gesture */
/**
 * Where and how the pointer is, apart from the document.
 * @typedef {object} PointerFacts
 * @property {XY} screen CSS px of the stage
 * @property {number} time ms
 * @property {boolean} shift
 * @property {boolean} alt
 * @property {boolean} ctrl
 * @property {boolean} touch
 * @property {number} reach_px CSS px within which something counts as hit
 */
/**
 * @typedef {object} PointerPlace
 * @property {XY} doc_px of the scene
 * @property {XY} norm the same, 0-1 of the frame
 * @property {XY} scene where that would be on a stage without a camera, CSS px
 * @property {number} tolerance_px reach_px as the scene is shown now
 * @property {XY} shown_px doc px of the screen, which the camera does not move
 */
/** @typedef {PointerFacts & PointerPlace} PointerAt */
/** @typedef {PointerAt & {every?: PointerAt[]}} ToolEvent `every`: for tools that want it, each place since the last event, this one included */
/**
 * Between down and up the pointer is held as a gesture, which is committed after up. A tool changes the document through it, or makes one whole step with state.apply.
 * @typedef {object} Tool
 * @property {import('../state/state.mjs').ToolId} id
 * @property {string} cursor
 * @property {boolean} [wantsEvery]
 * @property {(e: ToolEvent, gesture: Gesture) => void} down
 * @property {(e: ToolEvent) => void} move
 * @property {(e: ToolEvent) => void} up
 * @property {(e: ToolEvent) => boolean} [holds] by keys: whether a press here takes hold of something until the next one; without it, it is a click
 * @property {() => void} cancel what was held is gone, and undone already: drop what belongs to it
 * @property {(e: ToolEvent) => void} hover
 * @property {(e: ToolEvent) => void} [erase] right click, long press
 * @property {(e: ToolEvent) => void} [double]
 * @property {() => boolean} [finish] Enter, Esc: end what goes on over several presses; whether there was something
 * @property {() => boolean} [takeBack] undo: what was asked for and is not there yet is not wanted any more; whether there was something
 * @property {(name: string) => boolean} [key] a plain key; whether it was used
 * @property {() => void} [leave] another tool is taken
 * @property {(ctx: CanvasRenderingContext2D, view: import('../motion/document/types.mjs').View) => void} [paint] above everything
 */

/** What keys ask of the crosshair (keys/crosshair.mjs), which keeps the arrows and Enter to itself while it is there. @typedef {Pick<import('./keys/crosshair.mjs').Crosshair, "start"|"leave"|"key"|"tab">} CrosshairKeys */

/** The pointer over the document as it is now: once more after the playhead or the view moved under it. @template {PointerFacts} E @param {EditorState} state @param {E} e @returns {E & PointerPlace} */
export function atNow(state, e) {
  const { doc_px, scene, zoom, shown } = underStage(state, e.screen);
  const [width, height] = state.doc.size_wh;
  return { ...e, doc_px, norm: [doc_px[0] / width, doc_px[1] / height], scene, tolerance_px: e.reach_px / zoom, shown_px: shown };
}

/** The pointer as a layer sees it: what is pinned lies on the screen, all else in the scene. @template {PointerFacts & PointerPlace} E @param {EditorState} state @param {import('../motion/document/types.mjs').Layer|null} layer @param {E} e @returns {E} */
export function seenBy(state, layer, e) {
  if (!layer?.pinned) return e;
  const [width, height] = state.doc.size_wh;
  return { ...e, doc_px: e.shown_px, norm: [e.shown_px[0] / width, e.shown_px[1] / height], scene: e.screen, tolerance_px: e.reach_px };
}

/** Whether a document can take no more layers: said before a hand has drawn one. @param {Pick<EditorState, "doc">} state */
export const isFull = (state) => state.doc.layers.length >= LIMITS.layers;

/** Distance on the stage since an earlier event, CSS px. @param {PointerFacts} e @param {PointerFacts} from */
export const moved_px = (e, from) => Math.hypot(e.screen[0] - from.screen[0], e.screen[1] - from.screen[1]);
