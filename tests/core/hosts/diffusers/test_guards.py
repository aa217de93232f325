"""One test for each way in which diffusers goes on without doing what it was asked, or will not even import."""

# Keyword dictionaries and the library's own classes, typed looser than they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from diffusers import WanTransformer3DModel

from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers import environment, guards
from wan_move_core.hosts.diffusers.models.precision import autocast_network, keep_float32_stream
from wan_move_core.hosts.diffusers.sampling.schedule import make_scheduler

LAYERS = 12


def _network(layers: int = 2, **changes) -> WanTransformer3DModel:
    torch.manual_seed(0)
    sizes = {
        "num_attention_heads": 2,
        "attention_head_dim": 24,
        "in_channels": 36,
        "out_channels": 16,
        "text_dim": 32,
        "freq_dim": 64,
        "ffn_dim": 96,
        "num_layers": layers,
        "image_dim": 64,
        "added_kv_proj_dim": 48,
    }
    return WanTransformer3DModel(**{**sizes, **changes}).eval().requires_grad_(False)


def _question(dtype=torch.float32, width=32):
    g = torch.Generator().manual_seed(3)
    return {
        "hidden_states": torch.randn(1, 36, 2, 4, 6, generator=g).to(dtype),
        "encoder_hidden_states": torch.randn(1, 512, width, generator=g).to(dtype),
        "encoder_hidden_states_image": torch.randn(1, 17, 64, generator=g).to(dtype),
        "timestep": torch.tensor([700]),
        "return_dict": False,
    }


def test_text_tokens_must_be_512(golden):
    from wan_move_core.hosts.diffusers import load_pipeline

    checkpoint = golden / "tiny_official" / "checkpoint"
    pipe = load_pipeline(checkpoint, dtype="fp32", text_encoder=False)
    call = {"image": torch.zeros(3, 48, 80), "height": 48, "width": 80, "num_frames": 5, "num_inference_steps": 1}
    embeds = {"image_embeds": torch.zeros(1, 17, 1280), "negative_prompt_embeds": torch.zeros(1, 512, 32)}
    with pytest.raises(WanMoveError, match=r"max_sequence_length: 256 text tokens; the network takes exactly 512"):
        pipe(**call, **embeds, prompt_embeds=torch.zeros(1, 512, 32), max_sequence_length=256)
    with pytest.raises(WanMoveError, match=r"prompt_embeds: 64 text tokens"):
        pipe(**call, **embeds, prompt_embeds=torch.zeros(1, 64, 32))
    # The trap: the network itself takes 64 tokens without a word, and reads image as text.
    short = {**_question(), "encoder_hidden_states": torch.zeros(1, 64, 32)}
    with torch.no_grad():
        assert _network()(**short)[0].isfinite().all()


def test_a_shifted_grid_is_not_shifted_twice():
    for solver in ("unipc", "dpm++"):
        scheduler = make_scheduler(solver, 3.0)
        scheduler.set_timesteps(10)
        once = scheduler.sigmas.clone()
        with pytest.raises(WanMoveError, match="a shifted grid would be shifted twice"):
            scheduler.set_timesteps(sigmas=once[:-1].numpy())
        # Asking again starts from the unshifted grid again.
        scheduler.set_timesteps(10)
        assert torch.equal(scheduler.sigmas, once)
        with pytest.raises(WanMoveError, match="0 steps"):
            scheduler.set_timesteps(0)


def test_caches_that_would_do_nothing_are_refused():
    from diffusers.hooks import FirstBlockCacheConfig, SeaCacheConfig, TaylorSeerCacheConfig, TextKVCacheConfig

    for config in (TaylorSeerCacheConfig(), TextKVCacheConfig(), SeaCacheConfig()):
        network = _network()
        with pytest.raises(WanMoveError, match=r"it would silently do nothing.*FirstBlockCacheConfig"):
            guards.enable_cache(network, config)
        assert not network.is_cache_enabled
    assert guards.enable_cache(_network(), FirstBlockCacheConfig(threshold=0.1)) == 2
    assert guards.enable_cache(_network(), TaylorSeerCacheConfig(cache_identifiers=[r"^blocks\.\d+\.attn1$"])) == 2


def test_attention_backend_of_one_network_leaves_the_others_alone():
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry

    before = _AttentionBackendRegistry.get_active_backend()[0]
    mine, other = _network(), _network()
    guards.set_attention_backend(mine, "_native_math")
    assert _AttentionBackendRegistry.get_active_backend()[0] == before
    assert mine.blocks[0].attn1.processor._attention_backend.value == "_native_math"
    assert other.blocks[0].attn1.processor._attention_backend is None
    with torch.no_grad():
        torch.testing.assert_close(mine(**_question())[0], other(**_question())[0], atol=1e-4, rtol=1e-4)
    with pytest.raises(WanMoveError, match=r"unknown backend 'fast'; |unknown backend 'fast'"):
        guards.set_attention_backend(mine, "fast")
    with pytest.raises(WanMoveError, match="'flash' cannot be used here"):
        guards.set_attention_backend(mine, "flash")
    assert _AttentionBackendRegistry.get_active_backend()[0] == before
    # The trap, so that this test says when it is gone.
    with guards.keep_default_backend():
        mine.set_attention_backend("_native_math")
        assert _AttentionBackendRegistry.get_active_backend()[0] != before


def test_published_precision_keeps_the_residual_stream_in_float32():
    wide = _network(LAYERS)
    with torch.no_grad():
        truth = wide(**_question())[0]

    def narrow():
        network = _network(LAYERS)
        keep = tuple(network._keep_in_fp32_modules)
        for name, parameter in network.named_parameters():
            if not any(part in keep for part in name.split(".")):
                parameter.data = parameter.data.to(torch.bfloat16)
        return network

    plain, published = narrow(), narrow()
    keep_float32_stream(published)
    keep_float32_stream(published)
    kinds = []
    for block in published.blocks:
        block.register_forward_hook(lambda _m, _i, out: kinds.append(out.dtype))
    with torch.no_grad():
        rough = plain(**_question(torch.bfloat16))[0].float()
        with autocast_network(torch.device("cpu"), torch.bfloat16, "published"):
            fine = published(**_question())[0].float()
    assert kinds == [torch.float32] * LAYERS
    error = lambda x: float((x - truth).norm() / truth.norm())  # noqa: E731
    assert error(fine) < 0.6 * error(rough) < 0.1


def test_a_torchvision_that_does_not_fit_is_named(tmp_path):
    """A torchvision built for another torch makes diffusers' pipelines fail to import, far from its cause."""
    package = tmp_path / "torchvision"
    package.mkdir()
    text = 'raise RuntimeError("operator torchvision::nms does not exist")\n'
    (package / "__init__.py").write_text(text)
    info = tmp_path / "torchvision-0.99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torchvision\nVersion: 0.99.0\n")
    (info / "RECORD").write_text("")
    code = "from wan_move_core.hosts.diffusers import load_pipeline"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        timeout=120,
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "torchvision 0.99.0 does not fit torch" in last and "remove torchvision" in last, done.stderr[-3000:]


def test_other_versions_of_diffusers_are_refused(monkeypatch):
    told = environment.version
    monkeypatch.setattr(environment, "version", lambda name: "0.43.1" if name == "diffusers" else told(name))
    with pytest.raises(
        WanMoveError, match=r"version 0\.43\.1 is installed.*tested with 0\.42.*pip install 'diffusers>="
    ):
        environment.require_diffusers()

    def missing(name):
        raise environment.PackageNotFoundError(name)

    monkeypatch.setattr(environment, "version", missing)
    with pytest.raises(WanMoveError, match=r"diffusers: the package is not installed.*wan-move\[standalone\]"):
        environment.require_diffusers()


def test_importing_the_core_imports_no_diffusers():
    code = (
        "import sys, wan_move_core.method.guidance, wan_move_core.hosts.diffusers, wan_move_core.commands.generate\n"
        "assert not {'diffusers', 'transformers', 'accelerate'} & set(sys.modules), 'imported'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.returncode == 0, done.stderr
