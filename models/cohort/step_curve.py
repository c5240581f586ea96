"""Step curves with pointwise intervals, tests of two cohorts and differences between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtri

from models.arrays import Floats, Integers
from models.cohort.time_counts import TimeCounts

LEVEL = 0.95
"""Confidence level of every interval unless said otherwise."""

ROUNDING = 1e-12
"""How far from 0 or 1 a share may be by rounding alone."""

WIDEST = 500.0
"""Half a width on the log-log scale beyond which an interval is from 0 to 1 anyway."""


@dataclass(frozen=True, eq=False)
class StepValues:
    """A curve at chosen days, all of shape (d,); NaN where it is not defined."""

    days: Integers
    estimate: Floats
    variance: Floats
    lower: Floats
    upper: Floats
    at_risk: Floats


@dataclass(frozen=True, eq=False)
class StepCurve:
    """A share of people over time, with its variance and a log-log interval.

    ``estimate[i]`` holds from ``times[i]`` on, ``start`` before the first. All arrays have shape
    (k,). ``reach_day`` is the last day on which the curve is defined: the last day on which
    somebody is followed, without end where nobody is left who could have an event.
    """

    counts: TimeCounts
    start: float
    estimate: Floats
    variance: Floats
    lower: Floats
    upper: Floats
    reach_day: float

    @property
    def times(self) -> Integers:
        """Days of the steps, shape (k,)."""
        return self.counts.times

    @property
    def at_risk(self) -> Floats:
        """People at risk at the steps, shape (k,)."""
        return self.counts.at_risk

    def at(self, days: npt.ArrayLike) -> StepValues:
        """The curve on given days (right-continuous); NaN after ``reach_day``.

        Before the first step the curve is known without doubt: its variance is 0.
        """
        day = np.atleast_1d(np.asarray(days, dtype=np.int64))
        place = np.searchsorted(self.times, day, side="right")
        beyond = day > self.reach_day

        def values(start: float, steps: Floats) -> Floats:
            return np.where(beyond, np.nan, np.append(start, steps)[place])

        return StepValues(
            day,
            values(self.start, self.estimate),
            values(0.0, self.variance),
            values(self.start, self.lower),
            values(self.start, self.upper),
            self.counts.at_risk_on(day),
        )


def step_curve(
    counts: TimeCounts, start: float, estimate: Floats, variance: Floats, left: Floats, level: float
) -> StepCurve:
    """The curve with its intervals; ``left`` is the share without any event, shape (k,)."""
    lower, upper = log_log_interval(estimate, variance, level)
    if not counts.times.size:
        reach = -np.inf
    else:
        reach = np.inf if left[-1] <= 0 else float(counts.times[-1])
    return StepCurve(counts, start, estimate, variance, lower, upper, reach)


def quantile(level: float) -> float:
    """Normal quantile of a two-sided interval: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise ValueError("The confidence level must be between 0 and 1.")
    return float(ndtri((1 + level) / 2))


def log_log_interval(
    estimate: Floats, variance: Floats, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Pointwise interval on the scale of log(-log(share)): share ** exp(-+ z se / (share log)).

    An estimate of 0 or 1, or one without variance, is its own interval (the formula has no
    value there); scikit-survival does the same.

    Reference:
        Borgan O, Liestol K. Scand J Stat 1990;17:35-41.
    """
    inside = (estimate > ROUNDING) & (estimate < 1 - ROUNDING)
    share = np.where(inside, estimate, 0.5)
    logarithm = np.log(share)
    width = quantile(level) * np.sqrt(variance) / (share * logarithm)
    width = np.maximum(width, -WIDEST)
    lower = np.where(inside, np.exp(logarithm * np.exp(-width)), estimate)
    upper = np.where(inside, np.exp(logarithm * np.exp(width)), estimate)
    return lower, upper


@dataclass(frozen=True, eq=False)
class Differences:
    """Cohort A minus cohort B, all of shape (d,), with a normal interval."""

    estimate: Floats
    variance: Floats
    lower: Floats
    upper: Floats


def difference(
    estimates: tuple[npt.ArrayLike, npt.ArrayLike],
    variances: tuple[npt.ArrayLike, npt.ArrayLike],
    level: float = LEVEL,
) -> Differences:
    """A minus B of independent estimates; NaN where either is."""
    a, b = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in estimates)
    of_a, of_b = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in variances)
    half = quantile(level) * np.sqrt(of_a + of_b)
    return Differences(a - b, of_a + of_b, a - b - half, a - b + half)


def difference_at(
    a: StepCurve, b: StepCurve, days: npt.ArrayLike, level: float = LEVEL
) -> Differences:
    """A minus B on given days, of two cohorts without common patients; NaN beyond either curve.

    The interval is normal (Wald) on the scale of the shares and may pass 1 in small cohorts.
    """
    of_a, of_b = a.at(days), b.at(days)
    return difference((of_a.estimate, of_b.estimate), (of_a.variance, of_b.variance), level)


@dataclass(frozen=True)
class TwoSampleTest:
    """A chi-square test with one degree of freedom.

    ``score`` is observed minus expected events of cohort A; ``statistic`` and ``p`` are NaN where
    there is nothing to compare (no event, or never people of both cohorts at risk).
    """

    score: float
    variance: float
    statistic: float
    p: float


def two_sample_test(score: float, variance: float) -> TwoSampleTest:
    """The test of a score against its variance."""
    if not variance > 0:
        return TwoSampleTest(score, 0.0, float("nan"), float("nan"))
    statistic = score**2 / variance
    return TwoSampleTest(score, variance, statistic, float(chdtrc(1, statistic)))


def event_days(a: TimeCounts, b: TimeCounts) -> Integers:
    """Days with an event of any cause in either cohort, ascending."""
    days = np.sort(np.concatenate((a.times[a.any_event > 0], b.times[b.any_event > 0])))
    return days[np.diff(days, prepend=-1) > 0]


def on_days(counts: TimeCounts, values: Floats, days: Integers) -> Floats:
    """Values per time of the cohort laid out over days, 0 on days of nobody; shape (d,)."""
    if not counts.times.size:
        return np.zeros(days.size)
    place = np.minimum(np.searchsorted(counts.times, days), counts.times.size - 1)
    return np.where(counts.times[place] == days, values[place], 0.0)
