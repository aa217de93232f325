// Writes random documents with the editor's own tracks, issues and remapping, for the core to compare with its own: node emit_documents.mjs COUNT
import { checkDocument } from '../../js/editor/motion/checks/checker.mjs';
import { emptyDocument, parseDocument, serializeDocument } from '../../js/editor/motion/document/document.mjs';
import { remapDocument } from '../../js/editor/motion/document/remap.mjs';
import { sampleDocument } from '../../js/editor/motion/evaluation/evaluate.mjs';
import { gestures } from './gestures.mjs';
import { randomizer } from './random.mjs';

const cases = [];
for (let seed = 1; seed <= Number(process.argv[2]); seed++) {
  const random = randomizer(seed);
  const next = gestures(random);
  let doc = emptyDocument({ frames: 41, picture: { ref: null, size_wh: [1920, 1080] } });
  for (let i = 0; i < 40; i++) doc = await next()(doc);
  // What is stored is rounded, so both evaluate the same numbers.
  doc = (await parseDocument(await serializeDocument(doc))).document;
  const sampled = sampleDocument(doc);
  const target = { size_wh: [640, 384], frames: 61, fps: 24, fit: 'pad' };
  const remapped = remapDocument(doc, target);
  cases.push({
    text: await serializeDocument(doc),
    count: sampled.count,
    xy: [...sampled.xy],
    visible: [...sampled.visible],
    issues: checkDocument(doc, sampled).map(({ id, track, frame, text, layer }) => ({ id, track, frame, text, layer })),
    target,
    remapped: await serializeDocument(remapped),
  });
}
process.stdout.write(JSON.stringify(cases));
