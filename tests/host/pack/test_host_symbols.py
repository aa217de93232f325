"""Every symbol of ComfyUI that the pack touches: there since the release that the list says, and what if it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _host import FLOOR, export_release, later_host
from _scripts import script_result

from wan_move_core.hosts.comfy.host import SYMBOLS

CASE = Path(__file__).resolve().parents[1] / "models" / "loading_cases" / "symbols.py"
ESSENTIAL = sorted({s.name for s in SYMBOLS if s.essential})
OPTIONAL = sorted({s.name for s in SYMBOLS if not s.essential and "[" not in s.name} - set(ESSENTIAL))

NEVER_LOOKED_UP = {
    "comfy.model_patcher.ModelPatcher().cached_patcher_init": "it is only ever set",
    "comfy.sd.CLIP().patcher": "the tests of loading make a text encoder",
}


def looked_at(checkout: Path, python: Path, base: Path, *more: str) -> dict:
    return script_result(python, checkout, CASE, base, *more)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def assert_there(seen: dict) -> None:
    version = numbers(seen["version"])
    gone = [s.name for s in SYMBOLS if numbers(s.since) <= version and not seen["there"][s.name]]
    assert not gone, f"ComfyUI {seen['version']} lacks them"


@pytest.fixture(scope="module")
def seen(comfy_checkout, comfy_python, tmp_path_factory):
    return looked_at(comfy_checkout, comfy_python, tmp_path_factory.mktemp("symbols"), "absence")


def test_this_host_has_every_symbol_listed_for_it(seen):
    assert_there(seen)


def test_the_oldest_release_has_every_symbol_listed_for_it(comfy_checkout, comfy_python, tmp_path):
    reason = export_release(FLOOR, tmp_path / "ComfyUI")
    if reason:
        pytest.skip(f"ComfyUI 0.5.0 cannot be laid out: {reason}")
    floor = looked_at(tmp_path / "ComfyUI", comfy_python, tmp_path / "base")
    assert floor["version"] == "0.5.0"
    assert_there(floor)
    early = [s.name for s in SYMBOLS if numbers(s.since) > (0, 5, 0) and floor["there"][s.name] and "[" not in s.name]
    assert not early, "they are older than the list says"


def test_a_later_release_has_every_symbol_listed_for_it(seen, comfy_checkout, tmp_path):
    found = later_host(comfy_checkout)
    if isinstance(found, str):
        pytest.skip(found)
    later = looked_at(*found, tmp_path)
    assert numbers(later["version"]) > max(numbers(seen["version"]), (0, 18, 1))
    assert_there(later)


@pytest.mark.parametrize("name", [n for n in OPTIONAL if not n.startswith("server.")])
def test_an_fp8_load_and_a_step_of_sampling_do_without(seen, name):
    """A symbol that is not essential may go: the result is the same, up to rounding in another precision."""
    if not seen["there"][name]:
        pytest.skip(f"ComfyUI {seen['version']} does not have it anyway")
    outcome = seen["ran"][name]
    assert outcome == "ran" or (outcome.startswith("off by ") and float(outcome[7:]) < 0.02), outcome


@pytest.mark.parametrize("name", ESSENTIAL)
def test_what_cannot_be_done_without_an_essential_symbol_is_told(seen, name):
    outcome = seen["ran"][name]
    assert outcome.startswith(f"ComfyUI {seen['version']}: it has no {name}, so "), outcome
    assert "Fix: update the Wan-Move pack, or use a ComfyUI from 0.5.0 to " in outcome


def test_every_symbol_listed_is_one_that_the_pack_looks_up(seen):
    """Words are part of larger things and the server is not there; the rest of the list must not grow stale."""
    listed = {s.name for s in SYMBOLS if "[" not in s.name and not s.name.startswith("server.")}
    assert listed - set(seen["asked"]) == set(NEVER_LOOKED_UP)
