"""Who may use the editor's page: the browser that came first with a one-time code, known from then on by a cookie.

As Jupyter does it. What another user of the machine can see of a process is its command line, so nothing that opens the
page may stand there: the browser is given a file that only this user can read, and the code in it works once.
"""

from __future__ import annotations

import contextlib
import hmac
import html
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

CODE_SECONDS = 600.0
"""How long a printed address waits for its browser."""
MOST_CODES = 16


class Access:
    """One-time codes and the cookie that they are changed for.

    ``page`` is the first part of every address below the host: it names this server's page, and the cookie is sent to
    addresses below it alone, because a browser sends a cookie to every port of 127.0.0.1.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.page = secrets.token_urlsafe(12)
        self._secret = secrets.token_urlsafe(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, float] = {}
        self.used = False

    def new_code(self, seconds: float = CODE_SECONDS) -> str:
        """A code that works once, within ``seconds``; of many codes that nobody used the oldest end first."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = self._clock() + seconds
            while len(self._codes) > MOST_CODES:
                del self._codes[next(iter(self._codes))]
        return code

    def redeem(self, code: str) -> bool:
        """Whether the code was good; it is none any more."""
        given = code.encode("utf-8", "replace")
        with self._lock:
            now = self._clock()
            self._codes = {known: end for known, end in self._codes.items() if end > now}
            found = [known for known in self._codes if hmac.compare_digest(known.encode(), given)]
            for known in found:
                del self._codes[known]
            self.used = self.used or bool(found)
        return bool(found)

    def cookie_name(self, port: int) -> str:
        return f"wan-move-{port}"

    def set_cookie(self, port: int) -> str:
        """The value of ``Set-Cookie`` for a browser whose code was good."""
        return f"{self.cookie_name(port)}={self._secret}; Path=/{self.page}/; HttpOnly; SameSite=Strict"

    def knows(self, cookies: str, port: int) -> bool:
        """Whether a request's ``Cookie`` header holds the cookie."""
        name = self.cookie_name(port)
        for pair in cookies.split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name and hmac.compare_digest(value.encode("utf-8", "replace"), self._secret.encode()):
                return True
        return False


class RedirectFile:
    """A page that only this user can read and that leads to ``address``; a browser is opened with it instead."""

    def __init__(self, address: str) -> None:
        self._folder = Path(mkdtemp(prefix="wan-move-edit-"))
        self.path = self._folder / "open.html"
        self.path.touch(mode=0o600)
        self.path.write_text(leading_to(address), encoding="utf-8")

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
            self._folder.rmdir()


def leading_to(address: str) -> str:
    """A page that goes on to ``address`` by itself.

    A redirect would not do: after one that another site began a browser keeps strict cookies to itself, while a page's
    own step is the same site's.
    """
    to = html.escape(address, quote=True)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        '<link rel="icon" href="data:,">'
        f'<meta http-equiv="refresh" content="0;url={to}"><title>Motion editor</title></head>'
        f'<body><p><a href="{to}">Motion editor</a></p></body></html>'
    )


def explaining(english: str, chinese: str) -> str:
    """A page for a person whose address does not work (any more)."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<link rel="icon" href="data:,"><title>Motion editor</title></head>'
        f'<body><p>{html.escape(english)}</p><p lang="zh">{html.escape(chinese)}</p></body></html>'
    )


USED = (
    "This address works once, and for ten minutes. Press Enter in the terminal where wan-move edit runs: it prints a "
    "new one. If it was not you who used it, end the command (Ctrl-C) and start it again.",
    "此地址只能使用一次，十分钟内有效。请在运行 wan-move edit 的终端中按回车键，它会打印新的地址。"
    "如果不是您本人使用了该地址，请按 Ctrl-C 结束命令后重新运行。",
)
CLOSED = (
    "This page is open only to the browser that came with the address that wan-move edit printed. Press Enter in its "
    "terminal: it prints a new address.",
    "此页面只对使用 wan-move edit 所打印地址的浏览器开放。请在其终端中按回车键获取新的地址。",
)
