"""What killed runs leave half-written, and whether there is room for what the next one writes."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path

from ..errors import WanMoveError
from .claims import drop_dead_claim, holder_of, is_alive

_LEFT_OVER = re.compile(r"\.(?P<of>.+)\.(?P<pid>\d+)\.(new|part)(\.[a-z0-9]+)?")
_CLAIM = re.compile(r"\..+\.claim(\.[0-9a-f]{32})?")
MARGIN_BYTES = 32 * 2**20
"""Kept free beside what is written: side file, report, what other programs need meanwhile."""
_BYTES_PER_PIXEL = 0.4
"""Of a clip as written, at the most: noise, which compresses worst, takes 0.3 in H.264 at our quality."""


def sweep(folder: str | Path, below: bool = True) -> list[str]:
    """Remove what killed processes left half-written in ``folder`` (and ``below`` it); the names.

    Living processes' files stay, and so does what a run on another machine holds a claim on.
    """
    gone, root = [], Path(folder)
    if not root.is_dir():
        return gone
    for path in sorted(root.rglob(".*") if below else root.glob(".*")):
        match = _LEFT_OVER.fullmatch(path.name)
        if match is not None:
            if is_alive(int(match["pid"])) or _is_of_another_machine(path, match["of"]):
                continue
        elif _CLAIM.fullmatch(path.name) is None or not drop_dead_claim(path):
            continue
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError:
            continue
        gone.append(path.name)
    return gone


def require_space(output: str | Path, size_wh: tuple[int, int], frames: int, clips: int = 1) -> None:
    """Raise when the disk of ``output`` has no room for ``clips`` clips of ``frames`` frames of ``size_wh``.

    Raises: WanMoveError, before hours went into a clip that could not be kept.
    """
    folder = next(parent for parent in Path(output).absolute().parents if parent.exists())
    wanted = round(size_wh[0] * size_wh[1] * frames * _BYTES_PER_PIXEL) * clips + MARGIN_BYTES
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < wanted:
        raise WanMoveError(
            where=str(folder),
            what=f"{_megabytes(free)} free, {Path(output).name} may need {_megabytes(wanted)}: the disk is full",
            fix="free some space or choose another folder; the same command then goes on",
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _is_of_another_machine(path: Path, of: str) -> bool:
    """Whether a run on another machine, whose processes we cannot see, is making the clip that ``path`` belongs to."""
    inner = _LEFT_OVER.fullmatch(of)
    of = of if inner is None else inner["of"]
    for claim in path.parent.glob(".*.claim"):
        clip = claim.name[1 : -len(".claim")]
        if of in (clip, f"{clip}.json", Path(clip).stem):
            holder = holder_of(path.with_name(clip))
            if holder is not None and holder.host != socket.gethostname():
                return True
    return False
