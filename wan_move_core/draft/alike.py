"""Points that one similarity per frame explains: how things are found among tracks at any distance."""

from __future__ import annotations

import numpy as np

MAX_LONE = 48
ALIKE_PX = 2.0
NONE = np.zeros(0, int)


class Motion:
    """Sampled tracks, each point compared only in the frames in which it is seen.

    Args:
        xy: [S, M, 2] px.
        seen: bool [S, M]; every point is seen in frame 0.
    """

    def __init__(self, xy: np.ndarray, seen: np.ndarray) -> None:
        self.share, self.scales = 0.05, (0.4, 2.5)
        self.xy, self.seen, self.start, self.count = xy, seen, xy[0], xy.shape[1]
        self.z = xy[..., 0] + 1j * xy[..., 1]
        away = np.where(seen, np.abs(self.z - self.z[:1]), 0)
        self.reach = away.max(0, initial=0)
        last = len(seen) - 1 - np.argmax(seen[::-1], axis=0)
        self.way = xy[last, np.arange(self.count)] - xy[0]

    def apart(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[A, B] px in frame 0."""
        return np.abs(self.z[0, a][:, None] - self.z[0, b][None])

    def fit(self, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Per frame the similarity p -> m p + c (complex) through the seen points of ``group``, and where it is known.

        One seen point gives the shift, with the turn and scale of the frame before.
        """
        frames = len(self.z)
        m, c, known = np.ones(frames, complex), np.zeros(frames, complex), np.zeros(frames, bool)
        for f in range(frames):
            on = group[self.seen[f, group]]
            if len(on) == 0:
                m[f], c[f] = m[max(0, f - 1)], c[max(0, f - 1)]
                continue
            a, b = self.z[0, on], self.z[f, on]
            power = float((np.abs(a - a.mean()) ** 2).sum())
            m[f] = (np.conj(a - a.mean()) * (b - b.mean())).sum() / power if power >= 1 else m[max(0, f - 1)]
            c[f], known[f] = b.mean() - m[f] * a.mean(), True
        return m, c, known

    def misfit(self, group: np.ndarray, points: np.ndarray) -> np.ndarray:
        """[P] px: how far ``points`` are at most from where the motion of ``group`` brings them."""
        m, c, known = self.fit(group)
        off = np.abs(m[:, None] * self.z[0, points][None] + c[:, None] - self.z[:, points])
        return np.where(self.seen[:, points] & known[:, None], off, 0).max(0, initial=0)

    def slack(self, points: np.ndarray) -> np.ndarray:
        return 3 + self.share * self.reach[points]

    # -- things -----------------------------------------------------------------------------------------------------

    def things(self, points: np.ndarray, near_px: float, pairs: bool = True) -> list[np.ndarray]:
        """Rule 4 of ``groups``: every one of ``points`` in exactly one thing; ``pairs``: small things, too (else, in a
        field, only what agrees within 3 px + 1 %)."""
        left, things = points, []
        self.share, self.scales = (0.05, (0.4, 2.5)) if pairs else (0.01, (0.7, 1.4))
        if len(left) >= 2:
            gap = self.apart(left, left)
            np.fill_diagonal(gap, np.inf)
            nearest = left[gap.argmin(1)]
            left = self._take(left, np.stack([left, nearest], 1), things)
        if pairs and 3 <= len(left) <= MAX_LONE:
            first, second = np.triu_indices(len(left), 1)
            left = self._take(left, np.stack([left[first], left[second]], 1), things)
        things += [np.array([n]) for n in left]
        if pairs:
            things = self._chained(self._at_home(things), near_px)
            things = self._united(things)
        return self._settled(things)

    def _take(self, left: np.ndarray, proposals: np.ndarray, things: list[np.ndarray]) -> np.ndarray:
        """Move the best-supported proposals from ``left`` into ``things``; what is left."""
        support = self._support(proposals, left)
        alive = np.ones(len(left), bool)
        while True:
            votes = (support & alive).sum(1)
            # A proposal counts only with both of its points.
            best = int(votes.argmax()) if len(votes) else 0
            if not len(votes) or votes[best] < 3:
                return left[alive]
            group = left[support[best] & alive]
            free = left[alive]
            for _ in range(3):
                group = free[self.misfit(group, free) <= self.slack(free)]
                if len(group) < 3:
                    break
            support[best] = False
            scale = np.abs(self.fit(group)[0]) if len(group) >= 3 else np.ones(1)
            low, high = self.scales
            # A pair that is hidden early explains what parts later: all of them together must agree.
            if (
                len(group) >= 3
                and scale.min() > low
                and scale.max() < high
                and (self.misfit(group, group) <= 1.5 * self.slack(group)).all()
            ):
                things.append(group)
                alive &= ~np.isin(left, group)

    def _support(self, proposals: np.ndarray, points: np.ndarray) -> np.ndarray:
        """bool [P, N]: which points each pair's similarity explains."""
        z, seen = self.z, self.seen
        low, high = self.scales
        a, b = proposals.T
        span = z[0, b] - z[0, a]
        fine = np.abs(span) >= 1
        safe = np.where(fine, span, 1)
        out = np.repeat(fine[:, None], len(points), 1)
        for f in range(1, len(z)):
            m = (z[f, b] - z[f, a]) / safe
            both = seen[f, a] & seen[f, b]
            out &= ~(both & ((np.abs(m) < low) | (np.abs(m) > high)))[:, None]
            off = np.abs(z[f, a][:, None] + m[:, None] * (z[0, points][None] - z[0, a][:, None]) - z[f, points][None])
            out &= ~(both[:, None] & seen[f, points][None] & (off > self.slack(points)[None]))
        return out

    def _at_home(self, things: list[np.ndarray]) -> list[np.ndarray]:
        """A point that several things of three or more explain belongs to the best, a lone one to any of them."""
        points = np.concatenate([NONE, *things]).astype(int)
        home = np.repeat(np.arange(len(things)), [len(t) for t in things])
        count = np.bincount(home, minlength=len(things))
        firm = [k for k in range(len(things)) if count[k] > 2]
        if not firm:
            return things
        off = np.stack([self.misfit(things[k], points) for k in firm])
        off = np.where(off <= self.slack(points), off, np.inf)
        apart, before = self.apart(points, points), home.copy()
        np.fill_diagonal(apart, np.inf)
        away = np.stack([apart[before == k].min(0) for k in firm])
        for i in np.flatnonzero(np.isfinite(off).any(0)):
            here = home[i]
            # As good as the best, and of these the nearest.
            there = firm[int(np.where(off[:, i] <= off[:, i].min() + ALIKE_PX, away[:, i], np.inf).argmin())]
            if there != here and (count[here] == 1 or count[here] > 3):
                home[i] = there
                count[[here, there]] += (-1, 1)
        found = [points[home == k] for k in range(len(things))]
        return [group for group in found if len(group)]

    def _kept(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[A, B] px: by how much the distance changes at most while both are seen."""
        change = np.zeros((len(a), len(b)))
        start = self.apart(a, b)
        for f in range(1, len(self.z)):
            off = np.abs(np.abs(self.z[f, a][:, None] - self.z[f, b][None]) - start)
            change = np.maximum(change, np.where(self.seen[f, a][:, None] & self.seen[f, b][None], off, 0))
        return change

    def _chained(self, things: list[np.ndarray], near_px: float) -> list[np.ndarray]:
        points = np.concatenate([NONE, *things]).astype(int)
        label = np.repeat(np.arange(len(things)), [len(t) for t in things])
        firm = [[k] if len(t) > 2 else [] for k, t in enumerate(things)]
        apart, change = self.apart(points, points), self._kept(points, points)
        near = apart < near_px
        linked = near & (change <= 0.15 * apart + 4)
        against = near & (change > 0.5 * apart + 8)
        i, j = np.nonzero(np.triu(linked, 1))
        # Who is seen together longest decides first, then who is nearest.
        both = (self.seen[:, points].astype(float).T @ self.seen[:, points].astype(float))[i, j]
        for k in np.lexsort((apart[i, j], -both)):
            one, two = label[i[k]], label[j[k]]
            pairs = np.ix_(label == one, label == two)
            if one == two or against[pairs].any():
                continue
            # Two that pass each other keep some distance by chance; what hangs together has a joint.
            if (
                firm[one]
                and firm[two]
                and not any(self._joined(things[m], things[n]) for m in firm[one] for n in firm[two])
            ):
                continue
            label[label == two] = one
            firm[one] += firm[two]
        return [points[label == value] for value in np.unique(label)]

    def _joined(self, one: np.ndarray, two: np.ndarray) -> bool:
        """Whether a place between two things is carried alike by both, as an elbow by the arm's two parts."""
        (m, c, known), (other_m, other_c, other_known) = self.fit(one), self.fit(two)
        both = known & other_known
        m, c = (m - other_m)[both], (c - other_c)[both]
        apart = self.apart(one, two)
        i, j = np.unravel_index(apart.argmin(), apart.shape)
        middle = (self.z[0, one[i]] + self.z[0, two[j]]) / 2
        # Where both agree best, or as near to it as lies between the two.
        away = -(np.conj(m) * (m * middle + c)).sum() / max(float((np.abs(m) ** 2).sum()), 1e-9)
        place = middle + away * min(1.0, apart.min() / 2 / max(float(np.abs(away)), 1e-9))
        limit = 3 + 0.05 * min(self.reach[one].max(), self.reach[two].max())
        return bool(np.abs(m * place + c).max(initial=0) <= limit)

    def _united(self, things: list[np.ndarray]) -> list[np.ndarray]:
        large = [t for t in things if len(t) > 1]
        lone = [t for t in things if len(t) == 1]
        i = 0
        while i < len(large):
            for j in range(len(large) - 1, i, -1):
                union = np.concatenate([large[i], large[j]])
                limit = 3 + 0.02 * min(self.reach[large[i]].max(), self.reach[large[j]].max())
                if self.misfit(union, union).max() <= limit:
                    large[i] = union
                    del large[j]
            i += 1
        for group in lone:
            off = [float((self.misfit(t, group) - self.slack(group))[0]) if len(t) > 2 else 1.0 for t in large]
            if off and min(off) <= 0:
                near = [
                    float(self.apart(t, group).min()) if o <= 0 else np.inf for t, o in zip(large, off, strict=True)
                ]
                k = int(np.argmin(near))
                large[k] = np.concatenate([large[k], group])
            else:
                large.append(group)
        return self._pairs_alike(large)

    def _pairs_alike(self, things: list[np.ndarray]) -> list[np.ndarray]:
        lone = np.concatenate([NONE, *[t for t in things if len(t) == 1]]).astype(int)
        out = [t for t in things if len(t) > 1]
        apart, change = self.apart(lone, lone), self._kept(lone, lone)
        differ = np.zeros_like(apart)
        for f in range(1, len(self.z)):
            step = self.z[f, lone] - self.z[0, lone]
            both = self.seen[f, lone][:, None] & self.seen[f, lone][None]
            differ = np.maximum(differ, np.where(both, np.abs(step[:, None] - step[None]), 0))
        alike = (change <= 0.06 * apart + 4) & (
            differ <= 0.5 * np.maximum(*np.meshgrid(self.reach[lone], self.reach[lone]))
        )
        used = np.zeros(len(lone), bool)
        for i in range(len(lone)):
            if used[i]:
                continue
            mates = [j for j in range(i + 1, len(lone)) if alike[i, j] and not used[j]]
            used[[i, *mates]] = True
            out.append(lone[[i, *mates]])
        return out

    def _settled(self, things: list[np.ndarray]) -> list[np.ndarray]:
        """A point hidden at times goes to the nearest of the things that explain it where it is seen."""
        home = {int(n): k for k, t in enumerate(things) for n in t}
        partly = [n for n in home if not self.seen[:, n].all()]
        for n in partly:
            point = np.array([n])
            choices = []
            for k, t in enumerate(things):
                rest = t[t != n]
                if len(rest) >= 2 and self.misfit(rest, point)[0] <= self.slack(point)[0]:
                    choices.append((float(self.apart(rest, point).min()), k))
            if choices:
                home[n] = min(choices)[1]
        groups = [np.array(sorted(n for n, k in home.items() if k == i), int) for i in range(len(things))]
        return [g for g in groups if len(g)]
