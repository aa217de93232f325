/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./types.mjs').Sampled} Sampled @typedef {import('./types.mjs').Issue} Issue */
/** Rules default to the copy in checks.mjs. @param {Doc} doc @param {Sampled} sampled @param {any[]} [checks] @returns {Issue[]} */
export function checkDocument(doc, sampled, checks) { throw new Error('stub'); }
/** One line for the footer: "✓ ready" or "2 issues". @param {Issue[]} issues @returns {{ready: boolean, text: string}} */
export function summarize(issues) { throw new Error('stub'); }
