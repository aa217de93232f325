"""What every part is given: the card, the sizes, a clock, and a place for its rows."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from wan_move_core.checkpoints.shapes import PUBLISHED_SHAPE, NetworkShape

from .plan import H100_FORWARD_SECONDS

GB = 1e9


@dataclass(frozen=True)
class Sizes:
    """Of the network, of the clip in pixels and frames, and what the VAE's configuration says."""

    network: NetworkShape
    width: int
    height: int
    frames: int
    vae: dict[str, Any] = field(default_factory=dict)

    @property
    def latent_steps(self) -> int:
        return (self.frames - 1) // 4 + 1

    @property
    def tokens(self) -> int:
        return self.latent_steps * (self.height // 16) * (self.width // 16)

    def __str__(self) -> str:
        s = self.network
        return f"{self.width}x{self.height}x{self.frames}, network of width {s.dim} with {s.num_layers} layers"

    @property
    def forward_operations(self) -> float:
        """Floating-point operations of one evaluation: matrices, and attention over all pairs of tokens."""
        s, n = self.network, self.tokens
        matrices = 2 * n * s.num_layers * (6 * s.dim**2 + 2 * s.dim * s.ffn_dim)
        return matrices + 4 * n**2 * s.dim * s.num_layers

    @property
    def gigabytes(self) -> dict[str, float]:
        """What the network and one evaluation take on the card, by storage; for refusing what cannot fit."""
        s = self.network
        big = s.num_layers * (10 * s.dim**2 + 2 * s.dim * s.ffn_dim)
        rest, active = 80 * s.dim**2, self.tokens * (24 * s.dim + 4 * s.ffn_dim)
        return {"plain": (2 * big + rest + active) / GB, "fp8": (big + rest + active) / GB}


PUBLISHED = Sizes(PUBLISHED_SHAPE, 832, 480, 81)
TINY = Sizes(
    NetworkShape(dim=64, ffn_dim=96, num_layers=2, num_heads=2, text_dim=32, freq_dim=64),
    width=64,
    height=48,
    frames=9,
    vae={"base_dim": 8, "num_res_blocks": 1},
)


class Skip(Exception):
    """Raised by a part that cannot run on this machine; its text is the note in the table."""


@dataclass
class Reading:
    """Seconds of each repetition, and the allocator's peaks in bytes over all of them (None without a card)."""

    seconds: list[float]
    allocated: int | None = None
    reserved: int | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Bench:
    """One worker's state. ``emit`` takes each row as soon as it is known, so that a part that dies keeps its rows."""

    def __init__(
        self, sizes: Sizes, device: torch.device, deadline: float, emit: Callable[[dict[str, Any]], None]
    ) -> None:
        """``deadline``: of ``time.time``."""
        self.sizes, self.device, self._emit, self._deadline = sizes, device, emit, deadline
        self.forward_seconds = H100_FORWARD_SECONDS
        self.kept: dict[str, Any] = {}
        """What one part leaves for the next: the network last used, and times to compare with."""

    @property
    def tiny(self) -> bool:
        return self.sizes is TINY

    def row(
        self,
        what: str,
        value: float | None = None,
        unit: str = "s",
        *,
        reading: Reading | None = None,
        ratio: float | None = None,
        beside: str = "",
        note: str = "",
        key: str = "",
    ) -> None:
        """A row of the table. ``ratio`` is this value over that of ``beside``; ``key`` names it for the targets."""
        if reading is not None and value is None:
            value = reading.median
        self._emit(
            {
                "what": what,
                "value": value,
                "unit": unit,
                "all": reading.seconds if reading else None,
                "peak_allocated_gb": _gb(reading and reading.allocated),
                "peak_reserved_gb": _gb(reading and reading.reserved),
                "ratio": ratio,
                "beside": beside,
                "note": note,
                "key": key,
            }
        )

    # -- the clock --------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds, after everything that was asked of the card is done."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def seconds_left(self) -> float:
        return self._deadline - time.time()

    @property
    def slowness(self) -> float:
        """This card's seconds over an H100's."""
        return self.forward_seconds / H100_FORWARD_SECONDS

    def reset_peak(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()

    def peaks(self) -> tuple[int | None, int | None]:
        if self.device.type != "cuda":
            return None, None
        return torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()

    def time(self, function: Callable[[], object], repeats: int = 1, warm: int = 0) -> Reading:
        """``function`` called ``warm`` times unmeasured, then ``repeats`` times."""
        for _ in range(warm):
            function()
        self.reset_peak()
        seconds = []
        for _ in range(repeats):
            start = self.now()
            function()
            seconds.append(self.now() - start)
        return Reading(seconds, *self.peaks())

    # -- memory -----------------------------------------------------------------------------------------------------

    def total_bytes(self) -> int | None:
        return torch.cuda.get_device_properties(self.device).total_memory if self.device.type == "cuda" else None

    def require_gb(self, wanted: float) -> None:
        """Raise Skip where the card cannot hold ``wanted`` GB."""
        total = self.total_bytes()
        if total is not None and total < wanted * GB:
            raise Skip(f"needs about {wanted:.0f} GB on the card, this one has {total / GB:.0f}")

    def forget(self) -> None:
        """Drop the kept network and give the allocator's memory back."""
        for name in [n for n in self.kept if n.startswith("network")]:
            del self.kept[name]
        self.forget_cache()

    def forget_cache(self) -> None:
        """Give back what the allocator holds and nobody uses."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def _gb(value: int | None) -> float | None:
    return None if value is None else value / GB
