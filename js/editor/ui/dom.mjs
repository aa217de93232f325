// ui/ holds what any screen is made of: elements, fields, menus, icons, words, colours. Its files import one another, ui/sentences, and nothing else that runs.

// Small helpers around the DOM. Text always enters through textContent: nothing from a document or a file becomes markup.

/** @typedef {{[Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void}} Handlers */
/**
 * `false`, `null` and `undefined` attributes are left out, `true` becomes an empty attribute.
 * @typedef {{class?: string, text?: string, value?: string, style?: Record<string, string>, dataset?: Record<string, string>, on?: Handlers, [attribute: string]: unknown}} Props
 */
/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Build an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {readonly Child[]} [children]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, { class: className, text, value, style, dataset, on, ...attributes } = {}, children = []) {
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (style) setStyle(element, style);
  if (dataset) Object.assign(element.dataset, dataset);
  for (const [name, attribute] of Object.entries(attributes)) {
    if (attribute === null || attribute === undefined || attribute === false) continue;
    element.setAttribute(name, attribute === true ? "" : String(attribute));
  }
  // After the attributes: an input's value is kept only as its type allows.
  if (value !== undefined && "value" in element) element.value = value;
  for (const [name, handler] of Object.entries(on ?? {})) element.addEventListener(name, /** @type {EventListener} */ (handler));
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {HTMLElement} element @param {Record<string, string>} style camel case, or custom properties */
function setStyle(element, style) {
  for (const [name, value] of Object.entries(style)) {
    if (name.startsWith("--")) element.style.setProperty(name, value);
    else Object.assign(element.style, { [name]: value });
  }
}

/** Replace every child of `parent`. @param {Element} parent @param {readonly Child[]} children */
export function fill(parent, children) {
  parent.replaceChildren(...children.flatMap((child) => child || []));
}

/** @type {WeakMap<Element, string>} */
const written = new WeakMap();

/** Write text only when it changed: a textContent assignment costs a layout even when equal. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (written.get(element) === text) return;
  written.set(element, text);
  element.textContent = text;
}

/** @param {Element} button @param {boolean} pressed */
export function setPressed(button, pressed) {
  button.setAttribute("aria-pressed", pressed ? "true" : "false");
}

/** Whether the element takes typed text, so that its own keys (undo, arrows, delete) belong to it. @param {EventTarget|null} element */
export function isTextField(element) {
  if (element instanceof HTMLTextAreaElement) return !element.classList.contains("wme-keys");
  return element instanceof HTMLInputElement && !["checkbox", "radio", "range", "button", "color", "file"].includes(element.type);
}

/** Offer a text or bytes as a file to keep. @param {string} name @param {string|Uint8Array} content @param {string} [type] */
export function saveFile(name, content, type = "application/json") {
  const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (content)], { type }));
  const link = h("a", { href: url, download: name });
  link.click();
  // Revoked late: some browsers start the download after the click returned.
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Let the user choose files; resolves to an array, empty when dismissed. @param {string} accept @param {AbortSignal} [signal] @returns {Promise<File[]>} */
export function chooseFiles(accept, signal) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept });
    input.addEventListener("change", () => resolve([...(input.files ?? [])]));
    input.addEventListener("cancel", () => resolve([]));
    signal?.addEventListener("abort", () => resolve([]));
    input.click();
  });
}

/** Whether fingers are the first way to point here: what names keys and clicks helps nobody then. */
export function isTouchScreen() {
  return !!globalThis.matchMedia?.("(pointer: coarse)").matches;
}

/** Pixels of the backing store per CSS pixel, bounded so that a 3x phone does not paint nine times the pixels. */
export function pixelRatio() {
  return Math.min(2, Math.max(1, globalThis.devicePixelRatio || 1));
}

/**
 * Give a canvas its backing store. Returns true when the size changed (which clears it).
 * @param {HTMLCanvasElement} canvas @param {number} width CSS px @param {number} height CSS px @param {number} ratio
 */
export function sizeCanvas(canvas, width, height, ratio) {
  const w = Math.max(1, Math.round(width * ratio));
  const hgt = Math.max(1, Math.round(height * ratio));
  if (canvas.width === w && canvas.height === hgt) return false;
  canvas.width = w;
  canvas.height = hgt;
  return true;
}

/** The 2D context of a canvas that has no other. @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings] */
export function context2d(canvas, settings) {
  const ctx = canvas.getContext("2d", settings);
  if (!ctx) throw new Error("this browser gave no 2D drawing context. Fix: close other tabs with large canvases, then reload.");
  return ctx;
}

/** A canvas given its backing store and emptied, with a context that measures in CSS px. @param {HTMLCanvasElement} canvas @param {number} width CSS px @param {number} height CSS px @param {number} [ratio] */
export function clearedContext(canvas, width, height, ratio = pixelRatio()) {
  sizeCanvas(canvas, width, height, ratio);
  const ctx = context2d(canvas);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}
