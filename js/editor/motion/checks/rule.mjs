// What a row of the shared table of rules holds.

/**
 * A row of the shared table. The limits beside the words are in 8-px cells or counts, each only where its rule reads it.
 * @typedef {object} RuleWords
 * @property {string} id
 * @property {"error"|"warning"|"info"} severity
 * @property {string} title
 * @property {string} text {name} is filled in from what was found, {name:one|many} is the form that goes with that number
 * @property {string} fix
 * @property {boolean} fixable
 * @property {{title: string, text: string, fix: string}} [zh] the same words in Chinese
 */
/** @typedef {"threshold"|"region_threshold"|"moving_cells"|"radius_cells"|"spacing_cells"|"margin_cells"|"same_cells"|"stride"} Limit */
/** Words that the table's texts are filled in with, in the page's language. @typedef {{point: string, or: string}} Joints */
/** @typedef {RuleWords & {[K in Limit]?: number} & {joints?: Joints}} Rule */

/** @type {Joints} */
const ENGLISH = { point: '{name}, point {point}', or: '{a} or {b}' };
/** @type {Joints} */
const CHINESE = { point: '{name}（第 {point} 点）', or: '{a} 或 {b}' };

/** @param {Rule} rule */
export const jointsOf = (rule) => rule.joints ?? ENGLISH;

/** A text with its blanks filled in; what `values` does not have stays. @param {string} text @param {Record<string, unknown>} values @returns {string} */
export function inWords(text, values) {
  return text.replace(/\{(\w+)(?::([^|{}]*)\|([^|{}]*))?\}/g, (whole, name, one, many) => {
    const value = values[name];
    if (value === undefined) return whole;
    return one === undefined ? String(value) : value === 1 ? one : many;
  });
}

/** The rules in a page's language. @param {readonly Rule[]} rules @param {string} [tag] language tag such as "zh-CN"; English otherwise, for traditional readers as well @returns {Rule[]} */
export function inLanguage(rules, tag = '') {
  const chinese = /^zh(?!-(TW|HK|MO|Hant))/i.test(tag);
  return rules.map((rule) => (chinese && rule.zh ? { ...rule, ...rule.zh, joints: CHINESE } : rule));
}

/** A number of a rule that cannot do without it. @param {Rule|undefined} rule @param {Limit} name @returns {number} */
export function limitOf(rule, name) {
  const value = rule?.[name];
  if (value === undefined) throw new RangeError(`checks / ${rule?.id}: the table gives no ${name}. Fix: write the number into the rule`);
  return value;
}
