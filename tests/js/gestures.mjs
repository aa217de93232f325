// Random edits as the tools make them, for property tests.
import { copySelection, pasteText } from '../../js/editor/commands/clipboard.mjs';
import * as commands from '../../js/editor/commands/all.mjs';
import { makeDense } from '../../js/editor/motion/document/dense.mjs';
import { remapDocument } from '../../js/editor/motion/document/remap.mjs';

/** One random gesture: a function doc -> doc (pasting: a promise of it), as the tools make them. */
export function gestures(random) {
  const int = (n) => Math.floor(random() * n);
  const pick = (list) => list[int(list.length)];
  const point = () => [random() * 1.4 - 0.2, random() * 1.4 - 0.2];
  const some = (n) => Array.from({ length: 1 + int(n) }, point);
  const id = (doc) => pick(doc.layers)?.id ?? 'none';
  const layer = (doc) => pick(doc.layers) ?? { id: 'none', points: [] };
  const selection = (doc) => {
    const one = layer(doc);
    return random() < 0.5 ? { layers: [one.id], points: [] } : { layers: [], points: [{ layer: one.id, index: int((one.points ?? [0]).length + 1) }] };
  };
  const dense = () => makeDense({ frames: 3, count: 2, xy: Array.from({ length: 12 }, random), visible: [1, 1, 0, 1, 1, 1] });
  const list = {
    path: (d) => commands.addPath(d, some(6), { curve: pick(['straight', 'cubic', 'catmull-rom']), closed: random() < 0.3, timing: pick(['arc', 'arc', 'published']) }).doc,
    stroke: (d) => commands.addStroke(d, Array.from({ length: 2 + int(40) }, (_, i) => ({ x: random() * 832, y: random() * 480, t: i * 16 })), { start: int(80), fill: random() < 0.5 }).doc,
    anchor: (d) => commands.addAnchor(d, point()).doc,
    region: (d) => { const [x, y] = point(); return commands.addRegion(d, Array.from({ length: 3 + int(5) }, () => [x + random() * 0.15, y + random() * 0.15])).doc; },
    brush: (d) => commands.addRegionFromMask(d, { cols: 13, rows: 7, data: Uint8Array.from({ length: 91 }, (_, i) => (i === 40 || random() < 0.02 ? 1 : 0)) }).doc,
    dense: (d) => commands.addLayer(d, { type: 'dense', tracks: dense() }).doc,
    hold: (d) => (random() < 0.3 ? commands.holdTheRest(d).doc : d),
    setPoint: (d) => commands.setPoint(d, id(d), int(4), point()),
    move: (d) => commands.moveSelection(d, selection(d), random() - 0.5, random() - 0.5),
    nudge: (d) => commands.nudge(d, selection(d), 8, -1),
    insert: (d) => { const l = layer(d); return commands.insertPoint(d, l.id, int((l.points ?? []).length + 1), point()); },
    append: (d) => commands.appendPoint(d, id(d), point()),
    deletePoints: (d) => commands.deletePoints(d, [{ layer: id(d), index: int(3) }]),
    deleteSelection: (d) => (d.layers.length > 8 ? commands.deleteSelection(d, selection(d)) : d),
    mirror: (d) => commands.mirrorSelection(d, selection(d), pick(['x', 'y']), { about: pick(['selection', 'picture']) }),
    align: (d) => commands.alignSelection(d, { layers: [id(d), id(d)], points: [] }, pick(['left', 'center', 'right', 'top', 'middle', 'bottom'])),
    handles: (d) => commands.giveHandles(d, id(d)),
    handle: (d) => commands.setHandle(d, id(d), int(4), pick(['in', 'out']), [random() * 0.4 - 0.2, random() * 0.4 - 0.2], { free: random() < 0.3, even: random() < 0.3 }),
    straighten: (d) => (random() < 0.3 ? commands.dropHandles(d, id(d)) : d),
    group: (d) => commands.groupLayers(d, [id(d), id(d)], pick(['A', 'B'])),
    place: (d) => commands.placeLayer(d, id(d), int(20) - 2),
    turn: (d) => commands.turnLayers(d, [id(d), id(d)], [416, 240], { degrees: random() * 90, factor: 0.7 + random() }, () => pick([20, 40])),
    reverse: (d) => commands.reversePath(d, id(d)),
    duplicate: (d) => (d.layers.length < 25 ? commands.duplicateLayers(d, [id(d)], { dx: 0.02, dy: 0.02 }).doc : d),
    reorder: (d) => commands.reorderLayer(d, id(d), int(20) - 2),
    rename: (d) => commands.renameLayer(d, id(d), pick(['Ball', '', '<b>\u0000\n', 'x'.repeat(500)])),
    eye: (d) => commands.setLayer(d, id(d), { visible: random() < 0.7 }),
    easing: (d) => { const l = layer(d); return 'easing' in l ? commands.setLayer(d, l.id, { easing: pick(['linear', 'ease-in', [random(), random() * 3 - 1, random(), random() * 3 - 1]]) }) : d; },
    speed: (d) => commands.setSpeed(d, id(d), int(4), random() * 9),
    regionKey: (d) => commands.setRegionKey(d, id(d), int(81), { rotate: random() * 360, scale: random() * 3 }),
    dragRegion: (d) => commands.dragRegion(d, id(d), pick([0, 40, 80]), random() - 0.5, random() - 0.5),
    rotateRegion: (d) => commands.rotateRegion(d, id(d), pick([0, 40, 80]), random() * 90),
    scaleRegion: (d) => commands.scaleRegion(d, id(d), pick([0, 40, 80]), 0.5 + random()),
    pivot: (d) => commands.setPivot(d, id(d), point()),
    camera: (d) => commands.setCameraKey(d, int(81), { truck: [random() - 0.5, random() - 0.5], zoom: 0.2 + random() * 3, roll: random() * 90 - 45 }),
    moveKey: (d) => commands.moveKey(d, pick(['camera', id(d)]), pick([0, 40, 80]), int(100)),
    deleteKey: (d) => commands.deleteKey(d, pick(['camera', id(d)]), pick([0, 40, 80])),
    hide: (d) => commands.toggleHiddenFrom(d, [id(d)], int(81)),
    interval: (d) => commands.setHidden(d, id(d), int(81), int(81), random() < 0.6),
    bar: (d) => commands.dragBar(d, id(d), pick(['body', 'start', 'end']), int(200) - 100),
    paste: async (d) => (d.layers.length < 25 ? (await pasteText(d, (await copySelection(d, selection(d))) ?? '', { dx: 0.01, dy: 0.01 }))?.doc ?? d : d),
    resize: (d) => remapDocument(d, { size_wh: pick([[832, 480], [480, 832], [640, 640]]), frames: pick([81, 41]), stretch: random() < 0.5 }),
  };
  const names = Object.keys(list);
  return () => list[pick(names)];
}
