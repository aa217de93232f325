// Files and graphs of strangers: the work grows with their size and no faster, counted in looks, never in seconds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { embeddedPrompt } from "../../../js/comfy/embedded.mjs";
import { originOf, outerLink } from "../../../js/comfy/graph.mjs";
import { downstreamOf, eachRunOnce, takeFromPrompt, takesFromHistory } from "../../../js/comfy/history.mjs";
import { createTakesProvider, executionIds } from "../../../js/comfy/takes.mjs";

const KIND = "WanMoveMotionEditor";

/** Bytes that count how often one of them is looked at. */
function counted(text) {
  const bytes = new TextEncoder().encode(text);
  const seen = { looks: 0, bytes: null };
  seen.bytes = new Proxy({}, {
    get(_, name) {
      if (name === "length") return bytes.length;
      if (name === "indexOf") {
        return (value, from = 0) => {
          const at = bytes.indexOf(value, from);
          seen.looks += (at < 0 ? bytes.length : at) - from + 1;
          return at;
        };
      }
      if (name === "subarray") {
        return (from, to) => {
          seen.looks += to - from;
          return bytes.subarray(from, to);
        };
      }
      seen.looks++;
      return bytes[Number(name)];
    },
  });
  return seen;
}

const HOSTILE = {
  "the mark again and again": (n) => '"class_type" '.repeat(n),
  "an open brace before each mark": (n) => '{"class_type":'.repeat(n),
  "one open brace, then marks": (n) => `{${'"class_type",'.repeat(n)}`,
  "closed objects between marks": (n) => '{}"class_type"'.repeat(n),
  "objects that are no prompts": (n) => '{"class_type":1}'.repeat(n),
  "texts apart": (n) => '"class_type"\0'.repeat(n),
  "open texts apart": (n) => '{"class_type"\0'.repeat(n),
  "two open braces, then closed ones": (n) => `{{${'{}"class_type"'.repeat(n)}`,
  "an open string": (n) => `{"${"class_type{}".repeat(n)}`,
  "backslashes": (n) => `{"class_type":"${"\\".repeat(12 * n + 1)}`,
  "marks after one early brace that closes": (n) => `{}${'"class_type"'.repeat(n)}`,
  "half marks": (n) => "class_typ".repeat(n),
  "braces without a mark": (n) => "{".repeat(12 * n),
};

for (const [name, make] of Object.entries(HOSTILE)) {
  test(`a file is read in one pass: ${name}`, () => {
    const [short, long] = [500, 2000].map((n) => {
      const text = make(n);
      const seen = counted(text);
      assert.equal(embeddedPrompt(seen.bytes), null);
      return { looks: seen.looks, length: text.length };
    });
    assert.ok(long.looks <= 12 * long.length, `${long.looks} looks at ${long.length} bytes`);
    assert.ok(long.looks / long.length <= 1.3 * (short.looks / short.length) + 0.1);
  });
}

test("random pieces: one pass, whatever they make together", () => {
  const pieces = ["{", "}", '"', "\\", '"class_type"', "class_type", '"class_type":"A"', '{"5":', "\0", ":", "x".repeat(40)];
  let seed = 7;
  const random = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
  for (let round = 0; round < 200; round++) {
    const some = pieces.filter(() => random(2));
    const text = Array.from({ length: 300 }, () => some[random(some.length)] ?? "{").join("");
    const seen = counted(text);
    embeddedPrompt(seen.bytes);
    assert.ok(seen.looks <= 12 * text.length + 100, `${seen.looks} looks at ${text.length} bytes of ${JSON.stringify(some)}`);
  }
});

test("what is a prompt is still found behind what is none", () => {
  const json = JSON.stringify({ 5: { class_type: KIND, inputs: { document: "x" } } });
  for (const before of ["", "{", "{}", "class_type", '{"class_type":1}', "{\0", '{"class_type"\0', "\u0001{data", '"class_type" {} ']) {
    assert.equal(embeddedPrompt(new TextEncoder().encode(`${before}${json}\0rest`))?.[5]?.class_type, KIND, JSON.stringify(before));
  }
});

/** How many entries lists hand out while `run` runs. */
function handedOut(run) {
  const original = Array.prototype[Symbol.iterator];
  let count = 0;
  Array.prototype[Symbol.iterator] = function () {
    const inner = original.call(this);
    return { next: () => { count++; return inner.next(); }, [Symbol.iterator]() { return this; } };
  };
  try {
    run();
  } finally {
    Array.prototype[Symbol.iterator] = original;
  }
  return count;
}

/** One node that n others take from. */
const star = (n) => Object.fromEntries([["1", { class_type: KIND, inputs: {} }], ...Array.from({ length: n }, (_, i) => [String(i + 2), { class_type: "Any", inputs: { a: ["1", 0], positive: ["1", 0] } }])]);
/** Every node takes its words from all before it, and none has any. */
const mesh = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [String(i + 1), { class_type: i ? "Any" : KIND, inputs: { positive: [String(n), 0], x: ["1", 0], ...Object.fromEntries(Array.from({ length: 60 }, (_, k) => [`k${k}`, k])) } }]));

test("a graph is walked once, however many take from one node", () => {
  for (const make of [star, mesh]) {
    const [short, long] = [500, 4000].map((n) => handedOut(() => takeFromPrompt(make(n), KIND, { filename: "a.png", subfolder: "", type: "output" })) / n);
    assert.ok(long <= 1.2 * short + 1, `${short} entries a node, then ${long}`);
  }
  assert.equal(downstreamOf(star(40_000), "1").length, 40_000);
});

test("a run's outputs may be any number of files", () => {
  const images = Array.from({ length: 200_000 }, (_, i) => ({ filename: `${i}.png`, subfolder: "", type: "output" }));
  const [take] = takesFromHistory({ p: { prompt: [1, "p", star(3), {}, []], outputs: { 2: { images } } } }, { kind: KIND, nodeIds: ["1"] });
  assert.equal(take.file.filename, "199999.png");
});

class LGraphNode {
  getInputLink(slot) {
    LGraphNode.asked = (LGraphNode.asked ?? 0) + 1;
    return this.inputs[slot]?.from ?? null;
  }
}
const getLink = outerLink(LGraphNode);

function graph(nodes, root = null) {
  const made = { id: Math.random(), nodes, outputs: [], links: new Map(), subgraphs: new Map(), asked: 0, byId: new Map(), getNodeById: (id) => made.byId.get(id) ?? null };
  made.rootGraph = root ?? made;
  for (const node of nodes) {
    node.graph = made;
    made.byId.set(node.id, node);
  }
  return made;
}

test("a way through the graph ends, however long it is", () => {
  const chain = Array.from({ length: 40_000 }, (_, i) => ({ id: i, type: "Reroute", inputs: [{ name: "", from: { origin_id: i + 1, origin_slot: 0 } }], outputs: [], widgets: [], mode: 0 }));
  graph(chain);
  LGraphNode.asked = 0;
  assert.equal(originOf(chain[0], 0, getLink), null);
  assert.ok(LGraphNode.asked < 1000);
  // Each Get asks for its Set node: the graph is looked through once for all of them.
  let looks = 0;
  const pairs = Array.from({ length: 200 }, (_, i) => [
    { id: 2 * i, get type() { looks++; return "GetNode"; }, inputs: [], outputs: [], widgets: [{ value: `n${i}` }], mode: 0 },
    { id: 2 * i + 1, get type() { looks++; return "SetNode"; }, inputs: [{ name: "", from: { origin_id: 2 * i + 2, origin_slot: 0 } }], outputs: [], widgets: [{ value: `n${i}` }], mode: 0 },
  ]).flat();
  const start = { id: "start", type: "Any", inputs: [{ name: "picture", from: { origin_id: 0, origin_slot: 0 } }], outputs: [], widgets: [], mode: 0 };
  graph([...pairs, start]);
  originOf(start, "picture", getLink);
  assert.ok(looks < 4000, `${looks} looks at 400 nodes`);
});

test("subgraphs that hold themselves, or each other twice, give a bounded number of ids", () => {
  const root = graph([]);
  const own = graph([], root);
  root.subgraphs.set(1, own);
  const inside = { id: 1, type: "x", subgraph: own, inputs: [], outputs: [], widgets: [], mode: 0, graph: own };
  own.nodes.push(inside);
  assert.ok(executionIds({ id: 7, graph: own }).length <= 256);
  // Thirty floors with two stairs each: a thousand million ways up.
  const tower = graph([]);
  let floor = tower;
  for (let i = 0; i < 30; i++) {
    const next = graph([], tower);
    tower.subgraphs.set(i, next);
    floor.nodes.push(...[1, 2].map((id) => ({ id, type: "x", subgraph: next, graph: floor })));
    floor = next;
  }
  assert.ok(executionIds({ id: 7, graph: floor }).length <= 256);
  // An output that is the subgraph's own input, or itself.
  own.outputs = [{ linkIds: [1] }];
  own.links.set(1, { origin_id: 1, origin_slot: 0 });
  own.byId.set(1, inside);
  const asking = { id: 9, type: "Any", inputs: [{ name: "picture", from: { origin_id: 1, origin_slot: 0 } }], outputs: [], widgets: [], mode: 0, graph: own };
  assert.equal(originOf(asking, "picture", getLink), null);
});

const file = (filename, subfolder = "") => ({ filename, subfolder, type: "output" });
const took = (filename, more = {}) => ({ id: filename, file: file(filename), kind: filename.endsWith("png") ? "image" : "video", time: undefined, seed: 1, prompt: "a boat", documentText: "d", ...more });

test("VideoHelperSuite's three files of one run are one take: the clip with sound", () => {
  const takes = eachRunOnce([took("boat_00001.png", { time: 5 }), took("boat_00001.mp4"), took("boat_00001-audio.mp4"), took("boat_00002.mp4"), took("boat_00001.webp", { seed: 2, kind: "image" })]);
  assert.deepEqual(takes.map((take) => take.file.filename), ["boat_00001-audio.mp4", "boat_00002.mp4", "boat_00001.webp"]);
  assert.equal(takes[0].time, 5);
});

test("a run and the files that it left are told once; a clip without its picture is read too", async () => {
  const prompt = { 5: { class_type: KIND, inputs: { document: '{"version":1}' } }, 8: { class_type: "VHS_VideoCombine", inputs: { images: ["5", 1] } } };
  const png = `\x89PNG tEXtprompt\0${JSON.stringify(prompt)}`;
  // The clip's comment: the prompt as a string inside of an object.
  const mp4 = (graph) => `moov\0data\0\0${JSON.stringify({ prompt: JSON.stringify(graph), workflow: { nodes: [] }, CreationTime: "now" })}\0free`;
  const other = structuredClone(prompt);
  other[5].inputs.document = '{"version":1,"other":true}';
  const contents = { "run_00001.png": png, "run_00001.mp4": mp4(prompt), "run_00001-audio.mp4": mp4(prompt), "run_00000.mp4": mp4(other), "noise.webp": '"class_type" '.repeat(20_000) };
  const history = { p: { prompt: [1, "p", prompt, {}, []], outputs: { 8: { gifs: [{ ...file("run_00001-audio.mp4"), workflow: "run_00001.png" }] } } } };
  const api = {
    apiURL: (route) => route,
    async fetchApi(route) {
      if (route.startsWith("/history")) return Response.json(history);
      if (route === "/wan_move/outputs") return Response.json(Object.keys(contents).map((name) => file(name)));
      return new Response(contents[new URLSearchParams(route.split("?")[1]).get("filename")]);
    },
  };
  const provider = createTakesProvider({ api, node: { id: 5, comfyClass: KIND, graph: null }, rootId: () => null });
  const takes = await provider.list();
  assert.deepEqual(takes.map((take) => [take.title, take.documentText]), [["run_00001-audio.mp4", '{"version":1}'], ["run_00000.mp4", '{"version":1,"other":true}']]);
});

test("a score that the history tells comes with the take, also where a file of the run shows more", async () => {
  const prompt = {
    5: { class_type: KIND, inputs: { document: '{"version":1}' } }, 7: { class_type: "WanMoveSampler", inputs: { positive: ["5", 0], seed: 3 } },
    8: { class_type: "VHS_VideoCombine", inputs: { images: ["7", 0] } }, 9: { class_type: "WanMoveAdherence", inputs: { images: ["7", 0], tracks: ["5", 0] } },
  };
  const history = { p: { prompt: [1, "p", prompt, {}, []], outputs: { 8: { gifs: [file("run_00001.mp4")] }, 9: { score: [0.75], images: [file("seen.mp4", "temp")] } } } };
  for (const names of [[], ["run_00001-audio.mp4"]]) {
    const api = {
      apiURL: (route) => route,
      async fetchApi(route) {
        if (route.startsWith("/history")) return Response.json(history);
        return route === "/wan_move/outputs" ? Response.json(names.map((name) => file(name))) : new Response(JSON.stringify(prompt));
      },
    };
    const [take, ...more] = await createTakesProvider({ api, node: { id: 5, comfyClass: KIND, graph: null }, rootId: () => null }).list();
    assert.deepEqual([take.title, take.score, more.length], [names[0] ?? "run_00001.mp4", 0.75, 0]);
  }
});
