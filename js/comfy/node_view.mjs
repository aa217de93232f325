// What stands on the editor's node: a playing thumbnail, the button, and the editor that it opens. The document lives in the node's
// text widget; everything here is a view of it and may be thrown away at any time.

import { openEditor } from "../editor/editor.mjs";
import { createThumbnail } from "../editor/stage/thumbnail.mjs";
import { parseDocument, emptyDocument, serializeDocument } from "../editor/motion/document/document.mjs";
import { remapDocument } from "../editor/motion/document/remap.mjs";
import { areaSize } from "../editor/geometry/fit.mjs";
import { decodePicture } from "../editor/stage/picture.mjs";
import { h } from "../editor/ui/dom.mjs";
import { icon } from "../editor/ui/icons.mjs";
import { tableFor } from "../editor/ui/strings.mjs";
import { pictureOf, valueOf } from "./graph.mjs";

const MIN_HEIGHT_PX = 244;
const WATCHED = ["width", "height", "length", "fit"];

const ENGLISH = {
  open: "Edit motion",
  run: "The picture comes from the graph: run it once to see it here.",
  linked: "Numbers come from the graph: shown as of its last run.",
  connected: "the picture comes from a connected node; disconnect it, or change the picture there",
};
const CHINESE = {
  open: "编辑运动",
  run: "图片来自工作流：运行一次后即可在此显示。",
  linked: "数值来自工作流：显示的是上次运行时的值。",
  connected: "图片来自相连的节点；请断开连接，或在那个节点里更换图片",
};

/**
 * @param {any} node @param {any} store the text widget that owns the document
 * @param {import('./host.mjs').Host} host
 */
export function createNodeView(node, store, host) {
  const words = tableFor(host.locale()) === tableFor("zh") ? CHINESE : ENGLISH;
  const thumb = createThumbnail({ onOpen: () => open(), locale: host.locale() });
  const button = h("button", { class: "wmc-open", type: "button" }, [icon("drag", 16), h("span", { text: words.open })]);
  const hint = h("p", { class: "wmc-hint" });
  const element = h("div", { class: "wmc" }, [thumb.element, button, hint]);
  button.addEventListener("click", () => open());
  host.takeDrops(element, (file) => dropOn(file));
  host.passOn(element, thumb.element, button);

  /** The open editor, and the picture and clip that the graph last gave it. @type {{handle: any, pictureKey: string, clipKey: string}|null} */
  let session = null;
  let visible = false;
  let scheduled = 0;
  let removed = false;
  let shownText = null;
  let shownPicture = null;
  /** Real size of the picture that is shown; null until it is decoded. @type {{key: string, size_wh: [number, number]}|null} */
  let measured = null;

  const watcher = new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    // A thumbnail that nobody sees neither plays nor loads.
    if (visible) refresh();
    else thumb.pause();
  });
  watcher.observe(element);

  /** The picture: from the graph, else what the last run saw, else the one that was dropped into the editor. */
  function picture() {
    const found = pictureOf(node, "picture", host.getLink);
    const seen = host.seen(node);
    if (found.linked) {
      const ref = found.ref ?? seen?.background ?? null;
      const size_wh = !found.ref && seen?.picture_wh?.length === 2 ? seen.picture_wh : null;
      return { ...found, ref, size_wh, waits: !ref };
    }
    const kept = parseDocument(store.value ?? "").document?.picture?.ref;
    const ref = kept && typeof kept.filename === "string" && kept.type === "input" ? { filename: kept.filename, subfolder: String(kept.subfolder ?? ""), type: "input" } : null;
    return { linked: false, loader: null, ref, size_wh: null, waits: false };
  }

  const sourceOf = (found) => (found.ref ? { url: host.viewUrl(found.ref), ref: found.ref, name: found.ref.filename, size_wh: found.size_wh ?? undefined } : null);

  /** The clip that the node makes. `known` is false where a number is computed by the graph. */
  function clip(found) {
    const values = Object.fromEntries(WATCHED.map((name) => [name, valueOf(node, name, host.getLink)]));
    const seen = host.seen(node);
    const known = WATCHED.every((name) => values[name].known);
    const fit = values.fit.value ?? "crop";
    let size_wh = [side(values.width.value, 832), side(values.height.value, 480)];
    let frames = Math.max(1, Math.round(Number(values.length.value)) || 81);
    if (!known && seen) {
      if (!values.length.known && seen.length) frames = seen.length;
      if (!values.width.known || !values.height.known || !values.fit.known) return { size_wh: seen.size_wh, frames, fit, known };
    }
    const picture_wh = found.size_wh ?? (measured?.key === keyOf(found.ref) ? measured.size_wh : null);
    if (fit === "area" && picture_wh) size_wh = areaSize(picture_wh, size_wh[0] * size_wh[1]);
    return { size_wh, frames, fit, known };
  }

  /** The stored text as the clip of now shows it. The stored text itself changes only when somebody draws. */
  function shown(found) {
    const text = store.value ?? "";
    const { document: doc, error } = parseDocument(text);
    if (error) return text;
    const { size_wh, frames, fit } = clip(found);
    const picture_wh = measured?.key === keyOf(found.ref) ? measured.size_wh : undefined;
    return serializeDocument(doc ? remapDocument(doc, { size_wh, frames, fit, picture_wh: doc.picture?.size_wh ? picture_wh : undefined }) : emptyDocument({ size_wh, frames, fit }));
  }

  function refresh() {
    if (removed || scheduled || !node.graph) return;
    scheduled = requestAnimationFrame(() => {
      scheduled = 0;
      if (!removed && node.graph) render();
    });
  }

  function render() {
    const found = picture();
    const key = keyOf(found.ref);
    if (session) {
      const { size_wh, frames, fit } = clip(found);
      const clipKey = `${size_wh} ${frames} ${fit}`;
      // Compared with what the graph said before, not with the document: an undo in the editor is not to be undone.
      if (clipKey !== session.clipKey) {
        session.clipKey = clipKey;
        session.handle.setSize({ size_wh, frames, fit });
      }
      if (found.linked && key && session.pictureKey !== key) {
        session.pictureKey = key;
        session.handle.setPicture(sourceOf(found)).catch(() => {});
      }
    }
    if (!visible) return;
    const text = shown(found);
    if (text !== shownText) {
      shownText = text;
      thumb.setDocument(text);
    }
    if (key !== shownPicture) {
      shownPicture = key;
      const source = sourceOf(found);
      thumb.setPicture(source).catch(() => {
        // What an earlier run left is gone after a restart of the host.
        if (shownPicture === key) thumb.setPicture(null);
      });
      if (source) measure(source.url, key);
    }
    hint.textContent = found.waits ? words.run : clip(found).known ? "" : words.linked;
  }

  function measure(url, key) {
    const image = new Image();
    image.onload = () => {
      measured = { key, size_wh: [image.naturalWidth, image.naturalHeight] };
      refresh();
    };
    image.src = url;
  }

  /** Write the document; one step of the graph's undo. */
  function write(text) {
    if (text === (store.value ?? "") || (!store.value && isBlank(text))) return;
    store.value = text;
    store.callback?.(text);
    node.setDirtyCanvas?.(true, true);
    host.captureStep();
    refresh();
  }

  async function keepPicture(file) {
    const found = picture();
    if (found.linked && !found.loader) throw new Error(words.connected);
    const ref = await host.upload(file);
    if (found.loader) host.setLoader(found.loader, ref);
    return { url: host.viewUrl(ref), ref, name: ref.filename };
  }

  /** A picture dropped on the node itself. */
  async function dropOn(file) {
    try {
      const { url, ref } = await keepPicture(file);
      if (!picture().loader) {
        const { size_wh } = await decodePicture({ url });
        const { document: kept, error } = parseDocument(store.value ?? "");
        if (error) throw new Error(error);
        const doc = kept ?? emptyDocument(clip(picture()));
        write(serializeDocument({ ...(doc.picture?.size_wh ? remapDocument(doc, { picture_wh: size_wh }) : doc), picture: { ref, size_wh } }));
      }
      refresh();
    } catch (error) {
      hint.textContent = `${file.name}: ${error.message}`;
    }
  }

  function open() {
    if (session || removed || host.busy) return;
    const found = picture();
    const { size_wh, frames, fit, known } = clip(found);
    const opened = { handle: /** @type {any} */ (null), pictureKey: keyOf(found.ref), clipKey: `${size_wh} ${frames} ${fit}` };
    host.busy = true;
    thumb.pause();
    const done = () => {
      host.busy = false;
      if (session === opened) session = null;
      shownText = null;
      refresh();
    };
    try {
      opened.handle = openEditor({
        documentText: store.value ?? "",
        size_wh, frames, fit,
        fixedClip: true,
        picture: sourceOf(found),
        pictureHint: found.waits ? words.run : known ? undefined : words.linked,
        storageKey: host.placeKey(node),
        theme: "auto",
        locale: host.locale(),
        takes: host.takes(node),
        loadPicture: keepPicture,
        onChange: write,
        onClose(text) {
          if (!opened.handle.editor.state.readOnly) write(text);
          done();
        },
      });
    } catch (error) {
      done();
      throw error;
    }
    session = opened;
  }

  return {
    node, element, refresh, open, minHeight: MIN_HEIGHT_PX,
    get isOpen() {
      return session !== null;
    },
    /** The node left its graph: what was drawn is in the text and in the browser's own storage. */
    remove() {
      removed = true;
      cancelAnimationFrame(scheduled);
      watcher.disconnect();
      if (session) {
        session.handle.destroy();
        host.busy = false;
        session = null;
      }
      thumb.pause();
    },
    /** The same node came back (moved between graphs). */
    revive() {
      if (removed) watcher.observe(element);
      removed = false;
      scheduled = 0;
      refresh();
    },
  };
}

const keyOf = (ref) => (ref ? `${ref.type}/${ref.subfolder}/${ref.filename}` : "");

const side = (value, otherwise) => {
  const px = Math.round(Number(value));
  return Number.isFinite(px) && px >= 8 ? px : otherwise;
};

/** Nothing drawn, nothing dropped: not worth a change of the graph. */
function isBlank(text) {
  const doc = parseDocument(text).document;
  return !!doc && !doc.layers.length && !doc.camera && doc.picture?.ref?.type !== "input";
}
