"""The seed of a list that was given none: drawn once, kept beside the clips, and used again by every later start."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import WanMoveError
from ..video import made_folder
from .arguments import seed_of
from .cases import MAX_SEED, read_case_list
from .sidefile import read_side_file, side_path

FORMAT = "wan-move-list"
VERSION = 1
_MAX_BYTES = 65536


def record_path(cases: str | Path, folder: str | Path) -> Path:
    """``cases.jsonl`` -> ``FOLDER/cases.seed.json``."""
    return Path(folder) / f"{Path(cases).stem}.seed.json"


def list_seed(given: int, cases: str | Path, folder: str | Path) -> tuple[int, str]:
    """The list's base seed, and where it is from: ``given``, ``kept`` (an earlier start's) or ``drawn``.

    Writes nothing. Raises: WanMoveError for a seed out of range, or a record that cannot be read.
    """
    if given != -1:
        return seed_of(given), "given"
    kept = read_seed(record_path(cases, folder))
    if kept is None:
        kept = _seed_of_clips(cases, folder)
    return (seed_of(-1), "drawn") if kept is None else (kept, "kept")


@contextmanager
def kept_seed(seed: int, cases: str | Path, folder: str | Path) -> Iterator[int]:
    """``seed`` recorded beside the clips, unless another start was faster: the seed that counts.

    Where the block fails before there is any clip, neither the record nor a folder made for it stays.
    """
    path = record_path(cases, folder)
    table = {"format": FORMAT, "version": VERSION, "list": Path(cases).name, "base_seed": seed}
    with made_folder(path):
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            there = read_seed(path)
            yield seed if there is None else there
            return
        with os.fdopen(handle, "wb") as stream:
            stream.write(json.dumps(table, indent=1).encode() + b"\n")
        try:
            yield seed
        except BaseException:
            if [entry for entry in path.parent.iterdir() if entry != path] == []:
                path.unlink(missing_ok=True)
            raise


def read_seed(path: Path) -> int | None:
    """The recorded seed; None where there is no record. Raises: WanMoveError when it is damaged."""
    text = b""
    for _ in range(20):
        try:
            with path.open("rb") as stream:
                text = stream.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        if text:
            break
        # Another start has just made it and is about to write.
        time.sleep(0.05)
    try:
        table = json.loads(text)
        seed = table["base_seed"]
        if (table["format"], table["version"]) != (FORMAT, VERSION) or type(seed) is not int or seed < 0:
            raise ValueError("another format")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WanMoveError(where=str(path), what=f"damaged ({error})", fix="remove it, or give --seed") from error
    if seed > MAX_SEED:
        raise WanMoveError(where=str(path), what=f"base_seed {seed}", fix="remove it, or give --seed")
    return seed


def _seed_of_clips(cases: str | Path, folder: str | Path) -> int | None:
    """The base seed that clips of this list were made with, by the side file of one of them."""
    # A case with a seed of its own has the same one whatever the list's is.
    own = (a for a, b in zip(read_case_list(cases, 0, folder), read_case_list(cases, 1, folder), strict=True) if a != b)
    for case in own:
        try:
            made = read_side_file(side_path(case.output)).case
        except WanMoveError:
            continue
        if made.seed >= case.index and (made.prompt, Path(made.image).name) == (case.prompt, Path(case.image).name):
            return made.seed - case.index
    return None
