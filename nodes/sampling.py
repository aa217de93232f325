"""Nodes of the published sampling: its sigmas, its solver, guidance with two weights, and all of it in one."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.sampling import sampler
from ..wan_move_core.hosts.comfy.sampling.lead import led_by
from ..wan_move_core.hosts.comfy.sampling.phases import make_phased_guider
from ..wan_move_core.method.published import GUIDANCE_SCALE, SHIFT, STEPS
from ..wan_move_core.method.solver import SOLVERS, published_sigmas
from .host_api import Tracks, output, said_once, schema, widget
from .lead import lead_inputs, lead_of
from .phases import phase_inputs, phases_of, warn_of_damping

NOT_CONNECTED = "not connected"
NEEDS_PLAIN = (
    "the track weight differs from the text weight, which needs the prompt without tracks. "
    "Fix: connect Guide's plain output, or make both weights equal."
)


def _steps() -> object:
    return widget(io.Int, "steps", default=STEPS, min=1, max=1000, tooltip="Sampling steps; 40 as published.")


def _shift() -> object:
    return widget(
        io.Float, "shift", default=SHIFT, min=0.01, max=100.0, step=0.01,
        tooltip="Shift of the noise schedule: 3 at 480p as published, 5 for larger videos, 8 with distilled LoRAs.",
    )  # fmt: skip


class WanMoveSigmas(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSigmas",
            display_name="Sigmas (Wan-Move)",
            description="The published noise schedule, for SamplerCustomAdvanced.",
            search_aliases=["scheduler", "flow shift", "sigma grid", "timesteps"],
            inputs=[_steps(), _shift()],
            outputs=[output(io.Sigmas, "sigmas", "The schedule: steps + 1 values from 0.9997 to 0.")],
        )

    @classmethod
    def execute(cls, steps: int, shift: float) -> io.NodeOutput:
        return io.NodeOutput(published_sigmas(steps, shift))


class WanMoveSolver(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSolver",
            display_name="Solver (Wan-Move)",
            description="The published solver as a SAMPLER: same noise and settings, same video as the published code "
            "(unipc).",
            search_aliases=["unipc", "uni_pc flow", "dpm++ flow", "sampler"],
            inputs=[
                widget(
                    io.Combo, "solver", options=list(SOLVERS), default="unipc", optional=True,
                    tooltip="unipc: the published default. dpm++: the published alternative (DPM-Solver++ 2M), on the "
                    "schedule it gets.",
                )
            ],
            outputs=[output(io.Sampler, "sampler", "For SamplerCustomAdvanced, with Sigmas (Wan-Move).")],
        )  # fmt: skip

    @classmethod
    def execute(cls, solver: str = "unipc") -> io.NodeOutput:
        return io.NodeOutput(sampler.published_sampler(solver))


class WanMoveGuider(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveGuider",
            display_name="Guider (Wan-Move)",
            description="Guidance with one weight for the text and one for the tracks, for SamplerCustomAdvanced.",
            search_aliases=["track cfg", "dual cfg", "cfg guider", "motion strength"],
            inputs=[
                io.Model.Input("model", tooltip="The Wan-Move model."),
                io.Conditioning.Input("positive", tooltip="Guide's positive: the prompt with the tracks."),
                io.Conditioning.Input("plain", tooltip="Guide's plain: the prompt without the tracks."),
                io.Conditioning.Input("negative", tooltip="Guide's negative."),
                widget(
                    io.Float, "text_cfg", default=GUIDANCE_SCALE, min=0.0, max=100.0, step=0.1,
                    tooltip="How strongly the prompt counts; 5 as published.",
                ),
                widget(
                    io.Float, "track_cfg", default=GUIDANCE_SCALE, min=0.0, max=100.0, step=0.1,
                    tooltip="How strongly the tracks count. Equal to text_cfg: ordinary CFG, as published, two "
                    "branches. Other values: a third branch, half as much time again.",
                ),
                *lead_inputs(),
                *phase_inputs("text_cfg"),
            ],
            outputs=[output(io.Guider, "guider", "For SamplerCustomAdvanced.")],
        )  # fmt: skip

    @classmethod
    def execute(cls, model, positive, plain, negative, text_cfg: float, track_cfg: float, **more) -> io.NodeOutput:
        sampler.require_wan(model, "Guider / model")
        phases = phases_of(more)
        for name, one in phases.models():
            sampler.require_wan(one, f"Guider / {name}")
        guider = make_phased_guider(model, positive, plain, negative, text_cfg, track_cfg, phases)
        return io.NodeOutput(led_by(guider, lead_of(more, "Guider")))


class WanMoveSampler(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSampler",
            display_name="Sampler (Wan-Move)",
            description="Samples the video as published: schedule, solver, guidance and live previews in one.",
            search_aliases=["ksampler", "generate video", "sample", "wan move sampler", "fast lora"],
            inputs=[
                io.Model.Input("model", tooltip="The Wan-Move model, with LoRAs or other patches as you like."),
                io.Conditioning.Input("positive", tooltip="Guide's positive."),
                io.Conditioning.Input("negative", tooltip="Guide's negative."),
                io.Latent.Input("latent", tooltip="Guide's latent."),
                widget(
                    io.Int, "seed", default=0, min=0, max=0xFFFFFFFFFFFFFFFF, control_after_generate=True,
                    tooltip="Seed of the noise; item i of a batch uses seed + i, as published.",
                ),
                widget(
                    io.Combo, "preset", options=list(sampler.PRESETS), default="custom",
                    tooltip="custom: the values below. published: 40 steps, cfg 5, shift 3. fast: 6 steps, cfg 1, "
                    "shift 8; the other fast ones: the steps and shift that they name, cfg 1. They are for few-step "
                    "LoRAs: take the one that your LoRA was made for. A preset overrules steps, cfg, track_cfg and "
                    "shift.",
                ),
                _steps(),
                widget(
                    io.Float, "cfg", default=GUIDANCE_SCALE, min=0.0, max=100.0, step=0.1,
                    tooltip="How strongly the prompt counts; 5 as published, 1 with distilled LoRAs (twice as fast).",
                ),
                widget(
                    io.Float, "track_cfg", default=-1.0, min=-1.0, max=100.0, step=0.1,
                    tooltip="How strongly the tracks count. -1: as cfg, as published. Another value needs plain "
                    "connected, and takes half as much time again.",
                ),
                _shift(),
                io.Conditioning.Input(
                    "plain", optional=True, tooltip="Guide's plain; only needed for a track_cfg of its own."
                ),
                Tracks.Input(
                    "tracks", optional=True,
                    tooltip="Tracks to draw on the previews. Not connected: those that Guide used.",
                ),
                *lead_inputs(),
                *phase_inputs("cfg"),
            ],
            hidden=[io.Hidden.prompt, io.Hidden.unique_id],
            outputs=[output(io.Latent, "latent", "The video, for VAE Decode.")],
        )  # fmt: skip

    @classmethod
    def validate_inputs(
        cls,
        preset: str | None = None,
        cfg: float | None = None,
        track_cfg: float | None = None,
        plain: object = NOT_CONNECTED,
    ) -> bool | str:
        # A connected input arrives as None here, one that is not connected does not arrive.
        if preset is not None and preset not in sampler.PRESETS:
            return said_once(f"Sampler / preset: unknown {preset!r}. Fix: use {', '.join(sampler.PRESETS)}.")
        if cfg is None or track_cfg is None or preset != "custom":
            return True
        if not (0 <= cfg <= 100 and -1 <= track_cfg <= 100):
            return said_once(f"Sampler / cfg: {cfg} and {track_cfg}. Fix: use 0 to 100 (track_cfg -1: as cfg).")
        if plain == NOT_CONNECTED and track_cfg >= 0 and track_cfg != cfg:
            return said_once(f"Sampler / plain: {NEEDS_PLAIN}")
        return True

    @classmethod
    def execute(
        cls, model, positive, negative, latent, seed: int, preset: str, steps: int, cfg: float, track_cfg: float,
        shift: float, plain=None, tracks=None, **more,
    ) -> io.NodeOutput:  # fmt: skip
        settings = sampler.PRESETS[preset] or sampler.Settings(steps, cfg, track_cfg, shift)
        lead, phases = lead_of(more, "Sampler"), phases_of(more)
        warn_of_damping(cls.hidden, model, settings, phases)
        made = sampler.sample(model, positive, negative, latent, seed, settings, plain, tracks, phases, lead)
        return io.NodeOutput(made)


NODES = [WanMoveSigmas, WanMoveSolver, WanMoveGuider, WanMoveSampler]
