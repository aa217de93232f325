// Finding what feeds a node, on graphs of plain objects with the host's fields (the host's own graphs: tests/browser/comfy/test_frontend.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileRef, maskOf, originOf, outerLink, pictureOf, valueOf } from "../../../js/comfy/graph.mjs";
import { executionIds } from "../../../js/comfy/takes.mjs";

class Graph {
  constructor(root = null) {
    this.id = Math.random();
    this.nodes = [];
    this.rootGraph = root ?? this;
    this.subgraphs = new Map();
    this.outputs = [];
    this.links = new Map();
  }
  getNodeById(id) {
    return this.nodes.find((node) => node.id === id) ?? null;
  }
  add(node) {
    const made = { inputs: [], outputs: [{ type: "IMAGE" }], widgets: [], mode: 0, graph: this, id: this.nodes.length + 1, ...node };
    this.nodes.push(made);
    return made;
  }
}
// The common ancestor's answer: the link that the input holds.
class LGraphNode {
  getInputLink(slot) {
    return this.inputs[slot]?.from ?? null;
  }
}
const getLink = outerLink(LGraphNode);
const from = (node, slot = 0) => ({ origin_id: node.id, origin_slot: slot });
const input = (name, link, more = {}) => ({ name, type: "IMAGE", from: link, ...more });
const loader = (graph, value = "a.png") => graph.add({ type: "LoadImage", widgets: [{ name: "image", value }], outputs: [{ type: "IMAGE" }, { type: "MASK" }] });

test("through a reroute, a Get/Set pair and a bypassed node to the loader", () => {
  const graph = new Graph();
  const load = loader(graph, "sub/a b.png [output]");
  const reroute = graph.add({ type: "Reroute", inputs: [input("", from(load))] });
  graph.add({ type: "SetNode", inputs: [input("IMAGE", from(reroute))], widgets: [{ value: "pic" }] });
  const get = graph.add({ type: "GetNode", widgets: [{ value: "pic" }] });
  const skipped = graph.add({ type: "ImageScale", mode: 4, inputs: [input("upscale", null, { type: "MODEL" }), input("image", from(get))] });
  const editor = graph.add({ type: "WanMoveMotionEditor", inputs: [input("picture", from(skipped))] });
  assert.deepEqual(pictureOf(editor, "picture", getLink), { linked: true, ref: { filename: "a b.png", subfolder: "sub", type: "output" }, loader: load });
});

test("outward through a subgraph's input, and inward through a subgraph's output", () => {
  const root = new Graph();
  const inner = new Graph(root);
  const maker = new Graph(root);
  root.subgraphs.set(1, inner);
  root.subgraphs.set(2, maker);
  const load = loader(maker);
  maker.outputs = [{ linkIds: [3] }];
  maker.links.set(3, from(load));
  const giver = root.add({ type: "giver", subgraph: maker });
  const owner = root.add({ type: "owner", subgraph: inner, inputs: [input("picture", from(giver)), input("width", null, { widget: { name: "width" } })], widgets: [{ name: "width", value: 640 }] });
  const outside = { origin_id: -10 };
  const editor = inner.add({ type: "WanMoveMotionEditor", inputs: [input("picture", { ...outside, origin_slot: 0 }), input("width", { ...outside, origin_slot: 1 })], widgets: [{ name: "width", value: 832 }] });
  assert.equal(pictureOf(editor, "picture", getLink).ref?.filename, "a.png");
  assert.deepEqual(valueOf(editor, "width", getLink), { value: 640, known: true });
  assert.deepEqual(executionIds(editor), [`${owner.id}:${editor.id}`]);
  owner.inputs[0].from = null;
  assert.deepEqual(pictureOf(editor, "picture", getLink), { linked: false, ref: null, loader: null });
});

test("values from a primitive are known, computed ones are not, own ones are", () => {
  const graph = new Graph();
  const primitive = graph.add({ type: "PrimitiveInt", widgets: [{ name: "value", value: 49 }, { name: "control_after_generate", value: "fixed" }] });
  const computed = graph.add({ type: "MathExpression", widgets: [{ name: "value", value: 1 }], inputs: [input("a", from(primitive))] });
  const editor = graph.add({ inputs: [input("length", from(primitive)), input("width", from(computed))], widgets: [{ name: "length", value: 81 }, { name: "width", value: 832 }, { name: "fit", value: "pad" }] });
  assert.deepEqual(valueOf(editor, "length", getLink), { value: 49, known: true });
  assert.deepEqual(valueOf(editor, "width", getLink), { value: 832, known: false });
  assert.deepEqual(valueOf(editor, "fit", getLink), { value: "pad", known: true });
});

test("a picture that is made, muted or fed in a circle is not known; a removed node has no links", () => {
  const graph = new Graph();
  const load = loader(graph);
  const scale = graph.add({ type: "ImageScale", inputs: [input("image", from(load))] });
  const editor = graph.add({ inputs: [input("picture", from(scale))] });
  assert.deepEqual(pictureOf(editor, "picture", getLink), { linked: true, ref: null, loader: null });
  load.mode = 2;
  editor.inputs[0].from = from(load);
  assert.equal(pictureOf(editor, "picture", getLink).ref, null);
  const a = graph.add({ type: "Reroute" });
  const b = graph.add({ type: "Reroute", inputs: [input("", from(a))] });
  a.inputs = [input("", from(b))];
  editor.inputs[0].from = from(b);
  assert.equal(originOf(editor, "picture", getLink), null);
  editor.graph = null;
  assert.equal(pictureOf(editor, "picture", getLink).linked, false);
});

test("names as the host writes them", () => {
  assert.deepEqual(fileRef("a.png"), { filename: "a.png", subfolder: "", type: "input" });
  assert.deepEqual(fileRef("x\\y\\a [1].png [temp]"), { filename: "a [1].png", subfolder: "x/y", type: "temp" });
  assert.equal(fileRef("  "), null);
});

test("a mask comes from a loader's second output, from a channel, or is not known before a run", () => {
  const graph = new Graph();
  const ref = { filename: "a.png", subfolder: "", type: "input" };
  const masked = (link) => maskOf(graph.add({ type: "WanMoveMotionEditor", inputs: [input("picture", null), input("mask", link, { type: "MASK" })] }), "mask", getLink);
  const load = loader(graph);
  assert.deepEqual(masked(from(load, 1)), { linked: true, ref, channel: "clear" });
  const reroute = graph.add({ type: "Reroute", inputs: [input("", from(load, 1))] });
  assert.deepEqual(masked(from(reroute)), { linked: true, ref, channel: "clear" });
  const channels = { alpha: "clear", red: "red", green: "green", blue: "blue" };
  for (const [value, channel] of Object.entries(channels)) {
    const one = graph.add({ type: "LoadImageMask", widgets: [{ name: "image", value: "a.png" }, { name: "channel", value }], outputs: [{ type: "MASK" }] });
    assert.deepEqual(masked(from(one)), { linked: true, ref, channel });
  }
  const segment = graph.add({ type: "SAM3Segment", inputs: [input("image", from(load))], outputs: [{ type: "MASK" }] });
  assert.deepEqual(masked(from(segment)), { linked: true, ref: null, channel: "clear" });
  assert.deepEqual(masked(null), { linked: false, ref: null, channel: "clear" });
  // A node of an older version of the pack has no such input.
  assert.deepEqual(maskOf(graph.add({ inputs: [input("picture", from(load))] }), "mask", getLink), { linked: false, ref: null, channel: "clear" });
});
