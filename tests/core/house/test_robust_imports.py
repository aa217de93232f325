"""An import that fails is told apart: not there, there but broken, or our own installation not whole."""

from __future__ import annotations

import sys

import pytest

from wan_move_core import cli
from wan_move_core.errors import why_not_imported


def failing(statement: str) -> ImportError:
    with pytest.raises(ImportError) as caught:
        exec(statement, {"__package__": "wan_move_core", "__name__": "wan_move_core.x"})
    return caught.value


def test_a_package_that_is_not_there():
    what, fix = why_not_imported(failing("import no_such_package_at_all"))
    assert what.startswith("a package is missing (No module named 'no_such_package_at_all'")
    assert fix == "pip install 'wan-move[standalone]'"


@pytest.mark.parametrize("statement", ["from .errors import NoSuchName", "from . import no_such_module",
                                       "import wan_move_core.no_such_module"])  # fmt: skip
def test_our_own_installation_is_not_whole(statement):
    what, fix = why_not_imported(failing(statement))
    assert what.startswith("this installation of Wan-Move is not whole") and fix == "install the pack again"


@pytest.mark.parametrize(
    "body",
    [
        "from json import no_such_name",
        "import wan_move_broken.part",
        "raise ImportError('DLL', name='wan_move_broken')",
    ],
)
def test_a_package_that_is_there_and_does_not_load(tmp_path, monkeypatch, body):
    (tmp_path / "wan_move_broken").mkdir()
    (tmp_path / "wan_move_broken" / "__init__.py").write_text(body)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "wan_move_broken", raising=False)
    what, fix = why_not_imported(failing("import wan_move_broken"))
    assert "is there but does not load" in what and fix.startswith("install it again: pip install --force-reinstall")


def test_the_command_line_says_which(monkeypatch, capsys):
    def broken(name: str):
        raise failing("from .errors import NoSuchName")

    monkeypatch.setattr(cli, "_load", broken)
    assert cli.main(["draft"]) == 2
    said = capsys.readouterr().err
    assert "this installation of Wan-Move is not whole" in said and said.count("\n") == 1
