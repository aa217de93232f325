/** @typedef {import('./types.mjs').Doc} Doc @typedef {import('./region.mjs').Affine} Affine */
/** Interpolated key at a frame (identity when there is none). @param {import('./types.mjs').Camera|null} camera @param {number} frame @returns {import('./types.mjs').CameraKey} */
export function cameraKeyAt(camera, frame) { throw new Error('stub'); }
/** Scene px (as at frame 0) -> screen px at a frame. @param {Doc} doc @param {number} frame @returns {Affine} */
export function cameraAffine(doc, frame) { throw new Error('stub'); }
/** @param {Doc} doc @returns {boolean} nothing moves */
export function isStill(doc) { throw new Error('stub'); }
