"""Nodes for the tests alone: they stand in for the two encoders that cannot be tiny, and write down what flows by.

Linked into the test server's custom_nodes; files are named relative to the server's input and output folders.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import comfy.clip_vision
import folder_paths
import node_helpers
import numpy as np
import torch
from comfy_api.latest import ComfyExtension, io
from typing_extensions import override

Tracks = io.Custom("TRACKS")


BY_SHAPE = bool(os.environ.get("WAN_MOVE_TEST_BY_SHAPE"))
"""Whether this host's tiny network is the one that is known by its shapes."""


def _tiny_models() -> ModuleType:
    path = Path(__file__).resolve().parent.parent / "_tiny.py"
    spec = importlib.util.spec_from_file_location("wan_move_test_tiny", path)
    assert spec is not None and spec.loader is not None
    tiny = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tiny)
    return tiny


tiny = _tiny_models()
if target := os.environ.get("WAN_MOVE_TEST_MODELS"):
    tiny.make_models(Path(target), by_shape=BY_SHAPE)


def _numbers(file: str, key: str) -> torch.Tensor:
    return torch.from_numpy(np.load(Path(folder_paths.get_input_directory()) / file)[key])


def _random(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class _Node(io.ComfyNode):
    NODE: io.Schema

    @classmethod
    def define_schema(cls) -> io.Schema:
        return cls.NODE


def _schema(name: str, inputs: list, outputs: list, **more) -> io.Schema:
    return io.Schema(node_id=name, category="test", inputs=inputs, outputs=outputs, **more)


class TestText(_Node):
    """Text states [1, tokens, width], random or from a file, zero-padded to ``pad``."""

    NODE = _schema(
        "TestText",
        [
            io.Int.Input("seed", default=0, max=2**31),
            io.Int.Input("tokens", default=8),
            io.Int.Input("width", default=64, max=8192),
            io.Int.Input("pad", default=0, max=512),
            io.String.Input("file", default=""),
            io.String.Input("key", default=""),
        ],
        [io.Conditioning.Output()],
    )

    @classmethod
    def execute(cls, seed, tokens, width, pad, file, key):
        if BY_SHAPE and width == tiny.TEXT_WIDTH:
            width = tiny.TEXT_WIDTH_BY_SHAPE  # the tiny network's own, whichever this host can have
        states = _numbers(file, key)[None].float() if file else _random((1, tokens, width), seed)
        if pad > states.shape[1]:
            states = torch.nn.functional.pad(states, (0, 0, 0, pad - states.shape[1]))
        return io.NodeOutput([[states, {}]])


class TestClipVision(_Node):
    NODE = _schema(
        "TestClipVision",
        [io.Int.Input("seed", default=0), io.String.Input("file", default=""), io.String.Input("key", default="")],
        [io.ClipVisionOutput.Output()],
    )

    @classmethod
    def execute(cls, seed, file, key):
        output = comfy.clip_vision.Output()
        output["penultimate_hidden_states"] = _numbers(file, key).float() if file else _random((1, 257, 1280), seed)
        return io.NodeOutput(output)


class TestSetClipVision(_Node):
    NODE = _schema(
        "TestSetClipVision",
        [io.Conditioning.Input("conditioning"), io.ClipVisionOutput.Input("clip_vision_output")],
        [io.Conditioning.Output()],
    )

    @classmethod
    def execute(cls, conditioning, clip_vision_output):
        return io.NodeOutput(
            node_helpers.conditioning_set_values(conditioning, {"clip_vision_output": clip_vision_output})
        )


class TestImage(_Node):
    """A smooth picture or clip, with one marked pixel when ``mark_x`` is not negative; or numbers from a file."""

    NODE = _schema(
        "TestImage",
        [
            io.Int.Input("width", default=64, max=8192),
            io.Int.Input("height", default=64, max=8192),
            io.Int.Input("frames", default=1, max=1024),
            io.Int.Input("mark_x", default=-1, min=-1, max=8192),
            io.Int.Input("mark_y", default=-1, min=-1, max=8192),
            io.Int.Input("channels", default=3),
        ],
        [io.Image.Output()],
    )

    @classmethod
    def execute(cls, width, height, frames, mark_x, mark_y, channels):
        y, x = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)[None]
        planes = [0.2 + 0.5 * x.expand(height, width), 0.2 + 0.5 * y.expand(height, width), 0.3 + 0.2 * x * y]
        planes += [torch.ones(height, width)] * (channels - 3)
        picture = torch.stack([p.expand(height, width) for p in planes[:channels]], -1)[None].repeat(frames, 1, 1, 1)
        for frame in range(frames):
            picture[frame, ..., 0] *= 1 - 0.3 * frame / max(frames, 1)
        if mark_x >= 0:
            picture[:] = 0.5
            picture[:, mark_y, mark_x] = 1.0
        return io.NodeOutput(picture)


class TestTracks(_Node):
    """TRACKS from JSON {"xy": [[[x, y], ...], ...], "visible": [[...]], "size_wh": [w, h]}; only what is named.

    ``shape`` gives the positions another one, such as [9, 0, 2], which nested lists cannot tell.
    """

    NODE = _schema("TestTracks", [io.String.Input("json_text", default="{}")], [Tracks.Output()])

    @classmethod
    def execute(cls, json_text):
        import json

        told = json.loads(json_text)
        tracks = {"track_path": torch.tensor(told["xy"], dtype=torch.float32)}
        if "shape" in told:
            tracks["track_path"] = tracks["track_path"].reshape(told["shape"])
        if "visible" in told:
            tracks["track_visibility"] = torch.tensor(told["visible"], dtype=torch.bool)
        if "size_wh" in told:
            tracks["size_wh"] = tuple(told["size_wh"])
        return io.NodeOutput(tracks)


class TestStrings(_Node):
    """A Python list of texts as one STRING: what other packs' joining nodes hand on."""

    NODE = _schema(
        "TestStrings",
        [io.String.Input("first", default=""), io.String.Input("second", default="")],
        [io.String.Output()],
    )

    @classmethod
    def execute(cls, first, second):
        return io.NodeOutput([first, second])


class TestNoise(_Node):
    """NOISE from a file's array [C, Tl, h, w]."""

    NODE = _schema(
        "TestNoise", [io.String.Input("file", default=""), io.String.Input("key", default="noise")], [io.Noise.Output()]
    )

    @classmethod
    def execute(cls, file, key):
        class Given:
            seed = 0

            def generate_noise(self, latent):
                return _numbers(file, key)[None].float()

        return io.NodeOutput(Given())


class TestSave(_Node):
    """Writes every connected value into output/<name>.npz."""

    NODE = _schema(
        "TestSave",
        [
            io.String.Input("name", default="saved"),
            io.Image.Input("images", optional=True),
            io.Latent.Input("latent", optional=True),
            io.Conditioning.Input("positive", optional=True),
            io.Conditioning.Input("negative", optional=True),
            io.Conditioning.Input("plain", optional=True),
            io.Sigmas.Input("sigmas", optional=True),
            Tracks.Input("tracks", optional=True),
            io.Custom("WANMOVE_IMAGE").Input("wanmove_image", optional=True),
            io.ClipVisionOutput.Input("clip_vision_output", optional=True),
            io.Int.Input("number", optional=True, force_input=True),
            io.Mask.Input("mask", optional=True),
            io.String.Input("text", optional=True, force_input=True),
        ],
        [],
        is_output_node=True,
        not_idempotent=True,
    )

    @classmethod
    def fingerprint_inputs(cls, **_):
        return float("nan")

    @classmethod
    def execute(cls, name, **given):
        told: dict[str, torch.Tensor] = {}
        for key, value in given.items():
            if value is None:
                continue
            if key == "latent":
                told["latent"] = value["samples"]
                told.update({f"latent/{k}": v for k, v in value.items() if k in ("noise_mask", "wan_move_clock")})
            elif key in ("positive", "negative", "plain"):
                told[f"{key}/entries"] = torch.tensor(len(value))
                for i, (states, more) in enumerate(value):
                    told[f"{key}/{i}/states"] = states
                    for word, held in more.items():
                        if isinstance(held, (torch.Tensor, int, float)):
                            told[f"{key}/{i}/{word}"] = torch.as_tensor(held)
                        elif word == "clip_vision_output":
                            told[f"{key}/{i}/{word}"] = held.penultimate_hidden_states
            elif key == "tracks":
                told.update({f"tracks/{k}": torch.as_tensor(v) for k, v in value.items()})
            elif key == "wanmove_image":
                told.update({"image/latent": value.latent, "image/mask": value.mask})
            elif key == "clip_vision_output":
                told["clip"] = value.penultimate_hidden_states
            elif key == "text":
                told["text"] = torch.tensor(list(value.encode()), dtype=torch.uint8)
            else:
                told[key] = torch.as_tensor(value)
        path = Path(folder_paths.get_output_directory()) / f"{name}.npz"
        np.savez(path, **{k: v.detach().cpu().numpy() for k, v in told.items()})
        return io.NodeOutput()


class TestCounting(_Node):
    """The model, noting how many branches go through the network in each call; TestCalls reads the notes."""

    NODE = _schema("TestCounting", [io.Model.Input("model"), io.String.Input("name", default="")], [io.Model.Output()])
    calls: ClassVar[dict[str, list[int]]] = {}

    @classmethod
    def execute(cls, model, name):
        calls = TestCounting.calls[name] = []

        def wrapper(apply, told):
            calls.append(len(told["cond_or_uncond"]))
            return apply(told["input"], told["timestep"], **told["c"])

        counted = model.clone()
        counted.set_model_unet_function_wrapper(wrapper)
        return io.NodeOutput(counted)


class TestCalls(_Node):
    NODE = _schema("TestCalls", [io.Latent.Input("latent"), io.String.Input("name", default="")], [io.Image.Output()])

    @classmethod
    def execute(cls, latent, name):
        return io.NodeOutput(torch.tensor(TestCounting.calls[name], dtype=torch.float32))


class TestAnimatedPreviews(_Node):
    """The model, after which the next sampling is previewed as packs with animated previews do it.

    They replace the host's get_previewer; theirs sends pictures on its own and answers the host with nothing, and its
    decode_latent_to_preview takes frames [n, C, h, w] and gives numbers.
    """

    NODE = _schema(
        "TestAnimatedPreviews",
        [io.Model.Input("model")],
        [io.Model.Output()],
        not_idempotent=True,
    )
    shapes: ClassVar[list[list[int]]] = []

    @classmethod
    def execute(cls, model):
        import latent_preview

        stock, shapes = latent_preview.get_previewer, cls.shapes
        shapes.clear()

        class Animated(latent_preview.LatentPreviewer):
            def decode_latent_to_preview_image(self, preview_format, x0):
                shapes.append(list(x0.shape))

            def decode_latent_to_preview(self, x0):
                batch, _, _, _ = x0.shape
                return torch.zeros(batch, 1, 1, 3)

        def once(*_):
            latent_preview.get_previewer = stock
            return Animated()

        latent_preview.get_previewer = once
        return io.NodeOutput(model.clone())


class TestPreviewShapes(_Node):
    """Shapes that TestAnimatedPreviews was shown, [n, dims]."""

    NODE = _schema("TestPreviewShapes", [io.Latent.Input("latent")], [io.Image.Output()])

    @classmethod
    def execute(cls, latent):
        return io.NodeOutput(torch.tensor(TestAnimatedPreviews.shapes, dtype=torch.float32))


class TestNAG(_Node):
    """The model with normalised attention guidance in its cross attention, as packs put it there."""

    NODE = _schema("TestNAG", [io.Model.Input("model"), io.Conditioning.Input("conditioning")], [io.Model.Output()])

    @classmethod
    def execute(cls, model, conditioning):
        from .nag import patched

        return io.NodeOutput(patched(model, conditioning))


class TestTellsApart(_Node):
    """The model with a patch that adds to the positive's tokens wherever it sees a negative beside it."""

    NODE = _schema("TestTellsApart", [io.Model.Input("model")], [io.Model.Output()])

    @classmethod
    def execute(cls, model):
        def patch(args, more):
            told = args["transformer_options"]["cond_or_uncond"]
            made = more["original_block"](args)
            if 0 in told and 1 in told:
                each = made["img"].shape[0] // len(told)
                made["img"][told.index(0) * each : (told.index(0) + 1) * each, :, ::2] += 0.5
            return made

        patched = model.clone()
        patched.set_model_patch_replace(patch, "dit", "double_block", 0)
        return io.NodeOutput(patched)


class TestForeignVAE(_Node):
    """A VAE of a 4-channel picture model: the host's own class, as far as a wrong connection is told by it."""

    NODE = _schema("TestForeignVAE", [], [io.Vae.Output()])

    @classmethod
    def execute(cls):
        import comfy.sd

        vae = object.__new__(comfy.sd.VAE)
        vae.latent_channels, vae.latent_dim = 4, 2
        return io.NodeOutput(vae)


class Extension(ComfyExtension):
    @override
    async def get_node_list(self):
        from .seen import NODES

        return [
            *NODES,
            TestText, TestClipVision, TestSetClipVision, TestImage, TestTracks, TestNoise, TestSave, TestStrings,
            TestForeignVAE, TestCounting, TestNAG, TestTellsApart, TestCalls, TestAnimatedPreviews, TestPreviewShapes,
        ]  # fmt: skip


async def comfy_entrypoint():
    return Extension()
