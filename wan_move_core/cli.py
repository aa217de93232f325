"""wan-move: one door to every command.

Each command is a module of ``commands`` with SUMMARY, ``add_arguments(parser)`` and ``run(args)`` (and, where it has
more to say, DESCRIPTION and EPILOG), imported only when it is asked for. A command whose module is absent is not
listed.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import signal
import sys
import traceback
from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from .errors import WanMoveError, one_line, plain, why_not_imported

EXIT_OK, EXIT_BUG, EXIT_BAD_INPUT, EXIT_CANCELLED = 0, 1, 2, 130

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("See motion, with no model", ("demo", "draft", "draw")),
    ("Make and mend trajectories", ("edit", "tracks")),
    ("Generate with the model", ("download", "convert", "extract-lora", "generate")),
    ("Measure", ("adherence", "bench")),
)

INTRO = """\
Draw how things move on a picture, watch a draft at once, and generate a video that follows.

usage: wan-move COMMAND [options]        wan-move COMMAND --help explains one command
"""

EXAMPLES = """\
Examples:
  wan-move demo                                                   a first look: makes ./wan-move-demo
  wan-move draft --image photo.jpg --tracks motion.json -o draft.mp4
  wan-move draw --video result.mp4 --tracks tracks.npy --visibility visibility.npy -o overlay.mp4
  wan-move tracks info tracks.npy                                 what a trajectory file holds

Options:
  -h, --help      this text, or a command's own
  --version       the version, and those of Python and PyTorch
  --debug         with any command: show the whole traceback of an error

The published command's spellings (--track, --track_visibility, --save_file) are accepted everywhere.
"""

# The published command's names for options of ours; underscores and dashes are the same already.
ALIASES: dict[str, tuple[str, ...]] = {
    "--track": ("--tracks",),
    "--track-visibility": ("--visibility",),
    "--save-file": ("--output", "--out"),
    "--frame-num": ("--frames", "--length"),
}


class CommandParser(ArgumentParser):
    """argparse with whole option names only, published spellings, and errors of one line."""

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)
        # main() takes --debug out of the arguments before any parser sees them; this line is for --help.
        self.add_argument("--debug", action="store_true", default=SUPPRESS, help="show the traceback of an error")

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[override]
        given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args([*_with_our_spelling(given, self._option_string_actions)], namespace)

    def error(self, message: str) -> NoReturn:
        hint = ""
        if message.startswith("unrecognized arguments:"):
            unknown = message.split(":", 1)[1].split()[0]
            near = difflib.get_close_matches(unknown, list(self._option_string_actions), n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {message.rstrip('.')}.{hint} Fix: see {self.prog} --help.\n")


def _with_our_spelling(args: Sequence[str], known: dict) -> Iterator[str]:
    """Options under the name that the parser declares; values, and all after ``--``, untouched."""
    declared = {name.replace("_", "-"): name for name in known if name.startswith("--")}
    ended = False
    for arg in args:
        ended = ended or arg == "--"
        if ended or not arg.startswith("--"):
            yield arg
            continue
        name, equals, value = arg.partition("=")
        dashed = name.replace("_", "-")
        if name not in known:
            ours = (dashed, *ALIASES.get(dashed, ()))
            name = next((declared[option] for option in ours if option in declared), name)
        yield name + equals + value


def available_commands() -> list[str]:
    """Names of the commands that this installation has, in the order of the help."""
    return [name for _, names in GROUPS for name in names if _exists(name)]


def _exists(name: str) -> bool:
    return importlib.util.find_spec(f".commands.{_module(name)}", __package__) is not None


def _load(name: str) -> ModuleType:
    return importlib.import_module(f".commands.{_module(name)}", __package__)


def _module(name: str) -> str:
    return name.replace("-", "_")


def overview() -> str:
    """The text of ``wan-move --help``."""
    lines = [INTRO]
    for title, names in GROUPS:
        rows = [f"  {name:<14}{_summary(name)}" for name in names if _exists(name)]
        if rows:
            lines += [f"{title}:", *rows, ""]
    return "\n".join([*lines, EXAMPLES])


def _summary(name: str) -> str:
    try:
        return str(_load(name).SUMMARY)
    except ImportError as missing:
        return f"(not available here: {why_not_imported(missing)[0]})"


def version_text() -> str:
    from importlib import metadata

    def of(package: str, otherwise: str) -> str:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return otherwise

    own, torch = of("wan-move", "(not installed as a package)"), of("torch", "(not installed)")
    return f"wan-move {own}, Python {sys.version.split()[0]}, PyTorch {torch}"


def parse(name: str, args: Sequence[str]) -> Namespace:
    """The arguments of command ``name``. Raises SystemExit as argparse does."""
    module = _load(name)
    description, epilog = getattr(module, "DESCRIPTION", module.SUMMARY), getattr(module, "EPILOG", None)
    parser = CommandParser(prog=f"wan-move {name}", description=description, epilog=epilog)
    module.add_arguments(parser)
    found = parser.parse_args(list(args))
    found.given = _given(parser, args)
    return found


def _given(parser: ArgumentParser, args: Sequence[str]) -> frozenset[str]:
    """Names of what stands in ``args``, also where it is given its own default; of a subcommand its name alone."""
    unset = object()
    # An option that may be given again adds to what is there already, and only to nothing.
    adding = {action.dest for action in parser._actions if type(action).__name__ in ("_AppendAction", "_ExtendAction")}
    unasked = {action.dest: None if action.dest in adding else unset for action in parser._actions}
    again = parser.parse_args(list(args), Namespace(**unasked))
    return frozenset(name for name, value in unasked.items() if getattr(again, name, value) is not value)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 2 bad input, 130 cancelled, 1 a fault of ours."""
    code = _main(argv)
    if "TORCHELASTIC_RUN_ID" in os.environ:
        from .generate.elastic.outlive import tell_code

        tell_code(code)
    return code


def _main(argv: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    end = given.index("--") if "--" in given else len(given)
    debug = "--debug" in given[:end]
    args = [a for i, a in enumerate(given) if not (a == "--debug" and i < end)]
    try:
        with _terminate_cleanly():
            return _dispatch(args, debug)
    except SystemExit as leaving:  # argparse's own exits: --help is 0, a wrong option 2
        return leaving.code if isinstance(leaving.code, int) else EXIT_OK if leaving.code is None else EXIT_BAD_INPUT
    except KeyboardInterrupt:
        return _tell(EXIT_CANCELLED, "Cancelled; nothing half-written is left.", debug)
    except WanMoveError as error:
        return _tell(EXIT_BAD_INPUT, str(error), debug)
    except BrokenPipeError:
        # `wan-move ... | head` closed our output: not an error, but Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except ImportError as missing:
        what, fix = why_not_imported(missing)
        return _tell(EXIT_BAD_INPUT, f"{what}. Fix: {fix}.", debug)
    except OSError as error:
        where = f"{one_line(error.filename)}: " if error.filename else ""
        text = f"{where}{error.strerror or error}. Fix: check the path, its permissions and the free space."
        return _tell(EXIT_BAD_INPUT, text, debug)
    except MemoryError:
        return _tell(EXIT_BAD_INPUT, "not enough memory. Fix: use a smaller size or fewer frames.", debug)
    except Exception as error:  # the last door: a user sees one line, --debug shows the rest
        what = f"unexpected {type(error).__name__}: {one_line(error)}"
        text = f"{what}. Fix: run again with --debug and report what it prints."
        return _tell(EXIT_BUG, text, debug)


def _dispatch(args: list[str], debug: bool) -> int:
    if not args or args[0] in ("-h", "--help", "help"):
        if len(args) > 1 and args[0] == "help" and args[1] in available_commands():
            return _dispatch([args[1], "--help"], debug)
        sys.stdout.write(overview())
        return EXIT_OK
    if args[0] in ("--version", "-V"):
        sys.stdout.write(version_text() + "\n")
        return EXIT_OK
    name = args[0]
    if name not in available_commands():
        near = difflib.get_close_matches(name, available_commands(), n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise WanMoveError(where="wan-move", what=f"no command {name!r}", fix=f"{meant}wan-move --help lists them")
    namespace = parse(name, args[1:])
    namespace.debug = debug
    _sweep_beside(namespace)
    return int(_load(name).run(namespace) or EXIT_OK)


def _sweep_beside(namespace: Namespace) -> None:
    """Remove what killed runs left half-written where this command is going to write."""
    target = getattr(namespace, "output", None)
    if not target or getattr(namespace, "dry_run", False) or os.environ.get("RANK", "0") != "0":
        return
    path = Path(target)
    folder = path if path.is_dir() else path.parent
    try:
        hidden = folder.is_dir() and any(path.name.startswith(".") for path in folder.iterdir())
    except OSError:
        return
    if not hidden:
        return
    from .generate.leftovers import sweep

    for name in sweep(folder, below=False):
        if not getattr(namespace, "quiet", False):
            sys.stderr.write(f"Removed {name}, left by a killed run\n")


def _tell(code: int, text: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(" ".join(plain(text).split()) + "\n")
    return code


@contextmanager
def _terminate_cleanly() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C, so that writers remove what is unfinished."""

    def stop(signum, frame):
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: signals are someone else's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
