"""The list of the host's symbols against the host itself: what is there, and what happens when one is not.

Run by the host's interpreter. Prints {"version", "there": {name: bool}}; with "absence" as second argument also
"ran": {name: what happened without it} and "asked": names that the pack looked up meanwhile.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import sys
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]
from _start import random_network, report, start, write_folder

base, without_each = Path(sys.argv[1]), "absence" in sys.argv[2:]
for folder in ("models/diffusion_models", "input", "output", "temp", "user", "custom_nodes"):
    (base / folder).mkdir(parents=True, exist_ok=True)
start(base, "--preview-method", "latent2rgb")

import torch
from _tiny import vae_weights
from wan_move_pack.wan_move_core.checkpoints.shapes import NetworkShape
from wan_move_pack.wan_move_core.errors import WanMoveError
from wan_move_pack.wan_move_core.hosts.comfy import host
from wan_move_pack.wan_move_core.hosts.comfy.condition import guide as guiding
from wan_move_pack.wan_move_core.hosts.comfy.condition import picture as pictures
from wan_move_pack.wan_move_core.hosts.comfy.files import listing, names
from wan_move_pack.wan_move_core.hosts.comfy.host import symbol as reaching
from wan_move_pack.wan_move_core.hosts.comfy.models import folders, network
from wan_move_pack.wan_move_core.hosts.comfy.motion import sources
from wan_move_pack.wan_move_core.hosts.comfy.movebench import cases
from wan_move_pack.wan_move_core.hosts.comfy.sampling import preview, sampler

# -- is it there? ------------------------------------------------------------------------------------------------------


def is_there(name: str) -> bool:
    word = re.fullmatch(r'(.+)\["(.+)"\]', name)
    if word:
        spec = importlib.util.find_spec(word[1])
        return spec is not None and word[2] in Path(str(spec.origin)).read_text(encoding="utf-8")
    if name.startswith("server."):
        # Its module starts half of the application; the tests of the server itself ask for the route.
        source = Path(str(importlib.util.find_spec("server").origin)).read_text(encoding="utf-8")
        return all(re.search(rf"\b{part.removesuffix('()')}\b", source) for part in name.split(".")[1:])
    parameter = re.fullmatch(r"(.+)\((.+)\)", name)
    if parameter:
        return parameter[2] in inspect.signature(reached(parameter[1])).parameters
    owner_name, _, attribute = name.rpartition(".")
    owner = reached(owner_name.removesuffix("()"))
    if owner is None:
        return False
    if not owner_name.endswith("()") and hasattr(owner, attribute):
        return True
    # What an object gets when it is made: its class or one of that class's bases names it in its source.
    classes = [c for c in inspect.getmro(owner) if c.__module__.split(".")[0] != "builtins"]
    own = re.compile(rf"\b(self|{owner.__name__})\.{attribute}\b|def {attribute}\(")
    return any(own.search(inspect.getsource(c)) for c in classes if c is not object)


def reached(name: str) -> Any:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part, None)
        return found
    raise AssertionError(f"no module in {name}")


# -- and without it? ---------------------------------------------------------------------------------------------------


@contextmanager
def hidden(name: str):
    """The host, in which the pack does not find ``name``; the host's own modules still do."""
    parameter = re.fullmatch(r"(.+)\((.+)\)", name)
    owner_name, _, attribute = name.rpartition(".")
    if parameter:

        def signature(function: Any) -> Any:
            known = dict(inspect.signature(function).parameters)
            if function is reached(parameter[1]):
                known.pop(parameter[2], None)
            return SimpleNamespace(parameters=known)

        reaching.inspect = SimpleNamespace(signature=signature)
        try:
            yield
        finally:
            reaching.inspect = inspect
        return
    owner = reached(owner_name.removesuffix("()"))
    if isinstance(owner, ModuleType):

        class Without(ModuleType):
            def __getattribute__(self, asked: str) -> Any:
                if asked == attribute:
                    raise AttributeError(asked)
                return object.__getattribute__(owner, asked)

        sys.modules[owner_name] = Without(owner_name)
        try:
            yield
        finally:
            sys.modules[owner_name] = owner
        return

    def lookup(thing: Any, asked: str, *default: Any) -> Any:
        ours = thing is owner or isinstance(thing, owner) or (isinstance(thing, type) and issubclass(thing, owner))
        if asked == attribute and ours:
            return default[0]
        return getattr(thing, asked, *default)

    reaching.getattr = lookup
    try:
        yield
    finally:
        del reaching.getattr


# As little as shows the way: it is gone once for every symbol.
SIZE, FRAMES, LATENT = (32, 32), 5, (2, 4, 4)
shape = NetworkShape(dim=128, ffn_dim=256, num_layers=1, num_heads=1)
published = write_folder(
    base / "models" / "diffusion_models" / "tiny", random_network(shape, torch.bfloat16), shards=2, heads=1
)
(base / "input" / "tracks.json").write_text("[]")
config = base / "clip.json"
ENCODER = {
    "hidden_act": "gelu", "hidden_size": 1280, "image_size": 224, "intermediate_size": 64, "layer_norm_eps": 1e-5,
    "model_type": "clip_vision_model", "num_attention_heads": 4, "num_channels": 3, "num_hidden_layers": 2,
    "patch_size": 28, "projection_dim": 16,
}  # fmt: skip
config.write_text(json.dumps(ENCODER))


@cache
def drawn(size: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def random(*size: int, seed: int = 0) -> torch.Tensor:
    return drawn(size, seed).clone()


import comfy.sd

vae = comfy.sd.VAE(sd=vae_weights())
way = torch.linspace(4, 25, FRAMES)[:, None, None].repeat(1, 1, 2)
tracks = {"track_path": way, "track_visibility": torch.ones(FRAMES, 1)}


def image_encoder() -> Any:
    clip = host.loading.make_image_encoder(config)
    tensors = host.loading.image_encoder_tensors(clip)
    host.loading.fill_image_encoder(clip, {n: drawn(tuple(t.shape), 0) * 0.02 for n, t in tensors.items()})
    return clip


def sampled() -> torch.Tensor:
    """Everything from the files to the latent: an fp8 load, the encoded picture, the guide, one step, its preview."""
    model = network.load_model(published, "fp8 scaled")
    network.set_arithmetic(model, torch.bfloat16)
    encoded, _ = pictures.encode_image(
        random(1, *SIZE, 3).sigmoid(), vae, *SIZE, FRAMES, "crop", clip_vision=image_encoder()
    )
    texts = [[[random(1, 8, 4096, seed=i), {}]] for i in (1, 2)]
    host.loading.computes_in(model, torch.float16)
    host.loading.detected_network({}, {})
    host.sampling.guider_class()
    made = guiding.guide(*texts, encoded, tracks, start=0.0, end=0.5)
    settings = sampler.Settings(steps=1, cfg=2.0, track_cfg=3.0)
    # A node before it that sets the same shift is no matter, and is looked at.
    model = sampler.with_shift(model, settings.shift)
    host.sampling.patch_strengths(model)
    result = sampler.sample(model, made.positive, made.negative, made.latent, 5, settings, made.plain)
    shown = preview.preview_callback(model, 1)
    shown(0, random(1, 16, *LATENT), random(1, 16, *LATENT), 1)
    return result["samples"]


def filed() -> None:
    assert "tracks.json" in names.list_track_files() and names.readable_path("tracks.json", "Test").is_file()
    assert names.output_path("wan_move/tracks", ".json", "Test")[1] == "wan_move"
    assert folders.find("diffusion_models", "tiny") == published and folders.model_names() == ["tiny"]
    assert sources.tracker_weights()[0] == sources.NO_WEIGHTS
    cases.datasets()
    host.folders.temp_folder()
    host.folders.offered_file("diffusion_models", "absent.pt")
    listing.newest_outputs()


def text_encoder() -> None:
    """As far as a host without the symbol lets it come: a whole encoder is made in the tests of loading."""
    host.loading.make_text_encoder({}, torch.zeros(1), [], None, None, False)


# The encoders are made in the tests of loading; here they are only asked for where the host lacks what makes them.
TEXT = ("comfy.sd.load_text_encoder_state_dicts", "comfy.sd.CLIPType")
results: dict[str, Any] = {
    "version": reaching.host_version(),
    "there": {s.name: is_there(s.name) for s in host.SYMBOLS},
}
if not without_each:
    report(results)
    sys.exit()
exact = sampled()
filed()
told: dict[str, str] = {}
asked: set[str] = set()


def listen(method: str, at: int) -> None:
    original = getattr(reaching.Symbols, method)

    def heard(self: Any, *args: Any, **options: Any) -> Any:
        asked.add(args[at])
        if method == "call":
            asked.update(f"{args[at]}({option})" for option in options)
        return original(self, *args, **options)

    setattr(reaching.Symbols, method, heard)


for method, at in (("find", 0), ("need", 0), ("call", 0), ("find_of", 1), ("need_of", 1)):
    listen(method, at)

for listed in dict.fromkeys(s.name for s in host.SYMBOLS):
    if "[" in listed or not is_there(listed) or listed.startswith("server."):
        continue
    with hidden(listed):
        try:
            if listed.startswith(TEXT):
                text_encoder()
            elif listed.startswith("folder_paths."):
                filed()
            else:
                difference = float((sampled() - exact).norm() / exact.norm())
                told[listed] = f"off by {difference:.6f}"
                continue
            told[listed] = "ran"
        except WanMoveError as error:
            told[listed] = str(error)
        except Exception as error:
            told[listed] = f"{type(error).__name__}: {error}"
report({**results, "ran": told, "asked": sorted(asked)})
