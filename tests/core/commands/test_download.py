"""``wan-move download`` without a network: what it says it would do, and how it fails."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import pytest

from wan_move_core import cli
from wan_move_core.commands import download
from wan_move_core.errors import WanMoveError


def test_dry_run_says_what_from_where_and_whither(capsys, tmp_path):
    assert cli.main(["download", "--dry-run", "--to", str(tmp_path / "x")]) == 0
    told = capsys.readouterr().out
    for word in (
        "huggingface: Ruihang/Wan-Move-14B-480P",
        "modelscope: churuihang/Wan-Move-14B-480P",
        str(tmp_path / "x"),
        "diffusion_pytorch_model.safetensors.index.json",
        "models_t5_umt5-xxl-enc-bf16.pth",
        "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth",
        "Wan2.1_VAE.pth",
        "google/umt5-xxl/*",
    ):
        assert word in told
    assert not (tmp_path / "x").exists()
    assert cli.main(["download", "movebench", "--dry-run", "--source", "huggingface"]) == 0
    told = capsys.readouterr().out
    assert "Ruihang/MoveBench" in told and "modelscope" not in told


def test_parts(capsys):
    assert cli.main(["download", "--dry-run", "--only", "vae", "network"]) == 0
    told = capsys.readouterr().out
    assert "Wan2.1_VAE.pth" in told and "umt5" not in told and "every other file" not in told
    assert cli.main(["download", "--dry-run", "--only", "everything"]) == 2
    assert "unknown part everything. Fix: use network, text, image, vae." in capsys.readouterr().err


def test_a_missing_client_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(download, "_importable", lambda package: False)
    assert cli.main(["download", "--to", str(tmp_path)]) == 2
    assert (
        "huggingface_hub or modelscope is not installed. Fix: pip install huggingface_hub." in capsys.readouterr().err
    )
    with pytest.raises(WanMoveError, match="modelscope does not have it"):
        download.choose_source("modelscope", download.MOVEBENCH)
    monkeypatch.setattr(download, "_importable", lambda package: package == "modelscope")
    assert download.choose_source("auto", download.MODEL) == "modelscope"


def test_offline_is_said_and_nothing_is_called_complete(monkeypatch, capsys, tmp_path):
    pytest.importorskip("huggingface_hub")
    import huggingface_hub.constants  # before the variable is set: it is read once, for every test that comes later

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert cli.main(["download", "--source", "huggingface", "--to", str(tmp_path / "m")]) == 2
    told = capsys.readouterr().err
    assert "unset HF_HUB_OFFLINE: it forbids downloads" in told and "is complete" not in told


@pytest.mark.parametrize(
    ("raised", "fix"),
    [
        (ConnectionError("refused"), "goes on where it stopped"),
        (RuntimeError("401 Client Error"), "log in to the hub"),
        (OSError("No space left on device"), "free some disk space"),
        (RuntimeError("404 RevisionNotFound"), "check --revision"),
        (TimeoutError("timed out"), "check the connection"),
    ],
)
def test_failures_tell_what_to_do(monkeypatch, capsys, tmp_path, raised, fix):
    """The hub's client stands still here: only its failures are of interest, and what we make of them."""

    def fail(*args, **kwargs):
        raise raised

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setitem(sys.modules, "modelscope", types.SimpleNamespace(snapshot_download=fail))
    monkeypatch.setattr(download, "_importable", lambda package: True)
    assert cli.main(["download", "--source", "modelscope", "--to", str(tmp_path / "m")]) == 2
    assert fix in capsys.readouterr().err


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_without_a_network_the_connection_is_named(tmp_path, address):
    """The hub's own client, sent where nobody answers: it says "cannot find", we must not send people to --revision."""
    pytest.importorskip("huggingface_hub", reason="the hub's client is not installed")
    command = [sys.executable, "-m", "wan_move_core.cli", "download", "--source", "huggingface", "--to"]
    clean = {k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")}
    done = subprocess.run(
        [*command, str(tmp_path / "m"), "--only", "vae"], capture_output=True, text=True, timeout=120,
        env={**clean, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert done.returncode == 2 and "Fix: check the connection and run the same command" in done.stderr
    assert not (tmp_path / "m").exists()


def test_what_is_missing_afterwards_is_named(golden, tmp_path):
    folder = golden / "tiny_official" / "checkpoint"
    assert download.missing_files(download.MODEL, folder, None) == [
        "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    ]
    assert download.missing_files(download.MODEL, folder, ["network", "vae", "text"]) == []
    assert "Wan2.1_VAE.pth" in download.missing_files(download.MODEL, tmp_path, None)
    (tmp_path / "file").write_text("")
    with pytest.raises(WanMoveError, match="is a file"):
        download._check_target(tmp_path / "file")
