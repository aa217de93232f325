// Layers, front first, by groups, and a search where there are many. Only rows in sight exist, so that two thousand layers scroll like twenty.

import { fill, h, setPressed } from "../ui/dom.mjs";
import { icon } from "../ui/icons.mjs";
import { safeColor } from "../palette.mjs";
import { placeLayer, renameGroup, renameLayer, setLayer, ungroupLayers } from "../commands/all.mjs";
import { forgetGone, groupRow, openPickedGroup, rowsOf, turnGroup } from "./layer_rows.mjs";

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
 * @property {HTMLElement} search what of them is listed; not there while they are few
 * @property {HTMLElement} count how many there are, for the heading
 * @property {() => void} render
 */

/** So many layers are found without a search. */
const FEW = 6;
const KIND_ICON = { path: "lines", anchors: "anchor", region: "region", dense: "cells" };

/** @param {LayerListNeeds} needs @returns {LayerList} */
export function createLayerList({ state, t, signal, focusKeys }) {
  const inner = h("div", { class: "wme-layers-in" });
  const element = h("div", { class: "wme-layers", role: "list", "aria-label": t("layers") }, [inner]);
  const count = h("span", { class: "wme-count" });
  const search = h("input", { class: "wme-input wme-find", type: "search", placeholder: t("layers.find"), "aria-label": t("layers.find"), hidden: true });
  /** @type {import('./layer_rows.mjs').Row[]} */
  let rows = [];
  let rowHeight = 30;
  let editing = false;
  let anchorRow = -1;

  function render() {
    layOut();
    showRows();
  }

  /** Which rows there are, and how much room they take. */
  function layOut() {
    const { layers } = state.doc;
    search.hidden = layers.length <= FEW;
    rows = rowsOf(layers, state.folded, search.hidden ? "" : search.value);
    rowHeight = globalThis.matchMedia?.("(pointer: coarse)").matches ? 44 : 30;
    inner.style.height = `${rows.length * rowHeight}px`;
    count.textContent = layers.length ? String(layers.length) : "";
  }

  /** Those in sight. */
  function showRows() {
    if (editing) return;
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - 3);
    const to = Math.min(rows.length, Math.ceil((element.scrollTop + (element.clientHeight || 300)) / rowHeight) + 3);
    const focused = focusedPart();
    const active = state.activeIds();
    const shown = rows.slice(from, to).map((row, i) => (row.kind === "group" ? renderGroup(row, from + i, active) : renderRow(row.layer, from + i, active, row.inGroup)));
    fill(inner, shown);
    if (focused) {
      const again = shown.find((row) => (focused.id ? row.dataset.id === focused.id : row.dataset.group === focused.group));
      /** @type {HTMLElement|null|undefined} */ (again?.querySelector(`[data-part="${focused.part}"]`))?.focus({ preventScroll: true });
    }
  }

  /** The row and the part of it that have the focus. */
  function focusedPart() {
    const at = document.activeElement;
    const row = at?.closest(".wme-row");
    return at instanceof HTMLElement && row instanceof HTMLElement ? { row, id: row.dataset.id, group: row.dataset.group, part: at.dataset.part } : null;
  }

  /** @param {import('./layer_rows.mjs').GroupRow} group @param {number} row @param {Set<string>} active */
  function renderGroup(group, row, active) {
    const ids = group.layers.map((layer) => layer.id);
    return groupRow(group, { t, active, top_px: row * rowHeight, does: {
      turn: () => turnGroup(state, group.name),
      pick(event) {
        state.selectLayers(event.shiftKey || event.ctrlKey || event.metaKey ? [...state.selection.layers, ...ids] : ids);
        if (event.detail > 0) focusKeys();
      },
      rename: () => editName("group", group.name, group.name, t("group.name"), (text) => {
        if (state.folded.has(group.name)) turnGroup(state, text, false);
        state.apply(renameGroup(state.doc, group.name, text), t("do.rename"));
      }),
      ungroup() {
        state.apply(ungroupLayers(state.doc, ids), t("do.ungroup"));
        // The button is gone with its row.
        focusKeys();
      },
      set: (fields) => void state.apply(setLayer(state.doc, ids, fields), "visible" in fields ? t("do.eye") : t("do.lock")),
    } });
  }

  /** @param {Layer} layer @param {number} row @param {Set<string>} active @param {boolean} inGroup */
  function renderRow(layer, row, active, inGroup) {
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
    name.addEventListener("dblclick", () => rename(layer));
    const grip = h("span", { class: "wme-grip", "aria-hidden": "true" }, [icon("drag6", 14)]);
    grip.addEventListener("pointerdown", (event) => startDrag(event, layer, row));
    const kind = h("span", { class: "wme-swatch", style: { "--c": safeColor(layer.color, "#6699ff") }, title: t(`type.${layer.type}`) }, [h("i"), color]);
    return h("div", { class: `wme-row ${inGroup ? "in-group" : ""} ${on ? "is-on" : ""} ${visible ? "" : "is-off"}`, role: "listitem", "aria-setsize": rows.length, "aria-posinset": row + 1, style: { top: `${row * rowHeight}px` }, dataset: { id: layer.id } }, [
      grip, kind, h("span", { class: "wme-muted", style: { display: "grid" } }, [icon(KIND_ICON[layer.type] ?? "info", 15)]), name,
      toggle("eye", !visible, ["eye", "eyeOff"], [t("layer.hide"), t("layer.show")], { visible: !visible }, t("do.eye")),
      toggle("lock", !!layer.locked, ["unlock", "lock"], [t("layer.lock"), t("layer.unlock")], { locked: !layer.locked }, t("do.lock")),
    ]);
  }

  /** @param {MouseEvent} event @param {Layer} layer @param {number} row */
  function pick(event, layer, row) {
    if (event.shiftKey && anchorRow >= 0) {
      const [a, b] = [Math.min(anchorRow, row), Math.max(anchorRow, row)];
      state.selectLayers(rows.slice(a, b + 1).flatMap((one) => (one.kind === "layer" ? [one.layer.id] : [])));
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

  /** @param {Layer} layer */
  function rename(layer) {
    editName("id", layer.id, layer.name, t("layer.name"), (text) => void state.apply(renameLayer(state.doc, layer.id, text), t("do.rename")));
  }

  /** In place of a row's name as it stands now: the presses that led here may have made the rows anew. @param {"id"|"group"} kind @param {string} key of the row @param {string} before @param {string} label @param {(text: string) => void} take */
  function editName(kind, key, before, label, take) {
    const name = inner.querySelector(`.wme-row[data-${kind}="${CSS.escape(key)}"] .wme-row-name`);
    if (!name) return;
    const input = h("input", { class: "wme-input", value: before, maxlength: 200, "aria-label": label });
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
      if (keep && input.value.trim() && input.value !== before) take(input.value.trim());
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
      const to = Math.max(0, Math.min(rows.length, Math.round((e.clientY - inner.getBoundingClientRect().top) / scale / rowHeight)));
      drop = to;
      for (const other of inner.children) {
        const index = Math.round(/** @type {HTMLElement} */ (other).offsetTop / rowHeight);
        other.classList.toggle("is-over-top", index === to);
        other.classList.toggle("is-over-bottom", index === to - 1 && to === rows.length);
      }
    };
    const gesture = state.begin({ label: t("do.reorder"), pointerId: event.pointerId, onEnd: () => {
      inner.removeEventListener("pointermove", moved);
      inner.removeEventListener("pointerup", letGo);
      render();
    } });
    function letGo() {
      if (drop !== null && drop !== row && drop !== row + 1) {
        const at = drop;
        gesture.update((doc) => placeLayer(doc, layer.id, indexAt(doc, layer.id, at)));
      }
      gesture.commit();
    }
    inner.addEventListener("pointermove", moved);
    inner.addEventListener("pointerup", letGo);
  }

  /** Where a layer belongs that is dropped above a row: in front of all layers that are listed from there on. @param {import('../motion/document/types.mjs').Doc} doc @param {string} id @param {number} drop */
  function indexAt(doc, id, drop) {
    const below = rows.slice(drop).flatMap((one) => (one.kind === "group" ? one.layers : [one.layer])).find((one) => one.id !== id);
    const rest = doc.layers.filter((one) => one.id !== id);
    return below ? rest.findIndex((one) => one.id === below.id) + 1 : 0;
  }

  /** The same part of another row, or of a group its name, scrolled into sight. @param {number} row @param {string|undefined} part */
  function focusRow(row, part) {
    const next = rows[row];
    if (!next) return;
    element.scrollTop = Math.max((row + 1) * rowHeight - element.clientHeight, Math.min(element.scrollTop, row * rowHeight));
    render();
    const [is, name] = next.kind === "layer" ? ["id", next.layer.id] : ["group", next.name];
    const parts = [...inner.querySelectorAll(`[data-${is}="${CSS.escape(name)}"] [data-part]`)];
    const at = parts.find((one) => one instanceof HTMLElement && one.dataset.part === part) ?? parts.find((one) => one instanceof HTMLElement && one.dataset.part === "name") ?? parts[0];
    if (at instanceof HTMLElement) at.focus({ preventScroll: true });
  }

  element.addEventListener("keydown", (event) => {
    const focused = focusedPart();
    const layer = state.doc.layers.find((one) => one.id === focused?.id);
    if (!focused || editing) return;
    const index = layer ? state.doc.layers.indexOf(layer) : -1;
    if (event.key === "F2" && layer) rename(layer);
    if (!event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const row = rows.findIndex((one) => (one.kind === "layer" ? one.layer.id === focused.id : one.name === focused.group));
      focusRow(row + (event.key === "ArrowUp" ? -1 : 1), focused.part);
      event.preventDefault();
      return;
    }
    if (layer && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const to = index + (event.key === "ArrowUp" ? 1 : -1);
      if (to >= 0 && to < state.doc.layers.length) state.apply(placeLayer(state.doc, layer.id, to), t("do.reorder"));
      event.preventDefault();
      event.stopPropagation();
    }
  });
  element.addEventListener("scroll", showRows, { passive: true });
  /** @type {Layer[]|null} */
  let shown = null;
  state.on("doc", () => {
    forgetGone(state);
    // A drag of a point changes a layer's object, not what its row says.
    if (!state.history.inGesture || shown?.length !== state.doc.layers.length) render();
    shown = state.doc.layers;
  });
  /** What is picked elsewhere comes into sight. */
  function reveal() {
    openPickedGroup(state);
    const active = state.activeIds();
    layOut();
    const places = rows.flatMap((row, i) => ((row.kind === "layer" ? active.has(row.layer.id) : row.layers.every((layer) => active.has(layer.id))) ? [i] : []));
    const [top, height] = [element.scrollTop, element.clientHeight];
    const seen = places.some((row) => row * rowHeight >= top && (row + 1) * rowHeight <= top + height);
    if (places.length && !seen && height) element.scrollTop = places[0] * rowHeight - Math.max(0, (height - rowHeight) / 2);
    showRows();
  }
  state.on("selection", reveal);
  let folded = state.folded;
  state.on("ui", () => {
    if (folded !== state.folded) render();
    folded = state.folded;
  });
  search.addEventListener("input", () => {
    element.scrollTop = 0;
    render();
  });
  search.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") {
      const found = rows.flatMap((row) => (row.kind === "layer" ? [row.layer.id] : []));
      if (found.length) state.selectLayers(found);
      focusKeys();
    }
    if (event.key !== "Escape") return;
    search.value = "";
    render();
    focusKeys();
  });
  const observer = new ResizeObserver(render);
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
  return { element, search, count, render };
}
