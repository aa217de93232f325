// Where a node's input really comes from: through reroutes, Get/Set pairs, bypassed nodes and the walls of subgraphs. Works on the
// host's graph objects, imports nothing and changes nothing.

/** @typedef {{filename: string, subfolder: string, type: string}} FileRef a file that the host keeps */

/** Origin of a link that starts at the inner side of a subgraph's input. */
const SUBGRAPH_INPUT = -10;
const MUTED = 2;
const BYPASSED = 4;
/** Nodes that a way passes: more is nobody's drawing, and a stranger's graph must not hold the page. */
const MOST_PASSED = 256;

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
  return slot < 0 ? null : up(node, slot, getLink, { passed: new Set(), setters: new Map(), owners: new Map() });
}

/** One search: where it has been, and who sets a name and who stands for it, by graph. @typedef {{passed: Set<string>, setters: Map<ComfyGraph, Map<unknown, ComfyNode>>, owners: Map<ComfyGraph, ComfyNode|undefined>}} Search */

/** Whether a place is new, and there are not too many. @param {Search} search @param {string} side @param {ComfyNode} node @param {number} slot */
function passes({ passed }, side, node, slot) {
  const key = `${side} ${node.graph?.id}:${node.id}:${slot}`;
  if (passed.has(key) || passed.size >= MOST_PASSED) return false;
  passed.add(key);
  return true;
}

/** @param {ComfyNode} node @param {number} slot @param {GetLink} getLink @param {Search} search @returns {Origin|null} */
function up(node, slot, getLink, search) {
  if (!passes(search, "into", node, slot)) return null;
  const link = getLink(node, slot);
  return link && node.graph ? fromLink(node.graph, link, getLink, search) : null;
}

/** @param {ComfyGraph} graph @param {ComfyLink} link @param {GetLink} getLink @param {Search} search @returns {Origin|null} */
function fromLink(graph, link, getLink, search) {
  if (Number(link.origin_id) === SUBGRAPH_INPUT) {
    const owner = ownerOf(graph, search);
    if (!owner) return null;
    return up(owner, link.origin_slot, getLink, search) ?? { node: owner, slot: link.origin_slot, promoted: true };
  }
  const origin = graph.getNodeById(link.origin_id);
  return origin ? through(origin, link.origin_slot, getLink, search) : null;
}

/** @param {ComfyNode} node @param {number} slot @param {GetLink} getLink @param {Search} search @returns {Origin|null} */
function through(node, slot, getLink, search) {
  if (node.mode === MUTED || !passes(search, "out of", node, slot)) return null;
  if (node.mode === BYPASSED) {
    const type = node.outputs?.[slot]?.type;
    const same = node.inputs?.findIndex((one, i) => one.type === type && getLink(node, i)) ?? -1;
    return same < 0 ? null : up(node, same, getLink, search);
  }
  if (node.type === "Reroute") return up(node, 0, getLink, search);
  if (node.type === "GetNode") {
    const setter = setterOf(node, search);
    return setter ? up(setter, 0, getLink, search) : null;
  }
  if (node.subgraph) {
    const link = firstLinkOf(node.subgraph, slot);
    if (!link) return null;
    if (Number(link.origin_id) === SUBGRAPH_INPUT) return up(node, link.origin_slot, getLink, search);
    const inner = node.subgraph.getNodeById(link.origin_id);
    return inner ? through(inner, link.origin_slot, getLink, search) : null;
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

/** @param {ComfyGraph} graph @param {Search} search */
function ownerOf(graph, { owners }) {
  if (!owners.has(graph)) owners.set(graph, ownersOf(graph)[0]);
  return owners.get(graph);
}

/** @param {ComfyGraph} root @returns {ComfyGraph[]} */
function graphsOf(root) {
  return [root, ...(root.subgraphs?.values?.() ?? [])];
}

/** The node that set what a Get node gets: in its own graph, else in those around it. @param {ComfyNode} getter @param {Search} search */
function setterOf(getter, search) {
  const name = getter.widgets?.[0]?.value;
  let graph = getter.graph;
  for (let depth = 0; graph && depth < 32; depth++) {
    const found = settersIn(graph, search.setters).get(name);
    if (found) return found;
    graph = ownerOf(graph, search)?.graph;
  }
  return null;
}

/** Set nodes by name, the first of each: looked for once, since every Get node of a way asks. @param {ComfyGraph} graph @param {Search["setters"]} known */
function settersIn(graph, known) {
  let names = known.get(graph);
  if (names) return names;
  names = new Map();
  known.set(graph, names);
  for (const node of graph.nodes ?? []) {
    const name = node.type === "SetNode" ? node.widgets?.[0]?.value : undefined;
    if (node.type === "SetNode" && !names.has(name)) names.set(name, node);
  }
  return names;
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

/**
 * The mask that an input receives, as far as it is known before anything ran: a loader's file, and which of its channels is inside.
 * @param {ComfyNode} node @param {string} input @param {GetLink} getLink
 * @returns {{linked: boolean, ref: FileRef|null, channel: "clear"|"red"|"green"|"blue"}} */
export function maskOf(node, input, getLink) {
  const slot = inputSlot(node, input);
  const linked = slot >= 0 && !!getLink(node, slot);
  const origin = linked ? originOf(node, slot, getLink) : null;
  const giver = origin && !origin.promoted ? origin.node : null;
  const kind = giver?.comfyClass ?? giver?.type;
  // The host's loaders: of LoadImage the second output, what is clear in the file; of LoadImageMask the channel that is chosen.
  const loads = giver && ((kind === "LoadImage" && origin?.slot === 1) || kind === "LoadImageMask");
  const name = loads ? valueOf(giver, "image", getLink) : null;
  const chosen = loads && kind === "LoadImageMask" ? valueOf(giver, "channel", getLink).value : "alpha";
  const ref = name?.known && typeof name.value === "string" ? fileRef(name.value) : null;
  return { linked, ref, channel: chosen === "red" || chosen === "green" || chosen === "blue" ? chosen : "clear" };
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
