// How the timeline looks: the ruler, a bar per track with its hidden stretches, and keys as diamonds.

import { labelStep } from "../motion/timing/timecode.mjs";
import { safeColor } from "../palette.mjs";
import { clearedContext } from "../ui/dom.mjs";
import { barOfSeveral } from "../commands/all.mjs";
import { isGroup, keysOf, RIGHT, ROW, RULER } from "./timeline_layout.mjs";

/** @typedef {import('../ui/theme.mjs').ThemeColors} ThemeColors */
/**
 * @typedef {object} PaintNeeds
 * @property {import('./timeline_layout.mjs').TimelineLayout} layout
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {ThemeColors} colors
 */

const ROW_PAD = (ROW - 24) / 2;
const CAMERA_COLOR = "#ffd24a";
/** Where names begin: a layer's, one of a group's, and a group's own beside its arrow, CSS px. */
const NAME_X = ROW > 40 ? { layer: 12, member: 24, group: 34 } : { layer: 12, member: 26, group: 26 };

/** The ruler: a tick every 4 frames, finer ones where there is room. @param {HTMLCanvasElement} canvas @param {PaintNeeds} needs */
export function paintRuler(canvas, { layout, state, colors }) {
  const { width, xOf } = layout;
  const { frames } = state.doc;
  const ctx = clearedContext(canvas, width, RULER);
  ctx.fillStyle = colors.panel;
  ctx.fillRect(0, 0, width, RULER);
  const px = layout.perFrame();
  const label = labelStep(px, 46);
  const minor = px * 4 >= 3 ? 4 : label;
  ctx.fillStyle = colors.strong;
  for (let f = 0; f < frames; f += minor) ctx.fillRect(Math.round(xOf(f)), f % label ? RULER - 5 : RULER - 9, 1, f % label ? 5 : 9);
  if (px >= 5) {
    ctx.fillStyle = colors.line;
    for (let f = 0; f < frames; f++) if (f % 4) ctx.fillRect(Math.round(xOf(f)), RULER - 3, 1, 3);
  }
  ctx.fillStyle = colors.dim;
  ctx.font = `11px ${colors.font}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "center";
  for (let f = 0; f < frames; f += label) ctx.fillText(String(f), xOf(f), RULER - 21);
  ctx.fillStyle = colors.line;
  ctx.fillRect(0, RULER - 1, width, 1);
}

/** The rows in sight. @param {HTMLCanvasElement} canvas @param {PaintNeeds} needs @param {number} top how far the rows are scrolled, CSS px */
export function paintBars(canvas, needs, top) {
  const { layout, state, colors } = needs;
  const { width, height, xOf } = layout;
  const { doc } = state;
  const active = state.activeIds();
  const ctx = clearedContext(canvas, width, Math.max(1, height - RULER));
  const px = layout.perFrame();
  // Latent steps as faint columns.
  if (px * 4 >= 7) {
    ctx.fillStyle = colors.raise;
    ctx.globalAlpha = 0.55;
    for (let f = 0; f < doc.frames; f += 8) ctx.fillRect(xOf(f), 0, Math.min(px * 4, width - RIGHT - xOf(f)), height);
    ctx.globalAlpha = 1;
  }
  const from = Math.max(0, Math.floor(top / ROW));
  const to = Math.min(layout.rowCount(), Math.ceil((top + height) / ROW));
  for (let row = from; row < to; row++) {
    const owner = layout.ownerOf(row);
    const y = row * ROW - top + 3 + ROW_PAD;
    if (isGroup(owner)) paintGroup(ctx, needs, owner, y, active);
    else paintRow(ctx, needs, owner, y, active, layout.inGroup(row) ? NAME_X.member : NAME_X.layer);
  }
}

/** A group's name beside its arrow, and from where its layers begin to move to where they end: theirs as lines where they are folded. @param {CanvasRenderingContext2D} ctx @param {PaintNeeds} needs @param {import('./layer_rows.mjs').GroupRow} group @param {number} y @param {Set<string>} active */
function paintGroup(ctx, { layout, state, colors }, { name, layers, open }, y, active) {
  const { xOf } = layout;
  if (layers.every((layer) => active.has(layer.id))) {
    ctx.fillStyle = colors.soft;
    ctx.fillRect(0, y - 3 - ROW_PAD, layout.width, ROW);
  }
  const shown = layers.filter((layer) => layer.visible !== false);
  ctx.globalAlpha = shown.length ? 1 : 0.4;
  ctx.fillStyle = colors.fg;
  ctx.font = `600 12px ${colors.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillText(clip(ctx, name, layout.gutter - NAME_X.group - 8), NAME_X.group, y + 9);
  const bar = barOfSeveral(layers);
  if (bar) {
    const last = state.doc.frames - 1;
    const width = (/** @type {{start: number, end: number}} */ { start, end }) => Math.max(3, xOf(Math.min(end, last)) - xOf(start));
    ctx.fillStyle = colors.strong;
    round(ctx, xOf(bar.start), y + 1, width(bar), 16);
    ctx.fill();
    // As many lines as fit, front first.
    const lines = open ? [] : shown.flatMap((layer) => barOfSeveral([layer]) ? [layer] : []).slice(0, 4);
    lines.forEach((layer, i) => {
      const own = /** @type {{start: number, end: number}} */ (barOfSeveral([layer]));
      ctx.fillStyle = safeColor(layer.color, "#6699ff");
      ctx.fillRect(xOf(own.start), y + 3 + i * 3.25, width(own), 2);
    });
  }
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {PaintNeeds} needs @param {import('./timeline_layout.mjs').Layer|"camera"} owner @param {number} y @param {Set<string>} active @param {number} nameX */
function paintRow(ctx, needs, owner, y, active, nameX) {
  const { layout, state, t, colors } = needs;
  const { xOf } = layout;
  const { doc } = state;
  const layer = owner === "camera" ? null : owner;
  const on = layer ? active.has(layer.id) : state.cameraPicked || state.tool === "camera";
  const color = layer ? safeColor(layer.color, "#6699ff") : CAMERA_COLOR;
  if (on) {
    ctx.fillStyle = colors.soft;
    ctx.fillRect(0, y - 3 - ROW_PAD, layout.width, ROW);
  }
  ctx.globalAlpha = layer?.visible === false ? 0.4 : 1;
  ctx.fillStyle = on ? colors.fg : colors.dim;
  ctx.font = `12px ${colors.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const lines = inLines(ctx, layer ? layer.name || t("unnamed") : t("camera"), layout.gutter - nameX - 8);
  lines.forEach((line, i) => ctx.fillText(line, nameX, y + 9 + (i - (lines.length - 1) / 2) * 15));
  const last = doc.frames - 1;
  /** @param {number} a frame @param {number} b frame @param {number} strength */
  const bar = (a, b, strength) => {
    ctx.globalAlpha *= strength;
    ctx.fillStyle = color;
    round(ctx, xOf(a), y + 1, Math.max(3, xOf(Math.min(b, last)) - xOf(a)), 16);
    ctx.fill();
    ctx.globalAlpha /= strength;
  };
  if (!layer || layer.type === "region") {
    bar(0, last, 0.28);
    const keys = keysOf(doc, owner);
    if (keys.length > 1) bar(keys[0].frame, keys[keys.length - 1].frame, 0.5);
    if (layer) hatch(ctx, needs, layer.hidden, y);
    for (const key of keys) diamond(ctx, xOf(key.frame), y + 9, colors);
  } else if (layer.type === "path" && layer.points.length > 1) {
    const shown = [layer.before === "hide" ? layer.start : 0, layer.after === "hide" ? Math.min(last, layer.end) : last];
    bar(shown[0], shown[1], 0.22);
    bar(layer.start, layer.end, 0.92);
    hatch(ctx, needs, layer.hidden, y);
    ctx.fillStyle = "rgba(0,0,0,0.35)";
    const w = xOf(Math.min(last, layer.end)) - xOf(layer.start);
    if (w > 26) for (const x of [xOf(layer.start) + 4, xOf(Math.min(last, layer.end)) - 6]) ctx.fillRect(x, y + 5, 2, 8);
  } else {
    bar(0, last, 0.28);
    if ("hidden" in layer) hatch(ctx, needs, layer.hidden, y);
  }
  ctx.globalAlpha = 1;
}

/** Hidden stretches. @param {CanvasRenderingContext2D} ctx @param {PaintNeeds} needs @param {[number, number][]} hidden @param {number} y */
function hatch(ctx, { layout, state, colors }, hidden, y) {
  for (const [first, last] of hidden) {
    const x = layout.xOf(first);
    const w = Math.max(3, layout.xOf(Math.min(last, state.doc.frames - 1)) - x + layout.perFrame() * 0.5);
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y + 1, w, 16);
    ctx.clip();
    ctx.fillStyle = colors.panel;
    ctx.globalAlpha = 0.72;
    ctx.fillRect(x, y + 1, w, 16);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colors.dim;
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let i = -16; i < w + 16; i += 5) {
      ctx.moveTo(x + i, y + 18);
      ctx.lineTo(x + i + 17, y);
    }
    ctx.stroke();
    ctx.restore();
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {ThemeColors} colors */
function diamond(ctx, x, y, colors) {
  ctx.beginPath();
  ctx.moveTo(x, y - 6);
  ctx.lineTo(x + 6, y);
  ctx.lineTo(x, y + 6);
  ctx.lineTo(x - 6, y);
  ctx.closePath();
  ctx.fillStyle = colors.fg;
  ctx.strokeStyle = colors.panel;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
}

/** A name in the lines that its row has room for: two where rows are as high as fingers need. @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} width */
function inLines(ctx, text, width) {
  if (ROW < 40 || ctx.measureText(text).width <= width) return [clip(ctx, text, width)];
  const words = text.split(/(?<=\s)/);
  let first = "";
  while (words.length && ctx.measureText(first + words[0]).width <= width) first += words.shift();
  // A word that is wider than the row is broken where it must be.
  if (!first) first = clip(ctx, words[0], width).replace("…", "");
  return [first.trim(), clip(ctx, text.slice(first.length).trim(), width)];
}

/** A text shortened to a width. @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} width */
function clip(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let low = 0;
  let high = Math.min(text.length, 80);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} w @param {number} hgt */
function round(ctx, x, y, w, hgt) {
  ctx.beginPath();
  ctx.roundRect(x, y, w, hgt, 4);
}
