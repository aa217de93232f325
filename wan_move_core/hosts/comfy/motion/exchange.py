"""Files that the editor in ComfyUI's page hands to the core, and takes from it: the routes of its server."""

from __future__ import annotations

from functools import partial

from ....editor.importing import ACTIONS, MAX_BODY_BYTES, Reply, answer, too_large
from ..host.server import add_post_route

ROUTE = "/wan_move/{action}"


def add_routes() -> None:
    """Answer ``POST /wan_move/import`` and ``/wan_move/export`` on the running server; nothing where there is none."""
    for action in ACTIONS:
        add_post_route(ROUTE.format(action=action), partial(answered, action), MAX_BODY_BYTES)


def answered(action: str, body: bytes | None) -> tuple[int, str, bytes]:
    """Status, media type and content for one body; None is one that went on after ``MAX_BODY_BYTES``."""
    reply: Reply = too_large() if body is None else answer(action, body)
    return reply.status, reply.media_type, reply.content
