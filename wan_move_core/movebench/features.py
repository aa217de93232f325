"""Features for FID (of frames) and FVD (of clips), from weights that the user supplies; nothing is fetched.

The networks are built in; a weights file fills them: ``.safetensors``, or a torch file that holds tensors alone, which
is read without running anything in it. A TorchScript archive is a program: it is refused, and its state dict can be
saved by whoever trusts it. Another network can be named as ``package.module:function``: the user's own code, imported
from the user's own path; called without arguments, it returns an object like :class:`FeatureExtractor`.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..errors import WanMoveError, plural

_CHUNK_BYTES = 2**20
PREFIXES = ("module.", "model.", "inception.")


class FeatureExtractor(Protocol):
    """Anything that turns a clip into rows of numbers. ``name`` and ``digest`` stand in the report."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def width(self) -> int: ...

    def features(self, clip: np.ndarray) -> np.ndarray:
        """float [M, width] of a uint8 [T, H, W, 3] clip: a row per frame for FID, one row for FVD."""
        ...


class InceptionFeatures:
    """FID's: the 2048 pooled features of Inception-v3 in its FID variant, for every ``every``-th frame.

    ``weights``: a state dict under torchvision's names, as ``pt_inception-2015-12-05`` has them.
    """

    width = 2048

    def __init__(self, weights: str | Path, device: str = "cpu", every: int = 8) -> None:
        from .inception import InceptionV3

        if every < 1:
            raise WanMoveError(where="FID / every", what=f"{every}", fix="use 1 or more")
        self.every, self._device = every, device
        self._net, self.digest = _filled(InceptionV3, Path(weights), "FID", device, ignore=("fc.", "AuxLogits."))
        self.name = f"Inception-v3 (FID variant), every {every}. frame, {Path(weights).name}"

    def of_every_frame(self) -> InceptionFeatures:
        """The same network, for every frame: as FID is published."""
        other = copy.copy(self)
        other.every, other.name = 1, self.name.replace(f"every {self.every}. frame", "every frame")
        return other

    @torch.inference_mode()
    def features(self, clip: np.ndarray) -> np.ndarray:
        rows = []
        for part in np.array_split(clip[:: self.every], max(1, len(clip[:: self.every]) // 16)):
            video = torch.from_numpy(np.ascontiguousarray(part)).permute(0, 3, 1, 2).float().to(self._device)
            video = F.interpolate(video, size=(299, 299), mode="bilinear", align_corners=False)
            rows.append(self._net(video / 127.5 - 1).cpu().numpy())
        return np.concatenate(rows)


class I3DFeatures:
    """FVD's: the 400 logits of I3D (Kinetics-400, RGB), averaged over time; one row for a clip of at least 9 frames.

    ``weights``: a state dict under the names of the common PyTorch port (``rgb_imagenet.pt``).
    """

    width = 400

    def __init__(self, weights: str | Path, device: str = "cpu") -> None:
        from .i3d import InceptionI3D

        self._device = device
        self._net, self.digest = _filled(InceptionI3D, Path(weights), "FVD", device)
        self.name = f"I3D (Kinetics-400, RGB logits), {Path(weights).name}"

    @torch.inference_mode()
    def features(self, clip: np.ndarray) -> np.ndarray:
        if len(clip) < 9:
            raise WanMoveError(
                where="FVD / clip", what=f"{plural(len(clip), 'frame')}, I3D needs 9", fix="score longer clips"
            )
        video = torch.from_numpy(clip).permute(0, 3, 1, 2).float().to(self._device)
        video = F.interpolate(video, size=(224, 224), mode="bilinear", align_corners=False) / 127.5 - 1
        return self._net(video.permute(1, 0, 2, 3)[None]).cpu().numpy()


def named_extractor(name: str, kind: str) -> FeatureExtractor:
    """The object that the user's ``package.module:function`` returns. Raises: WanMoveError when it is not one."""
    module, colon, function = name.partition(":")
    if not colon or not module or not function.isidentifier():
        raise WanMoveError(where=f"{kind} / extractor", what=f"{name!r}", fix="name it as package.module:function")
    try:
        made = getattr(importlib.import_module(module), function)()
    except (ImportError, AttributeError) as error:
        raise WanMoveError(
            where=f"{kind} / extractor", what=f"{name}: {error}", fix="put the module on PYTHONPATH"
        ) from error
    lacks = [part for part in ("name", "digest", "width", "features") if not hasattr(made, part)]
    if lacks:
        raise WanMoveError(
            where=f"{kind} / extractor",
            what=f"{name} returned a {type(made).__name__} without {', '.join(lacks)}",
            fix="return an object with name, digest, width and features(clip)",
        )
    return made


def read_state(path: Path, where: str) -> dict[str, torch.Tensor]:
    """Tensors by name from a weights file, running nothing. Raises: WanMoveError for anything else."""
    if not path.is_file():
        raise WanMoveError(where=where, what=f"there is no file {path}", fix="check the path of the weights")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        try:
            return load_file(str(path))
        except Exception as error:
            raise WanMoveError(where=where, what=f"{path.name} is damaged ({error})", fix="fetch it again") from error
    if _is_torchscript(path):
        raise WanMoveError(
            where=where,
            what=f"{path.name} is a TorchScript archive: loading one runs the program in it",
            fix="save its state dict instead, if you trust it: "
            "safetensors.torch.save_file(torch.jit.load(FILE).state_dict(), OUT)",
        )
    try:
        held: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WanMoveError(
            where=where,
            what=f"{path.name} holds more than tensors, or is damaged ({str(error).splitlines()[0][:120]})",
            fix="save its state dict as .safetensors",
        ) from error
    if isinstance(held, dict) and isinstance(held.get("state_dict"), dict):
        held = held["state_dict"]
    if not isinstance(held, dict) or not all(isinstance(v, torch.Tensor) for v in held.values()):
        raise WanMoveError(where=where, what=f"{path.name} is no state dict", fix="give a file of named tensors")
    return held


def _filled(
    build: Callable[[], nn.Module], path: Path, kind: str, device: str, ignore: tuple[str, ...] = ()
) -> tuple[nn.Module, str]:
    """The network with the file's weights, in eval mode, and the file's sha256."""
    where = f"{kind} / weights"
    state = read_state(path, where)
    for prefix in PREFIXES:
        if state and all(key.startswith(prefix) for key in state):
            state = {key[len(prefix) :]: value for key, value in state.items()}
    with torch.device("meta"):
        net = build()
    expected = net.state_dict()
    counters = {key for key in expected if key.endswith("num_batches_tracked")}
    given = {k: v for k, v in state.items() if not k.startswith(ignore)} if ignore else dict(state)
    problems = [f"missing {key}" for key in expected.keys() - given.keys() - counters]
    problems += [f"unknown {key}" for key in given.keys() - expected.keys()]
    problems += [
        f"{key} is {list(given[key].shape)}, not {list(expected[key].shape)}"
        for key in expected.keys() & given.keys()
        if given[key].shape != expected[key].shape
    ]
    if problems:
        named = "; ".join(sorted(problems)[:3])
        raise WanMoveError(
            where=where, what=f"{path.name} does not fit {build.__name__}: {named} ({len(problems)} in all)",
            fix="give the weights that the help names",
        )  # fmt: skip
    for key in counters:
        given.setdefault(key, torch.zeros((), dtype=torch.int64))
    net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in given.items()}, assign=True)
    return net.to(device).eval(), sha256_of(path)


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name or name.endswith("constants.pkl") for name in archive.namelist())


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(_CHUNK_BYTES):
            digest.update(part)
    return digest.hexdigest()
