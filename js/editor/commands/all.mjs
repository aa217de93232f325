// commands/ are the edits that people make of a document. They import geometry/ and motion/ without its formats and mending, and know no state and no DOM.

// Pure edits: each returns a new document that shares every unchanged layer. Positions and dx, dy are 0-1 unless a name ends in _px.

export {
  alignSelection,
  appendPoint,
  deletePoints,
  deleteSelection,
  insertPoint,
  mirrorSelection,
  moveSelection,
  nudge,
  reversePath,
  selectedPoints,
  setPoint,
} from './points.mjs';
export { dropHandles, giveHandles, setHandle } from './handles.mjs';
export {
  addAnchor,
  addLayer,
  addLayers,
  copyWordNamer,
  addPath,
  deleteLayers,
  duplicateLayers,
  holdAgain,
  holdTheRest,
  layerBounds,
  nextName,
  renameLayer,
  reorderLayer,
  requireLayer,
  setDocument,
  setLayer,
} from './layers.mjs';
export { apartFromGroups, barOfSeveral, freeGroupName, groupLayers, groupOf, idsOfGroup, placeLayer, renameGroup, shiftTimes, ungroupLayers } from './groups.mjs';
export {
  addRegion,
  addRegionFromMask,
  barOf,
  deleteKey,
  dragBar,
  dragRegion,
  mergeIntervals,
  middleOf,
  moveKey,
  rotateRegion,
  scaleRegion,
  setCameraKey,
  setHidden,
  setPivot,
  setRegionKey,
  setSpeed,
  setTiming,
  toggleHiddenFrom,
} from './motion.mjs';
export { followHand, isBent } from './hand_way.mjs';
export { applyMotion, motionOf, readMotions } from './own_motions.mjs';
export { PRESETS, applyPreset, followLayer } from './presets.mjs';
export { easeLayers, moveLayers, turnLayers } from './several.mjs';
export { addStroke, simplifyStroke, straightStroke } from './stroke.mjs';
export { firstPart, setClip, SIDE_STEP_PX, videoLength, videoSide, withinClip } from './clip.mjs';
