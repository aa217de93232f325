// Writes js/editor/motion/checks/table.mjs from the shared table: npm run checks
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const source = new URL('../../wan_move_core/motion/checks/checks.json', import.meta.url);
const target = new URL('../../js/editor/motion/checks/table.mjs', import.meta.url);
const table = JSON.parse(readFileSync(source, 'utf8'));
const partial = new URL('../../js/editor/motion/checks/table.mjs.partial', import.meta.url);
writeFileSync(partial, `// Copy of wan_move_core/motion/checks/checks.json, for pages that are served without it: npm run checks writes it, a test keeps them equal.

/** @type {import('./rule.mjs').Rule[]} */
export const CHECKS = ${JSON.stringify(table, null, 2)};
`);
renameSync(partial, target);
