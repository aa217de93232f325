"""Help and wrong words are answered without torch: importing it takes longer than all the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wan_move_core import cli

HEAVY = ("torch", "cv2", "av", "diffusers", "transformers", "rich", "kornia", "safetensors")
SCRIPT = """
import sys
from wan_move_core import cli
code = cli.main(sys.argv[1:])
print("heavy:", *(name for name in %r if name in sys.modules))
print("code:", code)
"""
ACTIONS = [["bench", name] for name in ("generate", "score", "fid")] + [
    ["tracks", name]
    for name in ("info", "check", "convert", "region", "camera", "transfer", "turn", "anchors", "simplify")
]


def _heavy(*words: str) -> tuple[list[str], int]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT % (HEAVY,), *words], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    heavy, code = done.stdout.splitlines()[-2:]
    return heavy.split()[1:], int(code.split()[1])


def test_the_overview_is_light():
    assert _heavy("--help") == ([], 0)
    assert _heavy() == ([], 0)
    assert _heavy("no-such-command") == ([], 2)
    assert _heavy("--version") == ([], 0)


@pytest.mark.parametrize("words", [[name] for name in cli.available_commands()] + ACTIONS, ids=" ".join)
def test_the_help_of_every_command_is_light(words):
    assert _heavy(*words, "--help") == ([], 0)


@pytest.mark.parametrize(
    "words",
    [
        ["draw", "--nope"], ["generate", "--solver", "euler"], ["draft"], ["bench", "score"], ["convert", "a"],
        ["tracks", "check", "--nope"], ["tracks", "nope"], ["bench", "fid", "--nope"], ["extract-lora", "--nope"],
        ["generate", "--lora-start", "x"], ["adherence", "--nope"],
        ["adherence"], ["download", "nothing"], ["tracks", "convert"], ["edit", "--nope"], ["demo", "--nope"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_arguments_are_answered_lightly(words):
    assert _heavy(*words) == ([], 2)
