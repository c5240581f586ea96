"""Smooth calibration: observed against predicted risk, and how far they lie apart on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats
from models.risk.calibration import probability
from models.risk.metrics import FEWEST_ANSWERS

POINTS = 25
_KNOTS = (5, 27.5, 50, 72.5, 95)  # percentiles for five knots, Harrell FE, RMS 2nd ed., table 2.3
_ENDS = (1, 99)
_LEVEL = (2.5, 97.5)
_STEPS = 30
_FAINT = 1e-6
_SMALLEST = 1e-9


@dataclass(frozen=True)
class CalibrationCurve:
    """Observed frequency, smoothed, at ``POINTS`` predicted risks, with a 95 % bootstrap interval.

    ``ici`` is the integrated calibration index: the mean distance between predicted and smoothed
    observed risk over people, as a probability (Austin PC, Steyerberg EW. Stat Med
    2019;38:4051-65, doi 10.1002/sim.8281).
    """

    predicted: Floats
    observed: Floats
    lower: Floats
    upper: Floats
    ici: float


def calibration_curve(
    risk: Floats, happened: Bools, weight: Floats, drawn: Floats
) -> CalibrationCurve | None:
    """Weighted logistic regression of the outcome on a restricted cubic spline of the log-odds.

    Args:
        risk: shape (n,), predicted probabilities.
        happened: shape (n,).
        weight: shape (n,), >= 0; people with weight 0 have no answer.
        drawn: shape (resamples, n), see ``metrics.resamples``.

    Returns:
        The curve between the 1st and 99th percentile of risk; None where fewer than
        ``FEWEST_ANSWERS`` people had, or did not have, the outcome.
    """
    known = weight > 0
    risk, happened, weight = risk[known], happened[known], weight[known]
    if min(happened.sum(), (~happened).sum()) < FEWEST_ANSWERS:
        return None
    margin = _margin(risk)
    knots = np.percentile(margin, _KNOTS)
    low, high = np.percentile(margin, _ENDS)
    grid = np.linspace(low, high, POINTS)
    design, at_grid = _spline(margin, knots), _spline(grid, knots)
    identity = np.eye(design.shape[1])[1]
    fitted = _fit(design, happened, weight, identity, _STEPS)
    # From the fit itself a resample is a few steps away.
    again = [_fit(design, happened, weight * d[known], fitted, 3) for d in drawn]
    lower, upper = np.percentile(probability(at_grid @ np.array(again).T), _LEVEL, axis=1)
    distance = np.abs(probability(design @ fitted) - risk)
    return CalibrationCurve(
        probability(grid),
        probability(at_grid @ fitted),
        lower,
        upper,
        float(np.average(distance, weights=weight)),
    )


def _margin(risk: Floats) -> Floats:
    clipped = np.clip(risk, _SMALLEST, 1 - _SMALLEST)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds


def _spline(values: Floats, knots: Floats) -> Floats:
    """Restricted cubic spline basis: linear beyond the outer knots (Harrell, RMS, eq. 2.25)."""
    last, before = knots[-1], knots[-2]
    span = max(float(last - knots[0]), _SMALLEST)

    def cubed(knot: float) -> Floats:
        part: Floats = np.maximum((values - knot) / span, 0) ** 3
        return part

    gap = max(float(last - before), _SMALLEST)
    terms = [
        cubed(knot) - cubed(before) * (last - knot) / gap + cubed(last) * (before - knot) / gap
        for knot in knots[:-2]
    ]
    return np.column_stack([np.ones_like(values), values, *terms])


def _fit(design: Floats, happened: Bools, weight: Floats, start: Floats, steps: int) -> Floats:
    """Newton steps of a weighted logistic regression."""
    fitted = start.copy()
    for _ in range(steps):
        risk = probability(design @ fitted)
        gradient = design.T @ (weight * (happened - risk)) - _FAINT * fitted
        curvature = (design.T * (weight * risk * (1 - risk))) @ design
        step = np.linalg.solve(curvature + _FAINT * np.eye(len(fitted)), gradient)
        fitted = fitted + step
        if np.abs(step).max() < 1e-8:
            break
    return fitted
