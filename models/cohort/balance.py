"""How different two cohorts are in one characteristic: standardised mean differences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.arrays import Floats

IMBALANCE = 0.1
"""Standardised difference from which cohorts are called different.

Source: Austin, Stat Med 2009;28:3083.
"""


def share_difference(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """Standardised difference of shares: A minus B over the pooled standard deviation.

    The pooled variance is the mean of p(1-p) of both. 0 where both shares are equal; where they
    differ without any spread (0 against 1) it is infinite.

    Args:
        a: shape (k,), shares of cohort A from 0 to 1.
        b: shape (k,), of cohort B.

    Reference:
        Austin, Stat Med 2009;28:3083.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    pooled = np.sqrt((first * (1 - first) + second * (1 - second)) / 2)
    apart = first - second
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(apart == 0, 0.0, apart / pooled)
