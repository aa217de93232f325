// Old documents become current ones by small steps, each from one version to the next.

/** @typedef {import('./json.mjs').Fields} Fields */
/** @typedef {Record<number, (raw: Fields) => Fields>} Steps from each version to the next; pure, they keep unknown fields */

/** @type {Steps} */
const STEPS = {};

/**
 * @param {Fields} raw its `version` is an integer
 * @param {number} current
 * @param {Steps} [steps]
 * @returns {Fields} of version `current`; throws RangeError where a step is missing */
export function migrate(raw, current, steps = STEPS) {
  let document = raw;
  for (let version = Number(raw.version); version < current; version++) {
    const step = steps[version];
    if (!step) throw new RangeError(`version ${version} cannot be brought to ${current}. Fix: open and save it with an older Wan-Move first.`);
    document = { ...step(document), version: version + 1 };
  }
  return document;
}
