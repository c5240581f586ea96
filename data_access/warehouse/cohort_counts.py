"""The counts behind each panel. Raw: only ``data_access.cohort_gate`` may ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import or_

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from data_access.warehouse.cohort_questions import Answers, Members, Question, ask_members
from data_access.warehouse.reader import OpenSnapshot
from models.arrays import Bools
from models.cohort import counts
from models.cohort.adjusted_panel import Weighting
from models.cohort.characteristics import TABLED, WORDS
from models.cohort.cohort_events import COHORT_EVENT, cohort_events
from models.cohort.definition import Cohort
from models.cohort.membership import SPLIT, belongs, marks, own, own_only
from models.cohort.pairing import OWN_ONLY
from models.cohort.people import ANY, COHORT
from models.cohort.time_panels import YEAR

_SEVERE = 3


class CountryCounts:
    """The members of two cohorts in every country: each question is asked once for all of them.

    Args:
        data: the snapshot that answers.
        a: the first cohort, in all countries.
        b: the second one.
        scopes: of the viewer, whose own patients are marked.
    """

    def __init__(self, data: Answers, a: Cohort, b: Cohort, scopes: tuple[str, ...]) -> None:
        self._data = data
        self._members = _members(a, b, scopes, by_country=True)
        self._answers: dict[Question, pd.DataFrame] = {}

    def of(self, country: str, question: Question) -> pd.DataFrame:
        """The counts of one country."""
        if question not in self._answers:
            self._answers[question] = ask_members(self._data, question, self._members)
        rows = self._answers[question]
        return rows[rows[SPLIT] == country]


@dataclass(frozen=True)
class RawCounts:
    """The members of two cohorts in one snapshot, to be counted.

    ``part`` is where the counts of a country are taken from that both cohorts are the parts in.
    """

    data: Answers
    a: Cohort
    b: Cohort
    scopes: tuple[str, ...]
    part: tuple[CountryCounts, str] | None = None

    @property
    def landmark_day(self) -> int:
        """The landmark of both."""
        return self.a.landmark_day

    def levels(self) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        """Coded variables, and those of words by name."""
        return self._ask(_levels()), {name: self._ask(_words(name)) for name in WORDS}

    def survival(self, outcome: str) -> pd.DataFrame:
        """As ``counts.survival_times``."""
        return self._ask(_survival(outcome, self.landmark_day))

    def incidence(self, outcome: str, grade: int) -> pd.DataFrame:
        """As ``counts.event_times``."""
        return self._ask(_incidence(outcome, grade, self.landmark_day))

    def heat(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """``counts.followed``, and ``counts.event_shifts`` of every kind."""
        day = self.landmark_day
        # Other engines hold the cohort table only; the embedded one has its events as rows.
        embedded = isinstance(self.data, OpenSnapshot)
        return self._ask(_followed(day)), self._ask(_shifts(day, embedded))

    def visits(self, scale: str, worse_by: float | None, higher_is_better: bool) -> pd.DataFrame:
        """As ``counts.visits``."""
        return self._ask(_visits(scale, worse_by, higher_is_better))

    def risks(self, outcome: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """As ``counts.risks``, and the times to the outcome by bin."""
        day = self.landmark_day
        return self._ask(_risks(outcome, day)), self._ask(_times_by_risk(outcome, day))

    def cells(self, covariates: Sequence[str]) -> pd.DataFrame:
        """As ``counts.cells``."""
        return self._ask(_cells(tuple(covariates)))

    def weighted(self, fitted: Weighting) -> pd.DataFrame:
        """As ``counts.weighted_times``."""
        columns = _members(self.a, self.b, self.scopes).columns
        people = COHORT.unbound
        weight = counts.overlap_weight(people, columns["in_a"], fitted.intercept, fitted.effects)
        weighted = Members({**columns, counts.WEIGHT: weight})
        return self._marked(ask_members(self.data, _weighted(self.landmark_day), weighted))

    def _ask(self, question: Question) -> pd.DataFrame:
        if self.part:
            countries, country = self.part
            return self._marked(countries.of(country, question))
        return self._marked(ask_members(self.data, question, _members(self.a, self.b, self.scopes)))

    def _marked(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Counts that know which cohorts are the viewer's own by definition."""
        rows.attrs[OWN_ONLY] = tuple(own_only(one, self.scopes) for one in (self.a, self.b))
        return rows


def memberships(data: Answers, cohorts: Sequence[Cohort], people: int) -> list[Bools]:
    """Who belongs to each of some cohorts, each shape (people,): for the audit alone.

    Args:
        data: the snapshot that answers.
        cohorts: the definitions, which are asked for at once.
        people: how many research patients there are.
    """
    table = COHORT.unbound
    tests = {f"m{place}": belongs(cohort, table) for place, cohort in enumerate(cohorts)}
    rows = table.select("number", **tests)
    rows = data.run(rows.filter(reduce(or_, (rows[name] for name in tests))))
    found = []
    for name in tests:
        member = np.zeros(people, dtype=bool)
        member[rows["number"].to_numpy(np.int64)] = rows[name].to_numpy(bool)
        found.append(member)
    return found


def own_people(data: Answers, scopes: Sequence[str]) -> Bools:
    """Who of all research patients is the viewer's own, shape (people,)."""
    people = COHORT.unbound
    total = data.run(people.count().name("n").as_table())
    mine = np.zeros(int(total["n"].iloc[0]), dtype=bool)
    if scopes:
        found = data.run(people.filter(own(people, scopes)).select("number"))
        mine[found["number"].to_numpy(np.int64)] = True
    return mine


def places(data: Answers) -> dict[str, tuple[str, ...]]:
    """Countries and sites that the cohort table holds; no count leaves."""
    people = COHORT.unbound
    rows = data.run(people.select("country", "site").distinct())
    return {name: tuple(sorted(set(rows[name]))) for name in ("country", "site")}


@lru_cache(maxsize=64)
def _members(a: Cohort, b: Cohort, scopes: tuple[str, ...], *, by_country: bool = False) -> Members:
    """Members of both cohorts; every panel of a comparison asks for the same ones."""
    return Members(marks(a, b, scopes, by_country=by_country))


@cache
def _levels() -> Question:
    return Question(lambda people: counts.levels(people, TABLED))


@cache
def _words(name: str) -> Question:
    return Question(lambda people: counts.words(people, name))


@cache
def _survival(outcome: str, day: int) -> Question:
    return Question(lambda people: counts.survival_times(people, outcome, day))


@cache
def _incidence(outcome: str, grade: int, day: int) -> Question:
    return Question(lambda people: counts.event_times(people, outcome, grade, day))


@cache
def _followed(day: int) -> Question:
    return Question(lambda people: counts.followed(people, day, YEAR))


@cache
def _shifts(day: int, embedded: bool) -> Question:
    def count(people: ir.Table) -> ir.Table:
        events = COHORT_EVENT.unbound if embedded else cohort_events(COHORT.unbound)
        return counts.event_shifts(people, events, day, YEAR)

    return Question(count)


@cache
def _visits(scale: str, worse_by: float | None, higher_is_better: bool) -> Question:
    return Question(lambda people: counts.visits(people, scale, worse_by, higher_is_better))


@cache
def _risks(outcome: str, day: int) -> Question:
    return Question(lambda people: counts.risks(people, outcome, day))


@cache
def _times_by_risk(outcome: str, day: int) -> Question:
    kind = (ANY, _SEVERE) if outcome == "severe" else (outcome, 2)

    def count(people: ir.Table) -> ir.Table:
        by = {"bin": counts.risk_bin(people, outcome, day)}
        return counts.event_times(people, *kind, day, by)

    return Question(count)


@cache
def _weighted(day: int) -> Question:
    return Question(lambda people: counts.weighted_times(people, day))


@cache
def _cells(covariates: tuple[str, ...]) -> Question:
    return Question(lambda people: counts.cells(people, covariates))
