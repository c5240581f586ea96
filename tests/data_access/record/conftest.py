"""A fresh record store per test, on SQLite and on PostgreSQL, with a clock that tests move."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text

from data_access.record import Agent, Record, Role, Viewer

SECRET = b"0123456789abcdef" * 3
PASSWORD = "correct horse battery"
OPERATOR = Agent("tester", "operator")


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def _postgresql_programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A throw-away PostgreSQL cluster; its socket folder."""
    programs = _postgresql_programs()
    if programs is None:
        reason = "NO POSTGRESQL: install postgresql to run the record tests on it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    place = Path(tempfile.mkdtemp(prefix="record-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(place, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_owner, str(programs / program), "-D", str(place / "data"), *arguments],
            check=True,
            cwd=place,
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{place}' -c fsync=off"
    run("pg_ctl", "--wait", "--log", str(place / "log"), "-o", options, "start")
    try:
        yield str(place)
    finally:
        run("pg_ctl", "--wait", "--mode=immediate", "stop")
        shutil.rmtree(place)


_numbers = itertools.count()


def _fresh_database(sockets: str) -> str:
    name = f"record_{next(_numbers)}"
    with psycopg.connect(f"host={sockets} user=postgres dbname=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://postgres@/{name}?host={sockets}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty record store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'record.db'}"
    return _fresh_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def record(url: str, clock: MovableClock) -> Iterator[Record]:
    """A record store with its tables and the oncologists anna (FR) and ben (ES)."""
    store = Record(url, secret=SECRET, clock=clock)
    store.upgrade()
    store.accounts.add(OPERATOR, "anna", Role.ONCOLOGIST, PASSWORD, ["FR"])
    store.accounts.add(OPERATOR, "ben", Role.ONCOLOGIST, PASSWORD, ["ES"])
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
def anna(record: Record) -> Viewer:
    return record.viewer(1)


@pytest.fixture
def ben(record: Record) -> Viewer:
    return record.viewer(2)
