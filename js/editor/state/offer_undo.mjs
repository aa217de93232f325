// A notice of what was just done, with a button that goes on from there or takes it back: it goes as soon as something else is done, which the button would be about instead.

/**
 * @typedef {object} OfferNeeds
 * @property {Pick<import('./state.mjs').EditorState, "on">} state
 * @property {{notice: (text: string, options: {action: string, run: () => void, ms?: number}) => () => void}} float
 */

/** @param {OfferNeeds} needs @param {string} text @param {{action: string, run: () => void, ms?: number}} options */
export function offerNext({ state, float }, text, options) {
  const gone = float.notice(text, options);
  const end = state.on("doc", ({ reason }) => {
    // These add no step that could be meant instead.
    if (reason === "amend" || reason === "cancel") return;
    end();
    gone();
  });
}

/** @param {OfferNeeds & {state: Pick<import('./state.mjs').EditorState, "undo">, t: (key: string) => string}} needs @param {string} text @param {{ms?: number}} [options] */
export function offerUndo(needs, text, { ms } = {}) {
  offerNext(needs, text, { action: needs.t("undo"), run: () => void needs.state.undo(), ms });
}
