// The stylesheet, linked once per page from beside this module.

/** @type {Promise<void>|null} */
let loading = null;

/** Link editor.css; resolves when it is in force (or failed to load: an unstyled editor is better than none). @returns {Promise<void>} */
export function ensureStyles() {
  loading ??= new Promise((resolve) => {
    const href = new URL("../editor.css", import.meta.url).href;
    const known = [...document.styleSheets].some((sheet) => sheet.href === href);
    if (known) {
      resolve();
      return;
    }
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    document.head.append(link);
  });
  return loading;
}
