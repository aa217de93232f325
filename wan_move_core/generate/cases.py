"""The videos that one run is to make: one from the command line, or many from a list file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from ..checkpoints.lora.asked import OFF, Lora, parse_lora
from ..errors import WanMoveError
from ..lead.clip import DRAFT
from ..lead.presets import PRESETS
from .settings import RunSettings

MAX_LIST_BYTES = 64 * 2**20
MAX_CASES = 100_000
MAX_SEED = 2**63 - 1
ROLES = ("image", "tracks", "visibility", "image_embeds", "noise", "lead", "lead_mask")
"""The files that a case may read; ``lead`` and ``lead_mask`` may be folders of pictures."""

WORDS = {"lead": (DRAFT, "off")}
"""Role -> what it may be instead of a file."""


@dataclass(frozen=True)
class Case:
    """One video: its inputs' paths (absolute, or as given), its texts, its seed and where it goes.

    ``prompt`` is the user's; ``prompt_used`` what the text encoder gets, when it was extended. ``image_embeds`` and
    ``noise`` are .npy files that stand in for the image encoder and the drawn noise. ``lead`` is ``draft`` (the case's
    own motion draft), a clip or a folder that leads the sampling; ``lead_mask`` says what that knows. ``loras`` are put
    on the network in this order, each as ``loras.Lora`` spells it.
    """

    index: int
    image: str
    prompt: str
    output: str
    seed: int
    tracks: str | None = None
    visibility: str | None = None
    prompt_used: str | None = None
    negative_prompt: str | None = None
    image_embeds: str | None = None
    noise: str | None = None
    lead: str | None = None
    lead_mask: str | None = None
    loras: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.prompt if self.prompt_used is None else self.prompt_used

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def inputs(self) -> dict[str, str]:
        """Role -> path of the files that the case reads."""
        own = {role for role, words in WORDS.items() if getattr(self, role) in words}
        files = {role: path for role in ROLES if role not in own and (path := getattr(self, role)) is not None}
        return files | {f"lora_{number}": lora.path for number, lora in enumerate(self.lora_files(), start=1)}

    def lora_files(self) -> list[Lora]:
        """The LoRAs, as files and strengths."""
        return [parse_lora(text) for text in self.loras]


_LEAD = ("lead_from", "lead_to", "lead_feather")
_LORA = ("lora_start_steps", "lora_start_guidance")


def without_effect(case: Case) -> tuple[str, ...]:
    """The settings that nothing comes of in this case."""
    return (*(_LEAD if case.lead is None else ()), *(_LORA if not case.loras else ()))


def settled(settings: RunSettings, case: Case) -> RunSettings:
    """``settings`` as they are recorded beside the case's clip: levels as numbers, or none.

    A preset may mean other levels one day, and what has no effect would pass for what was done.
    """
    plain = {field.name: field.default for field in dataclasses.fields(RunSettings)}
    settings = dataclasses.replace(settings, **{name: plain[name] for name in without_effect(case)})
    if case.lead is None:
        return settings
    levels = PRESETS["objects"]
    return dataclasses.replace(
        settings,
        lead_from=levels.start if settings.lead_from is None else settings.lead_from,
        lead_to=levels.release if settings.lead_to is None else settings.lead_to,
    )


def leading_away(paths: dict[str, str | None]) -> list[str]:
    """``role path`` of the paths that are absolute or climb out of the folder they are relative to."""
    found = []
    for role, path in paths.items():
        if path and (PureWindowsPath(path).is_absolute() or path[0] in "/\\~" or ".." in PureWindowsPath(path).parts):
            found.append(f"{role} {path}")
    return found


def beside(case: Case, folder: Path) -> Case:
    """``case`` whose relative paths, where they lead nowhere from here, are looked for in ``folder``."""

    def here(path: str) -> str:
        return str(folder / path) if not Path(path).exists() and (folder / path).exists() else path

    moved = {role: here(path) for role, path in case.inputs().items() if role in ROLES}
    loras = tuple(dataclasses.replace(lora, path=here(lora.path)).text for lora in case.lora_files())
    return dataclasses.replace(case, **moved, loras=loras)


_LIST_KEYS = {f.name for f in dataclasses.fields(Case)} - {"index", "prompt_used", "loras"} | {"lora"}


def read_case_list(path: str | Path, base_seed: int, output_folder: str | Path) -> list[Case]:
    """The cases of a list file: a JSON array, or one JSON object per line (``#`` comments and empty lines allowed).

    Each object has ``image`` and ``prompt``, and may have tracks, visibility, negative_prompt, seed, output,
    image_embeds, noise, lead, lead_mask and lora (FILE:STRENGTH, several in a list; ``off``: none). Paths are relative
    to the list file; ``output`` is relative to ``output_folder`` and is the image's name with the case's number by
    default. The seed of a case without one is ``base_seed`` plus its place, so that it does not depend on what is done
    already.

    Raises: WanMoveError naming the line or entry that is wrong, and outputs that two cases share.
    """
    path = Path(path)
    entries = list(_entries(path))
    if not entries:
        raise WanMoveError(
            where=str(path), what="there is no case in it", fix='add lines like {"image": ..., "prompt": ...}'
        )
    if len(entries) > MAX_CASES:
        raise WanMoveError(where=str(path), what=f"{len(entries)} cases", fix=f"split it: at most {MAX_CASES}")
    folder = Path(output_folder)
    cases = []
    for index, (place, entry) in enumerate(entries):
        unknown = sorted(set(entry) - _LIST_KEYS)
        if unknown:
            raise WanMoveError(
                where=place, what=f"unknown keys {', '.join(unknown)}", fix=f"use {', '.join(sorted(_LIST_KEYS))}"
            )
        for key in ("image", "prompt"):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                raise WanMoveError(where=place, what=f"no {key}", fix=f'add "{key}"')
        loras = _loras(entry.get("lora"), path.parent, place)
        for key in sorted(set(entry) - {"seed", "lora"}):
            if not isinstance(entry[key], str | None) or "\0" in (entry[key] or ""):
                raise WanMoveError(where=place, what=f"{key} {entry[key]!r}", fix=f'write "{key}" as text, in quotes')
        seed = entry.get("seed", base_seed + index)
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= MAX_SEED:
            raise WanMoveError(where=place, what=f"seed {seed!r}", fix=f"use a whole number from 0 to {MAX_SEED}")
        output = entry.get("output") or f"{Path(entry['image']).stem}_{index:04d}.mp4"
        files = {k: str(path.parent / entry[k]) for k in ROLES if entry.get(k) and entry[k] not in WORDS.get(k, ())}
        files |= {k: entry[k] for k, words in WORDS.items() if entry.get(k) in words}
        cases.append(
            Case(
                index=index,
                prompt=entry["prompt"],
                negative_prompt=entry.get("negative_prompt"),
                output=str(_inside(folder, output, place)),
                seed=seed,
                loras=loras,
                **files,
            )
        )
    seen: dict[str, int] = {}
    for case in cases:
        if case.output in seen:
            raise WanMoveError(
                where=str(path),
                what=f"cases {seen[case.output]} and {case.index} both write {case.output}",
                fix="give each its own output",
            )
        seen[case.output] = case.index
    return cases


def _loras(given: Any, folder: Path, place: str) -> tuple[str, ...]:
    """The LoRAs of an entry; (``off``,) where it wants none, () where it says nothing."""
    if given is None:
        return ()
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) and "\0" not in text for text in texts):
        raise WanMoveError(
            where=place, what=f"lora {str(given)[:60]!r}", fix='write "lora": "FILE:STRENGTH", or a list of such texts'
        )
    if texts in ([], [OFF]):
        return (OFF,)
    loras = [parse_lora(text, place) for text in texts]
    return tuple(dataclasses.replace(lora, path=str(folder / lora.path)).text for lora in loras)


def _inside(folder: Path, output: str, place: str) -> Path:
    relative = Path(str(output))
    if relative.is_absolute() or ".." in relative.parts or not relative.suffix:
        raise WanMoveError(
            where=place, what=f"output {output!r}", fix="give a clip's name inside the output folder, such as a.mp4"
        )
    return folder / relative


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise WanMoveError(where=str(path), what="larger than 64 MB", fix="split the list")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WanMoveError(where=str(path), what=f"cannot be read ({error})", fix="check the list's path") from error
    if text.lstrip().startswith("["):
        parsed = _parsed(text, str(path))
        for number, entry in enumerate(parsed):
            yield _an_object(entry, f"{path.name} / entry {number}")
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            place = f"{path.name} / line {number}"
            yield _an_object(_parsed(line, place), place)


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WanMoveError(where=place, what=f"not JSON ({error})", fix="write one JSON object per line") from error


def _an_object(entry: Any, place: str) -> tuple[str, dict[str, Any]]:
    if not isinstance(entry, dict):
        raise WanMoveError(where=place, what=f"a {type(entry).__name__}, expected an object", fix="use {...}")
    return place, entry
