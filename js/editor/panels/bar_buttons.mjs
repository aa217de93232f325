// The buttons of the bar above that small screens have in the side panel instead: one list, placed twice.

import { h, setPressed } from "../ui/dom.mjs";
import { iconButton } from "../ui/fields.mjs";
import { showHelp } from "../ui/help.mjs";
import { icon } from "../ui/icons.mjs";

/** How the stage is shown: field of the state, icon, words, key. */
const SWITCHES = /** @type {const} */ ([["overlays", "eye", "overlays", "O"], ["grid", "grid", "grid", "G"], ["snap", "magnet", "snap", "S"]]);

/**
 * @typedef {object} BarButtonsNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {(opener: HTMLElement) => void} exportMenu
 */

/** @param {BarButtonsNeeds} needs @returns {{files: HTMLElement, switches: HTMLElement[], help: HTMLElement}} `files` with its word, for where there is room */
export function createBarButtons({ state, t, float, exportMenu }) {
  const switches = SWITCHES.map(([field, image, words, keys]) => iconButton(image, t(words), () => state.set("ui", { [field]: !state[field] }), { pressed: state[field], keys }));
  state.on("ui", () => SWITCHES.forEach(([field], i) => setPressed(switches[i], state[field])));
  const files = h("button", { class: "wme-btn", type: "button", title: t("files"), "aria-label": t("files"), "aria-haspopup": "menu", "aria-expanded": "false", on: { click: () => exportMenu(files) } }, [icon("export", 16), h("span", { class: "wme-hide-mid", text: t("files") })]);
  return { files, switches, help: iconButton("help", t("help"), () => showHelp({ t, float }), { keys: "?", className: "is-help" }) };
}

/** What the bar above has no room for on small screens. @param {BarButtonsNeeds} needs */
export function createMore(needs) {
  const { files, switches, help } = createBarButtons(needs);
  return h("div", { class: "wme-more" }, [files, ...switches, help]);
}
