"""What extracting a LoRA costs: one matrix of the published size at several ranks, beside the exact decomposition.

python tests/bench/lora.py        float32, two threads
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup

WIDTH, FFN = 5120, 13824
RANKS = (16, 64)
EXACT_SIDE = 768


def learnt(rows: int, columns: int, seed: int = 0):
    """A difference whose spectrum falls with the root, with a floor of noise; made without a decomposition."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    strong = 512
    left = torch.randn(rows, strong, generator=generator) / torch.arange(1, strong + 1).sqrt()
    return (
        left @ torch.randn(strong, columns, generator=generator) * 1e-4
        + torch.randn(rows, columns, generator=generator) * 1e-4
    )


def main() -> None:
    import torch

    torch.set_num_threads(2)
    _setup.load_core()
    from wan_move_core.checkpoints.lora.factors import low_rank, squared_residual

    print(_setup.header("A LoRA out of two models"))
    print("| matrix | rank | seconds | not in the factors % |")
    print("|---|---|---|---|")
    for shape in ((WIDTH, WIDTH), (FFN, WIDTH)):
        matrix = learnt(*shape)
        norm = float(matrix.norm()) ** 2
        for rank in RANKS:
            start = time.perf_counter()
            up, down = low_rank(matrix, rank, torch.Generator().manual_seed(0))
            seconds = time.perf_counter() - start
            share = (squared_residual(matrix, up, down) / norm) ** 0.5
            print(f"| {shape[0]}x{shape[1]} | {rank} | {seconds:.1f} | {share:.1%} |")
    print("\nA model has 40 blocks with ten of the first and two of the second.\n")
    print("Beside the exact decomposition, where that one is quick enough:\n")
    print("| matrix | rank | exact s | ours s | error beyond the best % |")
    print("|---|---|---|---|---|")
    matrix = learnt(EXACT_SIDE, EXACT_SIDE)
    start = time.perf_counter()
    values = torch.linalg.svdvals(matrix.double())
    exact = time.perf_counter() - start
    for rank in RANKS:
        start = time.perf_counter()
        up, down = low_rank(matrix, rank, torch.Generator().manual_seed(0))
        seconds = time.perf_counter() - start
        best = float((values[rank:] ** 2).sum()) ** 0.5
        beyond = squared_residual(matrix, up, down) ** 0.5 / best - 1
        print(f"| {EXACT_SIDE}x{EXACT_SIDE} | {rank} | {exact:.1f} | {seconds:.1f} | {beyond:.2%} |")


if __name__ == "__main__":
    main()
