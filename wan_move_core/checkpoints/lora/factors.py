"""The best product of two thin matrices: a randomised singular value decomposition, in float32.

Source: Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1.
"""

from __future__ import annotations

import math

import torch

POWER_PASSES = 3
"""Times that the matrix is applied there and back: what a model learnt has a slowly falling spectrum."""
_SPARE_COLUMNS = 32
_ROWS = 1024


def low_rank(matrix: torch.Tensor, rank: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """(up [M, r], down [r, N]), float32, whose product is as near to ``matrix`` as rank ``r`` allows (to 1 %).

    Args:
        matrix: float32 [M, N], finite.
        rank: at most; r = min(rank, M, N). The singular values are shared between both factors, so that neither
            leaves the range of a 16-bit format.
        generator: where the random directions come from; with equal ones the answer is equal.
    """
    rows, columns = matrix.shape
    rank = min(rank, rows, columns)
    tried = rank + max(_SPARE_COLUMNS, rank // 2)
    if tried >= min(rows, columns):
        left, values, right = torch.linalg.svd(matrix.double(), full_matrices=False)
        left, values, right = left.float(), values.float(), right.float()
    else:
        left, values, right = _randomised(matrix, tried, generator)
    roots = values[:rank].sqrt()
    return left[:, :rank] * roots, roots[:, None] * right[:rank]


def _randomised(
    matrix: torch.Tensor, tried: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    directions = torch.randn(matrix.shape[1], tried, generator=generator)
    basis = torch.linalg.qr(matrix @ directions)[0]
    for _ in range(POWER_PASSES):
        basis = torch.linalg.qr(matrix.T @ basis)[0]
        basis = torch.linalg.qr(matrix @ basis)[0]
    left, values, right = torch.linalg.svd(basis.T @ matrix, full_matrices=False)
    return basis @ left, values, right


def squared_residual(matrix: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> float:
    """||matrix - up @ down||^2 with the factors as they are stored, taken some rows at a time."""
    total, down = 0.0, down.float()
    for start in range(0, matrix.shape[0], _ROWS):
        part = matrix[start : start + _ROWS] - up[start : start + _ROWS].float() @ down
        total += squared_norm(part)
    return total


def squared_norm(tensor: torch.Tensor) -> float:
    """||tensor||^2; not finite where the tensor is not."""
    value = float(torch.linalg.vector_norm(tensor))
    return value * value if math.isfinite(value) else math.inf
