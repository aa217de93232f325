"""LoRAs on a network: matrices by diffusers' own loader, all that it leaves out added here, and both taken off again.

The loader (diffusers 0.42.1) puts factors on linear layers of the blocks and embedders. It leaves out differences of
norms, modulation, convolutions and some biases, and fails on files that lack blocks: so its names are made here, key by
key, and it is handed what it takes whole. The rest, and the small last layer, is added to the weights themselves in
float32; their own values are kept and put back bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ....checkpoints.lora.read import LoraFile, Placed
from ....errors import WanMoveError
from .fp8_linear import Fp8Linear
from .parts import diffusers_name

_ADDED = ("head.head.weight", "patch_embedding.weight")
"""Factors that are multiplied out: a convolution, and the last layer, whose output several cards gather by its name."""


class NetworkLoras:
    """The LoRAs of one network of a pipeline; none at first.

    ``second``: the pipeline's second network. ``dtype``: what its products are computed in.
    """

    def __init__(self, pipe: Any, second: bool, dtype: torch.dtype) -> None:
        self._pipe, self._second, self._dtype = pipe, second, dtype
        self._names: dict[Path, str] = {}
        self._files: dict[Path, LoraFile] = {}
        self._count, self._on = 0, True
        self._kept: dict[str, torch.Tensor] = {}
        self._changed: dict[str, torch.Tensor] = {}

    @property
    def network(self) -> Any:
        return self._pipe.transformer_2 if self._second else self._pipe.transformer

    def use(self, chosen: Sequence[Placed]) -> None:
        """Let ``chosen`` and no others count. Files that were there already are not read again."""
        self._put_back()
        wanted: dict[Path, float] = {}
        for one in chosen:
            wanted[one.file.path] = wanted.get(one.file.path, 0.0) + one.strength
        gone = [name for path, name in self._names.items() if path not in wanted]
        if gone:
            self._pipe_call("delete_adapters", gone)
        self._names = {path: name for path, name in self._names.items() if path in wanted}
        self._files = {one.file.path: one.file for one in chosen}
        for path, file in self._files.items():
            if path not in self._names and (name := self._load(file)) is not None:
                self._names[path] = name
        if self._names:
            self.network.set_adapters(list(self._names.values()), [wanted[path] for path in self._names])
        self._changed = self._sums(wanted)
        self._on = False
        self.switch(True)

    def switch(self, on: bool) -> None:
        """Take the chosen ones off, or put them on again."""
        if on == self._on:
            return
        self._on = on
        if self._names:
            (self.network.enable_lora if on else self.network.disable_lora)()
        if on:
            self._put(self._changed)
        else:
            self._put(self._kept)

    # -- factors ----------------------------------------------------------------------------------------------------

    def _load(self, file: LoraFile) -> str | None:
        """The adapter's name; None for a file without factors."""
        factors = {}
        for name in file.factors:
            if name in _ADDED:
                continue
            layer = f"transformer.{diffusers_name(name).removesuffix('.weight')}"
            up, down = file.pair(name)
            factors[f"{layer}.lora_A.weight"] = down.to(self._dtype).contiguous()
            factors[f"{layer}.lora_B.weight"] = up.to(self._dtype).contiguous()
        if not factors:
            return None
        self._count += 1
        adapter = f"lora_{self._count}"
        try:
            self._pipe_call("load_lora_weights", factors, adapter_name=adapter)
        except (ValueError, RuntimeError, KeyError, TypeError) as error:
            raise WanMoveError(
                where=f"LoRA {file.path.name}",
                what=f"diffusers cannot put it on the network ({type(error).__name__}: {str(error)[:200]})",
                fix="give it in the form that ComfyUI's loader takes, or leave it out",
            ) from error
        missing = self._left_out(file, adapter)
        if missing:
            # It would count in the next case, which asks for none or for others.
            self._pipe_call("delete_adapters", [adapter])
            raise WanMoveError(
                where=f"LoRA {file.path.name}",
                what=f"diffusers left out {len(missing)} of its matrices, {missing[0]} among them",
                fix="install the versions of diffusers and peft that this package names",
            )
        return adapter

    def _pipe_call(self, method: str, *given: Any, **named: Any) -> None:
        if method == "load_lora_weights":
            self._pipe.load_lora_weights(*given, **named, load_into_transformer_2=self._second)
            return
        self.network.delete_adapters(*given)
        _offload_anew(self.network)

    def _left_out(self, file: LoraFile, adapter: str) -> list[str]:
        """Those of its factors that the adapter does not have."""
        missing = []
        for name in file.factors:
            if name not in _ADDED:
                module = self.network.get_submodule(diffusers_name(name).removesuffix(".weight"))
                if adapter not in getattr(module, "lora_A", {}):
                    missing.append(name)
        return missing

    # -- what is added to the weights themselves ----------------------------------------------------------------------

    def _sums(self, strengths: dict[Path, float]) -> dict[str, torch.Tensor]:
        """Parameter -> its value with all differences; remembers the values without."""
        self._kept = {}
        sums: dict[str, torch.Tensor] = {}
        for path, file in self._files.items():
            added = [*file.diffs, *(name for name in file.factors if name in _ADDED)]
            for name in added:
                ours = diffusers_name(name)
                module, attribute = self._owner(ours)
                value = getattr(module, attribute)
                if ours not in sums:
                    self._kept[ours] = value.data
                    sums[ours] = value.detach().to("cpu", torch.float32)
                sums[ours] = sums[ours] + strengths[path] * self._difference(file, name).reshape(value.shape)
        return {name: total.to(self._kept[name].dtype) for name, total in sums.items()}

    def _difference(self, file: LoraFile, name: str) -> torch.Tensor:
        total = torch.zeros(())
        if name in file.diffs:
            total = total + file.read([file.diffs[name]])[file.diffs[name]].float()
        if name in _ADDED and name in file.factors:
            up, down = file.pair(name)
            total = total.reshape(-1) + (up.float() @ down.float()).reshape(-1)
        return total

    def _owner(self, name: str) -> tuple[nn.Module, str]:
        """The module that holds the parameter, under whatever a LoRA has put around it."""
        owner, _, attribute = name.rpartition(".")
        module = self.network.get_submodule(owner) if owner else self.network
        return getattr(module, "base_layer", module), attribute

    def _put(self, values: dict[str, torch.Tensor]) -> None:
        for name, value in values.items():
            module, attribute = self._owner(name)
            assert not (attribute == "weight" and isinstance(module, Fp8Linear)), "checked"
            parameter = module._parameters[attribute]
            assert parameter is not None
            parameter.data = value.to(parameter.device)
        if values:
            _offload_anew(self.network)

    def _put_back(self) -> None:
        if self._on and self._kept:
            self._put(self._kept)
        if not self._on and self._names:
            self.network.enable_lora()
        self._kept, self._changed, self._on = {}, {}, True


def _offload_anew(network: Any) -> None:
    """Blocks that travel from host memory do so by lists made beforehand, which must be made again."""
    from diffusers.hooks.group_offloading import _maybe_remove_and_reapply_group_offloading

    _maybe_remove_and_reapply_group_offloading(network)


@dataclass(frozen=True)
class PlainStart:
    """The first ``steps`` steps of a run go without LoRAs, guided by ``scale``; ``switch(False)`` takes these off."""

    steps: int
    scale: float
    switch: Callable[[bool], None]


class PipelineLoras:
    """The LoRAs on all networks of a pipeline, chosen together."""

    def __init__(self, pipe: Any, dtype: torch.dtype) -> None:
        seconds = (False,) if pipe.transformer_2 is None else (False, True)
        self._networks = [NetworkLoras(pipe, second, dtype) for second in seconds]

    def use(self, chosen: Sequence[Sequence[Placed]]) -> None:
        """For each network those that count from now on."""
        for network, own in zip(self._networks, chosen, strict=True):
            network.use(own)

    def switch(self, on: bool) -> None:
        for network in self._networks:
            network.switch(on)

    def start(self, steps: int, scale: float) -> PlainStart | None:
        """The first steps of a run without them; None for no steps."""
        return PlainStart(steps, scale, self.switch) if steps else None
