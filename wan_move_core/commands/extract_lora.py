"""``wan-move extract-lora``: what Wan-Move learnt beside Wan2.1, as a LoRA file for other models of the family."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import plain

if TYPE_CHECKING:
    from ..checkpoints.lora.extract import ExtractionReport

SUMMARY = "what Wan-Move learnt beside Wan2.1, as a LoRA file"

DESCRIPTION = """\
Write Wan-Move minus Wan2.1-I2V-14B-480P, the model that it was trained from, as a LoRA file: for the two experts of
Wan2.2 image-to-video, or for fine-tuned models of Wan2.1. Users report that such a LoRA works on Wan2.2, better with
block 0 left out and with still things named in the prompt, and that it failed on other models of Wan2.1; this pack has
not tried it with real weights."""

EPILOG = """\
examples:
  wan-move extract-lora Wan-Move-14B-480P Wan2.1-I2V-14B-480P -o wan_move_rank64.safetensors
  wan-move extract-lora Wan-Move-14B-480P Wan2.1-I2V-14B-480P -o wan_move_for_wan22.safetensors --rank 128 \\
      --leave-out 0 --no-image-branch --json wan_move_for_wan22.json

Either model may be the published folder, a folder with diffusers' names, an index.json, or one file, plain or scaled
fp8 (whose rounding is then part of the difference). Matrices become two factors of the rank asked for; biases, norms
and modulation are stored as they differ. The error says what the file lacks of the difference. ComfyUI's LoRA loaders
apply all of it but the modulation (their 0.18.1 takes no differences of such tensors); diffusers' loader leaves out
norms, modulation and the patch embedding.

One layer is in memory at a time (under 2 GB at the published size). A run that was stopped leaves OUT.partial and
OUT.journal beside OUT: the same command checks what is there and continues, to the same file.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="WAN_MOVE", help="the Wan-Move checkpoint: a folder, index.json or file")
    parser.add_argument("base", metavar="BASE", help="Wan2.1-I2V-14B-480P: a folder, index.json or file")
    parser.add_argument("-o", "--output", metavar="OUT.safetensors", required=True, help="the LoRA file to write")
    parser.add_argument(
        "--rank", type=int, default=64, metavar="N", help="of the factors, 16 (small) to 256 (close); default 64"
    )
    parser.add_argument(
        "--dtype", choices=("fp16", "bf16", "fp32"), default="fp16", help="how it is stored (default: %(default)s)"
    )
    parser.add_argument("--leave-out", default="", metavar="BLOCKS", help="blocks to leave out, such as 0,1,38-39")
    parser.add_argument(
        "--no-image-branch",
        action="store_true",
        help="leave out the layers of the image features, which Wan2.2's networks do not have",
    )
    parser.add_argument("--each", action="store_true", help="print the error of every layer, not of every kind")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the error of every layer there")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> int:
    from ..checkpoints.lora.extract import extract_lora
    from ..checkpoints.lora.names import parse_blocks
    from ..checkpoints.lora.source import Source
    from ..progress import progress_bar

    blocks = parse_blocks(args.leave_out, Source(args.model, "model").shape.num_layers) if args.leave_out else ()
    try:
        with progress_bar("extracting", quiet=args.quiet) as moved:
            result = extract_lora(
                args.model, args.base, args.output, args.rank, dtype=args.dtype, leave_out=blocks,
                image_branch=not args.no_image_branch, force=args.force,
                progress=lambda done, total, name: moved(done, total),
            )  # fmt: skip
    except KeyboardInterrupt:
        sys.stderr.write(f"Stopped. {plain(Path(args.output).name)}.partial is kept: the same command goes on.\n")
        raise
    if args.json is not None:
        from ..motion.formats.writers import write_whole

        write_whole([(args.json, (json.dumps(result.to_dict(), indent=1) + "\n").encode())])
    if not args.quiet:
        _print(result, args.each)
    return 0


def _print(result: ExtractionReport, each: bool) -> None:
    from rich.console import Console

    out = Console(highlight=False, soft_wrap=True, markup=False)
    if result.resumed:
        out.print(f"continued: {result.resumed} tensors of the stopped run were intact and kept")
    if result.restarted:
        out.print("started anew: the input or the settings had changed since the stopped run")
    out.print(_each(result) if each else _kinds(result))
    change, error = result.total()
    left = f", without blocks {', '.join(map(str, result.left_out))}" if result.left_out else ""
    size = f"{result.bytes_after / 1e9:.2f} GB" if result.bytes_after >= 1e9 else f"{result.bytes_after / 1e6:.1f} MB"
    sys.stdout.write(f"wrote {plain(result.target)} ({size}, rank {result.rank}{left})\n")
    sys.stdout.write(
        f"{plain(result.model)} is {change:.2%} away from {plain(result.base)}; "
        f"of that {error:.1%} is not in the file\n"
    )


def _table(first: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for title in ("rank", "change", "error"):
        table.add_column(title, justify="right")
    return table


def _each(result: ExtractionReport) -> Any:
    table = _table("layer")
    for row in result.layers:
        table.add_row(plain(row.name), str(row.rank or "whole"), f"{row.change:.3%}", f"{row.error:.2%}")
    return table


def _kinds(result: ExtractionReport) -> Any:
    from ..checkpoints.lora.names import kind_of

    table = _table("kind of layer")
    table.add_column("largest error", justify="left")
    kinds: dict[str, list[Any]] = {}
    for row in result.layers:
        kinds.setdefault(kind_of(row.name), []).append(row)
    for kind, rows in kinds.items():
        change, error = result.total(kind)
        worst = max(rows, key=lambda row: row.error)
        rank = max(row.rank for row in rows)
        told = f"{worst.error:.2%} {plain(worst.name)}" if rank else ""
        table.add_row(kind, str(rank or "whole"), f"{change:.3%}", f"{error:.2%}", told)
    return table
