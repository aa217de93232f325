// Rectangles within a picture, px: moved, resized by a handle, brought to a shape.

/** @typedef {[number, number]} XY */
/** @typedef {[number, number, number, number]} Rect x, y, width, height */
/** @typedef {"nw"|"n"|"ne"|"e"|"se"|"s"|"sw"|"w"} Handle */

/** @type {readonly Handle[]} */
export const CORNERS = ["nw", "ne", "se", "sw"];
/** @type {readonly Handle[]} */
export const EDGES = ["n", "e", "s", "w"];
/** The least side, as a share of the picture's. */
const LEAST = 0.02;

const clamp = (/** @type {number} */ v, /** @type {number} */ least, /** @type {number} */ most) => Math.max(least, Math.min(most, v));

/** Where a handle lies. @param {Rect} rect @param {Handle} handle @returns {XY} */
export function handleAt([x, y, w, h], handle) {
  return [handle.includes("w") ? x : handle.includes("e") ? x + w : x + w / 2, handle.includes("n") ? y : handle.includes("s") ? y + h : y + h / 2];
}

/** @param {Rect} rect @param {number} dx @param {number} dy @param {XY} size_wh of the picture @returns {Rect} */
export function movedRect([x, y, w, h], dx, dy, size_wh) {
  return [clamp(x + dx, 0, size_wh[0] - w), clamp(y + dy, 0, size_wh[1] - h), w, h];
}

/** A handle brought to a place; what lies across from it stays. @param {Rect} rect @param {Handle} handle @param {XY} to @param {XY} size_wh of the picture @param {number|null} aspect width / height to keep @returns {Rect} */
export function resizedRect([x, y, w, h], handle, to, size_wh, aspect) {
  const [left, up] = [handle.includes("w"), handle.includes("n")];
  const across = handle.includes("w") || handle.includes("e");
  const along = up || handle.includes("s");
  const fixed = [left ? x + w : x, up ? y + h : y];
  const room = [left ? fixed[0] : size_wh[0] - fixed[0], up ? fixed[1] : size_wh[1] - fixed[1]];
  const least = [size_wh[0] * LEAST, size_wh[1] * LEAST];
  let width = across ? clamp(left ? fixed[0] - to[0] : to[0] - fixed[0], least[0], room[0]) : w;
  let height = along ? clamp(up ? fixed[1] - to[1] : to[1] - fixed[1], least[1], room[1]) : h;
  if (aspect) {
    width = clamp(Math.max(width, height * aspect), Math.max(least[0], least[1] * aspect), Math.min(room[0], room[1] * aspect));
    height = width / aspect;
  }
  return [left ? fixed[0] - width : fixed[0], up ? fixed[1] - height : fixed[1], width, height];
}

/** The largest rectangle of a shape around the same middle that is no larger than the given one. @param {Rect} rect @param {number} aspect @returns {Rect} */
export function shapedRect([x, y, w, h], aspect) {
  const width = Math.min(w, h * aspect);
  const height = width / aspect;
  return [x + (w - width) / 2, y + (h - height) / 2, width, height];
}

/** As a document stores it, 0-1 to 5 decimals; null where it is the whole picture. @param {Rect} rect @param {XY} size_wh @returns {Rect|null} */
export function cropOf([x, y, w, h], size_wh) {
  const share = (/** @type {number} */ v, /** @type {number} */ side) => clamp(Math.round((v / side) * 1e5) / 1e5, 0, 1);
  /** @type {Rect} */
  const crop = [share(x, size_wh[0]), share(y, size_wh[1]), share(w, size_wh[0]), share(h, size_wh[1])];
  return crop[2] === 1 && crop[3] === 1 ? null : crop;
}
