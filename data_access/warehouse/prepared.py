"""Questions asked often: an expression with parameters, compiled once.

Compiling takes several times as long as finding one patient's rows, and depends on no snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend


class Prepared:
    """An expression over the unbound tables of ``models.schema`` with named text parameters.

    Args:
        ask: makes the expression from one text value per name; casts it where it needs to.
        names: the parameters, passed by name when the question is asked.
    """

    def __init__(self, ask: Callable[..., ir.Table], *names: str) -> None:
        values = {name: ibis.param("string") for name in names}
        self._expression = ask(**values)
        self._marks = {value: f"${name}" for name, value in values.items()}
        self._sql = ""
        self._lock = threading.Lock()

    def sql(self, backend: Backend) -> str:
        """SQL with ``$name`` where a value goes; values never become part of it."""
        with self._lock:
            if not self._sql:
                sql = backend.compile(self._expression, params=self._marks)
                # Ibis writes a parameter as a quoted constant; DuckDB takes it as a bound value.
                for mark in self._marks.values():
                    sql = sql.replace(f"'{mark}'", mark)
                self._sql = sql
        return self._sql
