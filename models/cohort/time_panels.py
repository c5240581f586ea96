"""Panels over time: survival, cumulative incidence of irAE, their heat map, countries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from models.arrays import Integers
from models.cohort.competing_risks import cumulative_incidence, gray_test
from models.cohort.pairing import Pairing, counts_of, halves, protection, tally
from models.cohort.release import (
    STEP_DAYS,
    Protection,
    Tally,
    released_curve,
    released_difference,
    released_test,
)
from models.cohort.results import Curve, Difference, Facet, HeatCell, Incidence, Pair, Survival
from models.cohort.step_curve import StepCurve, difference_at
from models.cohort.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)
from models.cohort.time_counts import TimeCounts

LAST_DAY = 1830
"""Curves end five years from the anchor at the latest."""

DIFFERENCE_DAYS = (90, 180, 365)
YEAR = 365

DAYS: Integers = np.unique([*range(0, LAST_DAY + 1, STEP_DAYS), YEAR, 2 * YEAR]).astype(np.int64)
"""Days of released curves."""

_EVENT = 1


def survival_panel(rows: pd.DataFrame, pairing: Pairing, outcome: str) -> Survival:
    """Kaplan-Meier curves, log-rank test and restricted means.

    Args:
        rows: result of ``models.cohort.counts.survival_times``.
        pairing: of the two cohorts.
        outcome: "death" or "stop".
    """
    counts = [counts_of(half) for half in halves(rows)]
    estimates = [kaplan_meier(one) for one in counts]
    curves = _released(rows, counts, estimates)
    tau = _common_end(curves)
    if tau is None:
        return Survival(outcome, curves, None, None, None, None)
    means = [restricted_mean(estimate, tau) for estimate in estimates]
    apart = None
    test = None
    if not pairing.overlap:
        found = restricted_mean_difference(means[0], means[1])
        whole_days = (float(found.estimate[0]), float(found.lower[0]), float(found.upper[0]))
        apart = released_difference(tau, *whole_days, 1.0)
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
    counts = [counts_of(half) for half in halves(rows)]
    estimates = [cumulative_incidence(one) for one in counts]
    curves = _released(rows, counts, estimates)
    if pairing.overlap or _common_end(curves) is None:
        return Incidence(outcome, grade, curves, (), None)
    both = tuple(protection(half) for half in halves(rows))
    apart = differences(curves, estimates, max(one.grid for one in both))
    return Incidence(
        outcome, grade, curves, apart, released_test("Gray", gray_test(counts[0], counts[1]))
    )


def differences(
    curves: Pair, estimates: Iterable[StepCurve], grid: float
) -> tuple[Difference, ...]:
    """A minus B at the days where both released curves have a point."""
    a, b = estimates
    days = [day for day in DIFFERENCE_DAYS if curves[0].at(day) and curves[1].at(day)]
    found = difference_at(a, b, np.array(days, dtype=np.int64))
    return tuple(
        released_difference(
            day,
            float(found.estimate[place]),
            float(found.lower[place]),
            float(found.upper[place]),
            grid,
        )
        for place, day in enumerate(days)
    )


def heat_cells(rows: pd.DataFrame, kinds: Mapping[int, tuple[str, int]]) -> tuple[HeatCell, ...]:
    """Cumulative incidence of each organ and grade after one year.

    Args:
        rows: as for ``incidence_panel`` with a column ``kind`` in front.
        kinds: organ and least grade of each kind.
    """
    groups = dict(tuple(rows.groupby("kind")))
    none = rows.iloc[:0]
    cells = []
    for kind, (organ, grade) in kinds.items():
        shares = [_at_a_year(half) for half in halves(groups.get(kind, none))]
        cells.append(HeatCell(organ, grade, shares[0], shares[1]))
    return tuple(cells)


def _at_a_year(half: pd.DataFrame) -> float | None:
    cohort = protection(half)
    events = tally(half[(half["cause"] == _EVENT) & (half["time"] <= YEAR)])
    if not cohort.holds(events):
        return None
    counts = counts_of(half)
    if not cohort.holds(_at_risk(half, counts, np.array([YEAR]))[0]):
        return None
    return cohort.on_grid(float(cumulative_incidence(counts).at([YEAR]).estimate[0]))


def facet_panel(
    deaths: pd.DataFrame, events: pd.DataFrame, sizes: pd.DataFrame, shown: Iterable[str]
) -> tuple[Facet, ...]:
    """The comparison in each country.

    Args:
        deaths: result of ``survival_times`` for death with a column ``country``.
        events: result of ``event_times`` likewise.
        sizes: patients by side and country: columns country and n.
        shown: countries whose parts may be released; all others are held back.
    """
    facets = []
    allowed = set(shown)
    for country in sorted(set(sizes["country"])):
        if country not in allowed:
            empty = (Curve((), "held back"), Curve((), "held back"))
            facets.append(Facet(country, (None, None), empty, empty))
            continue
        here = [frame[frame["country"] == country] for frame in (sizes, deaths, events)]
        a, b = (protection(half) for half in halves(here[0]))
        n = (a.count(Tally(a.n, a.others)), b.count(Tally(b.n, b.others)))
        facets.append(
            Facet(
                country, n, _curves(here[1], kaplan_meier), _curves(here[2], cumulative_incidence)
            )
        )
    return tuple(facets)


def _curves(rows: pd.DataFrame, estimate: Callable[[TimeCounts], StepCurve]) -> Pair:
    counts = [counts_of(half) for half in halves(rows)]
    return _released(rows, counts, [estimate(one) for one in counts])


def _released(
    rows: pd.DataFrame, counts: Iterable[TimeCounts], estimates: Iterable[StepCurve]
) -> Pair:
    a, b = (
        release_half(half, protection(half), count, estimate)
        for half, count, estimate in zip(halves(rows), counts, estimates, strict=True)
    )
    return a, b


def release_half(
    half: pd.DataFrame, cohort: Protection, counts: TimeCounts, estimate: StepCurve
) -> Curve:
    """The released curve of one cohort from its rows, its counts and its estimate."""
    events = tally(half[half["cause"] == _EVENT])
    return released_curve(estimate, events, _at_risk(half, counts, DAYS), DAYS, cohort)


def _at_risk(half: pd.DataFrame, counts: TimeCounts, days: Integers) -> list[Tally]:
    """At risk on each day; nobody is after the last day of the data."""
    others = counts_of(half[~half["own"].astype(bool)])
    everybody, not_own = counts.at_risk_on(days), others.at_risk_on(days)
    return [Tally(int(n), int(m)) for n, m in zip(everybody, not_own, strict=True)]


def _common_end(curves: Pair) -> int | None:
    """Last day that both released curves reach, None where one has no further point."""
    ends = [curve.points[-1].time_days for curve in curves if len(curve.points) > 1]
    return min(ends) if len(ends) == len(curves) else None
