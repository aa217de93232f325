// What lies over the tracks: heads at the playhead, ghosts, control points, handles, the camera's frame, latent cells.

import { regionHandles } from "./hit.mjs";
import { cameraAffine, cameraKeyAt } from "../motion/evaluation/camera.mjs";
import { applyAffine, invert } from "../geometry/affine.mjs";
import { safeColor } from "../palette.mjs";
import { layerById } from "../motion/document/document.mjs";
import { outlineAt, traceOutline } from "./layers_paint.mjs";

const TAU = Math.PI * 2;
const SHADE = "rgba(10,12,16,0.6)";

/** Heads: a filled dot where a track is visible, a ring where it is hidden; squares for lattices. One path per colour. */
export function paintHeads(ctx, state, view, skipAtRest) {
  const { doc, sampled } = state;
  const frame = Math.round(state.frame);
  const base = frame * sampled.count;
  const crowd = sampled.count > 300;
  /** @type {Map<string, {dots: number[], squares: number[], rings: number[]}>} */
  const groups = new Map();
  doc.layers.forEach((layer, index) => {
    if (layer.visible === false || (skipAtRest && frame === 0)) return;
    const from = sampled.first[index];
    const to = sampled.first[index + 1];
    if (from === to) return;
    const color = safeColor(layer.color, "#6699ff");
    if (!groups.has(color)) groups.set(color, { dots: [], squares: [], rings: [] });
    const group = groups.get(color);
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

/** Where the selected tracks were and will be, a latent step apart, fading with distance in time. One path per colour and step. */
export function paintGhosts(ctx, state, view, ids) {
  const { doc, sampled } = state;
  const now = Math.round(state.frame);
  /** @type {Map<string, [number, number, number][]>} tracks [from, to, stride] of a colour */
  const groups = new Map();
  doc.layers.forEach((layer, index) => {
    if (layer.type === "anchors" || layer.visible === false || !ids.has(layer.id)) return;
    const [from, to] = [sampled.first[index], sampled.first[index + 1]];
    const color = safeColor(layer.color, "#6699ff");
    if (!groups.has(color)) groups.set(color, []);
    // Of a lattice only some: a hundred dots four times over would be noise.
    groups.get(color).push([from, to, Math.max(1, Math.ceil((to - from) / 24))]);
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

/** Control points of the selected layers, the selected ones filled. */
export function paintPoints(ctx, state, view, hover) {
  const { doc, selection } = state;
  const [width, height] = doc.size_wh;
  const picked = new Set(selection.points.map((ref) => `${ref.layer} ${ref.index}`));
  for (const id of state.activeIds()) {
    const layer = layerById(doc, id);
    if (!layer || layer.visible === false || (layer.type !== "path" && layer.type !== "anchors")) continue;
    const color = safeColor(layer.color, "#6699ff");
    layer.points.forEach(([nx, ny], i) => {
      const x = nx * width * view.scale + view.x;
      const y = ny * height * view.scale + view.y;
      const on = picked.has(`${id} ${i}`);
      const over = hover?.kind === "point" && hover.layer === id && hover.index === i;
      const r = on || over ? 6 : 4.5;
      ctx.beginPath();
      ctx.arc(x, y, r, 0, TAU);
      ctx.fillStyle = on ? "#fff" : color;
      ctx.strokeStyle = on ? color : "#fff";
      ctx.lineWidth = on ? 3 : 1.75;
      ctx.fill();
      ctx.stroke();
    });
  }
}

/** Dashed outline and handles of a selected region where its gesture acts. */
export function paintRegionHandles(ctx, state, view, layer, frame, color) {
  const { doc } = state;
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

function paintHandle(ctx, [x, y], kind, color) {
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

/** Corners (doc px, clockwise from the top left) of what the camera sees at a frame, and the turning handle above them. */
export function cameraCorners(doc, frame) {
  const [width, height] = doc.size_wh;
  const back = invert(cameraAffine(doc, frame));
  const corners = [[0, 0], [width, 0], [width, height], [0, height]].map((xy) => applyAffine(back, xy));
  const centre = applyAffine(back, [width / 2, height / 2]);
  const top = applyAffine(back, [width / 2, 0]);
  return { corners, centre, top };
}

/** Where the turning handle lies on screen: 28 px beyond the middle of the upper edge. */
export function cameraTurnHandle(view, { centre, top }) {
  const length = Math.hypot(top[0] - centre[0], top[1] - centre[1]) || 1;
  const reach = 1 + 28 / (length * view.scale);
  return [(centre[0] + (top[0] - centre[0]) * reach) * view.scale + view.x, (centre[1] + (top[1] - centre[1]) * reach) * view.scale + view.y];
}

/** The camera's frame at the frame a gesture sets, its path, and its handles. */
export function paintCamera(ctx, state, view, frame, label) {
  const { doc } = state;
  const place = cameraCorners(doc, frame);
  const handle = cameraTurnHandle(view, place);
  const color = "#ffd24a";
  ctx.beginPath();
  traceOutline(ctx, view, place.corners);
  ctx.strokeStyle = SHADE;
  ctx.lineWidth = 4;
  ctx.stroke();
  ctx.strokeStyle = color;
  ctx.lineWidth = 2;
  ctx.stroke();
  ctx.beginPath();
  const last = Math.max(...(doc.camera?.keys ?? []).map((key) => key.frame), 0);
  for (let f = 0; f <= last; f += 4) {
    const { centre } = cameraCorners(doc, f);
    const x = centre[0] * view.scale + view.x;
    const y = centre[1] * view.scale + view.y;
    if (f) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
  }
  ctx.setLineDash([4, 4]);
  ctx.stroke();
  ctx.setLineDash([]);
  const [tx, ty] = [place.top[0] * view.scale + view.x, place.top[1] * view.scale + view.y];
  ctx.beginPath();
  ctx.moveTo(tx, ty);
  ctx.lineTo(handle[0], handle[1]);
  ctx.stroke();
  paintHandle(ctx, handle, "rotate", color);
  for (const corner of place.corners) paintHandle(ctx, [corner[0] * view.scale + view.x, corner[1] * view.scale + view.y], "scale", color);
  ctx.font = "600 12px sans-serif";
  ctx.textBaseline = "bottom";
  const at = [place.corners[3][0] * view.scale + view.x + 8, place.corners[3][1] * view.scale + view.y - 8];
  ctx.lineWidth = 3;
  ctx.strokeStyle = SHADE;
  ctx.strokeText(label, at[0], at[1]);
  ctx.fillStyle = color;
  ctx.fillText(label, at[0], at[1]);
}

export function cameraLabel(doc, frame) {
  const key = cameraKeyAt(doc.camera, frame);
  return `${key.zoom.toFixed(2)}× · ${Math.round(key.roll * 10) / 10}°`;
}

/**
 * The latent view: which 8-px cell each track marks at this 4-frame step. Two tracks in one cell are outlined in red.
 * @param {{cell_px?: number}} [options]
 */
export function paintLatent(ctx, state, view, { cell_px = 8 } = {}) {
  const { doc, sampled } = state;
  const frame = Math.min(doc.frames - 1, Math.round(state.frame / 4) * 4);
  const base = frame * sampled.count;
  const size = cell_px * view.scale;
  const [width, height] = doc.size_wh;
  const cols = Math.floor(width / cell_px);
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

/** The 8-px grid, left out while a cell is under 5 CSS px: it would be a grey veil. */
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
