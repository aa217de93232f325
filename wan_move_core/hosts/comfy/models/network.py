"""The diffusion model through ComfyUI's own loader: any layout, any precision, nothing missing unnoticed.

Everything ends in the host's own loader, so memory management, LoRA, offloading and reloading are the host's own.
What is added: folders of shards, fp8 while reading, and errors where the host only warns.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch

from ....checkpoints.fp8 import (
    FP8,
    METADATA_KEY,
    Fp8Form,
    Scratch,
    as_comfy_quant,
    find_form,
    is_quantised_name,
    layer_config,
    quantise,
)
from ....checkpoints.headers import load_torch
from ....checkpoints.layout import Layout, find_layout
from ....checkpoints.shapes import NetworkShape, check_network, host_metadata, network_names
from ....errors import WanMoveError
from ..host.loading import (
    computes_in,
    detected_network,
    fp8_arithmetic,
    free_memory_bytes,
    make_fp8_linear,
    make_network,
    read_tensors_of,
    remember_loading,
    set_fp8_arithmetic,
    weights_of,
    weights_stay_in_file,
)
from ..host.running import throw_if_cancelled
from ..progress import Progress

_FLOATS = (torch.float32, torch.float16, torch.bfloat16)
_MIB = 2**20
_CACHE_SHARE = 0.6
"""Of the available memory, for a file read ahead: the model itself comes to lie beside it."""
_ALWAYS_FLOAT32 = "patch_embedding."
"""The host makes this layer float32 whatever the rest is."""
PRECISIONS = ("bf16 (published)", "as stored", "fp16", "fp32", "fp8 scaled")
_DTYPES = {
    "bf16 (published)": torch.bfloat16,
    "fp16": torch.float16,
    "fp32": torch.float32,
    "fp8 scaled": torch.bfloat16,
}


def check_model(path: Path, precision: str, fp8_matmul: bool) -> tuple[Layout, NetworkShape]:
    """Everything that can be said before loading: layout, tensors, precision. Reads headers only.

    Raises: WanMoveError for what cannot be guided, and for settings that do not fit together.
    """
    if precision not in PRECISIONS:
        raise WanMoveError(
            where="Model / precision", what=f"unknown precision {precision!r}", fix=f"use {', '.join(PRECISIONS)}"
        )
    layout = find_layout(path)
    if layout.kind == "gguf":
        raise WanMoveError(
            where=layout.path.name,
            what="ComfyUI itself does not read GGUF",
            fix='load it with "Unet Loader (GGUF)" of ComfyUI-GGUF; its MODEL works with every node of this pack',
        )
    shape = check_network(layout)
    if fp8_matmul and precision != "fp8 scaled" and _form(layout) == "plain":
        raise WanMoveError(
            where="Model / fp8_matmul",
            what=f"{layout.path.name} is not fp8 and precision is {precision!r}: there is nothing to multiply in fp8",
            fix='set precision to "fp8 scaled", or turn fp8_matmul off',
        )
    return layout, shape


def load_model(
    path: str | Path, precision: str = PRECISIONS[0], fp8_matmul: bool = False, disable_dynamic: bool = False
) -> Any:
    """A ModelPatcher of the checkpoint at ``path`` (Wan-Move or its like): published folder, index.json or single file.

    ``precision``: "as stored" keeps the file's numbers; bf16, fp16 and fp32 cast once; "fp8 scaled" quantises each
    shard as it is read. A file that is fp8 already keeps its fp8 digits whatever is chosen (what was lost cannot come
    back): the choice then sets the arithmetic and the other layers. ``fp8_matmul`` lets the card multiply in fp8.

    Host memory: the final model and one buffer of 16 MiB; what is not changed stays mapped from the file.
    Raises: WanMoveError naming what is missing or misshapen.
    """
    layout, shape = check_model(Path(path), precision, fp8_matmul)
    form = _form(layout)
    tensors = _read(layout, form, precision)
    metadata = host_metadata(layout, shape)
    metadata.pop(METADATA_KEY, None)
    _check_detection(tensors, metadata, shape, layout.path.name)
    quantised = any(name.endswith(".comfy_quant") for name in tensors)
    if quantised:
        _set_matmul(tensors, fp8_matmul)
    dtype = _DTYPES.get(precision) or _stored_dtype(layout)
    throw_if_cancelled()
    model = make_network(tensors, dtype, metadata, disable_dynamic)
    throw_if_cancelled()
    if model is None:
        raise WanMoveError(
            where=layout.path.name,
            what="this ComfyUI does not recognise the network",
            fix="update ComfyUI to 0.5.0 or later",
        )
    del tensors
    if quantised and dtype is not None and computes_in(model, dtype):
        set_arithmetic(model, dtype)
    if precision in _DTYPES and weights_stay_in_file():
        cast_weights(model, _DTYPES[precision])
    remember_loading(model, load_model, str(path), precision, fp8_matmul)
    logging.info("Wan-Move: %s loaded as %s (%s on disk)", layout.path.name, precision, form)
    return model


def cast_weights(model: Any, dtype: torch.dtype) -> int:
    """Cast the float weights of a ModelPatcher that are wider or narrower than ``dtype``, one by one; how many.

    Under dynamic VRAM the host takes the file's tensors as they are: float32 files would stay 66 GB whatever was asked
    for. Elsewhere it has cast them already, and nothing is left to do. Progress is shown, a cancel is heard.
    """
    wide = [
        weight
        for name, weight in weights_of(model).items()
        if type(weight.data) is torch.Tensor
        and weight.dtype in _FLOATS
        and weight.dtype != dtype
        and not name.startswith(_ALWAYS_FLOAT32)
    ]
    report = Progress(max(len(wide), 1))
    for done, weight in enumerate(wide, start=1):
        weight.data = weight.data.to(dtype)
        report(done)
    return len(wide)


def _check_detection(
    tensors: dict[str, torch.Tensor], metadata: dict[str, str], shape: NetworkShape, where: str
) -> None:
    """Raise when this host would build another network: older ones do not read ``config`` for Wan."""
    if not shape.needs_config:
        return
    found = detected_network(tensors, metadata)
    if found is None:
        return
    # What detection does not name is the network class's own default.
    assumed = {"num_heads": shape.dim // 128, "freq_dim": 256, "text_dim": 4096, **found}
    wrong = [f"{k} {assumed[k]}, not {v}" for k, v in shape.transformer_config().items() if assumed[k] != v]
    if wrong:
        raise WanMoveError(
            where=where,
            what=f"this ComfyUI would take it for a network with {', '.join(wrong)}",
            fix="update ComfyUI to 0.15.1 or later; the published model needs no update",
        )


def _form(layout: Layout) -> Fp8Form | None:
    """The file's fp8 form; None for 4-bit and block formats, which pass to the host untouched."""
    try:
        return find_form(layout.infos, layout.metadata)
    except WanMoveError:
        return None


def _read(layout: Layout, form: Fp8Form | None, precision: str) -> dict[str, torch.Tensor]:
    """All tensors under the published names, quantised shard by shard where asked for."""
    # e4m3 digits without scales are kept by giving them the scale 1; e5m2 ones are only rounded when asked for.
    wanted = [name for name in network_names(layout.infos) if is_quantised_name(name)]
    quantising = precision == "fp8 scaled" and form in ("plain", "naive")
    work = [n for n in wanted if quantising or (form == "naive" and layout.infos[n].dtype == FP8)]
    selected, tensors = set(work), {}
    scratch, config, cut = Scratch() if work else None, layer_config(True), len(layout.prefix)
    reading = _Reading(layout)
    for file in layout.files:
        reading.ahead(file)
        # The host's own reader, not safetensors: under dynamic VRAM it marks tensors for direct reads from the file.
        part = load_torch(file) if layout.kind == "torch" else read_tensors_of(file)
        for stored_name in list(part):
            tensor, name = part.pop(stored_name), stored_name[cut:]
            reading.taken(tensor.numel() * tensor.element_size())
            if not stored_name.startswith(layout.prefix):
                continue
            if name in selected:
                tensor, scale = quantise(tensor, scratch, name)
                layer = name.removesuffix(".weight")
                tensors[f"{layer}.weight_scale"], tensors[f"{layer}.comfy_quant"] = scale, config
            tensors[name] = tensor
    return as_comfy_quant(tensors, layout.metadata, layout.prefix)


class _Reading:
    """Progress over the bytes of a checkpoint, at every precision; the host's interruption where it is cancelled.

    Files are mapped, so taking a tensor reads nothing yet: the host reads everything at once later, out of reach of
    progress and cancel. Where memory allows, each file is therefore read into the system's cache first.
    """

    def __init__(self, layout: Layout) -> None:
        total = sum(file.stat().st_size for file in layout.files)
        self.reads = not weights_stay_in_file() and total < _CACHE_SHARE * free_memory_bytes()
        self.report, self.done = Progress(max(1, total // _MIB)), 0

    def ahead(self, file: Path) -> None:
        if not self.reads:
            return
        with file.open("rb", buffering=0) as stream:
            buffer = bytearray(16 * _MIB)
            while count := stream.readinto(buffer):
                self._add(count)

    def taken(self, count: int) -> None:
        """A tensor of ``count`` bytes was taken; counts where nothing was read ahead."""
        self._add(0 if self.reads else count)

    def _add(self, count: int) -> None:
        self.done += count
        self.report(self.done // _MIB)


def _set_matmul(tensors: dict[str, torch.Tensor], fp8_matmul: bool) -> None:
    for name in [n for n in tensors if n.endswith(".comfy_quant")]:
        if f"{name.removesuffix('.comfy_quant')}.weight" in tensors:
            tensors[name] = layer_config(not fp8_matmul, tensors[name])


def _stored_dtype(layout: Layout) -> torch.dtype | None:
    """The dtype of most of a file's numbers that are not fp8; None leaves the choice to the host."""
    count: dict[torch.dtype, int] = {}
    for info in network_names(layout.infos).values():
        if info.dtype == torch.float8_e5m2:
            return None
        if info.dtype in (torch.bfloat16, torch.float16, torch.float32):
            count[info.dtype] = count.get(info.dtype, 0) + info.numel
    return max(count, key=lambda dtype: count[dtype]) if count else None


def set_arithmetic(model: Any, dtype: torch.dtype) -> None:
    """Let a model with quantised layers compute in ``dtype``: the host would pick fp16 first, published is bf16.

    Hosts whose quantised layers cannot follow keep their own choice, and the log says so.
    """
    if follows_input_dtype(dtype) and set_fp8_arithmetic(model, dtype):
        return
    logging.warning(
        "Wan-Move: this ComfyUI computes fp8 layers in %s only, where %s was asked for. Fix: update ComfyUI.",
        fp8_arithmetic(model) or "a precision of its own",
        dtype,
    )


def follows_input_dtype(dtype: torch.dtype) -> bool:
    """Whether this host's quantised layers compute in the dtype of what comes in, tried on a layer of 16 x 16."""
    layer = make_fp8_linear(16)
    if layer is None:
        return False
    weight, scale = quantise(torch.ones(16, 16))
    stored = {"weight": weight, "weight_scale": scale, "comfy_quant": layer_config(True)}
    try:
        layer.load_state_dict(stored, strict=False)
        return layer(torch.ones(1, 16, dtype=dtype)).dtype == dtype
    except Exception:
        # A trial may fail in as many ways as there are hosts; the model itself loads all the same.
        logging.debug("Wan-Move: the fp8 layer that was tried did not compute in %s", dtype, exc_info=True)
        return False
