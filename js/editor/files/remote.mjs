// The page's own server, asked: the drawing is opened, kept while it is drawn, and saved. wan_move_core/editor/routes.py answers.

/** @typedef {{text: string, same: boolean, time: number}} Draft an unsaved drawing; `same`: it was drawn over what is stored now */
/** @typedef {{documentText: string|null, documentError: string|null, revision: string, draft: Draft|null}} Stored the drawing on disk */
/** @typedef {{document: string, tracks: string, visibility: string, count: number, frames: number, revision: string, copy: string|null}} Saved paths of the files, and what is in them */
/**
 * Why something was not done.
 * - "gone": the server does not answer, or is another one than this page came from
 * - "owner": another page edits the drawing now
 * - "changed": the document is not what this page began from
 * - "refused": anything else; the message says it
 * @typedef {"gone"|"owner"|"changed"|"refused"} Why
 */

export class RemoteError extends Error {
  /** @param {Why} why @param {string} message @param {string} [revision] of the document as it is now */
  constructor(why, message, revision = "") {
    super(message);
    this.why = why;
    this.revision = revision;
  }
}

const KEEPALIVE_CHARACTERS = 15000;

/** @param {string} page this page's name: letters and digits */
export function createRemote(page) {
  /** @param {string} path @param {RequestInit} [init] */
  async function ask(path, init) {
    /** @type {Response} */
    let response;
    try {
      response = await fetch(path, { cache: "no-store", ...init });
    } catch {
      throw new RemoteError("gone", "the server does not answer");
    }
    const answer = await response.json().catch(() => ({ error: response.statusText }));
    if (response.ok) return answer;
    // A server that was started again at the same port does not know this page.
    const why = response.status === 403 || response.status === 404 ? "gone" : response.status === 409 && answer.conflict === "owner" ? "owner" : response.status === 409 ? "changed" : "refused";
    throw new RemoteError(why, String(answer.error ?? response.statusText), answer.revision);
  }

  /** @param {string} path @param {string} body */
  const post = (path, body) => ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: body.length < KEEPALIVE_CHARACTERS });

  return {
    /** This page edits from now on. @returns {Promise<Stored & Record<string, any>>} with the clip */
    own: () => post(`own?page=${page}`, ""),
    /** @returns {Promise<{owner: boolean, revision: string}>} */
    state: () => ask(`state.json?page=${page}`),
    /** @param {string} text @param {string} base the revision that it was drawn over @param {boolean} [keep] what is replaced is kept as a copy @returns {Promise<Saved>} */
    save: (text, base, keep = false) => post(`save?page=${page}&base=${base}${keep ? "&keep=1" : ""}`, text),
    /** @param {string} text @param {string} base @returns {Promise<{revision: string}>} */
    draft: (text, base) => post(`draft?page=${page}&base=${base}`, text),
    /** A person's own motions, for every drawing. @type {import('./favourites.mjs').Kept} */
    motions: {
      read: async () => (await ask("motions.json")).text,
      write: (text) => post("motions", text),
    },
    /** A copy beside the document. @param {string} text @returns {Promise<{copy: string}>} */
    copy: (text) => post("copy", text),
  };
}
