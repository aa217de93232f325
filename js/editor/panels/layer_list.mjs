// Layers, front first. Only rows in sight exist, so that two thousand layers scroll like twenty.

import { fill, h, setPressed } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { safeColor } from "../palette.mjs";
import { renameLayer, reorderLayer, setLayer } from "../commands/all.mjs";

const KIND_ICON = { path: "lines", anchors: "anchor", region: "region", dense: "cells" };

/** @param {any} ed */
export function createLayerList(ed) {
  const { state } = ed;
  const inner = h("div", { class: "wme-layers-in" });
  const element = h("div", { class: "wme-layers", role: "listbox", "aria-multiselectable": "true", "aria-label": ed.t("layers") }, [inner]);
  const count = h("span", { class: "wme-count" });
  let rowHeight = 30;
  let editing = null;
  let anchorRow = -1;
  let drop = null;

  // Front first: the reverse of the document's order.
  const layerAt = (row) => state.doc.layers[state.doc.layers.length - 1 - row];

  function render() {
    const { layers } = state.doc;
    rowHeight = globalThis.matchMedia?.("(pointer: coarse)").matches ? 44 : 30;
    inner.style.height = `${layers.length * rowHeight}px`;
    count.textContent = layers.length ? String(layers.length) : "";
    if (editing) return;
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - 3);
    const to = Math.min(layers.length, Math.ceil((element.scrollTop + (element.clientHeight || 300)) / rowHeight) + 3);
    const focused = document.activeElement?.closest?.(".wme-row") ? [document.activeElement.closest(".wme-row").dataset.id, document.activeElement.dataset.part] : null;
    const active = state.activeIds();
    const rows = [];
    for (let row = from; row < to; row++) rows.push(renderRow(layerAt(row), row, active));
    fill(inner, rows);
    if (focused) {
      const again = rows.find((row) => row.dataset.id === focused[0]);
      /** @type {HTMLElement | null} */ (again?.querySelector(`[data-part="${focused[1]}"]`))?.focus({ preventScroll: true });
    }
  }

  function renderRow(layer, row, active) {
    const on = active.has(layer.id);
    const visible = layer.visible !== false;
    const color = /** @type {HTMLInputElement} */ (h("input", { type: "color", value: safeColor(layer.color, "#6699ff"), "aria-label": ed.t("layer.color", { name: layer.name }), dataset: { part: "color" } }));
    color.addEventListener("change", () => state.apply(setLayer(state.doc, on ? [...state.activeIds()] : layer.id, { color: color.value }), ed.t("do.color")));
    const toggle = (part, set, names, labels, fields, label) => {
      const button = h("button", { class: `wme-btn is-icon ${set ? "is-set" : ""}`, type: "button", title: labels[set ? 1 : 0], "aria-label": `${labels[set ? 1 : 0]}: ${layer.name}`, dataset: { part }, on: { click: (event) => { event.stopPropagation(); state.apply(setLayer(state.doc, on ? [...state.activeIds()] : layer.id, fields), label); } } }, [icon(names[set ? 1 : 0], 16)]);
      setPressed(button, set);
      return button;
    };
    const detail = layer.type === "anchors" ? String(layer.points.length) : layer.type === "path" && layer.points.length > 1 && layer.start > 0 ? `${layer.start}–${layer.end}` : "";
    const name = h("button", { class: "wme-row-name", type: "button", role: "option", "aria-selected": on ? "true" : "false", title: layer.name, dataset: { part: "name" } }, [h("span", { text: layer.name || ed.t("unnamed") }), h("small", { text: detail })]);
    name.addEventListener("click", (event) => pick(event, layer, row));
    name.addEventListener("dblclick", () => rename(layer, name));
    const grip = h("span", { class: "wme-grip", "aria-hidden": "true" }, [icon("drag6", 14)]);
    grip.addEventListener("pointerdown", (event) => startDrag(event, layer, row));
    const kind = h("span", { class: "wme-swatch", style: { "--c": safeColor(layer.color, "#6699ff") }, title: ed.t(`type.${layer.type}`) }, [h("i"), color]);
    return h("div", { class: `wme-row ${on ? "is-on" : ""} ${visible ? "" : "is-off"}`, style: { top: `${row * rowHeight}px` }, dataset: { id: layer.id } }, [
      grip, kind, h("span", { class: "wme-muted", style: { display: "grid" } }, [icon(KIND_ICON[layer.type] ?? "info", 15)]), name,
      toggle("eye", !visible, ["eye", "eyeOff"], [ed.t("layer.hide"), ed.t("layer.show")], { visible: !visible }, ed.t("do.eye")),
      toggle("lock", !!layer.locked, ["unlock", "lock"], [ed.t("layer.lock"), ed.t("layer.unlock")], { locked: !layer.locked }, ed.t("do.lock")),
    ]);
  }

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
    ed.keysAfterClick(event);
  }

  function rename(layer, name) {
    const input = /** @type {HTMLInputElement} */ (h("input", { class: "wme-input", value: layer.name, maxlength: 200, "aria-label": ed.t("layer.name") }));
    editing = layer.id;
    name.replaceWith(input);
    input.select();
    input.focus();
    let done = false;
    const finish = (keep) => {
      if (done) return;
      done = true;
      editing = null;
      if (keep && input.value.trim() && input.value !== layer.name) state.apply(renameLayer(state.doc, layer.id, input.value.trim()), ed.t("do.rename"));
      render();
      ed.focusKeys();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
    });
    input.addEventListener("blur", () => finish(true));
  }

  function startDrag(event, layer, row) {
    if (event.button) return;
    const grip = event.currentTarget;
    grip.setPointerCapture(event.pointerId);
    const rect = inner.getBoundingClientRect();
    const scale = rect.height / Math.max(1, inner.offsetHeight);
    const moved = (e) => {
      drop = Math.max(0, Math.min(state.doc.layers.length, Math.round((e.clientY - inner.getBoundingClientRect().top) / scale / rowHeight)));
      for (const other of inner.children) {
        const index = Math.round(other.offsetTop / rowHeight);
        other.classList.toggle("is-over-top", index === drop);
        other.classList.toggle("is-over-bottom", index === drop - 1 && drop === state.doc.layers.length);
      }
    };
    const ended = (e) => {
      grip.removeEventListener("pointermove", moved);
      grip.removeEventListener("pointerup", ended);
      grip.removeEventListener("pointercancel", ended);
      const target = drop;
      drop = null;
      if (e.type === "pointerup" && target !== null && target !== row && target !== row + 1) {
        const toRow = target > row ? target - 1 : target;
        state.apply(reorderLayer(state.doc, layer.id, state.doc.layers.length - 1 - toRow), ed.t("do.reorder"));
      }
      render();
    };
    grip.addEventListener("pointermove", moved);
    grip.addEventListener("pointerup", ended);
    grip.addEventListener("pointercancel", ended);
  }

  element.addEventListener("keydown", (event) => {
    const active = document.activeElement?.closest?.(".wme-row");
    if (!active || editing) return;
    const row = state.doc.layers.length - 1 - state.doc.layers.findIndex((layer) => layer.id === active.dataset.id);
    if (event.key === "F2") rename(layerAt(row), active.querySelector(".wme-row-name"));
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const to = state.doc.layers.length - 1 - row + (event.key === "ArrowUp" ? 1 : -1);
      if (to >= 0 && to < state.doc.layers.length) state.apply(reorderLayer(state.doc, active.dataset.id, to), ed.t("do.reorder"));
      event.preventDefault();
      event.stopPropagation();
    }
  });
  element.addEventListener("scroll", render, { passive: true });
  let shown = null;
  state.on("doc", () => {
    // A drag of a point changes a layer's object, not what its row says.
    const key = state.history.inGesture;
    if (!key || shown?.length !== state.doc.layers.length) render();
    shown = state.doc.layers;
  });
  state.on("selection", render);
  const observer = new ResizeObserver(render);
  observer.observe(element);
  ed.signal.addEventListener("abort", () => observer.disconnect());
  return { element, count, render };
}
