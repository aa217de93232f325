// What is offered when the clip and what came do not fit: a picture of another shape, a clip that became shorter than the motion.

import { setClip } from "../../commands/all.mjs";
import { areaSize, cropOn, makeFit } from "../../geometry/fit.mjs";
import { holdsTheRest } from "../../motion/document/held.mjs";
import { shownPart } from "./clip_panel.mjs";

/** @typedef {import('../../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../../commands/clip.mjs').Clip} Clip */
/** So much of a picture may be cut without a word. */
const CUT = 0.1;
const MS = 12000;

/**
 * @param {{state: import('../../state/state.mjs').EditorState, t: import('../../ui/strings.mjs').Translate, float: import('../../ui/menu.mjs').Floating, locked?: () => import('./clip_panel.mjs').Locked}} needs
 * @returns {{shape: () => void, cut: (before: Doc, clip: Clip) => void}} `shape`: another picture is there. `cut`: the drawing was carried from `before` to a clip, and cut */
export function createOffers({ state, t, float, locked }) {
  return {
    shape() {
      const { picture, doc } = state;
      const part = shownPart(state);
      if (!picture || !part || doc.fit !== "crop" || state.readOnly || locked?.().size) return;
      const [, , width, height] = makeFit("crop", picture.size_wh, doc.size_wh, undefined, cropOn(doc, picture.size_wh)).crop_xywh;
      const cut = 1 - (width * height) / (part[0] * part[1]);
      const size_wh = areaSize(part, doc.size_wh[0] * doc.size_wh[1]);
      if (cut < CUT || `${size_wh}` === `${doc.size_wh}`) return;
      float.notice(t("clip.shape", { name: picture.name, percent: Math.round(cut * 100), width: doc.size_wh[0], height: doc.size_wh[1] }), {
        action: t("clip.shape.use", { width: size_wh[0], height: size_wh[1] }), run: () => state.apply(setClip(state.doc, { size_wh }), t("do.clip")), ms: MS,
      });
    },
    cut(before, clip) {
      const drawn = (/** @type {Doc} */ doc) => doc.layers.filter((layer) => !holdsTheRest(layer));
      const after = drawn(state.doc);
      float.notice(t("clip.cut", { before: before.frames, last: state.doc.frames - 1 }), {
        action: t("clip.cut.stretch"), ms: MS,
        // Not over what was drawn meanwhile.
        run: () => drawn(state.doc).every((layer, i) => layer === after[i]) && state.apply({ ...setClip(before, clip), picture: state.doc.picture }, t("do.clip")),
      });
    },
  };
}
