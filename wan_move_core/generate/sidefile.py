"""The JSON beside every clip: what made it, so that it can be made again, and whether it is already there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import WanMoveError
from ..lead.clip import picture_files
from .cases import MAX_SEED, Case, without_effect
from .fields import require_fields, shown
from .settings import RunSettings

FORMAT = "wan-move-run"
FOLDERS = ("lead", "lead_mask")
"""Roles that may be a folder of pictures."""
VERSION = 1
_CHUNK = 2**20
_MAX_BYTES = 2**20
_PACKAGES = ("wan-move", "torch", "diffusers", "transformers", "accelerate", "numpy", "av", "safetensors", "gguf")


def side_path(output: str | Path) -> Path:
    """``clip.mp4`` -> ``clip.mp4.json``."""
    output = Path(output)
    return output.with_name(output.name + ".json")


def sha256_file(path: str | Path) -> str:
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while part := stream.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest()


def _sha256_of_input(file: Path) -> str:
    status = file.stat()
    return _kept_sha256(str(file), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _kept_sha256(path: str, _size: int, _changed_ns: int) -> str:
    """The cases of a list and the takes of a clip share their files, and a LoRA may have a gigabyte."""
    return sha256_file(path)


def input_record(case: Case) -> dict[str, dict[str, Any]]:
    """Role -> path, size in bytes and sha256 of each file that the case reads, also of a visibility beside its tracks
    that nobody named."""
    from ..motion.formats import visibility_file

    record = {}
    files = case.inputs()
    if "tracks" in files and "visibility" not in files and (beside := visibility_file(files["tracks"])) is not None:
        files["visibility"] = str(beside)
    for role, path in files.items():
        file = Path(path)
        if role in FOLDERS and file.is_dir():
            record[role] = folder_record(file)
            continue
        if not file.is_file():
            raise WanMoveError(where=f"Generate / {role}", what=f"{path} is not there", fix="check the path")
        record[role] = {"path": str(file), "bytes": file.stat().st_size, "sha256": _sha256_of_input(file)}
    return record


def folder_record(folder: Path) -> dict[str, Any]:
    """Path, size in bytes and sha256 of a folder's pictures: of their contents, in their order."""
    files = picture_files(folder)
    digest = hashlib.sha256("".join(sha256_file(file) for file in files).encode()).hexdigest()
    return {"path": str(folder), "bytes": sum(file.stat().st_size for file in files), "sha256": digest}


def weights_record(files: dict[str, list[Path]]) -> dict[str, list[dict[str, Any]]]:
    """Part -> name, size and fingerprint of its files.

    The fingerprint is the sha256 of the first and last MiB: weights of tens of gigabytes are told apart in a moment,
    by their headers and last values, but it is no proof against tampering.
    """
    return {
        part: [{"name": f.name, "bytes": f.stat().st_size, "fingerprint": _fingerprint(f)} for f in sorted(paths)]
        for part, paths in files.items()
    }


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        digest.update(stream.read(_CHUNK))
        stream.seek(max(0, path.stat().st_size - _CHUNK))
        digest.update(stream.read(_CHUNK))
    return digest.hexdigest()


def versions() -> dict[str, str]:
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class SideFile:
    """One run's record: ``settings`` and ``case`` repeat it; ``inputs`` and ``weights`` say on what."""

    settings: RunSettings
    case: Case
    inputs: dict[str, Any]
    weights: dict[str, Any]
    result: dict[str, Any]
    versions: dict[str, str]

    def digest(self) -> str:
        return run_digest(self.settings, self.case, self.inputs, self.weights)

    def write(self, path: Path) -> None:
        """To a temporary name in the same folder, then into place."""
        table = {
            "format": FORMAT,
            "version": VERSION,
            "settings": self.settings.to_json(),
            "case": self.case.to_json(),
            "inputs": self.inputs,
            "weights": self.weights,
            "result": self.result,
            "versions": self.versions,
        }
        waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            waiting.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            waiting.replace(path)
        finally:
            waiting.unlink(missing_ok=True)


def read_side_file(path: str | Path) -> SideFile:
    """Raises: WanMoveError for anything but a side file of a known version."""
    path, where = Path(path), str(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise WanMoveError(where=where, what="too large for such a file", fix="give the .json beside a clip")
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WanMoveError(where=where, what=f"cannot be read ({error})", fix="give the .json beside a clip") from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise WanMoveError(where=where, what="not a file that generate wrote", fix="give the .json beside a clip")
    if table.get("version") != VERSION:
        raise WanMoveError(
            where=where, what=f"version {table.get('version')}, known is {VERSION}", fix="update wan-move"
        )
    return SideFile(
        _as_done(RunSettings.from_json(_object(table, "settings", where), where), _object(table, "result", where)),
        _case(_object(table, "case", where), f"{where} / case"),
        _files(_object(table, "inputs", where), f"{where} / inputs"),
        _weights(_object(table, "weights", where), f"{where} / weights"),
        _object(table, "result", where),
        _texts(_object(table, "versions", where), f"{where} / versions"),
    )


def _object(table: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    if name not in table:
        raise WanMoveError(where=where, what=f"damaged (no {name} in it)", fix="make the clip anew")
    if not isinstance(table[name], dict):
        raise _wrong(f"{where} / {name}", table[name], "an object")
    return dict(table[name])


def _case(table: dict[str, Any], where: str) -> Case:
    require_fields(Case, table, where, {})
    unknown = sorted(set(table) - {field.name for field in dataclasses.fields(Case)})
    if unknown:
        raise WanMoveError(where=where, what=f"unknown {', '.join(unknown)[:200]}", fix="use the version that wrote it")
    if not 0 <= table["seed"] <= MAX_SEED:
        raise _wrong(f"{where} / seed", table["seed"], f"0 to {MAX_SEED}")
    return Case.of_json(table)


def _files(table: dict[str, Any], where: str) -> dict[str, Any]:
    for role, entry in table.items():
        if not isinstance(entry, dict):
            raise _wrong(f"{where} / {role}", entry, "an object")
        require_fields(_Input, entry, f"{where} / {role}", {})
    return table


def _weights(table: dict[str, Any], where: str) -> dict[str, Any]:
    for part, entries in table.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise _wrong(f"{where} / {part}", entries, "a list of objects")
        for entry in entries:
            require_fields(_Weight, entry, f"{where} / {part}", {})
    return table


def _texts(table: dict[str, Any], where: str) -> dict[str, str]:
    for name, value in table.items():
        if not isinstance(value, str):
            raise _wrong(f"{where} / {name}", value, "text")
    return table


def _wrong(where: str, value: Any, expected: str) -> WanMoveError:
    return WanMoveError(where=where, what=f"{shown(value)}, expected {expected}", fix="make the clip anew")


def _as_done(settings: RunSettings, result: dict[str, Any]) -> RunSettings:
    """Settings that say what was done, also of records that left it to the preset and the device to say."""
    if settings.vae_tiling is None and isinstance(result.get("memory_plan"), str):
        settings = dataclasses.replace(settings, vae_tiling=result["memory_plan"] == "12g")
    if settings.noise_device == "run" and result.get("device") == "cpu":
        settings = dataclasses.replace(settings, noise_device="cpu")
    return settings


@dataclass(frozen=True)
class _Input:
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class _Weight:
    name: str
    bytes: int
    fingerprint: str


def run_digest(settings: RunSettings, case: Case, inputs: dict[str, Any], weights: dict[str, Any]) -> str:
    """sha256 over all that decides the result: two runs with the same digest are the same run.

    ``settings`` say what is done (``noise_device``, ``vae_tiling``), not what is left to the preset.
    """
    beside = {*PATH_SETTINGS, *without_effect(case)}
    deciding = {
        "settings": {k: v for k, v in settings.deciding().items() if k not in beside},
        "texts": [case.text, case.negative_prompt],
        "seed": case.seed,
        "inputs": {role: entry["sha256"] for role, entry in inputs.items()},
        **({"lead": case.lead} if case.lead is not None and "lead" not in inputs else {}),
        **({"loras": [lora.strengths for lora in case.lora_files()]} if case.loras else {}),
        "weights": {part: [(e["bytes"], e["fingerprint"]) for e in entries] for part, entries in weights.items()},
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


# The weights' own fingerprints speak for them, wherever they lie.
PATH_SETTINGS = ("checkpoint", "transformer", "transformer_2", "text_encoder", "image_encoder", "vae", "tokenizer")


def same_run(record: SideFile, side: SideFile) -> bool:
    """Whether the clip that ``record`` stands beside is the one that ``side`` is to make."""
    weights = side.weights
    if "tokenizer" not in record.weights:
        # Records had no tokenizer once: what they do not know cannot tell two runs apart.
        weights = {part: entries for part, entries in weights.items() if part != "tokenizer"}
    inputs = side.inputs
    if "visibility" not in record.inputs and side.case.visibility is None:
        # Nor did they know of a visibility that was found beside the tracks.
        inputs = {role: entry for role, entry in inputs.items() if role != "visibility"}
    return record.digest() == run_digest(side.settings, side.case, inputs, weights)


def finished(side: SideFile) -> bool:
    """Whether the clip of ``side`` is there, intact, and made by this very run.

    Raises: WanMoveError when the clip is there but is not that: it is never overwritten by accident.
    """
    output, path = Path(side.case.output), side_path(side.case.output)
    if not output.exists():
        return False
    why = "it has no side file"
    if path.is_file():
        record = read_side_file(path)
        if not same_run(record, side):
            why = "it was made with other settings, inputs or weights"
        elif record.result.get("sha256") != sha256_file(output):
            why = "it was changed since it was made"
        else:
            return True
    raise WanMoveError(
        where=str(output), what=f"the clip exists and {why}", fix="choose another output, or add --overwrite"
    )
