// Keys. The focus rests on a 1-px textarea, because hosts leave text fields alone: with the focus elsewhere, Delete would reach
// the graph's nodes and Ctrl+Z the graph's undo. What the editor does not use and the host should keep (Ctrl+Enter, Ctrl+S,
// Ctrl+O, Ctrl+comma, Tab) passes; everything else stops here.

import { isTextField } from "../ui/dom.mjs";

const PASS_WITH_CTRL = new Set(["Enter", "s", "o", ",", "r", "t", "w", "n", "F5"]);

/** @param {any} ed */
export function attachKeyboard(ed) {
  const { root, keys, signal } = ed;
  let spaceHeld = false;
  let spaceUsed = false;

  function down(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const ctrl = event.ctrlKey || event.metaKey;
    // Undo listens on the window before we do: hand the focus to the textarea while only the modifier is down.
    if ((event.key === "Control" || event.key === "Meta") && !isTextField(document.activeElement)) ed.focusKeys();
    if (key === "Tab") {
      trapTab(event);
      event.stopPropagation();
      return;
    }
    if (ctrl && PASS_WITH_CTRL.has(key)) return;
    event.stopPropagation();
    if (event.isComposing) return;
    if (isTextField(event.target)) {
      if (key === "Escape") ed.focusKeys();
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
        if (!ed.pointer?.busy) ed.stage.over.style.cursor = "grab";
      }
      return;
    }
    if (ed.actions.key(key, event, ctrl)) event.preventDefault();
  }

  function up(event) {
    event.stopPropagation();
    if (event.key !== " " || !spaceHeld) return;
    spaceHeld = false;
    ed.resetCursor();
    if (!spaceUsed && !isTextField(event.target)) ed.togglePlay();
  }

  function trapTab(event) {
    const scope = root.querySelector(".wme-sheet, .wme-menu") ?? root;
    const stops = [...scope.querySelectorAll("button, input, select, textarea, canvas[tabindex], [tabindex='0']")].filter((one) => !one.disabled && one !== keys && one.offsetParent !== null);
    if (!stops.length) return;
    const at = stops.indexOf(document.activeElement);
    const next = event.shiftKey ? (at <= 0 ? stops.length - 1 : at - 1) : at === stops.length - 1 ? 0 : at + 1;
    stops[next].focus();
    event.preventDefault();
  }

  root.addEventListener("keydown", down, { signal });
  root.addEventListener("keyup", up, { signal });
  root.addEventListener("keypress", (event) => event.stopPropagation(), { signal });
  // The textarea is a place for the focus, not for text.
  keys.addEventListener("input", () => (keys.value = ""), { signal });
  for (const name of ["copy", "cut", "paste"]) root.addEventListener(name, (event) => {
    event.stopPropagation();
    if (!isTextField(event.target)) ed.actions.clipboard(name, event);
  }, { signal });
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
