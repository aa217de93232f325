"""ComfyUI's web server: the one place that gives it a route."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .symbol import FLOOR, HostSymbol, Symbols

SYMBOLS = Symbols(
    HostSymbol(
        "server.PromptServer", FLOOR, "is the server's class", "the editor's takes list no clips of the output folder"
    ),
    HostSymbol(
        "server.PromptServer.instance", FLOOR, "is the running server; a script has none",
        "the editor's takes list no clips of the output folder",
    ),
    HostSymbol(
        "server.PromptServer().routes", FLOOR, "answers the list of clips",
        "the editor's takes list no clips of the output folder",
    ),
)  # fmt: skip


def add_get_route(path: str, answer: Callable[[], Any]) -> None:
    """Answer ``GET path`` with the JSON of what ``answer()`` gives; nothing where no server runs (a script, a test).

    The call takes no parameter of whoever asks.
    """
    server = SYMBOLS.find("server.PromptServer.instance")
    routes = None if server is None else SYMBOLS.find_of(server, "server.PromptServer().routes")
    if routes is None:
        return
    from aiohttp import web

    @routes.get(path)
    async def answered(_: web.Request) -> web.Response:
        return web.json_response(await asyncio.get_running_loop().run_in_executor(None, answer))
