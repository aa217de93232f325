// The editor's own element over a page: what happens in it stays in it, and the keys have a place to rest.

import { h, isTextField } from "./dom.mjs";
import { applyTheme } from "./theme.mjs";

/**
 * @typedef {object} FrameNeeds
 * @property {import('./strings.mjs').Translate} t
 * @property {AbortSignal} signal
 * @property {HTMLElement} container
 * @property {string} [title]
 * @property {boolean} [full] fill the container without a margin
 * @property {import('./theme.mjs').Theme} [theme]
 * @property {Record<string, string>} [tokens] CSS custom properties
 * @property {() => boolean} floats whether something floats over the editor, which keeps the focus then
 */
/**
 * @typedef {object} Frame
 * @property {HTMLElement} veil over the page; not to be seen before `show`
 * @property {HTMLElement} root
 * @property {HTMLTextAreaElement} keys where the focus rests
 * @property {() => void} focusKeys
 * @property {() => void} show
 * @property {() => void} remove the focus goes back to where it was
 */

/** @param {FrameNeeds} needs @returns {Frame} */
export function createFrame({ t, signal, container, title, full, theme, tokens, floats }) {
  const before = document.activeElement;
  const keys = h("textarea", { class: "wme-keys", "aria-label": t("keys"), "aria-describedby": "wme-how", tabindex: "0", autocomplete: "off", spellcheck: "false", rows: "1" });
  const root = h("div", { class: `wme ${full ? "wme-full" : ""}`, role: "dialog", "aria-modal": "true", "aria-label": title ?? t("title"), tabindex: "-1", "data-capture-wheel": "true" }, [keys]);
  const veil = h("div", { class: "wme-veil", style: { visibility: "hidden" } }, [root]);
  container.append(veil);
  applyTheme(root, theme, tokens);

  function focusKeys() {
    if (!signal.aborted) keys.focus({ preventScroll: true });
  }

  // What had the focus may go with its own press (a bin, a bar's end): the keys would reach nobody then.
  /** @type {EventTarget|null} */
  let last = null;
  root.addEventListener("focusin", ({ target }) => (last = target), { signal });
  const watch = new MutationObserver(() => {
    if (!(last instanceof Node) || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    focusKeys();
  });
  watch.observe(root, { childList: true, subtree: true });
  signal.addEventListener("abort", () => watch.disconnect());
  // Where the focus is, is shown to who came there by keys.
  root.addEventListener("keydown", ({ key }) => key === "Tab" && root.classList.add("is-keyed"), { signal, capture: true });
  root.addEventListener("pointerdown", () => root.classList.remove("is-keyed"), { signal, capture: true });
  // Mouse clicks on buttons give the keys back to the editor; keyboard presses keep the focus where it is.
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button && event.detail > 0 && !floats() && !(document.activeElement instanceof HTMLInputElement)) focusKeys();
  }, { signal });
  // What was typed counts before anything is pressed elsewhere: left to the browser, the field would be done with (and make its step) only after the press began a drag,
  // which ends with it.
  root.addEventListener("pointerdown", ({ target }) => {
    const typed = document.activeElement;
    if (typed instanceof HTMLElement && typed !== keys && typed !== target && isTextField(typed) && root.contains(typed)) typed.blur();
  }, { signal, capture: true });
  root.addEventListener("pointerdown", () => {
    if (document.activeElement === document.body || document.activeElement === root) setTimeout(focusKeys, 0);
  }, { signal });
  // Beside the editor is nothing to press; the keys stay here all the same, or Delete would be the host's.
  veil.addEventListener("pointerdown", ({ target }) => target === veil && setTimeout(focusKeys, 0), { signal });
  // mouseup passes, because hosts take their snapshots on it.
  for (const name of ["pointerdown", "mousedown", "click", "dblclick", "contextmenu", "wheel", "touchstart", "touchmove"]) veil.addEventListener(name, (event) => event.stopPropagation(), { signal, passive: true });
  root.addEventListener("contextmenu", (event) => {
    if (!(event.target instanceof Element && event.target.closest("input, .wme-fault-text"))) event.preventDefault();
  }, { signal });

  return {
    veil, root, keys, focusKeys,
    show() {
      veil.style.visibility = "";
      if (!veil.contains(document.activeElement)) focusKeys();
    },
    remove() {
      veil.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
  };
}
