"""A crop drawn in the editor: kept in the document, the same in both languages, applied where the picture is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.generate.shown import picture_key, shown_picture
from wan_move_core.geometry import FIT_MODES, Fit, part_px
from wan_move_core.motion.document.read import crop_in_file, parse_document
from wan_move_core.motion.document.remap import remap_document

CLIPS = json.loads((Path(__file__).resolve().parents[3] / "golden_shared" / "clips.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CLIPS, ids=lambda case: case["name"])
def test_a_document_is_carried_to_another_clip_as_the_independent_rule_does(case):
    target: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in case["target"].items()}
    moved = remap_document(parse_document(case["document"]), **target)
    expected = case["expected"]
    assert moved.crop == (None if expected["crop"] is None else tuple(expected["crop"]))
    assert moved.picture_wh is not None
    fit = Fit.make(moved.fit, moved.picture_wh, moved.size_wh, part=moved.crop)
    assert [list(fit.crop_xywh), list(fit.place_xywh)] == [expected["crop_xywh"], expected["place_xywh"]]
    within = np.clip(expected["points"], -16, 16)
    layer: Any = moved.layers[0]
    np.testing.assert_allclose(layer.points, within, rtol=0, atol=1e-9)
    assert parse_document(moved.to_json()) == moved


parts = st.tuples(*(st.floats(0, 1),) * 2, *(st.floats(0.001, 1),) * 2)
sides = st.integers(2, 300)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FIT_MODES), st.tuples(sides, sides), st.tuples(sides, sides), parts)
def test_a_fit_of_a_part_is_the_fit_of_the_part_alone(mode, source_wh, target_wh, part):
    x, y, w, h = part_px(source_wh, part)
    assert 0 <= x < x + w <= source_wh[0] and 0 <= y < y + h <= source_wh[1]
    picture = torch.rand(1, source_wh[1], source_wh[0], 3, generator=torch.Generator().manual_seed(1))
    whole = Fit.make(mode, source_wh, target_wh, 10_000, part)
    alone = Fit.make(mode, (w, h), target_wh, 10_000)
    cut = picture[:, y : y + h, x : x + w]
    seen, wanted = whole.picture(picture, pad_value=0.5), alone.picture(cut, pad_value=0.5)
    if mode in ("crop", "pad"):
        # These keep the range of what they are given, and a part may have a narrower one.
        seen = torch.where(seen == 0.5, seen, seen.clamp(cut.min(), cut.max()))
    assert torch.equal(seen, wanted)
    at = torch.tensor([[x + w / 2, y + h / 3]], dtype=torch.float64)
    torch.testing.assert_close(whole.points(at), alone.points(at - torch.tensor([x, y])))
    torch.testing.assert_close(whole.inverse_points(whole.points(at)), at)


def plain(**fields):
    return {"version": 1, "size_wh": [64, 48], "frames": 5, "layers": [], **fields}


@pytest.mark.parametrize(
    ("crop", "told"),
    [
        ("all", "Motion document / crop: 'all' is not a list"),
        ([0, 0, 1], "Motion document / crop: 3 entries"),
        ([0, 0, 1, 0], r"crop\[3\]: 0 is not within 0.001 to 1"),
        ([-0.1, 0, 1, 1], r"crop\[0\]: -0.1 is not within 0 to 1"),
        ([0, None, 1, 1], r"crop\[1\]: null is not a number"),
    ],
)
def test_a_crop_that_is_none_is_refused(crop, told):
    with pytest.raises(WanMoveError, match=told):
        parse_document(plain(crop=crop))


def test_documents_without_a_crop_or_a_pin_are_written_as_ever():
    layer = {"id": "k", "type": "anchors", "points": [[0.5, 0.5]], "role": "hold", "follows": True}
    written = parse_document(plain(layers=[layer])).to_dict()
    assert "crop" not in written and "pinned" not in written["layers"][0]
    assert written["layers"][0]["role"] == "hold" and written["layers"][0]["follows"] is True
    again = parse_document(plain(crop=[0, 0, 0.5, 1], layers=[{**layer, "pinned": True}])).to_dict()
    assert again["crop"] == [0, 0, 0.5, 1] and again["layers"][0]["pinned"] is True
    with pytest.raises(WanMoveError, match="pinned: 1 is not true or false"):
        parse_document(plain(layers=[{**layer, "pinned": 1}]))


def test_a_run_of_the_model_sees_the_crop(tmp_path, monkeypatch):
    from PIL import Image

    from wan_move_core.generate.cases import Case

    pixels = np.random.default_rng(3).integers(0, 256, (60, 100, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    crop = [0.2, 0.1, 0.5, 0.8]
    picture = {"ref": None, "size_wh": [100, 60]}
    (tmp_path / "cut.json").write_text(json.dumps(plain(crop=crop, picture=picture)))
    (tmp_path / "all.json").write_text(json.dumps(plain(picture=picture)))

    def case(tracks):
        return Case(
            index=0,
            image=str(tmp_path / "a.png"),
            prompt="",
            output="",
            seed=0,
            tracks=tracks and str(tmp_path / tracks),
        )

    np.testing.assert_array_equal(shown_picture(case("cut.json")), pixels[6:54, 20:70])
    for other in ("all.json", "missing.json", None):
        np.testing.assert_array_equal(shown_picture(case(other)), pixels)
    assert picture_key(case("cut.json")) != picture_key(case("all.json")) == picture_key(case(None))
    assert crop_in_file(tmp_path / "cut.json", (50, 30)) == tuple(crop)
    assert crop_in_file(tmp_path / "cut.json", (60, 100)) is None, "a picture of another shape has no crop"
    assert crop_in_file(tmp_path / "a.png", (100, 60)) is None


def test_the_command_lines_draft_shows_the_crop(tmp_path):
    """The picture's part fills the frame, and points lie on it where they were drawn."""
    from argparse import ArgumentParser

    from wan_move_core.commands import _common
    from wan_move_core.motion.formats import read_tracks

    pixels = np.random.default_rng(5).integers(0, 256, (60, 100, 3), np.uint8)
    picture = {"ref": None, "size_wh": [100, 60]}
    layer = {"id": "k", "type": "anchors", "points": [[0.5, 0.25]]}
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(plain(size_wh=[48, 48], crop=[0.5, 0.2, 0.48, 0.8], picture=picture, layers=[layer])))
    parser = ArgumentParser()
    _common.add_tracks_options(parser)
    _common.add_fit_options(parser)
    args = parser.parse_args(["--tracks", str(path)])
    scene = _common.scene_from_args(args, (100, 60))
    np.testing.assert_array_equal(scene.picture(pixels), pixels[12:60, 50:98])
    assert scene.tracks.xy[0, 0].tolist() == [24, 12]
    # A run of the model reads the tracks in the pixels of what is shown.
    assert read_tracks(path, size_wh=(48, 48)).tracks.xy[0, 0].tolist() == [24, 12]
