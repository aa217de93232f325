"""The expensive half of the published condition: a picture encoded once on ComfyUI's types, whatever the tracks.

Units: pictures are the host's IMAGE, float [B, H, W, C] in 0-1; latents are as the VAE returns them (the host
normalises later); masks follow the host's ``concat_mask``, 0 where a latent step is given.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import torch

from ....errors import WanMoveError
from ....geometry import Fit, VideoSpec, latent_steps_from_frames, nearest_lengths
from ....method.encoder_pixels import published_clip_pixels
from ..host.conditioning import encode_features, encode_video, image_encoder_side_px, vae_latents

LATENT_CHANNELS = 16
INPUT_CHANNELS = LATENT_CHANNELS + 4 + LATENT_CHANNELS
"""Of a network that takes this condition: noise, mask, picture."""
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
    require_wan_vae(vae)
    start = _start_frames(picture, spec)
    fitted = fit.picture(start, pad_value=MID_GREY)
    video = fitted.new_full((spec.frames, spec.height, spec.width, 3), MID_GREY)
    video[: len(fitted)] = fitted
    if end_picture is not None:
        video[-1] = _fit_end(end_picture, fit_mode, spec)
    features = None if clip_vision is None else encode_clip_vision(clip_vision, _seen_part(start[:1], fit))
    latent = encode_video(vae, video)
    steps, (latent_h, latent_w) = spec.latent_steps, spec.latent_size_hw
    if tuple(latent.shape[1:]) != (LATENT_CHANNELS, steps, latent_h, latent_w):
        raise wrong_vae(f"it gives {list(latent.shape)}, expected {[1, LATENT_CHANNELS, steps, latent_h, latent_w]}")
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
    return encode_features(clip_vision, published_clip_pixels(picture, image_encoder_side_px(clip_vision)))


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


def require_wan_vae(vae: Any, where: str = "Encode image / VAE") -> None:
    """Raises: WanMoveError for a VAE that says that it is not Wan2.1's."""
    channels, dimensions = vae_latents(vae)
    if channels not in (LATENT_CHANNELS, None) or dimensions not in (3, None):
        raise wrong_vae(f"its latents have {channels} channels; Wan2.1's video VAE has {LATENT_CHANNELS}", where)


def wrong_vae(what: str, where: str = "Encode image / VAE") -> WanMoveError:
    """The error for another model's VAE."""
    return WanMoveError(where=where, what=what, fix="load wan_2.1_vae.safetensors (not Wan2.2's 5B VAE)")
