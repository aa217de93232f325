// A field for one number: what is typed is what happens, or it is refused in words. Sums are worked out, arrow keys step, a drag over the field's letters scrubs.

import { h } from "./dom.mjs";

/** @typedef {number|(() => number)} Limit fixed, or as the document is now */
/**
 * @typedef {object} NumberOptions
 * @property {string} label
 * @property {string} [head] letter before the number
 * @property {string} [unit]
 * @property {Limit} [min]
 * @property {Limit} [max]
 * @property {number} [step]
 * @property {number} [digits]
 * @property {(value: number) => void} onChange
 */
/** @typedef {{element: HTMLElement, input: HTMLInputElement, set: (value: number) => void}} NumberField */

/** CSS px of a drag for one step. */
const SCRUB_PX = 4;

/** What a typed text is worth: numbers with point or comma, + - * / and brackets, a unit after them. @param {string} text @returns {number} NaN: it is no sum */
export function worth(text) {
  // A unit at the end, and signs that stand for others.
  const sum = text.trim().replaceAll(",", ".").replaceAll("×", "*").replaceAll("÷", "/").replaceAll("−", "-").replace(/\s*(%|°|px|s|x)$/i, "");
  let at = 0;
  const skip = () => {
    while (sum[at] === " ") at++;
  };
  /** @returns {number} */
  const single = () => {
    skip();
    if (sum[at] === "-" || sum[at] === "+") return sum[at++] === "-" ? -single() : single();
    if (sum[at] === "(") {
      at++;
      const inner = whole();
      skip();
      return sum[at++] === ")" ? inner : NaN;
    }
    const digits = /^(\d+\.?\d*|\.\d+)/.exec(sum.slice(at));
    if (!digits) return NaN;
    at += digits[0].length;
    return Number(digits[0]);
  };
  /** @returns {number} */
  const product = () => {
    let value = single();
    for (skip(); sum[at] === "*" || sum[at] === "/"; skip()) value = sum[at++] === "*" ? value * single() : value / single();
    return value;
  };
  /** @returns {number} */
  const whole = () => {
    let value = product();
    for (skip(); sum[at] === "+" || sum[at] === "-"; skip()) value = sum[at++] === "+" ? value + product() : value - product();
    return value;
  };
  // Nobody means a sum of this length, and brackets could be nested without end.
  if (sum.length > 64) return NaN;
  const value = whole();
  skip();
  return at === sum.length && Number.isFinite(value) ? value : NaN;
}

/** Enter and leaving the field commit, Escape takes back what was typed; arrow keys step, with Shift ten times. @param {NumberOptions} options @returns {NumberField} */
export function numberField({ label, head, unit, min = -Infinity, max = Infinity, step = 1, digits = 0, onChange }) {
  const input = h("input", { class: "wme-input", type: "text", "aria-label": label, inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  let value = 0;
  /** Typed and not committed. */
  let typing = false;
  const limits = () => [typeof min === "function" ? min() : min, typeof max === "function" ? max() : max];
  const text = (/** @type {number} */ number) => (Number.isFinite(number) ? String(Number(number.toFixed(digits))) : "");
  const bounded = (/** @type {number} */ number) => Math.max(limits()[0], Math.min(limits()[1], number));

  function show() {
    typing = false;
    input.value = text(value);
    input.setCustomValidity("");
    input.removeAttribute("aria-invalid");
  }

  /** @param {number} next */
  function set(next) {
    value = next;
    if (!typing) show();
  }

  /** @param {number} next */
  function change(next) {
    const before = value;
    value = Number(next.toFixed(digits));
    show();
    if (Math.abs(value - Number(before.toFixed(digits))) > 1e-9) onChange(value);
  }

  /** @returns {boolean} whether it was a number that may stand here */
  function commit() {
    if (!typing) return true;
    const typed = worth(input.value);
    const [least, most] = limits();
    if (Number.isFinite(typed) && typed >= least && typed <= most) {
      change(typed);
      return true;
    }
    input.setAttribute("aria-invalid", "true");
    const open = (/** @type {number} */ limit) => (Number.isFinite(limit) ? text(limit) : "…");
    input.setCustomValidity(`${open(least)} – ${open(most)}${unit ? ` ${unit}` : ""}`);
    input.reportValidity();
    return false;
  }

  input.addEventListener("input", () => {
    typing = true;
    input.setCustomValidity("");
    input.removeAttribute("aria-invalid");
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    if (!commit()) show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && commit()) input.select();
    if (event.key === "Escape" && typing) {
      // The first Escape is the field's.
      event.stopPropagation();
      show();
      input.select();
    }
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const typed = typing ? worth(input.value) : value;
    change(bounded((Number.isFinite(typed) ? typed : value) + (event.key === "ArrowUp" ? 1 : -1) * step * (event.shiftKey ? 10 : 1)));
  });

  const letters = [head && h("i", { class: "is-head", text: head }), unit && h("i", { text: unit })];
  const element = h("span", { class: `wme-num ${head ? "has-head" : ""} ${unit ? "" : "is-plain"}` }, [letters[0], input, letters[1]]);
  for (const letter of letters) if (letter) scrub(letter, { start: () => value, show: (next) => (input.value = text(next)), commit: change, bounded, step, disabled: () => input.disabled });
  return { element, input, set };
}

/** @param {HTMLElement} letter @param {{start: () => number, show: (value: number) => void, commit: (value: number) => void, bounded: (value: number) => number, step: number, disabled: () => boolean}} field */
function scrub(letter, { start, show, commit, bounded, step, disabled }) {
  /** @type {{x: number, from: number, now: number}|null} */
  let held = null;
  letter.classList.add("is-scrub");
  letter.addEventListener("pointerdown", (event) => {
    if (disabled() || event.button !== 0) return;
    event.preventDefault();
    letter.setPointerCapture(event.pointerId);
    held = { x: event.clientX, from: start(), now: start() };
  });
  letter.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.now = bounded(held.from + Math.trunc((event.clientX - held.x) / SCRUB_PX) * step * (event.shiftKey ? 10 : 1));
    show(held.now);
  });
  letter.addEventListener("pointerup", () => {
    if (held) commit(held.now);
    held = null;
  });
  letter.addEventListener("lostpointercapture", () => {
    if (held) show(held.from);
    held = null;
  });
}
