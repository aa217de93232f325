"""Where a run's parts are read from, and which files decide what they compute: asked before anything heavy is loaded,
so this knows headers alone, and neither diffusers nor the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...checkpoints.layout import CLIP_NAME, TOKENIZER_FOLDER, UMT5_NAME, VAE_NAME, find_layout
from ...checkpoints.names import EXPERT_FOLDERS
from ...checkpoints.shapes import NetworkShape, check_network
from ...generate.settings import RunSettings

_TOKENIZER_FILES = ("spiece.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def part_paths(folder: Path, **given: Any) -> dict[str, Any]:
    """Where each part is read from: what was given, else its place in ``folder``. None for a part that is left out."""
    home = folder if folder.is_dir() else folder.parent
    both = given.get("transformer") is None and all((home / name).is_dir() for name in EXPERT_FOLDERS)
    places = {
        "transformer": home / EXPERT_FOLDERS[0] if both else folder,
        "transformer_2": home / EXPERT_FOLDERS[1] if both else None,
        "text_encoder": home / UMT5_NAME,
        "image_encoder": home / CLIP_NAME,
        "vae": home / VAE_NAME,
        "tokenizer": home / TOKENIZER_FOLDER,
    }
    paths: dict[str, Any] = {}
    for part, place in places.items():
        value = given.get(part)
        if value is False or (place is None and value is None):
            paths[part] = None
        elif value is not None and value is not True:
            paths[part] = Path(value)
        elif place is not None and part == "image_encoder" and value is None and not place.exists():
            # No error yet: a call that brings its own image_embeds needs none, and any other call says so.
            paths[part] = None
        else:
            paths[part] = place
    return paths


def run_paths(settings: RunSettings) -> dict[str, Any]:
    """Part -> where the run reads it from."""
    return part_paths(
        Path(settings.checkpoint),
        transformer=settings.transformer,
        transformer_2=settings.transformer_2,
        text_encoder=settings.text_encoder,
        image_encoder=settings.image_encoder,
        vae=settings.vae,
        tokenizer=settings.tokenizer,
    )


def weight_files(paths: dict[str, Any]) -> dict[str, list[Path]]:
    """Part -> the files that decide what it computes: of the tokenizer its vocabulary, else the weights."""
    found = {}
    for part, path in paths.items():
        if path is None:
            continue
        if part == "tokenizer":
            found[part] = [file for name in _TOKENIZER_FILES if (file := Path(path) / name).is_file()]
        else:
            found[part] = list(find_layout(path).files)
    return found


def network_shape(settings: RunSettings) -> NetworkShape:
    """Sizes of the run's network, from its file's header; every tensor's name and shape is checked on the way."""
    return check_network(find_layout(run_paths(settings)["transformer"]))
