"""Fixtures of the frontend lane: one server and one page for each version, the renderer switched on the living page."""
# Scripts for the page keep their own lines.

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

from frontend_page import ComfyPage
from frontend_server import FrontendServer, find_wheel

VERSIONS = ("1.34.9", "1.42.8", "1.58.1")
"""The floor's own frontend, that of ComfyUI 0.18.1, and the newest that was tried."""

ON_REQUEST = {(VERSIONS[0], "nodes2"), (VERSIONS[1], "classic")}
"""What WAN_MOVE_EVERY_PAGE=1 adds. The floor's own frontend opens in the other renderer. The classic graph between the
floor's and the newest one's is drawn no third way, and ``test_comfy_editor`` is on it where the host is 0.18.1."""

EMPTY_WORKFLOW = (
    '{"last_node_id":0,"last_link_id":0,"nodes":[],"links":[],"groups":[],"config":{},"extra":{},"version":0.4}'
)


class Frontends:
    """The page of the version that was asked for last, with its server: a run in units has each version open once.

    Opening one costs as much as a dozen tests. Between two files the host is as new, and every test draws on a graph of
    its own; a test that changes the page itself says ``spent``, and the next file gets another one. Only one is open:
    a page that nobody looks at goes on painting.
    """

    def __init__(self, browser: Any, scene: Path, folder: Callable[[], Path]) -> None:
        self._browser = browser
        self._scene = scene
        self._folder = folder
        self._open: tuple[FrontendServer, ComfyPage] | None = None
        self._ending = ExitStack()

    def open(self, version: str, wheel: Path) -> tuple[FrontendServer, ComfyPage]:
        if self._open is not None and self._open[1].version == version and not self._open[1].spent:
            server, page = self._open
            server.forget()
        else:
            self.close()
            server, page = self._open = self._load(version, wheel)
        shutil.copyfile(self._scene, server.base / "input" / "scene.png")
        return server, page

    def _load(self, version: str, wheel: Path) -> tuple[FrontendServer, ComfyPage]:
        server = self._ending.enter_context(FrontendServer(wheel, self._folder()))
        context = self._browser.new_context(viewport={"width": 1280, "height": 800})
        self._ending.callback(context.close)
        context.add_init_script(
            f"localStorage.getItem('workflow') ?? localStorage.setItem('workflow', '{EMPTY_WORKFLOW}')"
        )
        page = ComfyPage(context, server.url).open()
        page.version = version
        return server, page

    def close(self) -> None:
        self._open = None
        self._ending.close()


@pytest.fixture(scope="module", params=VERSIONS)
def frontend(request: Any, frontends: Frontends) -> tuple[FrontendServer, ComfyPage]:
    """(server, page) of one frontend version."""
    wheel, why = find_wheel(request.param)
    if wheel is None:
        pytest.skip(why)
    return frontends.open(request.param, wheel)


@pytest.fixture(scope="module", params=("classic", "nodes2"))
def comfy(request: Any, frontend: tuple[FrontendServer, ComfyPage]) -> ComfyPage:
    """The page in one of the two renderers."""
    server, page = frontend
    if (page.version, request.param) in ON_REQUEST and not os.environ.get("WAN_MOVE_EVERY_PAGE"):
        pytest.skip("set WAN_MOVE_EVERY_PAGE=1 to run every version in both renderers")
    page.server = server
    page.use_renderer(request.param)
    return page


@pytest.fixture
def tab(comfy: ComfyPage, artefacts: Path) -> Iterator[ComfyPage]:
    """The page for one test: no editor is left open, and no error of ours passes unseen."""
    comfy.problems.clear()
    yield comfy
    if comfy.page.locator(".wme-veil").count():
        # A test failed with the editor open: what it looked like then, and a clean page for the next.
        comfy.page.screenshot(path=artefacts / f"comfy_failed_{comfy.version}_{comfy.renderer}.png")
        comfy.close_editor()
    assert not comfy.problems
