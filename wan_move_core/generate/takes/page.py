"""The page that ranks takes: one HTML file with its pictures in it, the clips beside it played from there."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..results import write_text


@dataclass(frozen=True)
class Take:
    """One take as measured. ``picture``: JPEG of its paths coloured by error; ``clip``: the file.

    ``of`` names the clip that it is a take of. Figures are ``adherence.ranking.Standing``'s, None where nothing could
    be judged; ``note`` says why.
    """

    of: str
    number: int
    clip: Path
    seed: int
    varied: str
    followed: float | None
    still: float | None
    epe_px: float | None
    score: float | None
    note: str = ""
    picture: bytes = b""


def ranked(takes: list[Take]) -> list[Take]:
    """Best first: by score, then by the points' mean distance, then by number; unmeasured ones last."""

    def key(take: Take) -> tuple[bool, float, bool, float, int]:
        return (take.score is None, -(take.score or 0.0), take.epe_px is None, take.epe_px or 0.0, take.number)

    return sorted(takes, key=key)


def grouped(takes: list[Take]) -> dict[str, list[Take]]:
    """Name of the clip -> its takes, best first; clips in the order in which they were given."""
    groups: dict[str, list[Take]] = {}
    for take in takes:
        groups.setdefault(take.of, []).append(take)
    return {name: ranked(group) for name, group in groups.items()}


def as_json(takes: list[Take], folder: Path) -> dict[str, Any]:
    """The ranking as plain data; clips are named from ``folder``, where it will lie."""
    told = {}
    for name, group in grouped(takes).items():
        rows = []
        for take in group:
            row = {k: v for k, v in dataclasses.asdict(take).items() if k not in ("of", "picture")}
            rows.append({**row, "clip": _from(folder, take.clip)})
        told[name] = rows
    return {"format": "wan-move-takes", "version": 1, "clips": told}


def write_page(takes: list[Take], page: Path) -> None:
    """``page`` and, beside it, the same as ``.json``; each appears whole or not at all."""
    write_text(page.with_suffix(".json"), json.dumps(as_json(takes, page.parent), indent=1, ensure_ascii=False) + "\n")
    write_text(page, html_page(takes, page.parent))


def html_page(takes: list[Take], folder: Path) -> str:
    """The whole page. ``folder`` is where it will lie: clips are named from there."""
    parts = []
    for name, group in grouped(takes).items():
        rows = "\n".join(_row(place, take, folder) for place, take in enumerate(group, start=1))
        parts.append(f"<h2>{escape(name)}</h2>\n<table><thead><tr><th>place</th><th>clip</th><th>paths by error</th>"
                     "<th>score</th><th>follows</th><th>stays</th><th>off by</th><th>seed</th><th></th></tr></thead>"
                     f"<tbody>\n{rows}\n</tbody></table>")  # fmt: skip
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; media-src 'self' file:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Takes</title>
<style>{STYLE}</style></head><body>
<h1>Takes, best first</h1>
<p>The score is the share of the tracks that follow times the share of places that nothing asks to move and that stay,
0 to 100. It says nothing about how good a clip looks: watch the first few.</p>
{"".join(parts)}
</body></html>
"""


def _row(place: int, take: Take, folder: Path) -> str:
    source = quote(_from(folder, take.clip))
    coded = base64.b64encode(take.picture).decode("ascii")
    alt = escape(f"paths of {take.clip.name} coloured by error")
    image = f'<img alt="{alt}" src="data:image/jpeg;base64,{coded}">' if take.picture else ""
    return (
        f'<tr><td class=n>{place}</td><td><video src="{source}" controls loop muted preload="metadata"></video>'
        f'<a href="{source}">{escape(take.clip.name)}</a></td><td>{image}</td>'
        f"<td class=n><b>{_number(take.score, '.0f')}</b></td><td class=n>{_number(take.followed, '.0%')}</td>"
        f"<td class=n>{_number(take.still, '.0%')}</td><td class=n>{_number(take.epe_px, '.1f', ' px')}</td>"
        f"<td class=n>{take.seed}</td><td>{escape('; '.join(filter(None, (take.varied, take.note))))}</td></tr>"
    )


def _from(folder: Path, clip: Path) -> str:
    return Path(os.path.relpath(clip, folder)).as_posix()


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "–" if value is None else f"{value:{form}}{unit}"


STYLE = """
:root{color-scheme:light dark;--ink:#18181b;--line:#d4d4d8;--paper:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#f4f4f5;--line:#3f3f46;--paper:#18181b}}
body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1.5rem;max-width:1500px}
h1{font-size:1.4rem}h2{font-size:1.1rem}table{border-collapse:collapse}
th,td{border-bottom:1px solid var(--line);padding:.35em .5em;vertical-align:top;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}
video,img{width:320px;max-width:40vw;display:block}
"""
