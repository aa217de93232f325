"""The published condition on ComfyUI's types: a picture encoded once, then guided along tracks as often as one likes.

Units: pictures are the host's IMAGE, float [B, H, W, C] in 0-1; latents are as ``vae.encode`` returns them (the host
normalises later); masks follow the host's ``concat_mask``, 0 where a latent step is given.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import comfy.clip_vision
import comfy.model_management
import node_helpers
import torch

from ....errors import WanMoveError
from ....geometry import Fit, VideoSpec, latent_steps_from_frames, nearest_lengths
from ....method.encoder_pixels import published_clip_pixels
from ....method.guidance import cells_from_tracks, guide_latent
from ....tracks import Tracks

LATENT_CHANNELS = 16
TRACKS_SPACES = ("auto", "picture", "video")
NEGATIVE_BRANCHES = ("guided", "plain")
FITTED_TRACKS_KEY = "wan_move_tracks"
"""Where :func:`guide` leaves the fitted Tracks in the positive conditioning, so that previews can draw them."""

MID_GREY = 0.5


@dataclass(frozen=True)
class EncodedImage:
    """The expensive half of the condition; tracks do not matter to it. Never written after it is made.

    Attributes:
        latent: float [1, 16, Tl, h, w], the picture followed by mid-grey, encoded.
        mask: float [1, 1 or 4, Tl, h, w], 0 where the video is given.
        fit: how the picture became the video's frame; tracks drawn on the picture move by it.
        spec: the video's size and length.
        known_steps: latent steps that the start picture or clip gives; guidance leaves them alone.
        end_given: the last latent step holds an end picture, and is left alone too.
        clip_vision_output: the image encoder's answer, or None.
    """

    latent: torch.Tensor
    mask: torch.Tensor
    fit: Fit
    spec: VideoSpec
    known_steps: int = 1
    end_given: bool = False
    clip_vision_output: Any = None


@dataclass(frozen=True)
class Guided:
    """What :func:`guide` makes: conditionings of the host, and the empty latent to sample."""

    positive: list
    negative: list
    plain: list
    latent: dict[str, Any]


def encode_image(
    picture: torch.Tensor,
    vae: Any,
    width: int,
    height: int,
    length: int,
    fit_mode: str,
    end_picture: torch.Tensor | None = None,
    clip_vision: Any = None,
) -> tuple[EncodedImage, torch.Tensor]:
    """Encode ``picture`` (several frames: a clip to continue) for a video; also the fitted frames [K, H, W, 3].

    ``fit_mode`` "area" takes width x height as the area to aim at, by the published rule; the other modes as the size.

    Raises: WanMoveError for a length that is not 4k+1, sides that are not multiples of 8, a VAE of another model.
    """
    fit = Fit.make(fit_mode, (picture.shape[2], picture.shape[1]), (width, height), area_px=width * height)
    spec = VideoSpec(*fit.target_wh, frames=length)
    _require_wan_vae(vae)
    start = _start_frames(picture, spec)
    fitted = fit.picture(start, pad_value=MID_GREY)
    video = fitted.new_full((spec.frames, spec.height, spec.width, 3), MID_GREY)
    video[: len(fitted)] = fitted
    if end_picture is not None:
        video[-1] = _fit_end(end_picture, fit_mode, spec)
    features = None if clip_vision is None else encode_clip_vision(clip_vision, _seen_part(start[:1], fit))
    latent = vae.encode(video)
    steps, (latent_h, latent_w) = spec.latent_steps, spec.latent_size_hw
    if tuple(latent.shape[1:]) != (LATENT_CHANNELS, steps, latent_h, latent_w):
        raise _wrong_vae(f"it gives {list(latent.shape)}, expected {[1, LATENT_CHANNELS, steps, latent_h, latent_w]}")
    known = latent_steps_from_frames(len(fitted))
    if end_picture is not None and known >= steps:
        raise WanMoveError(
            where="Encode image / end picture",
            what=f"the start already fills all {spec.frames} frames",
            fix="use a longer video, a shorter start clip, or no end picture",
        )
    encoded = EncodedImage(
        latent=latent.detach(),
        mask=_mask(spec, known, end_picture is not None).to(latent.device),
        fit=fit,
        spec=spec,
        known_steps=known,
        end_given=end_picture is not None,
        clip_vision_output=features,
    )
    return encoded, fitted.clamp(0, 1)


def encode_clip_vision(clip_vision: Any, picture: torch.Tensor) -> Any:
    """The host's CLIP_VISION_OUTPUT of ``picture`` [1, H, W, 3], squashed as published instead of centre-cropped."""
    comfy.model_management.load_model_gpu(clip_vision.patcher)
    pixels = published_clip_pixels(picture, clip_vision.image_size).to(clip_vision.load_device)
    states = clip_vision.model(pixel_values=pixels, intermediate_output=-2)
    device = comfy.model_management.intermediate_device()
    output = comfy.clip_vision.Output()
    output["last_hidden_state"] = states[0].to(device)
    output["penultimate_hidden_states"] = states[1].to(device)
    output["image_embeds"] = states[2].to(device)
    output["image_sizes"] = [pixels.shape[1:]] * pixels.shape[0]
    output["mm_projected"] = states[3] if len(states) > 3 else None
    return output


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
    common: dict[str, Any] = {"concat_mask": encoded.mask}
    if encoded.clip_vision_output is not None:
        common["clip_vision_output"] = encoded.clip_vision_output
    fitted = None
    if tracks is not None:
        fitted = fit_tracks(tracks, encoded.fit, tracks_space)
        _report_unused(fitted, encoded.spec)
        guided_latent = guide_latent(encoded.latent, fitted, strength, encoded.known_steps)
        if encoded.end_given:
            guided_latent[:, :, -1] = plain_latent[:, :, -1]

    def condition(texts: list, guided: bool, keep: dict[str, Any]) -> list:
        inside = {"concat_latent_image": guided_latent, **common, **keep}
        outside = {"concat_latent_image": plain_latent, **common, **keep}
        if not guided or guided_latent is plain_latent or start == end:
            return node_helpers.conditioning_set_values(texts, outside)
        pieces = [(outside, 0.0, start), (inside, start, end), (outside, end, 1.0)]
        return [entry for values, a, b in pieces for entry in _within(texts, values, a, b)]

    latent_h, latent_w = encoded.spec.latent_size_hw
    empty = torch.zeros(
        [batch_size, LATENT_CHANNELS, encoded.spec.latent_steps, latent_h, latent_w],
        device=comfy.model_management.intermediate_device(),
    )
    return Guided(
        positive=condition(positive, True, {} if fitted is None else {FITTED_TRACKS_KEY: fitted}),
        negative=condition(negative, negative_branch == "guided", {}),
        plain=condition(positive, False, {}),
        latent={"samples": empty},
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
    if given.size_wh != fit.source_wh and _same_shape(given.size_wh, fit.source_wh):
        given = given.fit(Fit.make("stretch", given.size_wh, fit.source_wh))
    if given.size_wh == fit.source_wh:
        return given.fit(fit)
    if _same_shape(given.size_wh, fit.target_wh):
        return given.fit(Fit.make("stretch", given.size_wh, fit.target_wh))
    raise WanMoveError(
        where=where,
        what=f"they belong to a {_wh(given.size_wh)} picture; this one is {_wh(fit.source_wh)}, "
        f"the video {_wh(fit.target_wh)}",
        fix="make the tracks on this picture, or set tracks_space to say what their pixels mean",
    )


def _same_shape(a_wh: tuple[int, int], b_wh: tuple[int, int]) -> bool:
    """One is the other resized: the sides' ratios agree within a pixel of rounding."""
    return abs(a_wh[0] * b_wh[1] - b_wh[0] * a_wh[1]) <= max(*a_wh, *b_wh)


def _within(texts: list, values: dict[str, Any], start: float, end: float) -> list:
    """Entries of ``texts`` with ``values``, acting from start to end and within their own range, if they have one."""
    made = []
    for states, more in texts:
        a, b = max(start, more.get("start_percent", 0.0)), min(end, more.get("end_percent", 1.0))
        if a >= b:
            continue
        entry = {**more, **values}
        if (a, b) != (0.0, 1.0):
            entry |= {"start_percent": a, "end_percent": b}
        made.append([states, entry])
    return made


def _start_frames(picture: torch.Tensor, spec: VideoSpec) -> torch.Tensor:
    frames = min(len(picture), spec.frames)
    used = nearest_lengths(frames)[0]
    if used != len(picture):
        logging.warning(
            "Wan-Move: of the start clip's %d frames the first %d are used (the video has %d; lengths are 4k+1).",
            len(picture), used, spec.frames,
        )  # fmt: skip
    if picture.shape[-1] == 1:
        picture = picture.expand(*picture.shape[:-1], 3)
    return picture[:used, :, :, :3].to(torch.float32)


def _fit_end(end_picture: torch.Tensor, fit_mode: str, spec: VideoSpec) -> torch.Tensor:
    # "area" chose the size from the first picture; the last one has to meet it.
    mode = "stretch" if fit_mode == "area" else fit_mode
    fit = Fit.make(mode, (end_picture.shape[2], end_picture.shape[1]), spec.size_wh)
    return fit.picture(end_picture[-1:, :, :, :3].to(torch.float32), pad_value=MID_GREY)[0]


def _seen_part(picture: torch.Tensor, fit: Fit) -> torch.Tensor:
    x, y, w, h = fit.crop_xywh
    return picture[:, y : y + h, x : x + w]


def _mask(spec: VideoSpec, known_steps: int, end_given: bool) -> torch.Tensor:
    # Four channels are the four frames of a latent step: only the very last frame of the last step is an end picture.
    mask = torch.ones(1, 4 if end_given else 1, spec.latent_steps, *spec.latent_size_hw)
    mask[:, :, :known_steps] = 0
    if end_given:
        mask[:, 3, -1] = 0
    return mask


def _require_wan_vae(vae: Any) -> None:
    channels = getattr(vae, "latent_channels", LATENT_CHANNELS)
    if channels != LATENT_CHANNELS or getattr(vae, "latent_dim", 3) != 3:
        raise _wrong_vae(f"its latents have {channels} channels; Wan2.1's video VAE has {LATENT_CHANNELS}")


def _wrong_vae(what: str) -> WanMoveError:
    return WanMoveError(where="Encode image / VAE", what=what, fix="load wan_2.1_vae.safetensors (not Wan2.2's 5B VAE)")


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


def _wh(size_wh: tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"
