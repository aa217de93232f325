// What lies over the tracks: heads at the playhead, ghosts, control points, handles, latent cells.

import { pathHandles, regionHandles, selectionHandles } from "./handles/handles.mjs";
import { safeColor } from "../palette.mjs";
import { targetFrame } from "../state/state.mjs";
import { layerById } from "../motion/document/document.mjs";
import { outlineAt } from "./handles/handles.mjs";
import { traceOutline } from "./layers_paint.mjs";
import { applyAffine } from "../geometry/affine.mjs";
import { shownLayer } from "./scene_view.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../state/state.mjs').EditorState} EditorState */
/** @typedef {{doc: Doc, sampled: import('../motion/document/types.mjs').Sampled, frame: number}} Moment a document at a playhead */
/** @typedef {CanvasRenderingContext2D} Ctx scaled to CSS px */

const TAU = Math.PI * 2;
export const SHADE = "rgba(10,12,16,0.6)";

/** Heads: a filled dot where a track is visible, a ring where it is hidden; squares for lattices, of regions only with `dots`. One path per colour. @param {Ctx} ctx @param {Moment} state @param {View} view @param {boolean} skipAtRest @param {boolean} dots */
export function paintHeads(ctx, state, view, skipAtRest, dots) {
  const { doc, sampled } = state;
  const frame = Math.round(state.frame);
  const base = frame * sampled.count;
  const crowd = sampled.count > 300;
  /** @type {Map<string, {dots: number[], squares: number[], rings: number[]}>} */
  const groups = new Map();
  doc.layers.forEach((layer, index) => {
    if (layer.visible === false || (skipAtRest && frame === 0) || (layer.type === "region" && !dots)) return;
    const from = sampled.first[index];
    const to = sampled.first[index + 1];
    if (from === to) return;
    const color = safeColor(layer.color, "#6699ff");
    const group = groups.get(color) ?? { dots: [], squares: [], rings: [] };
    groups.set(color, group);
    const shape = layer.type === "path" ? group.dots : group.squares;
    for (let n = from; n < to; n++) (sampled.visible[base + n] ? shape : group.rings).push((base + n) * 2);
  });
  const { xy } = sampled;
  const { scale, x, y } = view;
  const r = crowd ? 3 : 5.5;
  for (const [color, { dots, squares, rings }] of groups) {
    ctx.fillStyle = color;
    if (dots.length) {
      ctx.beginPath();
      for (const at of dots) {
        const px = xy[at] * scale + x;
        const py = xy[at + 1] * scale + y;
        ctx.moveTo(px + r, py);
        ctx.arc(px, py, r, 0, TAU);
      }
      ctx.fill();
      if (!crowd) {
        ctx.strokeStyle = "#fff";
        ctx.lineWidth = 2;
        ctx.stroke();
      }
    }
    if (squares.length) {
      ctx.beginPath();
      // Lattice points are 8 px apart: their marks shrink with the view, so that they stay apart too.
      const side = Math.max(1.2, Math.min(3.5, scale * 3.5));
      for (const at of squares) ctx.rect(xy[at] * scale + x - side / 2, xy[at + 1] * scale + y - side / 2, side, side);
      ctx.fill();
    }
    if (rings.length) {
      ctx.beginPath();
      for (const at of rings) {
        const px = xy[at] * scale + x;
        const py = xy[at + 1] * scale + y;
        ctx.moveTo(px + 4, py);
        ctx.arc(px, py, 4, 0, TAU);
      }
      ctx.strokeStyle = color;
      ctx.lineWidth = 1.25;
      ctx.setLineDash([2, 2]);
      ctx.stroke();
      ctx.setLineDash([]);
    }
  }
}

/** Where the selected tracks were and will be, a latent step apart, fading with distance in time. One path per colour and step; regions only with `dots`. @param {Ctx} ctx @param {Moment} state @param {View} view @param {Set<string>} ids @param {boolean} dots */
export function paintGhosts(ctx, state, view, ids, dots) {
  const { doc, sampled } = state;
  const now = Math.round(state.frame);
  /** @type {Map<string, [number, number, number][]>} tracks [from, to, stride] of a colour */
  const groups = new Map();
  doc.layers.forEach((layer, index) => {
    if (layer.type === "anchors" || layer.visible === false || !ids.has(layer.id) || (layer.type === "region" && !dots)) return;
    const [from, to] = [sampled.first[index], sampled.first[index + 1]];
    const color = safeColor(layer.color, "#6699ff");
    // Of a lattice only some: a hundred dots four times over would be noise.
    groups.set(color, [...(groups.get(color) ?? []), [from, to, Math.max(1, Math.ceil((to - from) / 24))]]);
  });
  ctx.lineWidth = 1.5;
  for (const [color, tracks] of groups) {
    ctx.strokeStyle = color;
    for (const k of [-3, -2, -1, 1, 2, 3]) {
      const frame = now + k * 4;
      if (frame < 0 || frame >= doc.frames) continue;
      ctx.globalAlpha = 0.55 - Math.abs(k) * 0.13;
      ctx.beginPath();
      for (const [from, to, stride] of tracks) for (let n = from; n < to; n += stride) {
        const at = (frame * sampled.count + n) * 2;
        const px = sampled.xy[at] * view.scale + view.x;
        const py = sampled.xy[at + 1] * view.scale + view.y;
        ctx.moveTo(px + 4, py);
        ctx.arc(px, py, 4, 0, TAU);
      }
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** Control points of the selected layers, the selected ones filled. @param {Ctx} ctx @param {Pick<EditorState, "doc"|"selection"|"activeIds">} state @param {View} view @param {import('../motion/document/types.mjs').Hit|null} hover @param {(layer: import("../motion/document/types.mjs").Layer) => boolean} takes */
export function paintPoints(ctx, state, view, hover, takes) {
  const { doc, selection } = state;
  const [width, height] = doc.size_wh;
  const picked = new Set(selection.points.map((ref) => `${ref.layer} ${ref.index}`));
  for (const id of state.activeIds()) {
    const layer = layerById(doc, id);
    if (!layer || layer.visible === false || (layer.type !== "path" && layer.type !== "anchors") || !takes(layer)) continue;
    const color = safeColor(layer.color, "#6699ff");
    if (layer.type === "path") {
      for (const { handle, index, xy, from } of pathHandles(layer, doc, view, selection)) paintArm(ctx, from, xy, color, hover?.kind === "handle" && hover.layer === id && hover.index === index && hover.handle === handle);
    }
    layer.points.forEach(([nx, ny], i) => {
      const x = nx * width * view.scale + view.x;
      const y = ny * height * view.scale + view.y;
      const on = picked.has(`${id} ${i}`);
      const over = hover?.kind === "point" && hover.layer === id && hover.index === i;
      // Where a path starts stays the large dot, its other points are small; the arrow says where it ends.
      const start = layer.type === "path" && i === 0 && layer.points.length > 1;
      const r = (start ? 7 : 4) + (on || over ? 1.5 : 0);
      ctx.beginPath();
      if (layer.type === "anchors") diamond(ctx, x, y, r + 1);
      else ctx.arc(x, y, r, 0, TAU);
      ctx.fillStyle = on ? "#fff" : color;
      ctx.strokeStyle = on ? color : "#fff";
      ctx.lineWidth = on ? 3 : 1.75;
      ctx.fill();
      ctx.stroke();
      if (!start) return;
      ctx.beginPath();
      ctx.arc(x, y, 2.25, 0, TAU);
      ctx.fillStyle = on ? color : "#fff";
      ctx.fill();
    });
  }
}

/** A Bezier handle and what it hangs on. @param {Ctx} ctx @param {XY} from @param {XY} to @param {string} color @param {boolean} over */
function paintArm(ctx, from, to, color, over) {
  for (const [style, width] of /** @type {[string, number][]} */ ([[SHADE, 3], ["#fff", 1.25]])) {
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.stroke();
  }
  const r = over ? 5.5 : 4.25;
  ctx.beginPath();
  ctx.rect(to[0] - r, to[1] - r, 2 * r, 2 * r);
  ctx.fillStyle = over ? "#fff" : color;
  ctx.fill();
  ctx.strokeStyle = over ? color : "#fff";
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

/** The box around several selected layers, with handles that turn and scale them together; on the screen, as they are shown. @param {Ctx} ctx @param {EditorState} state @param {View} view */
export function paintSelectionHandles(ctx, state, view) {
  const placed = selectionHandles(state, view, (layer) => shownLayer(state, layer));
  if (!placed) return;
  const [nw, , se] = placed.corners;
  ctx.setLineDash([6, 4]);
  for (const layer of state.doc.layers) {
    if (layer.type !== "region" || !layer.visible || !state.selection.layers.includes(layer.id)) continue;
    ctx.beginPath();
    const m = shownLayer(state, layer);
    const outline = outlineAt(layer, state.doc, targetFrame(state, layer.keys));
    traceOutline(ctx, view, m ? outline.map((xy) => applyAffine(m, xy)) : outline);
    ctx.strokeStyle = safeColor(layer.color, "#6699ff");
    ctx.lineWidth = 1.75;
    ctx.stroke();
  }
  for (const [style, width] of /** @type {[string, number][]} */ ([[SHADE, 3], ["#fff", 1.25]])) {
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.strokeRect(nw[0], nw[1], se[0] - nw[0], se[1] - nw[1]);
  }
  ctx.setLineDash([]);
  for (const { handle, xy } of placed.handles) paintHandle(ctx, xy, handle, "#5b93ff");
}

/** What holds still. @param {Ctx} ctx @param {number} x CSS px @param {number} y @param {number} size */
function diamond(ctx, x, y, size) {
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x - size, y);
  ctx.closePath();
}

/** Dashed outline and handles of a selected region where its gesture acts. @param {Ctx} ctx @param {Doc} doc @param {View} view @param {import('../motion/document/types.mjs').RegionLayer} layer @param {number} frame @param {string} color */
export function paintRegionHandles(ctx, doc, view, layer, frame, color) {
  ctx.beginPath();
  traceOutline(ctx, view, outlineAt(layer, doc, frame));
  ctx.strokeStyle = SHADE;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.setLineDash([6, 4]);
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.75;
  ctx.stroke();
  ctx.setLineDash([]);
  for (const { handle, xy } of regionHandles(layer, doc, view, frame)) paintHandle(ctx, xy, handle, color);
}

/** @param {Ctx} ctx @param {XY} xy CSS px @param {string} kind @param {string} color */
export function paintHandle(ctx, [x, y], kind, color) {
  ctx.beginPath();
  if (kind === "rotate") ctx.arc(x, y, 6, 0, TAU);
  else if (kind === "pivot") {
    ctx.moveTo(x - 7, y);
    ctx.lineTo(x + 7, y);
    ctx.moveTo(x, y - 7);
    ctx.lineTo(x, y + 7);
    ctx.strokeStyle = SHADE;
    ctx.lineWidth = 4;
    ctx.stroke();
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = 2;
    ctx.stroke();
    return;
  } else ctx.rect(x - 5, y - 5, 10, 10);
  ctx.fillStyle = "#fff";
  ctx.fill();
  ctx.strokeStyle = color;
  ctx.lineWidth = 2;
  ctx.stroke();
}

/**
 * The latent view: which 8-px cell each track marks at this 4-frame step. Two tracks in one cell are outlined in red.
 * @param {Ctx} ctx @param {Moment} state @param {View} view @param {{cell_px?: number}} [options]
 */
export function paintLatent(ctx, state, view, { cell_px = 8 } = {}) {
  const { doc, sampled } = state;
  const frame = Math.min(doc.frames - 1, Math.round(state.frame / 4) * 4);
  const base = frame * sampled.count;
  const size = cell_px * view.scale;
  const [width, height] = doc.size_wh;
  const cols = Math.floor(width / cell_px);
  /** @type {Map<number, {color: string, shared: boolean}>} */
  const taken = new Map();
  const colors = doc.layers.map((layer) => safeColor(layer.color, "#6699ff"));
  for (let n = 0; n < sampled.count; n++) {
    const x = sampled.xy[(base + n) * 2];
    const y = sampled.xy[(base + n) * 2 + 1];
    if (!sampled.visible[base + n] || !(x >= 0 && y >= 0 && x < width && y < height)) continue;
    const cell = Math.floor(y / cell_px) * cols + Math.floor(x / cell_px);
    const before = taken.get(cell);
    taken.set(cell, { color: colors[sampled.layerOf[n]], shared: before !== undefined });
  }
  for (const [cell, { color, shared }] of taken) {
    const x = (cell % cols) * size + view.x;
    const y = Math.floor(cell / cols) * size + view.y;
    ctx.globalAlpha = 0.82;
    ctx.fillStyle = color;
    ctx.fillRect(x, y, size, size);
    if (shared) {
      ctx.globalAlpha = 1;
      ctx.strokeStyle = "#ff3b3b";
      ctx.lineWidth = 2;
      ctx.strokeRect(x, y, size, size);
    }
  }
  ctx.globalAlpha = 1;
}

/** The 8-px grid, left out while a cell is under 5 CSS px: it would be a grey veil. @param {Ctx} ctx @param {Doc} doc @param {View} view */
export function paintGrid(ctx, doc, view) {
  const [width, height] = doc.size_wh;
  const step = 8 * view.scale;
  if (step < 5) return;
  const left = Math.max(view.x, 0);
  const top = Math.max(view.y, 0);
  const right = Math.min(view.x + width * view.scale, view.width);
  const bottom = Math.min(view.y + height * view.scale, view.height);
  ctx.beginPath();
  for (let i = Math.ceil((left - view.x) / step); i * step + view.x <= right; i++) {
    const x = Math.round(i * step + view.x) + 0.5;
    ctx.moveTo(x, top);
    ctx.lineTo(x, bottom);
  }
  for (let i = Math.ceil((top - view.y) / step); i * step + view.y <= bottom; i++) {
    const y = Math.round(i * step + view.y) + 0.5;
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
  }
  ctx.strokeStyle = "rgba(255,255,255,0.16)";
  ctx.lineWidth = 1;
  ctx.stroke();
}
