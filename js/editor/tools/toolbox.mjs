// The seven tools, and which of them is in the hand.

import { createDragTool, createPenTool } from "./path.mjs";
import { createRegionTool } from "./region.mjs";
import { createSelectTool } from "./select.mjs";
import { createAnchorTool, createCameraTool } from "./still.mjs";
import { createCropTool } from "./crop/crop_tool.mjs";
import { createThingTool } from "./thing.mjs";

/** @typedef {import('../state/state.mjs').ToolId} ToolId */
/** @typedef {import('./tool.mjs').Tool} Tool */
/**
 * @typedef {object} ToolboxNeeds
 * @property {import('./tool.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {HTMLElement} over the canvas under the pointer, whose cursor tells the tool
 * @property {AbortSignal} signal
 * @property {() => void} pause
 * @property {() => void} redraw
 * @property {(hit: import('./tool.mjs').Hit|null) => void} setHover
 * @property {(key: string) => void} hint words over the stage
 * @property {(text: string, action: string, run: () => void) => void} offer what was just done, and what may follow
 * @property {() => void} firstStroke a path was drawn
 * @property {(words: string) => void} tip
 * @property {() => {size: boolean}} [locked] what of the clip is the host's own
 */
/**
 * @typedef {object} Toolbox
 * @property {HTMLElement[]} elements what tools show over the stage
 * @property {() => Tool} current
 * @property {(id: ToolId) => void} take
 * @property {() => void} crop the whole picture is shown, and what is cropped of it is in the hand
 * @property {(cursor: string) => void} setCursor
 * @property {() => void} resetCursor
 */

/** @param {ToolboxNeeds} needs @returns {Toolbox} */
export function createToolbox({ over, tip, ...needs }) {
  const { state, t, setHover } = needs;
  const setCursor = (/** @type {string} */ cursor) => void (over.style.cursor = cursor);
  const thing = createThingTool({ ...needs, setCursor });
  const crop = createCropTool({ ...needs, setCursor, take });
  /** @type {Record<ToolId, Tool>} */
  const tools = {
    thing,
    select: createSelectTool({ ...needs, setCursor }),
    drag: createDragTool(needs),
    pen: createPenTool(needs),
    region: createRegionTool({ ...needs, setCursor }),
    anchor: createAnchorTool(needs),
    camera: createCameraTool({ ...needs, setCursor }),
    crop,
  };
  const current = () => tools[state.tool];
  const resetCursor = () => setCursor(current().cursor);
  return {
    current, setCursor, resetCursor,
    elements: [thing.element, crop.element],
    take,
    crop: crop.enter,
  };

  /** @param {ToolId} id */
  function take(id) {
    if (id === state.tool) return;
    state.cancelGesture();
    current().leave?.();
    if (state.cameraPicked) state.deselect();
    state.set("tool", { tool: id });
    setHover(null);
    resetCursor();
    tip(t(`tip.${id}`));
  }
}
