/** @typedef {import('./types.mjs').XY} XY @typedef {import('./types.mjs').FitMode} FitMode */
/** @typedef {{mode: FitMode, source_wh: XY, target_wh: XY, crop_xywh: number[], place_xywh: number[], scale_xy: XY}} Fit */
export const FIT_MODES = ['crop', 'stretch', 'pad', 'area'];
/** @param {XY} source_wh @param {number} [area_px] @returns {XY} */
export function areaSize(source_wh, area_px) { throw new Error('stub'); }
/** Same whole-pixel rule as the Python Fit. @param {FitMode} mode @param {XY} source_wh @param {XY|null} [target_wh] @param {number} [area_px] @returns {Fit} */
export function makeFit(mode, source_wh, target_wh, area_px) { throw new Error('stub'); }
/** Picture px -> target px. @param {Fit} fit @param {XY} xy @returns {XY} */
export function fitPoint(fit, xy) { throw new Error('stub'); }
/** Target px -> picture px. @param {Fit} fit @param {XY} xy @returns {XY} */
export function unfitPoint(fit, xy) { throw new Error('stub'); }
