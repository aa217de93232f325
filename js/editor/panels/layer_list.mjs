// Layers, front first. Only rows in sight exist, so that two thousand layers scroll like twenty.

import { fill, h, setPressed } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { safeColor } from "../palette.mjs";
import { renameLayer, reorderLayer, setLayer } from "../commands/all.mjs";

/** @typedef {import('../motion/document/types.mjs').Layer} Layer */
/**
 * @typedef {object} LayerListNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {AbortSignal} signal
 * @property {() => void} focusKeys
 */
/**
 * @typedef {object} LayerList
 * @property {HTMLElement} element
 * @property {HTMLElement} count how many there are, for the heading
 * @property {() => void} render
 */

const KIND_ICON = { path: "lines", anchors: "anchor", region: "region", dense: "cells" };

/** @param {LayerListNeeds} needs @returns {LayerList} */
export function createLayerList({ state, t, signal, focusKeys }) {
  const inner = h("div", { class: "wme-layers-in" });
  const element = h("div", { class: "wme-layers", role: "list", "aria-label": t("layers") }, [inner]);
  const count = h("span", { class: "wme-count" });
  let rowHeight = 30;
  let editing = false;
  let anchorRow = -1;

  // Front first: the reverse of the document's order.
  const layerAt = (/** @type {number} */ row) => state.doc.layers[state.doc.layers.length - 1 - row];

  function render() {
    const { layers } = state.doc;
    rowHeight = globalThis.matchMedia?.("(pointer: coarse)").matches ? 44 : 30;
    inner.style.height = `${layers.length * rowHeight}px`;
    count.textContent = layers.length ? String(layers.length) : "";
    if (editing) return;
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - 3);
    const to = Math.min(layers.length, Math.ceil((element.scrollTop + (element.clientHeight || 300)) / rowHeight) + 3);
    const focused = focusedPart();
    const active = state.activeIds();
    const rows = [];
    for (let row = from; row < to; row++) rows.push(renderRow(layerAt(row), row, active));
    fill(inner, rows);
    if (focused) {
      const again = rows.find((row) => row.dataset.id === focused.id);
      /** @type {HTMLElement|null|undefined} */ (again?.querySelector(`[data-part="${focused.part}"]`))?.focus({ preventScroll: true });
    }
  }

  /** The row and the part of it that have the focus. */
  function focusedPart() {
    const at = document.activeElement;
    const row = at?.closest(".wme-row");
    return at instanceof HTMLElement && row instanceof HTMLElement ? { row, id: row.dataset.id, part: at.dataset.part } : null;
  }

  /** @param {Layer} layer @param {number} row @param {Set<string>} active */
  function renderRow(layer, row, active) {
    const on = active.has(layer.id);
    const visible = layer.visible !== false;
    const color = h("input", { type: "color", value: safeColor(layer.color, "#6699ff"), "aria-label": t("layer.color", { name: layer.name }), dataset: { part: "color" } });
    color.addEventListener("change", () => state.apply(setLayer(state.doc, on ? [...state.activeIds()] : layer.id, { color: color.value }), t("do.color")));
    /** @param {string} part @param {boolean} set @param {[string, string]} names icons, off and on @param {[string, string]} labels @param {Record<string, boolean>} fields @param {string} label */
    const toggle = (part, set, names, labels, fields, label) => {
      const button = h("button", { class: `wme-btn is-icon ${set ? "is-set" : ""}`, type: "button", title: labels[set ? 1 : 0], "aria-label": `${labels[set ? 1 : 0]}: ${layer.name}`, dataset: { part }, on: { click: (event) => { event.stopPropagation(); state.apply(setLayer(state.doc, on ? [...state.activeIds()] : layer.id, fields), label); } } }, [icon(names[set ? 1 : 0], 16)]);
      setPressed(button, set);
      return button;
    };
    const detail = layer.type === "anchors" ? String(layer.points.length) : layer.type === "path" && layer.points.length > 1 && layer.start > 0 ? `${layer.start}–${layer.end}` : "";
    const name = h("button", { class: "wme-row-name", type: "button", "aria-pressed": on ? "true" : "false", title: layer.name, dataset: { part: "name" } }, [h("span", { text: layer.name || t("unnamed") }), h("small", { text: detail })]);
    name.addEventListener("click", (event) => pick(event, layer, row));
    name.addEventListener("dblclick", () => rename(layer, name));
    const grip = h("span", { class: "wme-grip", "aria-hidden": "true" }, [icon("drag6", 14)]);
    grip.addEventListener("pointerdown", (event) => startDrag(event, layer, row));
    const kind = h("span", { class: "wme-swatch", style: { "--c": safeColor(layer.color, "#6699ff") }, title: t(`type.${layer.type}`) }, [h("i"), color]);
    return h("div", { class: `wme-row ${on ? "is-on" : ""} ${visible ? "" : "is-off"}`, role: "listitem", "aria-setsize": state.doc.layers.length, "aria-posinset": row + 1, style: { top: `${row * rowHeight}px` }, dataset: { id: layer.id } }, [
      grip, kind, h("span", { class: "wme-muted", style: { display: "grid" } }, [icon(KIND_ICON[layer.type] ?? "info", 15)]), name,
      toggle("eye", !visible, ["eye", "eyeOff"], [t("layer.hide"), t("layer.show")], { visible: !visible }, t("do.eye")),
      toggle("lock", !!layer.locked, ["unlock", "lock"], [t("layer.lock"), t("layer.unlock")], { locked: !layer.locked }, t("do.lock")),
    ]);
  }

  /** @param {MouseEvent} event @param {Layer} layer @param {number} row */
  function pick(event, layer, row) {
    if (event.shiftKey && anchorRow >= 0) {
      const [a, b] = [Math.min(anchorRow, row), Math.max(anchorRow, row)];
      const ids = [];
      for (let i = a; i <= b; i++) ids.push(layerAt(i).id);
      state.selectLayers(ids);
    } else if (event.ctrlKey || event.metaKey) {
      const { layers } = state.selection;
      state.selectLayers(layers.includes(layer.id) ? layers.filter((id) => id !== layer.id) : [...layers, layer.id]);
      anchorRow = row;
    } else {
      state.selectLayers([layer.id]);
      anchorRow = row;
    }
    // A press of a key on the row keeps the focus there.
    if (event.detail > 0) focusKeys();
  }

  /** @param {Layer} layer @param {Element} name what the field replaces */
  function rename(layer, name) {
    const input = h("input", { class: "wme-input", value: layer.name, maxlength: 200, "aria-label": t("layer.name") });
    editing = true;
    name.replaceWith(input);
    input.select();
    input.focus();
    let done = false;
    /** @param {boolean} keep */
    const finish = (keep) => {
      if (done) return;
      done = true;
      editing = false;
      if (keep && input.value.trim() && input.value !== layer.name) state.apply(renameLayer(state.doc, layer.id, input.value.trim()), t("do.rename"));
      render();
      focusKeys();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
    });
    input.addEventListener("blur", () => finish(true));
  }

  /** Held by the list and not by the grip: rows are made anew with every step. @param {PointerEvent} event @param {Layer} layer @param {number} row */
  function startDrag(event, layer, row) {
    if (event.button) return;
    /** @type {number|null} */
    let drop = null;
    inner.setPointerCapture(event.pointerId);
    const rect = inner.getBoundingClientRect();
    const scale = rect.height / Math.max(1, inner.offsetHeight);
    /** @param {PointerEvent} e */
    const moved = (e) => {
      const to = Math.max(0, Math.min(state.doc.layers.length, Math.round((e.clientY - inner.getBoundingClientRect().top) / scale / rowHeight)));
      drop = to;
      for (const other of inner.children) {
        const index = Math.round(/** @type {HTMLElement} */ (other).offsetTop / rowHeight);
        other.classList.toggle("is-over-top", index === to);
        other.classList.toggle("is-over-bottom", index === to - 1 && to === state.doc.layers.length);
      }
    };
    const gesture = state.begin({ label: t("do.reorder"), pointerId: event.pointerId, onEnd: () => {
      inner.removeEventListener("pointermove", moved);
      inner.removeEventListener("pointerup", letGo);
      render();
    } });
    function letGo() {
      if (drop !== null && drop !== row && drop !== row + 1) {
        const toRow = drop > row ? drop - 1 : drop;
        gesture.update((doc) => reorderLayer(doc, layer.id, doc.layers.length - 1 - toRow));
      }
      gesture.commit();
    }
    inner.addEventListener("pointermove", moved);
    inner.addEventListener("pointerup", letGo);
  }

  /** The same part of another row, scrolled into sight. @param {number} row @param {string|undefined} part */
  function focusRow(row, part) {
    const layer = layerAt(row);
    if (!layer) return;
    element.scrollTop = Math.max((row + 1) * rowHeight - element.clientHeight, Math.min(element.scrollTop, row * rowHeight));
    render();
    /** @type {HTMLElement|null} */ (inner.querySelector(`[data-id="${CSS.escape(layer.id)}"] [data-part="${part}"]`))?.focus({ preventScroll: true });
  }

  element.addEventListener("keydown", (event) => {
    const focused = focusedPart();
    const layer = state.doc.layers.find((one) => one.id === focused?.id);
    if (!focused || !layer || editing) return;
    const row = state.doc.layers.length - 1 - state.doc.layers.indexOf(layer);
    const name = focused.row.querySelector(".wme-row-name");
    if (event.key === "F2" && name) rename(layer, name);
    if (!event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      focusRow(row + (event.key === "ArrowUp" ? -1 : 1), focused.part);
      event.preventDefault();
      return;
    }
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const to = state.doc.layers.length - 1 - row + (event.key === "ArrowUp" ? 1 : -1);
      if (to >= 0 && to < state.doc.layers.length) state.apply(reorderLayer(state.doc, layer.id, to), t("do.reorder"));
      event.preventDefault();
      event.stopPropagation();
    }
  });
  element.addEventListener("scroll", render, { passive: true });
  /** @type {Layer[]|null} */
  let shown = null;
  state.on("doc", () => {
    // A drag of a point changes a layer's object, not what its row says.
    if (!state.history.inGesture || shown?.length !== state.doc.layers.length) render();
    shown = state.doc.layers;
  });
  state.on("selection", render);
  const observer = new ResizeObserver(render);
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
  return { element, count, render };
}
