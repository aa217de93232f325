"""Two models in one run, on the real host: bit-equal to one, equal to a loop written apart, and what surrounds it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "loading_cases"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from _start import report, start, text_of

start(Path(sys.argv[1]))

import comfy.model_management
import comfy.samplers
import torch
from _tiny_experts import Heard, conditions, expert, latent, loop_of, with_lora
from wan_move_pack.wan_move_core.hosts.comfy.sampling import sampler
from wan_move_pack.wan_move_core.hosts.comfy.sampling.damping import damping_warning
from wan_move_pack.wan_move_core.hosts.comfy.sampling.phases import MorePhases, make_phased_guider

Settings = sampler.Settings
high, low = expert(1), expert(2)
positive, plain, negative = conditions()
results: dict[str, Any] = {}


def ours(model: Any, settings: Settings, more: MorePhases | None = None, **given: Any) -> torch.Tensor:
    made = sampler.sample(model, positive, negative, given.pop("latent", latent()), 5, settings, plain, more=more)
    return made["samples"]


def host_run(name: str, more: MorePhases | None, model: Any = high, sigmas: Any = None) -> torch.Tensor:
    """The host's own SAMPLER ``name`` on our guider."""
    torch.manual_seed(0)
    guider = make_phased_guider(model, positive, plain, negative, 3.0, 2.0, more)
    at = sampler.published_sigmas(6, 3.0) if sigmas is None else sigmas
    noise, start = sampler.batch_noise(latent()["samples"], 4), latent()["samples"]
    return guider.sample(noise, start, comfy.samplers.sampler_object(name), at, disable_pbar=True, seed=4)


# -- the same network twice is one -------------------------------------------------------------------------------------

one = Settings(steps=6, cfg=3.0, track_cfg=2.0, shift=3.0)
results["equal"] = {}
for name, settings in {
    "unipc": one,
    "dpm++": Settings(steps=6, cfg=3.0, shift=3.0, solver="dpm++"),
    "fast": Settings(steps=4, cfg=1.0, shift=8.0),
}.items():
    twice = ours(high, settings, MorePhases(second_model=high, second_sigma=0.9))
    results["equal"][name] = torch.equal(twice, ours(high, settings))
thrice = MorePhases(start_model=high, start_steps=1, start_cfg=3.0, second_model=high.clone(), second_sigma=0.7)
results["equal"]["three phases"] = torch.equal(ours(high, one, thrice), ours(high, one))
SAMPLERS = ("euler", "euler_ancestral", "heun", "dpm_2", "dpmpp_2m", "dpmpp_sde", "res_multistep", "uni_pc", "lms",
            "euler_cfg_pp", "res_multistep_cfg_pp", "gradient_estimation", "ddim", "lcm", "er_sde", "deis")  # fmt: skip
for name in SAMPLERS:
    results["equal"][name] = torch.equal(host_run(name, MorePhases(second_model=high.clone())), host_run(name, None))
mask = torch.ones(1, 1, 2, 8, 8)
mask[..., :4] = 0
kept = {"samples": torch.full((1, 16, 2, 8, 8), 0.3), "noise_mask": mask}
results["equal"]["kept part"] = torch.equal(
    ours(high, one, MorePhases(second_model=high), latent=dict(kept)), ours(high, one, latent=dict(kept))
)
batch = {"samples": torch.zeros(2, 16, 2, 8, 8)}
results["equal"]["batch"] = torch.equal(
    ours(high, one, MorePhases(second_model=high), latent=dict(batch)), ours(high, one, latent=dict(batch))
)

# -- two networks: who is asked, and what comes out --------------------------------------------------------------------

heard = Heard()
told = {name: heard.listening(model, name) for name, model in {"high": high, "low": low}.items()}
both = ours(told["high"], one, MorePhases(second_model=told["low"]))
results["calls"], results["sigmas"] = list(heard.calls), sampler.published_sigmas(6, 3.0).tolist()


def off(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).detach().abs().max())


def by_timestep(_step: int, timestep: int) -> tuple:
    return (high if timestep >= 900 else low), 3.0, 2.0


results["loop"] = {"unipc": off(both, loop_of(by_timestep, 6, 3.0, 5))}
for solver in ("unipc", "dpm++"):
    settings = Settings(steps=8, cfg=3.0, track_cfg=2.0, shift=5.0, solver=solver)
    made = ours(high, settings, MorePhases(second_model=low, second_cfg=1.5))
    wanted = loop_of(
        lambda _s, t: (high, 3.0, 2.0) if t >= 900 else (low, 1.5, 2.0), 8, 5.0, 5, solver
    )  # fmt: skip
    results["loop"][f"{solver}, a weight of its own"] = off(made, wanted)
results["apart"] = off(both, ours(high, one))

plain_start = MorePhases(start_model=high, start_steps=2, start_cfg=4.0)
fast = Settings(steps=6, cfg=1.0, shift=8.0)
distilled = with_lora(high)
made = ours(distilled, fast, plain_start)
wanted = loop_of(lambda s, _t: (high, 4.0, 4.0) if s < 2 else (distilled, 1.0, 1.0), 6, 8.0, 5)
results["loop"]["start without the LoRA"] = off(made, wanted)
results["lora matters"] = off(made, ours(distilled, fast))
all_three = MorePhases(high, 1, 4.0, low, 0.9, -1.0)
made = ours(distilled, fast, all_three)
wanted = loop_of(
    lambda s, t: (high, 4.0, 4.0) if s < 1 else (distilled, 1.0, 1.0) if t >= 900 else (low, 1.0, 1.0), 6, 8.0, 5
)  # fmt: skip
results["loop"]["start, then two experts"] = off(made, wanted)

heard.calls.clear()
ours(told["high"], Settings(steps=1, cfg=1.0), MorePhases(second_model=told["low"]))
host_run("euler", MorePhases(second_model=told["low"]), told["high"], torch.tensor([0.8, 0.4, 0.0]))
host_run("euler", MorePhases(second_model=told["low"]), told["high"], torch.tensor([0.9, 0.0]))
results["only who is needed"] = [name for name, _, _ in heard.calls]
heard.calls.clear()
ours(told["high"], Settings(steps=3, cfg=1.0), MorePhases(start_model=told["low"], start_steps=9))
results["a start as long as the run"] = [name for name, _, _ in heard.calls]

# -- memory: the first may leave before the second comes ---------------------------------------------------------------


def emptied(model: Any, seen: list) -> Any:
    """A clone before whose loading everything leaves, as on a card that holds one expert only."""
    from comfy.patcher_extension import WrappersMP

    alone = model.clone()

    def leave(executor: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(len(comfy.model_management.current_loaded_models))
        comfy.model_management.unload_all_models()
        made = executor(*args, **kwargs)
        seen.append([loaded.model.model is alone.model for loaded in comfy.model_management.current_loaded_models])
        return made

    alone.add_wrapper_with_key(WrappersMP.PREPARE_SAMPLING, "test", leave)
    return alone


seen: list = []
swapped = ours(emptied(high, seen), one, MorePhases(second_model=emptied(low, seen)))
results["memory"] = {"equal": torch.equal(swapped, both), "loaded": seen}
comfy.model_management.unload_all_models()
# --lowvram and --novram exclude --cpu. What those flags do is to set this state.
usual = comfy.model_management.vram_state
for state in ("LOW_VRAM", "NO_VRAM"):
    comfy.model_management.unload_all_models()
    comfy.model_management.vram_state = comfy.model_management.VRAMState[state]
    results["memory"][state] = torch.equal(ours(high, one, MorePhases(second_model=low)), both)
comfy.model_management.vram_state = usual
comfy.model_management.unload_all_models()
base = {name: value.clone() for name, value in high.model.state_dict().items()}
ours(distilled, fast, plain_start)
comfy.model_management.unload_all_models()
results["memory"]["weights as before"] = all(
    torch.equal(value, base[name]) for name, value in high.model.state_dict().items()
)

# -- steps, cancel, errors ---------------------------------------------------------------------------------------------


def stepped(stop_at: int, error: BaseException | None) -> tuple[list, Any]:
    steps: list = []

    def callback(step: int, x0: torch.Tensor, x: torch.Tensor, total: int) -> None:
        steps.append((step, total, threading.current_thread() is threading.main_thread()))
        if error is not None and step == stop_at:
            raise error

    guider = make_phased_guider(high, positive, plain, negative, 2.0, 2.0, MorePhases(second_model=low))
    noise, start = sampler.batch_noise(latent()["samples"], 4), latent()["samples"]
    try:
        guider.sample(noise, start, sampler.published_sampler(), sampler.published_sigmas(6, 3.0), callback=callback,
                      disable_pbar=True, seed=4)  # fmt: skip
    except BaseException as raised:
        return steps, raised
    return steps, None


results["steps"], _ = stepped(0, None)
before = threading.active_count()
stopped = {
    f"{type(error).__name__} {at}": (len(stepped(at, error)[0]), stepped(at, error)[1] is error)
    for at in (0, 4)
    for error in (comfy.model_management.InterruptProcessingException(), ValueError("x"))
}
results["stopped"] = stopped
results["threads left"] = threading.active_count() - before
results["after a stop"] = torch.equal(ours(high, one, MorePhases(second_model=low)), both)


def broken_expert() -> Any:
    broken = low.clone()

    def fail(*_: Any) -> None:
        raise RuntimeError("out of memory, say")

    broken.set_model_unet_function_wrapper(fail)
    return broken


try:
    ours(high, one, MorePhases(second_model=broken_expert()))
except RuntimeError as raised:
    results["error of the second"] = str(raised)
with torch.inference_mode():
    results["in inference mode"] = torch.equal(ours(high, one, MorePhases(second_model=low)), both)

# -- a LoRA that no graph names ----------------------------------------------------------------------------------------

results["damping"] = {
    "full": damping_warning(distilled, 1.0, 6, False),
    "remedies": [
        damping_warning(with_lora(high, 0.6), 1.0, 6, False),
        damping_warning(distilled, 1.0, 6, True),
        damping_warning(distilled, 5.0, 40, False),
        damping_warning(high, 1.0, 6, False),
    ],
}

# -- refused -----------------------------------------------------------------------------------------------------------

text_to_video = expert(3, in_dim=16)
foreign = sampler.with_shift(low, 12.0)
results["refused"] = {
    "a second model without a picture": text_of(lambda: ours(high, one, MorePhases(second_model=text_to_video))),
    "its own schedule": text_of(lambda: ours(high, one, MorePhases(second_model=foreign))),
    "noise level": text_of(lambda: ours(high, one, MorePhases(second_model=low, second_sigma=1.5))),
    "start steps": text_of(lambda: ours(high, one, MorePhases(start_model=low, start_steps=0))),
}
report(results)
