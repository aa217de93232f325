// What a row of the shared table of rules holds.

/**
 * A row of the shared table. The limits beside the words are in 8-px cells or counts, each only where its rule reads it.
 * @typedef {object} RuleWords
 * @property {string} id
 * @property {"error"|"warning"|"info"} severity
 * @property {string} title
 * @property {string} text {name} is filled in from what was found
 * @property {string} fix
 * @property {boolean} fixable
 * @property {{title: string, text: string, fix: string}} [zh] the same words in Chinese
 */
/** @typedef {"threshold"|"region_threshold"|"moving_cells"|"radius_cells"|"spacing_cells"|"margin_cells"|"same_cells"|"stride"} Limit */
/** @typedef {RuleWords & {[K in Limit]?: number}} Rule */

/** The rules in a page's language. @param {readonly Rule[]} rules @param {string} [tag] language tag such as "zh-CN"; English otherwise, for traditional readers as well @returns {Rule[]} */
export function inLanguage(rules, tag = '') {
  const chinese = /^zh(?!-(TW|HK|MO|Hant))/i.test(tag);
  return rules.map((rule) => (chinese && rule.zh ? { ...rule, ...rule.zh } : rule));
}

/** A number of a rule that cannot do without it. @param {Rule|undefined} rule @param {Limit} name @returns {number} */
export function limitOf(rule, name) {
  const value = rule?.[name];
  if (value === undefined) throw new RangeError(`checks / ${rule?.id}: the table gives no ${name}. Fix: write the number into the rule`);
  return value;
}
