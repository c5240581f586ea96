"""Cumulative incidence with competing events and Gray's test from grouped counts."""

from __future__ import annotations

import numpy as np

from models.arrays import Floats, Integers
from models.cohort.step_curve import (
    LEVEL,
    StepCurve,
    TwoSampleTest,
    event_days,
    on_days,
    step_curve,
    two_sample_test,
)
from models.cohort.survival import refuse_weights
from models.cohort.time_counts import TimeCounts, divided


def cumulative_incidence(counts: TimeCounts, cause: int = 0, level: float = LEVEL) -> StepCurve:
    """Share that has had the event by each day, other events competing (Aalen-Johansen).

    Variance: Aalen's, by the delta method, as Pintilie gives it (equation 4.5) and
    scikit-survival computes it (``var_type="Aalen"``); R's cmprsk differs in small samples.
    Interval on the log-log scale. For weighted counts the same formula has shares of weights
    and, in place of the people at risk, their effective number (sum w)² / sum w²; the weights
    are taken as given.

    Ties: events of whatever cause on one day meet the same people at risk, and come before the
    censorings of the day.

    Args:
        counts: of one cohort.
        cause: row of ``events``, 0 for the event of interest.
        level: confidence level of the interval.

    Raises:
        ValueError: no such row.

    Reference:
        Aalen O. Ann Stat 1978;6:534-45. Pintilie M. Competing Risks (2006).
    """
    if not 0 <= cause < len(counts.events):
        raise ValueError("There are no counts of that cause.")
    hazard = divided(counts.events[cause], counts.at_risk)
    any_hazard = divided(counts.any_event, counts.at_risk)
    left = np.cumprod(1 - any_hazard, dtype=np.float64)
    before = np.append(1.0, left)[:-1]
    incidence = np.cumsum(before * hazard, dtype=np.float64)
    variance = _aalen_variance(counts, hazard, any_hazard, before, incidence)
    return step_curve(counts, 0.0, incidence, variance, left, level)


def _aalen_variance(
    counts: TimeCounts, hazard: Floats, any_hazard: Floats, before: Floats, incidence: Floats
) -> Floats:
    """Sums over k <= j of terms in incidence[j] - incidence[k], taken apart into running sums."""
    if not incidence.size:
        return incidence
    size = counts.effective_at_risk - 1
    stay = counts.at_risk - counts.any_event
    odds = divided(counts.any_event, stay)
    own = hazard * (1 - hazard) * before
    lost = divided(odds, size)
    gained = divided(own * before, size)
    both = divided(own, np.where(stay > 0, (1 - any_hazard) * size, 0))
    # Measured from the end: late terms are large where few are left, and their distance is small.
    distance = incidence - incidence[-1]
    spread = (
        distance**2 * np.cumsum(lost)
        - 2 * distance * np.cumsum(lost * distance + both)
        + np.cumsum(lost * distance**2 + gained + 2 * both * distance)
    )
    return np.asarray(np.maximum(spread, 0.0), dtype=np.float64)


def gray_test(a: TimeCounts, b: TimeCounts, cause: int = 0) -> TwoSampleTest:
    """Gray's test (rho = 0): do two cohorts have the same cumulative incidence?

    The cohorts have no common patients. Ties as R's ``cmprsk::cuminc`` treats them, whose
    statistic this is: events of one day meet the same people at risk, and the variance has the
    correction for several events on one day.

    Args:
        a: counts of the first cohort, everybody followed from the start.
        b: counts of the second.
        cause: row of ``events``, 0 for the event of interest.

    Raises:
        ValueError: weighted counts, people who enter later, no such row.

    Reference:
        Gray RJ. Ann Stat 1988;16:1141-54.
    """
    refuse_weights(a, b)
    if not (a.followed_from_the_start and b.followed_from_the_start):
        raise ValueError("Gray's test needs everybody followed from the start.")
    if not 0 <= cause < max(len(a.events), len(b.events)):
        raise ValueError("There are no counts of that cause.")
    days = event_days(a, b)
    sides = (_Side(a, cause, days), _Side(b, cause, days))
    events = sides[0].events + sides[1].events
    total = sides[0].scaled + sides[1].scaled
    still = sides[0].scaled * (1 - sides[0].incidence) + sides[1].scaled * (1 - sides[1].incidence)
    expected = events * divided(sides[0].scaled * (1 - sides[0].incidence), still)
    score = float(np.sum(sides[0].events - expected))
    # Incidence of both cohorts under the null, after and before each day.
    after = np.cumsum(divided(events, total))
    before = np.append(0.0, after)[:-1]
    shared = divided(sides[0].scaled * sides[1].scaled, total)
    # The score's reaction to the incidence of a cohort that is off from some day on.
    sums = np.cumsum(shared * divided(events, total * (1 - before)))
    rest = sums[-1:] - sums
    variance = sum(side.variance(shared, rest, events, total, after) for side in sides)
    return two_sample_test(score, float(variance))


class _Side:
    """One cohort over the event days of both, all of shape (d,).

    ``scaled`` are people at risk divided by the share without any event: what the risk set of
    the cumulative incidence stands for.
    """

    def __init__(self, counts: TimeCounts, cause: int, days: Integers) -> None:
        own = counts.events[cause] if cause < len(counts.events) else np.zeros(counts.times.size)
        self.events = on_days(counts, own, days)
        self.competing = on_days(counts, counts.any_event - own, days)
        self.at_risk = counts.at_risk_on(days)
        self.left = np.cumprod(1 - divided(self.events + self.competing, self.at_risk))
        self.left_before = np.append(1.0, self.left)[:-1]
        steps = self.left_before * divided(self.events, self.at_risk)
        self.incidence = np.append(0.0, np.cumsum(steps))[:-1]
        self.scaled = divided(self.at_risk, self.left_before)

    def variance(
        self, shared: Floats, rest: Floats, events: Floats, total: Floats, after: Floats
    ) -> float:
        """What this cohort's people add to the variance of the score."""
        gone = divided(1 - after, self.left)
        tied = 1 - divided(np.maximum(events - 1, 0), total * self.left_before - 1)
        size = tied * divided(self.left_before * events, total * self.at_risk)
        of_interest = size * (shared + (1 - gone) * rest) ** 2
        tied = 1 - divided(np.maximum(self.competing - 1, 0), self.at_risk - 1)
        size = tied * divided(self.left_before**2 * self.competing, self.at_risk**2)
        return float(np.sum(of_interest + size * (gone * rest) ** 2))
