"""``wan-move download``: the published model folder and the MoveBench data set, through the hubs' own clients."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..checkpoints.fetch import Remote, fetch
from ..checkpoints.intact import require_intact
from ..checkpoints.names import CLIP_NAME, CONFIG_NAME, INDEX_NAME, TOKENIZER_FOLDER, UMT5_NAME, VAE_NAME
from ..errors import WanMoveError, plain
from ..progress import progress_bar

SUMMARY = "fetch the published model, or the MoveBench data set"

EPILOG = """\
examples:
  wan-move download --dry-run                                    what would be fetched, from where, how much
  wan-move download model --to Wan-Move-14B-480P                 about 82 GB, for generate and convert
  wan-move download model --only network vae                     when the encoders are there already
  wan-move download movebench --source huggingface

An interrupted download goes on where it stopped: give the same command. Every file has its whole name only when it is
whole, and is compared with the hub's hash; one that differs is fetched again. Needs huggingface_hub or modelscope
(pip install huggingface_hub). ComfyUI uses smaller, repackaged files: the example workflows link to them.
"""

SOURCES = ("huggingface", "modelscope")
LARGE_BYTES = 64 * 2**20
"""From here on a file is fetched so that a stopped run keeps what has come of it."""


@dataclass(frozen=True)
class Wanted:
    """Something to fetch: its names at the hubs (absent: not there), its parts' file patterns, and what it is."""

    kind: str
    names: dict[str, str]
    parts: dict[str, tuple[str, ...]]
    folder: str
    about: str


MODEL = Wanted(
    "model",
    {"huggingface": "Ruihang/Wan-Move-14B-480P", "modelscope": "churuihang/Wan-Move-14B-480P"},
    {
        "network": (CONFIG_NAME, INDEX_NAME, "diffusion_pytorch_model-*-of-*.safetensors"),
        "text": (UMT5_NAME, f"{TOKENIZER_FOLDER}/*"),
        "image": (CLIP_NAME, "xlm-roberta-large/*"),
        "vae": (VAE_NAME,),
    },
    "Wan-Move-14B-480P",
    "the published model: network 66 GB (float32), text encoder 11 GB, image encoder 5 GB, VAE 0.5 GB",
)
MOVEBENCH = Wanted(
    "dataset",
    {"huggingface": "Ruihang/MoveBench"},
    {
        "lists": ("en/*.txt", "zh/*.txt", "*.py", "*.md"),
        "data": ("*/first_frame/*", "*/video/*", "*/track/*", "first_frame/*", "video/*", "track/*", "*.zip", "*.tar*"),
    },
    "MoveBench",
    "the MoveBench data set: 1,018 clips with pictures, captions (en, zh) and tracks",
)
WANTED = {"model": MODEL, "movebench": MOVEBENCH}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=tuple(WANTED), default="model", help="default: %(default)s")
    parser.add_argument("--to", metavar="FOLDER", help="where to (default: ./Wan-Move-14B-480P or ./MoveBench)")
    parser.add_argument("--source", choices=("auto", *SOURCES), default="auto", help="default: the one installed")
    parser.add_argument("--only", nargs="+", metavar="PART", help="parts of it (see --dry-run); default: everything")
    parser.add_argument("--revision", help="a commit or tag, to get the very same files again")
    parser.add_argument("--dry-run", action="store_true", help="say what would be fetched, without a network")


def run(args: argparse.Namespace) -> int:
    wanted = WANTED[args.what]
    patterns = chosen_patterns(wanted, args.only)
    target = Path(args.to or wanted.folder)
    if args.dry_run:
        for line in plan_lines(wanted, args.source, args.only, target):
            sys.stdout.write(line + "\n")
        return 0
    source = choose_source(args.source, wanted)
    _check_target(target)
    sys.stderr.write(f"Fetching {wanted.names[source]} from {source} into {target} ({wanted.about})\n")
    _FETCH[source](wanted, target, patterns, args.revision)
    with progress_bar("Comparing hashes") as moved:
        compared = require_intact(target, moved)
    lost = missing_files(wanted, target, args.only)
    if lost:
        raise WanMoveError(
            where=str(target), what=f"after the download these are missing: {', '.join(lost)}", fix="run it again"
        )
    told = f", {compared} files have the hub's hashes" if compared else ""
    sys.stderr.write(f"{target} is complete{told}\n")
    return 0


def chosen_patterns(wanted: Wanted, only: list[str] | None) -> list[str] | None:
    """File patterns of the parts in ``only``; None for everything. Raises: WanMoveError for an unknown part."""
    if not only:
        return None
    unknown = [part for part in only if part not in wanted.parts]
    if unknown:
        raise WanMoveError(
            where="Download / --only", what=f"unknown part {', '.join(unknown)}", fix=f"use {', '.join(wanted.parts)}"
        )
    return [pattern for part in only for pattern in wanted.parts[part]]


def plan_lines(wanted: Wanted, source: str, only: list[str] | None, target: Path) -> list[str]:
    """What would be fetched, in words. Asks no network: exact sizes are the hub's to tell."""
    chosen_patterns(wanted, only)
    lines = [f"Would fetch {wanted.about}", f"  into  {target.absolute()}"]
    for name in SOURCES:
        if name in wanted.names and source in ("auto", name):
            there = "" if _importable(_PACKAGE[name]) else f" (needs: pip install {_PACKAGE[name]})"
            lines.append(f"  from  {name}: {wanted.names[name]}{there}")
    for part, patterns in wanted.parts.items():
        if not only or part in only:
            lines.append(f"  {part:<8}{', '.join(patterns)}")
    if not only:
        lines.append("  and every other file of the repository")
    return lines


_PACKAGE = {"huggingface": "huggingface_hub", "modelscope": "modelscope"}


def choose_source(source: str, wanted: Wanted) -> str:
    """``source``, or for auto the first hub that has it and whose client is installed.

    Raises: WanMoveError when the hub does not have it or no client is installed.
    """
    if source != "auto":
        if source not in wanted.names:
            raise WanMoveError(
                where="Download / --source", what=f"{source} does not have it", fix=f"use {', '.join(wanted.names)}"
            )
        candidates = [source]
    else:
        candidates = [name for name in SOURCES if name in wanted.names]
    for name in candidates:
        if _importable(_PACKAGE[name]):
            return name
    packages = " or ".join(_PACKAGE[name] for name in candidates)
    raise WanMoveError(
        where="Download", what=f"{packages} is not installed", fix=f"pip install {_PACKAGE[candidates[0]]}"
    )


def missing_files(wanted: Wanted, target: Path, only: list[str] | None) -> list[str]:
    """What a usable folder of the chosen parts must have and ``target`` lacks."""
    if wanted is not MODEL:
        return [] if any(target.rglob("*_track.txt")) else ["single_track.txt"]
    named = {"network": [INDEX_NAME, CONFIG_NAME], "text": [UMT5_NAME, TOKENIZER_FOLDER], "image": [CLIP_NAME]}
    named["vae"] = [VAE_NAME]
    lost = [name for part, names in named.items() if not only or part in only for name in names]
    lost = [name for name in lost if not (target / name).exists()]
    if (target / INDEX_NAME).exists():
        from ..checkpoints.layout import find_layout

        find_layout(target)  # names the shards that are missing
    return lost


def _from_huggingface(wanted: Wanted, target: Path, patterns: list[str] | None, revision: str | None) -> None:
    """Large files by ourselves, because the client forgets what came of a file when it is stopped; then the others."""
    from huggingface_hub import snapshot_download

    name, kind = wanted.names["huggingface"], wanted.kind

    def everything() -> None:
        commit = _large_files(name, kind, target, patterns, revision)
        snapshot_download(name, repo_type=kind, revision=commit, local_dir=str(target), allow_patterns=patterns)

    _told_errors("huggingface", wanted, everything)


def _large_files(name: str, kind: str, target: Path, patterns: list[str] | None, revision: str | None) -> str:
    """Fetch the files of LARGE_BYTES and more; the commit that all come from."""
    from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, filter_repo_objects

    api = HfApi()
    commit = str(api.repo_info(name, repo_type=kind, revision=revision).sha)
    found = {one.path: one for one in api.list_repo_tree(name, repo_type=kind, revision=commit, recursive=True)}
    remotes = []
    for path in filter_repo_objects(found, allow_patterns=patterns):
        lfs, size = getattr(found[path], "lfs", None), getattr(found[path], "size", 0)
        if lfs is None or size < LARGE_BYTES:
            continue
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise WanMoveError(where=name, what=f"a file named {path}", fix="do not download from there")

        def address(path: str = path) -> tuple[str, dict[str, str]]:
            url = hf_hub_url(name, path, repo_type=kind, revision=commit)
            place = get_hf_file_metadata(url).location
            # The key to the hub is for the hub alone: the file lies elsewhere, behind a signed address.
            here = urlsplit(place).netloc == urlsplit(url).netloc
            return place, build_hf_headers() if here else {}

        remotes.append(Remote(path, size, lfs.sha256, commit, address))
    if remotes:
        _fetch_all(target, remotes)
    return commit


def _fetch_all(target: Path, remotes: list[Remote]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    total, came = sum(remote.size_bytes for remote in remotes), 0
    with progress_bar("Fetching") as moved:
        for remote in remotes:
            sys.stderr.write(f"{plain(remote.name)}: {remote.size_bytes / 1e9:.2f} GB\n")

            def count(more: int) -> None:
                nonlocal came
                came += more
                moved(came, total)

            fetch(target, remote, count)


def _from_modelscope(wanted: Wanted, target: Path, patterns: list[str] | None, revision: str | None) -> None:
    from modelscope import snapshot_download

    _told_errors(
        "modelscope",
        wanted,
        lambda: snapshot_download(
            wanted.names["modelscope"], revision=revision, local_dir=str(target), allow_patterns=patterns
        ),
    )


_FETCH = {"huggingface": _from_huggingface, "modelscope": _from_modelscope}


def _told_errors(source: str, wanted: Wanted, fetch: Callable[[], object]) -> None:
    try:
        fetch()
    except WanMoveError:
        raise
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        offline = any(os.environ.get(name, "").lower() in ("1", "true", "on", "yes") for name in _OFFLINE)
        if offline:
            fix = f"unset {' and '.join(n for n in _OFFLINE if os.environ.get(n))}: it forbids downloads"
        elif _is_no_connection(error):
            fix = "check the connection and run the same command: it goes on where it stopped"
        elif "401" in text or "403" in text or "Gated" in text:
            fix = "log in to the hub, and accept the terms on the model's page"
        elif "404" in text or "NotFound" in text:
            fix = "check --revision, or try the other --source"
        elif "No space" in text:
            fix = "free some disk space, or choose another --to; the same command then goes on"
        else:
            fix = "check the connection and run the same command: it goes on where it stopped"
        raise WanMoveError(where=f"Download / {source} {wanted.names[source]}", what=text[:300], fix=fix) from error


def _is_no_connection(error: BaseException) -> bool:
    """Whether the hub was never reached. Its client then says that something was not found, which would mislead."""
    seen: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in seen:
        seen.append(link)
        link = link.__cause__ or link.__context__
    told = " ".join(f"{type(one).__name__} {one}" for one in seen)
    return any(word in told for word in _NO_CONNECTION) or any(
        isinstance(o, ConnectionError | TimeoutError) for o in seen
    )


_NO_CONNECTION = (
    "ConnectError", "ConnectTimeout", "ReadTimeout", "ConnectionError", "NewConnectionError", "NameResolutionError",
    "Name or service not known", "Temporary failure in name resolution", "getaddrinfo failed", "ProxyError",
    "Network is unreachable", "No route to host", "LocalEntryNotFoundError",
)  # fmt: skip
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def _importable(package: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(package) is not None
    except ValueError:
        return False


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise WanMoveError(where=str(target), what="is a file", fix="give a folder with --to")
    home = next(parent for parent in (target.absolute(), *target.absolute().parents) if parent.exists())
    if not os.access(home, os.W_OK):
        raise WanMoveError(where=str(target), what=f"{home} cannot be written", fix="give another folder with --to")
