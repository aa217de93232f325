// Playback: whole frames at the clip's own rate, as the video will show them.

/** @typedef {{state: import('../state/state.mjs').EditorState, signal: AbortSignal, paint: () => void}} PlayerNeeds `paint`: now, because an animation frame that is asked for within one comes a frame later */
/** @typedef {{play: () => void, pause: () => void, toggle: () => void}} Player */

/** @param {PlayerNeeds} needs @returns {Player} */
export function createPlayer({ state, signal, paint }) {
  let request = 0;
  let began = 0;
  let from = 0;

  /** @param {number} now ms */
  function tick(now) {
    if (!state.playing || signal.aborted) return;
    const { frames, fps } = state.doc;
    // The nearest frame, so that the first change is seen half a frame after the key.
    let frame = from + Math.round(((now - began) / 1000) * fps);
    if (frame >= frames) {
      if (!state.loop) {
        state.setFrame(frames - 1);
        pause();
        return;
      }
      frame %= frames;
    }
    if (frame !== state.frame) {
      state.setFrame(frame);
      paint();
    }
    request = requestAnimationFrame(tick);
  }

  function play() {
    if (state.playing) return;
    state.cancelGesture();
    // From the end, watching starts over.
    from = Math.round(state.frame) >= state.doc.frames - 1 ? 0 : Math.round(state.frame);
    began = performance.now();
    state.set("play", { playing: true });
    request = requestAnimationFrame(tick);
  }

  function pause() {
    if (!state.playing) return;
    cancelAnimationFrame(request);
    state.set("play", { playing: false });
    state.emit("frame", undefined);
  }

  return { play, pause, toggle: () => (state.playing ? pause() : play()) };
}
