"""``flask cohort``: two cohorts compared, through the same gate as the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from data_access.errors import CohortRefused
from data_access.services import services
from server.commands.group import CommandGroup

if TYPE_CHECKING:
    from data_access.cohorts import CohortRecords
    from models.cohort.definition import Cohort
    from models.cohort.results import Characteristic, Curve, Share

group = CommandGroup("cohort", help="Cohorts compared, under disclosure control.")

NOTE = (
    "Counts are rounded to 5; nothing stands for fewer than 10 patients. Differences are"
    " associations."
)


@group.command()
@click.option("--a", "expression_a", required=True, help="For example 'drug_class=PD1;age=50-70'.")
@click.option("--b", "expression_b", required=True, help="As --a; '' is everybody.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def compare(expression_a: str, expression_b: str, as_json: bool) -> None:
    """Characteristics, survival, irAE and quality of life of two cohorts.

    A definition is conditions separated by ;, each variable=level or variable!=level, levels
    separated by commas. `landmark=84` follows both from day 84 after the first dose.
    """
    from data_access.cohorts import CohortRecords
    from data_access.record.viewer import host_operator

    a, b = _parsed("--a", expression_a), _parsed("--b", expression_b)
    parts = services()
    records = CohortRecords(host_operator(), parts, parts.cohort_engine.current())
    answer = _answer(records, a, b)
    click.echo(json.dumps(answer, indent=1) if as_json else _as_text(answer))


def _parsed(option: str, expression: str) -> Cohort:
    from models.cohort.definition import Unusable, parse_cohort

    try:
        return parse_cohort(expression)
    except Unusable as refusal:
        raise CohortRefused(f"{option}: {refusal}") from None


def _answer(records: CohortRecords, a: Cohort, b: Cohort) -> dict[str, Any]:
    from models.cohort.people import ANY, ORGANS, SCALES

    sides = records.sides(a, b)
    date = sides.data_date
    incidences = [("any", ANY, 1), ("severe", ANY, 3), *((organ, organ, 1) for organ in ORGANS)]
    return {
        "snapshot": sides.snapshot,
        "data_date": date.isoformat() if date else None,
        "note": NOTE,
        "anchor": sides.anchor,
        "cohorts": {
            name: {"n": side.n, "definition": side.definition, "expression": side.expression}
            for name, side in (("a", sides.a), ("b", sides.b))
        },
        "characteristics": [_characteristic(row) for row in records.characteristics(a, b)],
        "survival": _pair(records.survival(a, b, "death").curves),
        "incidence": [
            {"outcome": name} | _pair(records.incidence(a, b, outcome, grade).curves)
            for name, outcome, grade in incidences
        ],
        "qol": [{"scale": scale} | _pair(records.quality(a, b, scale).curves) for scale in SCALES],
    }


def _characteristic(row: Characteristic) -> dict[str, Any]:
    return {
        "variable": row.variable,
        "level": row.level,
        "a": _count(row.a),
        "b": _count(row.b),
        "a_percent": _percent(row.a),
        "b_percent": _percent(row.b),
        "smd": row.smd,
    }


def _count(share: Share | None) -> int | None:
    return None if share is None else share.n


def _percent(share: Share | None) -> float | None:
    return None if share is None else round(share.percent, 1)


def _pair(curves: Sequence[Curve]) -> dict[str, Any]:
    return {
        name: [
            {
                "time_days": point.time_days,
                "estimate": point.estimate,
                "lower": point.lower,
                "upper": point.upper,
                "at_risk": point.at_risk,
            }
            for point in curve.points
        ]
        for name, curve in zip(("a", "b"), curves, strict=True)
    }


def _as_text(answer: dict[str, Any]) -> str:
    lines = [f"Data to {answer['data_date']}, time counts {answer['anchor']}. {answer['note']}"]
    for name, cohort in answer["cohorts"].items():
        lines.append(f"{name.upper()}: {cohort['definition']}, n about {cohort['n']}")
    lines.append(f"{'after one year':<32}{'A':>14}{'B':>14}")
    lines.append(_at_a_year("alive", answer["survival"]))
    lines += [_at_a_year(f"irAE, {one['outcome']}", one) for one in answer["incidence"]]
    lines.append(f"{'at the first dose':<52}{'A %':>8}{'B %':>8}{'SMD':>7}")
    for row in answer["characteristics"]:
        cells = (row["a_percent"], row["b_percent"], row["smd"])
        label = f"{row['variable']}: {row['level']}"[:51]
        lines.append(
            f"{label:<52}" + "".join(_cell(c, w) for c, w in zip(cells, (8, 8, 7), strict=True))
        )
    return "\n".join(lines)


def _cell(value: float | None, width: int) -> str:
    return f"{'-' if value is None else f'{value:g}':>{width}}"


def _at_a_year(label: str, curves: dict[str, Any]) -> str:
    cells = []
    for name in ("a", "b"):
        found = [point for point in curves[name] if point["time_days"] == 365]
        cells.append(f"{100 * found[0]['estimate']:.1f} %" if found else "not shown")
    return f"{label:<32}{cells[0]:>14}{cells[1]:>14}"
