"""The report of a scored run: scores.json, scores.csv and report.html, one page that needs nothing else.

Every text from the data set is escaped, the page's own policy forbids it to load anything, and its one script sorts.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import plural
from ..generate.results import write_text
from .dataset import BenchClip
from .scores import COLUMNS, NOTICE, SSIM_REGION, ClipScore, Scored, means
from .scoring import BenchScores, SetScore, number

THUMB_SIDE_PX = 200
OVERLAY_SIDE_PX = 320
JPEG_QUALITY = 72
LABELS: Mapping[str, tuple[str, str]] = {
    "psnr": ("PSNR dB", "over all pixels of all frames"),
    "psnr_frames": ("PSNR dB, frames", "mean of every frame's own, over frames that differ"),
    "ssim": (f"SSIM ({SSIM_REGION})", "mean over frames"),
    "lpips": ("LPIPS", "distance to the reference's frames as AlexNet sees them; 0 is equal"),
    "clip_i": ("CLIP-I", "cosine of CLIP's embeddings of result and reference at the same time; 1 is equal"),
    "epe_px": ("EPE px", "mean distance to the tracks where the tracker saw the point"),
    "epe_all_px": ("EPE px, all", "with the tracker's guesses for lost points, where it saw most of them"),
    "lost_share": ("lost", "share of positions that the tracker did not see"),
    "epe_reference_px": ("EPE px, to reference", "distance to the points tracked through the reference clip"),
    "epe_floor_px": ("floor px", "EPE of the reference clip itself: what the tracker adds"),
}


@dataclass
class ReportPictures:
    """Collects what the page shows of each clip, as clips are scored: give ``add`` to ``score_results``."""

    shown: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)

    def add(self, clip: BenchClip, scored: Scored, result: np.ndarray) -> dict[str, bytes]:
        from ..adherence.picture import adherence_still

        overlay = result[-1]
        if scored.adherence is not None:
            frame = min(len(result), scored.adherence.tracks.frames) - 1
            overlay = adherence_still(result[frame], scored.adherence)
        made = {"thumb": _jpeg(result[len(result) // 2], THUMB_SIDE_PX), "overlay": _jpeg(overlay, OVERLAY_SIDE_PX)}
        self.put(clip, made)
        return made

    def put(self, clip: BenchClip, pictures: Mapping[str, bytes]) -> None:
        """What an earlier scoring has kept of a clip."""
        self.shown[clip.id] = (pictures.get("thumb", b""), pictures.get("overlay", b""))
        self.prompts[clip.id] = clip.prompt


def write_report(scored: BenchScores, pictures: ReportPictures, folder: str | Path) -> dict[str, Path]:
    """Write the three files into ``folder``, each whole or not at all. Raises: WanMoveError when that fails."""
    target = Path(folder)
    made = {
        "json": (target / "scores.json", json.dumps(scored.table(), ensure_ascii=False, indent=1) + "\n"),
        "csv": (target / "scores.csv", csv_text(scored)),
        "html": (target / "report.html", html_page(scored, pictures)),
    }
    for path, text in made.values():
        write_text(path, text)
    return {kind: path for kind, (path, _) in made.items()}


def csv_text(scored: BenchScores) -> str:
    """A row per clip, then the means; the notice and the tracker stand in comment rows above the numbers."""
    told = io.StringIO()
    rows = csv.writer(told, lineterminator="\n")
    rows.writerow([f"# {NOTICE}"])
    rows.writerow([f"# points tracked by {scored.tracker}"])
    rows.writerow(["index", "id", "frames", "width", "height", *COLUMNS, "tracks", "notes", "positions", "guessed"])
    for s in scored.clips:
        values = [_csv_number(getattr(s, column)) for column in COLUMNS]
        rows.writerow(
            [
                s.index,
                _csv_safe(s.id),
                s.frames,
                s.width,
                s.height,
                *values,
                s.tracks,
                "; ".join(s.notes),
                s.positions,
                s.guessed,
            ]
        )
    average = means(scored.clips)
    rows.writerow(["", "mean", "", "", "", *(_csv_number(average[c]["mean"]) for c in COLUMNS), "", ""])
    for _, name, one in scored.sets:
        rows.writerow(["", name, "", "", "", _csv_number(one.value), *[""] * len(COLUMNS), one.why or one.extractor])
    return told.getvalue()


def html_page(scored: BenchScores, pictures: ReportPictures) -> str:
    """The whole page, with its pictures in it."""
    average = means(scored.clips)
    heads = "".join(
        f'<th aria-sort="none"><button type="button" title="{escape(title)}">{escape(label)}</button></th>'
        for label, title in (("#", "place in the list"), ("clip", "id"), *LABELS.values())
    )
    rows = "\n".join(_row(score, pictures) for score in scored.clips)
    missing = ""
    if scored.missing:
        shown = ", ".join(scored.missing[:20]) + (" ..." if len(scored.missing) > 20 else "")
        missing = f"<p class=warn>{plural(len(scored.missing), 'clip')} not generated yet: {escape(shown)}</p>"
    for id, why in scored.unreadable.items():
        missing += f"<p class=warn>Not scored: {escape(id)}: {escape(why)}</p>"
    facts = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{_shown(c, average[c]['mean'])}</dd>"
        f"<dd class=small>median {_shown(c, average[c]['median'])}, {average[c]['clips']} clips"
        + ("; {:,} of {:,} positions guessed".format(*scored.guessed) if c == "epe_all_px" else "")
        + "</dd></div>"
        for c, (label, _) in LABELS.items()
        if c not in ("lpips", "clip_i")
    )
    facts += "".join(_set_fact(name, one) for _, name, one in scored.sets)
    title = f"MoveBench: {scored.results.name or 'results'} ({scored.bench.language}, {scored.bench.split})"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<style>{STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<p class=warn>{escape(NOTICE)}</p>
{missing}
<p>{len(scored.clips)} of {plural(scored.asked, "clip")} scored. Points tracked by <b>{escape(scored.tracker)}</b>.</p>
<dl>{facts}</dl>
<p class=small>{escape(NOTICE)} Tracker: {escape(scored.tracker)}. Overlays: white is what was asked for; colours tell
how far off the point is. Press a heading to sort, a picture to enlarge it.</p>
<table><caption>Scores per clip</caption><thead>
<tr><th>result</th><th>paths by error</th>{heads}<th>notes</th></tr></thead>
<tbody>
{rows}
</tbody></table>
<script>{SCRIPT}</script>
</body></html>
"""


def _row(score: ClipScore, pictures: ReportPictures) -> str:
    thumb, overlay = pictures.shown.get(score.id, (b"", b""))
    prompt = pictures.prompts.get(score.id, "")
    cells = "".join(
        f'<td class=n data-v="{_sort_value(getattr(score, c))}">{_shown(c, getattr(score, c))}</td>' for c in COLUMNS
    )
    return (
        f"<tr><td>{_picture(thumb, f'{score.id}, middle frame')}</td>"
        f"<td>{_picture(overlay, f'{score.id}, paths coloured by error')}</td>"
        f'<td class=n data-v="{score.index}">{score.index}</td>'
        f'<td data-v="{escape(score.id)}"><b>{escape(score.id)}</b><br><span class=small>{escape(prompt)}</span></td>'
        f"{cells}<td class=small>{escape('; '.join(score.notes))}</td></tr>"
    )


def _set_fact(name: str, one: SetScore) -> str:
    value = "left out" if one.value is None else number(one.value)
    about = [one.why or f"{one.samples} samples"]
    if one.extractor is not None:
        about.append(f"{one.extractor}; sha256 {str(one.digest)[:16]}")
    return f"<div><dt>{name}</dt><dd>{value}</dd><dd class=small>{escape('; '.join(about))}</dd></div>"


def _picture(data: bytes, alt: str) -> str:
    if not data:
        return ""
    coded = base64.b64encode(data).decode("ascii")
    return f'<img loading="lazy" tabindex="0" alt="{escape(alt)}" src="data:image/jpeg;base64,{coded}">'


def _jpeg(frame: np.ndarray, side: int) -> bytes:
    import cv2

    scale = side / max(frame.shape[:2])
    if scale < 1:
        size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(np.ascontiguousarray(frame[..., :3]), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


def _shown(column: str, value: float | int | None) -> str:
    return number(value) if column != "lost_share" or value is None else f"{value:.1%}"


def _sort_value(value: Any) -> str:
    return "" if value is None else "1e999" if math.isinf(value) else repr(float(value))


def _csv_number(value: Any) -> str:
    return "" if value is None else "inf" if math.isinf(value) else f"{value:.6g}"


def _csv_safe(text: str) -> str:
    # A spreadsheet runs cells that begin so as formulas.
    return f"'{text}" if text[:1] in "=+-@" else text


STYLE = """
:root{color-scheme:light dark;--ink:#18181b;--dim:#52525b;--line:#d4d4d8;--paper:#fff;--warn:#78350f;--warnbg:#fef3c7}
@media (prefers-color-scheme:dark){:root{--ink:#f4f4f5;--dim:#a1a1aa;--line:#3f3f46;--paper:#18181b;--warn:#fde68a;
--warnbg:#422006}}
body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1.5rem;max-width:1500px}
h1{font-size:1.4rem}.small{font-size:.85em;color:var(--dim)}
.warn{color:var(--warn);background:var(--warnbg);padding:.5em .8em;border-radius:6px}
dl{display:flex;flex-wrap:wrap;gap:.8rem}dl div{border:1px solid var(--line);border-radius:8px;padding:.5em .8em;
max-width:20rem}dt{color:var(--dim)}dd{margin:0;font-size:1.3rem}dd.small{font-size:.8rem}
table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600;padding:.4em 0}
th,td{border-bottom:1px solid var(--line);padding:.35em .5em;vertical-align:top;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}
thead th{position:sticky;top:0;background:var(--paper)}
th button{all:unset;cursor:pointer;font-weight:600;white-space:nowrap}
th button:focus-visible,img:focus-visible{outline:2px solid #2563eb;outline-offset:2px}
th[aria-sort=ascending] button::after{content:" \\2191"}th[aria-sort=descending] button::after{content:" \\2193"}
img{max-width:160px;display:block;cursor:zoom-in}img.big{max-width:min(90vw,640px)}
"""

SCRIPT = """
"use strict";
const body = document.querySelector("tbody");
const heads = [...document.querySelectorAll("thead th")];
for (const head of heads) {
  const button = head.querySelector("button");
  if (!button) continue;
  button.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const column = heads.indexOf(head), sign = down ? -1 : 1;
    const key = (row) => row.cells[column].dataset.v;
    const rows = [...body.rows].sort((a, b) => {
      const x = key(a), y = key(b);
      if (x === "" || y === "") return (x === "") - (y === "");  // clips without a score stay last
      const m = Number(x), n = Number(y);
      if (Number.isNaN(m) || Number.isNaN(n)) return sign * x.localeCompare(y, undefined, { numeric: true });
      return m === n ? 0 : sign * (m < n ? -1 : 1);
    });
    body.append(...rows);
  });
}
const enlarge = (event) => {
  if (event.target.tagName !== "IMG" || (event.type === "keydown" && event.key !== "Enter")) return;
  event.target.classList.toggle("big");
};
body.addEventListener("click", enlarge);
body.addEventListener("keydown", enlarge);
"""
