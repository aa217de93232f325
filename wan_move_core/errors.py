"""The pack's one exception: where it happened, what was found and expected, and what to do about it; and how texts
that come from files are made fit to be shown."""

from __future__ import annotations

from pathlib import Path

MAX_LETTERS = 1000
"""Of each part of an error: a file may name something with millions of letters."""


class WanMoveError(ValueError):
    """Bad input, told so that its owner can mend it.

    Args:
        where: the place as the user knows it, such as ``"Guide / tracks"`` or a file's path.
        what: what was found and what was expected.
        fix: what to do, in the imperative.

    ``str(error)`` is one line: ``where: what. Fix: fix.``
    """

    def __init__(self, *, where: str, what: str, fix: str) -> None:
        self.where = one_line(where).rstrip(".")
        self.what = one_line(what).rstrip(".")
        self.fix = one_line(fix).rstrip(".")
        super().__init__(f"{self.where}: {self.what}. Fix: {self.fix}.")

    def __reduce__(self):
        # Keyword-only arguments do not survive the default pickling that worker processes use.
        return (_rebuild, (self.where, self.what, self.fix))


def _rebuild(where: str, what: str, fix: str) -> WanMoveError:
    return WanMoveError(where=where, what=what, fix=fix)


def one_line(text: object) -> str:
    """A text from a file or another library as one readable line: no line breaks, no control characters that a terminal
    would obey, and of more than a thousand letters only the beginning and the end."""
    flat = " ".join(plain(text).split())
    return flat if len(flat) <= MAX_LETTERS else f"{flat[: MAX_LETTERS - 300]} ... {flat[-300:]}"


def plain(text: object) -> str:
    """``text`` with its line breaks, each other character that is no printable one made a space.

    Whatever is printed for people and may hold a name out of a file goes through here: an escape sequence could clear
    or colour their terminal, or hide what stands beside it.
    """
    return "".join(c if c.isprintable() or c == "\n" else " " for c in str(text))


def plural(count: int, noun: str, several: str | None = None) -> str:
    """``1 frame``, ``2 frames``: a count with its noun; ``several`` where that is not the noun and an s."""
    return f"{count} {noun if count == 1 else several or f'{noun}s'}"


def verb(count: int, one: str, several: str) -> str:
    """The verb after a count and its noun: ``1 point falls``, ``2 points fall``."""
    return one if count == 1 else several


def why_not_imported(error: ImportError) -> tuple[str, str]:
    """What an ImportError means, and what to do: a package that is not there, one that does not load, or an
    installation of ours that is not whole."""
    name, text = error.name or "", one_line(error)
    ours = __name__.partition(".errors")[0].rpartition(".")[2]
    if ours in name.split(".") or (error.path and ours in Path(error.path).parts):
        return f"this installation of Wan-Move is not whole ({text})", "install the pack again"
    package = name.partition(".")[0]
    absent = isinstance(error, ModuleNotFoundError) and name == package
    if absent or (not package and text.startswith("No module named")):
        return f"a package is missing ({text})", "pip install 'wan-move[standalone]'"
    what = f"the package {package} is there but does not load" if package else "a package does not load"
    return f"{what} ({text})", f"install it again{f': pip install --force-reinstall {package}' if package else ''}"
