"""The figures that README shows, taken from tests/bench/RESULTS.md: what a bench has not written there cannot be said.

Used by make_tables.py. A bench that was not run, or a row that is no longer there, is an error that names it.
"""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
STEPS = 40

# Card, what to use in ComfyUI, preset of ``wan-move generate --memory``, what it does.
CARDS = (
    ("80 GB", "bf16 file, as published", "80g", "as published"),
    ("24 GB", "fp8 file", "24g", "fp8, on the card"),
    ("16 GB", "fp8 file, 32 GB of memory; ComfyUI streams the rest", "16g", "fp8, streamed"),
    ("12 GB", "the same; fewer frames if it runs out", "12g", "fp8, streamed, VAE in tiles"),
)


def section(name: str, results: str) -> str:
    """What bench ``name`` wrote."""
    found = re.search(rf"<!-- bench {name} -->\n(.*?)(?=<!-- bench |\Z)", results, re.DOTALL)
    if found is None:
        raise SystemExit(f"tests/bench/RESULTS.md has no section {name}: python tests/bench/run.py {name}")
    return found[1]


def row(name: str, begins: str, results: str, column: int = 0) -> list[str]:
    """The cells of the one row of bench ``name`` whose cell ``column`` is ``begins``, or else begins with it."""
    lines = [line for line in section(name, results).splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    named = [cells for cells in rows if len(cells) > column]
    found = [c for c in named if c[column] == begins] or [c for c in named if c[column].startswith(begins)]
    if len(found) != 1:
        raise SystemExit(f"tests/bench/RESULTS.md, {name}: {len(found)} rows begin with {begins!r}, expected one")
    return found[0]


def number(text: str) -> float:
    """The number that a cell begins with."""
    found = re.match(r"[\d,]*\.?\d+(?:e-?\d+)?", text)
    if found is None:
        raise SystemExit(f"tests/bench/RESULTS.md: no number in {text!r}")
    return float(found[0].replace(",", ""))


def card_table(results: str) -> str:
    """Peak memory and length of a run for each preset, as the GPU bench measured them."""
    rows = ["| card | in ComfyUI | `wan-move generate --memory` | peak | the clip |", "|---|---|---|---|---|"]
    for card, host, preset, about in CARDS:
        peak, seconds = _published(results) if preset == "80g" else _capped(preset, results)
        clip = f"{int(seconds // 60)} min {round(seconds % 60)} s"
        rows.append(f"| {card} | {host} | `{preset}`: {about} | {peak:.1f} GB | {clip} |")
    return "\n".join(rows)


def _published(results: str) -> tuple[float, float]:
    """Peak in GB and seconds of a clip with the network whole on the card."""
    step = row("gpu", "ours, precision published, 2 branches", results, 1)
    vae = [row("gpu", begins, results, 1) for begins in ("VAE encodes the condition", "VAE decodes the clip")]
    peak = max(number(cells[3]) for cells in (step, *vae))
    return peak, STEPS * number(step[2]) + sum(number(cells[2]) for cells in vae)


def _capped(preset: str, results: str) -> tuple[float, float]:
    rows = [row("gpu", f"{preset}: {part}", results, 1) for part in ("step", "before", "after", f"a clip of {STEPS}")]
    return max(number(cells[3]) for cells in rows), number(rows[-1][2])


def ratio_table(results: str) -> str:
    """This pack's time beside the alternative's, which was measured in the same run; the ratio first."""
    steps = {
        "a step without ComfyUI": ("ours, precision published, 1 branch", "diffusers' pipeline"),
        "a step in ComfyUI": ("our sampler there, fp8 weights, 1 branch", "KSampler"),
    }
    rows = ["| time | of | beside |", "|---|---|---|"]
    for what, (begins, beside) in steps.items():
        ratio = row("gpu", begins, results, 1)[4]
        if beside not in ratio:
            raise SystemExit(f"tests/bench/RESULTS.md, gpu: {begins} stands beside {ratio!r}, expected {beside}")
        rows.append(f"| {number(ratio):.2f} × | {what} | {beside} |")
    for tracks, said in (("1", "one track"), ("1024", "1,024 tracks")):
        times = number(row("guidance", tracks, results)[7])
        rows.append(f"| 1/{times:.3g} | guidance of {said} | ComfyUI's own nodes |")
    edited = number(row("host", "ComfyUI", results, 1)[0])
    rows.append(f"| 1/{edited:.3g} | a track edited and queued again, up to the first step, on a CPU | the same |")
    return "\n".join(rows)
