// What was found in a file, in sentences, before any of it enters the drawing; what could be taken otherwise is a button, and taking it reads the file again at once.

import { addLayers, apartFromGroups } from "../commands/all.mjs";
import { serializeDocument } from "../motion/document/document.mjs";
import { remapDocument } from "../motion/document/remap.mjs";
import { fill, h, setText } from "../ui/dom.mjs";
import { field, segmentField } from "../ui/fields.mjs";
import { InWords, reasonOf } from "../ui/strings.mjs";

/** @typedef {import('../motion/document/types.mjs').Doc} Doc */
/** @typedef {import('../motion/formats/read.mjs').Imported} Imported */
/** @typedef {import('../motion/formats/read.mjs').Choices} Choices */
/** @typedef {{size_wh: [number, number], fps: number}} Clip */
/**
 * @typedef {object} ImportDialogNeeds
 * @property {import('../state/state.mjs').EditorState} state
 * @property {import('../ui/strings.mjs').Translate} t
 * @property {import('../ui/menu.mjs').Floating} float
 * @property {boolean} fixedClip size and length are the host's
 * @property {(text: string, label: string) => Promise<boolean>} replaceDocument
 */
/** @typedef {(doc: Doc, choices: Choices) => Promise<Imported>} Read the same file once more, for this document and these choices */

/** Sentences that are shown; a file may be wrong in more ways than anybody reads. */
const MOST_SENTENCES = 12;

/** The values of a choice in the order of their buttons. @type {Readonly<Record<keyof Choices, readonly string[]>>} */
const ORDER = { axes: ["tracks_first", "frames_first"], unit: ["px", "norm"], y_origin: ["top", "bottom"] };

/** @param {string} words */
const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** Read, ask what cannot be known, then add; resolves once the question is answered. Rejects where nothing could be read. @param {ImportDialogNeeds} needs @param {string} name @param {Read} read */
export async function askImport({ state, t, float, fixedClip, replaceDocument }, name, read) {
  /** @type {Choices} */
  const chosen = {};
  /** The clip that the drawing gets with the tracks, where the person takes the file's own. @type {Clip|null} */
  let clip = null;
  const target = () => (clip ? remapDocument(state.doc, clip) : state.doc);
  let found = await read(target(), chosen);
  if (!found.layers.length && !found.document) throw new InWords(t("import.nothing"));

  const what = h("p", { style: { margin: "0" } });
  const report = h("ul", { class: "wme-muted wme-report" });
  const asked = h("div", { class: "wme-asked" });
  const fault = h("p", { class: "wme-bad", role: "alert", style: { margin: "0" }, hidden: true });
  /** Two quick presses: the last one counts. */
  let turn = 0;
  /** @type {Promise<void>} */
  let reading = Promise.resolve();

  function show() {
    const { kind, layers, document } = found;
    setText(what, t("import.found", { kind: kind ? capital(t.word(kind)) : name, count: (document?.layers ?? layers).length }));
    fill(report, found.report.slice(0, MOST_SENTENCES).map((line) => h("li", { text: t.note(line) })));
    fill(asked, [...Object.keys(ORDER).map((id) => choiceField(/** @type {keyof Choices} */ (id))), clipField()]);
  }

  /** @param {() => void} change */
  function again(change) {
    const before = [{ ...chosen }, clip];
    change();
    const mine = ++turn;
    reading = read(target(), { ...chosen }).then((next) => {
      if (mine !== turn) return;
      found = next;
      fault.hidden = true;
      show();
    }, (error) => {
      if (mine !== turn) return;
      // The file cannot be taken that way: what was found before stands, and so do its buttons.
      Object.assign(chosen, { axes: undefined, unit: undefined, y_origin: undefined }, before[0]);
      clip = /** @type {Clip|null} */ (before[1]);
      setText(fault, t("import.failed", { why: reasonOf(error, t) }));
      fault.hidden = false;
      show();
    });
  }

  /** @param {keyof Choices} id */
  function choiceField(id) {
    const choice = found.choices[id];
    if (!choice || choice.other === null || choice.other === undefined) return null;
    const options = ORDER[id].map((value) => /** @type {const} */ ([value, t(`import.${id}.${value}`)]));
    const buttons = segmentField({ label: t(`import.${id}`), options, onChange: (value) => again(() => Object.assign(chosen, { [id]: value })) });
    buttons.set(String(choice.taken));
    return field(t(`import.${id}`), buttons.element);
  }

  /** Size and rate that the file states: the drawing can take them, where they are its own to decide. */
  function clipField() {
    const { size_wh: size, fps } = found.choices;
    const stated = clip ?? { size_wh: /** @type {[number, number]} */ (size?.other ?? state.doc.size_wh), fps: Number(fps?.taken ?? state.doc.fps) };
    const same = `${stated.size_wh}` === `${state.doc.size_wh}` && stated.fps === state.doc.fps;
    if (same || found.document || fixedClip || !stated.size_wh.every((side) => side >= 8 && side <= 16384)) return null;
    const words = (/** @type {Clip} */ { size_wh: [width, height], fps: rate }) => t("import.clip.words", { width, height, fps: Math.round(rate * 1000) / 1000 });
    const buttons = segmentField({
      label: t("import.clip"), options: [["drawing", words(state.doc)], ["file", words(stated)]],
      onChange: (value) => again(() => (clip = value === "file" ? stated : null)),
    });
    buttons.set(clip ? "file" : "drawing");
    return field(t("import.clip"), buttons.element);
  }

  /** @param {boolean} replace */
  async function add(replace) {
    try {
      await reading;
      const { document } = found;
      if (document && replace) {
        if (fixedClip) await replaceDocument(await serializeDocument(document), t("do.import"));
        else state.apply(document, t("do.import"));
        return;
      }
      const doc = target();
      const { size_wh, frames, fps, fit } = doc;
      const layers = document ? apartFromGroups(doc, remapDocument(document, { size_wh, frames, fps, fit, crop: doc.crop ?? null }).layers) : found.layers.map((layer) => ({ ...layer, name: t.layer(String(layer.name)) }));
      const made = addLayers(doc, layers);
      state.apply(made.doc, t("do.import"), { layers: made.ids });
    } catch (error) {
      float.notice(t("import.failed", { why: reasonOf(error, t) }), { bad: true, ms: 9000 });
    }
  }

  show();
  const actions = [{ label: t("cancel"), run() {} }, { label: t("import.add"), main: !found.document, run: () => void add(false) }];
  if (found.document) actions.push({ label: t("import.replace"), main: true, run: () => void add(true) });
  await new Promise((/** @type {(value?: unknown) => void} */ gone) => float.dialog({ title: t("import.title", { name }), body: [what, report, asked, fault], actions, gone: () => gone() }));
}
