"""What will silently not work, where, and what would mend it: one set of rules for any tracks and for documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import WanMoveError
from ...tracks import Tracks
from ..document.layers import MotionDocument, RegionLayer
from ..evaluation.camera import camera_moves
from ..evaluation.evaluate import tracks_and_owners
from .issues import Issue, checks_table, issue_from_finding
from .judged import Judged, Thing
from .rules import RULES, describe

__all__ = ["Issue", "check_document", "check_tracks", "checks_table", "judge_document", "judge_tracks"]


def check_tracks(
    tracks: Tracks,
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    regions: Mapping[str, Sequence[int]] | None = None,
    things: Sequence[Thing] = (),
) -> list[Issue]:
    """All issues of ``tracks``, in the order of checks.json, then by track.

    Args:
        frames, size_wh: the video's, where known; a difference is an issue.
        regions: name -> numbers of the tracks that move as one body.
        things: what ``draft.things_in`` found in the picture, for the rules that look at it.

    Raises: WanMoveError for a region with a track that does not exist.
    """
    judged = replace(judge_tracks(tracks, frames=frames, size_wh=size_wh, regions=regions), things=tuple(things))
    return _issues(judged, lambda track: f"Track {track + 1}")


def check_document(
    document: MotionDocument,
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    things: Sequence[Thing] = (),
) -> list[Issue]:
    """All issues of a document's tracks; ``extra`` says the ``layer`` (its id) and its ``name``. ``things``: what the
    draft found in the picture for the tracks without the camera's motion."""
    judged, owner = judge_document(document, frames=frames, size_wh=size_wh)
    judged = replace(judged, things=tuple(things))
    layers = document.layers
    first = {int(layer): int(np.flatnonzero(owner == layer)[0]) for layer in np.unique(owner)}
    counts = np.bincount(owner, minlength=len(layers))

    def name_of(track: int) -> str:
        number = int(owner[track])
        name = layers[number].name or layers[number].id
        return name if counts[number] == 1 else f"{name}, point {track - first[number] + 1}"

    drawn_regions = [layer for layer in layers if isinstance(layer, RegionLayer) and layer.visible]
    found = []
    for issue in _issues(judged, name_of):
        number = None if issue.track is None else int(owner[issue.track])
        layer = None if number is None else layers[number]
        if issue.id == "few_points" and number is None:
            # A region without any point has no track to find it by.
            layer = next((r for r in drawn_regions if (r.name or r.id) == issue.extra.get("region")), None)
        extra = {} if layer is None else {"layer": layer.id, "name": layer.name}
        found.append(replace(issue, extra={**issue.extra, **extra}))
    return found


def judge_tracks(
    tracks: Tracks,
    *,
    frames: int | None = None,
    size_wh: tuple[int, int] | None = None,
    regions: Mapping[str, Sequence[int]] | None = None,
) -> Judged:
    """The tracks as the rules see them; arguments as for :func:`check_tracks`."""
    region_of = np.full(tracks.count, -1, np.int64)
    for number, (name, members) in enumerate((regions or {}).items()):
        index = np.asarray(list(members), np.int64)
        if len(index) and (index.min() < 0 or index.max() >= tracks.count):
            raise WanMoveError(
                where=f"Check / region {name}",
                what=f"index {int(index.max() if index.min() >= 0 else index.min())} of {tracks.count} tracks",
                fix=f"use indices from 0 to {tracks.count - 1}",
            )
        region_of[index] = number
    return Judged(
        tracks=tracks,
        scene_xy=tracks.xy.detach().cpu().numpy(),
        region_of=region_of,
        region_names=tuple(regions or ()),
        frames=frames,
        size_wh=size_wh,
    )


def judge_document(
    document: MotionDocument, *, frames: int | None = None, size_wh: tuple[int, int] | None = None
) -> tuple[Judged, np.ndarray]:
    """A document's tracks as the rules see them, and the layer number of each track."""
    tracks, owner = tracks_and_owners(document)
    moves = document.camera is not None and bool(document.camera.keys) and camera_moves(document.camera.keys)
    scene = tracks_and_owners(document, through_camera=False)[0] if moves else tracks
    numbers = [i for i, x in enumerate(document.layers) if isinstance(x, RegionLayer) and x.visible]
    region_of = np.full(tracks.count, -1, np.int64)
    for region, number in enumerate(numbers):
        region_of[owner == number] = region
    judged = Judged(
        tracks=tracks,
        scene_xy=scene.xy.numpy(),
        region_of=region_of,
        region_names=tuple(document.layers[n].name or document.layers[n].id for n in numbers),
        camera_moves=moves,
        frames=frames,
        size_wh=size_wh,
    )
    return judged, owner


def _issues(judged: Judged, name_of: Callable[[int], str]) -> list[Issue]:
    found = []
    for rule in checks_table():
        for finding in RULES[rule](judged):
            who, words = describe(finding, name_of)
            issue = issue_from_finding(rule, replace(finding, values=words), who, {})
            # The text says names; the figures keep the track's number.
            found.append(replace(issue, extra={**words, **finding.values}))
    return found
