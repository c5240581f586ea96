"""Engines that are filled by their own loaders; a DuckDB file stands in for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from data_access.errors import NotConfigured, WarehouseUnavailable
from data_access.warehouse.elsewhere import Elsewhere
from data_access.warehouse.engines import publish
from data_access.warehouse.loaded_elsewhere import LoadedElsewhere
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from data_access.warehouse.spark import current_name
from models.cohort import counts
from models.cohort.definition import parse_cohort
from models.cohort.membership import compared, marks
from tests.data_access.warehouse.published import build

# Ibis asks DuckDB, which only stands in here, in a way that is about to go.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "other.duckdb"


@pytest.fixture
def cohorts(database: Path) -> Iterator[Elsewhere]:
    with closing(Elsewhere(LoadedElsewhere(f"duckdb://{database}"), poll_seconds=0)) as elsewhere:
        yield elsewhere


def load(store: SnapshotStore, database: Path) -> None:
    """What the engine's own loader does with the published files."""
    folder = database.parent / "published"
    publish(store, f"spark:{folder}")
    with duckdb.connect(str(database)) as connection:
        for table in ("cohort", "snapshot_info"):
            file = folder / str(current_name(folder)) / f"{table}.parquet"
            connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM '{file}'")


def test_loaded_files_answer_as_the_snapshot_they_came_from(
    store: SnapshotStore, database: Path, cohorts: Elsewhere
) -> None:
    build(store, 3)
    load(store, database)
    here = Warehouse(store.folder)
    assert cohorts.snapshot == here.snapshot
    assert cohorts.current() is cohorts.current()
    people = compared(marks(parse_cohort("age=missing"), parse_cohort(""), ["FR"]))
    question = counts.visits(people, "QL", 10, True).order_by("in_a")
    assert cohorts.run(question).equals(here.run(question).astype(cohorts.run(question).dtypes))


def test_a_snapshot_that_was_loaded_later_is_noticed(
    store: SnapshotStore, database: Path, cohorts: Elsewhere
) -> None:
    build(store, 1)
    load(store, database)
    assert cohorts.snapshot.id == store.current_id()
    cohorts.close()
    build(store, 2)
    load(store, database)
    assert cohorts.snapshot.id == store.current_id()


def test_a_database_without_the_tables_is_refused(cohorts: Elsewhere) -> None:
    with pytest.raises(WarehouseUnavailable, match="lacks the tables"):
        cohorts.current()


def test_an_engine_whose_client_is_not_installed_is_refused() -> None:
    place = LoadedElsewhere("clickhouse://reader:hunter2@db/cohorts")
    with pytest.raises(WarehouseUnavailable, match="not installed") as refusal:
        place.latest(None)
    assert "hunter2" not in str(refusal.value)


def test_publishing_there_is_left_to_the_loader(store: SnapshotStore) -> None:
    build(store, 1)
    with pytest.raises(NotConfigured, match="own loader"):
        publish(store, "trino://reader@db/catalog/schema")
