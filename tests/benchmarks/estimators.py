"""Estimators on grouped counts against scikit-survival on the rows behind them.

The grouping is the warehouse's work and is measured with the panels: here it happens before
the clock starts, in numpy. scikit-survival gets the rows, as a user without grouped counts would
give them to it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sksurv.compare import compare_survival
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator
from sksurv.util import Surv

from models.cohort.competing_risks import cumulative_incidence, gray_test
from models.cohort.survival import kaplan_meier, log_rank
from models.cohort.time_counts import TimeCounts
from tests.benchmarks.measure import Measurement, median_ms

PEOPLE = (183_000, 1_000_000)
QUICK = PEOPLE[:1]
DAYS = 2_000
BUDGET_MS = 5
"""Of one estimate over all days: little beside a panel's 300 ms."""


def measurements(quick: bool) -> Iterator[Measurement]:
    """Each estimator on cohorts of two sizes, in milliseconds."""
    for people in QUICK if quick else PEOPLE:
        time, cause = rows(people)
        yield from curves(people, time, cause, grouped(time, cause))
        yield from halves(people, time, cause)


def rows(people: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole days up to 2,000 and a cause: 0 censored, 1 the event, 2 the competing event."""
    rng = np.random.default_rng(people)
    latent = rng.exponential([[900.0], [1500.0]], (2, people)).astype(np.int64)
    limit = rng.integers(1, DAYS, people)
    time = np.minimum(latent.min(axis=0), limit)
    return time, np.where(time < limit, 1 + latent.argmin(axis=0), 0)


def grouped(time: np.ndarray, cause: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days with causes as groups and the people in each, as a GROUP BY gives them."""
    counts = np.bincount(3 * time + cause)
    present = np.flatnonzero(counts)
    return present, counts[present]


def from_groups(groups: np.ndarray, people: np.ndarray) -> TimeCounts:
    """The counts of a cohort from what the warehouse delivers."""
    return TimeCounts.from_groups(groups // 3, groups % 3, people, causes=2)


def curves(
    people: int, time: np.ndarray, cause: np.ndarray, groups: tuple[np.ndarray, np.ndarray]
) -> Iterator[Measurement]:
    """Curves with variance and interval, from the groups as delivered."""
    repeats = 3 if people < PEOPLE[1] else 1
    cases = (
        (
            "Kaplan-Meier with interval",
            lambda: kaplan_meier(from_groups(*groups)),
            lambda: kaplan_meier_estimator(cause > 0, time, conf_type="log-log"),
        ),
        (
            "Aalen-Johansen with interval",
            lambda: cumulative_incidence(from_groups(*groups)),
            lambda: cumulative_incidence_competing_risks(cause, time, conf_type="log-log"),
        ),
    )
    for name, ours, theirs in cases:
        taken = median_ms(ours)
        title = f"{name}, {people:,} people"
        yield Measurement(title, taken, "ms", "scikit-survival on rows", median_ms(theirs, repeats))


def halves(people: int, time: np.ndarray, cause: np.ndarray) -> Iterator[Measurement]:
    """Tests of two halves of the people."""
    half = np.arange(people) % 2 == 0
    groups = [grouped(time[side], cause[side]) for side in (half, ~half)]
    outcome = Surv.from_arrays(cause > 0, time)
    theirs = median_ms(lambda: compare_survival(outcome, half), 1)
    ours = median_ms(lambda: log_rank(*(from_groups(*side) for side in groups)))
    yield Measurement(f"log-rank, {people:,} people", ours, "ms", "scikit-survival on rows", theirs)
    gray = median_ms(lambda: gray_test(*(from_groups(*side) for side in groups)))
    yield Measurement(f"Gray's test, {people:,} people", gray, "ms", "budget", BUDGET_MS)
