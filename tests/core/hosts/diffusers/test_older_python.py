"""On a Python that diffusers does not install on, advice to install it is no advice."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.hosts.diffusers import environment

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(("python", "advice"), [((3, 10, 13), True), ((3, 11, 0), False), ((3, 13, 1), False)])
@pytest.mark.parametrize("found", [None, "0.38.0"])
def test_an_older_python_is_told_before_the_install(monkeypatch, python, advice, found):
    def version(name):
        if found is None:
            raise PackageNotFoundError(name)
        return found

    monkeypatch.setattr(environment, "version", version)
    monkeypatch.setattr(environment, "sys", SimpleNamespace(version_info=python))
    with pytest.raises(WanMoveError, match="pip install") as raised:
        environment.require_diffusers()
    assert ("Python 3.11 or later (this is 3.10, " in raised.value.fix) == advice


def test_the_test_extra_leaves_out_what_an_older_python_cannot_install():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = ".".join(map(str, environment.OLDEST_PYTHON))
    assert re.search(rf"\"wan-move\[standalone\]; python_version >= '{re.escape(oldest)}'\"", text)
