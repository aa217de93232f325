"""``wan-move edit``: open a picture in the motion editor and save what was drawn."""

from __future__ import annotations

import argparse

from ..editor import page as editor_page

SUMMARY = "draw motion on a picture in the browser, and save the document and its tracks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    editor_page.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return editor_page.run(args)
