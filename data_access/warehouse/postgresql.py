"""Cohorts on PostgreSQL: one table per published snapshot, and one row that says which counts.

A snapshot is published in one transaction, so readers see the old or the new one, never neither.
The table before stays for the requests that began with it.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC

import ibis
import ibis.expr.types as ir
import pandas as pd
import psycopg
import pyarrow as pa
from ibis.backends.postgres import Backend
from psycopg import sql
from pyarrow import csv

from data_access.errors import NotConfigured, WarehouseUnavailable
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.elsewhere import asked_of, check_columns, framed, version_name
from data_access.warehouse.layout import Snapshot
from data_access.warehouse.parcel import Parcel
from models.cohort.people import COHORT
from models.columns import Kind

SCHEMA = "immunoboard"
WAIT_SECONDS = 5
"""Seconds until a server that does not answer is given up."""

TIDY_WAIT = "5s"
"""How long the end of a publication waits for those who still read an old table."""

_TYPES: dict[Kind, str] = {
    "string": "text",
    "int32": "integer",
    "float64": "double precision",
    "date": "date",
    "boolean": "boolean",
    "timestamp": "timestamp",
}
_INFO = """
CREATE TABLE IF NOT EXISTS immunoboard.snapshot_info (
    id text NOT NULL, created timestamp NOT NULL, data_date date, kind text NOT NULL,
    model_version text, seed bigint, patients bigint
)
"""
# What a server or the way to it does. A wrong query is a fault of the program and stays one.
_AWAY = (
    psycopg.OperationalError,
    psycopg.InternalError,  # a server that is for reading only
    psycopg.errors.InsufficientPrivilege,
)


class PostgresqlServer:
    """A database that snapshots are published to; opens nothing before the first question."""

    def __init__(self, url: str) -> None:
        """Raises ``NotConfigured`` where ``url`` is none of PostgreSQL; it is not repeated."""
        try:
            psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            raise NotConfigured(
                "The address of PostgreSQL is written postgresql://USER@HOST/DATABASE."
            ) from None
        self._url = url
        self._idle: deque[Backend] = deque()

    def latest(self, open_one: Answers | None) -> Answers:
        """The snapshot that was published last."""
        with self.backend() as backend:
            snapshot = _published(backend.con)
            if snapshot is None:
                raise WarehouseUnavailable(
                    "Nothing was published to this database yet: run `flask warehouse publish`."
                )
            if open_one is not None and open_one.snapshot == snapshot:
                return open_one
            columns = backend.con.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = %s AND table_name = %s",
                [SCHEMA, version_name(snapshot)],
            )
            check_columns((name for (name,) in columns), snapshot)
        return PostgresqlSnapshot(self, snapshot)

    @contextmanager
    def backend(self) -> Iterator[Backend]:
        """A connection for one question at a time; kept for the next one while it works.

        Raises:
            WarehouseUnavailable: the server cannot be reached or refuses.
        """
        try:
            backend = self._borrow()
            try:
                yield backend
            finally:
                self._idle.append(backend)
        except _AWAY as error:
            self.close()
            raise WarehouseUnavailable(
                "The PostgreSQL server of the warehouse cannot be reached or refuses: check its"
                " address, user and password, and that it runs."
            ) from error

    def publish(self, parcel: Parcel) -> bool:
        """Copy a snapshot to the database and switch to it in one transaction; see ``Place``."""
        name = version_name(parcel.snapshot)
        try:
            with self._transaction() as connection:
                _alone(connection)
                before = _published(connection)
                if before == parcel.snapshot:
                    return False
                connection.execute("CREATE SCHEMA IF NOT EXISTS immunoboard")
                _fill(connection, name, parcel.cohort)
                _switch(connection, parcel.info)
            with self._transaction() as connection:
                _tidy(connection, {name, *([version_name(before)] if before else [])})
        except _AWAY as error:
            raise WarehouseUnavailable(
                "Nothing was published: the PostgreSQL server cannot be reached or refuses. Check"
                " the address, user and password, and that the user may create schemas and tables."
            ) from error
        return True

    def close(self) -> None:
        """Give back the connections that wait for questions."""
        with suppress(IndexError):
            while True:
                self._idle.pop().con.close()

    def _transaction(self) -> psycopg.Connection:
        """A connection of its own, in a transaction from the first statement on."""
        return psycopg.connect(self._url, connect_timeout=WAIT_SECONDS)

    def _borrow(self) -> Backend:
        with suppress(IndexError):
            while True:
                backend = self._idle.pop()
                if _alive(backend.con):
                    return backend
        connection = psycopg.connect(self._url, connect_timeout=WAIT_SECONDS, autocommit=True)
        connection.execute("SET default_transaction_read_only = on")
        return ibis.postgres.from_connection(connection)


class PostgresqlSnapshot:
    """One published snapshot."""

    def __init__(self, server: PostgresqlServer, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._server = server

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Execute an expression over ``COHORT.unbound``.

        Raises:
            WarehouseUnavailable: the server does not answer, or the snapshot is there no more.
        """
        asked = asked_of(expression, version_name(self.snapshot), SCHEMA)
        try:
            with self._server.backend() as backend:
                rows = backend.con.execute(backend.compile(asked)).fetchall()
        except psycopg.errors.UndefinedTable as error:
            raise WarehouseUnavailable(
                "The patient data were replaced meanwhile: ask again."
            ) from error
        return framed(rows, expression.schema())


def _published(connection: psycopg.Connection) -> Snapshot | None:
    there = connection.execute("SELECT to_regclass('immunoboard.snapshot_info')").fetchone()
    if there is None or there[0] is None:
        return None
    row = connection.execute(
        "SELECT id, created, data_date, kind, model_version FROM immunoboard.snapshot_info"
    ).fetchone()
    if row is None:
        return None
    name, created, *rest = row
    return Snapshot(name, created.replace(tzinfo=UTC), *rest)


def _alone(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT pg_try_advisory_xact_lock(hashtext('immunoboard'))").fetchone()
    if row is None or not row[0]:
        raise WarehouseUnavailable(
            "Somebody else publishes to this database; wait until that has ended and try again."
        )


def _fill(connection: psycopg.Connection, name: str, rows: pa.RecordBatchReader) -> None:
    table = sql.Identifier(SCHEMA, name)
    columns = (
        sql.SQL("{} " + _TYPES[column.kind] + (" NOT NULL" if column.required else "")).format(
            sql.Identifier(column.name)
        )
        for column in COHORT.columns
    )
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(columns)))
    command = sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for batch in rows:
            copy.write(_as_csv(batch))
    connection.execute(sql.SQL("ANALYZE {}").format(table))


def _as_csv(batch: pa.RecordBatch) -> bytes:
    """Rows as PostgreSQL reads them: words in quotation marks, missing values empty."""
    text = io.BytesIO()
    csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
    return text.getvalue()


def _switch(connection: psycopg.Connection, info: pa.Table) -> None:
    connection.execute(_INFO)
    connection.execute("DELETE FROM immunoboard.snapshot_info")
    (row,) = info.to_pylist()
    connection.execute(
        "INSERT INTO immunoboard.snapshot_info VALUES (%(id)s, %(created)s, %(data_date)s,"
        " %(kind)s, %(model_version)s, %(seed)s, %(patients)s)",
        row,
    )


def _tidy(connection: psycopg.Connection, kept: set[str]) -> None:
    """Remove older tables; one that is still read is left to the next time."""
    connection.execute("SELECT set_config('lock_timeout', %s, true)", [TIDY_WAIT])
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'cohort\\_%%'",
        [SCHEMA],
    ).fetchall()
    try:
        for (name,) in found:
            if name not in kept:
                table = sql.Identifier(SCHEMA, name)
                connection.execute(sql.SQL("DROP TABLE {}").format(table))
    except psycopg.errors.LockNotAvailable:
        connection.rollback()


def _alive(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        connection.close()
        return False
    return True
