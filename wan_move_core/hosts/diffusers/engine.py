"""Cases in, frames out: the stages of a run in the order that needs the least memory.

Texts first, then pictures, each encoder freed when it is done, then the network and the VAE for every case in turn.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...checkpoints.layout import find_layout
from ...checkpoints.shapes import NetworkShape, check_network
from ...errors import WanMoveError, plural
from ...generate.cases import Case, settled
from ...generate.elastic.encoded import Encoded, SharedEncoded
from ...generate.memory import MemoryPlan
from ...generate.settings import RunSettings
from ...generate.shown import picture_key, shown_picture
from ...geometry import (
    STRIDE_X,
    STRIDE_Y,
    Fit,
    area_size_wh,
    latent_steps_from_frames,
    require_video_length,
    require_video_size,
)
from ...tracks import Tracks
from . import parallel as several
from .files import network_shape, run_paths
from .given import read_array
from .guards import set_attention_backend
from .leading import LeadEncoder, ReadLead
from .loader import parse_dtype
from .models.lora import PipelineLoras
from .models.lora_files import AskedLoras
from .models.parts import load_image_encoder, load_text_encoder, load_tokenizer, load_transformer, load_vae
from .models.placement import place_network, place_vae
from .models.shared import EmptyPart, empty_text_encoder, empty_transformer, require_shared_files
from .parallel import Parallel
from .sampling.pipeline import WanMovePipeline
from .sampling.schedule import make_scheduler

Tell = Callable[[str], None]
ReadTracks = Callable[[Case, tuple[int, int]], Tracks | None]


@dataclass
class Engine:
    """One run. :meth:`prepare` once, then :meth:`make` for each case. Holds the models between the two.

    ``settings`` may be exchanged between cases for others that differ in what is sampled, never in what is loaded.
    ``tell`` hears what happens, a line at a time; ``read_tracks`` gives a case's tracks for its picture's size,
    ``read_lead`` the draft that leads it.
    """

    settings: RunSettings
    plan: MemoryPlan
    device: torch.device
    read_tracks: ReadTracks
    parallel: Parallel = field(default_factory=Parallel)
    tell: Tell = lambda line: None
    read_lead: ReadLead | None = None
    _texts: Encoded | SharedEncoded = field(default_factory=Encoded, init=False)
    _pictures: Encoded | SharedEncoded = field(default_factory=Encoded, init=False)
    _pipe: Any = field(default=None, init=False)
    _loras: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.dtype = parse_dtype(self.settings.dtype)
        self.paths = run_paths(self.settings)
        require_shared_files(self.paths, self.parallel.dit_fsdp, self.parallel.t5_fsdp)
        self._lead = LeadEncoder(self.read_lead, self.tell)

    def check(self, case: Case) -> None:
        """Read everything that ``case`` names, and raise what is wrong with it before anything is loaded."""
        width, height = self.size_of(case)
        require_video_length(self.settings.frames, "Generate / length")
        heads = self.shape.num_heads
        if self.parallel.together:
            steps = latent_steps_from_frames(self.settings.frames)
            several.check_divides(self.parallel, heads, (steps, height // STRIDE_Y, width // STRIDE_X))
        self.tracks_of(case)
        if self.read_lead is not None:
            self.read_lead.check(case)
        self._require_image_encoder(case)
        self._given_embeds(case)
        self._given_noise(case)
        self.asked_loras.of(case)

    def share_encoded(self, folder: Path) -> None:
        """Keep in ``folder``, with the other processes of this machine, what is made of texts and pictures."""
        share = self.parallel.rank / self.parallel.world
        self._texts = SharedEncoded(folder / "texts", share)
        self._pictures = SharedEncoded(folder / "pictures", share)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Encode all texts and pictures, then load the network."""
        several.require_accelerators(self.parallel)
        self._encode_texts(cases)
        self._encode_pictures(cases)
        self._load_network()

    @torch.no_grad()
    def make(self, case: Case, on_step: Callable[[int, int], None] | None = None) -> np.ndarray:
        """uint8 [T, H, W, 3]: the video of ``case``. ``on_step(done, total)`` may raise to stop it."""
        s, pipe = settled(self.settings, case), self._pipe
        picture = shown_picture(case)
        source_wh = (picture.shape[1], picture.shape[0])
        width, height = self.size_wh(source_wh)
        self._loras.use(self.asked_loras.of(case))
        generator = torch.Generator(self.device if s.noise_device == "run" else "cpu").manual_seed(case.seed)

        def stepped(_pipe: Any, index: int, _t: Any, _tensors: dict) -> dict:
            if on_step is not None:
                # Fewer than were asked for where a draft leads: those before its start are not made.
                on_step(index + 1, pipe.num_timesteps)
            return {}

        frames = pipe(
            picture,
            prompt_embeds=self._texts[case.text],
            negative_prompt_embeds=self._texts[self._negative(case)],
            height=height,
            width=width,
            num_frames=s.frames,
            num_inference_steps=s.steps,
            guidance_scale=s.guidance_scale,
            generator=generator,
            latents=self._given_noise(case),
            image_embeds=self._pictures.get(case.image_embeds or picture_key(case)),
            output_type="np",
            callback_on_step_end=stepped,
            tracks=self.read_tracks(case, source_wh),
            strength=s.strength,
            guidance_mode=s.guidance_mode,
            track_guidance_scale=s.track_guidance_scale,
            solver=s.solver,
            shift=s.shift,
            lead=self._lead(pipe, case, Fit.make("stretch", source_wh, (width, height)), s),
            guidance_scale_2=s.guidance_scale_2,
            start=self._loras.start(s.lora_start_steps, s.lora_start_guidance),
        ).frames[0]
        return (frames * 255.0).round().astype(np.uint8)

    def size_wh(self, source_wh: tuple[int, int]) -> tuple[int, int]:
        """The video's size for a picture of ``source_wh``, by the settings' rule."""
        s = self.settings
        if s.size_rule == "area":
            return area_size_wh(source_wh, s.area_px)
        size = source_wh if s.size_rule == "own" else (s.width or 0, s.height or 0)
        require_video_size(size, "Generate")
        return size

    def size_of(self, case: Case) -> tuple[int, int]:
        """The video's size for ``case``."""
        return self.size_wh(_picture_size(case))

    def tracks_of(self, case: Case) -> Tracks | None:
        """The case's tracks, in the pixels of what is shown of its picture."""
        return self.read_tracks(case, _picture_size(case))

    @cached_property
    def shape(self) -> NetworkShape:
        """The network's sizes, read once: a list may have many cases."""
        return network_shape(self.settings)

    @cached_property
    def second_shape(self) -> NetworkShape | None:
        """Those of the second expert; None without one."""
        path = self.paths["transformer_2"]
        return None if path is None else check_network(find_layout(path))

    @cached_property
    def asked_loras(self) -> AskedLoras:
        """What the cases ask to be put on the networks."""
        shapes = [shape for shape in (self.shape, self.second_shape) if shape is not None]
        paths = [self.paths["transformer"], self.paths["transformer_2"]][: len(shapes)]
        return AskedLoras(shapes, paths, self.plan.storage, self.parallel.dit_fsdp)

    @property
    def experts(self) -> int:
        """How many networks the run has."""
        return 1 if self.second_shape is None else 2

    @property
    def image_dim(self) -> int | None:
        """Width of the image features that its networks take; None where none takes any."""
        shapes = (self.shape, self.second_shape)
        return next((shape.image_dim for shape in shapes if shape is not None and shape.image_dim is not None), None)

    @property
    def device_name(self) -> str:
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type

    def close(self) -> None:
        """Forget the models."""
        self._pipe = self._loras = None
        _free()

    # -- stages -----------------------------------------------------------------------------------------------------

    def _negative(self, case: Case) -> str:
        return self.settings.negative_prompt if case.negative_prompt is None else case.negative_prompt

    def _require_image_encoder(self, case: Case) -> None:
        if self.image_dim is not None and self.paths["image_encoder"] is None and case.image_embeds is None:
            raise WanMoveError(
                where="Generate / image encoder",
                what="models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth is not in the folder",
                fix="download it, name another with --image-encoder, or give --image-embeds",
            )

    def _given_embeds(self, case: Case) -> torch.Tensor | None:
        """[1, tokens, width] of the case's own file, or None."""
        if case.image_embeds is None:
            return None
        if self.image_dim is None:
            raise WanMoveError(
                where="Generate / image_embeds",
                what="this network takes no image features (Wan2.2's experts have no branch for them)",
                fix="leave them out",
            )
        return read_array(case.image_embeds, "image_embeds", (None, self.image_dim))

    def _given_noise(self, case: Case) -> torch.Tensor | None:
        """[1, C, Tl, h, w] of the case's own file, or None."""
        if case.noise is None:
            return None
        width, height = self.size_of(case)
        steps = latent_steps_from_frames(self.settings.frames)
        sides = (self.shape.out_dim, steps, height // STRIDE_Y, width // STRIDE_X)
        return read_array(case.noise, "noise", sides)

    def _encode_texts(self, cases: Sequence[Case]) -> None:
        wanted = list(dict.fromkeys(text for case in cases for text in (case.text, self._negative(case))))
        # Sharing the text encoder means gathering on GPUs: it cannot compute on the CPU at the same time.
        device = torch.device("cpu") if self.plan.text_on_cpu and not self.parallel.t5_fsdp else self.device
        if device.type == "cpu" and self.parallel.together and not self.parallel.t5_fsdp:
            # In host memory one text encoder is enough for a team: its first rank's.
            if self.parallel.writes:
                self._encode_here(wanted, device)
            for text in wanted:
                # One at a time: those of a long list together are gigabytes. And all of them, whoever has it already.
                made = self.parallel.agreed(self._texts[text] if self.parallel.writes else None)
                if text not in self._texts and made is not None:
                    self._texts[text] = made
        else:
            self._encode_here(wanted, device)

    def _encode_here(self, wanted: list[str], device: torch.device) -> None:
        if not self.parallel.t5_fsdp and next(self._texts.absent(wanted), None) is None:
            return
        self.tell(f"Encoding {plural(len(wanted), 'text')} on {device}")
        if self.parallel.t5_fsdp:
            part = empty_text_encoder(self.paths["text_encoder"], self.dtype, several.team_mesh(self.parallel))
            encoder = self._shared_out(part)
        else:
            encoder = load_text_encoder(self.paths["text_encoder"], self.dtype, device)
        stage = WanMovePipeline(
            tokenizer=load_tokenizer(self.paths["tokenizer"]), text_encoder=encoder, vae=None, scheduler=None
        )  # type: ignore[arg-type]
        with torch.no_grad():
            for text in self._texts.absent(wanted):
                self._texts[text] = stage.encode_text(text, device).cpu()
        del stage, encoder
        _free()

    def _encode_pictures(self, cases: Sequence[Case]) -> None:
        given = {case.image_embeds: case for case in cases if case.image_embeds is not None}
        for path in self._pictures.absent(given):
            if (embeds := self._given_embeds(given[path])) is not None:
                self._pictures[path] = embeds
        wanted = {picture_key(case): case for case in cases if case.image_embeds is None}
        if self.image_dim is None or next(self._pictures.absent(wanted), None) is None:
            return
        self.tell(f"Encoding {plural(len(wanted), 'picture')}")
        clip_dtype = torch.float32 if self.dtype == torch.float32 else torch.float16
        encoder = load_image_encoder(
            self.paths["image_encoder"], clip_dtype, self.device, self.settings.image_encoder_heads
        )
        stage = WanMovePipeline(tokenizer=None, text_encoder=None, vae=None, scheduler=None, image_encoder=encoder)  # type: ignore[arg-type]
        with torch.no_grad():
            for key in self._pictures.absent(wanted):
                self._pictures[key] = stage.encode_image(shown_picture(wanted[key]), self.device).cpu()
        del stage, encoder
        _free()

    def _load_network(self) -> None:
        s = self.settings
        self.tell("Loading the network")
        parts = [self._network("transformer")]
        if self.experts == 2:
            parts.append(self._network("transformer_2", waits=self.plan.experts_take_turns))
        networks = [part.model if isinstance(part, EmptyPart) else part for part in parts]
        vae = load_vae(self.paths["vae"], torch.float32, self.device)
        self._pipe = WanMovePipeline(
            tokenizer=None,  # type: ignore[arg-type]
            text_encoder=None,  # type: ignore[arg-type]
            vae=vae,
            scheduler=make_scheduler(s.solver),  # type: ignore[arg-type]
            transformer=networks[0],
            transformer_2=networks[1] if len(networks) == 2 else None,
            boundary_ratio=s.boundary if len(networks) == 2 else None,
        )
        self._loras = PipelineLoras(self._pipe, self.dtype)
        self._pipe.set_progress_bar_config(disable=True)
        self._pipe.set_precision(s.precision)
        for network, part in zip(networks, parts, strict=True):
            if s.attention is not None:
                set_attention_backend(network, s.attention)
            several.split_sequence(network, self.parallel)
            if isinstance(part, EmptyPart):
                self._shared_out(part)
        if not self.parallel.dit_fsdp:
            place_network(self._pipe, self.plan, self.device)
        place_vae(vae, self.plan)

    def _network(self, part: str, waits: bool = False) -> Any:
        """One network, on the device that it starts on; with FSDP an :class:`EmptyPart` of it."""
        path, storage = self.paths[part], self.plan.storage
        if self.parallel.dit_fsdp:
            return empty_transformer(path, self.dtype, storage, several.team_mesh(self.parallel))
        return load_transformer(
            path, self.dtype, "cpu" if waits or self.plan.blocks_per_group else self.device, storage
        )

    def _shared_out(self, part: EmptyPart) -> Any:
        """The part's model, divided among the team and filled: each rank has read and holds its own rows."""
        several.shard_weights(part.model, part.blocks, self.device, part.mesh, part.apart)
        part.fill(self.device)
        return part.model


def _picture_size(case: Case) -> tuple[int, int]:
    picture = shown_picture(case)
    return picture.shape[1], picture.shape[0]


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
