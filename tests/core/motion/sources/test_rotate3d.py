"""Things turned in space against closed forms: cylinder, sphere, plane and relief; and what turns to the back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.sources.space.depth import DistanceMap, distance_map
from wan_move_core.motion.sources.space.rotate3d import Solid, rotate_tracks

W, H = SIZE_WH = (320, 192)
BOX = (100, 40, 180, 152)
"""x0, y0, x1, y1; its middle is (140, 96), half across 40, half along 56."""


def _mask():
    mask = np.zeros((H, W), bool)
    mask[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    return mask


def _turn(angle, frames=7, **solid):
    return np.linspace(0, angle, frames), Solid(**{"fov_deg": 0.0, **solid})


def _local(tracks):
    xy = tracks.xy.double().numpy() - (140, 96)
    return xy[0], xy[-1]


def test_a_cylinder_turns_its_front_to_the_right():
    angles, solid = _turn(50, shape="cylinder")
    tracks, notes = rotate_tracks(_mask(), SIZE_WH, angles, solid)
    start, end = _local(tracks)
    bearing = np.arcsin(start[:, 0] / 40) + math.radians(50)
    assert end[:, 0] == pytest.approx(40 * np.sin(bearing), abs=0.01)
    assert end[:, 1] == pytest.approx(start[:, 1], abs=0.01)
    assert tracks.visible[-1].tolist() == (np.abs(bearing) < math.pi / 2).tolist()
    assert any("turn to the back" in note for note in notes) and bool(tracks.visible[0].all())


def test_a_level_axis_moves_the_front_up():
    angles, solid = _turn(30, shape="cylinder", axis="horizontal")
    start, end = _local(rotate_tracks(_mask(), SIZE_WH, angles, solid)[0])
    assert end[:, 1] == pytest.approx(56 * np.sin(np.arcsin(start[:, 1] / 56) - math.radians(30)), abs=0.01)
    assert end[:, 0] == pytest.approx(start[:, 0], abs=0.01)


def test_the_view_axis_is_a_wheel():
    angles, solid = _turn(90, shape="plane", axis="view")
    tracks, _ = rotate_tracks(_mask(), SIZE_WH, angles, solid)
    start, end = _local(tracks)
    assert end == pytest.approx(np.stack([-start[:, 1], start[:, 0]], -1), abs=0.01)
    assert bool(tracks.visible.all())


def test_a_sphere_keeps_its_outline():
    angles, solid = _turn(40, shape="sphere")
    tracks, _ = rotate_tracks(_mask(), SIZE_WH, angles, solid)
    start, end = _local(tracks)
    on = (start[:, 0] / 40) ** 2 + (start[:, 1] / 56) ** 2 < 0.98
    z = 40 * np.sqrt(1 - (start[on, 0] / 40) ** 2 - (start[on, 1] / 56) ** 2)
    a = math.radians(40)
    assert end[on, 0] == pytest.approx(start[on, 0] * math.cos(a) + z * math.sin(a), abs=0.01)
    depth_after = z * math.cos(a) - start[on, 0] * math.sin(a)
    clear = np.abs(depth_after) > 0.5
    assert (tracks.visible[-1].numpy()[on][clear] == (depth_after[clear] > 0)).all()


def test_a_plane_shows_its_back_past_a_quarter_turn():
    angles, solid = _turn(120, frames=13, shape="plane")
    tracks, _ = rotate_tracks(_mask(), SIZE_WH, angles, solid)
    start, end = _local(tracks)
    assert end[:, 0] == pytest.approx(start[:, 0] * math.cos(math.radians(120)), abs=0.01)
    assert bool(tracks.visible[:9].all()) and not bool(tracks.visible[10:].any())


def test_a_leaning_axis():
    angles, solid = _turn(25, shape="plane", lean_deg=90.0)
    start, end = _local(rotate_tracks(_mask(), SIZE_WH, angles, solid)[0])
    assert end[:, 1] == pytest.approx(start[:, 1] * math.cos(math.radians(25)), abs=0.01)
    assert end[:, 0] == pytest.approx(start[:, 0], abs=0.01)


def test_perspective_of_a_turned_plane():
    fov = 60.0
    f = W / 2 / math.tan(math.radians(fov) / 2)
    angles, solid = _turn(35, shape="plane", fov_deg=fov)
    tracks, _ = rotate_tracks(_mask(), SIZE_WH, angles, solid)
    a = math.radians(35)
    # One unit is one pixel at the axis; to the right of it, the plane turns away from the viewer.
    for n in range(tracks.count):
        x, y = (tracks.xy[0, n].double().numpy() - (140, 96)).tolist()
        px, py, pz = 140 - W / 2 + x * math.cos(a), 96 - H / 2 + y, f + x * math.sin(a)
        assert tracks.xy[-1, n].tolist() == pytest.approx([W / 2 + f * px / pz, H / 2 + f * py / pz], abs=0.01)


def test_a_relief_from_a_relative_depth_map():
    """A ramp in inverse depth, nearer to the right, becomes a slanted plane of the stated thickness."""
    x = np.arange(W)[None].repeat(H, 0).astype(float)
    distances = distance_map(np.clip(x, BOX[0], BOX[2]), "near is bright", 2.0, 6.0)
    angles, solid = _turn(20, shape="depth", thickness=0.5)
    tracks, _ = rotate_tracks(_mask(), SIZE_WH, angles, solid, distances=distances)
    start, end = _local(tracks)
    moved = (end[:, 0] - start[:, 0] * math.cos(math.radians(20))) / math.sin(math.radians(20))
    slope, offset = np.polyfit(start[:, 0], moved, 1)
    assert moved == pytest.approx(slope * start[:, 0] + offset, abs=0.4)
    assert slope * 72 == pytest.approx(0.5 * 40, rel=0.05)  # over the cells' extent, of half the width


def test_a_metric_depth_map_is_taken_as_it_is():
    fov = 50.0
    f = W / 2 / math.tan(math.radians(fov) / 2)
    distance = np.full((H, W), 3.0)
    distance[:, 140:180] = 2.4
    angles, solid = _turn(10, shape="depth", fov_deg=fov)
    tracks, _ = rotate_tracks(_mask(), SIZE_WH, angles, solid, distances=DistanceMap(distance), metric=True)
    n = int(np.argmin(np.abs(tracks.xy[0].numpy() - (164, 100)).sum(1)))
    x0, y0 = tracks.xy[0, n].tolist()
    z = f - 0.2 * f  # a fifth nearer than the back
    x, a = (x0 - W / 2) * z / f, math.radians(10)
    right, front = x - (140 - W / 2), f - z
    px, pz = 140 - W / 2 + right * math.cos(a) + front * math.sin(a), f + right * math.sin(a) - front * math.cos(a)
    assert tracks.xy[-1, n].tolist() == pytest.approx([W / 2 + f * px / pz, H / 2 + (y0 - H / 2) * z / pz], abs=0.02)


@pytest.mark.parametrize(
    ("mask", "solid", "more", "told"),
    [
        (True, {"shape": "cube"}, {}, "unknown 'cube'"),
        (True, {"axis": "up"}, {}, "'up'"),
        (False, {}, {}, "mask: it is empty"),
        (True, {"shape": "depth"}, {}, "shape depth without a depth map"),
        (True, {"shape": "depth", "fov_deg": 0.0}, {"metric": True, "distances": DistanceMap(np.ones((2, 2)))},
         "metres without perspective"),
        (True, {"shape": "depth", "fov_deg": 60.0, "thickness": 20.0},
         {"distances": DistanceMap(np.linspace(1, 2, W)[None])}, "thick, the viewer is 277 px away"),
    ],
)  # fmt: skip
def test_errors(mask, solid, more, told):
    with pytest.raises(WanMoveError) as error:
        rotate_tracks(_mask() & mask, SIZE_WH, np.zeros(3), Solid(**solid), **more)
    assert told in str(error.value)
