// What the host remembers, read apart from the page: its answers and files come from anywhere and may be large, so a worker parses them. Where a browser
// gives no worker the same is done here, one file at a time.

import { embeddedPrompt } from "./embedded.mjs";
import { takeFromPrompt, takesFromHistory } from "./history.mjs";

/** @typedef {import('./history.mjs').TakeRecord} TakeRecord */
/** @typedef {import('./graph.mjs').FileRef} FileRef */
/**
 * What is asked: the takes in an answer of /history, in answers of /jobs/ID, or in the ends of one file.
 * @typedef {{what: "history", bytes: Uint8Array, node: Parameters<typeof takesFromHistory>[1]}
 *   | {what: "jobs", answers: {id: string, bytes: Uint8Array}[], node: Parameters<typeof takesFromHistory>[1]}
 *   | {what: "file", bytes: Uint8Array, kind: string, file: FileRef, nodeIds: string[]}} Question
 */
/** @typedef {{read: (question: Question) => Promise<TakeRecord[]>, end: () => void}} Reader */

/** @param {Uint8Array} bytes @returns {unknown} */
const jsonOf = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** @param {Question} question @returns {TakeRecord[]} */
export function answer(question) {
  if (question.what === "history") return takesFromHistory(jsonOf(question.bytes), question.node);
  if (question.what === "jobs") {
    const entries = question.answers.map(({ id, bytes }) => {
      const job = /** @type {Record<string, any>} */ (jsonOf(bytes));
      return [id, { prompt: [0, id, job.workflow?.prompt, job.workflow?.extra_data ?? {}, []], outputs: job.outputs, status: job.execution_status }];
    });
    return takesFromHistory(Object.fromEntries(entries.reverse()), question.node);
  }
  const take = takeFromPrompt(embeddedPrompt(question.bytes), question.kind, question.file, question.nodeIds);
  return take ? [take] : [];
}

/** Reads until it is ended. @returns {Reader} */
export function createReader() {
  /** @type {Map<number, {question: Question, done: (takes: TakeRecord[]) => void, failed: (error: Error) => void}>} */
  const waiting = new Map();
  let serial = 0;
  let worker = startWorker();

  /** @param {Question} question */
  async function here(question) {
    // The page goes on between two files.
    await new Promise((go) => setTimeout(go));
    return answer(question);
  }

  // A page whose rules forbid workers says so only now.
  worker?.addEventListener("error", () => {
    worker?.terminate();
    worker = null;
    for (const { question, done, failed } of waiting.values()) here(question).then(done, failed);
    waiting.clear();
  });
  worker?.addEventListener("message", ({ data }) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.takes) asked?.done(data.takes);
    else asked?.failed(new Error(data.error));
  });

  return {
    read(question) {
      if (!worker) return here(question);
      return new Promise((done, failed) => {
        waiting.set(++serial, { question, done, failed });
        worker?.postMessage({ id: serial, question });
      });
    },
    end() {
      worker?.terminate();
      for (const { failed } of waiting.values()) failed(new Error("ended"));
      waiting.clear();
    },
  };
}

function startWorker() {
  try {
    return typeof Worker === "function" ? new Worker(new URL("./reading_worker.mjs", import.meta.url), { type: "module" }) : null;
  } catch {
    return null;
  }
}
