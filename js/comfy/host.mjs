// The few things that the node's view asks of ComfyUI, gathered so that the rest needs to know neither its globals nor its versions.

import { outerLink } from "./graph.mjs";
import { createTakesProvider } from "./takes.mjs";

/**
 * @typedef {object} Seen what an execution told (the node's `wan_move_editor` result)
 * @property {[number, number]} size_wh
 * @property {number[]} picture_wh empty without a picture
 * @property {number} [length]
 * @property {{filename: string, subfolder: string, type: string}|null} background
 */
/** @typedef {ReturnType<typeof createHost>} Host */

/** @param {any} app @param {any} api */
export function createHost(app, api) {
  const getLink = outerLink(globalThis.LGraphNode ?? globalThis.LiteGraph?.LGraphNode);
  /** @type {Map<string, Seen>} */
  const seen = new Map();
  const workflow = () => app.extensionManager?.workflow?.activeWorkflow ?? null;

  /** Names a node across undo, reload and tabs. */
  const placeKey = (node) => `${workflow()?.key ?? ""}:${node.graph?.id ?? ""}:${node.id}`;

  const host = {
    /** One editor at a time. */
    busy: false,
    getLink,
    placeKey,
    /** Language tag of the interface, such as "en" or "zh"; asked each time, since it can be changed at any moment. */
    locale: () => String(app.extensionManager?.setting?.get?.("Comfy.Locale") ?? "en"),
    seen: (node) => seen.get(placeKey(node)) ?? null,
    setSeen(node, value) {
      seen.set(placeKey(node), value);
    },
    viewUrl: (ref) => api.apiURL(`/view?${new URLSearchParams({ filename: ref.filename, subfolder: ref.subfolder ?? "", type: ref.type ?? "input" })}`),
    takes: (node) => createTakesProvider({ api, node, rootId: () => app.rootGraph?.id ?? app.graph?.id ?? null }),

    /** One undo step of the graph, if anything changed. Older frontends know the second name only. */
    captureStep() {
      const tracker = workflow()?.changeTracker;
      if (tracker?.captureCanvasState) tracker.captureCanvasState();
      else tracker?.checkState?.();
    },

    /** Keep a dropped picture among the host's inputs. @param {File} file */
    async upload(file) {
      const body = new FormData();
      body.append("image", file);
      body.append("type", "input");
      const response = await api.fetchApi("/upload/image", { method: "POST", body });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      const { name, subfolder, type } = await response.json();
      return { filename: name, subfolder: subfolder ?? "", type: type ?? "input" };
    },

    /** Make a node that loads a picture by name load this one. */
    setLoader(node, ref) {
      const widget = node.widgets.find((one) => one.name === "image");
      const value = ref.subfolder ? `${ref.subfolder}/${ref.filename}` : ref.filename;
      const values = widget.options?.values;
      if (Array.isArray(values) && !values.includes(value)) values.push(value);
      widget.value = value;
      widget.callback?.(value);
      node.setDirtyCanvas?.(true, true);
    },

    /** A picture dropped on the element is the node's; anything else is left to the host. @param {(file: File) => void} take */
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
     */
    passOn(element, area, ...keep) {
      const beside = () => !element.closest("[data-node-id]");
      const canvas = () => app.canvas?.canvas;
      element.addEventListener("wheel", (event) => {
        if (beside()) canvas()?.dispatchEvent(new WheelEvent(event.type, event));
      }, { passive: true });
      element.addEventListener("pointerdown", (event) => {
        if (!beside() || event.target.closest?.("button") || keep.includes(event.target)) return;
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
