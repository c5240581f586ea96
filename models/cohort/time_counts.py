"""Grouped time-to-event counts of one cohort: all that the estimators need of its people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.arrays import Floats, Integers

FROM_THE_START = -1
"""Entry day of people who are followed from the start: they are at risk on day 0 too."""

ROUNDING = 1e-9
"""Share of all people by which sums of weights may differ."""


@dataclass(frozen=True, eq=False)
class TimeCounts:
    """How many people of one cohort had an event, were censored or entered, by day.

    Ties: on one day events come first and censorings after, so who is censored on a day is at
    risk on it; who enters on a day is at risk from the next day on.

    Attributes:
        times: shape (k,), days on which somebody leaves, >= 0, ascending, each once.
        events: shape (causes, k), row 0 the event of interest, further rows competing events.
        censored: shape (k,), people whose follow-up ended without an event.
        entry_times: shape (m,), days of entry, >= -1 (followed from the start), ascending.
        entered: shape (m,), people who entered; in total as many as leave.
        squares: the same counts as sums of squared weights where the counts are sums of
            weights; None where every person counts as one.

    Raises:
        ValueError: shapes that do not fit, days out of order, counts that are negative or not
            finite, more people leaving than are at risk.
    """

    times: Integers
    events: Floats
    censored: Floats
    entry_times: Integers
    entered: Floats
    squares: TimeCounts | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_days(self.times, 0, "Times")
        _check_days(self.entry_times, FROM_THE_START, "Entry times")
        for counts in (self.events, self.censored, self.entered):
            _check_counts(counts)
        _check_flow(self)
        squares = self.squares
        if squares is not None and not np.array_equal(squares.times, self.times):
            raise ValueError("Counts and their squares must have the same times.")

    @classmethod
    def from_rows(
        cls,
        time: npt.ArrayLike,
        cause: npt.ArrayLike,
        entry: npt.ArrayLike | None = None,
        weight: npt.ArrayLike | None = None,
        causes: int | None = None,
    ) -> TimeCounts:
        """Counts from one row per person; arguments as in ``from_groups``."""
        return cls.from_groups(time, cause, np.ones(np.shape(time)), entry, weight, causes)

    @classmethod
    def from_groups(
        cls,
        time: npt.ArrayLike,
        cause: npt.ArrayLike,
        count: npt.ArrayLike,
        entry: npt.ArrayLike | None = None,
        weight: npt.ArrayLike | None = None,
        causes: int | None = None,
    ) -> TimeCounts:
        """Counts from groups as a GROUP BY delivers them, in any order, split in any way.

        Args:
            time: shape (g,), day of leaving, whole and >= 0.
            cause: shape (g,), 0 censored, 1 the event of interest, 2 and more competing events.
            count: shape (g,), people of the group.
            entry: shape (g,), day of entry; without it all are followed from the start.
            weight: shape (g,), what each person of the group counts for; without it one.
            causes: rows of ``events``; without it as many as occur, and at least one.

        Raises:
            ValueError: as the class; people who leave on or before the day on which they enter,
                who are never at risk and are for the query to leave out.
        """
        day, code, people = _whole(time), _whole(cause), np.asarray(count, dtype=np.float64)
        start = np.full(day.shape, FROM_THE_START) if entry is None else _whole(entry)
        each = np.ones(day.shape) if weight is None else np.asarray(weight, dtype=np.float64)
        _check_groups(day, code, people, start, each)
        rows = int(code.max(initial=1)) if causes is None else causes
        if code.min(initial=0) < 0 or code.max(initial=0) > rows:
            raise ValueError(f"Causes must be 0 for censored or from 1 to {rows}.")
        squares = None if weight is None else _grouped(day, code, start, people * each**2, rows)
        counts = _grouped(day, code, start, people * each, rows)
        return cls(
            counts.times,
            counts.events,
            counts.censored,
            counts.entry_times,
            counts.entered,
            squares,
        )

    @cached_property
    def any_event(self) -> Floats:
        """Events of whatever cause, shape (k,)."""
        return np.asarray(self.events.sum(axis=0), dtype=np.float64)

    @cached_property
    def at_risk(self) -> Floats:
        """People at risk at ``times``, shape (k,): entered before, not gone before."""
        return np.maximum(self.at_risk_on(self.times), self.any_event + self.censored)

    def at_risk_on(self, days: npt.ArrayLike) -> Floats:
        """People at risk on any days: entered before the day, not gone before it."""
        # Counted from the end, so that the small sums of the tail keep their digits.
        leaving = _from_the_end(self.any_event + self.censored)
        entering = _from_the_end(self.entered)
        at = np.asarray(days)
        still = leaving[np.searchsorted(self.times, at, side="left")]
        return np.maximum(still - entering[np.searchsorted(self.entry_times, at, side="left")], 0.0)

    @cached_property
    def effective_at_risk(self) -> Floats:
        """Effective size of the group at risk at ``times``: (sum w)² / sum w², shape (k,)."""
        if self.squares is None:
            return self.at_risk
        return divided(self.at_risk**2, self.squares.at_risk)

    @property
    def followed_from_the_start(self) -> bool:
        """Nobody enters later."""
        return bool(np.all(self.entered[self.entry_times > FROM_THE_START] == 0))


def divided(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Floats:
    """The quotient, 0 where the denominator is not above 0."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    quotient = np.zeros(top.shape)
    np.divide(top, bottom, out=quotient, where=bottom > 0)
    return quotient


def _from_the_end(counts: Floats) -> Floats:
    return np.append(np.cumsum(counts[::-1])[::-1], 0.0)


def _grouped(
    day: Integers, code: Integers, start: Integers, amount: Floats, causes: int
) -> TimeCounts:
    times, position = np.unique(day, return_inverse=True)
    entries, place = np.unique(start, return_inverse=True)
    size = (causes + 1) * times.size
    by_cause = _sums(code * times.size + position, amount, size)
    rows = by_cause.reshape(causes + 1, times.size)
    return TimeCounts(times, rows[1:], rows[0], entries, _sums(place, amount, entries.size))


def _sums(place: Integers, amount: Floats, size: int) -> Floats:
    return np.bincount(place, weights=amount, minlength=size).astype(np.float64)


def _whole(values: npt.ArrayLike) -> Integers:
    given = np.asarray(values)
    if given.dtype.kind not in "biuf" or not np.all(np.isfinite(given)):
        raise ValueError("Days and causes must be whole numbers.")
    whole = given.astype(np.int64)
    if np.any(whole != given):
        raise ValueError("Days and causes must be whole numbers.")
    return whole


def _check_groups(
    day: Integers, code: Integers, people: Floats, start: Integers, each: Floats
) -> None:
    if day.ndim != 1 or any(part.shape != day.shape for part in (code, people, start, each)):
        raise ValueError("Time, cause, count, entry and weight must have one value per group.")
    _check_counts(people)
    _check_counts(each)
    if np.any(day < 0):
        raise ValueError("Times must be 0 days or more.")
    if np.any(day <= start):
        raise ValueError("Everybody must leave after the day of entry.")


def _check_shapes(counts: TimeCounts) -> None:
    k = counts.times.shape
    fits = len(k) == 1 and counts.censored.shape == k and counts.events.shape[1:] == k
    if not fits or counts.events.ndim != 2 or not len(counts.events):
        raise ValueError("Events must have a row per cause and a column per time.")
    if counts.entry_times.ndim != 1 or counts.entered.shape != counts.entry_times.shape:
        raise ValueError("Entries must have one count per entry time.")


def _check_days(days: Integers, first: int, name: str) -> None:
    if days.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole days.")
    if days.size and (days[0] < first or np.any(np.diff(days) <= 0)):
        raise ValueError(f"{name} must be ascending from {first}, each day once.")


def _check_counts(counts: Floats) -> None:
    if not np.all(np.isfinite(counts)) or np.any(counts < 0):
        raise ValueError("Counts and weights must be numbers of 0 or more.")


def _check_flow(counts: TimeCounts) -> None:
    leaving = counts.any_event + counts.censored
    total = float(leaving.sum())
    allowed = ROUNDING * max(total, 1.0)
    if abs(float(counts.entered.sum()) - total) > allowed:
        raise ValueError("As many people must leave as enter.")
    if np.any(counts.at_risk_on(counts.times) < leaving - allowed):
        raise ValueError("No more people can leave on a day than are at risk.")
