// Labelled controls of the side panel. Each keeps its own element and is told new values through `set`, so that typing is never
// interrupted by a repaint.

import { h, setPressed } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { numberField } from "./number_field.mjs";

export { numberField };

let serial = 0;
const nextId = () => `wme-f${++serial}`;

/**
 * A button with an icon, a tooltip and a spoken label.
 * @param {string} name of the icon @param {string} label @param {(event: MouseEvent) => void} onClick
 * @param {{pressed?: boolean, keys?: string, size?: number, className?: string}} [options]
 */
export function iconButton(name, label, onClick, { pressed, keys, size, className = "" } = {}) {
  const button = h("button", { class: `wme-btn is-icon ${className}`, type: "button", title: keys ? `${label} (${keys})` : label, "aria-label": label, on: { click: onClick } }, [icon(name, size)]);
  if (pressed !== undefined) setPressed(button, pressed);
  return button;
}

/** @param {string} label @param {Node} control @param {string} [id] of the control that the label belongs to @param {boolean} [wide] the control needs the whole width, below its label */
export function field(label, control, id, wide = false) {
  return h("div", { class: `wme-field ${wide ? "is-wide" : ""}` }, [h("label", { text: label, for: id, title: label }), control]);
}

/**
 * One of a list.
 * @template {string} Value
 * @param {{label: string, options: readonly (readonly [Value, string])[], onChange: (value: Value) => void}} options [value, words]
 */
export function selectField({ label, options, onChange }) {
  const id = nextId();
  const select = h("select", { class: "wme-select", id }, options.map(([value, text]) => h("option", { value, text })));
  // Only the values of `options` can be chosen.
  select.addEventListener("change", () => onChange(/** @type {Value} */ (select.value)));
  return { element: field(label, select, id), input: select, set: (/** @type {Value} */ value) => void (select.value = value) };
}

/** @param {{label: string, onChange: (on: boolean) => void}} options */
export function switchField({ label, onChange }) {
  const id = nextId();
  const input = h("input", { class: "wme-switch", type: "checkbox", role: "switch", id });
  input.addEventListener("change", () => onChange(input.checked));
  return { element: field(label, h("span", { style: { justifySelf: "end", display: "grid" } }, [input]), id), input, set: (/** @type {boolean} */ on) => void (input.checked = on) };
}

/**
 * A few exclusive choices side by side.
 * @template {string} Value
 * @param {{label: string, options: readonly (readonly [Value, string, string?])[], onChange: (value: Value) => void}} options [value, words, icon]
 */
export function segmentField({ label, options, onChange }) {
  const buttons = options.map(([value, text, name]) => h("button", { class: "wme-btn", type: "button", role: "radio", title: text, "aria-label": text, dataset: { value }, on: { click: () => onChange(value) } }, [name ? icon(name, 16) : h("span", { text })]));
  const element = h("div", { class: "wme-seg", role: "radiogroup", "aria-label": label }, buttons);
  /** @param {Value} value */
  const set = (value) => {
    for (const button of buttons) button.setAttribute("aria-checked", button.dataset.value === value ? "true" : "false");
  };
  return { element, buttons, set };
}

/**
 * A slider with its number. `onInput` while sliding, `onChange` once at the end.
 * @param {{label: string, min: number, max: number, step: number, unit?: string, digits?: number, onInput?: (value: number) => void, onChange: (value: number) => void}} options
 */
export function sliderField({ label, min, max, step, unit, digits = 0, onInput, onChange }) {
  const id = nextId();
  const range = h("input", { class: "wme-range", type: "range", id, min, max, step });
  const number = numberField({ label, unit, min, max, step, digits, onChange: (value) => { fillTrack(value); onChange(value); } });
  /** @param {number} value */
  const fillTrack = (value) => range.style.setProperty("--fill", `${((value - min) / (max - min)) * 100}%`);
  range.addEventListener("input", () => {
    const value = Number(range.value);
    fillTrack(value);
    number.set(value);
    onInput?.(value);
  });
  range.addEventListener("change", () => onChange(Number(range.value)));
  /** @param {number} value */
  const set = (value) => {
    if (document.activeElement !== range || Number(range.value) !== value) range.value = String(value);
    fillTrack(value);
    number.set(value);
  };
  return { element: field(label, h("span", { class: "wme-with" }, [range, number.element]), id), set };
}

/** A heading with the controls under it. @param {string} title @param {readonly import('./dom.mjs').Child[]} children @param {readonly import('./dom.mjs').Child[]} [actions] */
export function fold(title, children, actions = []) {
  return h("section", { class: "wme-fold" }, [h("div", { class: "wme-fold-head" }, [h("span", { text: title }), h("span", { class: "wme-gap" }), ...actions]), ...children]);
}
