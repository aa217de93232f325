"""The colours of tracks: the five published ones, then a continuation that stays distinct for colour-blind eyes."""

from __future__ import annotations

# Wan-Move 27409be.
PUBLISHED_RGB: tuple[tuple[int, int, int], ...] = (
    (102, 153, 255),
    (0, 255, 255),
    (255, 255, 0),
    (255, 102, 204),
    (0, 255, 0),
)

# Okabe and Ito's set, less the two that repeat a published hue.
CONTINUED_RGB: tuple[tuple[int, int, int], ...] = (
    (230, 159, 0),
    (213, 94, 0),
    (0, 158, 115),
    (0, 114, 178),
    (204, 121, 167),
)

TRACK_RGB = PUBLISHED_RGB + CONTINUED_RGB


def track_rgb(index: int) -> tuple[int, int, int]:
    """Colour of track ``index``; the ten repeat from the eleventh on."""
    return TRACK_RGB[index % len(TRACK_RGB)]
