"""The motion editor outside ComfyUI: a page on this machine that opens a picture and saves the motion drawn on it.

``wan-move edit PICTURE`` and ``python -m wan_move_core.editor.page`` both end here. The server listens on 127.0.0.1
alone, on a free port. Its address holds a code that works once and becomes a cookie (``access``); every request is
checked for that and for its Host, and what is sent also for its Origin, so that neither another user of the machine nor
another site open in the same browser can read the picture or write the document (``handler``). A save writes the one
document that the command named, and the tracks beside it (``store``).
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from ..errors import WanMoveError
from .access import RedirectFile
from .job import MAX_DOCUMENT_BYTES, EditorJob, make_job, save_document
from .server import EditorServer
from .store import Store
from .writing import check_writable

__all__ = ["MAX_DOCUMENT_BYTES", "EditorJob", "EditorServer", "make_job", "save_document"]

BROWSER_SECONDS = 120.0
"""How long a browser that was just started may take to arrive."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``wan-move edit``."""
    parser.add_argument(
        "picture", type=Path, nargs="?", help="the picture to draw on; one can also be dropped on the page"
    )
    parser.add_argument("--document", type=Path, help="the motion document to open and save (default: DIR/motion.json)")
    parser.add_argument("--size", type=parse_size, metavar="WxH", help="the video's size (default: from the picture)")
    parser.add_argument("--frames", type=int, help="the video's length in frames, 4k+1 (default: 81)")
    parser.add_argument("--fps", type=float, help="frames per second (default: 16)")
    parser.add_argument(
        "--fit", choices=("crop", "stretch", "pad"), help="how the picture fits the size (default: crop)"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where the tracks are saved (default: here)")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address and open nothing")


def parse_size(text: str) -> tuple[int, int]:
    """``"832x480"`` -> (832, 480). Raises argparse's error, which argparse reports, for anything else."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 832x480")
    width, height = (int(part) for part in parts)
    if not (8 <= width <= 16384 and 8 <= height <= 16384):
        raise argparse.ArgumentTypeError(f"{text!r}: each side is 8 to 16384 px")
    return width, height


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C. Saves and drafts are already on disk by then, so that ending loses nothing.

    Raises: WanMoveError, among others where nothing could be saved.
    """
    job = make_job(args.picture, args.document, args.out, args.size, args.frames, args.fps, args.fit)
    check_writable(job.document)
    check_writable(job.tracks)
    try:
        server = EditorServer(job, args.port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise WanMoveError(
            where="Editor / port", what=f"port {args.port} cannot be opened ({why})", fix="leave --port out"
        ) from error
    with contextlib.ExitStack() as leaving:
        leaving.enter_context(server)
        try:
            if not args.no_browser:
                redirect = RedirectFile(server.new_address(BROWSER_SECONDS))
                leaving.callback(redirect.remove)
                webbrowser.open(redirect.path.as_uri())
            _say_where(server)
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            sys.stdout.write("\nEnded.\n")
            _say_draft(server.store, "What was not saved is kept, and comes back when the document is opened again")
    return 0


def _say_where(server: EditorServer) -> None:
    job, say = server.job, sys.stdout.write
    say(f"Motion editor: {server.new_address()}\n")
    say("The address lets one browser in, once, within ten minutes; Enter prints a new one.\n")
    say(f"Saves {job.document} and {job.tracks.name} beside it. Ctrl-C ends.\n")
    _say_draft(server.store, "An unsaved drawing of last time comes back with it")
    sys.stdout.flush()
    if sys.stdin is not None and sys.stdin.isatty():
        threading.Thread(target=_print_addresses, args=(server,), daemon=True).start()


def _say_draft(store: Store, words: str) -> None:
    if store.read()["draft"] is not None:
        sys.stdout.write(f"{words} ({store.draft_path.name}).\n")


def _print_addresses(server: EditorServer) -> None:
    """A new address for every Enter, until the terminal is gone."""
    for _ in sys.stdin:
        sys.stdout.write(f"Motion editor: {server.new_address()}\n")
        sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m wan_move_core.editor.page", description=__doc__)
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except WanMoveError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
