// The draft: the picture in motion before anything is generated. What travels is cut out and carried over the place that it leaves; what only stirs bends the
// picture around it; the camera moves all.

import { applyAffine, compose, IDENTITY } from "../geometry/affine.mjs";
import { cameraAffines, isStill } from "../motion/evaluation/camera.mjs";
import { createCutter } from "./objects.mjs";
import { flatPainter, glPainter } from "./paint.mjs";
import { createWarp, warpFrame, warpMap } from "./warp.mjs";

/** Over this much of its way a thing uncovers what is behind it: nearer it still covers its own place. */
const SETTLE_PX = 6;
const QUAD = Uint16Array.of(0, 1, 2, 0, 2, 3);

/**
 * @param {HTMLCanvasElement} canvas its context belongs to the draft from here on
 * @param {{forceFlat?: boolean, alone?: boolean}} [options] forceFlat: use the 2D way (small views, tests, benchmarks); alone: without a worker
 */
export function createDraft(canvas, options = {}) {
  // A graphics context takes its time to start: not before there is something to show.
  /** @type {import('./paint.mjs').Painter|null} */
  let started = null;
  const painterOf = () => (started ??= (!options.forceFlat && glPainter(canvas)) || flatPainter(canvas));
  const cutter = createCutter({ alone: options.alone });
  /** @type {HTMLCanvasElement|null} */
  let picture = null;
  /** @type {import('../motion/document/types.mjs').Doc|null} */
  let key = null;
  /** @type {{warp: import('./warp.mjs').Warp|null, vertices: Float32Array|null, camera: ((frame: number) => import('../geometry/affine.mjs').Affine)|null, objects: import('./objects.mjs').DraftObject[], near: Uint16Array[], things: import('./objects.mjs').Thing[], pending: boolean}|null} */
  let scene = null;

  /** @param {import('../motion/document/types.mjs').Doc} doc @param {import('../motion/document/types.mjs').Sampled} sampled */
  function prepare(doc, sampled) {
    const camera = isStill(doc) ? null : cameraAffines(doc);
    const { base, carried, bends, sampled: whole, objects, things, pending } = cutter.cut(doc, sampled, camera);
    const warp = carried.length || bends.length || base.some((n) => travels(sampled, n, camera)) ? createWarp(doc, whole, { tracks: base, carried, bends }) : null;
    scene = { warp, vertices: warp && new Float32Array(warp.count * 2), camera, objects, near: warp ? objects.map(({ box }) => trianglesIn(warp, box)) : [], things, pending };
    key = doc;
  }

  /** @param {import('./paint.mjs').Painter} painter @param {[number, number, number, number]} box @param {import('../geometry/affine.mjs').Affine} map @param {HTMLCanvasElement} texture @param {number} opacity */
  function quad(painter, box, map, texture, opacity) {
    const [x, y, w, h] = box;
    const corners = /** @type {import('../motion/document/types.mjs').XY[]} */ ([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]);
    painter.draw({ texture, box, rest: Float32Array.from(corners.flat()), vertices: Float32Array.from(corners.flatMap((corner) => applyAffine(map, corner))), triangles: QUAD, map, opacity });
  }

  return {
    get kind() {
      return painterOf().kind;
    },
    /** The texture changed. @param {HTMLCanvasElement} fitted */
    setPicture(fitted) {
      picture = fitted;
      cutter.setPicture(fitted);
      key = null;
    },
    /**
     * Paint one frame.
     * @param {import('../motion/document/types.mjs').Doc} doc @param {import('../motion/document/types.mjs').Sampled} sampled
     * @param {number} frame @param {import('../motion/document/types.mjs').View} view @param {number} ratio backing px per CSS px
     * @returns {boolean} whether to paint again soon: not everything is cut yet
     */
    paint(doc, sampled, frame, view, ratio) {
      if (key !== doc || (scene?.pending && cutter.goOn())) prepare(doc, sampled);
      const painter = painterOf();
      painter.begin(doc.size_wh, view, ratio);
      if (!picture || !scene) return false;
      const { warp, vertices, camera, objects, near } = scene;
      const map = frame > 0 && ((warp && warpMap(warp, frame)) || camera?.(frame)) || IDENTITY;
      /** @type {[number, number, number, number]} */
      const whole = [0, 0, doc.size_wh[0], doc.size_wh[1]];
      // Below the mesh too: neither its seams nor a border that is pulled inwards may show the dark.
      if (warp?.carried.length) for (const mirror of mirrors(doc.size_wh)) quad(painter, whole, compose(map, mirror), picture, 1);
      quad(painter, whole, map, picture, 1);
      if (warp && vertices) painter.draw({ texture: picture, box: whole, rest: warp.rest, vertices: warpFrame(warp, frame, vertices), triangles: warp.triangles, map: null, opacity: 1 });
      const placed = objects.map(({ carry }) => carry.at(frame));
      objects.forEach(({ box, behind }, i) => {
        const opacity = Math.max(Math.min(1, placed[i].travel / SETTLE_PX), 1 - placed[i].opacity);
        if (opacity < 0.02) return;
        if (warp && vertices) painter.draw({ texture: behind, box, rest: warp.rest, vertices, triangles: near[i], map: null, opacity });
        else quad(painter, box, map, behind, opacity);
      });
      objects.forEach(({ box, carry, thing }, i) => {
        const { vertices: to, map: own, opacity } = placed[i];
        if (opacity > 0.02) painter.draw({ texture: thing, box, rest: carry.rest, vertices: to, triangles: carry.triangles, map: carry.rigid ? own : null, opacity });
      });
      painter.forget();
      return scene.pending;
    },
    /** Cut while nobody waits. @param {import('../motion/document/types.mjs').Doc} doc @param {import('../motion/document/types.mjs').Sampled} sampled @returns {boolean} whether there is more to do */
    warmUp(doc, sampled) {
      if (!picture || (key === doc && !scene?.pending)) return false;
      if (key !== doc || cutter.goOn()) prepare(doc, sampled);
      return !!scene?.pending;
    },
    /** What moves in the picture of this document; null while that is not known. @param {import('../motion/document/types.mjs').Doc} doc */
    thingsOf: (doc) => (key === doc && scene && !scene.pending && picture ? scene.things : null),
    destroy() {
      cutter.end();
      started?.destroy();
    },
  };
}

/** The picture goes on mirrored around itself, where tracks carry it into the frame. @param {[number, number]} size_wh @returns {import('../geometry/affine.mjs').Affine[]} */
function mirrors([width, height]) {
  const out = [];
  for (const x of [-1, 0, 1]) for (const y of [-1, 0, 1]) if (x || y) out.push({ a: x ? -1 : 1, b: 0, c: 0, d: y ? -1 : 1, e: x < 0 ? 0 : x * 2 * width, f: y < 0 ? 0 : y * 2 * height });
  return out;
}

/** Whether a track leaves its place in the scene by more than half a pixel. @param {import('../motion/document/types.mjs').Sampled} sampled @param {number} n @param {((frame: number) => import('../geometry/affine.mjs').Affine)|null} camera */
function travels(sampled, n, camera) {
  const start = /** @type {import('../motion/document/types.mjs').XY} */ ([sampled.xy[2 * n], sampled.xy[2 * n + 1]]);
  for (let f = 1; f < sampled.frames; f++) {
    const [x, y] = camera ? applyAffine(camera(f), start) : start;
    const at = (f * sampled.count + n) * 2;
    if (Math.hypot(sampled.xy[at] - x, sampled.xy[at + 1] - y) > 0.5) return true;
  }
  return false;
}

/** Triangles of the mesh that lie wholly or partly in a box. Those at the rim see the texture's clear edge. @param {import('./warp.mjs').Warp} warp @param {[number, number, number, number]} box @returns {Uint16Array} */
function trianglesIn({ rest, triangles }, [x, y, w, h]) {
  const out = [];
  for (let i = 0; i < triangles.length; i += 3) {
    const corners = [0, 1, 2].map((k) => triangles[i + k]);
    const xs = corners.map((v) => rest[2 * v]);
    const ys = corners.map((v) => rest[2 * v + 1]);
    if (Math.max(...xs) > x && Math.min(...xs) < x + w && Math.max(...ys) > y && Math.min(...ys) < y + h) out.push(...corners);
  }
  return Uint16Array.from(out);
}
