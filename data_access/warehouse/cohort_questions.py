"""Counting the members of cohorts: panels compiled once, members filled in for each question.

An expression with a hundred counts takes Ibis longer to compile than the engine to answer, and it
is the same for all cohorts: only who the members are differs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pandas as pd
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend

from data_access.warehouse.layout import Snapshot
from data_access.warehouse.reader import OpenSnapshot
from models.cohort.counts import COHORTS, WEIGHT
from models.cohort.membership import MEMBER, SPLIT, compared
from models.cohort.people import COHORT


class Answers(Protocol):
    """A snapshot on whatever engine."""

    @property
    def snapshot(self) -> Snapshot:
        """What it is."""
        ...

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression over the cohort table."""
        ...


MEMBERS = ibis.table(
    {**COHORT.schema, **dict.fromkeys(COHORTS, "boolean"), SPLIT: "string", WEIGHT: "float64"},
    name="members",
)
"""Stands for the members of two cohorts, weighted or not, in a compiled question."""


class Question:
    """Grouped counts of members.

    Args:
        count: makes the expression from rows of ``COHORT`` with the side columns.
    """

    def __init__(self, count: Callable[[ir.Table], ir.Table]) -> None:
        self.over = count
        self._sql = ""
        self._lock = threading.Lock()

    def sql(self, backend: Backend) -> str:
        """SQL over a table called ``members``."""
        with self._lock:
            if not self._sql:
                tree = backend.compiler.to_sqlglot(self.over(MEMBERS))
                self._sql = tree.transform(_count_if).sql(backend.dialect)
        return self._sql


def _count_if(node: sge.Expression) -> sge.Expression:
    """A condition counted instead of its ones and noughts summed: a third less for the engine."""
    if isinstance(node, sge.Sum) and isinstance(node.this, sge.Cast):
        condition = node.this.this
        if isinstance(condition, sge.Predicate | sge.Connector | sge.Not):
            return sge.CountIf(this=condition)
    return node


class Members:
    """Whom a question is about, compiled once for all of them.

    Args:
        columns: from ``models.cohort.membership.marks``, a weight beside them where that counts.
    """

    def __init__(self, columns: Mapping[str, ir.Value]) -> None:
        self.columns = columns
        self._sql = ""
        self._lock = threading.Lock()

    @property
    def rows(self) -> ir.Table:
        """Their rows of ``COHORT`` with the columns."""
        return compared(self.columns)

    def sql(self, backend: Backend) -> str:
        """SQL of ``rows``."""
        with self._lock:
            if not self._sql:
                # Ibis takes as long for each column as the engine for all, and longer where one
                # selection is made from another: a star stands for the columns of the table.
                added = COHORT.unbound.select(**self.columns)
                tree = backend.compiler.to_sqlglot(added).select("*")
                marked = tree.sql(backend.dialect)
                self._sql = f"SELECT * FROM ({marked}) WHERE {MEMBER}"  # noqa: S608  (made by Ibis)
        return self._sql


def ask_members(data: Answers, question: Question, members: Members) -> pd.DataFrame:
    """The answer for these members, as ``OpenSnapshot.run`` would give it."""
    if not isinstance(data, OpenSnapshot):
        return data.run(question.over(members.rows))
    return data.run_sql(
        lambda backend: (
            f"WITH members AS ({members.sql(backend)})"  # noqa: S608  (made by Ibis)
            f" SELECT * FROM ({question.sql(backend)})"
        )
    )
