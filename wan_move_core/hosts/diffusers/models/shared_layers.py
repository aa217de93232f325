"""Layers whose weights are shared out by rows among ranks: quantised matrices as bytes, and a vocabulary looked up
where its rows lie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh


def rows_of(count: int, mesh: DeviceMesh) -> tuple[int, int]:
    """First and last (exclusive) of ``count`` rows that lie on this rank: as ``torch.chunk`` deals them out.

    Where they do not divide, the last ranks have fewer, or none.
    """
    each = -(-count // mesh.size())
    return min(mesh.get_local_rank() * each, count), min((mesh.get_local_rank() + 1) * each, count)


class SharedFp8Linear(nn.Module):
    """:class:`Fp8Linear` whose digits are kept as plain bytes, which every kind of group can gather.

    Attributes: ``weight`` uint8 [out, in], the bits of ``digits``; ``scale`` float32 []; ``bias`` [out] or None.
    """

    scale: torch.Tensor

    def __init__(self, linear: nn.Linear, digits: torch.dtype, compute_dtype: torch.dtype) -> None:
        super().__init__()
        sides = linear.weight.shape
        self.weight = nn.Parameter(torch.empty(sides, dtype=torch.uint8, device="meta"), requires_grad=False)
        self.register_buffer("scale", torch.ones((), dtype=torch.float32), persistent=False)
        self.register_parameter("bias", linear.bias)
        self.digits, self.compute_dtype = digits, compute_dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight.view(self.digits).to(torch.float32) * self.scale.to(torch.float32)
        return F.linear(x, weight.to(self.compute_dtype), self.bias)


class SharedGGUFLinear(nn.Module):
    """diffusers' GGUFLinear with its blocks as plain bytes: a GGUFParameter would not survive being gathered.

    Attributes: ``weight`` uint8 [out, bytes of a row]; ``bias`` [out] or None.
    """

    def __init__(self, linear: nn.Linear, row_bytes: int, quant_type: Any, compute_dtype: torch.dtype) -> None:
        super().__init__()
        sides = (linear.out_features, row_bytes)
        self.weight = nn.Parameter(torch.empty(sides, dtype=torch.uint8, device="meta"), requires_grad=False)
        self.register_parameter("bias", linear.bias)
        self.quant_type, self.compute_dtype = quant_type, compute_dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        from diffusers.quantizers.gguf.utils import GGUFParameter, dequantize_gguf_tensor

        weight = dequantize_gguf_tensor(GGUFParameter(self.weight.data, quant_type=self.quant_type))
        bias = None if self.bias is None else self.bias.to(self.compute_dtype)
        return F.linear(x, weight.to(self.compute_dtype), bias)


class SharedEmbedding(nn.Module):
    """A table looked up where its rows lie: each rank gives the rows that it has, and the sum is all of them.

    umT5's table of 256,384 words is a fifth of it; gathered for one text it would be in every rank's memory whole.
    ``weight`` is shared out from the start, and no group's to gather.
    """

    def __init__(self, embedding: nn.Embedding, mesh: DeviceMesh) -> None:
        from torch.distributed.tensor import DTensor, Shard

        super().__init__()
        table = embedding.weight
        self.first, last = rows_of(len(table), mesh)
        own = torch.empty((last - self.first, table.shape[1]), dtype=table.dtype, device="meta")
        shared = DTensor.from_local(own, mesh, [Shard(0)], run_check=False, shape=table.shape, stride=table.stride())
        self.weight = nn.Parameter(shared, requires_grad=False)
        self.num_embeddings, self.embedding_dim = table.shape
        self._mesh = mesh

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        own = self.weight.to_local()  # type: ignore[attr-defined]
        found = torch.zeros((*ids.shape, own.shape[1]), dtype=torch.float32, device=own.device)
        here = (ids >= self.first) & (ids < self.first + len(own))
        found[here] = own[ids[here] - self.first].float()
        # All but one rank add zero, and a float32 holds every bfloat16: the sum is the row itself.
        torch.distributed.all_reduce(found, group=self._mesh.get_group())
        return found.to(own.dtype)
