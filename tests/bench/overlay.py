"""Overlay beside a plain loop written from the look's description and, where found, the host's own drawing node.

python tests/bench/overlay.py         81 frames, 832x480, one thread; peak memory beside the frames returned
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import _setup

SIZE_WH, FRAMES = (832, 480), 81


def plain_loop(picture, tracks):
    """One track and one piece of tail at a time, each blended within its box, as the description reads."""
    import cv2
    import numpy as np

    from wan_move_core.palette import track_rgb

    xy, frames = tracks.xy.numpy(), []
    for t in range(tracks.frames):
        frame = picture.copy()
        for n in range(tracks.count):
            for s in range(max(0, t - 24), t):
                clear = 1 - (t - s) / 24
                a, b = xy[s, n].astype(int), xy[s + 1, n].astype(int)
                width = max(1, int(16 * clear))
                x0, y0 = np.maximum(np.minimum(a, b) - width, 0)
                x1, y1 = np.maximum(a, b) + width + 1
                part = frame[y0:y1, x0:x1]
                if part.size:
                    drawn = part.copy()
                    ends = tuple(int(v) for v in a - (x0, y0)), tuple(int(v) for v in b - (x0, y0))
                    cv2.line(drawn, *ends, track_rgb(n), width, cv2.LINE_AA)
                    part[:] = cv2.addWeighted(drawn, clear, part, 1 - clear, 0)
            cv2.circle(frame, tuple(int(v) for v in xy[t, n]), 12, track_rgb(n), -1, cv2.LINE_AA)
        frames.append(frame)
    return frames


def peak_growth_mib(function) -> float:
    """Growth of the resident set while ``function`` runs, watched from a thread; the result is not kept."""
    page = resource.getpagesize()

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * page

    before = peak = resident()
    done = threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    function()
    peak = max(peak, resident())
    done.set()
    watcher.join()
    return (peak - before) / 2**20


def peak_traced_mib(function) -> float:
    """Peak of what NumPy and OpenCV allocate while ``function`` runs; the resident set hides it in reused pages."""
    import tracemalloc

    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def make_tracks(count: int):
    import torch

    from wan_move_core.tracks import Tracks

    generator = torch.Generator().manual_seed(count)
    size = torch.tensor(SIZE_WH, dtype=torch.float32)
    start, end = (torch.rand(1, count, 2, generator=generator) * size for _ in range(2))
    return Tracks.make(start + (end - start) * torch.linspace(0, 1, FRAMES)[:, None, None], size_wh=SIZE_WH)


def main() -> None:
    _setup.rerun_under_comfy(__file__, "cv2")
    host_version = _setup.load_host()
    _setup.load_core()
    import cv2
    import numpy as np
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    from wan_move_core.overlay.draw import draw_tracks

    print(_setup.header("Overlay, 81 frames 832x480, ms (median)", host_version))
    picture = torch.rand(SIZE_WH[1], SIZE_WH[0], 3, generator=torch.Generator().manual_seed(0))
    array = (picture.numpy() * 255).astype("uint8")
    node = None
    if host_version:
        from comfy_extras.nodes_wanmove import WanMoveVisualizeTracks

        node = WanMoveVisualizeTracks
    print("| tracks | ours | plain loop | loop/ours | host | host/ours |\n|---|---|---|---|---|---|")
    for count in (1, 16, 64, 256):
        tracks = make_tracks(count)
        functions = {"ours": lambda t=tracks: np.stack(list(draw_tracks(array, t)))}
        if count <= 64:
            functions["loop"] = lambda t=tracks: plain_loop(array, t)
        if node:
            functions["host"] = lambda t=tracks: node.execute(picture[None], 24, 12, 0.75, 16, t.to_host())
        times = _setup.interleaved(functions, 3)
        ours = _setup.ms(times["ours"])
        cells = [f"{count}", f"{ours:.0f}"]
        for name in ("loop", "host"):
            cells += (
                [f"{_setup.ms(times[name]):.0f}", f"{_setup.ms(times[name]) / ours:.1f}"]
                if name in times
                else ["-", "-"]
            )
        print(f"| {' | '.join(cells)} |", flush=True)

    tracks = make_tracks(16)
    frames_mib = FRAMES * SIZE_WH[0] * SIZE_WH[1] * 3 / 2**20

    def streamed():
        for _ in draw_tracks(array, tracks):
            pass

    print(f"\nPeak memory, MiB (16 tracks; the uint8 frames themselves are {frames_mib:.0f}):")
    print(f"- streamed: {peak_traced_mib(streamed):.0f}")
    if node:
        grown = peak_growth_mib(lambda: node.execute(picture[None], 24, 12, 0.75, 16, tracks.to_host()))
        print(f"- host's node, growth of the resident set: {grown:.0f}")


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - start:.0f} s in all")
