"""Linear layers whose weight is stored in fp8 with its scale, and widened as it is used."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Fp8Linear(nn.Linear):
    """y = x (W s)^T + b with W in fp8; the product W s exists in ``compute_dtype`` only during the call.

    diffusers' layerwise casting keeps no scale: weights of 0.02, as these are, would lose their low bits to the
    smallest numbers of fp8, and a scaled file would come out wrong altogether.

    A linear layer by its class, so that LoRAs are put on it; they are held in ``compute_dtype``.

    Attributes: ``weight`` fp8 [out, in], ``scale`` float32 [] or [out, 1], ``bias`` [out] or None.
    """

    scale: torch.Tensor

    def __init__(
        self, weight: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None, compute_dtype: torch.dtype
    ) -> None:
        nn.Module.__init__(self)
        self.weight = nn.Parameter(weight, requires_grad=False)
        # float32 has to survive a `.to(bfloat16)` of the model, so it is read back as float32 where it is used.
        self.register_buffer("scale", scale.to(torch.float32))
        # Registered even when absent: an attribute of that name would hide a bias that arrives later.
        self.register_parameter("bias", None if bias is None else nn.Parameter(bias, requires_grad=False))
        self.compute_dtype = compute_dtype
        self.out_features, self.in_features = weight.shape

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        weight = (self.weight.to(torch.float32) * self.scale.to(torch.float32)).to(self.compute_dtype)
        return F.linear(input, weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, {self.weight.dtype}"
