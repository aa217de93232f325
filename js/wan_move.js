// ComfyUI's door to the motion editor: the one file that the host imports. It dresses WanMoveMotionEditor nodes with a thumbnail and the
// editor; without it the node still works, with its document as a text box.

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { createHost } from "./comfy/host.mjs";
import { createNodeView } from "./comfy/node_view.mjs";
import { keepMounted, leaveMarker } from "./comfy/orphans.mjs";
import { keepOwnText } from "./comfy/own_text.mjs";

const NODE = "WanMoveMotionEditor";
const UI_KEY = "wan_move_editor";
const WIDGET = "motion";

/** @typedef {import('./comfy/node_view.mjs').NodeView} NodeView */
/** @typedef {import('./comfy/host.mjs').Host} Host */

/** Views of the nodes that are in a graph now. @type {Set<NodeView>} */
const views = new Set();
/** @type {WeakMap<ComfyNode, NodeView>} */
const viewOf = new WeakMap();
/** @type {Host|null} */
let host = null;

const refreshAll = () => {
  for (const view of views) view.refresh();
};
const shownGraph = () => app.canvas?.graph;
const remountAll = () => {
  for (const view of views) keepMounted(view.node, view.element, shownGraph);
};

app.registerExtension({
  name: "WanMove.MotionEditor",

  setup() {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("./comfy/node.css", import.meta.url).href;
    document.head.append(link);
    // Another picture was chosen, a link was made, an undo happened: whatever it was, the views look again.
    api.addEventListener("graphChanged", refreshAll);
    app.canvas?.canvas?.addEventListener("litegraph:set-graph", remountAll);
  },

  afterConfigureGraph: remountAll,

  getNodeMenuItems(node) {
    const view = viewOf.get(node);
    return view ? [{ content: "Edit motion", callback: () => view.open() }, null] : [];
  },

  nodeCreated(node) {
    if (node.comfyClass !== NODE) return;
    const store = node.widgets?.find((widget) => widget.name === "document");
    // Another copy of the pack, or a broken one: the node stays a plain node.
    if (!store || typeof node.addDOMWidget !== "function") return;
    host ??= createHost(app, api);
    const view = createNodeView({ node, store, host });
    dress(node, store, view, host);
  },
});

/** @param {ComfyNode} node @param {ComfyWidget} store the text widget that owns the document @param {NodeView} view @param {Host} shared */
function dress(node, store, view, shared) {
  hide(store);
  const keepOwn = keepOwnText(store);
  const widget = node.addDOMWidget?.(WIDGET, "WAN_MOVE_EDITOR", view.element, {
    serialize: false,
    hideOnZoom: false,
    hideInPanel: true,
    surfaces: { panel: "never" },
    getMinHeight: () => view.minHeight,
    getValue: () => "",
    setValue() {},
  });
  // options.serialize keeps it out of the prompt, this one out of the workflow.
  if (widget) widget.serialize = false;
  if (node.size) node.setSize?.([Math.max(node.size[0], 360), Math.max(node.size[1], 440)]);

  after(node, "onAdded", () => {
    keepOwn();
    views.add(view);
    view.revive();
    keepMounted(node, view.element, shownGraph);
  });
  after(node, "onRemoved", () => {
    views.delete(view);
    leaveMarker(view.element);
    view.remove();
  });
  after(node, "onConfigure", view.refresh);
  after(node, "onConnectionsChange", view.refresh);
  after(node, "onExecuted", (/** @type {{[UI_KEY]?: import('./comfy/host.mjs').Seen[]}|null|undefined} */ output) => {
    const seen = output?.[UI_KEY]?.[0];
    if (!seen) return;
    shared.setSeen(node, seen);
    view.refresh();
  });
  for (const watched of node.widgets ?? []) {
    if (watched !== widget) after(watched, "callback", view.refresh);
  }
  viewOf.set(node, view);
}

/** Every way in which the frontends hide a widget; the text stays the node's own, saved and queued. @param {ComfyWidget} store */
function hide(store) {
  store.hidden = true;
  if (store.options) {
    store.options.hidden = true;
    store.options.hideInPanel = true;
  }
  store.dynamicPrompts = false;
  const { element } = store;
  if (element?.style) element.style.display = "none";
}

/**
 * Run `more` after a callback that the host or another extension may have set.
 * @template {string} Name
 * @param {{[K in Name]?: (...args: unknown[]) => unknown}} target @param {Name} name @param {(...args: never[]) => void} more
 */
function after(target, name, more) {
  const before = target[name];
  /** @this {unknown} @param {unknown[]} args */
  const both = function (...args) {
    const result = before?.apply(this, args);
    // What the host hands over is not checked: each callback reads its own defensively.
    more(.../** @type {never[]} */ (args));
    return result;
  };
  Object.assign(target, { [name]: both });
}
