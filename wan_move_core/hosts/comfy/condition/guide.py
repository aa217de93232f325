"""The published condition on ComfyUI's CONDITIONING: an encoded picture, guided along tracks as often as one likes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import torch

from ....errors import WanMoveError
from ....geometry import Fit, VideoSpec
from ....method.guidance import cells_from_tracks, guide_latent
from ....method.published import TRAINED_TRACKS
from ....tracks import Tracks
from ..host.conditioning import keeping_device, picture_values, with_samples, with_values, with_values_within
from .picture import LATENT_CHANNELS, EncodedImage

TRACKS_SPACES = ("auto", "picture", "video")
NEGATIVE_BRANCHES = ("guided", "plain")
FITTED_TRACKS_KEY = "wan_move_tracks"
"""Where :func:`guide` leaves the fitted Tracks in the positive conditioning, so that previews can draw them."""


@dataclass(frozen=True)
class Guided:
    """What :func:`guide` makes: conditionings of the host, and the empty latent to sample."""

    positive: list
    negative: list
    plain: list
    latent: dict[str, Any]


def guide(
    positive: list,
    negative: list,
    encoded: EncodedImage,
    tracks: dict[str, Any] | None = None,
    strength: float = 1.0,
    start: float = 0.0,
    end: float = 1.0,
    negative_branch: str = "guided",
    tracks_space: str = "auto",
    batch_size: int = 1,
) -> Guided:
    """Put the guided and the plain condition into the host's conditioning. Inputs are never written.

    Between ``start`` and ``end`` (0-1 of the sampling) the guided condition acts, outside of it the plain one.

    Raises: WanMoveError for tracks that belong to neither picture nor video, an empty range or batch.
    """
    if not isinstance(encoded, EncodedImage):
        raise WanMoveError(
            where="Guide / wanmove_image",
            what=f"a {type(encoded).__name__}",
            fix="connect the wanmove_image output of Encode Image",
        )
    if batch_size < 1:
        raise WanMoveError(where="Guide / batch size", what=f"{batch_size}", fix="use at least 1")
    if not 0 <= start <= end <= 1:
        raise WanMoveError(where="Guide / range", what=f"{start} to {end}", fix="choose 0 <= start <= end <= 1")
    if negative_branch not in NEGATIVE_BRANCHES:
        raise WanMoveError(where="Guide / negative", what=f"unknown {negative_branch!r}", fix="use guided or plain")
    plain_latent = guided_latent = encoded.latent
    fitted = None
    if tracks is not None:
        fitted = fit_tracks(tracks, encoded.fit, tracks_space)
        _report_unused(fitted, encoded.spec)
        guided_latent = guide_latent(encoded.latent, fitted, strength, encoded.known_steps)
        if encoded.end_given:
            guided_latent[:, :, -1] = plain_latent[:, :, -1]

    def condition(texts: list, guided: bool, keep: dict[str, Any]) -> list:
        inside, outside = (
            {**picture_values(latent, encoded.mask, encoded.clip_vision_output), **keep}
            for latent in (guided_latent, plain_latent)
        )
        if not guided or guided_latent is plain_latent or start == end:
            return with_values(texts, outside)
        pieces = [(outside, 0.0, start), (inside, start, end), (outside, end, 1.0)]
        return [entry for values, a, b in pieces for entry in with_values_within(texts, values, a, b)]

    latent_h, latent_w = encoded.spec.latent_size_hw
    empty = torch.zeros(
        [batch_size, LATENT_CHANNELS, encoded.spec.latent_steps, latent_h, latent_w],
        device=keeping_device(),
    )
    return Guided(
        positive=condition(positive, True, {} if fitted is None else {FITTED_TRACKS_KEY: fitted}),
        negative=condition(negative, negative_branch == "guided", {}),
        plain=condition(positive, False, {}),
        latent=with_samples({}, empty),
    )


def fit_tracks(tracks: dict[str, Any], fit: Fit, tracks_space: str = "auto", where: str = "Guide / tracks") -> Tracks:
    """The host's TRACKS in the video's own pixels.

    ``auto``: the size that the tracks carry says where they belong (the picture, a resized copy of it, or the video);
    without one they are the video's. ``picture`` and ``video`` overrule it.

    Raises: WanMoveError when the size fits neither the picture nor the video.
    """
    if tracks_space not in TRACKS_SPACES:
        raise WanMoveError(where=where, what=f"unknown space {tracks_space!r}", fix=f"use {', '.join(TRACKS_SPACES)}")
    if tracks_space == "auto":
        given = Tracks.from_host(tracks, fit.target_wh, where=where)
    else:
        size = fit.source_wh if tracks_space == "picture" else fit.target_wh
        given = Tracks.from_host({**dict(tracks), "size_wh": size} if isinstance(tracks, dict) else tracks, where=where)
        if tracks_space == "video":
            return given
    if given.size_wh == fit.target_wh:
        return given
    if given.size_wh != fit.source_wh and same_shape(given.size_wh, fit.source_wh):
        given = given.fit(Fit.make("stretch", given.size_wh, fit.source_wh))
    if given.size_wh == fit.source_wh:
        return given.fit(fit)
    if same_shape(given.size_wh, fit.target_wh):
        return given.fit(Fit.make("stretch", given.size_wh, fit.target_wh))
    raise WanMoveError(
        where=where,
        what=f"they belong to a {_wh(given.size_wh)} picture; this one is {_wh(fit.source_wh)}, "
        f"the video {_wh(fit.target_wh)}",
        fix="make the tracks on this picture, or set tracks_space to say what their pixels mean",
    )


def same_shape(a_wh: tuple[int, int], b_wh: tuple[int, int]) -> bool:
    """One is the other resized: the sides' ratios agree within a pixel of rounding."""
    return abs(a_wh[0] * b_wh[1] - b_wh[0] * a_wh[1]) <= max(*a_wh, *b_wh)


def _report_unused(tracks: Tracks, spec: VideoSpec) -> None:
    if tracks.frames != spec.frames or not tracks.count:
        return
    _, valid = cells_from_tracks(tracks)
    unused = int((~valid[:, 1:].any(1)).sum()) if valid.shape[1] > 1 else 0
    if unused:
        logging.warning(
            "Wan-Move: %d of %d tracks guide nothing: hidden or outside the video at frame 0, or at every later step.",
            unused, tracks.count,
        )  # fmt: skip
    if tracks.count - unused > TRAINED_TRACKS:
        logging.warning(
            "Wan-Move: %d tracks guide; the model was trained with at most %d at a time. Fewer tell it as much: lower "
            "the density of regions, widen the spacing of still points.",
            tracks.count - unused, TRAINED_TRACKS,
        )  # fmt: skip


def _wh(size_wh: tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"
