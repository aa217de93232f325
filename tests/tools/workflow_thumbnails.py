"""Thumbnails of the example workflows: drafts of the demo's picture with tracks on them. No model made any of them.

Each carries a strip that says what the workflow is about, and that the picture is a draft.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))

import _setup

_setup.load_core()

from wan_move_core.demo.picture import ASSETS, BALLOON, DOCUMENT, PICTURE, balloon_outline
from wan_move_core.demo.picture import SIZE_WH as PICTURE_WH
from wan_move_core.draft.outlines import outlines_from_document
from wan_move_core.draft.render import Draft
from wan_move_core.motion.document.read import parse_document
from wan_move_core.motion.evaluation.evaluate import tracks_from_document
from wan_move_core.motion.sources.anchors import hold_the_rest
from wan_move_core.motion.sources.move_keys import channel_values, move_from_to
from wan_move_core.motion.sources.region_motion import BODY_CHANNELS, Body, pivot_of_mask, region_tracks
from wan_move_core.motion.sources.space.camera_rig import RIG_CHANNELS, keys_from_moves
from wan_move_core.motion.sources.space.camera_scene import camera_tracks
from wan_move_core.motion.sources.space.depth import distance_map
from wan_move_core.motion.sources.space.rotate3d import rotate_tracks
from wan_move_core.overlay.draw import TrackStyle, draw_paths, draw_tracks
from wan_move_core.pictures import read_picture
from wan_move_core.tracks import Tracks, merge_tracks

SIZE_WH, STRIP = (640, 410), 40
FRAMES = 81
EASING = (0.42, 0.0, 0.58, 1.0)
FINE = TrackStyle(radius_px=5, tail_width_px=7, tail_frames=40)


def write_thumbnails(folder: Path) -> list[Path]:
    """A .jpg for every workflow of ``folder``, by its number."""
    written = []
    for workflow in sorted(folder.glob("*.json")):
        words, paint = PAINTED[workflow.stem[:2]]
        written.append(workflow.with_suffix(".jpg"))
        framed(paint(), words).save(written[-1], quality=84, optimize=True, progressive=True)
    return written


def framed(picture: np.ndarray, words: str) -> Image.Image:
    whole = Image.new("RGB", SIZE_WH, "#17181c")
    room = (SIZE_WH[0], SIZE_WH[1] - STRIP)
    whole.paste(Image.fromarray(picture).resize(room, Image.Resampling.LANCZOS), (0, 0))
    pen = ImageDraw.Draw(whole)
    pen.text((12, room[1] + 9), words, fill="#ffffff", font=ImageFont.load_default(19))
    small = ImageFont.load_default(14)
    said = "motion draft, not a result"
    pen.text((SIZE_WH[0] - 12 - pen.textlength(said, font=small), room[1] + 13), said, fill="#9aa0ac", font=small)
    return whole


def picture() -> np.ndarray:
    return read_picture(ASSETS / PICTURE)


def demo_tracks() -> Tracks:
    return tracks_from_document(parse_document((ASSETS / DOCUMENT).read_bytes()))


def drafted(
    tracks: Tracks | None, frame: int, style: TrackStyle | None = FINE, of: np.ndarray | None = None
) -> np.ndarray:
    """The draft's ``frame`` with the tracks up to there, or without; no tracks: the demo's, with its outlines."""
    outlines = outlines_from_document(parse_document((ASSETS / DOCUMENT).read_bytes())) if tracks is None else []
    tracks = demo_tracks() if tracks is None else tracks
    drawn = np.asarray(Draft(picture() if of is None else of, tracks, outlines).frame(frame))
    if style is None:
        return drawn
    cut = Tracks.make(tracks.xy[: frame + 1], tracks.visible[: frame + 1], size_wh=tracks.size_wh, where="Thumbnail")
    *_, last = draw_tracks(drawn, cut, style)
    return last


def balloon_mask() -> np.ndarray:
    """bool [480, 832]: the near balloon, as somebody paints it who keeps to its outline."""
    canvas = Image.new("1", PICTURE_WH)
    outline = balloon_outline(*BALLOON)
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in outline], fill=1)
    return np.array(canvas)


def painted_mask(mask: np.ndarray, over: np.ndarray) -> np.ndarray:
    tint = np.asarray([255, 90, 120])
    return np.where(mask[..., None], over * 0.62 + tint * 0.38, over).astype(np.uint8)


def two(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The middle halves of both, beside each other."""
    quarter = left.shape[1] // 4
    line = np.full((left.shape[0], 6, 3), 255, np.uint8)
    return np.hstack([left[:, quarter : 3 * quarter], line, right[:, quarter : 3 * quarter]])


def draw_and_generate() -> np.ndarray:
    return drafted(None, 64)


def from_a_file() -> np.ndarray:
    return draw_paths(picture(), demo_tracks(), TrackStyle(radius_px=6, tail_width_px=6))


def fast() -> np.ndarray:
    return drafted(None, 40, None)


def low_memory() -> np.ndarray:
    return drafted(None, 26)


def weights() -> np.ndarray:
    return two(drafted(None, 24), drafted(None, 72))


def coordinates() -> np.ndarray:
    tracks = demo_tracks()
    moving = tracks.select((tracks.xy[-1] - tracks.xy[0]).norm(dim=-1) > 8)
    drawn = Image.fromarray(draw_paths(picture(), moving, TrackStyle(radius_px=6, tail_width_px=6)))
    pen, font = ImageDraw.Draw(drawn, "RGBA"), ImageFont.load_default(17)
    pen.rectangle((430, 24, 812, 190), fill=(20, 22, 28, 205))
    rows = ['[[{"x":212,"y":82},', *(f'  {{"x":{212 + 3 * i},"y":{82 - 2 * i}}},' for i in range(1, 5)), "  ...], ...]"]
    for row, text in enumerate(rows):
        pen.text((446, 36 + 24 * row), text, fill=(190, 220, 255), font=font)
    return np.asarray(drawn)


def camera() -> np.ndarray:
    keys = keys_from_moves([("zoom in", 30.0), ("truck right", 8.0)], 0, -1, FRAMES)
    tracks, _ = camera_tracks((832, 480), channel_values(keys, RIG_CHANNELS, FRAMES, EASING), spacing_px=64)
    return drafted(tracks, 70, TrackStyle(radius_px=3, tail_width_px=4, tail_frames=80))


def region() -> np.ndarray:
    mask = balloon_mask()
    move = {"x": 250.0, "y": 60.0, "rotate": 14.0, "scale_x": 1.25, "scale_y": 1.25, "shear": 0.0}
    values = channel_values(move_from_to(move, 0, -1, FRAMES, "Thumbnail"), BODY_CHANNELS, FRAMES, EASING)
    body = Body(mask, (832, 480), values, pivot_of_mask(mask, (832, 480), "centre"))
    tracks, _ = region_tracks([body], density=0.25)
    drawn = drafted(merge_tracks([hold_the_rest(tracks), tracks]), 66, None)
    way = draw_tracks(drawn, tracks.select(list(range(0, tracks.count, 9))), TrackStyle(radius_px=3, tail_width_px=3))
    return painted_mask(mask, next(islice(way, 66, None)))


def transfer() -> np.ndarray:
    tracks = demo_tracks()
    mirrored = np.ascontiguousarray(picture()[:, ::-1])
    xy = tracks.xy.clone()
    xy[..., 0] = 831.0 - xy[..., 0]
    back = Tracks.make(xy, tracks.visible, size_wh=tracks.size_wh, where="Thumbnail")
    return two(drafted(None, 56), drafted(back, 56, of=mirrored))


def turn() -> np.ndarray:
    mask = balloon_mask()
    # The envelope alone is round.
    (_, y), r = BALLOON
    mask[int(y + 1.4 * r) :] = False
    tracks, _ = rotate_tracks(mask, (832, 480), np.linspace(0.0, 50.0, FRAMES))
    few = tracks.select(list(range(0, tracks.count, 3)))
    return draw_paths(painted_mask(mask, picture()), few, TrackStyle(radius_px=4, tail_width_px=4))


def long_clip() -> np.ndarray:
    parts = [Image.fromarray(drafted(None, frame)).resize((270, 156)) for frame in (0, 20, 40, 40, 60, 80)]
    sheet = Image.new("RGB", (832, 480), "#17181c")
    for i, part in enumerate(parts):
        sheet.paste(part, (5 + 276 * (i % 3), 70 + 172 * (i // 3)))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    pen.text((8, 36), "window 0", fill="#ffffff", font=font)
    pen.text((8, 410), "window 1 starts on the last frame of window 0", fill="#ffffff", font=font)
    return np.asarray(sheet)


def leads() -> np.ndarray:
    """The draft on the noise line, halfway up, and the draft."""
    draft = drafted(None, 64)
    noise = np.random.default_rng(12).normal(128, 70, draft.shape)
    return two(np.clip(0.4 * draft + 0.6 * noise, 0, 255).astype(np.uint8), draft)


def retake() -> np.ndarray:
    """The draft with every third of its tracks drawn, and with all."""
    frame, tracks = 64, demo_tracks()
    few = tracks.select(list(range(0, tracks.count, 3)))
    cut = Tracks.make(few.xy[: frame + 1], few.visible[: frame + 1], size_wh=few.size_wh, where="Thumbnail")
    *_, drawn = draw_tracks(drafted(None, frame, None), cut, FINE)
    return two(drawn, drafted(None, frame))


def found() -> np.ndarray:
    """The near balloon in its mask's colour, and the word that found it."""
    drawn = Image.fromarray(painted_mask(balloon_mask(), drafted(None, 0, None)))
    pen, font = ImageDraw.Draw(drawn, "RGBA"), ImageFont.load_default(34)
    (x, y), r = BALLOON
    pen.rounded_rectangle((x + r + 20, y - 34, x + r + 200, y + 22), 12, fill=(20, 22, 28, 215))
    pen.text((x + r + 38, y - 28), "balloon", fill=(255, 255, 255), font=font)
    return np.asarray(drawn)


def demo_depth() -> np.ndarray:
    """float32 [480, 832], 0 near to 1 far: the ground comes nearer downwards, the balloon stands before it."""
    rows = np.linspace(0, 1, 480, dtype=np.float32)[:, None]
    ground = np.repeat(np.where(rows < 0.55, 1.0, 1.0 - 0.8 * (rows - 0.55) / 0.45), 832, 1)
    return np.where(balloon_mask(), 0.05, ground).astype(np.float32)


def in_depth(moves: list[tuple[str, float]], frame: int) -> np.ndarray:
    distance = distance_map(demo_depth(), "near is dark", 1.0, 10.0)
    values = channel_values(keys_from_moves(moves, 0, -1, FRAMES), RIG_CHANNELS, FRAMES, EASING)
    tracks, _ = camera_tracks(PICTURE_WH, values, distances=distance, spacing_px=24)
    return drafted(tracks, frame, None)


def depth() -> np.ndarray:
    """The picture's depth, near bright, and the draft of a camera that passes through it."""
    grey = np.repeat(((1 - demo_depth()) * 255).astype(np.uint8)[..., None], 3, 2)
    return two(grey, in_depth([("truck right", 14.0), ("dolly in", 15.0)], 80))


def flight() -> np.ndarray:
    return two(drafted(None, 64), in_depth([("dolly in", 30.0)], 80))


def between() -> np.ndarray:
    """Three moments laid over each other, the middle one faint."""
    early, middle, late = (drafted(None, frame, None).astype(np.float32) for frame in (16, 40, 64))
    return (0.4 * early + 0.2 * middle + 0.4 * late).astype(np.uint8)


def rounds() -> np.ndarray:
    """A third of the tracks, two thirds, all of them."""
    sheet, tracks = Image.new("RGB", (832, 480), "#17181c"), demo_tracks()
    drawn, pen = drafted(None, 64, None), ImageDraw.Draw(sheet)
    for i, keep in enumerate((3, 2, 1)):
        few = tracks.select(list(range(0, tracks.count, keep)))
        cut = Tracks.make(few.xy[:65], few.visible[:65], size_wh=few.size_wh, where="Thumbnail")
        *_, last = draw_tracks(drawn, cut, FINE)
        sheet.paste(Image.fromarray(last).resize((270, 156)), (5 + 276 * i, 160))
        pen.text((8 + 276 * i, 126), f"round {i + 1}", fill="#ffffff", font=ImageFont.load_default(22))
    pen.rectangle((555, 156, 829, 319), outline="#64d27c", width=4)
    pen.text((700, 330), "best", fill="#64d27c", font=ImageFont.load_default(26))
    return np.asarray(sheet)


PAINTED: dict[str, tuple[str, Callable[[], np.ndarray]]] = {
    "01": ("Draw how things move", draw_and_generate),
    "02": ("Tracks from a file, published settings", from_a_file),
    "03": ("Six steps with a distilled LoRA", fast),
    "04": ("fp8, text encoder on the CPU, tiles", low_memory),
    "05": ("Prompt 5, tracks 8: a weight of their own", weights),
    "06": ("Coordinate JSON, ComfyUI's own nodes", coordinates),
    "07": ("Camera: zoom in, truck right", camera),
    "08": ("A region that moves, turns and grows", region),
    "09": ("Motion from another video", transfer),
    "10": ("Turn a thing in space", turn),
    "11": ("161 frames in two windows", long_clip),
    "12": ("The draft leads, noise and all", leads),
    "13": ("High noise, low noise: two experts", weights),
    "14": ("First steps without the LoRA", fast),
    "15": ("Measure, add points, try again", retake),
    "16": ("Say what it is, drag it: SAM3", found),
    "17": ("Camera move in depth", depth),
    "18": ("Things by tracks, camera by Uni3C", flight),
    "19": ("32 frames a second instead of 16", between),
    "20": ("As an app: picture, motion, prompt", draw_and_generate),
    "21": ("Three rounds, the best comes out", rounds),
}
