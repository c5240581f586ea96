"""The interval of a risk: what the bags disagree on, what was not measured, and the misfit.

Three variances in log-odds add up. Bags differ by the patients they were trained on. An input
that was not measured could have had any value: it adds the variance that its contribution has
among training patients who have it. What remains (small trees, a finite cohort) shows only
against the true risk, which is known for simulated patients: ``misfit`` is the spread that has to
be added for the interval to hold the true risk as often as it says.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from models.arrays import Bools, Floats
from models.risk.calibration import probability
from models.risk.inputs import FEATURE_NAMES

LEVEL = 0.80
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
_TIME = FEATURE_NAMES.index("landmark_time")
_AGAINST_BASELINE = [column for column, name in enumerate(FEATURE_NAMES) if name.endswith("_ratio")]


def reach(spread: Floats, misfit: Floats) -> Floats:
    """Half width of the interval in log-odds.

    Args:
        spread: standard deviation of the calibrated log-odds over the bags and over what
            missing inputs could have said.
        misfit: what the bags share, in log-odds; broadcasts with ``spread``.
    """
    return _Z * np.hypot(spread, misfit)


def not_measured(features: Floats) -> Bools:
    """Which inputs are missing that could have been there.

    A value against baseline cannot exist at day 0 and is not missing there.

    Args:
        features: shape (n, inputs), NaN where missing.

    Returns:
        Shape (n, inputs).
    """
    missing = np.isnan(features)
    at_start = features[:, _TIME] == 0
    missing[np.ix_(at_start, _AGAINST_BASELINE)] = False
    return missing


def missing_variance(contributions: Floats, features: Floats) -> Floats:
    """Variance that an input's contribution has among patients who have the input.

    Args:
        contributions: shape (n, ..., inputs), calibrated log-odds.
        features: shape (n, inputs), NaN where missing.

    Returns:
        Shape (..., inputs); 0 for an input that fewer than two patients have.
    """
    known = ~np.isnan(features)
    variances = np.zeros(contributions.shape[1:])
    for column in np.flatnonzero(known.sum(axis=0) > 1):
        variances[..., column] = contributions[known[:, column], ..., column].var(axis=0)
    return variances


def narrowing(log_odds: float, spread: float, misfit: float, known: Floats) -> Floats:
    """How much narrower the interval would be, had one missing input been measured.

    Args:
        log_odds: calibrated.
        spread: as for ``reach``.
        misfit: as for ``reach``.
        known: shape (m,), the variance that each of m missing inputs adds to ``spread``.

    Returns:
        Shape (m,), percentage points, >= 0.
    """
    without = np.sqrt(np.maximum(spread**2 - known, 0))
    halves = np.concatenate([[spread], without])
    half = reach(halves, np.array(misfit))
    width = probability(log_odds + half) - probability(log_odds - half)
    narrower: Floats = 100 * (width[0] - width[1:])
    return narrower


def fit_misfit(log_odds: Floats, spread: Floats, true_risk: Floats) -> float:
    """Misfit with which the share ``LEVEL`` of the true risks lies within the interval.

    Args:
        log_odds: calibrated log-odds, any shape.
        spread: as for ``reach``, same shape.
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
