// What a version 1 document may hold. Reading is strict, because a document that is guessed at would be saved over.

import { isDense, isRounded } from './dense.mjs';
import { isEasing } from '../timing/easing.mjs';

/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {{where: string, what: string, fix: string}} Problem */
/** @typedef {Map<any, {what: string, fix: string}>} Faults by layer: why its stored tracks could not be decoded */

export const VERSION = 1;
/** text in bytes of UTF-8; norm: how far outside the picture a coordinate may lie */
export const LIMITS = Object.freeze({ text: 5_000_000, depth: 32, layers: 2000, points: 4096, tracks: 20000, samples: 16_000_000, frame: 100_000, norm: 16, frames: 4001, side: 16384, name: 200, id: 64, mask: 4_000_000 });

const COMMON = { name: '', color: null, visible: true, locked: false };
const DEFAULTS = {
  path: { ...COMMON, times: null, curve: 'straight', closed: false, timing: 'arc', speeds: null, start: 0, before: 'hold', after: 'hold', easing: 'linear', hidden: [] },
  anchors: { ...COMMON },
  region: { ...COMMON, polygon: null, mask: null, density: 1, pivot: [0.5, 0.5], keys: [], easing: 'linear', hidden: [] },
  dense: { ...COMMON },
};

/** @param {any} raw @returns {Doc} */
export function completeDocument(raw) {
  const document = { fps: 16, fit: 'crop', picture: null, camera: null, ...raw };
  const { frames } = document;
  if (Array.isArray(raw.layers)) document.layers = raw.layers.map((/** @type {any} */ layer) => completeLayer(layer, frames));
  if (raw.camera && typeof raw.camera === 'object') document.camera = completeCamera(raw.camera);
  return document;
}

/** @param {any} raw */
function completeCamera(raw) {
  const camera = { keys: [], easing: 'linear', ...raw };
  return Array.isArray(camera.keys) ? { ...camera, keys: sortKeys(camera.keys) } : camera;
}

/** Fill in absent optional fields; unknown ones stay. What is no layer is returned as it is. @param {any} raw @param {number} [frames] @returns {any} */
export function completeLayer(raw, frames = 81) {
  if (raw === null || typeof raw !== 'object' || !Object.hasOwn(DEFAULTS, raw.type)) return raw;
  const end = raw.type === 'path' ? { end: Math.max(0, frames - 1) } : {};
  const layer = { .../** @type {any} */ (DEFAULTS)[raw.type], ...end, ...raw };
  return Array.isArray(layer.keys) ? { ...layer, keys: sortKeys(layer.keys) } : layer;
}

/** @param {any[]} keys @returns {any[]} */
function sortKeys(keys) {
  return keys.every((k, i) => i === 0 || !(k?.frame < keys[i - 1]?.frame)) ? keys : [...keys].sort((a, b) => a?.frame - b?.frame);
}

/** Every problem found (at most 20), none for a valid document. @param {any} doc decoded @param {Faults} [faults] @returns {Problem[]} */
export function validateDocument(doc, faults = new Map()) {
  const check = new Checker();
  if (!check.object(doc, 'document')) return check.problems;
  check.that(doc.version === VERSION, 'version', `is ${show(doc.version)}`, `use ${VERSION}`);
  check.that(isPair(doc.size_wh) && doc.size_wh.every((/** @type {any} */ v) => isInt(v, 8, LIMITS.side)), 'size_wh', `is ${show(doc.size_wh)}`, `give [width, height], whole numbers from 8 to ${LIMITS.side}`);
  check.that(isInt(doc.frames, 1, LIMITS.frames), 'frames', `is ${show(doc.frames)}`, `use 1 to ${LIMITS.frames}`);
  check.that(isNumber(doc.fps) && doc.fps > 0, 'fps', `is ${show(doc.fps)}`, 'use a positive number, such as 16');
  check.that(['crop', 'stretch', 'pad', 'area'].includes(doc.fit), 'fit', `is ${show(doc.fit)}`, 'use crop, stretch, pad or area');
  check.that(doc.picture === null || (typeof doc.picture === 'object' && !Array.isArray(doc.picture)), 'picture', `is ${show(doc.picture)}`, 'use an object or null');
  if (doc.picture?.size_wh != null) check.that(isPair(doc.picture.size_wh) && doc.picture.size_wh.every((/** @type {any} */ v) => isInt(v, 1, 1 << 20)), 'picture / size_wh', `is ${show(doc.picture.size_wh)}`, 'give [width, height] in pixels');
  if (check.that(Array.isArray(doc.layers), 'layers', `is ${show(doc.layers)}`, 'give a list') && check.that(doc.layers.length <= LIMITS.layers, 'layers', `${doc.layers.length} of them, at most ${LIMITS.layers} are read`, 'merge layers')) {
    const ids = new Set();
    for (let i = 0; i < doc.layers.length && !check.full; i++) checkLayer(check, doc.layers[i], i, ids, faults);
  }
  if (doc.camera !== null && check.object(doc.camera, 'camera')) {
    checkKeys(check, doc.camera.keys, 'camera / keys', (key, where) => {
      check.that(isPoint(key.truck), `${where} / truck`, `is ${show(key.truck)}`, 'give [x, y]');
      check.that(isNumber(key.zoom) && key.zoom > 0, `${where} / zoom`, `is ${show(key.zoom)}`, 'use a number above 0');
      check.that(isNumber(key.roll), `${where} / roll`, `is ${show(key.roll)}`, 'use degrees');
    });
    checkEasing(check, doc.camera.easing, 'camera / easing');
  }
  return check.problems;
}

class Checker {
  constructor() {
    /** @type {Problem[]} */
    this.problems = [];
  }
  get full() {
    return this.problems.length >= 20;
  }
  /** @param {boolean} fine @param {string} where @param {string} what @param {string} fix */
  that(fine, where, what, fix) {
    if (!fine && !this.full) this.problems.push({ where, what, fix });
    return fine;
  }
  /** @param {any} value @param {string} where */
  object(value, where) {
    return this.that(value !== null && typeof value === 'object' && !Array.isArray(value), where, `is ${show(value)}`, 'give an object');
  }
}

/** @param {Checker} check @param {any} layer @param {number} index @param {Set<string>} ids @param {Faults} faults */
function checkLayer(check, layer, index, ids, faults) {
  let where = `layer ${index + 1}`;
  if (!check.object(layer, where)) return;
  if (typeof layer.name === 'string' && layer.name) where += ` (${layer.name.slice(0, 40)})`;
  if (!check.that(Object.hasOwn(DEFAULTS, layer.type), `${where} / type`, `is ${show(layer.type)}`, 'use path, anchors, region or dense')) return;
  const fine = check.that(typeof layer.id === 'string' && layer.id.length > 0 && layer.id.length <= LIMITS.id, `${where} / id`, `is ${show(layer.id)}`, `use 1 to ${LIMITS.id} characters`);
  if (fine) check.that(!ids.has(layer.id), `${where} / id`, `${show(layer.id)} is used twice`, 'give every layer its own id');
  ids.add(layer.id);
  check.that(typeof layer.name === 'string' && layer.name.length <= LIMITS.name, `${where} / name`, `is ${show(layer.name)}`, `use at most ${LIMITS.name} characters`);
  for (const key of ['visible', 'locked']) check.that(typeof layer[key] === 'boolean', `${where} / ${key}`, `is ${show(layer[key])}`, 'use true or false');
  if (layer.color != null) check.that(typeof layer.color === 'string' && layer.color.length <= 64, `${where} / color`, `is ${show(layer.color)}`, 'use a colour such as #6699ff');
  if (layer.type === 'path') checkPath(check, layer, where);
  else if (layer.type === 'anchors') checkPoints(check, layer.points, `${where} / points`, 0, LIMITS.tracks);
  else if (layer.type === 'region') checkRegion(check, layer, where);
  else checkDense(check, layer, `${where} / tracks`, faults.get(layer));
}

/** @param {Checker} check @param {any} layer @param {string} where */
function checkPath(check, layer, where) {
  if (!checkPoints(check, layer.points, `${where} / points`, 1, LIMITS.points)) return;
  const n = layer.points.length;
  const { times, speeds } = layer;
  if (times !== null) {
    const counted = Array.isArray(times) && (times.length === n || (layer.closed && times.length === n + 1));
    if (check.that(counted, `${where} / times`, `has ${times?.length} entries for ${n} points`, 'give one per point, or null')) {
      const ascending = times.every((/** @type {any} */ t, /** @type {number} */ i) => isNumber(t) && t >= 0 && t <= 1 && (i === 0 || t >= times[i - 1]));
      const ends = times.length < 2 || (times[0] === 0 && times[times.length - 1] === 1);
      check.that(ascending && ends, `${where} / times`, 'do not rise from 0 to 1', 'start at 0, end at 1, never go back');
    }
  }
  if (speeds !== null) check.that(Array.isArray(speeds) && speeds.length === n && speeds.every((v) => isNumber(v) && Math.abs(v) <= 1e6), `${where} / speeds`, 'are not one number per point', 'give one per point, or null');
  check.that(['straight', 'cubic', 'catmull-rom'].includes(layer.curve), `${where} / curve`, `is ${show(layer.curve)}`, 'use straight, cubic or catmull-rom');
  check.that(typeof layer.closed === 'boolean', `${where} / closed`, `is ${show(layer.closed)}`, 'use true or false');
  check.that(['arc', 'published'].includes(layer.timing), `${where} / timing`, `is ${show(layer.timing)}`, 'use arc or published');
  const last = LIMITS.frame;
  check.that(isInt(layer.start, 0, last) && isInt(layer.end, 0, last) && layer.start <= layer.end, `${where} / start, end`, `are ${show(layer.start)} and ${show(layer.end)}`, 'use whole frames, 0 <= start <= end');
  for (const key of ['before', 'after']) check.that(['hold', 'hide'].includes(layer[key]), `${where} / ${key}`, `is ${show(layer[key])}`, 'use hold or hide');
  checkEasing(check, layer.easing, `${where} / easing`);
  checkHidden(check, layer.hidden, `${where} / hidden`);
}

/** @param {Checker} check @param {any} layer @param {string} where @param {{what: string, fix: string}|undefined} fault */
function checkDense(check, layer, where, fault) {
  const { tracks } = layer;
  if (fault) check.that(false, where, fault.what, fault.fix);
  else if (typeof tracks === 'string') check.that(false, where, 'is text that was not decoded', 'read the whole document with parseDocument');
  else if (check.that(isDense(tracks), where, `is ${show(tracks)}`, 'give text')) check.that(isRounded(tracks), where, 'holds numbers that would change when stored', 'make it with makeDense');
}

/** @param {Checker} check @param {any} layer @param {string} where */
function checkRegion(check, layer, where) {
  const { polygon, mask } = layer;
  check.that(polygon !== null || mask !== null, where, 'has neither polygon nor mask', 'draw it again');
  if (polygon !== null) checkPoints(check, polygon, `${where} / polygon`, 3, LIMITS.points);
  if (mask !== null && check.object(mask, `${where} / mask`)) {
    const size = mask.size_wh;
    const sized = isPair(size) && size.every((/** @type {any} */ v) => isInt(v, 1, LIMITS.mask)) && size[0] * size[1] <= LIMITS.mask;
    if (check.that(sized, `${where} / mask / size_wh`, `is ${show(size)}`, `give [columns, rows] of at most ${LIMITS.mask} pixels`)) {
      const counted = Array.isArray(mask.runs) && mask.runs.every((/** @type {any} */ v) => isInt(v, 0, LIMITS.mask));
      const sum = counted ? mask.runs.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0) : NaN;
      check.that(sum === size[0] * size[1], `${where} / mask / runs`, `add up to ${sum}, the mask has ${size[0] * size[1]} pixels`, 'draw it again');
    }
  }
  check.that(isNumber(layer.density) && layer.density > 0 && layer.density <= 1, `${where} / density`, `is ${show(layer.density)}`, 'use a number above 0 up to 1');
  check.that(isPoint(layer.pivot), `${where} / pivot`, `is ${show(layer.pivot)}`, 'give [x, y]');
  checkKeys(check, layer.keys, `${where} / keys`, (key, at) => {
    check.that(isPoint(key.offset), `${at} / offset`, `is ${show(key.offset)}`, 'give [x, y]');
    check.that(isNumber(key.rotate), `${at} / rotate`, `is ${show(key.rotate)}`, 'use degrees');
    check.that(isNumber(key.scale) && key.scale > 0, `${at} / scale`, `is ${show(key.scale)}`, 'use a number above 0');
  });
  checkEasing(check, layer.easing, `${where} / easing`);
  checkHidden(check, layer.hidden, `${where} / hidden`);
}

/** @param {Checker} check @param {any} points @param {string} where @param {number} least @param {number} most */
function checkPoints(check, points, where, least, most) {
  if (!check.that(Array.isArray(points), where, `is ${show(points)}`, 'give a list of [x, y]')) return false;
  if (!check.that(points.length >= least && points.length <= most, where, `${points.length} of them`, `use ${least} to ${most}`)) return false;
  const bad = points.findIndex((/** @type {any} */ p) => !isPoint(p));
  return check.that(bad < 0, `${where}[${bad}]`, `is ${show(points[bad])}`, `give [x, y], 0-1 of the picture, at most ${LIMITS.norm} away`);
}

/** @param {Checker} check @param {any} keys @param {string} where @param {(key: any, where: string) => void} each */
function checkKeys(check, keys, where, each) {
  if (!check.that(Array.isArray(keys) && keys.length <= LIMITS.frames, where, `is ${show(keys)}`, 'give a list')) return;
  for (let i = 0; i < keys.length && !check.full; i++) {
    const at = `${where}[${i}]`;
    if (!check.object(keys[i], at)) continue;
    check.that(isInt(keys[i].frame, 0, LIMITS.frame), `${at} / frame`, `is ${show(keys[i].frame)}`, 'use a whole frame from 0');
    if (i > 0) check.that(keys[i].frame > keys[i - 1].frame, `${at} / frame`, 'is used twice', 'keep one key per frame');
    each(keys[i], at);
  }
}

/** @param {Checker} check @param {any} hidden @param {string} where */
function checkHidden(check, hidden, where) {
  const fine = Array.isArray(hidden) && hidden.length <= LIMITS.frames && hidden.every((h) => isPair(h) && isInt(h[0], 0, LIMITS.frame) && isInt(h[1], h[0], LIMITS.frame));
  check.that(fine, where, 'are not [first, last] frames', 'use whole frames, first <= last');
}

/** @param {Checker} check @param {any} easing @param {string} where */
function checkEasing(check, easing, where) {
  check.that(isEasing(easing), where, `is ${show(easing)}`, 'use linear, ease-in, ease-out, ease-in-out or [x1, y1, x2, y2] with x in 0-1');
}

/** @param {any} v @returns {v is number} */
const isNumber = (v) => typeof v === 'number' && Number.isFinite(v);
/** @param {any} v @param {number} least @param {number} most */
const isInt = (v, least, most) => Number.isInteger(v) && v >= least && v <= most;
/** @param {any} v */
const isPair = (v) => Array.isArray(v) && v.length === 2;
/** @param {any} v */
const isPoint = (v) => isPair(v) && v.every((/** @type {any} */ c) => isNumber(c) && Math.abs(c) <= LIMITS.norm);

/** A value as it may be told: short, one line, and cheap, since it is made whether it is needed or not. @param {any} value @returns {string} */
function show(value) {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 50));
  if (value === null || typeof value !== 'object') return String(value);
  if (!Array.isArray(value)) return 'an object';
  if (value.length > 4) return `a list of ${value.length}`;
  return `[${value.map((v) => (Array.isArray(v) ? 'a list' : show(v))).join(',')}]`;
}
