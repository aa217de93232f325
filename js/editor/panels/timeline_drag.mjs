// The pointer in the timeline's rows: picking a row, dragging a bar, its ends or a key, scrolling by finger.

import { dragBar, moveKey, shiftTimes } from "../commands/all.mjs";
import { idsOf } from "./timeline_layout.mjs";

/** @typedef {import('../state/state.mjs').Gesture} Gesture */
/** @typedef {import('./timeline_layout.mjs').Part} Part */
/**
 * @typedef {object} TimelineDragNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('./timeline_layout.mjs').TimelineLayout} layout
 * @property {HTMLElement} scroll the rows
 * @property {(event: PointerEvent|null, text?: string) => void} tag words beside the pointer; null takes them away
 * @property {() => void} focusKeys
 */

/** @type {Partial<Record<Part["part"], string>>} */
const CURSORS = { start: "ew-resize", end: "ew-resize", body: "grab", key: "ew-resize" };

/** Where an event is in an element, in its own CSS px: the host may show the editor scaled. @param {MouseEvent} event @param {HTMLElement} target @returns {[number, number]} */
export function positionIn(event, target) {
  const rect = target.getBoundingClientRect();
  return [((event.clientX - rect.left) * (target.offsetWidth || 1)) / rect.width, ((event.clientY - rect.top) * (target.offsetHeight || 1)) / rect.height];
}

/** @param {TimelineDragNeeds} needs */
export function attachTimelineDrag({ state, t, layout, scroll, tag, focusKeys }) {
  /** `id`: whose key it is; `ids`: whose bars are held. @type {{gesture: Gesture, part: Part["part"], id: string, ids: string[], frame: number, x: number, moved: boolean}|null} */
  let held = null;
  /** @type {{y: number, top: number}|null} */
  let scrolling = null;

  /** @param {MouseEvent} event @param {boolean} touch */
  const partUnder = (event, touch) => {
    const [x, y] = positionIn(event, scroll);
    return layout.partAt(x, y + scroll.scrollTop, touch);
  };

  /** @param {Part} hit @param {boolean} several */
  function pick({ owner }, several) {
    const ids = idsOf(owner);
    if (owner === "camera") state.pickCamera();
    else if (several) state.selectLayers([...state.selection.layers, ...ids]);
    else if (!ids.every((id) => state.selection.layers.includes(id))) state.selectLayers(ids);
  }

  /** @param {PointerEvent} event */
  function down(event) {
    if (event.button) return;
    focusKeys();
    const [x] = positionIn(event, scroll);
    if (x > scroll.clientWidth) return;
    const hit = partUnder(event, event.pointerType === "touch");
    if (!hit) {
      state.select({});
      return;
    }
    scroll.setPointerCapture(event.pointerId);
    if (hit.part === "name" || hit.part === "none") scrolling = { y: event.clientY, top: scroll.scrollTop };
    else {
      const gesture = state.begin({ label: t(hit.part === "key" ? "do.key" : "do.timing"), pointerId: event.pointerId, onEnd: () => {
        held = null;
        tag(null);
      } });
      held = { gesture, part: hit.part, id: idsOf(hit.owner)[0] ?? "camera", ids: idsOf(hit.owner), frame: hit.frame, x, moved: false };
    }
    // While it is held already, so that a cancelled drag brings back what was picked before.
    pick(hit, event.shiftKey || event.ctrlKey);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (scrolling) {
      if (event.pointerType === "touch") scroll.scrollTop = scrolling.top - (event.clientY - scrolling.y);
      return;
    }
    if (!held) {
      const part = partUnder(event, false)?.part;
      scroll.style.cursor = (part && CURSORS[part]) ?? "default";
      return;
    }
    const by = Math.round((positionIn(event, scroll)[0] - held.x) / layout.perFrame());
    if (!held.moved && !by) return;
    held.moved = true;
    if (held.part === "key") dragKey(event, held, by);
    else dragBars(held, by);
  }

  /** @param {PointerEvent} event @param {{gesture: Gesture, id: string, frame: number}} key @param {number} by frames */
  function dragKey(event, { gesture, id, frame }, by) {
    const to = Math.max(0, Math.min(state.doc.frames - 1, frame + by));
    if (gesture.update((from) => (to === frame ? from : moveKey(from, id, frame, to)))) tag(event, String(to));
  }

  /** Several keep their distance where one of them meets the clip's end. @param {{gesture: Gesture, part: Part["part"], ids: string[]}} bar @param {number} by frames */
  function dragBars({ gesture, part, ids }, by) {
    if (part !== "start" && part !== "end" && part !== "body") return;
    const chosen = [...new Set(ids.every((id) => state.selection.layers.includes(id)) ? state.selection.layers : ids)];
    gesture.update((from) => (part === "body" ? shiftTimes(from, chosen, by) : dragBar(from, chosen, part, by)));
  }

  scroll.addEventListener("pointerdown", down);
  scroll.addEventListener("pointermove", move);
  scroll.addEventListener("pointerup", () => {
    held?.gesture.commit();
    scrolling = null;
  });
  scroll.addEventListener("pointercancel", () => (scrolling = null));
  scroll.addEventListener("mousedown", (event) => event.preventDefault());
  scroll.addEventListener("dblclick", (event) => {
    const hit = partUnder(event, false);
    if (hit?.part === "key") state.setFrame(hit.frame);
  });
}
