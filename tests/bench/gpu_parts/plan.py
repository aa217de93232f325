"""The parts in the order of their worth, and what each is expected to take, for refusing what no longer fits.

Imports nothing heavy: the process that watches the clock reads it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

STEPS_OF_A_CLIP = 40
BRANCHES_OF_A_STEP = 2
H100_FORWARD_SECONDS = 4.5
"""One evaluation of the network at the published size on an H100, to scale the parts' estimates by."""


@dataclass(frozen=True)
class Part:
    """One group of rows.

    ``forwards``: evaluations of the whole network. ``card_seconds``: other work of the card, on an H100.
    ``host_seconds``: what does not depend on the card (imports, compiling, copies through host memory).
    """

    name: str
    title: str
    function: str
    forwards: float = 0
    card_seconds: float = 0
    host_seconds: float = 0

    def estimate(self, forward_seconds: float, tiny: bool = False) -> float:
        """Seconds, where one evaluation takes ``forward_seconds``."""
        if tiny:
            return 1.0
        slower = forward_seconds / H100_FORWARD_SECONDS
        return self.forwards * forward_seconds + self.card_seconds * slower + self.host_seconds

    def load(self) -> Callable:
        module, _, name = self.function.partition(":")
        name, _, argument = name.partition("=")
        function = getattr(import_module(f"{__package__}.{module}"), name)
        return function(argument) if argument else function


PARTS = (
    Part("matrices", "matrix products", "kernels:matrices", card_seconds=1, host_seconds=3),
    Part("guide", "the guide", "kernels:guide", host_seconds=2),
    Part("steps", "steps, bf16", "steps:ours_and_stock", forwards=10, card_seconds=2, host_seconds=25),
    Part("fp8", "fp8 storage", "storage:weights_only", forwards=3, card_seconds=1, host_seconds=6),
    Part("12g", "preset 12g, capped", "memory:preset=12g", forwards=5, card_seconds=14, host_seconds=18),
    Part("vae", "VAE", "memory:vae", card_seconds=30, host_seconds=3),
    Part("branches", "branches", "steps:branches", forwards=5, card_seconds=1, host_seconds=5),
    Part("profile", "where a step goes", "profile:step", forwards=3, card_seconds=1, host_seconds=8),
    Part("attention", "attention", "kernels:attention", card_seconds=4, host_seconds=5),
    Part("24g", "preset 24g, capped", "memory:preset=24g", forwards=1, card_seconds=12, host_seconds=16),
    Part("fp8-products", "fp8 products", "storage:products", forwards=3, card_seconds=1, host_seconds=5),
    Part("backends", "attention in the network", "steps:backends", forwards=4, card_seconds=1, host_seconds=5),
    Part("compile", "torch.compile", "changes:compiled", forwards=3, card_seconds=1, host_seconds=55),
    Part("16g", "preset 16g, capped", "memory:preset=16g", forwards=4, card_seconds=10, host_seconds=18),
    Part("lora", "LoRA", "changes:lora", forwards=3, card_seconds=1, host_seconds=10),
    Part("comfy", "ComfyUI", "comfy:weights_only", forwards=18, card_seconds=2, host_seconds=45),
    Part("comfy-fp8", "ComfyUI, fp8 products", "comfy:products", forwards=4, card_seconds=2, host_seconds=25),
    Part("lead", "a draft leads", "changes:lead", forwards=4, card_seconds=2, host_seconds=5),
    Part("comfy-lead", "ComfyUI, a draft leads", "comfy_more:lead", forwards=8, card_seconds=2, host_seconds=15),
    Part("comfy-experts", "ComfyUI, two experts", "comfy_more:experts", forwards=8, card_seconds=2, host_seconds=30),
    Part("comfy-stream", "ComfyUI, own stream", "comfy_more:stream", forwards=12, card_seconds=2, host_seconds=15),
    Part("comfy-accel", "ComfyUI, its speed-ups", "comfy_more:accelerators", forwards=36, host_seconds=90),
)


def choose(only: list[str] | None) -> list[Part]:
    """The parts of these names, in the plan's order; all of them without. Raises: ValueError for an unknown name."""
    names = [part.name for part in PARTS]
    unknown = sorted(set(only or ()) - set(names))
    if unknown:
        raise ValueError(f"no part {', '.join(unknown)}; there are {', '.join(names)}")
    return [part for part in PARTS if not only or part.name in only]
