// What several selected layers have in common: a group, an easing.

import { easeLayers, freeGroupName, groupLayers, groupOf, idsOfGroup, ungroupLayers } from "../../commands/all.mjs";
import { h } from "../../ui/dom.mjs";
import { fold } from "../../ui/fields.mjs";
import { easingActions } from "./common.mjs";
import { createEasingEditor } from "./curve_editor.mjs";

/** @typedef {import('../../state/state.mjs').EditorState} EditorState */

/** The selected layers. @param {EditorState} state */
function chosen(state) {
  const ids = state.activeIds();
  return state.doc.layers.filter((layer) => ids.has(layer.id));
}

/** Whether they are all of one group, and nothing else. @param {EditorState} state */
function areAGroup(state) {
  const layers = chosen(state);
  const group = groupOf(layers[0]);
  return group !== null && layers.every((layer) => groupOf(layer) === group) && idsOfGroup(state.doc, group).length === layers.length;
}

/** What adds or removes controls. @param {EditorState} state */
export const manyKey = (state) => `${chosen(state).some((layer) => "easing" in layer)} ${chosen(state).some((layer) => groupOf(layer) !== null)} ${areAGroup(state)}`;

/** @param {import('./common.mjs').PropsNeeds} needs @returns {import('./common.mjs').PropsPart} */
export function manyProps(needs) {
  const { state, t } = needs;
  const ids = () => [...state.activeIds()];
  const button = (/** @type {string} */ text, /** @type {() => void} */ click) => h("button", { class: "wme-btn is-line", type: "button", text, on: { click } });
  const group = !areAGroup(state) && button(t("group.make"), () => void state.apply(groupLayers(state.doc, ids(), freeGroupName(state.doc, t("group"))), t("do.group"), { layers: ids() }));
  const grouped = chosen(state).some((layer) => groupOf(layer) !== null);
  const ungroup = grouped && button(t("group.ungroup"), () => void state.apply(ungroupLayers(state.doc, ids()), t("do.ungroup")));
  const eased = chosen(state).some((layer) => "easing" in layer);
  const easing = eased ? createEasingEditor(needs, easingActions(needs, (doc, value) => easeLayers(doc, ids(), value))) : null;
  return {
    nodes: [h("div", { class: "wme-actions" }, [group, ungroup]), easing && fold(t("easing"), [easing.element])],
    update() {
      const first = chosen(state).find((layer) => "easing" in layer);
      if (easing && first && "easing" in first) easing.set(first.easing);
    },
  };
}
