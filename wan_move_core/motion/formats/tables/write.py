"""Tracks for compositors, match-movers and tables: After Effects keyframe text, CSV, Nuke ASCII, 3DEqualizer, PFTrack,
Shake, SynthEyes.

Frames and conventions are each program's own: After Effects counts frames from 0 and y from the top, Nuke frames from 1
and y from the bottom. A table counts tracks from 1, as they are drawn, and frames from 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....errors import plural
from ....tracks import Tracks


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


def equalizer(tracks: Tracks, notes: list[str]) -> bytes:
    """3DEqualizer 4's 2D tracks: how many, then for each its name, colour, number of rows, and rows: frame, x, y."""
    made = list(_seen(tracks, notes))
    blocks = ["\n".join([f"track_{n}", "0", str(len(rows)), *(f"{t} {x} {y}" for t, x, y in rows)]) for n, rows in made]
    return "\n".join([str(len(made)), *blocks, ""]).encode("ascii")


def pftrack(tracks: Tracks, notes: list[str]) -> bytes:
    """PFTrack's .2dt: for each its name, the camera's, number of rows, and rows of frame, x, y and similarity."""
    head = '# "name"\n# "clip"\n# <number of frames>\n# <frame> <x> <y> <similarity>\n'
    blocks = [
        "\n".join([f'"track_{n}"', '"Primary"', str(len(rows)), *(f"{t} {x} {y} 1.0" for t, x, y in rows), ""])
        for n, rows in _seen(tracks, notes)
    ]
    return (head + "\n" + "\n".join(blocks)).encode("ascii")


def shake(tracks: Tracks, notes: list[str]) -> bytes:
    """The text of Shake's trackers, which Nuke's CameraTracker and others read too."""
    head = "   Frame             X             Y   Correlation"
    blocks = [
        "\n".join([f"TrackName track{n}", head, *(f"{t:8.2f} {x:>13} {y:>13} {1:13.3f}" for t, x, y in rows), ""])
        for n, rows in _seen(tracks, notes)
    ]
    return "\n".join(blocks).encode("ascii")


def syntheyes(tracks: Tracks, notes: list[str]) -> bytes:
    """SynthEyes' Tracker 2-D Paths: -1 to 1 between the centres of the first and last pixel, and a frame's outcome."""
    width, height = tracks.size_wh
    xy, visible = tracks.xy.double().tolist(), tracks.visible.tolist()
    rows = []
    for n in range(tracks.count):
        for t in range(tracks.frames):
            u, v = (2 * ((p - 0.5) / max(1, side - 1)) - 1 for p, side in zip(xy[t][n], (width, height), strict=True))
            rows.append(f"Tracker{n + 1} {t + 1} {u:.7f} {v:.7f} {7 if visible[t][n] else 32}")
    notes.append(f"The file does not say its picture's size; it is {width}x{height}.")
    return ("\n".join(rows) + "\n").encode("ascii")


def _seen(tracks: Tracks, notes: list[str]) -> Iterator[tuple[int, list[tuple[int, str, str]]]]:
    """Number of each track that is ever seen, from 1, and its rows: frame from 1, x, y from the bottom, px."""
    width, height = tracks.size_wh
    notes.append(f"y counts from the bottom of a picture of {width}x{height}, frames from 1.")
    hidden = int((~tracks.visible).sum())
    if hidden:
        notes.append(f"{plural(hidden, 'hidden position')} left out: those frames have no row.")
    for n in range(tracks.count):
        xy, visible = tracks.xy[:, n].tolist(), tracks.visible[:, n].tolist()
        rows = [(t + 1, f"{x:.4f}", f"{height - y:.4f}") for t, (x, y) in enumerate(xy) if visible[t]]
        if rows:
            yield n + 1, rows


def _text(value: float) -> str:
    """A number with at most four decimals, no exponent and no trailing zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
