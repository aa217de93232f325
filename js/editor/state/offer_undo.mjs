// A notice of what was just done, with a button that takes it back: it goes as soon as something else is done, which the button would take back instead.

/**
 * @typedef {object} OfferNeeds
 * @property {Pick<import('./state.mjs').EditorState, "on"|"undo">} state
 * @property {{notice: (text: string, options: {action: string, run: () => void, ms?: number}) => () => void}} float
 * @property {(key: string) => string} t
 */

/** @param {OfferNeeds} needs @param {string} text @param {{ms?: number}} [options] */
export function offerUndo({ state, float, t }, text, { ms } = {}) {
  const gone = float.notice(text, { action: t("undo"), run: () => void state.undo(), ms });
  const end = state.on("doc", ({ reason }) => {
    // These add no step that could be taken back instead.
    if (reason === "amend" || reason === "cancel") return;
    end();
    gone();
  });
}
