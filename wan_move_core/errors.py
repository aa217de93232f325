"""The pack's one exception: where it happened, what was found and expected, and what to do about it."""

from __future__ import annotations


class WanMoveError(ValueError):
    """Bad input, told so that its owner can mend it.

    Args:
        where: the place as the user knows it, such as ``"Guide / tracks"`` or a file's path.
        what: what was found and what was expected.
        fix: what to do, in the imperative.

    ``str(error)`` is one line: ``where: what. Fix: fix.``
    """

    def __init__(self, *, where: str, what: str, fix: str) -> None:
        self.where = _one_line(where)
        self.what = _one_line(what)
        self.fix = _one_line(fix)
        super().__init__(f"{self.where}: {self.what}. Fix: {self.fix}.")

    def __reduce__(self):
        # Keyword-only arguments do not survive the default pickling that worker processes use.
        return (_rebuild, (self.where, self.what, self.fix))


def _rebuild(where: str, what: str, fix: str) -> WanMoveError:
    return WanMoveError(where=where, what=what, fix=fix)


def _one_line(text: str) -> str:
    """Text from a file may hold line breaks and control characters; an error stays one readable line."""
    flat = "".join(c if c.isprintable() else " " for c in str(text))
    return " ".join(flat.split()).rstrip(".")
