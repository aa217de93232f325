// What the editor starts from: a stored document, a new one, or the reason why the stored one cannot be read.

import { emptyDocument, parseDocument } from "../motion/document/document.mjs";
import { remapDocument } from "../motion/document/remap.mjs";
import { withinClip } from "../commands/all.mjs";
import { h, saveFile } from "../ui/dom.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../options.mjs').EditorOptions} EditorOptions */
/** @typedef {{error: string, readOnlyText: string}} UnreadDocument */
/** @typedef {{doc: Doc, unread: UnreadDocument|null, carried?: Doc|null}} Opened `doc` is a new one where the stored one is unread; `carried`: what it was, where it was stored for another clip */

/** The clip that the host states. @param {Pick<EditorOptions, "size_wh"|"frames"|"fps"|"fit">} options */
export function clipOf({ size_wh, frames, fps, fit }) {
  return { ...(size_wh && { size_wh }), ...(frames && { frames }), ...(fps && { fps }), ...(fit && { fit }) };
}

/** A new drawing of the clip that the host states. @param {EditorOptions} options @returns {Doc} */
export function newDocument(options) {
  return emptyDocument(clipOf(options));
}

/**
 * A stored document is remapped to the clip that the host states; an unreadable one comes back as its text and the error. Never rejects.
 * @param {EditorOptions} options
 * @returns {Promise<Opened>}
 */
export async function readDocument(options) {
  const text = options.documentText ?? "";
  const doc = newDocument(options);
  if (options.documentError) return { doc, unread: { error: options.documentError, readOnlyText: text } };
  const read = await parseDocument(text);
  if (read.error) return { doc, unread: { error: read.error, readOnlyText: read.readOnlyText ?? text } };
  const fitted = read.document && fittedDocument(read.document, options);
  return { doc: fitted ?? doc, unread: null, carried: fitted === read.document ? null : read.document };
}

/** @param {Doc} doc @param {EditorOptions} options @returns {Doc} */
function fittedDocument(doc, options) {
  const clip = clipOf(options);
  const { size_wh = doc.size_wh, frames = doc.frames, fps = doc.fps, fit = doc.fit } = clip;
  const same = size_wh[0] === doc.size_wh[0] && size_wh[1] === doc.size_wh[1] && frames === doc.frames && fps === doc.fps && fit === doc.fit;
  return same ? doc : withinClip(remapDocument(doc, clip));
}

/**
 * @typedef {object} UnreadNeeds
 * @property {HTMLElement} root the editor
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {() => void} startAnew the person wants a new drawing in its place; a copy of the unread text is kept already
 */

/** The unread text with its error over the editor; nothing replaces it unless the person starts anew, which keeps a copy first. @param {UnreadNeeds} needs @param {UnreadDocument} unread */
export function showUnread({ root, t, startAnew }, { error, readOnlyText }) {
  const keepCopy = () => saveFile("motion-unread.json", readOnlyText);
  const start = () => {
    keepCopy();
    fault.remove();
    startAnew();
  };
  const shown = readOnlyText.length > 200000 ? `${readOnlyText.slice(0, 200000)}…` : readOnlyText;
  const fault = h("section", { class: "wme-fault", "aria-label": t("fault") }, [
    h("h2", { text: t("fault") }),
    h("p", { class: "wme-bad", text: t.fault(error) }),
    h("pre", { class: "wme-fault-text", tabindex: "0", text: shown }),
    h("div", { class: "wme-group" }, [
      h("span", { class: "wme-muted", style: { flex: "1" }, text: t("fault.note") }),
      h("button", { class: "wme-btn is-line", type: "button", text: t("fault.save"), on: { click: keepCopy } }),
      h("button", { class: "wme-btn is-line", type: "button", text: t("fault.start"), title: t("fault.startTitle"), on: { click: start } }),
    ]),
  ]);
  root.append(fault);
}
