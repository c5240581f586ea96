"""How one scale of one patient moved: the start, changes and their sizes, gaps, confirmation."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from models.qol.instrument import Difference, Instrument, Scale
from models.qol.schedule import START_DAYS

Since = Literal["the form before", "the start"]

_DECIMALS = 6
"""Differences are rounded to this, so that 66.7 - 56.7 counts as the 10 points that it is."""


class Form(NamedTuple):
    """A form that came, ``day`` days after the first dose; no value where the scale has none."""

    day: float
    instrument: str
    value: float | None


class Due(NamedTuple):
    """A form that was due on a day and did not come."""

    day: float
    instrument: str


@dataclass(frozen=True)
class Change:
    """Difference of the latest score and its size class; None below the smallest, or without."""

    since: Since
    difference: float
    size: Difference | None


@dataclass(frozen=True)
class Trajectory:
    """One scale of one patient.

    ``instrument`` is the full questionnaire, ``forms`` those that hold the scale, in order and
    one per day, ``missed`` those of them that were due and did not come, in order.
    """

    instrument: Instrument
    scale: Scale
    forms: tuple[Form, ...]
    missed: tuple[Due, ...] = ()

    @property
    def key(self) -> str:
        """Questionnaire and scale in one word."""
        return scale_key(self.instrument, self.scale)

    @cached_property
    def scores(self) -> tuple[tuple[float, float], ...]:
        """Day and score of the forms that have one."""
        return tuple((form.day, form.value) for form in self.forms if form.value is not None)

    @cached_property
    def start(self) -> float | None:
        """Score of the last form of the first week or before; None without one."""
        early = [score for day, score in self.scores if day <= START_DAYS]
        return early[-1] if early else None

    def worsening(self, score: float) -> float | None:
        """How much worse a score is than at the start, below 0 when better; None without one."""
        if self.start is None:
            return None
        fall = self.start - score if self.scale.higher_is_better else score - self.start
        return round(fall, _DECIMALS)

    def is_worse(self, score: float) -> bool:
        """Whether a score is worse than at the start by the change that flags one person."""
        worsening = self.worsening(score)
        flag = self.scale.individual
        return worsening is not None and flag is not None and worsening >= flag.points

    @property
    def is_confirmed(self) -> bool:
        """Whether the last two scores are both worse than at the start by that change."""
        return len(self.scores) > 1 and all(self.is_worse(score) for _, score in self.scores[-2:])

    @property
    def changes(self) -> tuple[Change, ...]:
        """Change of the latest score since the form before and since the start.

        Since the start only, where all earlier forms are of the first week or before.
        """
        if len(self.scores) < 2:
            return ()
        found: list[Change] = []
        before_day, before = self.scores[-2]
        if before_day > START_DAYS or self.start is None or self.scores[-1][0] <= START_DAYS:
            found.append(self._change("the form before", before))
        if self.start is not None and self.scores[-1][0] > START_DAYS:
            found.append(self._change("the start", self.start))
        return tuple(found)

    def _change(self, since: Since, value: float) -> Change:
        difference = round(self.scores[-1][1] - value, _DECIMALS)
        return Change(since, difference, self.scale.size_of_change(difference))

    @property
    def line(self) -> list[tuple[float, float | None]]:
        """Days and values to join by a line; a value of None wherever it has to be broken.

        It is broken between two scores when a form that was due in between did not come, or
        came without a score of this scale: nothing is drawn over what is not known.
        """
        unscored = [form.day for form in self.forms if form.value is None]
        unknown = sorted([*(due.day for due in self.missed), *unscored])
        joined: list[tuple[float, float | None]] = []
        for day, value in self.scores:
            if joined and bisect(unknown, day) > bisect(unknown, joined[-1][0]):
                joined.append((day, None))
            joined.append((day, value))
        return joined

    @property
    def missed_since_last(self) -> int:
        """Forms that were due after the last score and did not come."""
        last = self.scores[-1][0] if self.scores else float("-inf")
        return sum(due.day > last for due in self.missed)


def scale_key(instrument: Instrument, scale: Scale) -> str:
    """Questionnaire and scale in one word, for example ``qlq-c30:QL``."""
    return f"{instrument.name}:{scale.code}"


def trajectories(
    scores: Collection[tuple[float, str, str, float]],
    missed: Iterable[tuple[float, str]],
    instruments: Mapping[str, Instrument],
) -> dict[str, Trajectory]:
    """Every scale of the questionnaires that a patient gave, by ``scale_key``.

    A shorter form counts with the questionnaire whose scales it shares; of two forms on one day
    the full one counts. A scale that no form of the patient holds is left out; one that no form
    has a score for is there without scores.

    Args:
        scores: day, instrument, scale and value of every form of the patient.
        missed: day and instrument of every form that was due and did not come.
        instruments: the questionnaires that are known, by name; others are left out.
    """
    values = {(day, name, scale): value for day, name, scale, value in scores}
    forms = sorted({(day, name) for day, name, _scale, _value in scores})
    given = {name for _day, name in forms}
    lost = sorted(Due(day, name) for day, name in missed)
    found = {}
    for full, holding in _scales(instruments):
        for scale, names in holding:
            if given.isdisjoint(names):
                continue
            here = [
                Form(day, name, values.get((day, name, scale.code)))
                for day, name in forms
                if name in names
            ]
            due = tuple(one for one in lost if one.instrument in names)
            found[scale_key(full, scale)] = Trajectory(full, scale, _one_a_day(here, names), due)
    return found


def _scales(
    instruments: Mapping[str, Instrument],
) -> Iterable[tuple[Instrument, list[tuple[Scale, tuple[str, ...]]]]]:
    """Full questionnaires with their scales and the names of the forms that hold each."""
    for full in instruments.values():
        if not full.short_of:
            family = [full, *(one for one in instruments.values() if one.short_of == full.name)]
            yield (
                full,
                [
                    (scale, tuple(one.name for one in family if scale.code in one.scale_codes))
                    for scale in full.scales
                ],
            )


def _one_a_day(forms: Iterable[Form], names: tuple[str, ...]) -> tuple[Form, ...]:
    """One form per day: one with a score before one without, the fuller one before the shorter."""
    by_day: dict[float, Form] = {}
    for form in sorted(forms, key=lambda one: (one.value is None, names.index(one.instrument))):
        by_day.setdefault(form.day, form)
    return tuple(by_day[day] for day in sorted(by_day))
