"""Where each patient's rows lie in the large tables, so that one patient is found without a scan.

Rows are written patient by patient but in no order of pseudonyms, so the statistics that the
engine keeps per block of rows cannot tell in which block a patient is; row numbers can.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from models.columns import Table, table, text, whole
from models.schema import IMPORTED, unbound

PLACED: tuple[str, ...] = tuple(name for name in IMPORTED if name != "patient")
"""Tables whose rows are looked up by place."""

PLACE: Table = table(
    "place",
    "derived",
    "first and last row number of a patient in each table",
    text("patient_id", "pseudonym of the patient", required=True),
    text("name", "table", required=True, allowed=PLACED),
    whole("first_row", "row number of the first row", required=True),
    whole("last_row", "row number of the last row", required=True),
    key=("patient_id", "name"),
    derived=True,
)


def places() -> ir.Table:
    """The columns of ``PLACE``, in the order of pseudonyms."""
    found = (_places(name) for name in PLACED)
    return ibis.union(*found).order_by("patient_id")


def _places(name: str) -> ir.Table:
    rows = unbound(name).mutate(number=lambda table: table.rowid().cast("int32"))
    return rows.group_by("patient_id").agg(
        name=ibis.literal(name), first_row=rows.number.min(), last_row=rows.number.max()
    )
