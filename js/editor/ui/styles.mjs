// The stylesheets, linked once per page from beside this module.

/** Later ones change what earlier ones say. */
const SHEETS = ["editor.css", "screens.css"];

/** @type {Promise<unknown>|null} */
let loading = null;

/** Link the sheets; resolves when they are in force (or failed to load: an unstyled editor is better than none). @returns {Promise<unknown>} */
export function ensureStyles() {
  loading ??= Promise.all(SHEETS.map((name) => linked(new URL(`../${name}`, import.meta.url).href)));
  return loading;
}

/** @param {string} href @returns {Promise<void>} */
function linked(href) {
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return Promise.resolve();
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    document.head.append(link);
  });
}
