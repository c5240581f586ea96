"""Counting the members of cohorts: panels compiled once, members filled in for each question.

An expression with a hundred counts takes Ibis longer to compile than the engine to answer, and it
is the same for all cohorts: only who the members are differs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from data_access.warehouse.layout import Snapshot
from data_access.warehouse.reader import OpenSnapshot
from models.cohort.counts import SIDES, WEIGHT
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
    {**COHORT.schema, **dict.fromkeys(SIDES, "boolean"), WEIGHT: "float64"}, name="members"
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
                self._sql = backend.compile(self.over(MEMBERS))
        return self._sql


def ask_members(data: Answers, question: Question, members: ir.Table) -> pd.DataFrame:
    """The answer for these members, as ``OpenSnapshot.run`` would give it.

    Args:
        data: the snapshot that answers.
        question: what is counted.
        members: from ``models.cohort.membership.compared``.
    """
    if not isinstance(data, OpenSnapshot):
        return data.run(question.over(members))
    return data.run_sql(
        lambda backend: (
            f"WITH members AS ({_compiled(backend, members)})"  # noqa: S608  (made by Ibis)
            f" SELECT * FROM ({question.sql(backend)})"
        )
    )


_COMPILED: OrderedDict[ops.Node, str] = OrderedDict()
_MOST_COMPILED = 64
_COMPILING = threading.Lock()


def _compiled(backend: Backend, members: ir.Table) -> str:
    """SQL of the members; every panel of a comparison asks for the same ones."""
    key = members.op()
    with _COMPILING:
        if key not in _COMPILED:
            # Ibis takes as long for each column as the engine for all: a star stands for those
            # of the table.
            added = members.select(*(name for name in members.columns if name not in COHORT.names))
            tree = backend.compiler.to_sqlglot(added).select("*")
            _COMPILED[key] = tree.sql(backend.dialect)
            while len(_COMPILED) > _MOST_COMPILED:
                _COMPILED.popitem(last=False)
        return _COMPILED[key]
