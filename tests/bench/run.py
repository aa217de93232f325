"""Runs the benches of this folder and writes RESULTS.md, with a plot of every table that counts something up.

python tests/bench/run.py [NAME ...] [--list]

Without names, all of them (many minutes; leave the machine alone meanwhile). With names, those alone are measured again
and the others keep what they said. Each bench is a script that prints Markdown; what it prints is what is kept. One
that lacks something here prints nothing but "Not measured: WHY." and ends with 0: it is told, and its former section
stays. One that fails is told too, its former section stays as well, and this ends with 1.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from _unmeasured import NOT_MEASURED

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS, PLOTS = HERE / "RESULTS.md", HERE / "plots"
INTRO = """# Measurements

Written by `python tests/bench/run.py`; do not edit. Each section says when, on which commit and on what it was
measured. Read the ratios first: both sides of a ratio ran in turn in one process, so that a busy machine (a load above
its number of cores) troubles both alike; its milliseconds are upper bounds.
"""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")


PARTS = "_parts"
"""Ends the names of folders whose files are of use to benches and none themselves."""


def scripts() -> dict[str, Path]:
    """Name -> script of every bench, here and in the folders."""
    found = (p for p in HERE.rglob("*.py") if not p.parent.name.endswith(PARTS))
    return {p.stem: p for p in sorted(found, key=lambda p: p.stem) if not p.stem.startswith("_") and p.stem != "run"}


def benches() -> list[str]:
    return list(scripts())


@dataclass(frozen=True)
class Outcome:
    """What became of one bench. ``section``: what it measured, None where it did not; then ``why``."""

    section: str | None
    why: str = ""
    failed: bool = False


def outcome(name: str, code: int, out: str, err: str, seconds: float) -> Outcome:
    """What a bench that ended with ``code`` has to say."""
    if code:
        tail = (err.strip() or out.strip()).splitlines()[-1:]
        return Outcome(None, f"ended with {code}: {' '.join(tail)[:300]}", failed=True)
    text = out.strip()
    if text.startswith(NOT_MEASURED):
        return Outcome(None, text.removeprefix(NOT_MEASURED))
    if not text:
        return Outcome(None, "it printed nothing", failed=True)
    return Outcome(section_of(name, text, seconds))


def measure(name: str) -> Outcome:
    """Run one bench."""
    started = time.monotonic()
    done = subprocess.run([sys.executable, str(scripts()[name])], capture_output=True, text=True, check=False)
    return outcome(name, done.returncode, done.stdout, done.stderr, time.monotonic() - started)


def section_of(name: str, text: str, seconds: float) -> str:
    """The section of one bench: when, where, and what it printed."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    where = f"{_processor()}, {os.cpu_count()} cores{load}; Python {platform.python_version()}, {platform.system()}"
    stamp = f"*{time.strftime('%Y-%m-%d %H:%M')}, commit {commit.strip() or 'unknown'}, {where}; "
    head = f"{stamp}took {seconds:.0f} s.*"
    if not text.startswith("#"):
        text = f"## {name}\n\n{text}"
    title, _, rest = text.partition("\n")
    plots = [f"![{name}](plots/{p.name})" for p in draw_plots(name, rest)]
    # A bench that shows what was measured elsewhere says itself when and where.
    stamped = [] if re.match(r"\s*\d{4}-\d\d-\d\d \d\d:\d\d, commit ", rest) else [head]
    return "\n\n".join([f"## {title.lstrip('# ')}", *stamped, rest.strip(), *plots]) + "\n"


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text()
        return re.findall(r"model name\s*:\s*(.+)", told)[0].strip()
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


# -- plots -------------------------------------------------------------------------------------------------------------


def draw_plots(name: str, text: str) -> list[Path]:
    """An SVG for every table of ``text`` whose first column are growing numbers and that has times beside it."""
    made = []
    for old in PLOTS.glob(f"{name}*.svg"):
        old.unlink()
    for number, (heads, rows) in enumerate(tables(text)):
        counts = [_number(row[0]) for row in rows]
        if len(rows) < 3 or None in counts or sorted(set(counts)) != counts or counts[0] <= 0:
            continue
        lines = {}
        for column, head in enumerate(heads[1:], start=1):
            values = [_number(row[column]) if column < len(row) else None for row in rows]
            if not re.search(r"/|MiB|GiB|beyond|%|frames", head) and all(v and v > 0 for v in values):
                lines[head] = values
        if lines:
            PLOTS.mkdir(exist_ok=True)
            path = PLOTS / f"{name}{number or ''}.svg"
            path.write_text(svg(heads[0], counts, lines), encoding="utf-8", newline="\n")
            made.append(path)
    return made


def tables(text: str) -> list[tuple[list[str], list[list[str]]]]:
    """The Markdown tables of a text: (heads, rows)."""
    found: list[tuple[list[str], list[list[str]]]] = []
    block: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            block.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        else:
            if len(block) > 2:
                found.append((block[0], block[2:]))
            block = []
    return found


def _number(text: str) -> float | None:
    match = re.match(r"^\s*([\d,]*\.?\d+)\s*(?:ms|s|px)?\s*$", text)
    return float(match[1].replace(",", "")) if match else None


def svg(across: str, counts: list[float], lines: dict[str, list[float]], size: tuple[int, int] = (560, 300)) -> str:
    """Both axes logarithmic; one line for each column."""
    width, height = size
    left, top, right, bottom = 56, 16, 130, 40
    low = 10 ** math.floor(math.log10(min(min(v) for v in lines.values())))
    high = 10 ** math.ceil(math.log10(max(max(v) for v in lines.values()) * 1.0001))

    def x(value: float) -> float:
        span = math.log(counts[-1] / counts[0]) or 1
        return left + (width - left - right) * math.log(value / counts[0]) / span

    def y(value: float) -> float:
        return height - bottom - (height - top - bottom) * math.log(value / low) / math.log(high / low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    step = low
    while step <= high * 1.001:
        parts.append(f'<path d="M{left} {y(step):.1f}H{width - right}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(step) + 4:.1f}" text-anchor="end" fill="#444">{step:g}</text>')
        step *= 10
    for count in counts:
        parts.append(
            f'<text x="{x(count):.1f}" y="{height - bottom + 16}" text-anchor="middle" fill="#444">{count:g}</text>'
        )
    parts.append(f'<text x="{left}" y="{height - 6}" fill="#444">{_escaped(across)}</text>')
    ends = sorted(lines, key=lambda head: -lines[head][-1])
    label_y = top - 14.0
    for head in ends:
        colour = COLOURS[list(lines).index(head) % len(COLOURS)]
        points = " ".join(f"{x(c):.1f},{y(v):.1f}" for c, v in zip(counts, lines[head], strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        label_y = max(label_y + 14, y(lines[head][-1]) + 4)
        parts.append(f'<text x="{width - right + 8}" y="{label_y:.1f}" fill="{colour}">{_escaped(head)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# -- the page ----------------------------------------------------------------------------------------------------------


def sections(text: str) -> dict[str, str]:
    """Name -> section, of a page that was written before."""
    parts = re.split(r"<!-- bench (\w+) -->\n", text)[1:]
    return {name: body.strip() + "\n" for name, body in zip(parts[::2], parts[1::2], strict=True)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="benches to run; default: all")
    parser.add_argument("--list", action="store_true", help="name the benches and stop")
    args = parser.parse_args()
    if args.list:
        print("\n".join(benches()))
        return 0
    unknown = set(args.names) - set(benches())
    if unknown:
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(benches())}")
    kept = sections(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    failed = []
    for name in args.names or benches():
        print(f"{name} ...", flush=True)
        made = measure(name)
        if made.section is None:
            stays = "its former section stays" if name in kept else "it has no section"
            print(f"  {'failed' if made.failed else 'not measured'}: {made.why} ({stays})", flush=True)
            failed += [name] * made.failed
            continue
        kept[name] = made.section
        # After each one, so that a stopped run keeps what it has.
        body = [f"<!-- bench {n} -->\n{kept[n]}" for n in benches() if n in kept]
        waiting = RESULTS.with_suffix(".part")
        waiting.write_text("\n".join([INTRO, *body]), encoding="utf-8", newline="\n")
        waiting.replace(RESULTS)
        print(f"  written into {RESULTS.name}")
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
