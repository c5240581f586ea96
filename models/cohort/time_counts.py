"""Time-to-event data as grouped counts: how many ended when and how, and how many were at risk.

Everything that is estimated over time comes from these counts, never from rows, so that nothing
about one patient has to leave the warehouse. Of events and censorings on one day the events come
first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats

Ints = npt.NDArray[np.int64]

CENSORED, EVENT, COMPETING = 0, 1, 2
"""How follow-up ended."""

FROM_START = -1
"""Entry of who is followed from the anchor on, and so is at risk on day 0 too."""


@dataclass(frozen=True)
class TimeCounts:
    """Counts of one cohort by day.

    All arrays have k entries: ``times`` (days, rising), ``events``, ``competing``, ``censored``
    and ``at_risk`` (just before the events of the day). Of weighted data they are effective
    counts, see ``weighted_counts``.
    """

    times: Ints
    events: Floats
    competing: Floats
    censored: Floats
    at_risk: Floats

    @property
    def total_events(self) -> float:
        """Events of interest in all."""
        return float(self.events.sum())


def time_counts(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    n: npt.ArrayLike | None = None,
    entry: npt.ArrayLike | None = None,
) -> TimeCounts:
    """Counts from groups, or from rows where ``n`` is left out.

    Args:
        time: shape (g,), whole days >= 0 from the anchor to the end of follow-up.
        cause: shape (g,), ``CENSORED``, ``EVENT`` or ``COMPETING``.
        n: shape (g,), people in each group; 1 each without.
        entry: shape (g,), day after which a group is at risk (delayed entry), ``FROM_START`` for
            those followed from the anchor; everybody is without.

    Raises:
        ValueError: shapes that differ, negative times or counts, unknown causes, or an exit that
            is not after the entry.
    """
    ends, why = np.asarray(time, dtype=np.int64), np.asarray(cause, dtype=np.int64)
    people = np.ones(ends.shape) if n is None else np.asarray(n, dtype=np.float64)
    since = np.full(ends.shape, FROM_START) if entry is None else np.asarray(entry, dtype=np.int64)
    _check(ends, why, people, since)
    times, day = np.unique(ends, return_inverse=True)
    ended = np.zeros((3, len(times)))
    np.add.at(ended, (why, day), people)
    entries = np.sort(since)
    entered = np.concatenate([[0.0], np.cumsum(people[np.argsort(since, kind="stable")])])
    before = entered[np.searchsorted(entries, times, side="left")]
    left = ended.sum(axis=0)
    at_risk = before - (np.cumsum(left) - left)
    return TimeCounts(times, ended[EVENT], ended[COMPETING], ended[CENSORED], at_risk)


def weighted_counts(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    weight: npt.ArrayLike,
    square: npt.ArrayLike,
    entry: npt.ArrayLike | None = None,
) -> TimeCounts:
    """Effective counts of weighted people: with them the plain formulas hold.

    Hazards are those of the weights; the number at risk is (sum of w)^2 / (sum of w^2), which
    makes Greenwood's formula the variance of a weighted Kaplan-Meier curve.

    Args:
        time: as for ``time_counts``.
        cause: as for ``time_counts``.
        weight: shape (g,), sum of the weights in each group.
        square: shape (g,), sum of the squared weights.
        entry: as for ``time_counts``.

    Reference:
        Xie & Liu, Stat Med 2005;24:3089 (weighted Kaplan-Meier, variance).
    """
    sums = time_counts(time, cause, weight, entry)
    squares = time_counts(time, cause, square, entry)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = sums.at_risk**2 / squares.at_risk
        scale = np.where(sums.at_risk > 0, effective / sums.at_risk, 0.0)
    return TimeCounts(
        sums.times,
        sums.events * scale,
        sums.competing * scale,
        sums.censored * scale,
        np.where(sums.at_risk > 0, effective, 0.0),
    )


def _check(ends: Ints, why: Ints, people: Floats, since: Ints) -> None:
    if not (ends.ndim == 1 and ends.shape == why.shape == people.shape == since.shape):
        raise ValueError("Times, causes, counts and entries must be lists of one length.")
    if len(ends) and (ends.min() < 0 or people.min() < 0):
        raise ValueError("Times and counts must not be negative.")
    if not np.isin(why, (CENSORED, EVENT, COMPETING)).all():
        raise ValueError("A cause is 0 (censored), 1 (event) or 2 (competing event).")
    if (ends <= since).any():
        raise ValueError("Follow-up must end after it begins.")
