"""Panels over time: survival, cumulative incidence of irAE and their heat map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from models.arrays import Integers
from models.cohort.competing_risks import cumulative_incidence, gray_test
from models.cohort.pairing import Half, Pairing, halves, summed
from models.cohort.release import (
    STEP_DAYS,
    Tally,
    released_curve,
    released_difference,
    released_test,
)
from models.cohort.results import Curve, Difference, HeatCell, Incidence, Pair, Survival
from models.cohort.step_curve import StepCurve, difference_at
from models.cohort.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)

LAST_DAY = 1830
"""Curves end five years from the anchor at the latest."""

DIFFERENCE_DAYS = (90, 180, 365)
HALF_POINT = 0.005
"""Half widths of intervals of differences are multiples of this share."""
YEAR = 365

DAYS: Integers = np.unique([*range(0, LAST_DAY + 1, STEP_DAYS), YEAR, 2 * YEAR]).astype(np.int64)
"""Days of released curves."""

_EVENT = 1
_GROUP = ("time", "cause", "entry", "own")


def survival_panel(rows: pd.DataFrame, pairing: Pairing, outcome: str) -> Survival:
    """Kaplan-Meier curves, log-rank test and restricted means.

    Args:
        rows: result of ``models.cohort.counts.survival_times``.
        pairing: of the two cohorts.
        outcome: "death" or "stop".
    """
    both = halves(rows)
    counts = [half.times for half in both]
    estimates = [kaplan_meier(one) for one in counts]
    curves = released_pair(both, estimates)
    tau = _common_end(curves)
    if tau is None:
        return Survival(outcome, curves, None, None, None, None)
    means = [restricted_mean(estimate, tau) for estimate in estimates]
    apart = None
    test = None
    if not pairing.overlap:
        found = restricted_mean_difference(means[0], means[1])
        gap = float(round(means[0].estimate) - round(means[1].estimate))
        apart = released_difference(tau, gap, float(found.upper[0] - found.lower[0]) / 2, 1.0)
        test = released_test("log-rank", log_rank(counts[0], counts[1]))
    days = (float(round(means[0].estimate)), float(round(means[1].estimate)))
    return Survival(outcome, curves, test, tau, days, apart)


def incidence_panel(rows: pd.DataFrame, pairing: Pairing, outcome: str, grade: int) -> Incidence:
    """Cumulative incidence with death competing, differences and Gray's test.

    Args:
        rows: result of ``models.cohort.counts.event_times``.
        pairing: of the two cohorts.
        outcome: "any" or an organ.
        grade: least grade that counts.
    """
    both = halves(rows)
    counts = [half.times for half in both]
    estimates = [cumulative_incidence(one) for one in counts]
    curves = released_pair(both, estimates)
    if pairing.overlap or _common_end(curves) is None:
        return Incidence(outcome, grade, curves, (), None)
    apart = differences(curves, estimates)
    # Gray's test is not made for people who come under observation late.
    whole = all(one.followed_from_the_start for one in counts)
    test = released_test("Gray", gray_test(counts[0], counts[1])) if whole else None
    return Incidence(outcome, grade, curves, apart, test)


def differences(curves: Pair, estimates: Iterable[StepCurve]) -> tuple[Difference, ...]:
    """A minus B at the days where both released curves have a point.

    The difference is that of the released values, so that the three numbers agree.
    """
    a, b = estimates
    shown = [(curves[0].at(day), curves[1].at(day)) for day in DIFFERENCE_DAYS]
    pairs = [(one, two) for one, two in shown if one and two]
    days = np.array([one.time_days for one, _ in pairs], dtype=np.int64)
    found = difference_at(a, b, days)
    halves_of = (found.upper - found.lower) / 2
    return tuple(
        released_difference(one.time_days, one.estimate - two.estimate, float(half), HALF_POINT)
        for (one, two), half in zip(pairs, halves_of, strict=True)
    )


def heat_cells(
    followed: pd.DataFrame, shifts: pd.DataFrame, kinds: Mapping[int, tuple[str, int]]
) -> tuple[HeatCell, ...]:
    """Cumulative incidence of each organ and grade after one year.

    Args:
        followed: result of ``models.cohort.counts.followed``.
        shifts: result of ``models.cohort.counts.event_shifts``, by ``kind``.
        kinds: organ and least grade of each kind.
    """
    everybody = halves(followed)
    shifted = [half.by("kind") for half in halves(shifts)]
    cells = []
    for kind, (organ, grade) in kinds.items():
        a, b = (
            _at_a_year(summed([all_, *([by_kind[kind]] if kind in by_kind else [])], _GROUP))
            for all_, by_kind in zip(everybody, shifted, strict=True)
        )
        cells.append(HeatCell(organ, grade, a, b))
    return tuple(cells)


def _at_a_year(half: Half) -> float | None:
    cohort = half.rules
    time = half["time"]
    events = half.where((half["cause"] == _EVENT) & (time <= YEAR)).tally()
    at_risk = half.where((time >= YEAR) & (half["entry"] < YEAR)).tally()
    if not cohort.holds(events) or not cohort.holds(at_risk):
        return None
    return cohort.on_grid(float(cumulative_incidence(half.times).at([YEAR]).estimate[0]))


def released_pair(both: Iterable[Half], estimates: Iterable[StepCurve]) -> Pair:
    """The released curves of two cohorts from their groups and their estimates."""
    a, b = (_released(half, one) for half, one in zip(both, estimates, strict=True))
    return a, b


def _released(half: Half, estimate: StepCurve) -> Curve:
    events = half.where(half["cause"] == _EVENT).tally()
    at_risk, left = _at_risk(half, DAYS), _at_risk(half, DAYS + 1)
    return released_curve(estimate, events, at_risk, left, DAYS, half.rules)


def _at_risk(half: Half, days: Integers) -> list[Tally]:
    """At risk on each day, and those of them who are not the viewer's own."""
    everybody, not_own = half.times.at_risk_on(days), half.times_of_others.at_risk_on(days)
    return [Tally(int(n), int(m)) for n, m in zip(everybody, not_own, strict=True)]


def _common_end(curves: Pair) -> int | None:
    """Last day that both released curves reach, None where one has no further point."""
    ends = [curve.points[-1].time_days for curve in curves if len(curve.points) > 1]
    return min(ends) if len(ends) == len(curves) else None
