// Two painters of textured triangles: WebGL, and a 2D canvas where it is missing. Both cut at the frame, where the video ends.

/**
 * @typedef {object} Piece
 * @property {HTMLCanvasElement} texture
 * @property {[number, number, number, number]} box where the texture lies at frame 0, doc px
 * @property {Float32Array} rest @property {Float32Array} vertices doc px, now @property {Uint16Array} triangles
 * @property {import('../geometry/affine.mjs').Affine|null} map all vertices by one map: it may be drawn in one piece
 * @property {number} opacity
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
export function glPainter(canvas) {
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
export function flatPainter(canvas) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {WeakMap<HTMLCanvasElement, CanvasPattern|null>} */
  const patterns = new WeakMap();
  let [k, ox, oy] = [1, 0, 0];
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
    draw({ texture, box, rest, vertices, triangles, map, opacity }) {
      ctx.globalAlpha = opacity;
      if (map) {
        ctx.setTransform(map.a * k, map.b * k, map.c * k, map.d * k, map.e * k + ox, map.f * k + oy);
        ctx.drawImage(texture, box[0], box[1], box[2], box[3]);
      } else {
        if (!patterns.has(texture)) patterns.set(texture, ctx.createPattern(texture, "no-repeat"));
        ctx.fillStyle = /** @type {CanvasPattern} */ (patterns.get(texture));
        fillTriangles(ctx, { rest, triangles, box, scale: [texture.width / box[2], texture.height / box[3]] }, vertices, k, ox, oy);
      }
      ctx.globalAlpha = 1;
    },
    forget() {},
    destroy() {},
  };
}

/**
 * Each triangle is drawn in texture pixels under the affine map of its corners, its edges moved out by most of a pixel of the screen so that no seam shows.
 * @param {CanvasRenderingContext2D} ctx @param {{rest: Float32Array, triangles: Uint16Array, box: number[], scale: number[]}} mesh @param {Float32Array} to @param {number} k @param {number} ox @param {number} oy */
function fillTriangles(ctx, { rest, triangles, box, scale }, to, k, ox, oy) {
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
    ctx.fill();
  }
}
