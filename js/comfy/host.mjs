// The few things that the node's view asks of ComfyUI, gathered so that the rest needs to know neither its globals nor its versions.

import { outerLink } from "./graph.mjs";
import { createTakesProvider } from "./takes.mjs";

/**
 * @typedef {object} Seen what an execution told (the node's `wan_move_editor` result)
 * @property {[number, number]} size_wh
 * @property {number[]} picture_wh empty without a picture
 * @property {number} [length]
 * @property {FileRef|null} background
 * @property {unknown[]} [masks] of the frame, as documents store one
 */
/** @typedef {import('./graph.mjs').FileRef} FileRef */
/** @typedef {ReturnType<typeof createHost>} Host */

/** In the user's folder; a slash would have to be escaped. */
const MOTIONS_FILE = "wan_move_motions.json";

/** @param {ComfyApp} app @param {ComfyApi} api */
export function createHost(app, api) {
  const getLink = outerLink(globalThis.LGraphNode ?? globalThis.LiteGraph?.LGraphNode);
  /** @type {Map<string, Seen>} */
  const seen = new Map();
  const workflow = () => app.extensionManager?.workflow?.activeWorkflow ?? null;

  /** Names a node across undo, reload and tabs. */
  const placeKey = (/** @type {ComfyNode} */ node) => `${workflow()?.key ?? ""}:${node.graph?.id ?? ""}:${node.id}`;

  const viewUrl = (/** @type {FileRef} */ ref) => api.apiURL(`/view?${new URLSearchParams({ filename: ref.filename, subfolder: ref.subfolder ?? "", type: ref.type ?? "input" })}`);

  const host = {
    /** One editor at a time. */
    busy: false,
    getLink,
    placeKey,
    /** Language tag of the interface, such as "en" or "zh"; asked each time, since it can be changed at any moment. */
    locale: () => String(app.extensionManager?.setting?.get?.("Comfy.Locale") ?? "en"),
    seen: (/** @type {ComfyNode} */ node) => seen.get(placeKey(node)) ?? null,
    /** @param {ComfyNode} node @param {Seen} value */
    setSeen(node, value) {
      seen.set(placeKey(node), value);
    },
    viewUrl,
    /** A picture with its colours alone: a mask that was drawn on it in the host is its transparency, and its loader leaves that out. */
    opaqueUrl: (/** @type {FileRef} */ ref) => `${viewUrl(ref)}&channel=rgb`,
    takes: (/** @type {ComfyNode} */ node) => createTakesProvider({ api, node, rootId: () => {
      const id = app.rootGraph?.id ?? app.graph?.id;
      return id === undefined ? null : String(id);
    } }),

    /** One undo step of the graph, if anything changed. Older frontends know the second name only. */
    captureStep() {
      const tracker = workflow()?.changeTracker;
      if (tracker?.captureCanvasState) tracker.captureCanvasState();
      else tracker?.checkState?.();
    },

    /** Keep a dropped picture among the host's inputs. @param {File} file @returns {Promise<FileRef>} */
    async upload(file) {
      const body = new FormData();
      body.append("image", file);
      body.append("type", "input");
      const response = await api.fetchApi("/upload/image", { method: "POST", body });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      const { name, subfolder, type } = await response.json();
      return { filename: name, subfolder: subfolder ?? "", type: type ?? "input" };
    },

    /** Python behind this page, for files that the editor is given. @type {import('../editor/options.mjs').AskServer} */
    askServer: (action, body, signal) => api.fetchApi(`/wan_move/${action}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body, signal }),

    /** A person's own motions, among the files that the host keeps for them. @type {import('../editor/files/favourites.mjs').Kept} */
    motions: {
      async read() {
        // Asked for by name, a file that is not there yet would be an error in everybody's console.
        const listed = await api.fetchApi("/v2/userdata");
        const files = listed.ok ? await listed.json() : null;
        if (Array.isArray(files) && !files.some((file) => file?.path === MOTIONS_FILE)) return null;
        const response = await api.fetchApi(`/userdata/${MOTIONS_FILE}`);
        return response.ok ? response.text() : null;
      },
      async write(text) {
        const response = await api.fetchApi(`/userdata/${MOTIONS_FILE}?overwrite=true`, { method: "POST", body: text });
        if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      },
    },

    /** Make a node that loads a picture by name load this one. @param {ComfyNode} node @param {FileRef} ref */
    setLoader(node, ref) {
      const widget = node.widgets?.find((one) => one.name === "image");
      if (!widget) return;
      const value = ref.subfolder ? `${ref.subfolder}/${ref.filename}` : ref.filename;
      const values = widget.options?.values;
      if (Array.isArray(values) && !values.includes(value)) values.push(value);
      widget.value = value;
      widget.callback?.(value);
      node.setDirtyCanvas?.(true, true);
    },

    /** Set a node's widgets as a hand would. @param {ComfyNode} node @param {Record<string, unknown>} values by name */
    setValues(node, values) {
      for (const [name, value] of Object.entries(values)) {
        const widget = node.widgets?.find((one) => one.name === name);
        if (!widget || widget.value === value) continue;
        widget.value = value;
        widget.callback?.(value);
      }
      node.setDirtyCanvas?.(true, true);
    },

    /** A picture dropped on the element is the node's; anything else is left to the host. @param {HTMLElement} element @param {(file: File) => void} take */
    takeDrops(element, take) {
      element.addEventListener("dragover", (event) => {
        if (![...(event.dataTransfer?.items ?? [])].some((item) => item.kind === "file" && item.type.startsWith("image/"))) return;
        event.preventDefault();
        event.stopPropagation();
      });
      element.addEventListener("drop", (event) => {
        const file = [...(event.dataTransfer?.files ?? [])].find((one) => one.type.startsWith("image/"));
        if (!file) return;
        event.preventDefault();
        event.stopPropagation();
        take(file);
      });
    },

    /**
     * The graph keeps its wheel, its panning and its dragging where the thumbnail lies. In Nodes 2.0 the element is inside the node and
     * events rise to it by themselves; the classic canvas lies beside the element and is told.
     * @param {HTMLElement} element @param {...Element} keep what takes its own presses
     */
    passOn(element, ...keep) {
      const beside = () => !element.closest("[data-node-id]");
      const canvas = () => app.canvas?.canvas;
      element.addEventListener("wheel", (event) => {
        if (beside()) canvas()?.dispatchEvent(new WheelEvent(event.type, event));
      }, { passive: true });
      element.addEventListener("pointerdown", (event) => {
        const { target } = event;
        if (event.button === 1 && !beside()) {
          // Frontends from 1.37 to 1.39 stop presses at a widget's element, those around them pass the middle one on: once is enough.
          event.stopPropagation();
          canvas()?.dispatchEvent(new PointerEvent(event.type, event));
          return;
        }
        if (!beside() || !(target instanceof Element) || target.closest("button") || keep.includes(target)) return;
        canvas()?.dispatchEvent(new PointerEvent(event.type, event));
      });
      element.addEventListener("contextmenu", (event) => {
        if (!beside()) return;
        event.preventDefault();
        canvas()?.dispatchEvent(new MouseEvent(event.type, event));
      });
    },
  };
  return host;
}
