"""One take measured: its standing and its picture, kept beside the clip so that the next start need not look again."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import WanMoveError
from ...generate.cases import Case
from ...generate.settings import RunSettings
from ...generate.sidefile import read_side_file, side_path
from ...generate.takes.page import Take
from .._inputs import imported_reader, tracks_reader

if TYPE_CHECKING:
    from ...tracks import Tracks

VERSION = 1
MAX_RECORD_BYTES = 64 * 2**10
MAX_PICTURE_BYTES = 4 * 2**20
"""Of what an earlier start kept: a hundred times what it writes. Larger files are not its own, and not read."""
_PICTURE_SIDE_PX = 480


def score_path(clip: str | Path) -> Path:
    """``a_take1.mp4`` -> ``a_take1.mp4.score.json``; its picture lies beside it as ``.jpg``."""
    return Path(f"{clip}.score.json")


def measured(
    case: Case, settings: RunSettings, of: str, number: int, varied: str, on_progress: Callable[[int, int], None]
) -> Take:
    """The take of ``case``, measured now or found measured. What cannot be measured is said in its note."""
    clip = Path(case.output)
    plain = Take(of, number, clip, case.seed, varied, None, None, None, None)
    try:
        record = read_side_file(side_path(clip))
    except WanMoveError as error:
        return dataclasses.replace(plain, note=f"not measured: its side file: {error.what}")
    # A seed that was drawn may have been drawn anew since.
    plain = dataclasses.replace(plain, seed=record.case.seed)
    if case.tracks is None:
        return dataclasses.replace(plain, note="no tracks, so there is nothing to follow")
    made_of = {
        "version": VERSION,
        "clip": record.result.get("sha256"),
        "tracks": [record.inputs.get(role, {}).get("sha256") for role in ("tracks", "visibility")],
    }
    told = _found(clip, made_of)
    if told is None:
        try:
            told = _measure(case, settings, on_progress)
        except WanMoveError as error:
            return dataclasses.replace(plain, note=f"not measured: {error.what}")
        _keep(clip, made_of, told)
    figures = {name: told[name] for name in ("followed", "still", "epe_px", "score")}
    return dataclasses.replace(plain, **figures, note=told["note"], picture=_picture_file(clip).read_bytes())


def _picture_file(clip: Path) -> Path:
    return score_path(clip).with_suffix(".jpg")


def _found(clip: Path, made_of: dict[str, Any]) -> dict[str, Any] | None:
    """What was kept of this very clip and these tracks; None where nothing whole was."""
    record, picture = score_path(clip), _picture_file(clip)
    try:
        if record.stat().st_size > MAX_RECORD_BYTES or picture.stat().st_size > MAX_PICTURE_BYTES:
            return None
        kept = json.loads(record.read_text(encoding="utf-8"))
        told = kept["standing"] if kept["of"] == made_of else None
        if told is None or not isinstance(told["note"], str):
            return None
        numbers = [told[name] for name in ("followed", "still", "epe_px", "score")]
        return told if all(v is None or isinstance(v, (int, float)) for v in numbers) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _keep(clip: Path, made_of: dict[str, Any], told: dict[str, Any]) -> None:
    """The picture first: the record tells that it is there."""
    picture = told.pop("picture")
    for path, content in (
        (_picture_file(clip), picture),
        (score_path(clip), json.dumps({"of": made_of, "standing": told}, indent=1).encode()),
    ):
        waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            waiting.write_bytes(content)
            waiting.replace(path)
        finally:
            waiting.unlink(missing_ok=True)


def _measure(case: Case, settings: RunSettings, on_progress: Callable[[int, int], None]) -> dict[str, Any]:
    from ...adherence.advice import places_to_watch
    from ...adherence.measure import measure_adherence
    from ...adherence.picture import adherence_still
    from ...adherence.ranking import standing
    from ...draft.things import swept_cut
    from ...video import read_clip

    frames = read_clip(case.output)
    first = np.ascontiguousarray(next(frames))
    tracks = _tracks(case, settings, (first.shape[1], first.shape[0]))
    last = [first]

    def remembered():
        for frame in read_clip(case.output):
            last[:] = [frame]
            yield frame

    found = measure_adherence(
        remembered(), tracks, None, lambda done: on_progress(done, tracks.frames),
        rest_xy=places_to_watch(tracks, swept_cut(first, tracks)), by_looks=True,
    )  # fmt: skip
    note = "cuts to another scene" if found.cuts else ""
    picture = _jpeg(adherence_still(last[0], found))
    return {**dataclasses.asdict(standing(found)), "note": note, "picture": picture}


def _tracks(case: Case, settings: RunSettings, video_wh: tuple[int, int]) -> Tracks:
    """The case's tracks in the clip's pixels: generate stretches the picture, and the points with it."""
    from ...geometry import Fit
    from ...pictures import read_picture

    shape = read_picture(Path(case.image)).shape
    tracks = tracks_reader(imported_reader(settings, lambda line: None))(case, (shape[1], shape[0]))
    return tracks.fit(Fit.make("stretch", tracks.size_wh, video_wh))


def _jpeg(picture: np.ndarray) -> bytes:
    import cv2

    scale = _PICTURE_SIDE_PX / max(picture.shape[:2])
    if scale < 1:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
