/** @typedef {import('./types.mjs').Doc} Doc */
/**
 * Unlimited undo and redo, one step per gesture. Documents are immutable and share what did not change.
 * `doc` is the current one (during a gesture: its latest update).
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
 * @property {() => Doc|null} undo null when there is none
 * @property {() => Doc|null} redo
 * @property {(doc: Doc) => void} reset forget everything (another document was loaded)
 * @property {(listener: (doc: Doc, reason: "update"|"commit"|"cancel"|"undo"|"redo"|"reset") => void) => (() => void)} subscribe
 */
/** @param {Doc} doc @returns {History} */
export function createHistory(doc) { throw new Error('stub'); }
