from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from data_access.errors import WarehouseUnavailable
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import KEPT, SnapshotStore
from models.schema import TABLES, unbound
from tests.data_access.warehouse.conftest import fill, person, rows

ROOT = Path(__file__).parents[3]

HALF_A_BUILD = """
import sys
from pathlib import Path
from data_access.warehouse.snapshots import SnapshotStore
from tests.data_access.warehouse.conftest import fill

with SnapshotStore(Path(sys.argv[1])).build("simulated") as building:
    fill(building, "p2", "p3")
    building.connection.execute("CHECKPOINT")
    sys.stdout.write("half way\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


def patients(store: SnapshotStore) -> list[str]:
    return sorted(Warehouse(store.folder).run(unbound("patient")).patient_id)


def built(store: SnapshotStore, *patient_ids: str) -> str:
    with store.build("simulated") as building:
        fill(building, *patient_ids)
    return building.id


def test_a_finished_build_is_the_current_snapshot(store):
    snapshot_id = built(store, "p1")
    assert store.current_id() == snapshot_id
    assert patients(store) == ["p1"]


def test_ids_are_the_day_and_a_running_number(store):
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert [built(store, "p1"), built(store, "p1")] == [f"{today}-001", f"{today}-002"]


def test_a_later_build_sorts_later_even_when_the_clock_went_back(store):
    store.folder.mkdir()
    store.path("2199-12-31-007").touch()
    assert built(store, "p1") == "2199-12-31-008"


def test_the_information_row_knows_the_latest_observed_date(store):
    with store.build("simulated") as building:
        building.model_version = "2026-11-23/1"
        fill(building, "p1")
        late = {"patient_id": "p1", "date": date(2025, 3, 1), "kind": "outpatient"}
        building.append("encounter", rows("encounter", late))
        planned = {
            "patient_id": "p1",
            "atc": "H02AB07",
            "start_date": date(2024, 5, 1),
            "end_date": date(2030, 1, 1),
        }
        building.append("medication", rows("medication", planned))
    snapshot = Warehouse(store.folder).snapshot
    assert snapshot.data_date == date(2025, 3, 1)
    assert snapshot.created.tzinfo is UTC
    assert (snapshot.kind, snapshot.model_version) == ("simulated", "2026-11-23/1")


def test_every_table_of_the_schema_exists_and_required_columns_refuse_null(store):
    with store.build("simulated") as building:
        fill(building, "p1")
        for table in TABLES.values():
            found = building.connection.table(table.name)
            assert tuple(found.columns) == table.names
        nullable = dict(
            building.connection.execute(
                "SELECT column_name, is_nullable FROM duckdb_columns() WHERE table_name = 'patient'"
            ).fetchall()
        )
        assert nullable["sex"] is False
        assert nullable["birth_year"] is True
        with pytest.raises(duckdb.ConstraintException):
            building.append("patient", rows("patient", person("p9", sex=None)))


@pytest.mark.parametrize(
    ("table", "record", "sentence"),
    [
        ("patient", person("p1"), "several rows for one patient"),
        ("patient", person("p2", sex="X"), "table patient has an unknown sex"),
        (
            "response",
            {"patient_id": "nobody", "date": date(2024, 2, 1), "recist": "CR"},
            "table response has rows of unknown patients",
        ),
    ],
)
def test_a_snapshot_that_fails_a_check_is_never_used(store, table, record, sentence):
    before = built(store, "p1")

    def build() -> None:
        with store.build("import") as building:
            fill(building, "p1")
            building.append(table, rows(table, record))

    with pytest.raises(WarehouseUnavailable, match=sentence):
        build()
    assert store.current_id() == before
    assert store.snapshots() == [before]


def test_an_empty_snapshot_is_never_used(store):
    with (
        pytest.raises(WarehouseUnavailable, match="it holds no patients"),
        store.build("simulated"),
    ):
        pass
    assert store.current() is None


def test_an_error_during_a_build_leaves_the_old_snapshot_and_no_files(store):
    before = built(store, "p1")

    def build() -> None:
        with store.build("simulated") as building:
            fill(building, "p2")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build()
    assert patients(store) == ["p1"]
    assert {path.name for path in store.folder.iterdir()} == {
        f"{before}.duckdb",
        "current",
        "build.lock",
    }


def test_only_the_last_three_are_kept(store):
    ids = [built(store, f"p{number}") for number in range(5)]
    assert store.snapshots() == ids[-KEPT:]


def test_rollback_goes_one_back_each_time_and_then_says_that_there_is_none(store):
    ids = [built(store, f"p{number}") for number in range(3)]
    assert store.rollback() == ids[1]
    assert patients(store) == ["p1"]
    assert store.rollback() == ids[0]
    with pytest.raises(WarehouseUnavailable, match="no earlier snapshot"):
        store.rollback()


def test_a_build_after_a_rollback_is_used(store):
    for number in range(3):
        built(store, f"p{number}")
    store.rollback()
    assert built(store, "p9") == store.current_id() == store.snapshots()[-1]


def test_going_back_never_leads_to_what_a_rollback_had_turned_away(store):
    first, kept, rejected = (built(store, f"p{number}") for number in range(3))
    store.rollback()
    built(store, "p9")
    assert rejected not in store.snapshots()
    assert store.rollback() == kept
    assert store.rollback() == first


def test_a_second_builder_is_told_to_wait(store):
    with store.build("simulated") as building:
        fill(building, "p1")
        with (
            pytest.raises(WarehouseUnavailable, match="Another warehouse build is running"),
            SnapshotStore(store.folder).build("simulated"),
        ):
            pass
    assert patients(store) == ["p1"]


def test_snapshot_files_are_for_the_owner_only(store):
    built(store, "p1")
    current = store.current()
    assert current is not None
    assert current.stat().st_mode & 0o077 == 0
    assert store.folder.stat().st_mode & 0o077 == 0


def test_files_are_for_the_owner_only_while_a_build_is_running(store):
    before = os.umask(0o022)
    try:
        with store.build("simulated") as building:
            fill(building, "p1")
            staging = building.path.with_name(f"{building.path.name}.staging")
            building.connection.execute(f"ATTACH '{staging}' AS staging")
            building.connection.execute("CREATE TABLE staging.raw AS SELECT 1")
            during = {path.name: path.stat().st_mode & 0o077 for path in store.folder.iterdir()}
        after = {path.name: path.stat().st_mode & 0o077 for path in store.folder.iterdir()}
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert {f"{building.id}.building.duckdb", staging.name, "build.lock"} <= set(during)
    assert {"current", "build.lock", f"{building.id}.duckdb"} == set(after)
    assert {*during.values(), *after.values()} == {0}


def test_a_killed_build_leaves_the_old_snapshot_serving_and_the_next_one_cleans_up(store):
    built(store, "p1")
    with subprocess.Popen(
        [sys.executable, "-c", HALF_A_BUILD, str(store.folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half way\n"
        assert list(store.folder.glob("*.building*"))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert patients(store) == ["p1"]
    assert list(store.folder.glob("*.building*"))
    built(store, "p1", "p4")
    assert patients(store) == ["p1", "p4"]
    assert not list(store.folder.glob("*.building*"))


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"../../etc/passwd", b"none"])
def test_a_damaged_pointer_is_no_snapshot_and_the_next_build_mends_it(store, content):
    first = built(store, "p1")
    (store.folder / "current").write_bytes(content)
    assert store.current() is None
    assert built(store, "p2") > first
    assert patients(store) == ["p2"]
