"""``wan-move convert``: the published folder, or a single file, as one safetensors in the precision wanted."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import plain

SUMMARY = "make one safetensors file of a checkpoint: bf16, fp16, fp32 or scaled fp8"

_EPILOG = """\
examples:
  wan-move convert Wan-Move-14B-480P -o wan_move_fp8.safetensors --to fp8     16.6 GB, for most cards
  wan-move convert Wan-Move-14B-480P -o wan_move_bf16.safetensors --to bf16   32.8 GB, the published precision

fp8 stores one scale per layer (about 2.6 % error per weight, 2.4 % in the model's output; a loader's plain cast to fp8
gives 5 %). Everything is read and written tensor by tensor, so little memory is needed. A run that was stopped leaves
OUT.partial and OUT.journal beside OUT: the same command checks what is there and continues.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from ..checkpoints.names import TARGET_NAMES

    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("input", metavar="IN", help="published folder, *.index.json, .safetensors or .pth file")
    parser.add_argument("-o", "--output", metavar="OUT.safetensors", required=True, help="the file to write")
    parser.add_argument(
        "--to",
        choices=list(TARGET_NAMES),
        default="fp8",
        help="precision (default: %(default)s; fp8-legacy is the older form of scaled fp8)",
    )
    parser.add_argument(
        "--fp8-matmul",
        action="store_true",
        help="mark the file for fp8 products on cards that have them: faster, error 3.1 %% instead of 2.4 %%",
    )
    parser.add_argument("--force", action="store_true", help="overwrite OUT")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ..checkpoints.convert import convert, planned_bytes
    from ..checkpoints.layout import find_layout
    from ..checkpoints.shapes import TELL_APART, check_network

    # File names may hold what rich would read as markup.
    out = Console(highlight=False, soft_wrap=True, markup=False)
    err = Console(highlight=False, soft_wrap=True, markup=False, stderr=True)
    layout = find_layout(args.input)
    shape = check_network(layout)
    out.print(
        f"{plain(layout.path.name)}: {shape.num_layers} layers of width {shape.dim} in {len(layout.files)} "
        f"{'file' if len(layout.files) == 1 else 'files'}, {_size(layout.size_bytes)}"
    )
    out.print(f"{Path(args.output).name}: {args.to}, about {_size(planned_bytes(layout, args.to))}")
    err.print(f"Note: {TELL_APART}.", style="dim")
    columns = (TextColumn("converting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("converting", total=None)

        def report(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total)

        try:
            result = convert(
                layout.path, args.output, args.to, fp8_matmul=args.fp8_matmul, force=args.force, progress=report
            )
        except KeyboardInterrupt:
            err.print(f"Stopped. {Path(args.output).name}.partial is kept: the same command continues from it.")
            raise
    if result.resumed:
        out.print(f"continued: {result.resumed} tensors of the stopped run were intact and kept")
    if result.restarted:
        out.print("started anew: the input or the settings had changed since the stopped run")
    before, after = result.bytes_before, result.bytes_after
    out.print(f"wrote {result.target} ({_size(before)} -> {_size(after)}, {after / before:.0%})")
    if result.relative_error is not None and result.worst is not None:
        name, worst = result.worst
        out.print(
            f"rounding error of the quantised weights: {result.relative_error:.2%} "
            f"(largest {worst:.2%}, {plain(name)}); expect about as much in the model's output"
        )
    elif result.form_before != "plain":
        out.print("the fp8 digits of the input were kept or multiplied out: what they had lost cannot come back")
    return 0


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.1f} MB"
