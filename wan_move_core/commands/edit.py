"""``wan-move edit``: open a picture in the motion editor and save what was drawn."""

from __future__ import annotations

import argparse

from ..editor import page as editor_page

SUMMARY = "draw motion on a picture in the browser, and save the document and its tracks"

DESCRIPTION = """\
Open the motion editor in a browser, on this machine alone. Every save writes three files: the motion document, which
opens again (motion.json), and the tracks it gives (motion_tracks.npy with motion_visibility.npy). What was not saved
is kept beside the document, and comes back when it is opened again. Ctrl-C ends it."""

EPILOG = """\
examples:
  wan-move edit photo.jpg                                         saves ./motion.json and its tracks
  wan-move edit photo.jpg --document cat.json --size 480x832
  wan-move draft --image photo.jpg --tracks motion.json -o draft.mp4
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    editor_page.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return editor_page.run(args)
