"""Tracks for compositors and tables: After Effects keyframe text, CSV, Nuke ASCII.

Frames and conventions are each program's own: After Effects counts frames from 0 and y from the top, Nuke frames from 1
and y from the bottom. A table counts tracks from 1, as they are drawn, and frames from 0.
"""

from __future__ import annotations

from ....tracks import Tracks
from ..report import plural


def after_effects(tracks: Tracks, fps: float, notes: list[str]) -> bytes:
    """Keyframe text to paste: one track as Position, several as Point Controls of one layer (a null)."""
    width, height = tracks.size_wh
    lines = [
        "Adobe After Effects 8.0 Keyframe Data", "",
        f"\tUnits Per Second\t{_text(fps)}", f"\tSource Width\t{width}", f"\tSource Height\t{height}",
        "\tSource Pixel Aspect Ratio\t1", "\tComp Pixel Aspect Ratio\t1", "",
    ]  # fmt: skip
    one = tracks.count == 1
    for n in range(tracks.count):
        if one:
            lines += ["Transform\tPosition", "\tFrame\tX pixels\tY pixels\tZ pixels"]
        else:
            lines += [f"Effects\tADBE Point Control #{n + 1}\tADBE Point Control-0001", "\tFrame\tX pixels\tY pixels"]
        tail = "\t0" if one else ""
        lines += [f"\t{t}\t{_text(x)}\t{_text(y)}{tail}" for t, (x, y) in enumerate(tracks.xy[:, n].tolist())]
        lines.append("")
    lines += ["", "End of Keyframe Data", ""]
    notes.append(
        "Copy the text and paste it onto a layer in After Effects"
        + (" (its Position)." if one else ": the tracks are Point Controls among its effects, numbered as here.")
    )
    hidden = int((~tracks.visible).sum())
    if hidden:
        notes.append(f"{plural(hidden, 'hidden position')} written as keys: After Effects has no visibility of points.")
    return "\n".join(lines).encode("ascii")


def csv_table(tracks: Tracks, notes: list[str]) -> bytes:
    """One row a track and frame: ``track,frame,x,y,visible``, pixels, y from the top."""
    rows = ["track,frame,x,y,visible"]
    xy, visible = tracks.xy.tolist(), tracks.visible.tolist()
    for n in range(tracks.count):
        rows += [
            f"{n + 1},{t},{_text(xy[t][n][0])},{_text(xy[t][n][1])},{int(visible[t][n])}" for t in range(tracks.frames)
        ]
    width, height = tracks.size_wh
    notes.append(f"The table does not say its picture's size; it is {width}x{height}.")
    return ("\n".join(rows) + "\n").encode("ascii")


def nuke_ascii(tracks: Tracks, notes: list[str]) -> list[bytes]:
    """Rows of ``x y frame`` for each track, y from the bottom, frames from 1; hidden frames have no row."""
    height = tracks.size_wh[1]
    made = []
    for n in range(tracks.count):
        xy, visible = tracks.xy[:, n].tolist(), tracks.visible[:, n].tolist()
        rows = [f"{x:.4f} {height - y:.4f} {t + 1}" for t, (x, y) in enumerate(xy) if visible[t]]
        made.append(("\n".join(rows) + "\n").encode("ascii") if rows else b"")
    notes.append(
        f"y counts from the bottom of a picture {height} px high, frames from 1. In Nuke: a Tracker's track, File, "
        "Import ascii (x in column 1, y in 2, frame in 3)."
    )
    hidden = int((~tracks.visible).sum())
    if hidden:
        notes.append(f"{plural(hidden, 'hidden position')} left out: those frames have no row.")
    return made


def _text(value: float) -> str:
    """A number with at most four decimals, no exponent and no trailing zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
