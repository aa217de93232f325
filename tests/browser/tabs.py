"""Tabs that tests take turns in: a fresh document on a fresh server for each, at an address that the browser knows.

Opening the editor in a new browser context costs some two seconds of work, nearly all of it fetching and compiling the
same 180 modules. A tab that goes on, at an address that stays, has them in the browser's own cache: a fifth of that.
What a test leaves behind is taken away: the document, cookies and storage, a second page, routes, what was emulated,
and keys or buttons that are held. The server, its code and its cookie are new for each test.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from typing import Any

from wan_move_core.editor.handler import Handler
from wan_move_core.editor.job import EditorJob
from wan_move_core.editor.page import EditorServer

HELD_KEYS = ("Control", "Shift", "Alt", "Meta", "Space")
STORAGE = "local_storage,indexeddb,cache_storage,service_workers,file_systems"


class CachedModules(Handler):
    """The editor's own files may be kept by the browser, which the product forbids; all else is as it is there."""

    def send_header(self, keyword: str, value: str) -> None:
        if keyword == "Cache-Control" and self.path.startswith(f"/{self.server.access.page}/editor/"):
            value = "max-age=86400"
        super().send_header(keyword, value)


class Tab:
    """A context of a browser with one page, and the address at which its servers listen, one after another."""

    def __init__(self, browser: Any, touch: bool, ratio: float) -> None:
        self.context = browser.new_context(has_touch=touch, device_scale_factor=ratio, accept_downloads=True)
        self.page = self.context.new_page()
        self._port = 0
        self._name = secrets.token_urlsafe(12)
        self._storage = self.context.new_cdp_session(self.page) if browser.browser_type.name == "chromium" else None

    def serve(self, job: EditorJob) -> tuple[EditorServer, threading.Thread]:
        try:
            server = EditorServer(job, self._port)
        except OSError:
            # Another program took the port between two tests.
            server = EditorServer(job)
        self._port = server.server_address[1]
        server.access.page = self._name
        server.RequestHandlerClass = CachedModules
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        return server, thread

    def cleared(self) -> bool:
        """Whether the tab is as new; one that a test closed or broke is closed for good."""
        try:
            self._clear()
        except Exception:
            # Whatever a broken page answers: the next test gets another one.
            with contextlib.suppress(Exception):
                self.context.close()
            return False
        return True

    def _clear(self) -> None:
        for other in self.context.pages:
            if other != self.page:
                other.close()
        page, origin = self.page, f"http://127.0.0.1:{self._port}"
        page.unroute_all(behavior="ignoreErrors")
        if self._storage is None:
            # The refusal that the server has for a stranger is a page of the same origin, too.
            page.goto(f"{origin}/")
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")
        for key in HELD_KEYS:
            page.keyboard.up(key)
        for button in ("left", "middle", "right"):
            page.mouse.up(button=button)
        # Off the page, where a browser takes that; Firefox does not.
        page.mouse.move(*((-9, -9) if self._storage is not None else (0, 0)))
        page.emulate_media(media="null", color_scheme="light", reduced_motion="no-preference", forced_colors="none")
        self.context.clear_cookies()
        if self._storage is not None:
            self._storage.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": STORAGE})


class Tabs:
    """All tabs of one browser. A test that opens several editors has several, which know nothing of each other."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._free: dict[tuple[bool, float], list[Tab]] = {}

    def take(self, touch: bool, ratio: float) -> Tab:
        free = self._free.get((touch, ratio))
        return free.pop(0) if free else Tab(self._browser, touch, ratio)

    def give_back(self, tab: Tab, touch: bool, ratio: float) -> None:
        if tab.cleared():
            self._free.setdefault((touch, ratio), []).append(tab)

    def close(self) -> None:
        for free in self._free.values():
            for tab in free:
                tab.context.close()
