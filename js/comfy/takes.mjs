// The takes panel's source: the host's history of this session, then what lies in its output folder with the prompt inside. Nothing is
// stored here.

import { ownersOf } from "./graph.mjs";
import { embeddedPrompt } from "./embedded.mjs";
import { takeFromPrompt, takesFromHistory } from "./history.mjs";

const HISTORY_ITEMS = 200;
const FILES_READ = 24;
const HEAD_BYTES = 512 * 1024;
const TAIL_BYTES = 1024 * 1024;
const READABLE = /\.(png|webp|mp4|webm|mkv|mov)$/i;

/** @typedef {import('./graph.mjs').FileRef} FileRef */
/** @typedef {FileRef & {time?: number}} OutputFile */
/**
 * @typedef {object} TakesProviderNeeds
 * @property {ComfyApi} api
 * @property {ComfyNode} node
 * @property {() => string|null} rootId of the workflow that is open
 */

/** @param {TakesProviderNeeds} needs @returns {import('../editor/options.mjs').TakesProvider} */
export function createTakesProvider({ api, node, rootId }) {
  const kind = node.comfyClass ?? "";
  const viewUrl = (/** @type {FileRef} */ file) => api.apiURL(`/view?${new URLSearchParams({ filename: file.filename, subfolder: file.subfolder, type: file.type })}`);
  /** What earlier listings read from files, so that opening the panel again reads only new ones. @type {Map<string, import('./embedded.mjs').Prompt|null>} */
  const read = new Map();

  /** @returns {Promise<unknown>} */
  async function history() {
    const response = await api.fetchApi(`/history?max_items=${HISTORY_ITEMS}`);
    if (response.ok) return response.json();
    return jobs();
  }

  // Hosts without /history tell the same job by job.
  async function jobs() {
    const response = await api.fetchApi(`/jobs?status=completed&limit=${FILES_READ}`);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    /** @type {{jobs?: {id: string}[]|null}} */
    const answer = await response.json();
    const entries = await Promise.all((answer.jobs ?? []).map(async ({ id }) => {
      const job = await (await api.fetchApi(`/jobs/${encodeURIComponent(id)}`)).json();
      return [id, { prompt: [0, id, job.workflow?.prompt, job.workflow?.extra_data ?? {}, []], outputs: job.outputs, status: job.execution_status }];
    }));
    return Object.fromEntries(entries.reverse());
  }

  /** Files of the output folder, newest first. Without the pack's own route: those of its top level. @returns {Promise<OutputFile[]>} */
  async function outputs() {
    const own = await api.fetchApi("/wan_move/outputs").catch(() => null);
    if (own?.ok) return own.json();
    const plain = await api.fetchApi("/internal/files/output").catch(() => null);
    if (!plain?.ok) return [];
    /** @type {unknown[]} */
    const names = await plain.json();
    return names.map((name) => ({ filename: String(name).replace(/\s*\[output\]$/, ""), subfolder: "", type: "output" }));
  }

  /** @param {Set<string>} known names that the history told already @param {string[]} nodeIds */
  async function files(known, nodeIds) {
    const news = (await outputs()).filter((file) => READABLE.test(file.filename) && !known.has(nameOf(file))).slice(0, FILES_READ);
    const found = await Promise.all(news.map(async ({ filename, subfolder, type, time }) => {
      const file = { filename, subfolder, type };
      const key = `${nameOf(file)} ${time}`;
      if (!read.has(key)) read.set(key, await promptOfFile(file).catch(() => null));
      const take = takeFromPrompt(read.get(key), kind, file, nodeIds);
      return take && { ...take, time };
    }));
    return found.flatMap((take) => take ?? []);
  }

  /** @param {FileRef} file */
  async function promptOfFile(file) {
    const url = `/view?${new URLSearchParams({ ...file })}`;
    for (const range of [`bytes=0-${HEAD_BYTES - 1}`, `bytes=-${TAIL_BYTES}`]) {
      const response = await api.fetchApi(url, { headers: { Range: range } });
      if (!response.ok) return null;
      const prompt = embeddedPrompt(new Uint8Array(await response.arrayBuffer()));
      // 200 instead of 206: that was the whole file.
      if (prompt || response.status === 200) return prompt;
    }
    return null;
  }

  return {
    async list() {
      const nodeIds = executionIds(node);
      const runs = takesFromHistory(await history(), { kind, nodeIds, workflowId: rootId() });
      const older = await files(new Set(runs.map((take) => nameOf(take.file))), nodeIds);
      return [...runs, ...older].map((take) => ({
        id: take.id, title: take.file.filename, prompt: take.prompt, seed: take.seed, time: take.time, url: viewUrl(take.file), kind: take.kind, documentText: take.documentText,
      }));
    },
  };
}

const nameOf = (/** @type {FileRef} */ file) => `${file.subfolder}/${file.filename}`;

/** Ids under which a prompt knows the node: its own, or "host:inner" for every node that shows its subgraph. @param {ComfyNode} node @returns {string[]} */
export function executionIds(node) {
  const owners = ownersOf(node.graph);
  if (!owners.length) return [String(node.id)];
  return owners.flatMap((owner) => executionIds(owner).map((id) => `${id}:${node.id}`));
}
