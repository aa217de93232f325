"""An adherence measurement in words, for a terminal and for a node."""

from __future__ import annotations

from collections.abc import Iterator

from .advice import Advice
from .measure import Adherence


def report_lines(found: Adherence, advice: list[Advice], worst: int = 10) -> Iterator[str]:
    """The measurement in words."""
    told = found.summary()
    smooth = told["too_smooth"]
    yield (
        f"{told['follows']} of {told['tracks'] - smooth} tracks are followed. "
        f"Mean error {_px(told['epe_px'])} over the {1 - (told['lost_share'] or 0):.1%} of positions where the points "
        f"were seen, {_px(told['epe_all_px'])} with guesses for the others (tracker: {told['tracker']})."
    )
    if found.cuts:
        frames = ", ".join(map(str, found.cuts))
        then = (
            "points are not followed beyond it, and count as lost there"
            if found.on_cut == "stop"
            else "points go on with what they then stand on, which says nothing about the thing they stood on before"
        )
        yield f"The clip cuts to another scene at frame {frames}: {then}."
    if smooth:
        yield (
            f"{smooth} more start{'s' * (smooth == 1)} where the picture is too smooth to judge: no figure counts "
            f"{'it' if smooth == 1 else 'them'}, neither as followed nor as lost."
        )
    for score in found.worst(worst):
        went = "" if score.went is None else f", went {score.went:.0%} of {score.way_px:.0f} px"
        at = "" if score.worst_frame is None else f", worst {_px(score.worst_px)} at frame {score.worst_frame}"
        lost = f", lost in {score.lost_share:.0%} of frames" if score.lost_share else ""
        yield f"  track {score.track + 1}: {score.verdict}; mean {_px(score.mean_px)}{at}{went}{lost}"
    for one in advice:
        yield f"- {one.text[0].upper()}{one.text[1:]}"


def _px(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f} px"
