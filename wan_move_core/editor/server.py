"""The server of one editor page: its job, its drawing on disk, and who may come."""

from __future__ import annotations

from .access import CODE_SECONDS, Access
from .connections import Limits
from .handler import Handler, Owned
from .job import EditorJob
from .store import Store


class EditorServer(Owned):
    """Serves one :class:`EditorJob` on 127.0.0.1; ``serve_forever`` and ``shutdown`` as in the standard library.

    Every visit needs the cookie that :meth:`new_address` leads to.
    """

    def __init__(self, job: EditorJob, port: int = 0, limits: Limits | None = None) -> None:
        self.job = job
        self.store = Store(job)
        self.access = Access()
        super().__init__(("127.0.0.1", port), Handler, limits)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def page_url(self) -> str:
        """Where the page is for a browser that has the cookie."""
        return f"{self.origin}/{self.access.page}/"

    def new_address(self, seconds: float = CODE_SECONDS) -> str:
        """An address that lets one browser in, once."""
        return f"{self.page_url}start/{self.access.new_code(seconds)}"
