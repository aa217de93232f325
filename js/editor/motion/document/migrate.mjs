// Old documents become current ones by small steps, each from one version to the next.

/** @type {Record<number, (raw: any) => any>} step from that version; pure, keeps unknown fields */
const STEPS = {};

/**
 * @param {any} raw an object whose `version` is an integer
 * @param {number} current
 * @param {Record<number, (raw: any) => any>} [steps]
 * @returns {any} of version `current`; throws RangeError where a step is missing */
export function migrate(raw, current, steps = STEPS) {
  let document = raw;
  for (let version = raw.version; version < current; version++) {
    const step = steps[version];
    if (!step) throw new RangeError(`version ${version} cannot be brought to ${current}. Fix: open and save it with an older Wan-Move first.`);
    document = { ...step(document), version: version + 1 };
  }
  return document;
}
