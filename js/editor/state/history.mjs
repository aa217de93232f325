// Undo and redo without an end, one step per gesture. Documents are immutable and share what did not change, so a step costs little more than its edit.
// Nothing here knows of pointers: gesture.mjs makes gestures of these calls, and state.mjs is what the editor's parts see.

import { noSelection } from './selection.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('./selection.mjs').Picked} Picked */
/** @typedef {"update"|"commit"|"cancel"|"undo"|"redo"|"reset"|"arrive"|"amend"} Reason */
/**
 * Every change of the document is of one of three kinds:
 * - "step": something a person did and is done with; use it (`apply`, or a gesture's commit) for whatever undo should take back. `amend` adds to the last of them.
 * - "held": a gesture that has not been let go; use it (`begin`, `update`) for whatever follows a pointer or a slider, it becomes one step or nothing.
 * - "never": what came from outside and is nobody's to undo; use `reset` for another document that was loaded, `arrive` for the host's size or a picture
 *   that arrives while the drawing goes on.
 * @typedef {"step"|"held"|"never"} Kind
 */
/** @typedef {{reason: Reason, kind: Kind}} Change */

/** @type {Readonly<Record<Reason, Kind>>} */
const KINDS = { update: 'held', cancel: 'held', commit: 'step', undo: 'step', redo: 'step', reset: 'never', arrive: 'never', amend: 'step' };

/** @param {Reason} reason @returns {Kind} */
export const kindOf = (reason) => KINDS[reason];

/**
 * `doc` is what the step leads away from; `arrived` counts the changes from outside that it has seen.
 * @typedef {{doc: Doc, label: string, before: Picked, after: Picked, arrived: number}} Step
 */
/**
 * `doc` is the current document (during a gesture: its latest update), `selection` what is picked in it.
 * @typedef {object} History
 * @property {Doc} doc
 * @property {Picked} selection
 * @property {boolean} canUndo
 * @property {boolean} canRedo
 * @property {boolean} inGesture
 * @property {string|null} undoLabel
 * @property {string|null} redoLabel
 * @property {(selection: Picked) => void} select never a step of its own: a step carries what is picked when it begins and when it ends
 * @property {(label: string) => void} begin an open gesture is committed first
 * @property {(doc: Doc) => void} update replaces the gesture's document
 * @property {() => boolean} commit true when a step was made (nothing changed: none)
 * @property {() => void} cancel back to the document and the selection at begin
 * @property {(doc: Doc, label: string, after?: Picked) => boolean} apply one whole step; `after` is picked with it
 * @property {(doc: Doc) => boolean} amend what follows from the last step a moment later: undo takes both back. Nothing while a gesture is open
 * @property {() => Doc|null} undo null when there is none; an open gesture is cancelled first
 * @property {() => Doc|null} redo
 * @property {(doc: Doc) => void} reset forget everything: another document was loaded
 * @property {(change: (doc: Doc) => Doc) => void} arrive a change from outside: it holds for every document, those that undo and redo bring back included
 * @property {(listener: (doc: Doc, reason: Reason) => void) => (() => void)} subscribe returns what ends it
 */

/** @param {Doc} initial @returns {History} */
export function createHistory(initial) {
  let current = initial;
  let selection = noSelection();
  /** @type {{doc: Doc, before: Picked, label: string}|null} as it was at begin */
  let gesture = null;
  /** @type {Step[]} steps to go back by, the last first to go */
  let past = [];
  /** @type {Step[]} steps to go forward by */
  let future = [];
  /** @type {((doc: Doc) => Doc)[]} changes from outside since the last reset; a stored document catches up with them when it comes back */
  let arrivals = [];
  /** @type {Set<(doc: Doc, reason: Reason) => void>} */
  const listeners = new Set();

  /** @param {Reason} reason */
  function tell(reason) {
    for (const listener of [...listeners]) listener(current, reason);
  }

  /** @param {Step[]} from @param {Step[]} to @param {"undo"|"redo"} reason */
  function step(from, to, reason) {
    if (gesture) history.cancel();
    const entry = from.pop();
    if (!entry) return null;
    to.push({ ...entry, doc: current, arrived: arrivals.length });
    current = arrivals.slice(entry.arrived).reduce((doc, change) => change(doc), entry.doc);
    selection = reason === 'undo' ? entry.before : entry.after;
    tell(reason);
    return current;
  }

  /** @type {History} */
  const history = {
    get doc() {
      return current;
    },
    get selection() {
      return selection;
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
    select(next) {
      selection = next;
    },
    begin(label) {
      if (gesture) history.commit();
      gesture = { doc: current, before: selection, label };
    },
    update(doc) {
      if (!gesture) throw new Error('history: update outside a gesture; call begin first, or apply');
      if (doc === current) return;
      current = doc;
      tell('update');
    },
    commit() {
      if (!gesture) return false;
      const { doc, before, label } = gesture;
      gesture = null;
      if (doc === current) return false;
      past.push({ doc, label, before, after: selection, arrived: arrivals.length });
      future = [];
      tell('commit');
      return true;
    },
    cancel() {
      if (!gesture) return;
      const { doc, before } = gesture;
      gesture = null;
      selection = before;
      if (doc === current) return;
      current = doc;
      tell('cancel');
    },
    apply(doc, label, after = selection) {
      history.begin(label);
      if (doc !== current) selection = after;
      current = doc;
      return history.commit();
    },
    amend(doc) {
      if (gesture || doc === current) return false;
      current = doc;
      tell('amend');
      return true;
    },
    undo: () => step(past, future, 'undo'),
    redo: () => step(future, past, 'redo'),
    reset(doc) {
      gesture = null;
      past = [];
      future = [];
      arrivals = [];
      current = doc;
      tell('reset');
    },
    arrive(change) {
      if (gesture) history.cancel();
      const doc = change(current);
      // Where it changes nothing now, it may still change what undo brings back.
      if (past.length || future.length) arrivals.push(change);
      if (doc === current) return;
      current = doc;
      tell('arrive');
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return history;
}
