/** @typedef {{shape: number[], dtype: "f4"|"f8"|"bool", data: Float32Array|Float64Array|Uint8Array}} Npy */
/** Throws RangeError with a sentence. @param {ArrayBuffer|Uint8Array} bytes @param {{max_elements?: number}} [options] @returns {Npy} */
export function readNpy(bytes, options) { throw new Error('stub'); }
/** @param {Npy} array @returns {Uint8Array} */
export function writeNpy(array) { throw new Error('stub'); }
