// The takes panel's source: the host's history of this session, then what lies in its output folder with the prompt inside. Nothing is
// stored here.

import { ownersOf } from "./graph.mjs";
import { eachRunOnce } from "./history.mjs";
import { createReader } from "./reading.mjs";

const HISTORY_ITEMS = 200;
const FILES_READ = 24;
const HEAD_BYTES = 512 * 1024;
const TAIL_BYTES = 1024 * 1024;
/** Of a file whose host gives no parts, at most so much is taken. */
const MOST_BYTES = 24 * 1024 * 1024;
/** Ids of one node: subgraphs in subgraphs multiply. */
const MOST_IDS = 256;
const READABLE = /\.(png|webp|mp4|webm|mkv|mov)$/i;

/** @typedef {import('./graph.mjs').FileRef} FileRef */
/** @typedef {import('./history.mjs').TakeRecord} TakeRecord */
/** @typedef {import('./reading.mjs').Reader} Reader */
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
  /** What earlier listings read from files, so that opening the panel again reads only new ones. @type {Map<string, TakeRecord|null>} */
  const known = new Map();

  /** @param {Reader} reader @param {{kind: string, nodeIds: string[], workflowId: string|null}} asked @returns {Promise<TakeRecord[]>} */
  async function history(reader, asked) {
    const response = await api.fetchApi(`/history?max_items=${HISTORY_ITEMS}`);
    if (response.ok) return reader.read({ what: "history", bytes: await bytesOf(response), node: asked });
    // Hosts without /history tell the same job by job.
    const jobs = await api.fetchApi(`/jobs?status=completed&limit=${FILES_READ}`);
    if (!jobs.ok) throw new Error(`${jobs.status} ${jobs.statusText}`);
    /** @type {{jobs?: {id: string}[]|null}} */
    const list = await jobs.json();
    const answers = await Promise.all((list.jobs ?? []).slice(0, FILES_READ).map(async ({ id }) => ({ id, bytes: await bytesOf(await api.fetchApi(`/jobs/${encodeURIComponent(id)}`)) })));
    return reader.read({ what: "jobs", answers, node: asked });
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

  /** @param {Reader} reader @param {Set<string>} told names that the history told already @param {string[]} nodeIds */
  async function files(reader, told, nodeIds) {
    const news = (await outputs()).filter((file) => READABLE.test(file.filename) && !told.has(nameOf(file))).slice(0, FILES_READ);
    const found = await Promise.all(news.map(async ({ filename, subfolder, type, time }) => {
      const file = { filename, subfolder, type };
      const key = `${nameOf(file)} ${time} ${nodeIds}`;
      if (!known.has(key)) known.set(key, await takeOfFile(reader, file, nodeIds).catch(() => null));
      const take = known.get(key);
      return take && { ...take, time };
    }));
    return found.flatMap((take) => take ?? []);
  }

  /** @param {Reader} reader @param {FileRef} file @param {string[]} nodeIds @returns {Promise<TakeRecord|null>} */
  async function takeOfFile(reader, file, nodeIds) {
    const url = `/view?${new URLSearchParams({ ...file })}`;
    for (const range of [`bytes=0-${HEAD_BYTES - 1}`, `bytes=-${TAIL_BYTES}`]) {
      const response = await api.fetchApi(url, { headers: { Range: range } });
      if (!response.ok) return null;
      const [take] = await reader.read({ what: "file", bytes: await bytesOf(response, MOST_BYTES), kind, file, nodeIds });
      // 200 instead of 206: that was the whole file.
      if (take || response.status === 200) return take ?? null;
    }
    return null;
  }

  return {
    async list() {
      const nodeIds = executionIds(node);
      const reader = createReader();
      try {
        const runs = await history(reader, { kind, nodeIds, workflowId: rootId() });
        const older = await files(reader, new Set(runs.map((take) => nameOf(take.file))), nodeIds);
        return eachRunOnce([...runs, ...older]).map((take) => ({
          id: take.id, title: take.file.filename, prompt: take.prompt, seed: take.seed, time: take.time, url: viewUrl(take.file), kind: take.kind, documentText: take.documentText, score: take.score,
        }));
      } finally {
        reader.end();
      }
    },
  };
}

/** What a response holds, up to so many bytes. @param {Response} response @param {number} [most] @returns {Promise<Uint8Array>} */
async function bytesOf(response, most = Infinity) {
  const stream = most < Infinity ? response.body?.getReader() : undefined;
  if (!stream) return new Uint8Array(await response.arrayBuffer());
  const parts = [];
  let length = 0;
  while (length < most) {
    const { done, value } = await stream.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  stream.cancel().catch(() => {});
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const nameOf = (/** @type {FileRef} */ file) => `${file.subfolder}/${file.filename}`;

/** Ids under which a prompt knows the node: its own, or "host:inner" for every node that shows its subgraph. @param {ComfyNode} node @returns {string[]} */
export function executionIds(node) {
  /** @type {string[]} */
  const ids = [];
  /** Ways outwards: a node, and what follows it. A subgraph that holds itself has no way out. @type {{node: ComfyNode, inner: string, depth: number}[]} */
  const ways = [{ node, inner: String(node.id), depth: 0 }];
  for (const { node: one, inner, depth } of ways) {
    if (ids.length >= MOST_IDS) break;
    const owners = depth < 32 ? ownersOf(one.graph) : [];
    if (!owners.length) ids.push(inner);
    for (const owner of owners) if (ways.length < 4 * MOST_IDS) ways.push({ node: owner, inner: `${owner.id}:${inner}`, depth: depth + 1 });
  }
  return ids;
}
