// Edits of layers: add, set, rename, order, duplicate, delete, anchors.

import { holdPoints } from '../motion/sources/anchors.mjs';
import { HOLD, holdsTheRest, isUntouched, markOf } from '../motion/document/held.mjs';
import { changeLayer, changeLayers } from '../motion/document/edit.mjs';
import { bounds } from '../geometry/points.mjs';
import { colorUses, leastUsed } from '../palette.mjs';
import { mapLayer } from '../motion/document/transform.mjs';
import { completeLayer, LIMITS, validateDocument } from '../motion/document/validate.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/** @typedef {import('../motion/document/types.mjs').NewLayer} NewLayer */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {{[field: string]: unknown}} Fields to set; checked where they are */

const NAMES = { path: 'Path', anchors: 'Anchors', region: 'Region', dense: 'Tracks' };
const PREFIX = { path: 'p', anchors: 'k', region: 'r', dense: 'd' };
/** Throws RangeError with a sentence for the first thing wrong with a layer. @param {Doc} doc @param {unknown} layer @returns {asserts layer is Layer} */
export function requireLayer(doc, layer) {
  const [problem] = validateDocument({ ...doc, layers: [layer] });
  if (problem) throw new RangeError(`${problem.where.replace(/^layer 1 ?/, '').replace(/^\/ /, '') || 'layer'}: ${problem.what}; ${problem.fix}`);
}

/**
 * Completes layers for a document, each in the time of one: what is taken is counted once.
 * @param {Doc} doc @returns {(partial: NewLayer) => Layer} missing fields, id, name and colour are filled in; throws RangeError with a sentence
 */
function layerMaker(doc) {
  const ids = new Set(doc.layers.map((layer) => layer.id));
  const uses = colorUses(doc);
  /** @type {Map<string, number>} */
  const ofType = new Map();
  for (const { type } of doc.layers) ofType.set(type, (ofType.get(type) ?? 0) + 1);
  /** The number after which an id of each prefix is sought. @type {Map<string, number>} */
  const lastId = new Map();
  let count = doc.layers.length;
  return (partial) => {
    if (count >= LIMITS.layers) throw new RangeError(`a document has at most ${LIMITS.layers} layers`);
    const { type } = partial;
    const own = typeof partial.id === 'string' && partial.id && !ids.has(partial.id) ? partial.id : null;
    const number = (ofType.get(type) ?? 0) + 1;
    const layer = completeLayer({ ...partial, id: own ?? freeId(PREFIX[type] ?? 'x'), name: partial.name || `${NAMES[type]} ${number}`, color: partial.color ?? leastUsed(uses) }, doc.frames);
    requireLayer(doc, layer);
    ids.add(layer.id);
    ofType.set(type, number);
    if (layer.color && uses.has(layer.color)) uses.set(layer.color, (uses.get(layer.color) ?? 0) + 1);
    count++;
    return layer;
  };

  /** @param {string} prefix */
  function freeId(prefix) {
    let n = (lastId.get(prefix) ?? 0) + 1;
    while (ids.has(`${prefix}${n}`)) n++;
    lastId.set(prefix, n);
    return `${prefix}${n}`;
  }
}

/** What the next layer of a kind is called in a language: "Path 3". Kept in the document as it is, whoever opens it. @param {Doc} doc @param {Layer["type"]} type @param {string} word @returns {string} */
export const nextName = (doc, type, word) => `${word} ${doc.layers.filter((layer) => layer.type === type).length + 1}`;

/** Add on top (or at `at`). Missing fields, id, name and colour are filled in. @param {Doc} doc @param {NewLayer} partial @param {{at?: number}} [options] @returns {{doc: Doc, id: string}} */
export function addLayer(doc, partial, { at = doc.layers.length } = {}) {
  const layer = layerMaker(doc)(partial);
  return { doc: { ...doc, layers: [...doc.layers.slice(0, at), layer, ...doc.layers.slice(at)] }, id: layer.id };
}

/** Add many on top, in their order: all of them or, where one throws, none. @param {Doc} doc @param {readonly NewLayer[]} partials @returns {{doc: Doc, ids: string[]}} */
export function addLayers(doc, partials) {
  const layers = partials.map(layerMaker(doc));
  return { doc: layers.length ? { ...doc, layers: doc.layers.concat(layers) } : doc, ids: layers.map((layer) => layer.id) };
}

/** @param {Doc} doc @param {XY[]} points @param {Fields} [fields] @returns {{doc: Doc, id: string}} */
export function addPath(doc, points, fields = {}) {
  return addLayer(doc, { curve: 'catmull-rom', ...fields, type: 'path', points });
}

/** Set fields of layers; an invalid value throws RangeError with a sentence and changes nothing. @param {Doc} doc @param {string|string[]} ids @param {Fields} fields @returns {Doc} */
export function setLayer(doc, ids, fields) {
  const chosen = new Set(typeof ids === 'string' ? [ids] : ids);
  return changeLayers(doc, (layer) => {
    if (!chosen.has(layer.id)) return layer;
    const changed = Object.entries(fields).filter(([key, value]) => /** @type {Fields} */ (layer)[key] !== value);
    if (changed.length === 0) return layer;
    /** @type {Fields} */
    const after = { ...layer, ...Object.fromEntries(changed), id: layer.id, type: layer.type };
    requireLayer(doc, after);
    return after;
  });
}

/** Set document fields; size, length and fit belong to remapDocument, which moves what was drawn. @param {Doc} doc @param {Partial<Doc>} fields @returns {Doc} */
export function setDocument(doc, fields) {
  const after = { ...doc, ...fields, version: doc.version };
  const [problem] = validateDocument(fields.layers ? after : { ...after, layers: [] });
  if (problem) throw new RangeError(`${problem.where}: ${problem.what}; ${problem.fix}`);
  return after;
}

/** Names are plain text of one line. @param {Doc} doc @param {string} id @param {string} name @returns {Doc} */
export function renameLayer(doc, id, name) {
  return changeLayer(doc, id, (layer) => {
    const plain = String(name).replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim().slice(0, LIMITS.name);
    return plain === '' || plain === layer.name ? layer : { ...layer, name: plain };
  });
}

/** @param {Doc} doc @param {string[]} ids @returns {Doc} */
export function deleteLayers(doc, ids) {
  const gone = new Set(ids);
  return changeLayers(doc, (layer) => (gone.has(layer.id) && !layer.locked ? null : layer));
}

/** Move to index `to` in doc.layers (0 = bottom). @param {Doc} doc @param {string} id @param {number} to @returns {Doc} */
export function reorderLayer(doc, id, to) {
  const from = doc.layers.findIndex((layer) => layer.id === id);
  const target = Math.max(0, Math.min(doc.layers.length - 1, to));
  if (from < 0 || from === target) return doc;
  const rest = doc.layers.filter((_, i) => i !== from);
  return { ...doc, layers: [...rest.slice(0, target), doc.layers[from], ...rest.slice(target)] };
}

/** Copies above their originals, moved by dx, dy (0-1); `copy` is how a copy is called, such as "{name} copy" (else it is numbered). @param {Doc} doc @param {string[]} ids @param {{dx?: number, dy?: number, copy?: string}} [options] @returns {{doc: Doc, ids: string[]}} */
export function duplicateLayers(doc, ids, { dx = 0, dy = 0, copy } = {}) {
  const byId = new Map(doc.layers.map((layer) => [layer.id, layer]));
  const make = layerMaker(doc);
  const nameOf = copy ? copyWordNamer(doc, copy) : copyNamer(doc);
  /** @type {Map<string, Layer>} */
  const copies = new Map();
  for (const id of ids) {
    const layer = byId.get(id);
    if (!layer || copies.has(id)) continue;
    const moved = dx || dy ? mapLayer(layer, ([x, y]) => [x + dx, y + dy]) : layer;
    copies.set(id, make({ ...moved, id: undefined, role: undefined, made: undefined, locked: false, name: nameOf(layer.name), color: undefined }));
  }
  const layers = doc.layers.flatMap((layer) => {
    const copy = copies.get(layer.id);
    return copy ? [layer, copy] : [layer];
  });
  return { doc: copies.size ? { ...doc, layers } : doc, ids: [...copies.values()].map((layer) => layer.id) };
}

/** "Ball" -> "Ball copy" -> "Ball copy 2", in the words of a language. @param {Doc} doc @param {string} copy with {name} in it @returns {(name: string) => string} */
export function copyWordNamer(doc, copy) {
  const taken = new Set(doc.layers.map((layer) => layer.name));
  const [head, tail] = copy.split('{name}');
  return (name) => {
    const numberless = name.replace(/ \d+$/, '');
    const isCopy = numberless.startsWith(head) && numberless.endsWith(tail ?? '') && numberless.length > head.length + (tail ?? '').length;
    const stem = isCopy ? numberless.slice(head.length, numberless.length - (tail ?? '').length) : name;
    const word = `${head}${stem.slice(0, LIMITS.name - copy.length - 6)}${tail ?? ''}`;
    let named = word;
    for (let n = 2; taken.has(named); n++) named = `${word} ${n}`;
    taken.add(named);
    return named;
  };
}

/** "Ball" -> "Ball 2" -> "Ball 3". @param {Doc} doc @returns {(name: string) => string} */
function copyNamer(doc) {
  const taken = new Set(doc.layers.map((layer) => layer.name));
  /** @type {Map<string, number>} */
  const last = new Map();
  return (name) => {
    const stem = name.replace(/ \d+$/, '').slice(0, LIMITS.name - 8);
    let n = (last.get(stem) ?? 1) + 1;
    while (taken.has(`${stem} ${n}`)) n++;
    last.set(stem, n);
    taken.add(`${stem} ${n}`);
    return `${stem} ${n}`;
  };
}

/** One anchor into the topmost unlocked anchors layer drawn by hand, made at the bottom where there is none. @param {Doc} doc @param {XY} point @param {Fields} [fields] of a layer that is made @returns {{doc: Doc, id: string, index: number}} */
export function addAnchor(doc, point, fields = {}) {
  const layer = [...doc.layers].reverse().find((l) => l.visible && !l.locked && isDrawnAnchors(l));
  if (layer && isDrawnAnchors(layer)) {
    return { doc: changeLayer(doc, layer.id, () => ({ ...layer, points: [...layer.points, [point[0], point[1]]] })), id: layer.id, index: layer.points.length };
  }
  return { ...addLayer(doc, { ...fields, type: 'anchors', points: [[point[0], point[1]]] }, { at: 0 }), index: 0 };
}

/** @param {Layer} layer @returns {layer is import('../motion/document/types.mjs').AnchorsLayer} */
const isDrawnAnchors = (layer) => layer.type === 'anchors' && !holdsTheRest(layer);

/**
 * "Hold the rest": anchors over everything that does not move, at the bottom; those it made before are replaced, so a second press adds nothing.
 * @param {Doc} doc @param {readonly import('../motion/checks/picture.mjs').Thing[]} [things] what the draft cut out of the picture: it and its way are left free
 * @param {string} [name] of a layer that is made
 * @returns {{doc: Doc, id: string|null, count: number}} */
export function holdTheRest(doc, things = [], name = 'Hold the rest') {
  const before = doc.layers.find(holdsTheRest);
  const rest = before ? { ...doc, layers: doc.layers.filter((layer) => layer !== before) } : doc;
  const points = holdPoints(rest, null, { things });
  if (points.length === 0) return { doc: rest, id: null, count: 0 };
  if (before && `${before.points}` === `${points}` && isUntouched(before)) return { doc, id: before.id, count: points.length };
  const added = addLayer(rest, { ...(before ?? { name, color: '#9aa0a6' }), type: 'anchors', role: HOLD, made: markOf(points), points }, { at: 0 });
  return { ...added, count: points.length };
}

/** As holdTheRest, where the layer is there and nobody has moved its points; else, and where nothing is left to hold, the same document. @param {Doc} doc @param {readonly import('../motion/checks/picture.mjs').Thing[]} [things] @returns {Doc} */
export function holdAgain(doc, things = []) {
  const layer = doc.layers.find(holdsTheRest);
  if (!layer || layer.locked || !isUntouched(layer)) return doc;
  const made = holdTheRest(doc, things);
  return made.count ? made.doc : doc;
}

/** Box of a layer's control points, 0-1. @param {Layer} layer */
export function layerBounds(layer) {
  if (layer.type === 'path' || layer.type === 'anchors') return bounds(layer.points);
  return layer.type === 'region' && layer.polygon ? bounds(layer.polygon) : null;
}
