"""The folder that Spark reads; what Spark answers is in test_engines.py."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_access.errors import WarehouseUnavailable
from data_access.warehouse import spark
from data_access.warehouse.elsewhere import Elsewhere
from data_access.warehouse.engines import publish
from data_access.warehouse.snapshots import SnapshotStore
from data_access.warehouse.spark import SparkFolder, current_name
from models.cohort.people import COHORT
from tests.data_access.warehouse.published import ODD, build

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shared" / "cohorts"


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("cohort_*"))


def test_the_cohort_is_copied_as_it_is(store: SnapshotStore, folder: Path) -> None:
    snapshot_id = build(store, 3)
    assert publish(store, f"spark:{folder}") == (snapshot_id, True)
    rows = pq.read_table(folder / str(current_name(folder)) / "cohort.parquet")
    assert rows.schema.names == list(COHORT.names)
    assert rows["number"].to_pylist() == [0, 1, 2]
    assert rows["site"].to_pylist() == ["", ODD, ODD]
    assert rows["ql_0"].to_pylist() == [1 / 3, None, None]
    assert folder.stat().st_mode & 0o077 == 0


def test_publishing_again_changes_nothing(store: SnapshotStore, folder: Path) -> None:
    build(store, 1)
    publish(store, f"spark:{folder}")
    before = (folder / "current").stat().st_mtime_ns
    assert publish(store, f"spark:{folder}")[1] is False
    assert (folder / "current").stat().st_mtime_ns == before


def test_the_snapshot_before_stays_and_older_ones_go(store: SnapshotStore, folder: Path) -> None:
    cohorts = Elsewhere(SparkFolder(folder), poll_seconds=0)
    for patients in (1, 2, 3):
        build(store, patients)
        publish(store, f"spark:{folder}")
        assert cohorts.snapshot.id == store.current_id()
    assert len(versions(folder)) == 2
    assert current_name(folder) == versions(folder)[-1]


def test_a_publication_that_fails_leaves_the_snapshot_in_use(
    store: SnapshotStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(store, 1)
    publish(store, f"spark:{folder}")
    build(store, 2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(spark.pq, "write_table", full)
        with pytest.raises(OSError, match="No space"):
            publish(store, f"spark:{folder}")
    assert SparkFolder(folder).latest(None).snapshot.id == first
    publish(store, f"spark:{folder}")
    assert not list(folder.glob("*.building"))
    assert SparkFolder(folder).latest(None).snapshot.id == store.current_id()


def test_one_publishes_at_a_time(store: SnapshotStore, folder: Path) -> None:
    build(store, 1)
    folder.mkdir(parents=True)
    with (folder / "publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WarehouseUnavailable, match="Somebody else"):
            publish(store, f"spark:{folder}")


def test_an_empty_folder_and_a_damaged_file_are_refused(store: SnapshotStore, folder: Path) -> None:
    with pytest.raises(WarehouseUnavailable, match="Nothing was published"):
        SparkFolder(folder).latest(None)
    build(store, 1)
    publish(store, f"spark:{folder}")
    (folder / str(current_name(folder)) / "cohort.parquet").write_bytes(b"PAR1 damaged")
    with pytest.raises(WarehouseUnavailable, match="cannot be read"):
        SparkFolder(folder).latest(None)


def test_without_spark_a_question_says_what_is_missing(
    store: SnapshotStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(store, 1)
    publish(store, f"spark:{folder}")
    for name in ("pyspark", "py4j", "py4j.protocol"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(WarehouseUnavailable, match="not installed"):
        SparkFolder(folder).latest(None).run(COHORT.unbound)


@pytest.mark.skipif(not find_spec("pyspark"), reason="NO SPARK: PySpark missing")
def test_without_java_spark_does_not_start_and_says_so() -> None:
    code = (
        "from data_access.errors import WarehouseUnavailable\n"
        "from data_access.warehouse.spark import SparkFolder\n"
        "try:\n    SparkFolder('anywhere').backend()\n"
        "except WarehouseUnavailable as refusal:\n    print(refusal)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"JAVA_HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Java 17" in done.stdout
