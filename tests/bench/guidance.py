"""Guidance beside a plain loop written from the method's description and, where found, the host's own node functions.

python tests/bench/guidance.py        81 frames, 832x480, one thread
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup

SIZE_WH, FRAMES = (832, 480), 81


def plain_loop(latent, tracks):
    """One track and one latent step at a time, as the description reads."""
    out = latent.clone()
    width, height = tracks.size_wh
    xy, visible = tracks.xy, tracks.visible
    for n in range(tracks.count):
        cells = []
        for j in range(latent.shape[2]):
            x, y = float(xy[4 * j, n, 0]), float(xy[4 * j, n, 1])
            seen = bool(visible[4 * j, n]) and 0 <= x < width and 0 <= y < height
            cells.append((int(y // 8), int(x // 8)) if seen else None)
        if cells[0] is None:
            continue
        for j, cell in enumerate(cells[1:], start=1):
            if cell is not None:
                out[:, :, j, cell[0], cell[1]] = latent[:, :, 0, cells[0][0], cells[0][1]]
    return out


def peak_mib(function) -> float:
    """Peak of what torch's allocator hands out while ``function`` runs, its result included, by the profiler's events.

    The resident set says nothing here: freed pages of earlier calls are reused and hide the growth.
    """
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        kept = function()
    events = [e for e in record.profiler.kineto_results.events() if e.name() == "[memory]"]
    del kept
    held = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak / 2**20


def main() -> None:
    _setup.rerun_under_comfy(__file__)
    import torch

    torch.set_num_threads(1)
    _setup.load_core()
    from wan_move_core.method.guidance import guide_latent
    from wan_move_core.tracks import Tracks

    version = _setup.load_host()
    native = None
    if version:
        import comfy_extras.nodes_wanmove as host

        def native(latent, tracks):
            cells = host.create_pos_embeddings(tracks.xy, tracks.visible, [4, 8, 8], SIZE_WH[1], SIZE_WH[0])
            return host.replace_feature(latent, cells.unsqueeze(0))

    print(_setup.header("Guidance, 81 frames at 832x480, latent [1, 16, 21, 60, 104]", version))
    generator = torch.Generator().manual_seed(0)
    latent = torch.randn(1, 16, 21, SIZE_WH[1] // 8, SIZE_WH[0] // 8, generator=generator)
    scratch = latent.clone()
    print("| tracks | ours, ms | copy | beyond it | loop | loop/ours | host | host/ours | peak beyond copy, MiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    peak_mib(latent.clone)  # the profiler's first run allocates for itself
    for count in (1, 16, 256, 1024, 4096, 16384):
        ends = torch.rand(2, 1, count, 2, generator=generator) * torch.tensor(SIZE_WH)
        xy = ends[0] + (ends[1] - ends[0]) * torch.linspace(0, 1, FRAMES)[:, None, None]
        tracks = Tracks.make(xy, size_wh=SIZE_WH)
        fast = _setup.interleaved(
            {"ours": lambda t=tracks: guide_latent(latent, t), "copy": latent.clone}, 31 if count <= 1024 else 11
        )
        slow_functions = {"loop": lambda t=tracks: plain_loop(latent, t)}
        if native:
            slow_functions["host"] = lambda t=tracks: native(scratch, t)
        # Each slow call is bracketed by ours, so that the ratio is of one moment on a noisy machine.
        slow_functions["ours"] = lambda t=tracks: guide_latent(latent, t)
        slow = _setup.interleaved(slow_functions, 5 if count <= 256 else 1 if count > 4096 else 3)
        ours = _setup.ms(fast["ours"] + slow["ours"])
        copy, loop = _setup.ms(fast["copy"]), _setup.ms(slow["loop"])
        hosted = _setup.ms(slow["host"]) if native else float("nan")
        peak = peak_mib(lambda t=tracks: guide_latent(latent, t)) - latent.numel() * 4 / 2**20
        print(
            f"| {count} | {ours:.2f} | {copy:.2f} | {ours - copy:.2f} | {loop:.0f} | {loop / ours:.0f} "
            f"| {hosted:.1f} | {hosted / ours:.1f} | {max(0.0, peak):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
