// Words that files use for the same thing, compared without case, spaces and dashes. The lists are those of wan_move_core/motion/formats/names.py.

import { say } from './paths.mjs';

export const VISIBLE = words('visibility visible visibles visibs visib vis visibilities trackvisibility predvisibility predvisibilities predvisible predvis targetvisible targetvisibility isvisible seen v');
export const OCCLUDED = words('occluded occlusion occlusions occ predoccluded predocclusion targetoccluded hidden isoccluded occludeds');
export const TRACKS = words('tracks predtracks trackpath trajectories trajectory predtrajectories trajs trajs2d traj positions points targetpoints pointtracks keypoints coords xy track array arr0');
export const FRAME = words('frame frames frameindex frameid framenumber frameno framenum f');
export const TIME = words('t time timestamp seconds sec s times');
export const TRACK = words('track trackid trackname trackindex tracker id name point pointid label object objectid trajectory');
export const FPS = words('fps framerate framespersecond fr rate');

/** @param {string} list @returns {readonly string[]} */
function words(list) {
  return list.split(' ');
}

/** `Pred Visibility` and `pred_visibility` as one word. @param {string} name */
export const plain = (name) => name.slice(0, 80).toLowerCase().replace(/[^a-z0-9]/g, '');

/** The first of `list` that `names` hold, as they spell it. @param {Iterable<string>} names @param {readonly string[]} list @returns {string|null} */
export function pick(names, list) {
  /** @type {Map<string, string>} */
  const spelt = new Map();
  for (const name of names) if (!spelt.has(plain(name))) spelt.set(plain(name), name);
  const word = list.find((one) => spelt.has(one));
  return word === undefined ? null : /** @type {string} */ (spelt.get(word));
}

/** Names of a file for a sentence, printable and bounded. @param {string[]} names @param {number} [most] */
export function shown(names, most = 20) {
  const listed = names.slice(0, most).map((name) => name.slice(0, 200).replace(/\p{C}/gu, '').slice(0, 40));
  return listed.join(', ') + (names.length > most ? ' and more' : '');
}

/**
 * Sight from visibility, or from its reverse, in booleans, 0 to 1, or logits (beyond 0 to 1).
 * @param {{data: ArrayLike<number>, whole: boolean}} value `whole`: booleans or integers, which are never logits @param {boolean} occluded @param {string} name @param {string[]} report @returns {Uint8Array} */
export function seenOf({ data, whole }, occluded, name, report) {
  let low = 0;
  let high = 0;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) throw new RangeError(`${name} holds something other than finite numbers: use 0 and 1`);
    low = Math.min(low, data[i]);
    high = Math.max(high, data[i]);
  }
  const logits = !whole && (low < 0 || high > 1.5);
  if (logits) say(report, `${name} goes beyond 0 to 1 and is read as logits: above 0 means ${occluded ? 'hidden' : 'visible'}.`);
  if (occluded) say(report, `${name} is read as the reverse of visibility.`);
  return Uint8Array.from(data, (v) => Number((v > (logits ? 0 : 0.5)) !== occluded));
}
