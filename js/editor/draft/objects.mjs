// What a draft is made of: the tracks that bend the picture, and the things that are cut out of it, each with what shows behind it.

import { createCarry, mapsOf } from './carry.mjs';
import { createCrew } from './crew.mjs';
import { applyAffine, IDENTITY } from '../geometry/affine.mjs';
import { draftGroups } from './groups.mjs';
import { withRides } from './rides.mjs';
import { placeBehind, roughCut } from './zones.mjs';
import { layerById } from '../motion/document/document.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('./zones.mjs').Cut} Cut */
/** @typedef {import('./crew.mjs').Results} Results */
/** @typedef {import('./crew.mjs').Job} Job */
/** @typedef {import('../motion/checks/picture.mjs').Thing} Thing */
/** @typedef {{carry: import('./carry.mjs').Carry, box: [number, number, number, number], thing: HTMLCanvasElement, behind: HTMLCanvasElement}} DraftObject */

const MOST_BY_COLOR = 12;
const MOST_OBJECTS = 24;
const MOST_BENDS = 24;
const MOST_KEPT = 96;
/** Cuts are looked for on a copy no larger than this. */
const WORK_SIDE_PX = 900;

/**
 * Cuts are kept while their points and the picture stay, so that an edit elsewhere costs nothing. They are made elsewhere (crew.mjs): until then a thing moves as it is
 * roughly. @param {Parameters<typeof createCrew>[1]} [options] */
export function createCutter(options) {
  /** @type {HTMLCanvasElement|null} */
  let picture = null;
  /** @type {import('./zones.mjs').Pixels|null} */
  let pixels = null;
  /** What the crew made, by key. @type {Map<string, Results[keyof Results]>} */
  let made = new Map();
  /** @type {Map<string, HTMLCanvasElement>} */
  let canvases = new Map();
  /** @type {Map<string, Cut|null>} */
  let roughs = new Map();
  const crew = createCrew((job, result) => keep(made, job.key, result), options);
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
    const copy = canvasOf(Math.round(source.width * scale), Math.round(source.height * scale));
    const ctx = /** @type {CanvasRenderingContext2D} */ (copy.getContext('2d', { willReadFrequently: true }));
    ctx.drawImage(source, 0, 0, copy.width, copy.height);
    const { data, width, height } = ctx.getImageData(0, 0, copy.width, copy.height);
    return { data, width, height };
  }

  /** @template T @param {Map<string, T>} kept @param {string} key @param {T} value */
  function keep(kept, key, value) {
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > MOST_KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  }

  /** @template T @param {Map<string, T>} kept @param {string} key @param {() => T} make @returns {T} */
  function remembered(kept, key, make) {
    const value = kept.has(key) ? /** @type {T} */ (kept.get(key)) : make();
    keep(kept, key, value);
    return value;
  }

  return {
    /** @param {HTMLCanvasElement} next */
    setPicture(next) {
      picture = next;
      pixels = null;
      made = new Map();
      canvases = new Map();
      crew.want([]);
    },
    /** The crew goes on; true: something is ready, and `cut` gives more than before. */
    goOn: () => crew.goOn(),
    end: () => crew.end(),
    /** @param {Doc} doc @param {import('../motion/document/types.mjs').Sampled} sampled @param {((frame: number) => import('../geometry/affine.mjs').Affine)|null} camera @returns {{base: number[], carried: number[], bends: {track: number, at: (x: number, y: number) => number}[], sampled: import('../motion/document/types.mjs').Sampled, objects: DraftObject[], things: Thing[], pending: boolean}} things: what was cut, for who asks what moves; sampled: hidden points ride with their things; pending: call again, some things are not cut yet */
    cut(doc, sampled, camera) {
      if (known?.doc !== doc || known.sampled !== sampled) {
        const groups = draftGroups(doc, sampled);
        known = { doc, sampled, groups, whole: withRides(sampled, groups.objects.map((group) => group.tracks), groups.carried) };
      }
      const { groups: { carried, objects }, whole } = known;
      const base = [...known.groups.base];
      if (!picture || !objects.length) return { base: [...base, ...objects.flatMap((group) => group.tracks)], carried, bends: [], sampled: whole, objects: [], things: [], pending: false };
      if (!pixels) crew.setPixels((pixels = readPixels()));
      const source = pixels;
      const { size_wh } = doc;
      /** @type {Job[]} */
      const wanted = [];
      /** What a job gave; undefined: it is asked for. @template {keyof Results} What @param {Job & {what: What}} job @returns {Results[What]|undefined} */
      const asked = (job) => {
        const result = made.get(job.key);
        if (result === undefined) wanted.push(job);
        else keep(made, job.key, result);
        return /** @type {Results[What]|undefined} */ (result);
      };
      const starts = (/** @type {number[]} */ tracks) => tracks.map((n) => /** @type {XY} */ ([sampled.xy[2 * n], sampled.xy[2 * n + 1]]));
      /** `final`: cut by the crew; the rough one is shown until the place behind it is ready as well. @type {{tracks: number[], cut: Cut, rough: Cut, final: boolean}[]} */
      const found = [];
      /** Tracks of which nothing is known yet: they take along what is near. @type {number[]} */
      const waiting = [];
      /** Lone points on something that nothing sets apart. @type {number[]} */
      const bends = [];
      objects.forEach((group, i) => {
        const own = starts(group.tracks);
        const others = objects.filter((other) => other !== group).flatMap((other) => starts(other.tracks));
        const layer = group.region ? layerById(doc, group.region) : null;
        const region = layer?.type === 'region' ? layer : null;
        const key = `${size_wh} ${region ? nameOf(region.mask ?? region.polygon ?? region) : `${rounded(own)} / ${rounded(others)}`}`;
        const rough = () => remembered(roughs, key, () => roughCut(doc, own, others, region));
        const job = (/** @type {boolean} */ byColor) => asked({ key: `${byColor ? 'c' : 's'} ${key}`, size_wh, what: 'cut', own, others: region ? [] : others, region, byColor });
        const byColor = i < MOST_BY_COLOR && !region ? job(true) : null;
        // Until it is known to be a thing, too: never a disc that slides over a face.
        if (!byColor && !region && group.tracks.length === 1 && !group.stirs) {
          if (byColor === undefined) waiting.push(...group.tracks);
          else if (bends.length < MOST_BENDS) bends.push(...group.tracks);
          else base.push(...group.tracks);
          return;
        }
        const cut = byColor || group.stirs || byColor === undefined ? byColor : job(false);
        const shown = cut ?? (group.stirs || cut === null ? null : rough());
        if (shown && found.length < MOST_OBJECTS) found.push({ tracks: group.tracks, cut: shown, rough: rough() ?? shown, final: !!cut });
        else (cut === undefined ? waiting : base).push(...group.tracks);
      });
      /** @type {Thing[]} */
      const things = found.flatMap(({ tracks, cut: { box, cols, rows, alpha }, final }) => (final ? [{ tracks, lone: false, box, cols, rows, alpha, mapAt: mapsOf(whole, tracks, camera) }] : []));
      const bent = bends.map((n) => {
        const [point] = starts([n]);
        const held = starts(base).filter(([x, y]) => Math.hypot(x - point[0], y - point[1]) > 8);
        let travel_px = 0;
        for (let f = 1; f < whole.frames; f++) {
          const at = (f * whole.count + n) * 2;
          const [x, y] = applyAffine(camera?.(f) ?? IDENTITY, point);
          travel_px = Math.max(travel_px, Math.hypot(whole.xy[at] - x, whole.xy[at + 1] - y));
        }
        const cols = Math.max(8, Math.min(104, Math.round(size_wh[0] / 8)));
        const rows = Math.max(8, Math.round((cols * size_wh[1]) / size_wh[0]));
        const weights = asked({ key: `b ${size_wh} ${rounded([point, ...held])} ${Math.round(travel_px)}`, size_wh, what: 'bend', point, travel_px, held, cols, rows });
        // What a person may want to move instead: looked for around the point, not at it alone.
        const around = ringAround(point, 0.2 * Math.min(...size_wh), size_wh);
        const grown = weights && asked({ key: `c ${size_wh} ring ${rounded(around)}`, size_wh, what: 'cut', own: around, others: [], region: null, byColor: true, plain: true });
        if (weights) things.push({ tracks: [n], lone: true, grown, box: [0, 0, ...size_wh], cols, rows, alpha: weights, mapAt: mapsOf(whole, [n], camera) });
        return weights ? { track: n, at: (/** @type {number} */ x, /** @type {number} */ y) => sampleAt(weights, cols, rows, (x / size_wh[0]) * cols - 0.5, (y / size_wh[1]) * rows - 0.5) } : n;
      });
      for (const one of bent) if (typeof one === 'number') waiting.push(one);
      const ready = found.map(({ tracks, cut, rough, final }) => {
        const others = found.map((one) => one.cut).filter((one) => one !== cut && meet(one.box, cut.box));
        const key = [cut, ...others].map(nameOf).join(' ');
        const place = final ? asked({ key: `p ${key}`, size_wh, what: 'place', cut, taken: others }) : undefined;
        const shown = place ? cut : rough;
        const fill = place && asked({ key: `f ${key}`, size_wh, what: 'fill', cut, taken: others });
        const behind = fill ? remembered(canvases, `f ${key}`, () => canvasFrom(fill)) : remembered(canvases, place ? `p ${key}` : `r ${nameOf(rough)}`, () => canvasOfPlace(shown, place ?? placeBehind(source, doc, rough, () => false)));
        const thing = remembered(canvases, `t ${nameOf(shown)}`, () => thingOf(/** @type {HTMLCanvasElement} */ (picture), doc, shown));
        return { carry: createCarry(whole, tracks, shown.box, camera, size_wh), box: shown.box, thing, behind };
      });
      crew.want(wanted);
      return { base: [...base, ...waiting], carried, bends: bent.flatMap((one) => (typeof one === 'number' ? [] : one)), sampled: whole, objects: ready, things, pending: wanted.length > 0 };
    },
  };
}

/** A point and six around it, in the frame. @param {XY} point @param {number} radius_px @param {[number, number]} size_wh @returns {XY[]} */
function ringAround([x, y], radius_px, [width, height]) {
  const ring = Array.from({ length: 6 }, (_, k) => /** @type {XY} */ ([x + radius_px * Math.cos((k * Math.PI) / 3), y + radius_px * Math.sin((k * Math.PI) / 3)]));
  return [[x, y], ...ring.map(([px, py]) => /** @type {XY} */ ([Math.min(width - 1, Math.max(0, px)), Math.min(height - 1, Math.max(0, py))]))];
}

/** @param {XY[]} points */
const rounded = (points) => points.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join(' ');

/** @param {number[]} a @param {number[]} b */
const meet = (a, b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];

/** @param {HTMLCanvasElement} picture @param {Doc} doc @param {Cut} cut @returns {HTMLCanvasElement} */
function thingOf(picture, doc, cut) {
  const [x, y, w, h] = cut.box;
  const [sx, sy] = [picture.width / doc.size_wh[0], picture.height / doc.size_wh[1]];
  const matte = fromPixels(cut.cols, cut.rows, (i) => [0, 0, 0, 255 * Math.min(1, Math.max(0, (cut.alpha[i] - 0.3) / 0.5))]);
  const thing = canvasOf(Math.round(w * sx), Math.round(h * sy));
  const ctx = /** @type {CanvasRenderingContext2D} */ (thing.getContext('2d'));
  ctx.imageSmoothingQuality = 'high';
  ctx.drawImage(picture, x * sx, y * sy, w * sx, h * sy, 0, 0, thing.width, thing.height);
  ctx.globalCompositeOperation = 'destination-in';
  ctx.drawImage(matte, 0, 0, thing.width, thing.height);
  return thing;
}

/** @param {Cut} cut @param {Results["place"]} place @returns {HTMLCanvasElement} */
const canvasOfPlace = (cut, place) => fromPixels(cut.cols, cut.rows, (i) => [place.rgb[3 * i], place.rgb[3 * i + 1], place.rgb[3 * i + 2], 255 * place.alpha[i]]);

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
