"""Files that are whole or not there: written beside their place and moved into it; modes and links stay."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import WanMoveError


def target_of(path: Path) -> Path:
    """The file that a path stands for: where its links lead, whether or not something is there.

    Raises: WanMoveError for links that lead in a circle.
    """
    circle = WanMoveError(where=str(path), what="its links lead in a circle", fix="name the file that is meant")
    try:
        target = path.resolve()
    except (RuntimeError, OSError) as error:
        raise circle from error
    # From Python 3.13 on a circle is not an error: what is found is one of its links.
    if target.is_symlink():
        raise circle
    return target


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` where ``path`` leads. The file keeps its mode and group; a new one gets what any new file gets.

    Raises: OSError, with what was there untouched.
    """
    target = target_of(path)
    with _written_beside(target, data) as temporary:
        temporary.replace(target)


def new_file(path: Path, data: bytes) -> bool:
    """Write ``data`` to a file that is not there yet; False, and nothing done, where there is one. Raises: OSError."""
    with _written_beside(path, data) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:
            # A file system without hard links: the moment between the question and the move cannot be closed there.
            if path.exists():
                return False
            temporary.replace(path)
    return True


@contextlib.contextmanager
def _written_beside(target: Path, data: bytes) -> Iterator[Path]:
    """A whole file beside ``target`` under a name of its own, which is gone afterwards."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _take_mode(temporary, target)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _take_mode(temporary: Path, target: Path) -> None:
    try:
        old = target.stat()
    except OSError:
        temporary.chmod(0o666 & ~_umask())
        return
    if hasattr(os, "chown"):
        # A group that this user is not in cannot be given: the file is then the user's own.
        with contextlib.suppress(OSError):
            os.chown(temporary, -1, old.st_gid)
    temporary.chmod(stat.S_IMODE(old.st_mode))


def _umask() -> int:
    # The only way to read it is to set it; 0o077 in that moment can only make another thread's new file too private.
    now = os.umask(0o077)
    os.umask(now)
    return now


def check_writable(path: Path) -> None:
    """That ``path`` can be written: its folder (or the nearest one there is) takes a file, and it is not read-only.

    Raises: WanMoveError.
    """
    target = target_of(path)
    if target.exists() and not os.access(target, os.W_OK):
        raise WanMoveError(
            where=str(path), what="this file is read-only", fix="allow writing to it, or name another with --document"
        )
    folder = target.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise WanMoveError(
            where=str(target.parent),
            what=f"nothing can be saved in this folder ({error.strerror})",
            fix="choose another with -o DIR, or allow writing to it",
        ) from error
