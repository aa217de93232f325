"""The motions that a person keeps under names of their own, for every drawing: one small file among the settings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..errors import WanMoveError
from ..motion.document.bounded_json import load_json
from .writing import replace_file

MAX_MOTIONS_BYTES = 1_000_000
_WHERE = "Editor / own motions"


def motions_path() -> Path:
    """Where they lie: the folder of settings that the system names, else the usual one."""
    named = os.environ.get("APPDATA") if os.name == "nt" else os.environ.get("XDG_CONFIG_HOME")
    return (Path(named) if named else Path.home() / ".config") / "wan-move" / "motions.json"


def read_motions() -> dict[str, Any]:
    """``{"text"}``, or null in it where nothing was kept or it is larger than anything this program keeps."""
    path = motions_path()
    try:
        if path.stat().st_size > MAX_MOTIONS_BYTES:
            return {"text": None}
        return {"text": path.read_bytes().decode("utf-8", "replace")}
    except OSError:
        return {"text": None}


def keep_motions(text: str) -> dict[str, Any]:
    """Replace the file. Raises: WanMoveError for what is no list in JSON, or a folder that cannot be written."""
    if not isinstance(load_json(text, _WHERE), list):
        raise WanMoveError(where=_WHERE, what="this is no list of motions", fix="reload the page")
    path = motions_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace"))
    except OSError as error:
        raise WanMoveError(
            where=str(path), what=f"it cannot be written ({error.strerror})", fix="allow writing to its folder"
        ) from error
    return {"kept": True}
