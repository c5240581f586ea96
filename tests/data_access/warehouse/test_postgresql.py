"""Publishing to PostgreSQL; what it answers about cohorts is in test_engines.py."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from data_access.errors import NotConfigured, WarehouseUnavailable
from data_access.warehouse.elsewhere import Elsewhere
from data_access.warehouse.engines import publish
from data_access.warehouse.postgresql import PostgresqlServer
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.people import COHORT
from tests.data_access.warehouse.published import ODD, build

EVERYBODY = COHORT.unbound.order_by("number")
_numbers = itertools.count()


@pytest.fixture
def url(postgresql: str) -> str:
    """An empty database."""
    name = f"published_{next(_numbers)}"
    with psycopg.connect(f"host={postgresql} user=postgres", autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres@/{name}?host={postgresql}"


@pytest.fixture
def cohorts(url: str) -> Iterator[Elsewhere]:
    """The cohorts of that database, looked up for each question."""
    with closing(Elsewhere(PostgresqlServer(url), poll_seconds=0)) as elsewhere:
        yield elsewhere


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'immunoboard'"
        ).fetchall()
    return sorted(name for (name,) in found)


def test_the_cohort_is_copied_as_it_is(store: SnapshotStore, url: str, cohorts: Elsewhere) -> None:
    snapshot_id = build(store, 3)
    assert publish(store, url) == (snapshot_id, True)
    found = cohorts.run(EVERYBODY)
    assert found.columns.tolist() == list(COHORT.names)
    assert found.site.tolist() == ["", ODD, ODD]
    assert found.ql_0.iloc[0] == 1 / 3
    assert found.risk_severe_0.iloc[0] == 1e-17
    assert found.ql_0.isna().tolist() == [False, True, True]
    assert found.died.tolist() == [True, False, False]


def test_publishing_again_changes_nothing(store: SnapshotStore, url: str) -> None:
    build(store, 1)
    publish(store, url)
    before = tables(url)
    assert publish(store, url)[1] is False
    assert tables(url) == before


def test_a_request_goes_on_with_the_snapshot_it_began_with(
    store: SnapshotStore, url: str, cohorts: Elsewhere
) -> None:
    build(store, 1)
    publish(store, url)
    begun = cohorts.current()
    second = build(store, 2)
    publish(store, url)
    assert cohorts.snapshot.id == second
    assert [len(begun.run(EVERYBODY)), len(cohorts.run(EVERYBODY))] == [1, 2]
    build(store, 3)
    publish(store, url)
    with pytest.raises(WarehouseUnavailable, match="replaced meanwhile"):
        begun.run(EVERYBODY)
    assert len(cohorts.run(EVERYBODY)) == 3
    assert len(tables(url)) == 3  # two snapshots and the row that says which counts


def test_a_publication_that_fails_leaves_the_snapshot_in_use(
    store: SnapshotStore, url: str, cohorts: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(store, 1)
    publish(store, url)
    before = tables(url)
    build(store, 2)

    def fail(*_: object) -> None:
        raise psycopg.errors.DiskFull

    with monkeypatch.context() as broken:
        broken.setattr("data_access.warehouse.postgresql._switch", fail)
        with pytest.raises(WarehouseUnavailable, match="Nothing was published"):
            publish(store, url)
    assert tables(url) == before
    assert len(cohorts.run(EVERYBODY)) == 1


def test_one_publishes_at_a_time(store: SnapshotStore, url: str) -> None:
    build(store, 1)
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('immunoboard'))")
        with pytest.raises(WarehouseUnavailable, match="Somebody else"):
            publish(store, url)


def test_a_table_that_is_still_read_is_left_to_the_next_time(
    store: SnapshotStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_access.warehouse.postgresql.TIDY_WAIT", "1ms")
    build(store, 1)
    publish(store, url)
    oldest = tables(url)[0]
    build(store, 2)
    publish(store, url)
    build(store, 3)
    with psycopg.connect(url) as reader:
        reader.execute(SQL("SELECT 1 FROM {}").format(Identifier("immunoboard", oldest)))
        assert publish(store, url)[1] is True
    assert oldest in tables(url)
    build(store, 4)
    publish(store, url)
    assert oldest not in tables(url)


def test_an_empty_database_is_refused(cohorts: Elsewhere) -> None:
    with pytest.raises(WarehouseUnavailable, match="Nothing was published"):
        cohorts.current()


def test_a_connection_that_broke_is_made_anew(
    store: SnapshotStore, url: str, cohorts: Elsewhere
) -> None:
    build(store, 1)
    publish(store, url)
    assert len(cohorts.run(EVERYBODY)) == 1
    with psycopg.connect(url) as administrator:
        ended = administrator.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended == [(True,)]
    assert len(cohorts.run(EVERYBODY)) == 1


def test_questions_can_change_nothing(store: SnapshotStore, url: str) -> None:
    build(store, 1)
    publish(store, url)
    with closing(PostgresqlServer(url)) as server, server.backend() as backend:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            backend.con.execute("DELETE FROM immunoboard.snapshot_info")


def test_a_user_without_the_right_to_read_is_told(
    store: SnapshotStore, url: str, postgresql: str
) -> None:
    build(store, 1)
    publish(store, url)
    with psycopg.connect(url) as administrator:
        administrator.execute("CREATE ROLE stranger LOGIN")
    with closing(PostgresqlServer(url.replace("postgres@", "stranger@"))) as server:
        with pytest.raises(WarehouseUnavailable, match="refuses"):
            server.latest(None)


@pytest.mark.parametrize("database", ["absent", "/?port=none"])
def test_a_server_that_refuses_is_one_sentence_without_the_password(
    store: SnapshotStore, postgresql: str, database: str
) -> None:
    build(store, 1)
    url = f"postgresql://postgres:hunter2@/{database}"
    url += ("&" if "?" in url else "?") + f"host={postgresql}"
    with closing(PostgresqlServer(url)) as server:
        for act in (lambda: server.latest(None), lambda: publish(store, url)):
            with pytest.raises(WarehouseUnavailable, match="refuses") as refusal:
                act()
            assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/d?no=such", "postgresql://u:hunter2@[h"])
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(NotConfigured, match="postgresql://USER@HOST") as refusal:
        PostgresqlServer(url)
    assert "hunter2" not in str(refusal.value)
