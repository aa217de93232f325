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
    HostSymbol(
        "server.PromptServer().send_progress_text", FLOOR, "shows a warning on a node", "the log alone has the warning"
    ),
)  # fmt: skip


def show_on_node(text: str, node: Any) -> None:
    """Show ``text`` on the running graph's node of that id; nothing where no server runs or it cannot."""
    server = SYMBOLS.find("server.PromptServer.instance")
    show = None if server is None else SYMBOLS.find_of(server, "server.PromptServer().send_progress_text")
    if show is not None and node is not None:
        show(text, str(node))


def add_get_route(path: str, answer: Callable[[], Any]) -> None:
    """Answer ``GET path`` with the JSON of what ``answer()`` gives; nothing where no server runs (a script, a test).

    The call takes no parameter of whoever asks.
    """
    routes = _routes()
    if routes is None:
        return
    from aiohttp import web

    @routes.get(path)
    async def answered(_: web.Request) -> web.Response:
        return web.json_response(await asyncio.get_running_loop().run_in_executor(None, answer))


def add_post_route(path: str, answer: Callable[[bytes | None], tuple[int, str, bytes]], limit: int) -> None:
    """Answer ``POST path`` with what ``answer(body)`` gives: (status, media type, content); nothing without a server.

    A body of more than ``limit`` bytes is not kept: ``answer`` is given None. The host's own limit on uploads holds for
    its own ways to read a body, not for this one.
    """
    routes = _routes()
    if routes is None:
        return
    from aiohttp import web

    @routes.post(path)
    async def answered(request: web.Request) -> web.Response:
        body: bytearray | None = bytearray()
        received = 0
        async for piece in request.content.iter_chunked(1 << 20):
            received += len(piece)
            # Read on, up to a point, though nothing more is kept: browsers hear no answer before they have sent all.
            if received > limit:
                body = None
            if received > 4 * limit:
                break
            if body is not None:
                body += piece
        given = None if body is None else bytes(body)
        status, media_type, content = await asyncio.get_running_loop().run_in_executor(None, answer, given)
        headers = {"Content-Type": media_type, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return web.Response(status=status, body=content, headers=headers)


def _routes() -> Any:
    """The table of the running server's routes, or None."""
    server = SYMBOLS.find("server.PromptServer.instance")
    return None if server is None else SYMBOLS.find_of(server, "server.PromptServer().routes")
