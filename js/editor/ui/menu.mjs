// Things that float over the editor: menus, a short notice, a question. All are reachable by keyboard and closed by Esc.

import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

/** @typedef {{icon?: string, label: string, note?: string, disabled?: boolean, keys?: string, run: () => void}} MenuItem */
/** @typedef {{element: HTMLElement, opener?: HTMLElement, gone?: () => void}} Shown `gone` is told when it closes, however it does */
/** @typedef {{action?: string, run?: () => void, ms?: number, bad?: boolean}} NoticeOptions `action`: words of a button that does `run` */
/**
 * @typedef {object} FloatingNeeds
 * @property {HTMLElement} root the editor
 * @property {AbortSignal} signal
 * @property {() => void} focusKeys
 */
/**
 * @typedef {object} Floating
 * @property {(element: HTMLElement, opener?: HTMLElement) => void} show show an element as the one open popover; again from the same opener closes it
 * @property {() => boolean} close whether anything was open
 * @property {(opener: HTMLElement, items: (MenuItem|null)[]) => void} menu a list of commands under a button; null draws a rule
 * @property {(text: string, options?: NoticeOptions) => () => void} notice a short notice; an action may be offered beside it; returns what takes it away, if it is still there
 * @property {() => void} hush take the notice away
 * @property {(question: {title: string, body: Node[], actions: {label: string, main?: boolean, run: () => void}[], gone?: () => void}) => void} dialog a question over the editor
 * @property {boolean} isOpen
 */

/** @param {FloatingNeeds} needs @returns {Floating} */
export function createFloating({ root, signal, focusKeys }) {
  /** @type {Shown|null} */
  let open = null;
  let toastTimer = 0;
  let notices = 0;
  const toast = h("div", { class: "wme-toast", role: "status", hidden: true });
  root.append(toast);

  function close() {
    if (!open) return false;
    const { element, opener, gone } = open;
    open = null;
    element.remove();
    opener?.setAttribute("aria-expanded", "false");
    focusKeys();
    gone?.();
    return true;
  }

  /** @param {PointerEvent} event */
  const outside = (event) => {
    const at = event.target instanceof Node ? event.target : null;
    if (open && !open.element.contains(at) && !open.opener?.contains(at)) close();
  };
  root.addEventListener("pointerdown", outside, { signal, capture: true });

  /** @param {HTMLElement} element @param {HTMLElement} [opener] */
  function show(element, opener) {
    const again = open?.opener === opener && opener;
    close();
    if (again) return;
    open = { element, opener };
    opener?.setAttribute("aria-expanded", "true");
    root.append(element);
    /** @type {HTMLElement | null} */ (element.querySelector("button:not([disabled]), input, select"))?.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} opener @param {(MenuItem|null)[]} items */
  function menu(opener, items) {
    const element = h("div", { class: "wme-menu", role: "menu" });
    for (const item of items) {
      if (!item) {
        element.append(h("hr"));
        continue;
      }
      const body = h("span", { style: { flex: "1" } }, [h("span", { text: item.label }), item.note && h("small", { text: item.note })]);
      const button = h("button", { class: "wme-item", type: "button", role: "menuitem", disabled: item.disabled, on: { click: () => { close(); item.run(); } } }, [item.icon && icon(item.icon), body, item.keys && h("span", { class: "wme-kbd", text: item.keys })]);
      element.append(button);
    }
    element.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const buttons = /** @type {HTMLElement[]} */ ([...element.querySelectorAll("button:not([disabled])")]);
      const next = buttons.findIndex((button) => button === document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      buttons[(next + buttons.length) % buttons.length]?.focus();
      event.preventDefault();
    });
    show(element, opener);
    placeUnder(root, element, opener);
  }

  /** @param {string} text @param {NoticeOptions} [options] @returns {() => void} */
  function notice(text, { action, run, ms = 4200, bad = false } = {}) {
    clearTimeout(toastTimer);
    toast.replaceChildren(bad ? icon("warning") : icon("info"), h("span", { text }));
    if (action) toast.append(h("button", { class: "wme-btn is-line", type: "button", text: action, on: { click: () => { toast.hidden = true; run?.(); focusKeys(); } } }));
    toast.hidden = false;
    toastTimer = setTimeout(() => (toast.hidden = true), ms);
    const mine = ++notices;
    return () => void (mine === notices && hush());
  }

  /** @type {Floating["dialog"]} */
  const dialog = ({ title, body, actions, gone }) => {
    close();
    const buttons = actions.map(({ label, main, run }) => h("button", { class: `wme-btn ${main ? "is-main" : "is-line"}`, type: "button", text: label, on: { click: () => { close(); run(); } } }));
    const panel = h("div", { class: "wme-dialog", role: "dialog", "aria-modal": "true", "aria-label": title }, [h("h2", { text: title }), ...body, h("div", { class: "wme-group", style: { gap: "8px", justifyContent: "flex-end" } }, buttons)]);
    const sheet = h("div", { class: "wme-sheet" }, [panel]);
    sheet.addEventListener("pointerdown", (event) => event.target === sheet && close());
    show(sheet);
    open = { element: sheet, gone };
    buttons[buttons.length - 1].focus();
  };

  signal.addEventListener("abort", () => clearTimeout(toastTimer));
  function hush() {
    clearTimeout(toastTimer);
    toast.hidden = true;
  }

  return { show, close, menu, notice, hush, dialog, get isOpen() { return open !== null; } };
}

/** Place a popover under its button, inside the editor. The editor may itself be scaled, so positions are ratios of rects. @param {HTMLElement} root @param {HTMLElement} element @param {HTMLElement} opener */
export function placeUnder(root, element, opener) {
  const outer = root.getBoundingClientRect();
  const scale = outer.width / root.clientWidth || 1;
  const rect = opener.getBoundingClientRect();
  const left = (rect.left - outer.left) / scale;
  const top = (rect.bottom - outer.top) / scale + 4;
  const width = element.offsetWidth;
  const height = element.offsetHeight;
  element.style.left = `${Math.max(6, Math.min(left, root.clientWidth - width - 6))}px`;
  element.style.top = `${top + height > root.clientHeight - 6 ? Math.max(6, (rect.top - outer.top) / scale - height - 4) : top}px`;
}
