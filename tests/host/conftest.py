"""One real ComfyUI server for the whole lane, with tiny models; every test skips, saying why, where there is none.

Where $COMFYUI_PATH is a list of checkouts the lane runs once on each, one server after the other.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _host import find_python, named_checkouts, why_no_host
from _server import Client, Server

HOSTS = named_checkouts()


# Tests of a single host go by their plain names.
@pytest.fixture(scope="session", params=HOSTS if len(HOSTS) > 1 else None, ids=lambda place: place.name)
def comfy_checkout(request: pytest.FixtureRequest) -> Path:
    """The folder of a ComfyUI checkout that the interpreter can run."""
    asked = getattr(request, "param", None) or next(iter(HOSTS), None)
    reason = why_no_host(asked)
    if reason:
        pytest.skip(reason)
    assert asked is not None
    return asked


@pytest.fixture(scope="session")
def comfy_python(comfy_checkout: Path) -> Path:
    return find_python(comfy_checkout)


@pytest.fixture(scope="session")
def comfy_server(comfy_checkout: Path, comfy_python: Path, golden_input, tmp_path_factory):
    """The server of the lane. Its ``base`` holds models/, input/ and output/; the tiny models are there."""
    base = tmp_path_factory.mktemp("comfy")
    golden_input(base)
    with Server(comfy_checkout, comfy_python, base) as server:
        yield server


@pytest.fixture(scope="session")
def golden_input():
    """Puts the reference run's files into a server's folders, where the reference numbers are at hand."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "golden" / "tiny_official"

    def put(base: Path) -> None:
        if not folder.is_dir():
            return
        for name in ("expected.npz", "image.png", "tracks.npy", "visibility.npy"):
            (base / "input").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, base / "input" / name)
        for name in ("diffusion_models", "vae"):
            (base / "models" / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "checkpoint" / "Wan2.1_VAE.pth", base / "models" / "vae" / "Wan2.1_VAE.pth")
        target = base / "models" / "diffusion_models" / "tiny_official"
        shutil.copytree(folder / "checkpoint", target, ignore=shutil.ignore_patterns("*.pth", "google"))

    return put


@pytest.fixture
def client(comfy_server: Server):
    tab = Client(comfy_server)
    yield tab
    tab.close()
