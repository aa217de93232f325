"""Nodes that write down what a solver works on: its own samples, and what the network is shown of them."""

from __future__ import annotations

from pathlib import Path

import folder_paths
import numpy as np
import torch
from comfy_api.latest import io


class _Watched:
    """What a sampler function is given as the model: notes x and sigma of every call and hands it on."""

    def __init__(self, model, notes: list) -> None:
        self._model, self._notes = model, notes

    def __call__(self, x, sigma, **more):
        self._notes.append((x.detach().clone(), float(sigma.reshape(-1)[0])))
        return self._model(x, sigma, **more)

    def __getattr__(self, name):
        return getattr(self._model, name)


class TestWatchSampler(io.ComfyNode):
    """The SAMPLER; output/<name>.npz gets ``x`` and ``sigma`` of every call, the run's ``noise`` and ``latent``."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestWatchSampler",
            category="test",
            inputs=[io.Sampler.Input("sampler"), io.String.Input("name", default="watched")],
            outputs=[io.Sampler.Output()],
            not_idempotent=True,
        )

    @classmethod
    def execute(cls, sampler, name):
        import copy

        own = sampler.sampler_function

        def watching(model, x, sigmas, **more):
            notes: list = []
            try:
                return own(_Watched(model, notes), x, sigmas, **more)
            finally:
                samples, at = zip(*notes, strict=True)
                np.savez(
                    Path(folder_paths.get_output_directory()) / f"{name}.npz",
                    x=torch.stack(samples).numpy(), sigma=np.asarray(at), sigmas=sigmas.numpy(),
                    noise=model.noise.numpy(), latent=model.latent_image.numpy(),
                )  # fmt: skip

        watched = copy.copy(sampler)
        watched.sampler_function = watching
        return io.NodeOutput(watched)


class TestWatchNetwork(io.ComfyNode):
    """The MODEL; TestShown gives what its network was shown in each call, first item of the batch."""

    calls: dict = {}  # noqa: RUF012 - shared with TestShown

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestWatchNetwork",
            category="test",
            inputs=[io.Model.Input("model"), io.String.Input("name", default="shown")],
            outputs=[io.Model.Output()],
            not_idempotent=True,
        )

    @classmethod
    def execute(cls, model, name):
        calls = cls.calls[name] = []

        def wrapper(apply, told):
            calls.append((told["input"][0].detach().clone(), float(told["timestep"].reshape(-1)[0])))
            return apply(told["input"], told["timestep"], **told["c"])

        watched = model.clone()
        watched.set_model_unet_function_wrapper(wrapper)
        return io.NodeOutput(watched)


class TestShown(io.ComfyNode):
    """Writes the notes of TestWatchNetwork into output/<name>_shown.npz once ``latent`` is there."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="TestShown",
            category="test",
            inputs=[io.Latent.Input("latent"), io.String.Input("name", default="shown")],
            outputs=[],
            is_output_node=True,
            not_idempotent=True,
        )

    @classmethod
    def execute(cls, latent, name):
        samples, at = zip(*TestWatchNetwork.calls[name], strict=True)
        path = Path(folder_paths.get_output_directory()) / f"{name}_shown.npz"
        np.savez(path, x=torch.stack(samples).numpy(), sigma=np.asarray(at))
        return io.NodeOutput()


NODES = [TestWatchSampler, TestWatchNetwork, TestShown]
