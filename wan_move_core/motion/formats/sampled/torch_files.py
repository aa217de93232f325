"""Format 9, ATI's ``.pth`` (the bytes of an npz inside ``torch.save``), and bare tensors saved by trackers.

A pickle can run code. Its opcodes are therefore listed, never executed, and only two shapes are taken: the bytes of an
npz, and plain tensors, which are then loaded by torch's own restricted reader.
"""

from __future__ import annotations

import io
import pickletools
import struct

import numpy as np
import torch

from ....errors import WanMoveError
from ..job import Job, fill_absent
from ..report import Imported
from . import arrays

ATI_FRAMES = 121
ATI_SCALE = 8
_BYTES_GLOBALS = {"_codecs encode"}
_TENSOR_GLOBALS = {"torch._utils _rebuild_tensor_v2", "collections OrderedDict"} | {
    f"torch {name}Storage"
    for name in ("Float", "Double", "Half", "BFloat16", "Bool", "Byte", "Char", "Short", "Int", "Long")
}


def payload(members: dict[str, bytes], data: bytes, where: str) -> bytes | dict[str, np.ndarray]:
    """The npz bytes, or the tensors by name, of a torch zip archive. Raises: WanMoveError for every other content."""
    pickles = [v for k, v in members.items() if k == "data.pkl" or k.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise _refusal(where, "a zip archive without tracks")
    names, bytes_found = _inspect(pickles[0], where)
    if bytes_found is not None:
        return bytes_found
    if not names or not names <= _TENSOR_GLOBALS:
        strange = sorted(names - _TENSOR_GLOBALS)
        what = f"a pickle that asks for {strange[0]!r}, which could run code" if strange else "a pickle without tensors"
        raise _refusal(where, what)
    try:
        value = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # the restricted reader raises whatever the damaged file provokes
        raise _refusal(where, f"a damaged torch file ({type(error).__name__})") from None
    found = {"positions": value} if isinstance(value, torch.Tensor) else value
    if isinstance(found, (list, tuple)):
        found = {f"arr_{i}": part for i, part in enumerate(found)}
    # Beside tensors a file may state a rate or a size, in plain numbers.
    plain = (int, float, bool, str, type(None))
    if not isinstance(found, dict) or not all(isinstance(v, (torch.Tensor, *plain)) for v in found.values()):
        raise _refusal(where, "a torch file that holds more than tensors")
    made = {}
    for key, tensor in found.items():
        if not isinstance(tensor, torch.Tensor):
            if isinstance(tensor, (int, float)):
                made[str(key)] = np.asarray(tensor)
            continue
        if tensor.numel() * 8 > arrays.MAX_ARRAY_BYTES:
            raise _refusal(where, f"a tensor of {tensor.numel():,} numbers")
        made[str(key)] = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return made


def _inspect(pickle: bytes, where: str) -> tuple[set[str], bytes | None]:
    """The globals a pickle names, and its bytes where it is nothing but one bytes object."""
    names: set[str] = set()
    texts: list[str] = []
    blobs: list[bytes] = []
    plain = True
    allowed = {"PROTO", "FRAME", "GLOBAL", "BINPUT", "LONG_BINPUT", "MEMOIZE", "TUPLE2", "REDUCE", "STOP"}
    try:
        for opcode, value, _ in pickletools.genops(pickle):
            if opcode.name in ("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"):
                texts.append(str(value))
            elif opcode.name in ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"):
                blobs.append(bytes(value or b""))
            elif opcode.name == "GLOBAL":
                names.add(str(value))
            elif opcode.name in ("STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"):
                # Names assembled on the pickle's stack cannot be judged by reading; torch.save does not write them.
                names.add(f"{opcode.name} (a hidden name)")
            plain = plain and (
                opcode.name in allowed or opcode.name.startswith(("BINUNICODE", "BINBYTES", "SHORT_BIN"))
            )
    except (ValueError, IndexError, KeyError, OverflowError, EOFError, struct.error, AttributeError):
        raise _refusal(where, "a damaged pickle") from None
    if plain and names == _BYTES_GLOBALS and len(texts) == 2 and texts[1] == "latin1" and not blobs:
        try:
            return names, texts[0].encode("latin-1")
        except UnicodeEncodeError:
            raise _refusal(where, "a damaged pickle") from None
    if plain and not names and len(blobs) == 1 and not texts:
        return names, blobs[0]
    return names, None


def _refusal(where: str, what: str) -> WanMoveError:
    return WanMoveError(
        where=where, what=f"{what}; only ATI tracks and plain tensors are read", fix="save the tracks with numpy.save"
    )


def is_ati(array: np.ndarray) -> bool:
    return array.ndim == 4 and array.shape[-1] == 3 and array.shape[2] == 1


def read_ati(array: np.ndarray, job: Job) -> Imported:
    """[N, T, 1, 3] of (x, y, visible), all multiplied by 8; frames are the axis of 121, else the second."""
    if not is_ati(array) or 0 in array.shape:
        raise job.error(f"an ATI array of shape {list(array.shape)}", "give [tracks, 121, 1, 3]")
    by_time = array if array.shape[0] == ATI_FRAMES and array.shape[1] != ATI_FRAMES else array.transpose(1, 0, 2, 3)
    job.require_room(*by_time.shape[:2])
    numbers = by_time[:, :, 0].astype(np.float64) / ATI_SCALE
    visible = numbers[..., 2] > 0.5
    if not np.isfinite(numbers).all():
        frame, track = (int(i) for i in np.argwhere(~np.isfinite(numbers).all(-1))[0])
        raise job.error(f"position of track {track} at frame {frame} is not finite", "export it again")
    size_wh, _ = job.size()
    unit = job.unit_of(np.zeros((0, 2)), default="px")
    xy = numbers[..., :2] * (np.array(size_wh) if unit == "norm" else 1.0)
    # Tracks shorter than the clip are padded with hidden zeros, which are no positions.
    padding = (numbers == 0).all(-1)
    if padding.any():
        job.note(f"{int(padding.sum())} padded positions (zeros, hidden) held in place.")
    if numbers.shape[0] == ATI_FRAMES:
        job.note("ATI's 121 frames are 5 seconds at 24 fps, as long as 81 frames at 16 fps.")
    return job.finish("ati", fill_absent(xy, ~padding), visible, size_wh, unit)


def ati_bytes(array: np.ndarray) -> bytes:
    """The ``.pth`` file of an array [N, 121, 1, 3], as ATI's own editor writes it."""
    inner, outer = io.BytesIO(), io.BytesIO()
    np.savez_compressed(inner, array=array.astype(np.float32))
    torch.save(inner.getvalue(), outer)
    return outer.getvalue()
