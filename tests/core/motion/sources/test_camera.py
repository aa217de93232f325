"""The camera against closed forms and an independent pose calculation (scipy), depth kinds, and the z-buffer."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from wan_move_core.errors import WanMoveError
from wan_move_core.motion.sources.move_keys import channel_values, parse_keys
from wan_move_core.motion.sources.space.camera_rig import RIG_CHANNELS, camera_path, keys_from_moves, with_shake
from wan_move_core.motion.sources.space.camera_scene import camera_tracks
from wan_move_core.motion.sources.space.depth import DistanceMap, distance_map
from wan_move_core.tracks import Tracks

W, H = SIZE_WH = (320, 192)
FOV = 70.0
F = W / 2 / math.tan(math.radians(FOV) / 2)


def _values(*moves, frames=9):
    return channel_values(keys_from_moves(list(moves), 0, -1, frames), RIG_CHANNELS, frames)


def _tracks(*moves, frames=9, **options):
    return camera_tracks(SIZE_WH, _values(*moves, frames=frames), fov_deg=FOV, **options)


def _centred(tracks):
    xy = tracks.xy.double().numpy() - (W / 2, H / 2)
    return xy[0], xy[-1]


# -- closed forms without depth ---------------------------------------------------------------------------------------


def test_pan_is_the_homography_of_a_turning_camera():
    start, end = _centred(_tracks(("pan right", 20.0))[0])
    bearing = np.arctan2(start[:, 0], F) - math.radians(20)
    assert end[:, 0] == pytest.approx(F * np.tan(bearing), abs=0.01)
    # The height over the horizon shrinks and grows with the distance along the view.
    ray = np.hypot(start[:, 0], F)
    assert end[:, 1] == pytest.approx(F * start[:, 1] / (ray * np.cos(bearing)), abs=0.01)


def test_tilt_up_moves_content_down():
    start, end = _centred(_tracks(("tilt up", 10.0))[0])
    assert end[:, 1] == pytest.approx(F * np.tan(np.arctan2(start[:, 1], F) + math.radians(10)), abs=0.01)


def test_roll_clockwise_turns_content_back():
    start, end = _centred(_tracks(("roll clockwise", 30.0))[0])
    c, s = math.cos(math.radians(30)), math.sin(math.radians(30))
    assert end == pytest.approx(
        np.stack([c * start[:, 0] + s * start[:, 1], -s * start[:, 0] + c * start[:, 1]], -1), abs=0.01
    )


@pytest.mark.parametrize(
    ("move", "amount", "expected"),
    [
        ("truck right", 25.0, lambda p: p - np.array((F * 0.25, 0))),
        ("pedestal up", 25.0, lambda p: p + np.array((0, F * 0.25))),
        ("dolly in", 50.0, lambda p: p * 2),
        ("zoom in", 50.0, lambda p: p * 1.5),
        ("zoom out", 50.0, lambda p: p / 1.5),
        ("dolly zoom in", 40.0, lambda p: p),
    ],
)
def test_straight_moves_past_a_flat_picture(move, amount, expected):
    start, end = _centred(_tracks((move, amount))[0])
    assert end == pytest.approx(expected(start), abs=0.01)


def test_dolly_zoom_holds_the_subject_and_moves_what_is_behind():
    depth = DistanceMap(np.where(np.arange(W)[None] < W // 2, 2.0, 6.0).repeat(H, 0))
    tracks, _ = _tracks(("dolly zoom in", 50.0), distances=depth, subject_distance=2.0, hide_occluded=False)
    start, end = _centred(tracks)
    near = start[:, 0] < 0
    assert end[near] == pytest.approx(start[near], abs=0.01)
    # From 6 to 5 units away at half the focal length.
    assert end[~near] == pytest.approx(start[~near] * 0.5 * 6 / 5, abs=0.01)


# -- any pose, in space -----------------------------------------------------------------------------------------------


def test_every_channel_at_once_against_an_independent_pose():
    rng = np.random.default_rng(3)
    depth = rng.uniform(2.0, 5.0, (H // 8, W // 8))
    text = (
        '[{"frame":0},{"frame":4,"pan":7,"tilt":-4,"roll":12,"orbit":15,"orbit_up":-9,'
        '"truck":8,"pedestal":5,"dolly":11,"zoom":1.3}]'
    )
    values = channel_values(parse_keys(text, RIG_CHANNELS, "test")[0], RIG_CHANNELS, 5)
    tracks, _ = camera_tracks(
        SIZE_WH, values, fov_deg=FOV, distances=DistanceMap(depth), subject_distance=3.0, spacing_px=8,
        hide_occluded=False,
    )  # fmt: skip
    # x right, y down, z forward; a right turn carries the view to +x, an upward one to -y.
    around = Rotation.from_euler("Y", -15, degrees=True) * Rotation.from_euler("X", 9, degrees=True)
    look = around * Rotation.from_euler("YXZ", [7, -4, 12], degrees=True)
    place = np.array([0, 0, 3.0]) + around.apply([0.24, -0.15, 0.33 - 3.0])
    worst = 0.0
    for n in range(tracks.count):
        x, y = 8 * (n % (W // 8)) + 4, 8 * (n // (W // 8)) + 4
        assert tracks.xy[0, n].tolist() == pytest.approx([x, y], abs=1e-4)
        z = depth[n // (W // 8), n % (W // 8)]
        seen = look.inv().apply(np.array([(x - W / 2) / F * z, (y - H / 2) / F * z, z]) - place)
        pixel = np.array([W / 2, H / 2]) + 1.3 * F * seen[:2] / seen[2]
        worst = max(worst, float(np.abs(tracks.xy[-1, n].numpy() - pixel).max()))
    assert worst < 0.01


def test_an_orbit_holds_the_subject_in_the_middle():
    path = camera_path(_values(("orbit right", 60.0), ("orbit up", 20.0)), 4.0)
    subject = torch.tensor([[0.0, 0.0, 4.0]], dtype=torch.float64)
    assert path.see(subject)[:, 0].numpy() == pytest.approx(np.tile([0, 0, 4.0], (9, 1)), abs=1e-9)
    # To the right and up: x grows, y shrinks.
    assert path.place[-1, 0] > 1 and path.place[-1, 1] < -1


def test_keys_that_do_not_start_at_rest_are_taken_from_there():
    text = '[{"frame":0,"pan":30,"truck":10,"zoom":2},{"frame":8,"pan":30,"truck":10,"zoom":2}]'
    values = channel_values(parse_keys(text, RIG_CHANNELS, "test")[0], RIG_CHANNELS, 9)
    tracks, _ = camera_tracks(SIZE_WH, values)
    assert tracks.xy.numpy() == pytest.approx(np.repeat(tracks.xy[:1].numpy(), 9, 0), abs=1e-3)


def test_amounts_add_up_and_bad_ones_are_told():
    keys = keys_from_moves([("pan left", 10.0), ("pan right", 4.0)], 0, -1, 9)
    assert keys[-1]["pan"] == -6.0
    assert keys_from_moves([("zoom in", 50.0), ("zoom in", 100.0)], 0, -1, 9)[-1]["zoom"] == 3.0
    with pytest.raises(WanMoveError, match="unknown 'crane'"):
        keys_from_moves([("crane", 1.0)], 0, -1, 9)
    with pytest.raises(WanMoveError, match=r"dolly_zoom of 120 in all. Fix: use -1000 to 95"):
        keys_from_moves([("dolly zoom in", 120.0)], 0, -1, 9)
    with pytest.raises(WanMoveError, match=r"180.0 degrees. Fix: use 1 to 170"):
        camera_tracks(SIZE_WH, _values(), fov_deg=180.0)
    with pytest.raises(WanMoveError, match=r"4 px. Fix: use 8 or more"):
        camera_tracks(SIZE_WH, _values(), spacing_px=4)


# -- shake ------------------------------------------------------------------------------------------------------------


def test_shake_is_seeded_starts_from_rest_and_is_as_strong_as_told():
    still = np.zeros((2000, len(RIG_CHANNELS)))
    a, b, c = (with_shake(still, 0.8, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert not a[0].any()
    assert np.sqrt((a[100:, :2] ** 2).mean(0)) == pytest.approx([0.8, 0.8], rel=0.15)
    assert np.sqrt((a[100:, 2] ** 2).mean()) == pytest.approx(0.4, rel=0.15)
    assert not a[:, 3:].any() and not still.any()
    # A hand does not jump.
    assert np.abs(np.diff(a[:, 0])).max() < 1.2


# -- depth kinds ------------------------------------------------------------------------------------------------------


def test_kinds_of_depth():
    ramp = np.linspace(0.2, 0.7, 11)[None]
    inverse = distance_map(ramp, "near is bright", 2.0, 10.0).distance[0]
    assert 1 / inverse == pytest.approx(np.linspace(1 / 10, 1 / 2, 11))
    even = distance_map(ramp, "near is dark", 2.0, 10.0).distance[0]
    assert even == pytest.approx(np.linspace(2, 10, 11))
    metric = distance_map(np.array([[3.0, 0.0, np.inf, 7.5]]), "metres")
    assert metric.distance[0].tolist() == [3.0, 15.0, 15.0, 7.5]
    assert metric.notes == ("2 pixels without a distance put behind the farthest, 7.5",)
    blank = distance_map(np.full((2, 2), 0.4), "near is bright", 2.0, 6.0)
    assert blank.distance.tolist() == [[3.0, 3.0], [3.0, 3.0]] and blank.notes[-1] == "the map is blank: flat"


def test_an_inverse_depth_plane_stays_a_plane():
    """A true disparity map of a slanted plane, unprojected, has all its points on one plane."""
    x, y = np.meshgrid((np.arange(40) + 0.5 - 20) / 20, (np.arange(24) + 0.5 - 12) / 20)
    disparity = 0.3 + 0.1 * x + 0.05 * y
    z = distance_map(disparity, "near is bright", 1 / disparity.max(), 1 / disparity.min()).distance
    points = np.stack([x * z, y * z, z], -1).reshape(-1, 3)
    assert points @ [0.1, 0.05, 0.3] == pytest.approx(np.ones(len(points)), abs=1e-9)


@pytest.mark.parametrize(
    ("depth", "kind", "near", "far", "told"),
    [
        (np.ones((2, 2)), "far", 1, 2, "unknown 'far'"),
        (np.ones(4), "metres", 1, 2, "a map of shape [4]"),
        (np.full((2, 2), np.nan), "metres", 1, 2, "no finite number"),
        (np.zeros((2, 2)), "metres", 1, 2, "no positive distance"),
        (np.eye(2), "near is dark", 2, 2, "2 and 2. Fix: use 0 < near < far"),
    ],
)
def test_bad_depth_is_explained(depth, kind, near, far, told):
    with pytest.raises(WanMoveError) as error:
        distance_map(depth, kind, near, far)
    assert told in str(error.value)


# -- what hides what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("move", ["truck left", "truck right", "pedestal up", "orbit left", "dolly in"])
def test_a_card_hides_the_wall_behind_it(move):
    """The closed form: a wall point is hidden when the card's projected rectangle lies over it."""
    x, y = np.meshgrid(np.arange(W) + 0.5, np.arange(H) + 0.5)
    on_card = (np.abs(x - W / 2) < 48) & (np.abs(y - H / 2) < 40)
    depth = np.where(on_card, 2.0, 5.0)
    tracks, _ = _tracks((move, 12.0), distances=DistanceMap(depth), subject_distance=3.0, spacing_px=8)
    start = tracks.xy[0].numpy()
    card = (np.abs(start - (W / 2, H / 2)) < (48, 40)).all(1)
    path = camera_path(_values((move, 12.0)), 3.0)
    corners = torch.tensor([[sx * 48 / F * 2, sy * 40 / F * 2, 2.0] for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))],
                           dtype=torch.float64)  # fmt: skip
    seen = path.see(corners).numpy()
    outline = seen[..., :2] / seen[..., 2:] * F + (W / 2, H / 2)
    wrong = told = 0
    for frame in range(1, 9):
        # Signed distance to each side of the convex outline, positive inside.
        a, b = outline[frame], np.roll(outline[frame], -1, axis=0)
        normal = np.stack([-(b - a)[:, 1], (b - a)[:, 0]], -1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        inside = ((tracks.xy[frame].numpy()[:, None] - a) * normal).sum(-1).min(1)
        clear = ~card & (np.abs(inside) > 6)
        hidden = ~tracks.visible[frame].numpy()
        wrong += int((hidden[clear] != (inside[clear] > 0)).sum())
        told += int((inside[clear] > 0).sum())
        assert tracks.visible[frame].numpy()[card].all()
    assert wrong == 0 and (told > 10 or move == "dolly in")
    assert bool(tracks.visible[0].all())


@pytest.mark.parametrize("move", ["truck left", "pedestal up", "orbit left", "dolly out", "orbit up"])
def test_a_slope_does_not_hide_itself(move):
    """A floor that runs to the horizon: nothing covers anything."""
    y = np.arange(H) + 0.5
    depth = np.where(y > H / 2 + 6, 40.0 / np.maximum(y - H / 2, 1e-6), 40.0 / 6)[:, None].repeat(W, 1)
    tracks, _ = _tracks((move, 12.0), distances=DistanceMap(depth), subject_distance=3.0, spacing_px=8)
    floor = tracks.xy[0, :, 1] > H / 2 + 16
    assert bool(tracks.visible[:, floor].all())


def test_a_sphere_seen_from_another_side_hides_no_more_than_its_far_side():
    """Independent: a ray from the moved camera to each point of the ball meets the ball earlier, or it does not."""
    x, y = np.meshgrid((np.arange(W) + 0.5 - W / 2) / F, (np.arange(H) + 0.5 - H / 2) / F)
    ray = np.stack([x, y, np.ones_like(x)], -1)
    centre, radius = np.array([0.0, 0.0, 4.0]), 0.9
    b, c = ray @ centre, centre @ centre - radius**2
    inside = b**2 - (ray**2).sum(-1) * c
    z = np.where(inside > 0, (b - np.sqrt(np.maximum(inside, 0))) / (ray**2).sum(-1), 8.0)
    tracks, _ = _tracks(("orbit left", 30.0), distances=DistanceMap(z), subject_distance=4.0, spacing_px=8)
    start = tracks.xy[0].double().numpy()
    column, row = start.astype(int).T
    ball = inside[row, column] > 0
    point = ray[row, column] * z[row, column][:, None]
    camera = camera_path(_values(("orbit left", 30.0)), 4.0).place[-1].numpy()
    facing = ((point - centre) * (camera - point)).sum(-1) / radius / np.linalg.norm(camera - point, axis=-1)
    hidden = ~tracks.visible[-1].numpy()
    # What faces the camera clearly is seen; what is turned away clearly is not.
    assert not hidden[ball & (facing > 0.25)].any()
    assert hidden[ball & (facing < -0.15)].mean() > 0.9 if (ball & (facing < -0.15)).sum() > 5 else True


def test_points_behind_the_camera_are_hidden_and_stay_finite():
    depth = DistanceMap(np.where(np.arange(W)[None] < 160, 1.0, 10.0).repeat(H, 0))
    tracks, notes = _tracks(("dolly in", 150.0), distances=depth, subject_distance=1.0)
    near = tracks.xy[0, :, 0] < 160
    assert not bool(tracks.visible[-1, near].any()) and bool(torch.isfinite(tracks.xy).all())
    assert any("fall behind the camera" in note for note in notes)


# -- objects ride -----------------------------------------------------------------------------------------------------


def test_objects_ride_the_camera_at_their_own_distance():
    frames = 9
    depth = DistanceMap(np.where(np.arange(W)[None] < 160, 2.0, 6.0).repeat(H, 0))
    go = np.stack([np.linspace(40, 72, frames), np.full(frames, 100.0)], -1)
    stand = np.tile([250.0, 60.0], (frames, 1))
    objects = Tracks.make(np.stack([go, stand], 1).astype(np.float32), size_wh=SIZE_WH)
    tracks, notes = _tracks(("truck right", 30.0), distances=depth, subject_distance=4.0, objects=objects)
    ridden = tracks.xy[:, -2:].numpy()
    camera_x = 0.3 * 4.0 * np.arange(frames) / 8
    assert ridden[:, 0, 0] == pytest.approx(go[:, 0] - F * camera_x / 2.0, abs=0.01)
    assert ridden[:, 1, 0] == pytest.approx(250 - F * camera_x / 6.0, abs=0.01)
    # The lattice makes room where something moves on its own, and only there.
    start = tracks.xy[0, :-2].numpy()
    assert np.abs(start - go[0]).max(1).min() > 16 and np.abs(start - stand[0]).max(1).min() < 16
    assert any("left out where objects of their own start" in note for note in notes)
    with pytest.raises(WanMoveError, match="9 frames of 320x192, the camera has 5 of 320x192"):
        _tracks(frames=5, objects=objects)


def test_mask_and_spacing_choose_the_points():
    mask = np.zeros((H, W), bool)
    mask[:, : W // 2] = True
    tracks, _ = _tracks(mask=mask, spacing_px=8)
    assert tracks.count == (W // 16) * (H // 8) and float(tracks.xy[0, :, 0].max()) < W / 2
    assert _tracks(spacing_px=8)[0].count == (W // 8) * (H // 8)


def test_more_points_than_memory_bears_are_refused_before_anything_is_computed():
    many = np.zeros((4001, len(RIG_CHANNELS)))
    many[:, -1] = 1.0
    with pytest.raises(WanMoveError, match=r"32,400 points over 4,001 frames .* Fix: use a larger spacing"):
        camera_tracks((1920, 1080), many, spacing_px=8)
    with pytest.raises(WanMoveError, match=r"hide_occluded: 32,400 points .* Fix: turn it off"):
        camera_tracks((1920, 1080), many, spacing_px=256, distances=DistanceMap(np.ones((2, 2))))
