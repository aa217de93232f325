"""What the editor's servers make beside tracks: a clip of painted frames; and the motions that a person keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wan_move_core import WanMoveError
from wan_move_core.editor.envelope import pack, unpack
from wan_move_core.editor.importing import answer
from wan_move_core.editor.motions import MAX_MOTIONS_BYTES, keep_motions, motions_path, read_motions

SIZE_WH = (64, 48)


def painted(count: int, size_wh: tuple[int, int] = SIZE_WH) -> list[bytes]:
    """JPEG frames in which a white column wanders to the right, 3 px a frame."""
    import cv2

    frames = []
    for i in range(count):
        frame = np.full((size_wh[1], size_wh[0], 3), 30, np.uint8)
        frame[:, 4 + 3 * i : 12 + 3 * i] = 250
        frames.append(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
    return frames


def clip(frames: list[bytes], **facts: Any) -> Any:
    said = {"format": "mp4", "fps": 10, "lengths": [len(one) for one in frames], **facts}
    return answer("clip", pack(said, [("frames", b"".join(frames))]))


@pytest.mark.parametrize("format", ["mp4", "gif"])
def test_painted_frames_become_a_clip_that_is_read_back(format: str, tmp_path: Path) -> None:
    from wan_move_core.video import probe_clip, read_clip

    reply = clip(painted(9), format=format)
    assert reply.status == 200
    facts, [(name, content)] = unpack(reply.content)
    assert facts["frames"] == 9 and facts["size_wh"] == list(SIZE_WH) and name == f"draft.{format}"
    path = tmp_path / name
    path.write_bytes(content)
    assert probe_clip(path).size_wh == SIZE_WH and probe_clip(path).fps == pytest.approx(10, rel=0.01)
    frames = list(read_clip(path))
    assert len(frames) == 9
    for i, frame in enumerate(frames):
        columns = np.asarray(frame)[..., 0].mean(0)
        assert np.nonzero(columns > 140)[0].mean() == pytest.approx(7.5 + 3 * i, abs=0.8)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "avi"}, "use one of mp4, gif"),
        ({"format": None}, "use one of mp4, gif"),
        ({"fps": 0}, "no positive number"),
        ({"fps": "16"}, "no positive number"),
        ({"lengths": []}, "did not come whole"),
        ({"lengths": [1, 2]}, "did not come whole"),
        ({"lengths": [-1]}, "did not come whole"),
        ({"lengths": "x"}, "did not come whole"),
        ({"lengths": [True]}, "did not come whole"),
    ],
)
def test_what_is_no_clip_is_refused_in_one_line(change: dict[str, Any], words: str) -> None:
    reply = clip(painted(2), **change)
    assert reply.status == 400
    said = json.loads(reply.content)["error"]
    assert words in said and "\n" not in said


def test_frames_of_two_sizes_and_frames_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mixed = clip([*painted(2), *painted(1, (32, 48))])
    assert mixed.status == 400 and b"32" in mixed.content
    broken = clip([painted(1)[0], b"no picture at all"])
    assert broken.status == 400 and b"frame 1" in broken.content
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


# -- own motions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "settings"
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(folder))
    return folder


def test_motions_lie_where_the_system_keeps_settings(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert motions_path() == settings / "wan-move" / "motions.json"
    assert read_motions() == {"text": None}
    keep_motions('[{"name": "Über"}]')
    assert json.loads(motions_path().read_text(encoding="utf-8")) == [{"name": "Über"}]
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(Path, "home", lambda: settings)
    assert motions_path() == settings / ".config" / "wan-move" / "motions.json"


@pytest.mark.parametrize("text", ["{}", "7", "", "[", '{"a": [1]}', "[NaN]"])
def test_what_is_no_list_replaces_nothing(settings: Path, text: str) -> None:
    keep_motions("[1]")
    with pytest.raises(WanMoveError, match="own motions"):
        keep_motions(text)
    assert motions_path().read_text() == "[1]"


def test_own_motions_are_bounded(serve: Callable[..., Any], settings: Path) -> None:
    asker = serve()
    assert asker.get("motions.json") == (200, {"text": None})
    assert asker.post("motions", '[{"name": "Slide"}]')[0] == 200
    assert asker.get("motions.json") == (200, {"text": '[{"name": "Slide"}]'})
    most = json.dumps(["x" * (MAX_MOTIONS_BYTES - 4)])
    assert len(most) == MAX_MOTIONS_BYTES and asker.post("motions", most)[0] == 200
    assert asker.post("motions", most + " ")[0] == 413
    # A file that grew in other ways is not read.
    motions_path().write_text(most + " ")
    assert asker.get("motions.json") == (200, {"text": None})


def test_a_folder_that_cannot_be_written_is_said(settings: Path) -> None:
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("a file where the folder should be")
    with pytest.raises(WanMoveError, match="allow writing to its folder"):
        keep_motions("[]")
