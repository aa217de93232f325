// What a version 1 document may hold. Reading is strict, because a document that is guessed at would be saved over.

import { isDense, isRounded } from './dense.mjs';
import { isObject, listOf } from './json.mjs';
import { isEasing } from '../timing/easing.mjs';

/** @typedef {import('./types.mjs').Doc} Doc */
/** @typedef {{where: string, what: string, fix: string}} Problem */
/** @typedef {import('./json.mjs').Fields} Fields */
/** @typedef {Map<unknown, {what: string, fix: string}>} Faults by layer: why its stored tracks could not be decoded */

export const VERSION = 1;
/** text in bytes of UTF-8; norm: how far outside the picture a coordinate may lie */
export const LIMITS = Object.freeze({ text: 5_000_000, depth: 32, layers: 2000, points: 4096, tracks: 20000, samples: 16_000_000, frame: 100_000, norm: 16, frames: 4001, side: 16384, name: 200, id: 64, mask: 4_000_000 });

/** Sides of a crop, as a share of the picture's. */
const LEAST_CROP = 0.001;

const COMMON = { name: '', color: null, visible: true, locked: false };
const DEFAULTS = {
  path: { ...COMMON, times: null, curve: 'straight', closed: false, timing: 'arc', speeds: null, start: 0, before: 'hold', after: 'hold', easing: 'linear', hidden: [] },
  anchors: { ...COMMON },
  region: { ...COMMON, polygon: null, mask: null, density: 1, keys: [], easing: 'linear', hidden: [] },
  dense: { ...COMMON },
};

const REGION_KEY = { offset: [0, 0], rotate: 0, scale: 1 };
const CAMERA_KEY = { truck: [0, 0], zoom: 1, roll: 0 };

/** The optional fields of a stored document filled in; what is wrong stays for validateDocument to tell. @param {Fields} raw @returns {Fields} */
export function completeDocument(raw) {
  /** @type {Fields} */
  const document = { fps: 16, fit: 'crop', picture: null, camera: null, ...raw };
  const frames = Number(document.frames);
  if (Array.isArray(raw.layers)) document.layers = raw.layers.map((layer) => completeLayer(layer, frames));
  if (raw.camera && typeof raw.camera === 'object') document.camera = withKeys({ keys: [], easing: 'linear', ...raw.camera }, CAMERA_KEY);
  return document;
}

/** Fill in absent optional fields; unknown ones stay. What is no layer is returned as it is. @template T @param {T} raw @param {number} [frames] @returns {T|Fields} */
export function completeLayer(raw, frames = 81) {
  if (!isObject(raw) || !isKind(raw.type)) return raw;
  const end = raw.type === 'path' ? { end: Math.max(0, frames - 1, Number(raw.start ?? 0) || 0) } : {};
  return withKeys({ ...DEFAULTS[raw.type], ...end, ...raw }, REGION_KEY);
}

/** @param {unknown} type @returns {type is keyof typeof DEFAULTS} */
const isKind = (type) => typeof type === 'string' && Object.hasOwn(DEFAULTS, type);

/** Keys in the order of their frames, each with what it may leave out. @param {Fields} owner @param {Fields} absent @returns {Fields} */
function withKeys(owner, absent) {
  if (!Array.isArray(owner.keys)) return owner;
  const names = Object.keys(absent);
  const whole = owner.keys.every((key) => !isObject(key) || names.every((name) => name in key));
  const keys = whole ? owner.keys : owner.keys.map((key) => (isObject(key) ? { ...absent, ...key } : key));
  if (keys.every((k, i) => i === 0 || !(k?.frame < keys[i - 1]?.frame))) return whole ? owner : { ...owner, keys };
  return { ...owner, keys: [...keys].sort((a, b) => a?.frame - b?.frame) };
}

/** Every problem found (at most 20), none for a valid document. @param {unknown} doc decoded @param {Faults} [faults] @returns {Problem[]} */
export function validateDocument(doc, faults = new Map()) {
  const check = new Checker();
  if (!check.object(doc, 'document')) return check.problems;
  check.that(doc.version === VERSION, 'version', `is ${show(doc.version)}`, `use ${VERSION}`);
  check.that(isSize(doc.size_wh, 8, LIMITS.side), 'size_wh', `is ${show(doc.size_wh)}`, `give [width, height], whole numbers from 8 to ${LIMITS.side}`);
  check.that(isInt(doc.frames, 1, LIMITS.frames), 'frames', `is ${show(doc.frames)}`, `use 1 to ${LIMITS.frames}`);
  check.that(isNumber(doc.fps) && doc.fps > 0, 'fps', `is ${show(doc.fps)}`, 'use a positive number, such as 16');
  check.that(isOneOf(doc.fit, ['crop', 'stretch', 'pad', 'area']), 'fit', `is ${show(doc.fit)}`, 'use crop, stretch, pad or area');
  check.that(doc.picture === null || isObject(doc.picture), 'picture', `is ${show(doc.picture)}`, 'use an object or null');
  const picture_wh = isObject(doc.picture) ? doc.picture.size_wh : null;
  if (picture_wh != null) check.that(isSize(picture_wh, 1, 1 << 20), 'picture / size_wh', `is ${show(picture_wh)}`, 'give [width, height] in pixels');
  if (doc.crop != null) check.that(isCrop(doc.crop), 'crop', `is ${show(doc.crop)}`, 'give [x, y, width, height], 0-1 of the picture');
  const { layers } = doc;
  if (check.list(layers, 'layers', 'give a list') && check.that(layers.length <= LIMITS.layers, 'layers', `${layers.length} of them, at most ${LIMITS.layers} are read`, 'merge layers')) {
    const ids = new Set();
    for (let i = 0; i < layers.length && !check.full; i++) checkLayer(check, layers[i], i, ids, faults);
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
  /** @param {unknown} value @param {string} where @returns {value is Fields} */
  object(value, where) {
    return this.that(isObject(value), where, `is ${show(value)}`, 'give an object');
  }
  /** @param {unknown} value @param {string} where @param {string} fix @returns {value is unknown[]} */
  list(value, where, fix) {
    return this.that(Array.isArray(value), where, `is ${show(value)}`, fix);
  }
}

/** @param {Checker} check @param {unknown} layer @param {number} index @param {Set<unknown>} ids @param {Faults} faults */
function checkLayer(check, layer, index, ids, faults) {
  let where = `layer ${index + 1}`;
  if (!check.object(layer, where)) return;
  if (typeof layer.name === 'string' && layer.name) where += ` (${layer.name.slice(0, 40)})`;
  if (!check.that(isKind(layer.type), `${where} / type`, `is ${show(layer.type)}`, 'use path, anchors, region or dense')) return;
  const { id } = layer;
  const fine = check.that(typeof id === 'string' && id.length > 0 && id.length <= LIMITS.id, `${where} / id`, `is ${show(id)}`, `use 1 to ${LIMITS.id} characters`);
  if (fine) check.that(!ids.has(id), `${where} / id`, `${show(id)} is used twice`, 'give every layer its own id');
  ids.add(id);
  check.that(typeof layer.name === 'string' && layer.name.length <= LIMITS.name, `${where} / name`, `is ${show(layer.name)}`, `use at most ${LIMITS.name} characters`);
  for (const key of ['visible', 'locked']) check.that(typeof layer[key] === 'boolean', `${where} / ${key}`, `is ${show(layer[key])}`, 'use true or false');
  if (layer.pinned !== undefined) check.that(typeof layer.pinned === 'boolean', `${where} / pinned`, `is ${show(layer.pinned)}`, 'use true or false');
  if (layer.color != null) check.that(typeof layer.color === 'string' && layer.color.length <= 64, `${where} / color`, `is ${show(layer.color)}`, 'use a colour such as #6699ff');
  if (layer.type === 'path') checkPath(check, layer, where);
  else if (layer.type === 'anchors') checkPoints(check, layer.points, `${where} / points`, 0, LIMITS.tracks);
  else if (layer.type === 'region') checkRegion(check, layer, where);
  else checkDense(check, layer, `${where} / tracks`, faults.get(layer));
}

/** @param {Checker} check @param {Fields} layer @param {string} where */
function checkPath(check, layer, where) {
  const { points, times, speeds } = layer;
  if (!checkPoints(check, points, `${where} / points`, 1, LIMITS.points)) return;
  const n = points.length;
  if (times !== null) {
    const list = Array.isArray(times) ? times : null;
    const counted = list !== null && (list.length === n || (!!layer.closed && list.length === n + 1));
    if (check.that(counted, `${where} / times`, `has ${list?.length} entries for ${n} points`, 'give one per point, or null') && list) {
      const ascending = list.every((t, i) => isNumber(t) && t >= 0 && t <= 1 && (i === 0 || t >= list[i - 1]));
      const ends = list.length < 2 || (list[0] === 0 && list[list.length - 1] === 1);
      check.that(ascending && ends, `${where} / times`, 'do not rise from 0 to 1', 'start at 0, end at 1, never go back');
    }
  }
  if (speeds !== null) check.that(Array.isArray(speeds) && speeds.length === n && speeds.every((v) => isNumber(v) && Math.abs(v) <= 1e6), `${where} / speeds`, 'are not one number per point', 'give one per point, or null');
  const { handles } = layer;
  const bent = handles == null || (Array.isArray(handles) && handles.length === n && handles.every((h) => h === null || (Array.isArray(h) && h.length === 4 && h.every((v) => isNumber(v) && Math.abs(v) <= LIMITS.norm))));
  check.that(bent, `${where} / handles`, 'are not four numbers or null per point', 'give [in x, in y, out x, out y] per point, or null');
  check.that(isOneOf(layer.curve, ['straight', 'cubic', 'catmull-rom']), `${where} / curve`, `is ${show(layer.curve)}`, 'use straight, cubic or catmull-rom');
  check.that(typeof layer.closed === 'boolean', `${where} / closed`, `is ${show(layer.closed)}`, 'use true or false');
  check.that(isOneOf(layer.timing, ['arc', 'published']), `${where} / timing`, `is ${show(layer.timing)}`, 'use arc or published');
  const { start, end } = layer;
  check.that(isInt(start, 0, LIMITS.frame) && isInt(end, 0, LIMITS.frame) && start <= end, `${where} / start, end`, `are ${show(start)} and ${show(end)}`, 'use whole frames, 0 <= start <= end');
  for (const key of ['before', 'after']) check.that(isOneOf(layer[key], ['hold', 'hide']), `${where} / ${key}`, `is ${show(layer[key])}`, 'use hold or hide');
  checkEasing(check, layer.easing, `${where} / easing`);
  checkHidden(check, layer.hidden, `${where} / hidden`);
}

/** @param {Checker} check @param {Fields} layer @param {string} where @param {{what: string, fix: string}|undefined} fault */
function checkDense(check, layer, where, fault) {
  const { tracks } = layer;
  if (fault) check.that(false, where, fault.what, fault.fix);
  else if (typeof tracks === 'string') check.that(false, where, 'is text that was not decoded', 'read the whole document with parseDocument');
  else if (!isDense(tracks)) check.that(false, where, `is ${show(tracks)}`, 'give text');
  else check.that(isRounded(tracks), where, 'holds numbers that would change when stored', 'make it with makeDense');
}

/** @param {Checker} check @param {Fields} layer @param {string} where */
function checkRegion(check, layer, where) {
  const { polygon, mask } = layer;
  check.that(polygon !== null || mask !== null, where, 'has neither polygon nor mask', 'draw it again');
  if (polygon !== null) checkPoints(check, polygon, `${where} / polygon`, 3, LIMITS.points);
  if (mask !== null && check.object(mask, `${where} / mask`)) {
    const size = mask.size_wh;
    const pixels = isSize(size, 1, LIMITS.mask) ? size[0] * size[1] : Infinity;
    if (check.that(pixels <= LIMITS.mask, `${where} / mask / size_wh`, `is ${show(size)}`, `give [columns, rows] of at most ${LIMITS.mask} pixels`)) {
      const runs = listOf(mask.runs);
      const sum = Array.isArray(mask.runs) ? runs.reduce((/** @type {number} */ a, b) => (isInt(b, 0, LIMITS.mask) ? a + b : NaN), 0) : NaN;
      check.that(sum === pixels, `${where} / mask / runs`, `add up to ${sum}, the mask has ${pixels} pixels`, 'draw it again');
    }
  }
  check.that(isNumber(layer.density) && layer.density > 0 && layer.density <= 1, `${where} / density`, `is ${show(layer.density)}`, 'use a number above 0 up to 1');
  check.that(isPoint(layer.pivot), `${where} / pivot`, `is ${show(layer.pivot)}`, 'give [x, y]');
  checkKeys(check, layer.keys, `${where} / keys`, (key, at) => {
    check.that(isPoint(key.offset), `${at} / offset`, `is ${show(key.offset)}`, 'give [x, y]');
    check.that(isNumber(key.rotate), `${at} / rotate`, `is ${show(key.rotate)}`, 'use degrees');
    check.that(isNumber(key.scale) && key.scale > 0, `${at} / scale`, `is ${show(key.scale)}`, 'use a number above 0');
  });
  if (layer.curve !== undefined) check.that(isOneOf(layer.curve, ['straight', 'smooth']), `${where} / curve`, `is ${show(layer.curve)}`, 'use straight or smooth');
  checkEasing(check, layer.easing, `${where} / easing`);
  checkHidden(check, layer.hidden, `${where} / hidden`);
}

/** @param {Checker} check @param {unknown} points @param {string} where @param {number} least @param {number} most @returns {points is unknown[]} */
function checkPoints(check, points, where, least, most) {
  if (!check.list(points, where, 'give a list of [x, y]')) return false;
  if (!check.that(points.length >= least && points.length <= most, where, `${points.length} of them`, `use ${least} to ${most}`)) return false;
  const bad = points.findIndex((p) => !isPoint(p));
  return check.that(bad < 0, `${where}[${bad}]`, `is ${show(points[bad])}`, `give [x, y], 0-1 of the picture, at most ${LIMITS.norm} away`);
}

/** @param {Checker} check @param {unknown} keys @param {string} where @param {(key: Fields, where: string) => void} each */
function checkKeys(check, keys, where, each) {
  const list = Array.isArray(keys) && keys.length <= LIMITS.frames ? keys : null;
  if (!check.that(list !== null, where, `is ${show(keys)}`, 'give a list')) return;
  let before = NaN;
  for (let i = 0; list && i < list.length && !check.full; i++) {
    const at = `${where}[${i}]`;
    const key = /** @type {unknown} */ (list[i]);
    if (!check.object(key, at)) continue;
    check.that(isInt(key.frame, 0, LIMITS.frame), `${at} / frame`, `is ${show(key.frame)}`, 'use a whole frame from 0');
    if (i > 0) check.that(Number(key.frame) > before, `${at} / frame`, 'is used twice', 'keep one key per frame');
    before = Number(key.frame);
    each(key, at);
  }
}

/** @param {Checker} check @param {unknown} hidden @param {string} where */
function checkHidden(check, hidden, where) {
  const fine = Array.isArray(hidden) && hidden.length <= LIMITS.frames && hidden.every((h) => isPair(h) && isInt(h[0], 0, LIMITS.frame) && isInt(h[1], h[0], LIMITS.frame));
  check.that(fine, where, 'are not [first, last] frames', 'use whole frames, first <= last');
}

/** @param {Checker} check @param {unknown} easing @param {string} where */
function checkEasing(check, easing, where) {
  check.that(isEasing(easing), where, `is ${show(easing)}`, 'use linear, ease-in, ease-out, ease-in-out or [x1, y1, x2, y2] with x in 0-1');
}

/** @param {unknown} v @returns {v is number} */
const isNumber = (v) => typeof v === 'number' && Number.isFinite(v);
/** @param {unknown} v @param {number} least @param {number} most @returns {v is number} */
const isInt = (v, least, most) => Number.isInteger(v) && Number(v) >= least && Number(v) <= most;
/** @param {unknown} v @returns {v is [unknown, unknown]} */
const isPair = (v) => Array.isArray(v) && v.length === 2;
/** @param {unknown} v */
const isPoint = (v) => isPair(v) && v.every((c) => isNumber(c) && Math.abs(c) <= LIMITS.norm);
/** @param {unknown} v @param {number} least @param {number} most @returns {v is [number, number]} */
const isSize = (v, least, most) => isPair(v) && v.every((side) => isInt(side, least, most));
/** @param {unknown} v */
const isCrop = (v) => Array.isArray(v) && v.length === 4 && v.every((side, i) => isNumber(side) && side >= (i < 2 ? 0 : LEAST_CROP) && side <= 1);
/** @param {unknown} v @param {readonly string[]} words */
const isOneOf = (v, words) => typeof v === 'string' && words.includes(v);

/** A value as it may be told: short, one line, and cheap, since it is made whether it is needed or not. @param {unknown} value @returns {string} */
function show(value) {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 50));
  if (value === null || typeof value !== 'object') return String(value);
  if (!Array.isArray(value)) return 'an object';
  if (value.length > 4) return `a list of ${value.length}`;
  return `[${value.map((v) => (Array.isArray(v) ? 'a list' : show(v))).join(',')}]`;
}
