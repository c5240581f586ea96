"""First irAE of each kind as rows: the few of a million patients who have one, found at once."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from models.cohort.people import EVENTS, event_column
from models.columns import Table, table, whole

KINDS: Mapping[int, tuple[str, int]] = dict(enumerate(EVENTS))
"""Outcome and least grade of each kind of event."""

COHORT_EVENT: Table = table(
    "cohort_event",
    "derived",
    "first irAE of each kind: the event columns of the cohort table, one row each",
    whole("number", "running number of the patient", required=True),
    whole("kind", "place in the list of outcomes and grades", required=True),
    whole("day", "days from the first dose", unit="d", required=True),
    key=("number", "kind"),
    derived=True,
)


def cohort_events(people: ir.Table) -> ir.Table:
    """The columns of ``COHORT_EVENT`` from rows of ``COHORT``."""
    kinds = []
    for kind, (outcome, grade) in KINDS.items():
        day = people[event_column(outcome, grade)]
        here = people.filter(day.notnull())
        kinds.append(
            here.select(
                "number",
                kind=ibis.literal(kind, "int32"),
                day=here[event_column(outcome, grade)],
            )
        )
    return ibis.union(*kinds)
