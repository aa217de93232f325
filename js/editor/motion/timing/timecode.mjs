// Frames, latent steps and seconds, as people read them.

const STRIDE_T = 4;

/** "12 · 0.75 s" @param {number} frame @param {number} fps @returns {string} */
export function frameLabel(frame, fps) {
  const shown = Number.isInteger(frame) ? String(frame) : frame.toFixed(1);
  return `${shown} · ${(frame / fps).toFixed(2)} s`;
}

/** "0:00.75" @param {number} frame @param {number} fps @returns {string} */
export function timecode(frame, fps) {
  const hundredths = Math.round((Math.max(0, frame) / fps) * 100);
  const minutes = Math.floor(hundredths / 6000);
  const seconds = ((hundredths % 6000) / 100).toFixed(2).padStart(5, '0');
  return `${minutes}:${seconds}`;
}

/** The latent step that a frame belongs to: step j covers frames 4j-3 to 4j. @param {number} frame @returns {number} */
export function latentStep(frame) {
  return Math.ceil(Math.max(0, frame) / STRIDE_T);
}

/** From `frame` to the latent step's frame that is `steps` away (from between two, the nearest one counts as the first step), clamped to the clip. @param {number} frame @param {number} steps @param {number} frames @returns {number} */
export function stepFrame(frame, steps, frames) {
  const from = steps < 0 ? Math.ceil(frame / STRIDE_T) : Math.floor(frame / STRIDE_T);
  return Math.min(frames - 1, Math.max(0, (from + steps) * STRIDE_T));
}

/** Frames nearest to whole seconds, from 1 s on. @param {number} frames @param {number} fps @returns {number[]} */
export function secondTicks(frames, fps) {
  const ticks = [];
  for (let s = 1; Math.round(s * fps) < frames && ticks.length < frames; s++) ticks.push(Math.round(s * fps));
  return [...new Set(ticks)];
}

/** Valid lengths (4k+1) at or below and at or above. @param {number} frames @returns {[number, number]} */
export function nearestLengths(frames) {
  const below = Math.max(1, Math.floor((frames - 1) / STRIDE_T) * STRIDE_T + 1);
  return below === frames ? [below, below] : [below, frames > 0 ? below + STRIDE_T : 1];
}

/** Spacing of a ruler's labels in frames, a multiple of 4, so that they stand at least min_px apart. @param {number} px_per_frame @param {number} [min_px] @returns {number} */
export function labelStep(px_per_frame, min_px = 36) {
  for (const step of [4, 8, 16, 40, 80, 160, 400, 800, 1600]) if (step * px_per_frame >= min_px) return step;
  return 4000;
}
