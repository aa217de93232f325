// Where a node's input really comes from: through reroutes, Get/Set pairs, bypassed nodes and the walls of subgraphs. Works on the
// host's graph objects, imports nothing and changes nothing.

/** @typedef {{filename: string, subfolder: string, type: string}} FileRef a file that the host keeps */

/** Origin of a link that starts at the inner side of a subgraph's input. */
const SUBGRAPH_INPUT = -10;
const MUTED = 2;
const BYPASSED = 4;

/**
 * @typedef {(node: ComfyNode, slot: number) => ComfyLink|null} GetLink the link into a node's input, always the one outside of it
 * @typedef {{node: ComfyNode, slot: number, promoted?: boolean}} Origin `promoted`: nothing is connected outside, the value is the widget that `node` shows for input `slot`
 */

/**
 * The link into an input. A subgraph's own node answers with what is inside of it, so the common ancestor is asked.
 * @param {ComfyNodeClass|undefined} LGraphNode the host's class @returns {GetLink}
 */
export function outerLink(LGraphNode) {
  const get = LGraphNode?.prototype?.getInputLink;
  return (node, slot) => {
    // A node that is being added or was removed has no graph, and asking it throws.
    if (!node?.graph || !node.inputs?.[slot]) return null;
    return (get ? get.call(node, slot) : node.getInputLink?.(slot)) ?? null;
  };
}

/** @param {ComfyNode} node @param {string} name @returns {number} index of the input, -1 when there is none */
export const inputSlot = (node, name) => node.inputs?.findIndex((input) => input.name === name) ?? -1;

/**
 * What feeds an input, or null when nothing does.
 * @param {ComfyNode} node @param {string|number} input name or slot @param {GetLink} getLink @returns {Origin|null}
 */
export function originOf(node, input, getLink) {
  const slot = typeof input === "number" ? input : inputSlot(node, input);
  return slot < 0 ? null : up(node, slot, getLink, new Set());
}

/** @param {ComfyNode} node @param {number} slot @param {GetLink} getLink @param {Set<string>} seen @returns {Origin|null} */
function up(node, slot, getLink, seen) {
  const key = `${node.graph?.id}:${node.id}:${slot}`;
  if (seen.has(key)) return null;
  seen.add(key);
  const link = getLink(node, slot);
  return link && node.graph ? fromLink(node.graph, link, getLink, seen) : null;
}

/** @param {ComfyGraph} graph @param {ComfyLink} link @param {GetLink} getLink @param {Set<string>} seen @returns {Origin|null} */
function fromLink(graph, link, getLink, seen) {
  if (Number(link.origin_id) === SUBGRAPH_INPUT) {
    const owner = ownersOf(graph)[0];
    if (!owner) return null;
    return up(owner, link.origin_slot, getLink, seen) ?? { node: owner, slot: link.origin_slot, promoted: true };
  }
  const origin = graph.getNodeById(link.origin_id);
  return origin ? through(origin, link.origin_slot, getLink, seen) : null;
}

/** @param {ComfyNode} node @param {number} slot @param {GetLink} getLink @param {Set<string>} seen @returns {Origin|null} */
function through(node, slot, getLink, seen) {
  if (node.mode === MUTED) return null;
  if (node.mode === BYPASSED) {
    const type = node.outputs?.[slot]?.type;
    const same = node.inputs?.findIndex((one, i) => one.type === type && getLink(node, i)) ?? -1;
    return same < 0 ? null : up(node, same, getLink, seen);
  }
  if (node.type === "Reroute") return up(node, 0, getLink, seen);
  if (node.type === "GetNode") {
    const setter = setterOf(node);
    return setter ? up(setter, 0, getLink, seen) : null;
  }
  if (node.subgraph) {
    const link = firstLinkOf(node.subgraph, slot);
    if (!link) return null;
    if (Number(link.origin_id) === SUBGRAPH_INPUT) return up(node, link.origin_slot, getLink, seen);
    const inner = node.subgraph.getNodeById(link.origin_id);
    return inner ? through(inner, link.origin_slot, getLink, seen) : null;
  }
  return { node, slot };
}

/** @param {ComfyGraph} subgraph @param {number} slot */
function firstLinkOf(subgraph, slot) {
  const id = subgraph.outputs?.[slot]?.linkIds?.[0];
  if (id === undefined || id === null) return null;
  const { links } = subgraph;
  return subgraph.getLink?.(id) ?? (links instanceof Map ? links.get(id) : links?.[String(id)]) ?? null;
}

/** The nodes that stand for a subgraph, in every graph of the workflow. @param {ComfyGraph|null|undefined} graph @returns {ComfyNode[]} */
export function ownersOf(graph) {
  const root = graph?.rootGraph ?? null;
  if (!root || root === graph) return [];
  return graphsOf(root).flatMap((one) => (one.nodes ?? []).filter((node) => node.subgraph === graph));
}

/** @param {ComfyGraph} root @returns {ComfyGraph[]} */
function graphsOf(root) {
  return [root, ...(root.subgraphs?.values?.() ?? [])];
}

/** The node that set what a Get node gets: in its own graph, else in those around it. @param {ComfyNode} getter */
function setterOf(getter) {
  const name = getter.widgets?.[0]?.value;
  let graph = getter.graph;
  for (let depth = 0; graph && depth < 32; depth++) {
    const found = (graph.nodes ?? []).find((node) => node.type === "SetNode" && node.widgets?.[0]?.value === name);
    if (found) return found;
    graph = ownersOf(graph)[0]?.graph;
  }
  return null;
}

/**
 * The picture that an input receives, as far as it is known before anything ran.
 * @param {ComfyNode} node @param {string} input @param {GetLink} getLink
 * @returns {{linked: boolean, ref: FileRef|null, loader: ComfyNode|null}} `loader`: the node whose
 *   `image` widget names the picture
 */
export function pictureOf(node, input, getLink) {
  const slot = inputSlot(node, input);
  const linked = slot >= 0 && !!getLink(node, slot);
  const origin = linked ? originOf(node, slot, getLink) : null;
  const widget = origin && !origin.promoted ? loaderWidget(origin.node, origin.slot, getLink) : null;
  const ref = widget ? fileRef(widget.value) : null;
  return { linked: linked && !(origin?.promoted), ref, loader: ref && origin ? origin.node : null };
}

// A node that loads a picture by name has a widget `image` and no picture coming in.
/** @param {ComfyNode} node @param {number} slot @param {GetLink} getLink */
function loaderWidget(node, slot, getLink) {
  if (slot !== 0) return null;
  const feeds = (node.inputs ?? []).some((one, i) => !one.widget && getLink(node, i));
  if (feeds || !node.widgets?.some((one) => one.name === "image")) return null;
  const { value, known } = valueOf(node, "image", getLink);
  return known && typeof value === "string" ? { value } : null;
}

/** "folder/name.png [output]" as the host writes it. @param {string} text @returns {FileRef|null} */
export function fileRef(text) {
  const match = /^(.*?)(?:\s*\[(input|output|temp)\])?$/.exec(String(text).trim());
  const path = match?.[1]?.replaceAll("\\", "/") ?? "";
  const cut = path.lastIndexOf("/");
  const filename = path.slice(cut + 1);
  return filename ? { filename, subfolder: path.slice(0, Math.max(0, cut)), type: match?.[2] ?? "input" } : null;
}

/**
 * A widget's value, or the value that is linked into it.
 * @param {ComfyNode} node @param {string} name @param {GetLink} getLink
 * @returns {{value: unknown, known: boolean}} not known: computed when the graph runs; `value` is then what the widget shows
 */
export function valueOf(node, name, getLink) {
  const own = node.widgets?.find((one) => one.name === name)?.value;
  const slot = inputSlot(node, name);
  if (slot < 0 || !getLink(node, slot)) return { value: own, known: true };
  const origin = originOf(node, slot, getLink);
  if (!origin) return { value: own, known: false };
  const { node: giver } = origin;
  const input = giver.inputs?.[origin.slot];
  const widgets = giver.widgets ?? [];
  const widget = origin.promoted
    ? widgets.find((one) => one.name === (input?.widget?.name ?? input?.name)) ?? widgets.find((one) => one.name === input?.name)
    : plainWidget(giver, getLink);
  return widget && widget.value !== undefined ? { value: widget.value, known: true } : { value: own, known: false };
}

// A node that only holds a value: nothing comes in, one output.
/** @param {ComfyNode} node @param {GetLink} getLink */
function plainWidget(node, getLink) {
  const feeds = (node.inputs ?? []).some((one, i) => getLink(node, i));
  if (feeds || (node.outputs?.length ?? 0) !== 1) return null;
  const widgets = (node.widgets ?? []).filter((one) => one.name !== "control_after_generate");
  return widgets.find((one) => one.name === "value") ?? (widgets.length === 1 ? widgets[0] : null);
}
