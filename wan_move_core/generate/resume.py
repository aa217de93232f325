"""What of an earlier start may stay: a clip is finished, damaged (then it is made again) or someone else's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import WanMoveError, plural
from .sidefile import SideFile, finished, read_side_file, same_run, side_path


def damage(output: str | Path, frames: int, size_wh: tuple[int, int] | None) -> str | None:
    """What is wrong with the clip at ``output``; None when all of it decodes to ``frames`` frames of ``size_wh``."""
    from ..video import read_clip

    seen, found_wh = 0, (0, 0)
    try:
        for frame in read_clip(output):
            seen, found_wh = seen + 1, (int(frame.shape[1]), int(frame.shape[0]))
    except WanMoveError as error:
        return error.what
    if seen != frames:
        return f"it has {plural(seen, 'frame')}, not {frames}"
    if size_wh is not None and found_wh != size_wh:
        return f"it is {found_wh[0]}x{found_wh[1]}, not {size_wh[0]}x{size_wh[1]}"
    return None


def record_of_run(side: SideFile) -> SideFile | None:
    """The record beside the clip of ``side``, if it says this very run; else None."""
    path = side_path(side.case.output)
    try:
        record = read_side_file(path) if path.is_file() else None
    except WanMoveError:
        return None
    return record if record is not None and same_run(record, side) else None


def finished_or_damaged(tell: Callable[[str], None]) -> Callable[[SideFile], bool]:
    """As :func:`finished`, but a clip of this run that no longer decodes is made again; ``tell`` hears of it.

    A clip that was changed and is whole is somebody's work: that raises, as a clip of another run does.
    """

    def is_finished(side: SideFile) -> bool:
        try:
            return finished(side)
        except WanMoveError:
            record = record_of_run(side)
            why = None if record is None else damage(side.case.output, int(record.result.get("frames") or 0), None)
            if why is None:
                raise
        tell(f"{Path(side.case.output).name} is made again: {why}")
        return False

    return is_finished
