// What the host remembers of a node's runs, read as takes. Pure: host answers in, plain objects out; anything malformed is passed over.

/**
 * @typedef {{filename: string, subfolder: string, type: string}} FileRef
 * @typedef {object} TakeRecord
 * @property {string} id
 * @property {FileRef} file
 * @property {"video"|"image"} kind
 * @property {number|undefined} time ms since 1970
 * @property {number|string|undefined} seed
 * @property {string|undefined} prompt
 * @property {string|undefined} documentText
 */

const VIDEO = /\.(mp4|webm|mkv|mov|m4v)$/i;
const PICTURE = /\.(png|jpe?g|webp|gif|avif|apng)$/i;
const MAX_TEXT = 2000;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isLink = (value) => Array.isArray(value) && value.length === 2 && (typeof value[0] === "string" || typeof value[0] === "number");

/**
 * The takes in an answer of /history, newest first.
 * @param {any} history {prompt id: {prompt: [number, id, graph, extra, targets], outputs, status}}
 * @param {{kind: string, nodeIds: string[], workflowId?: string|null}} node class and execution ids of the node; an entry of another
 *   workflow (both ids known and different) is left out
 * @returns {TakeRecord[]}
 */
export function takesFromHistory(history, node) {
  if (!isObject(history)) return [];
  const takes = [];
  for (const [id, entry] of Object.entries(history)) {
    const tuple = entry?.prompt;
    if (!Array.isArray(tuple) || !isObject(tuple[2])) continue;
    const workflowId = tuple[3]?.extra_pnginfo?.workflow?.id;
    if (node.workflowId && workflowId && workflowId !== node.workflowId) continue;
    const own = node.nodeIds.find((one) => tuple[2][one]?.class_type === node.kind);
    if (own === undefined) continue;
    const file = resultFile(tuple[2], own, entry.outputs);
    if (!file) continue;
    takes.push({ id, ...describe(tuple[2], own, file), time: timeOf(entry.status) ?? tuple[3]?.create_time });
  }
  return takes.reverse();
}

/**
 * A take from a prompt that was saved inside of a file.
 * @param {any} prompt @param {string} kind class of the node @param {FileRef} file @param {string[]} nodeIds preferred where several nodes fit
 * @returns {TakeRecord|null}
 */
export function takeFromPrompt(prompt, kind, file, nodeIds = []) {
  if (!isObject(prompt)) return null;
  const own = nodeIds.find((id) => prompt[id]?.class_type === kind) ?? Object.keys(prompt).find((id) => prompt[id]?.class_type === kind);
  return own === undefined ? null : { id: `file:${file.subfolder}/${file.filename}`, ...describe(prompt, own, file), time: undefined };
}

/** @param {any} prompt @param {string} own @param {FileRef} file */
function describe(prompt, own, file) {
  const text = prompt[own].inputs?.document;
  return {
    file,
    kind: /** @type {"video"|"image"} */ (VIDEO.test(file.filename) ? "video" : "image"),
    seed: seedOf(prompt, own),
    prompt: promptOf(prompt, own),
    documentText: typeof text === "string" && text.trim() ? text : undefined,
  };
}

/** Ids of the nodes that depend on `own`, nearest first. @param {any} prompt @param {string} own @returns {string[]} */
export function downstreamOf(prompt, own) {
  const users = new Map();
  for (const [id, node] of Object.entries(prompt)) {
    for (const value of Object.values(node?.inputs ?? {})) {
      if (isLink(value)) users.set(String(value[0]), [...(users.get(String(value[0])) ?? []), id]);
    }
  }
  const found = new Set([own]);
  for (const id of found) for (const user of users.get(id) ?? []) found.add(user);
  found.delete(own);
  return [...found];
}

/** The best file that came out of the node: saved before temporary, clip before picture, the last in the graph before the first. */
function resultFile(prompt, own, outputs) {
  if (!isObject(outputs)) return null;
  const files = [];
  for (const id of downstreamOf(prompt, own)) {
    // Nodes of a subgraph answer under "host:inner".
    for (const list of Object.values(isObject(outputs[id]) ? outputs[id] : {})) {
      if (Array.isArray(list)) files.push(...list.map(fileOf).filter(Boolean));
    }
  }
  const rank = (file) => (file.type === "output" ? 2 : 0) + (VIDEO.test(file.filename) ? 1 : 0);
  return files.reduce((best, file) => (!best || rank(file) >= rank(best) ? file : best), null);
}

/** @param {any} item @returns {FileRef|null} */
function fileOf(item) {
  if (!isObject(item) || typeof item.filename !== "string" || !(VIDEO.test(item.filename) || PICTURE.test(item.filename))) return null;
  return { filename: item.filename, subfolder: typeof item.subfolder === "string" ? item.subfolder : "", type: typeof item.type === "string" ? item.type : "output" };
}

function seedOf(prompt, own) {
  for (const id of downstreamOf(prompt, own)) {
    const inputs = prompt[id]?.inputs ?? {};
    for (const name of ["seed", "noise_seed"]) if (typeof inputs[name] === "number") return inputs[name];
    // A sampler may take its noise, or its seed, from a node of its own.
    for (const name of ["noise", "seed", "noise_seed"]) {
      const giver = isLink(inputs[name]) ? prompt[inputs[name][0]]?.inputs : null;
      const value = giver && (giver.noise_seed ?? giver.seed ?? giver.value);
      if (typeof value === "number") return value;
    }
  }
  return undefined;
}

function promptOf(prompt, own) {
  for (const id of downstreamOf(prompt, own)) {
    let link = prompt[id]?.inputs?.positive;
    for (let depth = 0; isLink(link) && depth < 32; depth++) {
      const inputs = prompt[link[0]]?.inputs ?? {};
      const text = [inputs.text, inputs.prompt, inputs.positive].find((value) => typeof value === "string" && value.trim());
      if (text) return text.slice(0, MAX_TEXT);
      link = [inputs.text, inputs.positive, inputs.conditioning, ...Object.values(inputs)].find(isLink);
    }
  }
  return undefined;
}

function timeOf(status) {
  for (const message of Array.isArray(status?.messages) ? [...status.messages].reverse() : []) {
    if (typeof message?.[1]?.timestamp === "number") return message[1].timestamp;
  }
  return undefined;
}
