"""Real Chromium on the editor's own page: a server per test, tabs that tests take turns in, pictures as artefacts."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wan_move_core.editor.page import EditorServer, make_job

# Test files are imported by path: what they share lies beside them.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from engines import EVERY_BROWSER
from tabs import Tabs


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("every_browser") and not os.environ.get("WAN_MOVE_BROWSER"):
        metafunc.parametrize("browser", EVERY_BROWSER, indirect=True, scope="session")


@pytest.fixture(scope="session")
def artefacts(repo_root: Path) -> Path:
    folder = repo_root / "tests" / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture to draw on: a ball, a box and a horizon, 832 x 480."""
    import cv2
    import numpy as np

    picture = np.empty((480, 832, 3), np.uint8)
    picture[:] = np.linspace([150, 120, 80], [225, 205, 180], 480).astype(np.uint8)[:, None]
    picture[330:] = (70, 110, 80)
    cv2.circle(picture, (200, 280), 50, (60, 70, 220), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (520, 250), (640, 340), (190, 140, 60), -1)
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    cv2.imwrite(str(path), picture)
    return path


_FRONTENDS: pytest.StashKey[Any] = pytest.StashKey()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last test that needs one no frontend's page stays: it would go on painting beside all other tests."""
    frontends = item.config.stash.get(_FRONTENDS, None)
    if frontends is not None and "frontends" not in getattr(nextitem, "fixturenames", ()):
        frontends.close()


@pytest.fixture(scope="session")
def frontends(
    browser: Any, scene: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Any]:
    """What files of the frontend's lane share (``comfy/frontend_fixtures.py``), those of ``together`` among them."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "comfy"))
    from frontend_fixtures import Frontends

    frontends = Frontends(browser, scene, lambda: tmp_path_factory.mktemp("frontend"))
    pytestconfig.stash[_FRONTENDS] = frontends
    yield frontends
    frontends.close()


class EditorPage:
    """One open editor: its page, its server, and the shortest words for what a person does."""

    def __init__(self, page: Any, server: EditorServer) -> None:
        self.page = page
        self.server = server
        self.engine: str = page.context.browser.browser_type.name
        # Through Playwright a Firefox as its makers ship it counts no clicks, and tells of no download.
        self.is_stock: bool = getattr(page.context.browser, "is_stock", False)
        self.problems: list[str] = []
        page.on("pageerror", self._note_error)
        page.on("console", self._note_message)

    def stop_listening(self) -> None:
        self.page.remove_listener("pageerror", self._note_error)
        self.page.remove_listener("console", self._note_message)

    def _note_error(self, error: Any) -> None:
        self._note(str(error))

    def _note_message(self, message: Any) -> None:
        if message.type == "error":
            self._note(f"{message.text} {message.location}")

    def _note(self, problem: str) -> None:
        # Outside Chromium the page's policy judges the style, too, by which Playwright hides the caret for a picture.
        if self.engine == "chromium" or "an inline style (style-src-elem)" not in problem:
            self.problems.append(problem)

    def open(self, query: str = "?theme=dark") -> EditorPage:
        self.page.goto(self.server.new_address() + query)
        # The first page takes the code and goes on to the editor by itself.
        self.page.wait_for_url(lambda url: url.startswith(self.server.page_url) and "/start/" not in url)
        self.ready()
        return self

    def wait(self, code: str, seconds: float = 15) -> None:
        """Until an expression is true. Asked from here: the page's policy forbids the evaluation that waits inside."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(f"!!({code})"):
            assert time.monotonic() < end, f"never came true: {code}"
            time.sleep(0.02)

    def ready(self) -> None:
        self.wait(
            "globalThis.wanMoveEditor && document.querySelector('.wme-veil')?.style.visibility === ''"
            " && wanMoveEditor.editor.state.view.width > 100"
        )
        if self.server.job.picture is not None:
            self.wait("wanMoveEditor.editor.state.picture || wanMoveEditor.editor.state.readOnly")

    def js(self, code: str, argument: Any = None) -> Any:
        return self.page.evaluate(
            f"(arg) => {{ const ed = wanMoveEditor.editor, state = ed.state; return {code}; }}", argument
        )

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.page.evaluate("wanMoveEditor.getDocumentText()"))

    @property
    def layers(self) -> list[dict[str, Any]]:
        return self.document["layers"]

    def at(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Where a document pixel lies on the page, from the view that is drawn, not from the editor's pointer code."""
        # One question, not two: a locator's own box costs as much as a stroke.
        x, y, view = self.js(
            "((box) => [box.x, box.y, {...state.view}])(document.querySelector('.wme-over').getBoundingClientRect())"
        )
        return x + view["x"] + x_px * view["scale"], y + view["y"] + y_px * view["scale"]

    def drag(self, *points_px: tuple[float, float], steps: int = 6, button: str = "left") -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(*points_px[0]))
        mouse.down(button=button)
        for point in points_px[1:]:
            mouse.move(*self.at(*point), steps=steps)
        mouse.up(button=button)

    def click(self, x_px: float, y_px: float, **options: Any) -> None:
        self.page.mouse.click(*self.at(x_px, y_px), **options)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def expect_download(self) -> Any:
        if self.is_stock:
            pytest.skip("a Firefox as its makers ship it does not tell Playwright of downloads")
        return self.page.expect_download()

    def settle(self) -> None:
        """Two frames: what was scheduled has been painted."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Iterator[Tabs]:
    tabs = Tabs(browser)
    yield tabs
    tabs.close()


@pytest.fixture
def open_editor(tabs: Tabs, scene: Path, tmp_path: Path) -> Iterator[Callable[..., EditorPage]]:
    """Open the editor's page; its server ends with the test, its tab is as new then, no page error passes unseen."""
    opened: list[tuple[EditorPage, Callable[[], None]]] = []

    def open_page(
        *,
        picture: Path | None = scene,
        document: str | None = None,
        size: tuple[int, int] = (1280, 800),
        touch: bool = False,
        ratio: float = 1,
        query: str = "?theme=dark",
        wait: bool = True,
        tool: str | None = "d",
        **job: Any,
    ) -> EditorPage:
        target = tmp_path / "motion.json"
        if document is not None:
            target.write_text(document, encoding="utf-8")
        tab = tabs.take(touch, ratio)
        server, thread = tab.serve(make_job(picture, target, tmp_path, **job))
        editor = EditorPage(tab.page, server)

        def end() -> None:
            editor.stop_listening()
            tabs.give_back(tab, touch, ratio)
            server.shutdown()
            server.server_close()
            thread.join()

        opened.append((editor, end))
        tab.page.set_viewport_size({"width": size[0], "height": size[1]})
        if touch and not editor.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            pytest.skip("this browser cannot be told that it is on a touch screen")
        if wait:
            editor.open(query)
            if tool:
                editor.press(tool)
        return editor

    yield open_page
    problems = [problem for editor, _ in opened for problem in editor.problems]
    for _, end in opened:
        end()
    assert not problems
