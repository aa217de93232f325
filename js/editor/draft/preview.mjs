// The draft: the picture in motion before anything is generated. What travels is cut out and carried over the place that it leaves; what only stirs bends the
// picture around it; the camera moves all.

import { applyAffine, compose, IDENTITY } from "../geometry/affine.mjs";
import { cameraAffines, isStill } from "../motion/evaluation/camera.mjs";
import { createCutter } from "./objects.mjs";
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
  /** @type {Painter|null} */
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

  /** @param {Painter} painter @param {[number, number, number, number]} box @param {import('../geometry/affine.mjs').Affine} map @param {HTMLCanvasElement} texture @param {number} opacity */
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
        if (warp && vertices) painter.draw({ texture: behind, box, rest: warp.rest, vertices, triangles: near[i], map: null, opacity, clear: true });
        else quad(painter, box, map, behind, opacity);
      });
      objects.forEach(({ box, carry, thing }, i) => {
        const { vertices: to, map: own, opacity } = placed[i];
        if (opacity > 0.02) painter.draw({ texture: thing, box, rest: carry.rest, vertices: to, triangles: carry.triangles, map: carry.rigid ? own : null, opacity, clear: true });
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

// Two painters of textured triangles: WebGL, and a 2D canvas where it is missing. Both cut at the frame, where the video ends.

/**
 * @typedef {object} Piece
 * @property {HTMLCanvasElement} texture
 * @property {[number, number, number, number]} box where the texture lies at frame 0, doc px
 * @property {Float32Array} rest @property {Float32Array} vertices doc px, now @property {Uint16Array} triangles
 * @property {import('../geometry/affine.mjs').Affine|null} map all vertices by one map: it may be drawn in one piece
 * @property {number} opacity
 * @property {boolean} [clear] the texture is clear in places, or is painted so: triangles that overlap must not add up
 */
/** @typedef {{kind: string, begin: (size_wh: [number, number], view: import('../motion/document/types.mjs').View, ratio: number) => void, draw: (piece: Piece) => void, forget: () => void, destroy: () => void}} Painter */

/** What lies behind the picture, 0-1 RGB: where the camera looks past it there is nothing yet. */
const BARE = [0.07, 0.075, 0.09];

const VERTEX = `attribute vec2 position; attribute vec2 rest; uniform vec4 box; uniform vec3 place; uniform vec2 viewport; varying vec2 uv;
void main() { uv = (rest - box.xy) / box.zw; vec2 p = (position * place.z + place.xy) / viewport * 2.0 - 1.0; gl_Position = vec4(p.x, -p.y, 0.0, 1.0); }`;
const FRAGMENT = `precision mediump float; varying vec2 uv; uniform sampler2D picture; uniform float opacity; void main() { gl_FragColor = texture2D(picture, uv) * opacity; }`;

/** Whole pixels inside the frame: a pixel that it covers in part would be mixed with the dark behind it. @param {[number, number]} size_wh @param {import('../motion/document/types.mjs').View} view @param {number} ratio */
function frameBox([width, height], view, ratio) {
  const [left, top] = [Math.ceil(view.x * ratio - 0.01), Math.ceil(view.y * ratio - 0.01)];
  return { left, top, width: Math.max(0, Math.floor((view.x + width * view.scale) * ratio + 0.01) - left), height: Math.max(0, Math.floor((view.y + height * view.scale) * ratio + 0.01) - top) };
}

/** @param {HTMLCanvasElement} canvas @returns {Painter|null} */
function glPainter(canvas) {
  const context = canvas.getContext("webgl", { alpha: true, premultipliedAlpha: true, antialias: true, preserveDrawingBuffer: false });
  if (!context) return null;
  const gl = context;
  const program = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [type, source] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(type));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  const uniform = (/** @type {string} */ name) => gl.getUniformLocation(program, name);
  const [uBox, uPlace, uViewport, uOpacity] = [uniform("box"), uniform("place"), uniform("viewport"), uniform("opacity")];
  const [aPosition, aRest] = [gl.getAttribLocation(program, "position"), gl.getAttribLocation(program, "rest")];
  const [positions, rests, indexes] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  /** @type {Map<HTMLCanvasElement, WebGLTexture>} */
  const textures = new Map();
  /** @type {Set<HTMLCanvasElement>} */
  let used = new Set();

  /** @param {HTMLCanvasElement} source */
  function bind(source) {
    used.add(source);
    const known = textures.get(source);
    const texture = known ?? /** @type {WebGLTexture} */ (gl.createTexture());
    gl.bindTexture(gl.TEXTURE_2D, texture);
    if (known) return;
    textures.set(source, texture);
    for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]]) gl.texParameteri(gl.TEXTURE_2D, name, value);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
  }

  /** @param {WebGLBuffer} buffer @param {Float32Array} values @param {number} attribute */
  function attribute(buffer, values, attribute) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(attribute);
    gl.vertexAttribPointer(attribute, 2, gl.FLOAT, false, 0, 0);
  }

  return {
    kind: "webgl",
    begin(size_wh, view, ratio) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.disable(gl.SCISSOR_TEST);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      const box = frameBox(size_wh, view, ratio);
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(box.left, canvas.height - box.top - box.height, box.width, box.height);
      gl.clearColor(BARE[0], BARE[1], BARE[2], 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform3f(uPlace, view.x, view.y, view.scale);
      gl.uniform2f(uViewport, canvas.width / ratio, canvas.height / ratio);
    },
    draw({ texture, box, rest, vertices, triangles, opacity }) {
      bind(texture);
      attribute(/** @type {WebGLBuffer} */ (positions), vertices, aPosition);
      attribute(/** @type {WebGLBuffer} */ (rests), rest, aRest);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indexes);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, triangles, gl.DYNAMIC_DRAW);
      gl.uniform4f(uBox, box[0], box[1], box[2], box[3]);
      gl.uniform1f(uOpacity, opacity);
      gl.drawElements(gl.TRIANGLES, triangles.length, gl.UNSIGNED_SHORT, 0);
    },
    forget() {
      for (const [source, texture] of textures) {
        if (used.has(source)) continue;
        gl.deleteTexture(texture);
        textures.delete(source);
      }
      used = new Set();
    },
    destroy() {
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

/** @param {HTMLCanvasElement} canvas @returns {Painter} */
function flatPainter(canvas) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {WeakMap<HTMLCanvasElement, CanvasPattern|null>} */
  const patterns = new WeakMap();
  let [k, ox, oy] = [1, 0, 0];
  /** Where what is clear in places is put together before it is laid down. @type {CanvasRenderingContext2D|null} */
  let layer = null;

  /** The part of the canvas that vertices span, whole pixels: left, top, width, height. @param {Float32Array} vertices @param {Uint16Array} triangles @returns {[number, number, number, number]} */
  function spanOf(vertices, triangles) {
    let [left, top, right, bottom] = [canvas.width, canvas.height, 0, 0];
    for (const v of triangles) {
      const [x, y] = [vertices[2 * v] * k + ox, vertices[2 * v + 1] * k + oy];
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    }
    const [x, y] = [Math.max(0, Math.floor(left) - 1), Math.max(0, Math.floor(top) - 1)];
    return [x, y, Math.min(canvas.width, Math.ceil(right) + 1) - x, Math.min(canvas.height, Math.ceil(bottom) + 1) - y];
  }

  /** @param {[number, number, number, number]} span @returns {CanvasRenderingContext2D} empty there */
  function layerFor([x, y, width, height]) {
    layer ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    if (layer.canvas.width !== canvas.width || layer.canvas.height !== canvas.height) [layer.canvas.width, layer.canvas.height] = [canvas.width, canvas.height];
    layer.imageSmoothingQuality = "medium";
    layer.setTransform(1, 0, 0, 1, 0, 0);
    layer.clearRect(x, y, width, height);
    return layer;
  }

  return {
    kind: "flat",
    begin(size_wh, view, ratio) {
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      // The clip of the frame before.
      ctx.restore();
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      ctx.save();
      const box = frameBox(size_wh, view, ratio);
      ctx.beginPath();
      ctx.rect(box.left, box.top, box.width, box.height);
      ctx.clip();
      ctx.fillStyle = `rgb(${BARE.map((v) => Math.round(v * 255)).join(" ")})`;
      ctx.fillRect(box.left, box.top, box.width, box.height);
      ctx.imageSmoothingQuality = "medium";
      [k, ox, oy] = [view.scale * ratio, view.x * ratio, view.y * ratio];
    },
    draw({ texture, box, rest, vertices, triangles, map, opacity, clear = false }) {
      ctx.globalAlpha = opacity;
      if (map) {
        ctx.setTransform(map.a * k, map.b * k, map.c * k, map.d * k, map.e * k + ox, map.f * k + oy);
        ctx.drawImage(texture, box[0], box[1], box[2], box[3]);
      } else {
        if (!patterns.has(texture)) patterns.set(texture, ctx.createPattern(texture, "no-repeat"));
        const pattern = /** @type {CanvasPattern} */ (patterns.get(texture));
        const mesh = { rest, triangles, box, scale: [texture.width / box[2], texture.height / box[3]] };
        const span = clear ? spanOf(vertices, triangles) : null;
        if (!span) fillTriangles(ctx, pattern, mesh, vertices, k, ox, oy, false);
        else if (span[2] > 0 && span[3] > 0) {
          const apart = layerFor(span);
          fillTriangles(apart, pattern, mesh, vertices, k, ox, oy, true);
          ctx.setTransform(1, 0, 0, 1, 0, 0);
          ctx.drawImage(apart.canvas, ...span, ...span);
        }
      }
      ctx.globalAlpha = 1;
    },
    forget() {},
    destroy() {},
  };
}

/**
 * Each triangle is drawn in texture pixels under the affine map of its corners, its edges moved out by most of a pixel of the screen so that no seam shows.
 * @param {CanvasRenderingContext2D} ctx @param {CanvasPattern} pattern @param {{rest: Float32Array, triangles: Uint16Array, box: number[], scale: number[]}} mesh @param {Float32Array} to @param {number} k @param {number} ox @param {number} oy
 * @param {boolean} instead each in place of what it overlaps, so that what is half clear stays so along the seams */
function fillTriangles(ctx, pattern, { rest, triangles, box, scale }, to, k, ox, oy, instead) {
  ctx.fillStyle = pattern;
  const [tx, ty] = scale;
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i] * 2;
    const b = triangles[i + 1] * 2;
    const c = triangles[i + 2] * 2;
    const ax = (rest[a] - box[0]) * tx, ay = (rest[a + 1] - box[1]) * ty;
    const bx = (rest[b] - box[0]) * tx, by = (rest[b + 1] - box[1]) * ty;
    const cx = (rest[c] - box[0]) * tx, cy = (rest[c + 1] - box[1]) * ty;
    const det = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    const dbx = to[b] - to[a], dby = to[b + 1] - to[a + 1];
    const dcx = to[c] - to[a], dcy = to[c + 1] - to[a + 1];
    const m11 = (dbx * (cy - ay) - dcx * (by - ay)) / det;
    const m12 = (dby * (cy - ay) - dcy * (by - ay)) / det;
    const m21 = (dcx * (bx - ax) - dbx * (cx - ax)) / det;
    const m22 = (dcy * (bx - ax) - dby * (cx - ax)) / det;
    const e = to[a] - m11 * ax - m21 * ay;
    const f = to[a + 1] - m12 * ax - m22 * ay;
    ctx.setTransform(m11 * k, m12 * k, m21 * k, m22 * k, e * k + ox, f * k + oy);
    // Growing about the middle by g moves an edge by g times a third of its height: the flattest corner needs the most.
    const area = k * k * Math.abs(dbx * dcy - dby * dcx);
    const longest = k * Math.sqrt(Math.max(dbx * dbx + dby * dby, dcx * dcx + dcy * dcy, (dcx - dbx) ** 2 + (dcy - dby) ** 2));
    const grow = Math.min(0.8, (3 * 0.75 * longest) / (area + 0.01));
    const mx = (ax + bx + cx) / 3;
    const my = (ay + by + cy) / 3;
    ctx.beginPath();
    ctx.moveTo(ax + (ax - mx) * grow, ay + (ay - my) * grow);
    ctx.lineTo(bx + (bx - mx) * grow, by + (by - my) * grow);
    ctx.lineTo(cx + (cx - mx) * grow, cy + (cy - my) * grow);
    if (instead) {
      ctx.globalCompositeOperation = "destination-out";
      ctx.fillStyle = "#000";
      ctx.fill();
      // Where an edge covers half a pixel, half of what was there is left: the other half is added.
      ctx.globalCompositeOperation = "lighter";
      ctx.fillStyle = pattern;
    }
    ctx.fill();
    ctx.globalCompositeOperation = "source-over";
  }
}
