"""Help pages show a minimal graph, drawn from the nodes' own schemas: of today, with real sockets, and served."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from _host import version_of

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "js" / "docs"


@pytest.fixture(scope="module")
def tools():
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    try:
        import make_help_pictures

        yield make_help_pictures
    finally:
        sys.path.remove(str(ROOT / "tests" / "tools"))


@pytest.fixture(scope="module")
def offered(comfy_server):
    from _server import Client

    tab = Client(comfy_server)
    try:
        return comfy_server.schemas(tab)
    finally:
        tab.close()


def test_every_node_has_a_picture_on_its_page(offered, tools, client):
    ours = {id for id, info in offered.items() if info["category"].startswith("Wan-Move")}
    assert set(tools.SOURCES) == set(tools.TARGETS) == ours
    for id in sorted(ours):
        page = (DOCS / f"{id}.md").read_text(encoding="utf-8")
        assert page.count(tools.reference(id, offered)) == 1, id
        shown = (DOCS / "images" / "graphs" / f"{id}.svg").read_bytes()
        assert client.get(f"/extensions/wan-move/docs/images/graphs/{id}.svg") == shown


def test_pictures_are_of_today(offered, tools, comfy_checkout):
    """Links join sockets of one type, and the files are what the schemas give now.

    Hosts that cannot fold rarely used widgets away show more of them, and are not drawn.
    """
    folds = any(
        spec[-1].get("advanced")
        for id in tools.SOURCES
        for spec in offered[id]["input"].get("required", {}).values()
        if isinstance(spec[-1], dict)
    )
    assert folds or version_of(comfy_checkout) < (0, 18, 1)
    old = []
    for id in tools.SOURCES:
        for name, (kind, out) in tools.SOURCES[id].items():
            assert tools._input_kind(offered[id], name) == tools._output_kind(offered[kind], out), f"{id}.{name}"
        for out, (kind, name) in tools.TARGETS[id].items():
            taken = tools._input_kind(offered[kind], name)
            assert taken in (tools._output_kind(offered[id], out), "*"), f"{id}.{out}"
        if folds and (DOCS / "images" / "graphs" / f"{id}.svg").read_text(encoding="utf-8") != tools.graph_svg(
            id, offered
        ):
            old.append(id)
    assert not old, "run tests/tools/make_help_pictures.py"


def test_titles_of_the_hosts_nodes_are_those_it_shows(offered, tools):
    """Drawn by any release they are the same pictures; a title that no release is known to show is no title."""
    for kind, titles in tools.HOST_TITLES.items():
        assert tools.told_title(kind, offered) in titles, f"add it to HOST_TITLES: {kind}"
    older = {kind: {**offered[kind], "display_name": titles[-1]} for kind, titles in tools.HOST_TITLES.items()}
    for id in ("WanMoveParseTracks", "WanMoveSplitTracks"):
        assert tools.graph_svg(id, {**offered, **older}) == tools.graph_svg(id, offered)


def test_pictures_are_plain_drawings():
    """Well-formed, with a title for those who listen, and nothing but shapes and text."""
    space = "{http://www.w3.org/2000/svg}"
    for path in sorted((DOCS / "images" / "graphs").glob("*.svg")):
        root = ElementTree.parse(path).getroot()
        assert root.find(f"{space}title") is not None
        kinds = {element.tag.removeprefix(space) for element in root.iter()}
        assert kinds <= {"svg", "title", "rect", "g", "path", "text", "circle"}, path.name
