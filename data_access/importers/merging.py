"""Checked rows against each other, against the patients, and against the cohort so far.

Keys with missing parts are compared as they are: missing equals missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir

from data_access.importers.rules import person_rules
from models.columns import Table

NEW, UPDATED, UNCHANGED, COMPARED = "new", "updated", "unchanged", "compared"


def once(rows: ir.Table, table: Table) -> ir.Table:
    """Rows with what they are to an earlier line of the same key: the same again, or at odds.

    Args:
        rows: file_line, the columns of ``table``, ``reason``; bad rows are no earlier lines.
        table: its key identifies a row.

    Returns:
        The rows with ``repeated`` (the same as the first line of its key in every column) and a
        reason for those that differ from it.
    """
    good = rows.reason.isnull()
    first = rows.file_line.min().over(group_by=[good, *(rows[key] for key in table.key)])
    same = rows.file_line.min().over(group_by=[good, *(rows[name] for name in table.names)])
    again = good & (rows.file_line > first)
    at_odds = (again & (same > first)).ifelse(_at_odds(first, table), ibis.null("string"))
    return rows.mutate(repeated=again & (same == first), reason=ibis.coalesce(rows.reason, at_odds))


def _at_odds(first: ir.IntegerColumn, table: Table) -> ir.StringValue:
    """Why two rows of one key cannot both be true, and what to do."""
    key = ", ".join(table.key)
    if {"date", "value"} <= set(table.names):
        return (
            "several values on one day: keep one; line "
            + first.cast("string")
            + f" has the same {key}"
        )
    return "repeats line " + first.cast("string") + f" (same {key}) with other values: keep one"


def of_people(rows: ir.Table, people: ir.Table, table: Table) -> ir.Table:
    """Rows with a reason for those of unknown patients or at impossible times of their life.

    Args:
        rows: file_line, the columns of ``table``, ``reason``.
        people: patient_id, born (year), died (date).
        table: what the rows are of.
    """
    joined = rows.left_join(people.mutate(known=True), "patient_id")
    reason = ibis.coalesce(joined.reason, ibis.cases(*person_rules(joined, table)))
    return joined.mutate(reason=reason).select(*rows.columns)


def compared(rows: ir.Table, table: Table, old: ir.Table | None, given: Sequence[str]) -> ir.Table:
    """Good rows, each once, and their ``state`` in the cohort so far: new, updated or unchanged.

    Columns that the file does not have keep the values of the old row.
    """
    good = rows.filter(rows.reason.isnull() & ~rows.repeated).select(*table.names)
    if old is None:
        return good.mutate(state=ibis.literal(NEW))
    before = old.semi_join(good, "patient_id").group_by(*table.key)
    values = [name for name in table.names if name not in table.key]
    earlier = before.agg(
        known=ibis.literal(True), **{f"{name}_before": ibis._[name].arbitrary() for name in values}
    )
    both = good.left_join(earlier, [good[key].identical_to(earlier[key]) for key in table.key])
    if "consent" in values:
        # Who withdrew stays withdrawn: an old file that is imported again must not undo it.
        gone = ibis.coalesce(both.consent_before == "withdrawn", False)
        both = both.mutate(consent=gone.ifelse("withdrawn", both.consent))
    same = [both[name].identical_to(both[f"{name}_before"]) for name in values if name in given]
    unchanged = reduce(lambda one, other: one & other, same, ibis.literal(True))
    state = ibis.cases((both.known.isnull(), NEW), (unchanged, UNCHANGED), else_=UPDATED)
    kept = {name: both[f"{name}_before"] for name in values if name not in given}
    return both.mutate(state=state, **kept).select(*table.names, "state")


def merged(table: Table, old: ir.Table | None, accepted: ir.Table | None) -> ir.Table | None:
    """Rows of a table in the new snapshot, or None when there are none.

    Args:
        table: which.
        old: its rows in the cohort that is added to, or None when it is replaced.
        accepted: rows of its file with ``state``, or None when there is no file.
    """
    if accepted is None:
        return old
    fresh = accepted.filter(accepted.state.isin((NEW, UPDATED))).select(*table.names)
    if old is None:
        return fresh
    return old.anti_join(fresh, [old[key].identical_to(fresh[key]) for key in table.key]).union(
        fresh
    )
