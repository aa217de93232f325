"""What is wrong with a file's tensors, said in one way: missing, of the wrong shape, unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import plural
from .layout import some

Shapes = Mapping[str, Sequence[int] | None]
"""Tensor name -> its shape; None where the shape is not known or does not matter."""


def tensor_problems(
    expected: Shapes, found: Shapes, *, may_lack: Iterable[str] = (), repeated: Iterable[str] = ()
) -> str:
    """The ``what`` of a WanMoveError about tensors that do not fit a model; "" where all of them do.

    Args:
        expected: what the model has a place for.
        found: what the file holds.
        may_lack: names that may be absent from either side.
        repeated: names that the file gives more than once; told as unknown.

    Such as ``2 tensors missing: a, b; 1 tensor of the wrong shape: c [3], expected [4]``, a few names of each kind.
    """
    free = set(may_lack)
    missing = [name for name in expected if name not in found and name not in free]
    misshapen = [
        f"{name} {list(shape)}, expected {list(wanted)}"
        for name, wanted in expected.items()
        if wanted is not None and (shape := found.get(name)) is not None and tuple(shape) != tuple(wanted)
    ]
    unknown = [name for name in found if name not in expected and name not in free]
    unknown += [f"{name} (twice)" for name in repeated]
    return "; ".join(
        f"{plural(len(names), 'tensor')} {kind}: {some(names)}"
        for kind, names in (("missing", missing), ("of the wrong shape", misshapen), ("unknown", unknown))
        if names
    )


def shapes_of(tensors: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of tensors, parameters or whatever else has a ``shape``."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}  # type: ignore[attr-defined]
