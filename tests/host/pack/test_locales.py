"""Translations: every text of every node is there, in English word for word, in Chinese in Chinese."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def tools():
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    try:
        import make_locales

        yield make_locales
    finally:
        sys.path.remove(str(ROOT / "tests" / "tools"))


@pytest.fixture(scope="module")
def texts(comfy_server, tools):
    from _server import Client

    tab = Client(comfy_server)
    try:
        return tools.node_texts(comfy_server.schemas(tab))
    finally:
        tab.close()


def read(language: str, name: str) -> dict:
    return json.loads((ROOT / "locales" / language / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing(language, texts, tools):
    given = tools.keys_of(read(language, "nodeDefs"))
    wanted = tools.keys_of(texts)
    assert sorted(wanted - given) == [] and sorted(given - wanted) == []


def test_english_is_what_the_nodes_say(texts):
    assert read("en", "nodeDefs") == texts, "run tests/tools/make_locales.py"


def leaves(texts: dict | str, path: str = ""):
    if isinstance(texts, str):
        yield path, texts
    else:
        for name, value in texts.items():
            yield from leaves(value, f"{path}.{name}" if path else name)


def test_chinese_is_chinese():
    """Sentences are Chinese, with Chinese punctuation; only names of things that have none stay as they are."""
    for path, text in leaves(read("zh", "nodeDefs")):
        if path.endswith(("tooltip", "description", "display_name")) and path != "WanMoveSigmas.display_name":
            assert re.search("[\u4e00-\u9fff]", text), path
        if path.endswith(("tooltip", "description")):
            assert text.endswith("。"), path
            assert not re.search("[\u4e00-\u9fff][,;:?!]", text), path


def test_chinese_words_are_used_alike():
    """One word for one thing."""
    known = {"tracks": "轨迹", "mask": "遮罩", "depth": "深度图", "length": "帧数", "seed": "种子", "easing": "缓动"}
    for node, about in read("zh", "nodeDefs").items():
        for name, text in about["inputs"].items():
            assert text["name"] == known.get(name, text["name"]), f"{node}.{name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_names_are_the_same(language, texts):
    """What a tooltip says in digits it says in every language."""
    told = dict(leaves(read(language, "nodeDefs")))
    for path, text in leaves(texts):
        if not path.endswith("tooltip"):
            continue
        for number in re.findall(r"\d+(?:\.\d+)?(?= ?(?:GB|%|px|degrees|steps|pixels))", text):
            assert number in told[path], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_read_it(language):
    """Characters that the page's message format takes for its own are written as literals."""
    for path, text in leaves(read(language, "nodeDefs")):
        assert not re.search(r"[{}@$|]", re.sub(r"\{'[{}@$|]'\}", "", text)), path


def test_the_server_hands_it_out(client):
    offered = json.loads(client.get("/i18n"))
    for language in LANGUAGES:
        assert offered[language]["nodeDefs"] == read(language, "nodeDefs")
        assert offered[language]["dataTypes"] == read(language, "main")["dataTypes"]
