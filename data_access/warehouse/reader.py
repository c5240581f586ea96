"""Reading the current snapshot from several threads, following switches without a restart."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.layout import Snapshot, read_info
from data_access.warehouse.prepared import Prepared
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.cohort_events import COHORT_EVENT
from models.cohort.disclosure import RELEASED
from models.cohort.people import COHORT
from models.cohort.similar_tables import SIMILAR_MEMBER
from models.cohort.standing import STANDING
from models.schema import TABLES

READING: dict[str, str | bool | int | float | list[str]] = {
    # The file is all a query may touch: no other files, no extensions from elsewhere.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""How every reader opens a file; DuckDB has one way per file and process."""


class OpenSnapshot:
    """One snapshot, open for reading. It stays readable after newer ones were switched to."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(str(path), read_only=True, config=READING)
        # One DuckDB connection is not for several threads at once, so each query in flight has
        # a cursor to itself; idle ones are kept because a new one costs more than a small query.
        self._idle: deque[Backend] = deque()
        self.snapshot: Snapshot = read_info(self._connection)
        self._has_columns = False

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression over the unbound tables of ``models.schema``.

        Returns:
            One row per result row; dates are datetime64, missing is NaN, NaT or None.

        Raises:
            WarehouseUnavailable: the snapshot file is damaged.
        """
        return self._answer(lambda backend: backend.compile(expression), {})

    def run_sql(self, sql: Callable[[Backend], str]) -> pd.DataFrame:
        """Execute SQL that Ibis compiled in parts, as ``run``."""
        return self._answer(sql, {})

    def ask(self, question: Prepared, **values: str) -> pd.DataFrame:
        """Execute a prepared question with a value for each of its parameters, as ``run``."""
        return self._answer(question.sql, values)

    def _answer(self, sql: Callable[[Backend], str], values: dict[str, str]) -> pd.DataFrame:
        backend = self._borrow()
        try:
            if not self._has_columns:
                self._ask_for_columns(backend)
            # DuckDB's own conversion: for a small result it takes a fifth of Ibis' time.
            return _plain(backend.con.execute(sql(backend), values).df())
        except (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException) as error:
            raise _damaged(self.snapshot.id) from error
        finally:
            self._idle.append(backend)

    def _ask_for_columns(self, backend: Backend) -> None:
        """Refuse a snapshot that lacks a column of this version of the program."""
        rows = backend.con.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
        ).fetchall()
        wanted = (
            *TABLES.values(),
            *RELEASED.values(),
            STANDING,
            SIMILAR_MEMBER,
            COHORT,
            COHORT_EVENT,
        )
        if not {(table.name, name) for table in wanted for name in table.names} <= set(rows):
            raise WarehouseUnavailable(
                f"Snapshot {self.snapshot.id} was built by another version of the program: run"
                " `flask warehouse rescore`."
            )
        self._has_columns = True

    def _borrow(self) -> Backend:
        try:
            return self._idle.pop()
        except IndexError:
            return ibis.duckdb.from_connection(self._connection.cursor())


class Warehouse:
    """The current snapshot of a folder. Opens nothing before the first question."""

    def __init__(
        self,
        folder: Path,
        poll_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = SnapshotStore(folder)
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._open: OpenSnapshot | None = None
        self._looked = float("-inf")

    def current(self) -> OpenSnapshot:
        """The snapshot in use, looked up at most every ``poll_seconds``.

        Hold on to it for one request: all its questions are then answered from the same data.

        Raises:
            WarehouseUnavailable: nothing was built yet, or the snapshot cannot be read.
        """
        with self._lock:
            now = self._clock()
            if self._open is None or now - self._looked >= self._poll_seconds:
                self._open = self._latest()
                self._looked = now
            return self._open

    @property
    def snapshot(self) -> Snapshot:
        """What the current snapshot is."""
        return self.current().snapshot

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression on the current snapshot."""
        return self.current().run(expression)

    def _latest(self) -> OpenSnapshot:
        snapshot_id = self.store.current_id()
        if snapshot_id is None:
            raise WarehouseUnavailable(
                "There are no patient data yet: build the warehouse with `flask warehouse demo`"
                " or `flask warehouse import-csv`."
            )
        if self._open is not None and self._open.snapshot.id == snapshot_id:
            return self._open
        try:
            return OpenSnapshot(self.store.path(snapshot_id))
        except duckdb.Error as error:
            raise _damaged(snapshot_id) from error


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Plain types where there are gaps: whole numbers become floats, truth values objects."""
    for name, kind in rows.dtypes.items():
        if kind.name in ("Int32", "Int64"):
            rows[name] = rows[name].astype("float64")
        elif kind.name == "boolean":
            rows[name] = rows[name].astype("object").where(rows[name].notna(), None)
    return rows


def _damaged(snapshot_id: str) -> WarehouseUnavailable:
    return WarehouseUnavailable(
        f"The warehouse snapshot {snapshot_id} cannot be read; `flask warehouse rollback` goes"
        " back to the one before."
    )
