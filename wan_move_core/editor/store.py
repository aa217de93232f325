"""The drawing on disk while pages edit it: one page at a time, nothing overwritten unseen, the unsaved kept beside it.

A *revision* is a mark of the document's bytes, so that a change by anybody is seen: another page, another command, a
text editor. The *owner* is the page that was opened last. The *draft* is the unsaved drawing of the owner: a motion
document in ``.NAME.draft.json`` beside the document, which any command opens, with the revision that it was drawn over.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from pathlib import Path
from typing import Any

from ..errors import WanMoveError
from .job import MAX_DOCUMENT_BYTES, EditorJob, save_document
from .writing import new_file, replace_file, target_of

NOTHING = "none"
"""The revision of a document that is not there."""
MOST_COPIES = 99
_OVER = re.compile(r',"draft_of":"([0-9a-z]{1,16})"\}$')


class Conflict(Exception):
    """What was asked would lose somebody's drawing; ``said`` is what the page is told."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(said.get("error"))
        self.said = said


class Store:
    """What pages read and write of one :class:`EditorJob`; every call is whole before the next one begins."""

    def __init__(self, job: EditorJob) -> None:
        self.job = job
        self.saved = False
        """Whether a page has saved: from then on the document says which clip it is, not the command line."""
        self._lock = threading.RLock()
        self._owner = ""
        self._seen: tuple[tuple[int, int, int], str] | None = None

    @property
    def draft_path(self) -> Path:
        target = target_of(self.job.document)
        return target.with_name(f".{target.stem[:80]}.draft.json")

    def revision(self) -> str:
        """A mark of the document as it is on disk now."""
        with self._lock:
            try:
                found = self.job.document.stat()
                key = (found.st_ino, found.st_mtime_ns, found.st_size)
                if self._seen is None or self._seen[0] != key:
                    # One too large to be opened is told from others by its size and time alone.
                    data = self.job.document.read_bytes() if found.st_size <= MAX_DOCUMENT_BYTES else repr(key).encode()
                    self._seen = (key, mark_of(data))
            except OSError:
                return NOTHING
            return self._seen[1]

    def own(self, page: str) -> dict[str, Any]:
        """``page`` is the one that edits from now on. Returns the document, its revision and the draft over it."""
        with self._lock:
            self._owner = page
            return self.read()

    def read(self) -> dict[str, Any]:
        """``{"documentText", "documentError", "revision", "draft"}``; see js/editor/files/remote.mjs."""
        with self._lock:
            text, error = self._document()
            return {
                "documentText": text,
                "documentError": error,
                "revision": self.revision(),
                "draft": self._draft(text),
            }

    def _document(self) -> tuple[str | None, str | None]:
        path = self.job.document
        if not path.is_file():
            return None, None
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            return "", f"{path.name} is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB"
        return path.read_bytes().decode("utf-8", errors="replace"), None

    def _draft(self, document: str | None) -> dict[str, Any] | None:
        try:
            found = self.draft_path.stat()
            if found.st_size > MAX_DOCUMENT_BYTES + 64:
                return None
            text = self.draft_path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        over = _OVER.search(text)
        text = text[: over.start()] + "}" if over else text
        if text == document:
            return None
        # A draft over what is stored goes on where the person was; one over something else is offered.
        same = over is not None and over[1] == self.revision()
        return {"text": text, "same": same, "time": round(found.st_mtime * 1000)}

    def state(self, page: str) -> dict[str, Any]:
        with self._lock:
            return {"owner": self._owner in ("", page), "revision": self.revision()}

    def save(self, text: str, page: str = "", base: str = "", keep: bool = False) -> dict[str, Any]:
        """Replace the document and its tracks; the draft has had its time.

        Args:
            page, base: who saves, and the revision that the drawing began from; empty asks for no care (scripts).
            keep: what is replaced is kept beside as a copy.

        Returns what :func:`save_document` says, with ``"revision"`` and the path of the ``"copy"``.
        Raises: Conflict when another page edits, or the document is another one than ``base``; WanMoveError; OSError.
        """
        with self._lock:
            self._check_owner(page)
            now = self.revision()
            if base and now not in (NOTHING, base) and self._document()[0] != text:
                raise Conflict(
                    {
                        "error": f"{self.job.document.name} was changed since it was opened",
                        "conflict": "changed",
                        "revision": now,
                    }
                )
            copy = self.copy(self._document()[0] or "") if keep and now != NOTHING else None
            saved = save_document(self.job, text)
            self.saved = True
            self.draft_path.unlink(missing_ok=True)
            return {**saved, "revision": self.revision(), "copy": copy}

    def write_draft(self, text: str, page: str = "", base: str = NOTHING) -> dict[str, Any]:
        """Keep an unsaved drawing; one that the document says already is none.

        Raises: Conflict, WanMoveError, OSError.
        """
        with self._lock:
            self._check_owner(page)
            if not (text.startswith("{") and text.endswith("}") and len(text) > 2):
                raise WanMoveError(where="Editor / draft", what="this is no motion document", fix="reload the page")
            path = self.draft_path
            if text == self._document()[0]:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, f'{text[:-1]},"draft_of":"{base}"}}'.encode())
            return {"revision": self.revision()}

    def copy(self, text: str) -> str:
        """Keep a drawing in a file of its own beside the document. Returns its path. Raises: WanMoveError, OSError."""
        with self._lock:
            target = target_of(self.job.document)
            target.parent.mkdir(parents=True, exist_ok=True)
            stamp = time.strftime("%Y%m%d-%H%M%S")
            for number in range(1, MOST_COPIES + 1):
                path = target.with_name(f"{target.stem[:80]}.copy-{stamp}{'' if number == 1 else f'-{number}'}.json")
                if new_file(path, text.encode("utf-8", "replace")):
                    return str(path)
        raise WanMoveError(
            where="Editor / copy", what="too many copies in one second", fix="move them away and try again"
        )

    def _check_owner(self, page: str) -> None:
        if page and self._owner and page != self._owner:
            raise Conflict({"error": "this drawing is being edited in another tab", "conflict": "owner"})


def mark_of(data: bytes) -> str:
    """A short mark of a document's bytes."""
    return hashlib.sha256(data).hexdigest()[:16]
