// state/ holds what the editor knows at a moment, and how it got there. It imports geometry/ and motion/ alone, and nothing here touches the DOM.

// A gesture is what a hand holds: a drag on the stage, a bar of the timeline, a slider. It is ready, then captured by its first update, then committed or
// cancelled; there is one at a time, and none can be left half done.

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {"commit"|"cancel"} Outcome */
/**
 * @typedef {object} GestureOptions
 * @property {string} [label] what undo calls the step; the first update may name it instead
 * @property {number|null} [pointerId] the pointer that holds it: losing that pointer cancels the gesture
 * @property {() => void} [onRelease] it was let go of without a word (see tools/endings.mjs): end it as a release at the last place would. Without this it is committed
 * @property {(outcome: Outcome) => void} [onEnd] told once, however it ends (let go, Escape, lost pointer, another gesture, a fault): drop what belongs to the drag
 */
/**
 * @typedef {object} Gesture
 * @property {Doc} from the document when it began
 * @property {boolean} ended
 * @property {number|null} pointerId
 * @property {(change: (from: Doc) => Doc, label?: string) => boolean} update `change` makes the whole change over again, from the document at the beginning; where it
 *   throws, the gesture is cancelled, said so, and false comes back. Throws after the end
 * @property {() => void} release let go of, but nobody was told
 * @property {() => boolean} commit let go: true when a step was made. Nothing after the end
 * @property {() => void} cancel back to the document and the selection as they were when it began. Nothing after the end
 */
/**
 * @typedef {object} Gestures
 * @property {Gesture|null} open
 * @property {(options?: GestureOptions) => Gesture} begin a gesture that is still open is committed first
 * @property {() => boolean} cancel end the open gesture, undone: the one call for Escape, a lost pointer, a thrown error and a closing editor. False: there was none
 * @property {() => void} settle commit the open gesture, before something else becomes a step
 */

/**
 * @param {import('./history.mjs').History} history
 * @param {{onSelection: () => void, onFault: (error: unknown, label: string) => void}} hooks told when a cancel may have brought another selection back, and when a change threw
 * @returns {Gestures}
 */
export function createGestures(history, { onSelection, onFault }) {
  /** @type {Gesture|null} */
  let open = null;

  /** @type {Gestures} */
  const gestures = {
    get open() {
      return open;
    },
    begin({ label = "", pointerId = null, onRelease, onEnd } = {}) {
      gestures.settle();
      const selection = history.selection;
      let captured = false;

      /** @param {Outcome} outcome */
      function end(outcome) {
        if (gesture.ended) return false;
        gesture.ended = true;
        open = null;
        let stepped = false;
        try {
          onEnd?.(outcome);
        } finally {
          if (outcome === "commit") stepped = captured && history.commit();
          else {
            if (captured) history.cancel();
            history.select(selection);
            onSelection();
          }
        }
        return stepped;
      }

      /** @type {Gesture} */
      const gesture = {
        from: history.doc,
        ended: false,
        pointerId,
        update(change, name) {
          if (gesture.ended) throw new Error(`gesture "${label}": update after its end; begin another`);
          if (name) label = name;
          let next;
          try {
            next = change(gesture.from);
          } catch (error) {
            gesture.cancel();
            onFault(error, label);
            return false;
          }
          // What is picked now is what the step changes: it stays picked when the step is undone.
          if (!captured) history.begin(label);
          captured = true;
          history.update(next);
          return true;
        },
        release() {
          if (gesture.ended) return;
          if (onRelease) onRelease();
          else end("commit");
        },
        commit: () => end("commit"),
        cancel: () => void end("cancel"),
      };
      open = gesture;
      return gesture;
    },
    cancel() {
      if (!open) return false;
      open.cancel();
      return true;
    },
    settle: () => void open?.commit(),
  };
  return gestures;
}
