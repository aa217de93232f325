"""What a check finds, told in the words of checks.json, which the editor reads too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_BLANK = re.compile(r"\{(\w+)(?::([^|{}]*)\|([^|{}]*))?\}")
"""``{name}``, or ``{name:one|many}``."""


@dataclass(frozen=True)
class Finding:
    """A rule's bare result; ``values`` fill the text, ``track`` and ``frame`` say where."""

    track: int | None = None
    frame: int | None = None
    count: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Issue:
    """Something that will silently not work.

    Attributes:
        id: the rule's name in checks.json.
        severity: error (nothing happens), warning (something is lost), info (could be better; not counted as an issue).
        text: one sentence for people. fix_label: what the fix does, as a button says it.
        track: number of the track, None when it concerns all. frame: the first frame concerned. count: how often.
        extra: the rule's figures (cells, other, ...), and for documents ``layer`` (its id) and ``name``.
    """

    id: str
    severity: str
    title: str
    text: str
    fix_label: str
    fixable: bool
    track: int | None
    frame: int | None
    count: int | None
    extra: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {**vars(self), "extra": dict(self.extra)}


@cache
def checks_table() -> Mapping[str, Mapping[str, Any]]:
    """The rules of checks.json by id, in their order; read-only."""
    text = (Path(__file__).with_name("checks.json")).read_text(encoding="utf-8")
    return MappingProxyType({entry["id"]: MappingProxyType(entry) for entry in json.loads(text)})


def in_words(text: str, values: Mapping[str, Any]) -> str:
    """``{name}`` filled in from ``values``, and of ``{name:one|many}`` the form that goes with the number.

    Raises: KeyError for a name that ``values`` does not have.
    """

    def word(match: re.Match[str]) -> str:
        value = values[match[1]]
        return str(value) if match[2] is None else match[2] if value == 1 else match[3]

    return _BLANK.sub(word, text)


def issue_from_finding(rule: str, finding: Finding, who: str, extra: Mapping[str, Any]) -> Issue:
    """The finding in words. ``who`` names the track as its owner knows it."""
    entry = checks_table()[rule]
    words = {"who": who, "frame": finding.frame, "count": finding.count, "threshold": entry.get("threshold")}
    return Issue(
        id=rule,
        severity=entry["severity"],
        title=entry["title"],
        text=in_words(entry["text"], {**words, **finding.values}),
        fix_label=entry["fix"],
        fixable=entry["fixable"],
        track=finding.track,
        frame=finding.frame,
        count=finding.count,
        extra={**finding.values, **extra},
    )
