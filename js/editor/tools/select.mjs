// V: select, marquee, move. Clicking an overlap again takes the next thing below.

import { hitTest, hitTestAll, marquee, sameHit } from "../stage/hit.mjs";
import { deletePoints, dragRegion, duplicateLayers, insertPoint, moveSelection, rotateRegion, scaleRegion, setPivot } from "../commands/all.mjs";
import { layerById } from "../motion/document/document.mjs";
import { regionAffine } from "../motion/evaluation/region.mjs";
import { applyAffine } from "../geometry/affine.mjs";
import { snapAxis, snapGrid } from "../geometry/view.mjs";
import { targetFrame } from "../state/state.mjs";

const DRAG_PX = 3;

/** Where a region's handles are shown; other hits are looked for at the playhead. */
export function hitOptions(state, e) {
  const single = state.single();
  const frame = single?.type === "region" ? targetFrame(state, single.keys) : Math.round(state.frame);
  return { tolerance_px: e.tolerance_px, selection: state.selection, frame };
}

/** The turning point lies in a region's middle, where people take the region itself: it is moved with Alt only. */
export function asBody(hit, e) {
  return hit?.kind === "handle" && hit.handle === "pivot" && !e.alt ? { kind: "region", layer: hit.layer } : hit;
}

/** Delete the point under the pointer (right click, long press); true when there was one. */
export function eraseAt(ed, e) {
  const { state } = ed;
  const hit = hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e));
  if (hit?.kind !== "point") return false;
  return state.apply(deletePoints(state.doc, [{ layer: hit.layer, index: hit.index }]), ed.t("do.deletePoint"));
}

/** The gesture on a region's handle or body that sets a key. Shared by the select and the region tool. */
export function regionGesture(ed, layer, handle, start) {
  const { state } = ed;
  const frame = targetFrame(state, layer.keys);
  const [width, height] = state.doc.size_wh;
  const before = state.doc;
  const pivot = applyAffine(regionAffine(layer, before, frame), [layer.pivot[0] * width, layer.pivot[1] * height]);
  const angle = (xy) => (Math.atan2(xy[1] - pivot[1], xy[0] - pivot[0]) * 180) / Math.PI;
  const reach = (xy) => Math.hypot(xy[0] - pivot[0], xy[1] - pivot[1]);
  return (e) => {
    const xy = e.doc_px;
    if (handle === "rotate") {
      let turn = angle(xy) - angle(start.doc_px);
      turn = ((turn + 540) % 360) - 180;
      if (e.shift) turn = Math.round(turn / 15) * 15;
      return rotateRegion(before, layer.id, frame, turn);
    }
    if (handle?.startsWith("scale")) return scaleRegion(before, layer.id, frame, Math.max(0.05, reach(xy) / Math.max(1, reach(start.doc_px))));
    if (handle === "pivot") {
      const to = [layer.pivot[0] + e.norm[0] - start.norm[0], layer.pivot[1] + e.norm[1] - start.norm[1]];
      return setPivot(before, layer.id, /** @type {any} */ (to), frame);
    }
    const end = e.shift ? snapAxis(start.doc_px, xy) : xy;
    return dragRegion(before, layer.id, frame, (end[0] - start.doc_px[0]) / width, (end[1] - start.doc_px[1]) / height);
  };
}

export function createSelectTool(ed) {
  const { state } = ed;
  let drag = null;
  let previous = null; // {hit, at}

  function toggle(hit) {
    const { layers, points } = state.selection;
    if (hit.kind === "point") {
      const same = (ref) => ref.layer === hit.layer && ref.index === hit.index;
      state.select({ layers: layers.filter((id) => id !== hit.layer), points: points.some(same) ? points.filter((ref) => !same(ref)) : [...points, { layer: hit.layer, index: hit.index }] });
    } else {
      state.select({ layers: layers.includes(hit.layer) ? layers.filter((id) => id !== hit.layer) : [...layers, hit.layer], points: points.filter((ref) => ref.layer !== hit.layer) });
    }
  }

  const covers = (hit) => hit.kind === "point" ? state.selection.points.some((ref) => ref.layer === hit.layer && ref.index === hit.index) : state.selection.layers.includes(hit.layer);

  function take(hit) {
    if (hit.kind === "point") state.select({ layers: [], points: [{ layer: hit.layer, index: hit.index }] });
    else state.selectLayers([hit.layer]);
  }

  function startMove(e) {
    const hit = drag.hit;
    const layer = layerById(state.doc, hit.layer);
    if (drag.alt) {
      const copy = duplicateLayers(state.doc, [...state.activeIds()], {});
      state.history.begin(ed.t("do.duplicate"));
      state.history.update(copy.doc);
      state.selectLayers(copy.ids);
    } else state.history.begin(ed.t(hit.kind === "handle" ? "do.shape" : "do.move"));
    drag.started = true;
    drag.before = state.doc;
    // At rest a region itself is moved; later in time its motion is.
    const asMotion = layer?.type === "region" && !drag.alt && (hit.kind === "handle" || (state.frame > 0 && state.selection.layers.length === 1 && !state.selection.points.length));
    drag.change = asMotion ? regionGesture(ed, layer, hit.handle, drag.from) : null;
    drag.anchor = hit.kind === "point" && layer?.points?.[hit.index];
    continueMove(e);
  }

  function continueMove(e) {
    if (drag.change) {
      state.history.update(drag.change(e));
      return;
    }
    const [width, height] = state.doc.size_wh;
    let to = e.doc_px;
    if (e.shift) to = snapAxis(drag.from.doc_px, to);
    let dx = to[0] - drag.from.doc_px[0];
    let dy = to[1] - drag.from.doc_px[1];
    if (state.snap && drag.anchor) {
      const at = [drag.anchor[0] * width, drag.anchor[1] * height];
      const snapped = snapGrid([at[0] + dx, at[1] + dy], 8, "centre");
      dx = snapped[0] - at[0];
      dy = snapped[1] - at[1];
    }
    state.history.update(moveSelection(drag.before, state.selection, dx / width, dy / height));
  }

  return {
    id: "select",
    cursor: "default",
    down(e) {
      const options = hitOptions(state, e);
      const hits = hitTestAll(state.doc, state.sampled, state.view, e.scene, options).map((one) => asBody(one, e));
      const again = previous && Math.hypot(e.screen[0] - previous.at[0], e.screen[1] - previous.at[1]) < 4;
      const held = hits.find(covers);
      const hit = hits[0]?.kind === "handle" ? hits[0] : hits[0]?.kind === "point" && !(again && held) ? hits[0] : held ?? hits[0] ?? null;
      drag = { from: e, hit, started: false, box: null, alt: e.alt && hit?.kind !== "handle", cycle: null };
      if (!hit) {
        if (!e.shift) state.select({ layers: [], points: [] });
        drag.kept = state.selection;
        drag.box = [e.scene, e.scene];
      } else if (e.shift) toggle(hit);
      else if (hit.kind !== "handle") {
        if (again && hits.length > 1) drag.cycle = hitTest(state.doc, state.sampled, state.view, e.scene, { ...options, cycle: previous.hit });
        if (!covers(hit)) take(hit);
      }
      previous = hit ? { hit: drag.cycle ?? hit, at: e.screen } : null;
    },
    move(e) {
      if (!drag) return;
      if (drag.box) {
        drag.box[1] = e.scene;
        const found = marquee(state.doc, state.view, drag.box[0], drag.box[1], { frame: Math.round(state.frame) });
        const kept = drag.kept;
        state.select({ layers: [...kept.layers, ...found.layers], points: [...kept.points, ...found.points.filter((ref) => !found.layers.includes(ref.layer))] });
        return;
      }
      const far = Math.hypot(e.screen[0] - drag.from.screen[0], e.screen[1] - drag.from.screen[1]) > (e.touch ? 8 : DRAG_PX);
      if (drag.started) continueMove(e);
      else if (far) startMove(e);
    },
    up() {
      if (drag?.started) state.history.commit();
      else if (drag?.cycle && !sameHit(drag.cycle, drag.hit)) take(drag.cycle);
      drag = null;
    },
    cancel() {
      if (drag?.started) state.history.cancel();
      drag = null;
    },
    double(e) {
      const hit = hitTest(state.doc, null, state.view, e.scene, { tolerance_px: e.tolerance_px });
      if (hit?.kind !== "path") return;
      const layer = layerById(state.doc, hit.layer);
      if (layer?.type !== "path" || hit.span === undefined) return;
      const [width, height] = state.doc.size_wh;
      const at = hit.xy ? [hit.xy[0] / width, hit.xy[1] / height] : e.norm;
      if (state.apply(insertPoint(state.doc, hit.layer, hit.span + 1, /** @type {any} */ (at)), ed.t("do.insertPoint"))) state.select({ layers: [], points: [{ layer: hit.layer, index: hit.span + 1 }] });
    },
    erase(e) {
      eraseAt(ed, e);
    },
    hover(e) {
      const hit = asBody(hitTest(state.doc, state.sampled, state.view, e.scene, hitOptions(state, e)), e);
      ed.setHover(hit);
      const cursors = { rotate: "grab", pivot: "crosshair" };
      ed.stage.over.style.cursor = hit?.kind === "handle" ? cursors[hit.handle] ?? "nwse-resize" : hit ? (hit.kind === "point" ? "move" : "pointer") : "default";
    },
    paint(ctx) {
      if (!drag?.box) return;
      const [[ax, ay], [bx, by]] = drag.box;
      ctx.fillStyle = "rgba(91,147,255,0.16)";
      ctx.strokeStyle = "#8db4ff";
      ctx.lineWidth = 1;
      ctx.fillRect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
      ctx.strokeRect(Math.min(ax, bx) + 0.5, Math.min(ay, by) + 0.5, Math.abs(ax - bx), Math.abs(ay - by));
    },
  };
}
