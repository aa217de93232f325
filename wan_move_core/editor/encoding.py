"""The draft as a clip: frames that the editor painted, one JPEG after another, made into a file that players open."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WanMoveError

if TYPE_CHECKING:
    import numpy as np

CLIPS = {"mp4": "draft.mp4", "gif": "draft.gif"}
"""What the editor's menu calls a format, and the name of the file that is offered."""
_WHERE = "Export / clip"


def encode_clip(
    facts: dict[str, Any], files: list[tuple[str, bytes]]
) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """The clip of the frames in ``files[0]``, whose lengths are ``facts["lengths"]``, at ``facts["fps"]``.

    Raises: WanMoveError for a format that is none of ``CLIPS``, frames that are no pictures or of several sizes, or
    what cannot be encoded.
    """
    from ..video import write_clip

    name = CLIPS.get(str(facts.get("format")))
    if name is None:
        raise WanMoveError(where=_WHERE, what="unknown format", fix=f"use one of {', '.join(CLIPS)}")
    frames = _frames(facts.get("lengths"), files)
    with tempfile.TemporaryDirectory(prefix="wan-move-") as folder:
        path = Path(folder, name)
        written = write_clip(path, frames, _fps(facts.get("fps")), quality=90)
        return {"frames": written.frames, "size_wh": list(written.size_wh)}, [(name, path.read_bytes())]


def _fps(said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not (math.isfinite(said) and said > 0):
        raise WanMoveError(where=_WHERE, what="its frame rate is no positive number", fix="reload the page")
    return float(said)


def _frames(said: Any, files: list[tuple[str, bytes]]) -> Iterator[np.ndarray]:
    """uint8 [H, W, 3] RGB, decoded when it is its turn."""
    lengths = said if isinstance(said, list) and all(type(v) is int and v > 0 for v in said) else []
    from ..tracks import MAX_FRAMES

    content = files[0][1] if len(files) == 1 else b""
    if not 1 <= len(lengths) <= MAX_FRAMES or sum(lengths) != len(content):
        raise WanMoveError(where=_WHERE, what="its frames did not come whole", fix="reload the page and try again")
    return _decoded(lengths, content)


def _decoded(lengths: list[int], content: bytes) -> Iterator[np.ndarray]:
    import cv2
    import numpy as np

    from ..picture_header import require_decodable
    from ..pictures import decode

    at = 0
    for i, length in enumerate(lengths):
        where, data = f"{_WHERE} / frame {i}", content[at : at + length]
        at += length
        require_decodable(data, where)
        yield cv2.cvtColor(decode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR, where), cv2.COLOR_BGR2RGB)
