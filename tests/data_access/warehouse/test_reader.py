from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.standing import STANDING
from models.schema import unbound
from tests.data_access.warehouse.conftest import fill, person, rows


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def warehouse(store, clock) -> Warehouse:
    with store.build("simulated") as building:
        fill(building, "p1", "p2")
    return Warehouse(store.folder, poll_seconds=2.0, clock=clock)


def count(warehouse) -> int:
    return len(warehouse.run(unbound("patient")))


def test_a_missing_warehouse_is_one_sentence_with_the_way_out(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "nowhere")
    with pytest.raises(WarehouseUnavailable, match="flask warehouse demo"):
        _ = warehouse.snapshot
    assert not (tmp_path / "nowhere").exists()


def test_a_warehouse_built_later_is_found_without_a_restart(store, clock):
    warehouse = Warehouse(store.folder, clock=clock)
    with pytest.raises(WarehouseUnavailable):
        count(warehouse)
    with store.build("simulated") as building:
        fill(building, "p1")
    assert count(warehouse) == 1


@pytest.mark.parametrize("content", [b"", b"not a database", None])
def test_a_damaged_or_missing_snapshot_file_is_one_sentence(store, warehouse, content):
    current = store.current()
    current.unlink()
    if content is not None:
        current.write_bytes(content)
    with pytest.raises(WarehouseUnavailable, match="flask warehouse rollback"):
        count(Warehouse(store.folder))


@pytest.mark.parametrize("column", ["standing.with_care", "score_band.age_band"])
def test_a_snapshot_of_another_version_is_one_sentence_with_the_way_out(store, warehouse, column):
    table, _, name = column.partition(".")
    with duckdb.connect(str(store.current())) as connection:
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    other = Warehouse(store.folder)
    with pytest.raises(WarehouseUnavailable, match="another version of the program: run `flask"):
        other.current().run(STANDING.unbound)
    assert other.current().snapshot.kind == "simulated"


def test_a_switch_is_noticed_after_the_poll_interval_and_not_before(store, warehouse, clock):
    assert count(warehouse) == 2
    with store.build("simulated") as building:
        fill(building, "p1", "p2", "p3")
    clock.now = 1.9
    assert count(warehouse) == 2
    clock.now = 2.0
    assert count(warehouse) == 3
    assert warehouse.snapshot.id == building.id


def test_a_rollback_is_noticed_too(store, warehouse, clock):
    with store.build("simulated") as building:
        fill(building, "p1", "p2", "p3")
    assert count(warehouse) == 3
    store.rollback()
    clock.now = 2.0
    assert count(warehouse) == 2


def test_a_request_keeps_its_snapshot_even_after_the_file_was_removed(store, warehouse, clock):
    held = warehouse.current()
    for _ in range(4):
        with store.build("simulated") as building:
            fill(building, "p1", "p2", "p3")
    clock.now = 10.0
    assert not store.path(held.snapshot.id).exists()
    assert len(held.run(unbound("lab"))) == 2
    assert len(warehouse.run(unbound("lab"))) == 3


def test_eight_threads_read_while_snapshots_switch(store: SnapshotStore):
    with store.build("simulated") as building:
        fill(building, "p1", "p2")
    warehouse = Warehouse(store.folder, poll_seconds=0)
    start = threading.Barrier(9)

    def read(_: int) -> set[int]:
        start.wait()
        return {len(warehouse.run(unbound("lab"))) for _ in range(40)}

    with ThreadPoolExecutor(8) as pool:
        seen = pool.map(read, range(8))
        start.wait()
        with store.build("simulated") as building:
            fill(building, "p1", "p2", "p3")
        assert set().union(*seen) <= {2, 3}
    assert len(warehouse.run(unbound("lab"))) == 3


def test_a_query_can_neither_write_nor_reach_other_files(warehouse, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    backend = warehouse.current()._borrow()
    with pytest.raises(Exception, match="read-only"):
        backend.con.execute("DELETE FROM patient")
    with pytest.raises(Exception, match="disabled by configuration"):
        backend.con.read_csv(str(secret))


def test_missing_whole_numbers_and_truth_values_are_nan(store):
    with store.build("simulated") as building:
        fill(building, "p1")
        building.append("patient", rows("patient", person("p2", birth_year=None)))
    years = Warehouse(store.folder).run(unbound("patient").order_by("patient_id")).birth_year
    assert years.dtype == "float64"
    assert years.isna().tolist() == [False, True]
