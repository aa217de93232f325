"""Options of ``wan-move generate`` beside --repeat, beside --list, and beside each other: applied, or refused in words.

What was given is known by the parser (``given``): an option may be given with its own default.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from ...errors import WanMoveError
from ...generate.cases import MAX_SEED, Case, read_case_list
from ...generate.sidefile import PATH_SETTINGS

MODELS = {"ckpt_dir": "checkpoint", **{part: part for part in PATH_SETTINGS if part != "checkpoint"}}
"""Option -> the setting that names a part of the model."""
_REPEATED = {
    *MODELS, "repeat", "output", "overwrite", "dry_run", "memory", "device", "offload_model", "t5_cpu", "vae_tiling",
    "ulysses_size", "ring_size", "dit_fsdp", "t5_fsdp", "vis_track", "quiet", "task", "eval_bench", "takes", "vary",
}  # fmt: skip
_OF_ONE = ("image", "prompt", "tracks", "visibility", "image_embeds", "noise")
_EXTENSION = ("prompt_extend_method", "prompt_extend_model", "prompt_extend_target_lang")
_SHADOWED = {"negative_prompt": "negative_prompt", "lead": "lead", "lora": "loras"}


def given(args: argparse.Namespace) -> frozenset[str]:
    """Names of the options that stand on the command line."""
    return getattr(args, "given", frozenset())


def require_repeatable(args: argparse.Namespace) -> None:
    """Raise: WanMoveError for options that a side file decides; what only says where and how is applied."""
    if {"lead", "lead_mask"} & given(args):
        raise WanMoveError(
            where="Generate / --repeat",
            what="--lead or --lead-mask beside --repeat, whose side file says what led",
            fix="leave it out, or give the picture and its settings anew",
        )
    odd = _names(given(args) - _REPEATED)
    if odd:
        raise WanMoveError(
            where="Generate / --repeat",
            what=f"{odd} beside --repeat, whose side file says it",
            fix="leave it out, or give the picture and its settings anew",
        )


def require_list_alone(args: argparse.Namespace) -> None:
    """Raise: WanMoveError for what a list says of each case."""
    if args.image or args.prompt or args.tracks:
        raise WanMoveError(
            where="Generate / --list", what="a list beside --image, --prompt or --tracks", fix="give one"
        )
    odd = _names(given(args) & set(_OF_ONE))
    if odd:
        raise WanMoveError(
            where="Generate / --list", what=f"{odd} beside a list", fix="write it into the list, for each case"
        )


def require_agreeing(args: argparse.Namespace) -> None:
    """Raise: WanMoveError for options that overrule each other."""
    asked = given(args)
    if "lead_preset" in asked and args.lead_from is not None and args.lead_to is not None:
        raise WanMoveError(
            where="Generate / --lead-preset",
            what="a preset beside --lead-from and --lead-to, which say all that it does",
            fix="leave it out, or one of the levels",
        )


def without_effect(args: argparse.Namespace, cases: Sequence[Case], listed: Sequence[Case]) -> Iterator[str]:
    """What was asked for and nothing comes of; ``listed``: the cases as their list says them, before the options."""
    asked = given(args)
    if "size" in asked and (args.width is not None or args.own_size):
        # The published command takes both; its scripts are to run.
        yield f"--size changes nothing beside {'--own-size' if args.own_size else '--width and --height'}"
    extension = _names(asked & set(_EXTENSION))
    if extension and not args.use_prompt_extend:
        yield f"{extension} changes nothing without --use-prompt-extend"
    if args.retime_tracks and all(case.tracks is None for case in cases):
        yield "--retime-tracks changes nothing without tracks"
    if asked & {"strength", "track_guidance"} and all(case.tracks is None for case in cases):
        yield f"{_names(asked & {'strength', 'track_guidance'})} changes nothing without tracks"
    if "seed" in asked and cases and all(case.noise is not None for case in cases) and not args.list:
        yield "--seed draws nothing where --noise gives the noise"
    if "seed" in asked and args.list and [c.seed for c in listed] == [c.seed for c in _with_other_seed(args)]:
        yield "--seed changes nothing: every case of the list says its own"
    if asked & {"lora_start", "lora_start_guidance"} and not any(case.loras for case in cases):
        yield "--lora-start changes nothing without --lora"
    elif "lora_start_guidance" in asked and not args.lora_start:
        yield "--lora-start-guidance changes nothing without --lora-start"
    for option, field in _SHADOWED.items():
        if option in asked and listed and all(getattr(case, field) not in (None, ()) for case in listed):
            yield f"{_names({option})} changes nothing: every case of the list says its own"


def _with_other_seed(args: argparse.Namespace) -> list[Case]:
    return read_case_list(args.list, args.seed + 1 if args.seed < MAX_SEED else 0, args.output or ".")


def _names(options: set[str] | frozenset[str]) -> str:
    return ", ".join(f"--{name.replace('_', '-')}" for name in sorted(options))
