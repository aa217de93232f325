// Sentences that the core, its twins here or the server say in English, as they are shown in another language. They are known by their shape: the core stays free of languages, and a sentence that nobody
// has translated yet is shown as it is and said to be the original, never half of it.

import { FAULTS, FIXES, PLACES } from "./faults_zh.mjs";
import { LAYERS, NOTES, WORDS } from "./notes_zh.mjs";

/** @typedef {{pattern: RegExp, chinese: string}} Known */
/** @typedef {readonly (readonly [english: string, chinese: string])[]} Table */

/** Longer ones hold something from a file, and matching takes its time. */
const MOST_LETTERS = 1500;

/** @type {Map<Table, Known[]>} */
const compiled = new Map();

/** @param {Table} table */
function patternsOf(table) {
  const known = compiled.get(table) ?? table.map(([english, chinese]) => {
    // What a sentence begins with is a name or a number; "where: " before it is none of it.
    const source = english.split(/(\{\}|\(s\))/).filter((part) => part !== "").map((part, i) => (part === "{}" ? (i ? "(.+?)" : "((?:(?!: ).)+?)") : part === "(s)" ? "s?" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))).join("");
    return { pattern: new RegExp(`^${source}$`, "s"), chinese };
  });
  compiled.set(table, known);
  return known;
}

/** @param {Table[]} tables @param {string} text @returns {string|null} null: it is in none of them */
function known(tables, text) {
  if (text.length > MOST_LETTERS) return null;
  for (const table of tables) {
    for (const { pattern, chinese } of patternsOf(table)) {
      const found = pattern.exec(text);
      if (found) return chinese.replace(/\{(\d)\}/g, (_, n) => filling(found[Number(n)]));
    }
  }
  return null;
}

/** What fills a blank: a word of ours, a fault, a list of either, or something from the file, which stays. @param {string} text @returns {string} */
function filling(text) {
  const whole = known([WORDS, FAULTS], text);
  if (whole !== null) return whole;
  const parts = text.split(", ").map((part) => known([WORDS, NOTES], part));
  if (parts.every((part) => part !== null)) return parts.join("，");
  // A single word among others is a name out of the file.
  return text.split(", ").map((part, i) => (part.includes(" ") ? parts[i] ?? part : part)).join(", ");
}

/** A note of a report. @param {string} text */
export const noteInChinese = (text) => known([NOTES], text) ?? `（原文）${text}`;

/** @param {string} where such as "Motion document: layer 1 / points" */
function placeInChinese(where) {
  const parts = where.split(": ").map((part) => known([PLACES], part) ?? part);
  // The name of a file stays as it is, whatever is in it.
  return known([PLACES], where) ?? (where.startsWith(parts[0]) ? where : parts.join("："));
}

/** A kind of file, or another word. @param {string} text */
export const wordInChinese = (text) => known([WORDS], text) ?? text;

/** The name of a layer that was made of a file. @param {string} name */
export const layerInChinese = (name) => known([LAYERS], name) ?? name;

/** A fault: "where: what. Fix: fix." of the core, "what: fix" or "what" of the editor; a part that is not known says that it is the original. @param {string} text @returns {string} */
export function faultInChinese(text) {
  const [told, fix = ""] = text.split(/\. Fix: /);
  const what = known([FAULTS], told);
  const done = fix.replace(/\.$/, "");
  const advice = done && `。解决办法：${known([FIXES], done) ?? `（原文）${done}`}`;
  if (what !== null) return `${what}${advice}`;
  for (let at = told.indexOf(": "); at >= 0; at = told.indexOf(": ", at + 1)) {
    const [before, after] = [told.slice(0, at), told.slice(at + 2)];
    const [fault, cure] = [known([FAULTS], before), known([FIXES], after)];
    if (fault !== null) return `${fault}：${cure === null ? faultInChinese(text.slice(at + 2)) : `${cure}${advice}`}`;
    const inside = known([FAULTS], after);
    if (inside !== null) return `${placeInChinese(before)}：${inside}${advice}`;
  }
  return `（原文）${text}`;
}
