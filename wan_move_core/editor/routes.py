"""What the editor's page can ask of its server: one table for what it reads, one for what it sends.

A new question is a line in ``GETS`` or ``POSTS``. Who may ask at all is settled before (``handler``); a route gets a
body that is whole and no longer than its ``max_bytes``, and answers with a dict (sent as JSON) or a :class:`Reply`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ..errors import WanMoveError
from .importing import ACTIONS, MAX_BODY_BYTES, answer
from .job import MAX_DOCUMENT_BYTES, EditorJob, picture_type, stored_clip
from .motions import MAX_MOTIONS_BYTES, keep_motions, read_motions
from .store import NOTHING, Store

ASSET_TYPES = {
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asked:
    """One request: the drawing, what follows the ``?`` of the address, and the body."""

    store: Store
    query: dict[str, str]
    body: bytes = b""

    @property
    def job(self) -> EditorJob:
        return self.store.job

    def text(self) -> str:
        """The body as text. Raises: WanMoveError."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise WanMoveError(
                where="Editor / request", what="the document is not UTF-8 text", fix="reload the page"
            ) from error

    def mark(self, name: str) -> str:
        """A page's name or a revision: letters and digits, or empty."""
        value = self.query.get(name, "")
        return value if re.fullmatch(r"[\w-]{0,64}", value, re.ASCII) else ""


class Reply(Protocol):
    """An answer that is no JSON value."""

    @property
    def status(self) -> int: ...
    @property
    def media_type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True)
class FileReply:
    """A file, sent as it is."""

    path: Path
    media_type: str


@dataclass(frozen=True)
class PostRoute:
    """Something that is sent: what is done with it, and how long its body may be."""

    answer: Callable[[Asked], Any]
    max_bytes: int = MAX_DOCUMENT_BYTES


class NotHere(Exception):
    """No route, or nothing behind it."""


def get(asked: Asked, path: str) -> Any:
    """Answer a GET. Raises: NotHere, WanMoveError, OSError."""
    if path.startswith("editor/"):
        return _asset(asked, path.removeprefix("editor/"))
    route = GETS.get(path)
    if route is None:
        raise NotHere("nothing here")
    return route(asked)


def _page(asked: Asked) -> FileReply:
    return FileReply(asked.job.assets / "page.html", ASSET_TYPES[".html"])


def _picture(asked: Asked) -> FileReply:
    if asked.job.picture is None:
        raise NotHere("nothing here")
    return FileReply(asked.job.picture, picture_type(asked.job.picture))


def _asset(asked: Asked, name: str) -> FileReply:
    media_type = ASSET_TYPES.get(Path(name).suffix)
    # Rooms and files of the editor have plain names: anything else is an attempt to leave it.
    plain = all(re.fullmatch(r"\w[\w-]*(\.\w+)?", part, re.ASCII) for part in name.split("/"))
    if media_type is None or not plain or not (asked.job.assets / name).is_file():
        raise NotHere("no such part of the editor")
    return FileReply(asked.job.assets / name, media_type)


def _config(asked: Asked) -> dict[str, Any]:
    return _clip(asked) | asked.store.read()


def _own(asked: Asked) -> dict[str, Any]:
    return _clip(asked) | asked.store.own(asked.mark("page"))


def _clip(asked: Asked) -> dict[str, Any]:
    job = asked.job
    saved = stored_clip(job.document) if asked.store.saved else {}
    checks = Path(__file__).resolve().parents[1] / "motion" / "checks" / "checks.json"
    return {
        "documentName": job.document.name,
        "picture": None if job.picture is None else {"url": "picture", "name": job.picture.name},
        "size_wh": list(saved.get("size_wh", job.size_wh)),
        "frames": saved.get("frames", job.frames),
        "fps": saved.get("fps", job.fps),
        "fit": saved.get("fit", job.fit),
        "checks": json.loads(checks.read_text(encoding="utf-8")) if checks.is_file() else [],
        "storageKey": f"wan-move:{job.document.resolve()}",
    }


def _save(asked: Asked) -> dict[str, Any]:
    return asked.store.save(asked.text(), asked.mark("page"), asked.mark("base"), keep=asked.query.get("keep") == "1")


def _draft(asked: Asked) -> dict[str, Any]:
    return asked.store.write_draft(asked.text(), asked.mark("page"), asked.mark("base") or NOTHING)


def _files(action: str, asked: Asked) -> Reply:
    return answer(action, asked.body)


GETS: dict[str, Callable[[Asked], Any]] = {
    "": _page,
    "config.json": _config,
    "state.json": lambda asked: asked.store.state(asked.mark("page")),
    "picture": _picture,
    "motions.json": lambda _: read_motions(),
}
POSTS: dict[str, PostRoute] = {
    "save": PostRoute(_save),
    "draft": PostRoute(_draft),
    "copy": PostRoute(lambda asked: {"copy": asked.store.copy(asked.text())}),
    "own": PostRoute(_own, max_bytes=0),
    "motions": PostRoute(lambda asked: keep_motions(asked.text()), MAX_MOTIONS_BYTES),
    **{action: PostRoute(partial(_files, action), MAX_BODY_BYTES) for action in ACTIONS},
}
