// What the editor starts from: a stored document, a new one, or the reason why the stored one cannot be read.

import { emptyDocument, parseDocument } from "../motion/document/document.mjs";
import { remapDocument } from "../motion/document/remap.mjs";
import { h, saveFile } from "../ui/dom.mjs";

/**
 * A stored document is remapped to the clip that the host states; an unreadable one comes back as its text and the error.
 * @param {import('../editor.mjs').EditorOptions} options
 * @returns {{doc: import('../motion/document/types.mjs').Doc, error: string|null, readOnlyText: string|null}}
 */
export function readDocument(options) {
  const text = options.documentText ?? "";
  const clip = { size_wh: options.size_wh, frames: options.frames, fps: options.fps, fit: options.fit };
  for (const key of Object.keys(clip)) if (clip[key] === undefined || clip[key] === null) delete clip[key];
  const empty = emptyDocument(clip);
  if (options.documentError) return { doc: empty, error: options.documentError, readOnlyText: text };
  const { document: doc, error, readOnlyText } = parseDocument(text);
  if (error) return { doc: empty, error, readOnlyText: readOnlyText ?? text };
  if (!doc) return { doc: empty, error: null, readOnlyText: null };
  const same = (!clip.size_wh || (clip.size_wh[0] === doc.size_wh[0] && clip.size_wh[1] === doc.size_wh[1])) && (clip.frames ?? doc.frames) === doc.frames && (clip.fps ?? doc.fps) === doc.fps && (clip.fit ?? doc.fit) === doc.fit;
  return { doc: same ? doc : remapDocument(doc, clip), error: null, readOnlyText: null };
}

/** The unread text with its error over the editor; nothing replaces it unless the person starts anew, which keeps a copy first. */
export function showFault(ed, { error, readOnlyText }) {
  const { t, state } = ed;
  state.readOnly = true;
  const keepCopy = () => saveFile("motion-unread.json", readOnlyText);
  const start = () => {
    keepCopy();
    state.readOnly = false;
    fault.remove();
    state.emit("doc", "reset");
    ed.focusKeys();
  };
  const shown = readOnlyText.length > 200000 ? `${readOnlyText.slice(0, 200000)}…` : readOnlyText;
  const fault = h("section", { class: "wme-fault", "aria-label": t("fault") }, [
    h("h2", { text: t("fault") }),
    h("p", { class: "wme-bad", text: error }),
    h("pre", { class: "wme-fault-text", tabindex: "0", text: shown }),
    h("div", { class: "wme-group" }, [
      h("span", { class: "wme-muted", style: { flex: "1" }, text: t("fault.note") }),
      h("button", { class: "wme-btn is-line", type: "button", text: t("fault.save"), on: { click: keepCopy } }),
      h("button", { class: "wme-btn is-line", type: "button", text: t("fault.start"), title: t("fault.startTitle"), on: { click: start } }),
    ]),
  ]);
  ed.root.append(fault);
}
