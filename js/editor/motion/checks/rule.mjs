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
 */
/** @typedef {"threshold"|"region_threshold"|"moving_cells"|"radius_cells"|"spacing_cells"|"margin_cells"|"stride"} Limit */
/** @typedef {RuleWords & {[K in Limit]?: number}} Rule */

/** A number of a rule that cannot do without it. @param {Rule|undefined} rule @param {Limit} name @returns {number} */
export function limitOf(rule, name) {
  const value = rule?.[name];
  if (value === undefined) throw new RangeError(`checks / ${rule?.id}: the table gives no ${name}. Fix: write the number into the rule`);
  return value;
}
