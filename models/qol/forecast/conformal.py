"""Conformalised quantile regression: intervals that hold as often as they say.

Reference:
    Romano Y, Patterson E, Candès EJ. Conformalized quantile regression. NeurIPS 2019.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Floats


def conformal_margin(lower: Floats, upper: Floats, observed: Floats, level: float) -> float:
    """How far both ends of an interval move outwards so that it holds ``level`` of new values.

    Exchangeable values are held by at least ``level``; negative where the quantiles were too wide.

    Args:
        lower: shape (n,), low quantiles predicted for values not used to fit them.
        upper: shape (n,), high quantiles of the same.
        observed: shape (n,), those values.
        level: share to hold, between 0 and 1.

    Returns:
        The ceil((n + 1) level)-th smallest of max(lower - observed, observed - upper).

    Raises:
        ValueError: too few values for the level.
    """
    outside = np.sort(np.maximum(lower - observed, observed - upper))
    place = int(np.ceil((len(outside) + 1) * level))
    if not 0 < place <= len(outside):
        raise ValueError(f"{len(outside)} values are too few for an interval of {level:.0%}.")
    return float(outside[place - 1])
