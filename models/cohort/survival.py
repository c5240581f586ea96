"""Kaplan-Meier curves, the log-rank test and restricted means, from grouped counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from models.arrays import Floats
from models.cohort.time_counts import Ints, TimeCounts

Z = float(stats.norm.isf(0.025))
"""Normal quantile of 95 % intervals."""


@dataclass(frozen=True)
class Estimate:
    """A step function of time with its variance and 95 % interval; all shape (k,).

    ``before`` is the value before the first step: 1 for survival, 0 for an incidence.
    """

    times: Ints
    value: Floats
    variance: Floats
    lower: Floats
    upper: Floats
    before: float

    def at(self, days: npt.ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
        """Value, lower, upper and variance at days, each shape (d,)."""
        step = np.searchsorted(self.times, np.asarray(days), side="right")
        start = (self.before, self.before, self.before, 0.0)
        return tuple(  # type: ignore[return-value]
            np.concatenate([[first], column])[step]
            for first, column in zip(
                start, (self.value, self.lower, self.upper, self.variance), strict=True
            )
        )


@dataclass(frozen=True)
class TestResult:
    """Statistic (chi-square with one degree of freedom) and p value of a test."""

    __test__ = False  # not for pytest to collect

    statistic: float
    p: float


@dataclass(frozen=True)
class MeanDifference:
    """An estimate with its standard error and 95 % interval."""

    estimate: float
    error: float

    @property
    def lower(self) -> float:
        """Lower end."""
        return self.estimate - Z * self.error

    @property
    def upper(self) -> float:
        """Upper end."""
        return self.estimate + Z * self.error


def kaplan_meier(counts: TimeCounts) -> Estimate:
    """Share without the event over time, with Greenwood's variance and log-log intervals.

    Competing events count as censoring. Where nobody is left without the event the interval is
    (0, 0): its width cannot be estimated.

    Reference:
        Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., 1.4.
    """
    at_risk, died = counts.at_risk, counts.events
    value: Floats = np.cumprod(1 - _ratio(died, at_risk))
    ratio = np.cumsum(_ratio(died, at_risk * (at_risk - died)))
    lower, upper = log_log_interval(value, np.sqrt(ratio))
    return Estimate(counts.times, value, value**2 * ratio, lower, upper, 1.0)


def log_log_interval(value: Floats, error_of_log: Floats) -> tuple[Floats, Floats]:
    """95 % interval of probabilities on the scale log(-log p).

    At 0 and 1 the interval has no width.

    Args:
        value: shape (k,), probabilities.
        error_of_log: shape (k,), standard error of log p.
    """
    inside = (value > np.finfo(np.float64).eps) & (value < 1 - np.finfo(np.float64).eps)
    log = np.log(np.where(inside, value, 0.5))
    theta = np.where(inside, Z * error_of_log / log, 0.0)
    ends = np.exp(np.exp(np.stack([theta, -theta])) * log)
    lower, upper = ends.min(axis=0), ends.max(axis=0)
    edge = np.where(value > 0.5, 1.0, 0.0)
    return np.where(inside, lower, edge), np.where(inside, upper, edge)


def log_rank(a: TimeCounts, b: TimeCounts) -> TestResult | None:
    """Log-rank test of equal hazards; hypergeometric variance, ties as they come.

    None where no event can tell the cohorts apart.

    Reference:
        Mantel, Cancer Chemother Rep 1966;50:163.
    """
    times = np.union1d(a.times, b.times)
    risk_a, died_a = on_times(a, times)
    risk_b, died_b = on_times(b, times)
    risk, died = risk_a + risk_b, died_a + died_b
    expected = died * _ratio(risk_a, risk)
    variance = expected * _ratio(risk_b, risk) * _ratio(risk - died, np.maximum(risk - 1, 1))
    return chi_square(float((died_a - expected).sum()), float(variance.sum()))


def chi_square(score: float, variance: float) -> TestResult | None:
    """The test of a score with its variance; None without variance."""
    if variance <= 0:
        return None
    statistic = score**2 / variance
    return TestResult(statistic, float(stats.chi2.sf(statistic, 1)))


def on_times(counts: TimeCounts, times: Ints) -> tuple[Floats, Floats]:
    """At risk and events of interest on other days, which include the cohort's own.

    Between two of its days the number at risk is that of the next one: entries in between are
    taken as made at once.
    """
    place = np.searchsorted(counts.times, times, side="left")
    at_risk = np.concatenate([counts.at_risk, [0.0]])[place]
    events = np.zeros(len(times))
    events[np.searchsorted(times, counts.times)] = counts.events
    return at_risk, events


def restricted_mean(counts: TimeCounts, days: int) -> MeanDifference:
    """Mean days without the event up to a day: the area under the Kaplan-Meier curve.

    Args:
        counts: the cohort; somebody should be at risk up to ``days``.
        days: the end of the time looked at.

    Reference:
        Klein & Moeschberger, Survival Analysis, 2nd ed., 4.5.
    """
    curve = kaplan_meier(counts)
    inside = counts.times < days
    times, value = counts.times[inside], curve.value[inside]
    edges = np.concatenate([[0], times, [days]])
    areas = np.diff(edges) * np.concatenate([[1.0], value])
    after = areas[::-1].cumsum()[::-1][1:]
    at_risk, died = counts.at_risk[inside], counts.events[inside]
    variance = (after**2 * _ratio(died, at_risk * (at_risk - died))).sum()
    return MeanDifference(float(areas.sum()), float(np.sqrt(variance)))


def difference(a: MeanDifference, b: MeanDifference) -> MeanDifference:
    """A minus B of two independent cohorts."""
    return MeanDifference(a.estimate - b.estimate, float(np.hypot(a.error, b.error)))


def _ratio(above: Floats, below: Floats) -> Floats:
    """Above divided by below, 0 where there is nothing below."""
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
