// The draft: the fitted picture warped along the tracks on a coarse mesh. WebGL draws a frame in one call; where it is
// missing, a 2D canvas fills each triangle with the picture as a pattern under an affine transform.

import { createWarp, warpFrame } from "./warp.mjs";

const VERTEX = `attribute vec2 position; attribute vec2 rest; uniform vec2 inverseSize; uniform vec3 place; uniform vec2 viewport; varying vec2 uv;
void main() { uv = rest * inverseSize; vec2 p = (position * place.z + place.xy) / viewport * 2.0 - 1.0; gl_Position = vec4(p.x, -p.y, 0.0, 1.0); }`;
const FRAGMENT = `precision mediump float; varying vec2 uv; uniform sampler2D picture; void main() { gl_FragColor = texture2D(picture, uv); }`;

/** What lies behind the warped picture, 0-1 RGB. */
const BARE = [0.07, 0.075, 0.09];

/**
 * @param {HTMLCanvasElement} canvas its context belongs to the draft from here on
 * @param {{forceFlat?: boolean}} [options] forceFlat: use the 2D way (tests, benchmarks)
 */
export function createDraft(canvas, options = {}) {
  const painter = (!options.forceFlat && glPainter(canvas)) || flatPainter(canvas);
  let warp = null;
  let key = null;
  let vertices = null;
  return {
    kind: painter.kind,
    /** The texture changed. @param {HTMLCanvasElement} fitted */
    setPicture(fitted) {
      painter.setPicture(fitted);
    },
    /**
     * Paint one frame.
     * @param {import('./types.mjs').Doc} doc @param {import('./types.mjs').Sampled} sampled
     * @param {number} frame @param {import('./types.mjs').View} view @param {number} ratio backing px per CSS px
     */
    paint(doc, sampled, frame, view, ratio) {
      if (key !== doc) {
        warp = createWarp(doc, sampled);
        vertices = new Float32Array(warp.count * 2);
        key = doc;
        painter.setWarp(warp, doc);
      }
      warpFrame(warp, frame, vertices);
      painter.paint(vertices, view, ratio);
    },
    destroy() {
      painter.destroy();
    },
  };
}

function glPainter(canvas) {
  const gl = canvas.getContext("webgl", { alpha: true, premultipliedAlpha: true, antialias: true, preserveDrawingBuffer: false });
  if (!gl) return null;
  const compile = (type, source) => {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  };
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const [uSize, uPlace, uViewport] = [uniform("inverseSize"), uniform("place"), uniform("viewport")];
  const [aPosition, aRest] = [gl.getAttribLocation(program, "position"), gl.getAttribLocation(program, "rest")];
  const [positions, rests, indexes] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]]) gl.texParameteri(gl.TEXTURE_2D, name, value);
  let triangles = 0;
  let size = [1, 1];
  return {
    kind: "webgl",
    setPicture(fitted) {
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, fitted);
    },
    setWarp(warp, doc) {
      gl.bindBuffer(gl.ARRAY_BUFFER, rests);
      gl.bufferData(gl.ARRAY_BUFFER, warp.rest, gl.STATIC_DRAW);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indexes);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, warp.triangles, gl.STATIC_DRAW);
      size = doc.size_wh;
      gl.uniform2f(uSize, 1 / doc.size_wh[0], 1 / doc.size_wh[1]);
      triangles = warp.triangles.length;
    },
    paint(vertices, view, ratio) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.disable(gl.SCISSOR_TEST);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      // The video ends at the frame: what moves out is cut off, and what is uncovered is dark, not the picture at rest.
      const [w, h] = [size[0] * view.scale * ratio, size[1] * view.scale * ratio];
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(Math.round(view.x * ratio), Math.round(canvas.height - view.y * ratio - h), Math.max(0, Math.round(w)), Math.max(0, Math.round(h)));
      gl.clearColor(...BARE, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.bindBuffer(gl.ARRAY_BUFFER, positions);
      gl.bufferData(gl.ARRAY_BUFFER, vertices, gl.DYNAMIC_DRAW);
      gl.enableVertexAttribArray(aPosition);
      gl.vertexAttribPointer(aPosition, 2, gl.FLOAT, false, 0, 0);
      gl.bindBuffer(gl.ARRAY_BUFFER, rests);
      gl.enableVertexAttribArray(aRest);
      gl.vertexAttribPointer(aRest, 2, gl.FLOAT, false, 0, 0);
      gl.uniform3f(uPlace, view.x, view.y, view.scale);
      gl.uniform2f(uViewport, canvas.width / ratio, canvas.height / ratio);
      gl.drawElements(gl.TRIANGLES, triangles, gl.UNSIGNED_SHORT, 0);
    },
    destroy() {
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

function flatPainter(canvas) {
  const ctx = canvas.getContext("2d");
  let picture = null;
  let pattern = null;
  let warp = null;
  let size = [1, 1];
  return {
    kind: "flat",
    setPicture(fitted) {
      picture = fitted;
      pattern = ctx.createPattern(fitted, "no-repeat");
    },
    setWarp(next, doc) {
      warp = next;
      size = doc.size_wh;
    },
    paint(vertices, view, ratio) {
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      if (!picture) return;
      const tx = picture.width / size[0];
      const k = view.scale * ratio;
      const ox = view.x * ratio;
      const oy = view.y * ratio;
      ctx.save();
      ctx.setTransform(k, 0, 0, k, ox, oy);
      ctx.beginPath();
      ctx.rect(0, 0, size[0], size[1]);
      ctx.clip();
      ctx.fillStyle = `rgb(${BARE.map((v) => Math.round(v * 255)).join(" ")})`;
      ctx.fillRect(0, 0, size[0], size[1]);
      ctx.fillStyle = pattern;
      fillTriangles(ctx, warp, vertices, tx, k, ox, oy);
      ctx.restore();
    },
    destroy() {},
  };
}

// Each triangle is drawn in texture pixels under the affine map of its corners, grown a little about its middle so that no
// seam shows.
function fillTriangles(ctx, { rest, triangles }, to, tx, k, ox, oy) {
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i] * 2;
    const b = triangles[i + 1] * 2;
    const c = triangles[i + 2] * 2;
    const ax = rest[a] * tx, ay = rest[a + 1] * tx;
    const bx = rest[b] * tx, by = rest[b + 1] * tx;
    const cx = rest[c] * tx, cy = rest[c + 1] * tx;
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
    // Most of a pixel of the screen, whatever the size of the triangle.
    const grow = Math.min(0.6, 0.04 + 1.6 / (k * Math.sqrt(Math.abs(dbx * dcy - dby * dcx)) + 0.01));
    const mx = (ax + bx + cx) / 3;
    const my = (ay + by + cy) / 3;
    ctx.beginPath();
    ctx.moveTo(ax + (ax - mx) * grow, ay + (ay - my) * grow);
    ctx.lineTo(bx + (bx - mx) * grow, by + (by - my) * grow);
    ctx.lineTo(cx + (cx - mx) * grow, cy + (cy - my) * grow);
    ctx.fill();
  }
}
