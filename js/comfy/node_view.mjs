// What stands on the editor's node: a playing thumbnail, the button, and the editor that it opens. The document lives in the node's
// text widget; everything here is a view of it and may be thrown away at any time.

import { openEditor } from "../editor/editor.mjs";
import { createThumbnail } from "../editor/stage/thumbnail.mjs";
import { parseDocument, emptyDocument, serializeDocument } from "../editor/motion/document/document.mjs";
import { remapDocument } from "../editor/motion/document/remap.mjs";
import { decodePicture } from "../editor/stage/picture.mjs";
import { h } from "../editor/ui/dom.mjs";
import { icon } from "../editor/ui/icons.mjs";
import { createStrings, reasonOf, tableFor } from "../editor/ui/strings.mjs";
import { clipFor, croppedSize, inputRef, keyOf, linkedClip, masksFor, pictureFor } from "./node_inputs.mjs";

const MIN_HEIGHT_PX = 244;

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

/** @typedef {import('./graph.mjs').FileRef} FileRef */
/** @typedef {import('./node_inputs.mjs').NodePicture} NodePicture */
/** @typedef {import('../editor/motion/document/types.mjs').Doc} Doc */
/** @typedef {{text: string, doc: Doc|null, error: string|null}} Stored the widget's text, and what it says */
/** @typedef {{handle: ReturnType<typeof openEditor>, pictureKey: string, clipKey: string}} Session the open editor, and the picture and clip that the graph last gave it */
/**
 * @typedef {object} NodeViewNeeds
 * @property {ComfyNode} node
 * @property {ComfyWidget} store the text widget that owns the document
 * @property {import('./host.mjs').Host} host
 */
/**
 * @typedef {object} NodeView
 * @property {ComfyNode} node
 * @property {HTMLElement} element
 * @property {number} minHeight CSS px
 * @property {() => void} refresh look again at the graph, with the next frame
 * @property {() => Promise<void>} open
 * @property {() => void} remove the node left its graph: what was drawn is in the text and in the browser's own storage
 * @property {() => void} revive the same node came back (moved between graphs)
 */

/** @param {NodeViewNeeds} needs @returns {NodeView} */
export function createNodeView({ node, store, host }) {
  const words = tableFor(host.locale()) === tableFor("zh") ? CHINESE : ENGLISH;
  const said = createStrings({}, host.locale());
  const thumb = createThumbnail({ onOpen: () => open(), locale: host.locale() });
  const button = h("button", { class: "wmc-open", type: "button" }, [icon("drag", 16), h("span", { text: words.open })]);
  const hint = h("p", { class: "wmc-hint" });
  const element = h("div", { class: "wmc" }, [thumb.element, button, hint]);
  button.addEventListener("click", () => open());
  host.takeDrops(element, (file) => dropOn(file));
  host.passOn(element, button);

  /** @type {Session|null} */
  let session = null;
  let visible = false;
  let scheduled = 0;
  let removed = false;
  /** What the thumbnail shows: a stored text as one clip. @type {{stored: Stored, key: string}|null} */
  let shownDocument = null;
  let shownPicture = "";
  /** Real size of the picture that is shown; null until it is decoded. @type {{key: string, size_wh: [number, number]}|null} */
  let measured = null;

  const watcher = new IntersectionObserver((entries) => {
    visible = entries.at(-1)?.isIntersecting ?? false;
    // A thumbnail that nobody sees neither plays nor loads.
    if (visible) refresh();
    else thumb.pause();
  });
  watcher.observe(element);

  const textNow = () => String(store.value ?? "");
  /** @type {Stored} */
  let stored = { text: "", doc: null, error: null };

  /** The text of this moment, read. */
  async function readStored() {
    while (stored.text !== textNow()) {
      const text = textNow();
      const { document: doc, error } = await parseDocument(text);
      if (text === textNow()) stored = { text, doc, error };
    }
    return stored;
  }

  /** @param {NodePicture} found */
  const sourceOf = (found) => (found.ref ? { url: host.viewUrl(found.ref), opaqueUrl: host.opaqueUrl(found.ref), ref: found.ref, name: found.ref.filename, size_wh: found.size_wh ?? undefined } : null);

  /** @param {NodePicture} found */
  const measuredSize = (found) => (measured?.key === keyOf(found.ref) ? measured.size_wh : null);
  /** @param {Stored} from */
  const picture = (from) => pictureFor(node, host, from.doc);
  /** @param {NodePicture} found */
  const clip = (found) => clipFor(node, host, croppedSize(stored.doc, found.size_wh ?? measuredSize(found)));

  /** The stored document as the clip of now shows it. The stored text itself changes only when somebody draws. @param {Stored} from @param {NodePicture} found */
  function show(from, found) {
    const { size_wh, frames, fit } = clip(found);
    const picture_wh = measuredSize(found) ?? undefined;
    const key = `${size_wh} ${frames} ${fit} ${picture_wh}`;
    if (shownDocument?.stored === from && shownDocument.key === key) return;
    shownDocument = { stored: from, key };
    const { doc, error } = from;
    if (error) thumb.show(null, error);
    else thumb.show(doc ? remapDocument(doc, { size_wh, frames, fit, picture_wh: doc.picture?.size_wh ? picture_wh : undefined }) : emptyDocument({ size_wh, frames, fit }));
  }

  function refresh() {
    if (removed || scheduled || !node.graph) return;
    scheduled = requestAnimationFrame(async () => {
      scheduled = 0;
      const from = await readStored();
      if (!removed && node.graph) render(from);
    });
  }

  /** @param {Stored} from */
  function render(from) {
    const found = picture(from);
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
      void session.handle.setMasks(masksFor(node, host));
    }
    if (!visible) return;
    show(from, found);
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

  /** @param {string} url @param {string} key */
  function measure(url, key) {
    const image = new Image();
    image.onload = () => {
      measured = { key, size_wh: [image.naturalWidth, image.naturalHeight] };
      refresh();
    };
    image.src = url;
  }

  /** Write the document, at once, so that a prompt queued next carries it; one step of the graph's undo. @param {string} text */
  function write(text) {
    if (text === textNow() || (!store.value && isBlank(text))) return;
    store.value = text;
    store.callback?.(text);
    node.setDirtyCanvas?.(true, true);
    host.captureStep();
    refresh();
  }

  // A prompt that is queued in the moment after a step carries that step: tracks of a dense layer take a moment to be packed.
  const serialize = store.serializeValue;
  store.serializeValue = async (...given) => {
    await session?.handle.told();
    return serialize ? serialize.apply(store, given) : store.value;
  };

  /** @param {File} file */
  async function keepPicture(file) {
    const found = picture(await readStored());
    if (found.linked && !found.loader) throw new Error(words.connected);
    const ref = await host.upload(file);
    if (found.loader) host.setLoader(found.loader, ref);
    return { url: host.viewUrl(ref), opaqueUrl: host.opaqueUrl(ref), ref, name: ref.filename };
  }

  /** A picture dropped on the node itself. @param {File} file */
  async function dropOn(file) {
    try {
      const { url, ref } = await keepPicture(file);
      if (!picture(await readStored()).loader) {
        const { size_wh } = await decodePicture({ url });
        await writePicture(ref, size_wh);
      }
      refresh();
    } catch (error) {
      hint.textContent = `${file.name}: ${reasonOf(error, said)}`;
    }
  }

  /** Keep a picture in the document; what is drawn stays on the same parts of it. @param {FileRef} ref @param {[number, number]} size_wh */
  async function writePicture(ref, size_wh) {
    const from = await readStored();
    if (from.error) throw new Error(from.error);
    const doc = from.doc ?? emptyDocument(clip(picture(from)));
    const text = await serializeDocument({ ...(doc.picture?.size_wh ? remapDocument(doc, { picture_wh: size_wh }) : doc), picture: { ref, size_wh } });
    // Somebody drew meanwhile: once more, over that.
    if (from.text !== textNow()) await writePicture(ref, size_wh);
    else write(text);
  }

  /** The editor changed the clip: the node's widgets are what keeps it, and what the graph then says is no news to the editor. @param {Pick<Doc, "size_wh"|"frames"|"fit">} made */
  function takeClip({ size_wh, frames, fit }) {
    const found = picture(stored);
    const { size_wh: before } = clip(found);
    const resized = `${before}` !== `${size_wh}`;
    host.setValues(node, { fit, ...(resized && { width: size_wh[0], height: size_wh[1] }), length: frames });
    const now = clip(found);
    if (session) session.clipKey = `${now.size_wh} ${now.frames} ${now.fit}`;
  }

  async function open() {
    if (session || removed || host.busy) return;
    host.busy = true;
    thumb.pause();
    /** @type {Session|null} */
    let opened = null;
    const done = () => {
      host.busy = false;
      if (session === opened) session = null;
      shownDocument = null;
      refresh();
    };
    try {
      const from = await readStored();
      if (removed) {
        done();
        return;
      }
      const found = picture(from);
      const { size_wh, frames, fit, known } = clip(found);
      const handle = openEditor({
        documentText: from.text,
        size_wh, frames, fit,
        fixedClip: true,
        picture: sourceOf(found),
        pictureHint: found.waits ? words.run : known ? undefined : words.linked,
        storageKey: host.placeKey(node),
        theme: "auto",
        locale: host.locale(),
        takes: host.takes(node),
        masks: masksFor(node, host),
        motions: host.motions,
        loadPicture: keepPicture,
        askServer: host.askServer,
        onChange: write,
        lockedClip: () => linkedClip(node, host),
        onClip: (made) => takeClip(made),
        onClose(text) {
          if (!handle.editor.state.readOnly) write(text);
          done();
        },
      });
      session = opened = { handle, pictureKey: keyOf(found.ref), clipKey: `${size_wh} ${frames} ${fit}` };
    } catch (error) {
      done();
      throw error;
    }
  }

  return {
    node, element, refresh, open, minHeight: MIN_HEIGHT_PX,
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
    revive() {
      if (removed) watcher.observe(element);
      removed = false;
      scheduled = 0;
      refresh();
    },
  };
}

/** Nothing drawn, nothing dropped: not worth a change of the graph. @param {string} text as the editor writes it */
function isBlank(text) {
  /** @type {Doc} */
  const { layers, camera, picture } = JSON.parse(text);
  return !layers.length && !camera && !inputRef(picture?.ref);
}
