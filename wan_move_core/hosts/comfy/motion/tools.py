"""The nodes around motion: anchors, checks, windows of long clips and simplification, on the host's TRACKS."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from ....draft.things import swept_cut, things_in
from ....errors import WanMoveError, plural, verb
from ....motion.checks.checker import Issue, check_tracks
from ....motion.evaluation.region import cells_in_mask
from ....motion.mending.fixes import apply
from ....motion.mending.mend import LEVELS, mend
from ....motion.sources.anchors import hold_the_rest, lone_note
from ....motion.sources.simplify import document_from_tracks
from ....motion.sources.windows import REFILLS, split_window, window_count
from ....tracks import Tracks, merge_tracks
from ..looking.motion import Made, made, require_same_picture, size_of
from ..tracks.sockets import HostTracks, close_tracks, open_tracks
from .sources import mask_planes

__all__ = ["FIXES", "REFILLS", "check", "hold", "join", "simplify", "split"]

FIXES = tuple(LEVELS)
MOST_TOLD = 40


def hold(
    tracks: HostTracks, picture: torch.Tensor | None, avoid: torch.Tensor | None, spacing: int, margin: int
) -> tuple[Made, HostTracks]:
    """The anchors with the tracks in front of them, and the anchors alone."""
    given, known = _opened(tracks, picture, "Hold the rest")
    mask = None if avoid is None else np.any(np.stack(mask_planes(avoid)), axis=0)
    look = _kept_free(picture)
    covered = None if look is None else look(given)
    anchors = hold_the_rest(given, spacing_cells=spacing, margin_cells=margin, avoid_mask=mask, kept_free=covered)
    notes = [f"{plural(anchors.count, 'still point')} beside {plural(given.count, 'track')}"]
    if note := lone_note(given, covered):
        notes.append(note)
    if not anchors.count:
        notes.append("the tracks leave no room for one: use a smaller margin")
    return made(merge_tracks([anchors, given]), notes, picture, known), close_tracks(anchors, known)


def check(
    tracks: HostTracks, picture: torch.Tensor | None, region: torch.Tensor | None, size_wh: tuple[int, int],
    length: int, fix: str, stop_on_error: bool,
) -> tuple[Made, bool]:  # fmt: skip
    """The tracks, mended as far as ``fix`` says, a report of both, and whether no error and no warning is left."""
    where = "Check tracks"
    given, known = _opened(tracks, picture, where)
    if (size_wh[0] > 0) != (size_wh[1] > 0):
        raise WanMoveError(
            where=where, what=f"a size of {size_wh[0]}x{size_wh[1]}", fix="give width and height, or 0 for both"
        )
    expected = {"frames": length or None, "size_wh": size_wh if size_wh[0] else None}
    notes: list[str] = []

    shown, kept_free = _shown(picture), _kept_free(picture)

    def judged(now: Tracks) -> list[Issue]:
        fits = shown is not None and now.size_wh == (shown.shape[1], shown.shape[0])
        things = things_in(shown, now) if fits and shown is not None else ()
        found = check_tracks(now, regions=_regions(now, region), things=things, **expected)  # type: ignore[arg-type]
        # A picture size that nobody told is a guess of ours and nothing to warn of.
        return [issue for issue in found if known or issue.id != "size_mismatch"]

    found = judged(given)
    notes += [_line(issue) for issue in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        notes.append(f"... and {len(found) - MOST_TOLD} more")
    if fix != "none" and found:

        def mended(now: Tracks, issues: Sequence[Issue]) -> tuple[Tracks, list[str]]:
            regions = _regions(now, region)
            return apply(now, issues, regions=regions, kept_free=kept_free, **expected)  # type: ignore[arg-type]

        given, found, said = mend(given, judged, mended, fix)
        notes += [f"Mended: {sentence}" for sentence in said]
        notes.append(f"{_count(found, 'error')} errors and {_count(found, 'warning')} warnings are left")
    elif not found:
        notes.append(f"no issue found in {plural(given.count, 'track')} of {plural(given.frames, 'frame')}")
    if stop_on_error and (errors := [issue for issue in found if issue.severity == "error"]):
        raise WanMoveError(where=where, what=errors[0].text, fix=f"{errors[0].fix_label}, or set fix to errors")
    return made(given, notes, picture, known), not _count(found, "error") and not _count(found, "warning")


def split(
    tracks: HostTracks, picture: torch.Tensor | None, number: int, window_length: int, refill: str
) -> tuple[Made, int, int]:
    """One window of a long motion, how many there are, and the frame of the whole that it starts on."""
    given, known = _opened(tracks, picture, "Split tracks")
    window = split_window(given, number, window_length, refill, kept_free=_kept_free(picture))
    shown = made(window.tracks, window.notes, picture, known)
    return shown, window_count(given.frames, window_length), window.first_frame


def join(clips: Sequence[torch.Tensor]) -> torch.Tensor:
    """IMAGE of all clips; the first frame of each following one is the last of the one before, and left out.

    Raises: WanMoveError where sizes differ.
    """
    for number, clip in enumerate(clips[1:], start=2):
        if clip.shape[1:] != clips[0].shape[1:]:
            raise WanMoveError(
                where="Join clips",
                what=f"clip_{number} is {clip.shape[2]}x{clip.shape[1]}, clip_1 is "
                f"{clips[0].shape[2]}x{clips[0].shape[1]}",
                fix="generate all windows at one size",
            )
    return torch.cat([clips[0], *(clip[1:] for clip in clips[1:])])


def simplify(tracks: HostTracks, picture: torch.Tensor | None, error: float, most: int, fps: float) -> tuple[Made, str]:
    """The tracks as a motion document moves them, and the document."""
    where = "Simplify tracks"
    given, known = _opened(tracks, picture, where)
    if not known:
        raise WanMoveError(
            where=where,
            what="these tracks do not carry their picture's size, which a document needs",
            fix="connect the picture",
        )
    from ....motion.document.read import parse_document
    from ....motion.evaluation.evaluate import tracks_from_document

    notes = []
    if given.count > most:
        notes.append(f"{most} of {plural(given.count, 'track')}, evenly spread, {verb(most, 'is', 'are')} kept")
        given = given.select(np.unique(np.linspace(0, given.count - 1, most).astype(np.int64)))
    document, errors = document_from_tracks(given, error, fps=fps)
    keys = sum(len(layer.get("points", ())) for layer in document["layers"])
    frames = given.frames * given.count
    worst = max(errors, default=0.0)
    notes.insert(
        0,
        f"{plural(len(document['layers']), 'layer')} with {plural(keys, 'point')} in place of "
        f"{plural(frames, 'position')}",
    )
    notes.append(f"the worst point is {worst:.2f} px off at its own frame (allowed: {error:g})")
    moved = tracks_from_document(parse_document(document, where=where))
    return made(moved, notes, picture), json.dumps(document, separators=(",", ":"))


def _opened(tracks: HostTracks, picture: torch.Tensor | None, where: str) -> tuple[Tracks, bool]:
    """Tracks and whether their size is known: from themselves, or from the picture."""
    given, known = open_tracks(tracks, f"{where} / tracks")
    if picture is None:
        return given, known
    size = size_of(picture)
    if known:
        require_same_picture(given, size, f"{where} / picture")
        return given, True
    return replace(given, size_wh=size), True


def _shown(picture: torch.Tensor | None) -> np.ndarray | None:
    """The first picture, uint8 [H, W, 3]."""
    if picture is None:
        return None
    first = picture[0, ..., :3].detach().cpu().float()
    if first.shape[-1] < 3:
        # Grey pictures have one channel in this host.
        first = first[..., :1].expand(-1, -1, 3)
    return (first * 255 + 0.5).clamp(0, 255).to(torch.uint8).contiguous().numpy()


def _kept_free(picture: torch.Tensor | None) -> Callable[[Tracks], np.ndarray | None] | None:
    """What moves in the picture and where it passes, asked of the tracks as they are then."""
    shown = _shown(picture)
    if shown is None:
        return None
    # Another size: a mend changed it, and the picture is no longer that of the tracks.
    return lambda now: swept_cut(shown, now) if now.size_wh == (shown.shape[1], shown.shape[0]) else None


def _regions(tracks: Tracks, region: torch.Tensor | None) -> dict[str, list[int]] | None:
    """Tracks that start in each mask, by its number."""
    if region is None:
        return None
    start = tracks.xy[0].numpy()
    cell = np.floor(start / 8.0).astype(np.int64)
    members: dict[str, list[int]] = {}
    for number, plane in enumerate(mask_planes(region), start=1):
        inside = cells_in_mask(plane, tracks.size_wh)
        rows, cols = inside.shape
        ok = (cell >= 0).all(1) & (cell[:, 0] < cols) & (cell[:, 1] < rows)
        hit = np.zeros(len(cell), bool)
        hit[ok] = inside[cell[ok, 1], cell[ok, 0]]
        members[f"Region {number}"] = np.flatnonzero(hit).tolist()
    return members


def _line(issue: Issue) -> str:
    return f"{issue.severity.upper()} {issue.text} Fix: {issue.fix_label}."


def _count(issues: Sequence[Issue], severity: str) -> int:
    return sum(issue.severity == severity for issue in issues)
