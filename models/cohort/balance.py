"""Standardised mean differences between two cohorts, from shares or from sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.cohort.time_counts import divided

ROUNDING = 1e-9


def difference_of_shares(share_a: npt.ArrayLike, share_b: npt.ArrayLike) -> Floats:
    """Standardised difference of each level, A minus B: shares in pooled standard deviations.

    The pooled standard deviation is sqrt((pa (1 - pa) + pb (1 - pb)) / 2). Weighted shares give
    the weighted difference.

    Args:
        share_a: any shape, shares from 0 to 1 of cohort A.
        share_b: the same of cohort B.

    Returns:
        The differences; 0 where the shares are equal, infinite where they differ and neither
        varies (all against none), NaN where a share is.

    Raises:
        ValueError: a share below 0 or above 1.

    Reference:
        Austin PC. Stat Med 2009;28:3083-107.
    """
    a, b = np.asarray(share_a, dtype=np.float64), np.asarray(share_b, dtype=np.float64)
    if np.any((a < 0) | (a > 1)) or np.any((b < 0) | (b > 1)):
        raise ValueError("Shares must be between 0 and 1.")
    return _standardised(a - b, a * (1 - a), b * (1 - b))


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of one or more continuous variables over those with a value, all of one shape.

    Attributes:
        weight: sum of the weights (people, where unweighted).
        squares: sum of the squared weights (people, where unweighted).
        total: sum of the values, each times its weight.
        total_squares: sum of the squared values, each times its weight.

    Raises:
        ValueError: sums that no values have.
    """

    weight: Floats
    squares: Floats
    total: Floats
    total_squares: Floats

    def __post_init__(self) -> None:
        parts = (self.weight, self.squares, self.total, self.total_squares)
        if any(np.shape(part) != np.shape(self.weight) for part in parts):
            raise ValueError("Sums must have one shape.")
        if np.any(self.weight < 0) or np.any(self.squares < 0):
            raise ValueError("Sums of weights must be 0 or more.")
        least = self.total * self.mean
        if np.any(self.total_squares < least - ROUNDING * np.abs(self.total_squares)):
            raise ValueError("The sum of squares is too small for the sum.")

    @property
    def mean(self) -> Floats:
        """Weighted means, 0 where nobody has a value."""
        return divided(self.total, self.weight)

    @property
    def variance(self) -> Floats:
        """Sample variances, unbiased for weights that are taken as given; 0 for one person.

        Unweighted, this is the sum of squared distances over n - 1.
        """
        free = self.weight - divided(self.squares, self.weight)
        return divided(np.maximum(self.total_squares - self.total * self.mean, 0), free)


def difference_of_means(a: Sums, b: Sums) -> Floats:
    """Standardised differences of means, A minus B, in sqrt((var a + var b) / 2).

    Missing values are in no sum. NaN where nobody in one of the cohorts has a value.

    Reference:
        Austin PC. Stat Med 2009;28:3083-107; weighted variance as in Austin PC, Stuart EA.
        Stat Med 2015;34:3661-79.
    """
    known = (np.asarray(a.weight) > 0) & (np.asarray(b.weight) > 0)
    return np.where(known, _standardised(a.mean - b.mean, a.variance, b.variance), np.nan)


def _standardised(difference: Floats, variance_a: Floats, variance_b: Floats) -> Floats:
    pooled = np.sqrt((variance_a + variance_b) / 2)
    fixed = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    fixed = np.where(np.isnan(difference), np.nan, fixed)
    return np.where(pooled > 0, divided(difference, pooled), fixed)
