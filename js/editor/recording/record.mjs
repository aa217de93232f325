// From the menu to a file: the draft is painted, encoded, saved, with words on how far it is and a way to stop.

import { encodeByServer } from "../files/reader.mjs";
import { h, saveFile, setText } from "../ui/dom.mjs";
import { InWords, reasonOf } from "../ui/strings.mjs";
import { draftFrames, jpegOf } from "./frames.mjs";
import { webmOf } from "./webm.mjs";

/** @typedef {"mp4"|"gif"|"webm"} ClipFormat */
/**
 * @typedef {object} RecorderNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 * @property {import('../options.mjs').AskServer} [askServer]
 * @property {() => void} pause
 * @property {(words: string) => void} tip
 */
/** @typedef {{can: (format: ClipFormat) => boolean, ready: () => boolean, record: (format: ClipFormat) => Promise<void>}} Recorder `ready`: there is a draft to record */

/** Bits a pixel of a frame: a draft is sharp, and is looked at frame by frame. */
const BITS_PER_PIXEL = 0.3;
const KEY_EVERY = 16;
/** What one request may carry; encoding in the browser has no such end. */
const MOST_BYTES = 64 * 1024 * 1024;
/** @type {readonly (readonly [string, "V_VP8"|"V_VP9"])[]} */
const CODECS = [["vp09.00.41.08", "V_VP9"], ["vp8", "V_VP8"]];

/** @param {RecorderNeeds} needs @returns {Recorder} */
export function createRecorder({ state, t, float, signal, askServer, pause, tip }) {
  /** @param {ClipFormat} format */
  const can = (format) => (format === "webm" ? typeof globalThis.VideoEncoder === "function" : !!askServer);

  /** @param {ClipFormat} format */
  async function record(format) {
    const { picture, doc } = state;
    if (!picture || !can(format)) return;
    pause();
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort(), { signal: stop.signal });
    const bar = h("progress", { max: doc.frames, "aria-label": t("clip.progress") });
    const words = h("p", { role: "status", class: "wme-muted" });
    float.dialog({ title: t("clip.draftTitle"), body: [words, bar], actions: [{ label: t("cancel"), run: () => stop.abort() }], gone: () => stop.abort() });
    const told = (/** @type {number} */ frame) => {
      bar.value = frame;
      setText(words, t("clip.frame", { frame, frames: doc.frames }));
    };
    try {
      // Reused by the next sampling: a recording keeps what it began with.
      const sampled = { ...state.sampled, xy: state.sampled.xy.slice(), visible: state.sampled.visible.slice() };
      const frames = draftFrames({ doc, sampled, picture: picture.fitted, signal: stop.signal });
      const file = format === "webm" ? await inBrowser(frames, told) : await byServer(frames, format, told);
      if (stop.signal.aborted) return;
      float.close();
      saveFile(file.name, file.bytes, format === "gif" ? "image/gif" : `video/${format}`);
      tip(t("export.done", { name: file.name }));
    } catch (error) {
      if (stop.signal.aborted) return;
      float.close();
      float.notice(t("export.failed", { why: reasonOf(error, t) }), { bad: true, ms: 9000 });
    }

    /** @param {ReturnType<typeof draftFrames>} frames @param {"mp4"|"gif"} kind @param {(frame: number) => void} tell */
    async function byServer(frames, kind, tell) {
      /** @type {Uint8Array[]} */
      const pictures = [];
      let bytes = 0;
      for await (const { canvas, frame } of frames) {
        pictures.push(await jpegOf(canvas));
        bytes += pictures[frame].length;
        if (bytes > MOST_BYTES) throw new InWords(t("clip.long"));
        tell(frame + 1);
      }
      bar.removeAttribute("value");
      setText(words, t("clip.encoding"));
      return encodeByServer({ frames: pictures, fps: doc.fps, format: kind, ask: /** @type {import('../options.mjs').AskServer} */ (askServer), signal: stop.signal });
    }

    /** @param {ReturnType<typeof draftFrames>} frames @param {(frame: number) => void} tell */
    async function inBrowser(frames, tell) {
      const [width, height] = doc.size_wh;
      const config = { width, height, framerate: doc.fps, bitrate: Math.round(Math.min(4e7, width * height * doc.fps * BITS_PER_PIXEL)) };
      let codec = null;
      for (const one of CODECS) if (!codec && (await VideoEncoder.isConfigSupported({ ...config, codec: one[0] }).catch(() => null))?.supported) codec = one;
      if (!codec) throw new InWords(t("clip.noEncoder"));
      /** @type {import('./webm.mjs').Chunk[]} */
      const chunks = [];
      /** @type {unknown} */
      let fault = null;
      const encoder = new VideoEncoder({
        output(chunk) {
          const bytes = new Uint8Array(chunk.byteLength);
          chunk.copyTo(bytes);
          chunks.push({ bytes, key: chunk.type === "key", ms: chunk.timestamp / 1000 });
        },
        error: (error) => (fault = error),
      });
      try {
        encoder.configure({ ...config, codec: codec[0] });
        for await (const { canvas, frame } of frames) {
          const image = new VideoFrame(canvas, { timestamp: Math.round((frame * 1e6) / doc.fps), duration: Math.round(1e6 / doc.fps) });
          encoder.encode(image, { keyFrame: frame % KEY_EVERY === 0 });
          image.close();
          tell(frame + 1);
          if (fault) throw fault;
        }
        setText(words, t("clip.encoding"));
        await encoder.flush();
        if (fault) throw fault;
      } finally {
        if (encoder.state !== "closed") encoder.close();
      }
      return { name: "draft.webm", bytes: webmOf({ codec: codec[1], size_wh: doc.size_wh, fps: doc.fps, chunks }) };
    }
  }

  return { can, ready: () => !!state.picture && state.sampled.count > 0, record };
}
