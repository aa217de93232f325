"""One run of a sampler over several guiders in turn: its history goes on, each model is the host's own affair.

The host samples one guider at a time: it loads the model (and lets others leave), lets every other node's wrappers in,
samples, and cleans up after itself. Two experts in one run need that twice and the solver only once. So the solver
runs beside, in a thread that does nothing but its arithmetic: whenever it asks the network, or tells of a step, it
waits, and the guider whose turn it is answers out of the host's own sampling of its model. One of the two is at work.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import Any

import torch

Options = dict[str, Any]
"""The host's model_options: what other nodes and the sampler function want of the network."""


class _Stopped(BaseException):
    """Ends a sampler function that nobody will answer any more. No ``except Exception`` of it may keep it alive."""


@dataclass(frozen=True)
class _Network:
    """The sampler asks for the denoised latent."""

    x: torch.Tensor
    sigma: torch.Tensor
    args: tuple
    options: dict[str, Any]


@dataclass(frozen=True)
class _Step:
    """The sampler tells its callback of a step."""

    args: tuple


@dataclass(frozen=True)
class _Ended:
    """The sampler has returned, or raised."""

    samples: Any = None
    error: BaseException | None = None


@dataclass
class Relay:
    """``with Relay(sampler) as relay``: each guider in turn samples with ``relay.turn(mine)`` for its SAMPLER.

    Attributes:
        sampler: the host's SAMPLER that makes the one run.
        finished: whether the run has come to its end; what the last turn's guider returned is then the result.
        waiting_sigma: the noise level that the run waits at for the next guider.
    """

    sampler: Any
    finished: bool = field(default=False, init=False)
    waiting_sigma: float = field(default=0.0, init=False)
    _questions: SimpleQueue = field(default_factory=SimpleQueue, init=False)
    _answers: SimpleQueue = field(default_factory=SimpleQueue, init=False)
    _thread: Thread | None = field(default=None, init=False)
    _waiting: _Network | None = field(default=None, init=False)
    _guider: Any = field(default=None, init=False)
    _options_at_start: Options = field(default_factory=dict, init=False)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._answers.put(_Stopped())
            self._thread.join()
        self._guider = None

    def turn(self, mine: Callable[[float], bool]) -> _Turn:
        """A SAMPLER of the host that answers the run for as long as ``mine(sigma)``."""
        return _Turn(self, mine)

    def serve(self, guider: Any, mine: Callable[[float], bool], callback: Any, own: Options, begin: tuple) -> Any:
        """Answer with ``guider`` until the run ends (then its samples) or its turn does (then None)."""
        self._guider = guider
        if self._thread is None:
            self._options_at_start = _snapshot(own)
            run = contextvars.copy_context().run
            modes = torch.is_inference_mode_enabled(), torch.is_grad_enabled()
            device = begin[0].device
            stream = torch.cuda.current_stream(device) if device.type == "cuda" else None
            self._thread = Thread(target=run, args=(self._run, modes, stream, callback, *begin), daemon=True)
            self._thread.start()
        while True:
            asked, self._waiting = self._waiting or self._questions.get(), None
            if isinstance(asked, _Ended):
                if asked.error is not None:
                    raise asked.error
                self.finished = True
                return asked.samples
            if isinstance(asked, _Step):
                self._answers.put(callback(*asked.args))
                continue
            sigma = float(asked.sigma.max())
            if not mine(sigma):
                self._waiting, self.waiting_sigma = asked, sigma
                return None
            options = dict(asked.options)
            if "model_options" in options:
                options["model_options"] = carried(options["model_options"], self._options_at_start, own)
            self._answers.put(guider(asked.x, asked.sigma, *asked.args, **options))

    # -- in the sampler's own thread ----------------------------------------------------------------------------------

    def _run(
        self, modes: tuple[bool, bool], stream: Any, callback: Any, sigmas: torch.Tensor, extra_args: Options,
        noise: torch.Tensor, latent_image: Any, denoise_mask: Any, disable_pbar: Any,
    ) -> None:  # fmt: skip
        # What torch keeps for each thread must be as in the one that asked.
        inference, grad = modes
        if stream is not None:
            # The device too. On another stream the two threads would read what the other has not written yet.
            torch.cuda.set_stream(stream)
        try:
            with torch.inference_mode(inference), torch.set_grad_enabled(grad):
                samples = self.sampler.sample(
                    _Asking(self), sigmas, extra_args, callback and self._tell, noise, latent_image, denoise_mask,
                    disable_pbar,
                )  # fmt: skip
        except _Stopped:
            return
        except BaseException as error:
            self._questions.put(_Ended(error=error))
            return
        self._questions.put(_Ended(samples))

    def _tell(self, *args: Any) -> Any:
        return self.ask(_Step(args))

    def ask(self, question: _Network | _Step) -> Any:
        self._questions.put(question)
        answer = self._answers.get()
        if isinstance(answer, _Stopped):
            raise answer
        return answer


class _Asking:
    """What the sampler function takes for the guider: calls are asked, the rest is the guider's whose turn it is.

    Nothing of it is read while the other side works: it waits for an answer then.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def __call__(self, x: torch.Tensor, sigma: torch.Tensor, *args: Any, **options: Any) -> torch.Tensor:
        return self._relay.ask(_Network(x, sigma, args, options))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._relay._guider, name)


@dataclass(frozen=True)
class _Turn:
    """A guider's SAMPLER: begins the run in the first turn, and answers it until the turn ends."""

    relay: Relay
    mine: Callable[[float], bool]

    def sample(
        self,
        model_wrap: Any,
        sigmas: torch.Tensor,
        extra_args: Options,
        callback: Any,
        noise: torch.Tensor,
        latent_image: Any = None,
        denoise_mask: Any = None,
        disable_pbar: Any = False,
    ) -> torch.Tensor:
        begin = (sigmas, extra_args, noise, latent_image, denoise_mask, disable_pbar)
        samples = self.relay.serve(model_wrap, self.mine, callback, extra_args.get("model_options", {}), begin)
        # The host wants a latent back from every sampling; what stands in for an unfinished one is thrown away.
        return noise if samples is None else samples


def carried(given: Options, at_start: Options, own: Options) -> Options:
    """``own`` options with what the sampler function has changed since ``at_start``.

    The function knows the first model's options only, and adds to them: hooks after CFG, the schedule that context
    windows read. Later models have options of their own, with the same additions.
    """
    made = dict(own)
    for key, value in given.items():
        before = at_start.get(key)
        if isinstance(value, dict):
            inner = carried(value, before if isinstance(before, dict) else {}, own.get(key) or {})
            if inner or key in own:
                made[key] = inner
        elif isinstance(value, list):
            kept = before if isinstance(before, list) else []
            added = [one for one in value if not any(one is other for other in kept)]
            if added:
                made[key] = [*(own.get(key) or []), *added]
        elif value is not before:
            made[key] = value
    return made


def _snapshot(options: Options) -> Options:
    """Kept as it is now, wherever the function changes its dictionaries and lists in place."""
    return {
        key: _snapshot(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else value
        for key, value in options.items()
    }
