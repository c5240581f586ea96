"""Answers and delivered scores against the questionnaires, and delivered scores against answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from data_access.importers.merging import COMPARED
from models.qol.instrument import Instrument

FORM = ("patient_id", "date", "instrument")

CODES: Mapping[str, str] = MappingProxyType({"answer": "item", "score": "scale"})
"""Tables of questionnaires, and the column that holds what is answered or scored."""

ADMITTED = ibis.schema(
    {
        "instrument": "string",
        "code": "string",
        "low": "float64",
        "high": "float64",
        "whole": "boolean",
        "tolerance": "float64",
        "admitted": "string",
    }
)


@dataclass(frozen=True)
class Comparison:
    """Delivered scores of one scale beside those of the answers.

    ``differing`` of the ``compared`` ones lie more than ``tolerance`` points off, or are scores
    that the rules do not allow.
    """

    instrument: str
    scale: str
    compared: int
    differing: int
    tolerance: float


def admitted_codes(instruments: Iterable[Instrument], table: str) -> pa.Table:
    """What each item (or scale) admits, one row per questionnaire and code."""
    rows = [
        row
        for instrument in instruments
        for row in (_items(instrument) if table == "answer" else _scales(instrument))
    ]
    return pa.Table.from_pylist(rows, schema=ADMITTED.to_pyarrow())


def _items(instrument: Instrument) -> list[dict[str, object]]:
    return [
        {
            "instrument": instrument.name,
            "code": item.code,
            "low": item.low,
            "high": item.high,
            "whole": item.whole,
            "admitted": f"{item.code} of {instrument.name} is not {item.admitted}",
        }
        for item in instrument.items
    ]


def _scales(instrument: Instrument) -> list[dict[str, object]]:
    return [
        {
            "instrument": instrument.name,
            "code": scale.code,
            "low": scale.low,
            "high": scale.high,
            "whole": False,
            "tolerance": scale.tolerance,
            "admitted": f"{scale.code} of {instrument.name} is not a number from {scale.low:g} to"
            f" {scale.high:g}",
        }
        for scale in instrument.scales
    ]


def of_questionnaires(rows: ir.Table, table: str, admitted: ir.Table) -> ir.Table:
    """Rows with a reason for unknown questionnaires and codes, and for values out of their range.

    The reason names the item or scale and its range, never the value.

    Args:
        rows: file_line, the columns of ``table``, ``reason``.
        table: answer or score.
        admitted: rows of ``admitted_codes``.
    """
    column = CODES[table]
    known = admitted.select(named="instrument").distinct()
    codes = admitted.rename(of="instrument")
    joined = rows.left_join(known, rows.instrument == known.named)
    joined = joined.left_join(codes, [rows.instrument == codes.of, rows[column] == codes.code])
    wrong = ~joined.value.between(joined.low, joined.high)
    wrong |= joined.whole & (joined.value != joined.value.floor())
    found = ibis.cases(
        (joined.named.isnull(), "instrument: not a questionnaire that is known here"),
        (joined.code.isnull(), f"{column}: not one of the {column}s of " + joined.instrument),
        (wrong, "value: " + joined.admitted),
    )
    reason = ibis.coalesce(joined.reason, found)
    return joined.mutate(reason=reason).select(*rows.columns)


def beside_answers(delivered: ir.Table, computed: ir.Table, admitted: ir.Table) -> ir.Table:
    """Delivered scores beside those computed from the answers of the same forms.

    Args:
        delivered: columns of the table score.
        computed: columns of the table score.
        admitted: rows of ``admitted_codes`` for scales.

    Returns:
        patient_id, date, instrument, scale, delivered, computed (NULL where the rules allow no
        score), ``tolerance``, ``differs``.
    """
    key = (*FORM, "scale")
    ours = computed.select(*key, computed="value")
    limits = admitted.select("instrument", "tolerance", scale="code")
    both = (
        delivered.select(*key, delivered="value")
        .left_join(ours, key)
        .select(*key, "delivered", "computed")
        .join(limits, ("instrument", "scale"))
    )
    far = (both.delivered - both.computed).abs() > both.tolerance + 1e-9
    return both.mutate(differs=both.computed.isnull() | far).select(
        *key, "delivered", "computed", "tolerance", "differs"
    )


def not_taken(accepted: ir.Table, answers: ir.Table | None) -> ir.Table:
    """Good scores with the state COMPARED where their form has answers: those are scored instead.

    Args:
        accepted: columns of the table score, and ``state``.
        answers: of the cohort to come, or None when there are none.
    """
    if answers is None:
        return accepted
    forms = answers.select(*FORM).distinct()
    answered = accepted.semi_join(forms, FORM).mutate(state=ibis.literal(COMPARED))
    return accepted.anti_join(forms, FORM).union(answered)


def counted(beside: ir.Table) -> ir.Table:
    """How many scores of each scale were compared and how many differ: fields of ``Comparison``."""
    counts = beside.group_by("instrument", "scale").agg(
        compared=beside.count(),
        differing=beside.patient_id.count(where=beside.differs),
        tolerance=beside.tolerance.max(),
    )
    return counts.order_by("instrument", "scale")
