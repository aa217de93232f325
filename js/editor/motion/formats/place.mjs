// What was read becomes layers of one document: sampled tracks brought to its clip, fresh ids, no more layers than it holds.

import { count, fitTrack, layersFromTracks } from './sampled.mjs';
import { say } from './paths.mjs';
import { LIMITS } from '../document/validate.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').NewLayer} NewLayer */
/** @typedef {{axes?: "tracks_first"|"frames_first", unit?: "px"|"norm", y_origin?: "top"|"bottom"}} Choices what a person said where a file leaves it open */
/** @typedef {{taken: unknown, by: string, other?: unknown}} Choice what was taken, by whose word (given, file, format, data, assumed), and what could be instead */
/** @typedef {{[Name in keyof Choices]?: Choice} & {size_wh?: Choice, fps?: Choice}} Offered */
/**
 * @typedef {object} Imported
 * @property {string} kind what was detected, for people
 * @property {NewLayer[]} layers ready for addLayer; their ids are fresh in the document
 * @property {Doc|null} document a whole document was imported (layers are its own)
 * @property {string[]} report sentences: unit, what was clamped, dropped, left out
 * @property {"px"|"norm"|null} unit what was assumed and may be asked once; null where the format says
 * @property {Offered} choices what could be taken otherwise
 */
/** @typedef {{doc: Doc, name: string, axes?: Choices["axes"], unit?: Choices["unit"], report: string[], offered: Offered}} Reading one import: for which document, what a person said, and what is told of it */
/** @typedef {{points: ArrayLike<number>, visible: ArrayLike<number>|null}} Sampling one track: positions [T*2], NaN where there is none, and sight [T] */
/** @typedef {{frames: number, count: number, xy: ArrayLike<number>, visible: ArrayLike<number>}} PixelTracks of the document's size and length; xy [frames*count*2], visible [frames*count] */

/** @param {Doc} doc @param {{kind: string, layers: NewLayer[], unit?: "px"|"norm"|null, choices?: Offered}} read @param {string[]} report @returns {Imported} */
export function placeLayers(doc, { kind, layers, unit = null, choices = {} }, report) {
  const room = LIMITS.layers - doc.layers.length;
  if (layers.length > room) say(report, `${count(layers.length - Math.max(0, room), 'path')} left out: a document has at most ${LIMITS.layers} layers.`);
  const taken = new Set(doc.layers.map((layer) => layer.id));
  let n = 1;
  const fresh = layers.slice(0, Math.max(0, room)).map((layer) => {
    while (taken.has(`i${n}`)) n++;
    return { ...layer, id: `i${n++}` };
  });
  return { kind, layers: fresh, document: null, report, unit, choices };
}

/** Tracks that were read elsewhere. @param {Doc} doc @param {{name: string, kind: string, tracks: PixelTracks, choices?: Offered, notes?: string[]}} read @returns {Imported} */
export function importTracks(doc, { name, kind, tracks: { frames, count: n, xy, visible }, choices = {}, notes = [] }) {
  if (frames !== doc.frames || xy.length !== frames * n * 2 || visible.length !== frames * n) throw new RangeError('the tracks that came back are not of the drawing\'s length');
  const [width, height] = doc.size_wh;
  const tracks = Array.from({ length: n }, (_, i) => ({
    xy: Float64Array.from({ length: frames * 2 }, (_v, k) => xy[((k >> 1) * n + i) * 2 + (k & 1)] / (k & 1 ? height : width)),
    visible: Uint8Array.from({ length: frames }, (_v, f) => visible[f * n + i]),
  }));
  const report = [...notes];
  return placeLayers(doc, { kind, layers: layersFromTracks(doc, tracks, report, { name: stem(name) }), choices }, report);
}

/** @param {Reading} reading @param {Sampling[]} arrays @param {"px"|"norm"} unit @param {[number, number]|null} [own_wh] the file's own size */
export function fitAll({ doc, name, report, offered }, arrays, unit, own_wh = null) {
  const tally = { holes: 0, border: 0, far: 0 };
  const own = unit === 'px' && own_wh && `${own_wh}` !== `${doc.size_wh}` ? own_wh : null;
  offered.size_wh = { taken: doc.size_wh, by: 'given', other: own_wh && `${own_wh}` !== `${doc.size_wh}` ? own_wh : null };
  if (own) say(report, `Scaled from the file's ${own.join('x')} to ${doc.size_wh.join('x')}.`);
  if (arrays.length > LIMITS.tracks) throw new RangeError(`${arrays.length} tracks, at most ${LIMITS.tracks} are read`);
  const tracks = arrays.map(({ points, visible }) => fitTrack(doc, points, visible, unit === 'norm' ? [1, 1] : (own ?? doc.size_wh), tally));
  const lengths = [...new Set(arrays.map((a) => a.points.length / 2))];
  if (lengths.length === 1 && lengths[0] !== doc.frames) say(report, `Resampled from ${lengths[0]} frames to the clip's ${doc.frames}.`);
  if (tally.border) say(report, `${count(tally.border, 'position')} exactly on the right or bottom border moved onto the last pixel.`);
  if (tally.far) say(report, `${count(tally.far, 'position')} far outside the picture moved nearer.`);
  return layersFromTracks(doc, tracks, report, { name });
}

/** Pixels or 0-1, by the person's word or the numbers; what was taken is said and offered. @param {Reading} reading @param {ArrayLike<number>} numbers x and y of every position that is there @param {boolean} wholeIsPx whole numbers are pixels, however small @returns {"px"|"norm"} */
export function unitOf({ doc, unit, report, offered }, numbers, wholeIsPx) {
  let extent = numbers.length ? 0 : 2;
  let whole = true;
  for (let i = 0; i < numbers.length; i++) {
    extent = Math.max(extent, Math.abs(numbers[i]));
    whole &&= Number.isInteger(numbers[i]);
  }
  const taken = unit ?? (extent <= 1 && !(wholeIsPx && whole) ? 'norm' : 'px');
  offered.unit = { taken, by: unit ? 'given' : 'data', other: taken === 'px' ? 'norm' : 'px' };
  say(report, taken === 'norm' ? 'Read as 0-1 of the picture.' : `Read as pixels of ${doc.size_wh.join('x')}.`);
  return taken;
}

/** A file's name without folders and ending, as layers are called. @param {string} name */
export const stem = (name) => String(name).replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '').replace(/\p{Cc}/gu, ' ').slice(0, 80) || 'Imported';
