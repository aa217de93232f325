// stage/ draws the state, shows a picture and says what lies under a point. It imports geometry/, motion/, draft/, state/ and ui/, and makes no edit.

// What lies under everything: the pasteboard, the whole picture faintly, and the part of it that the model will see.

import { pictureFit } from "./picture.mjs";
import { onStage, shownAffine } from "./scene_view.mjs";

/** @typedef {import('../state/state.mjs').EditorState} EditorState */
/** @typedef {import('../geometry/affine.mjs').Affine} Affine */

/** @param {CanvasRenderingContext2D} ctx scaled to CSS px @param {EditorState} state @param {import('../ui/theme.mjs').ThemeColors} colors */
export function paintBase(ctx, state, colors) {
  const { view, doc, picture } = state;
  ctx.fillStyle = colors.stage;
  ctx.fillRect(0, 0, view.width, view.height);
  const w = doc.size_wh[0] * view.scale;
  const hgt = doc.size_wh[1] * view.scale;
  if (picture) {
    const fit = pictureFit(picture.size_wh, doc);
    const [cx, cy] = fit.crop_xywh;
    const [px, py] = fit.place_xywh;
    const [sx, sy] = fit.scale_xy;
    const x = (px - cx * sx) * view.scale + view.x;
    const y = (py - cy * sy) * view.scale + view.y;
    ctx.imageSmoothingEnabled = view.scale < 6;
    ctx.globalAlpha = 0.22;
    ctx.drawImage(picture.shown, x, y, picture.size_wh[0] * sx * view.scale, picture.size_wh[1] * sy * view.scale);
    ctx.globalAlpha = 1;
    const camera = shownAffine(state);
    if (camera) paintThroughCamera(ctx, state, picture.fitted, camera);
    else ctx.drawImage(picture.fitted, view.x, view.y, w, hgt);
    if (state.show === "latent") {
      ctx.fillStyle = "rgba(8,10,14,0.5)";
      ctx.fillRect(view.x, view.y, w, hgt);
    }
  } else {
    ctx.fillStyle = colors.dark ? "#2b2d33" : "#c9ced6";
    ctx.fillRect(view.x, view.y, w, hgt);
  }
  ctx.strokeStyle = "rgba(255,255,255,0.5)";
  ctx.lineWidth = 1;
  ctx.strokeRect(view.x - 0.5, view.y - 0.5, w + 1, hgt + 1);
}

/** As the camera sees it at the playhead: dark where it looks past the picture. @param {CanvasRenderingContext2D} ctx @param {EditorState} state @param {HTMLCanvasElement} fitted @param {Affine} camera */
function paintThroughCamera(ctx, { view, doc }, fitted, camera) {
  const w = doc.size_wh[0] * view.scale;
  const hgt = doc.size_wh[1] * view.scale;
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.x, view.y, w, hgt);
  ctx.clip();
  ctx.fillStyle = "#121317";
  ctx.fill();
  transform(ctx, onStage(view, camera));
  ctx.drawImage(fitted, view.x, view.y, w, hgt);
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {Affine} m */
const transform = (ctx, m) => ctx.transform(m.a, m.b, m.c, m.d, m.e, m.f);

/** Draw under a map, or as it is when there is none. @param {CanvasRenderingContext2D} ctx @param {Affine|null} map @param {() => void} draw */
export function within(ctx, map, draw) {
  if (!map) return draw();
  ctx.save();
  transform(ctx, map);
  draw();
  ctx.restore();
}
