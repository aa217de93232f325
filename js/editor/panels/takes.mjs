// Takes: what was generated from this drawing. The host lists them; the tab is absent where no host does.

import { offerUndo } from "../state/offer_undo.mjs";
import { fill, h } from "../ui/dom.mjs";
import { iconButton, segmentField } from "../ui/fields.mjs";
import { reasonOf } from "../ui/strings.mjs";

/** @typedef {import('../options.mjs').Take} Take */
/**
 * @typedef {object} TakesNeeds
 * @property {import('../options.mjs').TakesProvider} provider
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {string} [locale] language tag of times
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 * @property {(text: string, label: string) => boolean|Promise<boolean>} replaceDocument whether the text was read and became the drawing
 * @property {import('../state/state.mjs').EditorState} state
 */
/**
 * @typedef {object} Takes
 * @property {HTMLElement} element
 * @property {() => Promise<void>} refresh ask the provider again
 */

/** @typedef {"newest"|"best"} Order */

const MOST_CARDS = 200;

/** The best first, those that were not measured behind them; equal ones stay as they were given, which is newest first. @param {readonly Take[]} takes @param {Order} order @returns {Take[]} */
export function inOrder(takes, order) {
  return order === "newest" ? [...takes] : [...takes].sort((a, b) => (b.score ?? -1) - (a.score ?? -1));
}

/** @param {TakesNeeds} needs @returns {Takes} */
export function createTakes({ provider, t, locale, float, signal, replaceDocument, state }) {
  const element = h("div", { class: "wme-takes" });
  /** @type {Map<string, Take>} */
  const picked = new Map();
  /** @type {Map<string, HTMLElement>} */
  const cards = new Map();
  const compare = h("button", { class: "wme-btn is-line", type: "button", disabled: true, text: t("takes.compare"), on: { click: showPair } });
  /** @type {Take[]} */
  let listed = [];
  /** @type {Order} */
  let order = "newest";
  const sort = segmentField({ label: t("takes.order"), options: /** @type {const} */ ([["newest", t("takes.newest")], ["best", t("takes.best")]]), onChange: setOrder });
  sort.set(order);

  /** @param {string} url */
  const safeUrl = (url) => {
    // Only addresses that show a file; never a script's.
    try {
      const parsed = new URL(url, document.baseURI);
      return ["http:", "https:", "blob:"].includes(parsed.protocol) ? parsed.href : null;
    } catch {
      return null;
    }
  };

  /** @param {Take} take @param {boolean} big */
  function media(take, big) {
    const url = take.url && safeUrl(take.url);
    if (!url) return h("div", { class: "wme-muted", text: t("takes.noFile") });
    if (take.kind === "video") return h("video", { src: url, muted: true, loop: true, playsinline: true, autoplay: big, controls: big, preload: "metadata" });
    return h("img", { src: url, alt: take.title ?? "", loading: "lazy" });
  }

  async function refresh() {
    fill(element, [h("p", { class: "wme-muted", text: t("takes.loading") })]);
    try {
      listed = await provider.list();
    } catch (error) {
      fill(element, [h("p", { class: "wme-bad", text: t("takes.failed", { why: reasonOf(error, t) }) })]);
      return;
    }
    if (signal.aborted) return;
    picked.clear();
    compare.disabled = true;
    cards.clear();
    if (!listed.length) {
      fill(element, [h("p", { class: "wme-muted", text: t("takes.none") })]);
      return;
    }
    show();
  }

  function show() {
    const measured = listed.some((take) => take.score !== undefined);
    fill(element, [h("div", { class: "wme-group" }, [measured && sort.element, compare]), ...inOrder(listed, order).slice(0, MOST_CARDS).map((take) => cards.get(take.id) ?? card(take))]);
  }

  /** @param {Order} next */
  function setOrder(next) {
    order = next;
    sort.set(order);
    show();
  }

  /** @param {Take} take */
  const namesOf = (take) => [take.title, take.seed !== undefined && t("takes.seed", { seed: take.seed }), take.score !== undefined && t("takes.score", { score: Math.round(100 * take.score) })];

  /** @param {Take} take */
  function card(take) {
    const when = take.time ? new Date(take.time).toLocaleString(locale) : "";
    const meta = [...namesOf(take), when].filter(Boolean).join(" · ");
    const pick = h("button", { class: "wme-btn is-line", type: "button", text: t("takes.pick"), "aria-pressed": "false", dataset: { part: "pick" } });
    const node = h("article", { class: "wme-take" }, [media(take, false), h("div", { text: meta }), take.prompt && h("p", { text: take.prompt, title: take.prompt }), h("div", { class: "wme-group", style: { gap: "6px" } }, [h("button", { class: "wme-btn is-line", type: "button", text: t("takes.open"), on: { click: () => openDrawing(take) } }), pick])]);
    pick.addEventListener("click", () => {
      if (picked.has(take.id)) picked.delete(take.id);
      else picked.set(take.id, take);
      const [oldest] = picked.keys();
      if (picked.size > 2) picked.delete(oldest);
      for (const [id, other] of cards) {
        other.classList.toggle("is-picked", picked.has(id));
        other.querySelector("[data-part=pick]")?.setAttribute("aria-pressed", String(picked.has(id)));
      }
      compare.disabled = picked.size !== 2;
    });
    node.dataset.id = take.id;
    cards.set(take.id, node);
    node.addEventListener("pointerenter", () => node.querySelector("video")?.play().catch(() => {}));
    node.addEventListener("pointerleave", () => node.querySelector("video")?.pause());
    return node;
  }

  /** @param {Take} take */
  async function openDrawing(take) {
    try {
      const text = take.documentText ?? (await provider.open?.(take)) ?? null;
      if (!text) float.notice(t("takes.noDrawing"));
      else if (await replaceDocument(text, t("do.take"))) offerUndo({ state, float, t }, t("takes.opened"));
    } catch (error) {
      float.notice(t("takes.failed", { why: reasonOf(error, t) }), { bad: true });
    }
  }

  function showPair() {
    const pair = [...picked.values()];
    const figures = pair.map((take) => h("figure", {}, [media(take, true), h("figcaption", { class: "wme-muted", text: [...namesOf(take), take.prompt].filter(Boolean).join(" · ") })]));
    float.show(h("div", { class: "wme-compare", role: "dialog", "aria-label": t("takes.compare") }, [h("div", { class: "wme-bar" }, [h("b", { text: t("takes.compare"), style: { flex: "1" } }), iconButton("close", t("close"), () => float.close())]), ...figures]));
  }

  return { element, refresh };
}
