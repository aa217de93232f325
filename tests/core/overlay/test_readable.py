"""Overlay on any picture: labels, discs and tails stand out, and many tracks leave the picture visible."""

from __future__ import annotations

import numpy as np
import pytest

from wan_move_core.overlay.brush import TrackStyle
from wan_move_core.overlay.draw import draw_paths, draw_tracks
from wan_move_core.overlay.style import MOST_HIDDEN
from wan_move_core.palette import TRACK_RGB
from wan_move_core.tracks import Tracks

SIZE_WH, FRAMES = (832, 480), 33


def _luminance(rgb: np.ndarray) -> np.ndarray:
    """WCAG 2's relative luminance of uint8 [..., 3]."""
    v = np.asarray(rgb, float) / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def _contrast(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def _picture(kind: str) -> np.ndarray:
    shape = (SIZE_WH[1], SIZE_WH[0], 3)
    if kind == "noise":
        return np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    if kind == "checks":
        y, x = np.mgrid[: shape[0], : shape[1]]
        return np.repeat((((x // 3 + y // 3) % 2) * 255).astype(np.uint8)[..., None], 3, 2)
    return np.full(shape, {"white": 255, "black": 0, "grey": 128}[kind], np.uint8)


def _tracks(xy):
    return Tracks.make(np.asarray(xy, np.float32), size_wh=SIZE_WH)


def _crossing(count: int, spread: float = 1.0, seed: int = 0) -> Tracks:
    """Straight ways from anywhere to anywhere; ``spread``: within this part of the picture, at its middle."""
    rng = np.random.default_rng(seed)
    start, end = (rng.uniform(0.5 - spread / 2, 0.5 + spread / 2, (count, 2)) * SIZE_WH for _ in range(2))
    t = np.linspace(0, 1, FRAMES)[:, None, None]
    return _tracks(start + (end - start) * t)


def _hidden(tracks: Tracks, style: TrackStyle | None = None) -> np.ndarray:
    """Opacity 0-1 [H, W] of what is drawn in the last frame, from the same frame on white and on black."""
    on = [list(draw_tracks(_picture(kind), tracks, style))[-1].astype(float) for kind in ("white", "black")]
    return 1 - (on[0] - on[1]).mean(-1) / 255


@pytest.mark.parametrize("kind", ["white", "black", "grey", "noise", "checks"])
@pytest.mark.parametrize("count", [1, 64])
def test_a_label_contrasts_with_its_surroundings(kind, count):
    """The glyph against the pixels around it: at least 7 to 1, WCAG's highest grade, for every digit's strokes."""
    step = np.stack(np.meshgrid(np.arange(8) * 100 + 40, np.arange(8) * 58 + 40), -1).reshape(-1, 2)[:count]

    def drawn(picture, labels):
        return next(draw_tracks(picture, _tracks(step[None]), TrackStyle(labels=labels)))

    # Where the label of track 1 lies, above and right of its disc: a grey picture shows plate and glyph alike.
    grey = _picture("grey")
    differs = (drawn(grey, True) != drawn(grey, False)).any(-1)[:40, 44:90]
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    assert len(rows) >= 10 and len(columns) >= 6
    label = _luminance(drawn(_picture(kind), True)[:40, 44:90])[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # A digit's strokes are a tenth of its plate.
    assert _contrast(np.percentile(label, 97), np.percentile(label, 60)) >= 7


def test_a_label_is_whole_at_every_edge():
    corners = [[[4, 4], [828, 4], [4, 476], [828, 476], [416, 240]]]
    white = _picture("white")
    drawn = next(draw_tracks(white, _tracks(corners), TrackStyle(labels=True)))
    plain = next(draw_tracks(white, _tracks(corners)))
    region = (drawn != plain).any(-1)
    for x, y in corners[0]:
        near = region[max(0, y - 40) : y + 40, max(0, x - 40) : x + 40]
        rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
        assert rows[-1] - rows[0] >= 10 and columns[-1] - columns[0] >= 8, (x, y)


@pytest.mark.parametrize("index", range(len(TRACK_RGB)))
def test_a_disc_is_seen_on_any_picture(index):
    """Its colour or its rim: on a picture of its own colour, on white and on black, one of them contrasts."""
    colour = TRACK_RGB[index]
    style = TrackStyle(colours=(colour,), tail_frames=0)
    for ground in (colour, (255, 255, 255), (0, 0, 0), (128, 128, 128)):
        picture = np.full((SIZE_WH[1], SIZE_WH[0], 3), ground, np.uint8)
        for points in ([[[100, 100]]], [[[100, 100], [300, 300]]]):
            frame = next(draw_tracks(picture, _tracks(points), style))
            patch = _luminance(frame[80:120, 80:120])
            best = _contrast(patch, _luminance(np.array(ground))).ravel()
            assert np.sort(best)[-40] >= 3, ground


def test_a_tail_is_seen_on_a_picture_of_its_own_colour():
    yellow = TRACK_RGB[2]
    picture = np.full((SIZE_WH[1], SIZE_WH[0], 3), yellow, np.uint8)
    xy = np.stack([np.linspace(100, 500, FRAMES), np.full(FRAMES, 240.0)], -1)[:, None]
    for rim, low, high in ((True, 2.0, 21), (False, 1.0, 1.05)):
        frame = list(draw_tracks(picture, _tracks(xy), TrackStyle(colours=(yellow,), rim=rim)))[-1]
        column = _luminance(frame[225:255, 440])
        assert low <= _contrast(column, _luminance(np.array(yellow))).max() <= high


def test_tails_have_no_seams():
    """The rim grows outwards only: along a tail's middle, opacity falls steadily from head to end."""
    xy = np.stack([np.linspace(100, 700, FRAMES), np.full(FRAMES, 240.0)], -1)[:, None]
    row = _hidden(_tracks(xy))[240, 270:680]
    assert (np.diff(row) > -0.012).all() and row[-1] - row[0] > 0.8


@pytest.mark.parametrize("spread", [1.0, 0.3])
@pytest.mark.parametrize("count", [16, 64, 256, 1024])
def test_many_tracks_leave_the_picture_visible(count, spread):
    """Share hidden of the picture, and of the fullest third of it: bounded whatever the number of tracks."""
    hidden = _hidden(_crossing(count, spread))
    side = SIZE_WH[1] // 3
    worst = max(hidden[y : y + side, x : x + side].mean() for y in range(0, 321, 40) for x in range(0, 673, 48))
    assert worst <= MOST_HIDDEN + 0.05
    assert hidden.mean() <= MOST_HIDDEN
    assert hidden.max() > 0.9, "every track still has a disc"


def test_published_look_hides_what_ours_leaves_visible():
    tracks = _crossing(256)
    assert _hidden(tracks, TrackStyle(rim=False, shrink=False)).mean() > 0.4
    assert _hidden(tracks).mean() < 0.25


def test_sizes_fall_with_the_number_and_few_keep_theirs():
    sizes = [TrackStyle().making_room_for(_crossing(n)).radius_px for n in (1, 4, 16, 64, 256, 1024)]
    assert sizes[:2] == [12.0, 12.0] and sizes == sorted(sizes, reverse=True) and sizes[-1] >= 1
    spread = _tracks(np.stack(np.meshgrid([100, 300, 500, 700], [80, 240, 400]), -1).reshape(1, -1, 2))
    assert TrackStyle().making_room_for(spread) == TrackStyle(), "a dozen far from each other need no room"
    exact = TrackStyle(shrink=False)
    assert exact.making_room_for(_crossing(1024)) is exact


def test_whole_paths_of_many_stay_narrow():
    still = [draw_paths(_picture(kind), _crossing(256)).astype(float) for kind in ("white", "black")]
    assert (1 - (still[0] - still[1]).mean() / 255) < 0.75


@pytest.mark.parametrize("style", [TrackStyle(radius_px=0), TrackStyle(tail_width_px=0), TrackStyle(opacity=0),
                                   TrackStyle(radius_px=0, tail_width_px=0, labels=True)])  # fmt: skip
def test_nothing_of_size_zero_fails(style):
    for count in (1, 40):
        frames = list(draw_tracks(_picture("grey"), _crossing(count), style))
        assert len(frames) == FRAMES
    tiny = Tracks.make(np.full((3, 20, 2), 1.0, np.float32), size_wh=(4, 4))
    assert len(list(draw_tracks(np.zeros((4, 4, 3), np.uint8), tiny, style))) == 3
