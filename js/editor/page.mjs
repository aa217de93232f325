// The bare page: the editor with a small server behind it that keeps the document and its tracks.

import { openEditor } from "./editor.mjs";
import { h } from "./ui/dom.mjs";
import { createStrings, reasonOf } from "./ui/strings.mjs";

/** @typedef {import('./options.mjs').EditorOptions} EditorOptions */
/** @typedef {Omit<EditorOptions, "picture"> & {documentName: string, picture?: {url: string, name: string, size_wh: [number, number]}|null}} Config what the server says of its drawing */
/** @typedef {{document: string, tracks: string, visibility: string, count: number, frames: number}} Saved paths of the files, and what is in them */

const locale = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const t = createStrings({}, locale);
document.documentElement.lang = locale;

/** @param {string} text @returns {Promise<Saved>} */
async function save(text) {
  const response = await fetch("save", { method: "POST", headers: { "Content-Type": "application/json" }, body: text });
  const answer = await response.json().catch(() => ({ error: response.statusText }));
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** @param {Saved} saved */
function showDone(saved) {
  const panel = h("main", { class: "page-done" }, [
    h("h1", { text: t("page.saved") }),
    h("ul", {}, [saved.document, saved.tracks, saved.visibility].map((path) => h("li", { text: path }))),
    h("p", { text: t("page.tracks", { count: saved.count, frames: saved.frames }) }),
    h("button", { type: "button", text: t("page.again"), on: { click: () => { panel.remove(); start(); } } }),
  ]);
  document.body.append(panel);
}

/** The theme that the address asks for. @returns {import('./options.mjs').Theme} */
function wantedTheme() {
  const theme = new URLSearchParams(location.search).get("theme");
  return theme === "dark" || theme === "light" ? theme : "auto";
}

async function start() {
  /** @type {Config} */
  const config = await (await fetch("config.json")).json();
  document.title = `${config.documentName} · ${t("title")}`;
  const handle = openEditor({
    ...config,
    documentText: config.documentText ?? "",
    picture: config.picture && { ...config.picture, ref: { filename: config.picture.name, subfolder: "", type: "local" } },
    sizeFromPicture: !config.picture,
    theme: wantedTheme(),
    locale,
    full: true,
    askServer: (action, body, signal) => fetch(action, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body, signal }),
    async onClose(text) {
      if (text === "") return;
      // A document that could not be read is left as it is.
      if (handle.editor.state.readOnly) return;
      showDone(await save(text));
    },
  });
  // For the console, and for scripts that drive the page.
  Object.assign(globalThis, { wanMoveEditor: handle });
}

start().catch((error) => document.body.append(h("p", { class: "page-done", text: reasonOf(error) })));
