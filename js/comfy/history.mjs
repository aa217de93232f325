// What the host remembers of a node's runs, read as takes. Pure: host answers in, plain objects out; anything malformed is passed over.

/** @typedef {import('./graph.mjs').FileRef} FileRef */
/** @typedef {import('./embedded.mjs').Prompt} Prompt */
/**
 * @typedef {object} TakeRecord
 * @property {string} id
 * @property {FileRef} file
 * @property {"video"|"image"} kind
 * @property {number|undefined} time ms since 1970
 * @property {number|string|undefined} seed
 * @property {string|undefined} prompt
 * @property {string|undefined} documentText
 * @property {number} [score] 0 to 1, how closely the file's clip follows; only where an Adherence node measured it
 */

/** A file, and the id of the node that shows it. @typedef {{file: FileRef, by: string}} Result */

const VIDEO = /\.(mp4|webm|mkv|mov|m4v)$/i;
/** What VideoHelperSuite adds to the name of a clip with sound. */
const SOUND = /-audio$/;
const PICTURE = /\.(png|jpe?g|webp|gif|avif|apng)$/i;
const MAX_TEXT = 2000;
const MEASURES = "WanMoveAdherence";

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
/** @param {unknown} value @returns {value is Prompt} */
const isPrompt = (value) => isObject(value);
/** What lies under some keys, undefined where one is missing. @param {unknown} value @param {string[]} keys @returns {unknown} */
const under = (value, ...keys) => keys.reduce((/** @type {unknown} */ found, key) => (isObject(found) ? found[key] : undefined), value);
/** A link of a prompt: id of the giver, and its output. @param {unknown} value @returns {value is [string|number, unknown]} */
const isLink = (value) => Array.isArray(value) && value.length === 2 && (typeof value[0] === "string" || typeof value[0] === "number");

/**
 * The takes in an answer of /history, newest first.
 * @param {unknown} history {prompt id: {prompt: [number, id, graph, extra, targets], outputs, status}}
 * @param {{kind: string, nodeIds: string[], workflowId?: string|null}} node class and execution ids of the node; an entry of another
 *   workflow (both ids known and different) is left out
 * @returns {TakeRecord[]}
 */
export function takesFromHistory(history, node) {
  if (!isObject(history)) return [];
  const takes = [];
  for (const [id, entry] of Object.entries(history)) {
    const tuple = under(entry, "prompt");
    if (!Array.isArray(tuple)) continue;
    /** @type {unknown[]} */
    const [, , prompt, extra] = tuple;
    if (!isPrompt(prompt)) continue;
    const workflowId = under(extra, "extra_pnginfo", "workflow", "id");
    if (node.workflowId && workflowId && String(workflowId) !== node.workflowId) continue;
    const own = node.nodeIds.find((one) => under(prompt, one, "class_type") === node.kind);
    if (own === undefined) continue;
    const outputs = under(entry, "outputs");
    const result = resultFile(prompt, own, outputs);
    if (!result) continue;
    const created = under(extra, "create_time");
    const score = scoreOf(prompt, result.by, outputs);
    takes.push({ id, ...describe(prompt, own, result.file), time: timeOf(under(entry, "status")) ?? (typeof created === "number" ? created : undefined), ...(score !== undefined && { score }) });
  }
  return takes.reverse();
}

/**
 * A take from a prompt that was saved inside of a file.
 * @param {unknown} prompt @param {string} kind class of the node @param {FileRef} file @param {string[]} nodeIds preferred where several nodes fit
 * @returns {TakeRecord|null}
 */
export function takeFromPrompt(prompt, kind, file, nodeIds = []) {
  if (!isPrompt(prompt)) return null;
  const own = nodeIds.concat(Object.keys(prompt)).find((id) => under(prompt, id, "class_type") === kind);
  return own === undefined ? null : { id: `file:${file.subfolder}/${file.filename}`, ...describe(prompt, own, file), time: undefined };
}

/**
 * Each run once: VideoHelperSuite saves one as a picture that holds the workflow, a silent clip and a clip with sound, all under one name.
 * @param {TakeRecord[]} takes @returns {TakeRecord[]} of those that share name, drawing, seed and prompt the one that shows most, at the place of the first
 */
export function eachRunOnce(takes) {
  /** @type {Map<string, TakeRecord>} */
  const runs = new Map();
  for (const take of takes) {
    const name = take.file.filename.replace(/\.[^.]*$/, "").replace(SOUND, "");
    const key = JSON.stringify([take.file.type, take.file.subfolder, name, take.seed, take.prompt, take.documentText]);
    const known = runs.get(key);
    if (!known) runs.set(key, take);
    else if (shows(take) > shows(known)) runs.set(key, { ...take, time: known.time ?? take.time, ...(known.score !== undefined && { score: known.score }) });
  }
  return [...runs.values()];
}

/** @param {TakeRecord} take */
const shows = ({ kind, file }) => (kind === "video" ? 2 : 0) + (SOUND.test(file.filename.replace(/\.[^.]*$/, "")) ? 1 : 0);

/** @param {Prompt} prompt @param {string} own @param {FileRef} file */
function describe(prompt, own, file) {
  const text = under(prompt, own, "inputs", "document");
  return {
    file,
    kind: /** @type {"video"|"image"} */ (VIDEO.test(file.filename) ? "video" : "image"),
    seed: seedOf(prompt, own),
    prompt: promptOf(prompt, own),
    documentText: typeof text === "string" && text.trim() ? text : undefined,
  };
}

/** @param {Prompt} prompt @param {string|number} id @returns {Record<string, unknown>} */
function inputsOf(prompt, id) {
  const inputs = under(prompt, String(id), "inputs");
  return isObject(inputs) ? inputs : {};
}

/** Ids of the nodes that depend on `own`, nearest first. @param {Prompt} prompt @param {string} own @returns {string[]} */
export function downstreamOf(prompt, own) {
  /** @type {Map<string, string[]>} */
  const users = new Map();
  for (const id of Object.keys(prompt)) {
    for (const value of Object.values(inputsOf(prompt, id))) {
      if (!isLink(value)) continue;
      const giver = String(value[0]);
      const known = users.get(giver);
      if (known) known.push(id);
      else users.set(giver, [id]);
    }
  }
  const found = new Set([own]);
  for (const id of found) for (const user of users.get(id) ?? []) found.add(user);
  found.delete(own);
  return [...found];
}

/** The best file that came out of the node: saved before temporary, clip before picture, the last in the graph before the first. @param {Prompt} prompt @param {string} own @param {unknown} outputs @returns {Result|null} */
function resultFile(prompt, own, outputs) {
  if (!isObject(outputs)) return null;
  /** @type {Result[]} */
  const files = [];
  for (const id of downstreamOf(prompt, own)) {
    // Nodes of a subgraph answer under "host:inner".
    const output = outputs[id];
    for (const list of isObject(output) ? Object.values(output) : []) {
      if (!Array.isArray(list)) continue;
      for (const item of list) {
        const file = fileOf(item);
        if (file) files.push({ file, by: id });
      }
    }
  }
  const rank = (/** @type {Result} */ { file }) => (file.type === "output" ? 2 : 0) + (VIDEO.test(file.filename) ? 1 : 0);
  return files.reduce((best, one) => (!best || rank(one) >= rank(best) ? one : best), /** @type {Result|null} */ (null));
}

/**
 * The score of what a node shows: that of the measured clip which the same sampler made, however either was scaled or drawn upon since. Of several (two clips
 * side by side) the best.
 * @param {Prompt} prompt @param {string} by id of the node that shows the file @param {unknown} outputs @returns {number|undefined}
 */
function scoreOf(prompt, by, outputs) {
  const origins = samplersOf(prompt, by);
  const scores = [];
  for (const [id, node] of Object.entries(prompt)) {
    if (node?.class_type !== MEASURES) continue;
    const told = under(outputs, id, "score");
    const score = Array.isArray(told) ? told[0] : undefined;
    if (typeof score !== "number" || !(score >= 0 && score <= 1)) continue;
    if ([...samplersOf(prompt, id)].some((one) => origins.has(one))) scores.push(score);
  }
  return scores.length ? Math.max(...scores) : undefined;
}

/** The nearest samplers that lead to a node: what lies behind them made its condition, not its clip. @param {Prompt} prompt @param {string} from @returns {Set<string>} */
function samplersOf(prompt, from) {
  const seen = new Set([from]);
  for (let level = [from]; level.length; ) {
    const samplers = level.filter((id) => isSampler(inputsOf(prompt, id)));
    if (samplers.length) return new Set(samplers);
    const givers = level.flatMap((id) => Object.values(inputsOf(prompt, id)).flatMap((value) => (isLink(value) && isClip(prompt, value) ? [String(value[0])] : [])));
    level = [...new Set(givers)].filter((id) => !seen.has(id));
    for (const id of level) seen.add(id);
  }
  return new Set();
}

/** @param {Record<string, unknown>} inputs */
const isSampler = (inputs) => ["positive", "guider"].some((name) => name in inputs) && ["seed", "noise_seed", "noise"].some((name) => name in inputs);

/** Tracks and figures of a measured clip are about it, not made of it. @param {Prompt} prompt @param {[string|number, unknown]} link */
const isClip = (prompt, [giver, output]) => under(prompt, String(giver), "class_type") !== MEASURES || output === 0;

/** @param {unknown} item @returns {FileRef|null} */
function fileOf(item) {
  if (!isObject(item) || typeof item.filename !== "string" || !(VIDEO.test(item.filename) || PICTURE.test(item.filename))) return null;
  return { filename: item.filename, subfolder: typeof item.subfolder === "string" ? item.subfolder : "", type: typeof item.type === "string" ? item.type : "output" };
}

/** @param {Prompt} prompt @param {string} own @returns {number|undefined} */
function seedOf(prompt, own) {
  for (const id of downstreamOf(prompt, own)) {
    const inputs = inputsOf(prompt, id);
    for (const name of ["seed", "noise_seed"]) {
      const value = inputs[name];
      if (typeof value === "number") return value;
    }
    // A sampler may take its noise, or its seed, from a node of its own.
    for (const name of ["noise", "seed", "noise_seed"]) {
      const link = inputs[name];
      const giver = isLink(link) ? inputsOf(prompt, link[0]) : {};
      const value = giver.noise_seed ?? giver.seed ?? giver.value;
      if (typeof value === "number") return value;
    }
  }
  return undefined;
}

/** @param {Prompt} prompt @param {string} own @returns {string|undefined} */
function promptOf(prompt, own) {
  /** Nodes that led nowhere. @type {Set<string>} */
  const seen = new Set();
  for (const id of downstreamOf(prompt, own)) {
    /** @type {unknown} */
    let link = inputsOf(prompt, id).positive;
    for (let depth = 0; isLink(link) && depth < 32 && !seen.has(String(link[0])); depth++) {
      seen.add(String(link[0]));
      const inputs = inputsOf(prompt, link[0]);
      const text = [inputs.text, inputs.prompt, inputs.positive].find((value) => typeof value === "string" && value.trim());
      if (typeof text === "string") return text.slice(0, MAX_TEXT);
      link = [inputs.text, inputs.positive, inputs.conditioning, ...Object.values(inputs)].find(isLink);
    }
  }
  return undefined;
}

/** When a run ended, ms since 1970. @param {unknown} status @returns {number|undefined} */
function timeOf(status) {
  const messages = under(status, "messages");
  for (const message of Array.isArray(messages) ? [...messages].reverse() : []) {
    const time = Array.isArray(message) ? under(message[1], "timestamp") : undefined;
    if (typeof time === "number") return time;
  }
  return undefined;
}
