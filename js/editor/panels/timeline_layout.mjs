// Where things lie in the timeline: frames along x, rows along y, and what a pointer meets there. Front layers come first, the camera above all.

import { barOf, barOfSeveral } from "../commands/all.mjs";
import { rowsOf } from "./layer_rows.mjs";

/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('./layer_rows.mjs').GroupRow} GroupRow */
/** @typedef {Layer|"camera"|GroupRow} Owner whose row it is */
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
 * @property {number} gutter width of the names, read only
 * @property {(width: number, height: number) => void} resize
 * @property {() => number} perFrame px
 * @property {(frame: number) => number} xOf
 * @property {(x: number) => number} frameAt fractional, and outside of the clip where x is
 * @property {() => number} rowCount
 * @property {(row: number) => Owner} ownerOf
 * @property {(row: number) => boolean} inGroup whether the row is one of an open group above it
 * @property {(x: number, y: number, touch: boolean) => Part|null} partAt y from the top of the first row, scrolled or not
 */

/** CSS px of a row and of the ruler; what fingers take is larger. */
export const [ROW, RULER] = globalThis.matchMedia?.("(pointer: coarse)").matches ? [44, 44] : [24, 24];
export const RIGHT = 22;
/** The names' room, CSS px: at least the first, and what the longest needs up to a share of the width. */
const GUTTER = 150;
const SMALL_GUTTER = 84;
const SMALL_WIDTH = 700;
const MOST_GUTTER = 300;
const GUTTER_SHARE = 0.22;
/** About as wide a letter is at 12 px, and one of those that are square. */
const [LETTER_PX, SQUARE_PX] = [6.7, 12.2];
/** Beside a name: what it is set in by, and its distance from the bars. */
const AROUND_NAME_PX = 38;
const EDGE_PX = 7;
const TOUCH_EDGE_PX = 18;

/** @param {Owner} owner @returns {owner is GroupRow} */
export const isGroup = (owner) => owner !== "camera" && "kind" in owner;

/** @param {string} name @returns {number} CSS px */
function aboutWidth(name) {
  let width = 0;
  for (const letter of name.slice(0, 60)) width += letter >= "\u2e80" ? SQUARE_PX : LETTER_PX;
  return width;
}

/** What is picked with a row. @param {Owner} owner @returns {string[]} ids of layers */
export const idsOf = (owner) => (owner === "camera" ? [] : isGroup(owner) ? owner.layers.map((layer) => layer.id) : [owner.id]);

/** @param {import('../motion/document/types.mjs').Doc} doc @param {Owner} owner @returns {readonly {frame: number}[]} */
export function keysOf(doc, owner) {
  if (owner === "camera") return doc.camera?.keys ?? [];
  return !isGroup(owner) && owner.type === "region" ? owner.keys : [];
}

/** @param {import('../state/state.mjs').EditorState} state @returns {TimelineLayout} */
export function createLayout(state) {
  const cameraRows = () => (state.doc.camera?.keys.length ? 1 : 0);
  /** `longest`: about the width of the longest name, CSS px. @type {{layers: readonly Layer[], folded: ReadonlySet<string>, rows: import('./layer_rows.mjs').Row[], longest: number}|null} */
  let known = null;
  const rows = () => {
    const { doc: { layers }, folded } = state;
    if (known?.layers !== layers || known.folded !== folded) known = { layers, folded, rows: rowsOf(layers, folded), longest: layers.reduce((most, layer) => Math.max(most, aboutWidth(layer.name)), 0) };
    return known;
  };
  let gutter = GUTTER;
  /** @type {TimelineLayout} */
  const layout = {
    width: 0,
    height: 0,
    get gutter() {
      return Math.round(Math.max(gutter, Math.min(rows().longest + AROUND_NAME_PX, MOST_GUTTER, layout.width * GUTTER_SHARE)));
    },
    resize(width, height) {
      layout.width = width;
      layout.height = height;
      gutter = width < SMALL_WIDTH ? SMALL_GUTTER : GUTTER;
    },
    perFrame: () => (layout.width - layout.gutter - RIGHT) / Math.max(1, state.doc.frames - 1),
    xOf: (frame) => layout.gutter + frame * layout.perFrame(),
    frameAt: (x) => (x - layout.gutter) / layout.perFrame(),
    rowCount: () => rows().rows.length + cameraRows(),
    ownerOf(row) {
      if (row < cameraRows()) return "camera";
      const found = rows().rows[row - cameraRows()];
      return found.kind === "group" ? found : found.layer;
    },
    inGroup(row) {
      const found = rows().rows[row - cameraRows()];
      return found?.kind === "layer" && found.inGroup;
    },
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
    if (owner === "camera") return "none";
    if (isGroup(owner)) {
      const bar = owner.layers.some((layer) => !layer.locked) && barOfSeveral(owner.layers);
      return bar && x >= layout.xOf(bar.start) - edge && x <= layout.xOf(Math.min(state.doc.frames - 1, bar.end)) + edge ? "body" : "none";
    }
    if (owner.locked) return "none";
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
