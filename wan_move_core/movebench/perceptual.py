"""LPIPS and CLIP-I: how alike a result's frames are to the reference's, as networks see them.

* LPIPS (Zhang et al. 2018, arXiv 1801.03924), version 0.1 on AlexNet: distances of unit-length features of five layers,
  weighted by the published heads, mean over places and frames. 0 for equal frames.
* CLIP-I (as in DreamBooth, arXiv 2208.12242): cosine of CLIP's image embeddings of a result's frame and the reference's
  frame at the same time, mean over frames. 1 for equal frames.

Weights come from files; nothing is fetched. What lies in torch's or Hugging Face's own cache is found by itself.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch.nn import functional as F

from ..errors import WanMoveError
from .features import read_state, sha256_of
from .words import ALEXNET_FILE, CLIP_HELP, CLIP_REPO, LPIPS_HELP

# Layer, kernel, stride, padding and widths of AlexNet's convolutions; a maximum over 3, stride 2, stands before the
# second and the third.
ALEXNET = (
    (0, 11, 4, 2, 3, 64),
    (3, 5, 1, 2, 64, 192),
    (6, 3, 1, 1, 192, 384),
    (8, 3, 1, 1, 384, 256),
    (10, 3, 1, 1, 256, 256),
)
LPIPS_SHIFT, LPIPS_SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
BATCH = 8


class FrameMeasure(Protocol):
    """Compares frames of two clips. ``name`` and ``digest`` stand in the report."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...

    def compare(self, result: np.ndarray, reference: np.ndarray) -> float:
        """Mean over frames, uint8 [T, H, W, 3] each, of one shape."""
        ...


class Lpips:
    """``weights``: an AlexNet state dict under torchvision's names (``features.N``), with or without LPIPS' heads."""

    def __init__(self, weights: str | Path, device: str = "cpu", every: int = 1) -> None:
        path, where = Path(weights), "LPIPS / weights"
        given = {key.removeprefix("net."): value for key, value in read_state(path, where).items()}
        if not any(key.startswith("lin") for key in given):
            given.update(_bundled_heads(where))
        wanted = {}
        for layer, kernel, _, _, inner, outer in ALEXNET:
            wanted[f"features.{layer}.weight"] = (outer, inner, kernel, kernel)
            wanted[f"features.{layer}.bias"] = (outer,)
        wanted.update({f"lin{k}.model.1.weight": (1, row[5], 1, 1) for k, row in enumerate(ALEXNET)})
        self._state = _checked(given, wanted, path, where, LPIPS_HELP, device)
        self._device, self.every, self.digest = device, _positive(every, "LPIPS"), sha256_of(path)
        self.name = f"LPIPS 0.1, AlexNet ({path.name}), {_told(every)}"

    @torch.inference_mode()
    def compare(self, result: np.ndarray, reference: np.ndarray) -> float:
        if min(result.shape[1:3]) < 32:
            raise WanMoveError(
                where="LPIPS / frames", what=f"{result.shape[2]}x{result.shape[1]}", fix="use 32 px or more"
            )
        found = []
        for a, b in _batches(result, reference, self.every):
            pairs = zip(self._layers(a), self._layers(b), strict=True)
            layers = [F.conv2d((x - y) ** 2, self._state[f"lin{k}.model.1.weight"]) for k, (x, y) in enumerate(pairs)]
            found.append(sum(layer.mean((1, 2, 3)) for layer in layers))
        return float(torch.cat(found).double().mean())

    def _layers(self, frames: torch.Tensor) -> list[torch.Tensor]:
        x = frames.to(self._device) / 127.5 - 1
        x = (x - _channels(LPIPS_SHIFT, x)) / _channels(LPIPS_SCALE, x)
        made = []
        for number, (layer, _, stride, padding, _, _) in enumerate(ALEXNET):
            if number in (1, 2):
                x = F.max_pool2d(x, 3, 2)
            weight, bias = self._state[f"features.{layer}.weight"], self._state[f"features.{layer}.bias"]
            x = F.relu(F.conv2d(x, weight, bias, stride, padding))
            made.append(x / torch.sqrt(1e-8 + (x**2).sum(1, keepdim=True)))
        return made


class ClipImages:
    """``weights``: a CLIP image tower with its projection under Hugging Face's names; a file, or a folder with it.

    A ``config.json`` beside it says heads and activation; without, they are those of the published sizes.
    """

    def __init__(self, weights: str | Path, device: str = "cpu", every: int = 1) -> None:
        path, where = _clip_file(Path(weights)), "CLIP-I / weights"
        state = read_state(path, where)
        self._state = {
            key.removeprefix("vision_model."): value.float().to(device)
            for key, value in state.items()
            if key.startswith("vision_model.") or key == "visual_projection.weight"
        }
        needs = ("embeddings.patch_embedding.weight", "post_layernorm.weight", "visual_projection.weight")
        lacks = [key for key in needs if key not in self._state]
        if lacks:
            raise WanMoveError(where=where, what=f"{path.name} has no {', '.join(lacks)}", fix=f"give {CLIP_HELP}")
        width, _, self._patch, _ = self._state["embeddings.patch_embedding.weight"].shape
        places = len(self._state["embeddings.position_embedding.weight"]) - 1
        self._side = round(places**0.5) * self._patch
        self._layers = 1 + max(int(k.split(".")[2]) for k in self._state if k.startswith("encoder.layers."))
        self._heads, act, self._eps = _clip_config(path, width)
        self._act = F.gelu if act == "gelu" else _quick_gelu
        self._device, self.every, self.digest = device, _positive(every, "CLIP-I"), sha256_of(path)
        self.name = f"CLIP ViT {width}/{self._patch} ({path.parent.name}/{path.name}), {_told(every)}"

    @torch.inference_mode()
    def compare(self, result: np.ndarray, reference: np.ndarray) -> float:
        found = [F.cosine_similarity(self.embed(a), self.embed(b)) for a, b in _batches(result, reference, self.every)]
        return float(torch.cat(found).double().mean())

    @torch.inference_mode()
    def embed(self, frames: torch.Tensor) -> torch.Tensor:
        """float [M, D] of float [M, 3, H, W] from 0 to 255: shorter side to the tower's, middle cut out, embedded."""
        side = self._side
        x = frames.to(self._device)
        if min(x.shape[2:]) != side:
            scale = side / min(x.shape[2:])
            size = [max(side, int(length * scale)) for length in x.shape[2:]]
            x = F.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False).round().clamp(0, 255)
        top, left = (x.shape[2] - side) // 2, (x.shape[3] - side) // 2
        x = x[:, :, top : top + side, left : left + side] / 255
        x = (x - _channels(CLIP_MEAN, x)) / _channels(CLIP_STD, x)
        x = F.conv2d(x, self._state["embeddings.patch_embedding.weight"], stride=self._patch).flatten(2).mT
        first = self._state["embeddings.class_embedding"].expand(len(x), 1, -1)
        x = self._norm(torch.cat([first, x], 1) + self._state["embeddings.position_embedding.weight"], "pre_layrnorm")
        for layer in range(self._layers):
            name = f"encoder.layers.{layer}"
            x = x + self._attention(self._norm(x, f"{name}.layer_norm1"), f"{name}.self_attn")
            inner = self._act(self._linear(self._norm(x, f"{name}.layer_norm2"), f"{name}.mlp.fc1"))
            x = x + self._linear(inner, f"{name}.mlp.fc2")
        return self._norm(x[:, 0], "post_layernorm") @ self._state["visual_projection.weight"].mT

    def _attention(self, x: torch.Tensor, name: str) -> torch.Tensor:
        q, k, v = (
            self._linear(x, f"{name}.{part}_proj").unflatten(-1, (self._heads, -1)).transpose(1, 2) for part in "qkv"
        )
        return self._linear(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), f"{name}.out_proj")

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, self._state[f"{name}.weight"], self._state[f"{name}.bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:], self._state[f"{name}.weight"], self._state[f"{name}.bias"], self._eps)


def alexnet_at_hand() -> Path | None:
    """AlexNet's weights in torch's cache; None where they are not."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / ALEXNET_FILE
    return path if path.is_file() else None


def clip_at_hand() -> Path | None:
    """CLIP ViT-B/32 in Hugging Face's cache; None where it is not."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    for name in ("model.safetensors", "pytorch_model.bin"):
        found = try_to_load_from_cache(CLIP_REPO, name)
        if isinstance(found, str):
            return Path(found)
    return None


def _bundled_heads(where: str) -> dict[str, torch.Tensor]:
    spec = importlib.util.find_spec("torchmetrics")
    if spec is None or spec.origin is None:
        raise WanMoveError(
            where=where, what="the file has no heads (lin0..lin4), and torchmetrics, which has them, is not installed",
            fix="pip install torchmetrics, or give a file with both",
        )  # fmt: skip
    return read_state(Path(spec.origin).parent / "functional" / "image" / "lpips_models" / "alex.pth", where)


def _checked(
    given: dict[str, torch.Tensor], wanted: dict[str, tuple[int, ...]], path: Path, where: str, help: str, device: str
) -> dict[str, torch.Tensor]:
    wrong = [key for key, shape in wanted.items() if key not in given or tuple(given[key].shape) != shape]
    if wrong:
        raise WanMoveError(
            where=where, what=f"{path.name} lacks {wrong[0]}, or it has another shape ({len(wrong)} in all)",
            fix=f"give {help}",
        )  # fmt: skip
    return {key: given[key].float().to(device) for key in wanted}


def _clip_file(path: Path) -> Path:
    if path.is_dir():
        names = ("model.safetensors", "pytorch_model.bin")
        return next((path / name for name in names if (path / name).is_file()), path / names[0])
    return path


def _clip_config(path: Path, width: int) -> tuple[int, str, float]:
    """Heads, activation and the norms' epsilon."""
    large = {1280: 16, 1664: 16}  # OpenCLIP's ViT-H and ViT-bigG; every OpenAI tower has heads of 64.
    heads, act, eps = large.get(width, max(1, width // 64)), "gelu" if width in large else "quick_gelu", 1e-5
    beside = path.with_name("config.json")
    if not beside.is_file():
        return heads, act, eps
    try:
        held: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
        held = held.get("vision_config") or held
        return (
            int(held.get("num_attention_heads", heads)),
            str(held.get("hidden_act", "quick_gelu")),
            float(held.get("layer_norm_eps", eps)),
        )
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise WanMoveError(where="CLIP-I / config", what=f"{beside} ({error})", fix="fetch it again") from error


def _quick_gelu(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(1.702 * x)


def _batches(result: np.ndarray, reference: np.ndarray, every: int):
    """float [M, 3, H, W] from 0 to 255 of both, a few frames at a time."""
    if result.shape != reference.shape:
        raise WanMoveError(
            where="Scores / clips", what=f"shapes {result.shape} and {reference.shape}", fix="give clips of one size"
        )
    a, b = result[::every], reference[::every]
    for start in range(0, len(a), BATCH):
        parts = (np.ascontiguousarray(clip[start : start + BATCH]) for clip in (a, b))
        yield tuple(torch.from_numpy(part).permute(0, 3, 1, 2).float() for part in parts)


def _channels(values: tuple[float, ...], like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(values, device=like.device)[:, None, None]


def _positive(every: int, what: str) -> int:
    if every < 1:
        raise WanMoveError(where=f"{what} / every", what=f"{every}", fix="use 1 or more")
    return every


def _told(every: int) -> str:
    return "every frame" if every == 1 else f"every {every}. frame"
