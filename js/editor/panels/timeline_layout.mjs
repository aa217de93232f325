// Where things lie in the timeline: frames along x, rows along y, and what a pointer meets there. Front layers come first, the camera above all.

import { barOf } from "../commands/all.mjs";

/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {Layer|"camera"} Owner whose row it is */
/**
 * @typedef {object} Part what lies under a pointer
 * @property {Owner} owner
 * @property {"start"|"end"|"body"|"key"|"name"|"none"} part
 * @property {number} frame of the key; 0 for other parts
 */
/**
 * @typedef {object} TimelineLayout x and y in CSS px of the lanes
 * @property {number} width
 * @property {number} height ruler included
 * @property {number} gutter width of the names
 * @property {(width: number, height: number) => void} resize
 * @property {() => number} perFrame px
 * @property {(frame: number) => number} xOf
 * @property {(x: number) => number} frameAt fractional, and outside of the clip where x is
 * @property {() => number} rowCount
 * @property {(row: number) => Owner} ownerOf
 * @property {(x: number, y: number, touch: boolean) => Part|null} partAt y from the top of the first row, scrolled or not
 */

/** CSS px of a row and of the ruler; what fingers take is larger. */
export const [ROW, RULER] = globalThis.matchMedia?.("(pointer: coarse)").matches ? [44, 44] : [24, 24];
export const RIGHT = 22;
const GUTTER = 150;
const SMALL_GUTTER = 84;
const SMALL_WIDTH = 700;
const WIDE_GUTTER = 230;
const WIDE_WIDTH = 1600;
const EDGE_PX = 7;
const TOUCH_EDGE_PX = 18;

/** @param {import('../motion/document/types.mjs').Doc} doc @param {Owner} owner @returns {readonly {frame: number}[]} */
export function keysOf(doc, owner) {
  if (owner === "camera") return doc.camera?.keys ?? [];
  return owner.type === "region" ? owner.keys : [];
}

/** @param {import('../state/state.mjs').EditorState} state @returns {TimelineLayout} */
export function createLayout(state) {
  const cameraRows = () => (state.doc.camera?.keys.length ? 1 : 0);
  /** @type {TimelineLayout} */
  const layout = {
    width: 0,
    height: 0,
    gutter: GUTTER,
    resize(width, height) {
      layout.width = width;
      layout.height = height;
      layout.gutter = width < SMALL_WIDTH ? SMALL_GUTTER : width > WIDE_WIDTH ? WIDE_GUTTER : GUTTER;
    },
    perFrame: () => (layout.width - layout.gutter - RIGHT) / Math.max(1, state.doc.frames - 1),
    xOf: (frame) => layout.gutter + frame * layout.perFrame(),
    frameAt: (x) => (x - layout.gutter) / layout.perFrame(),
    rowCount: () => state.doc.layers.length + cameraRows(),
    ownerOf: (row) => (row < cameraRows() ? "camera" : state.doc.layers[state.doc.layers.length - 1 - (row - cameraRows())]),
    partAt(x, y, touch) {
      const row = Math.floor(y / ROW);
      if (row < 0 || row >= layout.rowCount()) return null;
      const owner = layout.ownerOf(row);
      const edge = touch ? TOUCH_EDGE_PX : EDGE_PX;
      const key = keysOf(state.doc, owner).find((one) => Math.abs(layout.xOf(one.frame) - x) <= edge);
      if (key) return { owner, part: "key", frame: key.frame };
      return { owner, part: x < layout.gutter - 8 ? "name" : barPart(owner, x, edge), frame: 0 };
    },
  };

  /** @param {Owner} owner @param {number} x @param {number} edge @returns {"start"|"end"|"body"|"none"} */
  function barPart(owner, x, edge) {
    if (owner === "camera" || owner.locked) return "none";
    if (owner.type === "region") {
      // Its ends are keys, which are found before.
      const bar = barOf(owner);
      return bar && x > layout.xOf(bar.start) && x < layout.xOf(bar.end) ? "body" : "none";
    }
    if (owner.type !== "path" || owner.points.length < 2) return "none";
    const [a, b] = [layout.xOf(owner.start), layout.xOf(Math.min(state.doc.frames - 1, owner.end))];
    if (Math.abs(x - b) <= edge && x >= (a + b) / 2) return "end";
    if (Math.abs(x - a) <= edge) return "start";
    return x > a && x < b ? "body" : "none";
  }
  return layout;
}
