"""Generating MoveBench: its clips as cases of a run, the record of a results folder, and what may stay on resuming.

A clip of an earlier start stays when its side file says this very run (settings, inputs, weights, seed), its bytes are
those that were written, and it decodes to the right number of frames of the right size. A clip of this run that no
longer is whole is made again. A clip of another run is never touched: that is an error.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import WanMoveError
from ..generate.cases import Case
from ..generate.leftovers import sweep
from ..generate.resume import damage, record_of_run
from ..generate.sidefile import SideFile, finished, read_side_file, sha256_file, side_path
from ..pictures import read_picture
from ..video import made_folder
from .dataset import BenchClip, BenchSet

__all__ = ["BenchRecord", "bench_cases", "broken", "keeper", "read_record", "sweep"]

RECORD_NAME = "bench.json"
FORMAT = "wan-move-bench"
VERSION = 1


@dataclass(frozen=True)
class BenchRecord:
    """What a results folder holds: of which list, and from which seed on."""

    dataset: str
    language: str
    split: str
    base_seed: int

    def require(self, folder: Path) -> bool:
        """Whether ``folder`` says already what it holds. Raises: WanMoveError when it holds another list's results."""
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
        return there is not None

    @contextmanager
    def kept(self, folder: Path) -> Iterator[None]:
        """The record in ``folder`` while clips are made there; where none came to be, neither it nor the folder stays.

        Raises: WanMoveError when the folder holds another list's results.
        """
        path = folder / RECORD_NAME
        if self.require(folder):
            yield
            return
        with made_folder(path):
            self.write(folder)
            try:
                yield
            except BaseException:
                if [entry for entry in folder.iterdir() if entry != path] == []:
                    path.unlink(missing_ok=True)
                raise

    def write(self, folder: Path) -> None:
        """Into ``folder``, made where missing. Raises: WanMoveError when it holds another list's results."""
        if self.require(folder):
            return
        path = folder / RECORD_NAME
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


def keeper(frames: int, tell: Callable[[str], None]) -> Callable[[SideFile], bool]:
    """``is_finished(side file of a case)`` for a run of ``frames`` frames; hears of every clip that is made again."""

    def is_finished(side: SideFile) -> bool:
        output = Path(side.case.output)
        why = broken(side.case, frames) if output.exists() and record_of_run(side) is not None else None
        if why is None:
            return finished(side)
        tell(f"{output.name} is made again: {why}")
        return False

    return is_finished


def broken(case: Case, frames: int) -> str | None:
    """What is wrong with a clip that this run wrote; None when it is whole. Decodes all of it."""
    picture = read_picture(case.image)
    why = damage(case.output, frames, (int(picture.shape[1]), int(picture.shape[0])))
    if why is not None:
        return why
    recorded = read_side_file(side_path(case.output)).result.get("sha256")
    return None if recorded == sha256_file(case.output) else "its bytes are not those that were written"
