"""The browsers that the tests run on, and how each is started: headless, and silent on the network.

``WAN_MOVE_BROWSER`` (chromium, firefox or webkit) names one for the whole run. Without it that is Chromium, and tests
marked ``every_browser`` run on Firefox too where there is one.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from chromium import CHROMIUM_FLAGS, chromium_path

ENGINES = ("chromium", "firefox", "webkit")
EVERY_BROWSER = ("chromium", "firefox")
"""What tests marked ``every_browser`` run on, in a run that names no browser."""
FIREFOX_PREFERENCES = {
    # A test's clicks come faster than a person's, and no dialogue of the browser's own may take the keys.
    "browser.shell.checkDefaultBrowser": False,
    "app.update.disabledForTesting": True,
    "datareporting.policy.dataSubmissionEnabled": False,
}


def asked_engine() -> str:
    """The engine of the run. Raises: ValueError for a name that is none."""
    name = os.environ.get("WAN_MOVE_BROWSER") or "chromium"
    if name not in ENGINES:
        raise ValueError(f"$WAN_MOVE_BROWSER is {name!r}; it may be {', '.join(ENGINES)}")
    return name


def firefox_path() -> str | None:
    """A Firefox as its makers ship it; Playwright's own build is preferred to it."""
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


def start(playwright: Any, engine: str) -> Any | str:
    """A running browser, or the sentence that a skipped test prints."""
    kind = getattr(playwright, engine)
    own = kind.executable_path if Path(kind.executable_path).exists() else None
    if engine == "chromium":
        path = os.environ.get("CHROMIUM") or own or chromium_path()
        if path is None:
            return "no Chromium: install one, or name it in CHROMIUM"
        return kind.launch(executable_path=path, args=CHROMIUM_FLAGS)
    if own and not os.environ.get("FIREFOX"):
        return kind.launch()
    if engine == "webkit":
        return "no WebKit: playwright install webkit"
    path = firefox_path()
    if path is None:
        return "no Firefox: install one, name it in FIREFOX, or: playwright install firefox"
    # A stock Firefox is driven by the standard protocol; Playwright speaks it to this channel.
    started = kind.launch(channel="moz-firefox", executable_path=path, firefox_user_prefs=FIREFOX_PREFERENCES)
    started.is_stock = True
    return started
