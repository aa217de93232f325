// After the graph's own undo, Nodes 2.0 keeps the old node's element on the screen and never mounts the new one's. So a node that leaves
// puts a marker in its element's place, and the node that returns under the same id puts its element where the marker is.

const ATTRIBUTE = "data-wan-move-node";

const nameOf = (node, graph) => `${graph?.id ?? ""}:${node.id}`;

/** @param {any} node that is being removed @param {HTMLElement} element */
export function leaveMarker(node, element) {
  if (!element.isConnected) return;
  const marker = document.createElement("div");
  marker.setAttribute(ATTRIBUTE, element.dataset.wanMoveName ?? nameOf(node, node.graph));
  marker.hidden = true;
  element.replaceWith(marker);
}

/** @param {any} node that was added @param {HTMLElement} element */
export function swapIn(node, element) {
  // Two frames: the frontend has mounted what it is going to mount.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (!node.graph) return;
    const name = nameOf(node, node.graph);
    element.dataset.wanMoveName = name;
    for (const marker of document.querySelectorAll(`[${ATTRIBUTE}]`)) {
      if (marker.getAttribute(ATTRIBUTE) !== name) continue;
      if (element.isConnected) marker.remove();
      else marker.replaceWith(element);
    }
  }));
}
