// Keys. The focus rests on a 1-px textarea, because hosts leave text fields alone: with the focus elsewhere, Delete would reach
// the graph's nodes and Ctrl+Z the graph's undo. What the editor does not use and the host should keep (Ctrl+Enter, Ctrl+S,
// Ctrl+O, Ctrl+comma, Tab) passes; everything else stops here.

import { isTextField } from "../ui/dom.mjs";

const PASS_WITH_CTRL = new Set(["Enter", "s", "o", ",", "r", "t", "w", "n", "F5"]);
const FOCUSABLE = "button, input, select, textarea, canvas[tabindex], [tabindex='0']";
/** A paste that comes so soon after the middle button is that button's. */
const AFTER_MIDDLE_MS = 100;

/**
 * @typedef {object} KeyboardNeeds
 * @property {HTMLElement} root the editor
 * @property {HTMLTextAreaElement} keys where the focus rests
 * @property {AbortSignal} signal
 * @property {Pick<import('./actions.mjs').Actions, "key"|"clipboard">} actions
 * @property {() => void} focusKeys
 * @property {() => boolean} closeFloat what floats over the editor, if anything does
 * @property {(back: boolean) => boolean} jump Tab on the stage; false: it goes on to the next control
 * @property {() => boolean} busy whether something is held on the stage
 * @property {(cursor: string) => void} setCursor
 * @property {() => void} resetCursor
 * @property {() => void} togglePlay
 */
/**
 * @typedef {object} Keyboard
 * @property {boolean} spaceHeld
 * @property {() => void} useSpace what Space held was used for a drag: letting it go does not play
 */

/** @param {KeyboardNeeds} needs @returns {Keyboard} */
export function attachKeyboard({ root, keys, signal, actions, focusKeys, closeFloat, jump, busy, setCursor, resetCursor, togglePlay }) {
  let spaceHeld = false;
  let spaceUsed = false;

  /** @param {KeyboardEvent} event */
  function down(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const ctrl = event.ctrlKey || event.metaKey;
    // Undo listens on the window before we do: hand the focus to the textarea while only the modifier is down.
    if ((event.key === "Control" || event.key === "Meta") && !isTextField(document.activeElement)) focusKeys();
    if (key === "Tab") {
      if (event.target === keys && jump(event.shiftKey)) event.preventDefault();
      else trapTab(event);
      event.stopPropagation();
      return;
    }
    if (ctrl && PASS_WITH_CTRL.has(key)) return;
    event.stopPropagation();
    if (event.isComposing) return;
    if (isTextField(event.target)) {
      if (key === "Escape" && !closeFloat()) focusKeys();
      return;
    }
    const onControl = event.target !== keys && event.target !== root;
    // A focused button or slider keeps its own keys.
    if (onControl && (key === "Enter" || key === " " || key.startsWith("Arrow")) && !ctrl) return;
    if (key === " ") {
      event.preventDefault();
      if (!event.repeat) {
        spaceHeld = true;
        spaceUsed = false;
        if (!busy()) setCursor("grab");
      }
      return;
    }
    if (actions.key(key, event, ctrl)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  function up(event) {
    event.stopPropagation();
    if (event.key !== " " || !spaceHeld) return;
    spaceHeld = false;
    resetCursor();
    if (!spaceUsed && !isTextField(event.target)) togglePlay();
  }

  /** @param {KeyboardEvent} event */
  function trapTab(event) {
    const scope = root.querySelector(".wme-sheet, .wme-menu, .wme-compare") ?? root;
    const all = /** @type {HTMLElement[]} */ ([...scope.querySelectorAll(FOCUSABLE)]);
    const stops = all.filter((one) => !one.matches(":disabled") && one.offsetParent !== null && getComputedStyle(one).visibility !== "hidden");
    if (!stops.length) return;
    const at = stops.findIndex((one) => one === document.activeElement);
    const next = event.shiftKey ? (at <= 0 ? stops.length - 1 : at - 1) : at === stops.length - 1 ? 0 : at + 1;
    stops[next].focus();
    event.preventDefault();
  }

  root.addEventListener("keydown", down, { signal });
  root.addEventListener("keyup", up, { signal });
  root.addEventListener("keypress", (event) => event.stopPropagation(), { signal });
  // The textarea is a place for the focus, not for text.
  keys.addEventListener("input", () => (keys.value = ""), { signal });
  for (const name of /** @type {const} */ (["copy", "cut", "paste"])) root.addEventListener(name, (event) => {
    event.stopPropagation();
    if (!isTextField(event.target)) actions.clipboard(name, event);
  }, { signal });
  // On Linux the middle button's release pastes what is selected somewhere: here that button moves the view.
  root.addEventListener("mouseup", (event) => {
    if (event.button !== 1) return;
    const swallow = (/** @type {Event} */ paste) => {
      paste.preventDefault();
      paste.stopImmediatePropagation();
    };
    root.addEventListener("paste", swallow, { capture: true, signal });
    setTimeout(() => root.removeEventListener("paste", swallow, { capture: true }), AFTER_MIDDLE_MS);
  }, { capture: true, signal });
  root.addEventListener("focusout", () => {
    spaceHeld = false;
  }, { signal });

  return {
    get spaceHeld() {
      return spaceHeld;
    },
    useSpace() {
      spaceUsed = true;
    },
  };
}
