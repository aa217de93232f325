// How a picture becomes the video's first frame, in whole pixels so that picture and points agree exactly:
// target = (source - crop_xy) * (place_wh / crop_wh) + place_xy. The same rule as the core's Fit.

/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').FitMode} FitMode */
/** @typedef {{mode: FitMode, source_wh: XY, target_wh: XY, crop_xywh: number[], place_xywh: number[], scale_xy: XY}} Fit */

/** @type {FitMode[]} */
export const FIT_MODES = ['crop', 'stretch', 'pad', 'area'];
/** Area, in pixels, that the published command aims at for the 480p model. */
export const PUBLISHED_AREA_PX = 832 * 480;

/** The picture's own shape at about area_px, latent sides even, in whole numbers: as fractions 480 / 832 is a hair too small, and 832x480 would lose a row. @param {XY} source_wh @param {number} [area_px] @returns {XY} */
export function areaSize([width, height], area_px = PUBLISHED_AREA_PX) {
  const side = (/** @type {number} */ one, /** @type {number} */ other) => Math.max(2, Math.floor(Math.floor(Math.floor(Math.sqrt(Math.floor((area_px * one) / other))) / 8) / 2) * 2) * 8;
  return [side(width, height), side(height, width)];
}

/** @param {FitMode} mode @param {XY} source_wh @param {XY|null} [target_wh] not read for "area" @param {number} [area_px] @returns {Fit} */
export function makeFit(mode, source_wh, target_wh = null, area_px = PUBLISHED_AREA_PX) {
  if (!FIT_MODES.includes(mode)) throw new RangeError(`unknown fit "${mode}": use ${FIT_MODES.join(', ')}`);
  const [sw, sh] = requireSize(source_wh, 'the picture');
  const [tw, th] = requireSize(mode === 'area' ? areaSize([sw, sh], area_px) : target_wh, 'the video');
  let crop = [0, 0, sw, sh];
  let place = [0, 0, tw, th];
  if (mode === 'crop') {
    const cw = Math.min(sw, Math.max(1, Math.floor((sh * tw) / th + 0.5)));
    const ch = Math.min(sh, Math.max(1, Math.floor((sw * th) / tw + 0.5)));
    crop = [Math.floor((sw - cw) / 2), Math.floor((sh - ch) / 2), cw, ch];
  } else if (mode === 'pad') {
    const scale = Math.min(tw / sw, th / sh);
    const pw = Math.min(tw, Math.max(1, Math.floor(sw * scale + 0.5)));
    const ph = Math.min(th, Math.max(1, Math.floor(sh * scale + 0.5)));
    place = [Math.floor((tw - pw) / 2), Math.floor((th - ph) / 2), pw, ph];
  }
  return { mode, source_wh: [sw, sh], target_wh: [tw, th], crop_xywh: crop, place_xywh: place, scale_xy: [place[2] / crop[2], place[3] / crop[3]] };
}

/** @param {XY|null} size_wh @param {string} what @returns {XY} */
function requireSize(size_wh, what) {
  if (!size_wh || size_wh.length !== 2 || !size_wh.every((v) => Number.isFinite(v) && v >= 1)) throw new RangeError(`${what} has no size: give [width, height]`);
  return [Math.floor(size_wh[0]), Math.floor(size_wh[1])];
}

/** Picture px -> target px. @param {Fit} fit @param {XY} xy @returns {XY} */
export function fitPoint(fit, xy) {
  return [(xy[0] - fit.crop_xywh[0]) * fit.scale_xy[0] + fit.place_xywh[0], (xy[1] - fit.crop_xywh[1]) * fit.scale_xy[1] + fit.place_xywh[1]];
}

/** Target px -> picture px. @param {Fit} fit @param {XY} xy @returns {XY} */
export function unfitPoint(fit, xy) {
  return [(xy[0] - fit.place_xywh[0]) / fit.scale_xy[0] + fit.crop_xywh[0], (xy[1] - fit.place_xywh[1]) / fit.scale_xy[1] + fit.crop_xywh[1]];
}
