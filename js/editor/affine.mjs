/** @typedef {import('./region.mjs').Affine} Affine @typedef {import('./types.mjs').XY} XY */
