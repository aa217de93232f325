// Dark or light: said by the host, or seen from the luminance of the host's own colours.

/** @typedef {import('../options.mjs').Theme} Theme */
/**
 * Colours as the browser computed them, for canvases; `font` is the text's family.
 * @typedef {Record<"fg"|"font"|"panel"|"stage"|"raise"|"hover"|"line"|"strong"|"dim"|"accent"|"soft"|"warn"|"bad", string> & {dark: boolean}} ThemeColors
 */

/** Relative luminance 0-1 of any CSS colour the browser computes as rgb(); null when it is something else. @param {string} color */
function luminance(color) {
  const match = /rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(color);
  if (!match) return null;
  return (0.2126 * Number(match[1]) + 0.7152 * Number(match[2]) + 0.0722 * Number(match[3])) / 255;
}

/**
 * Choose and write the theme onto the element.
 * @param {HTMLElement} element inside the document already
 * @param {Theme|undefined} wanted
 * @param {Record<string, string>} [tokens] custom properties to set, such as {"--wme-accent": "#f80"}
 */
export function applyTheme(element, wanted, tokens = {}) {
  for (const [name, value] of Object.entries(tokens)) if (name.startsWith("--")) element.style.setProperty(name, value);
  element.dataset.theme = wanted === "dark" || wanted === "light" ? wanted : guessTheme(element);
}

/** @param {HTMLElement} element @returns {"dark"|"light"} */
function guessTheme(element) {
  const host = getComputedStyle(document.documentElement);
  if (host.getPropertyValue("--fg-color").trim() || host.getPropertyValue("--comfy-menu-bg").trim()) {
    const text = luminance(getComputedStyle(element).color);
    if (text !== null) return text > 0.5 ? "dark" : "light";
  }
  return globalThis.matchMedia?.("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

const TOKENS = /** @type {const} */ (["panel", "stage", "raise", "hover", "line", "strong", "dim", "accent", "soft", "warn", "bad"]);

/** Colours that canvases need, read once per theme. @param {HTMLElement} element @returns {ThemeColors} */
export function themeColors(element) {
  // A custom property keeps color-mix() unresolved; a probe per token makes the browser compute them, all in one style pass.
  const probes = TOKENS.map((name) => {
    const probe = document.createElement("i");
    probe.hidden = true;
    probe.style.color = `var(--wme-${name})`;
    return probe;
  });
  element.append(...probes);
  const style = getComputedStyle(element);
  const tokens = /** @type {Record<typeof TOKENS[number], string>} */ (Object.fromEntries(TOKENS.map((name, i) => [name, getComputedStyle(probes[i]).color])));
  const colors = { fg: style.color, dark: element.dataset.theme !== "light", font: style.fontFamily, ...tokens };
  for (const probe of probes) probe.remove();
  return colors;
}
