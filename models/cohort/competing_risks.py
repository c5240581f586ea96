"""Cumulative incidence where another event, death, precludes the one of interest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from models.cohort.survival import Estimate, TestResult, chi_square, log_log_interval
from models.cohort.time_counts import Ints, TimeCounts


def aalen_johansen(counts: TimeCounts) -> Estimate:
    """Share with the event of interest by each day, death competing.

    Variance by Aalen as in Pintilie, Competing Risks (2006), eq. 4.5; log-log intervals of the
    incidence itself.

    Reference:
        Aalen & Johansen, Scand J Stat 1978;5:141.
    """
    at_risk, events = counts.at_risk, counts.events
    ended = events + counts.competing
    free = np.cumprod(1 - _ratio(ended, at_risk))
    before = np.concatenate([[1.0], free[:-1]]) if len(free) else free
    value = np.cumsum(before * _ratio(events, at_risk))
    all_causes = _ratio(ended, (at_risk - 1) * (at_risk - ended))
    own = before**2 * _ratio((at_risk - events) * events, (at_risk - 1) * at_risk**2)
    both = before * _ratio(events * (at_risk - events), at_risk * (at_risk - ended) * (at_risk - 1))
    # (F(t) - F(u))^2 and F(t) - F(u), summed over u up to t without a k by k matrix.
    squares = (
        value**2 * np.cumsum(all_causes)
        - 2 * value * np.cumsum(value * all_causes)
        + np.cumsum(value**2 * all_causes)
    )
    cross = value * np.cumsum(both) - np.cumsum(value * both)
    variance = np.maximum(squares + np.cumsum(own) - 2 * cross, 0.0)
    lower, upper = log_log_interval(value, _ratio(np.sqrt(variance), value))
    return Estimate(counts.times, value, variance, lower, upper, 0.0)


def gray(a: TimeCounts, b: TimeCounts) -> TestResult | None:
    """Gray's test of equal cumulative incidence (rho = 0).

    Compares the hazards of the subdistribution; its variance is that of the paper, with the
    incidence of both cohorts together and the survival of each. None where no event can tell the
    cohorts apart.

    Reference:
        Gray, Ann Stat 1988;16:1141.
    """
    times = np.union1d(a.times, b.times)
    one, two = _subdistribution(a, times), _subdistribution(b, times)
    r = one.risk + two.risk
    events = one.events + two.events
    hazard = _ratio(events, r)
    score = float((one.events - one.risk * hazard).sum())
    free = np.cumprod(1 - hazard)
    free_before = np.concatenate([[1.0], free[:-1]])
    incidence = free_before * hazard
    weight = _ratio(one.risk * two.risk, r)
    # Past the end of either cohort the weight is 0 and nothing is compared.
    slope = weight * _ratio(hazard, free_before)
    rest = slope.sum() - np.cumsum(slope)
    variance = sum(_variance(side, weight, free_before, incidence, rest) for side in (one, two))
    return chi_square(score, float(variance))


@dataclass(frozen=True)
class _Side:
    """One cohort on the days of both; ``survival`` is just before each day.

    ``risk`` counts those at risk as if who died of the competing cause stayed.
    """

    at_risk: Floats
    events: Floats
    competing: Floats
    survival: Floats
    risk: Floats


def _subdistribution(counts: TimeCounts, times: Ints) -> _Side:
    place = np.searchsorted(times, counts.times)
    events, competing = np.zeros(len(times)), np.zeros(len(times))
    events[place], competing[place] = counts.events, counts.competing
    next_own = np.searchsorted(counts.times, times, side="left")
    at_risk = np.concatenate([counts.at_risk, [0.0]])[next_own]
    survival = np.cumprod(1 - _ratio(events + competing, at_risk))
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before * _ratio(events, at_risk))
    incidence_before = np.concatenate([[0.0], incidence[:-1]])
    risk = at_risk * _ratio(1 - incidence_before, before)
    return _Side(at_risk, events, competing, before, risk)


def _variance(side: _Side, weight: Floats, free: Floats, incidence: Floats, rest: Floats) -> float:
    """The share of one cohort in the variance of the score."""
    shift = (1 - _ratio(free, side.survival)) * rest
    of_events = _ratio(weight, free) + shift
    events = of_events**2 * _ratio(side.survival, side.at_risk) * incidence
    deaths = side.survival * _ratio(side.competing, side.at_risk)
    of_deaths = (_ratio(free, side.survival) * rest) ** 2 * _ratio(side.survival, side.at_risk)
    return float((events + of_deaths * deaths).sum())


def _ratio(above: Floats, below: Floats) -> Floats:
    """Above divided by below, 0 where there is nothing below."""
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
