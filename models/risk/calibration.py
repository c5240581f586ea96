"""Affine calibration on the margin: calibrated log-odds = intercept + slope x margin.

Affine, so that contributions of the calibrated risk stay exact: each is multiplied with the
slope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats

EVERYWHERE = "all"
"""Key of the calibration used where a country has none of its own."""

MINIMUM_EVENTS = 40
"""People with the outcome that a country needs for a calibration of its own."""

PRIOR_EVENTS = 40.0
"""Weight of the intercept shrunk to, in people with the outcome."""

PRIOR_SLOPE_EVENTS = 400.0
"""Weight of the slope shrunk to: countries differ in how often, hardly in by what, and a slope
from a few hundred events is off by more than countries differ."""

_STEPS = 50
_TOLERANCE = 1e-10
_SMALLEST_SPREAD = 1e-6  # margins that are all alike leave the slope where it is shrunk to
_LONGEST_STEP = 2.0  # log-odds, and slope: a longer Newton step has left where it is valid


@dataclass(frozen=True)
class Affine:
    """One calibration; the identity by default."""

    intercept: float = 0.0
    slope: float = 1.0

    def __call__(self, margin: Floats) -> Floats:
        """Calibrated log-odds."""
        return self.intercept + self.slope * margin


def probability(log_odds: npt.ArrayLike) -> Floats:
    """Log-odds to probability, without overflow."""
    half = np.asarray(log_odds, dtype=np.float64) / 2
    return 0.5 * (1 + np.tanh(half))


def fit_affine(
    margin: Floats,
    happened: npt.NDArray[np.bool_],
    weight: Floats,
    *,
    towards: Affine | None = None,
    prior: float = 0.0,
    slope_prior: float | None = None,
) -> Affine:
    """Weighted logistic regression of the outcome on the margin.

    Args:
        margin: shape (n,), log-odds before calibration.
        happened: shape (n,).
        weight: shape (n,), >= 0.
        towards: what to shrink to, by default the identity.
        prior: events' worth of information that ``towards`` counts for; 0 does not shrink.
        slope_prior: the same for the slope; by default ``prior``.

    Returns:
        The penalised maximum-likelihood fit.
    """
    towards = towards or Affine()
    middle = float(np.average(margin, weights=weight))
    centred = margin - middle  # intercept and slope of centred margins hardly correlate
    design = np.column_stack([np.ones_like(margin), centred])
    aim = np.array([towards.intercept + towards.slope * middle, towards.slope])
    spread = float(np.average(centred**2, weights=weight))
    slope_prior = prior if slope_prior is None else slope_prior
    penalty = np.diag([prior, slope_prior * max(spread, _SMALLEST_SPREAD)])
    fitted = _newton(design, happened, weight, aim, penalty)
    return Affine(float(fitted[0] - fitted[1] * middle), float(fitted[1]))


def _newton(
    design: Floats, happened: npt.NDArray[np.bool_], weight: Floats, aim: Floats, penalty: Floats
) -> Floats:
    fitted = aim.copy()
    for _ in range(_STEPS):
        risk = probability(design @ fitted)
        gradient = design.T @ (weight * (happened - risk)) - penalty @ (fitted - aim)
        curvature = (design.T * (weight * risk * (1 - risk))) @ design + penalty
        step = np.clip(np.linalg.solve(curvature, gradient), -_LONGEST_STEP, _LONGEST_STEP)
        fitted = fitted + step
        if np.abs(step).max() < _TOLERANCE:
            break
    return fitted


def by_country(
    margin: Floats,
    happened: npt.NDArray[np.bool_],
    weight: Floats,
    country: npt.NDArray[np.object_],
    people_with_event: Mapping[str, int],
    rows_per_event: float,
) -> dict[str, Affine]:
    """Calibration everywhere, and of each country with enough events, shrunk to the first.

    The calibration everywhere is itself shrunk to the identity.

    Args:
        margin: shape (n,).
        happened: shape (n,).
        weight: shape (n,).
        country: shape (n,).
        people_with_event: country to people with the outcome.
        rows_per_event: rows that one person with the outcome fills on average, so that the
            shrinkage counts people and not rows.

    Returns:
        ``EVERYWHERE`` and country codes to calibrations.
    """
    prior = PRIOR_EVENTS * rows_per_event
    fitted = {EVERYWHERE: fit_affine(margin, happened, weight, prior=prior)}
    for name in sorted(people_with_event):
        if people_with_event[name] >= MINIMUM_EVENTS:
            here = country == name
            fitted[name] = fit_affine(
                margin[here],
                happened[here],
                weight[here],
                towards=fitted[EVERYWHERE],
                prior=prior,
                slope_prior=PRIOR_SLOPE_EVENTS * rows_per_event,
            )
    return fitted
