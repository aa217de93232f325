// Every word the editor says, in one table, so that a locale is one more object. {name} marks what is filled in.

import { faultInChinese, layerInChinese, noteInChinese, wordInChinese } from "./sentences/said.mjs";
import { CHINESE } from "./strings_zh.mjs";

/** @type {Readonly<Record<string, string>>} */
export const ENGLISH = Object.freeze({
  "title": "Motion", "keys": "Stage: the picture with its motion", "keys.how": "Enter shows a crosshair: arrows move it, with Shift farther, Enter places or takes hold, Tab goes to the next point, Escape ends. Page Up and Page Down pick layers. Space plays.", "stage": "Picture with its motion", "panel": "Layers and properties", "done": "Done", "done.title": "Save and close",
  "clip": "{width} × {height} · {frames} {frames:frame|frames} · {seconds} s", "unnamed": "Unnamed", "cancel": "Cancel", "close": "Close", "files": "Files",
  "clip.title": "Clip", "clip.short": "{width} × {height}", "clip.size": "Size and crop", "clip.size.words": "{width} × {height}", "clip.size.480": "What the model was made for", "clip.size.720": "720p: larger, and slower", "clip.own": "Picture's own: {width} × {height}", "clip.own.note": "The shape of what is shown of the picture, at about as many pixels",
  "clip.width": "Width in pixels", "clip.height": "Height in pixels", "clip.width.short": "W", "clip.height.short": "H", "clip.fit": "Picture", "clip.rate": "Rate", "clip.fit.crop": "Fills the frame, cut", "clip.fit.pad": "All of it, with bars", "clip.fit.stretch": "Stretched", "clip.fit.area": "Decides the size",
  "clip.crop": "Crop…", "clip.crop.note": "Choose the part of the picture that is shown", "clip.crop.none": "There is no picture yet", "clip.whole": "Undo the crop", "clip.length": "Length", "clip.frames": "Frames", "clip.seconds": "Seconds", "clip.fps": "Frames per second",
  "clip.timing": "When the length changes", "clip.stretch": "Stretch", "clip.keep": "Keep timing", "clip.stretch.note": "The motion fills the new length: keys keep their share of it.", "clip.keep.note": "The motion keeps its seconds: a longer clip waits, a shorter one cuts at its end.", "clip.linked": "Some of this comes from the graph and is set there.",
  "clip.cut": "The clip is shorter than the motion was ({before} frames): it is cut at frame {last}.", "clip.cut.stretch": "Fit it in", "clip.shape": "{name}: {percent} % of the picture is cut away at {width} × {height}.", "clip.shape.use": "Use {width} × {height}",
  "crop.shape": "Shape of the crop", "crop.keep": "The clip's shape", "crop.free": "Free", "crop.whole": "All of it", "crop.take": "Crop", "crop.made": "{w} × {h} px → {width} × {height}",
  "hold.follows": "Follows the drawing: laid again when something moves elsewhere.", "hold.left": "Moved by hand, so it is left as it is.", "hold.again": "Hold the rest anew",
  "pin": "Pin to the screen", "pin.on": "Stays at its place on the screen; the camera moves past it.", "pin.off": "Goes along with the picture when the camera moves.",

  "tools": "Tools",
  "tool.thing": "Point at a thing", "tool.select": "Select", "tool.drag": "Drag a path", "tool.pen": "Pen", "tool.region": "Region", "tool.anchor": "Anchor", "tool.camera": "Camera",
  "tool.thing.short": "Thing", "tool.select.short": "Select", "tool.drag.short": "Drag", "tool.pen.short": "Pen", "tool.region.short": "Region", "tool.anchor.short": "Anchor", "tool.camera.short": "Camera",
  "tip.thing": "Click a thing, or draw roughly around it: its outline is found. Then drag it. Shift adds, Alt takes away, [ and ] show a part or the whole.",
  "tip.select": "Click or draw a box to select, drag to move. Click again for what lies below. Double-click a path to add a point.",
  "tip.drag": "Drag from an object along the way it should go. The rhythm of your hand is kept.",
  "tip.pen": "Click the points of a path. Enter or a double-click ends it, a click on the first point closes it.",
  "tip.region": "Draw around a thing, then drag it to where it should end.",
  "tip.anchor": "Click what should stay in its place in the picture. Under a camera it goes along, unless it is pinned to the screen.",
  "tip.crop": "Drag the frame or its corners. Enter crops, Esc leaves it as it was.", "tip.crop.touch": "Drag the frame or its corners, then crop.",
  "tip.camera": "Drag the yellow frame to where the camera should end; corners zoom, the handle above rolls.",
  "tip.thing.touch": "Tap a thing, or draw roughly around it: its outline is found. Then drag it.", "tip.select.touch": "Tap to select, drag to move. Tap again for what lies below. Double-tap a path to add a point.", "tip.pen.touch": "Tap the points of a path. A double tap ends it, a tap on the first point closes it.", "tip.anchor.touch": "Tap what should stay where it is.",
  "hint.thingMade.touch": "Now drag it. Not the right outline? The two buttons above change it", "hint.watch.touch": "Play it to see how it moves", "hint.polygon.touch": "Tap around the thing; a double tap closes the outline", "first.thing.touch": "Tap a thing, or draw roughly around it.", "first.watch.touch": "Play: watch it.", "blank.title.touch": "A picture to move",
  "hold.rest": "Hold the rest", "hold.short": "Hold the rest", "hold.title": "Put anchors on everything that does not move, so that the background stays",
  "hold.done": "{count} {count:anchor holds|anchors hold} the background.", "hold.none": "Nothing is left to hold: everything moves.",

  "hint.thingMade": "Now drag it. Not the right outline? [ and ] change it", "hint.watch": "Press Space to watch it", "hint.dragLonger": "Press on an object and drag", "hint.regionMade": "Now drag it to where it should end", "hint.polygon": "Click around the thing; Enter closes the outline", "hint.leave": "Esc again: save and close", "hint.crosshair": "Arrows move, Enter places, Tab: next point, Esc ends", "hint.full": "A drawing holds at most 2000 layers. Delete some to draw more",

  "first.thing": "Click a thing, or draw roughly around it.", "first.drag": "Drag it to where it should end.", "first.watch": "Space: watch it.", "first.hold": "Hold the rest: the background stays.", "first.close": "Done: it is saved.",
  "blank.title": "Drop a picture here", "blank.note": "Or draw without one: the frame is what the video will show.", "blank.choose": "Choose a picture",
  "drop.here": "Drop a picture or a motion file",

  "show": "Show", "show.lines": "Lines only", "show.draft": "Draft: the picture moves along", "show.latent": "Latent view: 8-pixel cells, 4-frame steps",
  "show.lines.short": "Lines", "show.draft.short": "Draft", "show.latent.short": "Latent", "overlays": "Drawing over the picture", "grid": "8-pixel grid", "snap": "Snap to cells",
  "zoom.view": "Zoom", "zoom.in": "Zoom in", "zoom.out": "Zoom out",

  "layers": "Layers", "layer.color": "Colour of {name}", "layer.name": "Name", "layer.hide": "Leave out", "layer.show": "Bring back", "layer.lock": "Lock", "layer.unlock": "Unlock",
  "type.path": "Path", "type.anchors": "Anchors", "type.region": "Region", "type.dense": "Imported tracks",

  "layers.find": "Find a layer", "layer.copy": "{name} copy", "group": "Group", "group.name": "Name of the group", "group.open": "Show its layers", "group.close": "Hide its layers", "group.ungroup": "Ungroup", "group.make": "Group them",
  "mask": "Mask", "mask.title": "{name} looks like a mask", "mask.ask": "White (or opaque) is the thing that it cuts out of the picture.", "mask.asThing": "As a thing", "mask.asPicture": "As the picture", "mask.there": "The graph gives a mask.", "mask.use": "Mask as a thing", "mask.useNote": "What the graph's mask covers, ready to drag", "mask.empty": "The mask covers nothing of this frame.", "mask.failed": "The mask could not be read: {why}",
  "export.svg": "SVG paths", "export.svg.note": "The lines, without their speed", "export.equalizer": "3DEqualizer 2D tracks", "export.equalizer.note": "Text, y from the bottom", "export.pftrack": "PFTrack (2dt)", "export.pftrack.note": "Text, y from the bottom", "export.shake": "Shake tracker text", "export.shake.note": "Nuke's CameraTracker reads it too", "export.syntheyes": "SynthEyes 2-D paths", "export.syntheyes.note": "-1 to 1, hidden frames kept",
  "clip.menu": "Clip of the draft…", "clip.note": "MP4, WebM or GIF of what the draft shows", "clip.needs": "Needs a picture and something that moves", "clip.mp4": "MP4", "clip.mp4.note": "Plays everywhere", "clip.webm": "WebM", "clip.webm.note": "Made by this browser", "clip.gif": "GIF", "clip.gif.note": "Loops, 256 colours",
  "clip.draftTitle": "Clip of the draft", "clip.progress": "Frames painted", "clip.frame": "Frame {frame} of {frames}", "clip.encoding": "Encoding…", "clip.long": "the clip is too long to be sent: make a WebM, or fewer frames", "clip.noEncoder": "This browser has no video encoder",
  "favourites": "Own motions", "favourite.keep": "Keep this motion under a name", "favourite.name": "Name of the motion", "favourite.save": "Keep", "favourite.forget": "Forget {name}", "favourite.failed": "It could not be kept: {why}",
  "do.group": "group", "do.ungroup": "ungroup", "do.favourite": "own motion", "do.handles": "handles", "curve.handles": "Handles", "key.group": "Group, ungroup", "key.handles": "Pull handles out of a point (pen), turn one handle alone",
  "props": "Properties", "props.many": "{count} selected", "props.start": "Five steps", "props.pick": "Select something to change it, or go on:",
  "position": "Position", "x.percent": "x in percent", "y.percent": "y in percent", "x.px": "x in pixels", "y.px": "y in pixels",
  "align": "Align", "align.left": "Align left", "align.center": "Align centres", "align.right": "Align right", "align.top": "Align top", "align.middle": "Align middles", "align.bottom": "Align bottom",
  "act.duplicate": "Duplicate", "act.mirror": "Mirror", "act.hideFrom": "Hide from the playhead on", "act.delete": "Delete",
  "shape": "Shape", "curve": "Curve", "curve.straight": "Straight", "curve.catmull-rom": "Smooth", "curve.cubic": "Smooth (spline)", "closed": "Closed", "path.reverse": "Reverse the direction", "path.still": "One point: it stays in its place in the picture.",
  "timing": "Timing", "frames": "Frames", "start": "First frame of the motion", "end": "Last frame of the motion", "duration": "Duration", "before": "Before", "after": "After", "hold": "Hold", "hide": "Hide",
  "path.handTimed": "Timed by hand", "path.evenSpeed": "Make even",
  "easing": "Easing", "easing.curve": "Easing curve. Arrow keys move the first handle, with Shift the second", "easing.linear": "Even", "easing.ease-in": "Ease in", "easing.ease-out": "Ease out", "easing.ease-in-out": "Ease in and out",
  "speed": "Speed per point", "speed.label": "Speed at each point", "speed.at": "Point {point}: {speed} times", "speed.add": "Set the speed at each point", "speed.even": "Even", "speed.none": "The same all along.",
  "hidden": "Hidden", "hidden.add": "Hide from the playhead", "hidden.remove": "Show again", "hidden.first": "Hidden from frame", "hidden.last": "Hidden to frame", "hidden.none": "Visible all along.",
  "motion": "Motion", "offset": "Offset", "offset.x": "Offset x in percent", "offset.y": "Offset y in percent", "rotate": "Rotate", "scale": "Scale",
  "thing.less": "A part of it", "thing.more": "What it is part of", "thing.next": "The next click", "thing.new": "Another thing", "thing.add": "Add to it", "thing.take": "Take from it", "thing.brush": "Correct the outline with a brush",
  "thing.none": "No thing stands out there. Draw around it instead", "thing.locked": "This thing is locked: unlock it in the list to change it",
  "thing.noPicture": "Without a picture there is nothing to point at: draw around the place",
  "presets": "Ready-made motions", "preset.walk": "Walk away", "preset.walk.note": "To the side and into the distance, step by step", "preset.jump": "Jump", "preset.jump.note": "Up and down once", "preset.swing": "Swing", "preset.swing.note": "To and fro about its upper end",
  "preset.fall": "Fall", "preset.fall.note": "Faster and faster, down", "preset.shake": "Shake", "preset.shake.note": "Small and quick, about its place", "preset.orbit": "Orbit", "preset.orbit.note": "Once round", "preset.follow": "Goes along with",
  "stroke": "Lasts", "stroke.clip": "The whole clip", "stroke.hand": "As drawn",
  "region.mode": "Draw with", "region.lasso": "Lasso", "region.brush": "Brush", "region.brushSize": "Brush", "region.points": "Points", "density": "Density", "region.count": "{count} {count:point|points}", "region.dragIt": "Drag it to where it should end.", "way.straight": "It goes straight there.", "way.follow": "Along my hand's way", "region.bend": "For a bend in its way, go to a frame between and drag it there.",
  "key.at": "at frame {frame}", "key.go": "Go to the key at frame {frame}", "key.delete": "Delete this key",
  "dense.note": "Tracks from a file, frame by frame. They can be moved, hidden and ordered, not reshaped.",
  "camera": "Camera", "camera.note": "Moves the picture and everything in it; what is pinned to the screen stays.", "camera.frame": "camera at frame {frame}", "camera.clear": "Remove the camera motion",
  "camera.push": "Push in", "camera.pull": "Pull out", "camera.left": "Left", "camera.right": "Right", "camera.up": "Up", "camera.down": "Down",
  "truck": "Truck", "truck.x": "Truck x in percent", "truck.y": "Truck y in percent", "zoom": "Zoom", "roll": "Roll",

  "timeline": "Timeline", "timeline.empty": "Each track you draw gets a bar here: drag its body to start later, its ends to change how long it takes.", "timeline.size": "Height of the timeline", "playhead": "Playhead, frame",
  "play": "Play", "pause": "Pause", "loop": "Loop", "first": "First frame", "step.back": "Back one latent step", "step.forward": "Forward one latent step", "key.space": "Space",
  "along": "frame {frame} · {time}", "readout": "{x}, {y} px · {px}, {py} %",

  "status.ready": "Ready", "status.looking": "Looking at the picture", "status.empty": "Nothing moves yet", "status.issues": "{count} {count:issue|issues}",
  "issues": "What would not work", "issues.none": "Everything will work as drawn.", "issues.more": "… and {count} more", "issues.dropped": "{count} {count:track is|tracks are} above the limit and left out.", "issues.notes": "{count} {count:note|notes}", "issue.times": "{count} times", "issue.show": "Show", "fix.all": "Fix", "fix.done": "Fixed.", "fix.left": "{count} left to decide.",

  "say.place": "{x} % across, {y} % down", "say.point": "{name}, point {point} of {count}, {x} % across, {y} % down", "say.layer": "{name}, {type}, {place} of {count}, {where}", "say.selected": "{what} selected", "say.nothing": "Nothing selected", "say.did": "Done: {what}.", "say.frame": "Frame {frame}", "say.playing": "Playing", "say.paused": "Paused", "say.held": "Held: arrows move it, Enter lets go, Escape takes it back", "say.crosshairGone": "Crosshair gone",
  "handle.pivot": "{name}, the whole of it", "handle.rotate": "{name}, turn", "handle.scale-nw": "{name}, scale, top left", "handle.scale-ne": "{name}, scale, top right", "handle.scale-se": "{name}, scale, bottom right", "handle.scale-sw": "{name}, scale, bottom left", "handle.in": "{name}, point {point}, handle before it", "handle.out": "{name}, point {point}, handle after it", "handle.camera": "Camera, move", "handle.zoom": "Camera, zoom", "handle.roll": "Camera, roll",
  "timeline.bar": "Bar of what is selected", "timeline.group": "{name}: its {count} layers together", "timeline.body": "{name}: the whole bar", "timeline.start": "{name}: starts at", "timeline.end": "{name}: ends at", "timeline.key": "{name}: key {key} of {count}",

  "undo": "Undo", "redo": "Redo", "undone": "Undone: {what}", "redone": "Done again: {what}", "copied": "Copied. Paste in any motion editor.",
  "do.anchor": "anchor", "do.align": "align", "do.camera": "camera", "do.clip": "clip", "do.crop": "crop", "do.pin": "pin", "do.close": "close path", "do.color": "colour", "do.curve": "curve", "do.delete": "delete", "do.deletePoint": "delete point", "do.density": "density", "do.draw": "draw",
  "do.duplicate": "duplicate", "do.easing": "easing", "do.eye": "show or leave out", "do.fix": "fix", "do.hide": "hide", "do.hold": "hold the rest", "do.import": "import", "do.insertPoint": "insert point", "do.key": "key", "do.lock": "lock",
  "do.mirror": "mirror", "do.move": "move", "do.moveRegion": "move region", "do.paste": "paste", "do.point": "point", "do.region": "region", "do.rename": "rename", "do.reorder": "order", "do.restore": "restore",
  "do.reverse": "reverse", "do.shape": "shape", "do.speed": "speed", "do.take": "open take", "do.preset": "ready-made motion", "do.thing": "thing", "do.thingLess": "take from the thing", "do.thingMore": "add to the thing", "do.timing": "timing",

  "import.title": "Import {name}", "import.file": "Import a picture or a motion file", "import.note": "Tracks and paths of any common tool; dropping and pasting work too", "import.noteAlone": "Coordinates (JSON), npy, motion documents; other files need ComfyUI or wan-move edit", "import.found": "{kind}. Layers: {count}.",
  "import.unit": "Coordinates", "import.unit.px": "Pixels", "import.unit.norm": "0 to 1", "import.axes": "Order", "import.axes.tracks_first": "Tracks first", "import.axes.frames_first": "Frames first", "import.y_origin": "y counts from", "import.y_origin.top": "The top", "import.y_origin.bottom": "The bottom",
  "import.clip": "Size and rate", "import.clip.words": "{width} × {height}, {fps} fps", "import.pasted": "pasted text", "import.reading": "Reading {name} ({megabytes} MB)…", "import.add": "Add", "import.replace": "Replace the drawing", "import.nothing": "no track was found in it", "import.failed": "Not imported: {why}", "import.large": "{name} is larger than 64 MB",
  "export.document": "Motion document", "export.documentNote": "Everything as drawn, to open again", "export.npy": "Tracks and visibility (npy)", "export.npyNote": "Pixels, one position per frame", "export.coordinates": "Coordinates (JSON)",
  "export.coordinatesNote": "For spline editors of other packs", "export.done": "Saved {name}", "export.failed": "Not exported: {why}", "export.others": "For other programs…", "export.othersNote": "Compositors, tables, other packs", "export.othersNeed": "Needs ComfyUI or wan-move edit",
  "export.after_effects": "After Effects keyframes", "export.after_effects.note": "Text to paste into After Effects, Mocha or Nuke", "export.csv": "Table (CSV)", "export.csv.note": "One row a track and frame", "export.nuke": "Nuke ASCII", "export.nuke.note": "x, y from the bottom, frame",
  "export.ati": "ATI tracks (pth)", "export.ati.note": "121 frames", "export.npz": "TRACKS (npz)", "export.npz.note": "Tracks, visibility and size in one file", "export.safetensors": "TRACKS (safetensors)", "export.safetensors.note": "The same, for ComfyUI and Python",
  "export.wan2gp": "Motion Designer", "export.wan2gp.note": "Wan2GP's own definition (JSON)", "export.wan2gp_npy": "Wan2GP trajectories (npy)", "export.wan2gp_npy.note": "0 to 1, -1 where hidden", "export.points_store": "Spline editor control points", "export.points_store.note": "Speed and hiding are not kept", "export.strokes": "Strokes (JSON, 0 to 1)", "export.strokes.note": "Lines at even speed",
  "draft.failed": "No draft: {why}", "gesture.failed": "Taken back, because it failed: {why}", "picture.failed": "{name} could not be shown as a picture", "save.failed": "Not saved: {why}",
  "autosave.restored": "What was drawn before the page closed is back.", "autosave.taken": "What is drawn in the other tab goes on here.", "autosave.found": "A newer drawing was left in this browser.", "autosave.restore": "Restore", "autosave.full": "The browser's storage is full: a reload would lose changes. Close to save.",
  "document.unreadable": "This drawing cannot be read: {why}",
  "fault": "This document cannot be read", "fault.note": "It is left exactly as it is.", "fault.save": "Keep a copy", "fault.start": "Start a new drawing", "fault.startTitle": "Keeps a copy of this text first",

  "takes": "Takes", "takes.compare": "Compare two", "takes.failed": "Takes could not be read: {why}", "takes.loading": "Reading…", "takes.none": "Nothing was generated from this drawing yet.", "takes.noDrawing": "This take holds no drawing.",
  "takes.noFile": "No file", "takes.open": "Open its drawing", "takes.opened": "The take's drawing is open.", "takes.pick": "Pick", "takes.seed": "seed {seed}", "takes.score": "score {score} %", "takes.order": "Order of the takes", "takes.newest": "Newest", "takes.best": "Best",
  "thumb.empty": "Edit motion to draw how things move",

  "help": "Keys", "help.tools": "Tools", "help.watch": "Time", "help.view": "View", "help.edit": "Edit", "help.fingers": "Touch",
  "key.play": "Play or pause", "key.step": "One latent step (4 frames)", "key.frame": "One frame", "key.ends": "First and last frame", "key.hide": "Hide from the playhead on", "key.zoom": "Zoom at the pointer", "key.pan": "Move the view",
  "key.fit": "Fit the view", "key.grid": "Grid", "key.snap": "Snap to cells", "key.show": "Lines, draft, latent", "key.copy": "Copy and paste tracks", "key.altDrag": "Duplicate while moving", "key.nudge": "Nudge by a pixel (Shift: a cell)",
  "key.all": "Select all", "key.axis": "Keep to an axis, or turn by 15°", "key.pivot": "Move a region's turning point", "key.insert": "Insert a point on a path", "key.erase": "Delete a point", "key.finish": "End the path or outline", "key.crosshair": "Crosshair: point without a mouse", "key.layers": "Next or previous layer", "key.escape": "Let go, end, deselect",
  "cap.shiftClick": "Shift-click", "cap.altClick": "Alt-click", "cap.wheel": "Wheel", "cap.spaceDrag": "Space-drag", "cap.middleDrag": "Middle-drag", "cap.altDrag": "Alt-drag", "cap.doubleClick": "Double-click", "cap.rightClick": "Right-click", "cap.enter": "Enter",
  "key.finger": "One finger or the pen follows the tool", "key.fingers": "Two fingers move and zoom", "key.press": "A long press deletes a point", "key.tapAgain": "A second tap takes what lies below", "key.doubleTap": "A double tap on a path adds a point, and ends a path or an outline",

  "page.saved": "Saved", "page.closed": "Closed. Nothing was changed.", "page.tracks": "{count} {count:track|tracks}, {frames} {frames:frame|frames}. This page can be closed.", "page.again": "Open again", "page.otherKept": "The other version is kept as {name}.",
  "page.gone": "The editor's server does not answer: what is drawn now is in this tab alone. Start wan-move edit again to go on, and keep a copy of what is here.", "page.notKept": "What is drawn cannot be kept on disk: {why}", "page.keepCopy": "Keep a copy",
  "page.elsewhere": "Open in another tab", "page.elsewhereNote": "This drawing is being edited in another tab or window.", "page.keptAs": "What was drawn here last is kept as {name}.", "page.editHere": "Edit here",
  "page.changed": "Drawn in two places", "page.changedNote": "{name} was changed elsewhere while it was drawn on here. Both versions are kept: the one that you do not choose stays beside it as a copy.", "page.mine": "Keep mine", "page.theirs": "Take theirs",
});

/** {name}, or {name:one|many}. */
const BLANK = /\{(\w+)(?::([^|{}]*)\|([^|{}]*))?\}/g;

/** The table of a language tag such as "zh-CN" or "zh"; English where there is none. @param {string} [locale] */
export function tableFor(locale = "") {
  // Traditional readers are better served by English than by a table that is not theirs.
  return /^zh(?!-(TW|HK|MO|Hant))/i.test(locale) ? CHINESE : ENGLISH;
}

/** What the core and its twins say, in the page's language: a sentence of a report, why something failed, a kind of file, an imported layer's name. @typedef {{note: (text: string) => string, fault: (text: string) => string, word: (text: string) => string, layer: (name: string) => string}} Said */
/** @typedef {((key: string, values?: Record<string, string|number>) => string) & Said} Translate the words of a key, {name} filled in from `values`; {name:one|many} is the form that goes with that number */

const same = (/** @type {string} */ text) => text;

/**
 * A lookup with the table's words, or the host's own in their place. An unknown key gives itself, so that a gap shows.
 * @param {Record<string, string>} [words]
 * @param {string} [locale] language tag
 * @param {boolean} [touch] fingers are what there is: words that name keys or clicks give way to those of "key.touch"
 * @returns {Translate}
 */
export function createStrings(words = {}, locale, touch = false) {
  const table = tableFor(locale);
  const said = table === CHINESE ? { note: noteInChinese, fault: faultInChinese, word: wordInChinese, layer: layerInChinese } : { note: same, fault: same, word: same, layer: same };
  return Object.assign((/** @type {string} */ key, /** @type {Record<string, string|number>|undefined} */ values) => {
    const byTouch = touch ? `${key}.touch` : key;
    const text = words[byTouch] ?? words[key] ?? table[byTouch] ?? table[key] ?? ENGLISH[key] ?? key;
    return values ? text.replace(BLANK, (whole, name, one, many) => (name in values ? (one === undefined ? String(values[name]) : values[name] === 1 ? one : many) : whole)) : text;
  }, said);
}

/** Thrown with a sentence that is in the page's words already. */
export class InWords extends RangeError {}

/** What was thrown, in words. @param {unknown} error @param {Translate} t */
export function reasonOf(error, t) {
  if (error instanceof InWords) return error.message;
  return t.fault(error instanceof Error ? error.message : String(error));
}
