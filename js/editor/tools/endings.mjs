// The one place where a gesture ends that nobody let go of: its pointer was lost, the window lost the focus, or the editor closes. (Escape, play, undo and
// a change of tool call the same state.cancelGesture.) Whatever part holds it, it is undone and told so through its onEnd. And the one place where a gesture ends
// that was let go of while nobody was told: another script of the page kept the pointerup for itself. That is a release, and nothing is undone.

/**
 * @typedef {object} EndingsNeeds
 * @property {Pick<import('./tool.mjs').EditorState, "gesture"|"cancelGesture">} state
 * @property {EventTarget} page where lost pointers are told: the document, because an element that leaves the page tells nobody else
 * @property {EventTarget} window
 * @property {AbortSignal} signal the editor's: aborted when it closes
 */

/** The bit of a button in `buttons`, by the number that `button` gives it: left, middle, right, back, forward, a pen's eraser. */
const BIT = [1, 4, 2, 8, 16, 32];

/** @param {EndingsNeeds} needs */
export function attachEndings({ state, page, window, signal }) {
  /** Which button each pointer pressed, as a bit. @type {Map<number, number>} */
  const pressed = new Map();
  /** A pointer of which another button was pressed or let go since its press: browsers take its capture away then, at times a second time some moves later. */
  let chord = NaN;

  /** @param {PointerEvent} event */
  const isDown = ({ pointerId, buttons }) => buttons === undefined || (buttons & (pressed.get(pointerId) ?? 1)) !== 0;
  /** The gesture that this pointer holds. @param {PointerEvent} event */
  const heldBy = ({ pointerId }) => (state.gesture?.pointerId === pointerId ? state.gesture : null);

  const listen = (/** @type {string} */ name, /** @type {(event: PointerEvent) => void} */ act, capture = false) => page.addEventListener(name, (event) => act(/** @type {PointerEvent} */ (event)), { signal, capture });
  // Before any part hears of it: what is held already must not take a new press, or a move without a button, for its own.
  listen("pointerdown", (event) => {
    heldBy(event)?.release();
    chord = NaN;
    pressed.set(event.pointerId, BIT[event.button] ?? 1);
  }, true);
  listen("pointermove", (event) => {
    if (event.button > 0) chord = event.pointerId;
    if (!isDown(event)) heldBy(event)?.release();
  }, true);
  // What no single pointer holds (a pinch, a slider) ends with any that the browser takes away.
  listen("pointercancel", (event) => {
    const held = state.gesture?.pointerId === null ? state.gesture : heldBy(event);
    held?.cancel();
  });
  // After a pointerup the capture is lost as well; by then the gesture is committed.
  listen("lostpointercapture", (event) => {
    const held = heldBy(event);
    if (!held) return;
    if (!isDown(event)) held.release();
    else if (chord !== event.pointerId || !recaptured(event)) held.cancel();
  });
  window.addEventListener("blur", () => state.cancelGesture(), { signal });
  signal.addEventListener("abort", () => state.cancelGesture());
}

/** Whether the element has its pointer again: not where it left the page. @param {PointerEvent} event */
function recaptured({ target, pointerId }) {
  try {
    /** @type {Element} */ (target).setPointerCapture(pointerId);
    return true;
  } catch {
    return false;
  }
}
