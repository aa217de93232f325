// "✓ ready" or what would not work, each with one click to mend it.

import { offerUndo } from "../state/offer_undo.mjs";
import { h, setText } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { renameLayer } from "../commands/all.mjs";
import { checkDocument, groupIssues, summarize } from "../motion/checks/checker.mjs";
import { inLanguage } from "../motion/checks/rule.mjs";
import { CHECKS } from "../motion/checks/table.mjs";
import { fixAll, fixIssue } from "../motion/mending/fixes.mjs";
import { holdsTheRest } from "../motion/document/held.mjs";
import { sampleDocument } from "../motion/evaluation/evaluate.mjs";

const CHECK_MS = 150;
const SHOWN = 60;
/** Less than this, doc px, is standing still. */
const MOVES_PX = 0.25;

/** @typedef {import('../motion/document/types.mjs').Issue} Issue */
/** @typedef {ReturnType<typeof groupIssues>[number]} IssueGroup */
/**
 * @typedef {object} FooterNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {AbortSignal} signal
 * @property {() => void} focusKeys
 * @property {string} [locale] language tag of the checks' words
 */
/**
 * @typedef {object} Footer
 * @property {HTMLElement} element
 * @property {() => void} checkNow check without waiting for a pause in the drawing
 * @property {(words: string) => void} tip
 * @property {(words: string) => void} where says what the pointer is over
 */

/** @param {FooterNeeds} needs @returns {Footer} */
export function createFooter({ state, t, float, signal, focusKeys, locale }) {
  const rules = inLanguage(state.checks?.length ? state.checks : CHECKS, locale);
  const mark = h("span", { style: { display: "grid" } });
  const text = h("span");
  const status = h("button", { class: "wme-btn wme-status", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", on: { click: toggle } }, [mark, text]);
  const fix = h("button", { class: "wme-btn is-line", type: "button", text: t("fix.all"), on: { click: mendAll } });
  const tip = h("span", { class: "wme-tip" });
  const where = h("span", { class: "wme-hide-small" });
  const element = h("footer", { class: "wme-foot" }, [status, fix, tip, where]);
  let timer = 0;

  const serious = () => state.issues.filter((issue) => issue.severity !== "info");

  function check() {
    timer = 0;
    if (signal.aborted || state.history.inGesture) return;
    state.set("issues", { issues: checkDocument(state.doc, state.sampled, rules, state.things) });
    show();
  }

  function show() {
    const issues = serious();
    const { count } = summarize(state.issues);
    const dropped = state.sampled.dropped ?? 0;
    const worst = dropped || issues.some((issue) => issue.severity === "error") ? "error" : count ? "warning" : "ok";
    status.className = `wme-btn wme-status is-${worst}`;
    // Things that were pointed at and never moved are no clip yet, whatever holds still around them.
    const empty = (!state.doc.layers.length && !state.doc.camera?.keys.length) || (worst === "ok" && !moves(state.sampled));
    mark.replaceChildren(icon(empty ? "info" : worst === "ok" ? "check" : worst === "error" ? "error" : "warning", 17));
    if (empty) status.className = "wme-btn wme-status";
    setText(text, empty ? t("status.empty") : count + (dropped ? 1 : 0) ? t("status.issues", { count: count + (dropped ? 1 : 0) }) : t("status.ready"));
    // Green is said of the picture as well: not before it was looked at.
    const looking = !empty && worst === "ok" && !!state.picture && state.sampled.count > 0 && state.found?.doc !== state.doc;
    if (looking) {
      status.className = "wme-btn wme-status";
      mark.replaceChildren(icon("info", 17));
      setText(text, t("status.looking"));
    }
    fix.hidden = empty || !issues.some((issue) => issue.fixable);
  }

  function mendAll() {
    const { doc, left } = fixAll(state.doc, state.things);
    state.apply(inWords(doc), t("do.fix"));
    const still = left.filter((issue) => issue.severity !== "info").length;
    offerUndo({ state, float, t }, still ? t("fix.left", { count: still }) : t("fix.done"));
    focusKeys();
  }

  function toggle() {
    if (timer) {
      clearTimeout(timer);
      check();
    }
    const groups = groupIssues(state.issues);
    const dropped = state.sampled.dropped ?? 0;
    const list = h("div", { class: "wme-menu wme-issues", role: "dialog", "aria-label": t("issues") });
    const notes = groups.filter((issue) => issue.severity === "info").length;
    const wrong = groups.length - notes + (dropped ? 1 : 0);
    if (wrong + notes) list.append(h("h2", { class: "wme-issues-head", text: [wrong && t("status.issues", { count: wrong }), notes && t("issues.notes", { count: notes })].filter(Boolean).join(" · ") }));
    if (dropped) list.append(h("div", { class: "wme-issue" }, [h("span", { class: "is-error", style: { display: "grid", paddingTop: "1px" } }, [icon("error", 17)]), h("p", { text: t("issues.dropped", { count: dropped }) })]));
    else if (!groups.length) list.append(h("p", { class: "wme-muted", style: { padding: "8px" }, text: t("issues.none") }));
    for (const issue of groups.slice(0, SHOWN)) {
      const go = h("button", { class: "wme-btn is-quiet is-icon", type: "button", title: t("issue.show"), "aria-label": `${t("issue.show")}: ${issue.title}`, on: { click: () => reveal(issue) } }, [icon("eye", 15)]);
      const mend = issue.fixable && h("button", { class: "wme-btn is-line", type: "button", text: issue.fix, on: { click: () => { float.close(); state.apply(inWords(fixGroup(issue)), issue.fix); } } });
      const head = h("span", { class: `is-${issue.severity}`, style: { display: "grid", paddingTop: "1px" } }, [icon(issue.severity === "error" ? "error" : issue.severity === "warning" ? "warning" : "info", 17)]);
      list.append(h("div", { class: "wme-issue" }, [head, h("div", {}, [h("b", { text: issue.title }), issue.members.length > 1 && h("span", { class: "wme-tally", text: t("issue.times", { count: issue.members.length }) }), h("p", { text: issue.text })]), h("div", { class: "wme-group" }, [issue.layer && go, mend])]));
    }
    if (groups.length > SHOWN) list.append(h("p", { class: "wme-muted", style: { padding: "4px 8px" }, text: t("issues.more", { count: groups.length - SHOWN }) }));
    float.show(list, status);
  }

  /** The rest that a fix began to hold is called as this page calls it. @param {import('../motion/document/types.mjs').Doc} doc */
  function inWords(doc) {
    const held = doc.layers.find(holdsTheRest);
    return held && !state.doc.layers.some(holdsTheRest) ? renameLayer(doc, held.id, t("hold.rest")) : doc;
  }

  /** One click mends the whole group; what the first mend has mended already is gone from the next check. @param {IssueGroup} group */
  function fixGroup(group) {
    let doc = fixIssue(state.doc, group);
    for (let round = 1; round < Math.min(24, group.members.length); round++) {
      const again = checkDocument(doc, sampleDocument(doc), rules).find((issue) => issue.id === group.id && issue.layer === group.layer && issue.fixable);
      const next = again ? fixIssue(doc, again) : doc;
      if (next === doc) break;
      doc = next;
    }
    return doc;
  }

  /** @param {Issue} issue */
  function reveal(issue) {
    float.close();
    if (issue.layer) state.selectLayers([issue.layer]);
    if (issue.frame !== null && issue.frame !== undefined) state.setFrame(issue.frame);
  }

  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_MS);
  };
  state.on("doc", schedule);
  state.on("things", schedule);
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    element, checkNow: check,
    tip(words) {
      setText(tip, words);
    },
    where(words) {
      setText(where, words);
    },
  };
}

/** Whether any track is ever somewhere else than at its start. @param {import('../motion/document/types.mjs').Sampled} sampled */
function moves({ xy, count }) {
  for (let i = 2 * count; i < xy.length; i++) if (Math.abs(xy[i] - xy[i % (2 * count)]) > MOVES_PX) return true;
  return false;
}
