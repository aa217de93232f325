"""Wan2.1 image-to-video whose condition is guided along tracks, called with diffusers' own argument names."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from diffusers import WanImageToVideoPipeline
from diffusers.pipelines.wan.pipeline_output import WanPipelineOutput
from diffusers.pipelines.wan.pipeline_wan_i2v import prompt_clean
from diffusers.utils.torch_utils import get_module_execution_device, randn_tensor

from ....errors import WanMoveError
from ....geometry import latent_steps_from_frames, require_video_length
from ....method.encoder_pixels import published_clip_pixels
from ....method.guidance import guide_latent
from ....method.published import FRAMES, GUIDANCE_SCALE, NEGATIVE_PROMPT, STEPS
from ....tracks import Tracks
from ..guards import TEXT_TOKENS, enable_cache, require_text_tokens, set_attention_backend
from ..models.lora import PlainStart
from ..models.precision import autocast_network, keep_float32_stream, require_precision
from .branches import GUIDANCE_MODES, Branch, plan_branches
from .experts import Turns, networks_of, room_for_vae, takes_images
from .inputs import fit_picture, picture_tensor, repeat_to
from .lead import Lead, LedLoop
from .schedule import PublishedDPMSolver, PublishedUniPC, default_shift, make_scheduler

MASK_CHANNELS = 4


class WanMovePipeline(WanImageToVideoPipeline):
    """Wan-Move on diffusers. Build it with :func:`load_pipeline`.

    Differs from its base: the condition's latent is guided along ``tracks``; the picture is squashed for the image
    encoder as published (the base crops the centre); the sampler steps on the published grid; the published negative
    prompt is the default; ``num_videos_per_prompt`` works; ``precision="published"`` keeps the residual stream in
    float32.
    """

    _callback_tensor_inputs = ["latents", "prompt_embeds", "negative_prompt_embeds"]  # noqa: RUF012 - the base's name
    precision: str = "plain"
    network_leaves_for_vae: bool = False
    """Whether the network waits in host memory while the VAE works."""
    experts_take_turns: bool = False
    """Whether only the expert at work is on the device, the other in host memory."""

    def set_precision(self, precision: str) -> None:
        """``published`` (float32 residual stream) or ``plain`` (diffusers' own). Raises: WanMoveError."""
        if require_precision(precision) == "published":
            for network in networks_of(self):
                if network.dtype != torch.float32:
                    keep_float32_stream(network)
        self.precision = precision

    def enable_cache(self, config: Any) -> int:
        """A step cache of diffusers on the network; how many modules it hooks. Refuses one that would do nothing."""
        return sum(enable_cache(network, config) for network in networks_of(self))

    def set_attention_backend(self, backend: str) -> None:
        """The attention kernel of this network alone; the process's default stays as it was."""
        for network in networks_of(self):
            set_attention_backend(network, backend)

    # -- parts of the call ------------------------------------------------------------------------------------------

    def encode_image(self, image: Any, device: torch.device | None = None) -> torch.Tensor:
        """[B, tokens, width] penultimate states of the image encoder; the picture is squashed, not cropped."""
        if self.image_encoder is None:
            raise WanMoveError(
                where="Generate / image encoder",
                what="no image encoder is loaded (the CLIP file was missing) and no image_embeds were given",
                fix="put models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth into the folder, or give image_embeds",
            )
        picture = picture_tensor(image)
        where = get_module_execution_device(self.image_encoder)
        pixels = published_clip_pixels(picture.to(where), self.image_encoder.config.image_size)
        states = self.image_encoder(pixels.to(self.image_encoder.dtype), output_hidden_states=True).hidden_states
        return states[-2].to(device or self._execution_device)

    def encode_text(self, prompts: str | Sequence[str], device: torch.device | None = None) -> torch.Tensor:
        """[B, 512, width] text states, zero after each prompt's own length."""
        if self.text_encoder is None:
            raise WanMoveError(
                where="Generate / text encoder",
                what="no text encoder is loaded and no prompt_embeds were given",
                fix="load it, or give prompt_embeds and negative_prompt_embeds",
            )
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        for text in prompts:
            length = len(self.tokenizer(prompt_clean(text)).input_ids)
            if length > TEXT_TOKENS:
                warnings.warn(
                    f"the text {text[:40]!r}... has {length} tokens; only the first {TEXT_TOKENS} are used",
                    stacklevel=2,
                )
        return self._get_t5_prompt_embeds(prompts, device=device or self._execution_device)  # type: ignore[arg-type]

    def make_condition(
        self, picture: torch.Tensor, num_frames: int, tracks: Tracks | None = None, strength: float = 1.0, **draw: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(guided, plain) float32 [1, 20, Tl, h, w]: 4 mask channels, then the condition's normalised latent.

        Args:
            picture: float32 [1, 3, H, W] in [-1, 1] at the video's size.
            tracks: at the same size, of ``num_frames`` frames; None guides nothing.
            draw: ``generator`` for tracks that share a cell (see :func:`guide_latent`).
        """
        height, width = picture.shape[-2:]
        shape = (1, self.vae.config.z_dim, latent_steps_from_frames(num_frames), height // 8, width // 8)
        with self._room_for_vae():
            made = super().prepare_latents(
                picture,
                1,
                shape[1],
                height,
                width,
                num_frames,
                torch.float32,
                picture.device,
                latents=torch.empty(shape, device=picture.device),
            )
        if len(made) != 2 or made[1].shape[1] != MASK_CHANNELS + shape[1]:
            raise WanMoveError(
                where="diffusers",
                what="prepare_latents no longer returns latents and a condition of 4 + 16 channels",
                fix="install the diffusers version that this package names",
            )
        plain = made[1]
        if tracks is None or tracks.count == 0:
            return plain, plain
        latent = guide_latent(plain[:, MASK_CHANNELS:], tracks, strength, **draw)
        return torch.cat([plain[:, :MASK_CHANNELS], latent], dim=1), plain

    # -- the call ---------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def __call__(  # type: ignore[override]
        self,
        image: Any,
        prompt: str | list[str] | None = None,
        negative_prompt: str | list[str] | None = None,
        height: int | None = None,
        width: int | None = None,
        num_frames: int = FRAMES,
        num_inference_steps: int = STEPS,
        guidance_scale: float = GUIDANCE_SCALE,
        num_videos_per_prompt: int = 1,
        generator: torch.Generator | list[torch.Generator] | None = None,
        latents: torch.Tensor | None = None,
        prompt_embeds: torch.Tensor | None = None,
        negative_prompt_embeds: torch.Tensor | None = None,
        image_embeds: torch.Tensor | None = None,
        output_type: str | None = "np",
        return_dict: bool = True,
        attention_kwargs: dict[str, Any] | None = None,
        callback_on_step_end: Callable[..., dict | None] | None = None,
        callback_on_step_end_tensor_inputs: Sequence[str] = ("latents",),
        max_sequence_length: int = 512,
        *,
        tracks: Tracks | None = None,
        strength: float = 1.0,
        guidance_mode: str = "published",
        track_guidance_scale: float | None = None,
        solver: str | None = None,
        shift: float | None = None,
        guidance_scale_2: float | None = None,
        lead: Lead | None = None,
        start: PlainStart | None = None,
    ) -> Any:
        """Generate. Arguments not named here mean what they mean in diffusers.

        Args:
            image: one picture: PIL, uint8 or float [H, W, 3] array, or float tensor [3, H, W] in [0, 1].
            height, width: multiples of 16; picture and tracks are stretched to them. Without them the published rule
                picks the size of about 832x480 pixels that keeps the picture's shape.
            num_frames: 4k+1.
            latents: starting noise [B, 16, Tl, h, w] instead of a drawn one.
            prompt_embeds, negative_prompt_embeds: [B, 512, width] from :meth:`encode_text`.
            image_embeds: [1 or B, tokens, 1280]; the image encoder is then not used, nor needed. A network without an
                image branch (Wan2.2's experts) takes none.
            tracks: in the pixels of ``image``, of ``num_frames`` frames.
            strength: of the guidance, see :func:`guide_latent`.
            guidance_mode: ``published`` guides the condition of prompt and negative prompt alike; ``track-cfg`` gives
                the tracks their own weight ``track_guidance_scale`` (default: ``guidance_scale``) through a third,
                unguided branch.
            lead: a draft that leads at first, see :func:`encode_lead`; the steps before it are not made.
            solver: ``unipc`` (default) or ``dpm++``; shift: 3 at 480p and 5 above when None.
            guidance_scale_2: of ``transformer_2``, which takes over below ``boundary_ratio``; None: as guidance_scale.
            start: first steps without the LoRAs, see :class:`PlainStart`.

        Returns: WanPipelineOutput, or a tuple when ``return_dict`` is false.
        Raises: WanMoveError for arguments that do not fit together.
        """
        require_text_tokens(max_sequence_length, "Generate / max_sequence_length")
        require_video_length(num_frames, "Generate / length")
        prompts, repeats = self._batch(prompt, prompt_embeds, num_videos_per_prompt)
        batch = repeats * num_videos_per_prompt
        device = self._execution_device
        picture, tracks = fit_picture(picture_tensor(image), tracks, height, width)
        height, width = int(picture.shape[-2]), int(picture.shape[-1])
        picture = picture.to(device)
        weigh = partial(plan_branches, guidance_mode, track_scale=track_guidance_scale, has_tracks=tracks is not None)
        branches = weigh(scale=guidance_scale)
        later = branches if guidance_scale_2 is None else weigh(scale=guidance_scale_2)
        early = [] if start is None else weigh(scale=start.scale)

        self._guidance_scale, self._attention_kwargs = guidance_scale, attention_kwargs
        self._current_timestep, self._interrupt = None, False
        dtype = self.transformer.dtype
        wide = torch.float32 if self.precision == "published" else dtype

        texts = self._texts(
            prompts, negative_prompt, prompt_embeds, negative_prompt_embeds, [*branches, *later, *early], repeats
        )
        positive, negative = (
            None if t is None else repeat_to(t, batch, "prompt_embeds").to(device, wide) for t in texts
        )
        if image_embeds is None and any(takes_images(network) for network in networks_of(self)):
            image_embeds = self.encode_image(image, device)
        if image_embeds is not None:
            image_embeds = repeat_to(image_embeds, batch, "image_embeds").to(device, wide)

        guided, plain = self.make_condition(picture, num_frames, tracks, strength)
        latents = self._start(latents, batch, guided.shape[2:], generator, device)
        self._prepare_scheduler(solver, shift, height, width)
        self.scheduler.set_timesteps(num_inference_steps, device=device)
        timesteps = self.scheduler.timesteps
        led = None if lead is None else LedLoop.of(lead, latents, self.scheduler.sigmas)
        if led is not None:
            latents, timesteps = led.start, timesteps[led.first :]
            self.scheduler.set_begin_index(led.first)
        turns = Turns(self, branches, later, device, start, early)
        self._num_timesteps = len(timesteps)

        conditions = {True: guided.expand(batch, -1, -1, -1, -1), False: plain.expand(batch, -1, -1, -1, -1)}
        embeds = {True: positive, False: negative}
        with self.progress_bar(total=len(timesteps)) as bar:
            for index, t in enumerate(timesteps):
                if self.interrupt:
                    continue
                self._current_timestep = t
                velocity = None
                seen = latents if led is None else led.seen(latents, index)
                network, at_work = turns.at(int(t), index)
                for branch in at_work:
                    with network.cache_context(branch.name), autocast_network(device, dtype, self.precision):
                        part = network(
                            hidden_states=torch.cat([seen, conditions[branch.guided]], dim=1).to(wide),
                            timestep=t.expand(batch),
                            encoder_hidden_states=embeds[branch.prompted],
                            encoder_hidden_states_image=image_embeds if takes_images(network) else None,
                            attention_kwargs=attention_kwargs,
                            return_dict=False,
                        )[0]
                    velocity = branch.add(velocity, part)
                if led is not None:
                    velocity = led.velocity(velocity, seen, latents, index)
                latents = self.scheduler.step(velocity, t, latents, return_dict=False)[0]
                if callback_on_step_end is not None:
                    known = {"latents": latents, "prompt_embeds": positive, "negative_prompt_embeds": negative}
                    wanted = {k: known[k] for k in callback_on_step_end_tensor_inputs}
                    told = callback_on_step_end(self, index, t, wanted) or {}
                    latents = told.get("latents", latents)
                    embeds[True] = told.get("prompt_embeds", embeds[True])
                    embeds[False] = told.get("negative_prompt_embeds", embeds[False])
                bar.update()
        self._current_timestep = None
        video = latents if output_type == "latent" else self.decode(latents, output_type)
        self.maybe_free_model_hooks()
        return WanPipelineOutput(frames=video) if return_dict else (video,)

    def decode(self, latents: torch.Tensor, output_type: str | None = "pt") -> Any:
        """Frames of normalised latents [B, 16, Tl, h, w]; ``pt`` gives [B, T, 3, H, W] in [0, 1]."""
        where, config = get_module_execution_device(self.vae), self.vae.config
        stats = [torch.tensor(v, device=where).view(1, -1, 1, 1, 1) for v in (config.latents_mean, config.latents_std)]
        latents = latents.to(where, torch.float32) * stats[1] + stats[0]
        with self._room_for_vae():
            # One clip at a time: decoding is the peak of memory outside the network.
            clips = [self.vae.decode(clip.to(self.vae.dtype)[None], return_dict=False)[0] for clip in latents]
        return self.video_processor.postprocess_video(torch.cat(clips), output_type=output_type)

    @contextmanager
    def _room_for_vae(self) -> Iterator[None]:
        with room_for_vae(self) if self.network_leaves_for_vae else nullcontext():
            yield

    # -- small print ------------------------------------------------------------------------------------------------

    def _batch(self, prompt: Any, prompt_embeds: Any, per_prompt: int) -> tuple[list[str] | None, int]:
        if (prompt is None) == (prompt_embeds is None):
            raise WanMoveError(
                where="Generate / prompt",
                what="both prompt and prompt_embeds were given" if prompt is not None else "no prompt was given",
                fix="give either prompt or prompt_embeds",
            )
        if per_prompt < 1:
            raise WanMoveError(where="Generate / num_videos_per_prompt", what=f"{per_prompt}", fix="use at least 1")
        prompts = None if prompt is None else [prompt] if isinstance(prompt, str) else list(prompt)
        return prompts, len(prompts) if prompts is not None else int(prompt_embeds.shape[0])

    def _texts(
        self,
        prompts: list[str] | None,
        negative: str | list[str] | None,
        positive_embeds: torch.Tensor | None,
        negative_embeds: torch.Tensor | None,
        branches: list[Branch],
        count: int,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        if positive_embeds is None:
            positive_embeds = self.encode_text(prompts or [])
        assert positive_embeds is not None
        require_text_tokens(positive_embeds.shape[1], "Generate / prompt_embeds")
        if all(branch.prompted for branch in branches):
            return positive_embeds, None
        if negative_embeds is None:
            text = NEGATIVE_PROMPT if negative is None else negative
            if not isinstance(text, str) and len(text) != count:
                raise WanMoveError(
                    where="Generate / negative_prompt",
                    what=f"{len(text)} negative prompts for {count} prompts",
                    fix="give one, or one for each prompt",
                )
            negative_embeds = self.encode_text(text)
        assert negative_embeds is not None
        require_text_tokens(negative_embeds.shape[1], "Generate / negative_prompt_embeds")
        return positive_embeds, negative_embeds

    def _start(
        self, latents: torch.Tensor | None, batch: int, size: torch.Size, generator: Any, device: torch.device
    ) -> torch.Tensor:
        shape = (batch, self.vae.config.z_dim, *size)
        if isinstance(generator, list) and len(generator) != batch:
            raise WanMoveError(
                where="Generate / generator", what=f"{len(generator)} for {batch} videos", fix="give one per video"
            )
        if latents is None:
            return randn_tensor(shape, generator=generator, device=device, dtype=torch.float32)
        if tuple(latents.shape) != shape:
            raise WanMoveError(
                where="Generate / latents",
                what=f"shape {list(latents.shape)}, expected {list(shape)}",
                fix="draw the noise for this size and length",
            )
        return latents.to(device, torch.float32)

    def _prepare_scheduler(self, solver: str | None, shift: float | None, height: int, width: int) -> None:
        ours = isinstance(self.scheduler, PublishedUniPC | PublishedDPMSolver)
        if solver is None and not ours:
            if shift is not None:
                raise WanMoveError(
                    where="Generate / shift",
                    what=f"the pipeline's scheduler is a {type(self.scheduler).__name__} with a shift of its own",
                    fix="set its flow_shift, or name a solver",
                )
            return
        if solver is None:
            solver = "unipc" if isinstance(self.scheduler, PublishedUniPC) else "dpm++"
        self.scheduler = make_scheduler(solver, default_shift(height, width) if shift is None else shift)


__all__ = ["GUIDANCE_MODES", "WanMovePipeline"]
