// The one place where a gesture ends that nobody let go of: its pointer was lost, the window lost the focus, or the editor closes. (Escape, play, undo and
// a change of tool call the same state.cancelGesture.) Whatever part holds it, it is undone and told so through its onEnd.

/**
 * @typedef {object} EndingsNeeds
 * @property {Pick<import('./tool.mjs').EditorState, "gesture"|"cancelGesture">} state
 * @property {EventTarget} page where lost pointers are told: the document, because an element that leaves the page tells nobody else
 * @property {EventTarget} window
 * @property {AbortSignal} signal the editor's: aborted when it closes
 */

/** @param {EndingsNeeds} needs */
export function attachEndings({ state, page, window, signal }) {
  /** A pointer is gone. What no single pointer holds (a pinch, a slider) ends with any that the browser takes away. @param {Event} event @param {boolean} taken */
  function lost(event, taken) {
    const held = state.gesture;
    if (held && ((taken && held.pointerId === null) || held.pointerId === /** @type {PointerEvent} */ (event).pointerId)) held.cancel();
  }
  page.addEventListener("pointercancel", (event) => lost(event, true), { signal });
  // After a pointerup the capture is lost as well; by then the gesture is committed.
  page.addEventListener("lostpointercapture", (event) => lost(event, false), { signal });
  window.addEventListener("blur", () => state.cancelGesture(), { signal });
  signal.addEventListener("abort", () => state.cancelGesture());
}
