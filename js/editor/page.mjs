// The bare page: the editor with a small server behind it that keeps the document and its tracks.

import { openEditor } from "./editor.mjs";
import { createKeeper } from "./files/keeper.mjs";
import { createRemote } from "./files/remote.mjs";
import { h, saveFile } from "./ui/dom.mjs";
import { createStrings, reasonOf } from "./ui/strings.mjs";

/** @typedef {import('./options.mjs').EditorOptions} EditorOptions */
/** @typedef {import('./files/remote.mjs').Saved} Saved */
/** @typedef {Omit<EditorOptions, "picture"> & {documentName: string, revision: string, picture?: {url: string, name: string, size_wh: [number, number]}|null}} Config what the server says of its drawing */

const locale = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const t = createStrings({}, locale);
document.documentElement.lang = locale;
// Not a secret, and only this server's: a plain random word (crypto.randomUUID wants a secure address).
const remote = createRemote(Array.from(crypto.getRandomValues(new Uint32Array(3)), (word) => word.toString(36)).join(""));

/** There is one at most, whatever led to it. @param {Saved|null} saved null: there was nothing to save, because the document could not be read */
function showDone(saved) {
  document.querySelector(".page-done")?.remove();
  const panel = h("main", { class: "page-done" }, [
    h("h1", { text: t(saved ? "page.saved" : "page.closed") }),
    saved && h("ul", {}, [saved.document, saved.tracks, saved.visibility].map((path) => h("li", { text: path }))),
    saved && h("p", { text: t("page.tracks", { count: saved.count, frames: saved.frames }) }),
    saved?.copy && h("p", { text: t("page.otherKept", { name: saved.copy }) }),
    h("button", { type: "button", text: t("page.again"), on: { click: () => { panel.remove(); open(); } } }),
  ]);
  document.body.append(panel);
}

/** The theme that the address asks for. @returns {import('./options.mjs').Theme} */
function wantedTheme() {
  const theme = new URLSearchParams(location.search).get("theme");
  return theme === "dark" || theme === "light" ? theme : "auto";
}

/** The page around the editor looks as the editor does. */
function wearTheme() {
  const theme = wantedTheme();
  document.documentElement.dataset.theme = theme === "auto" ? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark") : theme;
}

async function start() {
  const config = /** @type {Config} */ (await remote.own());
  document.title = `${config.documentName} · ${t("title")}`;
  /** @type {Saved|null} */
  let saved = null;
  const keeper = createKeeper({
    remote, t, name: config.documentName, channel: `wan-move-page:${config.storageKey}`, revision: config.revision,
    handle: () => handle,
    offerCopy: (text) => saveFile(config.documentName, text),
    restart() {
      keeper.end();
      handle.destroy();
      open();
    },
  });
  const handle = openEditor({
    ...config,
    documentText: config.documentText ?? "",
    picture: config.picture && { ...config.picture, ref: { filename: config.picture.name, subfolder: "", type: "local" } },
    sizeFromPicture: !config.picture,
    theme: wantedTheme(),
    locale,
    full: true,
    askServer: (action, body, signal) => fetch(action, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body, signal }),
    onAutosave: keeper.drawn,
    motions: remote.motions,
    async onClose(text) {
      // A document that could not be read is left as it is.
      if (text === "" || handle.editor.state.readOnly) return true;
      saved = (await keeper.save(text)) ?? saved;
      return saved !== null;
    },
    onClosed() {
      keeper.end();
      showDone(saved);
    },
  });
  // For the console, and for scripts that drive the page.
  Object.assign(globalThis, { wanMoveEditor: handle });
}

function open() {
  start().catch((error) => document.body.append(h("p", { class: "page-done", text: reasonOf(error, t) })));
}

wearTheme();
open();
