"""What came out: the JSON that is kept, the table that is read, and the targets held against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .plan import BRANCHES_OF_A_STEP, STEPS_OF_A_CLIP


class Results:
    """Everything known so far, from the worker's events. Written after each part, so that nothing is ever lost."""

    def __init__(self, head: dict[str, Any], parts: list[tuple[str, str]]) -> None:
        self.head = head
        self.parts: dict[str, dict[str, Any]] = {
            name: {"name": name, "title": title, "status": "not reached", "seconds": None, "note": "", "rows": []}
            for name, title in parts
        }
        self.known: dict[str, Any] = {}
        self._now: str | None = None
        self._estimate = 0.0

    def take(self, event: dict[str, Any]) -> None:
        """One line of the worker's."""
        told = {k: v for k, v in event.items() if k not in ("event", "part", "known", "estimate")}
        if event["event"] == "card":
            self.head |= told
        elif event["event"] == "begin":
            self._now, self._estimate = event["part"], event["estimate"]
            self.parts[event["part"]]["status"] = "running"
        elif event["event"] == "row" and self._now:
            self.parts[self._now]["rows"].append(told)
        elif event["event"] == "end":
            self.known.update(event.get("known", {}))
            self.parts[event["part"]] |= told
            self._now = None

    def left(self) -> list[str]:
        """The parts that no worker has begun."""
        return [name for name, part in self.parts.items() if part["status"] == "not reached"]

    def patience(self) -> float:
        """Seconds without a word after which the part at work has hung. Importing torch may take a minute."""
        return 150.0 if self._now is None else 60 + 2 * self._estimate

    def cut(self, note: str) -> None:
        """The process of the part at work has ended."""
        if self._now:
            self.parts[self._now] |= {"status": "failed", "note": note}
            self._now = None

    def give_up(self, note: str) -> None:
        """No further part can be measured."""
        for name in self.left():
            self.parts[name] |= {"status": "failed", "note": note}

    def to_json(self) -> dict[str, Any]:
        return {**self.head, "parts": list(self.parts.values())}

    def write(self, path: Path) -> None:
        waiting = path.with_suffix(".part")
        waiting.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8", newline="\n")
        waiting.replace(path)


def markdown(told: Mapping[str, Any]) -> str:
    """The page of one run, from its JSON."""
    packages = ", ".join(
        f"{name} {told[name]}" for name in ("torch", "cuda", "diffusers", "transformers", "triton") if told.get(name)
    )
    memory = f", {told['memory_gb']:.0f} GB" if told.get("memory_gb") else ""
    lines = [
        f"## GPU: {told.get('card', 'no card was reached')}{memory}",
        "",
        f"{told.get('date')}, commit {told.get('commit')}; {packages}; {told.get('sizes')}; random weights made on the "
        f"card; took {told.get('seconds', 0):.0f} s.",
        "",
        "A step's seconds are between two synchronisations with the card; memory is the allocator's peak, what the "
        "driver takes comes on top.",
        "",
        "| part | what | value | peak, GB | ratio | note |",
        "|---|---|---|---|---|---|",
    ]
    for part in told["parts"]:
        title = part["title"]
        for row in part["rows"]:
            peak = row.get("peak_allocated_gb")
            ratio = f"{row['ratio']:.4g} x {row['beside']}" if row.get("ratio") is not None else ""
            cells = [title, row["what"], _value(row), f"{peak:.1f}" if peak is not None else "", ratio, row["note"]]
            lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
            title = ""
        if part["status"] != "done":
            note = part["note"].replace("|", "/").replace("\n", " ")
            lines.append(f"| {title} | *{part['status']}* | | | | {note} |")
    return "\n".join([*lines, "", "| target | measured | |", "|---|---|---|", *_targets(told), ""])


def _value(row: Mapping[str, Any]) -> str:
    value = row.get("value")
    if value is None:
        return ""
    digits = 0 if value >= 100 else 1 if value >= 30 else 2 if value >= 1 else 3
    return f"{value:.{digits}f} {row['unit']}"


def _targets(told: Mapping[str, Any]) -> list[str]:
    rows = {row["key"]: row for part in told["parts"] for row in part["rows"] if row.get("key")}

    def value(key: str, name: str = "value") -> float | None:
        return rows[key].get(name) if key in rows else None

    step = value("published 2") or (value("published 1") or 0) * BRANCHES_OF_A_STEP
    guide, weights, peak = (
        value("guide 200"),
        value("fp8 weights", "peak_allocated_gb"),
        value("fp8 1", "peak_allocated_gb"),
    )
    share = guide / 1e3 / (STEPS_OF_A_CLIP * step) if guide and step else None
    lines = [
        _target("our loop at most 1.02 of diffusers' step (precision plain)", value("plain 1", "ratio"), 1.02),
        _target(
            "the host at most 1.05 of plain diffusers per step (precision published)",
            value("published 1", "ratio"),
            1.05,
        ),
        _target("our sampler in ComfyUI at most 1.02 of KSampler's step", value("comfy ours 1", "ratio"), 1.02),
        _target("the guide, 200 tracks, below 0.1 % of a clip, %", None if share is None else share * 100, 0.1),
        _target("fp8 weights on the card at most 18 GB", weights, 18.0),
        _target("preset 24g under 24 GB", value("24g clip", "peak_reserved_gb"), 24.0),
        _target("preset 16g under 16 GB", value("16g clip", "peak_reserved_gb"), 16.0),
        _target("preset 12g under 12 GB", value("12g clip", "peak_reserved_gb"), 12.0),
    ]
    if weights and peak:
        lines.append(f"| (fp8: beyond the weights, one evaluation takes) | {peak - weights:.1f} GB | |")
    return lines


def _target(what: str, measured: float | None, most: float) -> str:
    if measured is None:
        return f"| {what} | not measured | |"
    return f"| {what} | {measured:.4g} | {'met' if measured <= most else '**not met**'} |"
