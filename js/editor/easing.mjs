/** @typedef {import('./types.mjs').Easing} Easing */
/** Preset names and their curves. */
export const PRESETS = { linear: [0, 0, 1, 1], 'ease-in': [0.42, 0, 1, 1], 'ease-out': [0, 0, 0.58, 1], 'ease-in-out': [0.42, 0, 0.58, 1] };
/** @param {any} easing @returns {boolean} */
export function isEasing(easing) { throw new Error('stub'); }
/** Four numbers of any easing. @param {Easing} easing @returns {number[]} */
export function easingNumbers(easing) { throw new Error('stub'); }
/** @param {Easing} easing @param {number} p @returns {number} */
export function ease(easing, p) { throw new Error('stub'); }
/** A function for many evaluations. @param {Easing} easing @returns {(p: number) => number} */
export function easingFunction(easing) { throw new Error('stub'); }
