"""The interval of a risk: how far the bags disagree, and how far they are off together.

Bags differ by the patients they were trained on. What they share (small trees, a finite cohort,
inputs that were not measured) shows only against the true risk, which is known for simulated
patients: ``misfit`` is the spread, in log-odds, that has to be added for the interval to hold the
true risk as often as it says.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from models.arrays import Floats

LEVEL = 0.90
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


def reach(spread: Floats, misfit: Floats) -> Floats:
    """Half width of the interval in log-odds.

    Args:
        spread: standard deviation of the calibrated log-odds over the bags.
        misfit: what the bags share, in log-odds; broadcasts with ``spread``.
    """
    return _Z * np.hypot(spread, misfit)


def fit_misfit(log_odds: Floats, spread: Floats, true_risk: Floats) -> float:
    """Misfit with which the share ``LEVEL`` of the true risks lies within the interval.

    Args:
        log_odds: calibrated log-odds, any shape.
        spread: their standard deviation over the bags, same shape.
        true_risk: probabilities, same shape; NaN where not known.
    """
    risk = np.clip(true_risk, 1e-9, 1 - 1e-9)
    distance = np.log(risk / (1 - risk)) - log_odds
    lacking = np.sqrt(np.maximum((distance / _Z) ** 2 - spread**2, 0))
    return float(np.nanquantile(lacking, LEVEL))


def coverage(lower: Floats, upper: Floats, true_risk: Floats) -> float:
    """Share of the true risks that lie within their interval; NaN where not known."""
    known = ~np.isnan(true_risk) & ~np.isnan(lower)
    within = (lower <= true_risk) & (true_risk <= upper)
    return float(within[known].mean())
