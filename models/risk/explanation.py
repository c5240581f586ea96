"""One risk taken apart: from the risk of a typical patient to this patient's, input by input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats
from models.risk.calibration import Affine, probability
from models.risk.inputs import BOOSTER_COLUMNS, TIME_COLUMNS
from models.risk.prediction import InexactExplanation

EXPLAINED: tuple[str, ...] = tuple(name for name in BOOSTER_COLUMNS if name not in TIME_COLUMNS)
"""Inputs that get a bar of their own; time and horizon belong to the baseline."""

TOLERANCE = 1e-6
"""Largest difference between a risk and the sum that explains it."""

_EXPLAINED = np.array([name in EXPLAINED for name in BOOSTER_COLUMNS])
_LEVEL = 1e-9  # a path this short is explained by its tangent


@dataclass(frozen=True)
class Waterfall:
    """Steps from a baseline risk to a risk; arrays in the order of the explained inputs.

    ``log_odds`` adds up to the calibrated margin minus that of the baseline, ``points`` to
    100 x (risk - baseline risk). ``agreement`` is the share of bags in which a step does not
    have the opposite sign.
    """

    baseline_risk: float
    log_odds: Floats
    points: Floats
    agreement: Floats


def waterfall(
    contributions: Floats, calibration: Affine, risk: float, explained: Bools = _EXPLAINED
) -> Waterfall:
    """Steps of one risk.

    The log-odds are the exact TreeSHAP values times the slope of the calibration. Percentage
    points share out the whole difference in proportion: the straight-path (Aumann-Shapley)
    attribution through the logistic link, so signs agree.

    Args:
        contributions: shape (bags, columns + 1), before calibration, expected value last.
        calibration: as used for the risk.
        risk: the calibrated risk, computed independently of the contributions.
        explained: shape (columns,), the inputs that get a step of their own; the others belong
            to the baseline. By default those of the risk models.

    Raises:
        InexactExplanation: the steps do not add up to the risk.
    """
    mean = contributions.mean(axis=0)
    log_odds = calibration.slope * mean[:-1][explained]
    typical = mean[-1] + mean[:-1][~explained].sum()
    base = calibration.intercept + calibration.slope * typical
    path = float(log_odds.sum())
    baseline_risk = float(probability(base))
    reached = float(probability(base + path))
    points = log_odds * points_per_log_odds(baseline_risk, reached, path)
    if not abs(points.sum() - 100 * (risk - baseline_risk)) <= 100 * TOLERANCE:
        raise InexactExplanation("The contributions do not add up to the predicted risk.")
    opposed = contributions[:, :-1][:, explained] * mean[:-1][explained] < 0
    return Waterfall(baseline_risk, log_odds, points, 1 - opposed.mean(axis=0))


def points_per_log_odds(start: float, end: float, path: float) -> float:
    """Percentage points that one unit of log-odds is worth on the way between two risks.

    Args:
        start: risk at the beginning of the way.
        end: risk at its end.
        path: its length in log-odds, with sign; a very short one is worth its tangent.
    """
    if abs(path) > _LEVEL:
        return 100 * (end - start) / path
    return 100 * start * (1 - start)
