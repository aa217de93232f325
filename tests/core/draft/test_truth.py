"""Drafts beside scenes of exact truth: things show themselves where they are, and nothing of them stays behind."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

from wan_move_core.draft.matte import Outline
from wan_move_core.draft.render import Draft
from wan_move_core.tracks import Tracks

_spec = importlib.util.spec_from_file_location("draft_scenes", Path(__file__).with_name("scenes.py"))
assert _spec and _spec.loader
scenes = importlib.util.module_from_spec(_spec)
sys.modules["draft_scenes"] = scenes
_spec.loader.exec_module(scenes)

SPRITES = scenes.own_scenes()
DEPTHS = scenes.own_depth_scenes()


@pytest.mark.parametrize("scene", SPRITES, ids=lambda s: s.name)
def test_things_stay_whole_and_leave_their_place(scene):
    draft = Draft(scene.truth(0)[0], scene.tracks())
    assert len(draft.objects) == len(scene.things)
    figures = scenes.measured(scene, scenes.drawn_frames(draft))
    assert figures.own.mean() >= 0.93 and figures.own.min() >= 0.7 and figures.left.max() <= 0.06, str(figures)


def test_the_figures_tell_a_draft_that_does_nothing():
    scene = SPRITES[1]
    figures = scenes.measured(scene, {frame: scene.truth(0)[0] for frame in scenes.SHOWN})
    assert figures.own.mean() < 0.5 and figures.left.max() > 0.9


@pytest.mark.parametrize("scene", DEPTHS, ids=lambda s: s.name)
def test_a_camera_through_depth_shows_points_in_their_own_colours(scene):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draft = Draft(scene.picture, scene.tracks())
        frames = scenes.drawn_frames(draft)
    assert not draft.objects and scene.shows_its_own(frames) >= 0.93


def test_a_field_leaves_no_holes():
    """On a picture without black, nothing black comes to lie, whatever the points do."""
    rng = np.random.default_rng(3)
    picture = np.clip(scenes.textured(9, (90, 90, 90), (240, 240, 240), lines=False), 90, 255)
    x, y = np.meshgrid(np.arange(16, 832, 40), np.arange(16, 480, 40))
    start = np.stack([x, y], -1).reshape(-1, 2)
    way = rng.normal(0, 30, start.shape)
    xy = start[None] + np.linspace(0, 1, 9)[:, None, None] * way
    draft = Draft(picture, Tracks.make(xy.astype(np.float32), None, size_wh=scenes.SIZE_WH))
    assert not draft.objects and all(frame.min() > 60 for frame in draft)


def test_an_outline_is_the_cut():
    """Whatever the colours: a box drawn over nothing at all is carried as it was drawn."""
    picture = scenes.textured(5, (30, 60, 90), (200, 220, 120))
    points = np.array([(200, 200), (260, 200), (200, 260), (260, 260)], float)
    still = np.array([(10, 10), (820, 470)], float)
    way = np.linspace(0, 1, 9)[:, None, None] * np.array([300.0, 0.0])
    xy = np.concatenate([points[None] + way, np.repeat(still[None], 9, 0)], 1)
    inside = np.zeros((480, 832), bool)
    inside[150:310, 150:310] = True
    draft = Draft(
        picture, Tracks.make(xy.astype(np.float32), None, size_wh=scenes.SIZE_WH), [Outline(range(4), inside)]
    )
    last = draft.frame(8)
    assert np.abs(last[156:304, 456:604].astype(int) - picture[156:304, 156:304]).mean() < 2
    beside = np.abs(last[:, 640:].astype(int) - picture[:, 640:])
    assert beside.max() == 0


def test_a_lone_point_on_a_smooth_thing_bends_it():
    """A face-like disc with soft shading: no piece of it is cut out, and the point itself goes where it should."""
    y, x = np.mgrid[0:480, 0:832]
    shade = 90 * np.exp(-((x - 416) ** 2 + (y - 240) ** 2) / (2 * 150**2))
    picture = np.repeat((100 + shade)[..., None], 3, 2).astype(np.uint8)
    cv2.circle(picture, (416, 240), 5, (200, 40, 40), -1, cv2.LINE_AA)
    still = np.array([(10, 10), (820, 10), (10, 470), (820, 470)], float)
    way = np.linspace(0, 1, 9)[:, None, None] * np.array([50.0, 20.0])
    xy = np.concatenate([np.array([[[430.5, 250.5]]]) + way, np.repeat(still[None], 9, 0)], 1)
    draft = Draft(picture, Tracks.make(xy.astype(np.float32), None, size_wh=scenes.SIZE_WH))
    assert not draft.objects
    red = np.argwhere(draft.frame(8)[..., 0].astype(int) - draft.frame(8)[..., 1] > 60).mean(0)
    assert np.abs(red[::-1] - (416 + 50, 240 + 20)).max() < 12


def test_a_hidden_point_rides_with_its_thing():
    """One of four points of a thing is hidden from the middle on, wherever it is said to be."""
    points = np.array([(200, 200), (260, 200), (230, 250), (210, 240)], float)
    way = np.linspace(0, 1, 17)[:, None, None] * np.array([240.0, 30.0])
    xy = np.concatenate([points[None] + way, np.repeat(np.array([[[10.0, 10.0]]]), 17, 0)], 1)
    seen = np.ones(xy.shape[:2], bool)
    seen[8:, 1] = False
    draft = Draft(
        scenes.textured(6, (10, 20, 30), (200, 200, 150)),
        Tracks.make(xy.astype(np.float32), seen, size_wh=scenes.SIZE_WH),
    )
    assert np.abs(draft.controls.xy[:, 1] - (xy[:, 1] - 0.5)).max() < 0.05
