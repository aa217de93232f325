"""Patches of the first frame found in a later one: where they lie there, how alike that looks, and whether back again.

Positions are OpenCV's, as in patches.py; ``maps`` are the linear maps [N, 2, 2] by which each patch is laid.
"""

from __future__ import annotations

import numpy as np

from .patches import LEAST_SMEAR_PX, Templates, at_level, in_parts, looks

COARSE = 0.9
"""Grain and blur spoil the fine patch first; the wide one, which reaches over silhouettes, counts a little less."""
BACK_FROM_PX = 1.5


class Matching:
    """``first``: the first frame's pyramid; ``origin_xy`` [N, 2]: the patches' middles in it."""

    def __init__(self, first: list[np.ndarray], origin_xy: np.ndarray) -> None:
        self.first, self.origin = first, origin_xy

    def contrasts(self) -> tuple[np.ndarray, np.ndarray]:
        """float32 [N] twice, grey levels per px: of the fine patches, and the wide ones' in the weaker direction."""
        fine, wide = (self._unturned(level) for level in (0, 1))
        return fine.contrast(), wide.contrast(weaker=True)

    def repeats(self, at_xy: np.ndarray) -> np.ndarray:
        """float32 [N]: how alike the first frame itself looks at ``at_xy`` [N, 2]."""
        fine, wide = (self._unturned(level).likeness(self.first[level], at_level(at_xy, level)) for level in (0, 1))
        return np.maximum(fine, COARSE * wide)

    def looks(self, picture: np.ndarray, which: np.ndarray, at_xy: np.ndarray, maps: np.ndarray) -> np.ndarray:
        """float32 [M]: how alike ``picture`` looks to patches ``which`` [M] at ``at_xy`` [N, 2]."""
        parts = [which[part] for part in in_parts(len(which))]
        alike = [looks(self.first[0], self.origin[one], _inverse(maps[one]), picture, at_xy[one]) for one in parts]
        return np.concatenate(alike) if alike else np.zeros(0, np.float32)

    def settle(
        self, current: list[np.ndarray], which: np.ndarray, guess_xy: np.ndarray, levels: tuple[int, ...],
        most_px: float, maps: np.ndarray, smear_xy: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        """Align patches ``which`` [M] with ``current`` (a pyramid), from ``guess_xy`` [M, 2], at most ``most_px`` off.

        ``levels``: of the pyramid, from coarse to fine. ``smear_xy`` [N, 2]: see :meth:`Templates.cut`.

        Returns: places [M, 2], likeness [M], and px [M] by which the way back misses.
        """
        at = guess_xy.astype(np.float32)
        like, error = np.zeros(len(at), np.float32), np.zeros(len(at), np.float32)
        for part in in_parts(len(which)):
            one = which[part]
            at[part], like[part], error[part] = self._settled(
                current, self.origin[one], at[part], levels, most_px, maps[one], smear_xy[one]
            )
        return at, like, error

    def _settled(self, current, origin, at, levels, most_px, maps, smear):
        inverse = _inverse(maps)

        def cut(level: int) -> Templates:
            return Templates.cut(self.first[level], at_level(origin, level), inverse, at_level(smear, level))

        wide = cut(1) if 1 in levels else None
        fine = cut(0)
        for level in levels:
            patch = fine if wide is None or level == 0 else wide
            reach = most_px if level == levels[0] else 2.5
            at = patch.align(current[level], at_level(at, level), 6, reach / 2**level) * np.float32(2**level)
        like = fine.likeness(current[0], at)
        if wide is not None:
            like = np.maximum(like, COARSE * wide.likeness(current[1], at_level(at, 1)))
        # The way back starts where it should end.
        home = Templates.cut(current[0], at, maps).align(self.first[0], origin, 3, 4.0)
        error = apart_px(home, origin)
        length = np.linalg.norm(smear, axis=1)
        some = np.flatnonzero(length > LEAST_SMEAR_PX)
        if len(some):
            # A smeared patch finds no way back into a sharp picture: asked instead is whether it is found from aside.
            aside = at[some] + BACK_FROM_PX * smear[some] / length[some, None]
            error[some] = apart_px(fine.select(some).align(current[0], aside, 12, 4.0), at[some])
        return at, like, error

    def _unturned(self, level: int) -> Templates:
        maps = np.tile(np.eye(2, dtype=np.float32), (len(self.origin), 1, 1))
        return Templates.cut(self.first[level], at_level(self.origin, level), maps)


def apart_px(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[N]: distances between points [N, 2]."""
    return np.hypot(one[:, 0] - other[:, 0], one[:, 1] - other[:, 1])


def _inverse(maps: np.ndarray) -> np.ndarray:
    return np.linalg.inv(maps).astype(np.float32)
