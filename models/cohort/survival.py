"""Kaplan-Meier curves, the log-rank test and restricted means from grouped counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from models.cohort.step_curve import (
    LEVEL,
    Differences,
    StepCurve,
    TwoSampleTest,
    difference,
    event_days,
    on_days,
    quantile,
    step_curve,
    two_sample_test,
)
from models.cohort.time_counts import TimeCounts, divided


def kaplan_meier(counts: TimeCounts, level: float = LEVEL) -> StepCurve:
    """Share without any event over time; every row of ``events`` counts as the event.

    Variance by Greenwood's formula, interval on the log-log scale. For weighted counts the
    variance is that of Xie and Liu: Greenwood's with the effective size of the group at risk,
    (sum w)² / sum w², in place of its size; the weights are taken as given.

    Ties: events of a day come before its censorings. With delayed entry the curve is of those
    who got to their entry; where everybody at risk early on has the event it is 0 for good.

    Args:
        counts: of one cohort.
        level: confidence level of the interval.

    Reference:
        Kaplan EL, Meier P. JASA 1958;53:457-81. Xie J, Liu C. Stat Med 2005;24:3089-110.
    """
    hazard = divided(counts.any_event, counts.at_risk)
    share = np.cumprod(1 - hazard, dtype=np.float64)
    variance = share**2 * np.cumsum(_greenwood(counts))
    return step_curve(counts, 1.0, share, variance, share, level)


def _greenwood(counts: TimeCounts) -> Floats:
    """Terms of the variance of the log, 0 where everybody at risk has the event."""
    left = counts.at_risk - counts.any_event
    return divided(counts.any_event, counts.effective_at_risk * left)


def log_rank(a: TimeCounts, b: TimeCounts) -> TwoSampleTest:
    """Log-rank test of two cohorts without common patients; every row of ``events`` counts.

    The variance is hypergeometric; people who enter later count from the day after.

    Raises:
        ValueError: weighted counts.

    Reference:
        Mantel N. Cancer Chemother Rep 1966;50:163-70.
    """
    refuse_weights(a, b)
    days = event_days(a, b)
    of_a = a.at_risk_on(days)
    at_risk = of_a + b.at_risk_on(days)
    mine = on_days(a, a.any_event, days)
    events = mine + on_days(b, b.any_event, days)
    share = divided(of_a, at_risk)
    spread = divided(events * (at_risk - events), at_risk - 1)
    score = float(np.sum(mine - events * share))
    return two_sample_test(score, float(np.sum(spread * share * (1 - share))))


def refuse_weights(*cohorts: TimeCounts) -> None:
    """Tests are of people, not of weights.

    Raises:
        ValueError: weighted counts.
    """
    if any(counts.squares is not None for counts in cohorts):
        raise ValueError("The test takes counts of people, not weighted counts.")


@dataclass(frozen=True)
class RestrictedMean:
    """Mean days without the event up to ``tau_days``, with a normal interval."""

    tau_days: int
    estimate: float
    variance: float
    lower: float
    upper: float


def restricted_mean(curve: StepCurve, tau_days: int, level: float = LEVEL) -> RestrictedMean:
    """Days without the event up to ``tau_days``: the area under a Kaplan-Meier curve.

    The variance sums the squared area right of each event times Greenwood's term of that event
    (of Xie and Liu for weighted counts).

    Args:
        curve: from ``kaplan_meier``.
        tau_days: up to which day, >= 1, no later than the curve reaches.
        level: confidence level of the interval.

    Raises:
        ValueError: a day that the curve does not reach.

    Reference:
        Klein JP, Moeschberger ML. Survival Analysis, 2nd ed. (2003), section 4.5.
    """
    if not 1 <= tau_days <= curve.reach_day:
        raise ValueError("The restricted mean needs people followed to its last day.")
    inside = curve.times <= tau_days
    times = np.concatenate(([0], curve.times[inside], [tau_days]))
    areas = np.diff(times) * np.append(1.0, curve.estimate[inside])
    right = np.cumsum(areas[::-1])[::-1]
    variance = float(np.sum(right[1:] ** 2 * _greenwood(curve.counts)[inside]))
    half = quantile(level) * variance**0.5
    mean = float(right[0])
    return RestrictedMean(tau_days, mean, variance, mean - half, mean + half)


def restricted_mean_difference(
    a: RestrictedMean, b: RestrictedMean, level: float = LEVEL
) -> Differences:
    """Days of A minus days of B, of two cohorts without common patients.

    Raises:
        ValueError: means up to different days.
    """
    if a.tau_days != b.tau_days:
        raise ValueError("Restricted means must go up to the same day.")
    return difference((a.estimate, b.estimate), (a.variance, b.variance), level)
