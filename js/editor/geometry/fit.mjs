// How a picture becomes the video's first frame, in whole pixels so that picture and points agree exactly:
// target = (source - crop_xy) * (place_wh / crop_wh) + place_xy. The same rule as the core's Fit.

/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').FitMode} FitMode */
/** @typedef {[number, number, number, number]} Crop x, y, width and height of a part of the picture, 0-1 of its sides */
/** @typedef {{mode: FitMode, source_wh: XY, target_wh: XY, crop_xywh: number[], place_xywh: number[], scale_xy: XY}} Fit */

/** @type {FitMode[]} */
const FIT_MODES = ['crop', 'stretch', 'pad', 'area'];
/** Area, in pixels, that the published command aims at for the 480p model. */
const PUBLISHED_AREA_PX = 832 * 480;

/** The picture's own shape at about area_px, latent sides even, in whole numbers: as fractions 480 / 832 is a hair too small, and 832x480 would lose a row. @param {XY} source_wh @param {number} [area_px] @returns {XY} */
export function areaSize([width, height], area_px = PUBLISHED_AREA_PX) {
  const side = (/** @type {number} */ one, /** @type {number} */ other) => Math.max(2, Math.floor(Math.floor(Math.floor(Math.sqrt(Math.floor((area_px * one) / other))) / 8) / 2) * 2) * 8;
  return [side(width, height), side(height, width)];
}

/** A part of a picture in whole pixels: edges to the nearest one, never past it, never empty. @param {XY} source_wh @param {Crop} part @returns {[number, number, number, number]} */
export function partPx(source_wh, [x, y, width, height]) {
  const edges = (/** @type {number} */ first, /** @type {number} */ length, /** @type {number} */ side) => {
    const low = Math.min(side - 1, Math.max(0, Math.floor(first * side + 0.5)));
    return [low, Math.max(1, Math.min(side, Math.floor((first + length) * side + 0.5)) - low)];
  };
  const [left, wide] = edges(x, width, source_wh[0]);
  const [top, high] = edges(y, height, source_wh[1]);
  return [left, top, wide, high];
}

/** Whether two pictures have the same proportions to one part in a hundred, whatever their resolution. @param {XY} one @param {XY} other */
const isSameShape = (one, other) => Math.abs(one[0] * other[1] - other[0] * one[1]) <= 0.01 * other[0] * one[1];

/** A document's crop as it holds for a picture of this size: one of other proportions than it was drawn on has none. @param {{crop?: Crop|null, picture: {size_wh?: XY}|null}} doc @param {XY|null|undefined} picture_wh @returns {Crop|null} */
export function cropOn(doc, picture_wh) {
  const drawnOn = doc.picture?.size_wh;
  return drawnOn && picture_wh && !isSameShape(picture_wh, drawnOn) ? null : (doc.crop ?? null);
}

/**
 * @param {FitMode} mode @param {XY} source_wh @param {XY|null} [target_wh] not read for "area" @param {number} [area_px]
 * @param {Crop|null} [part] the mode acts on this part of the picture as if it were the whole @returns {Fit} */
export function makeFit(mode, source_wh, target_wh = null, area_px = PUBLISHED_AREA_PX, part = null) {
  if (!FIT_MODES.includes(mode)) throw new RangeError(`unknown fit "${mode}": use ${FIT_MODES.join(', ')}`);
  const source = requireSize(source_wh, 'the picture');
  const [left, top, sw, sh] = part ? partPx(source, part) : [0, 0, ...source];
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
  crop = [crop[0] + left, crop[1] + top, crop[2], crop[3]];
  return { mode, source_wh: source, target_wh: [tw, th], crop_xywh: crop, place_xywh: place, scale_xy: [place[2] / crop[2], place[3] / crop[3]] };
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
