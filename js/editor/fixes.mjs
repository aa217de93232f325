/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Issue} Issue */
/** @param {Doc} doc @param {Issue} issue @returns {Doc} */
export function fixIssue(doc, issue) { throw new Error('stub'); }
/** Fix what can be fixed, checking again after each round. @param {Doc} doc @returns {{doc: Doc, left: Issue[]}} */
export function fixAll(doc) { throw new Error('stub'); }
