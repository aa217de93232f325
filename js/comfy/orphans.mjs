// Nodes 2.0 shows a node by its id and does not notice that another node has taken it: after the graph's own undo, a load or a change of tab
// the old node's element stays on the screen and the new one's is never mounted. So a node that leaves puts a marker in its element's place,
// and a node that is shown takes the place that its id has on the screen.

const MARKER = "wmc-marker";
/** Frames after which the screen is looked at: the frontend mounts what it is going to mount in the first few. */
const LOOKS = [2, 3, 5, 9, 17, 33];

/** @param {HTMLElement} element of a node that is being removed */
export function leaveMarker(element) {
  if (!element.isConnected) return;
  const marker = document.createElement("div");
  marker.className = MARKER;
  marker.hidden = true;
  element.replaceWith(marker);
}

/**
 * Put the element where the screen shows the node, if it is not there by itself.
 * @param {ComfyNode} node @param {HTMLElement} element @param {() => ComfyGraph|null|undefined} shownGraph the graph that the canvas shows now
 */
export function keepMounted(node, element, shownGraph) {
  let frame = 0;
  const look = () => {
    frame++;
    if (LOOKS.includes(frame) && node.graph && node.graph === shownGraph() && !element.isConnected) takePlace(node, element);
    if (frame < LOOKS[LOOKS.length - 1]) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** @param {ComfyNode} node @param {HTMLElement} element */
function takePlace(node, element) {
  for (const box of document.querySelectorAll(`[data-node-id="${CSS.escape(String(node.id))}"]`)) {
    const other = box.querySelector(`.wmc, .${MARKER}`);
    if (!other) continue;
    other.replaceWith(element);
    return;
  }
}
