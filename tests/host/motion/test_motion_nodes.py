"""The motion nodes on a real server: what they make, show, refuse, and how they chain up to Guide's tracks."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from _graphs import Graph, diagonal
from _server import Refused

STABLE = {
    "WanMoveRegionTracks": (
        "mask picture path tracks_behind length move_x move_y rotate scale shear easing start end pivot pivot_x "
        "pivot_y density follow elastic keys",
        "TRACKS INT STRING",
    ),
    "WanMoveCameraTracks": (
        "picture depth mask object_tracks length move amount move_2 amount_2 easing start end shake shake_seed "
        "shake_rate fov depth_kind near far subject_distance spacing hide_occluded keys",
        "TRACKS INT STRING",
    ),
    "WanMoveVideoTracks": (
        "clip picture clip_mask picture_mask length spacing retarget clip_points picture_points motion_scale lost "
        "max_error tracker weights on_cut",
        "TRACKS INT STRING",
    ),
    "WanMoveRotate3D": (
        "mask picture depth length shape angle axis lean easing start end fov depth_kind thickness density keys",
        "TRACKS INT STRING",
    ),
    "WanMoveHoldRest": ("tracks picture avoid spacing margin", "TRACKS TRACKS STRING"),
    "WanMoveCheckTracks": (
        "tracks picture region width height length fix stop_on_error",
        "TRACKS STRING BOOLEAN",
    ),
    "WanMoveSplitTracks": ("tracks picture window window_length refill", "TRACKS INT INT INT STRING"),
    "WanMoveJoinClips": ("clip_1 clip_2 clip_3 clip_4", "IMAGE IMAGE"),
    "WanMoveSimplifyTracks": ("tracks picture error most fps", "STRING TRACKS STRING"),
}


@pytest.mark.parametrize("node", STABLE)
def test_sockets_are_stable_and_explained(client, comfy_server, repo_root, node):
    info = comfy_server.schemas(client)[node]
    inputs = {**info["input"].get("required", {}), **info["input"].get("optional", {})}
    told, outputs = STABLE[node]
    assert set(inputs) == set(told.split()) and list(info["output"]) == outputs.split()
    text = (repo_root / "js" / "docs" / f"{node}.md").read_text(encoding="utf-8")
    assert not [word for word in (*inputs, *info["output_name"]) if f"`{word}`" not in text]


class Scene(Graph):
    """A 64x48 picture and a mask with a rectangle in it."""

    def __init__(self, width=64, height=48):
        super().__init__()
        self.size = (width, height)
        self.picture = self.add("TestImage", width=width, height=height)

    def mask(self, x, y, width, height):
        ground = self.add("SolidMask", value=0.0, width=self.size[0], height=self.size[1])
        part = self.add("SolidMask", value=1.0, width=width, height=height)
        made = self.add("MaskComposite", destination=[ground, 0], source=[part, 0], x=x, y=y, operation="add")
        return [made, 0]

    def region(self, mask, **move):
        settings = {"length": 9, "move_x": 0.0, "move_y": 0.0, "rotate": 0.0, "scale": 1.0, "shear": 0.0,
                    "easing": "linear", "start": 0, "end": -1, "pivot": "centre", "pivot_x": 0.0, "pivot_y": 0.0,
                    "density": 1.0, "follow": 0.0, "elastic": 0.0, "keys": "", **move}  # fmt: skip
        return self.add("WanMoveRegionTracks", mask=mask, **settings)

    def camera(self, **move):
        settings = {"picture": [self.picture, 0], "length": 9, "move": "none", "amount": 15.0, "move_2": "none",
                    "amount_2": 15.0, "easing": "linear", "start": 0, "end": -1, "shake": 0.0, "shake_seed": 0,
                    "shake_rate": 1.5, "fov": 60.0, "depth_kind": "near is bright", "near": 1.0, "far": 10.0,
                    "subject_distance": 0.0, "spacing": 8, "hide_occluded": True, "keys": "", **move}  # fmt: skip
        return self.add("WanMoveCameraTracks", **settings)

    def video(self, clip, **more):
        settings = {"length": 0, "spacing": 12.0, "retarget": "frame", "clip_points": "", "picture_points": "",
                    "motion_scale": 1.0, "lost": "hide", "max_error": 1.0, "tracker": "lucas-kanade",
                    "weights": "none", **more}  # fmt: skip
        return self.add("WanMoveVideoTracks", clip=clip, **settings)

    def rotate(self, mask, **more):
        settings = {"length": 9, "shape": "cylinder", "angle": 30.0, "axis": "vertical", "lean": 0.0,
                    "easing": "linear", "start": 0, "end": -1, "fov": 0.0, "depth_kind": "near is bright",
                    "thickness": 100.0, "density": 1.0, "keys": "", **more}  # fmt: skip
        return self.add("WanMoveRotate3D", mask=mask, **settings)


@pytest.fixture
def numbers_of(client, comfy_server):
    """Runs the graph; gives the numbers of a node's TRACKS output and the run."""

    def made(g, node, name, output=0, **more):
        g.add("TestSave", name=name, tracks=[node, output], **more)
        run = client.run(g.prompt)
        numbers = np.load(comfy_server.base / "output" / f"{name}.npz")
        return numbers["tracks/track_path"], numbers["tracks/track_visibility"], numbers, run

    return made


def test_region_drags_turns_and_hides_what_is_behind(numbers_of):
    g = Scene()
    back = g.region(g.mask(40, 16, 16, 16), picture=[g.picture, 0])
    front = g.region(g.mask(0, 8, 16, 32), move_x=48.0, tracks_behind=[back, 0])
    xy, visible, numbers, run = numbers_of(g, front, "region", number=[front, 1])
    assert xy.shape == (9, 4 + 8, 2) and numbers["tracks/size_wh"].tolist() == [64, 48] and numbers["number"] == 9
    assert np.allclose(xy[:, 4:] - xy[0, 4:], np.stack([np.arange(9) * 6.0, np.zeros(9)], -1)[:, None], atol=1e-4)
    for frame in range(9):
        left = 6 * frame
        for n in range(4):
            assert visible[frame, n] == (not left <= xy[frame, n, 0] < left + 16)
    assert run.ui[front]["images"][0]["filename"].endswith(".mp4") and run.ui[front]["animated"] == [True]
    assert "12 points in 1 region, 9 frames." in run.ui[front]["text"][0]


def test_several_masks_follow_their_own_paths(numbers_of):
    g = Scene()
    batch = g.add("MaskToImage", mask=g.mask(0, 0, 16, 16))
    other = g.add("MaskToImage", mask=g.mask(40, 24, 16, 16))
    both = g.add("ImageBatch", image1=[batch, 0], image2=[other, 0])
    masks = g.add("ImageToMask", image=[both, 0], channel="red")
    way = [[[0, 0], [10, 10]], [[5, 0], [10, 7]], [[8, 0], [10, 2]]]
    path = g.add("TestTracks", json_text=json.dumps({"xy": way}))
    node = g.region([masks, 0], length=5, path=[path, 0])
    xy, _, _, run = numbers_of(g, node, "several")
    assert xy.shape[1] == 8
    assert np.allclose(xy[-1, :4] - xy[0, :4], [8, 0]) and np.allclose(xy[-1, 4:] - xy[0, 4:], [0, -8])
    assert "The path retimed from 3 to 5 frames." in run.ui[node]["text"][0]


def test_region_keys_and_their_errors(numbers_of, client):
    g = Scene()
    node = g.region(g.mask(16, 16, 16, 16), keys='[{"frame":0},{"frame":4,"x":8},{"frame":8,"x":0}]')
    xy, *_ = numbers_of(g, node, "keys")
    assert np.allclose(xy[:, 0, 0] - xy[0, 0, 0], [0, 2, 4, 6, 8, 6, 4, 2, 0])
    g.prompt[node]["inputs"]["keys"] = '[{"frame":0,"spin":1}]'
    assert "Region tracks / keys: key 0 names 'spin'" in client.run(g.prompt, fail=True).message


def test_tracks_of_another_picture_are_refused(client):
    g = Scene()
    path = g.add("TestTracks", json_text=json.dumps(diagonal(9, (100, 100))))
    node = g.region(g.mask(16, 16, 16, 16), path=[path, 0])
    g.add("TestSave", name="never", tracks=[node, 0])
    assert "tracks of a 100x100 picture, this one is 64x48" in client.run(g.prompt, fail=True).message


def test_lengths_are_checked_before_anything_runs(client):
    g = Scene()
    g.add("TestSave", name="never", tracks=[g.region(g.mask(0, 0, 16, 16), length=10), 0])
    with pytest.raises(Refused, match="Region tracks / length: 10 frames; lengths are 4k"):
        client.run(g.prompt)


def test_camera_past_a_flat_picture_and_through_depth(numbers_of):
    g = Scene()
    flat = g.camera(move="zoom in", amount=50.0)
    xy, visible, _, run = numbers_of(g, flat, "flat")
    assert xy.shape == (9, 48, 2) and visible.all()
    assert np.allclose(xy[-1] - (32, 24), (xy[0] - (32, 24)) * 1.5, atol=0.01)
    assert "flat" in run.ui[flat]["text"][0]
    g = Scene()
    # The test picture grows brighter to the right and down, so that corner is half as far away as the other.
    deep = g.camera(depth=[g.picture, 0], move="truck right", amount=30.0, near=2.0, far=4.0)
    xy, _, _, run = numbers_of(g, deep, "deep")
    moved = xy[0, :, 0] - xy[-1, :, 0]
    assert (moved > 0).all() and 1.7 < moved[-1] / moved[0] < 2.0
    assert "Relative depth put between 2 and 4." in run.ui[deep]["text"][0]


def test_objects_ride_the_camera_and_shake_is_seeded(numbers_of):
    g = Scene()
    still = {"xy": [[[20.0, 20.0]]] * 9, "size_wh": [64, 48]}
    objects = g.add("TestTracks", json_text=json.dumps(still))
    node = g.camera(move="truck left", amount=10.0, object_tracks=[objects, 0], shake=0.5, shake_seed=7)
    xy, *_ = numbers_of(g, node, "riding")
    again, *_ = numbers_of(g, node, "riding_again")
    assert np.array_equal(xy, again)
    focal = 32 / math.tan(math.radians(30))
    assert abs(xy[-1, -1, 0] - (20 + 0.1 * focal)) < focal * math.radians(2.5)
    assert abs(xy[-1, -1, 1] - 20) > 1e-3
    g.prompt[node]["inputs"]["shake_seed"] = 8
    other, *_ = numbers_of(g, node, "riding_other")
    assert not np.allclose(xy, other)


def test_video_motion_goes_to_the_picture_with_progress(numbers_of):
    g = Scene(128, 96)
    clip = g.add("TestImage", width=64, height=48, frames=11)
    points = {"clip_points": "0,0; 64,0; 0,48", "picture_points": "0,0; 128,0; 0,96"}
    node = g.video([clip, 0], picture=[g.picture, 0], retarget="affine", **points)
    xy, _, numbers, run = numbers_of(g, node, "video")
    assert xy.shape[:2] == (9, 20) and numbers["tracks/size_wh"].tolist() == [128, 96]
    assert [p[1] for p in run.progress if p[0] == node][-1] == 11
    text = run.ui[node]["text"][0]
    assert "followed by lucas-kanade" in text and "Cut from 11 to 9 frames" in text


def test_a_tracker_without_weights_is_told(client):
    g = Scene()
    clip = g.add("TestImage", width=64, height=48, frames=5)
    g.add("TestSave", name="never", tracks=[g.video([clip, 0], tracker="cotracker"), 0])
    assert "Tracker / cotracker: no weights file" in client.run(g.prompt, fail=True).message


@pytest.mark.parametrize("shape", ["cylinder", "depth"])
def test_rotate_turns_and_hides(numbers_of, shape):
    g = Scene()
    more = {"depth": [g.picture, 0]} if shape == "depth" else {}
    node = g.rotate(g.mask(16, 8, 32, 32), shape=shape, angle=60.0, **more)
    xy, visible, _, run = numbers_of(g, node, f"rotate_{shape}")
    assert xy.shape == (9, 16, 2) and visible[0].all()
    if shape == "cylinder":
        bearing = np.arcsin((xy[0, :, 0] - 32) / 16) + math.pi / 3
        assert np.allclose(xy[-1, :, 0], 32 + 16 * np.sin(bearing), atol=0.01)
        assert (visible[-1] == (bearing < math.pi / 2)).all()
        assert "turn to the back" in run.ui[node]["text"][0]


def test_hold_the_rest(numbers_of):
    g = Scene(256, 192)
    drag = g.region(g.mask(96, 64, 32, 32), move_x=32.0)
    hold = g.add("WanMoveHoldRest", tracks=[drag, 0], avoid=g.mask(0, 0, 64, 192), spacing=4, margin=2)
    xy, visible, _, _ = numbers_of(g, hold, "held")
    anchors, *_ = numbers_of(g, hold, "anchors", output=1)
    count = anchors.shape[1]
    assert count > 20 and visible.all() and np.array_equal(xy[:, :count], anchors)
    assert np.array_equal(anchors[0], anchors[-1]) and anchors[0, :, 0].min() > 64
    assert xy.shape[1] == count + 16


def test_check_tells_mends_and_stops(numbers_of, client):
    g = Scene()
    xy = np.tile(np.array([[[30.0, 20.0], [200.0, 20.0]]]), (9, 1, 1))
    xy[:, 0, 0] += np.arange(9) * 2
    seen = np.ones((9, 2), bool)
    seen[0, 0] = False
    given = g.add(
        "TestTracks", json_text=json.dumps({"xy": xy.tolist(), "visible": seen.tolist(), "size_wh": [64, 48]})
    )
    node = g.add("WanMoveCheckTracks", tracks=[given, 0], width=0, height=0, length=0, fix="none", stop_on_error=False)
    run = client.run(g.prompt)
    text = run.ui[node]["text"][0]
    assert "ERROR Track 1 is hidden at frame 0." in text and "ERROR Track 2 starts outside the picture" in text
    g.prompt[node]["inputs"]["stop_on_error"] = True
    assert "Track 1 is hidden at frame 0" in client.run(g.prompt, fail=True).message
    g.prompt[node]["inputs"]["fix"] = "warnings"
    path, visible, _, run = numbers_of(g, node, "mended")
    assert visible.all() and (path >= 0).all() and (path < (64, 48)).all()
    assert "Mended: Track 1 shown at the first frame." in run.ui[node]["text"][0]


def test_split_and_join(numbers_of, client, comfy_server):
    g = Scene()
    long = g.add("TestTracks", json_text=json.dumps(diagonal(17, (64, 48), 3)))
    parts = []
    for number in range(2):
        node = g.add("WanMoveSplitTracks", tracks=[long, 0], window=number, window_length=9, refill="none")
        xy, _, numbers, _ = numbers_of(g, node, f"window{number}", number=[node, 3])
        parts.append(xy)
        assert xy.shape[0] == 9 and numbers["number"] == 8 * number
    assert np.array_equal(parts[0][-1], parts[1][0])
    clips = [g.add("TestImage", width=64, height=48, frames=9) for _ in range(2)]
    join = g.add("WanMoveJoinClips", clip_1=[clips[0], 0], clip_2=[clips[1], 0])
    g.add("TestSave", name="joined", images=[join, 0])
    client.run(g.prompt)
    assert np.load(comfy_server.base / "output" / "joined.npz")["images"].shape[0] == 17


def test_simplified_tracks_come_back_through_parse(numbers_of):
    g = Scene()
    given = g.add("TestTracks", json_text=json.dumps(diagonal(17, (64, 48), 3)))
    simple = g.add("WanMoveSimplifyTracks", tracks=[given, 0], error=0.5, most=200, fps=16.0)
    parse = g.add("WanMoveParseTracks", text=[simple, 0], width=0, height=0, length=0, unit="auto")
    xy, _, _, run = numbers_of(g, parse, "simple")
    assert np.abs(xy - np.array(diagonal(17, (64, 48), 3)["xy"])).max() <= 0.51
    assert "layers with" in run.ui[simple]["text"][0]
