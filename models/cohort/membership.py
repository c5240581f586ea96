"""Who belongs to a cohort: definitions as conditions on the cohort table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from models.cohort.definition import NONE, Cohort, Condition
from models.cohort.people import ANY, COHORT, event_column
from models.cohort.variables import MISSING, quarter_code
from models.risk.outcomes import SEVERE

SEVERE_GRADE = 3
MEMBER = "member"
SPLIT = "split"
"""Country by which all counts are taken apart; empty where they are not."""

PLACES = ("country", "site")
"""Variables that say where somebody is treated, and so whose patient they are."""


def belongs(cohort: Cohort, people: ir.Table) -> ir.BooleanValue:
    """Whether a row belongs to a cohort; never NULL.

    A condition with ``!=`` keeps those for whom the variable is not recorded, unless it names
    ``missing``. From a landmark on only those belong who were alive and followed on that day.

    Args:
        cohort: the definition.
        people: rows of ``COHORT``.
    """
    return _meets(cohort, people).fill_null(False)


def marks(
    a: Cohort, b: Cohort, scopes: Sequence[str], *, by_country: bool = False
) -> dict[str, ir.Value]:
    """Columns of ``COHORT.unbound`` that say of each row where it belongs.

    Args:
        a: the first cohort.
        b: the second one, of the same landmark.
        scopes: of the viewer, whose own patients are marked.
        by_country: whether groups are taken apart by country.

    Returns:
        ``in_a``, ``in_b``, ``own`` and ``split``, and ``member`` of either cohort, which may be
        NULL for no.
    """
    people = COHORT.unbound
    return {
        "in_a": belongs(a, people),
        "in_b": belongs(b, people),
        "own": own(people, scopes),
        SPLIT: people.country if by_country else ibis.literal(""),
        # What is NULL is left out as well, and engines pass only plain conditions on to the scan.
        MEMBER: _meets(a, people) | _meets(b, people),
    }


def compared(columns: Mapping[str, ir.Value]) -> ir.Table:
    """Rows of everybody in either cohort with the columns of ``marks``."""
    rows = COHORT.unbound.mutate(**columns)
    return rows.filter(rows[MEMBER])


def own(people: ir.Table, scopes: Sequence[str]) -> ir.BooleanValue:
    """Whether a row is one of the viewer's own patients, whom they may look at one by one."""
    patients = [scope.removeprefix("patient:") for scope in scopes if scope.startswith("patient:")]
    places = [scope for scope in scopes if not scope.startswith("patient:")]
    tests = []
    if countries := [place for place in places if "/" not in place]:
        tests.append(people.country.isin(countries))
    if sites := [place for place in places if "/" in place]:
        tests.append(people.site.isin(sites))
    if patients:
        tests.append(people.patient_id.isin(patients))
    return reduce(or_, tests) if tests else ibis.literal(False)


def own_only(cohort: Cohort, scopes: Sequence[str]) -> bool:
    """Whether the definition itself admits only patients whom the viewer may look at one by one."""
    return any(
        not condition.negated and all(_is_own(word, scopes) for word in condition.words)
        for condition in cohort.conditions
        if condition.variable.name in PLACES
    )


def without_own_places(cohort: Cohort, scopes: Sequence[str]) -> Cohort:
    """The cohort without conditions that leave out only the viewer's own patients."""
    kept = tuple(
        condition
        for condition in cohort.conditions
        if not (
            condition.variable.name in PLACES
            and condition.negated
            and all(_is_own(word, scopes) for word in condition.words)
        )
    )
    return Cohort(kept, cohort.landmark_day)


def _is_own(place: str, scopes: Sequence[str]) -> bool:
    return place in scopes or place.partition("/")[0] in scopes


def _meets(cohort: Cohort, people: ir.Table) -> ir.BooleanValue:
    """As ``belongs``, or NULL instead of no."""
    conditions = [_holds(condition, people, cohort.landmark_day) for condition in cohort.conditions]
    if cohort.landmark_day:
        conditions.append(people.follow_days > cohort.landmark_day)
    return reduce(and_, conditions) if conditions else ibis.literal(True)


def _holds(condition: Condition, people: ir.Table, landmark_day: int) -> ir.BooleanValue:
    tests = [_level(condition, word, people, landmark_day) for word in condition.words]
    coded = _codes(condition)
    if coded:
        tests = [people[condition.variable.column].isin(coded), *tests[len(coded) :]]
    found = reduce(or_, tests)
    return ~found.fill_null(False) if condition.negated else found


def _codes(condition: Condition) -> list[int]:
    """Codes of the levels that come first, of variables that hold one code each."""
    if condition.variable.kind == "quarter":
        return [_quarter(word) for word in condition.words if word != MISSING]
    if condition.variable.kind != "coded" or condition.variable.after_start:
        return []
    levels = [condition.variable.level(word) for word in condition.words if word != MISSING]
    return [level.code for level in levels if level]


def _quarter(word: str) -> int:
    return quarter_code(int(word[:4]), int(word[5]))


def _level(condition: Condition, word: str, people: ir.Table, landmark_day: int) -> ir.BooleanValue:
    variable = condition.variable
    if variable.after_start:
        return _happened(variable.name, word, people, landmark_day)
    column = people[variable.column]
    if word == MISSING:
        return column.isnull()
    if variable.kind == "open":
        return column == word
    if variable.kind == "set":
        level = variable.level(word)
        return column == 0 if level is None else (column & level.code) > 0
    return ibis.literal(False)  # told together, see ``_codes``


def _happened(name: str, word: str, people: ir.Table, landmark_day: int) -> ir.BooleanValue:
    """What happened from the first dose to the landmark."""
    if name == "irae":
        return _irae(word, people, landmark_day)
    if name == "steroid_after":
        given = (people.steroid_after_day <= landmark_day).fill_null(False)
        # A site without medicines in the data is not told from one without steroids.
        return given if word == "yes" else ~given
    by_then = (people.response_day <= landmark_day).fill_null(False)
    if word == MISSING:
        return ~by_then
    return by_then & (people.response == (0 if word == "responder" else 1))


def _irae(word: str, people: ir.Table, landmark_day: int) -> ir.BooleanValue:
    if word == MISSING:
        return ~people.irae_known
    if word == NONE:
        return people.irae_known & ~_by(people, event_column(ANY, 1), landmark_day)
    outcome, grade = (ANY, SEVERE_GRADE) if word == SEVERE else (word, 1)
    return _by(people, event_column(outcome, grade), landmark_day)


def _by(people: ir.Table, column: str, day: int) -> ir.BooleanValue:
    return (people[column] <= day).fill_null(False)
