// Work that pauses, done in one go.

/** @template T @param {Generator<void, T>} steps @returns {T} */
export function finished(steps) {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
