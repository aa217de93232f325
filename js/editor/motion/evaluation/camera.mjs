// evaluation/ makes tracks of a document: camera, regions, paths, frame by frame. It imports geometry/, document/ and timing/.

// The camera: truck right moves the picture's content left, zoom grows it about the centre, roll clockwise turns it counter-clockwise.

import { IDENTITY, compose, invert, similarity, applyAffine } from '../../geometry/affine.mjs';
import { keySpan, mix } from '../timing/keys.mjs';

/** @typedef {import('../document/types.mjs').Doc} Doc */
/** @typedef {import('../document/types.mjs').Camera} Camera */
/** @typedef {import('../document/types.mjs').CameraKey} CameraKey */
/** @typedef {import('../../geometry/affine.mjs').Affine} Affine */

/** Interpolated key at a frame (the still camera when there is none). @param {Camera|null} camera @param {number} frame @returns {CameraKey} */
export function cameraKeyAt(camera, frame) {
  if (!camera || camera.keys.length === 0) return { frame, truck: [0, 0], zoom: 1, roll: 0 };
  const { from, to, part } = keySpan(camera.keys, camera.easing, frame);
  if (from === to) return { ...from, frame };
  return {
    frame,
    truck: [mix(from.truck[0], to.truck[0], part), mix(from.truck[1], to.truck[1], part)],
    // Linear in log, so that zooming feels even.
    zoom: Math.exp(mix(Math.log(from.zoom), Math.log(to.zoom), part)),
    roll: mix(from.roll, to.roll, part),
  };
}

/** @param {Doc} doc @param {CameraKey} key @returns {Affine} screen = C + zoom R(-roll) (scene - C - truck) */
function keyAffine(doc, key) {
  const [width, height] = doc.size_wh;
  const truck = [key.truck[0] * width, key.truck[1] * height];
  const about = similarity([width / 2, height / 2], key.zoom, -key.roll, [0, 0]);
  return compose(about, { ...IDENTITY, e: -truck[0], f: -truck[1] });
}

/** Scene px (as at frame 0) -> screen px at a frame: M(f) M(0)^-1. @param {Doc} doc @param {number} frame @returns {Affine} */
export function cameraAffine(doc, frame) {
  if (isStill(doc)) return { ...IDENTITY };
  return cameraAffines(doc)(frame);
}

/** The same for many frames. @param {Doc} doc @returns {(frame: number) => Affine} */
export function cameraAffines(doc) {
  const start = keyAffine(doc, cameraKeyAt(doc.camera, 0));
  const back = invert(start);
  return (frame) => compose(keyAffine(doc, cameraKeyAt(doc.camera, frame)), back);
}

/** Nothing moves: no camera, no keys, or the same key all along. @param {Doc} doc @returns {boolean} */
export function isStill(doc) {
  const keys = doc.camera?.keys ?? [];
  return keys.every((k) => k.truck[0] === keys[0].truck[0] && k.truck[1] === keys[0].truck[1] && k.zoom === keys[0].zoom && k.roll === keys[0].roll);
}

/** What a drag of the picture's content by (dx, dy) screen px at `frame` means for the truck, in W/H units. @param {Doc} doc @param {number} frame @param {number} dx_px @param {number} dy_px @returns {[number, number]} */
export function truckFromDrag(doc, frame, dx_px, dy_px) {
  const key = cameraKeyAt(doc.camera, frame);
  const turn = invert(similarity([0, 0], key.zoom, -key.roll, [0, 0]));
  const [x, y] = applyAffine(turn, [dx_px, dy_px]);
  return [-x / doc.size_wh[0], -y / doc.size_wh[1]];
}
