"""The Fréchet distance between Gaussians, which FID and FVD share, from streamed statistics.

d = |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½). The square root's trace is taken from the symmetric C1^½ C2 C1^½, whose
eigenvalues are real and not negative: no complex residue has to be dropped, and singular covariances (fewer clips than
features) are exact. Source: Heusel et al. 2017 (FID), Unterthiner et al. 2018 (FVD).
"""

from __future__ import annotations

import numpy as np

from ..errors import WanMoveError, plural


class FeatureStatistics:
    """Mean and covariance (n - 1) of float64 features, added batch by batch without keeping them."""

    def __init__(self, width: int) -> None:
        self.count = 0
        self._mean = np.zeros(width)
        self._scatter = np.zeros((width, width))

    def add(self, features: np.ndarray) -> None:
        """``features``: [M, width], finite."""
        batch = np.asarray(features, np.float64)
        if batch.ndim != 2 or batch.shape[1] != len(self._mean) or not np.isfinite(batch).all():
            raise WanMoveError(
                where="Fréchet distance / features",
                what=f"an array of shape {list(batch.shape)}, expected finite [M, {len(self._mean)}]",
                fix="check the feature extractor's weights",
            )
        if not len(batch):
            return
        total = self.count + len(batch)
        mean = batch.mean(0)
        centred, apart = batch - mean, mean - self._mean
        # Chan's update: sums of squares around a far mean would lose the covariance to rounding.
        self._scatter += centred.T @ centred + np.outer(apart, apart) * (self.count * len(batch) / total)
        self._mean += apart * (len(batch) / total)
        self.count = total

    @property
    def mean(self) -> np.ndarray:
        return self._mean

    @property
    def covariance(self) -> np.ndarray:
        """Raises: WanMoveError for fewer than two samples."""
        if self.count < 2:
            raise WanMoveError(
                where="Fréchet distance",
                what=f"{plural(self.count, 'sample')}, a covariance needs 2",
                fix="score more clips",
            )
        return self._scatter / (self.count - 1)


def frechet_distance(mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray) -> float:
    """Squared Fréchet distance between the Gaussians (mean [D], covariance [D, D]); 0 for equal ones.

    Raises: WanMoveError when shapes do not fit or a value is not finite.
    """
    mean_a, mean_b = np.asarray(mean_a, np.float64), np.asarray(mean_b, np.float64)
    cov_a, cov_b = np.asarray(cov_a, np.float64), np.asarray(cov_b, np.float64)
    width = len(mean_a)
    fits = mean_a.shape == mean_b.shape == (width,) and cov_a.shape == cov_b.shape == (width, width)
    if not fits or not all(np.isfinite(v).all() for v in (mean_a, mean_b, cov_a, cov_b)):
        raise WanMoveError(
            where="Fréchet distance",
            what=f"means {mean_a.shape} and {mean_b.shape}, covariances {cov_a.shape} and {cov_b.shape}, all finite",
            fix="give statistics of the same features",
        )
    root = _root(cov_a)
    inner = np.linalg.eigvalsh(_symmetric(root @ cov_b @ root))
    apart = mean_a - mean_b
    trace = np.trace(cov_a) + np.trace(cov_b) - 2 * np.sqrt(np.maximum(inner, 0)).sum()
    # Equal covariances end a rounding error below zero.
    return float(apart @ apart + max(trace, 0.0))


def statistics_distance(a: FeatureStatistics, b: FeatureStatistics) -> float:
    return frechet_distance(a.mean, a.covariance, b.mean, b.covariance)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(_symmetric(covariance))
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.T) / 2
