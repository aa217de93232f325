// JSON from outside, before anyone checked it: what is not known to be there is asked for, never assumed.

/** @typedef {{[key: string]: unknown}} Fields of an object that nobody checked */

/** An object that is no list. @param {unknown} value @returns {value is Fields} */
export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Its fields; none where it is no object. @param {unknown} value @returns {Fields} */
export const fieldsOf = (value) => (isObject(value) ? value : {});

/** Its entries; none where it is no list. @param {unknown} value @returns {unknown[]} */
export const listOf = (value) => (Array.isArray(value) ? value : []);
