"""Motion that the example workflows come with, made for ComfyUI's own ``example.png`` (a girl on a hill, 768x768)."""

from __future__ import annotations

import json
import math

PICTURE_WH = (768, 768)
VIDEO_WH = (832, 480)
FRAMES = 81
_SCALE = VIDEO_WH[0] / PICTURE_WH[0]
_TOP = (PICTURE_WH[1] * _SCALE - VIDEO_WH[1]) / 2
"""The video shows the middle of the square picture: its full width, cropped above and below."""


def norm(x: float, y: float) -> list[float]:
    """0-1 of the video from pixels of the picture."""
    return [round(x * _SCALE / VIDEO_WH[0], 5), round((y * _SCALE - _TOP) / VIDEO_WH[1], 5)]


def _arm(name: str, title: str, box: tuple[float, float, float, float], pivot: tuple[float, float], up: float) -> dict:
    left, top, right, bottom = box
    swing = [0, up, 0.35 * up, up, 0.35 * up, up, 0]
    keys = [
        {"frame": round(80 * i / (len(swing) - 1)), "offset": [0, 0], "rotate": angle, "scale": 1}
        for i, angle in enumerate(swing)
    ]
    corners = [norm(*at) for at in ((left, top), (right, top), (right, bottom), (left, bottom))]
    return {
        "id": name, "type": "region", "name": title, "visible": True, "locked": False, "polygon": corners, "mask": None,
        "density": 0.5, "pivot": norm(*pivot), "keys": keys, "easing": "ease-in-out", "hidden": [],
    }  # fmt: skip


def waving(frames: int = FRAMES) -> str:
    """The motion document of "Draw and generate": both arms wave, the rest holds still."""
    stretch = (frames - 1) / (FRAMES - 1)
    arms = [
        _arm("left-arm", "Left arm", (186, 340, 310, 396), (312, 368), 32),
        _arm("right-arm", "Right arm", (450, 332, 602, 394), (448, 364), -32),
    ]
    for arm in arms:
        for key in arm["keys"]:
            key["frame"] = round(key["frame"] * stretch)
    still = [
        *((60, 250), (60, 420), (150, 520), (100, 560), (240, 560), (700, 250), (690, 420), (620, 500), (560, 570)),
        *((300, 190), (480, 190), (356, 240), (420, 240), (380, 283), (380, 420), (340, 520), (420, 520), (380, 580)),
    ]
    anchors = {
        "id": "still", "type": "anchors", "name": "Hold the rest", "visible": True, "locked": False,
        "points": [norm(*at) for at in still],
    }  # fmt: skip
    return _document([anchors, *arms], frames)


def along_the_hill(frames: int) -> str:
    """The motion document of "Long clip": the girl walks to the right, rocking, while sky and hill stay."""
    outline = [
        (222, 200), (330, 190), (430, 190), (590, 200), (560, 235), (505, 285), (510, 330), (600, 336), (600, 384),
        (450, 392), (490, 580), (272, 580), (312, 400), (190, 392), (188, 344), (312, 342), (312, 304), (252, 306),
    ]  # fmt: skip
    strides = 10
    keys = [
        {
            "frame": round((frames - 1) * i / strides), "offset": [round(0.2 * i / strides, 4), -0.012 * (i % 2)],
            "rotate": 0 if i in (0, strides) else (2, -2)[i % 2], "scale": 1,
        }
        for i in range(strides + 1)
    ]  # fmt: skip
    girl = {
        "id": "girl", "type": "region", "name": "Girl", "visible": True, "locked": False,
        "polygon": [norm(*at) for at in outline], "mask": None, "density": 0.08, "pivot": norm(380, 600), "keys": keys,
        "easing": "ease-in-out", "hidden": [],
    }  # fmt: skip
    anchors = {
        "id": "still", "type": "anchors", "name": "Hold the rest", "visible": True, "locked": False,
        "points": [norm(*at) for at in ((40, 250), (40, 420), (90, 540), (740, 230), (745, 420), (740, 570))],
    }  # fmt: skip
    return _document([anchors, girl], frames)


def _document(layers: list[dict], frames: int) -> str:
    reference = {"filename": "example.png", "subfolder": "", "type": "input"}
    return json.dumps(
        {
            "version": 1, "size_wh": list(VIDEO_WH), "frames": frames, "fps": 16, "fit": "crop",
            "picture": {"ref": reference, "size_wh": list(PICTURE_WH)},
            "layers": layers, "camera": None,
        },
        separators=(",", ":"),
    )  # fmt: skip


def swinging_coordinates(frames: int = FRAMES) -> str:
    """Coordinate JSON as a spline editor writes it: both hands swing up, a still point on the hill."""

    def track(shoulder: tuple[float, float], length: float, from_degrees: float, by_degrees: float) -> list[dict]:
        points = []
        for frame in range(frames):
            angle = math.radians(from_degrees + by_degrees * math.sin(math.pi * frame / (frames - 1)))
            x = (shoulder[0] + length * math.cos(angle)) * _SCALE
            y = (shoulder[1] + length * math.sin(angle)) * _SCALE - _TOP
            points.append({"x": round(x), "y": round(y)})
        return points

    tracks = [
        track((448, 364), 130, 0, -40),
        track((312, 368), 110, 180, 40),
        track((150, 560), 0, 0, 0),
    ]
    return json.dumps(tracks, separators=(",", ":"))
