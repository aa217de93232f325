/** Decoded tracks, 0-1: xy [frames*count*2], visible [frames*count]. Throws RangeError with a sentence. @param {string} text @returns {{frames: number, count: number, xy: Float64Array, visible: Uint8Array}} */
export function decodeDense(text) { throw new Error('stub'); }
/** @param {{frames: number, count: number, xy: ArrayLike<number>, visible: ArrayLike<number>}} tracks 0-1 @returns {string} */
export function encodeDense(tracks) { throw new Error('stub'); }
