// Unlimited undo and redo, one step per gesture. Documents are immutable and share what did not change, so a step costs little more than its edit.

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {"update"|"commit"|"cancel"|"undo"|"redo"|"reset"} Reason */
/**
 * `doc` is the current document (during a gesture: its latest update).
 * @typedef {object} History
 * @property {Doc} doc
 * @property {boolean} canUndo
 * @property {boolean} canRedo
 * @property {boolean} inGesture
 * @property {string|null} undoLabel
 * @property {string|null} redoLabel
 * @property {(label: string) => void} begin an open gesture is committed first
 * @property {(doc: Doc) => void} update replaces the gesture's document
 * @property {() => boolean} commit true when a step was made (nothing changed: none)
 * @property {() => void} cancel back to the document at begin
 * @property {(doc: Doc, label: string) => boolean} apply one whole step
 * @property {() => Doc|null} undo null when there is none; an open gesture is cancelled first
 * @property {() => Doc|null} redo
 * @property {(doc: Doc) => void} reset forget everything (another document was loaded)
 * @property {(listener: (doc: Doc, reason: Reason) => void) => (() => void)} subscribe returns what ends it
 */

/** @param {Doc} initial @returns {History} */
export function createHistory(initial) {
  let current = initial;
  /** @type {{doc: Doc, label: string}|null} the document at begin */
  let gesture = null;
  /** @type {{doc: Doc, label: string}[]} documents to go back to, the last first */
  let past = [];
  /** @type {{doc: Doc, label: string}[]} documents to go forward to, the last first */
  let future = [];
  /** @type {Set<(doc: Doc, reason: Reason) => void>} */
  const listeners = new Set();

  /** @param {Reason} reason */
  function tell(reason) {
    for (const listener of [...listeners]) listener(current, reason);
  }

  /** @param {{doc: Doc, label: string}[]} from @param {{doc: Doc, label: string}[]} to @param {Reason} reason */
  function step(from, to, reason) {
    if (gesture) history.cancel();
    const entry = from.pop();
    if (!entry) return null;
    to.push({ doc: current, label: entry.label });
    current = entry.doc;
    tell(reason);
    return current;
  }

  const history = {
    get doc() {
      return current;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    get inGesture() {
      return gesture !== null;
    },
    get undoLabel() {
      return past.at(-1)?.label ?? null;
    },
    get redoLabel() {
      return future.at(-1)?.label ?? null;
    },
    /** @param {string} label */
    begin(label) {
      if (gesture) history.commit();
      gesture = { doc: current, label };
    },
    /** @param {Doc} doc */
    update(doc) {
      if (!gesture) throw new Error('history: update outside a gesture; call begin first, or apply');
      if (doc === current) return;
      current = doc;
      tell('update');
    },
    commit() {
      if (!gesture) return false;
      const { doc, label } = gesture;
      gesture = null;
      if (doc === current) return false;
      past.push({ doc, label });
      future = [];
      tell('commit');
      return true;
    },
    cancel() {
      if (!gesture) return;
      const { doc } = gesture;
      gesture = null;
      if (doc === current) return;
      current = doc;
      tell('cancel');
    },
    /** @param {Doc} doc @param {string} label */
    apply(doc, label) {
      history.begin(label);
      current = doc;
      return history.commit();
    },
    undo: () => step(past, future, 'undo'),
    redo: () => step(future, past, 'redo'),
    /** @param {Doc} doc */
    reset(doc) {
      gesture = null;
      past = [];
      future = [];
      current = doc;
      tell('reset');
    },
    /** @param {(doc: Doc, reason: Reason) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return history;
}
