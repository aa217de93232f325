// The arrows beside the groups' names: a press folds a group's rows or shows them. They lie over what the canvas shows.

import { h } from "../../ui/dom.mjs";
import { icon } from "../../ui/icons.mjs";

/** @typedef {{name: string, open: boolean, top_px: number}} TurnRow CSS px in the rows */

/**
 * @param {{t: import('../../ui/strings.mjs').Translate, turn: (name: string) => void}} needs
 * @returns {{element: HTMLElement, update: (rows: readonly TurnRow[]) => void}} */
export function createGroupTurns({ t, turn }) {
  const element = h("div", { class: "wme-turns" });
  /** By name and place: a document of elsewhere may have a group in two places. @type {Map<string, HTMLButtonElement>} */
  let made = new Map();

  /** @param {string} name */
  function create(name) {
    const button = h("button", { class: "wme-btn is-icon wme-turn", type: "button", on: { click: () => turn(name) } }, [icon("chevron", 14)]);
    // The row below it is neither picked nor dragged.
    button.addEventListener("pointerdown", (event) => event.stopPropagation());
    return button;
  }

  return {
    element,
    update(rows) {
      const keyOf = (/** @type {number} */ i) => `${rows.slice(0, i).filter(({ name }) => name === rows[i].name).length} ${rows[i].name}`;
      const next = new Map(rows.map(({ name }, i) => [keyOf(i), made.get(keyOf(i)) ?? create(name)]));
      for (const [key, button] of made) if (!next.has(key)) button.remove();
      rows.forEach(({ name, open, top_px }, i) => {
        const button = /** @type {HTMLButtonElement} */ (next.get(keyOf(i)));
        button.style.top = `${top_px}px`;
        button.setAttribute("aria-expanded", String(open));
        button.title = t(open ? "group.close" : "group.open");
        button.setAttribute("aria-label", `${button.title}: ${name}`);
        // Only where it is another one: a button that is moved loses the focus.
        if (element.children[i] !== button) element.insertBefore(button, element.children[i] ?? null);
      });
      made = next;
    },
  };
}
