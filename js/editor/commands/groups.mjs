// Groups: layers that carry one name in a field of their own, which changes nothing of their tracks and which Python keeps as it is.

import { changeLayers, clamp } from '../motion/document/edit.mjs';
import { LIMITS } from '../motion/document/validate.mjs';
import { reorderLayer } from './layers.mjs';
import { barOf, dragBar } from './motion.mjs';

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/document/types.mjs').Layer} Layer */

/** The group's name; null where there is none, or what is written there is no name. @param {Layer|undefined} layer @returns {string|null} */
export function groupOf(layer) {
  const group = layer && 'group' in layer ? layer.group : null;
  return typeof group === 'string' && group.trim() && group.length <= LIMITS.name ? group : null;
}

/** @param {Doc} doc @param {string} name @returns {string[]} ids of a group's layers, bottom to top */
export const idsOfGroup = (doc, name) => doc.layers.flatMap((layer) => (groupOf(layer) === name ? [layer.id] : []));

/** A name that no group has: "Group", "Group 2". @param {Doc} doc @param {string} stem @returns {string} */
export const freeGroupName = (doc, stem) => freeName(new Set(doc.layers.map(groupOf)), stem);

/** @param {ReadonlySet<string|null>} taken @param {string} stem @returns {string} */
function freeName(taken, stem) {
  let name = stem;
  for (let n = 2; taken.has(name); n++) name = `${stem.slice(0, LIMITS.name - 6)} ${n}`;
  return name;
}

/** The layers become one group and lie together, where the foremost of them lies. @param {Doc} doc @param {readonly string[]} ids @param {string} name @returns {Doc} */
export function groupLayers(doc, ids, name) {
  const chosen = new Set(ids);
  const members = doc.layers.filter((layer) => chosen.has(layer.id));
  const top = members[members.length - 1];
  if (!top) return doc;
  const layers = doc.layers.flatMap((layer) => (layer === top ? members.map((one) => withGroup(one, name)) : chosen.has(layer.id) ? [] : [layer]));
  return gathered({ ...doc, layers });
}

/** @param {Doc} doc @param {readonly string[]} ids @returns {Doc} */
export function ungroupLayers(doc, ids) {
  const chosen = new Set(ids);
  return gathered(changeLayers(doc, (layer) => (chosen.has(layer.id) ? withGroup(layer, null) : layer)));
}

/** A group that something was taken from the midst of, or that another one joined, lies together where its foremost layer lies. @param {Doc} doc @returns {Doc} */
function gathered(doc) {
  /** @type {Map<string, Layer[]>} */
  const members = new Map();
  for (const layer of doc.layers) {
    const name = groupOf(layer);
    if (name !== null) members.set(name, members.get(name) ?? []).get(name)?.push(layer);
  }
  const layers = doc.layers.flatMap((layer) => {
    const name = groupOf(layer);
    const all = name === null ? [layer] : members.get(name) ?? [];
    return layer === all[all.length - 1] ? all : [];
  });
  return layers.every((layer, i) => layer === doc.layers[i]) ? doc : { ...doc, layers };
}

/**
 * Layers that come to a document from elsewhere, with groups of their own: a group whose name is taken there gets another, and one layer alone that names such a group has none.
 * @param {Doc} doc @param {readonly Layer[]} layers @returns {Layer[]} */
export function apartFromGroups(doc, layers) {
  const taken = new Set(doc.layers.map(groupOf));
  /** @type {Map<string, string|null>} */
  const named = new Map();
  return layers.map((layer) => {
    const name = groupOf(layer);
    if (name === null || !taken.has(name)) return layer;
    if (!named.has(name)) {
      const several = layers.filter((one) => groupOf(one) === name).length > 1;
      named.set(name, several ? freeName(taken, name) : null);
      taken.add(named.get(name) ?? null);
    }
    return withGroup(layer, named.get(name) ?? null);
  });
}

/** @param {Doc} doc @param {string} from @param {string} to a group that has that name already is joined @returns {Doc} */
export function renameGroup(doc, from, to) {
  const name = to.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim().slice(0, LIMITS.name);
  return name ? gathered(changeLayers(doc, (layer) => (groupOf(layer) === from ? withGroup(layer, name) : layer))) : doc;
}

/** From the first frame in which any of the layers begins to move to the last in which one ends; null where none moves. @param {readonly Layer[]} layers @returns {{start: number, end: number}|null} */
export function barOfSeveral(layers) {
  const bars = layers.flatMap((layer) => (layer.type === 'path' && layer.points.length < 2 ? [] : (barOf(layer) ?? [])));
  return bars.length ? bars.reduce((all, bar) => ({ start: Math.min(all.start, bar.start), end: Math.max(all.end, bar.end) })) : null;
}

/** The times of several layers are moved by as many frames for each, so that they keep their distance: by fewer where one would leave the clip. Locked layers stay. @param {Doc} doc @param {readonly string[]} ids @param {number} frames @returns {Doc} */
export function shiftTimes(doc, ids, frames) {
  const bar = barOfSeveral(doc.layers.filter((layer) => ids.includes(layer.id) && !layer.locked));
  if (!bar) return doc;
  return dragBar(doc, ids, 'body', clamp(Math.round(frames), -bar.start, Math.max(0, doc.frames - 1 - bar.end)));
}

/** As reorderLayer; a layer that comes to lie between members of a group is one of them, one that leaves its group's neighbourhood is none. @param {Doc} doc @param {string} id @param {number} to @returns {Doc} */
export function placeLayer(doc, id, to) {
  const after = reorderLayer(doc, id, to);
  if (after === doc) return doc;
  const at = after.layers.findIndex((layer) => layer.id === id);
  const [below, above, own] = [groupOf(after.layers[at - 1]), groupOf(after.layers[at + 1]), groupOf(after.layers[at])];
  const group = below !== null && below === above ? below : own !== null && (own === below || own === above) ? own : null;
  return changeLayers(after, (layer) => (layer.id === id ? withGroup(layer, group) : layer));
}

/** @param {Layer} layer @param {string|null} group @returns {Layer} */
function withGroup(layer, group) {
  if (groupOf(layer) === group && (group !== null || !('group' in layer))) return layer;
  const { group: _, ...rest } = /** @type {Layer & {group?: unknown}} */ (layer);
  return group === null ? rest : /** @type {Layer} */ (/** @type {unknown} */ ({ ...rest, group }));
}
