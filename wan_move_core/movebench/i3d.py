"""I3D, the Inception network inflated to video, under the names of its common PyTorch port.

Source: Carreira and Zisserman 2017 (arXiv 1705.07750). Every convolution and pooling pads as TensorFlow's SAME does: by
the size at hand, the odd pixel at the end. Input float [B, 3, T, 224, 224] in [-1, 1], T >= 9; output logits [B, 400].
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 400


def _same(x: torch.Tensor, kernel: Sequence[int], stride: Sequence[int]) -> torch.Tensor:
    """``x`` [B, C, T, H, W] with zeros around it, so that the result has ceil(size / stride) positions."""
    around: list[int] = []
    for size, k, s in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride), strict=True):
        extra = max(k - (s if size % s == 0 else size % s), 0)
        around += [extra // 2, extra - extra // 2]
    return F.pad(x, around)


def _pool(x: torch.Tensor, kernel: Sequence[int], stride: Sequence[int]) -> torch.Tensor:
    # Everything here follows a ReLU: zero padding never wins over a value.
    return F.max_pool3d(_same(x, kernel, stride), tuple(kernel), tuple(stride))


class _Unit(nn.Module):
    def __init__(self, width_in: int, width: int, kernel: int = 1, stride: int = 1, plain: bool = False) -> None:
        super().__init__()
        self._kernel, self._stride = (kernel,) * 3, (stride,) * 3
        self.conv3d = nn.Conv3d(width_in, width, kernel, stride, bias=plain)
        self.bn = None if plain else nn.BatchNorm3d(width, eps=0.001, momentum=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv3d(_same(x, self._kernel, self._stride))
        return x if self.bn is None else F.relu(self.bn(x))


class _Mixed(nn.Module):
    def __init__(self, width_in: int, widths: Sequence[int]) -> None:
        super().__init__()
        a, b, c, d, e, f = widths
        self.b0 = _Unit(width_in, a)
        self.b1a, self.b1b = _Unit(width_in, b), _Unit(b, c, 3)
        self.b2a, self.b2b = _Unit(width_in, d), _Unit(d, e, 3)
        self.b3b = _Unit(width_in, f)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = self.b3b(_pool(x, (3, 3, 3), (1, 1, 1)))
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), pooled], 1)


class InceptionI3D(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.Conv3d_1a_7x7, self.Conv3d_2b_1x1 = _Unit(3, 64, 7, 2), _Unit(64, 64)
        self.Conv3d_2c_3x3 = _Unit(64, 192, 3)
        self.Mixed_3b = _Mixed(192, (64, 96, 128, 16, 32, 32))
        self.Mixed_3c = _Mixed(256, (128, 128, 192, 32, 96, 64))
        self.Mixed_4b = _Mixed(480, (192, 96, 208, 16, 48, 64))
        self.Mixed_4c = _Mixed(512, (160, 112, 224, 24, 64, 64))
        self.Mixed_4d = _Mixed(512, (128, 128, 256, 24, 64, 64))
        self.Mixed_4e = _Mixed(512, (112, 144, 288, 32, 64, 64))
        self.Mixed_4f = _Mixed(528, (256, 160, 320, 32, 128, 128))
        self.Mixed_5b = _Mixed(832, (256, 160, 320, 32, 128, 128))
        self.Mixed_5c = _Mixed(832, (384, 192, 384, 48, 128, 128))
        self.logits = _Unit(1024, CLASSES, plain=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = _pool(self.Conv3d_1a_7x7(x), (1, 3, 3), (1, 2, 2))
        x = _pool(self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(x)), (1, 3, 3), (1, 2, 2))
        x = _pool(self.Mixed_3c(self.Mixed_3b(x)), (3, 3, 3), (2, 2, 2))
        x = self.Mixed_4f(self.Mixed_4e(self.Mixed_4d(self.Mixed_4c(self.Mixed_4b(x)))))
        x = self.Mixed_5c(self.Mixed_5b(_pool(x, (2, 2, 2), (2, 2, 2))))
        # Logits are linear: averaging their input over time first would be the same but for the window of two.
        return self.logits(F.avg_pool3d(x, (2, 7, 7), 1)).flatten(2).mean(-1)
