"""The pack as the server offers it: every node, its schema and its help; and nothing of the host's own renamed."""

from __future__ import annotations


def test_loads(comfy_server, client):
    assert "WanMoveGuide" in client.object_info()
