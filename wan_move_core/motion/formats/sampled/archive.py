"""A zip archive from a stranger, opened within bounds: its directory counted before it is read, its sizes before they
are unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from ....errors import WanMoveError
from ....npy import MAX_ARRAY_BYTES

MAX_MEMBERS = 1000
PIECE_BYTES = 1 << 20
_ENTRY = b"PK\x01\x02"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError)
_ODD_DIRECTORY = (KeyError, IndexError, UnicodeError, TypeError)


class Archive:
    """The members of a zip file, read one by one within ``limit`` bytes together.

    Raises: WanMoveError when there are too many, they declare too much, or the directory is damaged.
    """

    def __init__(self, data: bytes, where: str, limit: int = MAX_ARRAY_BYTES) -> None:
        self.where, self._left = where, limit
        # Each entry of the directory becomes an object of half a kilobyte: counted in the bytes, before any is made.
        entries = data.count(_ENTRY)
        if entries > MAX_MEMBERS:
            raise self._error(f"{entries} files in the archive", "give a file of tracks")
        with self._undamaged():
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.members = {member.filename: member for member in self._zip.infolist()}
        declared = sum(member.file_size for member in self._zip.infolist())
        if declared > limit:
            raise self._error(
                f"the archive unpacks to {declared:,} bytes, at most {limit:,} are accepted", "give a file of tracks"
            )

    def read(self, name: str) -> bytearray:
        """One member, stored or deflated. Raises: WanMoveError."""
        member = self.members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._error("the archive uses an unusual compression", "save it again with numpy")
        if member.file_size > self._left:
            raise self._error("the archive unpacks to more than it says", "save it again")
        # Piece by piece into its place: read at once, a large member is held three times.
        content = bytearray(member.file_size)
        at = 0
        with self._undamaged(), self._zip.open(member) as stream:
            while piece := stream.read(PIECE_BYTES):
                content[at : at + len(piece)] = piece
                at += len(piece)
        if at != member.file_size:
            raise self._error("the archive is damaged", "save it again")
        self._left -= at
        return content

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        """What zipfile raises within, as a WanMoveError."""
        try:
            yield
        except UnicodeError:
            raise self._error("the archive's directory is damaged", "save it again") from None
        except _DAMAGED:
            raise self._error("the archive is damaged", "save it again") from None
        except _ODD_DIRECTORY:
            raise self._error("the archive's directory is damaged", "save it again") from None

    def _error(self, what: str, fix: str) -> WanMoveError:
        return WanMoveError(where=self.where, what=what, fix=fix)
