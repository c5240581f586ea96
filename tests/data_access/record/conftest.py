"""A fresh record store per test, on SQLite and on PostgreSQL, with a clock that tests move."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text

from data_access.record import Record, Role, Viewer
from tests.data_access.record.people import OPERATOR, PASSWORD, SECRET, MovableClock

APPEND_ONLY_OFF = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {table}_no_{act}"
        for table in ("access_log", "prediction_shown")
        for act in ("update", "delete", "replace")
    ],
    "postgresql": [
        "ALTER TABLE access_log DISABLE TRIGGER USER",
        "ALTER TABLE prediction_shown DISABLE TRIGGER USER",
    ],
}


class SqlitePlaces:
    """Record stores in files."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders

    def empty(self) -> str:
        return f"sqlite:///{self._folders.mktemp('record') / 'record.db'}"

    def copy(self, url: str) -> str:
        fresh = self.empty()
        shutil.copy(url.removeprefix("sqlite:///"), fresh.removeprefix("sqlite:///"))
        return fresh


class PostgresqlPlaces:
    """Record stores in databases of the throw-away cluster."""

    _numbers = itertools.count()

    def __init__(self, sockets: str) -> None:
        self._sockets = sockets

    def empty(self, like: str = "template1") -> str:
        name = f"record_{next(self._numbers)}"
        with psycopg.connect(
            f"host={self._sockets} user=postgres dbname=postgres", autocommit=True
        ) as administrator:
            administrator.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return f"postgresql+psycopg://postgres@/{name}?host={self._sockets}"

    def copy(self, url: str) -> str:
        return self.empty(like=url.partition("@/")[2].partition("?")[0])


@pytest.fixture(params=["sqlite", "postgresql"])
def places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> SqlitePlaces | PostgresqlPlaces:
    """Where record stores can be made."""
    if request.param == "postgresql":
        return PostgresqlPlaces(request.getfixturevalue("postgresql"))
    return SqlitePlaces(tmp_path_factory)


_prepared: dict[type, str] = {}


@pytest.fixture
def url(places: SqlitePlaces | PostgresqlPlaces) -> str:
    """A record store with the oncologists anna (FR) and ben (ES); made once, then copied."""
    if type(places) not in _prepared:
        url = places.empty()
        store = Record(url, secret=SECRET, clock=MovableClock())
        store.upgrade()
        store.accounts.add(OPERATOR, "anna", Role.ONCOLOGIST, PASSWORD, ["FR"])
        store.accounts.add(OPERATOR, "ben", Role.ONCOLOGIST, PASSWORD, ["ES"])
        store.close()
        _prepared[type(places)] = url
    return places.copy(_prepared[type(places)])


@pytest.fixture
def empty_url(places: SqlitePlaces | PostgresqlPlaces) -> str:
    """The address of a record store that was never set up."""
    return places.empty()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def record(url: str, clock: MovableClock) -> Iterator[Record]:
    store = Record(url, secret=SECRET, clock=clock)
    yield store
    store.close()


@pytest.fixture
def execute(url: str) -> Callable[[str], None]:
    """Run SQL behind the store's back, as somebody with the database's password could."""

    def run(statement: str) -> None:
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement))

    return run


@pytest.fixture
def tamper(url: str, execute: Callable[[str], None]) -> Callable[..., None]:
    """Change the log as a database superuser: triggers off first."""

    def run(*statements: str) -> None:
        for statement in (*APPEND_ONLY_OFF[url.partition("+")[0].partition(":")[0]], *statements):
            execute(statement)

    return run


@pytest.fixture
def anna(record: Record) -> Viewer:
    return record.viewer(1)


@pytest.fixture
def ben(record: Record) -> Viewer:
    return record.viewer(2)
