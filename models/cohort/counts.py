"""What comparisons count in the warehouse: expressions whose results are grouped counts.

Every result has the columns ``in_a``, ``in_b`` and ``own``, so that one scan serves both cohorts
and the gate knows how many patients are not the viewer's own. No result has a row for one
patient; what leaves the warehouse is counted and what leaves the gate is released.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, sub

import ibis
import ibis.expr.types as ir

from models.cohort.membership import SPLIT
from models.cohort.people import (
    ANY,
    DEATH,
    STOP,
    VISITS,
    event_column,
    risk_column,
    visit_column,
)
from models.cohort.variables import VARIABLES, Variable

COHORTS = ("in_a", "in_b", "own")
"""Columns that say which cohort a group belongs to, and whether to the viewer's own patients."""

SIDES = (*COHORTS, SPLIT)
"""The same, and the country where counts are taken apart by it."""

CENSORED, EVENT, COMPETING = 0, 1, 2
"""How follow-up ended."""

FROM_START = -1
"""Entry of who is followed from the anchor on; see ``models.cohort.time_counts``."""

WEIGHT = "weight"
"""Name of a value that is summed with its square instead of grouped by."""

NOISE = 1e-6
"""Points by which a change of score may miss a threshold through binary fractions alone."""

RISK_EDGES = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Limits of the bins of predicted risk."""


def levels(people: ir.Table, variables: Sequence[Variable]) -> ir.Table:
    """Patients of each level of coded and set variables, as columns ``variable:code``.

    ``variable:`` counts those not recorded; ``n`` everybody.
    """
    counted, missing = {}, {}
    for variable in variables:
        column = people[variable.column]
        names = [f"{variable.name}:{level.code}" for level in variable.levels]
        if variable.kind == "set":
            counted[f"{variable.name}:"] = column.isnull().sum()
            tests = [(column & level.code) > 0 for level in variable.levels]
        else:
            missing[f"{variable.name}:"] = names
            tests = [column == level.code for level in variable.levels]
        counted |= {name: test.sum() for name, test in zip(names, tests, strict=True)}
    found = people.group_by(*SIDES).agg(n=people.count(), **counted)
    # Of a coded variable everybody has one level or none: one count less for the engine.
    return found.mutate(
        **{name: reduce(sub, (found[one] for one in own), found.n) for name, own in missing.items()}
    )


def words(people: ir.Table, column: str) -> ir.Table:
    """Patients by a column of words or quarters: the side columns, level, n."""
    return people.group_by(*SIDES, level=people[column].cast("string")).agg(n=people.count())


def survival_times(
    people: ir.Table, outcome: str, landmark_day: int, by: Mapping[str, ir.Value] | None = None
) -> ir.Table:
    """Days from the anchor to death, or to the stop of treatment or death.

    Returns:
        The side columns, those of ``by``, ``time``, ``cause``, ``entry`` and n; where ``by`` has a
        ``weight``, its sum and that of its ``square``.
    """
    people = people.filter(people.follow_days.notnull())
    end, event = people.follow_days, people.died
    if outcome == STOP:
        # Somebody who stopped before the landmark has nothing left to stop.
        people = people.filter(people.stop_day.isnull() | (people.stop_day > landmark_day))
        end = ibis.least(people.follow_days, ibis.coalesce(people.stop_day, people.follow_days))
        event = people.died | people.stop_day.notnull()
    cause = event.ifelse(EVENT, CENSORED)
    return _times(people, end, cause, landmark_day, by or {})


def event_times(
    people: ir.Table,
    outcome: str,
    grade: int,
    landmark_day: int,
    by: Mapping[str, ir.Value] | None = None,
) -> ir.Table:
    """Days from the anchor to the first irAE of a kind, death competing.

    Only sites that deliver adverse events count, and only those without such an irAE before the
    landmark; the columns are those of ``survival_times``.
    """
    day = people[event_column(outcome, grade)]
    people = people.filter(people.follow_days.notnull(), people.irae_known)
    if landmark_day:
        people = people.filter(day.isnull() | (day > landmark_day))
    end = ibis.coalesce(day, people.follow_days)
    ended = people.died.ifelse(COMPETING, CENSORED)
    return _times(people, end, day.isnull().ifelse(ended, EVENT), landmark_day, by or {})


def followed(people: ir.Table, landmark_day: int, until: int) -> ir.Table:
    """Days from the anchor to death or the last contact, whatever irAE there were.

    Only sites that deliver adverse events count. Days after ``until`` count as the day after it.
    The columns are those of ``survival_times``, but nothing is taken apart by country.
    """
    people = people.filter(people.follow_days.notnull(), people.irae_known)
    return _capped(_ends(people, landmark_day), until)


def event_shifts(people: ir.Table, events: ir.Table, landmark_day: int, until: int) -> ir.Table:
    """What irAEs change in ``followed``: with both come the counts of ``event_times`` by ``kind``.

    Who has the event leaves on its day (counted as it is) and not at the end of follow-up (counted
    below zero). Few have one, so that many kinds can be counted against one ``followed``. An event
    before the landmark, or before entry, leaves nothing to count from then on; one after ``until``
    changes nothing up to it.

    Args:
        people: rows of ``COHORT`` with the side columns.
        events: rows of ``COHORT_EVENT``.
        landmark_day: the landmark.
        until: as for ``followed``.
    """
    people = people.filter(people.follow_days.notnull(), people.irae_known)
    rows = _ends(people, landmark_day).select(*COHORTS, "number", "time", "cause", "entry")
    rows = rows.join(events.filter(events.day - landmark_day <= until), "number")
    first = ibis.greatest(rows.entry, 0 if landmark_day else FROM_START)
    came = rows.filter(rows.day - landmark_day > first)
    came = came.mutate(time=came.day - landmark_day, cause=ibis.literal(EVENT))
    gone = _capped(rows, until, "kind")
    return ibis.union(_capped(came, until, "kind"), gone.mutate(n=-gone.n))


def _ends(people: ir.Table, landmark_day: int) -> ir.Table:
    """Rows with time, cause and entry of the end of follow-up; who is never at risk is left out."""
    rows = people.mutate(
        time=people.follow_days - landmark_day,
        cause=people.died.ifelse(COMPETING, CENSORED),
        entry=_entry(people, landmark_day),
    )
    return rows.filter(rows.time > rows.entry)


def _capped(rows: ir.Table, until: int, *by: str) -> ir.Table:
    rows = rows.select(*COHORTS, *by, "cause", "entry", time=ibis.least(rows.time, until + 1))
    return rows.group_by(*COHORTS, *by, "time", "cause", "entry").agg(n=rows.count())


def _entry(people: ir.Table, landmark_day: int) -> ir.IntegerValue:
    """Who comes under observation after the anchor is at risk from the day after only."""
    later = people.entry_day > landmark_day
    return later.ifelse(people.entry_day - landmark_day, FROM_START)


def overlap_weight(
    people: ir.Table,
    in_a: ir.BooleanValue,
    intercept: float,
    effects: Mapping[str, Mapping[int, float]],
) -> ir.FloatingValue:
    """Weight of a row: the probability of the other cohort under a propensity model.

    Args:
        people: rows of one cohort each.
        in_a: whether that is cohort A.
        intercept: log-odds of cohort A where every code has no effect.
        effects: log-odds by code of each covariate, -1 where it is not recorded.
    """
    terms = [
        people[VARIABLES[name].column].fill_null(-1).cases(*told.items(), else_=_double(0.0))
        for name, by_code in effects.items()
        if (told := {code: _double(effect) for code, effect in by_code.items() if effect})
    ]
    log_odds = reduce(add, terms, _double(intercept))
    # The probability of B for who is in A, of A for who is in B.
    sign = in_a.ifelse(_double(1.0), _double(-1.0))
    return 1 / (1 + (sign * log_odds).exp())


def _double(value: float) -> ir.FloatingScalar:
    """A number that engines take for a double.

    They read a bare 0.25 as a decimal, which is slow to add and may run out of digits.
    """
    return ibis.literal(repr(value)).cast("float64")


def weighted_times(people: ir.Table, landmark_day: int) -> ir.Table:
    """Days to death and to any irAE with the sums of ``weight`` and of its ``square``.

    Returns:
        The columns of ``survival_times`` and ``outcome``, ``DEATH`` or ``ANY``.
    """
    weight = {WEIGHT: people[WEIGHT]}
    deaths = survival_times(people, DEATH, landmark_day, weight)
    events = event_times(people, ANY, 1, landmark_day, weight)
    return ibis.union(
        deaths.mutate(outcome=ibis.literal(DEATH)), events.mutate(outcome=ibis.literal(ANY))
    )


def _times(
    people: ir.Table,
    end: ir.IntegerValue,
    cause: ir.IntegerValue,
    landmark_day: int,
    by: Mapping[str, ir.Value],
) -> ir.Table:
    keys = {
        "time": end - landmark_day,
        "cause": cause,
        "entry": _entry(people, landmark_day),
    }
    weighted = {name: by[name] for name in by if name == WEIGHT}
    groups = {name: value for name, value in by.items() if name != WEIGHT}
    rows = people.select(*SIDES, **groups, **keys, **weighted)
    rows = rows.filter(rows.time > rows.entry)
    sums = {}
    if weighted:
        weight = rows[WEIGHT]
        sums = {WEIGHT: weight.sum(), "square": (weight * weight).sum()}
    return rows.group_by(*SIDES, *groups, *keys).agg(n=rows.count(), **sums)


def visits(
    people: ir.Table, scale: str, worse_by: float | None, higher_is_better: bool
) -> ir.Table:
    """Scores at the scheduled forms: one row per side, columns ``statistic:day``.

    ``answered``, ``died`` and ``gone`` are patients; ``total`` and ``squares`` are sums over the
    scores; ``both`` are those with a score here and at the start, ``worse`` those of them who are
    worse by at least ``worse_by`` points (none are told where it is None).
    """
    start = people[visit_column(scale, VISITS[0])]
    sign = -1 if higher_is_better else 1
    # Without the noise of binary fractions: 66.7 - 56.7 are 10 points.
    least = None if worse_by is None else worse_by - NOISE
    counted: dict[str, ir.Value] = {}
    for day in VISITS:
        value = people[visit_column(scale, day)]
        change = value - start
        answered = value.notnull()
        counted |= {
            f"answered:{day}": value.count(),
            f"died:{day}": (~answered & people.died & (people.follow_days <= day)).sum(),
            f"gone:{day}": (~answered & ~people.died & (people.follow_days < day)).sum(),
            f"total:{day}": value.sum(),
            f"squares:{day}": (value * value).sum(),
            f"both:{day}": change.count(),
        }
        if least is not None:
            counted[f"worse:{day}"] = (sign * change >= least).sum()
    return people.group_by(*SIDES).agg(n=people.count(), **counted)


def risk_bin(people: ir.Table, outcome: str, landmark_day: int) -> ir.IntegerValue:
    """Bin of the predicted risk from the landmark; NULL where nothing was predicted."""
    risk = people[risk_column(outcome, landmark_day)]
    return reduce(add, ((risk >= edge).cast("int32") for edge in RISK_EDGES))


def risks(people: ir.Table, outcome: str, landmark_day: int) -> ir.Table:
    """Patients and the sum of their predicted risks by bin: sides, bin, n, total."""
    risk = people[risk_column(outcome, landmark_day)]
    rows = people.select(*SIDES, bin=risk_bin(people, outcome, landmark_day), risk=risk)
    return rows.group_by(*SIDES, "bin").agg(n=rows.count(), total=rows.risk.sum())


def cells(people: ir.Table, covariates: Sequence[str]) -> ir.Table:
    """Patients by all covariates together: sides, the codes (-1: not recorded), n."""
    rows = people.select(
        *SIDES, **{name: people[VARIABLES[name].column].fill_null(-1) for name in covariates}
    )
    return rows.group_by(*rows.columns).agg(n=rows.count())
