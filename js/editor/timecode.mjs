/** "12 · 0.75 s" @param {number} frame @param {number} fps @returns {string} */
export function frameLabel(frame, fps) { throw new Error('stub'); }
/** @param {number} frame @param {number} fps @returns {string} "0:00.75" */
export function timecode(frame, fps) { throw new Error('stub'); }
/** Latent step that reads or covers a frame. @param {number} frame @returns {number} */
export function latentStep(frame) { throw new Error('stub'); }
/** Frame reached by n latent steps from frame, clamped. @param {number} frame @param {number} steps @param {number} frames @returns {number} */
export function stepFrame(frame, steps, frames) { throw new Error('stub'); }
/** Frames of whole seconds up to the end. @param {number} frames @param {number} fps @returns {number[]} */
export function secondTicks(frames, fps) { throw new Error('stub'); }
/** Valid lengths at or below and at or above. @param {number} frames @returns {[number, number]} */
export function nearestLengths(frames) { throw new Error('stub'); }
/** Ruler tick spacing in frames (a multiple of 4) so that labels are at least min_px apart. @param {number} px_per_frame @param {number} [min_px] @returns {number} */
export function labelStep(px_per_frame, min_px) { throw new Error('stub'); }
