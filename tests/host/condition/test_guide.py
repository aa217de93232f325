"""Encode and Guide on the real server: what is guided where, what runs again, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from _graphs import Video, diagonal
from _server import Refused


@pytest.fixture
def condition(client, comfy_server):
    """Runs a Video up to Guide and returns the numbers of its condition."""

    def made(name: str, **settings) -> np.lib.npyio.NpzFile:
        g = Video(**settings)
        g.save_condition(name)
        client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz")

    return made


def still(frames: int, point_xy: tuple[float, float], end_xy: tuple[float, float], size_wh=None) -> dict:
    """One track: at ``point_xy`` in frame 0, at ``end_xy`` from frame 1 on."""
    xy = [[list(point_xy)]] + [[list(end_xy)]] * (frames - 1)
    return {"xy": xy, **({"size_wh": list(size_wh)} if size_wh else {})}


def changed_cells(numbers, branch: str = "positive") -> set[tuple[int, int, int]]:
    """(latent step, y, x) of every cell in which the branch differs from the plain latent."""
    guided, plain = numbers[f"{branch}/0/concat_latent_image"], numbers["image/latent"]
    return {tuple(int(v) for v in cell) for cell in np.argwhere((guided != plain).any((0, 1)))}


def test_guides_both_branches_and_leaves_plain_and_inputs_alone(condition):
    numbers = condition("both", tracks=still(9, (12, 20), (44, 52), (64, 64)))
    assert changed_cells(numbers) == {(1, 6, 5), (2, 6, 5)} == changed_cells(numbers, "negative")
    plain, guided = numbers["image/latent"], numbers["positive/0/concat_latent_image"]
    assert np.array_equal(numbers["plain/0/concat_latent_image"], plain)
    assert np.array_equal(guided[:, :, 1, 6, 5], plain[:, :, 0, 2, 1])
    assert (numbers["positive/entries"], numbers["negative/entries"]) == (1, 1)
    mask = numbers["positive/0/concat_mask"]
    assert mask.shape == (1, 1, 3, 8, 8) and not mask[:, :, 0].any() and mask[:, :, 1:].all()
    assert numbers["positive/0/clip_vision_output"].shape == (1, 257, 1280)
    assert numbers["latent"].shape == (1, 16, 3, 8, 8) and not numbers["latent"].any()


def test_plain_negative_strength_and_batch(condition):
    numbers = condition(
        "half", tracks=still(9, (12, 20), (44, 52), (64, 64)), strength=0.5, negative_branch="plain", batch_size=3
    )
    assert changed_cells(numbers, "negative") == set()
    plain, guided = numbers["image/latent"], numbers["positive/0/concat_latent_image"]
    halfway = (plain[:, :, 0, 2, 1] + plain[:, :, 1, 6, 5]) / 2
    assert np.allclose(guided[:, :, 1, 6, 5], halfway, atol=1e-6)
    assert numbers["latent"].shape[0] == 3


@pytest.mark.parametrize(
    ("length", "size"), [(5, (64, 96)), (49, (64, 64)), (81, (64, 64))], ids=["5 portrait", "49", "81"]
)
def test_lengths_and_portrait(condition, length, size):
    width, height = size
    numbers = condition(f"length_{length}", width=width, height=height, length=length)
    steps = (length - 1) // 4 + 1
    assert numbers["image/latent"].shape == (1, 16, steps, height // 8, width // 8)
    assert {step for step, _, _ in changed_cells(numbers)} == set(range(1, steps))
    # Independent of the core: walk every track by hand.
    expected = {}
    tracks = np.array(diagonal(length, size)["xy"], np.float32)
    for n in range(tracks.shape[1]):
        source = (int(tracks[0, n, 1] // 8), int(tracks[0, n, 0] // 8))
        for step in range(1, steps):
            expected[(step, int(tracks[4 * step, n, 1] // 8), int(tracks[4 * step, n, 0] // 8))] = source
    guided, plain = numbers["positive/0/concat_latent_image"][0], numbers["image/latent"][0]
    for (step, y, x), (sy, sx) in expected.items():
        assert np.array_equal(guided[:, step, y, x], plain[:, 0, sy, sx])
    assert changed_cells(numbers) <= set(expected)


# A 160x96 picture in a 64x64 video. The marked pixel, where it must land by hand: crop keeps the middle 96 px of x
# (from 32) at 2/3; pad scales all by 0.4 onto rows 13 to 50; stretch scales x by 0.4, y by 2/3; area is 80x48 by the
# published rule for about 64x64 px, half of the picture.
@pytest.mark.parametrize(
    ("fit", "landing_xy", "size"),
    [
        ("crop", (58, 40), (64, 64)),
        ("pad", (48, 37), (64, 64)),
        ("stretch", (48, 40), (64, 64)),
        ("area", (60, 30), (80, 48)),
    ],
)
def test_a_marked_pixel_lands_where_its_track_does(condition, fit, landing_xy, size):
    mark = (120, 60)
    numbers = condition(
        f"fit_{fit}", fit=fit, picture={"width": 160, "height": 96, "mark_x": mark[0], "mark_y": mark[1]},
        tracks=still(9, (mark[0] + 0.5, mark[1] + 0.5), (4.5, 40.5), (160, 96)),
    )  # fmt: skip
    shown = numbers["images"][0, :, :, 0]
    assert shown.shape == (size[1], size[0])
    y, x = np.unravel_index(shown.argmax(), shown.shape)
    assert abs(x - landing_xy[0]) <= 1 and abs(y - landing_xy[1]) <= 1
    guided, plain = numbers["positive/0/concat_latent_image"], numbers["image/latent"]
    assert plain.shape[-2:] == (size[1] // 8, size[0] // 8)
    for step, cy, cx in changed_cells(numbers):
        assert np.array_equal(guided[:, :, step, cy, cx], plain[:, :, 0, y // 8, x // 8])
    if fit != "crop":  # there the track's end is cut off with the picture's side
        assert len(changed_cells(numbers)) == 2


@pytest.mark.parametrize(
    ("space", "size_wh", "cell"),
    [
        ("auto", (160, 96), (4, 2)),  # the whole picture: stretched by 0.4 and 2/3
        ("auto", (80, 48), (4, 2)),  # a half-size copy of it says the same with half the numbers
        ("auto", None, (4, 2)),  # says nothing: the video's own pixels
        ("video", (160, 96), (4, 2)),
        ("picture", None, (4, 2)),
    ],
)
def test_tracks_space(condition, space, size_wh, cell):
    end_video = (20.5, 36.5)
    in_video = (size_wh is None and space == "auto") or space == "video"
    half = 2 if size_wh == (80, 48) else 1
    scale = (1, 1) if in_video else (2.5 / half, 1.5 / half)
    start = (44.5 * scale[0], 12.5 * scale[1])
    end = (end_video[0] * scale[0], end_video[1] * scale[1])
    numbers = condition(
        f"space_{space}_{size_wh}", fit="stretch", picture={"width": 160, "height": 96},
        tracks=still(9, start, end, size_wh), tracks_space=space,
    )  # fmt: skip
    assert changed_cells(numbers) == {(1, *cell), (2, *cell)}


def test_start_clip_and_end_picture(condition):
    numbers = condition(
        "clip", length=17, picture={"frames": 7}, end_picture=True, tracks=still(17, (12, 20), (44, 52), (64, 64))
    )
    # 7 frames: the first 5 are used, latent steps 0 and 1 are given; the last frame of the last step too.
    mask = numbers["image/mask"]
    assert mask.shape == (1, 4, 5, 8, 8)
    assert not mask[:, :, :2].any() and mask[:, :, 2:4].all() and mask[:, :3, 4].all() and not mask[:, 3, 4].any()
    assert changed_cells(numbers) == {(2, 6, 5), (3, 6, 5)}
    assert numbers["images"].shape == (5, 64, 64, 3)


def test_start_and_end_percent(condition):
    numbers = condition("range", tracks=still(9, (12, 20), (44, 52), (64, 64)), start=0.25, end=0.75)
    assert numbers["positive/entries"] == 3
    spans = []
    for i in range(3):
        latent = numbers[f"positive/{i}/concat_latent_image"]
        guided = bool((latent != numbers["image/latent"]).any())
        spans.append(
            (float(numbers[f"positive/{i}/start_percent"]), float(numbers[f"positive/{i}/end_percent"]), guided)
        )
    assert spans == [(0.0, 0.25, False), (0.25, 0.75, True), (0.75, 1.0, False)]


def test_editing_tracks_runs_guide_and_not_encode(client):
    g = Video(length=17)
    latent = g.sampler(steps=1)
    g.add("TestSave", name="again", latent=[latent, 0])
    first = client.run(g.prompt)
    assert {g.encode, g.guide} <= set(first.executed)
    other = json.dumps(diagonal(17, (64, 64), count=5))
    g.prompt[g.tracks]["inputs"]["json_text"] = other
    second = client.run(g.prompt)
    assert {g.tracks, g.guide, latent} <= set(second.executed)
    assert g.encode not in second.executed and g.encode in second.cached
    assert not {g.vae, g.model, g.picture} & set(second.executed)


def test_two_queued_prompts_do_not_mix(client, comfy_server):
    """Different tracks and seeds, queued together: each result is the one it has alone."""

    def build(name: str, count: int, seed: int) -> Video:
        g = Video(tracks=diagonal(9, (64, 64), count=count))
        g.add("TestSave", name=name, latent=[g.sampler(seed=seed), 0], positive=[g.guide, 0])
        return g

    runs = [client.queue(build(f"queued_{i}", 1 + i, 7 + i).prompt) for i in range(2)]
    for run in runs:
        assert client.wait(run).error is None
    client.post("/free", {"unload_models": True, "free_memory": True})
    numbers = [np.load(comfy_server.base / "output" / f"queued_{i}.npz") for i in range(2)]
    assert (numbers[0]["latent"] != numbers[1]["latent"]).any()
    for i in range(2):
        client.run(build(f"alone_{i}", 1 + i, 7 + i).prompt)
        alone = np.load(comfy_server.base / "output" / f"alone_{i}.npz")
        assert np.array_equal(alone["latent"], numbers[i]["latent"])


def test_native_nodes_mix(client, comfy_server):
    """Tracks made and merged by the host's own nodes guide ours; ours feed its TrackToVideo and its drawing."""
    g = Video(length=9)
    native = g.add(
        "GenerateTracks", width=64, height=64, start_x=0.2, start_y=0.2, end_x=0.7, end_y=0.7, num_frames=9,
        num_tracks=2, track_spread=0.1, bezier=False, mid_x=0.5, mid_y=0.5, interpolation="linear",
    )  # fmt: skip
    ours = g.add("WanMoveMergeTracks", tracks_1=[native, 0], tracks_2=[g.tracks, 0])
    both = g.add("WanMoveConcatTrack", tracks_1=[ours, 0], tracks_2=[native, 0])
    g.prompt[g.guide]["inputs"]["tracks"] = [both, 0]
    g.add("TestSave", name="native_to_ours", positive=[g.guide, 0], tracks=[both, 0], wanmove_image=[g.encode, 0])
    theirs = g.add(
        "WanMoveTrackToVideo", positive=[g.text, 0], negative=[g.negative_text, 0], vae=[g.vae, 0],
        tracks=[ours, 0], strength=1.0, width=64, height=64, length=9, batch_size=1, start_image=[g.picture, 0],
    )  # fmt: skip
    latent = g.add(
        "KSampler", model=[g.model, 0], seed=1, steps=1, cfg=1.0, sampler_name="euler", scheduler="simple",
        positive=[theirs, 0], negative=[theirs, 1], latent_image=[theirs, 2], denoise=1.0,
    )  # fmt: skip
    frames = g.decode(latent)
    drawn = g.add("WanMoveVisualizeTracks", images=[frames, 0], tracks=[ours, 0])
    g.add("TestSave", name="ours_to_native", latent=[latent, 0], images=[drawn, 0], positive=[theirs, 0])
    client.run(g.prompt)
    mixed = np.load(comfy_server.base / "output" / "native_to_ours.npz")
    assert mixed["tracks/track_path"].shape == (9, 6, 2)
    assert (mixed["positive/0/concat_latent_image"] != mixed["image/latent"]).any()
    native_run = np.load(comfy_server.base / "output" / "ours_to_native.npz")
    assert native_run["images"].shape == (9, 64, 64, 3)


def test_ksampler_takes_our_conditioning(client, comfy_server):
    g = Video(start=0.3, end=0.8)
    latent = g.add(
        "KSampler", model=[g.model, 0], seed=1, steps=3, cfg=3.0, sampler_name="euler", scheduler="simple",
        positive=[g.guide, 0], negative=[g.guide, 1], latent_image=[g.guide, 3], denoise=1.0,
    )  # fmt: skip
    g.add("TestSave", name="stock", latent=[latent, 0])
    client.run(g.prompt)
    assert np.isfinite(np.load(comfy_server.base / "output" / "stock.npz")["latent"]).all()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"width": 60}, "Video / width: 60 px is not a positive multiple of 8. Fix: use 64"),
        ({"length": 10}, "10 frames, but the model's lengths are 4k+1"),
        ({"start": 0.8, "end": 0.2}, "Guide / range: 0.8 to 0.2. Fix: choose 0 <= start <= end <= 1"),
        ({"fit": "squeeze"}, "Value not in list"),
        ({"batch_size": 0}, "Value 0 smaller than min of 1"),
    ],
)
def test_refused_before_anything_runs(client, settings, text):
    g = Video(**settings)
    g.save_condition("never")
    with pytest.raises(Refused) as refused:
        client.run(g.prompt)
    assert text in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"tracks": still(13, (1, 1), (2, 2), (64, 64))}, "13 frames, the video has 9"),
        ({"tracks": still(9, (1, 1), (2, 2), (500, 64))}, "they belong to a 500x64 picture; this one is 64x64"),
        ({"picture": {"frames": 9}, "end_picture": True}, "the start already fills all 9 frames"),
    ],
)
def test_errors_name_the_place_and_the_fix(client, settings, text):
    g = Video(**settings)
    g.save_condition("never")
    run = client.run(g.prompt, fail=True)
    assert text in run.message and "Fix:" in run.message


def test_another_vae_is_refused(client):
    g = Video()
    g.prompt[g.vae] = {"class_type": "TestForeignVAE", "inputs": {}}
    g.save_condition("never")
    run = client.run(g.prompt, fail=True)
    assert "Encode image / VAE: its latents have 4 channels" in run.message


def test_unguided_without_tracks(condition, client, comfy_server):
    g = Video()
    del g.prompt[g.guide]["inputs"]["tracks"]
    g.save_condition("no_tracks")
    client.run(g.prompt)
    numbers = np.load(comfy_server.base / "output" / "no_tracks.npz")
    assert changed_cells(numbers) == set()


def test_more_tracks_than_the_model_was_trained_with_are_told(condition, comfy_server):
    """With the number that the checks have too."""
    from wan_move_core.method.published import TRAINED_TRACKS
    from wan_move_core.motion.checks.issues import checks_table

    assert TRAINED_TRACKS == checks_table()["many_tracks"]["threshold"] == 200

    def crowd(count: int) -> dict:
        return {"xy": [[[2.0 + 3 * (n % 20), 2.0 + 4 * (n // 20)] for n in range(count)]] * 9, "size_wh": [64, 64]}

    said = "201 tracks guide; the model was trained with at most 200 at a time"
    condition("as_many", tracks=crowd(200))
    assert "tracks guide; the model was trained" not in comfy_server.log_text
    condition("too_many", tracks=crowd(201))
    assert said in comfy_server.log_text
