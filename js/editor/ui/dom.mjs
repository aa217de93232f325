// Small helpers around the DOM. Text always enters through textContent: nothing from a document or a file becomes markup.

/**
 * Build an element.
 * @param {string} tag
 * @param {Record<string, any>} [props] `class`, `text`, `style` (object), `dataset`, `on` ({event: handler}), `aria` and plain attributes;
 *   `false`, `null` and `undefined` attributes are left out, `true` becomes an empty attribute.
 * @param {(Node | string | null | undefined | false)[]} [children]
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, children = []) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else if (key === "text") element.textContent = value;
    else if (key === "style") setStyle(element, value);
    else if (key === "dataset") Object.assign(element.dataset, value);
    else if (key === "on") for (const [name, handler] of Object.entries(value)) element.addEventListener(name, handler);
    else if (key === "aria") for (const [name, text] of Object.entries(value)) element.setAttribute(`aria-${name}`, String(text));
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

function setStyle(element, style) {
  for (const [name, value] of Object.entries(style)) {
    if (name.startsWith("--")) element.style.setProperty(name, value);
    else element.style[name] = value;
  }
}

/** Replace every child of `parent`. */
export function fill(parent, children) {
  parent.replaceChildren(...children.filter(Boolean));
}

/** Write text only when it changed: a textContent assignment costs a layout even when equal. */
export function setText(element, text) {
  if (element.__text === text) return;
  element.__text = text;
  element.textContent = text;
}

/** Set or remove a boolean class and mirror it to an aria attribute. */
export function setPressed(button, pressed) {
  button.setAttribute("aria-pressed", pressed ? "true" : "false");
}

/** Whether the element takes typed text, so that its own keys (undo, arrows, delete) belong to it. */
export function isTextField(element) {
  if (!element) return false;
  const tag = element.tagName;
  if (tag === "TEXTAREA") return !element.classList.contains("wme-keys");
  return tag === "INPUT" && !["checkbox", "radio", "range", "button", "color", "file"].includes(element.type);
}

/** Offer a text or bytes as a file to keep. */
export function saveFile(name, content, type = "application/json") {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = h("a", { href: url, download: name });
  link.click();
  // Revoked late: some browsers start the download after the click returned.
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Let the user choose files; resolves to an array, empty when dismissed. */
export function chooseFiles(accept, signal) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept });
    input.addEventListener("change", () => resolve([...(input.files ?? [])]));
    input.addEventListener("cancel", () => resolve([]));
    signal?.addEventListener("abort", () => resolve([]));
    input.click();
  });
}

/** Whether the person asked the system for less motion. */
export function reducedMotion() {
  return globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
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
