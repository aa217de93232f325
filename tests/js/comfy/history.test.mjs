// The host's history and files read as takes.

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { test } from "node:test";
import { embeddedPrompt } from "../../../js/comfy/embedded.mjs";
import { downstreamOf, takeFromPrompt, takesFromHistory } from "../../../js/comfy/history.mjs";

const KIND = "WanMoveMotionEditor";

const prompt = (document = '{"version":1}') => ({
  5: { class_type: KIND, inputs: { document, picture: ["1", 0] } },
  1: { class_type: "LoadImage", inputs: { image: "a.png" } },
  2: { class_type: "CLIPTextEncode", inputs: { text: "a boat leaves", clip: ["9", 0] } },
  3: { class_type: "ConditioningZeroOut", inputs: { conditioning: ["2", 0] } },
  6: { class_type: "WanMoveGuide", inputs: { tracks: ["5", 0], positive: ["2", 0], negative: ["3", 0] } },
  7: { class_type: "WanMoveSampler", inputs: { positive: ["6", 0], seed: 7 } },
  8: { class_type: "SaveVideo", inputs: { video: ["7", 0] } },
  10: { class_type: "PreviewImage", inputs: { images: ["5", 1] } },
  11: { class_type: "SaveImage", inputs: { images: ["1", 0] } },
});

const file = (filename, type = "output", subfolder = "") => ({ filename, type, subfolder });

const entry = (graph, outputs, extra = {}) => ({
  prompt: [1, "id", graph, extra, []],
  outputs,
  status: { messages: [["execution_start", { timestamp: 5 }], ["execution_success", { timestamp: 9 }]] },
});

test("a run becomes a take: the saved clip, its drawing, seed and prompt", () => {
  const outputs = { 10: { images: [file("look.png", "temp")] }, 8: { images: [file("clip.mp4", "output", "video")], animated: [true] }, 11: { images: [file("elsewhere.png")] } };
  const [take, ...more] = takesFromHistory({ p: entry(prompt(), outputs) }, { kind: KIND, nodeIds: ["5"] });
  assert.equal(more.length, 0);
  assert.deepEqual(take, { id: "p", file: file("clip.mp4", "output", "video"), kind: "video", seed: 7, prompt: "a boat leaves", documentText: '{"version":1}', time: 9 });
});

test("newest first; other nodes, other workflows and runs without a file are left out", () => {
  const saved = { 8: { gifs: [file("clip.webm")] } };
  const history = {
    old: entry(prompt("a"), saved),
    foreign: entry({ 5: { class_type: "Other", inputs: {} } }, saved),
    elsewhere: entry(prompt("b"), saved, { extra_pnginfo: { workflow: { id: "w2" } } }),
    failed: entry(prompt("c"), {}),
    mine: entry(prompt("d"), saved, { extra_pnginfo: { workflow: { id: "w1" } } }),
  };
  const takes = takesFromHistory(history, { kind: KIND, nodeIds: ["5"], workflowId: "w1" });
  assert.deepEqual(takes.map((take) => take.documentText), ["d", "a"]);
});

test("a temporary picture stands in where nothing was saved, and a linked document is none", () => {
  const graph = prompt();
  graph[5].inputs.document = ["77", 0];
  const [take] = takesFromHistory({ p: entry(graph, { 10: { images: [file("look.png", "temp")] } }) }, { kind: KIND, nodeIds: ["5"] });
  assert.equal(take.kind, "image");
  assert.equal(take.documentText, undefined);
});

test("seeds that come from a noise node, prompts through other nodes", () => {
  const graph = prompt();
  graph[7] = { class_type: "SamplerCustomAdvanced", inputs: { noise: ["20", 0], latent_image: ["6", 3] } };
  graph[20] = { class_type: "RandomNoise", inputs: { noise_seed: 123456789012 } };
  graph[6].inputs.positive = ["21", 0];
  graph[21] = { class_type: "ConditioningCombine", inputs: { conditioning: ["2", 0] } };
  const [take] = takesFromHistory({ p: entry(graph, { 8: { images: [file("clip.mp4")] } }) }, { kind: KIND, nodeIds: ["5"] });
  assert.equal(take.seed, 123456789012);
  assert.equal(take.prompt, "a boat leaves");
});

test("what is malformed is passed over, and a graph that links to itself ends", () => {
  const graph = prompt();
  graph[6].inputs.positive = ["6", 0];
  graph[5].inputs.picture = ["8", 0];
  for (const history of [null, 3, [], { a: null }, { a: {} }, { a: { prompt: [1, 2] } }, { a: { prompt: [1, 2, []] } }, { a: entry(graph, { 8: null }) }, { a: entry(graph, { 8: { images: [null, 4, { filename: 3 }] } }) }]) {
    assert.deepEqual(takesFromHistory(history, { kind: KIND, nodeIds: ["5"] }), []);
  }
  assert.ok(downstreamOf(graph, "5").includes("8"));
});

/** A first run, measured; its suggested tracks guide a second one, which is measured against the first tracks. */
const retake = () => ({
  ...prompt(),
  30: { class_type: "VAEDecode", inputs: { samples: ["7", 0] } },
  8: { class_type: "SaveVideo", inputs: { video: ["30", 0] } },
  31: { class_type: "WanMoveAdherence", inputs: { images: ["30", 0], tracks: ["5", 0] } },
  32: { class_type: "WanMoveGuide", inputs: { tracks: ["31", 1], positive: ["2", 0], negative: ["3", 0] } },
  33: { class_type: "SamplerCustomAdvanced", inputs: { noise: ["20", 0], guider: ["34", 0], latent_image: ["32", 3] } },
  34: { class_type: "WanMoveGuider", inputs: { positive: ["32", 0] } },
  20: { class_type: "RandomNoise", inputs: { noise_seed: 8 } },
  35: { class_type: "ImageScale", inputs: { image: ["33", 0] } },
  36: { class_type: "WanMoveDrawTracks", inputs: { images: ["35", 0], tracks: ["31", 1] } },
  37: { class_type: "SaveVideo", inputs: { video: ["36", 0] } },
  38: { class_type: "WanMoveAdherence", inputs: { images: ["33", 0], tracks: ["5", 0] } },
});
const clip = (name) => ({ images: [file(name)], animated: [true] });
const scoreIn = (outputs, graph = retake()) => takesFromHistory({ p: entry(graph, outputs) }, { kind: KIND, nodeIds: ["5"] })[0].score;

test("a take has the score of its own clip, not of the run that it was made from", () => {
  const [first, second] = [{ score: [0.25], images: [file("a.mp4", "temp")] }, { score: [0.75] }];
  assert.equal(scoreIn({ 8: clip("first.mp4"), 31: first, 38: second }), 0.25);
  assert.equal(scoreIn({ 37: clip("second.mp4"), 31: first, 38: second }), 0.75);
  assert.equal(scoreIn({ 37: clip("second.mp4"), 31: first }), undefined);
  // Only the measuring node shows a file.
  assert.equal(scoreIn({ 31: first }), 0.25);
  // Both side by side: the better, in either order.
  const graph = { ...retake(), 39: { class_type: "VAEDecode", inputs: { samples: ["33", 0] } } };
  for (const inputs of [{ first: ["30", 0], second: ["39", 0] }, { first: ["39", 0], second: ["30", 0] }]) {
    graph[37] = { class_type: "WanMoveSideBySide", inputs };
    assert.equal(scoreIn({ 37: clip("both.mp4"), 31: first, 38: second }, graph), 0.75);
  }
});

test("what is no score is none, and a chain that bites its tail ends", () => {
  for (const score of [undefined, [], [null], ["1"], [Number.NaN], [1.5], [-0.1], 0.5, { 0: 0.5 }]) assert.equal(scoreIn({ 8: clip("a.mp4"), 31: { score } }), undefined, String(score));
  const graph = retake();
  graph[30].inputs.samples = ["8", 0];
  assert.equal(scoreIn({ 8: clip("a.mp4"), 31: { score: [0.5] } }, { ...graph, 31: { class_type: "WanMoveAdherence", inputs: { images: ["8", 0], tracks: ["5", 0] } }, 8: { class_type: "SaveVideo", inputs: { video: ["30", 0], tracks: ["5", 0] } } }), undefined);
  assert.equal(scoreIn({ 8: clip("a.mp4"), 99: { score: [0.5] } }), undefined);
});

const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
const chunk = (type, data) => bytes(Buffer.from(Uint32Array.of(data.length).buffer).swap32(), type, data, "\0\0\0\0");

test("the prompt is found in PNG, WebP and MP4 boxes, and not where there is none", () => {
  const json = JSON.stringify({ 5: { class_type: KIND, inputs: { document: '{"a":"}{\\""}' } } });
  const workflow = JSON.stringify({ nodes: [{ type: KIND }] });
  const pixels = deflateSync(Buffer.alloc(3000, 7));
  const png = bytes("\x89PNG\r\n\x1a\n", chunk("IHDR", Buffer.alloc(13)), chunk("tEXt", bytes("workflow\0", workflow)), chunk("tEXt", bytes("prompt\0", json)), chunk("IDAT", pixels));
  const webp = bytes("RIFF\0\0\0\0WEBPVP8 ", pixels, "EXIF", "\0\0\0\0II*\0", `workflow:${workflow}\0`, `prompt:${json}\0`);
  const mp4 = bytes("\0\0\0\x20ftypisom", pixels, "\0\0\0\0moov\0\0\0\0data\0\0\0\x01\0\0\0\0", json, "\0\0\0\x10free");
  for (const data of [png, webp, mp4]) assert.equal(embeddedPrompt(new Uint8Array(data))?.[5].class_type, KIND);
  for (const data of [pixels, bytes('"class_type"'), bytes('{{{"class_type":', Buffer.alloc(9)), Buffer.alloc(0)]) assert.equal(embeddedPrompt(new Uint8Array(data)), null);
  const take = takeFromPrompt(embeddedPrompt(new Uint8Array(png)), KIND, file("old.png"));
  assert.equal(take?.documentText, '{"a":"}{\\""}');
  assert.equal(takeFromPrompt({ 1: { class_type: "KSampler" } }, KIND, file("x.png")), null);
});
