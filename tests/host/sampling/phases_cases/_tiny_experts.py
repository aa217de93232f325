"""Two tiny experts of Wan2.2's layout (36 channels, no image features), their conditions, and loops written apart."""

from __future__ import annotations

from typing import Any

import comfy.model_management
import comfy.ops
import comfy.sd
import torch
from comfy.ldm.wan.model import WanModel
from wan_move_pack.wan_move_core.hosts.comfy.sampling import sampler
from wan_move_pack.wan_move_core.hosts.comfy.sampling.guider import make_guider
from wan_move_pack.wan_move_core.method.solver import make_solver, timesteps_from_sigmas

SHAPE = (1, 16, 2, 8, 8)


def expert(seed: int, kind: str = "t2v", in_dim: int = 36, latents: int = 16) -> Any:
    """A MODEL of the host's own class, one layer wide, with random values."""
    network = WanModel(
        model_type=kind, in_dim=in_dim, out_dim=latents, dim=32, ffn_dim=64, freq_dim=256, text_dim=64, num_heads=2,
        num_layers=1, operations=comfy.ops.disable_weight_init, dtype=torch.float32, device="cpu",
    )  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    filled = {
        name: torch.randn(value.shape, generator=generator) * (0.05 if value.ndim < 2 else value[0].numel() ** -0.5)
        for name, value in network.state_dict().items()
    }
    filled.update(
        {name: torch.ones_like(v) for name, v in filled.items() if "norm" in name and name.endswith("weight")}
    )
    told = {"config": '{"transformer": {"num_heads": 2, "text_dim": 64}}'}
    return comfy.sd.load_diffusion_model_state_dict(filled, metadata=told)


def with_lora(model: Any, strength: float = 1.0, seed: int = 9) -> Any:
    """A clone of it with a low-rank patch on its feed-forward and attention, as the host's LoRA loaders leave it."""
    generator = torch.Generator().manual_seed(seed)
    lora = {}
    for name in ("blocks.0.ffn.0", "blocks.0.self_attn.q", "blocks.0.cross_attn.v"):
        rows, columns = model.model.state_dict()[f"diffusion_model.{name}.weight"].shape
        lora[f"diffusion_model.{name}.lora_up.weight"] = torch.randn(rows, 4, generator=generator) * 0.2
        lora[f"diffusion_model.{name}.lora_down.weight"] = torch.randn(4, columns, generator=generator) * 0.2
    return comfy.sd.load_lora_for_models(model, None, lora, strength, 0.0)[0]


def conditions() -> tuple[list, list, list]:
    """(positive, plain, negative): texts with a guided and a plain picture."""
    generator = torch.Generator().manual_seed(3)
    guided, plain = (torch.randn(SHAPE, generator=generator) for _ in range(2))
    mask = torch.ones(1, 1, *SHAPE[2:])
    mask[:, :, 0] = 0
    texts = [torch.randn(1, 8, 64, generator=generator) for _ in range(2)]

    def entry(text: torch.Tensor, picture: torch.Tensor) -> list:
        return [[text, {"concat_latent_image": picture, "concat_mask": mask}]]

    return entry(texts[0], guided), entry(texts[0], plain), entry(texts[1], guided)


def latent() -> dict[str, torch.Tensor]:
    return {"samples": torch.zeros(SHAPE)}


class _Once:
    """A SAMPLER that asks the network once, at a place of its own choosing."""

    def __init__(self, x: torch.Tensor, sigma: float) -> None:
        self.x, self.sigma = x, sigma
        self.denoised: Any = None

    def sample(self, model_wrap, sigmas, extra_args, callback, noise, *_more) -> torch.Tensor:
        at = torch.full([self.x.shape[0]], self.sigma)
        self.denoised = model_wrap(self.x, at, model_options=extra_args["model_options"], seed=extra_args["seed"])
        return noise


def loop_of(choose: Any, steps: int, shift: float, seed: int, solver: str = "unipc") -> torch.Tensor:
    """The published loop written out: each step asks ``choose(step, timestep) -> (model, text cfg, track cfg)``.

    Every question is a sampling of its own of the host's; only the solver's state goes from one to the next.
    """
    positive, plain, negative = conditions()
    sigmas = sampler.published_sigmas(steps, shift, solver)
    run, x = make_solver(solver, sigmas), sampler.batch_noise(latent()["samples"], seed)
    for step, (sigma, timestep) in enumerate(
        zip(sigmas.tolist(), timesteps_from_sigmas(sigmas).tolist(), strict=False)
    ):
        model, text_cfg, track_cfg = choose(step, timestep)
        once = _Once(x, timestep / 1000)
        guider = make_guider(
            sampler.with_shift(model, shift), positive, plain, negative, text_cfg, track_cfg
        )  # fmt: skip
        guider.sample(x, torch.zeros_like(x), once, sigmas, disable_pbar=True, seed=seed)
        x = run.step(x - sigma / (timestep / 1000) * (x - once.denoised), x)
    return model.model.process_latent_out(x)


class Heard:
    """Which expert was asked at which sigma, by how many branches, and what was loaded then."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float, int]] = []

    def listening(self, model: Any, name: str) -> Any:
        """A clone of ``model`` that tells of each call."""
        heard = model.clone()

        def tell(apply: Any, args: dict) -> Any:
            self.calls.append((name, round(float(args["timestep"].max()), 6), len(args["cond_or_uncond"])))
            return apply(args["input"], args["timestep"], **args["c"])

        heard.set_model_unet_function_wrapper(tell)
        return heard
