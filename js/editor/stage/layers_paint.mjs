// Drawing tracks: lines, start dots, arrowheads, second ticks, outlines. Positions come from the sampler in document pixels;
// widths are CSS pixels, so a line keeps its weight at every zoom.

import { pathPolyline, sampleLayer } from "../motion/evaluation/evaluate.mjs";
import { applyAffine } from "../geometry/affine.mjs";
import { regionAffine } from "../motion/evaluation/region.mjs";
import { outlineAt } from "./handles/handles.mjs";
import { secondTicks } from "../motion/timing/timecode.mjs";
import { safeColor } from "../palette.mjs";
import { screenFromDoc } from "../geometry/view.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../motion/document/types.mjs').PathLayer} PathLayer */
/** @typedef {import('../motion/document/types.mjs').AnchorsLayer} AnchorsLayer */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../motion/document/types.mjs').DenseLayer} DenseLayer */
/** @typedef {import('../motion/document/types.mjs').Sampled} Sampled */
/** @typedef {import('../motion/document/types.mjs').View} View */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {CanvasRenderingContext2D} Ctx scaled to CSS px */
/** @typedef {ArrayLike<number>} Polyline x, y, x, y, … in doc px */
/** @typedef {{doc: Doc, sampled: Sampled, view: View, active?: boolean, crowd?: boolean, dots?: boolean}} Scene `dots`: regions show their points; `crowd`: too many lines for outlines under them */

const TAU = Math.PI * 2;
/** CSS px between ticks, and half as much to the marks of start and end. */
const TICK_PX = 22;
/** Above this many lines, outlines under them are left out: they double the raster work and the lines hide each other anyway. */
const CROWD = 120;

/** @param {Doc} doc @param {Sampled} sampled @param {Set<string>} ids @param {boolean} inside whether those of `ids` are counted, or the others */
function isCrowd(doc, sampled, ids, inside) {
  let lines = 0;
  doc.layers.forEach((layer, index) => {
    if (ids.has(layer.id) === inside && layer.visible !== false) lines += layer.type === "path" ? 1 : layer.type === "dense" ? sampled.first[index + 1] - sampled.first[index] : 0;
  });
  return lines > CROWD;
}

/** @param {Ctx} ctx @param {View} view @param {Polyline} xy @param {number} [coarse_px] */
function tracePolyline(ctx, view, xy, coarse_px = 1.5) {
  const { scale, x, y } = view;
  let px = xy[0] * scale + x;
  let py = xy[1] * scale + y;
  ctx.moveTo(px, py);
  // Curves come in 64 pieces a span: pieces shorter than the eye resolves would only cost time.
  const near = coarse_px * coarse_px;
  const last = xy.length - 2;
  for (let i = 2; i <= last; i += 2) {
    const nx = xy[i] * scale + x;
    const ny = xy[i + 1] * scale + y;
    if (i < last && (nx - px) * (nx - px) + (ny - py) * (ny - py) < near) continue;
    ctx.lineTo(nx, ny);
    px = nx;
    py = ny;
  }
}

/** Trace a closed outline given in document px. @param {Ctx} ctx @param {View} view @param {readonly XY[]} outline */
export function traceOutline(ctx, view, outline) {
  outline.forEach((point, i) => {
    const [x, y] = screenFromDoc(view, point);
    if (i) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
  });
  ctx.closePath();
}

/** @param {Ctx} ctx @param {number} x @param {number} y @param {number} angle radians @param {number} size */
function arrowHead(ctx, x, y, angle, size) {
  ctx.moveTo(x + Math.cos(angle) * size, y + Math.sin(angle) * size);
  ctx.lineTo(x + Math.cos(angle + 2.5) * size, y + Math.sin(angle + 2.5) * size);
  ctx.lineTo(x + Math.cos(angle - 2.5) * size, y + Math.sin(angle - 2.5) * size);
  ctx.closePath();
}

/** Direction at the end of a polyline, looking back far enough to ignore a last hook of less than 3 px. @param {View} view @param {Polyline} xy @returns {number|null} radians */
function endAngle(view, xy) {
  const n = xy.length;
  const ex = xy[n - 2];
  const ey = xy[n - 1];
  for (let i = n - 4; i >= 0; i -= 2) {
    const dx = (ex - xy[i]) * view.scale;
    const dy = (ey - xy[i + 1]) * view.scale;
    if (dx * dx + dy * dy > 9) return Math.atan2(dy, dx);
  }
  return null;
}

/**
 * One layer as it lies in the scene.
 * @param {Ctx} ctx @param {Layer} layer @param {number} index its place in doc.layers @param {Scene} scene
 */
function paintLayer(ctx, layer, index, scene) {
  if (layer.visible === false) return;
  const color = safeColor(layer.color, "#6699ff");
  if (layer.type === "path") paintPath(ctx, layer, color, scene);
  else if (layer.type === "anchors") paintAnchors(ctx, layer, color, scene);
  else if (layer.type === "region") paintRegion(ctx, layer, index, color, scene);
  else if (layer.type === "dense") paintDense(ctx, layer, index, color, scene);
}

/** @param {Ctx} ctx @param {PathLayer} layer @param {string} color @param {Scene} scene */
function paintPath(ctx, layer, color, { doc, view, active, crowd }) {
  const line = pathPolyline(layer, doc);
  const xy = layer.curve === "straight" ? corners(layer, doc) : line.xy;
  const { scale, x, y } = view;
  const sx = xy[0] * scale + x;
  const sy = xy[1] * scale + y;
  if (xy.length > 2) {
    ctx.lineJoin = crowd ? "bevel" : "round";
    ctx.lineCap = crowd ? "butt" : "round";
    ctx.beginPath();
    tracePolyline(ctx, view, xy, crowd ? 5 : 1.5);
    if (!crowd || active) {
      ctx.strokeStyle = "rgba(10,12,16,0.55)";
      ctx.lineWidth = active ? 5.5 : 4;
      ctx.stroke();
    }
    ctx.strokeStyle = color;
    ctx.lineWidth = active ? 2.75 : crowd ? hairline(ctx) : 2;
    ctx.stroke();
    if (!crowd || active) secondMarks(ctx, layer, doc, view, line.total, color);
    const angle = layer.closed ? null : endAngle(view, xy);
    // Of a selected path the last point is shown as well: the arrow goes on before it.
    const past = active ? 9 : 0;
    if (angle !== null) {
      ctx.beginPath();
      arrowHead(ctx, xy[xy.length - 2] * scale + x + Math.cos(angle) * past, xy[xy.length - 1] * scale + y + Math.sin(angle) * past, angle, crowd && !active ? 5 : active ? 9 : 8);
      ctx.fillStyle = color;
      if (!crowd || active) {
        ctx.strokeStyle = "rgba(10,12,16,0.55)";
        ctx.lineWidth = 1.5;
        ctx.stroke();
      }
      ctx.fill();
    }
  }
  ctx.beginPath();
  ctx.arc(sx, sy, crowd && !active ? 2.5 : 5, 0, TAU);
  ctx.fillStyle = color;
  ctx.fill();
  if (!crowd || active) {
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = 1.5;
    ctx.stroke();
  }
}

/** One device pixel: rasterisers draw it some eight times faster than anything wider. @param {Ctx} ctx */
const hairline = (ctx) => 1 / ctx.getTransform().a;

/** A straight path's own corners: its polyline repeats them in 64 pieces a span. @param {PathLayer} layer @param {Doc} doc @returns {Polyline} */
function corners(layer, doc) {
  const [width, height] = doc.size_wh;
  const points = layer.closed && layer.points.length > 1 ? [...layer.points, layer.points[0]] : layer.points;
  return points.flatMap(([x, y]) => [x * width, y * height]);
}

/** Which seconds have room for a tick: every one, every second, fifth or tenth, or (0) none. @param {number} seconds that fall inside @param {number} length_px of the path on the stage */
export function tickStep(seconds, length_px) {
  for (const step of [1, 2, 5, 10]) if (step <= seconds && length_px / (Math.floor(seconds / step) + 1) >= TICK_PX) return step;
  return 0;
}

/** A tick across the line at every whole second that falls inside the path's own time. @param {Ctx} ctx @param {PathLayer} layer @param {Doc} doc @param {View} view @param {number} length_px of the path, doc px @param {string} color */
function secondMarks(ctx, layer, doc, view, length_px, color) {
  if (layer.end <= layer.start) return;
  const inside = secondTicks(doc.frames, doc.fps).filter((frame) => frame > layer.start && frame < layer.end);
  const every = tickStep(inside.length, length_px * view.scale);
  if (!every) return;
  const ends = [layer.start, layer.end].map((frame) => positionAtFrame(layer, doc, frame));
  let last = ends[0];
  ctx.beginPath();
  for (let i = every - 1; i < inside.length; i += every) {
    const at = positionAtFrame(layer, doc, inside[i]);
    if (!at || [last, ends[1]].some((mark) => mark && Math.hypot(at[0] - mark[0], at[1] - mark[1]) * view.scale < TICK_PX / 2)) continue;
    last = at;
    const x = at[0] * view.scale + view.x;
    const y = at[1] * view.scale + view.y;
    ctx.moveTo(x - at[3] * 5, y + at[2] * 5);
    ctx.lineTo(x + at[3] * 5, y - at[2] * 5);
  }
  ctx.strokeStyle = "rgba(10,12,16,0.6)";
  ctx.lineWidth = 4;
  ctx.stroke();
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.strokeStyle = color;
}

/** @type {WeakMap<Layer, {key: string, tracks: ReturnType<typeof sampleLayer>}>} */
const trackCache = new WeakMap();

/** [x, y, dx, dy] of a path at a frame, doc px and unit direction, from its own sampled track. @param {PathLayer} layer @param {Doc} doc @param {number} frame */
function positionAtFrame(layer, doc, frame) {
  const { xy } = sceneTracks(layer, doc);
  if (frame * 2 + 1 >= xy.length) return null;
  const before = Math.max(0, frame - 1);
  const after = Math.min(xy.length / 2 - 1, frame + 1);
  const dx = xy[after * 2] - xy[before * 2];
  const dy = xy[after * 2 + 1] - xy[before * 2 + 1];
  const length = Math.hypot(dx, dy);
  if (length < 1e-6) return null;
  return [xy[frame * 2], xy[frame * 2 + 1], dx / length, dy / length];
}

/** Documents share unchanged layers, so a layer object stands for its own tracks as long as the clip's frame does not change. @param {Layer} layer @param {Doc} doc */
function sceneTracks(layer, doc) {
  const key = `${doc.size_wh[0]}x${doc.size_wh[1]}x${doc.frames}`;
  const known = trackCache.get(layer);
  if (known?.key === key) return known.tracks;
  const tracks = sampleLayer(layer, doc);
  trackCache.set(layer, { key, tracks });
  return tracks;
}

/** @param {Ctx} ctx @param {AnchorsLayer} layer @param {string} color @param {Scene} scene */
function paintAnchors(ctx, layer, color, { doc, view, active, crowd }) {
  const [width, height] = doc.size_wh;
  const size = active ? 5 : crowd || layer.points.length > 60 ? 3 : 4;
  ctx.beginPath();
  for (const [nx, ny] of layer.points) {
    const x = nx * width * view.scale + view.x;
    const y = ny * height * view.scale + view.y;
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
  }
  ctx.strokeStyle = "rgba(10,12,16,0.6)";
  ctx.lineWidth = 2.5;
  ctx.stroke();
  ctx.fillStyle = color;
  ctx.fill();
}

/** @param {Ctx} ctx @param {RegionLayer} layer @param {number} index @param {string} color @param {Scene} scene */
function paintRegion(ctx, layer, index, color, { doc, sampled, view, active, dots }) {
  ctx.beginPath();
  traceOutline(ctx, view, outlineAt(layer, doc, 0));
  ctx.globalAlpha = active ? 0.1 : 0.06;
  ctx.fillStyle = color;
  ctx.fill("evenodd");
  ctx.globalAlpha = 1;
  ctx.strokeStyle = "rgba(10,12,16,0.5)";
  ctx.lineWidth = active ? 4 : 3;
  ctx.stroke();
  ctx.strokeStyle = color;
  ctx.lineWidth = active ? 2 : 1.5;
  ctx.stroke();
  if (dots) paintDots(ctx, sampled, sampled.first[index], sampled.first[index + 1], 0, view, color, Math.max(1, Math.min(active ? 3 : 2, view.scale * 3)));
  pivotTrail(ctx, layer, doc, view, color);
}

/** The way the region's middle goes, key to key. @param {Ctx} ctx @param {RegionLayer} layer @param {Doc} doc @param {View} view @param {string} color */
function pivotTrail(ctx, layer, doc, view, color) {
  if (!layer.keys.length) return;
  const [width, height] = doc.size_wh;
  const pivot = /** @type {XY} */ ([layer.pivot[0] * width, layer.pivot[1] * height]);
  /** @type {number[]} */
  const xy = [];
  const last = Math.min(doc.frames - 1, layer.keys[layer.keys.length - 1].frame);
  for (let f = 0; f <= last; f += Math.max(1, Math.floor(last / 24))) xy.push(...applyAffine(regionAffine(layer, doc, f), pivot));
  xy.push(...applyAffine(regionAffine(layer, doc, last), pivot));
  ctx.setLineDash([5, 4]);
  ctx.beginPath();
  tracePolyline(ctx, view, xy);
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.75;
  ctx.stroke();
  ctx.setLineDash([]);
  const angle = endAngle(view, xy);
  if (angle === null) return;
  ctx.beginPath();
  arrowHead(ctx, xy[xy.length - 2] * view.scale + view.x, xy[xy.length - 1] * view.scale + view.y, angle, 8);
  ctx.fillStyle = color;
  ctx.fill();
}

/** @param {Ctx} ctx @param {DenseLayer} layer @param {number} index @param {string} color @param {Scene} scene */
function paintDense(ctx, layer, index, color, { doc, sampled, view, crowd, active }) {
  // In the scene, as everything is drawn: the sampler's positions have gone through the camera.
  const { count, frames, xy } = sceneTracks(layer, doc);
  const step = Math.max(1, Math.floor(frames / 40));
  ctx.beginPath();
  for (let n = 0; n < count; n++) {
    for (let f = 0; f < frames; f += step) {
      const at = (f * count + n) * 2;
      const x = xy[at] * view.scale + view.x;
      const y = xy[at + 1] * view.scale + view.y;
      if (f) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
    }
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = active ? 2 : crowd ? hairline(ctx) : 1.5;
  ctx.stroke();
  paintDots(ctx, sampled, sampled.first[index], sampled.first[index + 1], 0, view, color, 4);
}

/** Small squares for tracks `from` to `to` at a frame: rectangles are several times cheaper than arcs. @param {Ctx} ctx @param {Sampled} sampled @param {number} from @param {number} to @param {number} frame @param {View} view @param {string} color @param {number} size CSS px */
function paintDots(ctx, sampled, from, to, frame, view, color, size) {
  const base = frame * sampled.count;
  ctx.beginPath();
  for (let n = from; n < to; n++) {
    const at = (base + n) * 2;
    ctx.rect(sampled.xy[at] * view.scale + view.x - size / 2, sampled.xy[at + 1] * view.scale + view.y - size / 2, size, size);
  }
  ctx.fillStyle = color;
  ctx.fill();
}

/** Every layer that is not active, for the cached picture of them. @param {Ctx} ctx @param {Doc} doc @param {Sampled} sampled @param {View} view @param {Set<string>} activeIds @param {boolean} dots @param {(layer: Layer) => boolean} takes */
export function paintPassive(ctx, doc, sampled, view, activeIds, dots, takes) {
  const crowd = isCrowd(doc, sampled, activeIds, false);
  doc.layers.forEach((layer, index) => {
    if (takes(layer) && !activeIds.has(layer.id)) paintLayer(ctx, layer, index, { doc, sampled, view, crowd, dots });
  });
}

/** Every active layer, drawn anew each frame. @param {Ctx} ctx @param {Doc} doc @param {Sampled} sampled @param {View} view @param {Set<string>} activeIds @param {boolean} dots @param {(layer: Layer) => boolean} takes */
export function paintActive(ctx, doc, sampled, view, activeIds, dots, takes) {
  const crowd = isCrowd(doc, sampled, activeIds, true);
  doc.layers.forEach((layer, index) => {
    if (takes(layer) && activeIds.has(layer.id)) paintLayer(ctx, layer, index, { doc, sampled, view, active: !crowd, crowd, dots });
  });
}
