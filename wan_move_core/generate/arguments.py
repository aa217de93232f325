"""The options of ``wan-move generate``: ours, and every one of the published command that users know."""

from __future__ import annotations

import argparse
import secrets
from typing import Any

from ..errors import WanMoveError
from ..lead.presets import PRESETS as LEADS
from ..lead.presets import LeadLevels, require_feather
from ..method.published import (
    BOUNDARY,
    FPS,
    FRAMES,
    GUIDANCE_SCALE,
    NEGATIVE_PROMPT,
    SOLVERS,
    STEPS,
    require_boundary,
)
from .cases import MAX_SEED
from .memory import PRESETS
from .settings import CHOICES, RunSettings, require_sound

TASKS = ("wan-move-i2v", "i2v-14B")
MIN_AREA_PX, MAX_AREA_PX = 64 * 64, 4096 * 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what to make")
    what.add_argument("--image", help="the picture")
    what.add_argument("--tracks", help="trajectories in the picture's pixels, in any format that is read")
    what.add_argument("--visibility", help="their visibility, where it is a file of its own (.npy)")
    what.add_argument("--prompt", help="what is seen and happens")
    what.add_argument("--negative-prompt", help="what is not wanted (default: the published one)")
    what.add_argument("-o", "--output", help="the clip (default: IMAGE_SEED.mp4), or with --list the folder")
    what.add_argument("--list", metavar="CASES", help="a list file: one JSON object per line with image, prompt, ...")
    what.add_argument(
        "--repeat", metavar="SIDE.json", help="make the clip of a side file again, with the same settings"
    )
    what.add_argument(
        "--takes", type=int, metavar="N", help="takes of each clip, with other seeds, measured and ranked"
    )
    what.add_argument(
        "--vary",
        metavar="NAME=VALUES",
        help="takes that differ in one of strength, guidance, track-guidance, lead, lead-preset, lead-from, lead-to, "
        "lora: strength=.7,1 or lead=off,draft",
    )
    what.add_argument("--overwrite", action="store_true", help="replace clips that other settings made")
    what.add_argument("--dry-run", action="store_true", help="check everything, print the plan, and stop")
    add_model_arguments(parser)

    size = parser.add_argument_group("size and length")
    size.add_argument(
        "--size",
        default="832*480",
        help="W*H: the area to aim at, keeping the picture's shape (default: %(default)s, as published)",
    )
    size.add_argument("--width", type=int, help="stretch to exactly this width (with --height)")
    size.add_argument("--height", type=int, help="stretch to exactly this height (with --width)")
    size.add_argument("--own-size", action="store_true", help="the picture's own size, as published for MoveBench")
    add_length_arguments(size)
    how = add_sampling_arguments(parser)
    how.add_argument("--image-embeds", metavar="NPY", help="image features instead of the image encoder")
    how.add_argument("--noise", metavar="NPY", help="the starting noise instead of a drawn one")
    add_lora_arguments(parser)
    add_lead_arguments(parser)
    add_placement_arguments(parser)

    more = parser.add_argument_group("more")
    more.add_argument(
        "--task",
        choices=TASKS,
        default=TASKS[0],
        help="accepted for the published command's sake (default: %(default)s)",
    )
    more.add_argument("--use-prompt-extend", action="store_true", help="let a local chat model write the prompt out")
    more.add_argument(
        "--prompt-extend-method",
        choices=("local_qwen", "local", "dashscope"),
        default="local",
        help="default: %(default)s",
    )
    more.add_argument("--prompt-extend-model", metavar="FOLDER", help="the chat model's folder")
    more.add_argument("--prompt-extend-target-lang", choices=("en", "zh"), default="en", help="default: %(default)s")
    more.add_argument("--eval-bench", action="store_true", help="MoveBench: see wan-move bench")
    add_output_arguments(more)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    files = parser.add_argument_group("the model")
    files.add_argument("--ckpt-dir", "--checkpoint", metavar="FOLDER", help="the published folder")
    files.add_argument("--transformer", help="the network from elsewhere: folder, safetensors (fp8 too) or GGUF file")
    files.add_argument(
        "--transformer-2", help="Wan2.2's low-noise expert, likewise (found by itself in its published folder)"
    )
    files.add_argument("--text-encoder", help="the text encoder from elsewhere")
    files.add_argument("--image-encoder", help="the image encoder from elsewhere")
    files.add_argument("--vae", help="the VAE from elsewhere")
    files.add_argument("--tokenizer", help="the tokenizer's folder from elsewhere")
    files.add_argument(
        "--dtype", choices=CHOICES["dtype"], default="bf16", help="what the network computes in (default: %(default)s)"
    )
    files.add_argument(
        "--precision",
        choices=CHOICES["precision"],
        default="published",
        help="published: float32 residual stream (default: %(default)s)",
    )
    files.add_argument(
        "--storage", choices=CHOICES["storage"], help="how the big matrices are held (default: the preset's)"
    )
    files.add_argument("--attention", metavar="BACKEND", help="diffusers' attention backend (default: torch's own)")


def add_length_arguments(size: Any) -> None:
    size.add_argument("--frames", type=int, default=FRAMES, help="4k+1 (default: %(default)s)")
    size.add_argument("--retime-tracks", action="store_true", help="stretch tracks of another length over the video")
    size.add_argument("--fps", type=float, default=FPS, help="frames per second (default: %(default)s)")


def add_sampling_arguments(parser: argparse.ArgumentParser) -> Any:
    how = parser.add_argument_group("sampling")
    how.add_argument("--steps", "--sample-steps", type=int, default=STEPS, help="default: %(default)s")
    how.add_argument("--shift", "--sample-shift", type=float, help="default: 3 at 480p, 5 above")
    how.add_argument(
        "--guidance", "--sample-guide-scale", type=float, default=GUIDANCE_SCALE, help="default: %(default)s"
    )
    how.add_argument(
        "--boundary",
        type=float,
        default=BOUNDARY,
        help="the noise level below which the second expert takes over (default: %(default)s)",
    )
    how.add_argument("--guidance-2", type=float, help="guidance of the second expert (default: as the first)")
    how.add_argument("--solver", "--sample-solver", choices=SOLVERS, default="unipc", help="default: %(default)s")
    how.add_argument(
        "--seed", "--base-seed", type=int, default=-1, help="of the first case; -1 draws one, once a list (default: -1)"
    )
    how.add_argument(
        "--guidance-mode",
        choices=CHOICES["guidance_mode"],
        default="published",
        help="published: one weight for prompt and tracks; track-cfg: the tracks have their own (default: %(default)s)",
    )
    how.add_argument("--track-guidance", type=float, help="weight of the tracks in track-cfg (default: as --guidance)")
    how.add_argument(
        "--strength", type=float, default=1.0, help="of the guidance along the tracks, 0 to 1 (default: %(default)s)"
    )
    how.add_argument(
        "--noise-device",
        choices=CHOICES["noise_device"],
        default="run",
        help="run: as published; cpu: alike on every machine (default: %(default)s)",
    )
    return how


def add_lead_arguments(parser: argparse.ArgumentParser) -> None:
    lead = parser.add_argument_group(
        "the draft leads (Time-to-Move together with the tracks; not tried on real weights)"
    )
    lead.add_argument(
        "--lead",
        metavar="draft|CLIP|FOLDER|off",
        help="what sampling follows at first: 'draft' (the motion draft of picture and tracks), a clip, or a folder of "
        "numbered pictures, fitted like the picture (default: off)",
    )
    lead.add_argument(
        "--lead-mask", metavar="CLIP|FOLDER|PICTURE", help="white where that clip knows what is seen (default: all)"
    )
    lead.add_argument(
        "--lead-preset", choices=tuple(LEADS), default="objects", help="how long it leads (default: %(default)s)"
    )
    lead.add_argument(
        "--lead-from",
        type=float,
        metavar="LEVEL",
        help="noise level, 0 to 1, at which sampling starts (default: the preset's)",
    )
    lead.add_argument(
        "--lead-to",
        type=float,
        metavar="LEVEL",
        help="noise level at which what is known is let go (default: the preset's)",
    )
    lead.add_argument(
        "--lead-feather", type=int, default=0, metavar="CELLS", help="soft edge, cells of 8 px (default: %(default)s)"
    )


def add_lora_arguments(parser: argparse.ArgumentParser) -> None:
    lora = parser.add_argument_group("LoRAs (by diffusers' own loader, and what that leaves out)")
    lora.add_argument(
        "--lora",
        action="append",
        metavar="FILE[:STRENGTH]",
        help="put on the network, and on both experts; FILE:1:0.5 gives each a strength; may be given again",
    )
    lora.add_argument(
        "--lora-start",
        type=int,
        default=0,
        metavar="N",
        help="make the first N steps without the LoRAs, which keeps motion that few-step ones damp (default: "
        "%(default)s)",
    )
    lora.add_argument(
        "--lora-start-guidance",
        type=float,
        default=GUIDANCE_SCALE,
        metavar="SCALE",
        help="guidance of those steps (default: %(default)s)",
    )


def add_placement_arguments(parser: argparse.ArgumentParser) -> None:
    place = parser.add_argument_group("memory and several GPUs")
    place.add_argument(
        "--memory",
        choices=("auto", *PRESETS),
        default="auto",
        help="preset; auto: by the card's memory (default: %(default)s)",
    )
    place.add_argument("--device", help="cuda, cuda:N or cpu (default: the GPU when there is one)")
    place.add_argument(
        "--offload-model",
        type=_yes_no,
        metavar="BOOL",
        help="move the network away while the VAE works (default: the preset's)",
    )
    place.add_argument("--t5-cpu", action="store_true", help="the text encoder computes on the CPU")
    place.add_argument(
        "--vae-tiling", type=_yes_no, metavar="BOOL", help="the VAE works in tiles (default: the preset's)"
    )
    place.add_argument(
        "--ulysses-size", type=int, default=1, help="GPUs that share one video, under torchrun (default: %(default)s)"
    )
    place.add_argument("--ring-size", type=int, default=1, help="likewise, by ring attention (default: %(default)s)")
    place.add_argument("--dit-fsdp", action="store_true", help="share the network's weights among the GPUs")
    place.add_argument("--t5-fsdp", action="store_true", help="share the text encoder's weights")


def add_output_arguments(more: Any) -> None:
    more.add_argument("--vis-track", action="store_true", help="also write NAME_tracks: the annotated picture above it")
    more.add_argument("--image-encoder-heads", type=int, help=argparse.SUPPRESS)
    more.add_argument("--quiet", action="store_true", help="no progress on the terminal")


def settings_of(args: argparse.Namespace) -> RunSettings:
    """RunSettings from parsed options. Raises: WanMoveError for options that do not fit together."""
    if not args.ckpt_dir:
        raise WanMoveError(
            where="Generate / --ckpt-dir",
            what="no model folder was given",
            fix="give it, or run wan-move download first",
        )
    rule, width, height, area = "area", None, None, _area(args.size)
    if args.own_size:
        rule = "own"
    if (args.width is None) != (args.height is None):
        raise WanMoveError(where="Generate / size", what="only one of --width and --height", fix="give both or none")
    if args.width is not None:
        if args.own_size:
            raise WanMoveError(where="Generate / size", what="--own-size beside --width", fix="give one of them")
        rule, width, height = "explicit", args.width, args.height
    settings = RunSettings(
        checkpoint=args.ckpt_dir,
        transformer=args.transformer,
        text_encoder=args.text_encoder,
        image_encoder=args.image_encoder,
        vae=args.vae,
        tokenizer=args.tokenizer,
        dtype=args.dtype,
        precision=args.precision,
        storage=args.storage,
        size_rule=rule,
        area_px=area,
        width=width,
        height=height,
        frames=args.frames,
        retime_tracks=args.retime_tracks,
        fps=args.fps,
        steps=args.steps,
        shift=args.shift,
        solver=args.solver,
        guidance_scale=args.guidance,
        guidance_mode=args.guidance_mode,
        track_guidance_scale=args.track_guidance,
        strength=args.strength,
        negative_prompt=NEGATIVE_PROMPT if args.negative_prompt is None else args.negative_prompt,
        noise_device=args.noise_device,
        attention=args.attention,
        memory=args.memory,
        t5_cpu=args.t5_cpu,
        offload_model=args.offload_model,
        image_encoder_heads=args.image_encoder_heads,
        vae_tiling=args.vae_tiling,
        transformer_2=args.transformer_2,
        boundary=require_boundary(args.boundary),
        guidance_scale_2=args.guidance_2,
        lora_start_steps=getattr(args, "lora_start", 0),
        lora_start_guidance=getattr(args, "lora_start_guidance", GUIDANCE_SCALE),
        **_lead_settings(args),
    )
    return require_sound(settings)


def _lead_settings(args: argparse.Namespace) -> dict[str, Any]:
    """The lead's levels as numbers, where one is asked for: a preset may mean others one day."""
    start, release = getattr(args, "lead_from", None), getattr(args, "lead_to", None)
    preset = LEADS[getattr(args, "lead_preset", "objects")]
    given = start is not None or release is not None or preset != LEADS["objects"]
    given |= bool(getattr(args, "lead_feather", 0))
    if not given and getattr(args, "lead", None) in (None, "off"):
        return {}
    require_feather(args.lead_feather)
    levels = LeadLevels(preset.start if start is None else start, preset.release if release is None else release)
    return {"lead_from": levels.start, "lead_to": levels.release, "lead_feather": args.lead_feather}


def seed_of(given: int) -> int:
    """``given``, or a drawn one (below 2^31, so that it is easy to type) for -1."""
    if given == -1:
        return secrets.randbelow(2**31)
    if not 0 <= given <= MAX_SEED:
        raise WanMoveError(where="Generate / --seed", what=f"{given}", fix=f"use -1, or a number from 0 to {MAX_SEED}")
    return given


def _area(size: str) -> int:
    for sign in "*x×":
        width, found, height = size.partition(sign)
        if found and width.strip().isdecimal() and height.strip().isdecimal() and len(size) <= 32:
            return _checked_area(int(width), int(height))
    raise WanMoveError(where="Generate / --size", what=f"{size!r} is not W*H", fix="use 832*480 or another such pair")


def _checked_area(width: int, height: int) -> int:
    area = width * height
    for wrong, bound, words in (
        (area < MIN_AREA_PX, "least", "larger"), (area > MAX_AREA_PX, "most", "smaller"),
    ):  # fmt: skip
        if wrong:
            limit = MIN_AREA_PX if words == "larger" else MAX_AREA_PX
            side = round(limit**0.5)
            raise WanMoveError(
                where="Generate / --size",
                what=f"{width}*{height} is an area of {area:,} px, the {bound} is {limit:,} ({side}*{side})",
                fix=f"use a {words} size such as 832*480, or --width and --height for exactly these sides",
            )
    return area


def _yes_no(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return known[text.lower()]
