// Takes: what was generated from this drawing. The host lists them; the tab is absent where no host does.

import { fill, h } from "../ui/dom.mjs";
import { iconButton } from "../ui/fields.mjs";

/**
 * @typedef {{id: string, title?: string, prompt?: string, seed?: number|string, time?: number, url?: string, kind?: "video"|"image", documentText?: string}} Take
 * @typedef {{list: () => Promise<Take[]>, open?: (take: Take) => Promise<string|null>}} TakesProvider `open` gives the drawing's document when the take holds none
 */

/** @param {any} ed @param {TakesProvider} provider */
export function createTakes(ed, provider) {
  const element = h("div", { class: "wme-takes" });
  const picked = new Map();
  const compare = h("button", { class: "wme-btn is-line", type: "button", disabled: true, text: ed.t("takes.compare"), on: { click: showPair } });

  const safeUrl = (url) => {
    // Only addresses that show a file; never a script's.
    try {
      const parsed = new URL(url, document.baseURI);
      return ["http:", "https:", "blob:"].includes(parsed.protocol) ? parsed.href : null;
    } catch {
      return null;
    }
  };

  function media(take, big) {
    const url = take.url && safeUrl(take.url);
    if (!url) return h("div", { class: "wme-muted", text: ed.t("takes.noFile") });
    if (take.kind === "video") return h("video", { src: url, muted: true, loop: true, playsinline: true, autoplay: big, controls: big, preload: "metadata" });
    return h("img", { src: url, alt: take.title ?? "", loading: "lazy" });
  }

  async function refresh() {
    fill(element, [h("p", { class: "wme-muted", text: ed.t("takes.loading") })]);
    let takes;
    try {
      takes = await provider.list();
    } catch (error) {
      fill(element, [h("p", { class: "wme-bad", text: ed.t("takes.failed", { why: error.message }) })]);
      return;
    }
    if (ed.signal.aborted) return;
    picked.clear();
    if (!takes.length) {
      fill(element, [h("p", { class: "wme-muted", text: ed.t("takes.none") })]);
      return;
    }
    fill(element, [h("div", { class: "wme-group" }, [compare]), ...takes.slice(0, 200).map(card)]);
  }

  function card(take) {
    const when = take.time ? new Date(take.time).toLocaleString() : "";
    const meta = [take.title, take.seed !== undefined && ed.t("takes.seed", { seed: take.seed }), when].filter(Boolean).join(" · ");
    const pick = h("button", { class: "wme-btn is-line", type: "button", text: ed.t("takes.pick"), "aria-pressed": "false" });
    const node = h("article", { class: "wme-take" }, [media(take, false), h("div", { text: meta }), take.prompt && h("p", { text: take.prompt, title: take.prompt }), h("div", { class: "wme-group", style: { gap: "6px" } }, [h("button", { class: "wme-btn is-line", type: "button", text: ed.t("takes.open"), on: { click: () => openDrawing(take) } }), pick])]);
    pick.addEventListener("click", () => {
      if (picked.has(take.id)) picked.delete(take.id);
      else picked.set(take.id, take);
      if (picked.size > 2) picked.delete(picked.keys().next().value);
      for (const other of element.querySelectorAll(".wme-take")) other.classList.toggle("is-picked", picked.has(other.dataset.id));
      compare.disabled = picked.size !== 2;
    });
    node.dataset.id = take.id;
    node.addEventListener("pointerenter", () => node.querySelector("video")?.play().catch(() => {}));
    node.addEventListener("pointerleave", () => node.querySelector("video")?.pause());
    return node;
  }

  async function openDrawing(take) {
    try {
      const text = take.documentText ?? (await provider.open?.(take)) ?? null;
      if (!text) ed.float.notice(ed.t("takes.noDrawing"));
      else if (ed.replaceDocument(text, ed.t("do.take"))) ed.float.notice(ed.t("takes.opened"), { action: ed.t("undo"), run: () => ed.state.history.undo() });
    } catch (error) {
      ed.float.notice(ed.t("takes.failed", { why: error.message }), { bad: true });
    }
  }

  function showPair() {
    const pair = [...picked.values()];
    const figures = pair.map((take) => h("figure", {}, [media(take, true), h("figcaption", { class: "wme-muted", text: [take.title, take.seed !== undefined && ed.t("takes.seed", { seed: take.seed }), take.prompt].filter(Boolean).join(" · ") })]));
    ed.float.show(h("div", { class: "wme-compare", role: "dialog", "aria-label": ed.t("takes.compare") }, [h("header", {}, [h("b", { text: ed.t("takes.compare"), style: { flex: "1" } }), iconButton("close", ed.t("close"), () => ed.float.close())]), ...figures]));
  }

  return { element, refresh };
}
