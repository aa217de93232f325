"""Generating MoveBench: its clips as cases of a run, the record of a results folder, and what may stay on resuming.

A clip of an earlier start stays when its side file says this very run (settings, inputs, weights, seed), its bytes are
those that were written, and it decodes to the right number of frames of the right size. A clip of this run that no
longer is whole is made again. A clip of another run is never touched: that is an error.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import WanMoveError
from ..generate.cases import Case
from ..generate.sidefile import finished, read_side_file, side_path
from .dataset import BenchClip, BenchSet

RECORD_NAME = "bench.json"
FORMAT = "wan-move-bench"
VERSION = 1
_LEFT_OVER = re.compile(r"\.(?P<of>.+)\.(?P<pid>\d+)\.(new|part)(\.[a-z0-9]+)?")


@dataclass(frozen=True)
class BenchRecord:
    """What a results folder holds: of which list, and from which seed on."""

    dataset: str
    language: str
    split: str
    base_seed: int

    def write(self, folder: Path) -> None:
        """Into ``folder``, made where missing. Raises: WanMoveError when it holds another list's results."""
        path = folder / RECORD_NAME
        if path.is_file():
            there = read_record(folder)
            if there is not None and (there.language, there.split, there.base_seed) != (
                self.language, self.split, self.base_seed,
            ):  # fmt: skip
                raise WanMoveError(
                    where=str(folder),
                    what=f"holds results of {there.language}/{there.split} with base seed {there.base_seed}, "
                    f"not of {self.language}/{self.split} with {self.base_seed}",
                    fix="choose another results folder",
                )
            return
        folder.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            waiting.write_text(json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1) + "\n")
            waiting.replace(path)
        finally:
            waiting.unlink(missing_ok=True)


def read_record(folder: str | Path) -> BenchRecord | None:
    """The folder's record; None where there is none. Raises: WanMoveError when it is damaged."""
    path = Path(folder) / RECORD_NAME
    if not path.is_file():
        return None
    try:
        table = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size < 2**20 else None
        if not isinstance(table, dict) or (table.get("format"), table.get("version")) != (FORMAT, VERSION):
            raise ValueError("another format")
        return BenchRecord(str(table["dataset"]), str(table["language"]), str(table["split"]), int(table["base_seed"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WanMoveError(where=str(path), what=f"damaged ({error})", fix="remove it and start again") from error


def bench_cases(
    bench: BenchSet, clips: Sequence[BenchClip], results: str | Path, base_seed: int, image_embeds: str | None = None
) -> list[Case]:
    """A case per clip: the published inputs, seed = ``base_seed`` + the clip's index in the whole list.

    ``image_embeds``: a folder of ID.npy, or one file for all, instead of the image encoder.

    Raises: WanMoveError for a negative seed.
    """
    if base_seed < 0:
        raise WanMoveError(
            where="Bench / --seed", what=f"{base_seed}",
            fix="use a number from 0: a drawn seed could not be found again by a run that goes on",
        )  # fmt: skip
    folder = Path(image_embeds) if image_embeds else None
    return [
        Case(
            index=clip.index,
            image=str(clip.picture),
            prompt=clip.prompt,
            output=str(Path(results) / clip.result_name),
            seed=base_seed + clip.index,
            tracks=str(clip.tracks),
            visibility=str(clip.visibility),
            image_embeds=None if folder is None else str(folder / f"{clip.id}.npy" if folder.is_dir() else folder),
        )
        for clip in clips
    ]


def keeper(frames: int, tell: Callable[[str], None]) -> Callable[[Case, str], bool]:
    """``is_finished(case, digest)`` for a run of ``frames`` frames; hears of every clip that is made again."""

    def is_finished(case: Case, digest: str) -> bool:
        output = Path(case.output)
        why = broken(case, frames) if output.exists() and _is_of_run(output, digest) else None
        if why is None:
            return finished(case, digest)
        tell(f"{output.name} is made again: {why}")
        return False

    return is_finished


def broken(case: Case, frames: int) -> str | None:
    """What is wrong with a clip that this run wrote; None when it is whole. Decodes all of it."""
    from ..pictures import read_picture
    from ..video import read_clip

    try:
        seen, size_wh = 0, (0, 0)
        for frame in read_clip(case.output):
            seen, size_wh = seen + 1, (int(frame.shape[1]), int(frame.shape[0]))
    except WanMoveError as error:
        return error.what
    picture = read_picture(case.image)
    wanted = (picture.shape[1], picture.shape[0])
    if seen != frames:
        return f"it has {seen} frames, not {frames}"
    if size_wh != wanted:
        return f"it is {size_wh[0]}x{size_wh[1]}, not {wanted[0]}x{wanted[1]}"
    recorded = read_side_file(side_path(case.output)).result.get("sha256")
    from ..generate.sidefile import sha256_file

    return None if recorded == sha256_file(case.output) else "its bytes are not those that were written"


def sweep(folder: str | Path) -> list[str]:
    """Remove what killed processes left half-written in ``folder``; the names. Living processes' files stay."""
    gone = []
    for path in sorted(Path(folder).rglob(".*")):
        match = _LEFT_OVER.fullmatch(path.name)
        if match and path.is_file() and not _alive(int(match["pid"])):
            path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


def _is_of_run(output: Path, digest: str) -> bool:
    try:
        return side_path(output).is_file() and read_side_file(side_path(output)).digest() == digest
    except WanMoveError:
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:
        # A killed process that nobody has collected still answers signals, as in containers without an init.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return True
