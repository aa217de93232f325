"""A workflow's prompt made small: tiny models, 64x64, nine frames, two steps; and the files that its loaders name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _tiny import DIT, TEXT_WIDTH, VAE
from PIL import Image
from safetensors.torch import save_file

SIDE, FRAMES, WINDOW, STEPS = 64, 9, 5, 2
LORA = "tiny_lora.safetensors"
PICTURE_WH = (96, 80)
ENCODERS = ("CLIPLoader", "CLIPVisionLoader")


def put_files(base: Path) -> None:
    """What the workflows load: a picture with a painted mask, a published pair of tracks, a clip, a LoRA."""
    width, height = PICTURE_WH
    pixels = np.random.default_rng(3).integers(0, 255, (height // 4, width // 4, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize(PICTURE_WH, Image.Resampling.BICUBIC).convert("RGBA")
    alpha = np.full((height, width), 255, np.uint8)
    alpha[24:56, 24:64] = 0
    picture.putalpha(Image.fromarray(alpha))
    picture.save(base / "input" / "example.png")
    steps = np.linspace(0, 1, FRAMES)[:, None, None]
    tracks = np.asarray([[20.0, 20.0], [50.0, 60.0]])[None] + steps * np.asarray([[30.0, 10.0], [0.0, 0.0]])[None]
    np.save(base / "input" / "example_tracks.npy", tracks[None].astype(np.float32))
    np.save(base / "input" / "example_visibility.npy", np.ones((1, FRAMES, 2), bool))
    _write_clip(base / "input" / "reference.mp4", np.asarray(picture.convert("RGB")))
    up = torch.randn(32, 4, generator=torch.Generator().manual_seed(0)) * 0.1
    name = "diffusion_model.blocks.0.self_attn.q.lora_{}.weight"
    (base / "models" / "loras").mkdir(parents=True, exist_ok=True)
    save_file({name.format("up"): up, name.format("down"): up.T.contiguous()}, base / "models" / "loras" / LORA)


def _write_clip(path: Path, picture: np.ndarray) -> None:
    import av

    with av.open(str(path), "w") as clip:
        stream = clip.add_stream("h264", rate=16)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for frame in range(FRAMES):
            part = np.ascontiguousarray(picture[8 : 8 + SIDE, frame : frame + SIDE])
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(part, format="rgb24")))
        clip.mux(stream.encode())


def made_small(prompt: dict[str, Any]) -> dict[str, Any]:
    """The same graph with other values. Encoders too large to be tiny give way to nodes that emit their outputs."""
    small = {id: {**node, "inputs": dict(node["inputs"])} for id, node in prompt.items()}
    for node in list(small):
        _shrink(small, node)
    gone = {id for id, node in small.items() if node["class_type"] in ENCODERS}
    for node in small.values():
        node["inputs"] = {k: v for k, v in node["inputs"].items() if not (isinstance(v, list) and v[0] in gone)}
    return {id: node for id, node in small.items() if id not in gone}


def _shrink(prompt: dict[str, Any], id: str) -> None:
    kind, inputs = prompt[id]["class_type"], prompt[id]["inputs"]
    for name, value in inputs.items():
        if isinstance(value, list) or not value:
            continue
        if name in ("width", "height"):
            inputs[name] = SIDE
        elif name == "length" and kind != "ImageFromBatch":
            inputs[name] = FRAMES
        elif name == "window_length":
            inputs[name] = WINDOW
        elif name == "steps":
            inputs[name] = STEPS
    if kind == "WanMoveModelLoader":
        inputs["model"] = DIT
    elif kind == "UNETLoader":
        inputs["unet_name"] = DIT
    elif kind == "VAELoader":
        inputs["vae_name"] = VAE
    elif kind == "LoraLoaderModelOnly":
        inputs["lora_name"] = LORA
    elif kind == "WanMoveSampler" and inputs["preset"] == "published":
        inputs["preset"] = "custom"
    elif kind == "CLIPTextEncode":
        prompt[f"{id}:text"] = {"class_type": "TestText", "inputs": _text(len(inputs["text"]))}
        prompt[f"{id}:seen"] = {"class_type": "TestClipVision", "inputs": {"seed": 3, "file": "", "key": ""}}
        both = {"conditioning": [f"{id}:text", 0], "clip_vision_output": [f"{id}:seen", 0]}
        prompt[id] = {"class_type": "TestSetClipVision", "inputs": both}
    elif kind == "CLIPVisionEncode":
        prompt[id] = {"class_type": "TestClipVision", "inputs": {"seed": 3, "file": "", "key": ""}}
    elif kind == "PrimitiveStringMultiline":
        inputs["value"] = _small_coordinates(inputs["value"])


def _text(seed: int) -> dict[str, Any]:
    return {"seed": seed, "tokens": 8, "width": TEXT_WIDTH, "pad": 0, "file": "", "key": ""}


def _small_coordinates(text: str) -> str:
    """Every tenth frame of 81, from 832x480 to the small square."""
    tracks = json.loads(text)
    return json.dumps([[{"x": p["x"] * SIDE / 832, "y": p["y"] * SIDE / 480} for p in track[::10]] for track in tracks])
