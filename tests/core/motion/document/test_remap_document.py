"""A motion document carried to another clip: what was drawn on the picture stays on it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wan_move_core.errors import WanMoveError
from wan_move_core.geometry import Fit
from wan_move_core.motion.document.dense import dense_from_tracks
from wan_move_core.motion.document.parse import MAX_NORM
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.document.remap import remap_document, runs_from_mask
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.tracks import Tracks


def document(size_wh=(832, 480), frames=81, fit="crop", picture=(1920, 1080), **fields):
    ball = {"id": "a", "type": "path", "points": [[0.1, 0.2], [0.5, 0.4], [0.9, 0.9]], "start": 8, "end": 80}
    return parse_document(
        {
            "version": 1,
            "size_wh": list(size_wh),
            "frames": frames,
            "fit": fit,
            "picture": None if picture is None else {"size_wh": list(picture)},
            "layers": [{**ball, "hidden": [[40, 48]]}],
            **fields,
        }
    )


sizes = st.tuples(st.integers(64, 1500), st.integers(64, 1500))
fits = st.sampled_from(["crop", "stretch", "pad", "area"])


def _fit(doc):
    # The size that the area rule gave is the document's own.
    return Fit.make("stretch" if doc.fit == "area" else doc.fit, doc.picture_wh, doc.size_wh)


def _norms(doc):
    return torch.tensor(doc.layers[0].points, dtype=torch.float64)


def _on_picture(doc):
    return _fit(doc).inverse_points(_norms(doc) * torch.tensor(doc.size_wh))


def _within_limit(moved, start):
    """bool [P, 2]: coordinates that no limit has touched; the others do belong beyond what a document may hold."""
    kept = _norms(moved).abs() < MAX_NORM
    unlimited = _fit(moved).points(_on_picture(start)) / torch.tensor(moved.size_wh)
    assert (unlimited[~kept].abs() >= MAX_NORM - 1e-6).all()
    return kept.numpy()


@given(sizes, sizes, sizes, fits, fits)
@example((64, 64), (64, 1171), (116, 64), "stretch", "crop")  # a crop 3 px wide: 0.9 lies 16.6 crops away
@settings(max_examples=80, deadline=None)
def test_remap_and_back_is_the_same_document(old, new, picture, old_fit, new_fit):
    start = document(old, fit=old_fit, picture=picture)
    moved = remap_document(start, new, fit=new_fit)
    back = remap_document(moved, old, fit=old_fit)
    kept = _within_limit(moved, start)
    np.testing.assert_allclose(_norms(back).numpy()[kept], _norms(start).numpy()[kept], atol=1e-9)


@given(sizes, sizes, sizes)
@example((64, 64), (64, 1171), (116, 64))
@settings(max_examples=60, deadline=None)
def test_points_stay_on_the_same_place_of_the_picture(old, new, picture):
    start = document(old, picture=picture)
    moved = remap_document(start, new)
    kept = _within_limit(moved, start)
    np.testing.assert_allclose(_on_picture(moved)[kept], _on_picture(start)[kept], atol=1e-6)


def test_without_the_pictures_size_the_place_in_the_crop_is_kept():
    start = document(picture=None)
    assert remap_document(start, (480, 832)).layers == start.layers


def test_nothing_changes_where_nothing_is_asked():
    start = document()
    assert remap_document(start) == start
    assert remap_document(start, start.size_wh, start.frames, start.fps, start.fit, (1920, 1080)) == start


def test_another_picture_is_laid_over_the_old_one():
    moved = remap_document(document((800, 400), picture=(1600, 800)), picture_wh=(800, 400))
    assert moved.picture_wh == (800, 400)
    points = moved.layers[0].points  # type: ignore[attr-defined]
    np.testing.assert_allclose(points, [[0.1, 0.2], [0.5, 0.4], [0.9, 0.9]])


def test_time_is_kept_in_seconds_or_stretched():
    layer = remap_document(document(), fps=8, frames=41).layers[0]
    assert (layer.start, layer.end, layer.hidden) == (4, 40, ((20, 24),))  # type: ignore[attr-defined]
    layer = remap_document(document(), frames=41).layers[0]
    assert (layer.start, layer.end, layer.hidden) == (8, 80, ((40, 48),))  # type: ignore[attr-defined]
    layer = remap_document(document(), frames=161, stretch=True).layers[0]
    assert (layer.start, layer.end, layer.hidden) == (16, 160, ((80, 96),))  # type: ignore[attr-defined]


def test_offsets_and_truck_scale_with_the_picture_and_colliding_keys_keep_the_later():
    region = {
        "id": "r",
        "type": "region",
        "polygon": [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6]],
        "pivot": [0.5, 0.5],
        "keys": [{"frame": 0}, {"frame": 1, "offset": [0.1, 0.2]}, {"frame": 80, "offset": [0.2, 0.2]}],
    }
    camera = {"keys": [{"frame": 0, "truck": [0.1, 0.1]}]}
    # 1000x500 is the whole picture; 500x500 its middle half: one picture is two of the new widths.
    start = document((1000, 500), picture=(1000, 500), layers=[region], camera=camera)
    moved = remap_document(start, (500, 500), fps=6)
    keys = moved.layers[0].keys  # type: ignore[attr-defined]
    assert [k.frame for k in keys] == [0, 30]
    np.testing.assert_allclose([k.offset for k in keys], [[0.2, 0.2], [0.4, 0.2]])
    assert moved.camera is not None
    np.testing.assert_allclose(moved.camera.keys[0].truck, [0.2, 0.1])
    np.testing.assert_allclose(moved.layers[0].pivot, [0.5, 0.5])  # type: ignore[attr-defined]


def test_masks_follow_the_crop():
    mask = np.zeros((4, 8), bool)
    mask[:, 4:] = True
    layer = {
        "id": "r",
        "type": "region",
        "pivot": [0.5, 0.5],
        "mask": {"size_wh": [8, 4], "runs": list(runs_from_mask(mask))},
    }
    start = document((1000, 500), picture=(1000, 500), layers=[layer])
    wide = tracks_from_document(start)
    narrow = tracks_from_document(remap_document(start, (500, 500)))
    assert wide.xy[0, :, 0].min() >= 500 and narrow.xy[0, :, 0].min() >= 250
    assert narrow.xy[0, :, 0].max() > 480


@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_runs_hold_the_mask(seed, rows, cols):
    mask = np.random.default_rng(seed).random((rows, cols)) < 0.5
    runs = runs_from_mask(mask)
    back = [v for i, run in enumerate(runs) for v in [bool(i % 2)] * run]
    assert back == mask.ravel().tolist()


def test_dense_tracks_follow_the_picture_and_the_clock():
    xy = np.linspace([100.0, 100.0], [900.0, 400.0], 41)[:, None]
    text = dense_from_tracks(Tracks.make(xy, size_wh=(1000, 500)))
    layer = {"id": "d", "type": "dense", "tracks": text}
    start = document((1000, 500), frames=41, picture=(1000, 500), layers=[layer])
    moved = tracks_from_document(remap_document(start, (500, 500), frames=81, stretch=True))
    np.testing.assert_allclose(moved.xy[::2, 0], xy[:, 0] - [250, 0], atol=0.1)
    assert remap_document(start, frames=81).layers == start.layers


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"size_wh": (4, 480)}, r"Motion document / remap: size 4x480\. Fix: use sides of 8 to 16384 px"),
        ({"frames": 0}, r"0 frames\. Fix: use 1 to 4001"),
        ({"fps": 0}, r"0 frames per second"),
        ({"fit": "zoom"}, r"unknown fit 'zoom'"),
    ],
)
def test_impossible_clips_are_refused(options, text):
    with pytest.raises(WanMoveError, match=text):
        remap_document(document(), **options)
