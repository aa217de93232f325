"""What lies in ComfyUI's model folders, and where: files, and folders of shards. Names never leave those folders."""

from __future__ import annotations

import os
from pathlib import Path

from ....checkpoints.layout import CLIP_NAME, INDEX_NAME, SHARD, UMT5_NAME, VAE_NAME
from ....errors import WanMoveError
from ..host.folders import model_files, model_folders

_TORCH = (".pth", ".pt", ".bin")
_PUBLISHED_OTHERS = (UMT5_NAME, CLIP_NAME, VAE_NAME)


def model_names() -> list[str]:
    """What the model loader offers from ``diffusion_models``: single files, and each sharded folder once, by its name.

    Shards are not offered one by one, nor are the encoders and the VAE that lie beside them in a published folder.
    """
    names: list[str] = []
    for name in model_files("diffusion_models"):
        folder, file = os.path.split(name)
        if SHARD.search(file):
            # Shards without an index are shown by their first one: choosing it explains what is missing.
            shown = _sharded_name(folder) or (name if "-00001-of-" in file else None)
            if shown is not None and shown not in names:
                names.append(shown)
        elif file not in _PUBLISHED_OTHERS:
            names.append(name)
    return names


def _sharded_name(folder: str) -> str | None:
    """How the folder of shards ``folder`` (relative) is shown: by its name, by its index when it has none."""
    shown = folder or INDEX_NAME
    try:
        find("diffusion_models", shown)
    except WanMoveError:
        return None
    return shown


def torch_names(folder_name: str, published_name: str, word: str) -> list[str]:
    """Torch files of a model folder, and those of that kind in published folders under ``diffusion_models``.

    ``word`` (such as "t5") marks the kind in file names that are not the published one.
    """
    names = [n for n in model_files(folder_name) if n.lower().endswith(_TORCH)]
    for name in model_files("diffusion_models"):
        file = os.path.basename(name)  # noqa: PTH119 - the host's names are strings
        if file == published_name or (file.lower().endswith(_TORCH) and word in file.lower()):
            names.append(name)
    return list(dict.fromkeys(names))


def find(folder_names: str | tuple[str, ...], name: str) -> Path:
    """The file, or folder with an index.json, that a widget's ``name`` stands for.

    Raises: WanMoveError when it is not there. A name with ``..`` or a root is taken as relative to the model folder, as
    the host does.
    """
    folder_names = (folder_names,) if isinstance(folder_names, str) else folder_names
    relative = os.path.relpath(os.path.join("/", name), "/")  # noqa: PTH118 - normalises without touching the disk
    looked: list[str] = []
    for folder_name in folder_names:
        for root in model_folders(folder_name):
            path = Path(root) / relative
            if relative != "." and (path.is_file() or (path.is_dir() and any(path.glob("*.index.json")))):
                return path
            looked.append(root)
    raise WanMoveError(
        where=name or "model",
        what=f"not found under {', '.join(dict.fromkeys(looked))}",
        fix="put it there (a published folder as downloaded, with its index.json), then press R to refresh the list",
    )
