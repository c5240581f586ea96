"""What a row must be like, as Ibis expressions over text: derived from the schema.

Reasons name the column and the rule, never the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from models.biomarkers import MARKERS
from models.columns import Column, Table
from models.laboratory import LABS
from models.risk.codes import ACTIVITY, SMOKING

EARLIEST = date(1900, 1, 1)
AHEAD = timedelta(days=366)
"""How far after the day of import a date may lie: plans, and sites that shift dates."""

AFTER_DEATH_DAYS = 30
"""Rows may be dated this long after death: results and letters arrive late."""

Rule = tuple[ir.BooleanValue, str]
"""A condition that makes a row bad (NULL is good), and the reason in words."""

_WHOLE = r"\A[+-]?\d{1,9}(\.0*)?\z"
_NUMBER = r"\A[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\z"
_ISO_DATE = r"\A\d{4}-\d{2}-\d{2}\z"
_CONTROL = r"\p{Cc}"
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


def checked_cells(raw: ir.Table, table: Table, given: Sequence[str], today: date) -> ir.Table:
    """Every row of a file with typed values and, when it is bad, the reason.

    Args:
        raw: ``file_line``, ``malformed`` and the columns of the file, all text.
        table: the table they belong to.
        given: the columns that the file has; the others are missing in every row.
        today: the day of the import.

    Returns:
        file_line, the columns of the table, ``converted`` (the unit was changed to the canonical
        one), ``reason`` (NULL for a good row).
    """
    cells = {name: raw[name].strip().nullif("") for name in given}
    absent = ibis.null("string")
    rows = raw.select(
        "file_line",
        "malformed",
        **{f"{name}_text": cells.get(name, absent) for name in table.names},
        **{c.name: _typed(c, cells.get(c.name, absent)) for c in table.columns},
    )
    reasons = [_cell_reason(column, rows, today) for column in table.columns]
    rows = rows.mutate(reason=_joined([rows.malformed, *reasons]))
    rows = _canonical(rows) if table.name == "lab" else rows.mutate(converted=ibis.literal(False))
    rules = _ROW_RULES.get(table.name, _no_rules)(rows)
    more = [condition.ifelse(reason, absent) for condition, reason in rules]
    reason = ibis.coalesce(rows.reason, _joined(more)) if more else rows.reason
    return rows.mutate(reason=reason).select("file_line", *table.names, "converted", "reason")


def _joined(reasons: Sequence[ir.StringValue]) -> ir.StringValue:
    """All reasons in one text, NULL when there is none."""
    return ibis.literal("; ").join(reasons).nullif("")


def _typed(column: Column, cell: ir.StringValue) -> ir.Value:
    """The value in the type of its column; NULL when it cannot be read as that."""
    match column.kind:
        case "int32":
            return _only(cell, _WHOLE).try_cast("float64").cast("int32")
        case "float64":
            return _only(cell, _NUMBER).try_cast("float64")
        case "date":
            return _only(cell, _ISO_DATE).try_cast("date")
        case "boolean":
            word = cell.lower()
            return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False))
        case _:
            return cell


def _only(cell: ir.StringValue, pattern: str) -> ir.StringValue:
    return cell.re_search(pattern).ifelse(cell, ibis.null("string"))


def _cell_reason(column: Column, rows: ir.Table, today: date) -> ir.StringValue:
    cell, value = rows[f"{column.name}_text"], rows[column.name]
    bad = [cell.notnull() & value.isnull(), *_limits(column, value, today)]
    if column.allowed:
        bad.append(value.cast("string").notin(column.allowed))
    if column.pattern:
        bad.append(~value.re_search(rf"\A(?:{_for_engine(column.pattern)})\z"))
    branches = [(condition, f"{column.name}: {requirement(column)}") for condition in bad]
    if column.required:
        branches.insert(0, (cell.isnull(), f"{column.name}: missing"))
    return ibis.cases(*branches)


def _for_engine(pattern: str) -> str:
    """The pattern with letters of all scripts, where DuckDB's engine knows only ASCII ones."""
    return pattern.replace(r"\w", r"\p{L}\p{N}_")


def _limits(column: Column, value: ir.Value, today: date) -> Iterator[ir.BooleanValue]:
    if column.kind == "date":
        yield (value < EARLIEST) | (value > today + AHEAD)
    if column.kind == "float64":
        yield value.isinf()
    if column.kind == "string":
        yield value.re_search(_CONTROL)
    if column.minimum is not None:
        yield value < column.minimum
    if column.maximum is not None:
        yield value > column.maximum


def requirement(column: Column) -> str:
    """What a value of this column is not, when it is bad."""
    if column.allowed:
        return f"not one of {', '.join(column.allowed)}"
    words = {
        "int32": "not a whole number",
        "float64": "not a number",
        "date": "not a date (YYYY-MM-DD) from 1900 to next year",
        "boolean": "not true or false",
    }.get(column.kind, f"not a valid value ({column.meaning})")
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{words} from {low:g} to {high:g}"
    return words if low is None else f"{words} of at least {low:g}"


def _canonical(rows: ir.Table) -> ir.Table:
    """Laboratory rows in canonical units; unknown tests and units get their reason here."""
    factors = {
        f"{test.loinc} {unit}": factor
        for test in LABS.values()
        for unit, factor in {test.unit: 1.0, **test.factors}.items()
    }
    canonical = rows.loinc.cases(*((loinc, test.unit) for loinc, test in LABS.items()))
    factor = (rows.loinc + " " + rows.unit).cases(*factors.items())
    unknown = _joined(
        [
            ibis.cases((rows.loinc.notin(tuple(LABS)), "loinc: not a known test")),
            ibis.cases((canonical.notnull() & factor.isnull(), "unit: not known for this test")),
        ]
    )
    return rows.mutate(
        value=rows.value * factor,
        unit=canonical,
        converted=(rows.unit != canonical) & factor.notnull(),
        reason=ibis.coalesce(rows.reason, unknown),
    )


def _no_rules(_rows: ir.Table) -> list[Rule]:
    return []


def _patient(rows: ir.Table) -> list[Rule]:
    late = rows.end_date > rows.death_date + ibis.interval(days=AFTER_DEATH_DAYS)
    return [
        (rows.death_date < rows.index_date, "death_date: before index_date"),
        (rows.end_date < rows.index_date, "end_date: before index_date"),
        (late, f"end_date: more than {AFTER_DEATH_DAYS} days after death_date"),
        (rows.birth_year > rows.index_date.year(), "birth_year: after index_date"),
    ]


def _ends_after(start: str) -> Callable[[ir.Table], list[Rule]]:
    return lambda rows: [(rows.end_date < rows[start], f"end_date: before {start}")]


def _lab(rows: ir.Table) -> list[Rule]:
    low = rows.loinc.cases(*((loinc, test.plausible[0]) for loinc, test in LABS.items()))
    high = rows.loinc.cases(*((loinc, test.plausible[1]) for loinc, test in LABS.items()))
    return [(~rows.value.between(low, high), "value: not plausible for this test and unit")]


def _biomarker(rows: ir.Table) -> list[Rule]:
    rules = []
    for name, marker in MARKERS.items():
        bad = ~rows.value.between(*marker.plausible)
        kind = "whole number" if marker.whole else "number"
        if marker.whole:
            bad |= rows.value != rows.value.floor()
        reason = f"value: {name} is not a {kind} from {marker.limits}"
        rules.append(((rows["name"] == name) & bad, reason))
    return rules


def _lifestyle(rows: ir.Table) -> list[Rule]:
    word, factor = rows.value.lower(), rows.factor
    bmi = rows.value.try_cast("float64")
    smoking, activity = ", ".join(SMOKING), ", ".join(ACTIVITY)
    return [
        (
            (factor == "bmi") & ~ibis.coalesce(bmi.between(8, 100), False),
            "value: not a body mass index",
        ),
        ((factor == "smoking") & word.notin(tuple(SMOKING)), f"value: not one of {smoking}"),
        ((factor == "activity") & word.notin(tuple(ACTIVITY)), f"value: not one of {activity}"),
    ]


_ROW_RULES: Mapping[str, Callable[[ir.Table], list[Rule]]] = MappingProxyType(
    {
        "patient": _patient,
        "treatment": _ends_after("start_date"),
        "medication": _ends_after("start_date"),
        "adverse_event": _ends_after("onset_date"),
        "lab": _lab,
        "biomarker": _biomarker,
        "lifestyle": _lifestyle,
    }
)
"""Rules that involve several columns of a row, by table."""


def event_day(table: Table) -> str:
    """Name of the column that dates a row: the first date of its table."""
    return next(column.name for column in table.columns if column.kind == "date")


def person_rules(rows: ir.Table, table: Table) -> list[Rule]:
    """Rules that involve the patient of a row.

    Args:
        rows: rows of ``table`` left-joined with ``person`` (whose ``known`` is NULL for nobody),
            ``born`` (year) and ``died``.
        table: the table they belong to.
    """
    day = event_day(table)
    latest = rows.died + ibis.interval(days=AFTER_DEATH_DAYS)
    return [
        (rows.known.isnull(), "patient_id: neither in patient.csv nor in the warehouse"),
        (rows[day].year() < rows.born, f"{day}: before birth"),
        (rows[day] > latest, f"{day}: more than {AFTER_DEATH_DAYS} days after death"),
    ]
