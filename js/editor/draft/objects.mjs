// What a draft is made of: the tracks that bend the picture, and the things that are cut out of it, each with what shows behind it.

import { bendWeights } from './bend.mjs';
import { createCarry } from './carry.mjs';
import { applyAffine, IDENTITY } from '../geometry/affine.mjs';
import { behindSteps } from './fill.mjs';
import { draftGroups } from './groups.mjs';
import { withRides } from './rides.mjs';
import { cutOut, cutSteps, placeBehind, readWindow } from './zones.mjs';
import { layerById } from '../motion/document/document.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('./zones.mjs').Cut} Cut */
/** @typedef {{carry: import('./carry.mjs').Carry, box: [number, number, number, number], thing: HTMLCanvasElement, behind: HTMLCanvasElement}} DraftObject */

const MOST_BY_COLOR = 12;
const MOST_OBJECTS = 24;
const MOST_BENDS = 24;
const MOST_KEPT = 48;
/** Script time of one round: what is not ready then is gone on with in later frames, so that no frame waits. */
const ROUND_MS = 8;
/** Cuts are looked for on a copy no larger than this. */
const WORK_SIDE_PX = 900;

/** Cuts are kept while their points and the picture stay, so that an edit elsewhere costs nothing. */
export function createCutter() {
  /** @type {HTMLCanvasElement|null} */
  let picture = null;
  /** @type {import('./zones.mjs').Pixels|null} */
  let pixels = null;
  /** @type {Map<string, Cut|null>} */
  let cuts = new Map();
  /** @type {Map<string, {thing: HTMLCanvasElement, behind: HTMLCanvasElement}>} */
  let canvases = new Map();
  /** @type {Map<string, Float32Array>} */
  let pulls = new Map();
  /** @type {Map<string, import('./fill.mjs').Behind>} */
  let behinds = new Map();
  /** @type {WeakMap<import('./fill.mjs').Behind, HTMLCanvasElement>} */
  const finer = new WeakMap();
  /** @type {Map<string, Generator<void, unknown>>} */
  let running = new Map();
  /** What moves as one is asked once per document. @type {{doc: Doc, sampled: import('../motion/document/types.mjs').Sampled, groups: ReturnType<typeof draftGroups>, whole: import('../motion/document/types.mjs').Sampled}|null} */
  let known = null;
  let serial = 0;
  /** @type {WeakMap<object, number>} */
  const names = new WeakMap();
  const nameOf = (/** @type {object} */ value) => {
    if (!names.has(value)) names.set(value, ++serial);
    return names.get(value);
  };

  function readPixels() {
    const source = /** @type {HTMLCanvasElement} */ (picture);
    const scale = Math.min(1, WORK_SIDE_PX / Math.max(source.width, source.height));
    const copy = document.createElement('canvas');
    copy.width = Math.max(1, Math.round(source.width * scale));
    copy.height = Math.max(1, Math.round(source.height * scale));
    const ctx = /** @type {CanvasRenderingContext2D} */ (copy.getContext('2d', { willReadFrequently: true }));
    ctx.drawImage(source, 0, 0, copy.width, copy.height);
    return ctx.getImageData(0, 0, copy.width, copy.height);
  }

  /** @template T @param {Map<string, T>} kept @param {string} key @param {() => T} make @returns {T} */
  function remembered(kept, key, make) {
    const value = kept.has(key) ? /** @type {T} */ (kept.get(key)) : make();
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > MOST_KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
    return value;
  }

  /** What takes its time is made in slices: undefined while it is not ready. @template T @param {Map<string, T>} kept @param {string} key @param {() => Generator<void, T>} make @param {number} until @returns {T|undefined} */
  function worked(kept, key, make, until) {
    if (kept.has(key)) return remembered(kept, key, () => /** @type {T} */ (kept.get(key)));
    if (performance.now() > until) return undefined;
    const steps = /** @type {Generator<void, T>} */ (remembered(running, key, make));
    do {
      const { done, value } = steps.next();
      if (!done) continue;
      running.delete(key);
      return remembered(kept, key, () => value);
    } while (performance.now() < until);
    return undefined;
  }

  return {
    /** @param {HTMLCanvasElement} next */
    setPicture(next) {
      picture = next;
      pixels = null;
      cuts = new Map();
      pulls = new Map();
      behinds = new Map();
      running = new Map();
      canvases = new Map();
    },
    /** @param {Doc} doc @param {import('../motion/document/types.mjs').Sampled} sampled @param {((frame: number) => import('../geometry/affine.mjs').Affine)|null} camera @returns {{base: number[], carried: number[], bends: {track: number, at: (x: number, y: number) => number}[], sampled: import('../motion/document/types.mjs').Sampled, objects: DraftObject[], pending: boolean}} sampled: hidden points ride with their things; pending: call again, some things are not cut yet */
    cut(doc, sampled, camera) {
      let until = performance.now() + ROUND_MS;
      if (known?.doc !== doc || known.sampled !== sampled) {
        const groups = draftGroups(doc, sampled);
        known = { doc, sampled, groups, whole: withRides(sampled, groups.objects.map((group) => group.tracks), groups.carried) };
      }
      // What was known before takes no time: then there is some for the rest, so that every round but the first gets on.
      else until = Math.max(until, performance.now() + ROUND_MS);
      const { groups: { carried, objects }, whole } = known;
      const base = [...known.groups.base];
      if (!picture || !objects.length) return { base: [...base, ...objects.flatMap((group) => group.tracks)], carried, bends: [], sampled: whole, objects: [], pending: false };
      let pending = false;
      const source = (pixels ??= readPixels());
      const starts = (/** @type {number[]} */ tracks) => tracks.map((n) => /** @type {XY} */ ([sampled.xy[2 * n], sampled.xy[2 * n + 1]]));
      /** @type {{tracks: number[], cut: Cut}[]} */
      const found = [];
      /** Lone points on something that nothing sets apart. @type {number[]} */
      const bends = [];
      objects.forEach((group, i) => {
        const own = starts(group.tracks);
        const others = objects.filter((other) => other !== group).flatMap((other) => starts(other.tracks));
        const layer = group.region ? layerById(doc, group.region) : null;
        const region = layer?.type === 'region' ? layer : null;
        const key = `${doc.size_wh} ${region ? nameOf(region.mask ?? region.polygon ?? region) : `${rounded(own)} / ${rounded(others)}`}`;
        const wanted = i < MOST_BY_COLOR && !region;
        const byColor = wanted ? worked(cuts, `c ${key}`, () => cutSteps(source, doc, own, others, region, true), until) : null;
        pending ||= byColor === undefined;
        // Until it is known to be a thing, too: never a disc that slides over a face.
        if (!byColor && !region && group.tracks.length === 1 && !group.stirs) {
          if (bends.length < MOST_BENDS) bends.push(group.tracks[0]);
          else base.push(group.tracks[0]);
          return;
        }
        // A shape that is replaced in a moment is not worth its time: it stays where it is until then.
        if (byColor === undefined) return;
        const cut = byColor ?? (group.stirs ? null : remembered(cuts, `s ${key}`, () => cutOut(source, doc, own, others, region, false)));
        if (cut && found.length < MOST_OBJECTS) found.push({ tracks: group.tracks, cut });
        else base.push(...group.tracks);
      });
      /** @param {number} n */
      const bendOf = (n) => {
        const [x0, y0] = starts([n])[0];
        const held = starts(base).filter(([x, y]) => Math.hypot(x - x0, y - y0) > 8);
        let travel = 0;
        for (let f = 1; f < whole.frames; f++) {
          const at = (f * whole.count + n) * 2;
          const [x, y] = applyAffine(camera?.(f) ?? IDENTITY, [x0, y0]);
          travel = Math.max(travel, Math.hypot(whole.xy[at] - x, whole.xy[at + 1] - y));
        }
        const cols = Math.max(8, Math.min(104, Math.round(doc.size_wh[0] / 8)));
        const rows = Math.max(8, Math.round((cols * doc.size_wh[1]) / doc.size_wh[0]));
        const key = `${doc.size_wh} ${rounded([[x0, y0], ...held])} ${Math.round(travel)}`;
        if (!pulls.has(key) && performance.now() > until) {
          pending = true;
          return null;
        }
        const weights = remembered(pulls, key, () => bendWeights(readWindow(source, doc, [0, 0, ...doc.size_wh], cols, rows), doc.size_wh, [x0, y0], travel, held));
        return { track: n, at: (/** @type {number} */ x, /** @type {number} */ y) => sampleAt(weights, cols, rows, (x / doc.size_wh[0]) * cols - 0.5, (y / doc.size_wh[1]) * rows - 0.5) };
      };
      /** @type {DraftObject[]} */
      const made = [];
      for (const { tracks, cut } of found) {
        const others = found.map((one) => one.cut).filter((one) => one !== cut && meet(one.box, cut.box));
        const key = [cut, ...others].map(nameOf).join(' ');
        if (!canvases.has(key) && made.length && performance.now() > until) {
          pending = true;
          continue;
        }
        const drawn = remembered(canvases, key, () => drawObject(/** @type {HTMLCanvasElement} */ (picture), source, doc, cut, others));
        const behind = worked(behinds, key, () => behindSteps(source, doc, cut, (x, y) => others.some((one) => covers(one, x, y))), until);
        pending ||= behind === undefined;
        if (behind && !finer.has(behind)) finer.set(behind, canvasFrom(behind));
        made.push({ carry: createCarry(whole, tracks, cut.box, camera, doc.size_wh), box: cut.box, thing: drawn.thing, behind: (behind && finer.get(behind)) ?? drawn.behind });
      }
      const bent = bends.flatMap((n) => bendOf(n) ?? []);
      return { base, carried, bends: bent, sampled: whole, objects: made, pending };
    },
  };
}

/** @param {XY[]} points */
const rounded = (points) => points.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join(' ');

/** @param {number[]} a @param {number[]} b */
const meet = (a, b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];

/** @param {HTMLCanvasElement} picture @param {import('./zones.mjs').Pixels} pixels @param {Doc} doc @param {Cut} cut @param {Cut[]} others */
function drawObject(picture, pixels, doc, cut, others) {
  const [x, y, w, h] = cut.box;
  const [sx, sy] = [picture.width / doc.size_wh[0], picture.height / doc.size_wh[1]];
  const matte = fromPixels(cut.cols, cut.rows, (i) => [0, 0, 0, 255 * Math.min(1, Math.max(0, (cut.alpha[i] - 0.3) / 0.5))]);
  const thing = canvasOf(Math.round(w * sx), Math.round(h * sy));
  const ctx = /** @type {CanvasRenderingContext2D} */ (thing.getContext('2d'));
  ctx.imageSmoothingQuality = 'high';
  ctx.drawImage(picture, x * sx, y * sy, w * sx, h * sy, 0, 0, thing.width, thing.height);
  ctx.globalCompositeOperation = 'destination-in';
  ctx.drawImage(matte, 0, 0, thing.width, thing.height);
  const place = placeBehind(pixels, doc, cut, (px, py) => others.some((other) => covers(other, px, py)));
  const behind = fromPixels(cut.cols, cut.rows, (i) => [place.rgb[3 * i], place.rgb[3 * i + 1], place.rgb[3 * i + 2], 255 * place.alpha[i]]);
  return { thing, behind };
}

/** @param {Cut} cut @param {number} x @param {number} y */
function covers({ box, cols, rows, alpha }, x, y) {
  const [c, r] = [Math.floor(((x - box[0]) / box[2]) * cols), Math.floor(((y - box[1]) / box[3]) * rows)];
  return c >= 0 && r >= 0 && c < cols && r < rows && alpha[r * cols + c] > 0.03;
}

/** Between the cells' centres. @param {Float32Array} values @param {number} cols @param {number} rows @param {number} x @param {number} y */
function sampleAt(values, cols, rows, x, y) {
  const [cx, cy] = [Math.min(cols - 1, Math.max(0, x)), Math.min(rows - 1, Math.max(0, y))];
  const [c, r] = [Math.min(cols - 2, Math.floor(cx)), Math.min(rows - 2, Math.floor(cy))];
  const [u, v] = [cx - c, cy - r];
  const i = r * cols + c;
  return (1 - v) * ((1 - u) * values[i] + u * values[i + 1]) + v * ((1 - u) * values[i + cols] + u * values[i + cols + 1]);
}

/** @param {number} width @param {number} height */
function canvasOf(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
  return canvas;
}

/** @param {import('./fill.mjs').Behind} behind @returns {HTMLCanvasElement} */
function canvasFrom({ cols, rows, rgba }) {
  const canvas = canvasOf(cols, rows);
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const image = ctx.createImageData(cols, rows);
  image.data.set(rgba);
  ctx.putImageData(image, 0, 0);
  return canvas;
}

/** @param {number} cols @param {number} rows @param {(i: number) => number[]} rgba @returns {HTMLCanvasElement} */
function fromPixels(cols, rows, rgba) {
  const canvas = canvasOf(cols, rows);
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const image = ctx.createImageData(cols, rows);
  for (let i = 0; i < cols * rows; i++) image.data.set(rgba(i), 4 * i);
  ctx.putImageData(image, 0, 0);
  return canvas;
}
