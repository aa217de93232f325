// T: point at a thing. A click finds its outline by the picture's edges, a lasso does it roughly; then dragging moves the thing.

import { addRegion, deleteLayers, middleOf, nextName, setLayer } from "../commands/all.mjs";
import { outlineOf } from "../cutout/trace.mjs";
import { layerById } from "../motion/document/document.mjs";
import { insidePolygon } from "../geometry/points.mjs";
import { screenFromDoc } from "../geometry/view.mjs";
import { createBrushMask, paintMask, paintOutline, paintRing } from "./brush.mjs";
import { createRegionHand } from "./region_drag.mjs";
import { atNow, isFull } from "./tool.mjs";
import { lockedThingAt } from "./under_pointer.mjs";
import { agreement, covered, joined, regionBitmap, resampled } from "./thing/bitmaps.mjs";
import { clicksWith } from "./thing/clicks.mjs";
import { createFinderSource, inSlices, wished } from "./thing/finder.mjs";
import { createThingBar } from "./thing/thing_bar.mjs";
import { createWishes } from "./thing/wishes.mjs";

const CLICK_PX = 5;
/** The first click comes later than this. */
const LOOK_AFTER_MS = 120;
/** Common over joint area of what a click found and a thing that was never moved, from which on both are one thing: a part, or what it is part of, is another. */
const SAME_THING = 0.7;
/** What a lasso goes around is drawn around once more where so much of it lies within. */
const DRAWN_AGAIN = 0.5;

/** @typedef {import('./tool.mjs').XY} XY */
/** @typedef {import('./tool.mjs').ToolEvent} ToolEvent */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/** @typedef {import('../cutout/thing.mjs').Found} Found */
/** @typedef {import('./thing/bitmaps.mjs').Bitmap} Bitmap */
/** @typedef {import('./thing/bitmaps.mjs').Sign} Sign */
/** What was pointed at last: its layer as it was left, and the clicks and guesses behind it. @typedef {{layer: RegionLayer, clicks: import('../cutout/thing.mjs').Clicks, found: Found|null, level: number}} Pointed */
/**
 * @typedef {{kind: "stroke", start: ToolEvent, outline: XY[], sign: Sign}
 *   | {kind: "brush", mask: import('./brush.mjs').BrushMask, sign: Sign}} Doing
 */
/** @typedef {import('./region.mjs').RegionNeeds & {signal: AbortSignal}} ThingNeeds */

/** @param {ThingNeeds} needs @returns {import('./tool.mjs').Tool & {element: HTMLElement}} */
export function createThingTool({ state, t, signal, pause, setHover, setCursor, hint, offer, redraw }) {
  /** @type {Doing|null} */
  let doing = null;
  /** @type {ToolEvent|null} */
  let pointer = null;
  /** The last of them. @type {Pointed|null} */
  let pointed = null;
  /** Of each layer as it was left, so that undo and redo bring back what is known with it. @type {WeakMap<RegionLayer, Pointed>} */
  const known = new WeakMap();
  const finderOf = createFinderSource(state, signal);
  const wishes = createWishes({ state, signal, finderOf, redraw });
  const hand = createRegionHand({ state, t, setHover, setCursor, offer });
  const bar = createThingBar({ state, t, step, steps, hasThing: () => !!selectedThing() });

  const selectedThing = () => {
    const layer = state.single();
    return layer?.type === "region" && !layer.locked ? layer : null;
  };

  const none = () => hint("thing.none");

  // Looked at beforehand, so that the first click is answered at once.
  const prepare = () => void (!signal.aborted && state.tool === "thing" && state.picture && finderOf().catch(() => {}));
  // After the picture is seen.
  state.on("picture", () => void setTimeout(prepare, LOOK_AFTER_MS));
  state.on("tool", prepare);
  state.on("doc", ({ reason }) => {
    // Another drawing.
    if (reason === "reset") wishes.forget();
  });

  function steps() {
    const layer = selectedThing();
    const last = layer && known.get(layer);
    return { less: !!last?.found && last.level > 0, more: !!last?.found && last.level < last.found.count - 1 };
  }

  /** To a part of what is selected, or to what it is part of. @param {1|-1} by */
  function step(by) {
    const layer = selectedThing();
    const last = layer && known.get(layer);
    if (!layer || !last?.found || !(by > 0 ? steps().more : steps().less)) return;
    put(last.found.bitmap(last.level + by), "new", layer, { ...last, level: last.level + by });
  }

  /** A found shape becomes the thing: of `layer`, or a new one. @param {Bitmap} bitmap @param {Sign} sign @param {RegionLayer|null} layer @param {Omit<Pointed, "layer">|null} behind */
  function put(bitmap, sign, layer, behind) {
    const polygon = outlineOf(bitmap);
    if (polygon.length < 3) return hint("thing.none");
    let id = layer?.id ?? "";
    if (layer) {
      // A thing that moves already keeps its pivot: its keys are about it.
      const outline = { polygon, mask: null };
      state.apply(setLayer(state.doc, layer.id, layer.keys.length ? outline : { ...outline, pivot: middleOf(polygon) }), t(sign === "take" ? "do.thingLess" : sign === "add" ? "do.thingMore" : "do.thing"));
    } else {
      // The same thing once more, before anything was done with it.
      const last = pointed && layerById(state.doc, pointed.layer.id) === pointed.layer && !pointed.layer.keys.length ? pointed.layer : null;
      const shape = last && regionBitmap(last, bitmap.cols, bitmap.rows);
      const again = shape && (behind?.found ? agreement(shape, bitmap) > SAME_THING : covered(shape, bitmap) > DRAWN_AGAIN);
      const before = last && again ? deleteLayers(state.doc, [last.id]) : state.doc;
      if (isFull({ doc: before })) return hint("hint.full");
      const made = addRegion(before, polygon, { name: nextName(before, "region", t("type.region")) });
      id = made.id;
      if (!state.apply(made.doc, t("do.thing"), { layers: [made.id] })) return;
      hint("hint.thingMade");
    }
    const now = layerById(state.doc, id);
    pointed = behind && now?.type === "region" ? { ...behind, layer: now } : null;
    if (pointed) known.set(pointed.layer, pointed);
    bar.update();
  }

  /** What is added to, by the time that it is: what is selected at the press, or the thing that is still looked for then. @param {Sign} sign @returns {() => RegionLayer|null|undefined} undefined: it is gone */
  function chosenFor(sign) {
    if (sign === "new") return () => null;
    const id = wishes.all.some((one) => one.sign === "new") ? null : selectedThing()?.id;
    return () => {
      const layer = id ? layerById(state.doc, id) : selectedThing();
      return layer?.type === "region" && !layer.locked ? layer : id ? undefined : null;
    };
  }

  /** @param {XY} norm @param {XY} at_px @param {Sign} asked */
  function point(norm, at_px, asked) {
    const chosen = chosenFor(asked);
    wishes.ask({ at_px, sign: asked }, async (finder, isWished) => {
      const layer = chosen();
      if (layer === undefined) return none;
      const sign = layer ? asked : "new";
      const canvas = state.picture?.fitted;
      const before = layer && regionBitmap(layer, 2 * finder.cols, 2 * finder.rows);
      const last = layer && known.get(layer);
      const clicks = clicksWith(last?.clicks, before, norm, sign);
      if (!clicks.inside.length) return none;
      const lookFor = (/** @type {import('../cutout/thing.mjs').Clicks} */ of, /** @type {Bitmap|null} */ near = null) => inSlices(wished(finder.at(of, near), isWished), signal);
      const apart = { inside: [norm], outside: clicks.inside.filter((xy) => xy !== norm) };
      // What is added is looked for together with what there is; what is taken away is a thing of its own, which the rest is not part of.
      let found = await (sign === "take" ? lookFor(apart) : lookFor(clicks, before));
      const adds = () => !!found && insidePolygon(norm, outlineOf(joined(before, found.bitmap(found.level), sign)));
      // So is what is nothing together with it: a stretch of ground beside a ball.
      if (sign === "add" && !adds()) found = await lookFor(apart);
      if (sign === "add" && !adds()) return none;
      if (!found) return none;
      return () => {
        // The thing is gone or another one, or the picture lies in the frame otherwise now.
        if (state.picture?.fitted !== canvas || (layer && layerById(state.doc, layer.id) !== layer)) return;
        put(joined(before, found.bitmap(found.level), sign), sign, layer, { clicks, found: sign === "new" ? found : null, level: found.level });
      };
    });
  }

  /** @param {XY[]} outline doc px @param {Sign} sign */
  function lasso(outline, sign) {
    const [width, height] = state.doc.size_wh;
    const norm = outline.map(([x, y]) => /** @type {XY} */ ([x / width, y / height]));
    if (!state.picture) {
      // No picture whose edges could help: the lasso itself.
      if (isFull(state)) return hint("hint.full");
      const made = addRegion(state.doc, norm.filter((_, i) => i % Math.ceil(norm.length / 256) === 0), { name: nextName(state.doc, "region", t("type.region")) });
      state.apply(made.doc, t("do.region"), { layers: [made.id] });
      return;
    }
    const chosen = chosenFor(sign);
    wishes.ask({ at_px: outline[0], sign }, (finder) => {
      const shape = finder.within(norm);
      if (!shape) return none;
      return () => {
        const layer = chosen();
        if (layer !== undefined) put(joined(layer && regionBitmap(layer, shape.cols, shape.rows), shape, layer ? sign : "new"), layer ? sign : "new", layer, layer ? null : { clicks: { inside: [], outside: [] }, found: null, level: 0 });
      };
    });
  }

  /** @param {import('./brush.mjs').BrushMask} mask @param {Sign} sign */
  function brushed(mask, sign) {
    const layer = selectedThing();
    const stroke = mask.read();
    if (!layer || !stroke.data.includes(1)) return;
    const [cols, rows] = [0, 1].map((k) => Math.max(layer.mask?.size_wh[k] ?? 0, k ? stroke.rows : stroke.cols));
    put(joined(regionBitmap(layer, cols, rows), resampled(stroke, cols, rows), sign === "take" ? "take" : "add"), sign, layer, null);
  }

  function reset() {
    doing = null;
    hand.drop();
    wishes.forget();
    redraw();
  }

  return {
    id: "thing",
    element: bar.element,
    cursor: "crosshair",
    wantsEvery: true,
    holds: (e) => bar.brush || (!(e.alt || e.shift || bar.sign !== "new") && hand.reaches(e)),
    down(e, gesture) {
      pause();
      const sign = e.alt ? "take" : e.shift ? "add" : bar.sign;
      const changes = sign !== "new" && (selectedThing() ?? wishes.all.length > 0);
      const hit = hand.hit(e);
      if (!bar.brush && (!changes || hit?.kind === "handle") && hand.take(e, gesture, hit)) return;
      state.setFrame(0);
      const start = atNow(state, e);
      if (bar.brush && selectedThing()) {
        const mask = createBrushMask(state.doc.size_wh, sign === "take" ? "#ff5a5a" : "#6ee787");
        mask.paint(start.doc_px, state.brush);
        doing = { kind: "brush", mask, sign };
      } else doing = { kind: "stroke", start, outline: [start.doc_px], sign: changes ? sign : "new" };
    },
    move(e) {
      pointer = e;
      if (hand.move(e)) return;
      if (doing?.kind === "brush") for (const one of e.every ?? [e]) doing.mask.paint(one.doc_px, state.brush);
      else if (doing?.kind === "stroke") for (const one of e.every ?? [e]) doing.outline.push(one.doc_px);
    },
    up(e) {
      const was = doing;
      doing = null;
      if (was?.kind === "brush") brushed(was.mask, was.sign);
      if (hand.letGo()) bar.startAnew();
      if (was?.kind !== "stroke") return;
      const { start, outline, sign } = was;
      // A lasso may well end where it began.
      const reach_px = reachOf(outline, state.view.scale);
      if (reach_px >= CLICK_PX && outline.length >= 6) lasso(outline, sign);
      // Beside the picture there is nothing to point at.
      else if (start.norm.some((v) => v < 0 || v > 1)) state.selectLayers([]);
      else if (sign === "new" && lockedThingAt(state, start)) {
        state.selectLayers([lockedThingAt(state, start)?.id ?? ""]);
        hint("thing.locked");
      } else if (state.picture) point(start.norm, start.doc_px, sign);
      else hint("thing.noPicture");
    },
    key(name) {
      if (name !== "[" && name !== "]") return false;
      step(name === "]" ? 1 : -1);
      return true;
    },
    finish() {
      const was = wishes.all.length > 0 || bar.brush;
      if (wishes.all.length) reset();
      else if (was) bar.startAnew();
      return was;
    },
    takeBack() {
      const was = wishes.all.length > 0;
      if (was) reset();
      return was;
    },
    cancel: reset,
    leave: reset,
    erase: reset,
    hover(e) {
      pointer = e;
      if (bar.brush) {
        setHover(null);
        setCursor("none");
      } else hand.hover(e, "crosshair");
      if (doing || bar.brush) redraw();
    },
    paint(ctx, view) {
      if (doing?.kind === "stroke" && doing.outline.length > 1) paintOutline(ctx, view, doing.outline, { color: doing.sign === "take" ? "#ff7a7a" : "#ffffff" });
      if (doing?.kind === "brush") paintMask(ctx, view, doing.mask, state.doc.size_wh);
      if (bar.brush && pointer && !pointer.touch) paintRing(ctx, pointer.screen, state.brush * view.scale);
      for (const { at_px } of wishes.all) paintRing(ctx, screenFromDoc(view, at_px), 9);
    },
  };
}

/** The longest way of a stroke from where it began, CSS px. @param {XY[]} outline doc px @param {number} scale */
const reachOf = (outline, scale) => outline.reduce((most, [x, y]) => Math.max(most, Math.hypot(x - outline[0][0], y - outline[0][1]) * scale), 0);
