/** Copy of wan_move_core/motion/checks.json (a test keeps them equal). @type {any[]} */
export const CHECKS = [];
