// What is drawn on the page is kept on disk by its server while it is drawn, by one page at a time; what would lose a drawing is shown and asked.

import { h } from "../ui/dom.mjs";
import { RemoteError } from "./remote.mjs";

/** @typedef {ReturnType<typeof import('./remote.mjs').createRemote>} Remote */
/** @typedef {import('./remote.mjs').Saved} Saved */
/** @typedef {import('../options.mjs').EditorHandle} EditorHandle */
/**
 * @typedef {object} KeeperNeeds
 * @property {Remote} remote
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {string} name of the document
 * @property {string} channel what pages of the same drawing in this browser call one another by
 * @property {string} revision of the document that the page opened
 * @property {() => EditorHandle} handle the open editor
 * @property {(text: string) => void} offerCopy a file for the person to keep
 * @property {() => void} restart open the page again, with what the server has
 */
/**
 * @typedef {object} Keeper
 * @property {(text: string) => void} drawn keep this drawing as the draft
 * @property {(text: string) => Promise<Saved|null>} save null: nothing was saved, and the person knows why
 * @property {() => void} end
 */

const LOOK_MS = 3000;

/** @param {KeeperNeeds} needs @returns {Keeper} */
export function createKeeper({ remote, t, name, channel, revision, handle, offerCopy, restart }) {
  let base = revision;
  /** What the server has of this page's drawing, and what it should have. @type {string|null} */
  let sent = null;
  /** @type {string|null} */
  let wanted = null;
  /** @type {Promise<void>|null} */
  let sending = null;
  let lost = false;
  let ended = false;
  let timer = 0;
  const strip = h("div", { class: "page-strip", role: "alert", hidden: true });
  document.body.append(strip);

  /** One page at a time edits, the one that was opened last; the others look at once. */
  const others = new BroadcastChannel(channel);
  others.onmessage = () => void look();
  others.postMessage("opened");

  /** @param {string} [words] none: all is well */
  function say(words) {
    strip.hidden = !words;
    const keep = h("button", { type: "button", text: t("page.keepCopy"), on: { click: () => void handle().getDocumentText().then(offerCopy) } });
    strip.replaceChildren(...(words ? [h("span", { text: words }), keep] : []));
  }

  /** @param {unknown} error */
  function fault(error) {
    if (ended) return;
    if (!(error instanceof RemoteError)) throw error;
    if (error.why === "owner") void elsewhere();
    else say(error.why === "gone" ? t("page.gone") : t("page.notKept", { why: t.fault(error.message) }));
  }

  /** One draft at a time; the newest of those that waited is the next. */
  async function send() {
    while (!ended && !lost && wanted !== null && wanted !== sent) {
      const text = wanted;
      await remote.draft(text, base);
      sent = text;
      say();
    }
  }

  function push() {
    sending ??= send().catch(fault).finally(() => (sending = null));
    return sending;
  }

  async function look() {
    clearTimeout(timer);
    try {
      const { owner } = await remote.state();
      if (!owner) void elsewhere();
      else if (wanted !== sent) void push();
      else say();
    } catch (error) {
      fault(error);
    }
    clearTimeout(timer);
    if (!ended && !lost) timer = setTimeout(look, LOOK_MS);
  }

  /** Another page edits now. What only this one has is written beside the document before anything is asked. */
  async function elsewhere() {
    if (lost || ended) return;
    lost = true;
    say();
    handle().editor.state.cancelGesture();
    const mine = await handle().getDocumentText();
    const unsent = mine !== sent && handle().editor.state.history.canUndo;
    const kept = unsent ? await remote.copy(mine).catch(() => null) : null;
    const lines = [t("page.elsewhereNote")];
    if (kept) lines.push(t("page.keptAs", { name: kept.copy }));
    if (unsent && !kept) offerCopy(mine);
    handle().forget();
    await ask(t("page.elsewhere"), lines, [t("page.editHere")]);
    try {
      const there = await remote.own();
      const theirs = there.draft?.text ?? there.documentText ?? "";
      if (!unsent || theirs === mine || (await choose()) === "theirs") return restart();
      if (theirs) await remote.copy(theirs);
      base = there.revision;
      lost = false;
      wanted = mine;
      others.postMessage("opened");
      void push();
      void look();
    } catch (error) {
      lost = false;
      fault(error);
      void look();
    }
  }

  /** @returns {Promise<"mine"|"theirs">} */
  async function choose() {
    return (await ask(t("page.changed"), [t("page.changedNote", { name })], [t("page.theirs"), t("page.mine")])) === 1 ? "mine" : "theirs";
  }

  void look();
  return {
    drawn(text) {
      wanted = text;
      if (!ended && !lost) void push();
    },
    async save(text) {
      await sending;
      let keep = false;
      for (;;) {
        try {
          const saved = await remote.save(text, base, keep);
          base = saved.revision;
          sent = wanted = text;
          say();
          return saved;
        } catch (error) {
          if (!(error instanceof RemoteError) || error.why === "refused") throw error;
          if (error.why === "gone") {
            fault(error);
            throw new Error(t("page.gone"));
          }
          if (error.why === "owner") {
            void elsewhere();
            return null;
          }
          if ((await choose()) === "theirs") {
            await remote.copy(text);
            handle().forget();
            restart();
            return null;
          }
          base = error.revision;
          keep = true;
        }
      }
    },
    end() {
      ended = true;
      clearTimeout(timer);
      others.close();
      strip.remove();
    },
  };
}

/** A question that must be answered before anything else: nothing behind it takes the pointer or a key. @param {string} title @param {string[]} lines @param {string[]} answers @returns {Promise<number>} which */
function ask(title, lines, answers) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "page-ask", "aria-label": title }, [
      h("h1", { text: title }),
      ...lines.map((text) => h("p", { text })),
      h("div", {}, answers.map((text, which) => h("button", { type: "button", text, on: { click: () => { dialog.remove(); resolve(which); } } }))),
    ]);
    // Esc would leave the question open and unseen.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    // What is typed here is not the editor's.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
  });
}
