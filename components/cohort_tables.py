"""The values of a comparison as tables for files: one row per number, shares from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.cohort.results import (
    Adjusted,
    Characteristic,
    Difference,
    Facet,
    HeatCell,
    Incidence,
    Pair,
    Point,
    PredictedRisk,
    Quality,
    Side,
    Survival,
    Test,
)

Cell = str | int | float | None

_POINT = ("time_days", "estimate", "lower", "upper", "at_risk")
_GAP = ("time_days", "estimate", "lower", "upper")


@dataclass(frozen=True)
class ExportTable:
    """One file: its name without ending, headings, rows; None is an empty cell (held back)."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def attrition_table(a: Side, b: Side) -> ExportTable:
    """How each cohort came about."""
    rows = tuple(
        (name, place, step.words, step.n)
        for name, side in (("A", a), ("B", b))
        for place, step in enumerate(side.attrition, 1)
    )
    return ExportTable("attrition", ("cohort", "step", "condition", "n"), rows)


def characteristics_table(found: Sequence[Characteristic]) -> ExportTable:
    """Table one."""
    columns = ("variable", "label", "level", "n_a", "percent_a", "n_b", "percent_b", "smd")
    rows = tuple(
        (
            one.variable,
            one.label,
            one.level,
            *((one.a.n, one.a.percent) if one.a else (None, None)),
            *((one.b.n, one.b.percent) if one.b else (None, None)),
            one.smd,
        )
        for one in found
    )
    return ExportTable("characteristics", columns, rows)


def survival_tables(found: Survival) -> list[ExportTable]:
    """Curves of one outcome, and what sums them up."""
    name = f"survival_{found.outcome}"
    rows = [*_tests(found.test)]
    if found.restricted_mean is not None:
        day = found.restricted_to_days
        rows += [
            (f"restricted mean {side}, days", day, value, None, None)
            for side, value in zip("AB", found.restricted_mean, strict=True)
        ]
    if found.difference is not None:
        rows += _gaps("restricted mean A - B, days", [found.difference])
    return [_curves(name, [((), found.curves)]), _summary(name, rows)]


def incidence_tables(found: Incidence) -> list[ExportTable]:
    """Curves of one organ and grade, differences and test."""
    name = f"incidence_{found.outcome}_grade{found.grade}"
    rows = [*_tests(found.test), *_gaps("A - B", found.differences)]
    return [_curves(name, [((), found.curves)]), _summary(name, rows)]


def heat_table(found: Sequence[HeatCell]) -> ExportTable:
    """Organs by grade at one year."""
    rows = tuple((one.organ, one.grade, one.a, one.b) for one in found)
    return ExportTable("incidence_one_year", ("organ", "grade_at_least", "a", "b"), rows)


def quality_tables(found: Quality) -> list[ExportTable]:
    """Means of one scale, who answered, differences."""
    name = f"quality_{found.scale}"
    visits = tuple(
        (side, one.day, one.answered, one.missed, one.gone, one.died, one.worse)
        for side, own in zip("AB", found.visits, strict=True)
        for one in own
    )
    columns = ("cohort", "day", "answered", "missed", "gone", "died", "worse")
    return [
        _curves(name, [((), found.curves)]),
        ExportTable(f"{name}_forms", columns, visits),
        _summary(name, _gaps("A - B", found.differences)),
    ]


def risk_table(found: PredictedRisk) -> ExportTable:
    """Bins of predicted risk, then the cohorts as a whole (from 0 to 1)."""
    columns = (
        *("lower", "upper", "share_a", "share_b", "predicted_a", "predicted_b"),
        *(f"observed_{side}{end}" for side in "ab" for end in ("", "_lower", "_upper")),
    )
    bins = tuple(
        (one.lower, one.upper, *one.share, *one.predicted, *_observed(one.observed))
        for one in found.bins
    )
    whole = (0.0, 1.0, *found.scored, *found.predicted, *_observed(found.observed))
    return ExportTable(f"predicted_risk_{found.outcome}", columns, (*bins, whole))


def _observed(both: tuple[Point | None, Point | None]) -> tuple[Cell, ...]:
    return tuple(
        None if point is None else getattr(point, field)
        for point in both
        for field in ("estimate", "lower", "upper")
    )


def adjusted_tables(found: Adjusted) -> list[ExportTable]:
    """Balance, weighted curves and their differences; none where there is no adjusted view."""
    if found.note:
        return []
    balance = tuple((one.label, one.level, one.before, one.after) for one in found.balance)
    rows = [row for name, gaps in found.differences.items() for row in _gaps(f"{name} A - B", gaps)]
    if found.effective is not None:
        rows += [
            (f"effective sample size {side}", None, n, None, None)
            for side, n in zip("AB", found.effective, strict=True)
        ]
    curves = [(("incidence",), found.incidence), (("survival",), found.survival)]
    return [
        ExportTable("adjusted_balance", ("label", "level", "smd_before", "smd_after"), balance),
        _curves("adjusted", curves, ("curve",)),
        _summary("adjusted", rows),
    ]


def countries_table(found: Sequence[Facet]) -> ExportTable:
    """N of both cohorts by country."""
    counts = tuple((one.country, *one.n) for one in found)
    return ExportTable("countries", ("country", "n_a", "n_b"), counts)


def country_tables(found: Mapping[str, Sequence[ExportTable]]) -> list[ExportTable]:
    """The same tables of several countries as one each, the country in front."""
    made: dict[str, ExportTable] = {}
    for country, tables in found.items():
        for one in tables:
            name = f"by_country_{one.name}"
            before = made[name].rows if name in made else ()
            rows = tuple((country, *row) for row in one.rows)
            made[name] = ExportTable(name, ("country", *one.columns), (*before, *rows))
    return list(made.values())


def _curves(
    name: str, pairs: Iterable[tuple[tuple[str, ...], Pair]], heads: tuple[str, ...] = ()
) -> ExportTable:
    rows = tuple(
        (*prefix, side, *(getattr(point, field) for field in _POINT))
        for prefix, pair in pairs
        for side, curve in zip("AB", pair, strict=True)
        for point in curve.points
    )
    return ExportTable(f"{name}_curves", (*heads, "cohort", *_POINT), rows)


def _summary(name: str, rows: Iterable[tuple[Cell, ...]]) -> ExportTable:
    return ExportTable(f"{name}_summary", ("what", *_GAP), tuple(rows))


def _gaps(what: str, found: Iterable[Difference]) -> list[tuple[Cell, ...]]:
    return [(what, *(getattr(one, field) for field in _GAP)) for one in found]


def _tests(test: Test | None) -> list[tuple[Cell, ...]]:
    return [] if test is None else [(f"{test.name} p", None, test.p, None, None)]
